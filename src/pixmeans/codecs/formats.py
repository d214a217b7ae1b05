"""The formats that are written: one row each. Names, extensions and help stand in `choices.FORMATS`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ..image import IndexedImage
from .gif_writer import gif
from .png_writer import png
from .webp_writer import webp


@dataclass(frozen=True)
class Format:
    """A format of files.

    encode: the bytes of an indexed picture, with an effort from 0 (fastest) to 6 (smallest), and the format's own
    options by name; raises OutputError for a picture that the format cannot hold. hard_alpha: pixels are opaque or
    transparent, nothing between. options: the names of its own options, each a field of `Settings`.
    """

    encode: Callable[..., bytes]
    hard_alpha: bool = False
    options: tuple[str, ...] = ()


FORMATS = {
    "png": Format(png, options=("png_type", "bit_depth")),
    "webp": Format(webp),
    "gif": Format(gif, hard_alpha=True),
}


def encode(indexed: IndexedImage, format: str, *, optimize: int = 2, **options: Any) -> bytes:
    """The bytes of a file that decodes to exactly this picture.

    format: one of `FORMATS`: 'png' (indexed or gray, 1, 2, 4 or 8 bits), 'webp' (lossless) or 'gif' (alpha below 128
        becomes the one transparent entry, everything else opaque).
    optimize: lossless effort, 0 (fastest) to 6 (smallest).
    options: of formats, such as png_type='gray'; those of other formats do not count.

    The palette may be written in another order. Raises OutputError for a picture that the format cannot hold.
    """
    row = FORMATS[format]
    return row.encode(indexed, optimize, **{name: options[name] for name in row.options if name in options})
