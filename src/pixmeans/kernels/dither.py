"""Dithering: pixels to palette entries so that the errors of neighbors cancel. Compiled by Cython.

`diffuse` and `follow` hand the error of each pixel on to pixels that come later. The nearest entry of a color with such
an error is found by comparing with the few that can be nearest in its cube of the grid, listed when the cube is first
met. Exact, and whole numbers throughout: the same bits everywhere.

What they share: points (n, 4) are the distinct colors of the picture on the grid of a space, the fourth coordinate
alpha; rows say which one each pixel has. kinds (n,) says which entries a color may have: 0, opaque: those of
`allowed[0]`; 1, translucent: those of `allowed[1]`; 2, fixed: the one `labels` (n,) says, and the pixel neither takes
nor gives errors. entries (k <= 65536, 4) is the palette on the same grid. range (2, 3): lowest and highest coordinates
of all points and entries; reach (2, 4): of the entries alone.
"""

import cython
from cython.cimports.libc.stdint import int16_t, int32_t, int64_t, uint8_t, uint16_t
from cython.cimports.libc.stdlib import calloc, free, malloc, realloc
from cython.cimports.libc.string import memcpy
from cython.cimports.pixmeans.kernels.lanes import (
    LANES_MOST,
    eight_lanes,
    keep_candidates,
    nearest_candidate,
    pair_of,
)

# Cubes are 2**CUBE steps wide. Measured: at 9, lists are longer, which a tenth more time shows with 256 colors; at 7,
# making them takes longer than that saves.
CUBE = cython.declare(cython.int, 8)

# A pixel is far away from its neighbor from so many times the squared distance of its entry to the next one; and an
# entry from a color from so many times that and the color's squared distance to its nearest entry. At 2 and at 9
# graphics with 16 colors look as good; without a limit they have 1 to 2 % more error. Photos hardly meet it.
FAR_SPACINGS = cython.declare(cython.int, 4)

OPAQUE = cython.declare(cython.int, 0)
FIXED = cython.declare(cython.int, 2)
# Added to the kind of a pixel whose color is an entry.
EXACT = cython.declare(cython.int, 4)

# The entries, and by cube the lists of those that may be nearest; see `entry_for`.
Search = cython.struct(
    wide=cython.int,
    stride=cython.int,  # of `opaque` and `others`: pairs 01, pairs 23 and numbers of the entries, a stride apart
    opaques=cython.int,
    opaque=cython.pointer[int32_t],  # entries that opaque pixels may have
    visible=cython.int,
    others=cython.pointer[int32_t],  # entries that translucent pixels may have, who are compared with all
    level=int16_t,  # what opaque is as a coordinate
    low=int32_t[3],
    sides=int32_t[3],
    cubes=cython.pointer[int32_t],  # where the list of each cube begins; 0 where none was made yet
    lists=cython.pointer[uint16_t],  # how many entries less one, and their numbers; short, as caches are small
    entries=cython.pointer[cython.const[int16_t]],
    room=cython.Py_ssize_t,
    used=cython.Py_ssize_t,
    kept=cython.pointer[int32_t],  # room for a list as it is made
)

# What is known of the pixels of a row: (w, 4) the points, (w,) the nearest entries, and kinds, with EXACT.
Line = cython.struct(
    rows=cython.pointer[cython.const[int32_t]],
    points=cython.pointer[int16_t],
    labels=cython.pointer[uint16_t],
    kinds=cython.pointer[uint8_t],
)

