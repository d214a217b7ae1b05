"""Block vector quantization: k-means whose points are blocks of pixels.

A file holds the code words and an index for each block.

Y. Linde, A. Buzo, R. Gray, "An algorithm for vector quantizer design", IEEE Trans. Communications 28 (1980): the
codebook grows by splitting. Words are split along the direction in which their blocks spread most.
"""

from __future__ import annotations

import struct
from collections.abc import Callable

import numpy as np

from ..arrays import FloatArray, Int16Array, IntArray, Labels, UInt8Array, UInt16Array
from ..clustering.kmeans import kmeans
from ..records import dataclass
from .blocks import STEPS, Blocks, cut, distinct, joined, shape_in_blocks
from .color import is_gray
from .planes import DamagedError, bits_for, pack, unpack

Progress = Callable[[str], None]

SIDES = (2, 4)
MOST_WORDS = 4096
# Iterations after a split, and after the last one; more of them lower the error of photographs by less than 1 %.
BETWEEN, LAST = 4, 12
TOLERANCE = 1e-3
SAMPLE = 1 << 17  # different blocks that words are learnt from, and how many for each word before the last iterations
TEACHERS = 16

_HEAD = struct.Struct(">BBHI")  # channels, side, words - 1, bytes of the codebook


def encode(pixels: UInt8Array, progress: Progress, *, block: int, words: int) -> bytes:
    """The body of a file. pixels: (h, w, 3). block: pixels of a side, 2 or 4. words: 1 to 4096, at most."""
    levels, points, places = as_points(pixels, block)
    centroids = design(points, words, progress)
    return written(pixels.shape[:2], block, centroids, points.assign(centroids)[0][places], levels.shape[1])


def as_points(pixels: UInt8Array, block: int) -> tuple[Int16Array, Blocks, Labels]:
    """The blocks (n, d) of a picture, the different ones as points, and which of these each is."""
    levels = cut(pixels[..., :1] if is_gray(pixels) else pixels, block)
    return levels, *distinct(levels, block)


def design(points: Blocks, k: int, progress: Progress) -> FloatArray:
    """At most k code words (k, d) in grid steps: one, split again and again, with k-means in between.

    The fewer words there are, the fewer blocks teach them; the last k-means sees all, or of very many an even choice.
    """
    points = points.thinned(SAMPLE)
    weights = points.weights
    words: FloatArray = np.rint(np.add.reduce(points.values * weights[:, None], axis=0) / weights.sum())[None]
    k = min(k, len(points))
    while len(words) < k:
        some = points.thinned(TEACHERS * min(2 * len(words), k))
        words = split(some, words, k)
        progress(f"{len(words):,} words")
        if len(words) < k:
            words = kmeans(some, words, max_iterations=BETWEEN, tolerance=TOLERANCE).centroids
    return kmeans(points, words, max_iterations=LAST, tolerance=TOLERANCE).centroids


def split(points: Blocks, words: FloatArray, k: int) -> FloatArray:
    """Each word becomes two, or of too many those with the largest error; at most k.

    The two are half a standard deviation to either side, along the covariances of the coordinate that varies most:
    one step of the power method towards the principal axis.
    """
    labels, _ = points.assign(words)
    count = len(words)
    away = points.values - words[labels]
    weighted = away * points.weights[:, None]
    variances = _by_word(labels, weighted * away, count)
    widest = variances.argmax(axis=1)
    along = away[np.arange(len(away)), widest[labels]]
    covariances = _by_word(labels, weighted * along[:, None], count)
    weights = np.maximum(np.bincount(labels, points.weights, count), 1.0)
    spread = np.sqrt(variances[np.arange(count), widest] * weights)
    offsets = covariances / np.maximum(spread, 1e-9)[:, None] / 2
    chosen = np.argsort(-variances.sum(axis=1), kind="stable")[: min(count, k - count)]
    moved = words.copy()
    moved[chosen] -= offsets[chosen]
    result: FloatArray = np.rint(np.concatenate([moved, words[chosen] + offsets[chosen]]))
    return result


def _by_word(labels: Labels, values: FloatArray, count: int) -> FloatArray:
    """(count, d) the sums of rows (n, d), label by label."""
    return np.stack([np.bincount(labels, column, count) for column in values.T], axis=1)


