"""Small files that demand much are refused before memory is taken and time is spent; honest ones never are."""

from __future__ import annotations

import io
import struct
import tracemalloc
import zlib

import numpy as np
import PIL.Image
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pixmeans.codecs import decode
from pixmeans.codecs.bombs import holds_deflate, holds_jpeg, too_many_scans
from pixmeans.codecs.pixel_count import count_pixels
from pixmeans.codecs.png_chunks import SIGNATURE, chunk
from pixmeans.errors import InputError
from pixmeans.settings import MAX_PIXELS


def jpeg(width: int, height: int, **options: object) -> bytes:
    file = io.BytesIO()
    PIL.Image.new("RGB", (width, height), (10, 200, 30)).save(file, "JPEG", **options)
    return file.getvalue()


def with_scans(count: int, side: int) -> bytes:
    """A progressive JPEG whose last scan is there so many times."""
    data = jpeg(side, side, progressive=True)
    last = data[data.rindex(b"\xff\xda") : -2]
    return data[:-2] + last * count + data[-2:]


def claiming(data: bytes, width: int, height: int) -> bytes:
    """A JPEG or PNG whose header claims another size."""
    if data.startswith(SIGNATURE):
        head = struct.pack(">II", width, height) + data[24:29]
        return SIGNATURE + chunk(b"IHDR", head) + data[33:]
    at = next(at for at in range(len(data)) if data[at] == 0xFF and data[at + 1] in (0xC0, 0xC1, 0xC2))
    return data[: at + 5] + struct.pack(">HH", height, width) + data[at + 9 :]


def png(width: int, height: int) -> bytes:
    file = io.BytesIO()
    PIL.Image.new("RGB", (width, height), (10, 200, 30)).save(file, "PNG")
    return file.getvalue()


def refusal(data: bytes) -> str:
    """How a file is refused, without much memory."""
    tracemalloc.start()
    try:
        with pytest.raises(InputError) as found:
            decode(data, name="x")
        assert tracemalloc.get_traced_memory()[1] < 5_000_000 + 10 * len(data)
    finally:
        tracemalloc.stop()
    return str(found.value)


@pytest.mark.slow
def test_scans_without_end_are_refused() -> None:
    data = with_scans(10_000, 1000)
    assert too_many_scans(data, 1_000_000) == 10_000 + jpeg(9, 9, progressive=True).count(b"\xff\xda")
    assert "scans would take too long to decode" in refusal(data)


@pytest.mark.parametrize(("count", "side"), [(1, 400), (50, 400), (10_000, 8)])
def test_scans_that_take_no_time_are_decoded(count: int, side: int) -> None:
    assert decode(with_scans(count, side), name="x").image.width == side


def test_words_that_look_like_scans_are_none() -> None:
    plain = jpeg(64, 64)
    comment = b"\xff\xda" * 5000
    data = plain[:2] + b"\xff\xfe" + struct.pack(">H", len(comment) + 2) + comment + plain[2:]
    assert too_many_scans(data, MAX_PIXELS) is None
    assert decode(data, name="x").image.width == 64


@pytest.mark.parametrize("make", [jpeg, png])
def test_a_size_that_the_file_cannot_hold_is_refused(make) -> None:
    assert "is cut off" in refusal(claiming(make(40, 40), 14_000, 14_000))


@pytest.mark.parametrize("make", [jpeg, png])
def test_more_than_the_limit_is_refused_by_the_header(make) -> None:
    assert "are more than the limit of 200,000,000" in refusal(claiming(make(40, 40), 20_000, 14_200))


@pytest.mark.slow
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"progressive": True},
        {"subsampling": "4:2:0", "quality": 1},
        {"optimize": True},
        {"optimize": True, "quality": 1},
    ],
)
@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
def test_a_flat_jpeg_is_never_too_small_for_its_size(mode: str, options: dict) -> None:
    file = io.BytesIO()
    PIL.Image.new(mode, (3000, 2000)).save(file, "JPEG", **options)
    assert holds_jpeg(file.getvalue(), 6_000_000)


@given(st.integers(0, 300_000), st.integers(0, 255))
def test_what_deflate_packs_it_holds(count: int, value: int) -> None:
    packed = zlib.compress(bytes([value]) * count, 9)
    assert holds_deflate(len(packed), count)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP", "TIFF", "BMP", "ICO", "TGA", "PPM", "JPEG2000", "AVIF"])
def test_headers_tell_how_many_pixels_there_are(kind: str) -> None:
    file = io.BytesIO()
    PIL.Image.fromarray(np.zeros((21, 34, 3), np.uint8)).resize((34, 21)).save(file, kind)
    data = file.getvalue()
    assert count_pixels(data) == (16 * 10 if kind == "ICO" and count_pixels(data) == 160 else 34 * 21)
    for end in range(min(len(data), 64)):
        assert count_pixels(data[:end]) >= 0
    assert count_pixels(b"not a picture") == 0
