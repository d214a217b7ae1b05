"""A beam search for indices that are near the picture and in the dictionary of GIF's LZW. Compiled by Cython.

From the last pixel that has its index, several paths through the trie of the dictionary are followed a pixel at a time:
one that goes down to a child costs what its index misses, one that begins a phrase costs a code as well. The beginning
of the best one is written, the dictionary learns from it, and the search begins anew.
Errors are floating point, each operation by itself and in one order.
"""

import cython
from cython.cimports.libc.stdint import int16_t, uint8_t, uint16_t
from cython.cimports.libc.stdlib import calloc, free
from cython.cimports.pixmeans.kernels.lzw import ROOTS, Trie, end_width, learn, new_trie
from cython.cimports.pixmeans.kernels.rate_gif_beam import (
    Beam,
    Error,
    Path,
    begin_beam,
    close_beam,
    keep_survivors,
    note_least,
    offer,
    open_beam,
    trace_back,
)


def search(
    points: cython.const[int16_t][:, ::1],
    weights: cython.const[uint16_t][:, ::1],
    flatness: cython.const[uint8_t][:, ::1],
    forced: cython.const[uint8_t][:, ::1],
    indices: uint8_t[:, ::1],
    palette: cython.const[cython.float][:, ::1],
    k: cython.int,
    code_bits: cython.int,
    patience: cython.int,
    lam: cython.float,
    effort: cython.const[cython.int][::1],
    eye: cython.const[cython.float][::1],
) -> float:
    """Indices of a picture of h rows and w columns that LZW packs well.

    IN points (h w, 3): L, a, b in 2**-14; weights (h, w): in 256ths; flatness (h, w): 0 to 255; forced (h, w), or
    empty: nonzero where the index must stay; palette (256, 4): L, a, b, L of k entries, and far away from everything
    where an index must not be used; code_bits, patience: see `lzw.pack`; lam: what a bit may cost in squared OKLab
    distance; effort (4,): paths that are followed at once, codes that a path may begin before one is chosen, the most
    pixels it may go, and the codes that are written then, 1 or more. eye (10,): strength of diffusion, its shares to
    the right, down left, down, down right; the decay of the sum of errors and what it costs in flat areas; how much of
    the mean cost of a pixel is left a pixel later; how much worse than the best, in codes, a path may be; and what the
    mean is multiplied by.
    INOUT indices (h, w). Returns the bits of the codes, with those that clear.
    """
    picture: Picture
    beam: Beam
    coder: Coder
    failed: cython.int
    picture.points = cython.address(points[0, 0])
    picture.weights = cython.address(weights[0, 0])
    picture.flatness = cython.address(flatness[0, 0])
    picture.forced = cython.NULL
    if forced.shape[0] != 0:
        picture.forced = cython.address(forced[0, 0])
    picture.indices = cython.address(indices[0, 0])
    picture.width = indices.shape[1]
    picture.size = indices.shape[0] * indices.shape[1]
    coder.lam = lam
    # where bits cost nothing, every path may begin as many codes as it likes
    coder.horizon = effort[1] if lam > 0.0 else 32767
    coder.codes = effort[3]
    coder.memory = eye[7]
    coder.slack = eye[8]
    coder.optimism = eye[9]
    coder.trie = new_trie(code_bits, patience)
    failed = open_diffusion(cython.address(picture), cython.address(eye[0]), effort[2])
    failed |= open_beam(cython.address(beam), effort[0], effort[2])
    try:
        if failed != 0 or coder.trie == cython.NULL:
            raise MemoryError
        with cython.nogil:
            read_entries(cython.address(picture), cython.address(palette[0, 0]), k)
            choose_indices(cython.address(picture), cython.address(beam), cython.address(coder))
    finally:
        close_beam(cython.address(beam))
        free(picture.errors)
        free(coder.trie)
    return coder.bits


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def open_diffusion(
    picture: cython.pointer[Picture], eye: cython.pointer[cython.const[cython.float]], longest: cython.int
) -> cython.int:
    """How errors are handed on, and a ring for those that wait. eye: see `search`. Returns 0, or -1 without memory."""
    i: cython.int
    flatness: cython.float
    ring: cython.Py_ssize_t = 1
    picture.right = eye[0] * eye[1]
    picture.down_left = eye[0] * eye[2]
    picture.down = eye[0] * eye[3]
    picture.down_right = eye[0] * eye[4]
    picture.decay = eye[5]
    for i in range(256):
        flatness = i / 255.0
        picture.streak_costs[i] = eye[6] * flatness
    while ring < picture.width + longest + 2:
        ring *= 2
    picture.mask = ring - 1
    picture.errors = cython.cast(cython.pointer[cython.float], calloc(3 * ring, cython.sizeof(cython.float)))
    return -1 if picture.errors == cython.NULL else 0


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def read_entries(
    picture: cython.pointer[Picture], palette: cython.pointer[cython.const[cython.float]], k: cython.int
) -> cython.void:
    """The colors of the entries, and how far those reach that may be used; the others are far away."""
    i: cython.int
    j: cython.int
    value: cython.float
    picture.most = (k + 31) // 32 * 32
    for j in range(3):
        picture.low[j] = 1e3
        picture.high[j] = -1e3
    for i in range(256):
        picture.l[i] = palette[4 * i] if i < k else 1e9
        picture.a[i] = palette[4 * i + 1]
        picture.b[i] = palette[4 * i + 2]
        picture.entries[i].l = picture.entries[i].streak = picture.l[i]
        picture.entries[i].a = picture.a[i]
        picture.entries[i].b = picture.b[i]
        if i < k and palette[4 * i] < 10.0:
            for j in range(3):
                value = palette[4 * i + j]
                picture.low[j] = value if value < picture.low[j] else picture.low[j]
                picture.high[j] = value if value > picture.high[j] else picture.high[j]


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def choose_indices(
    picture: cython.pointer[Picture], beam: cython.pointer[Beam], coder: cython.pointer[Coder]
) -> cython.void:
    """Searches and writes in turn until the picture ends."""
    p: cython.Py_ssize_t = 0
    x: cython.Py_ssize_t = 0  # the column of p
    ahead: cython.Py_ssize_t  # the column of the pixel that is looked at
    level: cython.int
    length: cython.int
    mean: cython.float
    coder.node = -1
    coder.length = 0
    coder.error.l = coder.error.a = coder.error.b = coder.error.streak = 0.0
    coder.bits = coder.trie.width  # every GIF begins with the code that clears
    coder.cost = coder.pixels = 0.0
    while p < picture.size:
        mean = coder.cost / coder.pixels if coder.pixels > 0.0 else 0.0
        coder.code = coder.lam * cython.cast(cython.float, coder.trie.width)
        begin_beam(beam, coder.node, coder.error, coder.code * coder.slack)
        level = 0
        ahead = x
        while level < beam.longest and p + level < picture.size and beam.count > 0:
            look_at(picture, p + level, ahead)
            extend(beam, picture, coder)
            level += 1
            ahead = ahead + 1 if ahead + 1 < picture.width else 0
            keep_survivors(beam, mean * coder.optimism * cython.cast(cython.float, level))
        length = trace_back(beam, coder.codes)
        if length == 0:
            break
        for level in range(length):
            look_at(picture, p, x)
            picture.indices[p] = beam.route[level]
            write(coder, picture, beam.route[level])
            hand_on(picture, cython.address(coder.error), p)
            p += 1
            x = x + 1 if x + 1 < picture.width else 0
    coder.bits += coder.trie.width + end_width(coder.trie)


