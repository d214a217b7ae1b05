"""PNG files from the top down, a strip at a time: what is larger than memory has no other way to be read.

PNG specification (third edition, 2025).
"""

from __future__ import annotations

import struct
import zlib
from typing import Any

import numpy as np

from ..arrays import UInt8Array
from ..color.masking import MARGIN
from ..errors import InputError, shown
from ..kernels import unfilter as kernel
from .windows import About, Window, to_pixels

_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}

# Bytes that are read from the file at a time.
_PIECE = 1 << 20

# Rows that are kept, so that windows may begin above where the one before ended: margins of both.
_KEPT = 2 * MARGIN


class PngStrips:
    """A PNG of 8 or 16 bits a sample that is not interlaced; windows must be whole rows, from the top down.

    A window may begin up to twice `color.masking.MARGIN` rows above the end of the one before.

    From the first row on it begins anew, so that a second pass is possible.
    """

    def __init__(self, file: Any, name: str) -> None:
        self._file, self._name = file, name
        try:
            self.about = self._described()
        except InputError:
            file.close()
            raise
        self._begin()

    def _described(self) -> About:
        name = shown(self._name)
        start = self._file.read(33)
        if len(start) < 33 or start[12:16] != b"IHDR":
            raise InputError(f"{name}: the PNG is cut off before its first chunk; get the whole file again")
        width, height, bits, kind, _, _, interlaced = struct.unpack(">IIBBBBB", start[16:29])
        if kind not in _CHANNELS or bits not in (8, 16) or interlaced or 0 in (width, height):
            raise InputError(
                f"{name}: only PNG files of 8 or 16 bits that are not interlaced can be read in parts; convert it"
            )
        self._bytes, self._kind, self._colors = _CHANNELS[kind] * bits // 8, kind, None
        self._bits, transparency = bits, b""
        while True:
            head = self._file.read(8)
            if len(head) < 8:
                raise InputError(f"{name}: the PNG is cut off before its pixels; get the whole file again")
            length, chunk = struct.unpack(">I4s", head)
            if chunk == b"IDAT":
                self._first = self._file.tell() - 8
                break
            if length > 1 << 26:
                raise InputError(
                    f"{name}: a chunk of {length:,} bytes before the pixels; save it again in another program"
                )
            body = self._file.read(length + 4)[:-4]
            if chunk == b"PLTE":
                self._colors = np.zeros((256, 3), np.uint8)
                self._colors[: len(body) // 3] = np.frombuffer(body[: len(body) // 3 * 3], np.uint8).reshape(-1, 3)
            elif chunk == b"tRNS":
                transparency = body
        if kind == 3 and self._colors is None:
            raise InputError(f"{name}: the PNG has indices and no palette; save it again in another program")
        notes = ("16 bits a sample: rounded to 8",) if bits == 16 else ()
        if transparency and kind in (0, 2):
            notes = (*notes, "the color that is transparent is taken for opaque")
        self._alpha = None
        if transparency and kind == 3:
            self._alpha = np.full(256, 255, np.uint8)
            self._alpha[: len(transparency)] = np.frombuffer(transparency[:256], np.uint8)
        has_alpha = kind in (4, 6) or self._alpha is not None
        self._file.seek(0, 2)
        stamp = f"{self._file.tell()}:{width}x{height}"
        return About(self._name, height, width, has_alpha, (1, width), in_order=True, stamp=stamp, notes=notes)

    def _begin(self) -> None:
        self._file.seek(self._first)
        self._inflate, self._pending, self._left = zlib.decompressobj(), b"", 0
        self._row, self._above = 0, np.zeros(self.about.width * self._bytes, np.uint8)
        self._last: UInt8Array | None = None  # the pixels of the rows above `_row` that are kept

    def read(self, window: Window) -> UInt8Array:
        """See `Tiled.read`. Raises ValueError for windows that are not the next rows."""
        if window.top == 0:
            self._begin()
        again = self._row - window.top
        if not 0 <= again <= (0 if self._last is None else len(self._last)):
            raise ValueError("rows of a PNG come from the top down")
        if window.left != 0 or window.right != self.about.width:
            raise ValueError("windows of a PNG are whole rows")
        pixels = self._rows(window.bottom - self._row)
        if again:
            assert self._last is not None
            pixels = np.concatenate([self._last[len(self._last) - again :], pixels])
        self._last = pixels[-_KEPT:].copy()
        return pixels

    def _rows(self, height: int) -> UInt8Array:
        """The next rows."""
        width = self.about.width
        rows = self._inflated(height * (1 + width * self._bytes))
        rows = rows.reshape(height, -1)
        if kernel.unfilter(rows, self._above, self._bytes) >= 0:
            raise InputError(
                f"{shown(self._name)}: the PNG is damaged: a row has a filter that does not exist; get it again"
            )
        self._row += height
        samples = np.ascontiguousarray(rows[:, 1:]).reshape(height, width, -1)
        if self._bits == 16:
            samples = samples.view(">u2").astype(np.uint16)
        if self._colors is None:
            return to_pixels(samples, self.about)
        places = samples[..., 0]
        if self._alpha is None:
            return self._colors[places]
        return to_pixels(np.dstack([self._colors[places], self._alpha[places]]), self.about)

    def _inflated(self, size: int) -> UInt8Array:
        """The next bytes of the pixels."""
        found, at = np.empty(size, np.uint8), 0
        while at < size:
            if not self._pending:
                self._pending = self._compressed()
            try:
                part = self._inflate.decompress(self._pending, size - at)
            except zlib.error as error:
                raise InputError(f"{shown(self._name)}: the PNG is damaged: {error}; get it again") from error
            self._pending = self._inflate.unconsumed_tail
            found[at : at + len(part)] = np.frombuffer(part, np.uint8)
            at += len(part)
            if self._inflate.eof and at < size:
                raise InputError(f"{shown(self._name)}: the PNG ends before its last row; get the whole file again")
        return found

    def _compressed(self) -> bytes:
        """A piece of the IDAT chunks, which follow each other."""
        while self._left == 0:
            head = self._file.read(8)
            length, chunk = struct.unpack(">I4s", head) if len(head) == 8 else (0, b"")
            if chunk != b"IDAT":
                raise InputError(
                    f"{shown(self._name)}: the PNG is cut off before its last row; get the whole file again"
                )
            self._left = length
            if length == 0:
                self._file.read(4)
        data: bytes = self._file.read(min(_PIECE, self._left))
        if not data:
            raise InputError(f"{shown(self._name)}: the PNG is cut off before its last row; get the whole file again")
        self._left -= len(data)
        if self._left == 0:
            self._file.read(4)  # the checksum
        return data

    def close(self) -> None:
        """See `Tiled.close`."""
        self._file.close()
