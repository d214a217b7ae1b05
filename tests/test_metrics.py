import numpy as np
import pytest

from pixmeans import metrics
from pixmeans.histogram import count_colors


def test_mse_sums_over_channels_and_weighs_by_pixels():
    histogram = count_colors(np.array([[0, 0, 0], [0, 0, 0], [0, 0, 0], [10, 10, 10]], np.uint8))
    replaced = np.array([[1, 2, 0], [10, 10, 13]], np.uint8)
    assert metrics.mse(histogram, replaced) == (3 * 5 + 9) / 4


def test_mse_with_alpha_is_the_mean_over_black_and_white():
    histogram = count_colors(np.array([[255, 255, 255, 255]], np.uint8))
    # Over black white becomes black, over white nothing changes.
    assert metrics.mse(histogram, np.array([[0, 0, 0, 0]], np.uint8)) == 3 * 255**2 / 2


def test_mse_of_opaque_colors_is_the_same_with_and_without_alpha():
    colors = np.random.default_rng(1).integers(0, 256, (50, 4)).astype(np.uint8)
    colors[:, 3] = 255
    with_alpha, without = count_colors(colors), count_colors(colors[:, :3])
    replaced = np.roll(with_alpha.colors, 1, axis=0)
    expected = np.mean(
        ((with_alpha.colors[:, :3].astype(float) - replaced[:, :3]) ** 2).sum(axis=1)
    )  # every color once
    assert metrics.mse(with_alpha, replaced) == pytest.approx(expected)
    assert len(with_alpha) == len(without)


def test_psnr_by_hand():
    assert metrics.psnr(3 * 255**2) == 0
    assert metrics.psnr(3 * 255**2 / 1000) == pytest.approx(30)
    assert metrics.psnr(0) is None
