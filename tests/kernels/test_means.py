"""The kernels of centroids on a grid give what NumPy does, to the bit."""

import numpy as np
from helpers import examples
from hypothesis import given, settings
from hypothesis import strategies as st

from pixmeans.kernels import means, reference


@settings(max_examples=examples(40), deadline=None)
@given(
    k=st.integers(1, 40),
    d=st.integers(1, 4),
    scale=st.sampled_from([1, 64, 1 << 14]),
    grid=st.sampled_from([1, 64]),
    heaviest=st.sampled_from([1, 1000, 2**32]),
    seed=st.integers(0, 2**32),
)
def test_centroids_are_the_references(k, d, scale, grid, heaviest, seed):
    rng = np.random.default_rng(seed)
    sums = np.zeros((k, 5), np.int64)
    sums[:, 0] = rng.integers(0, heaviest + 1, k) // k
    sums[:, 1 : 1 + d] = sums[:, :1] * rng.integers(-(2**14), 2**14, (k, d)) + rng.integers(-3, 4, (k, d)) * sums[:, :1]
    centroids = rng.integers(-(2**15), 2**15, (k, d)) / 2 / scale  # half of them between two steps
    steps = np.full((k, 4), 9, np.int16)
    means.places(centroids, scale, steps)
    assert np.array_equal(steps, reference.places(centroids, scale))
    found = np.empty((k, d))
    means.means(sums[:, 0], sums[:, 1 : 1 + d], centroids, scale, grid, found)
    assert np.array_equal(found, reference.means(sums[:, 0], sums[:, 1 : 1 + d], centroids, scale, grid))
    squares = int(rng.integers(0, 2**62))
    expected = reference.inertia(sums[:, 0], sums[:, 1:], steps, squares)
    assert (means.inertia(sums, steps, squares) - expected) % 2**64 == 0
