"""Centroids of a grid: where they stand, where the means of their clusters are, and what error is left.

A few dozen numbers each, thousands of times; NumPy would take longer to begin than this takes. Compiled by Cython.
Definition: `places`, `means` and `inertia` in reference.py.
"""

import cython
from cython.cimports.libc.math import rint
from cython.cimports.libc.stdint import int16_t, int64_t, uint64_t


def places(centroids: cython.const[cython.double][:, :], scale: cython.double, found: int16_t[:, ::1]) -> None:
    """IN centroids (k, d <= 4) in units; scale: grid steps per unit. OUT found (k, 4): in grid steps, halves to even
    ones, and zeros behind them."""
    i: cython.Py_ssize_t
    c: cython.Py_ssize_t
    with cython.nogil:
        for i in range(centroids.shape[0]):
            for c in range(centroids.shape[1]):
                found[i, c] = cython.cast(int16_t, rint(centroids[i, c] * scale))
            for c in range(centroids.shape[1], 4):
                found[i, c] = 0


def means(
    weights: cython.const[int64_t][:],
    totals: cython.const[int64_t][:, :],
    otherwise: cython.const[cython.double][:, :],
    scale: cython.double,
    grid: int64_t,
    found: cython.double[:, ::1],
) -> None:
    """The mean of each cluster, rounded half up to multiples of `grid` steps; of an empty one what `otherwise` says.

    IN weights (k,), totals (k, d) in grid steps; otherwise (k, d) in units; scale: grid steps per unit, a power of two.
    OUT found (k, d) in units.
    """
    i: cython.Py_ssize_t
    c: cython.Py_ssize_t
    step: int64_t
    quotient: int64_t
    with cython.nogil:
        for i in range(totals.shape[0]):
            step = weights[i] * grid
            for c in range(totals.shape[1]):
                if step <= 0:
                    found[i, c] = otherwise[i, c]
                    continue
                quotient = (2 * totals[i, c] + step) // (2 * step)
                if quotient * (2 * step) > 2 * totals[i, c] + step:  # C rounds towards zero
                    quotient -= 1
                found[i, c] = cython.cast(cython.double, quotient * grid) / scale


def inertia(
    sums: cython.const[int64_t][:, ::1], centroids: cython.const[int16_t][:, ::1], squares: uint64_t
) -> cython.longlong:
    """The weighted sum of squared distances to the centroids, which must be below 2**63.

    Sum of w (x - c)^2 = sum of w x^2 - 2 c (sum of w x) + c^2 (sum of w), modulo 2**64.
    IN sums (k, 5): weight, and weighted coordinates; centroids (k, 4); squares: the sum of w x^2 modulo 2**64.
    """
    i: cython.Py_ssize_t
    c: cython.Py_ssize_t
    place: uint64_t
    left: uint64_t = squares
    with cython.nogil:
        for i in range(sums.shape[0]):
            for c in range(4):
                place = cython.cast(uint64_t, cython.cast(int64_t, centroids[i, c]))
                left -= place * (2 * cython.cast(uint64_t, sums[i, 1 + c]) - place * cython.cast(uint64_t, sums[i, 0]))
    return cython.cast(cython.longlong, left)
