"""The formats that are written: one row each. Names, extensions and help stand in `choices.FORMATS`."""

from __future__ import annotations

import os
from collections.abc import Callable
from importlib import import_module
from typing import Any

from .. import choices
from ..errors import SettingsError, shown
from ..image import IndexedImage
from ..records import dataclass


@dataclass(frozen=True)
class Format:
    """A format of files.

    writer: the module of this room and the function in it that gives the bytes of an indexed picture, with an effort
    from 0 (fastest) to 6 (smallest), and the format's own options by name; it raises OutputError for a picture that the
    format cannot hold. It is imported when it is used, as most runs write one format. hard_alpha: pixels are opaque or
    transparent, nothing between. holds: what it keeps beside pixels: 'icc', 'cicp', 'dpi' (and the shape of pixels),
    'exif', 'xmp', 'texts'. options: the names of its own options, each a field of `Settings`.
    """

    writer: str
    hard_alpha: bool = False
    holds: frozenset[str] = frozenset()
    options: tuple[str, ...] = ()

    @property
    def encode(self) -> Callable[..., bytes]:
        """What `writer` names."""
        module, _, function = self.writer.partition(".")
        encode: Callable[..., bytes] = getattr(import_module(f".{module}", __package__), function)
        return encode


FORMATS = {
    "png": Format(
        "png_writer.png",
        holds=frozenset(("icc", "cicp", "dpi", "exif", "xmp", "texts")),
        options=("png_type", "bit_depth"),
    ),
    "webp": Format("webp_writer.webp", holds=frozenset(("icc", "exif", "xmp"))),
    "gif": Format("gif_writer.gif", hard_alpha=True, holds=frozenset(("texts",))),
}


def encode(indexed: IndexedImage, format: str, *, optimize: int = 2, **options: Any) -> bytes:
    """The bytes of a file that decodes to exactly this picture.

    format: one of `FORMATS`: 'png' (indexed or gray, 1, 2, 4 or 8 bits; 24 or 32 bits a pixel for more than 256
        colors), 'webp' (lossless) or 'gif' (alpha below 128 becomes the one transparent entry, everything else opaque;
        at most 256 colors).
    optimize: lossless effort, 0 (fastest) to 6 (smallest).
    options: of formats, such as png_type='gray'; those of other formats do not count.

    The palette may be written in another order. Raises OutputError for a picture that the format cannot hold.
    """
    row = FORMATS[format]
    return row.encode(indexed, optimize, **{name: options[name] for name in row.options if name in options})


def named_format(output: str, wanted: str | None) -> str | None:
    """The format that a file's name asks for; None for a name without an extension. wanted: what was asked for besides.

    Raises SettingsError for an extension of no format that is written, and where name and `wanted` differ.

    >>> named_format("photo.webp", None), named_format("photo", "gif")
    ('webp', None)
    """
    extension = os.path.splitext(output)[1].lower()
    if not extension:
        return None
    named = choices.format_of(extension)
    if named is None:
        extensions = [one for row in choices.FORMATS.values() for one in row.extensions]
        raise SettingsError(f"{shown(output)}: unknown extension {shown(extension)}; use {either(extensions)}")
    if wanted not in (None, named):
        raise SettingsError(f"format {wanted} and the name {shown(output)} contradict each other")
    return named


def either(words: list[str]) -> str:
    """Words as a person lists them.

    >>> either([".png", ".webp", ".gif"])
    '.png, .webp or .gif'
    """
    return f"{', '.join(words[:-1])} or {words[-1]}"