# Squared distances of the pixels of a row (w,) to the row below; (w + 1,) to the one before and after it, 0 at the
# ends; and (w,) the shares of errors that they take.
Around = cython.struct(
    down=cython.pointer[int64_t],
    sides=cython.pointer[int64_t],
    gains=cython.pointer[int32_t],
)


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def open_search(
    search: cython.pointer[Search],
    entries: cython.const[int16_t][:, ::1],
    allowed: cython.const[uint8_t][:, ::1],
    range_: cython.const[int32_t][:, ::1],
) -> cython.bint:
    """Makes a grid without lists. Returns whether there was memory; `close_search` must follow in any case."""
    j: cython.int
    to: cython.int
    cubes: cython.Py_ssize_t = 1
    at: cython.pointer[int32_t]
    k: cython.int = cython.cast(cython.int, entries.shape[0])
    search.wide = eight_lanes()
    search.stride = k + 2 * LANES_MOST
    search.opaques = 0
    search.visible = 0
    search.level = 0
    for j in range(3):
        search.low[j] = range_[0, j]
        search.sides[j] = ((range_[1, j] - range_[0, j]) >> CUBE) + 1
        cubes *= search.sides[j]
    search.opaque = cython.cast(cython.pointer[int32_t], calloc(6 * search.stride, 4))
    search.cubes = cython.cast(cython.pointer[int32_t], calloc(cubes, 4))
    search.entries = cython.address(entries[0, 0])
    search.room = 1 << 14
    search.used = 1
    search.lists = cython.cast(cython.pointer[uint16_t], malloc(2 * search.room))
    search.kept = cython.cast(cython.pointer[int32_t], malloc(12 * search.stride))
    if search.opaque == cython.NULL or search.cubes == cython.NULL or search.lists == cython.NULL:
        return False
    if search.kept == cython.NULL:
        return False
    search.others = search.opaque + 3 * search.stride
    for j in range(k):
        for to in range(2):
            if allowed[to, j]:
                at = search.opaque + search.opaques if to == OPAQUE else search.others + search.visible
                at[0] = pair_of(entries[j, 0], entries[j, 1])
                at[search.stride] = pair_of(entries[j, 2], entries[j, 3])
                at[2 * search.stride] = j
                if to == OPAQUE:
                    search.opaques += 1
                    search.level = entries[j, 3]
                else:
                    search.visible += 1
    return True


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def close_search(search: cython.pointer[Search]) -> cython.void:
    """Gives the memory back."""
    free(search.opaque)
    free(search.cubes)
    free(search.lists)
    free(search.kept)


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def make_list(
    search: cython.pointer[Search], cube: cython.pointer[int32_t], i: int32_t, j: int32_t, k: int32_t
) -> cython.bint:
    """Lists the entries that may be nearest to a point in a cube. Returns whether there was memory."""
    box: int32_t[6]
    favourite: cython.int = 0
    side: int32_t = (1 << CUBE) - 1
    half: int32_t = 1 << (CUBE - 1)
    a: int32_t = search.low[0] + (i << CUBE)
    b: int32_t = search.low[1] + (j << CUBE)
    c: int32_t = search.low[2] + (k << CUBE)
    found: cython.int
    n: cython.int
    lists: cython.pointer[uint16_t]
    box[0] = pair_of(cython.cast(int16_t, a), cython.cast(int16_t, b))
    box[1] = pair_of(cython.cast(int16_t, c), search.level)
    box[2] = pair_of(cython.cast(int16_t, a + side), cython.cast(int16_t, b + side))
    box[3] = pair_of(cython.cast(int16_t, c + side), search.level)
    box[4] = pair_of(cython.cast(int16_t, a + half), cython.cast(int16_t, b + half))
    box[5] = pair_of(cython.cast(int16_t, c + half), search.level)
    found = keep_candidates(
        search.wide,
        box,
        search.opaque,
        search.opaque + search.stride,
        search.opaque + 2 * search.stride,
        search.opaques,
        search.kept,
        search.kept + search.stride,
        search.kept + 2 * search.stride,
        cython.address(favourite),
    )
    if search.used + 1 + found > search.room:
        search.room = 2 * search.room + found
        lists = cython.cast(cython.pointer[uint16_t], realloc(search.lists, 2 * search.room))
        if lists == cython.NULL:
            return False
        search.lists = lists
    cube[0] = cython.cast(int32_t, search.used)
    search.lists[search.used] = cython.cast(uint16_t, found - 1)
    for n in range(found):
        search.lists[search.used + 1 + n] = cython.cast(uint16_t, search.kept[2 * search.stride + n])
    search.used += 1 + found
    return True


