"""Colors merged into cells of neighboring ones: few enough to try many palettes on.

A cell is a cube of 2**s colors a side. In Morton order its colors are neighbors: consecutive rows of the histogram.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ..arrays import FloatArray, Grid, IntArray, Labels, UInt8Array
from ..clustering.points import GridPoints
from ..kernels import salience as kernel
from ..records import dataclass
from .histogram import Histogram
from .spaces import SPACES, Space

Codes = npt.NDArray[np.uint32]

OKLAB = SPACES["oklab"]

# Near black a step of sRGB is a long way in OKLab, so cells can be finer there: 2**s a side where the largest channel
# is below a limit, in pairs of (limit, s). Measured on `clownfish` of cq100, whose water is nearly black: with cells of
# 8 a side everywhere a rise of 5.8 % in mean OKLab distance is measured as a fall of 6.8 %, with these as what it is.
FINE_BELOW = ((16, 0), (32, 1), (64, 2))


@dataclass(frozen=True, eq=False)
class Cells:
    """Cells with their mean colors.

    codes: (m,) uint32, the Morton code of each cell's lowest color, ascending.
    bits: how many channels are interleaved in the codes, 3 or 4.
    colors: (m, 3) uint8, the mean color of each cell in sRGB.
    grid: (m, 3 or 4) int16, the mean color in OKLab, in grid steps.
    weights: (m,) int64, the number of pixels.
    points: (m, 4) int16, the mean of the colors' grid points in the space of k-means; (0, 4) if there are none.
    point_weights: (m,) int64, the sum of the points' weights, which need not be pixels; (0,) if there are no points.
    fine: whether cells are smaller near black (see `FINE_BELOW`).
    """

    codes: Codes
    bits: int
    colors: UInt8Array
    grid: Grid
    weights: IntArray
    points: Grid
    point_weights: IntArray
    fine: bool

    @classmethod
    def of(cls, histogram: Histogram, points: GridPoints | None = None, *, in_oklab: bool = False) -> Cells:
        """Cells of 4 x 4 x 4 (x 4) colors.

        points: the colors of the histogram as points, in its order; None if cells need none. in_oklab: whether these
        points are in OKLab and not premultiplied; cells are then finer near black, and `grid` is the mean of points.
        """
        bits = histogram.colors.shape[1]
        grid = np.empty((0, 4), np.int16) if points is None else points.coordinates
        point_weights = np.empty(0, np.int64) if points is None else points.weights
        return _merged(histogram.codes, bits, 2, histogram.colors, histogram.weights, grid, point_weights, in_oklab)

    def coarser(self) -> Cells:
        """Cells of 8 x 8 x 8 (x 8) colors, merged from these: their means are means of rounded means."""
        return _merged(self.codes, self.bits, 3, self.colors, self.weights, self.points, self.point_weights, self.fine)


def _merged(
    codes: Codes,
    bits: int,
    log2_side: int,
    colors: UInt8Array,
    weights: IntArray,
    points: Grid,
    point_weights: IntArray,
    fine: bool,
) -> Cells:
    """Cells of 2**log2_side a side; the other arguments as the fields of `Cells`, for colors or smaller cells."""
    shifts = np.full(9, log2_side * bits, np.int32)  # by the number of bits of the largest channel
    if fine:
        for limit, small in reversed(FINE_BELOW):
            shifts[: limit.bit_length()] = min(small, log2_side) * bits
    n, known = len(codes), len(points)
    lowest, pixels, sums = np.empty(n, np.uint32), np.empty(n, np.int64), np.empty(known, np.int64)
    means, middles = np.empty((n, 3), np.uint8), np.empty((known, 4), np.int16)
    m = kernel.merge_cells(
        codes, bits, shifts, colors, weights, points, point_weights, lowest, means, pixels, middles, sums
    )
    means, middles = means[:m].copy(), middles[:m].copy()
    grid = middles if fine else OKLAB.to_grid(means)
    return Cells(lowest[:m].copy(), bits, means, grid, pixels[:m].copy(), middles, sums[:m].copy(), fine)


@dataclass(frozen=True, eq=False)
class View:
    """The colors of a picture, or cells of them, as they are measured: n colors.

    points: (n,) the colors in the space of k-means, with the weights that k-means gives them.
    colors: (n, 3) uint8 in sRGB.
    grid: (n, 3 or 4) int16, the colors in OKLab, in grid steps.
    weights: (n,) int64, the number of pixels; the points' weights may be others.
    """

    points: GridPoints
    colors: UInt8Array
    grid: Grid
    weights: IntArray

    @classmethod
    def of_all(cls, histogram: Histogram, points: GridPoints, grid: Grid | None) -> View:
        """All colors of a histogram. points: the same colors. grid: the same in OKLab, or None if it is not known."""
        colors = np.ascontiguousarray(histogram.colors[:, :3])
        return cls(points, colors, OKLAB.to_grid(colors) if grid is None else grid, histogram.weights)

    @classmethod
    def of_cells(cls, cells: Cells, points: GridPoints) -> View:
        """All cells. points: the same cells as points."""
        return cls(points, cells.colors, cells.grid, cells.weights)

    def errors(self, space: Space, centroids: FloatArray) -> tuple[int, int]:
        """The errors of a palette, summed over all pixels: squared distances in sRGB, and distances in OKLab.

        space: of the points. centroids: (k, d) float64, in its units; they are rounded to 8-bit colors first. The first
        sum is in squared steps of 8 bits, the second in grid steps. Cells are taken to have one color, their mean.
        """
        palette = space.colors(centroids)
        labels, _ = self.points.assign(space.palette_points(palette))
        return self.tally(labels, np.ascontiguousarray(palette[:, :3]))

    def tally(self, labels: Labels, palette: UInt8Array) -> tuple[int, int]:
        """The same sums for a palette (k, 3) uint8 and the entry (n,) int32 of each color, if these are known."""
        totals = np.empty(2, np.int64)
        kernel.tally(self.colors, self.grid, self.weights, labels, palette, OKLAB.to_grid(palette), totals)
        squares, lengths = totals.tolist()
        return squares, lengths


def views(histogram: Histogram, cells: Cells, points: GridPoints, near_least: int, far_least: int) -> tuple[View, View]:
    """Two views of a picture: a fine one to measure palettes with, and a coarse one to search for them with.

    histogram: the colors. cells, points: the same as cells of 4 and as points. "Few" are fewer cells of 4 than
    near_least, or fewer cells of 8 than far_least.

    | cells                         | measure on  | search on   |
    |-------------------------------|-------------|-------------|
    | of 4 few                      | all colors  | all colors  |
    | fine near black, of 8 few     | all colors  | cells of 4  |
    | fine near black, of 8 enough  | all colors  | cells of 8  |
    | alike, of 8 few               | cells of 4  | cells of 4  |
    | alike, of 8 enough            | cells of 4  | cells of 8  |

    Cells that are fine near black were made from points in OKLab: no color must be converted to measure all of them.
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
    """Cells as points, in the space of the points that they were made from."""
    return GridPoints(cells.codes, cells.bits, cells.points[:, : points.dimensions], cells.point_weights, points.scale)
