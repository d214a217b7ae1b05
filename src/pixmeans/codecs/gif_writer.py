"""Writing still GIF files: ours, as Pillow's writer would use 9-bit codes even for two colors.

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
    bits = max(1, (len(rgb) - 1).bit_length())
    code_bits = max(2, bits)  # LZW starts with at least 2
    table = rgb.tobytes().ljust(3 << bits, b"\0")
    parts = [
        b"GIF89a",
        struct.pack("<HHBBB", indexed.width, indexed.height, 0xF0 | bits - 1, 0, 0),
        table,
        comment(indexed),
        b"" if transparent is None else struct.pack("<BBBBHBB", 0x21, 0xF9, 4, 1, 0, transparent, 0),
        struct.pack("<BHHHHB", 0x2C, 0, 0, indexed.width, indexed.height, 0),
        bytes([code_bits]),
        lzw(indices, code_bits),
        b";",
    ]
    return b"".join(parts)


def comment(indexed: IndexedImage) -> bytes:
    """The texts as a comment, with their keywords; the standard wants ASCII, and programs write UTF-8."""
    texts = indexed.tags.texts
    lines = [words if keyword == "Comment" else f"{keyword}: {words}" for keyword, words in texts]
    data = "\n".join(lines).encode("utf-8", "replace")
    return b"!\xfe" + _blocks(data) if data else b""


def lzw(indices: UInt8Array, code_bits: int) -> bytes:
    """The smallest LZW data of indices, each below 2 ** code_bits (2 to 8), in GIF's blocks; the last one is empty."""
    flat = np.ascontiguousarray(indices).ravel()
    return _blocks(min(each(lambda patience: _codes(flat, code_bits, patience), list(_PATIENCE)), key=len))


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
