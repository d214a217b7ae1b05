"""The container of all methods, `.pxm`: magic, version, method, size, checksum, and the method's own bytes.

0   4  magic: 89 50 58 4D ("PXM" after a byte that no text has)
4   1  version: 1
5   1  method: 1 vq, 2 ecvq, 3 fractal
6   4  width    }  unsigned, the highest byte first
10  4  height   }
14  4  CRC-32 of all bytes before and behind these four
18     the body
"""

from __future__ import annotations

import struct
import zlib

from ..records import dataclass
from .planes import DamagedError

MAGIC = b"\x89PXM"
VERSION = 1
MOST_PIXELS = 1 << 25  # that a file may have: decoding takes up to 40 bytes of memory for each

_HEAD = struct.Struct(">4sBBII")
_CHECKSUM = struct.Struct(">I")


class TooLargeError(Exception):
    """A sound file of more pixels than are wanted: how many."""


@dataclass(frozen=True)
class Container:
    """A file, taken apart. method: its number."""

    method: int
    width: int
    height: int
    body: bytes


def wrapped(container: Container) -> bytes:
    """The bytes of a file."""
    head = _HEAD.pack(MAGIC, VERSION, container.method, container.width, container.height)
    return head + _CHECKSUM.pack(_crc(head, container.body)) + container.body


def unwrapped(data: bytes, methods: int, max_pixels: int = MOST_PIXELS) -> Container:
    """The parts of a file whose checksum is right and whose method is 1 to `methods`.

    Raises DamagedError, and TooLargeError for more than `max_pixels`.
    """
    if not data.startswith(MAGIC):
        raise DamagedError("not a .pxm")
    at = _HEAD.size + _CHECKSUM.size
    if len(data) < at:
        raise DamagedError("its head is cut off")
    _, version, method, width, height = _HEAD.unpack_from(data)
    if version != VERSION:
        raise DamagedError(f"its version is {version}, known is {VERSION}")
    (checksum,) = _CHECKSUM.unpack_from(data, _HEAD.size)
    if checksum != _crc(data[: _HEAD.size], data[at:]):
        raise DamagedError("its checksum is wrong, or its end is cut off")
    if not 1 <= method <= methods:
        raise DamagedError(f"its method is {method}, known are 1 to {methods}")
    if not (width and height and width * height <= MOST_PIXELS):
        raise DamagedError(f"its size is {width:,} x {height:,} pixels")
    if width * height > max_pixels:
        raise TooLargeError(f"{width:,} x {height:,} pixels")
    return Container(method, width, height, data[at:])


def _crc(head: bytes, body: bytes) -> int:
    return zlib.crc32(body, zlib.crc32(head))
