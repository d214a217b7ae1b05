"""Two pictures that can be compared: of one size, and with alpha over two backgrounds."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import overload

import numpy as np
import numpy.typing as npt

from ..arrays import FloatArray, UInt8Array
from ..color.spaces import linear_table
from ..image import BELOW_BLACK, Image, IndexedImage

# The backgrounds that pictures with alpha are compared over: values of sRGB, 0 to 255.
BLACK_AND_WHITE = (0.0, 255.0)


@overload
def pair(original: Image, other: Image) -> tuple[Image, Image]: ...


@overload
def pair(original: Image, other: Image | IndexedImage) -> tuple[Image, Image | IndexedImage]: ...


def pair(original: Image, other: Image | IndexedImage) -> tuple[Image, Image | IndexedImage]:
    """Both pictures, without alpha channels that say nothing. Raises ValueError, with both sizes, if they differ."""
    if (original.height, original.width) != (other.height, other.width):
        raise ValueError(
            f"pictures to compare must have one size, got {original.width}x{original.height} "
            f"and {other.width}x{other.height}"
        )
    return original.without_opaque_alpha(), other.without_opaque_alpha()


def backgrounds(original: Image, other: Image | IndexedImage) -> tuple[float, ...]:
    """The two backgrounds to compare over, or only the first if both pictures are opaque."""
    return BLACK_AND_WHITE if original.has_alpha or other.has_alpha else BLACK_AND_WHITE[:1]


def bands(image: Image) -> Iterator[slice]:
    """Slices of rows that cover a picture, of 2^16 pixels or one row: what is computed in between stays small."""
    height = max(1, 65_536 // image.width)
    for top in range(0, image.height, height):
        yield slice(top, top + height)


def over(pixels: UInt8Array, background: float) -> UInt8Array:
    """(h, w, 3 or 4) -> (h, w, 3) over a gray of black (0) or white (255), as a screen shows it: rounded half up."""
    if pixels.shape[2] == 3:
        return pixels
    alpha = pixels[..., 3:].astype(np.int32)
    blended = pixels[..., :3] * alpha + int(background) * (255 - alpha)
    return ((2 * blended + 255) // 510).astype(np.uint8)


def pixels_of(image: Image | IndexedImage, rows: slice) -> UInt8Array:
    """(h, w, 3 or 4) uint8: some rows of a picture."""
    if isinstance(image, Image):
        return image.pixels[rows]
    colors = image.palette.rgba if image.has_alpha else np.ascontiguousarray(image.palette.rgba[:, :3])
    found: UInt8Array = colors[image.indices[rows]]
    return found


def is_deep(image: Image | IndexedImage) -> bool:
    """Whether a picture as it was read has more than its 8-bit pixels: see `Image.rest`."""
    return isinstance(image, Image) and image.rest is not None


def values_over(image: Image, background: float, rows: slice = slice(None)) -> FloatArray:
    """(h, w, 3) float64: the values of some rows as they were read, over a gray; not rounded.

    Values of sRGB, 0 to 255, and beyond for colors that sRGB has not.
    """
    pixels = image.pixels[rows]
    values: FloatArray = pixels[..., :3].astype(np.float64)
    if image.rest is not None:
        values += image.rest[rows] / 257.0
    if pixels.shape[2] == 4:
        alpha = pixels[..., 3:] / 255.0
        values = values * alpha + background * (1.0 - alpha)
    return values


def light_of(values: FloatArray) -> FloatArray:
    """Linear light of values of sRGB, 0 to 255 and beyond (see `Image.rest`); between two bytes it rises evenly."""
    low = np.clip(values, 0, 254).astype(np.uint8)
    table = linear_table()
    light: FloatArray = table[low] + (values - low) * (table[low + 1] - table[low])
    return np.where(values < 0, values / (BELOW_BLACK * 255.0), light)


@cache
def light_over(background: float | None) -> npt.NDArray[np.float32]:
    """(256, 256) the linear light, 0..1, of a value (column) with an alpha (row) over a background.

    None is for opaque pictures: only the last row is meant. Values are blended as they are stored, and not rounded.
    """
    if background is None:
        light = np.zeros((256, 256), np.float32)
        light[255] = linear_table()
    else:
        alpha, value = np.arange(256.0)[:, None], np.arange(256.0)[None, :]
        light = _linear_light((alpha * value + (255.0 - alpha) * background) / 255.0**2).astype(np.float32)
    light.flags.writeable = False
    return light


def _linear_light(srgb: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """`color.spaces.linear_light` on every element."""
    x = (srgb + 0.055) / 1.055
    square = x * x
    root = np.ones_like(x)
    for _ in range(40):
        fourth = root * root * root * root
        root = (4.0 * root + square / fourth) / 5.0
    return np.where(srgb <= 0.04045, srgb / 12.92, square * root)
