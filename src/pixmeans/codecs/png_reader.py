"""Reading PNG: our own walk over the chunks and rows; Pillow's zlib decoder for what is interlaced or damaged.

Why not Pillow's PNG reader: it keeps the high byte of 16-bit samples instead of rounding, misses the
transparency of 2- and 4-bit gray, refuses sound pictures for the sake of an oversized text chunk, and
inflates text nobody wants. Here ancillary chunks that do not concern the pixels are passed over unread.
"""

from __future__ import annotations

import re
import struct
import zlib
from typing import Any

import deflate
import numpy as np
import numpy.typing as npt

from ..arrays import Samples, UInt8Array
from ..kernels.unfilter import unfilter
from ..records import dataclass, field
from .bombs import MAX_PROFILE
from .png_chunks import SIGNATURE, read_chunks

_DEPTHS = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}
_TEXT = {b"tEXt": "text", b"zTXt": "text", b"iTXt": "text", b"eXIf": "EXIF", b"tIME": "time"}
_CRITICAL = (b"IHDR", b"PLTE", b"IDAT")
# Passed over when they are damaged; no other is used.
_CHECKED = (b"tRNS", b"cICP", b"iCCP", b"sRGB", b"gAMA", b"cHRM", b"eXIf", b"pHYs", b"tEXt", b"zTXt", b"iTXt")
_COLOR = (b"cICP", b"iCCP", b"sRGB", b"gAMA", b"cHRM")  # without effect behind the first pixels


class PngError(Exception):
    """What is wrong with the file, in a few words."""


