"""How far searches come in equal time: for those who want to compare them.

Time is counted in passes, comparisons of all points with k centroids, so that it is the same on every machine. A start
of greedy k-means++ compares 2 + log k points with all others for each centroid: as much as 2 + log k passes.

Sources: P. Franti, "Efficiency of random swap clustering", Journal of Big Data 5 (2018), 13: swaps; the others stand in
their modules.
"""

from __future__ import annotations

import numpy as np

from ..arrays import FloatArray
from ..records import dataclass
from ..rng import SplitMix64, start_seed
from . import genetic, seeding, split_merge
from .genetic import Generation
from .kmeans import kmeans
from .points import GridPoints, Sums

# Iterations of Lloyd's algorithm after a swap, before it is judged.
SETTLING = 2
# A restart ends when an iteration lowers the error by no more than this share of it.
ENOUGH = 1e-4


@dataclass(frozen=True, eq=False)
class Racer:
    """What one search reached. passes: (m,) after so many, ascending; errors: (m,) the least error so far, falling."""

    name: str
    passes: FloatArray
    errors: FloatArray

    @property
    def error(self) -> float:
        """The least error of all."""
        return float(self.errors[-1])


@dataclass(frozen=True, eq=False)
class Race:
    """Searches of k centroids for the same points. generations: of the genetic one. passes: how many each may take."""

    k: int
    racers: tuple[Racer, ...]
    generations: tuple[Generation, ...]
    passes: float

    @property
    def ranked(self) -> list[Racer]:
        """The searches, the one with the least error first; of equal ones the one that was there first."""
        return sorted(self.racers, key=lambda racer: (racer.error, float(racer.passes[-1])))


class _Counted(GridPoints):
    """The same points, which count the passes and note each time that the error falls."""

    def __init__(self, points: GridPoints) -> None:
        self.__dict__.update(points.__dict__)
        self._forget()
        self.passes = 0.0
        self.noted: list[tuple[float, float]] = []

    def _assign(self, centroids: FloatArray) -> Sums:
        sums = super()._assign(centroids)
        self.passes += 1
        if not self.noted or sums.inertia < self.noted[-1][1]:
            self.noted.append((self.passes, sums.inertia))
        return sums

    def started(self, k: int, random: SplitMix64) -> FloatArray:
        """A start of k-means++, and what it takes."""
        self.passes += 2 + int(np.log(k))
        return seeding.plus_plus(self, k, random)

    def ended(self, name: str, most: float = np.inf) -> Racer:
        """What was noted within so many passes."""
        within = np.array([one for one in self.noted if one[0] <= most] or self.noted[:1])
        return Racer(name, within[:, 0], within[:, 1])


def race(points: GridPoints, start: FloatArray, seed: int = 0) -> Race:
    """The genetic search, split-merge, restarts and swaps, each for as many passes as the genetic one takes.

    start: (k, d) where split-merge and one partition of the population begin; all others are those of k-means++.
    """
    k = len(start)
    counted = _Counted(points)
    counted.passes += (genetic.POPULATION - 1) * (2 + int(np.log(k)))
    generations = tuple(genetic.generations(counted, start, seed=seed))
    passes = counted.passes
    racers = (
        counted.ended("genetic"),
        _split_merge(_Counted(points), start).ended("split-merge", passes),
        _restarts(_Counted(points), k, passes, seed).ended("restarts", passes),
        _swaps(_Counted(points), k, passes, SplitMix64(start_seed(seed, 0))).ended("swaps", passes),
    )
    return Race(k, racers, generations, passes)


def _split_merge(points: _Counted, start: FloatArray) -> _Counted:
    found = split_merge.search(points, start, rounds=split_merge.ROUNDS, patience=split_merge.PATIENCE)
    split_merge.glide(points, found, split_merge.NEGLIGIBLE)
    return points


def _restarts(points: _Counted, k: int, passes: float, seed: int) -> _Counted:
    """Lloyd's algorithm from one start after another."""
    run = 0
    while points.passes < passes:
        centroids = points.started(k, SplitMix64(start_seed(seed, run)))
        kmeans(points, centroids, tolerance=ENOUGH)
        run += 1
    return points


def _swaps(points: _Counted, k: int, passes: float, random: SplitMix64) -> _Counted:
    """A random centroid goes to a random point again and again, and stays where that lowers the error."""
    best = points.started(k, random)
    error = np.inf
    while points.passes < passes:
        tried = best.copy()
        if error < np.inf:
            tried[random.below(len(best))] = seeding.random_points(points, 1, random)[0]
        for _ in range(SETTLING):
            tried = points.sums(tried).means(otherwise=tried)
        found = points.sums(tried).inertia
        if found < error:
            best, error = tried, found
    return points
