"""Bytes of any allowed format -> Image. Whatever is wrong with a file leaves here as an InputError."""

from __future__ import annotations

import struct
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import numpy.typing as npt

from ..arrays import Int16Array, Samples, UInt8Array, UInt16Array
from ..errors import InputError, shown
from ..image import Image, Tags, eight_bits
from ..records import dataclass, replace
from ..settings import MAX_PIXELS
from . import png_reader, quiet
from .bombs import holds_deflate, holds_jpeg, too_many_scans
from .conversion import Converted, converted
from .png_chunks import SIGNATURE
from .raw import Raw
from .sniff import READABLE, described, sniff

if TYPE_CHECKING:
    import PIL.Image

_LARGE = 8_000_000  # pixels from which on it matters that memory is given back
_MAX_TEXTS = 1000  # of a file; who has more has no text

T = TypeVar("T", np.uint8, np.int16)
T2 = TypeVar("T2", int, float)


@dataclass(frozen=True)
class Decoded:
    """A decoded picture, and what a person should know about how it came to be.

    image: sRGB (or the profile's space), oriented; with alpha only if some pixel is less than opaque.
    format: as a person writes it: 'PNG', 'JPEG', 'WebP', ...
    lossless: False where the file format itself has lost something: JPEG, AVIF, lossy WebP or JPEG 2000.
    frames: how many the file has, or pages; the image is the first.
    notes: what everybody should be told, as short phrases: 'first frame of 20'.
    details: what the curious should be told: 'EXIF orientation applied'.
    losses: those of the notes that say what the image has not of what the file holds.
    converted: whether colors are now those of another space.
    metadata: what the file says beside its pixels, by name: 'EXIF', 'text'.
    """

    image: Image
    format: str
    lossless: bool
    frames: int
    notes: tuple[str, ...] = ()
    details: tuple[str, ...] = ()
    losses: tuple[str, ...] = ()
    converted: bool = False
    metadata: tuple[str, ...] = ()

    @property
    def exact(self) -> bool:
        """Whether the image has the very values of the file's (first) picture, and there is no other."""
        return not self.losses and not self.converted


@dataclass(frozen=True)
class _Wanted:
    """What is asked for; see `decode`."""

    max_pixels: int = MAX_PIXELS
    icc: str = "srgb"
    levels: str = "full"
    metadata: bool = False


class _RefusedError(Exception):
    """A sound file that cannot be taken: what it is, and the way out."""


class _TooLargeError(Exception):
    pass


def decode(
    data: bytes,
    *,
    name: str,
    max_pixels: int = MAX_PIXELS,
    icc: str = "srgb",
    levels: str = "full",
    metadata: bool = False,
) -> Decoded:
    """The first picture in `data`, whatever allowed format that is.

    name: what to call the data in messages, usually the path.
    max_pixels: larger pictures are refused by their header, before anything is decoded.
    icc: 'srgb' converts colors to sRGB, whatever tells their space: in PNG cICP, iCCP, sRGB, or gAMA and cHRM, in this
    order (W3C, "Portable Network Graphics", third edition, clause 4.3), else an ICC profile or EXIF. 'keep' keeps
    values and profile (of RGB pictures). levels: 'auto' scales gray of more than 8 bits over the range that it uses.
    metadata: whether the image's tags get EXIF, XMP and texts.

    Raises InputError, one line that begins with the name, for data that is empty, not of an allowed format,
    too large, damaged or cut off, and for HDR that is to become sRGB. A PNG or GIF that lacks only its end marker is
    decoded.
    """
    name = shown(name)
    if not data:
        raise InputError(f"{name}: the file is empty; get it again from where it came from")
    format = sniff(data)
    if format is None:
        what = described(data)
        raise InputError(f"{name}: this is {what}; pixmeans reads {READABLE}")
    wanted = _Wanted(max_pixels, icc, levels, metadata)
    try:
        raw = _read(data, format, wanted)
        return _finished(raw, format, wanted)
    except _RefusedError as error:
        raise InputError(f"{name}: {error}") from error
    except _TooLargeError as error:
        raise InputError(
            f"{name}: {error} are more than the limit of {max_pixels:,}; to allow it, raise --max-pixels; "
            "of TIFF and PNG, pixmeans tiled needs no memory for all of it"
        ) from error
    except MemoryError as error:
        raise InputError(
            f"{name}: the picture does not fit into memory; make it smaller or free some memory"
        ) from error
    except Exception as error:  # decoders of hostile data raise everything: SyntaxError, struct.error, KeyError, ...
        raise InputError(f"{name}: {complaint(error, format)}") from error


