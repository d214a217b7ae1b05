"""PNG, which we read ourselves: every depth is exact, and damage counts only where it matters."""

import time
import zlib

import numpy as np
import PIL.Image
import pytest
from codec_files import pixels, png, refused, saved, scanlines, scene
from hypothesis import given
from hypothesis import strategies as st

from pixmeans.codecs import decode, png_reader


@given(
    st.sampled_from([(0, 1), (0, 2), (0, 4), (0, 8), (0, 16), (2, 8), (2, 16), (4, 8), (4, 16), (6, 8), (6, 16)]),
    st.integers(1, 19),
    st.integers(1, 9),
    st.integers(0, 9),
    st.booleans(),
)
def test_png_samples_of_every_depth_are_scaled_exactly(kind, width, height, seed, keyed):
    color_type, bits = kind
    channels = {0: 1, 2: 3, 4: 2, 6: 4}[color_type]
    top = (1 << bits) - 1
    samples = np.random.default_rng(seed).integers(0, top + 1, (height, width, channels))
    wanted = np.rint(samples * 255 / top).astype(np.uint8)
    chunks = []
    if keyed and color_type in (0, 2):
        key = samples[0, 0]
        chunks.append((b"tRNS", key.astype(">u2").tobytes()))
        alpha = np.where((samples == key).all(axis=2), 0, 255)[..., None]
        wanted = np.concatenate([wanted, alpha.astype(np.uint8)], axis=2)
    data = png(width, height, bits, color_type, scanlines(samples.reshape(height, -1), bits), 0, *chunks)
    result = decode(data, name="x")
    got = result.image.pixels
    if wanted.shape[2] < 3:
        wanted = np.concatenate([np.repeat(wanted[..., :1], 3, axis=2), wanted[..., 1:]], axis=2)
    assert (got[..., :3] == wanted[..., :3]).all()
    alpha = wanted[..., 3] if wanted.shape[2] == 4 else np.full((height, width), 255)
    assert ((got[..., 3] if got.shape[2] == 4 else 255) == alpha).all()
    # What is lost is told, and only that: samples that are bytes twice over lose nothing, nor do transparent pixels.
    seen = samples[..., : channels if color_type != 4 else 1][alpha > 0]
    assert bool(result.losses) == ((bits == 16 and bool((seen % 257 != 0).any())) or _alpha_is_deep(samples, kind))
    assert result.exact == (not result.losses)


