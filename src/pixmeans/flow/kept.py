"""What a format keeps of a picture beside its pixels, and what it cannot hold."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..arrays import Bools
from ..choices import format_name
from ..codecs import FORMATS
from ..image import Image, IndexedImage, Palette, count_indices
from ..settings import Settings, parse_hex
from .hidden import count_hidden

# Dots per inch along x and y that differ by more than this change the shape of the picture on a screen.
_SAME_SHAPE = 0.01


class Unheld(NamedTuple):
    """What a file of a format lacks. losses: of the pixels; notes: what shows; details: what does not."""

    losses: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    details: tuple[str, ...] = ()


def unheld(image: Image, format: str, indexed: IndexedImage, settings: Settings) -> Unheld:
    """What a file lacks of a picture and of what was asked for, as short phrases.

    indexed: what the file holds. settings: of them `matte`, `keep`, `color_bits` and `keep_hidden_colors`.
    """
    matte, keep_hidden = settings.matte, settings.keep_hidden_colors
    row, name, tags = FORMATS[format], format_name(format), image.tags
    losses, notes, details = [], [], []
    palette = indexed.palette
    translucent = (palette.rgba[:, 3] > 0) & (palette.rgba[:, 3] < 255)
    if row.hard_alpha and bool(translucent.any()):
        count = int(np.count_nonzero(translucent))
        entries = "1 translucent entry" if count == 1 else f"{count} translucent entries"
        notes.append(f"{name} cannot hold {entries} of the palette: no pixel has it")
    if matte is not None and image.has_alpha:
        losses.append(f"transparency became {matte}")
    elif image.has_alpha and (row.hard_alpha or not bool(np.any(translucent & _used(indexed)))):
        levels = np.count_nonzero(np.bincount(image.pixels[..., 3].reshape(-1), minlength=256)[1:255])
        if levels:
            ends = np.isin((0, 255), image.pixels[..., 3]).sum()
            losses.append(f"{levels + ends} levels of alpha became 2" + (f" ({name})" if row.hard_alpha else ""))
    there = count_hidden(image)
    if not keep_hidden:
        if bool(image.has_alpha and image.pixels[image.pixels[..., 3] == 0].any()):
            details.append("dropped: colors of fully transparent pixels, which nobody sees")
    elif row.hard_alpha and there:
        notes.append(f"{name} cannot hold colors of transparent pixels: dropped")
    elif there and not _holds_hidden(image, indexed):
        colors = "1 color" if there == 1 else f"{there} colors"
        left = _hidden_left(image, indexed)
        losses.append(f"{colors} of transparent pixels became {left}" + " others" * (left == there))
    notes += _missing(settings, palette)
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


def _used(indexed: IndexedImage) -> Bools:
    """(k,) which entries pixels have."""
    return count_indices(indexed.indices, len(indexed.palette)) > 0


def _missing(settings: Settings, palette: Palette) -> list[str]:
    """What became of colors to keep that the palette does not hold; fully transparent ones are one."""
    if not settings.keep:
        return []
    there = set(palette.hex)
    said = []
    for color in filter(None, map(parse_hex, settings.keep)):
        name = "#" + bytes(color if color[3] < 255 else color[:3]).hex()
        if color[3] == 0 or name in there:
            continue
        why = "no pixel can be translucent" if color[3] < 255 else f"{settings.color_bits} has no such color"
        said.append(f"{name} is not in the palette: {why}")
    return said


def _holds_hidden(image: Image, indexed: IndexedImage) -> bool:
    """Whether transparent pixels have the colors of the picture."""
    where = image.pixels[..., 3] == 0
    return bool((indexed.palette.rgba[indexed.indices[where]] == image.pixels[where]).all())


def _hidden_left(image: Image, indexed: IndexedImage) -> int:
    """How many colors the file has where the picture is transparent."""
    entries = np.unique(indexed.indices[image.pixels[..., 3] == 0])
    rgba = indexed.palette.rgba[entries]
    return len(np.unique(rgba[rgba[:, 3] == 0], axis=0))


def _shape(image: Image) -> str:
    """How many pixels there are along x to how many along y on the same length; empty where pixels are square."""
    if image.tags.aspect is not None:
        return f"{image.tags.aspect[0]}:{image.tags.aspect[1]}"
    if image.dpi is not None and abs(image.dpi[0] / image.dpi[1] - 1) > _SAME_SHAPE:
        return f"{image.dpi[0]:.4g}:{image.dpi[1]:.4g}"
    return ""
