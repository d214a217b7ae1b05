"""Pictures as blocks of pixels, and blocks as points that k-means clusters."""

from __future__ import annotations

from functools import cached_property

import numpy as np
import numpy.typing as npt

from ..arrays import FloatArray, Int16Array, Int32Array, IntArray, Labels, UInt8Array
from ..clustering.points import Points, Sums
from ..kernels import blocks as kernel
from ..parallel import each
from .color import from_planes, to_planes

# Of the grid in a level. Chroma counts as much as luma: with less of it photographs look worse for their bytes.
STEPS = 8
CHUNK = 4096  # blocks that a thread takes at once


class Blocks(Points):
    """Blocks of pixels as weighted points on a grid of whole numbers, which the project's k-means takes as they are.

    coordinates: (n, d) int16 in grid steps, the lumas of the pixels first. weights: (n,) how many blocks are so.
    lead: how many of the coordinates are luma.
    """

    scale = 1

    def __init__(self, coordinates: Int16Array, weights: IntArray, lead: int) -> None:
        super().__init__(coordinates.astype(np.float64), weights.astype(np.float64))
        self.coordinates = np.ascontiguousarray(coordinates)
        self.counts = np.ascontiguousarray(weights, np.int64)
        self.lead = lead

    def thinned(self, most: int) -> Blocks:
        """At most so many of the points, evenly chosen; all if there are no more."""
        every = -(-len(self) // most)
        return self if every == 1 else Blocks(self.coordinates[::every], self.counts[::every], self.lead)

    @cached_property
    def _heads(self) -> Int32Array:
        return _heads(self.coordinates, self.lead)

    def assign(self, centroids: FloatArray, costs: IntArray | None = None) -> tuple[Labels, Sums]:
        """Each block to its nearest word; with costs (k,) to that of the least squared distance plus cost.

        Of several equally good words the first. Sums are whole numbers: threads do not change them.
        """
        words = np.rint(centroids).astype(np.int16)
        heads = _heads(words, self.lead)
        names = heads.argsort(kind="stable").astype(np.int32)
        price = np.zeros(len(words), np.int64) if costs is None else costs
        words, heads, price = np.ascontiguousarray(words[names]), heads[names], np.ascontiguousarray(price[names])
        n, d = self.coordinates.shape
        labels = np.empty(n, np.int32)

        def work(start: int) -> tuple[IntArray, int]:
            part = slice(start, start + CHUNK)
            totals = np.zeros((len(words), 1 + d), np.int64)
            inertia = kernel.assign(
                self.coordinates[part],
                self._heads[part],
                self.counts[part],
                words,
                heads,
                price,
                names,
                self.lead,
                labels[part],
                totals,
            )
            return totals, inertia

        totals, inertia = np.zeros((len(words), 1 + d), np.int64), 0
        for part, error in each(work, list(range(0, n, CHUNK))):
            totals += part
            inertia += error
        return labels, Sums(totals[:, 0], totals[:, 1:], lambda: float(inertia), self.scale)


def _heads(coordinates: Int16Array, lead: int) -> Int32Array:
    return coordinates[:, :lead].sum(axis=1, dtype=np.int32)


def shape_in_blocks(height: int, width: int, side: int) -> tuple[int, int]:
    """Rows and columns of blocks that cover a picture."""
    return -(-height // side), -(-width // side)


def cut(pixels: UInt8Array, side: int) -> Int16Array:
    """(n, d) the blocks of a picture (h, w, 1 or 3), line by line, its last rows and columns repeated as needed.

    Coordinates are those of luma, then of Cb, then of Cr, in levels; d is side * side for each channel.
    """
    height, width = pixels.shape[:2]
    rows, columns = shape_in_blocks(height, width, side)
    right, down = columns * side - width, rows * side - height
    planes = to_planes(np.pad(pixels, ((0, down), (0, right), (0, 0)), mode="edge"))
    parts = planes.reshape(len(planes), rows, side, columns, side)
    return np.ascontiguousarray(parts.transpose(1, 3, 0, 2, 4).reshape(rows * columns, -1))


def joined(blocks: npt.NDArray[np.integer], height: int, width: int, side: int) -> UInt8Array:
    """(h, w, 3) the picture of these blocks, as `cut` gives them."""
    rows, columns = shape_in_blocks(height, width, side)
    parts = blocks.reshape(rows, columns, -1, side, side).transpose(2, 0, 3, 1, 4)
    return from_planes(parts.reshape(len(parts), rows * side, columns * side)[:, :height, :width])


def distinct(levels: Int16Array, side: int) -> tuple[Blocks, Int32Array]:
    """The different blocks among these, with how often each occurs; and for each block the row of its own."""
    rows = np.ascontiguousarray(levels).view(np.dtype((np.void, levels.dtype.itemsize * levels.shape[1])))[:, 0]
    _, first, places, counts = np.unique(rows, return_index=True, return_inverse=True, return_counts=True)
    return Blocks(levels[first] * np.int16(STEPS), counts.astype(np.int64), side * side), places.astype(np.int32)
