"""The cheapest words of blocks: as the definition says, at any number of threads, and k-means of them goes downhill."""

from itertools import pairwise

import numpy as np
import pytest
from helpers import examples
from hypothesis import given, settings
from hypothesis import strategies as st

from pixmeans.alternatives.blocks import Blocks
from pixmeans.clustering.kmeans import kmeans
from pixmeans.kernels import blocks as kernel
from pixmeans.kernels import reference
from pixmeans.parallel import use_threads


def some(n, d, lead, seed, reach=2040):
    random = np.random.default_rng(seed)
    coordinates = random.integers(0, reach + 1, (n, d)).astype(np.int16)
    return Blocks(coordinates, random.integers(1, 9, n), lead)


@settings(deadline=None, max_examples=examples(60))
@given(
    n=st.integers(1, 60),
    d=st.sampled_from([4, 12, 16, 48]),
    k=st.integers(1, 40),
    reach=st.sampled_from([1, 3, 40, 2040]),  # few values: many ties
    dear=st.sampled_from([0, 5, 10**7]),
    seed=st.integers(0, 999),
)
def test_words_are_what_the_definition_says(n, d, k, reach, dear, seed):
    random = np.random.default_rng(seed)
    points = some(n, d, d if d in (4, 16) else d // 3, seed, reach)
    words = random.integers(0, reach + 1, (k, d)).astype(np.float64)
    costs = random.integers(0, dear + 1, k)
    labels, sums = points.assign(words, costs)
    assert np.array_equal(labels, reference.cheapest_words(points.coordinates, words.astype(np.int64), costs))
    weights, totals = reference.cluster_sums(points.coordinates.astype(np.int64), points.counts, labels, k)
    assert np.array_equal(sums.weights, weights)
    assert np.array_equal(sums.totals, totals)
    away = points.values - words[labels]
    assert sums.inertia == float((points.counts * (away * away).sum(axis=1)).sum())


def test_threads_change_nothing():
    points, words = some(30_000, 12, 4, 1), some(50, 12, 4, 2).values
    found = []
    for threads in (1, 2, 5):
        with use_threads(threads):
            labels, sums = points.assign(words)
        found.append((labels.tobytes(), sums.totals.tobytes(), sums.inertia))
    assert found[0] == found[1] == found[2]


@pytest.mark.parametrize("d", [12, 48])
def test_the_projects_kmeans_takes_blocks_and_goes_downhill(d):
    points = some(500, d, d // 3, d)
    history = kmeans(points, points.values[:20], max_iterations=30).history
    assert len(history) > 2
    assert all(later <= earlier for earlier, later in pairwise(history))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"heads": np.zeros(2, np.int32)}, "heads must have length 3"),
        ({"words": np.zeros((0, 4), np.int16)}, "words must be 1 to"),
        ({"costs": np.zeros(1, np.int64)}, "costs must have length 2"),
        ({"names": np.array([0, 2], np.int32)}, "names must be 0 to 1, got 2"),
        ({"lead": 5}, "lead must be 1 to 4, got 5"),
        ({"totals": np.zeros((2, 4), np.int64)}, "coordinates of totals must have length 5"),
    ],
)
def test_what_does_not_fit_is_refused(change, message):
    given_ = {
        "blocks": np.zeros((3, 4), np.int16),
        "heads": np.zeros(3, np.int32),
        "weights": np.ones(3, np.int64),
        "words": np.zeros((2, 4), np.int16),
        "word_heads": np.zeros(2, np.int32),
        "costs": np.zeros(2, np.int64),
        "names": np.arange(2, dtype=np.int32),
        "lead": 4,
        "labels": np.zeros(3, np.int32),
        "totals": np.zeros((2, 5), np.int64),
    }
    with pytest.raises(ValueError, match=message):
        kernel.assign(*{**given_, **change}.values())
