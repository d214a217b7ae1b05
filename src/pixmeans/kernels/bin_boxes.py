"""Boxes of bins, by Wu's cuts, and what each box holds.

Compiled by Cython. Definition: `cut_bins` in reference.py. Sums are int64 and exact; what is float64 is computed in a
fixed order. Bins are those of bins.py.
"""

import cython
from cython.cimports.libc.stdint import int32_t, int64_t, uint8_t, uint32_t
from cython.cimports.libc.stdlib import free, malloc
from cython.cimports.libc.string import memset

SIDE = cython.declare(cython.int, 32)  # bins along a channel
LEVELS = cython.declare(cython.int, 30)  # of alpha below opaque
WHITE = cython.declare(int64_t, 442)  # 255 x sqrt(3), see `color.spaces.RGB_ALPHA`

Box = cython.struct(
    start=cython.int,
    end=cython.int,
    axis=cython.int,  # where it is best cut: places up to `last` along `axis` are its left side
    last=cython.int,
    gain=cython.double,  # by how much that lowers the squared error; 0 where it cannot be cut
)


def cut_bins(
    codes: cython.const[uint32_t][::1],
    sums: cython.const[int64_t][:, ::1],
    apart: cython.int,
    k: cython.int,
    labels: int32_t[::1],
) -> cython.int:
    """Boxes of bins: the box whose best cut lowers the squared error most is cut in two until there are k.

    Wu, "Efficient statistical computations for optimal color quantization", Graphics Gems II, 1991. He keeps moments of
    the whole cube. Here the slices of a box are added up from its bins, which is less for the few that pictures have,
    and alpha is an axis like the others.
    Errors are the mean of those over black and over white (see `color.spaces`).
    IN codes (n,): a bin, and its level of alpha above that; sums (n, 5) as gathered, of at most 2**40 pixels. apart: no
    box has bins from both sides of this row; 0 or n for none.
    OUT labels (n,): the box of each bin. Of equally good cuts the first is taken: the first box, then axis, then place.
    Returns how many boxes there are, at most min(k, n).
    """
    n: cython.int = cython.cast(cython.int, codes.shape[0])
    boxes: cython.pointer[Box]
    vectors: cython.pointer[int64_t]
    places: cython.pointer[uint8_t]
    order: cython.pointer[int32_t]
    spare: cython.pointer[int32_t]
    channels: cython.int
    found: cython.int = 1
    best: cython.int
    b: cython.int
    i: cython.int
    if n == 0 or k < 1:
        return 0
    k = min(k, n)
    boxes = cython.cast(cython.pointer[Box], malloc(k * cython.sizeof(Box)))
    vectors = cython.cast(cython.pointer[int64_t], malloc(n * 5 * 8))
    places = cython.cast(cython.pointer[uint8_t], malloc(n * 4))
    order = cython.cast(cython.pointer[int32_t], malloc(n * 4))
    spare = cython.cast(cython.pointer[int32_t], malloc(n * 4))
    if (
        boxes == cython.NULL
        or vectors == cython.NULL
        or places == cython.NULL
        or order == cython.NULL
        or spare == cython.NULL
    ):
        found = -1
    else:
        with cython.nogil:
            channels = 3 if (codes[0] >> 15) == (codes[n - 1] >> 15) == LEVELS else 4
            for i in range(n):
                order[i] = i
                place_of(codes[i], places + 4 * i)
                vector_of(cython.address(sums[i, 0]), vectors + 5 * i)
            boxes[0].start = 0
            boxes[0].end = n
            if 0 < apart < n and k > 1:
                boxes[0].end = apart
                boxes[1].start = apart
                boxes[1].end = n
                found = 2
            for b in range(found):
                find_cut(vectors, places, order, cython.address(boxes[b]), channels)
            while found < k:
                best = 0
                for b in range(found):
                    if boxes[b].gain > boxes[best].gain:
                        best = b
                if boxes[best].gain <= 0.0:
                    break
                part(places, order, spare, cython.address(boxes[best]), cython.address(boxes[found]))
                find_cut(vectors, places, order, cython.address(boxes[best]), channels)
                find_cut(vectors, places, order, cython.address(boxes[found]), channels)
                found += 1
            for b in range(found):
                for i in range(boxes[b].start, boxes[b].end):
                    labels[order[i]] = b
    free(boxes)
    free(vectors)
    free(places)
    free(order)
    free(spare)
    if found < 0:
        raise MemoryError
    return found


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def place_of(code: uint32_t, place: cython.pointer[uint8_t]) -> cython.void:
    """OUT (4,): where a bin is along red, green, blue and alpha."""
    c: cython.int
    bit: cython.int
    bits: uint32_t
    for c in range(3):
        bits = 0
        for bit in range(5):
            bits |= ((code >> (3 * bit + 2 - c)) & 1) << bit
        place[c] = cython.cast(uint8_t, bits)
    place[3] = cython.cast(uint8_t, code >> 15)


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def vector_of(sums: cython.pointer[cython.const[int64_t]], vector: cython.pointer[int64_t]) -> cython.void:
    """OUT (5,): pixels, and the sums of their coordinates in 510ths: alpha x (color - middle gray), and alpha."""
    c: cython.int
    vector[0] = sums[0]
    for c in range(1, 4):
        vector[c] = 2 * sums[c] - 255 * sums[4]
    vector[4] = WHITE * sums[4]


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def part(
    places: cython.pointer[uint8_t],
    order: cython.pointer[int32_t],
    spare: cython.pointer[int32_t],
    box: cython.pointer[Box],
    other: cython.pointer[Box],
) -> cython.void:
    """Cuts a box: what is on the right side becomes the other box. The order of bins stays."""
    i: cython.int
    left: cython.int = box.start
    right: cython.int = 0
    for i in range(box.start, box.end):
        if places[4 * order[i] + box.axis] <= box.last:
            order[left] = order[i]
            left += 1
        else:
            spare[right] = order[i]
            right += 1
    for i in range(right):
        order[left + i] = spare[i]
    other.start = left
    other.end = box.end
    box.end = left