@cython.cfunc
@cython.nogil
@cython.inline
@cython.exceptval(check=False)
def entry_for(
    search: cython.pointer[Search], kind: cython.int, a: int32_t, b: int32_t, c: int32_t, d: int32_t
) -> int32_t:
    """The nearest of the entries that a pixel of this kind may have, the first of several; -1 without memory.

    Lists are short and one search waits for the one before: plain comparisons without branches are faster here than
    vectors, whose lanes must be compared with each other in the end.
    """
    i: int32_t
    j: int32_t
    k: int32_t
    n: int32_t
    pair01: int32_t
    pair23: int32_t
    best: int64_t
    key: int64_t
    cube: cython.pointer[int32_t]
    lists: cython.pointer[int32_t]
    list_: cython.pointer[uint16_t]
    entry: cython.pointer[cython.const[int16_t]]
    if kind != OPAQUE:
        pair01 = pair_of(cython.cast(int16_t, a), cython.cast(int16_t, b))
        pair23 = pair_of(cython.cast(int16_t, c), cython.cast(int16_t, d))
        lists = search.others
        return lists[
            2 * search.stride
            + nearest_candidate(search.wide, pair01, pair23, lists, lists + search.stride, search.visible)
        ]
    i = (a - search.low[0]) >> CUBE
    j = (b - search.low[1]) >> CUBE
    k = (c - search.low[2]) >> CUBE
    cube = search.cubes + ((cython.cast(cython.Py_ssize_t, i) * search.sides[1] + j) * search.sides[2] + k)
    if cube[0] == 0 and not make_list(search, cube, i, j, k):
        return -1
    list_ = search.lists + cube[0]
    best = cython.cast(int64_t, 1) << 62
    for n in range(list_[0] + 1):
        entry = search.entries + 4 * cython.cast(cython.Py_ssize_t, list_[1 + n])
        i = a - entry[0]
        j = b - entry[1]
        k = c - entry[2]
        key = cython.cast(int64_t, i * i + j * j + k * k) << 16 | list_[1 + n]
        best = key if key < best else best
    return cython.cast(int32_t, best & 65535)


@cython.cfunc
@cython.nogil
@cython.inline
@cython.exceptval(check=False)
def moved(point: int32_t, error: int32_t, gain: int32_t, low: int32_t, high: int32_t) -> int32_t:
    """A coordinate with its error, error x gain / 4096 rounded: no farther out than the entries reach, which could
    never pay it back, unless the point itself is."""
    x: int32_t = point + ((error * gain + 2048) >> 12)
    low = point if point < low else low
    high = point if point > high else high
    x = low if x < low else x
    return high if x > high else x


@cython.cfunc
@cython.nogil
@cython.inline
@cython.exceptval(check=False)
def apart(point: cython.pointer[cython.const[int16_t]], other: cython.pointer[cython.const[int16_t]]) -> int64_t:
    """The squared distance of two colors."""
    a: int32_t = cython.cast(int32_t, point[0]) - other[0]
    b: int32_t = cython.cast(int32_t, point[1]) - other[1]
    c: int32_t = cython.cast(int32_t, point[2]) - other[2]
    d: int32_t = cython.cast(int32_t, point[3]) - other[3]
    return a * a + b * b + c * c + d * d


@cython.cfunc
@cython.nogil
@cython.inline
@cython.exceptval(check=False)
def is_speck(
    point: cython.pointer[cython.const[int16_t]],
    entry: cython.pointer[cython.const[int16_t]],
    nearest: cython.pointer[cython.const[int16_t]],
    spacing: int64_t,
) -> cython.bint:
    """Whether an entry is far from a color that has a near one. spacing: of that to the next entry, squared."""
    return apart(point, entry) > FAR_SPACINGS * (spacing + apart(point, nearest))


