"""A beam search for indices that are near the picture and in the dictionary of GIF's LZW. Compiled by Cython.

The search starts at the first pixel without an index. It extends several paths through the trie of the dictionary, a
pixel at a time. A path that goes down to a child costs the error of that index. A path that begins a new phrase costs a
code as well. Then the beginning of the best path is written, the dictionary learns from it, and the search starts anew.

The search is not exact. The beam keeps the cheapest paths, whatever error they carry. Only the cheapest of these begins
new phrases. What the dictionary learns within a path is not searched. `choose` in tests/definitions/lzw.py is the same
search in plain Python; tests/rate/test_lzw.py holds both equal. Errors are floating point, each operation by itself and
in one order.
"""

import cython
from cython.cimports.libc.stdint import int16_t, uint8_t, uint16_t
from cython.cimports.libc.stdlib import calloc, free
from cython.cimports.pixmeans.kernels.lzw import ROOTS, Trie, end_width, learn, new_trie
from cython.cimports.pixmeans.kernels.rate_checks import check_picture, check_range
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

MOST_PATHS = 1024
MOST_PIXELS = cython.declare(cython.int, 32767)  # of a path: a beam counts them and their codes as short numbers


def search(
    *,
    points: cython.const[int16_t][:, ::1],
    weights: cython.const[uint16_t][:, ::1],
    flatness: cython.const[uint8_t][:, ::1],
    locked: cython.const[uint8_t][:, ::1],
    indices: uint8_t[:, ::1],
    palette: cython.const[cython.float][:, ::1],
    k: cython.int,
    code_bits: cython.int,
    patience: cython.int,
    lambda_: cython.float,
    beam_search: BeamSearch,
    visual_model: VisualModel,
) -> float:
    """Chooses the indices of a picture of h rows and w columns; all arguments are given by name.

    The picture. IN points (h w, 3): L, a, b in 2**-14. weights (h, w): in 256ths. flatness (h, w): 0 to 255. locked
    (h, w), or empty: nonzero where a pixel keeps its index. INOUT indices (h, w).
    The palette. IN palette (256, 4): L, a, b, L of k entries; far away from everything where an index must not be used.
    The coder. IN code_bits, patience: see `lzw.pack`; k is at most 2**code_bits. lambda_: squared OKLab distance that a
    bit is worth. beam_search, a mapping: the fields of `rate.lzw.BeamSearch`.
    The viewer. IN visual_model, a mapping: the fields of `rate.visual_model.VisualModel`.

    Returns the bits of the codes, with those that clear. ValueError: what is beyond these limits. MemoryError.
    """
    picture: Picture
    beam: Beam
    coder: Coder
    failed: cython.int
    check_picture(points.shape[0], points.shape[1], weights, flatness, locked, indices, palette)
    check_search(k, code_bits, patience, cython.address(beam_search))
    picture.points = cython.address(points[0, 0])
    picture.weights = cython.address(weights[0, 0])
    picture.flatness = cython.address(flatness[0, 0])
    picture.locked = cython.NULL
    if locked.shape[0] != 0:
        picture.locked = cython.address(locked[0, 0])
    picture.indices = cython.address(indices[0, 0])
    picture.width = indices.shape[1]
    picture.size = indices.shape[0] * indices.shape[1]
    coder.lambda_ = lambda_
    coder.limits = beam_search
    # where bits cost nothing, every path may begin as many codes as it likes
    coder.horizon = beam_search.codes if lambda_ > 0.0 else MOST_PIXELS
    coder.trie = new_trie(code_bits, patience)
    failed = open_diffusion(cython.address(picture), cython.address(visual_model), beam_search.pixels)
    failed |= open_beam(cython.address(beam), beam_search.paths, beam_search.pixels)
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
def check_search(
    k: cython.int, code_bits: cython.int, patience: cython.int, limits: cython.pointer[BeamSearch]
) -> cython.void:
    """What the dictionary and the beam have room for."""
    check_range("code_bits", code_bits, 2, 8)
    check_range("k", k, 1, 1 << code_bits)
    check_range("patience", patience, -1, 256)
    check_range("paths", limits.paths, 1, MOST_PATHS)
    check_range("codes", limits.codes, 1, MOST_PIXELS)
    check_range("pixels", limits.pixels, 1, MOST_PIXELS)
    check_range("written", limits.written, 1, MOST_PIXELS)


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def open_diffusion(
    picture: cython.pointer[Picture], model: cython.pointer[VisualModel], longest: cython.int
) -> cython.int:
    """The shares of errors, and a ring for those of later pixels. Returns 0, or -1 without memory."""
    i: cython.int
    flatness: cython.float
    ring: cython.Py_ssize_t = 1
    picture.right = model.strength * model.share_right
    picture.down_left = model.strength * model.share_down_left
    picture.down = model.strength * model.share_down
    picture.down_right = model.strength * model.share_down_right
    picture.decay = model.streak_decay
    for i in range(256):
        flatness = i / 255.0
        picture.streak_costs[i] = model.streak_cost * flatness
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
    """The colors of the entries, and the box around those that may be used; the others are far away."""
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
        if i < k and palette[4 * i] < 10.0:  # L is 0 to 1: what is beyond must not be used
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
    ahead: cython.Py_ssize_t  # the column of the current pixel
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
        coder.code = coder.lambda_ * cython.cast(cython.float, coder.trie.width)
        begin_beam(beam, coder.node, coder.error, coder.code * coder.limits.slack)
        level = 0
        ahead = x
        while level < beam.longest and p + level < picture.size and beam.count > 0:
            look_at(picture, p + level, ahead)
            extend(beam, picture, coder)
            level += 1
            ahead = ahead + 1 if ahead + 1 < picture.width else 0
            keep_survivors(beam, mean * coder.limits.optimism * cython.cast(cython.float, level))
        length = trace_back(beam, coder.limits.written)
        if length == 0:
            break
        for level in range(length):
            look_at(picture, p, x)
            picture.indices[p] = beam.route[level]
            write(coder, picture, beam.route[level])
            diffuse(picture, cython.address(coder.error), p)
            p += 1
            x = x + 1 if x + 1 < picture.width else 0
    coder.bits += coder.trie.width + end_width(coder.trie)


