"""The fish survives: centroids for small vivid colors, out of the same k, where they are worth their price.

k-means spends its centroids where most error is, and a fish of half a percent of the picture makes little of it. Here a
few centroids are reserved: each is given to a group of small salient colors that would be lost, and stays so near
to them that they keep their color. Two ways are tried for each group: a new centroid, paid for by merging the two
clusters that are cheapest to merge, and holding back the centroid that already serves the group badly. What brings most
for its price is kept, again and again, until the next one is not worth it.

A reserved centroid is the trick of it. The mean of all its members would drift off to the many pale colors around;
so it stands on the line from the mean of its salient members to that of all, as far out as they can bear: colors at the
border may use it, but not pull it away.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isqrt

import numpy as np
import numpy.typing as npt

from . import optimize
from .color import Space
from .histogram import Histogram, count_colors
from .kernels import salience as kernel
from .kernels import split as split_kernel
from .points import FloatArray, GridPoints, Sums
from .salience import KEPT, LEAST, OKLAB, WORD, Cells, groups, salient_quickly, squared_distances, squared_steps

UInt8Array = npt.NDArray[np.uint8]
IntArray = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Steps = npt.NDArray[np.int16]


@dataclass(frozen=True)
class Limits:
    """What protection may cost.

    mse: how much the mean squared error in sRGB may rise, and oklab: the mean distance in OKLab, as shares.
    worth: percentage points of small salient colors that must survive for each percent of error.
    most: reserved centroids at most, as a share of k. spent: the share of a limit after which none is looked for any
    more: the next one is seldom affordable, and looking takes time.
    """

    mse: float
    oklab: float
    worth: float
    most: float
    spent: float = 1.0


# Measured in benchmarks/survival.py.
LIMITS = {
    "auto": Limits(mse=0.06, oklab=0.05, worth=3.0, most=0.25, spent=0.5),
    "strong": Limits(mse=0.15, oklab=0.15, worth=1.0, most=0.5),
}
# How near to a limit the search goes, which measures cells, and how near the result, of which all colors are measured:
# only the last polish among 8-bit colors is still to come.
AIM, END = 0.96, 0.99

# Groups that are tried at a time, and iterations after which a try is judged.
TRIED = 2
SETTLING = 4
# Where a reserved centroid may stand between the mean of all its members and that of the salient ones, in eighths;
# how much of what it can keep alive it must.
EIGHTHS = 8
HELD = 0.97


@dataclass(frozen=True)
class Saved:
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
    saved: what for. price: by how much the mean squared error in sRGB rises, as a share.
    survival: which share of the small salient pixels keeps its color, before and after.
    """

    centroids: FloatArray
    reserved: Bools
    saved: tuple[Saved, ...]
    price: float
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
) -> Protected | None:
    """Centroids that keep the small vivid colors of a picture; None if there is nothing to save, or nothing worth it.

    pixels: (h, w, 3 or 4) uint8. histogram: of its visible pixels. points: its colors in `space`, in its order; they
    may weigh something else. centroids: (k, d) where k-means ended. mode: 'auto' (at most 6 % more mean squared error
    and 5 % more mean distance in OKLab, and only where much is saved for it) or 'strong' (at most 15 %).

    Hand the result to `rounding.finish` with frozen=result.reserved. Deterministic.
    """
    limits = limits or LIMITS[mode]
    k = len(centroids)
    most = min(k - 2, round(k * limits.most))
    if most < 1 or len(histogram) <= k:
        return None
    cells = Cells.of(histogram)
    mask = salient_quickly(pixels, histogram, cells)
    total = histogram.total
    if int(np.count_nonzero(mask)) * LEAST < total:
        return None
    scene = Scene(count_colors(pixels[mask]), histogram, cells, points, space, k)
    plain = scene.judge(State(centroids, {}), None)
    found = _search(scene, plain, limits, most)
    if len(found) == 1:
        return None
    colors = np.ascontiguousarray(histogram.colors[:, :3])
    # With alpha the points are premultiplied.
    steps = points.steps if space is OKLAB and histogram.colors.shape[1] == 3 else OKLAB.steps(colors)
    squares, lengths = (max(one, 1) for one in _errors(histogram, colors, steps, points, space, centroids))
    while len(found) > 1:
        end = _finished(points, space, found[-1])
        more = _errors(histogram, colors, steps, points, space, end.centroids)
        price, pale = more[0] / squares - 1, more[1] / lengths - 1
        if price <= END * limits.mse and pale <= END * limits.oklab:
            return _report(scene, plain, scene.judge(end, plain), price, total)
        found.pop()
    return None