@pytest.mark.slow
@given(
    st.sampled_from(
        [(0, 1), (0, 2), (0, 4), (0, 8), (0, 16), (2, 8), (2, 16), (3, 2), (3, 8), (4, 8), (4, 16), (6, 8), (6, 16)]
    ),
    st.integers(1, 19),
    st.integers(1, 9),
    st.integers(0, 99),
    st.sampled_from(
        ["whole", "more rows", "fewer rows", "wrong filter", "cut off", "damaged", "no checksum", "more bytes"]
    ),
    st.integers(0, 999),
)
def test_what_we_read_of_a_png_is_what_pillow_reads(kind, width, height, seed, harm, place):
    """Whatever the filters of its rows, and whatever is wrong: where one reads it, both read the same."""
    color_type, bits = kind
    row = (width * {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[color_type] * bits + 7) // 8
    rng = np.random.default_rng(seed)
    rows = rng.integers(0, 256, (height + (harm == "more rows") - (harm == "fewer rows"), 1 + row), np.uint8)
    rows[:, 0] %= 5
    if harm == "wrong filter" and len(rows):
        rows[place % len(rows), 0] = 5 + place % 250
    packed = bytearray(zlib.compress(rows.tobytes()))
    if harm == "damaged":
        packed[place % len(packed)] ^= 1 << seed % 8
    end = {"cut off": place % len(packed), "no checksum": len(packed) - 4}.get(harm, len(packed))
    file = png_reader.Png(width, height, bits, color_type, palette=bytes(12))
    file.parts = [memoryview(bytes(packed[:end]) + b"more" * (harm == "more bytes"))]
    ours = _outcome(png_reader._samples, file)
    assert ours == _outcome(png_reader._samples_by_pillow, file)
    assert harm != "whole" or png_reader._rows(file) is not None


def _outcome(read, file):
    try:
        samples = read(file)
    except png_reader.PngError as error:
        return str(error)
    return samples.shape, samples.dtype, samples.tolist()


def _alpha_is_deep(samples, kind):
    return kind in ((4, 16), (6, 16)) and bool((samples[..., -1] % 257 != 0).any())


@pytest.mark.parametrize("bits", [1, 2, 4, 8])
def test_palette_png_keeps_every_alpha_and_shows_missing_entries_black(bits):
    indices = np.arange(2).repeat(3)[None] if bits == 1 else np.array([[0, 1, 2, 3, 1, 0]])
    data = png(
        6,
        1,
        bits,
        3,
        scanlines(indices, bits),
        0,
        (b"PLTE", bytes([1, 2, 3, 4, 5, 6, 7, 8, 9][: 6 if bits == 1 else 9])),
        (b"tRNS", bytes([0, 77])),
    )
    table = np.array([[1, 2, 3, 0], [4, 5, 6, 77], [7, 8, 9, 255], [0, 0, 0, 255]])
    assert (pixels(data) == table[indices]).all()


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_every_mode_pillow_writes_as_png_is_read_alike(mode):
    if mode == "I;16":
        picture = PIL.Image.frombytes("I;16", (30, 20), np.arange(600, dtype="<u2").tobytes())
        wanted = np.rint(np.arange(600).reshape(20, 30, 1) / 257).repeat(3, axis=2)
    else:
        picture = PIL.Image.fromarray(scene(20, 30, 3 if mode == "P" else 4)).convert(mode)
        wanted = np.asarray(picture.convert("RGBA" if mode in ("LA", "RGBA") else "RGB"))
    assert (pixels(saved(picture, "PNG")) == wanted).all()


def test_an_interlaced_png_is_read():
    # Adam7 of 3 x 2 gray: passes 1 (0,0), 4 (2,0), 6 (1,0) and 7 (row 1).
    data = png(3, 2, 8, 0, bytes([0, 10, 0, 30, 0, 20, 0, 40, 50, 60]), 1)
    assert pixels(data)[..., 0].tolist() == [[10, 20, 30], [40, 50, 60]]


def test_a_png_without_its_end_marker_is_whole_and_one_without_its_end_is_not():
    data = saved(scene(99, 99), "PNG")
    assert (pixels(data[:-12]) == scene(99, 99)).all()
    for share in (0.2, 0.5, 0.9):
        assert "cut off" in refused(data[: int(share * len(data))])


def test_damage_where_it_matters_is_refused_and_elsewhere_ignored():
    plain = png(1, 1, 8, 0, b"\0\x07")
    broken = bytearray(plain)
    broken[16] ^= 1
    assert "IHDR chunk is damaged" in refused(bytes(broken))
    text = bytearray(png(1, 1, 8, 0, b"\0\x07", 0, (b"tEXt", b"a\0b")))
    text[text.index(b"tEXt") + 5] ^= 1
    assert pixels(bytes(text)).tolist() == [[[7, 7, 7]]]
    assert "palette is missing" in refused(png(1, 1, 8, 3, b"\0\0"))
    assert "zero" in refused(png(0, 1, 8, 0, b"\0"))
    assert "header is damaged" in refused(png(1, 1, 3, 0, b"\0\0"))
    assert "no pixels" in refused(png(1, 1, 8, 0, b"").replace(b"IDAT", b"iDAT"))


@pytest.mark.slow
def test_text_and_profile_bombs_are_not_inflated():
    bomb = zlib.compress(bytes(200_000_000), 9)
    data = png(1, 1, 8, 0, b"\0\x07", 0, (b"zTXt", b"a\0\0" + bomb), (b"iCCP", b"a\0\0" + bomb))
    start = time.perf_counter()
    result = decode(data, name="x")
    assert time.perf_counter() - start < 1
    assert result.image.pixels.tolist() == [[[7, 7, 7]]]
    assert "unreadable ICC profile ignored" in result.details
