"""The order of the main colors of a picture."""

from __future__ import annotations

import colorsys
from typing import Any

import numpy as np

from ..arrays import Indices, IntArray
from ..choices import PALETTE_ORDERS
from ..errors import SettingsError
from ..image import Palette


def ordered(palette: Palette, by: str, indices: Indices | None = None) -> Palette:
    """A palette in another order. Raises SettingsError.

    palette: with weights where `by` is 'share'. by: one of `choices.PALETTE_ORDERS`. indices: of the picture that it is
    of; None for more than one picture, whose colors have no first place.
    Ties keep their order; a transparent entry is left out.
    """
    if by not in PALETTE_ORDERS:
        raise SettingsError(f"sort must be one of {', '.join(PALETTE_ORDERS)}, got {by!r}")
    if by == "share" and palette.weights is not None:
        keys: list[Any] = (-palette.weights).tolist()
    elif by == "found":
        if indices is None:
            raise SettingsError("sort 'found' is for one picture; use share, lightness or hue")
        keys = _first_places(indices, len(palette)).tolist()
    else:
        keys = [_hue(color) if by == "hue" else _lightness(color) for color in palette.rgba.tolist()]
    order = sorted(np.flatnonzero(palette.rgba[:, 3]).tolist(), key=keys.__getitem__)
    return palette.reordered(np.array(order, np.intp))


def _first_places(indices: Indices, k: int) -> IntArray:
    """(k,) the place of the first pixel of each entry; of an entry without pixels one behind all."""
    places = np.full(k, indices.size, np.int64)
    found, first = np.unique(indices, return_index=True)
    places[found] = first
    return places


def _lightness(color: list[int]) -> tuple[float, ...]:
    """Rec. 709 luma, in whole numbers."""
    red, green, blue, alpha = color
    return (2126 * red + 7152 * green + 722 * blue, alpha)


def _hue(color: list[int]) -> tuple[float, ...]:
    hue, saturation, _ = colorsys.rgb_to_hsv(*(channel / 255 for channel in color[:3]))
    # Of nearly gray colors the hue is chance.
    return (0.0, 0.0, *_lightness(color)) if saturation < 0.06 else (1.0, hue, *_lightness(color))