def _errors(
    histogram: Histogram, colors: UInt8Array, steps: Steps, points: GridPoints, space: Space, centroids: FloatArray
) -> tuple[int, int]:
    """The squared error in sRGB and the distances in OKLab of the rounded palette, summed over all pixels."""
    palette = space.colors(centroids)
    labels, _ = points.assign(space.palette_points(palette))
    opaque = np.ascontiguousarray(palette[:, :3])
    totals = np.empty(2, np.int64)
    kernel.tally(colors, steps, histogram.weights, labels, opaque, OKLAB.steps(opaque), totals)
    squares, lengths = totals.tolist()
    return squares, lengths


@dataclass(frozen=True, eq=False)
class Group:
    """Small salient colors that one centroid is to keep: rows (m,) of the scene's, and their mean (d,)."""

    rows: npt.NDArray[np.int64]
    mean: FloatArray


@dataclass(frozen=True, eq=False)
class State:
    """Centroids, and which of them are reserved for which group."""

    centroids: FloatArray
    reserved: dict[int, Group]

    @property
    def frozen(self) -> Bools:
        """(k,) bool: the reserved ones."""
        frozen = np.zeros(len(self.centroids), np.bool_)
        frozen[list(self.reserved)] = True
        return frozen


@dataclass(frozen=True, eq=False)
class Judged:
    """A state and what became of the picture.

    sums: of the clusters. labels: (s,) of the scene's salient colors; distances: (s,) their squared distances from
    their entries, in grid steps of OKLab. kept: percent of salient pixels alive. squares, lengths: the squared error in
    sRGB and the distances in OKLab, summed over the picture. price, pale: by how many percent these are above the
    plain ones.
    """

    state: State
    sums: Sums
    labels: npt.NDArray[np.int32]
    distances: IntArray
    kept: float
    squares: int
    lengths: int
    price: float
    pale: float


class Scene:
    """A picture as protection sees it: cells of 4 x 4 x 4 colors (or colors, if they are few), and the salient ones."""

    def __init__(
        self, lively: Histogram, histogram: Histogram, cells: Cells, points: GridPoints, space: Space, k: int
    ) -> None:
        """lively: the histogram of the small salient pixels."""
        self.space = space
        self.square = squared_steps(KEPT)
        self.cell = np.searchsorted(histogram.codes, lively.codes)
        if len(cells.weights) >= 8 * k:
            self.cell = cells.rows[self.cell]
            self.points, self.weights, self.colors, self.steps = points.cells, cells.weights, cells.colors, cells.steps
        else:
            self.points, self.weights = points, histogram.weights
            self.colors = np.ascontiguousarray(histogram.colors[:, :3])
            self.steps = OKLAB.steps(self.colors)
        # The salient colors one by one: above, which of the points each is or is in.
        self.salient_weights = lively.weights
        self.salient_steps = OKLAB.steps(np.ascontiguousarray(lively.colors[:, :3]))
        self.salient_values = space.steps(lively.colors) / space.scale

    def judge(self, state: State, plain: Judged | None) -> Judged:
        """What a state makes of the picture; plain: what k-means alone does, or None for that itself."""
        labels, sums = self.points.assign(state.centroids)
        palette = np.ascontiguousarray(self.space.colors(state.centroids)[:, :3])
        entries = OKLAB.steps(palette)
        own = labels[self.cell]
        distances = squared_distances(self.salient_steps, entries[own])
        alive = int(self.salient_weights[distances <= self.square].sum())
        kept = 100 * alive / int(self.salient_weights.sum())
        totals = np.empty(2, np.int64)
        kernel.tally(self.colors, self.steps, self.weights, labels, palette, entries, totals)
        squares, lengths = totals.tolist()
        price = pale = 0.0
        if plain is not None:
            price = 100 * (squares / max(plain.squares, 1) - 1)
            pale = 100 * (lengths / max(plain.lengths, 1) - 1)
        return Judged(state, sums, own, distances, kept, squares, lengths, price, pale)

    def settled(self, state: State) -> State:
        """After a few iterations in which reserved centroids give way as far as their colors can bear."""
        centroids = state.centroids
        movement = np.zeros_like(centroids)
        for _ in range(SETTLING):
            means = self.points.sums(centroids).means(otherwise=centroids)
            movement = optimize.MOMENTUM * movement + means - centroids
            centroids = centroids + movement
            for row, group in state.reserved.items():
                centroids[row] = self.borne(group, means[row])
                movement[row] = 0.0
        return State(centroids, state.reserved)

    def borne(self, group: Group, mean: FloatArray) -> FloatArray:
        """Of the places between the mean of all members and that of the salient ones the first that keeps these."""
        eighths = np.arange(EIGHTHS + 1)[:, None]
        places = (mean * (EIGHTHS - eighths) + group.mean * eighths) / EIGHTHS
        if self.space is OKLAB:
            entries = np.rint(places[:, :3] * OKLAB.scale).astype(np.int16)
        else:
            entries = OKLAB.steps(np.ascontiguousarray(self.space.colors(places)[:, :3]))
        steps, weights = self.salient_steps[group.rows], self.salient_weights[group.rows]
        kept = np.empty(len(entries), np.int64)
        kernel.cover(steps, weights, entries, self.square, kept)
        best: FloatArray = places[int(np.flatnonzero(kept >= HELD * kept.max())[0])]
        return best

    def lost(self, judged: Judged, least: int) -> list[Group]:
        """The groups of colors that are lost, heaviest first."""
        weights = np.where(judged.distances <= self.square, 0, self.salient_weights)
        found = []
        for mask in groups(self.salient_steps, weights, least, TRIED):
            rows = np.flatnonzero(mask)
            heavy = self.salient_weights[rows, None]
            mean = np.add.reduce(self.salient_values[rows] * heavy, axis=0) / heavy.sum()
            found.append(Group(rows, mean))
        return found


