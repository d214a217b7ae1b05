"""Errors of color, of pixels and of small neighborhoods: what SSIMULACRA2 overlooks.

SSIMULACRA2 is a mean over a picture. It hardly notices a small area that has another color, nor text that lost its
color, and below about 30 points it no longer tells good from bad. Here each pixel is compared by itself, and each 3 x 3
neighborhood by its mean color, as an eye that does not resolve dithering sees it.

Distances are those of OKLab (B. Ottosson, 2020), with alpha the larger of those over black and over white.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np

from ..arrays import Float32Array, Int32Array
from ..color.masking import to_visual_grid
from ..image import Image
from .pairs import backgrounds, over, pair

# Two colors that are farther apart than this are clearly different.
CLEARLY = 0.1

_SCALE = 1 << 14  # grid steps per unit of OKLab
_EXACT = 256  # a and b count fully


class ColorErrors:
    """An original, prepared once for any number of comparisons of color."""

    def __init__(self, image: Image) -> None:
        self.image = image.without_opaque_alpha()
        self._colors: Callable[[float], Int32Array] = cache(lambda background: _grid(self.image, background))
        self._sums: Callable[[float], Int32Array] = cache(lambda background: _box_sums(self._colors(background)))

    def of_pixels(self, other: Image) -> Float32Array:
        """(h, w) float32: the distance of each pixel from that of another picture of this size."""
        return self._distances(other, self._colors, lambda grid: grid, 1)

    def of_neighborhoods(self, other: Image) -> Float32Array:
        """(h, w) float32: the distance of the mean of 3 x 3 pixels around each pixel; edges go on as they end."""
        return self._distances(other, self._sums, _box_sums, 9)

    def clearly_wrong(self, other: Image) -> float:
        """The share of the pixels whose color is clearly another one, 0 to 1."""
        return float(np.count_nonzero(self.of_pixels(other) > CLEARLY)) / (other.width * other.height)

    def _distances(
        self, other: Image, own: Callable[[float], Int32Array], of: Callable[[Int32Array], Int32Array], count: int
    ) -> Float32Array:
        _, other = pair(self.image, other)
        worst = np.zeros(other.pixels.shape[:2], np.float32)
        for background in backgrounds(self.image, other):
            mine = own(background if self.image.has_alpha else 0.0)
            difference = (mine - of(_grid(other, background))).astype(np.float32)
            np.maximum(worst, np.add.reduce(difference * difference, axis=2), out=worst)
        return np.sqrt(worst) / np.float32(count * _SCALE)


def _grid(image: Image, background: float) -> Int32Array:
    """(h, w, 3) OKLab in steps of 2**-14 of a picture over a gray."""
    pixels = over(image.pixels, background)
    return to_visual_grid(pixels.reshape(-1, 3), _EXACT).reshape(pixels.shape).astype(np.int32)


def _box_sums(grid: Int32Array) -> Int32Array:
    """(h, w, 3) sums over 3 x 3 pixels."""
    framed = np.pad(grid, ((1, 1), (1, 1), (0, 0)), mode="edge")
    rows = framed[:-2] + framed[1:-1] + framed[2:]
    sums: Int32Array = rows[:, :-2] + rows[:, 1:-1] + rows[:, 2:]
    return sums