@dataclass
class Png:
    """A PNG file taken apart, its pixels still compressed."""

    width: int
    height: int
    bits: int = 0
    color_type: int = 0
    interlaced: int = 0
    palette: bytes | None = None
    transparency: bytes | None = None
    cicp: tuple[int, int, int, int] | None = None
    profile: bytes | None = None
    bad_profile: bool = False
    srgb: bool = False
    gamma: int | None = None
    chromaticities: tuple[int, ...] | None = None
    exif: bytes | None = None
    xmp: bytes | None = None
    xmp_orientation: int = 1
    text_chunks: list[tuple[bytes, memoryview]] = field(default_factory=list)
    dpi: tuple[float, float] | None = None
    aspect: tuple[int, int] | None = None
    animated: bool = False
    frames: int = 0
    promised: int = 0
    metadata: dict[str, None] = field(default_factory=dict)
    parts: list[memoryview] = field(default_factory=list)

    @property
    def channels(self) -> int:
        """Samples of a pixel in the file."""
        return {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[self.color_type]

    @property
    def tells_color(self) -> bool:
        """Whether it says what colors its values are, other than sRGB's."""
        profile = self.profile is not None or self.bad_profile
        return profile or self.cicp is not None or self.gamma is not None or self.chromaticities is not None

    @property
    def packed_bytes(self) -> int:
        """Bytes of deflate in the file."""
        return sum(len(part) for part in self.parts)

    @property
    def unpacked_bytes(self) -> int:
        """What they must become at the least: the samples of all pixels, without what begins each row."""
        return self.width * self.height * self.channels * self.bits // 8


def parse(data: bytes) -> Png:
    """Take a PNG file apart without inflating its pixels; PngError if it is damaged before their end."""
    png: Png | None = None
    kind, end = b"", len(SIGNATURE)
    for chunk in read_chunks(data):
        kind, body = chunk.kind, chunk.body
        end += 12 + len(body)
        if kind in _CRITICAL and not chunk.is_sound:
            raise PngError(f"its {kind.decode()} chunk is damaged")
        if png is None:
            if kind != b"IHDR":
                raise PngError("it does not begin with an IHDR chunk")
            png = _header(body)
        elif kind == b"IDAT":
            png.parts.append(body)
        elif kind not in _CHECKED or chunk.is_sound:
            _ancillary(png, kind, body)
    if png is None:
        raise PngError("it is cut off in its header")
    if not png.parts:
        raise PngError("it has no pixels")
    if png.color_type == 3 and png.palette is None:
        raise PngError("its palette is missing")
    if png.animated and kind != b"IEND" and (end != len(data) or png.frames < png.promised):
        raise PngError("it is cut off")  # behind its first frame
    return png


def pixels(png: Png) -> tuple[Samples, Samples | None]:
    """The picture of a parsed file: color (h, w) gray or (h, w, 3) RGB, and alpha (h, w) or None.

    Both are uint8, or uint16 from 16-bit samples. Transparency is compared in the file's own depth.
    """
    if png.bits <= 8 and png.color_type in (0, 3):
        return _by_table(png)
    key = _key(png)
    samples = _samples(png)
    if png.color_type == 0:
        gray = samples[..., 0]
        return gray, _keyed(gray == key[0]) if key else None
    if png.color_type == 4:
        return samples[..., 0], samples[..., 1]
    if png.color_type == 6:
        return samples[..., :3], samples[..., 3]
    return samples, _keyed((samples == np.array(key, samples.dtype)).all(axis=2)) if key else None


def _header(body: memoryview) -> Png:
    if len(body) != 13:
        raise PngError("its header is damaged")
    width, height, bits, color_type, compression, filtering, interlaced = struct.unpack(">IIBBBBB", body)
    if not width or not height:
        raise PngError("its width or height is zero")
    if width > 0x7FFFFFFF or height > 0x7FFFFFFF:
        raise PngError("its width or height is out of range")
    if bits not in _DEPTHS.get(color_type, ()) or compression or filtering or interlaced > 1:
        raise PngError("its header is damaged")
    return Png(width, height, bits, color_type, interlaced)


def _ancillary(png: Png, kind: bytes, body: memoryview) -> None:
    if kind in _COLOR and png.parts:
        return
    is_xmp = kind == b"iTXt" and bytes(body[:18]) == b"XML:com.adobe.xmp\0"
    if kind in _TEXT and not is_xmp:
        png.metadata[_TEXT[kind]] = None
    if kind == b"PLTE" and png.palette is None:
        if len(body) % 3 or not 3 <= len(body) <= 768:
            if png.color_type == 3:
                raise PngError("its palette is damaged")
            return
        png.palette = bytes(body)
    elif kind == b"tRNS":
        png.transparency = bytes(body[:256])
    elif kind == b"iCCP" and png.profile is None:
        png.profile = _inflated_profile(bytes(body))
        png.bad_profile = png.profile is None
    elif kind == b"eXIf" and len(body) < 1 << 20:
        png.exif = bytes(body)
    elif is_xmp and len(body) < 1 << 20:
        png.metadata["XMP"] = None
        words = text_of(kind, body)
        png.xmp = None if words is None else words[1].encode()
        if found := re.search(rb'tiff:Orientation(?:="|>)([1-8])', png.xmp or b""):
            png.xmp_orientation = int(found[1])
    elif kind in (b"tEXt", b"zTXt", b"iTXt"):
        png.text_chunks.append((kind, body))
    elif kind == b"pHYs" and len(body) == 9:
        x, y, unit = struct.unpack(">IIB", body)
        if unit == 1 and x and y:
            png.dpi = (x * 0.0254, y * 0.0254)
        elif unit == 0 and x and y and x != y:
            png.aspect = (x, y)
    elif kind == b"cICP" and len(body) == 4:
        png.cicp = (body[0], body[1], body[2], body[3])
    elif kind == b"sRGB":
        png.srgb = True
    elif kind == b"gAMA" and len(body) == 4:
        png.gamma = struct.unpack(">I", body)[0]
    elif kind == b"cHRM" and len(body) == 32:
        png.chromaticities = struct.unpack(">8I", body)
    elif kind == b"acTL" and not png.parts:
        png.animated, png.promised = True, int.from_bytes(body[:4], "big")
    elif kind == b"fcTL" and len(body) == 26 and png.animated:
        # The still picture in front of an animation may or may not be its first frame.
        png.frames += 1 if png.frames else 1 + bool(png.parts)


_MAX_TEXT = 1 << 20  # of one chunk; what claims to be more is a bomb, or no text


def text_of(kind: bytes, body: memoryview) -> tuple[str, str] | None:
    """Keyword and text of a tEXt, zTXt or iTXt chunk; None if it is damaged or a bomb."""
    keyword, _, rest = bytes(body[: _MAX_TEXT + 1]).partition(b"\0")
    encoding, packed = "latin-1", kind == b"zTXt"
    if kind == b"zTXt":
        rest = rest[1:]
    elif kind == b"iTXt":
        encoding, packed = "utf-8", rest[:1] == b"\1"
        rest = rest[2:].split(b"\0", 2)[-1]
    try:
        if packed:
            inflater = zlib.decompressobj()
            rest = inflater.decompress(rest, _MAX_TEXT)
            if not inflater.eof:
                return None
        return (keyword.decode("latin-1"), rest.decode(encoding)) if keyword and len(rest) <= _MAX_TEXT else None
    except (zlib.error, UnicodeDecodeError):
        return None


def _inflated_profile(body: bytes) -> bytes | None:
    """The ICC profile in an iCCP chunk, or None if it is damaged or a bomb."""
    _, _, rest = body.partition(b"\0")
    inflater = zlib.decompressobj()
    try:
        profile = inflater.decompress(rest[1:], MAX_PROFILE)
    except zlib.error:
        return None
    return profile if inflater.eof else None


def _samples(png: Png) -> Samples:
    """All samples as they are stored, (h, w, channels) uint8 or uint16."""
    rows = _rows(png)
    if rows is None:
        return _samples_by_pillow(png)
    if png.bits == 16:
        rows = rows.view(">u2").astype(np.uint16)
    elif png.bits < 8:
        shifts = np.arange(8 - png.bits, -1, -png.bits, dtype=np.uint8)
        rows = (rows[..., None] >> shifts & np.uint8((1 << png.bits) - 1)).reshape(png.height, -1)[:, : png.width]
    return rows.reshape(png.height, png.width, png.channels)


def _rows(png: Png) -> UInt8Array | None:
    """(h, n) the bytes of all rows; None where they are interlaced or damaged, about which Pillow knows more.

    libdeflate takes half of the time of zlib, and Pillow itself as long to load as a small picture takes to read.
    """
    row = (png.width * png.channels * png.bits + 7) // 8
    if png.interlaced:
        return None
    size = png.height * (1 + row)
    np.empty(size, np.uint8)  # raises MemoryError, which `deflate` does not; not touched: no page of it is taken
    try:
        data = deflate.zlib_decompress(_packed(png), size)
    except deflate.DeflateError:
        return None
    if len(data) != size:
        return None
    rows = np.frombuffer(data, np.uint8).reshape(png.height, 1 + row)
    if unfilter(rows, np.zeros(row, np.uint8), max(1, png.channels * png.bits // 8)) >= 0:
        return None
    return np.ascontiguousarray(rows[:, 1:])


def _packed(png: Png) -> bytes:
    return bytes(png.parts[0]) if len(png.parts) == 1 else b"".join(png.parts)


def _samples_by_pillow(png: Png) -> Samples:
    """The same of what is interlaced, or damaged behind the last pixel. Raises PngError where pixels are missing."""
    if png.color_type in (0, 3) and png.bits <= 8:
        found = _inflate(png, "P", {1: "P;1", 2: "P;2", 4: "P;4", 8: "P"}[png.bits])
    elif png.color_type == 0:
        found = _inflate(png, "I;16", "I;16B")
    elif png.color_type == 4 and png.bits == 8:
        found = _inflate(png, "LA", "LA")
    elif png.color_type == 4:
        bytes_ = _inflate(png, "RGBA", "RGBA")  # high and low byte of gray, high and low byte of alpha
        found = bytes_[..., 0::2].astype(np.uint16) << 8 | bytes_[..., 1::2]
    else:
        mode = "RGBA" if png.color_type == 6 else "RGB"
        if png.bits == 8:
            found = _inflate(png, mode, mode)
        else:  # the decoder keeps one byte of two: first the high ones, then the low ones
            found = _inflate(png, mode, mode + ";16B").astype(np.uint16) << 8
            found |= _inflate(png, mode, mode + ";16L")
    return found.reshape(png.height, png.width, png.channels)


def _inflate(png: Png, mode: str, raw: str) -> npt.NDArray[Any]:
    """The samples, (h, w) or (h, w, channels): uint8, or uint16 for mode 'I;16'."""
    import PIL.Image  # only now: see `_rows`

    try:
        picture = PIL.Image.frombytes(mode, (png.width, png.height), _packed(png), "zip", raw, png.interlaced)
    except ValueError as error:
        short = "not enough" in str(error)
        raise PngError("it is cut off" if short else "its pixels are damaged") from error
    return np.asarray(picture)


def _by_table(png: Png) -> tuple[UInt8Array, UInt8Array | None]:
    """Palette pictures, and gray of at most 8 bits: the stored value is looked up."""
    stored = np.asarray(_samples(png)[..., 0], np.uint8)
    if png.color_type == 0:
        top = (1 << png.bits) - 1
        gray = stored if top == 255 else np.minimum(np.arange(256) * 255 // top, 255).astype(np.uint8)[stored]
        key = _key(png)
        return gray, _keyed(stored == key[0]) if key else None
    table = np.zeros((256, 4), np.uint8)  # an index beyond the palette is opaque black
    table[:, 3] = 255
    colors = np.frombuffer(png.palette or b"", np.uint8).reshape(-1, 3)
    table[: len(colors), :3] = colors
    alpha = np.frombuffer(png.transparency or b"", np.uint8)
    table[: len(alpha), 3] = alpha
    rgba = table.view(np.uint32)[:, 0][stored].view(np.uint8).reshape(*stored.shape, 4)
    return rgba[..., :3], rgba[..., 3] if len(alpha) else None


def _key(png: Png) -> tuple[int, ...] | None:
    """The one transparent value or color that a tRNS chunk names in a picture without palette or alpha."""
    wanted = {0: 2, 2: 6}.get(png.color_type, 0)
    if png.transparency is None or not wanted or len(png.transparency) < wanted:
        return None
    mask = (1 << png.bits) - 1
    return tuple(value & mask for value in struct.unpack(f">{wanted // 2}H", png.transparency[:wanted]))


def _keyed(transparent: npt.NDArray[np.bool_]) -> UInt8Array:
    return np.where(transparent, np.uint8(0), np.uint8(255))