def from_pil(picture: PIL.Image.Image, *, icc: str = "srgb", levels: str = "full", metadata: bool = False) -> Decoded:
    """A Pillow picture (its current frame) in the same way; the caller's object is left as it is.

    Raises InputError if it is opened lazily and its file turns out to be damaged, or if it has no pixels.
    """
    format = picture.format or "picture"
    try:
        raw = _from_pil(picture)
        return _finished(raw, format, _Wanted(icc=icc, levels=levels, metadata=metadata))
    except _RefusedError as error:
        raise InputError(f"the Pillow picture: {error}") from error
    except MemoryError as error:
        raise InputError("the picture does not fit into memory; make it smaller") from error
    except Exception as error:
        raise InputError(f"the Pillow picture cannot be read: {_reason(error)}; load() it first to see why") from error


def from_samples(samples: npt.NDArray[Any], *, levels: str = "full") -> Decoded:
    """Samples (h, w, 1, 3 or 4) of uint8 or uint16 in sRGB, as a file of them would be read."""
    channels = samples.shape[2]
    color = samples[..., 0] if channels == 1 else samples[..., :3]
    alpha = samples[..., 3] if channels == 4 else None
    return _finished(Raw(np.asarray(color), alpha), "array", _Wanted(levels=levels))


def _from_pil(picture: PIL.Image.Image) -> Raw:
    from . import pillow_reader

    if 0 in picture.size:
        raise ValueError("it has no pixels")
    with quiet.no_warnings:
        pillow_reader.load(picture)
        raw = _raw_of(picture)
        frames = getattr(picture, "n_frames", 1)
    if frames > 1:
        place = picture.tell()
        raw.losses.append(f"{f'frame {place + 1}' if place else 'first frame'} of {frames}")
    return raw


def _raw_of(picture: Any) -> Raw:
    """A loaded Pillow picture, with what every plugin tells of it."""
    from . import pillow_reader

    planes = pillow_reader.planes(picture)
    raw = Raw(
        planes.color,
        planes.alpha,
        icc=picture.info.get("icc_profile"),
        orientation=pillow_reader.orientation(picture),
        dpi=pillow_reader.dpi(picture),
        tags=Tags(
            aspect=pillow_reader.aspect(picture),
            xmp=pillow_reader.xmp(picture),
            texts=pillow_reader.texts(picture),
        ),
        exif=pillow_reader.exif(picture),
        bits=planes.bits,
        metadata=pillow_reader.metadata(picture),
        losses=[planes.note] if planes.note else [],
    )
    if raw.tags.aspect is not None:
        raw.dpi = None  # Pillow says 72 where a JPEG tells only the shape of its pixels
    from .color_tags import set_adobe_rgb, set_gamma

    info = picture.info
    if not raw.icc and pillow_reader.is_adobe_rgb(picture):
        set_adobe_rgb(raw)
    elif not raw.icc and "srgb" not in info and ("gamma" in info or "chromaticity" in info):  # an opened PNG
        set_gamma(raw, info.get("gamma"), info.get("chromaticity"))
    return raw


def _read(data: bytes, format: str, wanted: _Wanted) -> Raw:
    if format == "PNG":
        return _read_png(data, wanted)
    if format == "PXM":
        return _read_pxm(data, wanted)
    import PIL.Image

    with quiet.no_warnings:
        try:
            return _read_pillow(data, format, wanted)
        except PIL.Image.DecompressionBombError:
            pass  # by Pillow's limit; now by ours
        with quiet.raised_limit(wanted.max_pixels):
            return _read_pillow(data, format, wanted)


def _read_png(data: bytes, wanted: _Wanted) -> Raw:
    png = png_reader.parse(data)
    _check_size(png.width, png.height, wanted.max_pixels)
    if not holds_deflate(png.packed_bytes, png.unpacked_bytes):
        raise png_reader.PngError("it is cut off")
    color, alpha = png_reader.pixels(png)
    raw = Raw(color, alpha, dpi=png.dpi, frames=max(1, png.frames), metadata=list(png.metadata))
    raw.exif = _png_exif(png)
    raw.orientation = _orientation(raw.exif, png.xmp_orientation)
    raw.tags = Tags(aspect=png.aspect, xmp=png.xmp)
    if wanted.metadata:
        found = [png_reader.text_of(kind, body) for kind, body in png.text_chunks[:_MAX_TEXTS]]
        # Raw profiles are EXIF and the like in hexadecimal digits, thumbnails and orientation included.
        kept = [one for one in found if one is not None and len(one[0]) < 80 and not one[0].startswith("Raw profile")]
        raw.tags = replace(raw.tags, texts=tuple(kept))
        raw.metadata += ["some text"] * (len(kept) < len(png.text_chunks))
    if png.tells_color:
        from .color_tags import set_png_color  # only now: most say nothing, or sRGB

        set_png_color(raw, png)
    if raw.frames > 1:
        raw.losses.append(f"first frame of {raw.frames}")
    return raw


