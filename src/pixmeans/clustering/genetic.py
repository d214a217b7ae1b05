"""Genetic k-means: a population of partitions that are selected, mutate, and take a step of Lloyd's algorithm.

There is no crossover: the step of k-means takes its place, so that every child is a partition that k-means could have
made. The best one is kept.

Source: K. Krishna, M. Narasimha Murty, "Genetic k-means algorithm", IEEE Trans. Systems, Man, and Cybernetics B 29
(1999), 433-439. Theirs begins with random partitions; ours with one start of the user's and others of k-means++, each
a few steps of Lloyd's algorithm on its way (see docs/searches.md).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from ..arrays import FloatArray, Labels
from ..records import dataclass
from ..rng import SplitMix64, start_seed
from .kmeans import AnyPoints, Frozen, refill
from .points import GridPoints, Sums
from .seeding import another_start
from .split_merge import NEGLIGIBLE, TINY, glide

# Partitions of a population, and generations: of a usual and of a thorough search.
POPULATION = 20
GENERATIONS, THOROUGH = 20, 100
# With more clusters than this both are fewer, as a generation takes time with the square of k; these are the fewest.
MANY, LEAST_POPULATION, LEAST_GENERATIONS = 128, 4, 5
# The chance that a point changes its cluster, and c_m: the nearer a cluster is, compared with c_m times the farthest
# one, the likelier. Of 0.002, 0.005, 0.02 and 0.05 this chance had the least error (five photos, 8 to 32 clusters).
MUTATION, REACH = 0.005, 1.0
# Steps of Lloyd's algorithm that each start takes before the first selection.
SETTLING = 8
# Sigma truncation: partitions that are worse than the mean by so many deviations have no children. With 1 the
# population is soon all alike, before most have come to rest.
TRUNCATION = 3.0
# Colors are searched among the means of cubes: the smallest of which there are at most so many, or so many a cluster.
FEW, FEW_A_CLUSTER = 4096, 32


@dataclass(frozen=True, eq=False)
class Generation:
    """A population after its step of k-means.

    number: 0 for the starts. errors: (population,) the weighted sum of squared distances of each partition; centroids:
    (k, d) of the best one, which is never worse than that of the generation before.
    """

    number: int
    errors: FloatArray
    centroids: FloatArray

    @property
    def best(self) -> float:
        """The least error."""
        return float(self.errors.min())

    @property
    def mean(self) -> float:
        """The mean error."""
        return float(np.add.reduce(self.errors) / len(self.errors))


@dataclass(frozen=True, eq=False)
class _Partition:
    """Centroids, and which points each has."""

    centroids: FloatArray
    labels: Labels
    sums: Sums

    @classmethod
    def of(cls, points: AnyPoints, centroids: FloatArray) -> _Partition:
        return cls(centroids, *points.assign(centroids))


def improved(
    points: AnyPoints, centroids: FloatArray, *, thorough: bool = False, frozen: Frozen = None, seed: int = 0
) -> FloatArray:
    """Centroids to end with instead of `centroids` (k, d), which one partition begins with.

    Colors are searched among few means of cubes, and the best of the last generation then moves among all colors.
    thorough: more generations. frozen: (k,) bool, centroids that never move, or None. seed: of all chance.
    """
    few: AnyPoints = points.few(max(FEW, FEW_A_CLUSTER * len(centroids))) if isinstance(points, GridPoints) else points
    best, share = centroids, min(1.0, MANY / len(centroids))
    count = max(LEAST_GENERATIONS, round((THOROUGH if thorough else GENERATIONS) * share))
    population = max(LEAST_POPULATION, round(POPULATION * share))
    for generation in generations(few, centroids, count=count, population=population, frozen=frozen, seed=seed):
        best = generation.centroids
    return glide(points, best, TINY if thorough else NEGLIGIBLE, frozen)


def generations(
    points: AnyPoints,
    centroids: FloatArray,
    *,
    count: int = GENERATIONS,
    population: int = POPULATION,
    mutation: float = MUTATION,
    frozen: Frozen = None,
    seed: int = 0,
) -> Iterator[Generation]:
    """The starts, and `count` generations after them.

    centroids: (k, d) of one start; the others are those of k-means++. population: partitions, at least 1. mutation: the
    chance that a point changes its cluster. frozen: (k,) bool, centroids that never move, or None. seed: of all chance.
    """
    starts = [centroids]
    for start in range(1, population):
        other = another_start(points, centroids, frozen, SplitMix64(start_seed(seed, start)))
        starts.append(other if len(other) == len(centroids) else centroids)
    random = SplitMix64(start_seed(seed, 0))
    living = [_settled(points, _Partition.of(points, start), frozen) for start in starts]
    for number in range(count + 1):
        errors = np.array([one.sums.inertia for one in living])
        best = int(errors.argmin())
        yield Generation(number, errors, living[best].centroids)
        if number == count:
            return
        parents = [living[row] for row in _chosen(errors, population - 1, random)]
        children = [_mutated(points, parent, mutation, frozen, random) for parent in parents]
        children.append(_moved(points, living[best], living[best].sums, frozen))
        living = [_Partition.of(points, child) for child in children]


def _settled(points: AnyPoints, partition: _Partition, frozen: Frozen) -> _Partition:
    """After a few steps of Lloyd's algorithm: before them errors do not tell which start is good."""
    for _ in range(SETTLING):
        partition = _Partition.of(points, _moved(points, partition, partition.sums, frozen))
    return partition