@cython.cfunc
@cython.nogil
@cython.inline
@cython.exceptval(check=False)
def look_at(picture: cython.pointer[Picture], p: cython.Py_ssize_t, x: cython.Py_ssize_t) -> cython.void:
    """Makes a pixel, in column x, the current one."""
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
    pixel.share = pixel.decay = 0.0
    if x > 0:
        pixel.share = picture.right
        pixel.decay = picture.decay
    pixel.locked = -1
    if picture.locked != cython.NULL and picture.locked[p] != 0:
        pixel.locked = picture.indices[p]


@cython.cfunc
@cython.nogil
@cython.inline
@cython.exceptval(check=False)
def aim(color: cython.float, error: cython.float, low: cython.float, high: cython.float) -> cython.float:
    """color + error, clipped to the box around the entries and the color itself.

    What lies outside that box could never be made up for.
    """
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
    """All paths go a pixel farther inside their phrases. The cheapest that may begin a code begins other phrases, too.

    It alone, as paths that begin the same phrase at the same pixel differ in nothing but their cost and carried error.
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
    """Offers the path with each index that makes its phrase a longer one of the dictionary."""
    node: cython.int
    color: Error
    error: Error
    cost: cython.float
    trie: cython.pointer[Trie] = coder.trie
    pixel: cython.pointer[Pixel] = cython.address(picture.pixel)
    weight: cython.float = pixel.weight
    streak_weight: cython.float = pixel.streak_weight
    if pixel.locked >= 0:
        node = trie.child[path.node][pixel.locked]
        if node != 0:
            offer_locked(beam, path, path.cost, node, pixel.locked, 0)
        return
    color = target_of(pixel, cython.address(path.error))
    node = trie.first[path.node]
    while node != 0:
        error = error_of(color, picture.entries[trie.index[node]])
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
    """Offers the path with each index that its phrase cannot go on with, as LZW always takes the longest phrase."""
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
    if pixel.locked >= 0:
        if path.node < 0 or trie.child[path.node][pixel.locked] == 0:
            offer_locked(beam, path, base, pixel.locked, pixel.locked, 1)
        return
    color = target_of(pixel, cython.address(path.error))
    for i in range(picture.most):
        entry.l = entry.streak = picture.l[i]
        entry.a = picture.a[i]
        entry.b = picture.b[i]
        costs[i] = cost_of(error_of(color, entry), weight, streak_weight)
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
    # The best is noted first, so that what is too far from it is not even offered.
    note_least(beam, base + cost)
    for j in range(16):
        if base + least[j] > beam.limit:
            continue
        for i in range(j, picture.most, 16):
            cost = base + costs[i]
            if cost <= beam.limit and cost < beam.ceiling:
                offer(beam, path, cost, i, i, 1, error_of(color, picture.entries[i]))


@cython.cfunc
@cython.nogil
@cython.inline
@cython.exceptval(check=False)
def target_of(pixel: cython.pointer[Pixel], last: cython.pointer[Error]) -> Error:
    """The pixel's color with its share of the last pixel's error: an entry of this color would leave no error."""
    color: Error
    color.l = pixel.l + pixel.share * last.l
    color.a = pixel.a + pixel.share * last.a
    color.b = pixel.b + pixel.share * last.b
    color.streak = pixel.own_l + pixel.decay * last.streak
    return color


@cython.cfunc
@cython.nogil
@cython.inline
@cython.exceptval(check=False)
def error_of(color: Error, entry: Error) -> Error:
    """target - entry. color: the target."""
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
def offer_locked(
    beam: cython.pointer[Beam],
    path: cython.pointer[Path],
    cost: cython.float,
    node: cython.int,
    index: cython.int,
    begins: cython.int,
) -> cython.void:
    """A locked pixel costs nothing and leaves no error. Every path is offered once at most, so there is room."""
    error: Error
    error.l = error.a = error.b = error.streak = 0.0
    offer(beam, path, cost, node, index, begins, error)


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def write(coder: cython.pointer[Coder], picture: cython.pointer[Picture], index: cython.int) -> cython.void:
    """Gives a pixel its index: the phrase goes on, or its code is written and the dictionary learns a phrase."""
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
            cost = coder.lambda_ * cython.cast(cython.float, trie.width)
            coder.bits += trie.width
            coder.bits += learn(trie, coder.node, index, coder.length)
        coder.node = index
        coder.length = 1
    if pixel.locked >= 0:
        coder.error.l = coder.error.a = coder.error.b = coder.error.streak = 0.0
    else:
        # Unlike the sums of paths this one never ends, so it is rounded only once a pixel.
        streak = cython.cast(cython.double, pixel.decay * coder.error.streak) + pixel.own_l - picture.l[index]
        coder.error = error_of(target_of(pixel, cython.address(coder.error)), picture.entries[index])
        coder.error.streak = streak
        cost += cost_of(coder.error, pixel.weight, pixel.streak_weight)
    coder.cost = coder.cost * coder.limits.mean_decay + cost
    coder.pixels = coder.pixels * coder.limits.mean_decay + 1.0


@cython.cfunc
@cython.nogil
@cython.inline
@cython.exceptval(check=False)
def child_of(trie: cython.pointer[Trie], node: cython.int, index: cython.int) -> cython.int:
    """trie.child[node][index], by way of the list of children: that is in a cache, as the table of 2 MB is not."""
    if node < ROOTS:
        return trie.child[node][index]
    node = trie.first[node]
    while node != 0 and trie.index[node] != index:
        node = trie.next[node]
    return node


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def diffuse(picture: cython.pointer[Picture], error: cython.pointer[Error], p: cython.Py_ssize_t) -> cython.void:
    """Diffuses the error of a pixel to the three below it. Its own place in the ring is free again."""
    x: cython.Py_ssize_t = picture.pixel.x
    own: cython.pointer[cython.float] = picture.errors + 3 * (p & picture.mask)
    if picture.pixel.locked < 0:
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
    """Adds a share of an error to those of a later pixel."""
    to: cython.pointer[cython.float] = picture.errors + 3 * (p & picture.mask)
    to[0] += share * error.l
    to[1] += share * error.a
    to[2] += share * error.b
