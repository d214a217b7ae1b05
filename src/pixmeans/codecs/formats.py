"""The formats that are written: one row each. Names, extensions and help stand in `choices.FORMATS`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ..image import IndexedImage
from .gif_writer import gif
from .png_writer import png
from .webp_writer import webp


@dataclass(frozen=True)
class Format:
    """A format of files.

    encode: the bytes of an indexed picture, with an effort from 0 (fastest) to 6 (smallest); raises OutputError for a
    picture that is too large for the format. hard_alpha: pixels are opaque or transparent, nothing between.
    """

    encode: Callable[[IndexedImage, int], bytes]
    hard_alpha: bool = False


FORMATS = {
    "png": Format(png),
    "webp": Format(webp),
    "gif": Format(gif, hard_alpha=True),
}


def encode(indexed: IndexedImage, format: str, *, optimize: int = 2) -> bytes:
    """The bytes of a file that decodes to exactly this picture.

    format: one of `FORMATS`: 'png' (indexed, 1, 2, 4 or 8 bits), 'webp' (lossless) or 'gif' (alpha below 128 becomes
        the one transparent entry, everything else opaque).
    optimize: lossless effort, 0 (fastest) to 6 (smallest).

    The palette may be written in another order. Raises OutputError for a picture too large for the format.
    """
    return FORMATS[format].encode(indexed, optimize)
