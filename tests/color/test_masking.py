"""Masking: where a picture hides errors."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pixmeans.color.masking import FLAT_GAIN, HALF_FLAT, HALF_WEIGHT, ONE, masking, to_visual_grid
from pixmeans.color.spaces import SPACES
from pixmeans.parallel import use_threads


def some_pixels(height, width, channels, seed):
    """Flat on the left, busier and busier to the right."""
    random = np.random.default_rng(seed)
    spread = np.linspace(0, 100, width)[None, :, None]
    noise = random.integers(-1, 2, (height, width, channels)) * spread
    pixels = np.clip(120 + noise, 0, 255).astype(np.uint8)
    if channels == 4:
        pixels[..., 3] = random.choice([0, 100, 255, 255], (height, width))
    return pixels


def by_hand(pixels):
    """Weights (mean 1) and flatness (0..1) in floating point, window by window, of the exact OKLab."""
    height, width = pixels.shape[:2]
    light = SPACES["oklab"].to_grid(pixels.reshape(-1, pixels.shape[2])[:, :3])[:, 0].reshape(height, width) / 2**14
    visible = np.ones((height, width), bool)
    if pixels.shape[2] == 4:
        light = light * (pixels[..., 3] / 255)
        visible = pixels[..., 3] > 0
    wide = np.pad(light, 3, mode="edge")
    seven = np.lib.stride_tricks.sliding_window_view(wide, (7, 7)).var(axis=(2, 3))
    three = np.lib.stride_tricks.sliding_window_view(wide[2:-2, 2:-2], (3, 3)).var(axis=(2, 3))
    flat = 1 / (1 + seven / HALF_FLAT**2)
    weights = np.sqrt(HALF_WEIGHT**2 / (HALF_WEIGHT**2 + three)) * (1 + FLAT_GAIN * flat)
    weights[~visible] = 0
    return weights / weights[visible].mean(), flat


@pytest.mark.parametrize("channels", [3, 4])
@pytest.mark.parametrize("size", [(1, 1), (1, 9), (8, 1), (2, 3), (63, 17), (64, 5), (65, 33), (131, 70)])
def test_kernel_agrees_with_the_definition(size, channels):
    pixels = some_pixels(*size, channels, seed=sum(size))
    pixels[0, 0] = 255
    found = masking(pixels)
    weights, flat = by_hand(pixels)
    np.testing.assert_allclose(found.flatness / 255, flat, atol=0.05)
    np.testing.assert_allclose(found.weights / ONE, weights, rtol=0.05, atol=0.03)


def test_flat_weighs_more_than_texture():
    pixels = some_pixels(40, 100, 3, seed=1)
    found = masking(pixels)
    assert found.flatness[:, 0].min() > 180
    assert found.flatness[:, -20:].max() < 10
    assert found.weights[:, 0].min() > 5 * found.weights[:, -20:].max()


@given(st.integers(1, 20), st.integers(1, 20), st.sampled_from([3, 4]), st.integers(0, 1000))
def test_weights_have_mean_one_over_visible_pixels(height, width, channels, seed):
    pixels = some_pixels(height, width, channels, seed)
    found = masking(pixels).weights
    assert found.min() >= 1
    visible = pixels[..., 3] > 0 if channels == 4 else np.ones((height, width), bool)
    assert (found[~visible] == 1).all()
    if visible.any():
        assert abs(found[visible].mean() - ONE) <= 1


def test_the_same_at_any_number_of_threads_and_in_any_band():
    pixels = some_pixels(200, 30, 3, seed=2)
    with use_threads(1):
        one = masking(pixels)
    with use_threads(5):
        five = masking(pixels)
    np.testing.assert_array_equal(one.weights, five.weights)
    np.testing.assert_array_equal(one.flatness, five.flatness)
    np.testing.assert_array_equal(one.flatness[40:70], masking(pixels[30:80]).flatness[10:40])


def test_what_cannot_be_seen_is_not_looked_at():
    pixels = some_pixels(30, 40, 4, seed=3)
    other = pixels.copy()
    other[pixels[..., 3] == 0, :3] = 200
    np.testing.assert_array_equal(masking(pixels).weights, masking(other).weights)


def test_oklab_by_tables_is_near_the_exact_one():
    colors = np.random.default_rng(4).integers(0, 256, (5000, 4), dtype=np.uint8)
    colors[:2, :3] = [[0, 0, 0], [255, 255, 255]]
    away = np.abs(to_visual_grid(colors, 256).astype(int) - SPACES["oklab"].to_grid(colors[:, :3]))
    assert away.max() <= 46
    assert (away <= 4).mean() > 0.99
    assert (away[:2] <= 1).all()
    plain = to_visual_grid(colors, 256).astype(int)
    plain[:, 1:] = (plain[:, 1:] * 181 + 128) >> 8
    np.testing.assert_array_equal(to_visual_grid(colors), plain)
