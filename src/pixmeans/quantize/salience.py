"""Small vivid colors: what a person would miss first, and k-means gives up first.

A pixel is small and salient if few others have nearly its color, though more than noise would make; if it is vivid; and
if its neighbors are of that kind too. The fish in the dark water, the one red umbrella, the button of a screenshot.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import isqrt
from typing import Any

import numpy as np
import numpy.typing as npt

from ..arrays import Bools, Grid, IntArray, UInt8Array, is_among
from ..color.cells import OKLAB, Cells
from ..color.histogram import Histogram, count_colors, morton_codes
from ..kernels import salience as kernel
from ..records import dataclass
from .remap import remap

# A pixel is small and salient if
# - at least 1 of RAREST and at most 1 of COMMONEST pixels lie within RADIUS of it in OKLab,
# - its chroma is at least CHROMA,
# - and NEIGHBORS pixels of its 3 x 3 neighborhood, itself counted, are like this too.
RAREST, COMMONEST = 5000, 100
RADIUS = 0.10
CHROMA = 0.08
NEIGHBORS = 5
# A color survives if it moves less than this in OKLab: it still is "the orange".
KEPT_DISTANCE = 0.08
# Groups below 1 of so many pixels do not count.
SMALLEST_GROUP = 20_000
# Of so many cubes, the heaviest, one is to be the middle of a group.
CENTERS = 128
# Cubes that a kernel sorts colors into (see there).
CUBES = 65 * 34 * 34
# Rows whose neighborhoods are looked at at a time.
BAND = 256


def squared_grid(distance: float) -> int:
    """The square of a distance in OKLab, in grid steps, rounded down: whole squared distances compare with it."""
    return int((distance * OKLAB.scale) ** 2)


def salient(pixels: UInt8Array) -> Bools:
    """Which pixels are small and salient.

    pixels: (h, w, 3 or 4) uint8; of pictures with alpha only what is opaque is looked at, and counts as the picture.
    Returns (h, w) bool.
    """
    return _coherent(pixels, rare)


def salient_quickly(pixels: UInt8Array, cells: Cells | None = None) -> Bools:
    """`salient` with distances between cubes of colors: in a tenth of the time, and other where it is a close call.

    cells: of a picture without alpha, if they are known.
    """
    if pixels.shape[2] == 4:
        return _coherent(pixels, _rare_quickly)
    cells = cells or Cells.of(count_colors(pixels))
    red, green, blue = (cells.colors[rare_cells(cells)] >> 2).astype(np.int64).T
    if len(red) == 0:
        return np.zeros(pixels.shape[:2], np.bool_)
    table = np.zeros(1 << 18, np.uint8)
    table[(red << 12) + (green << 6) + blue] = 1
    found = np.empty(pixels.shape[:2], np.uint8)
    kernel.look_up(np.ascontiguousarray(pixels).reshape(-1, 3), table, found.reshape(-1))
    return coherent(found.view(np.bool_))


def _coherent(pixels: UInt8Array, which: Callable[[Histogram], Bools]) -> Bools:
    """The pixels whose color is among `which` of those of the opaque pixels, and that are `coherent`."""
    if pixels.shape[2] == 3:
        histogram = count_colors(pixels)
        return coherent(remap(pixels, histogram, which(histogram).astype(np.int32), 2).view(np.bool_))
    found = pixels[..., 3] == 255
    colors = pixels[found][:, :3]
    if len(colors):
        histogram = count_colors(colors)
        found[found] = is_among(morton_codes(colors), histogram.codes[which(histogram)])
    return coherent(found)


def rare(histogram: Histogram) -> Bools:
    """(n,) the colors (n, 3) that are vivid, and that neither too few nor too many pixels nearly have."""
    grid, weights = OKLAB.to_grid(histogram.colors), histogram.weights
    n, total = len(grid), histogram.total
    order, starts, ends = np.empty(n, np.int32), np.empty(CUBES + 1, np.int32), np.empty(CUBES + 1, np.int64)
    found = np.empty(n, np.uint8)
    asked, square = _vivid(grid).view(np.uint8), squared_grid(RADIUS)
    kernel.rarity(grid, weights, asked, square, -(-total // RAREST), total // COMMONEST, order, starts, ends, found)
    return found.view(np.bool_)


def _rare_quickly(histogram: Histogram) -> Bools:
    """(n,) the colors (n, 3) whose cell is rare."""
    cells = Cells.of(histogram)
    return rare_cells(cells)[np.searchsorted(cells.codes, histogram.codes & ~np.uint32(63))]


def rare_cells(cells: Cells) -> Bools:
    """(m,) the cells whose cube of OKLab (1/64 a side) is that far from few enough others."""
    total = int(cells.weights.sum())
    asked, found = _vivid(cells.grid).view(np.uint8), np.empty(len(cells.grid), np.uint8)
    sums, states = np.empty((65 * 34, 50), np.int64), np.empty(CUBES, np.uint8)
    square = squared_grid(RADIUS)
    kernel.rare_cubes(
        cells.grid, cells.weights, asked, square, -(-total // RAREST), total // COMMONEST, sums, states, found
    )
    return found.view(np.bool_)


def _vivid(grid: Grid) -> Bools:
    wide = grid.astype(np.int32)
    vivid: Bools = wide[:, 1] * wide[:, 1] + wide[:, 2] * wide[:, 2] > squared_grid(CHROMA)
    return vivid


def coherent(found: Bools) -> Bools:
    """Of these pixels (h, w) those with enough others of them in their 3 x 3 neighborhood, themselves counted.

    >>> coherent(np.array([[1, 1, 0], [1, 1, 1], [0, 0, 0]], bool)).astype(int)
    array([[0, 1, 0],
           [0, 1, 0],
           [0, 0, 0]])
    """
    kept = np.empty_like(found)
    for top in range(0, len(found), BAND):
        band = found[top : top + BAND]
        first = max(top - 1, 0)
        framed = np.pad(found[first : top + BAND + 1].view(np.uint8), 1)[top - first :][: len(band) + 2]
        rows = framed[:-2] + framed[1:-1] + framed[2:]
        around = rows[:, :-2] + rows[:, 1:-1] + rows[:, 2:]
        kept[top : top + BAND] = band & (around >= NEIGHBORS)
    return kept


@dataclass(frozen=True, eq=False)
class Cubes:
    """Colors by cubes of 1/64 a side of OKLab.

    of: (n,) the cube of each color. centers: (m, 3) one color of each: the best place for a palette entry need not be
    exactly on a color.
    """

    of: IntArray
    centers: Grid

    @classmethod
    def holding(cls, grid: Grid) -> Cubes:
        """The cubes that hold colors (n, 3)."""
        cubes = (grid >> np.int16(8)).astype(np.int64)
        _, first, of = np.unique(
            (cubes[:, 0] << 16) + (cubes[:, 1] << 8) + cubes[:, 2], return_index=True, return_inverse=True
        )
        return cls(of.ravel(), np.ascontiguousarray(grid[first]))


def groups(grid: Grid, weights: IntArray, least: int, most: int, cubes: Cubes | None = None) -> Iterator[Bools]:
    """The heaviest sets of colors that one palette entry each could keep, heaviest first, each color in one at most.

    grid: (n, 3) OKLab on its grid. weights: (n,), those of colors that need no keeping are 0. least: the weight of a
    set worth having. most: how many sets. cubes: of the colors, if they are known. Yields masks (n,).
    """
    cubes = cubes or Cubes.holding(grid)
    left = weights.copy()
    square = squared_grid(KEPT_DISTANCE)
    for _ in range(most):
        if not left.any():
            return
        heavy = np.zeros(len(cubes.centers), np.int64)
        np.add.at(heavy, cubes.of, left)
        some = np.flatnonzero(heavy)
        candidates = some[np.argsort(-heavy[some], kind="stable")[:CENTERS]]
        totals = np.empty(len(candidates), np.int64)
        kernel.cover(cubes.centers[some], heavy[some], cubes.centers[candidates], square, totals)
        center = cubes.centers[candidates[int(totals.argmax())]]
        near = (left > 0) & (squared_distances(grid, center) <= square)
        if int(left[near].sum()) < least:
            return
        yield near
        left[near] = 0


def squared_distances(grid: npt.NDArray[np.integer[Any]], others: npt.NDArray[np.integer[Any]]) -> IntArray:
    """(n,) between colors (n, 3) and others (n, 3) or another (3,), in squared grid steps."""
    difference = grid[:, :3].astype(np.int64) - others[..., :3]
    total: IntArray = np.add.reduce(difference * difference, axis=1)
    return total


@dataclass(frozen=True)
class LostColor:
    """A small salient color that a palette does not have.

    color: 8-bit sRGB, the mean of the pixels that lose it. share: of the picture that these pixels are.
    distance: how far they move in the mean, 100 times the distance in OKLab.
    at: (x, y) of one such pixel in the midst of the others. box: (left, top, width, height) around them all.
    """

    color: tuple[int, int, int]
    share: float
    distance: float
    at: tuple[int, int]
    box: tuple[int, int, int, int]

    @property
    def hex(self) -> str:
        """The color as #rrggbb."""
        return "#{:02x}{:02x}{:02x}".format(*self.color)


