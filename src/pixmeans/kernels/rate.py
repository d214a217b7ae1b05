"""Rate-aware k-means, a band of rows at a time: the trellis (see rate_trellis.h) and the sums of its clusters.

Compiled by Cython. Errors are floating point, each operation by itself and in one order; sums are whole numbers.
"""

import cython
from cython.cimports.libc.stdint import int16_t, int32_t, int64_t, uint8_t, uint16_t
from cython.cimports.pixmeans.kernels.rate_trellis import RateBand, rate_band


def trellis(
    points: cython.const[int16_t][:, ::1],
    weights: cython.const[uint16_t][:, ::1],
    flatness: cython.const[uint8_t][:, ::1],
    forced: cython.const[uint8_t][:, ::1],
    indices: uint8_t[:, ::1],
    palette: cython.const[cython.float][:, ::1],
    k: cython.int,
    lam: cython.float,
    stream: cython.const[int32_t][::1],
    literal_bits: cython.const[cython.float][::1],
    length_bits: cython.const[cython.float][::1],
    distance_bits: cython.const[cython.float][::1],
    distances: cython.const[int32_t][::1],
    eye: cython.const[cython.float][::1],
    literals: int64_t[::1],
    lengths: int64_t[::1],
    used: int64_t[::1],
) -> None:
    """Chooses the indices of a band of h rows and w >= 8 columns.

    IN points (h w, 3): L, a, b in 2**-14, as errors are seen; weights (h, w): in 256ths; flatness (h, w): 0 to 255;
    forced (h, w), or empty: nonzero where the index must stay; palette (256, 4): L, a, b, L of k entries, and far away
    from everything where an index must not be used; lam: what a bit costs in squared OKLab distance; stream (3,):
    symbols before the pixels of a row, 1 (the number of its filter) or 0; the shortest match; how many of the distances
    are 1, 2, 3 and so on, a multiple of 4, at most 16. literal_bits (256,), length_bits (longest match + 1,),
    distance_bits (s,): what each symbol costs, with its extra bits; distances (s <= 2048,): of the matches that are
    tried, all different but for the first few, and all at least so large that, beyond these, rows above are meant. eye
    (14,): strength of diffusion, its shares to the right, down left, down, down right; the decay of the sum of errors
    and what it costs in flat areas; what a literal cares for the pixel below, and at how many bits' worth of difference
    half as much; the share of an area's mean error that the next row pays back, and how much of that is left a pixel
    farther; how much of the errors above a pixel enters the sum of errors in its row, and how much of them is left a
    row farther down; how much more errors in a and b count in flat areas.
    INOUT indices (h, w). OUT, added to: literals (256,), lengths (as length_bits), used (s,): how often each was used.
    """
    band: RateBand
    result: cython.int
    band.rows = cython.cast(cython.int, indices.shape[0])
    band.width = cython.cast(cython.int, indices.shape[1])
    band.points = cython.address(points[0, 0])
    band.weights = cython.address(weights[0, 0])
    band.flatness = cython.address(flatness[0, 0])
    band.forced = cython.NULL
    if forced.shape[0] != 0:
        band.forced = cython.address(forced[0, 0])
    band.indices = cython.address(indices[0, 0])
    band.k = k
    band.palette = cython.address(palette[0, 0])
    band.lambda_ = lam
    band.lead = stream[0]
    band.shortest = stream[1]
    band.nearby = stream[2]
    band.longest = cython.cast(cython.int, length_bits.shape[0]) - 1
    band.literal_bits = cython.address(literal_bits[0])
    band.length_bits = cython.address(length_bits[0])
    band.distance_bits = cython.address(distance_bits[0])
    band.states = cython.cast(cython.int, distances.shape[0])
    band.distances = cython.address(distances[0])
    band.strength = eye[0]
    band.left = eye[1]
    band.down_left = eye[2]
    band.down = eye[3]
    band.down_right = eye[4]
    band.decay = eye[5]
    band.run_cost = eye[6]
    band.ahead = eye[7]
    band.alike = eye[8]
    band.debt = eye[9]
    band.debt_fades = eye[10]
    band.column = eye[11]
    band.column_fades = eye[12]
    band.flat_chroma = eye[13]
    band.literals = cython.address(literals[0])
    band.lengths = cython.address(lengths[0])
    band.used = cython.address(used[0])
    with cython.nogil:
        result = rate_band(cython.address(band))
    if result != 0:
        raise MemoryError


def add_sums(
    points: cython.const[int16_t][:, ::1],
    weights: cython.const[uint16_t][::1],
    forced: cython.const[uint8_t][::1],
    indices: cython.const[uint8_t][::1],
    sums: int64_t[:, ::1],
) -> None:
    """IN points (n, 3), weights (n,), forced (n,) or empty, indices (n,), as in `trellis`. OUT sums (256, 4), added
    to: of each entry's pixels that were free to choose, the weights, and L, a, b times weight."""
    i: cython.Py_ssize_t
    weight: int64_t
    to: cython.pointer[int64_t]
    skip: cython.bint = forced.shape[0] != 0
    with cython.nogil:
        for i in range(indices.shape[0]):
            if skip and forced[i]:
                continue
            weight = weights[i]
            to = cython.address(sums[indices[i], 0])
            to[0] += weight
            to[1] += weight * points[i, 0]
            to[2] += weight * points[i, 1]
            to[3] += weight * points[i, 2]


def smooth(weights: cython.const[uint16_t][:, ::1], smoothed: uint16_t[:, ::1]) -> None:
    """IN weights (h, w), at least 1 each. OUT smoothed (h, w): each mixed with its eight neighbours, 4 : 2 : 1."""
    x: cython.Py_ssize_t
    y: cython.Py_ssize_t
    up: cython.Py_ssize_t
    down: cython.Py_ssize_t
    left: cython.Py_ssize_t
    right: cython.Py_ssize_t
    total: cython.int
    with cython.nogil:
        for y in range(weights.shape[0]):
            up = y - 1 if y > 0 else 0
            down = y + 1 if y + 1 < weights.shape[0] else y
            for x in range(weights.shape[1]):
                left = x - 1 if x > 0 else 0
                right = x + 1 if x + 1 < weights.shape[1] else x
                total = 4 * weights[y, x] + 2 * (
                    weights[up, x] + weights[down, x] + weights[y, left] + weights[y, right]
                )
                total += weights[up, left] + weights[up, right] + weights[down, left] + weights[down, right]
                smoothed[y, x] = cython.cast(uint16_t, (total + 8) >> 4)
