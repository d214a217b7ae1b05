"""What a pixel is worth, when a person says so: maps of importance, and a cap for a color that drowns all others.

Levels are as in `masking`: (h, w) uint16 in 256ths, 256 for a pixel that counts once. `histogram.weight_sums` makes
weights of colors of them.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from ..arrays import IntArray, UInt16Array

Levels = UInt16Array

ONE, MOST = 256, 65535


def levels(importance: npt.NDArray[Any], height: int, width: int) -> Levels:
    """A map of importance as levels whose mean is 256, or as near as the range allows.

    importance: (h, w) of any number type, not negative, not 0 everywhere; only ratios count. 8-bit masks and
    floats are alike. Pixels of importance 0 have level 0.
    Raises ValueError.

    >>> levels(np.array([[3, 1]]), 1, 2)
    array([[384, 128]], dtype=uint16)
    """
    values = np.asarray(importance)
    if values.shape != (height, width):
        raise ValueError(f"importance must have one value a pixel, shape ({height}, {width}), got {values.shape}")
    if values.dtype.kind not in "buif":
        raise ValueError(f"importance must be numbers, got {values.dtype}")
    values = values.astype(np.float64)
    if not np.isfinite(values).all() or (values < 0).any() or not values.any():
        raise ValueError("importance must be finite, not negative, and not 0 everywhere")
    values = values / values.max()
    # Added one after the other, so that the mean is the same everywhere.
    mean = float(np.cumsum(values.ravel())[-1]) / values.size
    return np.minimum(np.floor(values / mean * ONE + 0.5), MOST).astype(np.uint16)


def both(some: Levels, others: Levels) -> Levels:
    """The product of two maps of levels, rounded half up; at most 65535.

    >>> both(np.array([[512, 256]], np.uint16), np.array([[128, 128]], np.uint16))
    array([[256, 128]], dtype=uint16)
    """
    product = (some.astype(np.uint32) * others + np.uint32(ONE // 2)) // np.uint32(ONE)
    return np.minimum(product, MOST).astype(np.uint16)


def capped(weights: IntArray, share: float) -> IntArray:
    """Weights of which none is more than this share of all: for a flat background that drowns the rest.

    weights: (n,) int64, at least 1. share: above 0. Too heavy ones are lowered to the same weight, the highest that
    keeps to the share (rounded down, at least 1); where n is too small for that, to the lightest.

    >>> capped(np.array([97, 2, 1]), 0.5).tolist()
    [3, 2, 1]
    """
    if not share > 0:
        raise ValueError(f"share must be above 0, got {share!r}")
    descending = np.sort(weights)[::-1]
    rest = int(weights.sum())
    for lowered, weight in enumerate(descending.tolist()):
        # `lowered` weights at the cap and the others as they are: cap = share (lowered cap + rest).
        left = 1.0 - lowered * share
        if left <= 0:
            break
        cap = share * rest / left
        if weight <= cap:
            return np.minimum(weights, max(1, int(cap)))
        rest -= weight
    return np.minimum(weights, int(descending[-1]))