@cython.cfunc
@cython.nogil
@cython.inline
@cython.exceptval(check=False)
def look_at(picture: cython.pointer[Picture], p: cython.Py_ssize_t, x: cython.Py_ssize_t) -> cython.void:
    """What a pixel, in column x, asks of its index."""
    pixel: cython.pointer[Pixel] = cython.address(picture.pixel)
    point: cython.pointer[cython.const[int16_t]] = picture.points + 3 * p
    errors: cython.pointer[cython.float] = picture.errors + 3 * (p & picture.mask)
    one: cython.float = 16384.0
    pixel.x = x
    pixel.own_l = point[0] / one
    pixel.l = aim(pixel.own_l, errors[0], picture.low[0], picture.high[0])
    pixel.a = aim(point[1] / one, errors[1], picture.low[1], picture.high[1])
    pixel.b = aim(point[2] / one, errors[2], picture.low[2], picture.high[2])
    pixel.weight = picture.weights[p] / cython.cast(cython.float, 256.0)
    pixel.streak_weight = pixel.weight * picture.streak_costs[picture.flatness[p]]
    pixel.from_left = pixel.decay = 0.0
    if x > 0:
        pixel.from_left = picture.right
        pixel.decay = picture.decay
    pixel.forced = -1
    if picture.forced != cython.NULL and picture.forced[p] != 0:
        pixel.forced = picture.indices[p]


@cython.cfunc
@cython.nogil
@cython.inline
@cython.exceptval(check=False)
def aim(color: cython.float, error: cython.float, low: cython.float, high: cython.float) -> cython.float:
    """A color with the errors it takes: no farther out than the entries reach, which could never pay it back."""
    sum: cython.float = color + error
    low = color if color < low else low
    high = color if color > high else high
    sum = low if sum < low else sum
    return high if sum > high else sum


