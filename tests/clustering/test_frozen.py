"""Centroids that never move: pinned colors, and those that protect small ones."""

import numpy as np
import pytest
from helpers import blobs, examples
from hypothesis import given, settings
from hypothesis import strategies as st

from pixmeans.clustering import seeding, split_merge
from pixmeans.clustering.kmeans import kmeans
from pixmeans.clustering.points import Points
from pixmeans.color.histogram import count_colors
from pixmeans.color.spaces import SPACES
from pixmeans.quantize import rounding


def test_a_frozen_centroid_by_hand():
    # 5 never moves and keeps 4; the other goes to the mean of 0 and 1.
    points = Points(np.array([[0.0], [1.0], [4.0]]))
    frozen = np.array([True, False])
    result = kmeans(points, np.array([[5.0], [0.0]]), frozen=frozen)
    assert result.centroids.ravel().tolist() == [5, 0.5]
    assert result.inertia == 1.5


def test_a_frozen_centroid_without_points_is_not_refilled():
    points = Points(np.array([[0.0], [1.0], [4.0]]))
    start = np.array([[99.0], [0.0], [98.0]])
    result = kmeans(points, start, frozen=np.array([True, False, False]))
    assert result.centroids[0, 0] == 99
    assert result.inertia == 0.5


@pytest.mark.slow
@settings(max_examples=examples(25), deadline=None)
@given(name=st.sampled_from(["rgb", "oklab"]), k=st.sampled_from([2, 7, 24]), seed=st.integers(0, 99), data=st.data())
def test_whatever_is_frozen_stays_through_all_searches(name, k, seed, data):
    points = SPACES[name].points(count_colors(blobs(seed, 3000)))
    frozen = np.array(data.draw(st.lists(st.booleans(), min_size=k, max_size=k)))
    start = seeding.pca(points, k)
    start[frozen] = points.values[:: len(points) // k][:k][frozen]
    for end in (
        split_merge.improved(points, start, frozen=frozen),
        split_merge.glide(points, start, 1e-4, frozen),
        kmeans(points, start, frozen=frozen).centroids,
    ):
        assert np.array_equal(end[frozen], start[frozen])
        assert points.sums(end).inertia <= points.sums(start).inertia


@pytest.mark.slow
@pytest.mark.parametrize("name", ["rgb", "oklab"])
def test_nothing_frozen_is_the_plain_run(name):
    points = SPACES[name].points(count_colors(blobs(8, 5000)))
    start = seeding.pca(points, 12)
    none = np.zeros(12, np.bool_)
    assert np.array_equal(split_merge.improved(points, start, frozen=none), split_merge.improved(points, start))
    assert np.array_equal(kmeans(points, start, frozen=none).centroids, kmeans(points, start).centroids)


@pytest.mark.parametrize("name", ["rgb", "oklab"])
@pytest.mark.parametrize("channels", [3, 4])
def test_frozen_colors_come_first_and_exactly_in_the_palette(name, channels):
    pixels = blobs(5, 4000, channels)
    if channels == 4:
        pixels = pixels[pixels[:, 3] > 0]
    histogram = count_colors(pixels)
    space = SPACES[name]
    points = space.points(histogram)
    pins = np.array([[255, 127, 0, 255], [1, 2, 3, 255], [255, 127, 0, 255]], np.uint8)[:, :channels]
    start = np.concatenate([points.values[::500][:6], space.palette_points(pins)])
    frozen = np.arange(len(start)) >= 6
    colors, labels, _ = rounding.finish(histogram, points, space, start, len(start), polish=True, frozen=frozen)
    assert colors[:2].tolist() == pins[:2].tolist()  # the one asked for twice is there once
    assert len(colors) == len(start) == len(np.unique(colors, axis=0))
    assert labels.max() < len(colors)