def ordered(words: FloatArray, weights: FloatArray) -> IntArray:
    """The rows of words in an order in which neighbors are alike, so that the high bits of an index mean something.

    Halved again and again across the coordinate that varies most.
    """
    parts = [np.arange(len(words))]
    while any(len(part) > 1 for part in parts):
        halves = []
        for part in parts:
            values, shares = words[part], weights[part, None] + 1e-3
            mean = (values * shares).sum(axis=0) / shares.sum()
            widest = int(((values - mean) ** 2 * shares).sum(axis=0).argmax())
            sorted_part = part[np.argsort(values[:, widest], kind="stable")]
            halves += [half for half in np.array_split(sorted_part, 2) if len(half)]
        parts = halves
    return np.concatenate(parts)


def written(size: tuple[int, int], block: int, words: FloatArray, labels: Labels, d: int) -> bytes:
    """The body: words that are used, rounded to levels, and the index of each block."""
    counts = np.bincount(labels, minlength=len(words)).astype(np.float64)
    order = ordered(words, counts)
    order = order[counts[order] > 0]
    ranks = np.zeros(len(words), np.int64)
    ranks[order] = np.arange(len(order))
    levels = (words[order] / STEPS + [0 if c < block * block else 128 for c in range(d)] + 0.5) // 1
    book = pack_words(levels.clip(0, 255).astype(np.uint8), block)
    indices = pack(ranks[labels].reshape(shape_in_blocks(*size, block)), bits_for(len(order)))
    return _HEAD.pack(d // (block * block), block, len(order) - 1, len(book)) + book + indices


@dataclass(frozen=True, eq=False)
class Quantized:
    """What a body says. block: the side of blocks. words: (k, d) in levels. indices: (rows, columns), of words."""

    block: int
    words: Int16Array
    indices: UInt16Array


def read(body: bytes, height: int, width: int) -> Quantized:
    """What a body says. Raises DamagedError."""
    if len(body) < _HEAD.size:
        raise DamagedError("it has no head")
    channels, block, last, book_size = _HEAD.unpack_from(body)
    count, d = last + 1, channels * block * block
    if channels not in (1, 3) or block not in SIDES or count > MOST_WORDS or book_size > len(body) - _HEAD.size:
        raise DamagedError("its head makes no sense")
    book, rest = body[_HEAD.size : _HEAD.size + book_size], body[_HEAD.size + book_size :]
    levels = unpack_words(book, count, d, block).astype(np.int16)
    levels[:, block * block :] -= 128
    indices = unpack(rest, shape_in_blocks(height, width, block), bits_for(count))
    if int(indices.max()) >= count:
        raise DamagedError(f"word {int(indices.max())} of {count}")
    return Quantized(block, levels, indices)


def picture(these: Quantized, height: int, width: int) -> UInt8Array:
    """(h, w, 3) the picture."""
    return joined(these.words[these.indices.reshape(-1)], height, width, these.block)


def in_words(these: Quantized) -> str:
    """What it is, for a person."""
    return f"{len(these.words):,} words of {these.block} x {these.block} pixels"


def pack_words(words: UInt8Array, block: int) -> bytes:
    """The bytes of code words (k, d): differences to the pixel before, or to the word before in a channel's first."""
    first = np.arange(words.shape[1]) % (block * block) == 0
    before = np.zeros_like(words)
    before[:, 1:] = words[:, :-1]
    before[1:, first] = words[:-1, first]
    before[0, first] = 0
    return pack(words - before, 8, _coordinates(words.shape))


def unpack_words(data: bytes, count: int, d: int, block: int) -> UInt8Array:
    """The words (count, d) that `pack_words` was given."""
    steps = unpack(data, (count, d), 8, _coordinates((count, d))).astype(np.uint8)
    parts = steps.reshape(count, -1, block * block)
    parts[..., 0] = np.add.accumulate(parts[..., 0], axis=0, dtype=np.uint8)
    return np.add.accumulate(parts, axis=2, dtype=np.uint8).reshape(count, d)


def _coordinates(shape: tuple[int, ...]) -> UInt8Array:
    """(k, d) the number of each coordinate."""
    return np.broadcast_to(np.arange(shape[1], dtype=np.uint8), shape).copy()