def _read_pxm(data: bytes, wanted: _Wanted) -> Raw:
    from .. import alternatives  # no other format needs it

    try:
        opened = alternatives.read(data, wanted.max_pixels)
    except alternatives.TooLargeError as error:
        raise _TooLargeError(str(error)) from error
    return Raw(opened.pixels, lossless=False, details=[opened.in_words])


def _png_exif(png: png_reader.Png) -> PIL.Image.Exif | None:
    if png.exif is None:
        return None
    import PIL.Image

    exif = PIL.Image.Exif()
    try:
        exif.load(png.exif)
    except Exception:  # damaged EXIF fails in every way there is, and never matters to the pixels
        return None
    return exif


def _orientation(exif: PIL.Image.Exif | None, otherwise: int) -> int:
    try:
        value = otherwise if exif is None else exif.get(0x0112, otherwise)
    except Exception:  # see `_png_exif`
        return 1
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def _read_pillow(data: bytes, format: str, wanted: _Wanted) -> Raw:
    from . import pillow_reader

    if format == "ICO" and (inner := _png_in_icon(data)):
        return _read_png(inner, wanted)
    with pillow_reader.opened(data, format) as picture:
        _check_size(picture.width, picture.height, wanted.max_pixels)
        if format == "JPEG":
            _check_jpeg(data, picture.width * picture.height)
        frames = pillow_reader.count_frames(data, format, picture)
        deep = pillow_reader.loaded(data, format, picture)
        _check_size(picture.width, picture.height, wanted.max_pixels)
        raw = _raw_of(picture)
        raw.lossless, raw.frames = pillow_reader.is_lossless(data, format, picture), frames
        if deep is not None:
            raw.color, raw.alpha = deep[..., :3], deep[..., 3] if deep.shape[2] == 4 else None
        if "mpoffset" in picture.info:
            raw.details.append("further pictures in the JPEG left out")
    if format == "AVIF" and not raw.icc and (cicp := pillow_reader.nclx(data)):
        from .color_tags import set_cicp

        # The matrix is undone by the decoder, and curves of video stand for sRGB's.
        primaries, transfer, _, _ = cicp
        set_cicp(raw, (primaries, 13 if transfer in (1, 6, 14, 15) else transfer, 0, 1), "nclx")
    if frames > 1:
        raw.losses.append(f"first {'page' if format == 'TIFF' else 'frame'} of {frames}")
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
    if width * height > _LARGE:
        from . import heap

        heap.give_back()


def _check_jpeg(data: bytes, pixels: int) -> None:
    if not holds_jpeg(data, pixels):
        raise ValueError("it is cut off")
    if scans := too_many_scans(data, pixels):
        raise _RefusedError(f"its {scans:,} scans would take too long to decode; save it with fewer in another program")


def _finished(raw: Raw, format: str, wanted: _Wanted) -> Decoded:
    """Levels, profile and orientation applied, alpha left only where it says something."""
    if raw.hdr and wanted.icc != "keep":
        raise _RefusedError(
            f"its colors are HDR ({raw.hdr}), which sRGB cannot show; keep them as they are in a PNG with --icc keep, "
            "or convert the picture to sRGB in another program"
        )
    alpha = _settled_alpha(raw)
    color = _settled_levels(raw, alpha, wanted)
    found = converted(color, raw.icc, wanted.icc)
    if found.unreadable:
        raw.details.append("unreadable ICC profile ignored")
    is_cmyk = color.ndim == 3 and color.shape[2] == 4
    if is_cmyk:
        raw.losses.append("CMYK converted to sRGB")
    elif found.changed:
        raw.details.append(f"{raw.color_tags} converted to sRGB")
    outside = _outside(found.rest, alpha) if found.changed else 0
    if outside:
        share = 100 * outside / (color.shape[0] * color.shape[1])
        raw.losses.append(f"{_percent(share)} of the pixels have colors outside sRGB, which were clipped")
    pixels, rest = found.color, found.rest
    if pixels.ndim == 2:
        pixels = np.repeat(pixels[..., None], 3, axis=2)
        rest = None if rest is None else np.repeat(rest[..., None], 3, axis=2)
    pixels = pixels if alpha is None else np.concatenate([pixels, alpha[..., None]], axis=2)
    if raw.orientation != 1:
        pixels = _oriented(pixels, raw.orientation)
        rest = None if rest is None else _oriented(rest, raw.orientation)
        raw.details.append("EXIF orientation applied")
    image = Image(pixels, found.profile, _turned(raw.dpi, raw.orientation), rest, _tags(raw, pixels, wanted, found))
    dropped = _dropped(raw.metadata, image.tags)
    if dropped:
        raw.details.append(f"dropped: {', '.join(dropped)}")
    notes, details, losses = (*raw.losses, *raw.notes), tuple(raw.details), tuple(raw.losses)
    changed = found.changed or is_cmyk
    return Decoded(
        image, format, raw.lossless, raw.frames, notes, details, losses, changed, tuple(dict.fromkeys(raw.metadata))
    )


