"""Bins of colors that are alike: how many pixels each holds, and their exact mean.

A look at a picture for those who cannot wait for its distinct colors (`color.histogram`). A bin is a cube of 8 x 8 x 8
colors. Like histograms, bins of two parts of a picture add up to those of both.
"""

from __future__ import annotations

from functools import cache, cached_property
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from ..arrays import FloatArray, IntArray, Labels, UInt8Array, UInt16Array
from ..clustering.points import THREAD_SHARE, GridPoints
from ..kernels import bin_boxes as boxes_kernel
from ..kernels import bins as kernel
from ..parallel import each, thread_count
from ..records import dataclass
from .histogram import morton_codes
from .spaces import RGB_ALPHA

UInt32Array = npt.NDArray[np.uint32]

CUBE = 1 << 15  # bins of the opaque colors, and of a level of alpha
LEVELS = 30  # of alpha between transparent and opaque
MOST = 1 << 24  # pixels that a table can count
MOST_PIXELS = 1 << 40


@dataclass(frozen=True, eq=False)
class Bins:
    """The bins of a picture that hold a pixel, without the transparent pixels, which are none's.

    codes: (n,) uint32, ascending: the Morton code of the five high bits of red, green and blue of a bin, and its level
    of alpha above these 15 bits: 0 to 29, and 30 of what is opaque. Colors of the levels below are times alpha.
    sums: (n, 5) int64, for each its pixels, and the sums over them of alpha times red, green and blue, and of alpha.
    transparent: how many pixels are. alphas: (256,) uint8, what each alpha of a pixel is taken for; None for no alpha.
    """

    codes: UInt32Array
    sums: IntArray
    transparent: int = 0
    alphas: UInt8Array | None = None

    def __len__(self) -> int:
        return len(self.codes)

    @cached_property
    def apart(self) -> int:
        """The row of the first opaque bin."""
        return int(np.searchsorted(self.codes, LEVELS * CUBE))

    def boxes(self, k: int) -> Labels:
        """(n,) int32: the box of each bin, of at most k that Wu's cuts make (see `kernels.bin_boxes.cut_bins`).

        No box has both opaque and translucent pixels, unless k is 1.
        """
        if k < 1:
            raise ValueError(f"k must be at least 1, got {k}")
        labels = np.zeros(len(self), np.int32)
        boxes_kernel.cut_bins(self.codes, self.sums, self.apart, min(k, max(1, len(self))), labels)
        return labels

    def points(self, rows: slice) -> GridPoints:
        """The means of some bins, all opaque or all translucent, as points of `spaces.Rgb`."""
        sums = self.sums[rows]
        grid = np.rint(64 * _means(sums, self._are_opaque(rows))).astype(np.int16)
        codes = self.codes[rows]
        if self._are_opaque(rows):
            codes = (codes - np.uint32(LEVELS * CUBE)) << np.uint32(9)
        return GridPoints(codes, grid.shape[1], grid, np.ascontiguousarray(sums[:, 0]), 64)

    def means(self, rows: slice, labels: Labels, k: int) -> FloatArray:
        """(k, 3 or 4): the mean of the pixels of each label, in the units of `points`. Each label has a bin."""
        return _means(_by_label(self.sums[rows], labels, k), self._are_opaque(rows))

    def _are_opaque(self, rows: slice) -> bool:
        return rows.start >= self.apart

    def colors(self, labels: Labels, k: int) -> UInt8Array:
        """(k, 4) uint8: the mean color of the pixels of each label, with straight alpha, each rounded half up.

        A label of no bin is transparent black.
        """
        sums = _by_label(self.sums, labels, k)
        pixels, alpha = np.maximum(sums[:, :1], 1), np.maximum(sums[:, 4:], 1)
        return np.concatenate([_rounded(sums[:, 1:4], alpha), _rounded(sums[:, 4:], pixels)], axis=1).astype(np.uint8)

    def remap(self, pixels: UInt8Array, entries: UInt8Array, transparent: int = 0) -> UInt8Array:
        """(h, w) uint8: the entry of each pixel of the picture.

        pixels: as they were counted. entries: (n,) uint8, of the bins; transparent: of the transparent pixels.
        """
        _check(pixels, self.alphas)
        if entries.shape != (len(self),) or entries.dtype != np.uint8:
            raise ValueError(f"entries must be ({len(self)},) uint8, got {entries.dtype} of shape {entries.shape}")
        flat = pixels.reshape(-1, pixels.shape[2])
        indices = np.empty(len(flat), np.uint8)
        opaque = _spread(self.codes[self.apart :] - np.uint32(LEVELS * CUBE), entries[self.apart :], CUBE)
        if self.alphas is None:
            each(lambda band: kernel.map_rgb(flat[band], opaque, indices[band]), _bands(len(flat)))
        else:
            soft = _spread(self.codes[: self.apart], entries[: self.apart], LEVELS * CUBE)
            alphas = self.alphas

            def work(band: slice) -> None:
                kernel.map_rgba(flat[band], alphas, transparent, soft, opaque, indices[band])

            each(work, _bands(len(flat)))
        return indices.reshape(pixels.shape[:2])


