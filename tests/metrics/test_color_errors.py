"""Errors of color: by hand, by definition, and what they catch that a mean over the picture does not."""

import numpy as np
import pytest

from pixmeans.color.spaces import SPACES
from pixmeans.image import Image, IndexedImage, Palette
from pixmeans.kernels import color_errors as kernel
from pixmeans.metrics.color_errors import ColorErrors
from pixmeans.parallel import use_threads


def squares_by_definition(first, second, rows, radius):
    difference = np.pad(first.astype(int) - second, ((rows, rows), (radius, radius), (0, 0)), mode="edge")
    windows = np.lib.stride_tricks.sliding_window_view(difference, (2 * rows + 1, 2 * radius + 1), axis=(0, 1))
    sums = windows.sum(axis=(3, 4))
    return (sums**2).sum(axis=2)


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (9, 1), (2, 3), (13, 17)])
@pytest.mark.parametrize(("rows", "radius"), [(0, 0), (1, 1), (4, 4), (0, 5), (5, 0)])
def test_the_kernel_is_its_definition(shape, rows, radius):
    random = np.random.default_rng(0)
    first, second = (random.integers(-8000, 8000, (*shape, 3)).astype(np.int16) for _ in range(2))
    squares = np.zeros(shape, np.float32)
    middle = shape[0] // 2
    for top, bottom in ((0, middle), (middle, shape[0])):
        assert kernel.window_distances(first, second, rows, radius, top, bottom, squares) == 0
    assert squares == pytest.approx(squares_by_definition(first, second, rows, radius), rel=1e-6)


def test_a_pixels_distance_is_that_of_oklab():
    a, b = np.array([[[200, 30, 40]]], np.uint8), np.array([[[60, 180, 90]]], np.uint8)
    first, second = (SPACES["oklab"].to_grid(one[0]) / 2**14 for one in (a, b))
    expected = np.sqrt(((first - second) ** 2).sum())
    assert ColorErrors(Image(a)).distances(Image(b))[0, 0] == pytest.approx(expected, abs=2e-3)


def test_dithering_vanishes_in_the_mean_and_a_wrong_area_does_not():
    gray = np.full((40, 40, 3), 128, np.uint8)
    board = gray.copy()
    board[::2] += 20
    board[1::2] -= 20
    board[:, ::2] = 255 - board[:, ::2]
    wrong = gray.copy()
    wrong[10:20, 10:20] += 20
    original = ColorErrors(Image(gray))
    assert original.distances(Image(board), 4).max() < 0.4 * original.distances(Image(board)).max()
    assert original.distances(Image(wrong), 4).max() == pytest.approx(original.distances(Image(wrong)).max(), rel=1e-3)


def test_a_window_of_one_row_sees_a_streak_that_a_square_does_not():
    gray = np.full((40, 40, 3), 128, np.uint8)
    streaks = gray.copy()
    streaks[::2] += 6
    streaks[1::2] -= 6
    original = ColorErrors(Image(gray))
    streak, square = original.distances(Image(streaks), 4, rows=0), original.distances(Image(streaks), 4)
    assert streak == pytest.approx(original.distances(Image(streaks)), rel=1e-3)
    assert np.median(square) < 0.2 * np.median(streak)


def test_with_alpha_the_worse_background_counts():
    light, dark = (np.full((3, 3, 4), value, np.uint8) for value in (255, 0))
    light[..., 3] = dark[..., 3] = 128
    clear = np.zeros((3, 3, 4), np.uint8)
    original = ColorErrors(Image(clear))
    assert original.clearly_wrong(Image(light)) == original.clearly_wrong(Image(dark)) == 1.0
    assert original.clearly_wrong(Image(clear)) == 0.0


def test_threads_change_no_bit(photo):
    other = np.roll(photo, 1, axis=0)
    found = []
    for threads in (1, 3):
        with use_threads(threads):
            found.append(ColorErrors(Image(np.tile(photo, (5, 1, 1)))).distances(Image(np.tile(other, (5, 1, 1))), 3))
    assert np.array_equal(*found)


@pytest.mark.parametrize("margin", [0, 3, 40])
def test_what_is_transparent_in_both_does_not_count(margin):
    inner = np.full((4, 4, 4), 255, np.uint8)
    wrong = inner.copy()
    wrong[0, :2, :3] = 0
    before, after = (np.pad(one, ((margin, margin), (margin, margin), (0, 0))) for one in (inner, wrong))
    assert ColorErrors(Image(before)).clearly_wrong(Image(after)) == 2 / 16


@pytest.mark.parametrize("channels", [3, 4])
@pytest.mark.parametrize("radius", [0, 2])
def test_an_indexed_picture_is_compared_as_its_pixels_are(channels, radius):
    random = np.random.default_rng(channels)
    original = ColorErrors(Image(random.integers(0, 256, (9, 7, 4), np.uint8)))
    colors = random.integers(0, 256, (5, channels), np.uint8)
    if channels == 4:
        colors[:2, 3] = 0, 255
    indexed = IndexedImage(Palette(colors), random.integers(0, 5, (9, 7), np.uint8))
    image = indexed.to_image()
    assert np.array_equal(original.distances(indexed, radius), original.distances(image, radius))
    assert original.clearly_wrong(indexed) == original.clearly_wrong(image)
