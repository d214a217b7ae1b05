"""Pixels to palette indices."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ..arrays import Indices, UInt8Array, index_type
from ..choices import MAX_INDEXED
from ..color.histogram import Histogram, morton_codes, rows_of
from ..kernels import histogram as kernel

# The kernel's table of all colors takes a millisecond to be made. So many pixels are sooner found among sorted codes.
FEW_PIXELS = 1 << 14


def remap(pixels: UInt8Array, histogram: Histogram, labels: npt.NDArray[np.int32], k: int) -> Indices:
    """Each pixel gets the label of its color.

    pixels: (h, w, 3 or 4) uint8. histogram: of these very pixels. labels: (n,) below k, one for each of its
    colors. k: entries of the palette, at most 65,536. Returns (h, w): uint8 where k is at most 256, else uint16.
    """
    height, width, channels = pixels.shape
    short = labels.astype(index_type(k))
    if k > MAX_INDEXED:  # the kernels' tables hold a byte a color
        return short[rows_of(pixels, histogram)]
    indices = np.empty(height * width, np.uint8)
    flat = pixels.reshape(-1, channels)
    if channels == 3 and len(flat) <= FEW_PIXELS:
        indices[:] = short[np.searchsorted(histogram.codes, morton_codes(flat))]
    elif channels == 3:
        kernel.look_up_rgb(flat, histogram.codes, short, indices)
    else:
        keys = np.ascontiguousarray(histogram.colors).view(np.uint32).ravel()
        if not kernel.look_up_rgba(flat.view(np.uint32).ravel(), keys, short, indices):
            raise ValueError("histogram must be that of the pixels: a color is missing")
    return indices.reshape(height, width)
