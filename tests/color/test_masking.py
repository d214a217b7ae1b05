"""Masking: where a picture hides errors."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pixmeans.color.masking import (
    FLAT_GAIN,
    HALF_EDGE,
    HALF_FLAT,
    HALF_WEIGHT,
    ONE,
    masking,
    oklab_tables,
    to_visual_grid,
)
from pixmeans.color.spaces import SPACES
from pixmeans.kernels import reference
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
    """Weights and flatness as kernels/reference.py defines them; the weights' mean is ONE."""
    cones, roots = (table.astype(np.int64) for table in oklab_tables())
    red, green, blue = (cones[channel][pixels[..., channel]] for channel in range(3))
    lightness = (roots[red + green + blue] @ np.array([862, 3251, -17]) + 16384) >> 15
    alpha = pixels[..., 3] if pixels.shape[2] == 4 else None
    weights, flatness = reference.masking(lightness, alpha, HALF_WEIGHT, HALF_EDGE, HALF_FLAT, FLAT_GAIN)
    visible, total = weights.size if alpha is None else np.count_nonzero(alpha), max(int(weights.sum()), 1)
    return np.clip((2 * weights * ONE * visible + total) // (2 * total), 1, 65535), flatness


@pytest.mark.parametrize("channels", [3, 4])
@pytest.mark.parametrize(
    "size", [(1, 1), (1, 2), (1, 9), (8, 1), (2, 3), (3, 4), (5, 5), (63, 17), (64, 5), (65, 33), (131, 70)]
)
def test_kernel_is_the_definition(size, channels):
    pixels = some_pixels(*size, channels, seed=sum(size))
    pixels[0, 0] = 255
    pixels[size[0] // 2, size[1] // 2 :, :3] = 0
    found, (weights, flatness) = masking(pixels), by_hand(pixels)
    np.testing.assert_array_equal(found.weights, weights)
    np.testing.assert_array_equal(found.flatness, flatness)


def test_flat_weighs_more_than_texture():
    pixels = some_pixels(40, 100, 3, seed=1)
    found = masking(pixels)
    assert found.flatness[:, 0].min() > 180
    assert found.flatness[:, -20:].max() < 10
    assert found.weights[:, 0].min() > 5 * found.weights[:, -20:].max()


def step_edge(blur, low, high, size=24):
    """(size, size, 3): two flat areas with so many pixels of gray levels between them."""
    levels = np.interp(np.arange(size), [10, 11 + blur], [low, high]).round().astype(np.uint8)
    return np.broadcast_to(levels[None, :, None], (size, size, 3)).copy()


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize(("low", "high"), [(0, 255), (90, 110), (255, 40)])
@pytest.mark.parametrize("blur", [0, 1, 2])
def test_an_edge_between_flat_areas_is_no_texture(blur, low, high, turned):
    pixels = step_edge(blur, low, high)
    weights = masking(pixels.swapaxes(0, 1) if turned else pixels).weights.astype(float)
    weights = weights.T if turned else weights
    # A flat area weighs so much more for being flat over a wider range; masking takes nothing more from its edge.
    assert weights[:, 9:13].min() >= 0.99 * weights[:, 0].min() / (1 + FLAT_GAIN)


def test_antialiased_strokes_on_a_flat_ground_are_no_texture():
    pixels = np.full((40, 60, 3), 255, np.uint8)
    pixels[10:30, 12:14] = [[90], [0]]
    pixels[10:30, 20:22] = [[0], [160]]
    pixels[19:21, 12:22] = 30
    weights = masking(pixels).weights.astype(float)
    strokes = weights[(pixels < 255).any(axis=2)]
    assert strokes.min() >= 0.9 * weights[0, 0] / (1 + FLAT_GAIN)


@pytest.mark.parametrize("spread", [20, 60])
def test_texture_beside_a_flat_area_is_masked_but_for_its_rim(spread):
    noise = np.random.default_rng(spread).integers(-spread, spread + 1, (40, 40, 1))
    pixels = np.full((40, 80, 3), 120, np.uint8)
    pixels[:, 40:] = 120 + noise
    weights = masking(pixels).weights.astype(float)
    own = np.sqrt(HALF_WEIGHT**2 / (HALF_WEIGHT**2 + (spread / 3 / 255) ** 2))
    assert weights[:, 46:].mean() < 1.2 * own * weights[0, 0] / (1 + FLAT_GAIN)


def test_a_shadow_on_transparency_is_seen_over_white():
    """Black that fades has no lightness over black, however much it changes."""
    alpha = np.zeros((40, 40), np.uint8)
    alpha[:, 20:] = np.random.default_rng(5).integers(60, 200, (40, 20))
    pixels = np.zeros((40, 40, 4), np.uint8)
    pixels[..., 3] = alpha
    found = masking(pixels)
    assert found.flatness[:, 24:].max() < 10
    inverted = pixels.copy()
    inverted[..., :3] = 255  # what white is over black
    np.testing.assert_allclose(found.weights, masking(inverted).weights, atol=2)


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