def _outside(rest: Int16Array | None, alpha: UInt8Array | None) -> int:
    """How many visible pixels have colors that sRGB has not: those farther off than rounding to 8 bits."""
    if rest is None:
        return 0
    beyond = (rest > 128) | (rest < -128)
    seen = beyond if beyond.ndim == 2 else beyond[..., 0] | beyond[..., 1] | beyond[..., 2]
    return int(np.count_nonzero(seen if alpha is None else seen & (alpha > 0)))


def _settled_alpha(raw: Raw) -> UInt8Array | None:
    """Alpha of 8 bits, or None where every pixel is opaque."""
    if raw.alpha is None:
        return None
    alpha = np.asarray(raw.alpha, np.uint8) if raw.alpha.dtype == np.uint8 else eight_bits(raw.alpha.astype(np.uint16))
    if raw.alpha.dtype != np.uint8 and bool((raw.alpha % 257 != 0).any()):
        raw.losses.append("16-bit alpha became 8")
    return None if bool((alpha == 255).all()) else alpha


def _settled_levels(raw: Raw, alpha: UInt8Array | None, wanted: _Wanted) -> Samples:
    """The colors, scaled if that is asked for; what 8 bits lose of them is noted."""
    color, levels = raw.color, wanted.levels
    is_gray = color.ndim == 2
    if color.dtype == np.uint8:
        if levels == "auto":
            raw.notes.append("--levels auto is for gray of more than 8 bits: not applied")
        return color
    from .levels import leveled  # only now: few pictures are deep

    deep = np.asarray(color, np.uint16)
    if is_gray or bool((deep == deep[..., :1]).all()):
        gray = deep if is_gray else deep[..., 0]
        visible = None if alpha is None else alpha > 0
        found = leveled(gray, levels, bits=raw.bits, visible=visible, bytes_of=partial(_grays, raw, wanted.icc))
        raw.losses += [found.note] if found.note else []
        return found.samples if is_gray else np.repeat(found.samples[..., None], 3, axis=2)
    if levels == "auto":
        raw.notes.append("--levels auto is for gray, not for colors: not applied")
    if bool((deep % 257 != 0)[... if alpha is None else alpha > 0].any()):
        raw.losses.append(f"{raw.bits} bits a channel became 8")
    return deep


def _grays(raw: Raw, icc: str, values: UInt16Array) -> UInt8Array:
    """(n,) gray samples -> (n,) what becomes of them: bytes, in the space that colors are converted to."""
    if raw.icc is None:
        return eight_bits(values)
    samples = values[None] if raw.color.ndim == 2 else np.repeat(values[None, :, None], 3, axis=2)
    found = converted(samples, raw.icc, icc).color[0]
    return found if found.ndim == 1 else np.ascontiguousarray(found[:, 1])


def _turned(pair: tuple[T2, T2] | None, orientation: int) -> tuple[T2, T2] | None:
    """What is along x and along y, of the upright picture."""
    return pair if pair is None or orientation < 5 else (pair[1], pair[0])


def _tags(raw: Raw, pixels: UInt8Array, wanted: _Wanted, found: Converted) -> Tags:
    """What the upright picture says beside its pixels."""
    tags = replace(raw.tags, aspect=_turned(raw.tags.aspect, raw.orientation))
    if not wanted.metadata:
        return replace(tags, exif=None, xmp=None, texts=())
    from .metadata import exif_of, xmp_of

    height, width = pixels.shape[:2]
    srgb = found.profile is None and not raw.hdr
    exif = None if raw.exif is None else exif_of(raw.exif, width, height, srgb=srgb)
    return replace(tags, exif=exif, xmp=None if tags.xmp is None else xmp_of(tags.xmp))


def _dropped(metadata: list[str], tags: Tags) -> list[str]:
    """What the file says and the picture's tags do not."""
    kept = {name for name, given in (("EXIF", tags.exif), ("GPS", tags.exif), ("XMP", tags.xmp)) if given}
    kept |= {"text", "comment"} if tags.texts else set()
    return [name for name in dict.fromkeys(metadata) if name not in kept]


def _percent(share: float) -> str:
    return f"{share:.1f} %" if share >= 0.1 else "less than 0.1 %"


def _oriented(pixels: npt.NDArray[T], orientation: int) -> npt.NDArray[T]:
    """The picture turned upright. EXIF 2.3, tag 274: which side of the picture rows and columns begin at."""
    if orientation >= 5:
        pixels = pixels.swapaxes(0, 1)
    if orientation in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    if orientation in (3, 4, 7, 8):
        pixels = pixels[::-1]
    return pixels


def complaint(error: Exception, format: str) -> str:
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
