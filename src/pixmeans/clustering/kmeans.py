"""The heart: Lloyd's algorithm, one readable loop.

It knows points, weights, centroids, labels and inertia; it has never heard of pictures. The loop is `lloyd`: it
hands every half-step to whoever iterates over it, and neither prints nor draws nor times.

Source: S. Lloyd, "Least squares quantization in PCM", IEEE Trans. Information Theory 28 (1982), 129-137.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from ..arrays import Bools, FloatArray, Labels
from ..records import dataclass, field
from .points import GridPoints, Points, Sums, costs, costs_of_one

AnyPoints = Points | GridPoints

# With more empty clusters than this they are refilled many at a time.
MANY = 256

Frozen = Bools | None


@dataclass(frozen=True, eq=False)
class Step:
    """One half of an iteration.

    iteration: how many times the centroids have moved, 0 at the start.
    phase: 'assign' (each point went to its nearest centroid) or 'update' (each centroid moved to the mean).
    centroids: (k, d) float64 as they stand now.
    inertia: the weighted sum of squared distances, as it was after the last 'assign'.
    weights: (k,) the weight of the points of each centroid.
    shift: how far the centroid that moved farthest moved (0 for 'assign').
    labels: (n,) int32 the nearest centroid of each point; None unless the run is watched.
    changed: the weight of the points whose label is another than one iteration ago; None unless watched.
    refilled: rows of centroids that had lost all points and were put on the worst-served ones.
    converged: another iteration would change nothing (or less than the tolerance).
    """

    iteration: int
    phase: str
    centroids: FloatArray
    inertia: float
    weights: npt.NDArray[Any]
    shift: float = 0.0
    labels: Labels | None = field(default=None, repr=False)
    changed: float | None = None
    refilled: tuple[int, ...] = ()
    converged: bool = False


@dataclass(frozen=True, eq=False)
class Clustering:
    """Where a run ended.

    centroids: (k, d) float64. inertia: the weighted sum of squared distances to them.
    iterations: how many times the centroids moved. converged: whether another iteration would change nothing.
    history: the inertia after each assignment, first to last. weight: of all points; inertia / weight is their mean
    squared distance.
    """

    centroids: FloatArray
    inertia: float
    iterations: int
    converged: bool
    history: tuple[float, ...]
    weight: float


def kmeans(
    points: AnyPoints,
    centroids: FloatArray,
    *,
    max_iterations: int = 1000,
    tolerance: float = 0.0,
    empty: str = "refill",
    grid: int = 1,
    frozen: Frozen = None,
    on_step: Callable[[Step], None] | None = None,
) -> Clustering:
    """Runs `lloyd` to its end; `on_step` is handed every half-step. Arguments as there."""
    history = []
    for step in lloyd(
        points,
        centroids,
        max_iterations=max_iterations,
        tolerance=tolerance,
        empty=empty,
        grid=grid,
        frozen=frozen,
        watched=on_step is not None,
    ):
        if step.phase == "assign":
            history.append(step.inertia)
        if on_step is not None:
            on_step(step)
    weight = float(points.weights.sum())
    return Clustering(step.centroids, step.inertia, step.iteration, step.converged, tuple(history), weight)


def lloyd(
    points: AnyPoints,
    centroids: FloatArray,
    *,
    max_iterations: int,
    tolerance: float = 0.0,
    empty: str = "refill",
    grid: int = 1,
    frozen: Frozen = None,
    watched: bool = True,
) -> Iterator[Step]:
    """Moves the centroids until nothing changes, a tolerance is met, or `max_iterations` are done.

    centroids: (k, d) where to start. tolerance: stop when an iteration lowers the inertia by no more than this
    share of it. empty: what becomes of a centroid without points: 'refill' or 'keep'. grid: for points on a grid,
    centroids stay on multiples of this many steps (and must start there). frozen: (k,) bool, centroids that never
    move, or None. watched: steps carry labels and how much changed.

    Yields an 'assign' step for iterations 0, 1, 2, ... and an 'update' step between any two.
    """
    labels: Labels | None = None
    inertia = np.inf
    for iteration in range(max_iterations + 1):
        last_labels, last_inertia = labels, inertia
        labels, sums = assign(points, centroids, watched)  # each point to its nearest centroid
        moved = sums.means(otherwise=centroids, grid=grid)  # each centroid to the mean of its points
        if frozen is not None:
            moved = np.where(frozen[:, None], centroids, moved)
        moved, refilled = refill(points, centroids, moved, sums, frozen) if empty == "refill" else (moved, ())

        inertia = sums.inertia
        shift = largest_shift(centroids, moved)
        # On a tie that changes back and forth centroids would move forever: the inertia tells.
        stalled = iteration > 0 and last_inertia - inertia <= tolerance * last_inertia
        converged = shift == 0 or stalled
        changed = changed_weight(points, last_labels, labels)
        yield Step(iteration, "assign", centroids, inertia, sums.weights, 0.0, labels, changed, (), converged)
        if converged or iteration == max_iterations:
            return
        centroids = moved
        yield Step(iteration + 1, "update", centroids, inertia, sums.weights, shift, labels, changed, refilled)


def assign(points: AnyPoints, centroids: FloatArray, watched: bool = True) -> tuple[Labels | None, Sums]:
    """Each point to its nearest centroid (of equally near ones the first), and the sums of each cluster.

    An octree does this for colors many times faster than comparing all with all (see `points.GridPoints`), and
    faster still when nobody asks for the labels.
    """
    return points.assign(centroids) if watched else (None, points.sums(centroids))


def refill(
    points: AnyPoints, centroids: FloatArray, moved: FloatArray, sums: Sums, frozen: Frozen = None
) -> tuple[FloatArray, tuple[int, ...]]:
    """Puts each centroid that has no points on the point that is served worst (weighted squared distance).

    After each one the points near it count as served; where hundreds are empty, after each half of them. Returns the
    centroids and the rows that were refilled; a centroid stays where it is when it is frozen, or when every point has
    one of its own.
    """
    without = sums.weights == 0
    empty = np.flatnonzero(without if frozen is None else without & ~frozen)
    if len(empty) == 0:
        return moved, ()
    moved = moved.copy()
    served = costs(points, centroids)
    values = points.values
    refilled: list[int] = []
    while len(empty) > MANY:
        worst_ones = np.argsort(-served, kind="stable")[: len(empty) // 2]
        worst_ones = worst_ones[served[worst_ones] > 0]
        rows, empty = empty[: len(worst_ones)], empty[len(worst_ones) :]
        if len(rows) == 0:
            break
        moved[rows] = values[worst_ones]
        refilled += rows.tolist()
        served = np.minimum(served, costs(points, values[worst_ones]))
    for row in empty.tolist():
        worst = int(served.argmax())
        if served[worst] <= 0:
            break
        moved[row] = values[worst]
        refilled.append(row)
        served = np.minimum(served, costs_of_one(points, values[worst]))
    return moved, tuple(refilled)


def largest_shift(centroids: FloatArray, moved: FloatArray) -> float:
    """The distance that the centroid that moved farthest moved."""
    difference = moved - centroids
    return float(np.sqrt(np.add.reduce(difference * difference, axis=1).max()))


def changed_weight(points: AnyPoints, last_labels: Labels | None, labels: Labels | None) -> float | None:
    """The weight of the points whose label changed; all of it the first time; None when nobody looks at labels."""
    if labels is None:
        return None
    weights = points.weights if last_labels is None else points.weights[labels != last_labels]
    return float(weights.sum())
