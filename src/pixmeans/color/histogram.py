"""The distinct colors of a picture and how often each occurs: all that k-means needs to know of it.

It is exact, not a sample, and the histogram of two pictures is the sum of theirs.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np
import numpy.typing as npt

from ..arrays import Int32Array, IntArray, UInt8Array, UInt16Array
from ..clustering.points import halved
from ..kernels import histogram as kernel
from ..kernels import rows as rows_kernel
from ..records import dataclass

# Measured in benchmarks/speed.py: below, sorting pixels into cells wins; above, one table of all 2**24 colors.
TABLE_FROM = 2_000_000


@dataclass(frozen=True, eq=False)
class Histogram:
    """Distinct colors with weights, in Morton order of the color: the same order on every machine.

    colors: (n, 3) or (n, 4) uint8.
    weights: (n,) int64, at least 1. k-means takes histograms of up to 2**44 pixels (see `GridPoints`).
    """

    colors: UInt8Array
    weights: IntArray

    def __len__(self) -> int:
        return len(self.colors)

    def __add__(self, other: Histogram) -> Histogram:
        """The histogram of both pictures together: exact while there are fewer than 2**63 pixels.

        Raises ValueError if their colors have not as many channels.
        """
        if self.colors.shape[1] != other.colors.shape[1]:
            raise ValueError(f"cannot add histograms of {self.colors.shape[1]} and {other.colors.shape[1]} channels")
        codes = np.concatenate([self.codes, other.codes])
        colors = np.concatenate([self.colors, other.colors])
        weights = np.concatenate([self.weights, other.weights])
        order = np.argsort(codes, kind="stable")
        codes = codes[order]
        starts = np.flatnonzero(np.concatenate([[True], codes[1:] != codes[:-1]]))
        return Histogram(colors[order][starts], np.add.reduceat(weights[order], starts))

    def with_alpha(self) -> Histogram:
        """The same colors with four channels, opaque where there was no alpha."""
        if self.colors.shape[1] == 4:
            return self
        colors = np.concatenate([self.colors, np.full((len(self), 1), 255, np.uint8)], axis=1)
        order = np.argsort(morton_codes(colors))
        return Histogram(colors[order], self.weights[order])

    @cached_property
    def codes(self) -> npt.NDArray[np.uint32]:
        """(n,) uint32: the Morton codes of the colors, ascending."""
        return morton_codes(self.colors)

    def weighing(self, weights: IntArray) -> Histogram:
        """The same colors with other weights (n,), not negative; each becomes at least 1.

        They are halved as often as it takes for their sum to be at most 2**32: k-means is fastest up to there. Their
        sum must be below 2**63.
        """
        result = Histogram(self.colors, halved(weights))
        result.__dict__["codes"] = self.codes  # known already
        return result

    @property
    def total(self) -> int:
        """The number of pixels (the sum of the weights)."""
        return int(self.weights.sum())


def morton_codes(colors: UInt8Array) -> npt.NDArray[np.uint32]:
    """The bits of the channels interleaved, highest first; of one bit, the first channel's stands highest.

    colors: (n, 3 or 4) uint8. Returns (n,) uint32.

    >>> morton_codes(np.array([[1, 0, 0], [0, 0, 1], [2, 0, 0]], np.uint8))
    array([ 4,  1, 32], dtype=uint32)
    """
    channels = colors.shape[1]
    spread = np.zeros(256, np.uint32)
    byte = np.arange(256, dtype=np.uint32)
    for bit in range(8):
        spread |= ((byte >> np.uint32(bit)) & np.uint32(1)) << np.uint32(bit * channels)
    codes = np.zeros(len(colors), np.uint32)
    for channel in range(channels):
        codes |= spread[colors[:, channel]] << np.uint32(channels - 1 - channel)
    return codes


class HistogramSum:
    """A sum of histograms, whatever their order, with alpha if one has it.

    They are added like the digits of a binary counter, small ones first, so that a color is sorted a few times only.
    Many opaque colors get a counter each, in one table.
    """

    def __init__(self) -> None:
        self._waiting: list[tuple[int, Histogram]] = []
        self._table: IntArray | None = None  # (2**24,), by Morton code

    def add(self, histogram: Histogram) -> None:
        """One more."""
        opaque = histogram.colors.shape[1] == 3
        if opaque and self._table is not None:
            self._table[histogram.codes] += histogram.weights
            return
        size = 1
        while self._waiting and self._waiting[-1][0] <= size:
            more, other = self._waiting.pop()
            size, histogram = size + more, _both(other, histogram)
        if opaque and histogram.colors.shape[1] == 3 and len(histogram) > TABLE_FROM:
            self._table = np.zeros(1 << 24, np.int64)
            self._table[histogram.codes] = histogram.weights
        else:
            self._waiting.append((size, histogram))

    def total(self) -> Histogram | None:
        """The sum of all so far; None of none."""
        found = None
        if self._table is not None:
            codes = np.flatnonzero(self._table).astype(np.uint32)
            colors = np.empty((len(codes), 3), np.uint8)
            kernel.colors_of_codes(codes, colors)
            found = Histogram(colors, self._table[codes])
        for _, histogram in reversed(self._waiting):
            found = histogram if found is None else _both(histogram, found)
        return found


def _both(one: Histogram, other: Histogram) -> Histogram:
    if one.colors.shape[1] == other.colors.shape[1]:
        return one + other
    return one.with_alpha() + other.with_alpha()


def count_colors(pixels: UInt8Array) -> Histogram:
    """The histogram of a picture's distinct colors.

    pixels: (..., 3 or 4) uint8.

    >>> histogram = count_colors(np.full((1, 2, 3), 255, np.uint8))
    >>> histogram.colors.tolist(), histogram.weights.tolist()
    ([[255, 255, 255]], [2])
    """
    flat = np.ascontiguousarray(pixels).reshape(-1, pixels.shape[-1])
    if flat.shape[1] == 4:
        return _count_rgba(flat)
    room = min(len(flat), 1 << 24)
    codes = np.empty(room, np.uint32)
    weights = np.empty(room, np.int64)
    count = kernel.count_rgb_in_buckets if len(flat) < TABLE_FROM else kernel.count_rgb_in_table
    found = count(flat, codes, weights)
    codes = codes[:found].copy()
    colors = np.empty((found, 3), np.uint8)
    kernel.colors_of_codes(codes, colors)
    histogram = Histogram(colors, weights[:found].copy())
    histogram.__dict__["codes"] = codes  # known already
    return histogram


def _count_rgba(flat: UInt8Array) -> Histogram:
    keys = np.empty(len(flat), np.uint32)
    weights = np.empty(len(flat), np.int64)
    found, _ = kernel.count_rgba(flat.view(np.uint32).ravel(), keys, weights)
    colors = keys[:found].copy().view(np.uint8).reshape(-1, 4)
    order = np.argsort(morton_codes(colors))  # codes are distinct: any sort gives the same order
    return Histogram(colors[order], weights[:found][order])


def rows_of(pixels: UInt8Array, histogram: Histogram) -> Int32Array:
    """(h, w) int32: which color of the histogram each pixel has.

    pixels: (h, w, 3 or 4) uint8, whose histogram it is.
    """
    pixels = np.ascontiguousarray(pixels)
    rows = np.empty(pixels.shape[:2], np.int32)
    if pixels.shape[2] == 3:
        rows_kernel.rows_of_rgb(pixels.reshape(-1, 3), histogram.codes, rows.ravel())
        return rows
    keys = np.ascontiguousarray(histogram.colors).view(np.uint32).ravel()
    if not kernel.rows_of_rgba(pixels.view(np.uint32).ravel(), keys, rows.ravel()):
        raise ValueError("histogram must be that of the pixels: a color is missing")
    return rows


def weight_sums(
    histogram: Histogram, pixels: UInt8Array, levels: UInt16Array, rows: Int32Array | None = None
) -> IntArray:
    """(n,) int64: for each color of a histogram the sum of the levels of its pixels.

    pixels: (h, w, 3 or 4) uint8, whose histogram it is. levels: (h, w) uint16, one a pixel. rows: (h, w) what `rows_of`
    says of them, if it is known.
    """
    sums = np.zeros(len(histogram), np.int64)
    levels = np.ascontiguousarray(levels).ravel()
    if rows is None and pixels.shape[2] == 3:
        flat = np.ascontiguousarray(pixels).reshape(-1, 3)
        rows_kernel.add_rgb(flat, histogram.codes, levels, sums)
    else:
        rows_kernel.add((rows_of(pixels, histogram) if rows is None else rows).ravel(), levels, sums)
    return sums
