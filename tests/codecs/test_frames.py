"""Reading animations: what is shown is what the plain definition of disposal and blending says."""

import contextlib
import io
import struct

import numpy as np
import PIL.Image
import pytest
from definitions.composing import CLEAR, FILES, LEAVE, RESTORE, Part, composed
from helpers import examples
from hypothesis import given, settings
from hypothesis import strategies as st

from pixmeans.codecs import count_frames, decode, is_animation, open_frames
from pixmeans.codecs.pixel_count import count_all_pixels
from pixmeans.codecs.png_chunks import chunk, read_chunks
from pixmeans.errors import InputError

WIDTH, HEIGHT = 12, 9


@st.composite
def parts(draw, kind):
    """Random parts; the first has the whole size, as APNG wants it."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    disposals = (LEAVE, CLEAR) if kind == "webp" else (LEAVE, CLEAR, RESTORE)
    found = []
    for number in range(draw(st.integers(2, 6))):
        width = WIDTH if number == 0 else draw(st.integers(1, WIDTH))
        height = HEIGHT if number == 0 else draw(st.integers(1, HEIGHT))
        x, y = draw(st.integers(0, WIDTH - width)), draw(st.integers(0, HEIGHT - height))
        if kind == "webp":
            x, y = x - x % 2, y - y % 2
        pixels = rng.integers(0, 256, (height, width, 4), np.uint8)
        pixels[..., 3] = np.where(rng.random((height, width)) < draw(st.sampled_from((0.0, 0.3, 0.7))), 0, 255)
        pixels[pixels[..., 3] == 0] = 0
        disposal = draw(st.sampled_from(disposals))
        milliseconds = 10 * draw(st.integers(2, 300))
        found.append(Part(x, y, pixels, kind == "gif" or draw(st.booleans()), disposal, milliseconds))
    return found


def rgba(image):
    pixels = image.pixels
    if pixels.shape[2] == 3:
        pixels = np.dstack([pixels, np.full(pixels.shape[:2], 255, np.uint8)])
    return np.where(pixels[..., 3:] > 0, pixels, 0)


@pytest.mark.slow
@pytest.mark.parametrize("kind", FILES)
@given(data=st.data())
@settings(max_examples=examples(40), deadline=None)
def test_frames_are_what_the_definition_shows(kind, data):
    given_parts = data.draw(parts(kind))
    loop = data.draw(st.integers(0, 5))
    file = FILES[kind](given_parts, WIDTH, HEIGHT, loop)
    found = open_frames(file, name="x")
    frames = list(found)
    assert [one.milliseconds for one in frames] == [one.milliseconds for one in given_parts]
    for number, (one, wanted) in enumerate(zip(frames, composed(given_parts, WIDTH, HEIGHT), strict=True)):
        assert np.array_equal(rgba(one.image), wanted), number
    assert found.count == count_frames(file) == len(given_parts)
    assert is_animation(file)
    assert found.plays == (loop + 1 if kind == "gif" and loop else loop)
    assert [one.milliseconds for one in found] == [one.milliseconds for one in frames]  # again, from the beginning


def test_a_gif_without_a_loop_is_played_once():
    rng = np.random.default_rng(0)
    pixels = np.dstack([rng.integers(0, 256, (HEIGHT, WIDTH, 3), np.uint8), np.full((HEIGHT, WIDTH), 255, np.uint8)])
    two = [Part(0, 0, pixels, True, LEAVE, 50), Part(0, 0, 255 - pixels | [0, 0, 0, 255], True, LEAVE, 50)]
    two[1].pixels = two[1].pixels.astype(np.uint8)
    assert open_frames(FILES["gif"](two, WIDTH, HEIGHT, None), name="x").plays == 1


def still_file(kind, mode="RGB"):
    rng = np.random.default_rng(1)
    file = io.BytesIO()
    PIL.Image.fromarray(rng.integers(0, 256, (6, 7, 3), np.uint8)).convert(mode).save(file, kind)
    return file.getvalue()


@pytest.mark.parametrize("kind", ["PNG", "GIF", "WEBP", "JPEG", "BMP", "TIFF", "ICO"])
def test_a_still_is_one_frame(kind):
    data = still_file(kind)
    assert not is_animation(data)
    (frame,) = open_frames(data, name="x")
    assert np.array_equal(frame.image.pixels, decode(data, name="x").image.pixels)


@given(st.lists(st.sampled_from((0, 4, 25, 26, 27, 40)), max_size=5), st.sampled_from((0, 1, 2, 9)))
@settings(deadline=None, max_examples=examples(60))
def test_frames_are_counted_by_controls_that_are_whole(lengths, told):
    """What headers count is what is decoded, or the file is refused; without a sound control it is a still."""
    still = still_file("PNG")
    start = still.index(b"IDAT") - 4
    pixels = next(one.body for one in read_chunks(still) if one.kind == b"IDAT")
    file, number = still[:start] + chunk(b"acTL", struct.pack(">II", told, 0)), 0
    for length in lengths:
        control = struct.pack(">IIIIIHHBB", number, 7, 6, 0, 0, 1, 10, 0, 0).ljust(length, b"\0")[:length]
        body = struct.pack(">I", number + 1) + pixels
        file += chunk(b"fcTL", control) + (chunk(b"fdAT", body) if number else chunk(b"IDAT", pixels))
        number += 2
    file += still[start:] if not lengths else still[-12:]
    whole = lengths.count(26)
    assert count_frames(file) == max(1, whole + bool(whole and lengths[0] != 26))
    frames = []
    with contextlib.suppress(InputError):
        frames = list(open_frames(file, name="x"))
    if not frames:  # an animation whose controls are not all whole, or that are not as many as it tells
        assert count_frames(file) > 1
        assert whole < len(lengths) or not 0 < told <= whole
        return
    assert len(frames) == max(1, whole)
    assert whole >= told or count_frames(file) == 1
    assert {one.image.pixels.shape for one in frames} == {(6, 7, 3)}


def test_pages_are_no_frames():
    file = io.BytesIO()
    pages = [PIL.Image.new("RGB", (5, 4), color) for color in ("red", "blue")]
    pages[0].save(file, "TIFF", save_all=True, append_images=pages[1:])
    assert not is_animation(file.getvalue())
    assert len(list(open_frames(file.getvalue(), name="x"))) == 1


@pytest.mark.slow
@pytest.mark.parametrize("kind", FILES)
@given(cut=st.floats(0.05, 0.98), seed=st.integers(0, 1000))
@settings(max_examples=examples(15), deadline=None)
def test_what_is_cut_off_is_read_as_far_as_it_goes_or_refused_in_one_line(kind, cut, seed):
    rng = np.random.default_rng(seed)
    some = []
    for _ in range(4):
        pixels = rng.integers(0, 256, (HEIGHT, WIDTH, 4), np.uint8)
        pixels[..., 3] = 255
        some.append(Part(0, 0, pixels, True, LEAVE, 40))
    data = FILES[kind](some, WIDTH, HEIGHT, 0)
    data = data[: int(cut * len(data))]
    try:
        frames = list(open_frames(data, name="cut file"))
    except InputError as error:
        told = str(error)
        frames = []
    assert 1 <= len(frames) <= 4 or (told.startswith("cut file: ") and "\n" not in told)


def test_a_frame_larger_than_the_limit_is_refused():
    with pytest.raises(InputError, match="limit"):
        open_frames(still_file("GIF"), name="x", max_pixels=41)


def test_films_are_read_with_pyav_or_refused(monkeypatch):
    import av

    from pixmeans.codecs import animated

    frames = [np.full((32, 48, 3), gray, np.uint8) for gray in (20, 120, 220)]
    film = animated.mp4(frames, [100, 200, 300], {})
    found = list(open_frames(film, name="x"))
    assert is_animation(film)
    assert [round(one.milliseconds, -1) for one in found[:3]] == [100, 200, 300]
    for one, wanted in zip(found, frames, strict=False):
        assert np.abs(one.image.pixels.astype(int) - wanted).max() < 12
    with pytest.raises(InputError, match="x: "):
        list(open_frames(film[: len(film) // 2], name="x"))
    assert av is not None
    monkeypatch.setitem(__import__("sys").modules, "av", None)
    with pytest.raises(InputError, match="video"):
        open_frames(film, name="x")


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP", "MP4"])
@pytest.mark.parametrize(("count", "width", "height"), [(1, 16, 16), (2, 48, 32), (9, 64, 16)])
def test_headers_tell_the_pixels_of_all_frames(kind, count, width, height):
    frames = [np.full((height, width, 3), 20 * number, np.uint8) for number in range(count)]
    if kind == "MP4":
        from pixmeans.codecs import animated

        data = animated.mp4(frames, [100] * count, {})
    else:
        file = io.BytesIO()
        pictures = [PIL.Image.fromarray(frame) for frame in frames]
        pictures[0].save(file, kind, save_all=True, append_images=pictures[1:])
        data = file.getvalue()
    wanted = sum(one.image.width * one.image.height for one in open_frames(data, name="x"))
    assert count_all_pixels(data) == wanted
    for end in range(0, len(data), 1 + len(data) // 8):
        assert count_all_pixels(data[:end]) >= 0
