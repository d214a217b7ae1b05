"""Fractal coding: a picture as the one that a set of maps onto itself does not change (partitioned iterated functions).

Each range, a square of 16, 8 or 4 pixels, is a domain of twice its side somewhere in the same picture: shrunk, turned
or mirrored, with another contrast, around the range's own mean: r = mean + s (d - mean of d). The file holds those
numbers and no pixel. Decoding starts with any picture and applies all maps again and again.

Domains stand on a grid of the range's side. So every quarter of a domain is covered by whole ranges or quarters of
larger ones, whose means are right an iteration before, and the error of every square of 16, 8, 4, 2 and 1 pixels has
mean 0 after 1, 2, 3, 4 and 5 iterations. Five are enough, whatever the start and the contrast (an observation of Oien
and Lepsoy), up to the rounding of values to 1/64.

A. Jacquin, "Image coding based on a fractal theory of iterated contractive image transformations", IEEE Trans. Image
Processing 1 (1992); Y. Fisher (ed.), "Fractal Image Compression" (1995): quadtree, classes; G. Oien, S. Lepsoy, "A
class of fractal image coders with fast decoder convergence", ibid., chapter 8.
"""

from __future__ import annotations

import struct
from collections.abc import Callable

import numpy as np

from ..arrays import FloatArray, Int16Array, Int32Array, IntArray, UInt8Array
from ..kernels import fractal as kernel
from ..parallel import each
from ..records import dataclass
from .color import is_gray, to_planes
from .fractal_decoder import (
    HEAD,
    MOST_CONTRAST,
    SIDES,
    UNIT,
    domain_places,
    domain_step,
    isometries,
    leaves,
    padded_size,
    sums_of_four,
)
from .fractal_stream import Maps, write_maps

Progress = Callable[[str], None]


CHROMA_LAMBDA = 2.0  # how much more a bit must save in Cb and Cr
# What the search believes of bits, measured on photographs: of a mean, a contrast, and whether a square is parted.
MEAN_BITS, CONTRAST_BITS, FLAT_BITS, PART_BITS = 5.0, 4.0, 1.5, 0.7


def encode(pixels: UInt8Array, progress: Progress, *, lambda_: float) -> bytes:
    """The body of a file. pixels: (h, w, 3). lambda_: the squared error, in levels, that a bit may cost."""
    planes = planes_of(pixels)
    step = mean_step(lambda_)
    parts: list[bytes] = []
    for plane, name in zip(planes, ("luma", "Cb", "Cr"), strict=False):
        progress(name)
        maps = search(plane, lambda_ * (CHROMA_LAMBDA if parts else 1.0), step)
        parts.append(write_maps(maps, domain_places))
    return HEAD.pack(len(planes), step) + b"".join(struct.pack(">I", len(part)) + part for part in parts)


def planes_of(pixels: UInt8Array) -> list[Int16Array]:
    """Luma, and unless the picture is gray Cb and Cr of half the size plus 128, each padded to sides of 16 n."""
    planes = to_planes(pixels[..., :1] if is_gray(pixels) else pixels)
    return [_padded(planes[0])] + [_padded(_halved(_padded(plane)) + np.int16(128)) for plane in planes[1:]]


def _padded(plane: Int16Array) -> Int16Array:
    height, width = padded_size(*plane.shape)
    return np.pad(plane, ((0, height - plane.shape[0]), (0, width - plane.shape[1])), mode="edge")


def _halved(plane: Int16Array) -> Int16Array:
    return ((sums_of_four(plane) + 2) >> 2).astype(np.int16)


def mean_step(lambda_: float) -> int:
    """How coarsely means are kept, in levels: where a picture is flat, their steps are all that can be seen."""
    return 1 if lambda_ < 20 else 2 if lambda_ < 100 else 4


@dataclass(frozen=True, eq=False)
class Fits:
    """The best map of each range of one side.

    contrast: in UNITs, 0 for the mean alone. place: the number of the domain. mean: in steps. cost: in squared levels,
    bits included.
    """

    contrast: Int32Array
    place: Int32Array
    isometry: Int32Array
    mean: Int32Array
    cost: FloatArray


