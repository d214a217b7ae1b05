"""Which format some bytes are: decided by content, never by a name, and only from an allow-list.

Formats whose decoders start programs (PostScript) or are rarely looked after are refused by not being listed.
"""

from __future__ import annotations

import struct

from .png_chunks import SIGNATURE

ANIMATED = frozenset(("GIF", "PNG", "WebP", "AVIF"))  # whose frames follow each other in time, unlike pages

READABLE = "PNG, JPEG, GIF, WebP, AVIF, TIFF, BMP, ICO, TGA, PNM, QOI, JPEG 2000 or PXM"

# What people do hand in by mistake, so that the refusal can call it by its name.
_REFUSED = (
    (b"%!PS", "a PostScript file"),
    (b"\xc5\xd0\xd3\xc6", "a PostScript file"),
    (b"%PDF", "a PDF document"),
    (b"8BPS", "a Photoshop file"),
    (b"\xff\x0a", "a JPEG XL picture"),
    (b"\x00\x00\x00\x0cJXL ", "a JPEG XL picture"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"<svg", "an SVG drawing"),
)


def sniff(data: bytes) -> str | None:
    """The format of `data`: a name as a person writes it, or None if it is none of the allowed ones.

    >>> sniff(b"GIF89a..."), sniff(b"%!PS-Adobe")
    ('GIF', None)
    """
    head = data[:32]
    if head.startswith(SIGNATURE):
        return "PNG"
    if head.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if head.startswith((b"GIF87a", b"GIF89a")):
        return "GIF"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "WebP"
    if head[4:8] == b"ftyp" and _is_avif(data):
        return "AVIF"
    if head.startswith((b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")):
        return "TIFF"
    if head.startswith((b"\xff\x4f\xff\x51", b"\x00\x00\x00\x0cjP  \r\n\x87\n")):
        return "JPEG 2000"
    if head.startswith(b"qoif"):
        return "QOI"
    if head.startswith(b"\x89PXM"):
        return "PXM"
    if head.startswith(b"BM"):
        return "BMP"
    if head.startswith(b"\0\0\1\0") and len(data) >= 22 and head[4:6] != b"\0\0":
        return "ICO"
    if head[:1] == b"P" and head[1:2] in b"123456f" and head[2:3].isspace():
        return "PNM"
    if _is_tga(data):
        return "TGA"
    return None


def described(data: bytes) -> str:
    """What bytes that `sniff` does not know are, as far as one can tell: 'a PDF document'."""
    head = data[:512].lstrip(b"\xef\xbb\xbf \t\r\n")
    for magic, what in _REFUSED:
        if head.startswith(magic):
            return what
    if b"<svg" in head:
        return "an SVG drawing"
    if head[4:8] == b"ftyp":
        return "an HEIC picture or a video"
    return "not a picture"


def _is_avif(data: bytes) -> bool:
    """Whether the brands in the leading ftyp box name AVIF."""
    length = min(struct.unpack(">I", data[:4])[0], 256)
    brands = {data[8:12], *(data[i : i + 4] for i in range(16, length, 4))}
    return bool(brands & {b"avif", b"avis"})


def _is_tga(data: bytes) -> bool:
    """Whether `data` begins with a plausible TGA header: it has no signature, so every field must fit."""
    if len(data) < 19:
        return False
    _, map_type, kind, _, map_length, map_bits, _, _, width, height, bits, flags = struct.unpack(
        "<BBBHHBHHHHBB", data[:18]
    )
    if map_type > 1 or not width or not height or flags & 0xC0:
        return False
    if kind in (1, 9):
        return map_type == 1 and bits == 8 and map_length > 0 and map_bits in (15, 16, 24, 32)
    if map_type == 0 and (map_length or map_bits not in (0, 15, 16, 24, 32)):
        return False
    return (kind in (2, 10) and bits in (15, 16, 24, 32)) or (kind in (3, 11) and bits in (1, 8, 16))


def is_film(data: bytes) -> bool:
    """Whether these bytes begin as MP4, QuickTime, WebM, Matroska or AVI do."""
    boxes = data[4:8] == b"ftyp" and data[8:12] not in (b"avif", b"avis", b"heic", b"heix", b"mif1", b"msf1")
    return boxes or data[:4] == b"\x1aE\xdf\xa3" or (data[:4] == b"RIFF" and data[8:12] == b"AVI ")
