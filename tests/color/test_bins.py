"""Bins of colors: the kernels are what reference.py says, at any number of threads, and sums are exact."""

from unittest import mock

import numpy as np
import pytest
from helpers import blobs, examples
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from pixmeans.clustering.points import THREAD_SHARE
from pixmeans.color import bins as bins_of_colors
from pixmeans.color.bins import LEVELS, count_bins
from pixmeans.color.spaces import SPACES
from pixmeans.kernels import reference
from pixmeans.parallel import use_threads

PICTURES = arrays(np.uint8, st.tuples(st.integers(1, 7), st.integers(1, 9), st.sampled_from([3, 4])))
THRESHOLDS = st.one_of(st.none(), st.integers(1, 255))


def visible(pixels, threshold):
    """(n, 4) the pixels that are not transparent, with the alpha that they are taken for."""
    rgba = pixels.reshape(-1, pixels.shape[2])
    if rgba.shape[1] == 3:
        return np.insert(rgba, 3, 255, axis=1)
    rgba = rgba.copy()
    if threshold is not None:
        rgba[:, 3] = np.where(rgba[:, 3] < threshold, 0, 255)
    return rgba[rgba[:, 3] > 0]


@pytest.mark.slow
@settings(max_examples=examples(50))
@given(PICTURES, THRESHOLDS)
def test_bins_are_those_of_the_reference(pixels, threshold):
    bins, shown = count_bins(pixels, threshold), visible(pixels, threshold)
    codes, sums = reference.bin_sums(shown)
    assert np.array_equal(bins.codes, codes)
    assert np.array_equal(bins.sums, sums)
    assert bins.transparent == pixels.shape[0] * pixels.shape[1] - len(shown)
    assert bins.apart == np.count_nonzero(codes < LEVELS << 15)


@pytest.mark.slow
@settings(max_examples=examples(50))
@given(PICTURES, THRESHOLDS, st.data())
def test_a_pixel_gets_the_entry_of_its_bin(pixels, threshold, data):
    bins = count_bins(pixels, threshold)
    entries = data.draw(arrays(np.uint8, len(bins)))
    transparent = data.draw(st.integers(0, 255))
    expected = np.full(pixels.shape[0] * pixels.shape[1], transparent, np.uint8)
    shown = visible(pixels, threshold)
    seen = pixels.shape[2] == 3 or pixels[..., 3].ravel() >= (1 if threshold is None else threshold)
    expected[seen] = entries[np.searchsorted(bins.codes, reference.bin_codes(shown))]
    assert np.array_equal(bins.remap(pixels, entries, transparent).ravel(), expected)


@pytest.mark.slow
@settings(max_examples=examples(20))
@given(st.integers(0, 99), st.sampled_from([3, 4]), st.integers(1, 90), st.integers(1, 20))
def test_boxes_are_those_of_the_reference(seed, channels, count, k):
    pixels = blobs(seed, count, channels, spread=5 + seed)[None]
    bins = count_bins(pixels)
    if len(bins):
        assert np.array_equal(bins.boxes(k), reference.cut_bins(bins.codes.astype(np.int64), bins.sums, bins.apart, k))


@pytest.mark.slow
@settings(max_examples=examples(50))
@given(PICTURES, st.integers(1, 9))
def test_boxes_part_the_bins_into_at_most_k_and_keep_opaque_ones_apart(pixels, k):
    bins = count_bins(pixels)
    labels = bins.boxes(k)
    assert len(np.unique(labels)) == (labels.max(initial=-1) + 1) <= min(k, len(bins))
    if k >= len(bins):
        assert len(np.unique(labels)) == len(bins)
    if k > 1:
        assert not set(labels[: bins.apart]) & set(labels[bins.apart :])


@pytest.mark.slow
@pytest.mark.parametrize("channels", [3, 4])
@pytest.mark.parametrize("odd", [-1, 0, 1, 7])
def test_the_number_of_threads_changes_nothing(channels, odd):
    pixels = blobs(3, 2 * THREAD_SHARE + odd, channels)[None]
    found = []
    for threads in (1, 2, 3):
        with use_threads(threads):
            bins = count_bins(pixels)
            found.append((bins.codes, bins.sums, bins.remap(pixels, (bins.codes % 251).astype(np.uint8), 3)))
    for others in found[1:]:
        assert all(np.array_equal(one, other) for one, other in zip(found[0], others, strict=True))


@pytest.mark.slow
@settings(max_examples=examples(20))
@given(PICTURES, st.integers(6, 30))
def test_tables_of_parts_add_up_to_that_of_the_whole(pixels, most):
    found = []
    for limit in (most, bins_of_colors.MOST):
        with mock.patch.object(bins_of_colors, "MOST", limit):
            bins = count_bins(pixels)
            entries = (bins.codes % 251).astype(np.uint8)
            found.append((bins.codes, bins.sums, bins.transparent, bins.remap(pixels, entries, 3)))
    assert all(np.array_equal(one, other) for one, other in zip(*found, strict=True))


@pytest.mark.slow
@settings(max_examples=examples(50))
@given(PICTURES)
def test_points_are_the_means_of_bins_in_srgb(pixels):
    bins = count_bins(pixels)
    for rows in (slice(0, bins.apart), slice(bins.apart, len(bins))):
        if rows.start < rows.stop:
            points = bins.points(rows)
            labels = np.arange(len(points), dtype=np.int32)
            assert np.abs(points.values - bins.means(rows, labels, len(points))).max() <= 1 / 64
            found, _ = points.assign(points.values)
            assert np.array_equal(points.values[found], points.values)


@pytest.mark.slow
@settings(max_examples=examples(50))
@given(arrays(np.uint8, 4))
def test_the_point_of_a_color_is_that_of_its_space(color):
    bins = count_bins(color[None, None])
    if color[3] > 0:
        shown = color if color[3] < 255 else color[:3]
        expected = SPACES["rgb"].to_grid(shown[None])
        assert np.abs(bins.points(slice(0, 1)).coordinates[:, : len(shown)] - expected).max() <= 1
        assert np.array_equal(bins.colors(np.zeros(1, np.int32), 1)[0], color)


def test_colors_are_exact_means_rounded_half_up():
    pixels = np.array([[[8, 0, 15], [9, 0, 15]]], np.uint8)
    bins = count_bins(pixels)
    assert bins.colors(np.zeros(len(bins), np.int32), 2).tolist() == [[9, 0, 15, 255], [0, 0, 0, 0]]


def test_what_is_no_picture_is_refused():
    bins = count_bins(np.zeros((2, 3, 3), np.uint8))
    for pixels in (np.zeros((2, 3), np.uint8), np.zeros((2, 3, 3), np.int8), np.zeros((2, 6, 3), np.uint8)[:, ::2]):
        with pytest.raises(ValueError, match="contiguous"):
            count_bins(pixels)
    with pytest.raises(ValueError, match="contiguous"):
        bins.remap(np.zeros((2, 3, 4), np.uint8), np.zeros(1, np.uint8))
    with pytest.raises(ValueError, match=r"entries must be \(1,\) uint8"):
        bins.remap(np.zeros((2, 3, 3), np.uint8), np.zeros(2, np.uint8))
    with pytest.raises(ValueError, match="k must be at least 1"):
        bins.boxes(0)
