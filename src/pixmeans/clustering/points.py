"""Weighted points that know which of some centroids each is nearest to.

Two kinds, one manner: `Points` of any dimension in float64, and `GridPoints`, colors on a grid of whole numbers,
which an octree assigns many times faster and exactly.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from ..arrays import FloatArray, Int16Array, Int32Array, IntArray, Labels
from ..kernels import boxes as boxes_kernel
from ..kernels import cells as cells_kernel
from ..kernels import lloyd as plain_kernel
from ..kernels import means as means_kernel
from ..kernels import merges as merges_kernel
from ..kernels import octree as kernel
from ..parallel import each, thread_count
from ..records import dataclass

Integers = npt.NDArray[Any]  # of int64, or of Python integers where these would overflow

# Points a thread should have at least: below, handing out the work costs more than it saves.
THREAD_SHARE = 60_000
# Points of a chunk whose float sums are added in order, whoever computed them.
CHUNK = 16_384

# Neighbors that are known of each centroid at most, and points that there must be for each centroid for that to pay.
MOST_NEIGHBORS = 256
LEAST_POINTS = 4

# While the weights add up to no more than this, weighted sums of squared coordinates or distances (below 2**31) fit
# int64. Beyond, weights are taken apart into digits and the sums put together from theirs.
EXACT_WEIGHT = 2**32
# The most that weights may add up to: weighted sums of coordinates, doubled for rounding, must fit int64. It is what
# seventeen million pictures of a megapixel weigh.
MOST_WEIGHT = 2**44


@dataclass(frozen=True, eq=False)
class Sums:
    """What an assignment leaves behind: enough to move every centroid to the mean of its points.

    weights: (k,) the weight of each cluster; 0 where it is empty.
    totals: (k, d) the weighted sums of its points, in units of `1 / scale`.
    error: tells the inertia, which most who want means do not ask for.
    scale: grid steps per unit, and means are rounded to the grid; 0 when there is no grid.
    """

    weights: npt.NDArray[Any]
    totals: npt.NDArray[Any]
    error: Callable[[], float]
    scale: int = 0

    @cached_property
    def inertia(self) -> float:
        """The weighted sum of squared distances to the centroids."""
        return self.error()

    def means(self, otherwise: FloatArray, grid: int = 1) -> FloatArray:
        """The mean of each cluster, (k, d); where a cluster is empty, the row of `otherwise`.

        grid: round means to multiples of this many grid steps. Of all points of a grid the one nearest to the
        mean serves a cluster best, so rounding here keeps k-means monotone.
        """
        if self.scale:
            found = np.empty(self.totals.shape)
            means_kernel.means(self.weights, self.totals, otherwise, self.scale, grid, found)
            return found
        full = self.weights > 0
        if bool(full.all()):
            means: FloatArray = self.totals / self.weights[:, None]
            return means
        return np.where(full[:, None], self.totals / np.where(full, self.weights, 1)[:, None], otherwise)


class Points:
    """Points of any dimension.

    values: (n, d) float64, n >= 1. weights: (n,) float64, not negative, or None for 1 each.

    It remembers the labels that it gave last, where the next search begins. They change the time that takes and nothing
    else. One Points serves one thread.
    """

    scale = 0

    def __init__(self, values: FloatArray, weights: FloatArray | None = None) -> None:
        self.values = np.ascontiguousarray(values, np.float64)
        if weights is None:
            weights = np.ones(len(self.values))
        self.weights = np.ascontiguousarray(weights, np.float64)
        self._last = np.full(len(self.values), -1, np.int32)
        self._last_k = 0

    def __len__(self) -> int:
        return len(self.values)

    def values_at(self, rows: npt.NDArray[np.intp]) -> FloatArray:
        """(m, d) some of the points."""
        return self.values[rows]

    def assign(self, centroids: FloatArray) -> tuple[Labels, Sums]:
        """Each point to its nearest centroid; of several equally near ones to the first.

        centroids: (k, d) float64.
        """
        sums = self.sums(centroids)
        return self._last.copy(), sums

    def sums(self, centroids: FloatArray) -> Sums:
        """The sums of `assign` alone."""
        centroids = np.ascontiguousarray(centroids, np.float64)
        n, d = self.values.shape
        near, gaps = neighbors(centroids, n)
        labels = self._last if self._last_k == len(centroids) else np.full(n, -1, np.int32)
        starts = range(0, n, CHUNK)
        sums = np.zeros((len(starts), len(centroids), d + 1))
        inertia = np.zeros(len(starts))

        def work(chunk: int) -> None:
            part = slice(chunk * CHUNK, (chunk + 1) * CHUNK)
            inertia[chunk] = plain_kernel.assign(
                self.values[part], self.weights[part], centroids, near, gaps, labels[part], sums[chunk]
            )

        each(work, list(range(len(starts))))
        self._last, self._last_k = labels, len(centroids)
        total = np.zeros_like(sums[0])
        for chunk_sums in sums:
            total += chunk_sums
        return Sums(total[:, 0], total[:, 1:], lambda: float(sum(inertia.tolist())))


def neighbors(centroids: FloatArray, n: int) -> tuple[Int32Array, FloatArray]:
    """For each centroid the nearest others (k, m), nearest first, and their squared distances (k, m).

    n: the points that they are for; where these are too few for the lists to pay, m is 0.
    """
    k = len(centroids)
    if n < LEAST_POINTS * k or k < 2:
        return np.empty((k, 0), np.int32), np.empty((k, 0))
    m = min(k - 1, MOST_NEIGHBORS)
    near, gaps = np.empty((k, m), np.int32), np.empty((k, m))
    for first in range(0, k, MOST_NEIGHBORS):
        some = np.arange(first, min(k, first + MOST_NEIGHBORS))
        squares = np.empty((len(some), k))
        plain_kernel.squares(centroids[some], centroids, squares)
        squares[np.arange(len(some)), some] = -1.0  # itself: first, and left out
        order = np.argsort(squares, axis=1, kind="stable")[:, 1 : m + 1]
        near[some] = order
        gaps[some] = np.take_along_axis(squares, order, axis=1)
    return near, gaps


class GridPoints:
    """Colors as points on a grid: up to four whole-number coordinates, under an octree.

    codes: (n,) uint32 Morton codes of the colors, ascending; bits: channels that were interleaved in them.
    coordinates: (n, d <= 4) int16, the coordinates in grid steps; any two points differ by less than 2**15 in each, and
        their squared distance is below 2**31.
    weights: (n,) int64, at least 1, together at most 2**44. Sums, inertia, errors and moments are exact up to there.
    scale: grid steps per unit, a power of two. Centroids are given and returned in units, and live on the grid.

    It remembers the labels that it gave last: few change from one iteration to the next. They change the time that an
    assignment takes and nothing else. One GridPoints serves one thread.
    Raises ValueError if the weights are too large.
    """

    def __init__(
        self,
        codes: npt.NDArray[np.uint32],
        bits: int,
        coordinates: Int16Array,
        weights: IntArray,
        scale: int,
    ) -> None:
        self.codes = codes
        self.bits = bits
        self.dimensions = coordinates.shape[1]
        self.coordinates = _four(coordinates)
        self.weights = np.ascontiguousarray(weights, np.int64)
        self.scale = scale
        together = float(self.weights.sum(dtype=np.float64))  # cannot overflow
        if not together <= MOST_WEIGHT:
            raise ValueError(f"weights must add up to at most 2**44, got {together:.6g}")
        nodes = kernel.count_nodes(codes, bits)
        self._pairs = np.empty((2, len(coordinates) + 16), np.int32)
        self._ranges = np.empty((3, nodes), np.int32)
        self._boxes = np.empty((nodes, 6), np.int32)
        self._node_sums = np.empty((nodes, 5), np.int64)
        squares = kernel.build(
            codes, bits, self.coordinates, self.weights, self._pairs, self._ranges, self._boxes, self._node_sums
        )
        self._squares = squares % (1 << 64)
        self._heavy = bool(self.weights.max() >= 2**31)
        self._exact = int(self._node_sums[0, 0]) <= EXACT_WEIGHT
        self._is_merged = False
        self._cells: GridPoints | None = None
        self._forget()

    def _forget(self) -> None:
        """Begins without what was assigned last: its sums, and whose the points are (see `octree.assign`)."""
        self._sums = np.zeros((0, 5), np.int64)
        self._labels = np.zeros(len(self) + 16, np.uint16)
        self._owners = np.full(self._ranges.shape[1], -1, np.int32)

    def __len__(self) -> int:
        return len(self.coordinates)

    @property
    def values(self) -> FloatArray:
        """(n, d) the points in units."""
        return self.coordinates[:, : self.dimensions] / self.scale

    def values_at(self, rows: npt.NDArray[np.intp]) -> FloatArray:
        """(m, d) some of the points, in units."""
        return self.coordinates[rows, : self.dimensions] / self.scale

    @cached_property
    def _subtrees(self) -> Int32Array:
        """Nodes that part the tree into a few dozen pieces for threads; of few points the root alone."""
        starts, ends, after = self._ranges
        if len(self) < THREAD_SHARE:
            return np.zeros(1, np.int32)
        subtrees, open_nodes = [], [0]
        while open_nodes:
            node = open_nodes.pop()
            if ends[node] - starts[node] > len(self) // 32 and after[node] > node + 1:
                child = node + 1
                while child < after[node]:
                    open_nodes.append(child)
                    child = int(after[child])
            else:
                subtrees.append(node)
        return np.array(subtrees, np.int32)

    @cached_property
    def _digits(self) -> list[tuple[int, IntArray]]:
        """Shifts s, and digits (n,) for each, such that weights = sum of digits * 2**s.

        Together the digits of a shift are at most 2**31, so that their sums of squares fit int64.
        """
        if self._exact:
            return [(0, self.weights)]
        bits = max(1, 31 - len(self).bit_length())
        shifts = range(0, int(self.weights.max()).bit_length(), bits)
        return [(shift, (self.weights >> shift) & ((1 << bits) - 1)) for shift in shifts]

    @cached_property
    def _all_squares(self) -> int:
        """The weighted sum of squared coordinates, in squared grid steps."""
        wide = self.coordinates.astype(np.int64)
        squares = np.add.reduce(wide * wide, axis=1)
        return sum(int((digits * squares).sum()) << shift for shift, digits in self._digits)

    def _assign(self, centroids: FloatArray) -> Sums:
        coordinates = self._grid(centroids)
        k = len(coordinates)
        threads = 1 if len(self) < THREAD_SHARE else min(thread_count(), 1 + len(self) // THREAD_SHARE)
        subtrees = self._subtrees
        parts = [subtrees] if threads == 1 else [subtrees[i::threads].copy() for i in range(threads)]
        fresh = k != len(self._sums)
        sums = np.zeros((k, 5), np.int64) if fresh else self._sums
        self._sums = np.zeros((0, 5), np.int64)  # where this is interrupted, the next one starts afresh

        def work(nodes: Int32Array) -> IntArray:
            changes = np.zeros((k, 5), np.int64)
            kernel.assign(
                self._pairs,
                self.weights,
                self._heavy,
                self._ranges,
                self._boxes,
                self._node_sums,
                nodes,
                coordinates,
                fresh,
                self._labels,
                self._owners,
                changes,
            )
            return changes

        for changes in each(work, parts):
            sums = sums + changes
        self._sums = sums
        weights, totals = sums[:, 0], sums[:, 1:]

        def error() -> float:
            if self._exact:
                return means_kernel.inertia(sums, coordinates, self._squares) / self.scale**2
            wide = coordinates.astype(np.object_)  # Python's integers, where 64 bits are too few
            gain = np.add.reduce(np.add.reduce(wide * (2 * totals - wide * weights[:, None]), axis=1))
            return int(self._all_squares - gain) / self.scale**2

        return Sums(weights, totals[:, : self.dimensions], error, self.scale)

    def assign(self, centroids: FloatArray) -> tuple[Labels, Sums]:
        """Each point to its nearest centroid; of several equally near ones to the first.

        centroids: (k, d) float64, in units; rounded to the grid.
        """
        sums = self._assign(centroids)
        labels = np.empty(len(self), np.int32)
        kernel.spread_labels(self._ranges, self._owners, self._labels, labels)
        return labels, sums

    def sums(self, centroids: FloatArray) -> Sums:
        """The sums of `assign` alone, which are quicker to have."""
        return self._assign(centroids)

    def moments(self, labels: Labels, k: int) -> FloatArray:
        """(k, 10) the weighted sums of products of two coordinates over each cluster: 00 01 02 03 11 12 13 22 23 33.

        labels: (n,) below k. In squared grid steps; exact sums, rounded once to float64.
        """

        def moments(weights: IntArray) -> IntArray:
            sums = np.zeros((k, 10), np.int64)
            boxes_kernel.second_moments(self.coordinates, weights, labels, sums)
            return sums

        return self._put_together(moments).astype(np.float64)

    def errors(self, centroids: FloatArray, labels: Labels, groups: Labels) -> Integers:
        """(k,) the weighted squared distances of points from the centroids of their labels, group by group.

        groups: (n,) below k. In squared grid steps; int64, or Python integers where these would overflow.
        """
        on_grid = self._grid(centroids)

        def errors(weights: IntArray) -> IntArray:
            sums = np.zeros(len(centroids), np.int64)
            merges_kernel.errors_by_group(self.coordinates, weights, on_grid, labels, groups, sums)
            return sums

        return self._put_together(errors)

    def _put_together(self, sums: Callable[[IntArray], IntArray]) -> Integers:
        """Sums that are linear in the weights, from those of their digits."""
        if self._exact:
            return sums(self.weights)
        parts = [sums(digits).astype(np.object_) * (1 << shift) for shift, digits in self._digits]
        return np.add.reduce(parts, axis=0)

    def _grid(self, centroids: FloatArray) -> Int16Array:
        """(k, 4) centroids in grid steps."""
        found = np.empty((len(centroids), 4), np.int16)
        means_kernel.places(centroids, self.scale, found)
        return found

    @property
    def cells(self) -> GridPoints:
        """The means of cubes of 4 x 4 x 4 colors, with their weights: fewer points to search among.

        On photos they are a fifth of the points, and leave under 0.1 % of error to be found later. Means that were
        merged before are cells already.
        """
        if self._is_merged:
            return self
        if self._cells is None:
            self._cells = self._merged(2 * self.bits)
        return self._cells

    @cached_property
    def wide_cells(self) -> GridPoints:
        """The means of cubes of 8 x 8 x 8 colors, with their weights."""
        return self.cells._merged(self.bits)

    def few(self, most: int) -> GridPoints:
        """The means of the smallest boxes of colors of which there are at most so many (at least 1).

        Boxes are cubes, some of them halved along one or two coordinates. Where there are no more points than that, the
        points themselves.
        """
        found, halvings = self, 0
        while len(found) > most:
            halvings += 1
            found = self._merged(halvings)
        return found

    def _merged(self, halvings: int) -> GridPoints:
        """The means of boxes that are so many halvings larger than a color, with their weights."""
        codes = np.empty(len(self), np.uint32)
        coordinates = np.empty((len(self), 4), np.int16)
        weights = np.empty(len(self), np.int64)
        found = cells_kernel.cell_means(
            self.codes, halvings, self.coordinates, self.weights, codes, coordinates, weights
        )
        coordinates = coordinates[:found, : self.dimensions]
        merged = GridPoints(codes[:found].copy(), self.bits, coordinates, weights[:found].copy(), self.scale)
        merged._is_merged = True
        return merged


def halved(weights: IntArray, most: int = EXACT_WEIGHT) -> IntArray:
    """Weights (n,) halved as often as it takes for their sum to be at most `most`, a power of two; each at least 1."""
    shift = max(0, (int(weights.sum()) - 1).bit_length() - (most.bit_length() - 1))
    return np.maximum(weights >> shift, 1)


def costs(points: Points | GridPoints, centroids: FloatArray) -> FloatArray:
    """(n,) the weighted squared distance of each point from its nearest centroid."""
    labels, _ = points.assign(centroids)
    return costs_of_one(points, centroids[labels])


def costs_of_one(points: Points | GridPoints, centroids: FloatArray) -> FloatArray:
    """(n,) the weighted squared distance of each point from one centroid (d,), or from one of its own (n, d)."""
    return points.weights * squared_distances(points, centroids)


def squared_distances(points: Points | GridPoints, centroids: FloatArray) -> FloatArray:
    """(n,) the squared distance of each point from one centroid (d,), or from one of its own (n, d)."""
    difference = points.values - centroids
    total: FloatArray = np.add.reduce(difference * difference, axis=1)
    return total


def _four(coordinates: Int16Array | FloatArray) -> Int16Array:
    """The same coordinates, whole numbers, with zeros behind them, (n, 4)."""
    four = np.zeros((len(coordinates), 4), np.int16)
    four[:, : coordinates.shape[1]] = coordinates
    return four
