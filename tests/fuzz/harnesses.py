"""What is fuzzed: functions that take any bytes and raise nothing but on a fault.

Each reads its case from the bytes, does it, and compares with decoders that owe nothing to the project.
"""

from __future__ import annotations

import contextlib
import io
import os
import struct
import tempfile
import zlib
from collections.abc import Callable
from itertools import islice

import numpy as np
import PIL.Image

from pixmeans.codecs import FORMATS, count_frames, decode, encode, is_animation, open_frames
from pixmeans.codecs.bombs import MAX_PROFILE
from pixmeans.codecs.marks import mark_of, with_mark
from pixmeans.codecs.own_palette import own_palette
from pixmeans.codecs.palette_readers import read_palette
from pixmeans.codecs.pixel_count import count_pixels
from pixmeans.codecs.sniff import is_film
from pixmeans.errors import InputError, OutputError
from pixmeans.image import IndexedImage, Palette, Tags
from pixmeans.kernels.lzw import pack

MOST_PIXELS = 1 << 18


class Fault(AssertionError):  # noqa: N818
    """What a harness found."""


def with_sound_checksums(data: bytes) -> bytes:
    """A PNG whose checksums are right, so that damage behind them is looked at; other bytes as they are."""
    if not data.startswith(b"\x89PNG\r\n\x1a\n"):
        return data
    parts, at = [data[:8]], 8
    while at + 12 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, at)
        body = data[at + 8 : at + 8 + length]
        if len(body) < length:
            break
        parts.append(data[at : at + 8] + body + struct.pack(">I", zlib.crc32(kind + body)))
        at += 12 + length
    return b"".join(parts) + data[at:]


def _read_frames(case: bytes) -> None:
    """The first frames of an animation have one size, or there is an InputError of one line."""
    if not is_animation(case) or is_film(case):  # a film is PyAV's
        return
    try:
        frames = [one.image for one in islice(open_frames(case, name="case", max_pixels=MOST_PIXELS), 8)]
    except InputError as error:
        _check_line(error)
        return
    if len({(one.width, one.height) for one in frames}) != 1:
        raise Fault(f"{len(frames)} frames of different sizes")


def read(data: bytes) -> None:
    """Any bytes are a picture within the limits, or an InputError of one line."""
    for case in {data, with_sound_checksums(data)}:
        assert count_frames(case) >= 0
        assert count_pixels(case) >= 0
        mark_of(case)
        _read_frames(case)
        for options in ({}, {"icc": "keep", "levels": "auto", "metadata": True}):
            try:
                found = decode(case, name="case", max_pixels=MOST_PIXELS, **options)
            except InputError as error:
                _check_line(error)
                continue
            pixels = found.image.pixels
            if pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[2] not in (3, 4) or not pixels.size:
                raise Fault(f"pixels are {pixels.shape} {pixels.dtype}")
            if pixels.shape[0] * pixels.shape[1] > MOST_PIXELS:
                raise Fault("more pixels than the limit")
            if found.image.icc is not None and len(found.image.icc) > MAX_PROFILE:
                raise Fault("a profile above the limit")
            for note in (*found.notes, *found.details):
                if not note.isprintable():
                    raise Fault(f"a note that breaks the line: {note!r}")
            with contextlib.suppress(InputError):
                own_palette(case, name="case", max_pixels=MOST_PIXELS)


def _check_line(error: Exception) -> None:
    text = str(error)
    if not text.startswith("case: ") or "\n" in text or not text.isprintable() or len(text) > 900:
        raise Fault(f"not one line that names the file: {text!r}")


class _Dice:
    """Numbers taken from bytes, zeros when they are used up."""

    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0

    def number(self, least: int, most: int) -> int:
        """A number from `least` to `most`."""
        size = 1 if most - least < 256 else 3
        piece = self.bytes(size)
        return least + int.from_bytes(piece, "little") % (most - least + 1)

    def bytes(self, count: int) -> bytes:
        """So many bytes."""
        piece = self._data[self._at : self._at + count]
        self._at += count
        return piece.ljust(count, b"\0")


def indexed(dice: _Dice) -> IndexedImage:
    """A picture of any size, palette and indices."""
    count = dice.number(1, 256)
    height, width = dice.number(1, 40), dice.number(1, 60)
    channels = dice.number(3, 4)
    colors = np.frombuffer(dice.bytes(count * channels), np.uint8).reshape(count, channels).copy()
    style = dice.number(0, 3)
    if style == 0:  # gray
        colors[:, :3] = colors[:, :1]
    if style == 1:  # few levels
        colors //= 85
        colors *= 85
    colors = np.unique(colors, axis=0)
    seeds = np.frombuffer(dice.bytes(64), np.uint8)
    rows = np.add.outer(np.arange(height) * dice.number(0, 7), np.arange(width) * dice.number(0, 7))
    indices = (seeds[rows % 64].astype(np.int64) % len(colors)).astype(np.uint8)
    kept = dice.bytes(min(height * width, dice.number(0, 200)))
    indices.ravel()[: len(kept)] = np.frombuffer(kept, np.uint8).astype(int) % len(colors)
    texts = (("Comment", dice.bytes(5).hex()),) if dice.number(0, 3) == 0 else ()
    return IndexedImage(Palette(colors), indices, in_order=bool(dice.number(0, 1)), tags=Tags(texts=texts))


