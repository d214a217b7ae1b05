"""The fish survives: a few of the k centroids are reserved for small vivid colors, where that is worth its error.

k-means places centroids where most error is. A fish of half a percent of the picture makes little error, so it loses
its color. Each reserved centroid is given to one group of small salient colors that would be lost. For the heaviest
group first, two moves are tried:

1. a new centroid for the group, paid for by merging the two clusters that are cheapest to merge;
2. reserving the centroid that already serves the group, badly.

The better move is kept if it gains enough survival for each percent of error. This is repeated until no move does.

A reserved centroid does not stand at the mean of its members: the many pale colors around would pull it away. It stands
on the line from that mean to the mean of its salient members, at the first place where these keep their color.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import isqrt

import numpy as np
import numpy.typing as npt

from ..arrays import Bools, FloatArray, Grid, IntArray, UInt8Array
from ..clustering import split_merge
from ..clustering.kmeans import Frozen
from ..clustering.points import GridPoints, Sums
from ..color.cells import OKLAB, Cells, View, views
from ..color.histogram import Histogram, count_colors
from ..color.spaces import Space
from ..kernels import merges as merges_kernel
from ..kernels import salience as kernel
from ..records import dataclass, replace
from .salience import (
    KEPT_DISTANCE,
    RAREST,
    SMALLEST_GROUP,
    Cubes,
    groups,
    salient_quickly,
    squared_distances,
    squared_grid,
)


@dataclass(frozen=True)
class Limits:
    """What protection may cost.

    mse: how much the mean squared error in sRGB may rise, as a share. oklab: the same of the mean distance in OKLab.
    gain_per_percent: percentage points of small salient pixels that must survive for each percent of error.
    most: reserved centroids at most, as a share of k. spent: the share of a limit after which the search ends: the next
    move is seldom affordable, and trying it takes time.
    """

    mse: float
    oklab: float
    gain_per_percent: float
    most: float
    spent: float = 1.0


# Measured in benchmarks/survival.py.
LIMITS = {
    "auto": Limits(mse=0.06, oklab=0.05, gain_per_percent=3.0, most=0.25, spent=0.5),
    "strong": Limits(mse=0.15, oklab=0.15, gain_per_percent=1.0, most=0.5),
}
# The search measures on coarse cells and may exceed a limit by 5 %. The result is measured on fine cells or all colors
# and must stay 1 % below it, as rounding to 8 bits follows.
SEARCH_MARGIN, RESULT_MARGIN = 1.05, 0.99

# Cells for each centroid: with fewer, results are measured on all colors, and moves are tried on what measures results.
MEASURING_CELLS, SEARCH_CELLS = 8, 64
# Groups that are tried before giving up. Iterations after which a move is judged, and more of them for the better one.
GROUPS_TRIED = 2
SETTLING, LONGER = 3, 6
# Percentage points that a move must gain.
LEAST_GAIN = 0.5
# A move that exceeds its limits by less than this may still settle below them.
FIRST_MARGIN = 1.3
# Iterations among all colors at the end, after those among cells.
ENDING = 3
# A reserved centroid stands at one of so many equal steps between the mean of all its members and that of the salient
# ones: the first that keeps this share of what the best step keeps. With 0.97 a tenth or more of them die at k = 8.
EIGHTHS = 8
LEAST_KEPT = 0.9


@dataclass(frozen=True)
class ProtectedColor:
    """A group of small salient colors that has a reserved centroid.

    color: 8-bit sRGB, of the centroid. share: of the picture that these colors are. before, after: their mean distance
    from their entry without and with protection, 100 times that in OKLab.
    """

    color: tuple[int, int, int]
    share: float
    before: float
    after: float

    @property
    def hex(self) -> str:
        """The color as #rrggbb."""
        return "#{:02x}{:02x}{:02x}".format(*self.color)


@dataclass(frozen=True, eq=False)
class Protected:
    """Centroids that keep small salient colors alive.

    centroids: (k, d) in units of the space. reserved: (k,) bool, those that must not move any more (`frozen`).
    protected: what for. protection_cost: by how much the mean squared error in sRGB rises, as a share.
    survival: which share of the small salient pixels keeps its color, before and after.
    """

    centroids: FloatArray
    reserved: Bools
    protected: tuple[ProtectedColor, ...]
    protection_cost: float
    survival: tuple[float, float]


