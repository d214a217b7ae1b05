import numpy as np
import pytest

from pixmeans import metrics
from pixmeans.histogram import count_colors


def test_mse_sums_over_channels_and_weighs_by_pixels():
    histogram = count_colors(np.array([[0, 0, 0], [0, 0, 0], [0, 0, 0], [10, 10, 10]], np.uint8))
    palette = np.array([[10, 10, 13], [1, 2, 0]], np.uint8)
    assert metrics.mse(histogram, palette, np.array([1, 0], np.int32)) == (3 * 5 + 9) / 4


def test_mse_with_alpha_is_the_mean_over_black_and_white():
    histogram = count_colors(np.array([[255, 255, 255, 255]], np.uint8))
    # Over black white becomes black, over white nothing changes.
    assert metrics.mse(histogram, np.zeros((1, 4), np.uint8), np.zeros(1, np.int32)) == 3 * 255**2 / 2


def test_mse_of_opaque_colors_is_the_same_with_and_without_alpha():
    rng = np.random.default_rng(1)
    colors, palette = rng.integers(0, 256, (2, 50, 4)).astype(np.uint8)
    colors[:, 3] = palette[:, 3] = 255
    labels = rng.integers(0, 50, 50).astype(np.int32)
    with_alpha, without = count_colors(colors), count_colors(colors[:, :3])
    expected = ((without.colors.astype(float) - palette[labels, :3]) ** 2).sum(axis=1).mean()
    assert metrics.mse(without, palette[:, :3], labels) == pytest.approx(expected)
    order = [with_alpha.colors[:, :3].tolist().index(color) for color in without.colors.tolist()]
    back = np.empty(50, np.int32)
    back[order] = labels
    assert metrics.mse(with_alpha, palette, back) == pytest.approx(expected)


def test_psnr_by_hand():
    assert metrics.psnr(3 * 255**2) == 0
    assert metrics.psnr(3 * 255**2 / 1000) == pytest.approx(30)
    assert metrics.psnr(0) is None
