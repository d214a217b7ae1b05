"""More colors than an indexed file has entries for."""

import io

import numpy as np
import PIL.Image
import pytest
from helpers import examples
from hypothesis import given, settings
from hypothesis import strategies as st

import pixmeans as pm
from pixmeans.codecs import encode, palette_writers
from pixmeans.color.histogram import count_colors
from pixmeans.color.spaces import SPACES
from pixmeans.errors import OutputError
from pixmeans.image import IndexedImage, Palette
from pixmeans.quantize.dither import DITHERS, dither
from pixmeans.settings import Settings


def noise(height, width, channels, seed, low=0):
    """A picture of nearly as many colors as pixels; `low`: the least value of a channel."""
    return np.random.default_rng(seed).integers(low, 256, (height, width, channels), dtype=np.uint8)


def read_back(data):
    """What Pillow finds in a file, with alpha."""
    with PIL.Image.open(io.BytesIO(data)) as picture:
        picture.load()
        return np.asarray(picture.convert("RGBA"))


def same_pixels(image, data):
    """Whether a file shows these pixels."""
    pixels = image.pixels
    if pixels.shape[2] == 3:
        pixels = np.dstack([pixels, np.full(pixels.shape[:2], 255, np.uint8)])
    return np.array_equal(pixels, read_back(data))


@pytest.mark.slow
@settings(max_examples=examples(12), deadline=None)
@given(
    k=st.sampled_from([257, 300, 511, 512, 1000, 1256]),
    channels=st.sampled_from([3, 4]),
    format=st.sampled_from(["png", "webp", "auto"]),
    dither=st.sampled_from(["auto", "none", *(name for name in DITHERS if name not in ("auto", "none"))]),
    space=st.sampled_from(["auto", "rgb", "oklab"]),
    seed=st.integers(0, 1000),
)
def test_a_picture_has_as_many_colors_as_were_asked_for_and_the_file_shows_them(
    k, channels, format, dither, space, seed
):
    pixels = noise(45, 50, channels, seed)
    result = pm.compress(pixels, k, format=format, dither=dither, space=space)
    assert len(result.palette) == min(k, len(count_colors(pixels)))
    assert len(count_colors(result.palette.colors)) == len(result.palette)
    assert result.indices.dtype == np.uint16
    assert same_pixels(result.indexed.to_image(), result.data)
    assert result.lambda_ is None
    assert result.protected == ()
    assert result.sizes.factor == 24 / (k - 1).bit_length()


@pytest.mark.slow
@settings(max_examples=examples(12), deadline=None)
@given(
    colors=st.integers(257, 1500), more=st.integers(0, 900), channels=st.sampled_from([3, 4]), seed=st.integers(0, 99)
)
def test_as_many_colors_as_the_picture_has_change_nothing(colors, more, channels, seed):
    random = np.random.default_rng(seed)
    palette = np.unique(noise(1, 4 * colors, channels, seed, low=1)[0], axis=0)
    random.shuffle(palette)
    palette = palette[:colors]
    places = np.concatenate([np.arange(len(palette)), random.integers(0, len(palette), 60 * 60 - len(palette))])
    pixels = palette[random.permutation(places)].reshape(60, 60, channels)
    result = pm.compress(pixels, len(palette) + more)
    assert result.lossless
    assert same_pixels(result.indexed.to_image(), result.data)
    assert np.array_equal(np.asarray(result.image), pixels)


@pytest.mark.slow
def test_few_colors_are_indexed_whatever_was_asked_for():
    pixels = np.repeat(noise(20, 10, 3, 1), 4, axis=0)
    result = pm.compress(pixels, 1256)
    assert len(result.palette) == 200
    assert result.indices.dtype == np.uint8
    with PIL.Image.open(io.BytesIO(result.data)) as picture:
        assert picture.mode == "P"