def lost_colors(pixels: UInt8Array, palette: UInt8Array, *, most: int = 8) -> list[LostColor]:
    """The small salient colors of a picture whose nearest palette entry is another color; most pixels first.

    pixels: (h, w, 3 or 4) uint8. palette: (k, 3 or 4) uint8, compared as opaque colors. most: how many to name.
    What is salient is decided quickly, as for protection; in a close call `salient` may say otherwise.
    """
    rows_y, rows_x = np.nonzero(salient_quickly(pixels))
    if len(rows_y) == 0:
        return []
    colors = np.ascontiguousarray(pixels[rows_y, rows_x, :3])
    histogram = count_colors(colors)
    grid = OKLAB.to_grid(histogram.colors)
    distances = np.full(len(grid), np.iinfo(np.int64).max)
    for entry in OKLAB.to_grid(np.ascontiguousarray(palette[:, :3])):
        distances = np.minimum(distances, squared_distances(grid, entry))
    lost = distances > squared_grid(KEPT_DISTANCE)
    total = pixels.shape[0] * pixels.shape[1]
    found = []
    codes = morton_codes(colors)
    weights = np.where(lost, histogram.weights, 0)
    for group in groups(grid, weights, max(1, total // SMALLEST_GROUP), most):
        here = is_among(codes, histogram.codes[group])
        x, y = rows_x[here], rows_y[here]
        middle = np.abs(x - np.sort(x)[len(x) // 2]) + np.abs(y - np.sort(y)[len(y) // 2])
        one = int(middle.argmin())
        some, heavy = grid[group].astype(np.int64), weights[group]
        mean = np.add.reduce(some * heavy[:, None], axis=0) / heavy.sum() / OKLAB.scale
        red, green, blue = OKLAB.colors(mean[None])[0].tolist()
        moved = [
            heavy_one * isqrt(int(square)) for heavy_one, square in zip(heavy.tolist(), distances[group], strict=True)
        ]
        found.append(
            LostColor(
                color=(red, green, blue),
                share=int(heavy.sum()) / total,
                distance=100 * sum(moved) / int(heavy.sum()) / OKLAB.scale,
                at=(int(x[one]), int(y[one])),
                box=(int(x.min()), int(y.min()), int(x.max() - x.min() + 1), int(y.max() - y.min() + 1)),
            )
        )
    return found
