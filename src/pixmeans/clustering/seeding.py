"""How the first centroids are chosen: the functions, and `STARTS`, the table of them.

Two plain ones: points drawn at random, and centroids anywhere in the range. Two that need no luck: Wu's variance cuts,
and cuts across principal axes. And k-means++, whose luck is good on average.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from ..arrays import FloatArray
from ..kernels import boxes as boxes_kernel
from ..kernels import lloyd as lloyd_kernel
from ..records import dataclass
from ..rng import SplitMix64
from .kmeans import AnyPoints, Frozen
from .points import GridPoints, halved

# (k, random) -> (k, d): centroids anywhere in the range that points may have, wherever these points are.
Anywhere = Callable[[int, SplitMix64], FloatArray]

# From so many drawn points on, after so many draws in a row of points that came up before, these are taken out: the
# chances are the same.
MANY, MISSES = 256, 20

# Up to so much weight the kernel that cuts boxes adds up squares of coordinates exactly.
CUT_WEIGHT = 2**33


def random_points(points: AnyPoints, k: int, random: SplitMix64) -> FloatArray:
    """k different points (k, d), each drawn with a chance proportional to its weight.

    If a point comes up that was drawn before, another one is drawn instead. With fewer points that have a weight, all
    of them.
    """
    k = min(k, int(np.count_nonzero(points.weights)))
    ends = np.cumsum(points.weights)
    rows: dict[int, None] = {}  # a set that remembers the order
    missed = 0
    while len(rows) < k:
        row = _draw(ends, random)
        missed = missed + 1 if row in rows else 0
        rows[row] = None
        if missed > MISSES and len(rows) >= MANY:  # those that are left are light: draw among them alone
            left = points.weights.copy()
            left[list(rows)] = 0
            ends, missed = np.cumsum(left), 0
    return points.values[list(rows)]


def plus_plus(points: AnyPoints, k: int, random: SplitMix64) -> FloatArray:
    """Greedy k-means++: each next centroid is the best of 2 + log k points drawn by their cost so far.

    Returns (k, d), or fewer rows if there are fewer different points.

    Source: D. Arthur, S. Vassilvitskii, "k-means++: the advantages of careful seeding", SODA 2007; the greedy
    variant as in scikit-learn. Colors are drawn from the means of 4 x 4 x 4 cells.
    """
    if isinstance(points, GridPoints):
        points = enough_cells(points, k)
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
    """The means (k, d) of k boxes, made by cutting the one with the largest squared error along the best coordinate.

    Fewer rows if there are fewer points. Deterministic.

    Source: X. Wu, "Efficient statistical computations for optimal color quantization", Graphics Gems II (1991).
    """
    return _cut(points, k, principal=False)


def pca(points: GridPoints, k: int) -> FloatArray:
    """As `wu`, but each box is cut across its principal axis."""
    return _cut(points, k, principal=True)


def _cut(points: GridPoints, k: int, *, principal: bool) -> FloatArray:
    points = enough_cells(points, k)
    sums = np.empty((k, 5), np.int64)
    found = boxes_kernel.cut_boxes(points.coordinates, halved(points.weights, CUT_WEIGHT), k, principal, sums)
    weights, totals = sums[:found, :1], sums[:found, 1 : 1 + points.dimensions]
    return (2 * totals + weights) // (2 * weights) / points.scale


def another_start(points: AnyPoints, centroids: FloatArray, frozen: Frozen, random: SplitMix64) -> FloatArray:
    """Centroids from k-means++, but frozen ones where they are; fewer than k if there are too few points."""
    if frozen is None:
        return plus_plus(points, len(centroids), random)
    free = np.flatnonzero(~frozen)
    if len(free) == 0:
        return centroids
    drawn = plus_plus(points, len(free), random)
    start = centroids.copy()
    start[free[: len(drawn)]] = drawn
    return start


def enough_cells(points: GridPoints, k: int) -> GridPoints:
    """Cells to choose k centroids from, or the points themselves where cells would be too few."""
    cells = points.cells
    return cells if len(cells) >= 8 * k else points


def few_cells(points: GridPoints, k: int) -> GridPoints:
    """Larger cells to choose k centroids from where a search will move them, or the points where they would be too few.

    A cell has a side of 8 colors. Measured on 13 photos with 16, 64 and 256 colors: the search that follows ends with
    0.0, 0.0 and -0.1 % more error than from cells of 4, and a start takes a quarter of the time.
    """
    cells = points.wide_cells
    return cells if len(cells) >= 8 * k else points


@dataclass(frozen=True)
class Start:
    """A way to choose the first centroids.

    choose: (points, k, random, anywhere) -> at most k centroids (k, d) in units; random and anywhere may go unused.
    among_cells: whether it chooses among cells of colors.
    deterministic: whether the same points always give the same centroids, whatever the seed.
    any_points: whether it serves `Points` too, and not only `GridPoints`.
    """

    choose: Callable[[Any, int, SplitMix64, Anywhere], FloatArray]
    among_cells: bool
    deterministic: bool
    any_points: bool


# The names stand with a line of help each in `choices.STARTS`.
STARTS = {
    "pca": Start(lambda points, k, random, anywhere: pca(points, k), True, True, False),
    "wu": Start(lambda points, k, random, anywhere: wu(points, k), True, True, False),
    "k-means++": Start(lambda points, k, random, anywhere: plus_plus(points, k, random), True, False, True),
    "random-pixels": Start(lambda points, k, random, anywhere: random_points(points, k, random), False, False, True),
    "random-colors": Start(lambda points, k, random, anywhere: anywhere(k, random), False, False, True),
}


def first_centroids(start: str, points: AnyPoints, k: int, random: SplitMix64, anywhere: Anywhere) -> FloatArray:
    """At most k centroids (k, d) in units, chosen as the row of `STARTS` with this name says.

    random: all chance there is. anywhere: draws centroids from the whole range that points may have.
    """
    return STARTS[start].choose(points, k, random, anywhere)