def _write(format: str) -> Callable[[bytes], None]:
    def write(data: bytes) -> None:
        dice = _Dice(data)
        optimize = (0, 0, 1, 2, 3, 4)[dice.number(0, 5)]
        options = {}
        if format == "png":
            options = {"png_type": ("auto", "indexed", "gray")[dice.number(0, 2)]}
            bits = (None, 1, 2, 4, 8)[dice.number(0, 4)]
            options["bit_depth"] = bits
        picture = indexed(dice)
        try:
            file = encode(picture, format, optimize=optimize, **options)
        except OutputError:
            if not options.get("bit_depth") and options.get("png_type") != "gray":
                raise
            return
        meant = rgba(picture, hard=FORMATS[format].hard_alpha)
        marked = with_mark(file, "word")
        if mark_of(marked) != "word":
            raise Fault("the mark is not found again")
        for one in (file, marked):
            for name, decoder in FOREIGN.items():
                _compare(meant, decoder(one, format), f"{name} reads another picture")
        _compare(meant, _own(file), "we read another picture")

    write.__doc__ = f"What is written as {format} is what foreign decoders read."
    return write


def rgba(picture: IndexedImage, *, hard: bool) -> np.ndarray:
    """(h, w, 4) what a file should show."""
    shown = picture.palette.rgba[picture.indices].copy()
    if hard:
        shown[..., 3] = np.where(shown[..., 3] < 128, 0, 255)
    return shown


def _compare(meant: np.ndarray, found: np.ndarray, what: str) -> None:
    if meant.shape != found.shape:
        raise Fault(f"{what}: {found.shape} instead of {meant.shape}")
    seen = meant[..., 3] > 0
    if not np.array_equal(meant[..., 3], found[..., 3]) or not np.array_equal(meant[seen], found[seen]):
        raise Fault(what)


def _own(file: bytes) -> np.ndarray:
    pixels = decode(file, name="case").image.pixels
    if pixels.shape[2] == 4:
        return pixels
    return np.concatenate([pixels, np.full((*pixels.shape[:2], 1), 255, np.uint8)], axis=2)


def by_pillow(file: bytes, format: str) -> np.ndarray:
    """(h, w, 4) by libpng's rules in Pillow, giflib's in Pillow, libwebp."""
    with PIL.Image.open(io.BytesIO(file)) as picture:
        if picture.format != format.upper():
            raise Fault(f"a {picture.format} file")
        # Pillow 13 compares the transparent gray of 2 and 4 bits with samples that it has scaled.
        key = picture.info.get("transparency")
        if format == "png" and file[25] == 0 and file[24] in (2, 4) and isinstance(key, int):
            gray = np.asarray(picture.convert("L"))
            level = key * 255 // ((1 << file[24]) - 1)
            return np.dstack([gray, gray, gray, np.where(gray == level, 0, 255).astype(np.uint8)])
        return np.asarray(picture.convert("RGBA"))


def by_ffmpeg(file: bytes, format: str) -> np.ndarray:
    """(h, w, 4) by FFmpeg's own decoders."""
    import av

    if format == "png" and file[25] == 0 and file[24] < 8 and b"tRNS" in file:
        return by_pillow(file, format)  # FFmpeg passes over the transparent gray of less than 8 bits
    with av.open(io.BytesIO(file)) as container:
        frame = next(container.decode(video=0))
        return np.asarray(frame.to_ndarray(format="rgba"))


FOREIGN: dict[str, Callable[[bytes, str], np.ndarray]] = {"Pillow": by_pillow}
with contextlib.suppress(ImportError):
    import av  # noqa: F401

    FOREIGN["FFmpeg"] = by_ffmpeg


def palettes(data: bytes) -> None:
    """Any bytes are a palette of 1 to 256 colors, or an InputError of one line."""
    descriptor, path = tempfile.mkstemp(dir="/dev/shm" if os.path.isdir("/dev/shm") else None)
    try:
        os.write(descriptor, data)
        os.close(descriptor)
        try:
            found = read_palette(path)
        except InputError as error:
            if "\n" in str(error) or not str(error).startswith(path):
                raise Fault(str(error)) from error
            return
        if not 1 <= len(found) <= 256:
            raise Fault(f"{len(found)} colors")
    finally:
        os.unlink(path)


def kernels(data: bytes) -> None:
    """Arguments beyond their limits are a ValueError, and what is within them is computed."""
    dice = _Dice(data)
    bits, patience = dice.number(0, 12) - 1, dice.number(0, 400) - 9
    count, room = dice.number(0, 600), dice.number(0, 1500)
    values = np.frombuffer(dice.bytes(count), np.uint8)
    fits = 2 <= bits <= 8 and -1 <= patience <= 256 and count >= 1 and room >= 2 * count + 16
    if fits:
        values = (values.astype(int) % (1 << bits)).astype(np.uint8)
    try:
        length = pack(np.ascontiguousarray(values), bits, patience, np.empty(room, np.uint8))
    except ValueError:
        if fits:
            raise
        return
    if not fits or not 0 < length <= room:
        raise Fault(f"packed {count} indices of {bits} bits into {length} of {room} bytes")


HARNESSES: dict[str, Callable[[bytes], None]] = {
    "read": read,
    "png": _write("png"),
    "gif": _write("gif"),
    "webp": _write("webp"),
    "palettes": palettes,
    "kernels": kernels,
}
