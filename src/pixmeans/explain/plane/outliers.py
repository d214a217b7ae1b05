"""k-means and KMOR on the same points in a plane: what outliers do to centroids, and what leaving them out does."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ...arrays import FloatArray
from ...clustering.kmeans import kmeans
from ...clustering.kmor import OutlierClustering, kmor
from ...clustering.points import Points
from ...clustering.seeding import random_points
from ...records import dataclass
from ...rng import SplitMix64
from .. import style
from ..figures import FigureRow, Plan
from .data import three_groups
from .drawing import draw_cells, draw_centroids, draw_frame, draw_points, number_places

if TYPE_CHECKING:
    from matplotlib.ticker import MaxNLocator

    from ..runs import Runs

GAMMA = 9.0
SIDE = 320  # of a panel
TOP = 96


@dataclass(frozen=True, eq=False)
class Scattered:
    """Points of which some belong to no group.

    points: (n, 2) in a square of side 1, those of no group last. alone: how many these are. seed: of the start.
    """

    points: FloatArray
    alone: int
    seed: int
    k: int = 3

    @cached_property
    def start(self) -> FloatArray:
        """(k, 2) the first centroids."""
        return random_points(Points(self.points), self.k, SplitMix64(self.seed))

    @cached_property
    def plain(self) -> FloatArray:
        """(k, 2) where k-means ends."""
        return kmeans(Points(self.points), self.start).centroids

    @property
    def most(self) -> int:
        """How many outliers KMOR may name: a tenth of all points."""
        return len(self.points) // 10

    def outliers(self, rule: str = "exact") -> OutlierClustering:
        """Where KMOR ends from the same start."""
        return kmor(Points(self.points), self.start, gamma=GAMMA, n0=self.most, rule=rule)

    def in_words(self) -> str:
        """As captions say it."""
        return (
            f"k = {self.k}, start: {self.k} of the points at random, seed {self.seed}; gamma {GAMMA:.0f}, at most "
            f"{self.most} outliers"
        )


def scattered() -> Scattered:
    """Three groups and nine points far from them, most of these on one side."""
    right = ((0.93, 0.07), (0.95, 0.20), (0.84, 0.10), (0.92, 0.33), (0.78, 0.05), (0.95, 0.46))
    left = ((0.06, 0.22), (0.12, 0.07), (0.06, 0.40))
    return Scattered(np.concatenate([three_groups(), np.array(right + left)]), len(right + left), seed=8)


def outliers(example: Scattered) -> Figure:
    """F25: where k-means and KMOR end on the same points, which are outliers to KMOR, and what it makes small."""
    plain, found = example.plain, example.outliers()
    fig = style.figure((1040, 500), stage=False)
    named = int((found.labels < 0).sum())
    style.title(fig, "Points that belong to no group", below=_below(example, found))
    for x, head in ((16, "k-means: every point counts"), (360, f"KMOR: {named} outliers (rings) pull nobody")):
        style.text(fig, x, TOP - 10, head, size=10.5, weight="bold")
    left = style.axes(fig, (16, TOP, SIDE, SIDE))
    _panel(left, example.points, Points(example.points).assign(plain)[0], plain)
    right = style.axes(fig, (360, TOP, SIDE, SIDE))
    _panel(right, example.points, found.labels, found.centroids, plain)
    style.text(fig, 360, TOP + SIDE + 18, "hollow: where k-means put them", size=9, color=style.MUTE)
    _objectives(fig, example)
    style.caption(fig, outliers_caption(example))
    return fig


def _panel(
    ax: Axes, points: FloatArray, labels: np.ndarray, centroids: FloatArray, old: FloatArray | None = None
) -> None:
    draw_frame(ax)
    draw_cells(ax, centroids)
    draw_points(ax, points, labels, 5.5)
    numbers = number_places(ax, centroids, points, old=old, size=13)
    draw_centroids(ax, centroids, old=old, numbers=numbers, size=13)


def _objectives(fig: Figure, example: Scattered) -> None:
    """What KMOR makes small, after each assignment, with our rule for outliers and with the published one."""
    x, width = 752, 272
    style.text(fig, x - 44, TOP - 10, "What KMOR makes small", size=10.5, weight="bold")
    ax = style.axes(fig, (x, TOP + 46, width, SIDE - 78))
    runs = (("exact", style.CATEGORIES[0], "o", "exact"), ("paper", style.CATEGORIES[1], "s", "published"))
    for rule, color, mark, _ in runs:
        history = example.outliers(rule).history
        ax.plot(range(len(history)), history, color=color, lw=1.6, marker=mark, ms=5.5, mew=0, clip_on=False)
    ax.set_yscale("log")
    ax.set_yticks(ticks := [2, 5, 10], [str(tick) for tick in ticks])
    ax.minorticks_off()
    ax.xaxis.set_major_locator(_whole())
    ax.set_xlabel("Iteration", loc="right")
    y = TOP + 14
    for place, (rule, color, mark, word) in enumerate(runs):
        end = example.outliers(rule)
        board = style.board(fig, (x - 44, y - 14 + 17 * place, 18, 18))
        board.plot([8], [9], mark, ms=6, color=color, mew=0)
        words = f"{word} rule: {end.objective:.3f} with {int((end.labels < 0).sum())} outliers"
        style.text(fig, x - 24, y + 17 * place, words, size=9, color=color)


def _whole() -> MaxNLocator:
    from matplotlib.ticker import MaxNLocator

    return MaxNLocator(6, integer=True)


def _below(example: Scattered, found: OutlierClustering) -> str:
    """How the two ends compare, in numbers."""
    right = int((found.labels[-example.alone :] < 0).sum())
    told = "all" if right == example.alone else str(right)
    groups = example.points[: -example.alone]
    before, after = (_error(groups, centroids) for centroids in (example.plain, found.centroids))
    return (
        f"{len(groups)} points in groups and {example.alone} in none. KMOR calls {told} of these outliers; the squared "
        f"error of the {len(groups)} goes from {before:.3f} to {after:.3f}."
    )


def _error(points: FloatArray, centroids: FloatArray) -> float:
    """The sum of squared distances from the nearest centroid."""
    return Points(points).sums(centroids).inertia


def outliers_caption(example: Scattered) -> str:
    """What the figure says at its foot."""
    return (
        "An outlier costs gamma times the mean squared distance of the others, and belongs to no cluster: centroids "
        f"stay with their groups, but outliers have none. {example.in_words()}."
    )


def outliers_meta(example: Scattered) -> dict[str, object]:
    """What the file's metadata say."""
    return {"k": example.k, "start": "random points", "seed": example.seed, "gamma": GAMMA, "n0": example.most}


def plan(_: Runs) -> Plan:
    """It brings its points and its runs."""
    example = scattered()
    return Plan(outliers_caption(example), outliers_meta(example), lambda: outliers(example))


FIGURE = FigureRow("F25", "outliers", "Points that belong to no group", (".png",), plan, own_data=True, own_run=True)
