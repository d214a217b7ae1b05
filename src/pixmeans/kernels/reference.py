"""What every compiled kernel must compute, said in NumPy.

These functions are the definition: tests compare the kernels with them, bit for bit. They are meant to be read,
not to be fast.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


def morton_codes(colors: npt.NDArray[np.uint8]) -> Ints:
    """(n, d) colors -> (n,) codes: bit b of channel c becomes bit b * d + (d - 1 - c)."""
    n, d = colors.shape
    codes = np.zeros(n, np.int64)
    for channel in range(d):
        for bit in range(8):
            codes |= ((colors[:, channel].astype(np.int64) >> bit) & 1) << (bit * d + d - 1 - channel)
    return codes


def count_colors(pixels: npt.NDArray[np.uint8]) -> tuple[npt.NDArray[np.uint8], Ints]:
    """(n, d) pixels -> the distinct colors in Morton order, and how often each occurs."""
    _, first, counts = np.unique(morton_codes(pixels), return_index=True, return_counts=True)
    return pixels[first], counts.astype(np.int64)


def squared_distances(points: npt.NDArray[Any], centroids: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """(n, d) and (k, d) -> (n, k): the squares are added in the order of the coordinates."""
    total = np.zeros((len(points), len(centroids)), np.result_type(points, centroids))
    for j in range(points.shape[1]):
        difference = points[:, None, j] - centroids[None, :, j]
        total = total + difference * difference
    return total


def nearest(points: npt.NDArray[Any], centroids: npt.NDArray[Any]) -> npt.NDArray[np.int32]:
    """(n,) the row of the nearest centroid; of several equally near ones the first."""
    return squared_distances(points, centroids).argmin(axis=1).astype(np.int32)


def cluster_sums(
    points: npt.NDArray[Any], weights: npt.NDArray[Any], labels: npt.NDArray[np.int32], k: int
) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    """The weight of each cluster (k,) and the weighted sum of its points (k, d)."""
    total = np.zeros((k, points.shape[1]), np.result_type(points, weights))
    weight = np.zeros(k, weights.dtype)
    np.add.at(weight, labels, weights)
    np.add.at(total, labels, points * weights[:, None])
    return weight, total


def second_moments(points: Ints, weights: Ints, labels: npt.NDArray[np.int32], k: int) -> Ints:
    """(k, d, d): for each cluster the weighted sum of the outer products of its points."""
    moments = np.zeros((k, points.shape[1], points.shape[1]), np.int64)
    np.add.at(moments, labels, weights[:, None, None] * points[:, :, None] * points[:, None, :])
    return moments
