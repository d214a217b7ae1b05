"""The palette that the file of an indexed picture holds, in its order and with what no pixel uses.

Colors go the way of pixels: a file whose pixels are the entries, one after the other, is decoded as any picture is, so
that a profile changes both alike. Indices are found by decoding the same file with the grays 0, 1, 2, ... as palette.
"""

from __future__ import annotations

import struct
import zlib
from typing import Any

import numpy as np

from ..arrays import UInt8Array
from ..image import Palette
from ..records import dataclass
from ..settings import MAX_PIXELS
from . import pillow_reader, quiet
from .decode import decode
from .frame_parts import end_of_blocks
from .gif_writer import lzw
from .png_chunks import SIGNATURE, chunk, read_chunks
from .sniff import sniff

# Chunks of PNG that say which color an index is, and those that say how a picture lies.
_COLOR = (b"PLTE", b"tRNS", b"gAMA", b"cHRM", b"iCCP", b"sRGB", b"cICP")
_PLACE = (b"eXIf", b"iTXt", b"IDAT")

_INDEXED = 3  # color type of PNG
_TABLE = 0x80  # flag of GIF: a color table follows
_GRAYS = np.repeat(np.arange(256, dtype=np.uint8)[:, None], 3, axis=1).tobytes()


@dataclass(frozen=True, eq=False)
class OwnPalette:
    """palette: what the file holds. indices: (h, w) uint8, the index of each pixel; None where it cannot be told."""

    palette: Palette
    indices: UInt8Array | None = None


def own_palette(data: bytes, *, name: str, max_pixels: int = MAX_PIXELS, icc: str = "srgb") -> OwnPalette | None:
    """The palette of a picture's file, and the indices of its first frame; None for a file that has no palette.

    Arguments as for `decode`; data: what that decodes. Raises InputError.
    """
    format = sniff(data)
    if format not in ("PNG", "GIF"):
        return None if format is None else _of_pillow(data, format)
    files = _png(data) if format == "PNG" else _gif(data)
    if files is None:
        return None
    swatches, ramp = files
    colors = decode(swatches, name=name, icc=icc).image.pixels[0]
    grays = decode(ramp, name=name, max_pixels=max_pixels, icc="keep").image.pixels
    return OwnPalette(Palette(colors), np.ascontiguousarray(grays[..., 0]))


def of_pil(picture: Any) -> OwnPalette | None:
    """The palette and the indices of a loaded Pillow picture; None for one that has no palette."""
    if picture.mode != "P" or picture.palette is None:
        return None
    table = np.array(picture.getpalette("RGBA"), np.uint8).reshape(-1, 4)[:256]
    clear = picture.info.get("transparency")
    if isinstance(clear, bytes):
        table[: len(clear), 3] = np.frombuffer(clear, np.uint8)[: len(table)]
    elif isinstance(clear, int) and clear < len(table):
        table[clear, 3] = 0
    indices = np.asarray(picture)
    missing = int(indices.max()) + 1 - len(table)
    if missing > 0:
        table = np.concatenate([table, np.tile(np.array([[0, 0, 0, 255]], np.uint8), (missing, 1))])
    return OwnPalette(Palette(table if (table[:, 3] < 255).any() else table[:, :3]), indices)


def _of_pillow(data: bytes, format: str) -> OwnPalette | None:
    with quiet.no_warnings, pillow_reader.opened(data, format) as picture:
        if picture.mode != "P":
            return None
        pillow_reader.load(picture)
        return of_pil(picture)


def _png(data: bytes) -> tuple[bytes, bytes] | None:
    """A file whose pixels are the entries, and the picture with grays as its palette."""
    chunks = [one for one in read_chunks(data) if one.kind == b"IDAT" or one.is_sound]
    header = next((bytes(one.body) for one in chunks if one.kind == b"IHDR"), b"")
    count = next((len(one.body) // 3 for one in chunks if one.kind == b"PLTE"), 0)
    if len(header) != 13 or header[9] != _INDEXED or not count:
        return None
    row = zlib.compress(b"\0" + bytes(range(count)))
    swatches = [chunk(b"IHDR", struct.pack(">IIBBBBB", count, 1, 8, _INDEXED, 0, 0, 0))]
    swatches += [chunk(one.kind, bytes(one.body)) for one in chunks if one.kind in _COLOR]
    ramp = [chunk(b"IHDR", header), chunk(b"PLTE", _GRAYS[: 3 << header[8]])]
    ramp += [chunk(one.kind, bytes(one.body)) for one in chunks if one.kind in _PLACE]
    end = chunk(b"IEND", b"")
    return b"".join([SIGNATURE, *swatches, chunk(b"IDAT", row), end]), b"".join([SIGNATURE, *ramp, end])


def _gif(data: bytes) -> tuple[bytes, bytes] | None:
    """The same of the first frame: its own table or that of the file."""
    screen = data[:10]
    flags, table, at = data[10], b"", 13
    if flags & _TABLE:
        table, at = data[at : at + (6 << (flags & 7))], at + (6 << (flags & 7))
    profile, control = b"", b""
    while at + 1 < len(data) and data[at] == 0x21:
        end = end_of_blocks(data, at + 2)
        if data[at + 1] == 0xF9:
            control = data[at:end]
        elif data[at + 1 : at + 14] == b"\xff\x0bICCRGBG1012":
            profile = data[at:end]
        at = end
    if at + 10 > len(data) or data[at] != 0x2C:
        return None
    place, own, at = data[at : at + 9], data[at + 9], at + 10
    if own & _TABLE:
        table, at = data[at : at + (6 << (own & 7))], at + (6 << (own & 7))
    count = len(table) // 3
    if not count:
        return None
    bits = max(1, (count - 1).bit_length())
    size = struct.pack("<HH", count, 1)
    swatches = [b"GIF89a", size, bytes([0xF0 | bits - 1, 0, 0]), table.ljust(3 << bits, b"\0"), profile, control]
    swatches += [b"\x2c\0\0\0\0", size, b"\0", bytes([max(2, bits)])]
    swatches += [lzw(np.arange(count, dtype=np.uint8)[None], max(2, bits)), b";"]
    ramp = [b"GIF89a", screen[6:10], b"\xf7\0\0", _GRAYS, place, bytes([own & 0x40])]
    ramp += [data[at : end_of_blocks(data, at + 1)], b";"]
    return b"".join(swatches), b"".join(ramp)
