"""Colors merged into cells of neighbouring ones: few enough to try many things on.

In Morton order the colors of a cube of 2**s a side are neighbours: a cell is a run of rows.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..clustering.points import FloatArray, GridPoints
from ..kernels import salience as kernel
from .histogram import Histogram
from .spaces import SPACES, Space

UInt8Array = npt.NDArray[np.uint8]
IntArray = npt.NDArray[np.int64]
Codes = npt.NDArray[np.uint32]
Grid = npt.NDArray[np.int16]

OKLAB = SPACES["oklab"]

# Near black a step of sRGB is a long way in OKLab. So cells can be finer there: one color where all channels are below
# 16, and 2 and 4 a side below 32 and 64. Measured on `clownfish` of cq100, whose water is nearly black: with cells of
# 8 everywhere a rise of 5.8 % in mean OKLab distance looks like a fall of 6.8 %, with these it is seen as it is.
FINE_BELOW = ((16, 0), (32, 1), (64, 2))


@dataclass(frozen=True, eq=False)
class Cells:
    """Cells with their mean colors.

    codes: (m,) uint32 Morton codes of the cells' lowest colors, ascending; bits: channels that are interleaved in them.
    colors: (m, 3) uint8, the mean color of each. steps: (m, 3 or 4) the same in OKLab. weights: (m,) int64, pixels.
    points: (m, 4) int16, the mean of the colors' grid points in some space, and worth: (m,) int64, what these weigh;
    of length 0 if nobody gave points. fine: whether cells are smaller near black.
    """

    codes: Codes
    bits: int
    colors: UInt8Array
    grid: Grid
    weights: IntArray
    points: Grid
    worth: IntArray
    fine: bool

    @classmethod
    def of(cls, histogram: Histogram, points: GridPoints | None = None, *, in_oklab: bool = False) -> Cells:
        """Cells of 4 x 4 x 4 (x 4) colors.

        points: of the histogram, in its order. in_oklab: whether they are in OKLab, not premultiplied; then cells
        are finer near black.
        """
        bits = histogram.colors.shape[1]
        grid = np.empty((0, 4), np.int16) if points is None else points.coordinates
        worth = np.empty(0, np.int64) if points is None else points.weights
        return _merged(histogram.codes, bits, 2, histogram.colors, histogram.weights, grid, worth, in_oklab)

    def coarser(self) -> Cells:
        """Cells of 8 x 8 x 8 (x 8)."""
        return _merged(self.codes, self.bits, 3, self.colors, self.weights, self.points, self.worth, self.fine)


def _merged(
    codes: Codes,
    bits: int,
    side: int,
    colors: UInt8Array,
    weights: IntArray,
    points: Grid,
    worth: IntArray,
    fine: bool,
) -> Cells:
    """Cells of 2**side a side."""
    shifts = np.full(9, side * bits, np.int32)
    if fine:
        for below, small in reversed(FINE_BELOW):
            shifts[: below.bit_length()] = min(small, side) * bits
    n, known = len(codes), len(points)
    lowest, sums, worths = np.empty(n, np.uint32), np.empty(n, np.int64), np.empty(known, np.int64)
    means, middles = np.empty((n, 3), np.uint8), np.empty((known, 4), np.int16)
    m = kernel.merge_cells(codes, bits, shifts, colors, weights, points, worth, lowest, means, sums, middles, worths)
    means, middles = means[:m].copy(), middles[:m].copy()
    grid = middles if fine else OKLAB.to_grid(means)
    return Cells(lowest[:m].copy(), bits, means, grid, sums[:m].copy(), middles, worths[:m].copy(), fine)


@dataclass(frozen=True, eq=False)
class View:
    """The colors of a picture, or cells of them, and what a palette makes of them.

    points: (n,) in a space. colors: (n, 3) uint8 in sRGB. steps: (n, 3 or 4) in OKLab. weights: (n,) pixels, which
    is not always what points weigh.
    """

    points: GridPoints
    colors: UInt8Array
    grid: Grid
    weights: IntArray

    @classmethod
    def of_all(cls, histogram: Histogram, points: GridPoints, grid: Grid | None) -> View:
        """All colors. steps: (n, 3 or 4) these in OKLab, if that is known."""
        colors = np.ascontiguousarray(histogram.colors[:, :3])
        return cls(points, colors, OKLAB.to_grid(colors) if grid is None else grid, histogram.weights)

    @classmethod
    def of_cells(cls, cells: Cells, points: GridPoints) -> View:
        """Cells. points: them as points; their weights are the only thing that cells know better."""
        return cls(points, cells.colors, cells.grid, cells.weights)

    def errors(self, space: Space, centroids: FloatArray) -> tuple[int, int]:
        """The squared error in sRGB and the distances in OKLab of the rounded palette, summed over all pixels.

        How much the colors of a cell differ from their mean is left out.
        """
        palette = space.colors(centroids)
        labels, _ = self.points.assign(space.palette_points(palette))
        return self.tally(labels, np.ascontiguousarray(palette[:, :3]))

    def tally(self, labels: npt.NDArray[np.int32], palette: UInt8Array) -> tuple[int, int]:
        """The same for labels (n,) and a palette (k, 3) that are known."""
        totals = np.empty(2, np.int64)
        kernel.tally(self.colors, self.grid, self.weights, labels, palette, OKLAB.to_grid(palette), totals)
        squares, lengths = totals.tolist()
        return squares, lengths


def views(histogram: Histogram, cells: Cells, points: GridPoints, near_least: int, far_least: int) -> tuple[View, View]:
    """A picture to measure palettes with, and one to try many on.

    cells: of the histogram and the points. The first is of all colors if their places in OKLab are known, or if there
    are fewer than near_least cells; else of the cells. The second is of coarser cells if there are far_least of
    them, or else like the first, but of the cells if there are near_least.
    """
    enough = len(cells.codes) >= near_least
    if cells.fine or not enough:
        near = View.of_all(histogram, points, points.coordinates if cells.fine else None)
    else:
        near = View.of_cells(cells, points.cells)
    if not enough:
        return near, near
    wide = cells.coarser()
    if len(wide.codes) < far_least:
        if not cells.fine:
            return near, near
        wide = cells
    return near, View.of_cells(wide, _grid_points(wide, points))


def _grid_points(cells: Cells, points: GridPoints) -> GridPoints:
    return GridPoints(cells.codes, cells.bits, cells.points[:, : points.dimensions], cells.worth, points.scale)