def protect(
    pixels: UInt8Array,
    histogram: Histogram,
    points: GridPoints,
    space: Space,
    centroids: FloatArray,
    *,
    mode: str = "auto",
    limits: Limits | None = None,
    frozen: Frozen = None,
) -> Protected | None:
    """Centroids that keep the small vivid colors of a picture; None if there is nothing to save, or nothing worth it.

    pixels: (h, w, 3 or 4) uint8. histogram: of its visible pixels. points: its colors in `space`, in its order; they
    may weigh something else. centroids: (k, d) where k-means ended. mode: 'auto' (at most 6 % more mean squared error
    and 5 % more mean distance in OKLab, and only where much is saved for it) or 'strong' (at most 15 %).
    frozen: (k,) bool, centroids that stay where they are; in the result they are reserved too.

    Hand the result to `rounding.finish` with frozen=result.reserved. Deterministic.
    """
    limits = limits or LIMITS[mode]
    k = len(centroids)
    pinned = np.zeros(k, np.bool_) if frozen is None else frozen
    free = k - int(np.count_nonzero(pinned))
    most = min(free - 2, round(free * limits.most))
    if most < 1 or len(histogram) <= k:
        return None
    # With alpha the points are premultiplied.
    cells = Cells.of(histogram, points, in_oklab=space is OKLAB and histogram.colors.shape[1] == 3)
    mask = salient_quickly(pixels, cells)
    total = histogram.total
    if int(np.count_nonzero(mask)) * RAREST < total:
        return None
    lively = count_colors(pixels[mask])
    near, far = views(histogram, cells, points, MEASURING_CELLS * k, SEARCH_CELLS * k)
    scene = Scene(lively, far, space)
    plain = scene.judge(State(centroids, {}, pinned), None)
    found = _search(scene, plain, limits, most)
    if len(found) == 1:
        return None
    squares, lengths = (max(one, 1) for one in near.errors(space, centroids))
    while len(found) > 1:
        end = _finished(points, space, found[-1])
        more = near.errors(space, end.centroids)
        mse_rise, oklab_rise = more[0] / squares - 1, more[1] / lengths - 1
        if mse_rise <= RESULT_MARGIN * limits.mse and oklab_rise <= RESULT_MARGIN * limits.oklab:
            return _report(scene, plain, scene.judge(end, plain), mse_rise, total)
        found.pop()
    return None


@dataclass(frozen=True, eq=False)
class Group:
    """Small salient colors that one centroid is to keep: rows (m,) of the scene's, and their mean (d,)."""

    rows: npt.NDArray[np.int64]
    mean: FloatArray


@dataclass(frozen=True, eq=False)
class State:
    """Centroids, which of them are reserved for which group, and which (k,) are pinned and never move."""

    centroids: FloatArray
    reserved: dict[int, Group]
    pinned: Bools

    @property
    def frozen(self) -> Bools:
        """(k,) bool: the reserved and the pinned ones."""
        frozen = self.pinned.copy()
        frozen[list(self.reserved)] = True
        return frozen


@dataclass(frozen=True, eq=False)
class Judged:
    """A state and what became of the picture.

    sums: of the clusters. labels: (s,) of the scene's salient colors; distances: (s,) their squared distances from
    their entries, in grid steps of OKLab. kept: percent of salient pixels alive. squares, lengths: the squared error in
    sRGB and the distances in OKLab, summed over the picture. mse_rise, oklab_rise: by how many percent these are above
    the plain ones.
    """

    state: State
    sums: Sums
    labels: npt.NDArray[np.int32]
    distances: IntArray
    kept: float
    squares: int
    lengths: int
    mse_rise: float
    oklab_rise: float


