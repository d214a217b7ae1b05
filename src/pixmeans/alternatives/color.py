"""sRGB and luma with two color differences, in whole numbers (JFIF 1.02: ITU-R BT.601 in full range)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ..arrays import Int16Array, UInt8Array

_ONE = 1 << 16
_TO = np.array([[19595, 38470, 7471], [-11058, -21710, 32768], [32768, -27439, -5329]], np.int64)


def to_planes(pixels: UInt8Array) -> Int16Array:
    """(h, w, 1 or 3) -> (1 or 3, h, w): luma 0 to 255, Cb and Cr -128 to 128."""
    if pixels.shape[2] == 1:
        return pixels[..., 0][None].astype(np.int16)
    rgb = pixels.astype(np.int64)
    planes = [(rgb @ row + _ONE // 2) >> 16 for row in _TO]
    return np.stack(planes).astype(np.int16)


def from_planes(planes: npt.NDArray[np.integer]) -> UInt8Array:
    """(1 or 3, h, w) -> (h, w, 3), clipped to 0 to 255."""
    luma = planes[0].astype(np.int64)
    if len(planes) == 1:
        channels = [luma] * 3
    else:
        cb, cr = planes[1].astype(np.int64), planes[2].astype(np.int64)
        half = _ONE // 2
        channels = [
            luma + ((91881 * cr + half) >> 16),
            luma - ((22554 * cb + 46802 * cr + half) >> 16),
            luma + ((116130 * cb + half) >> 16),
        ]
    return np.stack([channel.clip(0, 255) for channel in channels], axis=2).astype(np.uint8)


def is_gray(pixels: UInt8Array) -> bool:
    """Whether red, green and blue are the same everywhere."""
    return bool((pixels[..., 0] == pixels[..., 1]).all() and (pixels[..., 1] == pixels[..., 2]).all())
