"""Which color of a histogram a pixel has, and what the pixels of each weigh together."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from pixmeans.color.histogram import count_colors, rows_of, weight_sums
from pixmeans.image import Image
from pixmeans.quantize.prepared import PreparedImage


@given(arrays(np.uint8, st.tuples(st.integers(1, 7), st.integers(1, 9), st.integers(3, 4)), elements=st.integers(0, 3)))
def test_rows_name_the_color_of_each_pixel(pixels):
    histogram = count_colors(pixels)
    assert np.array_equal(histogram.colors[rows_of(pixels, histogram)], pixels)


@pytest.mark.parametrize("channels", [3, 4])
def test_weights_are_added_by_color(channels):
    pixels = np.random.default_rng(channels).integers(0, 4, (13, 17, channels), np.uint8)
    levels = np.random.default_rng(9).integers(0, 1 << 16, (13, 17), np.uint16)
    histogram = count_colors(pixels)
    found = weight_sums(histogram, pixels, levels)
    expected = np.bincount(rows_of(pixels, histogram).ravel(), levels.ravel())
    assert np.array_equal(found, expected)
    assert np.array_equal(weight_sums(histogram, pixels, levels, rows_of(pixels, histogram)), expected)


def test_a_weight_is_at_least_one_and_their_sum_never_too_large():
    pixels = np.arange(300, dtype=np.uint8).reshape(1, 100, 3)
    histogram = count_colors(pixels)
    assert (histogram.weighing(np.zeros(100, np.int64)).weights == 1).all()
    assert (histogram.weighing(np.full(100, 1 << 40)).weights == 1 << 25).all()
    assert histogram.weighing(np.full(100, 7)).total == 700


def test_a_picture_that_is_not_the_histograms_is_refused():
    pixels = np.zeros((2, 2, 4), np.uint8)
    with pytest.raises(ValueError, match="a color is missing"):
        rows_of(pixels + 1, count_colors(pixels))


def test_masked_colors_weigh_more_where_the_picture_is_flat():
    pixels = np.full((32, 64, 3), 120, np.uint8)
    pixels[:, 32:] = np.random.default_rng(0).integers(60, 180, (32, 32, 1), np.uint8)
    pixels[0, 0] = 119
    counted = PreparedImage(Image(pixels))
    flat = int(np.flatnonzero((counted.visible.colors == 120).all(axis=1))[0])
    masked = counted.weighted(masks=True, cap=None)
    share = masked.weights[flat] / masked.total
    assert share > 1.3 * counted.visible.weights[flat] / counted.visible.total
