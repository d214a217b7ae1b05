import numpy as np
import pytest
from helpers import blobs, examples
from hypothesis import given, settings
from hypothesis import strategies as st

from pixmeans.color.histogram import count_colors
from pixmeans.color.spaces import SPACES
from pixmeans.quantize import rounding


@settings(max_examples=examples(40), deadline=None)
@given(
    n=st.sampled_from([3, 20, 300]),
    k=st.sampled_from([1, 2, 3, 16, 100]),
    channels=st.sampled_from([3, 4]),
    name=st.sampled_from(sorted(SPACES)),
    seed=st.integers(0, 100),
    polish=st.booleans(),
)
def test_exactly_k_distinct_colors_whatever_the_centroids(n, k, channels, name, seed, polish):
    pixels = blobs(seed, n, channels, spread=5)
    if channels == 4:
        pixels = pixels[pixels[:, 3] > 0]
    histogram = count_colors(pixels)
    space = SPACES[name]
    points = space.points(histogram)
    k = min(k, len(histogram))
    # All centroids nearly the same: rounding makes one color of them.
    centroids = np.repeat(points.values[:1], k, axis=0)
    colors, labels, _ = rounding.finish(histogram, points, space, centroids, k, polish=polish)
    assert len(colors) == k == len(np.unique(colors, axis=0))
    assert labels.shape == (len(histogram),)
    assert 0 <= labels.min() <= labels.max() < k


@pytest.mark.parametrize("name", SPACES)
def test_a_color_that_is_an_entry_keeps_its_color(name):
    histogram = count_colors(blobs(3, 4000))
    space = SPACES[name]
    points = space.points(histogram)
    colors, labels, _ = rounding.finish(histogram, points, space, points.values[::100], 20, polish=False)
    entries = {bytes(color) for color in colors}
    for color, label in zip(histogram.colors, labels, strict=True):
        if bytes(color) in entries:
            assert bytes(colors[label]) == bytes(color)


def test_opaque_colors_stay_opaque():
    # One translucent color between many opaque ones pulls no entry below 255.
    pixels = blobs(4, 3000, 4)
    pixels[:, 3] = np.where(np.arange(3000) % 3 == 0, 250, 255)
    histogram = count_colors(pixels)
    space = SPACES["rgb"]
    points = space.points(histogram)
    colors, labels, _ = rounding.finish(
        histogram, points, space, points.values[:: len(points) // 8][:8], 8, polish=True
    )
    opaque = histogram.colors[:, 3] == 255
    assert (colors[labels[opaque], 3] == 255).all()


def test_no_visible_color_becomes_fully_transparent():
    pixels = np.array([[10, 10, 10, 1], [200, 10, 10, 1], [10, 200, 10, 2], [5, 5, 5, 255]], np.uint8)
    histogram = count_colors(pixels)
    space = SPACES["rgb"]
    points = space.points(histogram)
    colors, _, _ = rounding.finish(histogram, points, space, np.zeros((2, 4)), 2, polish=True)
    assert (colors[:, 3] > 0).all()
