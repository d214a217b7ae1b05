"""Frames of palette indices -> bytes of a GIF, PNG (APNG) or WebP that moves.

Each frame after the first is a rectangle that is laid upon what is shown. An index of its palette, `keeps`, leaves a
pixel as it is. The still writers make the rectangles; here is what stands around them.

CompuServe, "Graphics Interchange Format, Version 89a", 1990. W3C, "Portable Network Graphics", third edition, clauses
11.3.6 and 13: acTL, fcTL, fdAT. RFC 9649 and Google, "WebP Container Specification": ANIM, ANMF.
"""

from __future__ import annotations

import struct
from functools import cached_property
from typing import ClassVar

import numpy as np

from ..arrays import UInt8Array
from ..choices import MAX_INDEXED
from ..image import Image, IndexedImage, Palette
from ..records import dataclass, replace
from . import gif_writer
from .limits import check_side
from .png_chunks import SIGNATURE, chunk, read_chunks
from .png_writer import png
from .riff import riff_chunk, riff_chunks
from .webp_writer import webp

LONGEST = 65535  # of a frame: hundredths of a second in GIF, milliseconds in APNG
_LONGEST_WEBP = (1 << 24) - 1


@dataclass(frozen=True, eq=False)
class ColorTable:
    """The colors of a frame, or of all frames.

    keeps: the index that leaves pixels as they are: the palette's transparent one, or one behind the palette; None if
    there is none.
    """

    palette: Palette
    keeps: int | None

    @classmethod
    def of(cls, palette: Palette, room: int = MAX_INDEXED) -> ColorTable:
        """The table of a palette, with an index that keeps pixels if it fits into so many entries."""
        clear = np.flatnonzero(palette.rgba[:, 3] == 0)
        if len(clear):
            return cls(palette, int(clear[0]))
        return cls(palette, len(palette) if len(palette) < room else None)

    @cached_property
    def whole(self) -> Palette:
        """The palette, with the entry that keeps pixels."""
        if self.keeps != len(self.palette):
            return self.palette
        return Palette(np.concatenate([self.palette.rgba, np.zeros((1, 4), np.uint8)]))


@dataclass(frozen=True, eq=False)
class Rectangle:
    """What one frame draws over the frame before.

    x, y: where. candidates: (h, w) indices into the table, each of which shows the same; the smallest is written.
    milliseconds: whole, and a multiple of 10 for GIF. clears: whether its rectangle becomes transparent behind it
    (GIF). replaces: whether all of its pixels are written as they are, transparent ones too, instead of over what is
    there (APNG, WebP). table: its own colors; None for those of all frames. pixels: (h, w, 4) uint8, in place of
    candidates where the table has not all of its colors (WebP).
    """

    x: int
    y: int
    candidates: tuple[UInt8Array, ...]
    milliseconds: int
    clears: bool = False
    replaces: bool = False
    table: ColorTable | None = None
    pixels: UInt8Array | None = None


