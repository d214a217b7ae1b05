"""Windows of a picture that is larger than memory, and what is known of it before its pixels are read."""

from __future__ import annotations

from collections.abc import Iterator
from math import lcm
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from ..arrays import UInt8Array
from ..errors import UsageError
from ..records import dataclass, field

# Windows begin at multiples of this, so that masks of dithering meet at their edges; and hold about so many pixels.
ALIGNED = 64
WINDOW_PIXELS = 1 << 22


@dataclass(frozen=True)
class Window:
    """Rows top to bottom and columns left to right of a picture."""

    top: int
    bottom: int
    left: int
    right: int

    @property
    def pixels(self) -> int:
        """How many pixels lie in it."""
        return (self.bottom - self.top) * (self.right - self.left)

    def around(self, margin: int, about: About) -> Window:
        """It and so many pixels on each side, as far as the picture goes."""
        return Window(
            max(0, self.top - margin),
            min(about.height, self.bottom + margin),
            max(0, self.left - margin),
            min(about.width, self.right + margin),
        )

    def within(self, other: Window) -> tuple[slice, slice]:
        """Its rows and columns of the pixels of another window around it."""
        rows = slice(self.top - other.top, self.bottom - other.top)
        return rows, slice(self.left - other.left, self.right - other.left)


@dataclass(frozen=True)
class About:
    """What is known of a picture before its pixels are read.

    name: for messages. height, width: in pixels. has_alpha: whether some may be transparent. unit: windows should begin
    at multiples of these rows and columns, as the file is stored in such blocks. in_order: windows can be read from the
    top down only. stamp: changes when the picture does. nodata: samples of this value in all bands are no pixel. geo:
    tags of TIFF that are kept, as (code, type, count, value). notes: what a person should know.
    """

    name: str
    height: int
    width: int
    has_alpha: bool = False
    unit: tuple[int, int] = (1, 1)
    in_order: bool = False
    stamp: str = ""
    nodata: int | None = None
    geo: tuple[tuple[Any, ...], ...] = ()
    notes: tuple[str, ...] = field(default=())

    @property
    def pixels(self) -> int:
        """Of the whole picture."""
        return self.height * self.width

    def windows(self, output: int = 1, pixels: int = WINDOW_PIXELS) -> Iterator[Window]:
        """Windows that cover the picture, row by row. output: blocks that are written have sides of so many pixels."""
        rows, columns = (lcm(ALIGNED, output, side) for side in self.unit)
        if rows > 8192:  # a strip that is as high as the picture
            rows = lcm(ALIGNED, output)
        if self.in_order or columns > self.width:
            columns = self.width
        wide = self.width if self.in_order else max(1, round(pixels**0.5) // columns) * columns
        high = max(1, pixels // (min(wide, self.width) * rows)) * rows
        for top in range(0, self.height, high):
            for left in range(0, self.width, wide):
                yield Window(top, min(top + high, self.height), left, min(left + wide, self.width))


class Tiled(Protocol):
    """A picture that is read window by window."""

    about: About

    def read(self, window: Window) -> UInt8Array:
        """(h, w, 3 or 4) uint8; four channels where `about.has_alpha`, alpha 0 or 255, (0, 0, 0, 0) for no pixel.

        Raises InputError.
        """

    def close(self) -> None:
        """Gives the file back."""


def needed(name: str) -> Any:
    """A module of a package that few need. Raises UsageError where it is not installed."""
    from importlib import import_module

    try:
        return import_module(name)
    except ImportError as error:
        package = name.partition(".")[0]
        raise UsageError(f'this needs {package}: pip install "pixmeans[distributed]"') from error


def to_pixels(samples: npt.NDArray[Any], about: About) -> UInt8Array:
    """(h, w) or (h, w, c) samples of 8 or 16 bits -> (h, w, 3 or 4) uint8, as `Tiled.read` gives them.

    One band is gray, two are gray and alpha, three are colors, four colors and alpha.
    """
    if samples.ndim == 2:
        samples = samples[..., None]
    empty = None if about.nodata is None else (samples == about.nodata).all(axis=2)
    if samples.dtype == np.uint16:
        samples = ((samples.astype(np.uint32) * 255 + 32767) // 65535).astype(np.uint8)
    channels = samples.shape[2]
    colors = samples[..., :3] if channels >= 3 else np.repeat(samples[..., :1], 3, axis=2)
    if not about.has_alpha:
        return np.ascontiguousarray(colors)
    seen = np.ones(samples.shape[:2], np.bool_) if channels % 2 else samples[..., channels - 1] >= 128
    if empty is not None:
        seen &= ~empty
    pixels = np.zeros((*samples.shape[:2], 4), np.uint8)
    pixels[..., :3] = colors * seen[..., None]
    pixels[..., 3] = 255 * seen.astype(np.uint8)
    return pixels
