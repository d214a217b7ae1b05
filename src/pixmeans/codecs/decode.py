"""Bytes of any allowed format -> Image. Whatever is wrong with a file leaves here as an InputError."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np
import numpy.typing as npt
import PIL.Image

from ..arrays import UInt8Array
from ..errors import InputError, shown
from ..image import Image, eight_bits
from ..settings import MAX_PIXELS
from . import png_reader, quiet
from .icc import MAX_PROFILE, space_of, to_srgb
from .png_chunks import SIGNATURE
from .png_reader import Samples
from .sniff import READABLE, described, sniff

T = TypeVar("T", np.uint8, np.int8)


@dataclass(frozen=True)
class Decoded:
    """A decoded picture, and what a person should know about how it came to be.

    image: sRGB (or the profile's space), oriented; with alpha only if some pixel is less than opaque.
    format: as a person writes it: 'PNG', 'JPEG', 'WebP', ...
    lossless: False where the file format itself has lost something: JPEG, AVIF, lossy WebP or JPEG 2000.
    frames: how many the file has; the image is the first.
    notes: what everybody should be told, as short phrases: 'first of 20 frames'.
    details: what the curious should be told: 'EXIF orientation applied'.
    """

    image: Image
    format: str
    lossless: bool
    frames: int
    notes: tuple[str, ...] = ()
    details: tuple[str, ...] = ()


@dataclass
class _Raw:
    """A picture as its file holds it: before profile and orientation.

    color: (h, w) gray, (h, w, 3) RGB or (h, w, 4) CMYK uint8, or gray or RGB of 16 bits; alpha: (h, w) uint8 or None.
    """

    color: Samples
    alpha: UInt8Array | None = None
    icc: bytes | None = None
    orientation: int = 1
    dpi: tuple[float, float] | None = None
    lossless: bool = True
    frames: int = 1
    dropped: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    details: list[str] = field(default_factory=list)


class _TooLargeError(Exception):
    pass


def decode(data: bytes, *, name: str, max_pixels: int = MAX_PIXELS, icc: str = "srgb") -> Decoded:
    """The first picture in `data`, whatever allowed format that is.

    name: what to call the data in messages, usually the path.
    max_pixels: larger pictures are refused by their header, before anything is decoded.
    icc: 'srgb' converts colors to sRGB; 'keep' keeps values and profile (of RGB pictures).

    Raises InputError, one line that begins with the name, for data that is empty, not of an allowed format,
    too large, damaged or cut off. A PNG or GIF that lacks only its end marker is decoded.
    """
    name = shown(name)
    if not data:
        raise InputError(f"{name}: the file is empty; get it again from where it came from")
    format = sniff(data)
    if format is None:
        what = described(data)
        raise InputError(f"{name}: this is {what}; pixmeans reads {READABLE}")
    try:
        raw = _read(data, format, max_pixels)
        return _finished(raw, format, icc)
    except _TooLargeError as error:
        raise InputError(
            f"{name}: {error} are more than the limit of {max_pixels:,}; to allow it, raise --max-pixels"
        ) from error
    except MemoryError as error:
        raise InputError(
            f"{name}: the picture does not fit into memory; make it smaller or free some memory"
        ) from error
    except Exception as error:  # decoders of hostile data raise everything: SyntaxError, struct.error, KeyError, ...
        raise InputError(f"{name}: {_complaint(error, format)}") from error


def from_pil(picture: PIL.Image.Image, *, icc: str = "srgb") -> Decoded:
    """A Pillow picture (its current frame) in the same way; the caller's object is left as it is.

    Raises InputError if it is opened lazily and its file turns out to be damaged, or if it has no pixels.
    """
    format = picture.format or "picture"
    try:
        raw = _from_pil(picture)
        return _finished(raw, format, icc)
    except MemoryError as error:
        raise InputError("the picture does not fit into memory; make it smaller") from error
    except Exception as error:
        raise InputError(f"the Pillow picture cannot be read: {_reason(error)}; load() it first to see why") from error


def _from_pil(picture: PIL.Image.Image) -> _Raw:
    from . import pillow_reader

    if 0 in picture.size:
        raise ValueError("it has no pixels")
    with quiet.no_warnings:
        pillow_reader.load(picture)
        color, alpha, note = pillow_reader.planes(picture)
        return _Raw(
            color,
            alpha,
            icc=picture.info.get("icc_profile"),
            orientation=pillow_reader.orientation(picture),
            dpi=pillow_reader.dpi(picture),
            notes=[note] if note else [],
        )


def _read(data: bytes, format: str, max_pixels: int) -> _Raw:
    if format == "PNG":
        return _read_png(data, max_pixels)
    with quiet.no_warnings:
        try:
            return _read_pillow(data, format, max_pixels)
        except PIL.Image.DecompressionBombError:
            pass  # by Pillow's limit; now by ours
        with quiet.raised_limit(max_pixels):
            return _read_pillow(data, format, max_pixels)


def _read_png(data: bytes, max_pixels: int) -> _Raw:
    png = png_reader.parse(data)
    _check_size(png.width, png.height, max_pixels)
    color, alpha = png_reader.pixels(png)
    raw = _Raw(color, alpha, icc=png.profile, dpi=png.dpi, frames=max(1, png.frames), dropped=list(png.metadata))
    raw.orientation = _png_orientation(png)
    if png.bits == 16:
        raw.notes.append("16 bits a channel became 8")
    if png.bad_profile:
        raw.details.append("unreadable ICC profile ignored")
    if raw.frames > 1:
        raw.notes.append(f"first of {raw.frames} frames")
    return raw


def _png_orientation(png: png_reader.Png) -> int:
    if png.exif is None:
        return png.xmp_orientation
    exif = PIL.Image.Exif()
    try:
        exif.load(png.exif)
        value = exif.get(0x0112, png.xmp_orientation)
    except Exception:  # damaged EXIF fails in every way there is, and never matters to the pixels
        return 1
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def _read_pillow(data: bytes, format: str, max_pixels: int) -> _Raw:
    from . import pillow_reader

    if format == "ICO" and (inner := _png_in_icon(data)):
        return _read_png(inner, max_pixels)
    with pillow_reader.opened(data, format) as picture:
        _check_size(picture.width, picture.height, max_pixels)
        frames = pillow_reader.count_frames(data, format, picture)
        deep = pillow_reader.loaded(data, format, picture)
        _check_size(picture.width, picture.height, max_pixels)
        color, alpha, note = pillow_reader.planes(picture)
        raw = _Raw(
            color,
            alpha,
            icc=picture.info.get("icc_profile"),
            orientation=pillow_reader.orientation(picture),
            dpi=pillow_reader.dpi(picture),
            lossless=pillow_reader.is_lossless(data, format, picture),
            frames=frames,
            dropped=pillow_reader.metadata(picture),
        )
        if deep is not None:
            raw.color, raw.alpha = deep[..., :3], eight_bits(deep[..., 3]) if deep.shape[2] == 4 else None
            note = "16 bits a channel became 8"
        if note:
            raw.notes.append(note)
        if "mpoffset" in picture.info:
            raw.details.append("further pictures in the JPEG left out")
    if frames > 1:
        raw.notes.append(f"first of {frames} {'pages' if format == 'TIFF' else 'frames'}")
    return raw


def _png_in_icon(data: bytes) -> bytes | None:
    """The PNG file that is the largest picture of an icon, or None if that picture is a bitmap.

    Pillow would decode it while opening the icon, before its size can be looked at.
    """
    count = struct.unpack_from("<H", data, 4)[0]
    entries = list(struct.iter_unpack("<BBBBHHII", data[6 : 6 + 16 * min(count, (len(data) - 6) // 16)]))
    # A side of 256 is stored as 0.
    largest = max(entries, key=lambda e: ((e[0] or 256) * (e[1] or 256), e[5]))
    inner = data[largest[7] :]
    return inner if inner.startswith(SIGNATURE) else None


def _check_size(width: int, height: int, max_pixels: int) -> None:
    if width <= 0 or height <= 0:
        raise ValueError("its width or height is zero")
    if width * height > max_pixels:
        raise _TooLargeError(f"{width:,} x {height:,} pixels")


def _finished(raw: _Raw, format: str, icc: str) -> Decoded:
    """Profile and orientation applied, alpha left only where it says something."""
    stored, rest = _eight_and_rest(raw.color)
    color, profile = _in_space(raw, stored, icc)
    if color is not stored:  # a profile was applied, to 8 bits
        rest = None
    if color.ndim == 2:
        color = np.repeat(color[..., None], 3, axis=2)
    alpha = raw.alpha
    if alpha is not None and bool((alpha == 255).all()):
        alpha = None
    pixels = color if alpha is None else np.concatenate([color, alpha[..., None]], axis=2)
    if raw.orientation != 1:
        pixels = _oriented(pixels, raw.orientation)
        rest = None if rest is None else _oriented(rest, raw.orientation)
        raw.details.append("EXIF orientation applied")
    dpi = raw.dpi if raw.dpi is None or raw.orientation < 5 else (raw.dpi[1], raw.dpi[0])
    if raw.dropped:
        raw.details.append(f"dropped: {', '.join(raw.dropped)}")
    image = Image(pixels, profile, dpi, rest)
    return Decoded(image, format, raw.lossless, raw.frames, tuple(raw.notes), tuple(raw.details))


def _eight_and_rest(color: Samples) -> tuple[UInt8Array, npt.NDArray[np.int8] | None]:
    """8-bit samples, and what 16-bit ones have beyond them; see `Image.rest`."""
    if color.dtype == np.uint8:
        return np.asarray(color, np.uint8), None
    samples = np.asarray(color, np.uint16)
    if samples.ndim == 3:
        deep = Image.of_16_bits(samples)
        return deep.pixels, deep.rest
    deep = Image.of_16_bits(np.repeat(samples[..., None], 3, axis=2))
    return deep.pixels[..., 0], deep.rest


def _in_space(raw: _Raw, color: UInt8Array, icc: str) -> tuple[UInt8Array, bytes | None]:
    """The colors in sRGB and None, or as they are and their profile; (h, w) gray or (h, w, 3)."""
    profile = raw.icc if isinstance(raw.icc, bytes) and len(raw.icc) <= MAX_PROFILE else None
    is_cmyk = color.ndim == 3 and color.shape[2] == 4
    if profile and icc == "keep" and space_of(profile) == "RGB" and not is_cmyk:
        return color, profile
    converted = to_srgb(color, profile) if profile else None
    if converted is None and profile:
        raw.details.append("unreadable ICC profile ignored")
    if is_cmyk:
        raw.notes.append("CMYK converted to sRGB")
    elif converted is not None and converted is not color:
        raw.details.append("ICC profile converted to sRGB")
    if converted is not None:
        return converted, None
    if is_cmyk:
        size = color.shape[1], color.shape[0]
        cmyk = PIL.Image.frombytes("CMYK", size, np.ascontiguousarray(color).data)
        return np.asarray(cmyk.convert("RGB")), None
    return color, None


def _oriented(pixels: npt.NDArray[T], orientation: int) -> npt.NDArray[T]:
    """The picture turned upright. EXIF 2.3, tag 274: which side of the picture rows and columns begin at."""
    if orientation >= 5:
        pixels = pixels.swapaxes(0, 1)
    if orientation in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    if orientation in (3, 4, 7, 8):
        pixels = pixels[::-1]
    return pixels


def _complaint(error: Exception, format: str) -> str:
    """What is wrong with a file of a known format, and the way out."""
    text = str(error).lower()
    if any(word in text for word in ("truncated", "cut off", "not enough", "buffer is not large", "eof")):
        return f"the {format} is cut off; get the whole file again"
    return f"the {format} is damaged ({_reason(error)}); get it again, or open and save it in another program"


def _reason(error: Exception) -> str:
    """A foreign message as a few words on one line."""
    if isinstance(error, struct.error):
        return "a number is cut off"
    text = " ".join(str(error).split())
    if not text or len(text) > 100 or "0x" in text or "object at" in text:
        return type(error).__name__
    return shown(text)
