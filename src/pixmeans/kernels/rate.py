"""Rate-distortion optimised indices, a band of rows at a time: the trellis of rate_trellis.h; sums of its clusters.

Compiled by Cython. Errors are floating point, each operation by itself and in one order; sums are whole numbers. The
trellis is defined in plain Python in tests/definitions/lz77.py; tests/kernels/trellis_check.c compares its vectors with
plain C.
"""

import cython
from cython.cimports.libc.stdint import int16_t, int32_t, int64_t, uint8_t, uint16_t
from cython.cimports.pixmeans.kernels.rate_checks import check_length, check_picture, check_range
from cython.cimports.pixmeans.kernels.rate_trellis import (
    RATE_PAST,
    RATE_STATES,
    RateBand,
    RateStream,
    RateVisualModel,
    rate_band,
)

# What callers may ask for at most.
MOST_DISTANCES = RATE_STATES
MOST_NEARBY = RATE_PAST


def trellis(
    *,
    points: cython.const[int16_t][:, ::1],
    weights: cython.const[uint16_t][:, ::1],
    flatness: cython.const[uint8_t][:, ::1],
    locked: cython.const[uint8_t][:, ::1],
    indices: uint8_t[:, ::1],
    palette: cython.const[cython.float][:, ::1],
    k: cython.int,
    lambda_: cython.float,
    stream: RateStream,
    literal_bits: cython.const[cython.float][::1],
    length_bits: cython.const[cython.float][::1],
    distances: cython.const[int32_t][::1],
    distance_bits: cython.const[cython.float][::1],
    visual_model: RateVisualModel,
    literal_counts: int64_t[::1],
    length_counts: int64_t[::1],
    match_counts: int64_t[::1],
) -> None:
    """Chooses the indices of a band of h rows and w columns; all arguments are given by name.

    The band. IN points (h w, 3): L, a, b in 2**-14, as errors are seen. weights (h, w): in 256ths. flatness (h, w): 0
    to 255. locked (h, w), or empty: nonzero where a pixel keeps its index. INOUT indices (h, w).
    The palette. IN palette (256, 4): L, a, b, L of k entries; far away from everything where an index must not be used.
    The coder. IN lambda_: squared OKLab distance that a bit is worth. stream, a mapping: `lead`, symbols of a row
    before its pixels, 1 (the number of its filter) or 0; `shortest`, length of a match; `nearby`, see distances.
    literal_bits (256,), length_bits (longest match + 1,), distance_bits (s,): of each symbol, with its extra bits.
    distances (s,), s <= 2048: first 1, 2, ..., nearby, a multiple of 4 up to 16; then distances to rows above,
    ascending.
    The viewer. IN visual_model, a mapping: the fields of `rate.visual_model.MatchVisualModel`.
    OUT, added to: literal_counts (256,), length_counts (as length_bits), match_counts (s,): how often each was used.

    ValueError: what is beyond these limits. MemoryError.
    """
    band: RateBand
    result: cython.int
    check_picture(points.shape[0], points.shape[1], weights, flatness, locked, indices, palette)
    check_coder(k, cython.address(stream), length_bits.shape[0], distances)
    check_length("literal_bits", literal_bits.shape[0], 256)
    check_length("distance_bits", distance_bits.shape[0], distances.shape[0])
    check_length("literal_counts", literal_counts.shape[0], 256)
    check_length("length_counts", length_counts.shape[0], length_bits.shape[0])
    check_length("match_counts", match_counts.shape[0], distances.shape[0])
    band.rows = cython.cast(cython.int, indices.shape[0])
    band.width = cython.cast(cython.int, indices.shape[1])
    band.points = cython.address(points[0, 0])
    band.weights = cython.address(weights[0, 0])
    band.flatness = cython.address(flatness[0, 0])
    band.locked = cython.NULL
    if locked.shape[0] != 0:
        band.locked = cython.address(locked[0, 0])
    band.indices = cython.address(indices[0, 0])
    band.k = k
    band.palette = cython.address(palette[0, 0])
    band.lambda_ = lambda_
    band.stream = stream
    band.longest = cython.cast(cython.int, length_bits.shape[0]) - 1
    band.literal_bits = cython.address(literal_bits[0])
    band.length_bits = cython.address(length_bits[0])
    band.states = cython.cast(cython.int, distances.shape[0])
    band.distances = cython.address(distances[0])
    band.distance_bits = cython.address(distance_bits[0])
    band.visual_model = visual_model
    band.literal_counts = cython.address(literal_counts[0])
    band.length_counts = cython.address(length_counts[0])
    band.match_counts = cython.address(match_counts[0])
    with cython.nogil:
        result = rate_band(cython.address(band))
    if result != 0:
        raise MemoryError


@cython.cfunc
def check_coder(
    k: cython.int,
    stream: cython.pointer[RateStream],
    lengths: cython.Py_ssize_t,
    distances: cython.const[int32_t][::1],
) -> cython.void:
    """What the trellis has room for, and what its search relies on."""
    s: cython.Py_ssize_t
    states: cython.Py_ssize_t = distances.shape[0]
    least: cython.Py_ssize_t
    check_range("k", k, 1, 256)
    check_range("lead", stream.lead, 0, 1)
    check_range("shortest", stream.shortest, 1, lengths - 1)
    if stream.nearby < 0 or stream.nearby > RATE_PAST or stream.nearby % 4 != 0:
        raise ValueError(f"nearby must be a multiple of 4 from 0 to {RATE_PAST}, got {stream.nearby}")
    check_range("the number of distances", states, max(1, stream.nearby), RATE_STATES)
    for s in range(states):
        if s < stream.nearby:
            if distances[s] != s + 1:
                raise ValueError(f"distances must begin with 1 to {stream.nearby}, got {distances[s]} at {s}")
            continue
        least = distances[s - 1] + 1 if s > stream.nearby else 1
        if distances[s] < least:
            raise ValueError(f"distances to rows above must be ascending from 1, got {distances[s]} at {s}")


def add_sums(
    points: cython.const[int16_t][:, ::1],
    weights: cython.const[uint16_t][::1],
    locked: cython.const[uint8_t][::1],
    indices: cython.const[uint8_t][::1],
    sums: int64_t[:, ::1],
) -> None:
    """IN points (n, 3), weights (n,), locked (n,) or empty, indices (n,), as in `trellis`. OUT sums (256, 4), added to:
    of each entry's pixels that are not locked, the weights, and L, a, b times weight."""
    i: cython.Py_ssize_t
    weight: int64_t
    to: cython.pointer[int64_t]
    skip: cython.bint = locked.shape[0] != 0
    with cython.nogil:
        for i in range(indices.shape[0]):
            if skip and locked[i]:
                continue
            weight = weights[i]
            to = cython.address(sums[indices[i], 0])
            to[0] += weight
            to[1] += weight * points[i, 0]
            to[2] += weight * points[i, 1]
            to[3] += weight * points[i, 2]


def smooth(weights: cython.const[uint16_t][:, ::1], smoothed: uint16_t[:, ::1]) -> None:
    """IN weights (h, w), at least 1 each. OUT smoothed (h, w): each mixed with its eight neighbors, 4 : 2 : 1."""
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