@pytest.mark.slow
def test_dithering_is_for_those_who_ask_for_it_by_name():
    pixels = noise(40, 40, 3, 2)
    plain, automatic, asked = (
        pm.compress(pixels, 400, dither=name).mse for name in ("none", "auto", "floyd-steinberg")
    )
    assert plain == automatic < asked


@pytest.mark.slow
@settings(max_examples=examples(20), deadline=None)
@given(method=st.sampled_from([*DITHERS]), channels=st.sampled_from([3, 4]), seed=st.integers(0, 1000))
def test_dithering_gives_entries_of_the_palette_and_keeps_its_own_colors(method, channels, seed):
    pixels = noise(24, 30, channels, seed, low=1)
    entries = np.unique(pixels.reshape(-1, channels), axis=0)[:400]
    found = dither(pixels, entries, SPACES["oklab"], method)
    assert found.dtype == np.uint16
    assert int(found.max()) < len(entries)
    alone = entries[None]
    assert np.array_equal(entries[dither(alone, entries, SPACES["oklab"], "none")], alone)


@pytest.mark.slow
@settings(max_examples=examples(20), deadline=None)
@given(k=st.integers(257, 700), optimize=st.integers(0, 4), kind=st.sampled_from(["rgb", "rgba", "gray"]))
def test_every_written_file_decodes_to_what_we_meant(k, optimize, kind):
    random = np.random.default_rng(k)
    if kind == "gray":  # so many grays differ in alpha
        colors = np.stack([*3 * [np.arange(k) % 256], 1 + np.arange(k) // 256], axis=1).astype(np.uint8)
    else:
        colors = np.unique(random.integers(0, 256, (4 * k, len(kind)), dtype=np.uint8), axis=0)[:k]
    indexed = IndexedImage(Palette(colors), random.integers(0, k, (37, 23)).astype(np.uint16))
    for format in ("png", "webp"):
        data = encode(indexed, format, optimize=optimize)
        assert same_pixels(indexed.to_image(), data)
    with PIL.Image.open(io.BytesIO(encode(indexed, "png", optimize=optimize))) as picture:
        assert picture.mode == {"rgb": "RGB", "rgba": "RGBA", "gray": "LA"}[kind]


@pytest.mark.parametrize(
    ("knobs", "message"),
    [
        ({"lossy": "on"}, "lossy on is for at most 256 colors, and k is 1256: use lossy off, or k 256"),
        ({"lossy": 1e-5}, "lossy 1e-05 is for at most 256 colors, and k is 1256: use lossy off, or k 256"),
        ({"protect": "strong"}, "protect strong is for at most 256 colors, and k is 1256: use protect off, or k 256"),
        ({"png_type": "indexed"}, "png_type indexed is for at most 256 colors, and k is 1256: use png_type auto"),
        ({"bit_depth": 8}, "bit_depth 8 has room for 256 colors, and k is 1256: use k 256"),
        ({"quality": "80"}, "quality is reached with at most 256 colors, and k is 1256: leave one of them out"),
        ({"max_bytes": 9000}, "max_bytes is reached with at most 256 colors, and k is 1256: leave one of them out"),
        ({"palette": "pico8.gpl"}, "a palette has at most 256 colors, and k is 1256: leave one of them out"),
        ({"format": "gif"}, "format gif has room for 256 colors, and k is 1256: use png or webp, or k 256"),
    ],
)
def test_what_more_colors_rule_out_is_refused_with_the_way_out(knobs, message):
    with pytest.raises(pm.SettingsError, match=message):
        Settings(k=1256, **knobs)
    Settings(k=256, **knobs)


@pytest.mark.slow
def test_a_result_refuses_gif_too(tmp_path):
    result = pm.compress(noise(30, 30, 3, 3), 500)
    with pytest.raises(pm.SettingsError, match="format gif has room for 256 colors, and k is 500: use png or webp"):
        result.save(tmp_path / "x.gif")
    assert list(tmp_path.iterdir()) == []
    result.save(tmp_path / "x.webp")
    assert same_pixels(result.indexed.to_image(), (tmp_path / "x.webp").read_bytes())


def test_formats_with_256_entries_refuse_more():
    palette = Palette(np.unique(noise(1, 900, 3, 4)[0], axis=0)[:300])
    indexed = IndexedImage(palette, np.arange(300, dtype=np.uint16)[None])
    for call in (
        lambda: encode(indexed, "gif"),
        lambda: palette_writers.to_act(palette),
        lambda: encode(indexed, "png", bit_depth=8),
        lambda: encode(indexed, "png", png_type="indexed"),
    ):
        with pytest.raises(OutputError, match="has room for 256 colors, and there are 300"):
            call()


@pytest.mark.slow
def test_a_palette_of_many_colors_goes_into_every_other_format():
    palette = pm.palette(noise(40, 40, 3, 5), 700)
    assert len(palette) == 700
    assert abs(float(palette.shares.sum()) - 1) < 1e-9
    for name, write in palette_writers.FORMATS.items():
        if name != "act":
            assert len(write(palette)) > 700


@pytest.mark.slow
def test_kept_colors_are_among_many():
    result = pm.compress(noise(40, 40, 3, 6, low=9), 600, keep=("#ff7f00", "#010203"))
    assert {"#ff7f00", "#010203"} <= set(result.palette.hex)
    assert len(result.palette) == 600


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_indices_have_the_type_of_their_palette(dtype):
    many = Palette(np.unique(noise(1, 900, 3, 7)[0], axis=0)[: 257 if dtype == np.uint8 else 256])
    with pytest.raises(ValueError, match=r"indices into 25[67] colors must be \(h, w\) uint(8|16), got"):
        IndexedImage(many, np.zeros((2, 2), dtype))


@pytest.mark.slow
def test_hidden_colors_may_be_many():
    pixels = noise(40, 40, 4, 8)
    pixels[:20, :, 3] = 0
    pixels[20:, :, 3] = 255
    result = pm.compress(pixels, 1600, keep_hidden_colors=True)
    assert result.lossless
    assert np.array_equal(np.asarray(result.image), pixels)
    fewer = pm.compress(pixels, 500, keep_hidden_colors=True)
    assert len(fewer.palette) == 500
    assert same_pixels(fewer.indexed.to_image(), fewer.data)


@pytest.mark.slow
def test_starts_may_be_nearly_all_points():
    pixels = noise(60, 60, 3, 9) // 16 * 16
    pixels[:30] = 0  # one color weighs as much as all others
    colors = len(count_colors(pixels))
    for init in ("random-pixels", "random-colors", "k-means++", "wu"):
        result = pm.compress(pixels, colors - 1, init=init, space="rgb", effort="fast", dither="none")
        assert len(result.palette) == colors - 1


@pytest.mark.slow
def test_steps_and_threads_know_many_colors():
    pixels = noise(50, 50, 3, 10)
    *_, last = pm.steps(pixels, 1256, seed=1)
    assert last.centroids.shape == (1256, 3)
    assert pm.compress(pixels, 1256, threads=1).data == pm.compress(pixels, 1256, threads=3).data


@pytest.mark.slow
def test_a_palette_of_many_colors_can_be_put_on_another_picture():
    palette = pm.palette(noise(40, 40, 3, 11), 700)
    other = noise(30, 30, 3, 12)
    plain = pm.apply_palette(other, palette, dither="none")
    squares = ((other.reshape(-1, 1, 3).astype(int) - palette.colors.astype(int)) ** 2).sum(axis=2)
    assert plain.shape == other.shape
    assert {bytes(color) for color in plain.reshape(-1, 3)} <= {bytes(color) for color in palette.colors}
    error = ((other.astype(int) - plain) ** 2).sum(axis=2)
    assert error.mean() < 2 * squares.min(axis=1).mean()  # nearest in OKLab is not far in sRGB
    colors = pm.apply_palette(palette.colors[None], palette, dither="auto")
    assert np.array_equal(colors, palette.colors[None])
