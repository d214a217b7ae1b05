"""Effort 'preview': a short road to an ordinary result, in bins of colors."""

import io

import numpy as np
import PIL.Image
import pytest
from helpers import blobs, examples, sample
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import pixmeans as pm
from pixmeans.choices import PREVIEW_TAKES
from pixmeans.clustering.points import THREAD_SHARE
from pixmeans.color.bins import count_bins
from pixmeans.errors import SettingsError
from pixmeans.flow.preview import MOST_ITERATIONS, iterations_for
from pixmeans.image import Image
from pixmeans.metrics import mse_between
from pixmeans.pipeline import quantize

PICTURES = arrays(np.uint8, st.tuples(st.integers(1, 7), st.integers(1, 9), st.sampled_from([3, 4])))


def previewed(pixels, k=256, **knobs):
    return pm.compress(pixels, k, effort="preview", **knobs)


def decoded(result):
    with PIL.Image.open(io.BytesIO(result.data)) as picture:
        return np.asarray(picture.convert("RGBA"))


def test_four_colors_have_four_entries_and_lose_nothing():
    pixels = np.array([[[0, 0, 0], [255, 0, 0]], [[9, 90, 200], [255, 255, 255]]], np.uint8)
    result = previewed(pixels, 4)
    assert result.palette.hex == ["#000000", "#ff0000", "#095ac8", "#ffffff"]
    assert result.palette.weights.tolist() == [1, 1, 1, 1]
    assert result.indices.tolist() == [[0, 1], [2, 3]]
    assert result.lossless


@pytest.mark.parametrize("k", [2, 3, 4])
def test_of_opaque_soft_and_transparent_pixels_there_are_at_most_k_colors(k):
    pixels = np.random.default_rng(k).integers(1, 256, (9, 8, 4)).astype(np.uint8)
    pixels[:3, :, 3], pixels[3:6, :, 3] = 0, 255
    result = previewed(pixels, k)
    assert len(result.palette) == k
    assert (decoded(result)[:3, :, 3] == 0).all()
    assert (decoded(result)[3:, :, 3] > 0).all()
    assert len(previewed(pixels[3:], 1).palette) == 1


@pytest.mark.slow
@settings(max_examples=examples(30))
@given(PICTURES, st.integers(2, 20), st.sampled_from(["png", "webp", "gif"]))
def test_any_small_picture_comes_back_as_what_was_meant(pixels, k, format):
    result = previewed(pixels, k, format=format)
    rgba = result.palette.rgba
    assert len(rgba) == len(np.unique(rgba, axis=0)) <= k
    assert int(result.indices.max()) < len(rgba)
    assert np.array_equal(result.palette.weights, np.bincount(result.indices.ravel(), minlength=len(rgba)))
    assert result.palette.weights.min() >= 1
    shown = rgba[result.indices]
    assert np.array_equal(decoded(result), shown)
    assert result.mse == pytest.approx(mse_between(Image(pixels), result.indexed))


@pytest.mark.slow
@settings(max_examples=examples(30))
@given(PICTURES, st.integers(3, 20), st.one_of(st.none(), st.integers(1, 255)))
def test_transparent_and_opaque_pixels_stay_so(pixels, k, threshold):
    result = previewed(pixels, k, alpha_threshold=threshold)
    alpha = result.palette.rgba[result.indices][..., 3]
    if pixels.shape[2] == 3:
        assert (alpha == 255).all()
    elif threshold is not None:
        assert np.array_equal(alpha, np.where(pixels[..., 3] < threshold, 0, 255))
    else:
        for end in (0, 255):
            assert np.array_equal(alpha == end, pixels[..., 3] == end)


@pytest.mark.slow
@settings(max_examples=examples(20))
@given(arrays(np.uint8, st.tuples(st.integers(1, 7), st.integers(1, 40))), st.integers(1, 9), st.booleans())
def test_gray_pictures_stay_gray(gray, k, has_alpha):
    pixels = np.repeat(gray[..., None], 3, axis=2)
    if has_alpha:
        pixels = np.dstack([pixels, np.full(gray.shape, 200, np.uint8)])
    entries = previewed(pixels, k).palette.rgba
    assert (entries[:, :3] == entries[:, :1]).all()


@pytest.mark.slow
@settings(max_examples=examples(20))
@given(st.integers(0, 99), st.sampled_from([3, 4]), st.integers(2, 64))
def test_the_error_is_never_above_that_of_one_color_and_falls_with_k(seed, channels, k):
    pixels = blobs(seed, 900, channels).reshape(30, 30, channels)
    pixels[..., 3:] |= 1  # something of each is seen
    one, some, more = (previewed(pixels, colors).mse for colors in (1, k, 2 * k))
    assert some <= one
    assert more <= 1.02 * some


@pytest.mark.slow
@settings(max_examples=examples(40))
@given(PICTURES)
def test_nothing_is_lost_where_each_bin_has_one_color_and_an_entry(pixels):
    rgba = pixels if pixels.shape[2] == 4 else np.insert(pixels, 3, 255, axis=2)
    rgba[rgba[..., 3] == 0] = 0
    result = previewed(pixels)
    if len(np.unique(rgba.reshape(-1, 4), axis=0)) == len(count_bins(pixels)) + int((rgba[..., 3] == 0).any()):
        assert result.mse == 0
        assert np.array_equal(decoded(result), rgba)


