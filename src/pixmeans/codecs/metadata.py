"""EXIF and XMP as they can stand in another file of the same picture: upright, in its colors, without thumbnails."""

from __future__ import annotations

import re

import PIL.Image

_ORIENTATION, _EXIF, _GPS, _MAKER_NOTE = 0x0112, 0x8769, 0x8825, 0x927C
_COLOR_SPACE, _WIDTH, _HEIGHT, _INTEROP = 0xA001, 0xA002, 0xA003, 0xA005

# What a TIFF file's own directory says of a picture, beside how its pixels are stored: title, maker, model, software,
# date, artist, copyright.
_DESCRIBES = (270, 271, 272, 305, 306, 315, 33432)

_MAX_BLOCK = 1 << 20  # a JPEG holds 64 kB; what is larger is not for people


def describes(exif: PIL.Image.Exif) -> bool:
    """Whether EXIF tells of the picture more than how it is stored and how it lies."""
    return any(tag in exif for tag in (*_DESCRIBES, _EXIF, _GPS))


def exif_of(exif: PIL.Image.Exif, width: int, height: int, *, srgb: bool) -> bytes | None:
    """An EXIF block without marker: without thumbnail and maker notes, whose places in the file are lost.

    width, height: of the upright picture. srgb: whether its colors are sRGB now. None for a block that holds nothing,
    is damaged or is too large.
    """
    try:
        kept = PIL.Image.Exif()
        for tag in _DESCRIBES:
            if tag in exif:
                kept[tag] = exif[tag]
        inner = {tag: value for tag, value in exif.get_ifd(_EXIF).items() if tag not in (_MAKER_NOTE, _INTEROP)}
        for tag, value in ((_WIDTH, width), (_HEIGHT, height)):
            if tag in inner:
                inner[tag] = value
        if _COLOR_SPACE in inner:
            inner[_COLOR_SPACE] = 1 if srgb else 0xFFFF
        for tag, values in ((_EXIF, inner), (_GPS, dict(exif.get_ifd(_GPS)))):
            if values:
                kept.get_ifd(tag).update(values)
        if not len(kept) and not inner and not kept.get_ifd(_GPS):
            return None
        kept[_ORIENTATION] = 1
        block = kept.tobytes().removeprefix(b"Exif\0\0")
    except Exception:  # damaged EXIF fails in every way there is, and never matters to the pixels
        return None
    return block if len(block) <= _MAX_BLOCK else None


def xmp_of(xmp: bytes) -> bytes | None:
    """An XMP packet of an upright picture, without thumbnails; None where it is too large."""
    words = re.sub(rb'(tiff:Orientation\s*(?:=\s*["\']|>)\s*)[1-8]', rb"\g<1>1", xmp)
    words = re.sub(rb"<xmp:Thumbnails\b.*?</xmp:Thumbnails>", b"", words, flags=re.DOTALL)
    if b"xmpGImg:image" in words or len(words) > _MAX_BLOCK:
        return None
    return words
