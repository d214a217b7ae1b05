"""A picture and its distinct colors: counted once, however often it is quantized."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import replace
from functools import cached_property
from typing import Any, TypeVar

import numpy as np

from .color import SPACES
from .histogram import Histogram, count_colors, weighted
from .image import Image
from .masking import masking
from .metrics import Reference
from .points import GridPoints

T = TypeVar("T")


class Counted:
    """A picture as it will be clustered, and its histogram.

    image: without alpha where that says nothing, and with one kind of fully transparent pixel.
    histogram: of its pixels. clear: 1 if that holds the fully transparent color (it comes first), else 0.
    visible: the histogram of all other colors.
    """

    def __init__(self, image: Image, *, hard_alpha: bool = False) -> None:
        """hard_alpha: pixels become opaque or transparent, as GIF knows nothing else: alpha counts from 128."""
        self.image = image = _prepared(image, hard_alpha)
        self.histogram = histogram = count_colors(image.pixels)
        self.clear = int(image.has_alpha and histogram.codes[0] == 0)
        self.visible = Histogram(histogram.colors[1:], histogram.weights[1:]) if self.clear else histogram
        self._memory: dict[Hashable, Any] = {}

    def remembered(self, what: Hashable, make: Callable[[], T]) -> T:
        """What `make` returns, made the first time that somebody asks for it by this name."""
        if what not in self._memory:
            self._memory[what] = make()
        found: T = self._memory[what]
        return found

    def points(self, space: str, masks: bool = False) -> GridPoints:
        """The visible colors as points of a space; masks: with the weights of `masked`."""
        histogram = self.masked if masks else self.visible
        return self.remembered(("points", space, masks), lambda: SPACES[space].points(histogram))

    @cached_property
    def masked(self) -> Histogram:
        """The visible colors, each weighing what errors in its pixels show.

        It is the root of a pixel's masking weight that pays. Measured on 13 photos in OKLab with 16, 64 and 256
        colors, it brings 3.6, 1.9 and 1.1 points of SSIMULACRA2 (dithered 0.3, 0.6, 0.4) at the same mean squared
        error; the whole weight brings no more, for 5 % more error.
        """
        levels = masking(self.image.pixels).weights
        roots = np.floor(16 * np.sqrt(np.arange(1 << 16)) + 0.5).astype(np.int64)
        histogram = weighted(self.histogram, self.image.pixels, levels, roots)
        return Histogram(histogram.colors[1:], histogram.weights[1:]) if self.clear else histogram

    @cached_property
    def reference(self) -> Reference:
        """The picture as what results are compared with."""
        return Reference(self.image)


def _prepared(image: Image, hard_alpha: bool) -> Image:
    image = image.without_opaque_alpha()
    if not image.has_alpha:
        return image
    pixels = image.pixels.copy()
    if hard_alpha:
        pixels[..., 3] = np.where(pixels[..., 3] < 128, 0, 255)
    pixels[pixels[..., 3] == 0] = 0
    return replace(image, pixels=pixels)