def count_bins(pixels: UInt8Array, alpha_threshold: int | None = None) -> Bins:
    """The bins of a picture.

    pixels: (h, w, 3 or 4) uint8 with straight alpha, contiguous. alpha_threshold: pixels below it are transparent and
    all others opaque; None leaves alpha as it is.

    >>> bins = count_bins(np.full((1, 2, 3), 255, np.uint8))
    >>> len(bins), bins.sums.tolist()
    (1, [[2, 130050, 130050, 130050, 510]])
    """
    alphas = None
    if pixels.ndim == 3 and pixels.shape[2] == 4:
        alphas = np.arange(256, dtype=np.uint8)
        if alpha_threshold is not None:
            alphas = np.where(alphas < alpha_threshold, 0, 255).astype(np.uint8)
    _check(pixels, alphas)
    flat = pixels.reshape(-1, pixels.shape[2])
    bands = _bands(len(flat))
    opaque = np.zeros((len(bands), CUBE, 2), np.uint64)
    if alphas is None:
        each(lambda number: kernel.count_rgb(flat[bands[number]], opaque[number]), list(range(len(bands))))
        return Bins(*_gathered(opaque))

    def work(number: int) -> tuple[UInt32Array, IntArray]:
        part = flat[bands[number]]
        room = min(len(part), LEVELS * CUBE)
        bins, sums = np.empty(room, np.uint32), np.empty((room, 5), np.int64)
        rows = np.zeros(LEVELS * CUBE, np.uint32)  # memory that is not touched costs nothing
        found = kernel.count_rgba(part, alphas, opaque[number], rows, bins, sums)
        return _codes(bins[:found]), sums[:found].copy()

    codes, sums = _added(each(work, list(range(len(bands)))))
    more, their = _gathered(opaque)
    codes, sums = np.concatenate([codes, more]), np.concatenate([sums, their])
    return Bins(codes, sums, len(flat) - int(sums[:, 0].sum()), alphas)


def _gathered(tables: npt.NDArray[np.uint64]) -> tuple[UInt32Array, IntArray]:
    """The codes and sums of the opaque bins that hold a pixel in some tables."""
    codes, sums = np.empty(CUBE, np.uint32), np.empty((CUBE, 5), np.int64)
    found = kernel.gather_opaque(tables, _order(), codes, sums)
    return codes[:found] | np.uint32(LEVELS * CUBE), sums[:found].copy()


def _added(parts: list[tuple[UInt32Array, IntArray]]) -> tuple[UInt32Array, IntArray]:
    """The codes of all parts, each once and ascending, and the sums of their sums."""
    codes, sums = (np.concatenate(column) for column in zip(*parts, strict=True))
    if len(codes) == 0:
        return codes, sums
    order = np.argsort(codes, kind="stable")
    codes, sums = codes[order], sums[order]
    starts = np.flatnonzero(np.diff(codes.astype(np.int64), prepend=-1))
    return codes[starts], np.add.reduceat(sums, starts)


def _codes(bins: UInt32Array) -> UInt32Array:
    """The Morton codes of bins, with their levels of alpha above that."""
    places = np.empty(CUBE, np.uint32)
    places[_order()] = np.arange(CUBE, dtype=np.uint32)
    return (bins & ~np.uint32(CUBE - 1)) | places[bins & np.uint32(CUBE - 1)]


@cache
def _order() -> UInt16Array:
    """(2**15,) uint16: for each Morton code the bin, 2**10 x red + 2**5 x green + blue of its five bits each."""
    side = np.arange(32, dtype=np.uint8)
    colors = np.stack(np.meshgrid(side, side, side, indexing="ij"), axis=-1).reshape(-1, 3)
    order = np.argsort(morton_codes(colors)).astype(np.uint16)
    order.flags.writeable = False
    return order


def _check(pixels: UInt8Array, alphas: UInt8Array | None) -> None:
    """Raises ValueError for what is no picture, or not the one that was counted."""
    wanted = 3 if alphas is None else 4
    if pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[2] != wanted or not pixels.flags.c_contiguous:
        raise ValueError(f"pixels must be contiguous (h, w, {wanted}) uint8, got {pixels.dtype} {pixels.shape}")
    if pixels.shape[0] * pixels.shape[1] > MOST_PIXELS:
        raise ValueError(f"there must be at most {MOST_PIXELS} pixels, got {pixels.shape[0] * pixels.shape[1]}")


def _bands(count: int) -> list[slice]:
    """So many pixels in equal parts: one for each thread that has enough to do, and none too large for a table."""
    parts = max(1, -(-count // MOST), min(thread_count(), count // THREAD_SHARE))
    ends = [count * number // parts for number in range(parts + 1)]
    return [slice(start, end) for start, end in pairwise(ends)]


def _spread(codes: UInt32Array, entries: UInt8Array, room: int) -> UInt8Array:
    """(room,) the entries by code, 0 for those of no bin."""
    table = np.zeros(room, np.uint8)
    table[(codes & ~np.uint32(CUBE - 1)) | _order()[codes & np.uint32(CUBE - 1)]] = entries
    return table


def _by_label(sums: IntArray, labels: Labels, k: int) -> IntArray:
    """(k, 5) the sums of the bins of each label."""
    totals = np.zeros((k, 5), np.int64)
    boxes_kernel.sums_by_label(sums, labels, totals)
    return totals


def _means(sums: IntArray, are_opaque: bool) -> FloatArray:
    """(n, 5) -> (n, 3) means; of translucent pixels (n, 4): alpha x (color - middle gray), and alpha, as `spaces.Rgb`
    has them."""
    pixels, alpha = sums[:, :1], sums[:, 4:]
    if are_opaque:
        return sums[:, 1:4] / alpha
    middle = (2 * sums[:, 1:4] - 255 * alpha) / (510 * pixels)
    return np.concatenate([middle, alpha * (RGB_ALPHA / 64 / 255) / pixels], axis=1)


def _rounded(sums: IntArray, divisor: IntArray) -> npt.NDArray[np.int16]:
    """sums / divisor, rounded half up."""
    return ((2 * sums + divisor) // (2 * divisor)).astype(np.int16)
