"""Errors of color, of pixels and of small neighborhoods: what SSIMULACRA2 overlooks.

SSIMULACRA2 is a mean over a picture. It hardly notices a small area that has another color, nor text that lost its
color, and below about 30 points it no longer tells good from bad. Here each pixel is compared by itself, and each
neighborhood by its mean color, as an eye that does not resolve dithering sees it.

Distances are those of OKLab (B. Ottosson, 2020), with alpha the larger of those over black and over white.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache

import numpy as np

from ..arrays import Float32Array, Int16Array
from ..color.masking import to_visual_grid
from ..image import Image, IndexedImage
from ..kernels import color_errors as kernel
from ..parallel import each
from .pairs import backgrounds, over, pair

# Two colors that are farther apart than this are clearly different.
CLEARLY = 0.1

_SCALE = 1 << 14  # grid steps per unit of OKLab
_EXACT = 256  # a and b count fully
_BAND = 128  # rows that a thread does at a time


class ColorErrors:
    """An original, prepared once for any number of comparisons of color.

    >>> original = ColorErrors(Image(np.zeros((4, 4, 3), np.uint8)))
    >>> original.distances(original.image).max(), original.clearly_wrong(original.image)
    (np.float32(0.0), 0.0)
    """

    def __init__(self, image: Image) -> None:
        self.image = image.without_opaque_alpha()
        self._colors: Callable[[float], Int16Array] = cache(lambda background: _grid(self.image, background))

    def distances(self, other: Image | IndexedImage, radius: int = 0, rows: int | None = None) -> Float32Array:
        """(h, w) float32: how far the mean colors of windows of 2 radius + 1 pixels a side around each pixel are apart.

        other: of the same size, else ValueError. radius: 0 compares the pixels themselves. rows: how far windows reach
        up and down, if not by the radius, too. Edges go on as they end.
        """
        return self.windows(other, [(radius, radius if rows is None else rows)])[0]

    def windows(self, other: Image | IndexedImage, sizes: Sequence[tuple[int, int]]) -> list[Float32Array]:
        """The same for windows of several sizes, each a radius and the rows that they reach up and down."""
        _, other = pair(self.image, other)
        height, width = other.height, other.width
        squares = [np.zeros((height, width), np.float32) for _ in sizes]
        for background in backgrounds(self.image, other):
            mine, its = self._colors(background if self.image.has_alpha else 0.0), _grid(other, background)

            def work(part: tuple[int, int], mine: Int16Array = mine, its: Int16Array = its) -> int:
                which, top = part
                radius, rows = sizes[which]
                bottom = min(top + _BAND, height)
                return kernel.window_distances(mine, its, rows, radius, top, bottom, squares[which])

            if min(each(work, [(which, top) for which in range(len(sizes)) for top in range(0, height, _BAND)])) < 0:
                raise MemoryError
        return [
            (np.sqrt(found) / ((2 * radius + 1) * (2 * rows + 1) * _SCALE)).astype(np.float32, copy=False)
            for found, (radius, rows) in zip(squares, sizes, strict=True)
        ]

    def clearly_wrong(self, other: Image | IndexedImage, distances: Float32Array | None = None) -> float:
        """The share of the visible pixels whose color is clearly another one, 0 to 1.

        Visible is what is not fully transparent before or after. distances: what `distances` of it returned, if known.
        """
        distances = self.distances(other) if distances is None else distances
        return float(np.count_nonzero(distances > CLEARLY)) / max(1, self._visible(other))

    def _visible(self, other: Image | IndexedImage) -> int:
        """How many pixels are visible in either picture."""
        if not (self.image.has_alpha and other.has_alpha):
            return other.width * other.height
        if isinstance(other, IndexedImage):
            alpha = np.take(other.palette.colors[:, 3], other.indices)
        else:
            alpha = other.pixels[..., 3]
        return int(np.count_nonzero(self.image.pixels[..., 3] | alpha))


def _grid(image: Image | IndexedImage, background: float) -> Int16Array:
    """(h, w, 3) OKLab in steps of 2**-14 of a picture over a gray."""
    if isinstance(image, IndexedImage):
        table: Int16Array = to_visual_grid(over(image.palette.colors[None], background)[0], _EXACT)
        return np.take(table, image.indices, axis=0)
    pixels = over(image.pixels, background)
    return to_visual_grid(pixels.reshape(-1, 3), _EXACT).reshape(pixels.shape)
