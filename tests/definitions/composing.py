"""What an animation shows, by the plain definition: each part is laid upon the canvas, and disposed of afterwards.

GIF89a, section 23 (disposal). W3C, "Portable Network Graphics", third edition, 11.3.6.2: dispose_op, blend_op. WebP
Container Specification: disposal and blending of ANMF. Files of such parts are built here byte by byte.
"""

import io
import struct
from dataclasses import dataclass

import numpy as np
import PIL.Image

from pixmeans.codecs.gif_writer import lzw
from pixmeans.codecs.png_chunks import SIGNATURE, chunk, read_chunks

LEAVE, CLEAR, RESTORE = "leave", "clear", "restore"


@dataclass
class Part:
    """A rectangle at x, y. pixels: (h, w, 4) uint8, alpha 0 or 255. over: whether transparent pixels leave what is
    there. disposal: what becomes of its rectangle before the next part."""

    x: int
    y: int
    pixels: np.ndarray
    over: bool
    disposal: str
    milliseconds: int


def composed(parts, width, height):
    """What is shown in each frame, (h, w, 4) uint8 with black under alpha 0."""
    canvas = np.zeros((height, width, 4), np.uint8)
    shown = []
    for part in parts:
        before = canvas.copy()
        rows, columns = part.pixels.shape[:2]
        place = (slice(part.y, part.y + rows), slice(part.x, part.x + columns))
        seen = part.pixels[..., 3:] > 0
        canvas[place] = np.where(seen | (not part.over), part.pixels, canvas[place])
        canvas[canvas[..., 3] == 0] = 0
        shown.append(canvas.copy())
        if part.disposal == CLEAR:
            canvas[place] = 0
        elif part.disposal == RESTORE:
            canvas = before
    return shown


def gif_of(parts, width, height, loop):
    """A GIF, every part with its own colors; over is the only way."""
    data = [b"GIF89a", struct.pack("<HHBBB", width, height, 0x70, 0, 0)]
    if loop is not None:
        data.append(b"\x21\xff\x0bNETSCAPE2.0\x03\x01" + struct.pack("<H", loop) + b"\0")
    for part in parts:
        colors, indices = np.unique(part.pixels.reshape(-1, 4), axis=0, return_inverse=True)
        clear = np.flatnonzero(colors[:, 3] == 0)
        rows, columns = part.pixels.shape[:2]
        disposal = {LEAVE: 1, CLEAR: 2, RESTORE: 3}[part.disposal]
        flags = disposal << 2 | (len(clear) > 0)
        index = int(clear[0]) if len(clear) else 0
        data.append(struct.pack("<BBBBHBB", 0x21, 0xF9, 4, flags, part.milliseconds // 10, index, 0))
        data.append(struct.pack("<BHHHHB", 0x2C, part.x, part.y, columns, rows, 0x87))
        data.append(np.ascontiguousarray(colors[:, :3]).tobytes().ljust(768, b"\0"))
        data.append(b"\x08" + lzw(indices.reshape(rows, columns).astype(np.uint8), 8))
    return b"".join([*data, b";"])


def apng_of(parts, width, height, loop):
    """An APNG of 32 bits a pixel; its first part must be as large as the whole."""
    written = [SIGNATURE, chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0))]
    written.append(chunk(b"acTL", struct.pack(">II", len(parts), loop)))
    number = 0
    for place, part in enumerate(parts):
        file = io.BytesIO()
        PIL.Image.fromarray(part.pixels).save(file, "PNG")
        pixels = b"".join(one.body for one in read_chunks(file.getvalue()) if one.kind == b"IDAT")
        rows, columns = part.pixels.shape[:2]
        disposal = {LEAVE: 0, CLEAR: 1, RESTORE: 2}[part.disposal]
        header = struct.pack(
            ">IIIIIHHBB", number, columns, rows, part.x, part.y, part.milliseconds, 1000, disposal, int(part.over)
        )
        written.append(chunk(b"fcTL", header))
        number += 1
        if place == 0:
            written.append(chunk(b"IDAT", pixels))
        else:
            written.append(chunk(b"fdAT", struct.pack(">I", number) + pixels))
            number += 1
    return b"".join([*written, chunk(b"IEND", b"")])


def webp_of(parts, width, height, loop):
    """A lossless WebP; places are even, and nothing is restored."""

    def piece(kind, body):
        return kind + struct.pack("<I", len(body)) + body + b"\0" * (len(body) & 1)

    frames = []
    for part in parts:
        file = io.BytesIO()
        PIL.Image.fromarray(part.pixels).save(file, "WEBP", lossless=True, exact=True)
        data = file.getvalue()
        at, pixels = 12, b""
        while at + 8 <= len(data):
            kind, size = struct.unpack_from("<4sI", data, at)
            pixels = piece(kind, data[at + 8 : at + 8 + size]) if kind == b"VP8L" else pixels
            at += 8 + size + (size & 1)
        rows, columns = part.pixels.shape[:2]
        numbers = (part.x // 2, part.y // 2, columns - 1, rows - 1, part.milliseconds)
        flags = (0 if part.over else 2) | (part.disposal == CLEAR)
        frames.append(piece(b"ANMF", b"".join(one.to_bytes(3, "little") for one in numbers) + bytes([flags]) + pixels))
    size = b"".join((side - 1).to_bytes(3, "little") for side in (width, height))
    head = piece(b"VP8X", struct.pack("<I", 0x12) + size) + piece(b"ANIM", struct.pack("<IH", 0, loop))
    return piece(b"RIFF", b"WEBP" + head + b"".join(frames))


FILES = {"gif": gif_of, "png": apng_of, "webp": webp_of}
