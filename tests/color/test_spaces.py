import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pixmeans.color.histogram import count_colors
from pixmeans.color.spaces import SPACES, linear_light, linear_table, oklab_to_linear, to_bytes
from pixmeans.rng import SplitMix64

# linear sRGB -> LMS and LMS' -> OKLab, from https://bottosson.github.io/posts/oklab/
M1 = [
    [0.4122214708, 0.5363325363, 0.0514459929],
    [0.2119034982, 0.6806995451, 0.1073969566],
    [0.0883024619, 0.2817188376, 0.6299787005],
]
M2 = [
    [0.2104542553, 0.7936177850, -0.0040720468],
    [1.9779984951, -2.4285922050, 0.4505937099],
    [0.0259040371, 0.7827717662, -0.8086757660],
]


def oklab(colors):
    linear = np.array([linear_light(byte / 255) for byte in range(256)])[colors]
    return np.cbrt(linear @ np.array(M1).T) @ np.array(M2).T


def test_transfer_function_is_that_of_the_standard():
    for byte in range(256):
        x = byte / 255
        expected = x / 12.92 if x <= 0.04045 else ((x + 0.055) / 1.055) ** 2.4
        assert linear_light(x) == pytest.approx(expected, rel=1e-14)


def test_bytes_survive_linear_light():
    assert np.array_equal(to_bytes(linear_table()), np.arange(256))
    assert to_bytes(np.array([-0.5, 1.5])).tolist() == [0, 255]


def test_oklab_of_white_red_and_black_as_published():
    steps = SPACES["oklab"].palette_points(np.array([[255, 255, 255], [255, 0, 0], [0, 0, 0]], np.uint8))
    expected = [[1.0, 0.0, 0.0], [0.6280, 0.2249, 0.1258], [0, 0, 0]]
    assert np.abs(steps - expected).max() < 2e-4


def test_oklab_is_numpys_to_the_nearest_grid_step():
    colors = np.random.default_rng(1).integers(0, 256, (20_000, 3)).astype(np.uint8)
    error = SPACES["oklab"].palette_points(colors) - oklab(colors)
    assert np.abs(error).max() <= 0.5000001 / 16384


@pytest.mark.slow
@pytest.mark.parametrize("name", SPACES)
@given(st.lists(st.tuples(*[st.integers(0, 255)] * 3), min_size=1, max_size=50))
def test_colors_survive_the_space(name, colors):
    space = SPACES[name]
    colors = np.array(colors, np.uint8)
    assert_survive(space, colors)


def assert_survive(space, colors):
    """The same colors come back, or, one step from them, colors that share their grid point."""
    back = space.colors(space.palette_points(colors))
    assert np.array_equal(space.to_grid(back), space.to_grid(colors))
    assert np.abs(back.astype(int) - colors).max() <= 1
    assert (back == colors).mean() > 0.99 or len(colors) < 200
    if space.byte_steps:
        assert np.array_equal(back, colors)


@pytest.mark.parametrize("name", SPACES)
def test_every_gray_and_every_dark_color_survives_oklab(name):
    space = SPACES[name]
    gray = np.repeat(np.arange(256, dtype=np.uint8)[:, None], 3, axis=1)
    dark = np.stack(np.meshgrid(*[np.arange(12, dtype=np.uint8)] * 3), axis=-1).reshape(-1, 3)
    for colors in (gray, dark):
        assert np.array_equal(space.colors(space.palette_points(colors)), colors)


@pytest.mark.parametrize("name", SPACES)
def test_colors_with_alpha_survive_where_alpha_leaves_them_room(name):
    space = SPACES[name]
    rng = np.random.default_rng(2)
    colors = rng.integers(0, 256, (5000, 4)).astype(np.uint8)
    colors[:, 3] = rng.integers(128, 256, 5000)
    assert_survive(space, colors)


@pytest.mark.parametrize("name", SPACES)
def test_alpha_survives_whatever_the_color(name):
    space = SPACES[name]
    colors = np.array([[200, 100, 50, alpha] for alpha in range(256)], np.uint8)
    back = space.colors(space.palette_points(colors))
    assert np.array_equal(back[:, 3], colors[:, 3])
    assert back[0].tolist() == [0, 0, 0, 0]


