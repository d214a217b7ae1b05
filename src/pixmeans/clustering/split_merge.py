"""What goes beyond the local minimum that Lloyd's algorithm ends in.

Lloyd's algorithm never takes a centroid from where there are too many to where one is missing. `search` does: it
merges pairs of clusters that are nearly one and gives the freed centroids to clusters that are really two, many at
once, *measures* what each merge and each split did, and keeps those that paid. No randomness is needed.

The idea of moving centroids between regions is that of split-and-merge and of breathing k-means (B. Fritzke, "The
breathing k-means algorithm", 2020); measuring every move of a batch by the error of the clusters it touched is ours.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..arrays import FloatArray, Int32Array, Labels
from ..kernels import boxes as boxes_kernel
from ..kernels import merges as merges_kernel
from ..records import dataclass
from ..rng import SplitMix64, start_seed
from . import seeding
from .kmeans import AnyPoints, Frozen
from .points import GridPoints, Integers, Sums

# Lloyd iterations after a batch of moves, and how much of its last movement a centroid repeats meanwhile
# (measured in benchmarks/quality.py: 3 and 0.7 give the lowest error for the time).
SETTLING = 3
MOMENTUM = 0.7
# Momentum when only convergence is left to gain.
GLIDE = 0.85
# Splitting a normally distributed cluster at its mean removes 2 / pi of the variance along its longest axis, and puts
# the halves' means sqrt(2 / pi) deviations from it.
SPLIT_GAIN = 0.64
SPLIT_SHIFT = 0.8


# Batches of moves among cells, and idle ones in a row before giving up: ten gain another 0.1 % in a tenth more time.
ROUNDS, PATIENCE = 6, 3
# Of fewer points than FEW_EACH for each centroid half as many batches find all but .4 % of that (measured with icons).
# With more centroids than FEW_ENOUGH, where a batch takes longer, two find all but .3 % of that for fewer than
# SOME_EACH, and all but 2 % for fewer than FEW_EACH; of fewer than PAIRS nothing is searched for, which leaves 3 % more
# of an error that is below that of rounding to bytes.
SOME_EACH, FEW_EACH, PAIRS = 16, 4, 2
FEW_ENOUGH = 64
# With more centroids than this, batches are fewer: each takes time with the square of k, and the first ones gain most
# (measured: with 4,096 two batches have less error than ten). With more than SEARCHED there is no search: what is known
# of all pairs would not fit the memory.
FEW, SEARCHED = 512, 4096
# A thorough search goes on among all colors from this many of its finds among cells: their order may change there.
FINALISTS = 3
# An iteration that lowers the error by no more than this share of it is not worth its time (half of the iterations
# would go for the last 0.1 %); and when time does not matter.
NEGLIGIBLE, TINY = 1e-4, 1e-6


def improved(
    points: GridPoints, centroids: FloatArray, *, thorough: bool = False, frozen: Frozen = None, seed: int = 0
) -> FloatArray:
    """Centroids to end with instead of `centroids`, from where Lloyd's algorithm has next to nothing left to do.

    The search is among the means of 4 x 4 x 4 cells. With few centroids there are few moves to try, and the start
    matters more: there it is done from other starts as well, and the best is taken.
    thorough: from more starts, and then among all colors too. frozen: (k,) bool, centroids that never move, or None.
    seed: of the other starts, which are k-means++.
    """
    k = len(centroids)
    cells = seeding.enough_cells(points, k)
    if k > SEARCHED:
        return glide(points, centroids, TINY if thorough else NEGLIGIBLE, frozen)
    share = min(1.0, FEW / k)
    rounds = max(2, round(ROUNDS * share))
    if not thorough and k > FEW_ENOUGH:
        rounds = 0 if len(cells) < PAIRS * k else 2 if len(cells) < SOME_EACH * k else rounds
    elif not thorough and len(cells) < FEW_EACH * k:
        rounds = max(2, rounds // 2)
    more = min(12, 192 // k) if thorough else min(3, 16 // k)
    others = [
        seeding.another_start(seeding.few_cells(points, k), centroids, frozen, SplitMix64(start_seed(seed, start)))
        for start in range(more)
    ]
    starts = [centroids, *others]
    found = [
        search(cells, start, rounds=rounds, patience=PATIENCE, frozen=frozen) for start in starts if len(start) == k
    ]
    found.sort(key=lambda one: cells.sums(one).inertia)
    if not thorough:
        return glide(points, glide(cells, found[0], NEGLIGIBLE, frozen), NEGLIGIBLE, frozen)
    ends = [
        glide(points, search(points, one, rounds=max(2, round(60 * share)), patience=20, frozen=frozen), TINY, frozen)
        for one in found[:FINALISTS]
    ]
    return min(ends, key=lambda one: points.sums(one).inertia)


@dataclass(frozen=True, eq=False)
class State:
    """Centroids and everything that was found out about them."""

    centroids: FloatArray
    labels: Labels
    sums: Sums
    errors: Integers  # (k,) the weighted squared distances in each cluster

    @property
    def error(self) -> int:
        """The weighted sum of squared distances, in squared grid steps."""
        return int(self.errors.sum())


class Move(NamedTuple):
    """Clusters `keeps` and `frees` become one, and the freed centroid takes half of cluster `splits`."""

    keeps: int
    frees: int
    splits: int


class Experience:
    """Factors by which predictions of gains and costs were wrong, so that what failed is not tried again at once."""

    def __init__(self, k: int, frozen: Frozen = None) -> None:
        self.gains = np.ones(k)
        self.costs = np.ones((k, k))
        if frozen is not None:  # a frozen centroid is neither split nor merged
            self.gains[frozen] = 0.0
            self.costs[frozen, :] = np.inf
            self.costs[:, frozen] = np.inf

    def forget(self, clusters: list[int]) -> None:
        """These clusters have changed: what was learned about them no longer holds."""
        self.gains[clusters] = 1.0
        costs = np.where(self.costs[clusters] < np.inf, 1.0, np.inf)
        self.costs[clusters] = costs
        self.costs[:, clusters] = costs.T


def search(
    points: GridPoints, centroids: FloatArray, *, rounds: int, patience: int, frozen: Frozen = None
) -> FloatArray:
    """Centroids with less error than Lloyd's algorithm alone finds from the same start.

    rounds: batches of moves at most, 0 for none. patience: give up after more than this many batches in a row that
    lower the error by less than 0.02 %. frozen: (k,) bool, centroids that never move, or None. Points on a grid only;
    deterministic.
    """
    if rounds == 0:
        return centroids
    k = len(centroids)
    state = observe(points, settle(points, centroids, SETTLING + 2, frozen))
    experience = Experience(k, frozen)
    batch = max(1, k // 8)
    idle = 0
    for _ in range(rounds):
        gains, halves = predicted_gains(points, state)
        costs, partners = predicted_costs(points, state, experience)
        moves = choose_moves(gains * experience.gains, costs, partners, batch)
        if not moves:
            break
        tried = observe(points, settle(points, apply(state, moves, halves), SETTLING, frozen))
        # What each old cluster's points cost now: a split's is less, a merge's more.
        change = points.errors(tried.centroids, tried.labels, state.labels) - state.errors
        splits = sorted(moves, key=lambda move: int(change[move.splits]))
        merges = sorted(moves, key=lambda move: int(change[move.keeps] + change[move.frees]))
        paid = sum(
            change[split.splits] + change[merge.keeps] + change[merge.frees] < 0
            for split, merge in zip(splits, merges, strict=True)
        )
        if 0 < paid < len(moves):
            mixed = keep_what_paid(state, tried, splits, merges, paid)
            tried = min(tried, observe(points, settle(points, mixed, SETTLING, frozen)), key=lambda one: one.error)
        better = tried.error < state.error
        idle = idle + 1 if tried.error > state.error * (1 - 2e-4) else 0
        batch = max(1, min(batch, 2 * paid)) if better and paid else max(1, batch // 2)
        learn(experience, state, change, gains, splits, merges, paid if better else 0)
        if better:
            state = tried
        if idle > patience:
            break
    return state.centroids


def observe(points: GridPoints, centroids: FloatArray) -> State:
    """Assigns the points and notes what came of it."""
    labels, sums = points.assign(centroids)
    return State(centroids, labels, sums, points.errors(centroids, labels, labels))


def settle(points: GridPoints, centroids: FloatArray, iterations: int, frozen: Frozen = None) -> FloatArray:
    """A few Lloyd iterations in which centroids keep some of their momentum; the last is a plain one."""
    movement = np.zeros_like(centroids)
    for _ in range(iterations - 1):
        movement = MOMENTUM * movement + means(points.sums(centroids), centroids, frozen) - centroids
        centroids = centroids + movement
    return means(points.sums(centroids), centroids, frozen)


def means(sums: Sums, centroids: FloatArray, frozen: Frozen) -> FloatArray:
    """The mean of each cluster, but of an empty or frozen one its centroid."""
    moved = sums.means(otherwise=centroids)
    return moved if frozen is None else np.where(frozen[:, None], centroids, moved)


def glide(points: AnyPoints, centroids: FloatArray, tolerance: float, frozen: Frozen = None) -> FloatArray:
    """To where Lloyd's algorithm would end, in a third of its iterations, and often to a better place.

    Centroids keep momentum (Polyak, 1964). Where the error rises, or hardly falls, they stop at the best place so far
    and start anew; done when a start from rest, which is a plain Lloyd iteration, lowers the error by no more than
    `tolerance` of it.
    """
    at_rest = np.zeros_like(centroids)
    movement, best, last = at_rest, centroids, np.inf
    best_sums = points.sums(best)
    plain = False  # whether the iteration before started from rest
    sums = best_sums
    while True:
        if sums.inertia < best_sums.inertia:
            best, best_sums = centroids, sums
        if last - sums.inertia <= tolerance * sums.inertia:
            if plain:
                return best
            centroids, sums, movement = best, best_sums, at_rest
        last, plain = sums.inertia, movement is at_rest
        movement = GLIDE * movement + means(sums, centroids, frozen) - centroids
        centroids = centroids + movement
        sums = points.sums(centroids)


def predicted_gains(points: GridPoints, state: State) -> tuple[FloatArray, FloatArray]:
    """By how much splitting each cluster lowers the error (k,), and the offset (k, d) of its halves from its mean."""
    k, d = state.centroids.shape
    weights = np.ascontiguousarray(state.sums.weights)
    totals = np.zeros((k, 4), np.int64)
    totals[:, :d] = state.sums.totals
    axes, spreads = np.empty((k, 4)), np.empty((k, 2))
    boxes_kernel.principal_axes(weights, totals, points.moments(state.labels, k), axes, spreads)
    halves = axes[:, :d] * (SPLIT_SHIFT * np.sqrt(spreads[:, :1]) / points.scale)
    return SPLIT_GAIN * weights * spreads[:, 0], halves


def predicted_costs(points: GridPoints, state: State, experience: Experience) -> tuple[FloatArray, Int32Array]:
    """What the cheapest merge of each cluster costs (k,), and with which one it would be (k,)."""
    k = len(state.centroids)
    costs, partners = np.empty(k), np.empty(k, np.int32)
    merges_kernel.cheapest_merges(
        np.ascontiguousarray(state.sums.weights),
        state.centroids * points.scale,
        experience.costs,
        costs,
        partners,
    )
    return costs, partners


def choose_moves(gains: FloatArray, costs: FloatArray, partners: Int32Array, most: int) -> list[Move]:
    """The cheapest merges, each with the best split left; no cluster takes part in two moves."""
    order = np.argsort(-gains, kind="stable")
    splits = order[gains[order] > 0].tolist()
    partner = partners.tolist()
    used: set[int] = set()
    moves: list[Move] = []
    best = 0  # all splits before it are used
    for keeps in np.argsort(costs, kind="stable").tolist():
        frees = partner[keeps]
        if len(moves) == most:
            break
        if keeps in used or frees in used or frees < 0:
            continue
        while best < len(splits) and splits[best] in used:
            best += 1
        left = (one for one in splits[best : best + len(used) + 3] if one not in used and one not in (keeps, frees))
        split = next(left, None)
        if split is None:
            break
        used.update((keeps, frees, split))
        moves.append(Move(keeps, frees, split))
    return moves


def apply(state: State, moves: list[Move], halves: FloatArray) -> FloatArray:
    """The centroids after all moves."""
    old, weights = state.centroids, state.sums.weights
    keeps, frees, splits = (list(clusters) for clusters in zip(*moves, strict=True))
    centroids = old.copy()
    a, b = weights[keeps, None].astype(np.float64), weights[frees, None].astype(np.float64)
    merged = (old[keeps] * a + old[frees] * b) / np.maximum(a + b, 1.0)
    centroids[keeps] = np.where(a + b > 0, merged, old[keeps])
    centroids[frees] = old[splits] + halves[splits]
    centroids[splits] = old[splits] - halves[splits]
    return centroids


def keep_what_paid(state: State, tried: State, splits: list[Move], merges: list[Move], paid: int) -> FloatArray:
    """The tried centroids, but with only the `paid` best splits and cheapest merges; the rest is undone."""
    centroids = tried.centroids.copy()
    second_halves = [tried.centroids[move.frees] for move in splits[:paid]]
    for move in splits[paid:]:
        centroids[move.splits] = state.centroids[move.splits]
    for move in merges[paid:]:
        centroids[move.keeps] = state.centroids[move.keeps]
        centroids[move.frees] = state.centroids[move.frees]
    for move, half in zip(merges[:paid], second_halves, strict=True):
        centroids[move.frees] = half
    return centroids


def learn(
    experience: Experience,
    state: State,
    change: Integers,
    gains: FloatArray,
    splits: list[Move],
    merges: list[Move],
    kept: int,
) -> None:
    """Notes how wrong the predictions of moves that were undone were, and forgets what is about changed clusters."""
    undone = [move.splits for move in splits[kept:]]
    measured = -change[undone].astype(np.float64) / np.maximum(gains[undone], 1.0)
    experience.gains[undone] *= 0.9 * np.clip(measured, 0.2, 1.0)
    pair = [move.keeps for move in merges[kept:]], [move.frees for move in merges[kept:]]
    a, b = (state.sums.weights[clusters].astype(np.float64) for clusters in pair)
    difference = (state.centroids[pair[0]] - state.centroids[pair[1]]) * state.sums.scale
    predicted = a * b / np.maximum(a + b, 1.0) * np.add.reduce(difference * difference, axis=1)
    measured = (change[pair[0]] + change[pair[1]]).astype(np.float64) / np.maximum(predicted, 1.0)
    experience.costs[pair] *= np.clip(measured, 1.1, 5.0)
    experience.costs[pair[::-1]] = experience.costs[pair]
    experience.forget([move.splits for move in splits[:kept]])
    experience.forget([one for move in merges[:kept] for one in (move.keeps, move.frees)])
