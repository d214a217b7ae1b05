"""How samples are painted: by arithmetic that rounds the same on every machine.

Only + - * /, square roots, comparisons and an integer hash are used. Chance is that hash of a pixel's place; shapes are
coverages between 0 and 1, laid over a canvas of (h, w, 3) floats.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
UInt64s = npt.NDArray[np.uint64]


def hashed(values: npt.NDArray[np.int64], salt: int) -> UInt64s:
    """The finaliser of splitmix64 (Steele, Lea and Flood 2014) on every element; multiplications wrap."""
    # The salt moves the whole sequence far away; added plainly, `salt + 1` would be the noise one pixel on.
    z = (values.astype(np.uint64) + (np.uint64(salt) << np.uint64(40))) * np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


def uniform(values: npt.NDArray[np.int64], salt: int) -> Floats:
    """One number in [0, 1) for every integer."""
    return (hashed(values, salt) >> np.uint64(11)).astype(np.float64) / 2.0**53


def grain(height: int, width: int, salt: int) -> Floats:
    """(h, w) fine noise in (-1, 1), most of it small: the sum of two uniform numbers."""
    places = np.arange(height * width, dtype=np.int64).reshape(height, width)
    return uniform(places, salt) + uniform(places, salt + 1) - 1.0


def clouds(x: Floats, y: Floats, size: float, salt: int) -> Floats:
    """Soft value noise in [0, 1]: random numbers on a grid of `size` pixels, smoothly interpolated."""
    column, row = np.floor(x / size), np.floor(y / size)
    right, down = smooth(x / size - column), smooth(y / size - row)
    corner = column.astype(np.int64) + 4096 * row.astype(np.int64) + (1 << 32)
    top = mix(uniform(corner, salt), uniform(corner + 1, salt), right)
    bottom = mix(uniform(corner + 4096, salt), uniform(corner + 4097, salt), right)
    return mix(top, bottom, down)


def clamp(values: Floats) -> Floats:
    """Values between 0 and 1."""
    return np.minimum(np.maximum(values, 0.0), 1.0)


def smooth(values: Floats) -> Floats:
    """From 0 to 1 as values do, starting and ending gently."""
    t = clamp(values)
    return t * t * (3.0 - 2.0 * t)


def mix(a: Floats, b: Floats, t: Floats) -> Floats:
    """From a to b as t goes from 0 to 1."""
    return a + (b - a) * t


def rgb(*color: float) -> Floats:
    """A color, or a step between two."""
    return np.array(color, np.float64)


def blend(a: Floats, b: Floats, t: Floats) -> Floats:
    """Colors (h, w, 3) or (3,) mixed by a (h, w) field."""
    return a + (b - a) * t[..., None]


def lay(canvas: Floats, color: Floats, coverage: Floats) -> None:
    """Lays a color over a canvas (h, w, 3) where its coverage (h, w) is."""
    canvas += (color - canvas) * coverage[..., None]


def ellipse(x: Floats, y: Floats, cx: float, cy: float, rx: float, ry: float, soft: float = 1.0) -> Floats:
    """Coverage of an ellipse with an edge `soft` pixels wide."""
    radius = np.sqrt(((x - cx) / rx) * ((x - cx) / rx) + ((y - cy) / ry) * ((y - cy) / ry))
    return clamp((1.0 - radius) * min(rx, ry) / soft + 0.5)


def grid(height: int, width: int) -> tuple[Floats, Floats]:
    """The middles of all pixels: x and y, (h, w) each."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float64)
    return x + 0.5, y + 0.5


def to_bytes(canvas: Floats) -> npt.NDArray[np.uint8]:
    """A canvas as pixels."""
    return np.floor(np.minimum(np.maximum(canvas, 0.0), 255.0) + 0.5).astype(np.uint8)