@pytest.mark.parametrize("name", SPACES)
def test_opaque_points_with_and_without_alpha_are_alike(name):
    space = SPACES[name]
    colors = np.random.default_rng(3).integers(0, 256, (100, 3)).astype(np.uint8)
    opaque = np.concatenate([colors, np.full((100, 1), 255, np.uint8)], axis=1)
    with_alpha, without = space.palette_points(opaque), space.palette_points(colors)
    assert len(np.unique(with_alpha[:, 3])) == 1
    assert np.allclose(with_alpha[:, :3] - with_alpha[0, :3], without - without[0], atol=1.01 / space.scale)


def test_squared_distances_in_srgb_are_means_over_black_and_white():
    colors = np.random.default_rng(5).integers(0, 256, (200, 4)).astype(np.uint8)
    first, second = colors[:100].astype(float), colors[100:].astype(float)
    expected = np.zeros(100)
    for background in (0, 255):
        over = [c[:, :3] * c[:, 3:] / 255 + background * (1 - c[:, 3:] / 255) for c in (first, second)]
        expected += ((over[0] - over[1]) ** 2).sum(axis=1) / 2
    points = SPACES["rgb"].palette_points(colors)
    found = ((points[:100] - points[100:]) ** 2).sum(axis=1)
    assert np.allclose(found, expected, rtol=0.01, atol=4)


def test_luma_weighs_channels_as_bt_601_does_and_light_steps_more():
    gray = np.array([[0, 0, 0], [51, 51, 51], [204, 204, 204], [255, 255, 255]], np.uint8)
    points = SPACES["luma"].palette_points(gray)
    weights = np.sqrt(np.array([0.299, 0.587, 0.114]) / 0.587)
    assert np.allclose(points, 255 * np.array([0, 0.2, 0.8, 1])[:, None] ** 1.25 * weights, atol=0.51 / 64)
    steps = np.diff(points[:, 1])
    assert steps[2] > 1.5 * steps[0]


def test_squared_distances_in_luma_are_means_over_black_and_white():
    colors = np.random.default_rng(6).integers(0, 256, (200, 4)).astype(np.uint8)
    weights = np.sqrt(np.array([0.299, 0.587, 0.114]) / 0.587)
    values, alpha = 255 * (colors[:, :3] / 255) ** 1.25 * weights, colors[:, 3:] / 255
    expected = np.zeros(100)
    for background in (np.zeros(3), 255 * weights):
        over = values * alpha + background * (1 - alpha)
        expected += ((over[:100] - over[100:]) ** 2).sum(axis=1) / 2
    points = SPACES["luma"].palette_points(colors)
    found = ((points[:100] - points[100:]) ** 2).sum(axis=1)
    assert np.allclose(found, expected, rtol=0.01, atol=4)


@pytest.mark.parametrize("name", SPACES)
def test_all_that_is_fully_transparent_is_one_point(name):
    colors = np.array([[0, 0, 0, 0], [255, 255, 255, 0], [9, 80, 200, 0]], np.uint8)
    assert len(np.unique(SPACES[name].to_grid(colors), axis=0)) == 1


@pytest.mark.parametrize("name", SPACES)
def test_distances_stay_within_what_the_octree_can_hold(name):
    corners = np.array([[r, g, b, a] for r in (0, 255) for g in (0, 255) for b in (0, 255) for a in (0, 255)], np.uint8)
    steps = SPACES[name].to_grid(corners).astype(np.int64)
    difference = steps[:, None] - steps[None]
    assert np.abs(difference).max() < 2**15
    assert (difference**2).sum(axis=2).max() < 2**31


def test_out_of_gamut_is_clipped():
    assert SPACES["oklab"].colors(np.array([[1.2, 0.0, 0.0], [0.7, 0.4, 0.0]]))[0].tolist() == [255, 255, 255]
    assert oklab_to_linear(np.array([[0.7, 0.4, 0.0]])).max() > 1


def test_random_colors_are_8_bit_colors_anywhere():
    colors = SPACES["rgb"].random_colors(2000, 3, SplitMix64(1))
    assert np.array_equal(colors, np.floor(colors))
    assert colors.min() == 0
    assert colors.max() == 255


def test_points_follow_the_order_of_the_histogram():
    histogram = count_colors(np.array([[9, 0, 0], [0, 0, 9], [0, 0, 9]], np.uint8))
    points = SPACES["rgb"].points(histogram)
    assert np.array_equal(points.values, histogram.colors)
    assert np.array_equal(points.weights, histogram.weights)
