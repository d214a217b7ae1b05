"""Gray pictures as PNG files of gray samples: what they decode to, and when they are written."""

import io
import struct

import numpy as np
import PIL.Image
import pytest
from helpers import examples
from hypothesis import given, settings
from hypothesis import strategies as st

import pixmeans as pm
from pixmeans.choices import PNG_TYPES
from pixmeans.codecs import decode, encode
from pixmeans.codecs.deflate_reader import PngBits
from pixmeans.codecs.png_chunks import read_chunks
from pixmeans.errors import OutputError, SettingsError
from pixmeans.image import IndexedImage, Palette
from pixmeans.records import replace


def gray_picture(levels, shape, seed=0, clear=None, alphas=None, **more):
    """Random indices into these grays. clear: a level under full transparency; alphas: one for each level."""
    rgba = np.array([[level, level, level, 255] for level in levels], np.uint8)
    if alphas is not None:
        rgba[:, 3] = alphas
    if clear is not None:
        rgba = np.concatenate([rgba, np.array([[clear, clear, clear, 0]], np.uint8)])
    indices = np.random.default_rng(seed).integers(0, len(rgba), shape).astype(np.uint8)
    return IndexedImage(Palette(rgba), indices, **more)


def meant(indexed):
    return indexed.palette.rgba[indexed.indices]


