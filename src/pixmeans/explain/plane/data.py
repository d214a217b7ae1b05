"""Points in a plane to watch k-means on: where it works, where it cannot, and where luck decides.

All lie in a square of side 1. Chance comes from the project's own generator, and bell curves are sums of four
uniform numbers, so the points are the same on every machine.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cached_property

import numpy as np

from ...arrays import FloatArray
from ...clustering.kmeans import Step, lloyd
from ...clustering.points import Points
from ...clustering.seeding import random_points
from ...records import dataclass
from ...rng import SplitMix64

MOST_ITERATIONS = 100


@dataclass(frozen=True, eq=False)
class Example:
    """Points, a start, and what there is to learn from them.

    title: in a few words. lesson: a sentence on what to notice.
    points: (n, 2) in a square of side 1. start: (k, 2) the first centroids. start_in_words: how they were chosen.
    seed: of the start, or of the points when the start was chosen by hand.
    """

    title: str
    lesson: str
    points: FloatArray
    start: FloatArray
    start_in_words: str
    seed: int

    @property
    def k(self) -> int:
        """How many centroids there are."""
        return len(self.start)

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        """The whole run, by the very loop that compresses pictures; an empty cluster keeps its centroid."""
        return tuple(lloyd(Points(self.points), self.start, max_iterations=MOST_ITERATIONS, empty="keep"))

    @property
    def meta(self) -> dict[str, object]:
        """What a file's metadata must say."""
        return {"k": self.k, "init": self.start_in_words, "seed": self.seed}

    def in_words(self) -> str:
        """'k = 3, start: 3 of the points at random, seed 1': what every caption says."""
        return f"k = {self.k}, start: {self.start_in_words}, seed {self.seed}"


def _bell(random: SplitMix64) -> float:
    """A number near 0 with standard deviation 1, never beyond 3.5."""
    return (sum(random.uniform() for _ in range(4)) - 2.0) * math.sqrt(3.0)


def _blob(random: SplitMix64, count: int, x: float, y: float, spread: float) -> list[tuple[float, float]]:
    return [(x + spread * _bell(random), y + spread * _bell(random)) for _ in range(count)]


def _array(points: list[tuple[float, float]]) -> FloatArray:
    """The points to four digits, within the square."""
    return np.clip(np.round(np.array(points), 4), 0.03, 0.97)


def _drawn(points: FloatArray, k: int, seed: int) -> FloatArray:
    return random_points(Points(points, np.ones(len(points))), k, SplitMix64(seed))


def _example(
    title: str, lesson: str, points: FloatArray, seed: int, k: int = 3, start: FloatArray | None = None
) -> Example:
    words = f"{k} of the points at random"
    if start is None:
        start = _drawn(points, k, seed)
    else:
        words = "chosen by hand"
    return Example(title, lesson, points, start, words, seed)


def three_groups() -> FloatArray:
    """(102, 2) three round groups of 34 points."""
    random = SplitMix64(7)
    return _array(
        _blob(random, 34, 0.24, 0.70, 0.065)
        + _blob(random, 34, 0.72, 0.72, 0.075)
        + _blob(random, 34, 0.52, 0.26, 0.07)
    )


def blobs() -> Example:
    """Three groups and three centroids: the case that k-means is made for."""
    lesson = "Three groups and three centroids: the borders settle between the groups."
    return _example("Three groups", lesson, three_groups(), seed=14)


def uniform() -> Example:
    """Points spread evenly, as the article has them: there is nothing to find."""
    random = SplitMix64(11)
    points = _array([(0.05 + 0.9 * random.uniform(), 0.05 + 0.9 * random.uniform()) for _ in range(100)])
    lesson = "Points spread evenly have no groups; k-means draws borders all the same."
    return _example("Nothing to find", lesson, points, seed=13)


def moons() -> Example:
    """Two crescents that no straight border can part."""
    random = SplitMix64(5)
    points = []
    for number in range(100):
        upper = number % 2 == 0
        # Along half a circle in even steps, its points made of rational numbers: t -> ((1 - t^2), 2t) / (1 + t^2).
        t = -1.0 + 2.0 * (number // 2 + 0.5) / 50
        x, y = 2 * t / (1 + t * t), (1 - t * t) / (1 + t * t)
        center_x, center_y, sign = (0.38, 0.45, 1.0) if upper else (0.62, 0.58, -1.0)
        points.append((center_x + 0.29 * x + 0.022 * _bell(random), center_y + sign * 0.34 * y + 0.022 * _bell(random)))
    lesson = "Borders between centroids are straight: no start lets k-means part two crescents."
    return _example("Two crescents", lesson, _array(points), seed=16, k=2)


def unequal() -> Example:
    """A wide group beside two small ones."""
    random = SplitMix64(3)
    points = _array(
        _blob(random, 110, 0.38, 0.55, 0.15)
        + _blob(random, 14, 0.84, 0.30, 0.028)
        + _blob(random, 14, 0.85, 0.56, 0.028)
    )
    lesson = "A large group counts more than two small ones: it takes two centroids, they share the third."
    return _example("Unequal groups", lesson, points, seed=7)


def empty() -> Example:
    """A centroid that is nearest to no point."""
    start = np.array([[0.30, 0.62], [0.62, 0.50], [0.05, 0.05]])
    lesson = "Centroid 3 is nearest to no point. It has no mean to move to and stays; pixmeans can refill it."
    return _example("A centroid without points", lesson, three_groups(), seed=7, start=start)


def _four_blobs() -> FloatArray:
    random = SplitMix64(9)
    return _array(
        _blob(random, 26, 0.18, 0.30, 0.04)
        + _blob(random, 26, 0.18, 0.70, 0.04)
        + _blob(random, 26, 0.80, 0.30, 0.04)
        + _blob(random, 26, 0.80, 0.70, 0.04)
    )


def lucky() -> Example:
    """Four groups and a start that finds them."""
    lesson = "From this start every group ends with a centroid of its own."
    return _example("Four groups, a lucky start", lesson, _four_blobs(), seed=10, k=4)


def unlucky() -> Example:
    """The same four groups and a start that cannot find them."""
    lesson = "From this start two centroids share a group and one serves two: no step can mend that."
    return _example("The same groups, an unlucky start", lesson, _four_blobs(), seed=12, k=4)


EXAMPLES: dict[str, Callable[[], Example]] = {
    "blobs": blobs,
    "uniform": uniform,
    "moons": moons,
    "unequal": unequal,
    "empty": empty,
    "lucky": lucky,
    "unlucky": unlucky,
}
