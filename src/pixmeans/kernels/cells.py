"""Merging weighted points into cells of neighboring colors.

Compiled by Cython. Points are four int16 coordinates, sums are int64 and exact. Weights may add up to 2**44.
"""

import cython
from cython.cimports.libc.stdint import int16_t, int64_t, uint32_t, uint64_t


def cell_means(
    codes: cython.const[uint32_t][::1],
    shift: cython.int,
    points: cython.const[int16_t][:, ::1],
    weights: cython.const[int64_t][::1],
    cell_codes: uint32_t[::1],
    cell_points: int16_t[:, ::1],
    cell_weights: int64_t[::1],
) -> cython.Py_ssize_t:
    """Merges neighbors whose codes agree above the lowest `shift` bits, 0 to 32: with all of them, all points.

    IN codes (n,) ascending; points (n, 4); weights (n,). OUT, with room for n: the codes of the cells, the means
    of their points rounded half up, their weights. Returns how many cells there are.
    """
    n: cython.Py_ssize_t = codes.shape[0]
    i: cython.Py_ssize_t = 0
    c: cython.int
    found: cython.Py_ssize_t = 0
    code: uint64_t  # C does not say what 32 bits become that are shifted by 32
    weight: int64_t
    sums: int64_t[4]
    with cython.nogil:
        while i < n:
            code = cython.cast(uint64_t, codes[i]) >> shift
            weight = 0
            for c in range(4):
                sums[c] = 0
            while i < n and (cython.cast(uint64_t, codes[i]) >> shift) == code:
                weight += weights[i]
                for c in range(4):
                    sums[c] += weights[i] * points[i, c]
                i += 1
            cell_codes[found] = cython.cast(uint32_t, code)
            cell_weights[found] = weight
            for c in range(4):
                cell_points[found, c] = cython.cast(int16_t, floor_divide(2 * sums[c] + weight, 2 * weight))
            found += 1
    return found


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def floor_divide(a: int64_t, b: int64_t) -> int64_t:
    """a / b rounded down; b above 0 (C rounds towards zero)."""
    quotient: int64_t = a // b
    return quotient - 1 if a % b < 0 else quotient
