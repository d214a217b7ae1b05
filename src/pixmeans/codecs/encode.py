"""IndexedImage -> bytes of a file. Three formats, a dictionary of three functions."""

from __future__ import annotations

import io
import struct

import numpy as np
import PIL.Image

from ..errors import OutputError
from ..image import IndexedImage, UInt8Array
from ..kernels.lzw import pack
from .png_writer import png

# libwebp's lossless mode: (method, quality), both meaning effort, for optimize 0 to 6. Measured on photos of
# 0.4 to 2.5 MP, 16 and 256 colors, one core: about 50, 80, 200, 250, 500, 400 and 8,000 ms a megapixel;
# against optimize 2 +12 to +29, +6 to +18, 0, -1 to 0, -5 to +1, -2 to +1 and -2 to -8 % bytes.
_WEBP_EFFORT = ((0, 0), (1, 20), (4, 50), (4, 75), (5, 75), (6, 90), (6, 100))
# When LZW forgets a full dictionary: at once, or when a code says less than so many 256ths of what it did at best. The
# best of these saves 1 % of Pillow's bytes on photos with 16 to 256 colors; each costs about 10 ms a megapixel.
_PATIENCE = (-1, 208, 224, 240)

_SMALL = 1 << 16  # pixels: up to so many, trying every lower effort too is quick


def encode(indexed: IndexedImage, format: str, *, optimize: int = 2) -> bytes:
    """The bytes of a file that decodes to exactly this picture.

    format: 'png' (indexed, 1, 2, 4 or 8 bits), 'webp' (lossless) or 'gif' (alpha below 128 becomes the one
        transparent entry, everything else opaque).
    optimize: lossless effort, 0 (fastest) to 6 (smallest).

    The palette may be written in another order. Raises OutputError for a picture too large for the format.
    """
    return FORMATS[format](indexed, optimize)


def webp(indexed: IndexedImage, optimize: int) -> bytes:
    """A lossless WebP file; pixels that are fully transparent keep their color."""
    from PIL import WebPImagePlugin  # noqa: F401  (registers the format; PIL.Image would import every plugin)

    _check_side(indexed, "WebP", 16383)
    pixels = indexed.to_image().pixels
    mode = "RGBA" if pixels.shape[2] == 4 else "RGB"
    picture = PIL.Image.frombytes(mode, (indexed.width, indexed.height), pixels.data)
    # More effort sometimes makes a larger file, so the smallest of several is taken.
    lowest = 0 if indexed.indices.size <= _SMALL else min(optimize, 2)
    files = []
    for method, quality in _WEBP_EFFORT[lowest : optimize + 1]:
        file = io.BytesIO()
        picture.save(
            file,
            "WEBP",
            lossless=True,
            exact=True,
            method=method,
            quality=quality,
            icc_profile=indexed.icc or b"",
        )
        files.append(file.getvalue())
    return min(files, key=len)


def gif(indexed: IndexedImage, optimize: int) -> bytes:
    """A GIF89a file; the effort does not matter: its LZW is quick at its best.

    The writer is ours: Pillow's would use 9-bit codes even for two colors, and forgets its dictionary whenever that is
    full.
    """
    _check_side(indexed, "GIF", 65535)
    rgb, indices, transparent = _one_transparent(indexed)
    bits = max(1, (len(rgb) - 1).bit_length())
    code_bits = max(2, bits)  # LZW starts with at least 2
    table = rgb.tobytes().ljust(3 << bits, b"\0")
    parts = [
        b"GIF89a",
        struct.pack("<HHBBB", indexed.width, indexed.height, 0xF0 | bits - 1, 0, 0),
        table,
        b"" if transparent is None else struct.pack("<BBBBHBB", 0x21, 0xF9, 4, 1, 0, transparent, 0),
        struct.pack("<BHHHHB", 0x2C, 0, 0, indexed.width, indexed.height, 0),
        bytes([code_bits]),
        lzw(indices, code_bits),
        b";",
    ]
    return b"".join(parts)


def lzw(indices: UInt8Array, code_bits: int) -> bytes:
    """The smallest LZW data of indices, each below 2 ** code_bits (2 to 8), in GIF's blocks; the last one is empty."""
    room = np.empty(2 * indices.size + 16, np.uint8)
    flat = np.ascontiguousarray(indices).ravel()
    sizes = {patience: pack(flat, code_bits, patience, room) for patience in _PATIENCE}
    data = room[: pack(flat, code_bits, min(sizes, key=lambda one: sizes[one]), room)].tobytes()
    blocks = (data[start : start + 255] for start in range(0, len(data), 255))
    return b"".join(bytes([len(block)]) + block for block in blocks) + b"\0"


FORMATS = {"png": png, "webp": webp, "gif": gif}


def _one_transparent(indexed: IndexedImage) -> tuple[UInt8Array, UInt8Array, int | None]:
    """Colors (k, 3) and indices where alpha is one entry of the palette, and that entry if any."""
    transparent = indexed.palette.rgba[:, 3] < 128
    rgb = indexed.palette.rgba[:, :3]
    if not transparent.any():
        return rgb, indexed.indices, None
    # All clear entries become one, which keeps the place of the first.
    keep = ~transparent
    first = int(np.argmax(transparent))
    keep[first] = True
    place = np.cumsum(keep) - 1
    place[transparent] = place[first]
    return rgb[keep], place.astype(np.uint8)[indexed.indices], int(place[first])


def _check_side(indexed: IndexedImage, format: str, limit: int) -> None:
    if max(indexed.width, indexed.height) > limit:
        raise OutputError(
            f"{format} holds at most {limit} x {limit} pixels, this is {indexed.width} x {indexed.height}; "
            "write a PNG (--format png) or make it smaller"
        )