@cython.cfunc
@cython.nogil
@cython.inline
@cython.exceptval(check=False)
def extend(beam: cython.pointer[Beam], picture: cython.pointer[Picture], coder: cython.pointer[Coder]) -> cython.void:
    """All paths go a pixel farther inside their phrases, and the best one that may begins other phrases, too.

    The best one alone: what a path did before it began a phrase is forgotten, but for its cost and its last error.
    """
    s: cython.int
    path: cython.pointer[Path]
    best: cython.pointer[Path] = cython.NULL
    for s in range(beam.count):
        path = beam.paths + s
        if path.codes < coder.horizon and (best == cython.NULL or path.cost < best.cost):
            best = path
    for s in range(beam.count):
        if beam.paths[s].node >= 0:
            go_on(beam, picture, coder, beam.paths + s)
    if best != cython.NULL and best.cost + coder.code <= beam.limit:
        begin_phrase(beam, picture, coder, best)


@cython.cfunc
@cython.nogil
@cython.inline
@cython.exceptval(check=False)
def go_on(
    beam: cython.pointer[Beam],
    picture: cython.pointer[Picture],
    coder: cython.pointer[Coder],
    path: cython.pointer[Path],
) -> cython.void:
    """A path with every index that makes its phrase a longer one that the dictionary knows."""
    node: cython.int
    color: Error
    error: Error
    cost: cython.float
    trie: cython.pointer[Trie] = coder.trie
    pixel: cython.pointer[Pixel] = cython.address(picture.pixel)
    weight: cython.float = pixel.weight
    streak_weight: cython.float = pixel.streak_weight
    if pixel.forced >= 0:
        node = trie.child[path.node][pixel.forced]
        if node != 0:
            offer_forced(beam, path, path.cost, node, pixel.forced, 0)
        return
    color = wanted(pixel, cython.address(path.error))
    node = trie.first[path.node]
    while node != 0:
        error = missed(color, picture.entries[trie.index[node]])
        cost = path.cost + cost_of(error, weight, streak_weight)
        if cost <= beam.limit and cost < beam.ceiling:
            offer(beam, path, cost, node, trie.index[node], 0, error)
        node = trie.next[node]


@cython.cfunc
@cython.nogil
@cython.inline
@cython.exceptval(check=False)
def begin_phrase(
    beam: cython.pointer[Beam],
    picture: cython.pointer[Picture],
    coder: cython.pointer[Coder],
    path: cython.pointer[Path],
) -> cython.void:
    """A path with every index that its phrase cannot go on with: LZW always takes the longest phrase."""
    i: cython.int
    j: cython.int
    node: cython.int
    color: Error
    entry: Error
    cost: cython.float
    costs: cython.float[256]
    least: cython.float[32]
    base: cython.float = path.cost + coder.code
    trie: cython.pointer[Trie] = coder.trie
    pixel: cython.pointer[Pixel] = cython.address(picture.pixel)
    weight: cython.float = pixel.weight
    streak_weight: cython.float = pixel.streak_weight
    if pixel.forced >= 0:
        if path.node < 0 or trie.child[path.node][pixel.forced] == 0:
            offer_forced(beam, path, base, pixel.forced, pixel.forced, 1)
        return
    color = wanted(pixel, cython.address(path.error))
    for i in range(picture.most):
        entry.l = entry.streak = picture.l[i]
        entry.a = picture.a[i]
        entry.b = picture.b[i]
        costs[i] = cost_of(missed(color, entry), weight, streak_weight)
    if path.node >= 0:
        node = trie.first[path.node]
        while node != 0:
            costs[trie.index[node]] = 1e18
            node = trie.next[node]
    # The least of every 16th entry. By way of every 32nd: compilers unroll a loop of 16 before they make vectors of it.
    for j in range(32):
        least[j] = costs[j]
    for i in range(32, picture.most, 32):
        for j in range(32):
            least[j] = costs[i + j] if costs[i + j] < least[j] else least[j]
    cost = least[0]
    for j in range(16):
        least[j] = least[j + 16] if least[j + 16] < least[j] else least[j]
        cost = least[j] if least[j] < cost else cost
    # The best is known first, so that what it puts out of the running is not even offered.
    note_least(beam, base + cost)
    for j in range(16):
        if base + least[j] > beam.limit:
            continue
        for i in range(j, picture.most, 16):
            cost = base + costs[i]
            if cost <= beam.limit and cost < beam.ceiling:
                offer(beam, path, cost, i, i, 1, missed(color, picture.entries[i]))


