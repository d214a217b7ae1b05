"""How the first centroids are chosen.

The article's two: random pixels, and random colors anywhere in the space. Two that need no luck: Wu's variance cuts,
and cuts along principal axes. And k-means++, whose luck is good on average.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from ..kernels import lloyd as lloyd_kernel
from ..kernels import split as split_kernel
from ..rng import SplitMix64
from .kmeans import AnyPoints
from .points import FloatArray, GridPoints


def random_points(points: AnyPoints, k: int, random: SplitMix64) -> FloatArray:
    """k different points, each drawn with a chance proportional to its weight ("random pixels").

    A point that was drawn already is drawn again. k must not exceed the number of points with weight.
    """
    ends = np.cumsum(points.weights)
    rows: dict[int, None] = {}  # a set that remembers the order
    while len(rows) < k:
        rows[_draw(ends, random)] = None
    return points.values[list(rows)]


def plus_plus(points: AnyPoints, k: int, random: SplitMix64) -> FloatArray:
    """Greedy k-means++: each next centroid is the best of 2 + log k points drawn by their cost so far.

    Source: D. Arthur, S. Vassilvitskii, "k-means++: the advantages of careful seeding", SODA 2007; the greedy
    variant as in scikit-learn. Colors are drawn from the means of 4 x 4 x 4 cells.
    """
    if isinstance(points, GridPoints):
        points = _enough_cells(points, k)
    values = np.ascontiguousarray(points.values)
    weights = points.weights.astype(np.float64)
    trials = 2 + int(np.log(k))
    first = _draw(np.cumsum(weights), random)
    rows = [first]
    lowered = np.empty((trials, len(values)))
    totals = np.empty(trials)
    costs = np.full(len(values), np.inf)
    lloyd_kernel.potentials(values, weights, costs, np.array([first], np.int32), lowered, totals)
    costs = lowered[0].copy()
    while len(rows) < k:
        ends = np.cumsum(costs)
        if not ends[-1] > 0:
            break
        drawn = [_draw(ends, random) for _ in range(trials)]
        lloyd_kernel.potentials(values, weights, costs, np.array(drawn, np.int32), lowered, totals)
        best = int(totals.argmin())
        rows.append(drawn[best])
        costs = lowered[best].copy()
    return values[rows]


def _draw(ends: npt.NDArray[Any], random: SplitMix64) -> int:
    """A row drawn by weight; ends: (n,) the weights added up, whole numbers or floats."""
    if ends.dtype == np.int64:
        return int(np.searchsorted(ends, random.below(int(ends[-1])), side="right"))
    return int(np.searchsorted(ends, random.uniform() * float(ends[-1]), side="right"))


def wu(points: GridPoints, k: int) -> FloatArray:
    """The means of k boxes, made by cutting the one with the largest squared error along the best coordinate.

    Source: X. Wu, "Efficient statistical computations for optimal color quantization", Graphics Gems II (1991).
    """
    return _cut(points, k, principal=False)


def pca(points: GridPoints, k: int) -> FloatArray:
    """As `wu`, but each box is cut across its principal axis."""
    return _cut(points, k, principal=True)


def _cut(points: GridPoints, k: int, *, principal: bool) -> FloatArray:
    points = _enough_cells(points, k)
    sums = np.empty((k, 5), np.int64)
    found = split_kernel.cut_boxes(points.coordinates, points.weights, k, principal, sums)
    weights, totals = sums[:found, :1], sums[:found, 1 : 1 + points.dimensions]
    return (2 * totals + weights) // (2 * weights) / points.scale


def _enough_cells(points: GridPoints, k: int) -> GridPoints:
    """Cells to choose k centroids from, or the points themselves where cells would be too few."""
    cells = points.cells
    return cells if len(cells) >= 8 * k else points