@pytest.mark.slow
@pytest.mark.parametrize("channels", [3, 4])
def test_the_number_of_threads_changes_nothing(channels):
    side = int((3 * THREAD_SHARE) ** 0.5) + 1
    pixels = blobs(5, side * side, channels).reshape(side, side, channels)
    files = {previewed(pixels, 64, threads=threads).data for threads in (1, 2, 3)}
    assert len(files) == 1


def test_an_opaque_alpha_channel_changes_nothing():
    pixels = blobs(2, 600).reshape(20, 30, 3)
    with_alpha = np.insert(pixels, 3, 255, axis=2)
    assert previewed(pixels, 16).data == previewed(with_alpha, 16).data


def test_a_matte_is_laid_below():
    pixels = np.array([[[0, 0, 0, 0], [255, 0, 0, 255]]], np.uint8)
    result = previewed(pixels, 4, matte="#0000ff")
    assert result.palette.hex == ["#0000ff", "#ff0000"]
    assert result.mse == 0


def test_a_picture_of_nothing_but_transparent_pixels():
    result = previewed(np.full((3, 4, 4), [9, 9, 9, 0], np.uint8), 1)
    assert result.palette.rgba.tolist() == [[0, 0, 0, 0]]


def test_it_is_an_ordinary_result(tmp_path):
    pixels = blobs(1, 600, 3).reshape(20, 30, 3)
    result = previewed(pixels, 16)
    assert (result.clustering, result.protected, result.protection_cost, result.lambda_) == (None, (), 0.0, None)
    assert result.to_dict()["settings"]["effort"] == "preview"
    assert result.sizes.file == len(result.data)
    for name in ("a.png", "a.gif", "a.webp"):
        result.save(tmp_path / name)
        with PIL.Image.open(tmp_path / name) as picture:
            assert np.array_equal(np.asarray(picture.convert("RGB")), result.image)
    assert np.array_equal(quantize(pixels, result.settings).indices, result.indices)


def test_packing_is_quick_unless_more_is_asked_for():
    pixels = np.repeat(np.repeat(blobs(1, 600, 3).reshape(20, 30, 3), 8, axis=0), 8, axis=1)
    usual, quick, small = (previewed(pixels, **knobs) for knobs in ({}, {"optimize": 0}, {"optimize": 4}))
    assert usual.data == quick.data
    assert len(small.data) < len(quick.data)
    assert np.array_equal(decoded(small), decoded(quick))


@pytest.mark.slow
@settings(max_examples=examples(30))
@given(arrays(np.uint8, (3, 3, 3)), st.lists(st.integers(1, 60), min_size=3, max_size=3))
def test_pictures_of_few_bins_for_their_size_have_more_iterations(pixels, sides):
    counts = [iterations_for(count_bins(np.tile(pixels, (side, side, 1)))) for side in sorted(sides)]
    assert counts == sorted(counts)
    assert set(counts) <= set(range(1, MOST_ITERATIONS + 1))


REFUSED = {
    "quality": "80",
    "max_bytes": 1000,
    "space": "oklab",
    "masking": "on",
    "protect": "strong",
    "keep": ("#ff0000",),
    "palette": "colors.hex",
    "color_bits": "rgb565",
    "importance": "mask.png",
    "cap": 0.5,
    "init": "k-means++",
    "n_init": 2,
    "max_iterations": 3,
    "tolerance": 0.1,
    "search": "genetic",
    "empty": "keep",
    "dither": "bayer",
    "dither_strength": 0.5,
    "lossy": "on",
    "bleed": True,
    "keep_hidden_colors": True,
}


@pytest.mark.parametrize("name", PREVIEW_TAKES)
def test_what_it_cannot_honour_is_refused_and_the_rest_is_taken(name):
    with pytest.raises(SettingsError, match=f"^{name} .* is not for effort preview: leave it out, or use effort fast$"):
        pm.Settings(effort="preview", **{name: REFUSED[name]})
    for value in PREVIEW_TAKES[name]:
        pm.Settings(effort="preview", **{name: value})


def test_what_is_usual_is_taken():
    usual = pm.Settings().to_dict()
    assert {name: values[0] for name, values in PREVIEW_TAKES.items()} == {name: usual[name] for name in PREVIEW_TAKES}


@pytest.mark.parametrize("door", [pm.palette, pm.steps, pm.compress_animation])
def test_doors_to_anything_but_a_still_refuse_it(door):
    with pytest.raises(SettingsError, match="effort preview is for the file of a still"):
        door(np.zeros((2, 2, 3), np.uint8), 4, effort="preview")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"k": 300}, "effort preview is for at most 256 colors, and k is 300: use effort fast, or k 256"),
        ({"on_step": print}, "on_step is not for effort preview"),
        ({"importance": np.ones((1, 2))}, "importance is not for effort preview"),
        ({"k": 1}, "k must be at least 2 for a picture with transparent and visible pixels, got 1"),
    ],
    ids=["k", "on_step", "importance", "room"],
)
def test_other_arguments_are_refused_in_a_line(arguments, message):
    with pytest.raises(SettingsError, match=message):
        pm.compress(np.array([[[0, 0, 0, 0], [9, 9, 9, 255]]], np.uint8), effort="preview", **arguments)


@pytest.mark.slow
def test_it_is_near_what_fast_finds():
    pixels = np.ascontiguousarray(sample("reef").pixels[::2, ::2])
    fast = pm.compress(pixels, 64, effort="fast", space="rgb", dither="none", lossy="off", protect="off", optimize=0)
    assert previewed(pixels, 64).mse < 1.25 * fast.mse
