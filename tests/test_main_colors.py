"""`pm.palette`: what is seen is counted, and what is ignored is not."""

from __future__ import annotations

import numpy as np
import PIL.Image
import pytest
from helpers import blobs, examples
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import pixmeans as pm
from pixmeans.choices import PALETTE_ORDERS
from pixmeans.quantize.ignored import IGNORED_DISTANCE

FEW = arrays(np.uint8, (6, 7, 3), elements=st.sampled_from([0, 40, 200]))
HIDDEN = arrays(np.bool_, (6, 7))


@settings(max_examples=examples(40), deadline=None)
@given(FEW, HIDDEN, st.integers(1, 30))
def test_transparent_pixels_take_no_entry_and_no_share(pixels, hidden, k):
    assume(not hidden.all())
    alpha = np.where(hidden, 0, 255).astype(np.uint8)
    found = pm.palette(np.dstack([pixels, alpha]), k)
    colors, counts = np.unique(pixels[~hidden], axis=0, return_counts=True)
    assert not found.has_alpha
    assert len(found) == min(k, len(colors))
    assert int(found.weights.sum()) == int((~hidden).sum())
    assert abs(float(found.shares.sum()) - 1) < 1e-9
    if k >= len(colors):
        told = dict(zip(map(bytes, found.rgba[:, :3]), found.weights.tolist(), strict=True))
        assert told == dict(zip(map(bytes, colors), counts.tolist(), strict=True))


@pytest.mark.slow
@settings(max_examples=examples(40), deadline=None)
@given(FEW, st.tuples(*3 * [st.integers(0, 255)]), st.integers(0, 20), st.integers(1, 6))
def test_an_ignored_color_and_what_is_near_it_count_as_transparent(pixels, color, away, k):
    pixels = pixels.copy()
    signs = np.random.default_rng(away).choice([-1, 1], (3, 7, 3))
    pixels[:3] = np.clip(np.array(color) + away * signs, 0, 255)
    apart = np.abs(pixels.astype(int) - np.array(color)).max(axis=2)
    ignored = apart <= IGNORED_DISTANCE
    assume(not ignored.all())
    name = "#" + bytes(color).hex()
    found = pm.palette(pixels, k, ignore=name)
    assert found.hex == pm.palette(np.dstack([pixels, np.where(ignored, 0, 255).astype(np.uint8)]), k).hex
    assert found.hex == pm.palette(pixels, k, ignore=[name, "transparent"]).hex
    assert int(found.weights.sum()) == int((~ignored).sum())


def test_words_stand_for_their_colors():
    pixels = blobs(3, 400).reshape(20, 20, 3)
    pixels[:5], pixels[5:8] = 250, 3
    assert pm.palette(pixels, 5, ignore="white").hex == pm.palette(pixels[5:], 5).hex
    without = pm.palette(pixels, 5, ignore=("white", "black"))
    assert set(without.hex).isdisjoint({"#fafafa", "#030303"})
    assert int(without.weights.sum()) == 240


@settings(max_examples=examples(40), deadline=None)
@given(arrays(np.uint8, (5, 6, 3), elements=st.sampled_from([0, 128, 255])))
def test_each_order_is_what_it_says(pixels):
    orders = {by: pm.palette(pixels, 27, sort=by) for by in PALETTE_ORDERS}
    assert all(sorted(found.hex) == sorted(orders["share"].hex) for found in orders.values())
    weights = orders["share"].weights
    assert bool((weights[:-1] >= weights[1:]).all())
    flat = ["#" + bytes(color).hex() for color in pixels.reshape(-1, 3)]
    assert orders["found"].hex == list(dict.fromkeys(flat))
    light = orders["lightness"].rgba[:, :3].astype(int) @ np.array([2126, 7152, 722])
    assert bool((light[:-1] <= light[1:]).all())


@pytest.mark.parametrize("ignore", ["orange", "#ff000080", 7])
def test_what_is_no_color_is_refused(photo, ignore):
    with pytest.raises(pm.SettingsError, match="ignore must be white, black, transparent or a color like"):
        pm.palette(photo, ignore=(ignore,))


def test_an_unknown_order_is_refused(photo):
    with pytest.raises(pm.SettingsError, match="sort must be one of share, lightness, hue, found"):
        pm.palette(photo, sort="taste")


@pytest.mark.parametrize("pixels", [np.zeros((2, 3, 4), np.uint8), np.full((2, 3, 3), 250, np.uint8)])
def test_a_picture_without_a_pixel_that_counts_says_so(pixels):
    with pytest.raises(pm.InputError, match="no pixel counts"):
        pm.palette(pixels, ignore="white")


def test_a_picture_without_a_pixel_that_counts_is_named(tmp_path):
    path = tmp_path / "clear.png"
    PIL.Image.new("RGBA", (4, 3)).save(path)
    with pytest.raises(pm.InputError, match=r"clear\.png: no pixel counts: .*; take another picture"):
        pm.palette(path)
    with pytest.raises(pm.InputError, match=r"clear\.png: every pixel is transparent"):
        pm.steps(path, 3)
