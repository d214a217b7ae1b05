"""What a small file may demand: told from its headers, before memory is taken and time is spent."""

from __future__ import annotations

import struct

# A profile is some kB, a big CMYK one 2 MB. What claims to be more is a bomb or damaged.
MAX_PROFILE = 16_000_000

# libjpeg-turbo goes over all coefficients once a scan, and so does 0.9 gigapixels a second on a slow core, even where a
# scan holds nothing. Encoders write some ten scans.
_USUAL_SCANS = 64
_MOST_SCANNED = 4_000_000_000  # pixels, in all scans together

_MARKER_WITHOUT_LENGTH = frozenset((0x01, *range(0xD0, 0xD9)))
_ARITHMETIC = (0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF)


def too_many_scans(data: bytes, pixels: int) -> int | None:
    """How many scans a JPEG file has, if they would take too long to decode; else None."""
    if data.count(b"\xff\xda") <= _USUAL_SCANS:
        return None
    scans = _walk(data)[0]
    return scans if scans > _USUAL_SCANS and scans * pixels > _MOST_SCANNED else None


def holds_jpeg(data: bytes, pixels: int) -> bool:
    """Whether a JPEG file has so many bytes as so many pixels take at the very least.

    A Huffman code has at least one bit, and each block of 8 x 8 has one for its mean (ITU-T T.81, F.1.2.1). The
    component with most blocks has one for at most 16 x 64 pixels, as sampling factors go up to 4 (B.2.2). Arithmetic
    codes have no such limit.
    """
    return len(data) * 8 * 16 * 64 >= pixels or bool(_walk(data[: 1 << 20])[1])


def holds_deflate(packed: int, unpacked: int) -> bool:
    """Whether so many bytes of deflate can become so many: two bits give at most 258 bytes (RFC 1951, 3.2.5)."""
    return packed * 4 * 258 >= unpacked


def _walk(data: bytes) -> tuple[int, bool]:
    """How many scans a JPEG has up to its end, and whether its codes are arithmetic."""
    scans, arithmetic, at = 0, False, 2
    while 0 <= at < len(data) - 3:
        if data[at] != 0xFF:
            at = data.find(b"\xff", at)
            continue
        kind = data[at + 1]
        if kind == 0xD9:
            break
        if kind in (0, 0xFF) or kind in _MARKER_WITHOUT_LENGTH:
            at += 1 if kind == 0xFF else 2
            continue
        scans += kind == 0xDA
        arithmetic |= kind in _ARITHMETIC
        at += 2 + struct.unpack_from(">H", data, at + 2)[0]
    return scans, arithmetic