class AnimationWriter:
    """A file that is written frame by frame.

    like: a picture of the whole size with its profile and tags; its palette and indices do not count, but `in_order`
    does. table: the colors of all frames that have none of their own. plays: how often; 0 is forever. optimize: 0
    (fastest) to 6 (smallest). bit_depth: of indices (PNG); None leaves it to the writer.

    limit: the format's name and the most pixels of a side. longest: milliseconds that one frame can stay. unit: times
    are multiples of so many milliseconds. clears: whether pixels become transparent by what stands at the frame before
    (`Rectangle.clears`), not by `Rectangle.replaces`. even: whether rectangles begin at even places. own_tables:
    whether a frame can have its own colors. holds_apart: whether there may be a picture beside the frames, `apart`
    (h, w) uint8 in the colors of all frames, for programs that show no animations.
    """

    limit: ClassVar[tuple[str, int]]
    longest: ClassVar[int]
    unit: ClassVar[int] = 1
    clears: ClassVar[bool] = False
    even: ClassVar[bool] = False
    own_tables: ClassVar[bool] = True
    holds_apart: ClassVar[bool] = False

    def __init__(
        self, like: IndexedImage, table: ColorTable, plays: int, optimize: int, bit_depth: int | None = None
    ) -> None:
        check_side(like, *self.limit)
        self.like, self.table, self.plays = like, table, plays
        self.optimize, self.bit_depth = optimize, bit_depth
        self.frames: list[bytes] = []
        self.apart: UInt8Array | None = None

    @classmethod
    def table_bytes(cls, k: int) -> int:
        """What a frame pays for k colors of its own, where the format tells."""
        return 0

    def add(self, part: Rectangle) -> None:
        """One more frame."""
        for piece in _pieces(part, self.longest):
            self.frames.append(min((self._encoded(piece, one) for one in self._candidates(piece)), key=len))

    def _candidates(self, part: Rectangle) -> tuple[UInt8Array, ...]:
        """Indices that show the same; those that become the fewest bytes are written."""
        return part.candidates

    def _encoded(self, part: Rectangle, indices: UInt8Array) -> bytes:
        raise NotImplementedError

    def file(self) -> bytes:
        """The whole file."""
        raise NotImplementedError

    def _still(self, indices: UInt8Array, table: ColorTable | None = None) -> IndexedImage:
        return IndexedImage((table or self.table).whole, indices, in_order=True)


def _pieces(part: Rectangle, longest: int) -> list[Rectangle]:
    """The frame, several times if it stays for longer than the format can say."""
    pieces = []
    left = part.milliseconds
    while left > longest:
        pieces.append(replace(part, milliseconds=longest, clears=False))
        left -= longest
    return [*pieces, replace(part, milliseconds=left)]


# Of a frame with at most so many colors of more it is tried whether a table of these alone pays: LZW's codes are then
# shorter. That saves at most some 160 bytes, and a table of more takes as many.
_FEW = 32


