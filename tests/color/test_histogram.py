import time

import numpy as np
import pytest
from helpers import blobs, examples
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from pixmeans.color.histogram import Histogram, count_colors, morton_codes, rows_of
from pixmeans.kernels import histogram as kernel
from pixmeans.kernels import reference

pictures = st.sampled_from([3, 4]).flatmap(
    lambda channels: hnp.arrays(
        np.uint8,
        st.tuples(st.integers(1, 60), st.just(channels)),
        elements=st.sampled_from([0, 1, 2, 15, 16, 127, 128, 254, 255]),
    )
)


@given(pictures)
def test_counts_what_the_reference_counts(pixels):
    histogram = count_colors(pixels)
    colors, weights = reference.count_colors(pixels)
    assert np.array_equal(histogram.colors, colors)
    assert np.array_equal(histogram.weights, weights)


@pytest.mark.parametrize("channels", [3, 4])
def test_counts_a_photo(channels):
    pixels = blobs(4, 30_000, channels)
    histogram = count_colors(pixels)
    colors, weights = reference.count_colors(pixels)
    assert np.array_equal(histogram.colors, colors)
    assert np.array_equal(histogram.weights, weights)


def test_both_ways_of_counting_agree():
    pixels = blobs(5, 50_001)
    codes = np.empty((2, len(pixels)), np.uint32)
    weights = np.empty((2, len(pixels)), np.int64)
    found = [
        count(pixels, codes[way], weights[way])
        for way, count in enumerate([kernel.count_rgb_in_buckets, kernel.count_rgb_in_table])
    ]
    assert found[0] == found[1]
    assert np.array_equal(codes[0, : found[0]], codes[1, : found[0]])
    assert np.array_equal(weights[0, : found[0]], weights[1, : found[0]])


def colliding(n: int) -> np.ndarray:
    """(n, 4) uint8: different colors whose searches all begin in the first slots of the kernel's hash table."""
    inverse = pow(2654435769, -1, 2**32)  # of the multiplier of `first_slot`
    keys = np.array([hashed * inverse % 2**32 for hashed in range(n)], np.uint32)
    return keys.view(np.uint8).reshape(n, 4)


def test_colors_made_to_collide_are_counted_in_linear_time():
    n = 1 << 16
    hashes = (colliding(n).view(np.uint32).ravel().astype(np.uint64) * 2654435769 % 2**32) >> np.uint64(32 - 17)
    assert len(np.unique(hashes)) == 2  # of 2**17 slots: n^2 / 4 collisions if nothing is done
    keys, weights = np.empty(3 * n, np.uint32), np.empty(3 * n, np.int64)
    pixels = np.repeat(colliding(n), 3, axis=0)
    found, collisions = kernel.count_rgba(pixels.view(np.uint32).ravel(), keys, weights)
    assert found == n
    assert collisions <= 8 * 3 * n + 4096 + 3 * n
    random = np.random.default_rng(0).integers(0, 256, (3 * n, 4), np.uint8)
    assert kernel.count_rgba(random.view(np.uint32).ravel(), keys, weights)[1] < 2.5 * 3 * n


def test_colors_made_to_collide_are_found_again():
    pixels = np.concatenate([colliding(5000), blobs(1, 5000, 4), colliding(7000)]).reshape(50, -1, 4)
    histogram = count_colors(pixels)
    colors, weights = reference.count_colors(pixels.reshape(-1, 4))
    assert np.array_equal(histogram.colors, colors)
    assert np.array_equal(histogram.weights, weights)
    assert np.array_equal(histogram.colors[rows_of(pixels, histogram)], pixels)
    labels = (np.arange(len(histogram)) % 251).astype(np.uint8)
    indices = np.empty(pixels[..., 0].size, np.uint8)
    keys = histogram.colors.view(np.uint32).ravel()
    assert kernel.look_up_rgba(pixels.view(np.uint32).ravel(), keys, labels, indices)
    assert np.array_equal(indices, labels[rows_of(pixels, histogram).ravel()])
    missing = pixels.copy()
    missing[0, 0] = (1, 2, 3, 4)
    with pytest.raises(ValueError, match="a color is missing"):
        rows_of(missing, histogram)


def test_looking_up_colors_made_to_collide_takes_hardly_longer():
    n = 1 << 17  # 5 s a search when collisions were quadratic, 3 ms for random colors
    seconds = {}
    for name, colors in (
        ("made", colliding(n)),
        ("random", np.arange(n, dtype=np.uint32).view(np.uint8).reshape(n, 4)),
    ):
        histogram = count_colors(colors)
        pixels = colors.reshape(1, n, 4)
        began = time.perf_counter()
        rows_of(pixels, histogram)
        seconds[name] = time.perf_counter() - began
    assert seconds["made"] < 100 * seconds["random"]


def test_one_color_a_million_times():
    histogram = count_colors(np.full((1000, 1000, 3), 7, np.uint8))
    assert histogram.colors.tolist() == [[7, 7, 7]]
    assert histogram.weights.tolist() == [1_000_000]


@pytest.mark.slow
def test_every_color_once():
    every = np.arange(1 << 24, dtype=np.uint32)
    pixels = np.stack([every >> 16, every >> 8, every], axis=1).astype(np.uint8)
    histogram = count_colors(pixels)
    assert len(histogram) == 1 << 24
    assert (histogram.weights == 1).all()
    assert np.array_equal(histogram.codes, every)  # in Morton order the codes are 0, 1, 2, ...


@pytest.mark.slow
@given(pictures, st.integers(0, 60))
def test_the_histogram_of_two_pictures_is_the_sum_of_theirs(pixels, cut):
    cut = min(max(cut, 1), len(pixels) - 1)
    if cut < 1:
        return
    both = count_colors(pixels[:cut]) + count_colors(pixels[cut:])
    whole = count_colors(pixels)
    assert np.array_equal(both.colors, whole.colors)
    assert np.array_equal(both.weights, whole.weights)


def test_histograms_of_different_channels_do_not_add():
    with pytest.raises(ValueError, match="3 and 4 channels"):
        count_colors(np.zeros((1, 3), np.uint8)) + count_colors(np.zeros((1, 4), np.uint8))


@settings(max_examples=examples(30))
@given(pictures)
def test_codes_are_those_of_the_reference_and_ascend(pixels):
    histogram = count_colors(pixels)
    assert np.array_equal(histogram.codes, reference.morton_codes(histogram.colors))
    assert (np.diff(histogram.codes.astype(np.int64)) > 0).all()
    assert np.array_equal(Histogram(histogram.colors, histogram.weights).codes, histogram.codes)


def test_morton_code_by_hand():
    # red 0b10, green 0b01, blue 0b11 -> bit 1: r1 g0 b1, bit 0: r0 g1 b1 -> 0b101011
    assert morton_codes(np.array([[2, 1, 3]], np.uint8)).tolist() == [0b101011]
