"""Reading every format but PNG, through exactly the Pillow plugin that the content asks for.

`PIL.Image.open` would import all common plugins first, and print or raise its own size limit's warnings.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import math
import struct
import sys
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import PIL.Image

from ..arrays import Samples, UInt8Array
from . import quiet
from .icc import lab_to_srgb
from .metadata import describes

_PLUGINS = {
    "JPEG": ("JpegImagePlugin", "JpegImageFile"),
    "GIF": ("GifImagePlugin", "GifImageFile"),
    "WebP": ("WebPImagePlugin", "WebPImageFile"),
    "AVIF": ("AvifImagePlugin", "AvifImageFile"),
    "TIFF": ("TiffImagePlugin", "TiffImageFile"),
    "BMP": ("BmpImagePlugin", "BmpImageFile"),
    "ICO": ("IcoImagePlugin", "IcoImageFile"),
    "TGA": ("TgaImagePlugin", "TgaImageFile"),
    "PNM": ("PpmImagePlugin", "PpmImageFile"),
    "QOI": ("QoiImagePlugin", "QoiImageFile"),
    "JPEG 2000": ("Jpeg2KImagePlugin", "Jpeg2KImageFile"),
}

HAS_FRAMES = frozenset(("GIF", "TIFF", "WebP", "AVIF"))

_MAX_FRAMES = 1_000_000  # counting stops there: nobody needs the exact number of a bomb's frames


def opened(data: bytes, format: str) -> Any:
    """The Pillow picture of `data`, its header read and its pixels not."""
    module, name = _PLUGINS[format]
    plugin = getattr(importlib.import_module(f"PIL.{module}"), name)
    return plugin(io.BytesIO(data))


def load(picture: Any) -> None:
    """Decode the pixels; what libtiff has to say about them is not heard."""
    by_libtiff = any(tile[0] == "libtiff" for tile in getattr(picture, "tile", ()))
    with quiet.no_messages if by_libtiff else contextlib.nullcontext():
        picture.load()


def loaded(data: bytes, format: str, picture: Any) -> npt.NDArray[np.uint16] | None:
    """Decode `picture` (from `opened`). For 16-bit RGB(A) TIFF also all 16 bits, of which Pillow keeps 8.

    Returns (h, w, 3 or 4) uint16, or None when the picture holds all there is.
    """
    tiles = [] if format != "TIFF" else list(picture.tile)
    other = [_other_byte(tile) for tile in tiles]
    load(picture)
    if not other or None in other:
        return None
    with opened(data, format) as second:
        second.tile = other
        load(second)
        low = np.asarray(second)
    high = np.asarray(picture).astype(np.uint16)
    return np.asarray(high << 8 | low, np.uint16)


def _other_byte(tile: Any) -> Any:
    """The same piece of a 16-bit picture, asking for the other byte of each sample; or None."""
    raw = tile.args[0] if isinstance(tile.args, tuple) else tile.args
    name, _, order = str(raw).partition(";16")
    if name not in ("RGB", "RGBA") or order not in ("B", "L", "N"):
        return None
    native = "L" if sys.byteorder == "little" else "B"
    if tile.codec_name == "libtiff":  # hands out samples in the machine's order, whatever the file's
        order = "N"
    swapped = {"B": "L", "L": "B", "N": "B" if native == "L" else "L"}[order]
    args = (f"{name};16{swapped}", *tile.args[1:]) if isinstance(tile.args, tuple) else f"{name};16{swapped}"
    return tile._replace(args=args)


class Planes(NamedTuple):
    """A picture of any mode as samples.

    color: (h, w) gray, (h, w, 3) RGB or (h, w, 4) CMYK uint8, or (h, w) gray uint16. alpha: (h, w) uint8, straight, or
    None. note: what had to change, if that is a loss. bits: how many gray of uint16 had.
    """

    color: Samples
    alpha: UInt8Array | None = None
    note: str | None = None
    bits: int = 16


def planes(picture: Any) -> Planes:
    """The samples of a loaded Pillow picture."""
    mode = picture.mode
    if mode == "LAB":
        return Planes(lab_to_srgb(picture), None, "Lab converted to sRGB")
    if mode in ("I", "F") or mode.startswith("I;16"):
        return _deep_gray(picture)
    if mode == "1":
        picture = picture.convert("L")
    elif mode in ("La", "LA"):
        picture = picture.convert("LA")
    elif mode in ("P", "PA", "L", "RGB") and (mode == "PA" or "transparency" in picture.info):
        picture = picture.convert("RGBA")
    elif mode == "P":
        has_alpha = picture.palette is not None and picture.palette.mode == "RGBA"
        picture = picture.convert("RGBA" if has_alpha else "RGB")
    elif mode == "RGBa":
        picture = picture.convert("RGBA")
    elif mode not in ("L", "RGB", "RGBA", "CMYK"):
        picture = picture.convert("RGB")
    samples = np.asarray(picture)
    if picture.mode == "RGBA":
        return Planes(samples[..., :3], samples[..., 3])
    if picture.mode == "LA":
        return Planes(samples[..., 0], samples[..., 1])
    return Planes(samples)


def _deep_gray(picture: Any) -> Planes:
    """Gray of more than 8 bits, and what scale was taken for it.

    Pillow would clip: everything above 255 white. Whole numbers are taken as 8 bits if they fit, else as 16,
    else relative to the largest; floats as 0 to 1 if they fit, else likewise.
    """
    values = np.nan_to_num(np.asarray(picture).astype(np.float64), posinf=0, neginf=0)
    top, bits, note = float(values.max()), 16, None
    if picture.mode.startswith("I;16"):
        tags = getattr(picture, "tag_v2", {})
        bits = _first(tags.get(258), 16)
        white = float((1 << bits) - 1) if 8 < bits <= 16 else 65535.0
        if _first(tags.get(262), 1) == 0 and tags:  # white is zero, which Pillow inverts only for 8 bits and less
            values = white - values
    elif picture.mode == "F" and top <= 1.0001:
        white, note = 1.0, "floats from 0 to 1 became 8 bits"
    elif top <= 255:
        white = 255.0
    elif top <= 65535:
        white = 65535.0
    else:
        white, note = top, "values were scaled to 8 bits, the largest to white"
    if white == 255.0:
        gray: Samples = np.clip(np.rint(values), 0, 255).astype(np.uint8)
    else:
        gray = np.clip(np.rint(values * 65535 / white), 0, 65535).astype(np.uint16)
    key = picture.info.get("transparency")
    alpha = None
    if isinstance(key, int):
        alpha = np.where(np.asarray(picture) == key, 0, 255).astype(np.uint8)
    if note is None and bool((values != (gray if white == 255.0 else np.rint(gray * (white / 65535)))).any()):
        note = "values that no level holds were rounded or clipped"
    return Planes(gray, alpha, note, bits)


def _first(value: Any, otherwise: int) -> int:
    if isinstance(value, (tuple, list)):
        value = value[0] if value else None
    return value if isinstance(value, int) else otherwise


def orientation(picture: Any) -> int:
    """The EXIF (or XMP) orientation of a loaded picture, 1 to 8; 1 when it is missing or makes no sense."""
    try:
        value = picture.getexif().get(0x0112, 1)
    except Exception:  # damaged EXIF fails in every way there is, and never matters to the pixels
        return 1
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def dpi(picture: Any) -> tuple[float, float] | None:
    """Dots per inch (x, y), or None if the picture does not say or what it says makes no sense."""
    try:
        x, y = (float(value) for value in picture.info["dpi"])
    except (KeyError, TypeError, ValueError, ZeroDivisionError, OverflowError):
        return None
    # Pillow says (1, 1) where a TIFF says nothing, and a JPEG that gives only a pixel's shape looks the same.
    return (x, y) if all(math.isfinite(v) and 1 < v < 1e6 for v in (x, y)) else None


def aspect(picture: Any) -> tuple[int, int] | None:
    """How many pixels there are to a length along x and y, where a file tells only their ratio; None for squares."""
    found = picture.info.get("aspect")  # of a PNG
    if picture.info.get("jfif_unit") == 0:
        found = picture.info.get("jfif_density")
    elif found is None and getattr(picture, "tag_v2", {}).get(296) == 1:
        found = picture.tag_v2.get(282), picture.tag_v2.get(283)
    try:
        x, y = (Fraction(float(value)).limit_denominator(1000) for value in found or ())
    except (TypeError, ValueError, OverflowError, ZeroDivisionError):
        return None
    if x <= 0 or y <= 0 or x == y:
        return None
    ratio = x / y
    if max(ratio, 1 / ratio) > 1000:
        return None
    return ratio.numerator, ratio.denominator


def is_adobe_rgb(picture: Any) -> bool:
    """Whether EXIF says that colors are those of Adobe RGB (1998).

    Its number 2 is not in the standard and yet common; DCF 2.0 leaves the space uncalibrated and names the file "R03".
    A PNG has chunks that say so; its EXIF tells of the past (W3C, "Portable Network Graphics", third edition, eXIf).
    """
    if picture.format == "PNG":
        return False
    try:
        exif = picture.getexif()
        space = exif.get_ifd(0x8769).get(0xA001)
        index = exif.get_ifd(0xA005).get(1)
    except Exception:  # see `orientation`
        return False
    index = index.encode() if isinstance(index, str) else index
    return space == 2 or (space != 1 and isinstance(index, bytes) and index.rstrip(b"\0 ") == b"R03")


def nclx(data: bytes) -> tuple[int, int, int, int] | None:
    """Primaries, transfer, matrix and range that the colr box of an AVIF file tells (ISO/IEC 23000-22); None for none.

    The box stands in the part before the pixels.
    """
    at = data.find(b"colrnclx", 0, 1 << 16)
    if at < 0 or at + 15 > len(data):
        return None
    primaries, transfer, matrix, full = struct.unpack_from(">HHHB", data, at + 8)
    return primaries, transfer, matrix, full >> 7


def exif(picture: Any) -> PIL.Image.Exif | None:
    """The EXIF of a loaded picture; None where there is none, or it is damaged."""
    try:
        found: PIL.Image.Exif = picture.getexif()
    except Exception:  # see `orientation`
        return None
    return found if len(found) else None


def xmp(picture: Any) -> bytes | None:
    """The XMP packet of a picture."""
    found = picture.info.get("xmp") or picture.info.get("XML:com.adobe.xmp")
    found = found.encode() if isinstance(found, str) else found
    return found if isinstance(found, bytes) and found else None


def texts(picture: Any) -> tuple[tuple[str, str], ...]:
    """The comment of a JPEG, GIF, ..., as (keyword, text)."""
    comment = picture.info.get("comment")
    if isinstance(comment, bytes):
        comment = comment.decode("utf-8", "replace")
    return (("Comment", comment),) if isinstance(comment, str) and comment.strip() else ()


def metadata(picture: Any) -> list[str]:
    """What the file tells beside its pixels, by name: EXIF, GPS, XMP, IPTC, comment."""
    info = picture.info
    found = [name for key, name in (("exif", "EXIF"), ("xmp", "XMP"), ("comment", "comment")) if info.get(key)]
    if info.get("photoshop"):
        found.append("IPTC")
    try:
        exif = picture.getexif()
        if "EXIF" not in found and describes(exif):  # a TIFF has no block of its own for it
            found.append("EXIF")
        if 0x8825 in exif:
            found.append("GPS")
    except Exception:  # see `orientation`
        return found
    return found


def is_lossless(data: bytes, format: str, picture: Any) -> bool:
    """Whether the format kept every value of the picture it was made from, as far as one can tell."""
    if format in ("JPEG", "AVIF"):
        return False
    if format == "WebP":
        return b"VP8 " not in _riff_kinds(data)
    if format == "JPEG 2000":  # the wavelet of the COD segment: 1 is the reversible one
        at = data.find(b"\xff\x52")
        return at >= 0 and data[at + 13 : at + 14] == b"\x01"
    if format == "TIFF":
        return picture.info.get("compression") not in ("jpeg", "tiff_jpeg", "webp")
    return True


def count_frames(data: bytes, format: str, picture: Any) -> int:
    """How many frames or pages there are, without decoding any of them."""
    if format == "GIF":
        return max(1, _gif_frames(data))
    if format == "TIFF":
        return max(1, _tiff_pages(data))
    if format in ("WebP", "AVIF"):
        return max(1, int(getattr(picture, "n_frames", 1)))
    return 1


def _riff_kinds(data: bytes) -> set[bytes]:
    """The chunk types of a WebP file, those inside its frames included."""
    kinds: set[bytes] = set()
    at = 12
    while at + 8 <= len(data) and len(kinds) < 1000:
        kind, size = struct.unpack_from("<4sI", data, at)
        kinds.add(kind)
        at += 8 + 16 if kind == b"ANMF" else 8 + size + (size & 1)
    return kinds


def _gif_frames(data: bytes) -> int:
    """How many image descriptors a GIF file has: a walk from block to block."""
    frames = 0
    at = 13 + (3 << (data[10] & 7) + 1 if len(data) > 10 and data[10] & 0x80 else 0)
    while at < len(data) and frames < _MAX_FRAMES:
        kind = data[at]
        if kind == 0x2C and at + 9 < len(data):
            frames += 1
            flags = data[at + 9]
            at += 11 + (3 << (flags & 7) + 1 if flags & 0x80 else 0)
        elif kind == 0x21:
            at += 2
        else:
            break
        while at < len(data) and data[at]:
            at += data[at] + 1
        at += 1
    return frames


def _tiff_pages(data: bytes) -> int:
    """How many pages a TIFF file has: image directories, but thumbnails and masks behind the first.

    TIFF 6.0, section 8: bits 0 and 2 of NewSubfileType. A chain that bites its tail ends there.
    """
    order = "<" if data[:2] == b"II" else ">"
    big = struct.unpack_from(order + "H", data, 2)[0] == 43
    count, entry, link = ("Q", 20, "Q") if big else ("H", 12, "I")
    seen: set[int] = set()
    beside = 0
    try:
        at = struct.unpack_from(order + link, data, 8 if big else 4)[0]
        while at and at not in seen and len(seen) < _MAX_FRAMES:
            entries = struct.unpack_from(order + count, data, at)[0]
            first = at + struct.calcsize("<" + count)
            beside += bool(seen) and _is_beside(data, first, entries, order, entry)
            seen.add(at)
            at = first + entries * entry
            at = struct.unpack_from(order + link, data, at)[0]
    except (struct.error, OverflowError):
        pass
    return len(seen) - beside


def _is_beside(data: bytes, at: int, entries: int, order: str, entry: int) -> bool:
    """Whether a directory is that of a thumbnail or mask; tags rise, and NewSubfileType (254) is among the first."""
    for place in range(min(entries, 8)):
        tag, kind = struct.unpack_from(order + "HH", data, at + entry * place)
        if tag == 254 and kind == 4:
            flags = struct.unpack_from(order + "I", data, at + entry * place + (8 if entry == 12 else 12))[0]
            return bool(flags & 0b101)
    return False
