"""Colors that displays of few bits show."""

from __future__ import annotations

import numpy as np
import pytest
from helpers import examples
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import pixmeans as pm
from pixmeans.choices import COLOR_BITS
from pixmeans.quantize.color_bits import bits_of, levels, shown_colors

NAMES = st.sampled_from(sorted(COLOR_BITS))
COLORS = st.integers(1, 30).flatmap(lambda count: arrays(np.uint8, (count, 4)))


@pytest.mark.parametrize("bits", range(3, 9))
def test_levels_repeat_their_bits(bits):
    assert levels(bits).tolist() == [int((f"{value:0{bits}b}" * 3)[:8], 2) for value in range(1 << bits)]


@settings(max_examples=examples(40), deadline=None)
@given(COLORS, NAMES)
def test_a_shown_color_is_the_nearest_that_there_is(colors, name):
    shown = shown_colors(colors, name)
    assert np.array_equal(shown, shown_colors(shown, name))
    for channel, bits in enumerate(bits_of(name)):
        steps = levels(bits).astype(int)
        some = shown[:, channel].astype(int)
        assert set(some.tolist()) <= set(steps.tolist())
        if channel < 3:
            distances = np.abs(colors[:, channel].astype(int)[:, None] - steps)
            assert np.array_equal(np.abs(colors[:, channel].astype(int) - some), distances.min(axis=1))
    assert np.array_equal(shown[:, 3] == 0, colors[:, 3] == 0)


def is_shown(palette, name):
    return np.array_equal(palette.rgba, shown_colors(palette.rgba, name))


@pytest.mark.slow
@settings(max_examples=examples(40), deadline=None)
@given(
    st.integers(0, 10**6),
    st.sampled_from([3, 4]),
    NAMES,
    st.integers(3, 60),  # one kept, one transparent, and room for others
    st.sampled_from(["none", "auto", "blue-noise"]),
    st.sampled_from(["rgb", "oklab"]),
    st.sampled_from(["auto", "off", 1e-4]),
)
def test_every_entry_is_a_color_that_is_shown(seed, channels, name, k, dither, space, lossy):
    random = np.random.default_rng(seed)
    pixels = (random.integers(0, 64, (1, 1, channels)) + random.integers(0, 192, (12, 13, channels))).astype(np.uint8)
    if channels == 4:
        pixels[random.random((12, 13)) < 0.2, 3] = 0
    keep = ["#123456"]
    result = pm.compress(pixels, k, color_bits=name, dither=dither, space=space, lossy=lossy, keep=keep, optimize=1)
    assert is_shown(result.palette, name)
    assert len(result.palette) <= k
    assert len(set(result.palette.hex)) == len(result.palette)
    kept = shown_colors(np.array([[0x12, 0x34, 0x56]], np.uint8), name)
    assert bytes(kept[0]) in {bytes(color[:3]) for color in result.palette.rgba}
    if channels == 4:
        alpha = result.palette.rgba[result.indices][..., 3]
        hard = len(bits_of(name)) == 3
        assert np.array_equal(alpha == 0, pixels[..., 3] < (128 if hard else 9))  # 9 of 17 is more than half
    if dither == "none" and space == "rgb" and channels == 3 and lossy == "off":
        squares = ((pixels[..., None, :].astype(int) - result.palette.colors.astype(int)) ** 2).sum(axis=-1)
        chosen = np.take_along_axis(squares, result.indices[..., None].astype(int), axis=-1)[..., 0]
        assert np.array_equal(chosen, squares.min(axis=-1))


@settings(max_examples=examples(40), deadline=None)
@given(arrays(np.uint8, (4, 5, 3)), NAMES)
def test_a_picture_with_few_colors_has_each_as_it_is_shown(pixels, name):
    result = pm.compress(pixels, 256, color_bits=name)
    assert np.array_equal(
        result.palette.colors[result.indices], shown_colors(pixels.reshape(-1, 3), name).reshape(pixels.shape)
    )


@pytest.mark.slow
@settings(max_examples=examples(40), deadline=None)
@given(st.integers(1, 20).flatmap(lambda count: arrays(np.uint8, (count, 3))), NAMES)
def test_given_colors_keep_their_places_as_they_are_shown(tmp_path_factory, table, name):
    path = tmp_path_factory.mktemp("given") / "p.hex"
    path.write_text(" ".join(bytes(color).hex() for color in table))
    pixels = np.random.default_rng(len(table)).integers(0, 256, (6, 7, 3)).astype(np.uint8)
    result = pm.compress(pixels, palette=str(path), color_bits=name)
    assert np.array_equal(result.palette.colors, shown_colors(table, name))


@pytest.mark.slow
def test_places_that_rounding_frees_are_taken_by_other_colors():
    ramp = np.arange(0, 256, dtype=np.uint8)
    pixels = np.stack([ramp, ramp, ramp], axis=1)[None].repeat(4, axis=0)
    for k in (4, 8, 16):
        assert len(pm.compress(pixels, k, color_bits="rgb444").palette) == k


@pytest.mark.slow
def test_gray_pictures_stay_gray_where_channels_have_the_same_bits(photo):
    gray = photo[..., :1].repeat(3, axis=2)
    for name in ("rgb333", "rgb444", "rgb555"):
        colors = pm.compress(gray, 12, color_bits=name).palette.colors
        assert (colors == colors[:, :1]).all()
