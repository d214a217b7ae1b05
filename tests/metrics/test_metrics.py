from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import pixmeans as pm
from pixmeans import metrics
from pixmeans.color.histogram import count_colors
from pixmeans.color.spaces import SPACES
from pixmeans.image import Image


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


def image(*rows: list[tuple[int, ...]]) -> Image:
    return Image(np.array(rows, np.uint8))


def test_mse_between_by_hand():
    a = image([(0, 0, 0), (10, 20, 30)], [(255, 255, 255), (1, 1, 1)])
    b = image([(1, 2, 3), (10, 20, 30)], [(0, 255, 255), (1, 1, 1)])
    assert metrics.mse_between(a, b) == metrics.mse_between(b, a) == (1 + 4 + 9 + 255**2) / 4
    assert metrics.psnr_between(a, b) == metrics.psnr((14 + 255**2) / 4)
    assert metrics.psnr_between(a, a) is None


@pytest.mark.slow
@pytest.mark.parametrize("name", ["photo", "photo_with_alpha"])
def test_mse_between_is_what_compress_reports(name, request):
    source = request.getfixturevalue(name)
    result = pm.compress(source, 9)
    assert metrics.mse_between(result.original, result.indexed.to_image()) == pytest.approx(result.mse, rel=1e-12)


def test_an_opaque_alpha_channel_changes_no_number(photo):
    opaque = np.dstack([photo, np.full(photo.shape[:2], 255, np.uint8)])
    other = Image(photo[::-1])
    for measure in (metrics.mse_between, metrics.ssim, metrics.ms_ssim, metrics.ssimulacra2, metrics.oklab_error):
        assert measure(Image(opaque), other) == measure(Image(photo), other)
        assert measure(other, Image(opaque)) == measure(other, Image(photo))


def test_what_nobody_can_see_counts_for_nothing(photo_with_alpha):
    hidden = photo_with_alpha.copy()
    hidden[hidden[..., 3] == 0] = (90, 80, 70, 0)
    a, b = Image(photo_with_alpha), Image(hidden)
    assert metrics.mse_between(a, b) == 0
    assert metrics.oklab_error(a, b).maximum == 0
    assert (metrics.ssim(a, b), metrics.ms_ssim(a, b), metrics.ssimulacra2(a, b)) == (1, 1, 100)


def test_the_worse_background_counts():
    # Black becomes transparent: the same over black, the largest difference over white.
    opaque, clear = image([(0, 0, 0, 255)] * 12), image([(0, 0, 0, 0)] * 12)
    assert metrics.error_map(opaque, clear) == pytest.approx(np.ones((1, 12)), abs=1e-4)
    assert metrics.mse_between(opaque, clear) == 3 * 255**2 / 2  # the mean of both
    over_white = [Image(np.full((1, 12, 3), value, np.uint8)) for value in (0, 255)]
    assert metrics.ssim(opaque, clear) == metrics.ssim(*over_white)


@pytest.mark.parametrize(
    "measure", ["mse_between", "psnr_between", "error_map", "oklab_error", "ssim", "ms_ssim", "ssimulacra2"]
)
def test_other_sizes_are_refused_in_one_line(measure):
    a, b = Image(np.zeros((20, 30, 3), np.uint8)), Image(np.zeros((30, 20, 4), np.uint8))
    with pytest.raises(ValueError, match=r"^pictures to compare must have one size, got 30x20 and 20x30$"):
        getattr(metrics, measure)(a, b)


def test_error_map_is_the_distance_in_oklab():
    # B. Ottosson's own numbers for red and blue, from "A perceptual color space for image processing".
    red, blue = (0.62796, 0.22486, 0.12585), (0.45201, -0.03246, -0.31153)
    expected = sum((x - y) ** 2 for x, y in zip(red, blue, strict=True)) ** 0.5
    a, b = image([(255, 0, 0), (9, 9, 9)]), image([(0, 0, 255), (9, 9, 9)])
    assert metrics.error_map(a, b) == pytest.approx(np.array([[expected, 0]]), abs=2e-4)


@pytest.mark.slow
@pytest.mark.parametrize("shape", [(1, 70_000), (70_000, 1), (300, 500)])
def test_large_pictures_are_measured_in_bands(shape):
    a, b = np.random.default_rng(4).integers(0, 256, (2, *shape, 3), np.uint8)
    differences = a.astype(float) - b
    assert metrics.mse_between(Image(a), Image(b)) == pytest.approx((differences**2).sum() / (shape[0] * shape[1]))
    errors = metrics.error_map(Image(a), Image(b))
    steps = [SPACES["oklab"].to_grid(pixels.reshape(-1, 3)) / 2.0**14 for pixels in (a, b)]
    assert errors == pytest.approx(np.sqrt(((steps[0] - steps[1]) ** 2).sum(axis=1)).reshape(shape))
    assert metrics.oklab_error(Image(a), Image(b)).mean == pytest.approx(errors.mean(), rel=1e-8)


def test_oklab_error_counts_pixels():
    pixels = np.zeros((10, 20, 3), np.uint8)
    other = pixels.copy()
    other[0, :11] = 255  # 11 of 200 pixels: more than 5 %
    error = metrics.oklab_error(Image(pixels), Image(other))
    assert error.p95 == error.p99 == error.maximum == pytest.approx(1, abs=1e-4)
    assert error.mean == pytest.approx(11 / 200, abs=1e-5)
    other[0, 1:11] = 0
    error = metrics.oklab_error(Image(pixels), Image(other))
    assert (error.p95, error.p99) == (0, 0)
    assert error.maximum == pytest.approx(1, abs=1e-4)


@pytest.mark.slow
def test_a_reference_says_what_the_functions_say(photo, photo_with_alpha):
    a, others = Image(photo[:50, :70]), [Image(photo[10:, 10:]), Image(photo_with_alpha)]
    for original in (a, others[1]):
        reference = metrics.Reference(original)
        for other in (*others, *others):
            assert reference.mse(other) == metrics.mse_between(original, other)
            assert reference.psnr(other) == metrics.psnr_between(original, other)
            assert reference.oklab_error(other) == metrics.oklab_error(original, other)
            assert (reference.error_map(other) == metrics.error_map(original, other)).all()
            assert reference.ssim(other) == metrics.ssim(original, other)
            assert reference.ms_ssim(other) == metrics.ms_ssim(original, other)
            assert reference.ssimulacra2(other) == metrics.ssimulacra2(original, other)


@pytest.mark.slow
def test_threads_change_no_bit(photo):
    reference = metrics.Reference(Image(photo))
    others = [Image(photo // step * step) for step in range(2, 18)]
    expected = [reference.ssimulacra2(other) for other in others]
    assert len(set(expected)) == len(others)
    with ThreadPoolExecutor(4) as pool:
        fresh = metrics.Reference(Image(photo))
        assert list(pool.map(fresh.ssimulacra2, others)) == expected
