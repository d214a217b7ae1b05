"""Writing GIF files, still and moving: ours, as Pillow's writer would use 9-bit codes even for two colors.

CompuServe, "Graphics Interchange Format, Version 89a", 1990.
"""

from __future__ import annotations

import struct

import numpy as np

from ..arrays import UInt8Array
from ..choices import MAX_INDEXED
from ..errors import OutputError
from ..image import IndexedImage
from ..kernels.lzw import pack
from ..parallel import each
from .limits import check_side

# When LZW forgets a full dictionary: at once, or when a code says less than so many 256ths of what it did at best. The
# best of these saves 1 % of Pillow's bytes on photos with 16 to 256 colors; each costs about 10 ms a megapixel.
_PATIENCE = (-1, 208, 224, 240)


def gif(indexed: IndexedImage, optimize: int = 2) -> bytes:
    """A GIF89a file. Alpha below 128 becomes the one transparent entry, everything else opaque.

    optimize: does not matter, as this LZW is quick at its best. Raises OutputError above 65535 pixels a side, and for
    more than 256 colors.
    """
    check_side(indexed, "GIF", 65535)
    if len(indexed.palette) > MAX_INDEXED:
        many = len(indexed.palette)
        raise OutputError(f"GIF has room for {MAX_INDEXED} colors, and there are {many}; use PNG or WebP, or k 256")
    rgb, indices, transparent = _in_order(indexed) if indexed.in_order else _one_transparent(indexed)
    bits = table_bits(rgb)
    parts = [
        screen(indexed.width, indexed.height, rgb),
        comment(*lines_of(indexed)),
        b"" if transparent is None else control(transparent),
        image(indices, max(2, bits)),  # LZW starts with at least 2
        END,
    ]
    return b"".join(parts)


END = b";"


def table_bits(rgb: UInt8Array) -> int:
    """Bits of an index of a color table for the colors (k, 3), 1 to 8; it takes 3 << bits bytes."""
    return max(1, (len(rgb) - 1).bit_length())


def screen(width: int, height: int, rgb: UInt8Array | None) -> bytes:
    """What a file begins with. rgb: (k, 3), the colors of frames that have none of their own; None for none."""
    bits = 1 if rgb is None else table_bits(rgb)
    flags = (0x70 if rgb is None else 0xF0) | bits - 1
    return b"GIF89a" + struct.pack("<HHBBB", width, height, flags, 0, 0) + _table(rgb)


def loop(plays: int) -> bytes:
    """How often all frames are shown; 0 is forever. NETSCAPE's extension counts repetitions, and cannot say none."""
    if plays == 1:
        return b""
    return b"\x21\xff\x0bNETSCAPE2.0\x03\x01" + struct.pack("<H", max(0, min(plays - 1, 65535))) + b"\0"


def control(transparent: int | None, milliseconds: int = 0, *, disposal: int = 0) -> bytes:
    """What stands before a frame. transparent: the index that leaves what is there. milliseconds: a multiple of 10.

    disposal: 0 of a still; of a frame 1, it stays, or 2, its rectangle becomes transparent behind it.
    """
    flags = disposal << 2 | (transparent is not None)
    return struct.pack("<BBBBHBB", 0x21, 0xF9, 4, flags, milliseconds // 10, transparent or 0, 0)


def image(indices: UInt8Array, code_bits: int, x: int = 0, y: int = 0, rgb: UInt8Array | None = None) -> bytes:
    """A frame: indices (h, w), each below 2 ** code_bits (2 to 8). rgb: (k, 3), its own color table; None for that of
    the file."""
    height, width = indices.shape
    flags = 0 if rgb is None else 0x80 | table_bits(rgb) - 1
    descriptor = struct.pack("<BHHHHB", 0x2C, x, y, width, height, flags)
    return descriptor + _table(rgb) + bytes([code_bits]) + lzw(indices, code_bits)


def _table(rgb: UInt8Array | None) -> bytes:
    return b"" if rgb is None else rgb.tobytes().ljust(3 << table_bits(rgb), b"\0")


def lines_of(indexed: IndexedImage) -> list[str]:
    """The texts of a picture with their keywords."""
    return [words if keyword == "Comment" else f"{keyword}: {words}" for keyword, words in indexed.tags.texts]


def comment(*lines: str) -> bytes:
    """Lines as a comment; the standard wants ASCII, and programs write UTF-8."""
    data = "\n".join(lines).encode("utf-8", "replace")
    return b"!\xfe" + _blocks(data) if data else b""


def lzw(indices: UInt8Array, code_bits: int) -> bytes:
    """The smallest LZW data of indices, each below 2 ** code_bits (2 to 8), in GIF's blocks; the last one is empty."""
    flat = np.ascontiguousarray(indices).ravel()
    return _blocks(min(each(lambda patience: _codes(flat, code_bits, patience), list(_PATIENCE)), key=len))


def packed_bytes(indices: UInt8Array) -> int:
    """Roughly how many bytes indices (h, w) take when they are packed."""
    flat = np.ascontiguousarray(indices).ravel()
    return len(_codes(flat, max(2, int(flat.max()).bit_length()), _PATIENCE[0]))


def _codes(flat: UInt8Array, code_bits: int, patience: int) -> bytes:
    """The LZW data of indices (n,) where the table of codes is kept for so long."""
    room = np.empty(2 * flat.size + 16, np.uint8)
    return room[: pack(flat, code_bits, patience, room)].tobytes()


def _blocks(data: bytes) -> bytes:
    """Data as GIF holds it: pieces of up to 255 bytes behind their lengths, and an empty one."""
    pieces = (data[start : start + 255] for start in range(0, len(data), 255))
    return b"".join(bytes([len(piece)]) + piece for piece in pieces) + b"\0"


def _in_order(indexed: IndexedImage) -> tuple[UInt8Array, UInt8Array, int | None]:
    """The same with every entry in its place: the most transparent entry is the one, and serves for all others."""
    alpha = indexed.palette.rgba[:, 3]
    rgb = indexed.palette.rgba[:, :3]
    if not (alpha < 128).any():
        return rgb, indexed.byte_indices, None
    first = int(alpha.argmin())
    place = np.where(alpha < 128, first, np.arange(len(alpha))).astype(np.uint8)
    return rgb, place[indexed.indices], first


def _one_transparent(indexed: IndexedImage) -> tuple[UInt8Array, UInt8Array, int | None]:
    """Colors (k, 3) and indices where alpha is one entry of the palette, and that entry if any."""
    transparent = indexed.palette.rgba[:, 3] < 128
    rgb = indexed.palette.rgba[:, :3]
    if not transparent.any():
        return rgb, indexed.byte_indices, None
    # All transparent entries become one, which keeps the place of the first.
    keep = ~transparent
    first = int(np.argmax(transparent))
    keep[first] = True
    place = np.cumsum(keep) - 1
    place[transparent] = place[first]
    return rgb[keep], place.astype(np.uint8)[indexed.indices], int(place[first])