def search(plane: Int16Array, lambda_: float, step: int) -> Maps:
    """The maps of a plane: for every square the best domain, and which squares are parted into four."""
    fits = {side: fit(plane, side, lambda_, step) for side in SIDES}
    shapes = {side: (plane.shape[0] // side, plane.shape[1] // side) for side in SIDES}
    cost = fits[4].cost.reshape(shapes[4])
    parted = {}
    for side in (8, 16):
        own = fits[side].cost.reshape(shapes[side])
        fours = sums_of_four(cost) + lambda_ * PART_BITS
        own = own + lambda_ * PART_BITS
        parted[side] = fours < own
        cost = np.minimum(fours, own)
    parted[8] &= parted[16].repeat(2, axis=0).repeat(2, axis=1)
    chosen = {}
    for side, leaf in leaves(parted).items():
        rows = np.flatnonzero(leaf.reshape(-1))
        found = fits[side]
        chosen[side] = [column[rows] for column in (found.mean, found.contrast, found.place, found.isometry)]
    return Maps(plane.shape, step, parted[16], parted[8], chosen)


def fit(plane: Int16Array, side: int, lambda_: float, step: int) -> Fits:
    """The best map of every square of one side: ranges and domains meet in one orientation and one of three classes."""
    d = side * side
    height, width = plane.shape
    ranges = plane.reshape(height // side, side, width // side, side).swapaxes(1, 2).reshape(-1, d).astype(np.int32)
    totals = ranges.sum(axis=1)
    mean = (2 * totals + d * step) // (2 * d * step)
    centered = (4 * ranges - (4 * totals[:, None] + d // 2) // d).astype(np.int16)
    rows, columns = domain_places(plane.shape, side)
    small, apart = sums_of_four(plane.astype(np.int32)), domain_step(plane.shape, side) // 2
    windows = np.lib.stride_tricks.sliding_window_view(small, (side, side))
    pool = windows[::apart, ::apart].reshape(-1, d)
    pool = (pool - (pool.sum(axis=1)[:, None] + d // 2) // d).astype(np.int16)
    both = np.concatenate([pool, -pool])  # a negative contrast is a positive one of the negative
    both, turned, kinds = canonical(both, side)
    energies = np.add.reduce(both.astype(np.int64) ** 2, axis=1)
    order = np.argsort(kinds, kind="stable")
    order = order[energies[order] > 0]
    ends = np.searchsorted(kinds[order], (0, 1, 2, 3))
    shaped, range_turned, range_kinds = canonical(centered, side)
    found, products = _searched(shaped, both[order], energies[order], ends[range_kinds], ends[range_kinds + 1])

    own = np.add.reduce(centered.astype(np.int64) ** 2, axis=1) / 16.0
    off = (totals / d - mean * step) ** 2 * d
    entry = order[np.maximum(found, 0)] if len(order) else np.zeros(len(found), np.int64)
    energy = np.maximum(energies[entry], 1)
    size = np.clip((2 * UNIT * products + energy) // (2 * energy), 0, MOST_CONTRAST)
    gain = size / UNIT * (2 * products - size / UNIT * energy) / 16.0
    spent = lambda_ * (CONTRAST_BITS - FLAT_BITS + np.log2(8 * rows * columns))
    used = (found >= 0) & (size > 0) & (gain > spent)
    contrast = np.where(used, np.where(entry >= len(pool), -size, size), 0)
    isometry = _COMPOSED[turned[entry], range_turned]
    cost = own + off + lambda_ * (MEAN_BITS + FLAT_BITS) - np.where(used, gain - spent, 0.0)
    place = (entry % len(pool)).astype(np.int32)
    return Fits(contrast.astype(np.int32), place, isometry.astype(np.int32), mean.astype(np.int32), cost)


def _searched(
    ranges: Int16Array, domains: Int16Array, energies: IntArray, starts: IntArray, ends: IntArray
) -> tuple[Int32Array, IntArray]:
    """The best row of domains for each range, -1 for none, and their products; in threads."""
    best, products = np.empty(len(ranges), np.int32), np.empty(len(ranges), np.int64)
    domains, first, last = np.ascontiguousarray(domains), starts.astype(np.int32), ends.astype(np.int32)

    def work(start: int) -> None:
        part = slice(start, start + 512)
        kernel.search(
            ranges[part],
            domains,
            energies,
            first[part],
            last[part],
            16 * MOST_CONTRAST // UNIT,
            best[part],
            products[part],
        )

    each(work, list(range(0, len(ranges), 512)))
    return best, products


def canonical(blocks: Int16Array, side: int) -> tuple[Int16Array, IntArray, IntArray]:
    """Blocks (n, d) turned so that the brightest quarter is the upper left and the upper right beats the lower left.

    Returns them, which isometry each took, and the class, 0 to 2: how many quarters are darker than the lower right.
    """
    half = side // 2
    squares = blocks.reshape(-1, 2, half, 2, half).sum(axis=(2, 4), dtype=np.int32).reshape(-1, 4)
    turned = np.zeros(len(blocks), np.int64)
    quarters = isometries(2)
    for number in reversed(range(8)):
        a, b, c, d = squares[:, quarters[number]].T
        turned[(a >= b) & (a >= c) & (a >= d) & (b >= c)] = number
    a, b, c, d = np.take_along_axis(squares, quarters[turned], axis=1).T
    kinds = (d > c).astype(np.int64) + (d > b)
    shaped = np.take_along_axis(blocks, isometries(side)[turned], axis=1)
    return np.ascontiguousarray(shaped), turned, kinds


def _composed() -> IntArray:
    """(8, 8): the isometry that turns a domain by the first and then back by the second."""
    table = isometries(2)
    known = {tuple(row): number for number, row in enumerate(table.tolist())}
    return np.array([[known[tuple(first[np.argsort(second)])] for second in table] for first in table])


_COMPOSED = _composed()
