"""The parts of an animated GIF or PNG, each as a still file of its own.

CompuServe, "Graphics Interchange Format, Version 89a", 1990, sections 18 to 26. W3C, "Portable Network Graphics", third
edition, 11.3.6 and 13.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from typing import NamedTuple

from .png_chunks import SIGNATURE, chunk, read_chunks

LEAVE, CLEAR, RESTORE = 0, 1, 2  # APNG's numbers


class FramePart(NamedTuple):
    """What a frame draws.

    still: a file of its pixels. x, y: where. over: whether they are laid over what is there, else they replace it.
    disposal: what becomes of its rectangle afterwards: it stays, becomes transparent, or is as it was before.
    """

    still: bytes
    x: int
    y: int
    over: bool
    disposal: int
    milliseconds: float


def gif_parts(data: bytes) -> Iterator[FramePart]:
    """Those of a GIF. Raises struct.error, IndexError where it is damaged."""
    flags = data[10]
    at = 13 + (3 << (flags & 7) + 1 if flags & 0x80 else 0)
    table, look = data[13:at], data[11:13]
    transparency, disposal, hundredths = b"", 0, 0
    while at < len(data):
        kind = data[at]
        if kind == 0x21 and at + 1 < len(data):
            if data[at + 1] == 0xF9 and data[at + 2 : at + 3] == b"\x04" and at + 7 < len(data):
                packed, hundredths, index = struct.unpack_from("<BHB", data, at + 3)
                disposal = packed >> 2 & 7
                transparency = struct.pack("<BBBBHBB", 0x21, 0xF9, 4, packed & 1, 0, index, 0)
            at = end_of_blocks(data, at + 2)
        elif kind == 0x2C and at + 10 < len(data):
            x, y, width, height, packed = struct.unpack_from("<HHHHB", data, at + 1)
            start = at + 10
            at = end_of_blocks(data, start + (3 << (packed & 7) + 1 if packed & 0x80 else 0) + 1)
            screen = struct.pack("<HHB", width, height, flags) + look
            descriptor = struct.pack("<BHHHHB", 0x2C, 0, 0, width, height, packed)
            still = b"".join([b"GIF89a", screen, table, transparency, descriptor, data[start:at], b";"])
            after = {2: CLEAR, 3: RESTORE}.get(disposal, LEAVE)
            yield FramePart(still, x, y, True, after, 10.0 * hundredths)
            transparency, disposal, hundredths = b"", 0, 0
        else:
            return


def end_of_blocks(data: bytes, at: int) -> int:
    """Behind the blocks that begin here, or the end of the data."""
    while at < len(data) and data[at]:
        at += 1 + data[at]
    return min(at + 1, len(data))


_WHOLE = (b"IHDR", b"IDAT", b"acTL", b"fcTL", b"fdAT", b"IEND", b"eXIf", b"iTXt", b"tEXt", b"zTXt")


def apng_parts(data: bytes) -> Iterator[FramePart]:
    """Those of an APNG. A picture without a frame control is for those who know no APNG, and no frame."""
    header = b""
    common: list[bytes] = []
    control: bytes | None = None
    pixels: list[bytes] = []
    for one in read_chunks(data):
        body = bytes(one.body)
        if one.kind == b"IHDR":
            header = body
        elif one.kind == b"fcTL" and len(body) == 26:
            if control is not None:
                yield _apng_part(header, common, control, pixels)
            control, pixels = body, []
        elif one.kind == b"IDAT" and control is not None:
            pixels.append(body)
        elif one.kind == b"fdAT" and one.is_sound:
            pixels.append(body[4:])
        elif one.kind not in _WHOLE and not pixels:
            common.append(chunk(one.kind, body))
    if control is not None:
        yield _apng_part(header, common, control, pixels)


def _apng_part(header: bytes, common: list[bytes], control: bytes, pixels: list[bytes]) -> FramePart:
    _, width, height, x, y, above, below, disposal, blend = struct.unpack(">IIIIIHHBB", control)
    head = chunk(b"IHDR", struct.pack(">II", width, height) + header[8:])
    data = [SIGNATURE, head, *common, chunk(b"IDAT", b"".join(pixels)), chunk(b"IEND", b"")]
    return FramePart(b"".join(data), x, y, blend == 1, disposal, 1000 * above / (below or 100))


PARTS: dict[str, Callable[[bytes], Iterator[FramePart]]] = {"GIF": gif_parts, "PNG": apng_parts}


def begins_apart(data: bytes) -> bool:
    """Whether a PNG begins with a picture that is no frame: what programs show that know no APNG."""
    return next((one.kind == b"IDAT" for one in read_chunks(data) if one.kind in (b"IDAT", b"fcTL")), False)


def promised(data: bytes, format: str) -> int:
    """How many frames a file says that it has; 0 where it does not."""
    if format == "PNG":
        for one in read_chunks(data):
            if one.kind == b"acTL" and len(one.body) == 8:
                return int(struct.unpack(">I", one.body[:4])[0])
    return 0
