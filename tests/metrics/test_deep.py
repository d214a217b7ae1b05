"""Pictures that have more than their 8-bit pixels: lower bits, and colors outside sRGB."""

import numpy as np
import pytest
from helpers import examples
from hypothesis import given, settings
from hypothesis import strategies as st

from pixmeans import metrics
from pixmeans.image import Image

MEASURES = (metrics.mse_between, metrics.ssim, metrics.ms_ssim, metrics.ssimulacra2)


def pair(seed, channels, shape=(24, 31)):
    rng = np.random.default_rng(seed)
    one = rng.integers(0, 256, (*shape, channels), np.uint8)
    other = np.clip(one.astype(int) + rng.integers(-9, 10, one.shape), 0, 255).astype(np.uint8)
    return one, other


@pytest.mark.slow
@pytest.mark.parametrize("channels", [3, 4])
@given(seed=st.integers(0, 99))
@settings(max_examples=examples(10), deadline=None)
def test_a_rest_of_nothing_changes_nothing(channels, seed):
    one, other = pair(seed, channels)
    deep = Image(one, rest=np.zeros((*one.shape[:2], 3), np.int16))
    for measure in MEASURES:
        assert measure(deep, Image(other)) == pytest.approx(measure(Image(one), Image(other)), abs=2e-3)
        assert measure(deep, deep) == measure(Image(one), Image(one))
    found, wanted = metrics.oklab_error(deep, Image(other)), metrics.oklab_error(Image(one), Image(other))
    assert found.mean == pytest.approx(wanted.mean, abs=2e-3)


@given(st.integers(0, 99), st.sampled_from([3, 4]), st.integers(0, 8000))
@settings(max_examples=examples(25), deadline=None)
def test_the_error_counts_what_is_beyond(seed, channels, most):
    one, other = pair(seed, channels)
    rest = np.random.default_rng(seed).integers(-most, most + 1, (*one.shape[:2], 3)).astype(np.int16)
    a, b = one.astype(float), other.astype(float)
    a[..., :3] += rest / 257
    alphas = [x[..., 3:] / 255 if channels == 4 else 1.0 for x in (a, b)]
    black = a[..., :3] * alphas[0] - b[..., :3] * alphas[1]
    white = black - 255.0 * (alphas[0] - alphas[1])
    wanted = ((black**2).sum(axis=2) + (white**2).sum(axis=2)).mean() / 2
    deep = Image(one, rest=rest)
    assert metrics.mse_between(deep, Image(other)) == pytest.approx(wanted, rel=1e-9)
    assert metrics.mse_between(Image(other), deep) == pytest.approx(wanted, rel=1e-9)


def test_colors_farther_outside_are_seen_as_a_larger_loss():
    red = np.zeros((40, 40, 3), np.uint8)
    red[..., 0] = 255
    red[10:30, 10:30] = [200, 40, 40]
    scores, errors = [], []
    for far in (0, 1000, 4000, 12000):
        rest = np.zeros(red.shape, np.int16)
        rest[red[..., 0] == 255] = [far, -far, -far // 2]
        original = metrics.Reference(Image(red, rest=rest))
        scores.append(original.ssimulacra2(Image(red)))
        errors.append(original.oklab_error(Image(red)).mean)
    assert scores == sorted(scores, reverse=True)
    assert scores[0] == 100 > scores[1] > scores[-1]
    assert errors == sorted(errors)
    assert errors[0] == 0 < errors[1] < errors[-1]


def test_sums_of_the_largest_differences_do_not_overflow():
    white = np.full((300, 300, 4), 255, np.uint8)
    rest = np.full((300, 300, 3), 32767, np.int16)
    black = np.zeros((300, 300, 4), np.uint8)
    black[..., 3] = 255
    assert metrics.mse_between(Image(white, rest=rest), Image(black)) == pytest.approx(3 * (255 + 32767 / 257) ** 2)
