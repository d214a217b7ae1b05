"""Distances in any dimension: every way to compile them gives the same bits, and no centroid is passed over wrongly."""

import subprocess

import numpy as np
import pytest
from compiled import built
from helpers import examples
from hypothesis import given, settings
from hypothesis import strategies as st

from pixmeans.clustering.points import Points, neighbors
from pixmeans.kernels import lloyd, reference


@pytest.mark.slow
def test_every_way_gives_the_same(tmp_path_factory):
    found = set()
    for _, program in built("distances_check.c", tmp_path_factory.mktemp("distances")):
        for wide in "01":
            run = subprocess.run([str(program), wide], check=True, capture_output=True, text=True)
            found.add(run.stdout)
    assert len(found) == 1
    with_lists, without = next(iter(found)).splitlines()[::2], next(iter(found)).splitlines()[1::2]
    assert with_lists == without  # lists of neighbors change the time alone


def assigned(values, weights, centroids, lists, guesses, wide):
    labels, sums = guesses.copy(), np.zeros((len(centroids), 1 + values.shape[1]))
    inertia = lloyd.assign(values, weights, centroids, *lists, labels, sums, wide)
    return labels.tolist(), sums.tolist(), inertia


@settings(max_examples=examples(60), deadline=None)
@given(
    d=st.integers(1, 70),
    k=st.integers(1, 40),
    spread=st.sampled_from([1, 3, 1000]),  # 1 and 3: full of ties and of centroids in one place
    seed=st.integers(0, 2**32 - 1),
)
def test_neighbors_and_guesses_change_nothing(d, k, spread, seed):
    rng = np.random.default_rng(seed)
    n = 4 * k + 5
    values = rng.integers(0, spread + 1, (n, d)).astype(float)
    centroids = rng.integers(0, spread + 1, (k, d)).astype(float)
    weights = rng.integers(1, 9, n).astype(float)
    none = (np.empty((k, 0), np.int32), np.empty((k, 0)))
    few = tuple(lists[:, : k // 2].copy() for lists in neighbors(centroids, n))  # the list may end too early
    expected = assigned(values, weights, centroids, none, np.full(n, -1, np.int32), False)
    assert expected[0] == reference.nearest(values, centroids).tolist()
    for lists in (none, neighbors(centroids, n), few):
        for guesses in (np.full(n, -1, np.int32), rng.integers(0, k, n).astype(np.int32)):
            for wide in (False, True):
                assert assigned(values, weights, centroids, lists, guesses, wide) == expected


@settings(max_examples=examples(20), deadline=None)
@given(scale=st.sampled_from([1e-320, 1e-160, 1e-100, 1.0, 1e100, 1e153, 1e200]), seed=st.integers(0, 2**32 - 1))
def test_labels_are_the_nearest_at_any_scale(scale, seed):
    """Also where squares are too small or too large for a float64."""
    rng = np.random.default_rng(seed)
    values, centroids = scale * rng.normal(size=(200, 3)), scale * rng.normal(size=(20, 3))
    with np.errstate(over="ignore"):
        labels, _ = Points(values).assign(centroids)
        assert np.array_equal(labels, reference.nearest(values, centroids))


@settings(max_examples=examples(20), deadline=None)
@given(k=st.integers(2, 30), d=st.integers(1, 20), seed=st.integers(0, 2**32 - 1))
def test_neighbors_are_all_others_nearest_first(k, d, seed):
    centroids = np.random.default_rng(seed).integers(0, 3, (k, d)).astype(float)
    near, gaps = neighbors(centroids, 4 * k)
    squares = reference.squared_distances(centroids, centroids)
    for j in range(k):
        assert sorted([j, *near[j].tolist()]) == list(range(k))
        assert np.array_equal(gaps[j], squares[j, near[j]])
    assert (np.diff(gaps, axis=1) >= 0).all()


def test_what_was_assigned_before_does_not_matter():
    rng = np.random.default_rng(5)
    values = rng.normal(size=(3000, 5))
    used = Points(values)
    for k in (7, 7, 3, 20):
        centroids = rng.normal(size=(k, 5))
        labels, sums = used.assign(centroids)
        fresh_labels, fresh = Points(values).assign(centroids)
        assert np.array_equal(labels, fresh_labels)
        assert np.array_equal(sums.totals, fresh.totals)
        assert sums.inertia == fresh.inertia
