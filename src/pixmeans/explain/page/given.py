"""What a page is given of settings and pictures."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...arrays import UInt8Array
from ...choices import MAX_INDEXED
from ...settings import Settings

# What the page can begin with; other starts are Python's.
PAGE_STARTS = ("random-pixels", "random-colors", "k-means++")


def page_settings(settings: Settings) -> dict[str, Any]:
    """Settings in the page's words; see docs/studio.md."""
    most = settings.max_iterations
    return {
        "k": min(settings.k, MAX_INDEXED),
        "start": settings.init if settings.init in PAGE_STARTS else PAGE_STARTS[0],
        "seed": settings.seed,
        "space": "oklab" if settings.measured_in == "oklab" else "rgb",  # the two that pages know
        "dither": settings.dither,
        "protect": settings.protect,
        "maxIterations": 100 if most is None else min(most, 1000),
        "keep": [color for color in settings.keep if color.startswith("#")],
    }


def reduced(pixels: UInt8Array, factor: int) -> UInt8Array:
    """A picture (h, w, 3 or 4) of a factor-th of the width and height: means of squares, colors weighing their alpha.

    Squares that the edges cut off are left out, but for a picture that is smaller than one.
    """
    if factor == 1:
        return pixels
    height, width, channels = pixels.shape
    tall, wide = min(factor, height), min(factor, width)
    rows, columns = height // tall, width // wide
    squares = pixels[: rows * tall, : columns * wide].reshape(rows, tall, columns, wide, channels).astype(np.float64)
    alpha = squares[..., 3:] if channels == 4 else np.full((*squares.shape[:4], 1), 255.0)
    cover = np.add.reduce(alpha, axis=(1, 3))
    colors = np.add.reduce(squares[..., :3] * alpha, axis=(1, 3)) / np.maximum(cover, 1.0)
    if channels == 4:
        colors = np.concatenate([colors, cover / (tall * wide)], axis=2)
    return np.floor(colors + 0.5).astype(np.uint8)