class Scene:
    """A picture as protection sees it, and its small salient colors one by one."""

    def __init__(self, lively: Histogram, view: View, space: Space) -> None:
        """lively: the histogram of the small salient pixels."""
        self.view, self.space = view, space
        self.square = squared_grid(KEPT_DISTANCE)
        self.salient = space.points(lively)
        self.salient_weights = lively.weights
        self.salient_grid = OKLAB.to_grid(np.ascontiguousarray(lively.colors[:, :3]))
        self.cubes = Cubes.holding(self.salient_grid)

    def kept(self, centroids: FloatArray) -> tuple[npt.NDArray[np.int32], IntArray, float]:
        """Labels (s,) of the salient colors, squared distances (s,) in OKLab, and percent of their pixels alive."""
        labels, _ = self.salient.assign(centroids)
        distances = squared_distances(self.salient_grid, self.entries(centroids)[labels])
        alive = int(self.salient_weights[distances <= self.square].sum())
        return labels, distances, 100 * alive / int(self.salient_weights.sum())

    def entries(self, centroids: FloatArray) -> Grid:
        """Centroids (k, d) in OKLab, (k, 3)."""
        if self.space is OKLAB and centroids.shape[1] == 3:
            return np.rint(centroids * OKLAB.scale).astype(np.int16)
        return OKLAB.to_grid(np.ascontiguousarray(self.space.colors(centroids)[:, :3]))

    def judge(self, state: State, plain: Judged | None) -> Judged:
        """What a state makes of the picture; plain: what k-means alone does, or None for that itself."""
        labels, sums = self.view.points.assign(state.centroids)
        palette = np.ascontiguousarray(self.space.colors(state.centroids)[:, :3])
        own, distances, kept = self.kept(state.centroids)
        squares, lengths = self.view.tally(labels, palette)
        mse_rise = oklab_rise = 0.0
        if plain is not None:
            mse_rise = 100 * (squares / max(plain.squares, 1) - 1)
            oklab_rise = 100 * (lengths / max(plain.lengths, 1) - 1)
        return Judged(state, sums, own, distances, kept, squares, lengths, mse_rise, oklab_rise)

    def settled(self, state: State, iterations: int) -> State:
        """After a few iterations in which reserved centroids give way as far as their colors can bear."""
        centroids = state.centroids
        movement = np.zeros_like(centroids)
        still = state.pinned if bool(state.pinned.any()) else None
        for iteration in range(iterations, 0, -1):
            means = split_merge.means(self.view.points.sums(centroids), centroids, still)
            movement = split_merge.MOMENTUM * movement + means - centroids
            before, centroids = centroids, centroids + movement
            for row, group in state.reserved.items():
                centroids[row] = self.borne(group, means[row]) if iteration % 2 else before[row]
                movement[row] = 0.0
        return replace(state, centroids=centroids)

    def borne(self, group: Group, mean: FloatArray) -> FloatArray:
        """Of the places between the mean of all members and that of the salient ones the first that keeps these."""
        eighths = np.arange(EIGHTHS + 1)[:, None]
        places = (mean * (EIGHTHS - eighths) + group.mean * eighths) / EIGHTHS
        entries = self.entries(places)
        grid, weights = self.salient_grid[group.rows], self.salient_weights[group.rows]
        kept = np.empty(len(entries), np.int64)
        kernel.cover(grid, weights, entries, self.square, kept)
        best: FloatArray = places[int(np.flatnonzero(kept >= LEAST_KEPT * kept.max())[0])]
        return best

    def lost(self, judged: Judged, least: int) -> Iterator[Group]:
        """The groups of colors that are lost, heaviest first."""
        weights = np.where(judged.distances <= self.square, 0, self.salient_weights)
        for mask in groups(self.salient_grid, weights, least, GROUPS_TRIED, self.cubes):
            rows = np.flatnonzero(mask)
            heavy = self.salient_weights[rows, None]
            mean = (
                np.add.reduce(self.salient.coordinates[rows, : self.salient.dimensions] * heavy, axis=0) / heavy.sum()
            )
            yield Group(rows, mean / self.space.scale)


