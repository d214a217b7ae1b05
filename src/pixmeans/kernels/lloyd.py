"""Assignment of points of any dimension, in float64. Compiled by Cython.

Definition: `nearest` and `cluster_sums` in reference.py.
"""

import cython
from cython.cimports.libc.stdint import int32_t


def assign(
    points: cython.const[cython.double][:, ::1],
    weights: cython.const[cython.double][::1],
    centroids: cython.const[cython.double][:, ::1],
    labels: int32_t[::1],
    sums: cython.double[:, ::1],
) -> cython.double:
    """Each point to its nearest centroid; of several equally near ones to the first.

    IN points (n, d); weights (n,); centroids (k, d). OUT labels (n,); sums (k, 1 + d): weight, and weighted
    coordinates, added point after point. Returns the weighted sum of squared distances.
    """
    n: cython.Py_ssize_t = points.shape[0]
    d: cython.Py_ssize_t = points.shape[1]
    k: cython.Py_ssize_t = centroids.shape[0]
    i: cython.Py_ssize_t
    j: cython.Py_ssize_t
    c: cython.Py_ssize_t
    nearest: cython.Py_ssize_t
    distance: cython.double
    difference: cython.double
    least: cython.double
    inertia: cython.double = 0.0
    with cython.nogil:
        for i in range(n):
            nearest = 0
            least = 0.0
            for j in range(k):
                distance = 0.0
                for c in range(d):
                    difference = points[i, c] - centroids[j, c]
                    distance += difference * difference
                if j == 0 or distance < least:
                    least = distance
                    nearest = j
            labels[i] = cython.cast(int32_t, nearest)
            sums[nearest, 0] += weights[i]
            for c in range(d):
                sums[nearest, 1 + c] += weights[i] * points[i, c]
            inertia += weights[i] * least
    return inertia


def potentials(
    points: cython.const[cython.double][:, ::1],
    weights: cython.const[cython.double][::1],
    costs: cython.const[cython.double][::1],
    candidates: cython.const[int32_t][::1],
    lowered: cython.double[:, ::1],
    totals: cython.double[::1],
) -> None:
    """What each point would cost if one more centroid stood on a candidate.

    IN points (n, d); weights (n,); costs (n,) now; candidates (m,) rows of points.
    OUT lowered (m, n): the lower of the cost now and the weighted squared distance; totals (m,): their sums.
    """
    n: cython.Py_ssize_t = points.shape[0]
    d: cython.Py_ssize_t = points.shape[1]
    i: cython.Py_ssize_t
    j: cython.Py_ssize_t
    c: cython.Py_ssize_t
    row: cython.Py_ssize_t
    distance: cython.double
    difference: cython.double
    total: cython.double
    with cython.nogil:
        for j in range(candidates.shape[0]):
            row = candidates[j]
            total = 0.0
            for i in range(n):
                distance = 0.0
                for c in range(d):
                    difference = points[i, c] - points[row, c]
                    distance += difference * difference
                distance *= weights[i]
                if costs[i] < distance:
                    distance = costs[i]
                lowered[j, i] = distance
                total += distance
            totals[j] = total
