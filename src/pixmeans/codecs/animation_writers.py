"""Frames of palette indices -> bytes of a GIF, PNG (APNG) or WebP that moves.

Each frame after the first is a rectangle that is laid upon what is shown. An index of the palette, `keeps`, leaves a
pixel as it is. The still writers make the rectangles; here is what stands around them.

CompuServe, "Graphics Interchange Format, Version 89a", 1990. W3C, "Portable Network Graphics", third edition, clauses
11.3.6 and 13: acTL, fcTL, fdAT. RFC 9649 and Google, "WebP Container Specification": ANIM, ANMF.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from ..arrays import UInt8Array
from ..image import IndexedImage, Palette
from .gif_writer import comment, lzw
from .limits import check_side
from .png_chunks import SIGNATURE, chunk, read_chunks
from .png_writer import png
from .webp_writer import webp

LONGEST = 65535  # of a frame: hundredths of a second in GIF, milliseconds in APNG
_LONGEST_WEBP = (1 << 24) - 1


@dataclass(frozen=True, eq=False)
class Rectangle:
    """What one frame draws over the frame before.

    x, y: where. candidates: (h, w) uint8 indices, each of which shows the same; the smallest is written. milliseconds:
    whole, and a multiple of 10 for GIF. clears: whether its rectangle becomes transparent behind it (GIF). replaces:
    whether all of its pixels are written as they are, transparent ones too, instead of over what is there (APNG, WebP).
    """

    x: int
    y: int
    candidates: tuple[UInt8Array, ...]
    milliseconds: int
    clears: bool = False
    replaces: bool = False


class AnimationWriter:
    """A file that is written frame by frame.

    like: a picture of the whole size with the palette, its profile and tags; its indices do not count.
    keeps: the index that leaves pixels as they are: the palette's transparent one, or one behind the palette; None if
    there is none. plays: how often; 0 is forever. optimize: 0 (fastest) to 6 (smallest).

    limit: the format's name and the most pixels of a side. longest: milliseconds that one frame can stay. unit: times
    are multiples of so many milliseconds. clears: whether pixels become transparent by what stands at the frame before
    (`Rectangle.clears`), not by `Rectangle.replaces`. even: whether rectangles begin at even places. holds_apart:
    whether there may be a picture beside the frames, `apart` (h, w) uint8, for programs that show no animations.
    """

    limit: ClassVar[tuple[str, int]]
    longest: ClassVar[int]
    unit: ClassVar[int] = 1
    clears: ClassVar[bool] = False
    even: ClassVar[bool] = False
    holds_apart: ClassVar[bool] = False

    def __init__(self, like: IndexedImage, keeps: int | None, plays: int, optimize: int) -> None:
        check_side(like, *self.limit)
        self.like, self.keeps, self.plays, self.optimize = like, keeps, plays, optimize
        self.palette = like.palette
        if keeps == len(self.palette):
            rgba = self.palette.rgba
            self.palette = Palette(_with_transparent(rgba))
        self.frames: list[bytes] = []
        self.apart: UInt8Array | None = None

    def add(self, part: Rectangle) -> None:
        """One more frame."""
        for piece in _pieces(part, self.longest):
            self.frames.append(min((self._encoded(piece, one) for one in self._candidates(piece)), key=len))

    def _candidates(self, part: Rectangle) -> tuple[UInt8Array, ...]:
        """Indices of which the smallest are written."""
        return part.candidates

    def _encoded(self, part: Rectangle, indices: UInt8Array) -> bytes:
        raise NotImplementedError

    def file(self) -> bytes:
        """The whole file."""
        raise NotImplementedError

    def _still(self, indices: UInt8Array) -> IndexedImage:
        return IndexedImage(self.palette, indices, in_order=True)


def _with_transparent(rgba: UInt8Array) -> UInt8Array:
    """The colors (k, 4) and a transparent one behind them."""
    return np.concatenate([rgba, np.zeros((1, 4), np.uint8)])


def _pieces(part: Rectangle, longest: int) -> list[Rectangle]:
    """The frame, several times if it stays for longer than the format can say."""
    pieces = []
    left = part.milliseconds
    while left > longest:
        pieces.append(replace(part, milliseconds=longest, clears=False))
        left -= longest
    return [*pieces, replace(part, milliseconds=left)]


class GifWriter(AnimationWriter):
    """GIF89a with one color table for all frames."""

    limit, longest, unit, clears = ("GIF", 65535), 10 * LONGEST, 10, True

    def _candidates(self, part: Rectangle) -> tuple[UInt8Array, ...]:
        """Also those that mix the two ways to show a pixel that stays, so that runs go on.

        On a recording of a screen that takes 9 % off, elsewhere next to nothing. Phrases of LZW's own dictionary,
        followed in both ways, took off no more than 0.2 % beside it.
        """
        if len(part.candidates) != 2:
            return part.candidates
        first, second = part.candidates
        return (first, second, _runs(first, second))

    def _encoded(self, part: Rectangle, indices: UInt8Array) -> bytes:
        height, width = indices.shape
        code_bits = max(2, int(indices.max()).bit_length())
        disposal = 2 if part.clears else 1
        flags = disposal << 2 | (self.keeps is not None)
        return b"".join(
            [
                struct.pack("<BBBBHBB", 0x21, 0xF9, 4, flags, part.milliseconds // 10, self.keeps or 0, 0),
                struct.pack("<BHHHHB", 0x2C, part.x, part.y, width, height, 0),
                bytes([code_bits]),
                lzw(indices, code_bits),
            ]
        )

    def file(self) -> bytes:
        """The whole file."""
        like = self.like
        bits = max(1, (len(self.palette) - 1).bit_length())
        loop = b""
        if self.plays != 1:
            repeats = 0 if self.plays == 0 else min(self.plays - 1, 65535)
            loop = b"\x21\xff\x0bNETSCAPE2.0\x03\x01" + struct.pack("<H", repeats) + b"\0"
        return b"".join(
            [
                b"GIF89a",
                struct.pack("<HHBBB", like.width, like.height, 0xF0 | bits - 1, 0, 0),
                self.palette.rgba[:, :3].tobytes().ljust(3 << bits, b"\0"),
                loop,
                comment(like),
                *self.frames,
                b";",
            ]
        )


def _one_pixel(like: IndexedImage) -> UInt8Array:
    return like.byte_indices[:1, :1]


def _runs(first: UInt8Array, second: UInt8Array) -> UInt8Array:
    """The first indices, and the second where they go on as their neighbor on the left or on the right does."""
    mixed = first.copy()
    for column in range(1, mixed.shape[1]):
        same = second[:, column] == mixed[:, column - 1]
        mixed[:, column] = np.where(same, second[:, column], mixed[:, column])
    for column in range(mixed.shape[1] - 2, -1, -1):
        same = second[:, column] == mixed[:, column + 1]
        mixed[:, column] = np.where(same, second[:, column], mixed[:, column])
    return mixed


# FFmpeg 5 shows frames of fewer bits an index wrongly where they are laid over others.
_APNG_BITS = 8


class ApngWriter(AnimationWriter):
    """A PNG with one palette and one depth for all frames; programs that know no APNG show the first, or `apart`."""

    limit, longest, holds_apart = ("PNG", 0x7FFFFFFF), LONGEST, True

    def __init__(self, like: IndexedImage, keeps: int | None, plays: int, optimize: int) -> None:
        super().__init__(like, keeps, plays, optimize)
        self._first: UInt8Array | None = None  # the indices of the first frame

    def _encoded(self, part: Rectangle, indices: UInt8Array) -> bytes:
        height, width = indices.shape
        if self._first is None:
            self._first = indices
        blend = 0 if part.replaces else 1
        header = struct.pack(">IIIIHHBB", width, height, part.x, part.y, part.milliseconds, 1000, 0, blend)
        return header + self._pixels(indices)

    def _pixels(self, indices: UInt8Array) -> bytes:
        """A compressed rectangle."""
        data = png(self._still(indices), self.optimize, png_type="indexed", bit_depth=_APNG_BITS)
        return b"".join(one.body for one in read_chunks(data) if one.kind == b"IDAT")

    def file(self) -> bytes:
        """The whole file."""
        like = self.like
        if len(self.frames) == 1 and self._first is not None and self.apart is None:
            return png(replace(like, indices=self._first), self.optimize)
        whole = replace(like, palette=self.palette, indices=_one_pixel(like), in_order=True)
        chunks = [
            (one.kind, bytes(one.body)) for one in read_chunks(png(whole, 0, png_type="indexed", bit_depth=_APNG_BITS))
        ]
        written, number = [SIGNATURE], 0
        for kind, body in chunks:
            if kind == b"IHDR":
                body = struct.pack(">II", like.width, like.height) + body[8:]
            if kind != b"IDAT":
                written.append(chunk(kind, body) if kind != b"IEND" else b"")
                if kind == b"IHDR":
                    written.append(chunk(b"acTL", struct.pack(">II", len(self.frames), min(self.plays, 0x7FFFFFFF))))
                continue
            if self.apart is not None:
                written.append(chunk(b"IDAT", self._pixels(self.apart)))
            for place, frame in enumerate(self.frames):
                header, pixels = frame[:22], frame[22:]
                written.append(chunk(b"fcTL", struct.pack(">I", number) + header))
                number += 1
                if place == 0 and self.apart is None:
                    written.append(chunk(b"IDAT", pixels))
                else:
                    written.append(chunk(b"fdAT", struct.pack(">I", number) + pixels))
                    number += 1
        written.append(chunk(b"IEND", b""))
        return b"".join(written)


class WebpWriter(AnimationWriter):
    """Lossless WebP; every frame has a table of the colors that it uses."""

    limit, longest, even = ("WebP", 16383), _LONGEST_WEBP, True

    def _encoded(self, part: Rectangle, indices: UInt8Array) -> bytes:
        height, width = indices.shape
        still = webp(replace(self._still(indices), in_order=False), self.optimize)
        pixels = b"".join(
            kind + struct.pack("<I", len(body)) + body + b"\0" * (len(body) & 1)
            for kind, body in _riff(still)
            if kind in (b"VP8L", b"VP8 ", b"ALPH")
        )
        flags = 2 if part.replaces else 0
        header = b"".join(
            number.to_bytes(3, "little")
            for number in (part.x // 2, part.y // 2, width - 1, height - 1, part.milliseconds)
        )
        return _chunk(b"ANMF", header + bytes([flags]) + pixels)

    def file(self) -> bytes:
        """The whole file."""
        like = self.like
        has_alpha = self.palette.has_alpha
        still = webp(replace(like, palette=self.palette, indices=_one_pixel(like)), 0)
        found = dict(_riff(still))
        icc, exif, xmp = (found.get(kind) for kind in (b"ICCP", b"EXIF", b"XMP "))
        flags = 2 | (0x10 if has_alpha else 0) | (0x20 if icc else 0) | (8 if exif else 0) | (4 if xmp else 0)
        size = b"".join((side - 1).to_bytes(3, "little") for side in (like.width, like.height))
        chunks = [
            _chunk(b"VP8X", struct.pack("<I", flags) + size),
            _chunk(b"ICCP", icc) if icc else b"",
            _chunk(b"ANIM", struct.pack("<IH", 0, min(self.plays, 65535))),
            *self.frames,
            _chunk(b"EXIF", exif) if exif else b"",
            _chunk(b"XMP ", xmp) if xmp else b"",
        ]
        return _chunk(b"RIFF", b"WEBP" + b"".join(chunks))


def _chunk(kind: bytes, body: bytes) -> bytes:
    return kind + struct.pack("<I", len(body)) + body + b"\0" * (len(body) & 1)


def _riff(data: bytes) -> list[tuple[bytes, bytes]]:
    """The chunks of a WebP file."""
    found, at = [], 12
    while at + 8 <= len(data):
        kind, size = struct.unpack_from("<4sI", data, at)
        found.append((kind, data[at + 8 : at + 8 + size]))
        at += 8 + size + (size & 1)
    return found


ANIMATIONS: dict[str, type[AnimationWriter]] = {"png": ApngWriter, "webp": WebpWriter, "gif": GifWriter}