@cython.cfunc
@cython.nogil
@cython.inline
@cython.exceptval(check=False)
def alike(
    points: cython.const[int16_t][:, ::1],
    kinds: cython.const[uint8_t][::1],
    row: cython.Py_ssize_t,
    other: cython.Py_ssize_t,
    similar: int32_t,
) -> cython.bint:
    """Whether errors may pass between two colors: of one kind, neither fixed, and of similar alpha."""
    difference: int32_t = cython.cast(int32_t, points[row, 3]) - points[other, 3]
    return kinds[row] == kinds[other] and kinds[row] != FIXED and difference <= similar and difference >= -similar


def find(
    points: cython.const[int16_t][:, ::1],
    kinds: cython.const[uint8_t][::1],
    entries: cython.const[int16_t][:, ::1],
    allowed: cython.const[uint8_t][:, ::1],
    range_: cython.const[int32_t][:, ::1],
    labels: uint16_t[::1],
) -> None:
    """The nearest entry of each point that is not fixed; of several equally near ones the first.

    IN all but labels: as above. INOUT labels (n,): those of fixed points stay.
    """
    i: cython.Py_ssize_t
    label: int32_t
    search: Search
    good: cython.bint
    with cython.nogil:
        good = open_search(cython.address(search), entries, allowed, range_)
        if good:
            for i in range(points.shape[0]):
                if kinds[i] != FIXED:
                    label = entry_for(
                        cython.address(search), kinds[i], points[i, 0], points[i, 1], points[i, 2], points[i, 3]
                    )
                    if label < 0:
                        good = False
                        break
                    labels[i] = cython.cast(uint16_t, label)
        close_search(cython.address(search))
    if not good:
        raise MemoryError


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def open_line(line: cython.pointer[Line], width: cython.Py_ssize_t) -> cython.bint:
    """Room for a row; `points` is what is given back. Returns whether there was memory."""
    line.rows = cython.NULL
    line.labels = cython.NULL
    line.kinds = cython.NULL
    line.points = cython.cast(cython.pointer[int16_t], malloc(11 * cython.cast(cython.size_t, width)))
    if line.points == cython.NULL:
        return False
    line.labels = cython.cast(cython.pointer[uint16_t], line.points + 4 * width)
    line.kinds = cython.cast(cython.pointer[uint8_t], line.labels + width)
    return True


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def fill_line(
    line: cython.pointer[Line],
    rows: cython.const[int32_t][:, ::1],
    y: cython.Py_ssize_t,
    points: cython.const[int16_t][:, ::1],
    kinds: cython.const[uint8_t][::1],
    labels: cython.const[uint16_t][::1],
    exact: cython.const[uint8_t][::1],
) -> cython.void:
    """What is known of the pixels of row y: tables of all colors are larger than caches, but here nothing waits."""
    x: cython.Py_ssize_t
    row: cython.Py_ssize_t
    line.rows = cython.address(rows[y, 0])
    for x in range(rows.shape[1]):
        row = line.rows[x]
        memcpy(line.points + 4 * x, cython.address(points[row, 0]), 8)
        line.labels[x] = labels[row]
        line.kinds[x] = cython.cast(uint8_t, kinds[row] | (EXACT if exact[row] else 0))


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def open_around(around: cython.pointer[Around], width: cython.Py_ssize_t) -> cython.bint:
    """Room for a row; `down` is what is given back. Returns whether there was memory."""
    around.down = cython.cast(cython.pointer[int64_t], malloc(20 * cython.cast(cython.size_t, width) + 8))
    if around.down == cython.NULL:
        return False
    around.sides = around.down + width
    around.gains = cython.cast(cython.pointer[int32_t], around.sides + width + 1)
    around.sides[0] = 0
    around.sides[width] = 0
    return True


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def look_around(
    around: cython.pointer[Around],
    points: cython.pointer[int16_t],
    lower: cython.pointer[int16_t],
    labels: cython.pointer[uint16_t],
    width: cython.Py_ssize_t,
    above: int64_t[::1],
    spacing: cython.const[int64_t][::1],
    least: int64_t,
    most: int64_t,
) -> cython.void:
    """Distances to the four neighbors, and the share of errors that each pixel takes.

    lower: the next row. above (w,): distances to the row before.
    """
    x: cython.Py_ssize_t
    space: int64_t
    for x in range(width):
        around.down[x] = apart(points + 4 * x, lower + 4 * x)
    for x in range(1, width):
        around.sides[x] = apart(points + 4 * x - 4, points + 4 * x)
    for x in range(width):
        space = spacing[labels[x]]
        # Numbers below 2**41 and a quotient below 2**9: rounded to 53 bits it has the same whole part.
        around.gains[x] = cython.cast(
            int32_t,
            least
            + cython.cast(
                int64_t,
                cython.cast(cython.double, (most - least) * space)
                / cython.cast(cython.double, space + above[x] + around.down[x] + around.sides[x] + around.sides[x + 1]),
            ),
        )


