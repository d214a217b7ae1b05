"""Entropy-constrained vector quantization: a block takes the word of the least error plus lambda times its bits.

Rare words cost more bits, are taken less, and die out: lambda chooses how many remain.

P. Chou, T. Lookabaugh, R. Gray, "Entropy-constrained vector quantization", IEEE Trans. ASSP 37 (1989).
"""

from __future__ import annotations

import numpy as np

from ..arrays import FloatArray, IntArray, Labels, UInt8Array
from .blocks import STEPS, Blocks
from .vector_quantization import Progress, as_points, design, written

MOST_ITERATIONS = 40
TOLERANCE = 1e-3  # of the cost: an iteration that saves less is the last
_ONE_BIT = 1 << 16


def encode(pixels: UInt8Array, progress: Progress, *, block: int, words: int, lambda_: float) -> bytes:
    """The body of a file, as that of vector quantization.

    pixels: (h, w, 3). block: pixels of a side, 2 or 4. words: how many to begin with, 1 to 4096. lambda_: the squared
    error, in levels and summed over a block, that a bit may cost; 0 is vector quantization.
    """
    levels, points, places = as_points(pixels, block)
    centroids, labels = constrained(points, design(points, words, progress), lambda_, progress)
    return written(pixels.shape[:2], block, centroids, labels[places], levels.shape[1])


def constrained(points: Blocks, words: FloatArray, lambda_: float, progress: Progress) -> tuple[FloatArray, Labels]:
    """Words (k, d) that are left, and which of them each point takes. The cost, error + lambda x bits, never rises."""
    labels, sums = points.assign(words)
    last = np.inf
    for _ in range(MOST_ITERATIONS):
        alive = sums.weights > 0
        words = sums.means(otherwise=words)[alive]
        bits = bits_of(sums.weights[alive])
        progress(f"{len(words):,} words")
        price = np.rint(bits * (lambda_ * STEPS**2 / _ONE_BIT)).astype(np.int64)
        labels, sums = points.assign(words, price)
        cost = sums.inertia + float((sums.weights * price).sum())
        if cost >= last * (1 - TOLERANCE):
            break
        last = cost
    return words, labels


def bits_of(weights: IntArray) -> IntArray:
    """(k,) what an index costs, -log2 of its share, in 1/65536 of a bit.

    >>> (bits_of(np.array([1, 1, 2])) / 65536).tolist()
    [2.0, 2.0, 1.0]
    """
    whole = log2(int(weights.sum()))
    return np.array([whole - log2(int(weight)) for weight in weights], np.int64)


def log2(number: int) -> int:
    """The logarithm of a whole number from 1 on, in 1/65536, rounded down: by squaring, the same on every machine."""
    result = number.bit_length() - 1
    mantissa = (number << 32) >> result  # 1 to 2
    for _ in range(16):
        mantissa = mantissa * mantissa >> 32
        result <<= 1
        if mantissa >> 33:
            mantissa >>= 1
            result += 1
    return result
