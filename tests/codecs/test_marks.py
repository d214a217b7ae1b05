"""A mark says which settings wrote a file, changes no pixel, and counts no more when the file has changed."""

from __future__ import annotations

import io

import numpy as np
import PIL.Image
import pytest
from helpers import blobs
from hypothesis import given
from hypothesis import strategies as st

import pixmeans as pm
from pixmeans.codecs import decode
from pixmeans.codecs.marks import MOST_BYTES, mark_of, with_mark

FORMATS = ["png", "gif", "webp"]
FAST = pm.Settings(k=8, effort="fast", dither="none", lossy="off", protect="off")


def file(format: str, channels: int = 3, seed: int = 1) -> bytes:
    pixels = blobs(seed, 9 * 14, channels).reshape(9, 14, channels)
    if channels == 4:
        pixels[..., 3] = np.where(pixels[..., 3] > 99, 255, 0)
    return pm.compress(pixels, settings=FAST.but(format=format)).data


FILES = {(format, channels): file(format, channels) for format in FORMATS for channels in (3, 4)}


def shown(data: bytes) -> np.ndarray:
    with PIL.Image.open(io.BytesIO(data)) as picture:
        return np.asarray(picture.convert("RGBA"))


@pytest.mark.parametrize("channels", [3, 4])
@pytest.mark.parametrize("format", FORMATS)
def test_a_mark_is_found_again_and_changes_no_pixel(format: str, channels: int) -> None:
    data = FILES[format, channels]
    assert mark_of(data) is None
    marked = with_mark(data, "abc123")
    assert mark_of(marked) == "abc123"
    assert len(data) < len(marked) <= len(data) + MOST_BYTES
    assert np.array_equal(shown(marked), shown(data))
    assert np.array_equal(decode(marked, name="x").image.pixels, decode(data, name="x").image.pixels)


@pytest.mark.parametrize("format", FORMATS)
def test_a_new_mark_takes_the_place_of_the_old(format: str) -> None:
    data = FILES[format, 3]
    twice = with_mark(with_mark(data, "one"), "two")
    assert twice == with_mark(data, "two")
    assert mark_of(twice) == "two"


@pytest.mark.slow
@pytest.mark.parametrize("format", FORMATS)
def test_a_changed_file_has_no_mark(format: str) -> None:
    marked = with_mark(FILES[format, 3], "word")
    other = with_mark(file(format, 3, seed=2), "word")
    again = io.BytesIO()
    with PIL.Image.open(io.BytesIO(marked)) as picture:
        picture.rotate(180).save(again, picture.format)
    assert mark_of(again.getvalue()) is None
    # Of one file the mark, of the other the rest.
    assert mark_of(marked[: len(marked) // 2] + other[len(other) // 2 :]) is None


@pytest.mark.slow
@given(st.sampled_from(FORMATS), st.data())
def test_whatever_bytes_there_are_is_no_error(format: str, data: st.DataObject) -> None:
    marked = bytearray(with_mark(FILES[format, 4], "word"))
    for _ in range(data.draw(st.integers(1, 4))):
        marked[data.draw(st.integers(0, len(marked) - 1))] = data.draw(st.integers(0, 255))
    cut = bytes(marked[: data.draw(st.integers(0, len(marked)))])
    assert mark_of(cut) in (None, "word")


@pytest.mark.parametrize("word", ["", "two words", "é", "x" * 41])
def test_words_that_no_mark_can_hold_are_refused(word: str) -> None:
    with pytest.raises(ValueError, match="no mark"):
        with_mark(FILES["png", 3], word)
    with pytest.raises(ValueError, match="no mark"):
        with_mark(b"P1 1 1 1", "word")