@cython.cfunc
@cython.nogil
@cython.inline
@cython.exceptval(check=False)
def is_bare(around: cython.pointer[Around], above: int64_t[::1], x: cython.Py_ssize_t, spacing: int64_t) -> cython.bint:
    """Whether a pixel's neighbors are like it, or one is and another is far away."""
    closest: int64_t = min(above[x], around.down[x], around.sides[x], around.sides[x + 1])
    farthest: int64_t = max(above[x], around.down[x], around.sides[x], around.sides[x + 1])
    return closest == 0 and (farthest == 0 or farthest > FAR_SPACINGS * spacing)


def diffuse(
    rows: cython.const[int32_t][:, ::1],
    points: cython.const[int16_t][:, ::1],
    kinds: cython.const[uint8_t][::1],
    labels: cython.const[uint16_t][::1],
    exact: cython.const[uint8_t][::1],
    entries: cython.const[int16_t][:, ::1],
    allowed: cython.const[uint8_t][:, ::1],
    spacing: cython.const[int64_t][::1],
    range_: cython.const[int32_t][:, ::1],
    reach: cython.const[int32_t][:, ::1],
    least: cython.int,
    most: cython.int,
    similar: cython.int,
    top: cython.Py_ssize_t,
    errors: int32_t[:, ::1],
    below: int64_t[::1],
    indices: uint16_t[:, ::1],
) -> None:
    """Floyd-Steinberg, from left to right and back: 7/16 of an error go on, 3/16, 5/16 and 1/16 to the next line.

    A picture may come in several parts, from the top down. INOUT errors (2, 4 (w + 2)) and below (w,) are handed from
    one to the next, and begin as 0. top: the row of the picture that the first one is.
    IN rows (h, w), in all parts but the last (h + 1, w); points, kinds, entries, allowed, range_, reach: as above;
    labels (n,): the nearest entry of each point; exact (n,): whether it is that entry; spacing (k,): squared distance
    of each entry to the nearest other; similar: how different in alpha pixels may be that hand errors to each other, or
    -1 if all pixels are opaque.
    least, most: the share of its errors that a pixel takes, in 256ths: most where the picture is flat compared with
    the spacing of the palette, least in texture and at edges. If they are equal, flatness is not asked for; if not,
    an exact pixel also swallows errors that are too small to change it; and all if its neighbors are like it, or if
    one is and another is far away, so that no errors of a picture are carried into the page around it. Nor does any
    pixel then take an entry that is far from its color, which would be a speck: it takes the nearest one, and the
    errors that it was handed end there.
    OUT indices (h, w).
    """
    height: cython.Py_ssize_t = indices.shape[0]
    width: cython.Py_ssize_t = rows.shape[1]
    x: cython.Py_ssize_t
    y: cython.Py_ssize_t
    step: cython.Py_ssize_t
    _: cython.Py_ssize_t
    row: cython.Py_ssize_t
    label: int32_t
    nearest: int32_t
    gain: int32_t = most
    kind: cython.int = OPAQUE
    c: cython.int
    p0: int32_t
    p1: int32_t
    p2: int32_t
    p3: int32_t
    q0: int32_t
    q1: int32_t
    q2: int32_t
    q3: int32_t
    e0: int32_t = 0
    e1: int32_t = 0
    e2: int32_t = 0
    e3: int32_t = 0
    here: cython.pointer[int32_t]
    at: cython.pointer[int32_t]
    under: cython.pointer[int32_t]
    swap: cython.pointer[int32_t]
    line: Line
    next_: Line
    other: Line
    around: Around
    search: Search
    good: cython.bint
    with cython.nogil:
        good = open_search(cython.address(search), entries, allowed, range_)
        good = open_line(cython.address(line), width) and good
        good = open_line(cython.address(next_), width) and good
        good = open_around(cython.address(around), width) and good
        at = cython.address(errors[top & 1, 4])
        under = cython.address(errors[(top & 1) ^ 1, 4])
        y = 0
        if good and height > 0:
            fill_line(cython.address(next_), rows, 0, points, kinds, labels, exact)
        while good and y < height:
            other = line
            line = next_
            next_ = other
            fill_line(cython.address(next_), rows, y + 1 if y + 1 < rows.shape[0] else y, points, kinds, labels, exact)
            if least != most:
                look_around(
                    cython.address(around), line.points, next_.points, line.labels, width, below, spacing, least, most
                )
            step = -1 if (top + y) & 1 else 1
            x = width - 1 if (top + y) & 1 else 0
            e0 = e1 = e2 = e3 = 0
            for c in range(4):
                under[c - 4] = 0
                under[4 * width + c] = 0
            for _ in range(width):
                here = at + 4 * x
                p0 = line.points[4 * x]
                p1 = line.points[4 * x + 1]
                p2 = line.points[4 * x + 2]
                p3 = line.points[4 * x + 3]
                if least != most:
                    gain = around.gains[x]
                q0 = moved(p0, e0 + here[0], gain, reach[0, 0], reach[1, 0])
                q1 = moved(p1, e1 + here[1], gain, reach[0, 1], reach[1, 1])
                q2 = moved(p2, e2 + here[2], gain, reach[0, 2], reach[1, 2])
                q3 = p3
                if similar >= 0:
                    q3 = moved(p3, e3 + here[3], gain, reach[0, 3], reach[1, 3])
                    kind = line.kinds[x] & 3
                if line.kinds[x] & EXACT and (
                    kind == FIXED
                    or (q0 == p0 and q1 == p1 and q2 == p2 and q3 == p3)
                    or (
                        least != most
                        and (
                            is_bare(cython.address(around), below, x, spacing[line.labels[x]])
                            or swallowed(q0 - p0, q1 - p1, q2 - p2, q3 - p3, spacing[line.labels[x]])
                        )
                    )
                ):
                    label = line.labels[x]
                    q0 = q1 = q2 = q3 = 0
                else:
                    label = entry_for(cython.address(search), kind, q0, q1, q2, q3)
                    if label < 0:
                        good = False
                        break
                    nearest = line.labels[x]
                    if (
                        least != most
                        and label != nearest
                        and is_speck(
                            line.points + 4 * x,
                            cython.address(entries[label, 0]),
                            cython.address(entries[nearest, 0]),
                            spacing[nearest],
                        )
                    ):
                        label = nearest
                        q0 = p0
                        q1 = p1
                        q2 = p2
                        q3 = p3
                    q0 -= entries[label, 0]
                    q1 -= entries[label, 1]
                    q2 -= entries[label, 2]
                    q3 -= entries[label, 3]
                indices[y, x] = cython.cast(uint16_t, label)
                here[0] = here[1] = here[2] = here[3] = 0
                e0 = 7 * q0
                e1 = 7 * q1
                e2 = 7 * q2
                if similar < 0:
                    hand(under + 4 * (x - step), 3, q0, q1, q2)
                    hand(under + 4 * x, 5, q0, q1, q2)
                    hand(under + 4 * (x + step), 1, q0, q1, q2)
                else:
                    e3 = 7 * q3
                    row = rows[y, x]
                    if 0 <= x + step < width and not alike(points, kinds, row, rows[y, x + step], similar):
                        e0 = e1 = e2 = e3 = 0
                    if 0 <= x - step < width and alike(points, kinds, row, next_.rows[x - step], similar):
                        hand(under + 4 * (x - step), 3, q0, q1, q2)
                        under[4 * (x - step) + 3] += 3 * q3
                    if alike(points, kinds, row, next_.rows[x], similar):
                        hand(under + 4 * x, 5, q0, q1, q2)
                        under[4 * x + 3] += 5 * q3
                    if 0 <= x + step < width and alike(points, kinds, row, next_.rows[x + step], similar):
                        hand(under + 4 * (x + step), 1, q0, q1, q2)
                        under[4 * (x + step) + 3] += q3
                x += step
            if least != most:
                for x in range(width):
                    below[x] = around.down[x]
            swap = at
            at = under
            under = swap
            y += 1
        close_search(cython.address(search))
        free(line.points)
        free(next_.points)
        free(around.down)
    if not good:
        raise MemoryError


