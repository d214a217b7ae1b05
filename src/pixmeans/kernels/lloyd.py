"""Assignment of points of any dimension, in float64. Compiled by Cython.

Most centroids need not be compared with a point: one that is at least twice as far from the point's own as the point is
cannot be nearer (S. Phillips, "Acceleration of k-means and related clustering algorithms", ALENEX 2002). Definition:
`nearest` and `cluster_sums` in reference.py; squares are added in four partial sums, see distances.h.
"""

import cython
from cython.cimports.libc.stdint import int32_t
from cython.cimports.pixmeans.kernels.distances import assign_points, squared_distance, wide_doubles


def assign(
    points: cython.const[cython.double][:, ::1],
    weights: cython.const[cython.double][::1],
    centroids: cython.const[cython.double][:, ::1],
    near: cython.const[int32_t][:, ::1],
    gaps: cython.const[cython.double][:, ::1],
    labels: int32_t[::1],
    sums: cython.double[:, ::1],
    wide: cython.bint = True,
) -> cython.double:
    """Each point to its nearest centroid; of several equally near ones to the first.

    IN points (n, d); weights (n,); centroids (k, d); near (k, m): for each centroid the m nearest others, nearest
    first; gaps (k, m): their squared distances; m is 0 where all are to be compared. INOUT labels (n,): a guess below
    k, such as the last label, or -1 for none, which costs no more than time. OUT sums (k, 1 + d): weight, and weighted
    coordinates, added point after point. wide: whether wider vectors may be used where there are any.
    Returns the weighted sum of squared distances.
    """
    n: cython.Py_ssize_t = points.shape[0]
    k: cython.Py_ssize_t = centroids.shape[0]
    m: cython.Py_ssize_t = near.shape[1] if near.shape[0] == k else 0
    others: cython.pointer[cython.const[int32_t]] = cython.address(near[0, 0]) if m > 0 else cython.NULL
    apart: cython.pointer[cython.const[cython.double]] = cython.address(gaps[0, 0]) if m > 0 else cython.NULL
    inertia: cython.double = 0.0
    with cython.nogil:
        if n > 0:
            inertia = assign_points(
                wide and wide_doubles(),
                cython.address(points[0, 0]),
                cython.address(weights[0]),
                n,
                points.shape[1],
                cython.address(centroids[0, 0]),
                k,
                others,
                apart,
                m,
                cython.address(labels[0]),
                cython.address(sums[0, 0]),
            )
    return inertia


def squares(
    points: cython.const[cython.double][:, ::1],
    centroids: cython.const[cython.double][:, ::1],
    distances: cython.double[:, ::1],
    wide: cython.bint = True,
) -> None:
    """The squared distance of each point from each centroid.

    IN points (n, d); centroids (k, d). OUT distances (n, k).
    """
    i: cython.Py_ssize_t
    j: cython.Py_ssize_t
    d: cython.Py_ssize_t = points.shape[1]
    with cython.nogil:
        wide = wide and wide_doubles()
        for i in range(points.shape[0]):
            for j in range(centroids.shape[0]):
                distances[i, j] = squared_distance(
                    wide, cython.address(points[i, 0]), cython.address(centroids[j, 0]), d
                )


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
