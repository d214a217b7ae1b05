"""What the colors of each cluster have in common, and their mean and spread, in one pass. Compiled by Cython.

Definition: `relations` in reference.py.
"""

import cython
from cython.cimports.libc.stdint import int16_t, int32_t, int64_t, uint8_t


def relations(
    colors: cython.const[uint8_t][:, ::1],
    weights: cython.const[int64_t][::1],
    labels: cython.const[int32_t][::1],
    sizes: int64_t[::1],
    equal: int64_t[:, ::1],
    fixed: uint8_t[:, ::1],
    values: uint8_t[:, ::1],
) -> None:
    """How much of each cluster has equal channels, and which channels are constant in it.

    IN colors (n, 3 or 4); weights (n,); labels (n,) below k. INOUT, from zeros: sizes (k,) the weight of each cluster;
    equal (k, 3) that of its colors whose red is green, red is blue, green is blue. OUT fixed (k, 3 or 4): 1 where a
    channel is constant, and all 1 in a cluster without colors; values (k, 3 or 4): its first color.
    """
    i: cython.Py_ssize_t
    c: cython.Py_ssize_t
    label: int32_t
    weight: int64_t
    channels: cython.Py_ssize_t = colors.shape[1]
    color: cython.pointer[cython.const[uint8_t]]
    first: cython.pointer[uint8_t]
    with cython.nogil:
        for i in range(fixed.shape[0]):
            for c in range(channels):
                fixed[i, c] = 1
        for i in range(colors.shape[0]):
            label = labels[i]
            weight = weights[i]
            color = cython.address(colors[i, 0])
            first = cython.address(values[label, 0])
            if sizes[label] == 0:
                for c in range(channels):
                    first[c] = color[c]
            sizes[label] += weight
            equal[label, 0] += weight if color[0] == color[1] else 0
            equal[label, 1] += weight if color[0] == color[2] else 0
            equal[label, 2] += weight if color[1] == color[2] else 0
            for c in range(channels):
                if color[c] != first[c]:
                    fixed[label, c] = 0


def moments(
    points: cython.const[int16_t][:, ::1], weights: cython.const[int64_t][::1], sums: int64_t[::1]
) -> cython.longlong:
    """The weighted sum of squared coordinates of points (n, d <= 4). OUT sums (d,) those of the coordinates.

    IN weights (n,), whose sum times any squared distance from 0 is below 2**63.
    """
    i: cython.Py_ssize_t
    c: cython.Py_ssize_t
    square: int64_t
    squares: int64_t = 0
    with cython.nogil:
        for c in range(points.shape[1]):
            sums[c] = 0
        for i in range(points.shape[0]):
            square = 0
            for c in range(points.shape[1]):
                sums[c] += weights[i] * points[i, c]
                square += cython.cast(int64_t, points[i, c]) * points[i, c]
            squares += weights[i] * square
    return squares
