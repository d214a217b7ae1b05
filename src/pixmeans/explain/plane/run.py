"""A run in the plane, half-step by half-step: what holds at each moment."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ...arrays import Bools, FloatArray
from ...records import dataclass
from .data import Example


@dataclass(frozen=True, eq=False)
class Moment:
    """A run as it stands at one instant.

    phase: 'start' (nothing assigned), 'assign', 'update' (also during the movement) or 'converged'.
    number: of the iteration, 1 for the first. cells: the centroids by which points were assigned.
    objective: the sum of squared distances of all points to the centroid they belong to, None at the start.
    """

    phase: str
    number: int
    centroids: FloatArray
    cells: FloatArray
    labels: npt.NDArray[np.int32] | None
    changed: Bools
    counts: tuple[int, ...]
    objective: float | None


def moments(example: Example) -> list[Moment]:
    """The start and every half-step of a run, to its end."""
    n, nobody = len(example.points), np.zeros(len(example.points), bool)
    told = [Moment("start", 0, example.start, example.start, None, nobody, (), None)]
    labels, cells = None, example.start
    for step in example.steps:
        assert step.labels is not None  # the run is watched
        if step.phase == "assign":
            changed = nobody if labels is None else step.labels != labels
            number, cells = step.iteration + 1, step.centroids
            phase = "converged" if step.converged else "assign"
        else:
            changed, number, phase = nobody, step.iteration, "update"
        labels = step.labels
        counts = tuple(np.bincount(labels, minlength=example.k).tolist())
        assert sum(counts) == n
        objective = objective_of(example.points, labels, step.centroids)
        told.append(Moment(phase, number, step.centroids, cells, labels, changed, counts, objective))
    return told


def objective_of(points: FloatArray, labels: npt.NDArray[np.int32], centroids: FloatArray) -> float:
    """The sum of squared distances of all points to the centroid they belong to."""
    difference = points - centroids[labels]
    return float(np.add.reduce((difference * difference).ravel()))


def between(example: Example, before: Moment, after: Moment, t: float) -> Moment:
    """A moment of an update when the centroids have gone the share t of their way."""
    centroids = before.centroids + t * (after.centroids - before.centroids)
    assert after.labels is not None
    objective = objective_of(example.points, after.labels, centroids)
    return Moment("update", after.number, centroids, after.cells, after.labels, after.changed, after.counts, objective)