class GifWriter(AnimationWriter):
    """GIF89a. Frames have the color table of the file, or their own."""

    limit, longest, unit, clears = ("GIF", 65535), 10 * LONGEST, 10, True

    def __init__(
        self, like: IndexedImage, table: ColorTable, plays: int, optimize: int, bit_depth: int | None = None
    ) -> None:
        super().__init__(like, table, plays, optimize, bit_depth)
        self._is_common = False  # whether some frame has the table of the file

    @classmethod
    def table_bytes(cls, k: int) -> int:
        """What a frame pays for k colors of its own."""
        return 3 << max(1, (k - 1).bit_length())

    def _candidates(self, part: Rectangle) -> tuple[UInt8Array, ...]:
        """Also those that mix the two ways to show a pixel that stays, so that runs go on.

        On a recording of a screen that takes 9 % off, elsewhere next to nothing. Phrases of LZW's own dictionary,
        followed in both ways, took off no more than 0.2 % beside it.
        """
        if len(part.candidates) != 2:
            return part.candidates
        first, second = part.candidates
        return (first, second, _runs(first, second))

    def add(self, part: Rectangle) -> None:
        """One more frame."""
        super().add(part)
        has_own = self.frames[-1][17] & 0x80  # behind the 8 bytes of the control: the flags of the image
        self._is_common |= not has_own

    def _encoded(self, part: Rectangle, indices: UInt8Array) -> bytes:
        table = part.table or self.table
        files = []
        used = np.unique(indices)
        bits = max(2, int(indices.max()).bit_length())
        if part.table is None:
            image = gif_writer.image(indices, bits, part.x, part.y)
            files.append(self._control(part, table.keeps) + image)
        few = len(used) <= _FEW and (len(used) - 1).bit_length() < bits and not self.like.in_order
        if part.table is not None or few:
            place = np.zeros(256, np.uint8)
            place[used] = np.arange(len(used))
            rgb = table.whole.rgba[used, :3]
            keeps = None if table.keeps is None or table.keeps not in used else int(place[table.keeps])
            bits = max(2, gif_writer.table_bits(rgb))
            files.append(self._control(part, keeps) + gif_writer.image(place[indices], bits, part.x, part.y, rgb))
        return min(files, key=len)

    @staticmethod
    def _control(part: Rectangle, keeps: int | None) -> bytes:
        return gif_writer.control(keeps, part.milliseconds, disposal=2 if part.clears else 1)

    def file(self) -> bytes:
        """The whole file."""
        like = self.like
        rgb = self.table.whole.rgba[:, :3] if self._is_common else None
        return b"".join(
            [
                gif_writer.screen(like.width, like.height, rgb),
                gif_writer.loop(self.plays),
                gif_writer.comment(*gif_writer.lines_of(like)),
                *self.frames,
                gif_writer.END,
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

    limit, longest, own_tables, holds_apart = ("PNG", 0x7FFFFFFF), LONGEST, False, True

    def __init__(
        self, like: IndexedImage, table: ColorTable, plays: int, optimize: int, bit_depth: int | None = None
    ) -> None:
        super().__init__(like, table, plays, optimize, bit_depth)
        self._depth = bit_depth or _APNG_BITS
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
        data = png(self._still(indices), self.optimize, png_type="indexed", bit_depth=self._depth)
        return b"".join(one.body for one in read_chunks(data) if one.kind == b"IDAT")

    def file(self) -> bytes:
        """The whole file."""
        like = self.like
        if len(self.frames) == 1 and self._first is not None and self.apart is None:
            still = replace(like, palette=self.table.palette, indices=self._first)
            return png(still, self.optimize, bit_depth=self.bit_depth)
        whole = replace(like, palette=self.table.whole, indices=_one_pixel(like), in_order=True)
        chunks = [
            (one.kind, bytes(one.body)) for one in read_chunks(png(whole, 0, png_type="indexed", bit_depth=self._depth))
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

    def __init__(
        self, like: IndexedImage, table: ColorTable, plays: int, optimize: int, bit_depth: int | None = None
    ) -> None:
        super().__init__(like, table, plays, optimize, bit_depth)
        self._has_alpha = False

    def _candidates(self, part: Rectangle) -> tuple[UInt8Array, ...]:
        """Indices, or the pixels themselves."""
        return part.candidates if part.pixels is None else (part.pixels,)

    def _encoded(self, part: Rectangle, indices: UInt8Array) -> bytes:
        height, width = indices.shape[:2]
        picture = self._still(indices, part.table) if part.pixels is None else Image(indices)
        self._has_alpha |= picture.has_alpha
        still = webp(picture, self.optimize)
        pixels = b"".join(riff_chunk(*one) for one in riff_chunks(still) if one[0] in (b"VP8L", b"VP8 ", b"ALPH"))
        flags = 2 if part.replaces else 0
        header = b"".join(
            number.to_bytes(3, "little")
            for number in (part.x // 2, part.y // 2, width - 1, height - 1, part.milliseconds)
        )
        return riff_chunk(b"ANMF", header + bytes([flags]) + pixels)

    def file(self) -> bytes:
        """The whole file."""
        like = self.like
        has_alpha = self._has_alpha
        still = webp(replace(like, indices=_one_pixel(like)), 0)
        found = dict(riff_chunks(still))
        icc, exif, xmp = (found.get(kind) for kind in (b"ICCP", b"EXIF", b"XMP "))
        flags = 2 | (0x10 if has_alpha else 0) | (0x20 if icc else 0) | (8 if exif else 0) | (4 if xmp else 0)
        size = b"".join((side - 1).to_bytes(3, "little") for side in (like.width, like.height))
        chunks = [
            riff_chunk(b"VP8X", struct.pack("<I", flags) + size),
            riff_chunk(b"ICCP", icc) if icc else b"",
            riff_chunk(b"ANIM", struct.pack("<IH", 0, min(self.plays, 65535))),
            *self.frames,
            riff_chunk(b"EXIF", exif) if exif else b"",
            riff_chunk(b"XMP ", xmp) if xmp else b"",
        ]
        return riff_chunk(b"RIFF", b"WEBP" + b"".join(chunks))


ANIMATIONS: dict[str, type[AnimationWriter]] = {"png": ApngWriter, "webp": WebpWriter, "gif": GifWriter}