def _search(scene: Scene, plain: Judged, limits: Limits, most: int) -> list[Judged]:
    """The plain state, then each with one more reserved centroid that was worth it."""
    least = max(1, int(scene.view.weights.sum()) // SMALLEST_GROUP)
    found = [plain]
    while len(found) <= most:
        now = found[-1]
        if now.mse_rise > 100 * limits.spent * limits.mse or now.oklab_rise > 100 * limits.spent * limits.oklab:
            break
        tries = (_kept_alive(group, now, plain, scene, limits) for group in scene.lost(now, least))
        best = next((one for one in tries if one is not None), None)
        if best is None:
            break
        found.append(best)
    return found


def _kept_alive(group: Group, now: Judged, plain: Judged, scene: Scene, limits: Limits) -> Judged | None:
    """The better way to give a group a centroid, if one is worth it."""
    tries = []
    for state in _moves(now, group, scene):
        if scene.kept(state.centroids)[2] <= now.kept + LEAST_GAIN:
            continue
        tried = scene.judge(scene.settled(state, SETTLING), plain)
        if _affordable(tried, limits, FIRST_MARGIN) and _gain_per_percent(tried, now) > limits.gain_per_percent:
            tries.append(tried)
    for tried in sorted(tries, key=lambda one: -_gain_per_percent(one, now)):
        best = scene.judge(scene.settled(tried.state, LONGER), plain)
        if _affordable(best, limits, SEARCH_MARGIN) and _gain_per_percent(best, now) > limits.gain_per_percent:
            return best
    return None


def _affordable(tried: Judged, limits: Limits, part: float) -> bool:
    """Whether a state is within a part of the limits."""
    return tried.mse_rise <= 100 * part * limits.mse and tried.oklab_rise <= 100 * part * limits.oklab


def _gain_per_percent(tried: Judged, now: Judged) -> float:
    """Percentage points of survival gained for each percent of error; 0 if hardly any."""
    gain = tried.kept - now.kept
    return gain / max(tried.mse_rise - now.mse_rise, 0.3) if gain > LEAST_GAIN else 0.0


def _moves(now: Judged, group: Group, scene: Scene) -> list[State]:
    """The ways to give a group a centroid."""
    centroids, reserved = now.state.centroids, now.state.reserved
    k = len(centroids)
    weights = np.ascontiguousarray(now.sums.weights)
    moves = []
    costs, partners = np.empty(k), np.empty(k, np.int32)
    factors = split_merge.Experience(k, now.state.frozen).costs
    merges_kernel.cheapest_merges(weights, centroids * scene.space.scale, factors, costs, partners)
    keeps = int(costs.argmin())
    if costs[keeps] < np.inf:
        frees = int(partners[keeps])
        a, b = int(weights[keeps]), int(weights[frees])
        merged = centroids.copy()
        merged[keeps] = (centroids[keeps] * a + centroids[frees] * b) / max(a + b, 1)
        merged[frees] = group.mean
        moves.append(replace(now.state, centroids=merged, reserved={**reserved, frees: group}))
    serving = np.zeros(k, np.int64)
    np.add.at(serving, now.labels[group.rows], scene.salient_weights[group.rows])
    one = int(serving.argmax())
    if one not in reserved and not now.state.pinned[one]:
        moved = centroids.copy()
        moved[one] = scene.borne(group, moved[one])
        moves.append(replace(now.state, centroids=moved, reserved={**reserved, one: group}))
    return moves


def _finished(points: GridPoints, space: Space, judged: Judged) -> State:
    """All other centroids to where Lloyd's algorithm ends, among all colors; the reserved ones as they will be."""
    state = judged.state
    centroids = state.centroids.copy()
    rows = list(state.reserved)
    centroids[rows] = space.palette_points(space.colors(centroids[rows]))
    frozen = state.frozen
    centroids = split_merge.glide(points.cells, centroids, split_merge.NEGLIGIBLE, frozen)
    return replace(state, centroids=split_merge.settle(points, centroids, ENDING, frozen))


def _report(scene: Scene, plain: Judged, judged: Judged, mse_rise: float, total: int) -> Protected:
    """The result, in words that a caller can use."""
    colors = scene.space.colors(judged.state.centroids)[:, :3]
    told = []
    for row, group in judged.state.reserved.items():
        weights = scene.salient_weights[group.rows]
        before, after = (_mean_distance(weights, one.distances[group.rows]) for one in (plain, judged))
        red, green, blue = colors[row].tolist()
        told.append(ProtectedColor((red, green, blue), int(weights.sum()) / total, before, after))
    return Protected(
        judged.state.centroids,
        judged.state.frozen,
        tuple(told),
        mse_rise,
        (plain.kept / 100, judged.kept / 100),
    )


def _mean_distance(weights: IntArray, squares: IntArray) -> float:
    roots = [isqrt(square) for square in squares.tolist()]
    return (
        100 * sum(w * root for w, root in zip(weights.tolist(), roots, strict=True)) / int(weights.sum()) / OKLAB.scale
    )
