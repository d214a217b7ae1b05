"""What merging two clusters costs, and what groups of clusters cost now.

Compiled by Cython. Points are four int16 coordinates, sums are int64 and exact; what is float64 is computed in a fixed
order.
"""

import cython
from cython.cimports.libc.math import INFINITY
from cython.cimports.libc.stdint import int16_t, int32_t, int64_t


def cheapest_merges(
    weights: cython.const[int64_t][::1],
    centroids: cython.const[cython.double][:, ::1],
    factors: cython.const[cython.double][:, ::1],
    costs: cython.double[::1],
    partners: int32_t[::1],
) -> None:
    """For each cluster the one it is merged with at the least cost.

    Merging a and b raises the squared error by W_a W_b / (W_a + W_b) times their squared distance (Ward, 1963);
    here times a factor for the pair; pairs with an infinite one are never merged.
    IN weights (k,); centroids (k, d); factors (k, k), symmetric. OUT costs (k,), partners (k,): the first of
    equally good ones; infinite and -1 for a single cluster.
    """
    k: cython.int = cython.cast(cython.int, weights.shape[0])
    d: cython.int = cython.cast(cython.int, centroids.shape[1])
    i: cython.int
    j: cython.int
    c: cython.int
    distance: cython.double
    difference: cython.double
    cost: cython.double
    with cython.nogil:
        for i in range(k):
            costs[i] = INFINITY
            partners[i] = -1
        for i in range(k):
            for j in range(i + 1, k):
                if factors[i, j] == INFINITY:
                    continue
                distance = 0.0
                for c in range(d):
                    difference = centroids[i, c] - centroids[j, c]
                    distance += difference * difference
                cost = cython.cast(cython.double, weights[i]) * cython.cast(cython.double, weights[j])
                if cost > 0.0:
                    cost = cost / cython.cast(cython.double, weights[i] + weights[j]) * distance * factors[i, j]
                if cost < costs[i]:
                    costs[i] = cost
                    partners[i] = j
                if cost < costs[j]:
                    costs[j] = cost
                    partners[j] = i


def errors_by_group(
    points: cython.const[int16_t][:, ::1],
    weights: cython.const[int64_t][::1],
    centroids: cython.const[int16_t][:, ::1],
    labels: cython.const[int32_t][::1],
    groups: cython.const[int32_t][::1],
    errors: int64_t[::1],
) -> None:
    """Adds up the weighted squared distances of points from their centroids, group by group.

    IN points (n, 4); weights (n,), whose sum times any squared distance is below 2**63; centroids (k, 4);
    labels (n,): rows of centroids; groups (n,).
    OUT errors (number of groups,): added to.
    """
    i: cython.Py_ssize_t
    c: cython.int
    difference: int64_t
    distance: int64_t
    with cython.nogil:
        for i in range(points.shape[0]):
            distance = 0
            for c in range(4):
                difference = points[i, c] - centroids[labels[i], c]
                distance += difference * difference
            errors[groups[i]] += weights[i] * distance