@cython.cfunc
@cython.nogil
@cython.inline
@cython.exceptval(check=False)
def swallowed(a: int32_t, b: int32_t, c: int32_t, d: int32_t, spacing: int64_t) -> cython.bint:
    """Whether an error is too small to make an entry another: below half the distance to the nearest other."""
    return (
        4
        * (
            cython.cast(int64_t, a) * a
            + cython.cast(int64_t, b) * b
            + cython.cast(int64_t, c) * c
            + cython.cast(int64_t, d) * d
        )
        < spacing
    )


@cython.cfunc
@cython.nogil
@cython.inline
@cython.exceptval(check=False)
def hand(to: cython.pointer[int32_t], share: int32_t, a: int32_t, b: int32_t, c: int32_t) -> cython.void:
    """Adds a share of an error to what a pixel will take."""
    to[0] += share * a
    to[1] += share * b
    to[2] += share * c


def follow(
    order: cython.const[int32_t][::1],
    rows: cython.const[int32_t][::1],
    points: cython.const[int16_t][:, ::1],
    kinds: cython.const[uint8_t][::1],
    labels: cython.const[uint16_t][::1],
    exact: cython.const[uint8_t][::1],
    entries: cython.const[int16_t][:, ::1],
    allowed: cython.const[uint8_t][:, ::1],
    range_: cython.const[int32_t][:, ::1],
    reach: cython.const[int32_t][:, ::1],
    gain: cython.int,
    similar: cython.int,
    indices: uint16_t[::1],
) -> None:
    """Riemersma's: each pixel of a curve takes gain/256 of the error of the one before, and so of all before, fading.

    IN order (n,): the pixels in the order of the curve; rows (n,); the rest as in `diffuse`. OUT indices (n,).
    """
    n: cython.Py_ssize_t
    pixel: cython.Py_ssize_t
    row: cython.Py_ssize_t
    last: cython.Py_ssize_t = 0
    label: int32_t
    kind: cython.int
    p: int32_t[4]
    q: int32_t[4]
    error: int32_t[4]
    moves: cython.bint
    c: cython.int
    search: Search
    good: cython.bint
    with cython.nogil:
        good = open_search(cython.address(search), entries, allowed, range_)
        for c in range(4):
            error[c] = 0
        n = 0
        while good and n < order.shape[0]:
            pixel = order[n]
            row = rows[pixel]
            kind = kinds[row]
            if n > 0 and not alike(points, kinds, last, row, similar):
                for c in range(4):
                    error[c] = 0
            moves = False
            for c in range(4):
                p[c] = points[row, c]
                q[c] = moved(p[c], 16 * error[c], gain, reach[0, c], reach[1, c])
                moves = moves or q[c] != p[c]
            if exact[row] and (kind == FIXED or not moves):
                label = labels[row]
                for c in range(4):
                    error[c] = 0
            else:
                label = entry_for(cython.address(search), kind, q[0], q[1], q[2], q[3])
                if label < 0:
                    good = False
                    break
                for c in range(4):
                    error[c] = q[c] - entries[label, c]
            indices[pixel] = cython.cast(uint16_t, label)
            last = row
            n += 1
        close_search(cython.address(search))
    if not good:
        raise MemoryError