def _chosen(errors: FloatArray, count: int, random: SplitMix64) -> list[int]:
    """Rows of parents, drawn by fitness: by how much less error than the mean and TRUNCATION deviations they have."""
    mean = np.add.reduce(errors) / len(errors)
    deviation = np.sqrt(np.add.reduce((errors - mean) ** 2) / len(errors))
    ends = np.cumsum(np.maximum(mean + TRUNCATION * deviation - errors, 0.0))
    if not ends[-1] > 0:  # all are alike
        ends = np.arange(1.0, len(errors) + 1)
    return np.searchsorted(ends, random.uniforms(count) * ends[-1], side="right").tolist()


def _mutated(points: AnyPoints, parent: _Partition, mutation: float, frozen: Frozen, random: SplitMix64) -> FloatArray:
    """The centroids of a partition some of whose points have changed their clusters, near ones being likelier."""
    rows = np.flatnonzero(random.uniforms(len(points)) < mutation)
    if len(rows) == 0:
        return _moved(points, parent, parent.sums, frozen)
    labels = _drawn_labels(points.values_at(rows), parent.centroids, random)
    return _moved(points, parent, _sums_after(points, parent, rows, labels), frozen)


def _drawn_labels(values: FloatArray, centroids: FloatArray, random: SplitMix64) -> npt.NDArray[np.intp]:
    """(m,) clusters for values (m, d); the chance of one is as REACH times the farthest distance, less its own."""
    squares = np.zeros((len(values), len(centroids)))
    for c in range(values.shape[1]):
        difference = values[:, c, None] - centroids[None, :, c]
        squares += difference * difference
    distances = np.sqrt(squares)
    ends = np.cumsum(REACH * distances.max(axis=1, keepdims=True) - distances, axis=1)
    drawn = random.uniforms(len(values)) * ends[:, -1]
    return np.minimum(np.add.reduce(ends <= drawn[:, None], axis=1, dtype=np.intp), len(centroids) - 1)


def _sums_after(
    points: AnyPoints, parent: _Partition, rows: npt.NDArray[np.intp], labels: npt.NDArray[np.intp]
) -> Sums:
    """The sums of clusters when some points have other labels."""
    before = parent.sums
    weights, totals = before.weights.copy(), before.totals.copy()
    theirs = points.weights[rows]
    values = points.values_at(rows) * (before.scale or 1)
    products = (theirs[:, None] * values).astype(totals.dtype)
    for change, places in ((np.subtract, parent.labels[rows]), (np.add, labels)):
        change.at(weights, places, theirs)
        change.at(totals, places, products)
    return Sums(weights, totals, before.error, before.scale)


def _moved(points: AnyPoints, parent: _Partition, sums: Sums, frozen: Frozen) -> FloatArray:
    """Each centroid at the mean of its points; without any, on the point that is served worst."""
    moved = sums.means(otherwise=parent.centroids)
    if frozen is not None:
        moved = np.where(frozen[:, None], parent.centroids, moved)
    moved, _ = refill(points, parent.centroids, moved, sums, frozen)
    return moved
