"""Planes of small numbers as bytes: the entropy coder of all methods, and the sections of a file.

Measured on indices of 2 x 2 blocks of photographs: LZMA takes a fifth more bytes than this, zlib two fifths.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ..arrays import UInt8Array, UInt16Array
from ..kernels import plane_coder as kernel

# 65536 / (1 + exp(-x)), rounded, for x = -12, -11.5, ... 12: written down, as mathematical libraries differ in the last
# bit, and what decodes must be what encoded.
_FALLING = (
    32768,
    24743,
    17625,
    11955,
    7812,
    4971,
    3108,
    1921,
    1179,
    720,
    439,
    267,
    162,
    98,
    60,
    36,
    22,
    13,
    8,
    5,
    3,
    2,
)
_LOW = (*_FALLING, 1, 1, 0)
SQUASH = np.array([*reversed(_LOW), *(65536 - value for value in _LOW[1:])], np.int32)

MOST_BITS = 12
# No bit costs less than this many bits: the kernel calls nothing more certain than 1 - 32 / 65536. So the bytes tell
# how many numbers there can be, before memory for them is taken.
LEAST_COST = 0.0007


class DamagedError(Exception):
    """Bytes that no encoder has written: what is wrong with them."""


def pack(values: npt.NDArray[np.integer], bits: int, classes: UInt8Array | None = None) -> bytes:
    """The bytes of numbers (h, w) below 2**bits, bits 0 to 12. classes: (h, w), what the decoder knows of each."""
    if bits == 0 or values.size == 0:
        return b""
    plane = np.ascontiguousarray(values, np.uint16)
    known = np.zeros(plane.shape, np.uint8) if classes is None else np.ascontiguousarray(classes, np.uint8)
    data = np.empty(2 * plane.size * bits + 8, np.uint8)
    return data[: kernel.encode(plane, known, bits, SQUASH, data)].tobytes()


def unpack(data: bytes, shape: tuple[int, int], bits: int, classes: UInt8Array | None = None) -> UInt16Array:
    """The numbers that `pack` was given. Raises DamagedError where so few bytes cannot hold so many."""
    if not 0 <= bits <= MOST_BITS:
        raise DamagedError(f"numbers of {bits} bits")
    count = shape[0] * shape[1]
    if count * bits * LEAST_COST > 8 * len(data) + 64:
        raise DamagedError(f"{len(data)} bytes for {count:,} numbers")
    values = np.zeros(shape, np.uint16)
    if bits and count:
        known = np.zeros(shape, np.uint8) if classes is None else np.ascontiguousarray(classes, np.uint8)
        kernel.decode(np.frombuffer(data, np.uint8), known, bits, SQUASH, values)
    return values


def bits_for(count: int) -> int:
    """Bits of a number below `count`.

    >>> bits_for(1), bits_for(2), bits_for(1025)
    (0, 1, 11)
    """
    return (count - 1).bit_length()