@cython.cfunc
@cython.nogil
@cython.inline
@cython.exceptval(check=False)
def wanted(pixel: cython.pointer[Pixel], left: cython.pointer[Error]) -> Error:
    """The color that would leave no error, where the pixel to the left has left one."""
    color: Error
    color.l = pixel.l + pixel.from_left * left.l
    color.a = pixel.a + pixel.from_left * left.a
    color.b = pixel.b + pixel.from_left * left.b
    color.streak = pixel.own_l + pixel.decay * left.streak
    return color


@cython.cfunc
@cython.nogil
@cython.inline
@cython.exceptval(check=False)
def missed(color: Error, entry: Error) -> Error:
    """What an entry leaves of a color that is wanted."""
    color.l -= entry.l
    color.a -= entry.a
    color.b -= entry.b
    color.streak -= entry.streak
    return color


@cython.cfunc
@cython.nogil
@cython.inline
@cython.exceptval(check=False)
def cost_of(error: Error, weight: cython.float, streak_weight: cython.float) -> cython.float:
    """Weighted squared distance."""
    square: cython.float = (error.l * error.l + error.a * error.a) + error.b * error.b
    return weight * square + streak_weight * (error.streak * error.streak)


@cython.cfunc
@cython.nogil
@cython.inline
@cython.exceptval(check=False)
def offer_forced(
    beam: cython.pointer[Beam],
    path: cython.pointer[Path],
    cost: cython.float,
    node: cython.int,
    index: cython.int,
    begins: cython.int,
) -> cython.void:
    """A pixel whose index must stay costs nothing and leaves no error. There is room: every path is offered once."""
    error: Error
    error.l = error.a = error.b = error.streak = 0.0
    offer(beam, path, cost, node, index, begins, error)


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def write(coder: cython.pointer[Coder], picture: cython.pointer[Picture], index: cython.int) -> cython.void:
    """A pixel gets its index: the phrase goes on, or its code is written and the dictionary learns."""
    child: cython.int = 0
    cost: cython.float = 0.0
    streak: cython.double
    trie: cython.pointer[Trie] = coder.trie
    pixel: cython.pointer[Pixel] = cython.address(picture.pixel)
    if coder.node >= 0:
        child = child_of(trie, coder.node, index)
    if child != 0:
        coder.node = child
        coder.length += 1
    else:
        if coder.node >= 0:
            cost = coder.lam * cython.cast(cython.float, trie.width)
            coder.bits += trie.width
            coder.bits += learn(trie, coder.node, index, coder.length)
        coder.node = index
        coder.length = 1
    if pixel.forced >= 0:
        coder.error.l = coder.error.a = coder.error.b = coder.error.streak = 0.0
    else:
        # Unlike those of paths, this sum goes on and on: it is rounded once a pixel.
        streak = cython.cast(cython.double, pixel.decay * coder.error.streak) + pixel.own_l - picture.l[index]
        coder.error = missed(wanted(pixel, cython.address(coder.error)), picture.entries[index])
        coder.error.streak = streak
        cost += cost_of(coder.error, pixel.weight, pixel.streak_weight)
    coder.cost = coder.cost * coder.memory + cost
    coder.pixels = coder.pixels * coder.memory + 1.0


@cython.cfunc
@cython.nogil
@cython.inline
@cython.exceptval(check=False)
def child_of(trie: cython.pointer[Trie], node: cython.int, index: cython.int) -> cython.int:
    """As `trie.child` has it, but that table is 2 MB: the search has just walked this list, so it is in a cache."""
    if node < ROOTS:
        return trie.child[node][index]
    node = trie.first[node]
    while node != 0 and trie.index[node] != index:
        node = trie.next[node]
    return node


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def hand_on(picture: cython.pointer[Picture], error: cython.pointer[Error], p: cython.Py_ssize_t) -> cython.void:
    """The error of a pixel goes to the three below it. What had come down to itself is used up."""
    x: cython.Py_ssize_t = picture.pixel.x
    own: cython.pointer[cython.float] = picture.errors + 3 * (p & picture.mask)
    if picture.pixel.forced < 0:
        if x > 0:
            add_share(picture, p + picture.width - 1, picture.down_left, error)
        add_share(picture, p + picture.width, picture.down, error)
        if x + 1 < picture.width:
            add_share(picture, p + picture.width + 1, picture.down_right, error)
    own[0] = own[1] = own[2] = 0.0


@cython.cfunc
@cython.nogil
@cython.inline
@cython.exceptval(check=False)
def add_share(
    picture: cython.pointer[Picture], p: cython.Py_ssize_t, share: cython.float, error: cython.pointer[Error]
) -> cython.void:
    """A share of an error waits for another pixel."""
    to: cython.pointer[cython.float] = picture.errors + 3 * (p & picture.mask)
    to[0] += share * error.l
    to[1] += share * error.a
    to[2] += share * error.b
