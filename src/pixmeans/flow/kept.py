"""What a format keeps of a picture beside its pixels, and what it cannot hold."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..codecs import FORMATS
from ..image import Image, Palette
from .hidden import count_hidden

# Dots per inch along x and y that differ by more than this change the shape of the picture on a screen.
_SAME_SHAPE = 0.01


class Unheld(NamedTuple):
    """What a file of a format lacks. losses: of the pixels; notes: what shows; details: what does not."""

    losses: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    details: tuple[str, ...] = ()


def unheld(image: Image, format: str, palette: Palette, *, keep_hidden: bool, matte: str | None) -> Unheld:
    """What a file lacks of a picture, as short phrases.

    palette: of the file. matte: what the picture was laid upon, if anything. keep_hidden: whether the colors of fully
    transparent pixels are asked for.
    """
    row, name, tags = FORMATS[format], format_name(format), image.tags
    losses, notes, details = [], [], []
    translucent = (palette.rgba[:, 3] > 0) & (palette.rgba[:, 3] < 255)
    if row.hard_alpha and bool(translucent.any()):
        count = int(np.count_nonzero(translucent))
        entries = "1 translucent entry" if count == 1 else f"{count} translucent entries"
        notes.append(f"{name} cannot hold {entries} of the palette: no pixel has it")
    if matte is not None and image.has_alpha:
        losses.append(f"transparency became {matte}")
    elif image.has_alpha and (row.hard_alpha or not bool(translucent.any())):
        levels = np.count_nonzero(np.bincount(image.pixels[..., 3].reshape(-1), minlength=256)[1:255])
        if levels:
            ends = np.isin((0, 255), image.pixels[..., 3]).sum()
            losses.append(f"{levels + ends} levels of alpha became 2" + (f" ({name})" if row.hard_alpha else ""))
    there, left = count_hidden(image), int(np.count_nonzero(palette.rgba[:, 3] == 0))
    if not keep_hidden:
        if bool(image.has_alpha and image.pixels[image.pixels[..., 3] == 0].any()):
            details.append("dropped: colors of fully transparent pixels, which nobody sees")
    elif row.hard_alpha and there:
        notes.append(f"{name} cannot hold colors of transparent pixels: dropped")
    elif there > left:
        losses.append(f"{there} colors of transparent pixels became {left}")
    shape = _shape(image)
    if shape and "dpi" not in row.holds:
        notes.append(f"{name} cannot hold the shape of the pixels ({shape}) and shows them square")
    elif image.dpi and "dpi" not in row.holds:
        details.append(f"dropped: dots per inch, which {name} cannot hold")
    beside = (("exif", "EXIF", tags.exif), ("xmp", "XMP", tags.xmp), ("texts", "text", tags.texts))
    for key, word, given in beside:
        if given and key not in row.holds:
            notes.append(f"{name} cannot hold {word}: dropped")
    return Unheld(tuple(losses), tuple(notes), tuple(details))


def format_name(format: str) -> str:
    """As a person writes it."""
    return {"webp": "WebP"}.get(format, format.upper())


def _shape(image: Image) -> str:
    """How many pixels there are along x to how many along y on the same length; empty where pixels are square."""
    if image.tags.aspect is not None:
        return f"{image.tags.aspect[0]}:{image.tags.aspect[1]}"
    if image.dpi is not None and abs(image.dpi[0] / image.dpi[1] - 1) > _SAME_SHAPE:
        return f"{image.dpi[0]:.4g}:{image.dpi[1]:.4g}"
    return ""
