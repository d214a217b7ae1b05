"""Pixels to palette indices."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ..arrays import UInt8Array
from ..color.histogram import Histogram
from ..kernels import histogram as kernel


def remap(pixels: UInt8Array, histogram: Histogram, labels: npt.NDArray[np.int32]) -> UInt8Array:
    """Each pixel gets the label of its color.

    pixels: (h, w, 3 or 4) uint8. histogram: of these very pixels. labels: (n,) below 256, one for each of its
    colors. Returns (h, w) uint8.
    """
    height, width, channels = pixels.shape
    indices = np.empty(height * width, np.uint8)
    short = labels.astype(np.uint8)
    flat = pixels.reshape(-1, channels)
    if channels == 3:
        kernel.look_up_rgb(flat, histogram.codes, short, indices)
    else:
        keys = np.ascontiguousarray(histogram.colors).view(np.uint32).ravel()
        if not kernel.look_up_rgba(flat.view(np.uint32).ravel(), keys, short, indices):
            raise ValueError("histogram must be that of the pixels: a color is missing")
    return indices.reshape(height, width)