def as_pillow_reads(data):
    with PIL.Image.open(io.BytesIO(data)) as file:
        if file.mode == "L" and "transparency" in file.info:  # which Pillow compares after scaling
            gray = np.asarray(file)
            alpha = np.where(gray == file.info["transparency"] * (255 // ((1 << header(data)[0]) - 1)), 0, 255)
            return np.dstack([gray, gray, gray, alpha.astype(np.uint8)])
        return np.asarray(file.convert("RGBA"))


def as_we_read(data):
    pixels = decode(data, name="gray.png").image.pixels
    return pixels if pixels.shape[2] == 4 else np.dstack([pixels, np.full(pixels.shape[:2], 255, np.uint8)])


def header(data):
    """Bits of a sample and color type."""
    return data[24], data[25]


def kinds(data):
    return [chunk.kind for chunk in read_chunks(data)]


def steps(bits):
    return [step * 255 // ((1 << bits) - 1) for step in range(1 << bits)]


pictures = st.builds(
    gray_picture,
    levels=st.sampled_from([steps(1), steps(2), steps(4), steps(8), [0, 85], [170, 34], [7], [1, 2, 3], [0]])
    | st.lists(st.integers(0, 255), min_size=1, max_size=255, unique=True),
    shape=st.tuples(st.integers(1, 20), st.integers(1, 40)),
    seed=st.integers(0, 99),
)


@pytest.mark.slow
@settings(deadline=None)
@given(pictures, st.integers(0, 6), st.sampled_from(list(PNG_TYPES)))
def test_every_gray_picture_decodes_to_what_we_meant(indexed, optimize, png_type):
    data = encode(indexed, "png", optimize=optimize, png_type=png_type)
    assert (as_pillow_reads(data) == meant(indexed)).all()
    assert (as_we_read(data) == meant(indexed)).all()
    assert (b"PLTE" in kinds(data)) == (header(data)[1] == 3)
    if png_type != "auto":
        assert header(data)[1] == {"gray": 0, "indexed": 3}[png_type]


@pytest.mark.slow
@settings(deadline=None)
@given(pictures, st.integers(0, 6))
def test_auto_is_the_smaller_of_both(indexed, optimize):
    auto, gray, plain = (encode(indexed, "png", optimize=optimize, png_type=one) for one in ("auto", "gray", "indexed"))
    assert len(auto) == min(len(gray), len(plain)) or optimize >= 6
    assert len(auto) <= len(plain) or optimize >= 6


@pytest.mark.parametrize("bits", [1, 2, 4, 8])
@pytest.mark.parametrize("width", [1, 3, 7, 8, 13])
def test_samples_have_as_many_bits_as_their_grays_need(bits, width):
    indexed = gray_picture(steps(bits), (300, width), 1)
    data = encode(indexed, "png", optimize=0, png_type="gray")
    assert header(data) == (bits, 0)
    assert (as_pillow_reads(data) == meant(indexed)).all()
    other = gray_picture([1, 254], (5, width))
    assert header(encode(other, "png", png_type="gray")) == (8, 0)


@pytest.mark.slow
@pytest.mark.parametrize("optimize", range(7))
def test_more_effort_never_makes_a_gray_png_larger(optimize):
    y, x = np.mgrid[:61, :83]
    smooth = IndexedImage(
        Palette(np.repeat(np.arange(256, dtype=np.uint8), 3).reshape(-1, 3)),
        ((x * 3 + y * y // 20) % 256).astype(np.uint8),
    )
    if optimize:
        assert len(encode(smooth, "png", optimize=optimize)) <= len(encode(smooth, "png", optimize=optimize - 1))


def test_filters_make_smooth_grays_small():
    ramp = np.tile(np.arange(256, dtype=np.uint8), (64, 4))
    result = pm.compress(ramp)
    assert result.lossless
    assert header(result.data) == (8, 0)
    assert len(result.data) < 600


@pytest.mark.slow
@pytest.mark.parametrize(("levels", "clear"), [([0, 255], 85), ([255], 0), ([3, 4, 5, 9], 0), ([0, 255, 85], 170)])
@pytest.mark.parametrize("optimize", [0, 2, 5])
def test_one_transparent_gray_may_stand_for_transparency(levels, clear, optimize):
    indexed = gray_picture(levels, (9, 13), clear=clear)
    data = encode(indexed, "png", optimize=optimize, png_type="gray")
    assert header(data)[1] == 0
    key = {chunk.kind: bytes(chunk.body) for chunk in read_chunks(data)}[b"tRNS"]
    assert struct.unpack(">H", key) == (clear // (255 // ((1 << header(data)[0]) - 1)),)
    assert (as_we_read(data) == meant(indexed)).all()
    assert (as_pillow_reads(data) == meant(indexed)).all()
    assert len(encode(indexed, "png", optimize=optimize)) <= len(data)


@pytest.mark.slow
@pytest.mark.parametrize("alphas", [(0, 255, 255), (10, 200, 255), (128, 128, 128)])
def test_other_alpha_has_samples_of_its_own(alphas):
    indexed = gray_picture([0, 0, 7] if alphas[0] != alphas[1] else [0, 1, 7], (7, 11), alphas=alphas)
    data = encode(indexed, "png", optimize=6, png_type="gray")
    assert header(data) == (8, 4)
    assert (as_we_read(data) == meant(indexed)).all()
    assert (as_pillow_reads(data) == meant(indexed)).all()
    assert header(encode(indexed, "png", png_type="indexed"))[1] == 3
    assert header(encode(indexed, "png", optimize=0))[1] in (3, 4)


@pytest.mark.slow
@pytest.mark.parametrize(("side", "colors", "color_type"), [(24, 120, 4), (129, 120, 3)])
def test_icons_of_grays_with_alpha_need_no_palette_where_it_would_be_half_of_the_file(side, colors, color_type):
    y, x = np.mgrid[:side, :side]
    number = np.arange(colors)
    picture = gray_picture(number * 200 // colors, (side, side), alphas=(colors - 1 - number) * 255 // colors)
    indexed = replace(picture, indices=((x * x + y * y) // max(1, side // 8) % colors).astype(np.uint8))
    data = encode(indexed, "png")
    assert header(data)[1] == color_type
    assert (as_we_read(data) == meant(indexed)).all()
    assert (as_pillow_reads(data) == meant(indexed)).all()
    assert len(data) <= len(encode(indexed, "png", png_type="indexed"))
    assert header(encode(replace(indexed, in_order=True), "png"))[1] == 3


def test_a_picture_with_colors_is_not_written_as_gray():
    indexed = IndexedImage(Palette(np.array([[9, 9, 9], [9, 9, 10]], np.uint8)), np.zeros((2, 2), np.uint8))
    assert header(encode(indexed, "png"))[1] == 3
    with pytest.raises(OutputError, match="png_type is gray, but the picture has colors, such as #09090a"):
        encode(indexed, "png", png_type="gray")
    with pytest.raises(OutputError, match="png_type is gray"):
        pm.compress(np.arange(300, dtype=np.uint8).reshape(10, 10, 3), 8, png_type="gray")


def test_a_profile_for_colors_keeps_the_palette():
    indexed = gray_picture([0, 255], (4, 4), icc=b"a profile of RGB")
    assert header(encode(indexed, "png"))[1] == 3
    with pytest.raises(OutputError, match="ICC profile"):
        encode(indexed, "png", png_type="gray")


def test_density_is_kept():
    indexed = gray_picture([0, 255], (4, 4), dpi=(300.0, 300.0))
    data = encode(indexed, "png", png_type="gray")
    assert kinds(data) == [b"IHDR", b"sRGB", b"pHYs", b"IDAT", b"IEND"]
    assert decode(data, name="gray.png").image.dpi == pytest.approx((300, 300), abs=0.1)


@pytest.mark.parametrize("format", ["webp", "gif", "auto"])
def test_a_type_of_png_belongs_to_png(format):
    for png_type in ("gray", "indexed"):
        with pytest.raises(SettingsError, match=f"png_type {png_type} belongs to format png, and format is {format}"):
            pm.Settings(format=format, png_type=png_type)
    assert pm.Settings(format=format, png_type="auto").png_type == "auto"
    with pytest.raises(SettingsError, match="png_type must be one of auto, gray, indexed"):
        pm.Settings(png_type="rgb")


@pytest.mark.slow
@pytest.mark.parametrize("knobs", [{}, {"quality": "60"}, {"max_bytes": 900}, {"k": 4, "lossy": "off"}, {"k": 2}])
def test_gray_files_of_the_whole_flow(knobs):
    y, x = np.mgrid[:47, :61]
    gray = (128 + 80 * np.sin(x / 9) * np.cos(y / 7)).astype(np.uint8)
    result = pm.compress(gray, png_type="gray", **knobs)
    assert header(result.data)[1] == 0
    assert (as_we_read(result.data)[..., :3] == result.palette.colors[result.indices]).all()


def test_where_the_bits_of_gray_files_went():
    data = encode(gray_picture(steps(2), (12, 13)), "png", png_type="gray")
    read = PngBits.of(data)
    assert read.depth == 2
    assert sum(read.spent.values()) == 8 * len(data)


@given(st.lists(st.integers(0, 255), min_size=2, max_size=40, unique=True), st.integers(0, 99))
@settings(max_examples=examples(25), deadline=None)
def test_eight_bits_hold_every_gray_with_every_alpha(levels, seed):
    alphas = np.random.default_rng(seed).integers(1, 256, len(levels)).tolist()
    indexed = gray_picture(levels, (9, 9), seed, alphas=alphas)
    data = encode(indexed, "png", png_type="gray", bit_depth=8)
    assert data[24] == 8
    assert data[25] in (0, 4)
    assert np.array_equal(as_we_read(data)[..., :3], indexed.palette.colors[indexed.indices][..., :3])