@cython.cfunc
@cython.nogil
@cython.inline
@cython.exceptval(check=False)
def add(sums: cython.pointer[int64_t], more: cython.pointer[int64_t]) -> cython.void:
    """Adds pixels and the sums of four coordinates."""
    sums[0] += more[0]
    sums[1] += more[1]
    sums[2] += more[2]
    sums[3] += more[3]
    sums[4] += more[4]


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def find_cut(
    vectors: cython.pointer[int64_t],
    places: cython.pointer[uint8_t],
    order: cython.pointer[int32_t],
    box: cython.pointer[Box],
    channels: cython.int,
) -> cython.void:
    """The best cut of a box. channels: 3 where all bins are opaque, else 4."""
    slices: int64_t[4 * 32 * 5]  # for each axis the sums of the bins at each place
    total: int64_t[5]
    before: int64_t[5]
    i: cython.int
    axis: cython.int
    place: cython.int
    c: cython.int
    own: cython.pointer[int64_t]
    slice_: cython.pointer[int64_t]
    whole: cython.double
    left: cython.double
    apart: cython.double
    gain: cython.double
    box.gain = 0.0
    if box.end - box.start < 2:
        return
    memset(slices, 0, cython.sizeof(slices))
    memset(total, 0, cython.sizeof(total))
    for i in range(box.start, box.end):
        own = vectors + 5 * order[i]
        add(total, own)
        add(slices + 5 * places[4 * order[i]], own)
        add(slices + 5 * (SIDE + places[4 * order[i] + 1]), own)
        add(slices + 5 * (2 * SIDE + places[4 * order[i] + 2]), own)
        if channels == 4:
            add(slices + 5 * (3 * SIDE + places[4 * order[i] + 3]), own)
    whole = cython.cast(cython.double, total[0])
    for axis in range(channels):
        memset(before, 0, cython.sizeof(before))
        for place in range(SIDE):
            slice_ = slices + 5 * (SIDE * axis + place)
            if slice_[0] == 0:
                continue
            add(before, slice_)
            if before[0] == total[0]:
                break
            left = cython.cast(cython.double, before[0])
            gain = 0.0
            for c in range(1, 1 + channels):
                apart = cython.cast(cython.double, before[c]) * whole - cython.cast(cython.double, total[c]) * left
                gain += apart * apart
            gain /= left * (whole - left) * whole
            if gain > box.gain:
                box.gain = gain
                box.axis = axis
                box.last = place


def sums_by_label(
    sums: cython.const[int64_t][:, ::1], labels: cython.const[int32_t][::1], totals: int64_t[:, ::1]
) -> None:
    """IN sums (n, 5); labels (n,), below k. OUT totals (k, 5), added to."""
    i: cython.Py_ssize_t
    c: cython.int
    with cython.nogil:
        for i in range(sums.shape[0]):
            for c in range(5):
                totals[labels[i], c] += sums[i, c]