def _search(scene: Scene, plain: Judged, limits: Limits, most: int) -> list[Judged]:
    """The plain state, then each with one more reserved centroid that was worth it."""
    least = max(1, int(scene.weights.sum()) // WORD)
    found = [plain]
    while len(found) <= most:
        now = found[-1]
        if now.price > 100 * limits.spent * limits.mse or now.pale > 100 * limits.spent * limits.oklab:
            break
        best, best_worth = None, limits.worth
        for group in scene.lost(now, least):
            for state in _moves(now, group, scene):
                tried = scene.judge(scene.settled(state), plain)
                if tried.price > 100 * AIM * limits.mse or tried.pale > 100 * AIM * limits.oklab:
                    continue
                worth = (tried.kept - now.kept) / max(tried.price - now.price, 0.3)
                if tried.kept - now.kept > 0.5 and worth > best_worth:
                    best, best_worth = tried, worth
        if best is None:
            break
        found.append(best)
    return found


def _moves(now: Judged, group: Group, scene: Scene) -> list[State]:
    """The ways to give a group a centroid."""
    centroids, reserved = now.state.centroids, now.state.reserved
    k = len(centroids)
    weights = np.ascontiguousarray(now.sums.weights)
    moves = []
    costs, partners = np.empty(k), np.empty(k, np.int32)
    factors = optimize.Experience(k, now.state.frozen).costs
    split_kernel.cheapest_merges(weights, centroids * scene.points.scale, factors, costs, partners)
    keeps = int(costs.argmin())
    if costs[keeps] < np.inf:
        frees = int(partners[keeps])
        a, b = int(weights[keeps]), int(weights[frees])
        merged = centroids.copy()
        merged[keeps] = (centroids[keeps] * a + centroids[frees] * b) / max(a + b, 1)
        merged[frees] = group.mean
        moves.append(State(merged, {**reserved, frees: group}))
    serving = np.zeros(k, np.int64)
    np.add.at(serving, now.labels[group.rows], scene.salient_weights[group.rows])
    one = int(serving.argmax())
    if one not in reserved:
        moved = centroids.copy()
        moved[one] = scene.borne(group, moved[one])
        moves.append(State(moved, {**reserved, one: group}))
    return moves


def _finished(points: GridPoints, space: Space, judged: Judged) -> State:
    """All other centroids to where Lloyd's algorithm ends, among all colors; the reserved ones as they will be."""
    centroids = judged.state.centroids.copy()
    frozen = judged.state.frozen
    centroids[frozen] = space.palette_points(space.colors(centroids[frozen]))
    return State(optimize.glide(points, centroids, optimize.NEGLIGIBLE, frozen), judged.state.reserved)


def _report(scene: Scene, plain: Judged, judged: Judged, price: float, total: int) -> Protected:
    """The result, in words that a caller can use."""
    colors = scene.space.colors(judged.state.centroids)[:, :3]
    saved = []
    for row, group in judged.state.reserved.items():
        weights = scene.salient_weights[group.rows]
        before, after = (_mean_distance(weights, one.distances[group.rows]) for one in (plain, judged))
        red, green, blue = colors[row].tolist()
        saved.append(Saved((red, green, blue), int(weights.sum()) / total, before, after))
    return Protected(
        judged.state.centroids,
        judged.state.frozen,
        tuple(saved),
        price,
        (plain.kept / 100, judged.kept / 100),
    )


def _mean_distance(weights: IntArray, squares: IntArray) -> float:
    roots = [isqrt(square) for square in squares.tolist()]
    return (
        100 * sum(w * root for w, root in zip(weights.tolist(), roots, strict=True)) / int(weights.sum()) / OKLAB.scale
    )
