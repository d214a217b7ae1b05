"""The kernels of what clusters have in common give what NumPy does."""

import numpy as np
import pytest
from helpers import examples
from hypothesis import given, settings
from hypothesis import strategies as st

from pixmeans.image import Image, IndexedImage, Palette
from pixmeans.kernels import reference, relations
from pixmeans.metrics import mse_between


@settings(max_examples=examples(40), deadline=None)
@given(
    n=st.integers(1, 300),
    k=st.integers(1, 40),
    channels=st.sampled_from([3, 4]),
    levels=st.sampled_from([1, 2, 256]),
    seed=st.integers(0, 2**32),
)
def test_relations_are_the_references(n, k, channels, levels, seed):
    rng = np.random.default_rng(seed)
    colors = rng.integers(0, levels, (n, channels)).astype(np.uint8)
    weights = rng.integers(1, 2**40, n)
    labels = rng.integers(0, k, n).astype(np.int32)
    sizes, equal = np.zeros(k, np.int64), np.zeros((k, 3), np.int64)
    fixed, values = np.empty((k, channels), np.uint8), np.zeros((k, channels), np.uint8)
    relations.relations(colors, weights, labels, sizes, equal, fixed, values)
    expected = reference.relations(colors, weights, labels, k)
    assert np.array_equal(sizes, expected[0])
    assert np.array_equal(equal, expected[1])
    assert np.array_equal(fixed, expected[2])
    for j in np.unique(labels):
        assert np.array_equal(values[j], colors[labels == j][0])


@settings(max_examples=examples(20), deadline=None)
@given(n=st.integers(0, 200), d=st.integers(1, 4), seed=st.integers(0, 2**32))
def test_moments_are_sums_of_powers(n, d, seed):
    rng = np.random.default_rng(seed)
    points, weights = rng.integers(-(2**14), 2**14, (n, d)).astype(np.int16), rng.integers(1, 2**20, n)
    sums = np.empty(d, np.int64)
    squares = relations.moments(points, weights, sums)
    wide = points.astype(np.int64)
    assert np.array_equal(sums, (wide * weights[:, None]).sum(axis=0))
    assert squares == int((wide * wide * weights[:, None]).sum())


@pytest.mark.parametrize("k", [1, 2, 256])
def test_the_error_of_indices_is_that_of_their_pixels(k):
    rng = np.random.default_rng(k)
    pixels = Image(rng.integers(0, 256, (40, 31, 3)).astype(np.uint8))
    palette = Palette(rng.integers(0, 256, (k, 3)).astype(np.uint8))
    indexed = IndexedImage(palette, rng.integers(0, k, (40, 31)).astype(np.uint8))
    assert mse_between(pixels, indexed) == mse_between(pixels, indexed.to_image())
