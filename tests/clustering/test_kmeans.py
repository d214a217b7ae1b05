from itertools import pairwise

import numpy as np
import pytest
from helpers import blobs, examples
from hypothesis import given, settings
from hypothesis import strategies as st

from pixmeans.clustering import seeding
from pixmeans.clustering.kmeans import kmeans, lloyd
from pixmeans.clustering.points import Points
from pixmeans.color.histogram import count_colors
from pixmeans.color.spaces import SPACES
from pixmeans.rng import SplitMix64


def test_a_run_by_hand():
    # Points 0, 1, 10, 11 on a line; centroids start at 0 and 1: 0 | 1 10 11 -> means 0, 22/3 -> 0 1 | 10 11.
    points = Points(np.array([[0.0], [1.0], [10.0], [11.0]]))
    steps = list(lloyd(points, np.array([[0.0], [1.0]]), max_iterations=10))
    assert [(step.iteration, step.phase) for step in steps] == [
        (0, "assign"), (1, "update"), (1, "assign"), (2, "update"), (2, "assign"),
    ]  # fmt: skip
    assert steps[0].inertia == 81 + 100
    assert steps[1].centroids.ravel().tolist() == [0, 22 / 3]
    assert steps[2].labels.tolist() == [0, 0, 1, 1]
    assert steps[2].changed == 1
    assert steps[4].centroids.ravel().tolist() == [0.5, 10.5]
    assert steps[4].inertia == 1.0
    assert steps[4].changed == 0
    assert steps[4].converged


def test_weights_mean_the_same_as_repeats():
    values = np.array([[0.0, 0], [4, 0], [4, 4], [9, 9]])
    weights = np.array([3, 1, 2, 1])
    start = values[[0, 3]]
    once = kmeans(Points(values, weights.astype(float)), start)
    repeated = kmeans(Points(np.repeat(values, weights, axis=0)), start)
    assert np.array_equal(once.centroids, repeated.centroids)
    assert once.inertia == repeated.inertia


@settings(max_examples=examples(30), deadline=None)
@given(seed=st.integers(0, 10_000), k=st.integers(1, 12), empty=st.sampled_from(["refill", "keep"]))
def test_inertia_never_rises(seed, k, empty):
    points = SPACES["rgb"].points(count_colors(blobs(seed, 400)))
    start = SPACES["rgb"].random_colors(k, 3, SplitMix64(seed))
    history = kmeans(points, start, empty=empty).history
    assert all(later <= earlier for earlier, later in pairwise(history))


@pytest.mark.slow
@pytest.mark.parametrize("k", [2, 8, 32])
def test_scikit_learn_finds_nothing_to_move_where_we_end(k):
    from sklearn.cluster import KMeans as SklearnKMeans  # takes seconds to import

    histogram = count_colors(blobs(11, 3000))
    points = SPACES["rgb"].points(histogram)
    ours = kmeans(points, seeding.random_points(points, k, SplitMix64(k)))
    theirs = SklearnKMeans(k, init=ours.centroids, n_init=1, tol=0, max_iter=1000).fit(
        histogram.colors.astype(float), sample_weight=histogram.weights
    )
    assert ours.converged
    # Our centroids live on a grid of 1/64: a few points at borders may fall to the other side.
    assert theirs.inertia_ == pytest.approx(ours.inertia, rel=1e-4)
    assert np.abs(theirs.cluster_centers_ - ours.centroids).max() < 1


def test_colors_and_plain_points_run_alike():
    histogram = count_colors(blobs(12, 2000))
    points = SPACES["rgb"].points(histogram)
    start = seeding.random_points(points, 10, SplitMix64(3))
    on_grid = kmeans(points, start, max_iterations=4)
    plain = kmeans(Points(histogram.colors.astype(float), histogram.weights.astype(float)), start, max_iterations=4)
    assert np.abs(on_grid.centroids - plain.centroids).max() < 0.5
    assert on_grid.inertia == pytest.approx(plain.inertia, rel=1e-3)


def test_stops_after_the_iterations_it_was_given():
    points = SPACES["rgb"].points(count_colors(blobs(13, 5000)))
    start = seeding.random_points(points, 20, SplitMix64(1))
    for most in (0, 1, 5):
        clustering = kmeans(points, start, max_iterations=most)
        assert clustering.iterations == most
        assert len(clustering.history) == most + 1
        assert not clustering.converged
    assert np.array_equal(kmeans(points, start, max_iterations=0).centroids, start)


def test_tolerance_stops_early():
    points = SPACES["rgb"].points(count_colors(blobs(13, 5000)))
    start = seeding.random_points(points, 20, SplitMix64(1))
    loose, exact = kmeans(points, start, tolerance=0.01), kmeans(points, start)
    assert loose.iterations < exact.iterations
    assert loose.converged
    assert loose.inertia < exact.inertia * 1.2


def test_an_empty_cluster_gets_the_worst_served_point():
    points = Points(np.array([[0.0], [1.0], [50.0]]), np.array([1.0, 1.0, 10.0]))
    steps = list(lloyd(points, np.array([[0.0], [900.0]]), max_iterations=5))
    assert steps[1].refilled == (1,)
    assert steps[1].centroids[1] == 50.0
    assert steps[-1].inertia == 0.5


def test_an_empty_cluster_may_keep_its_place():
    points = Points(np.array([[0.0], [1.0]]))
    end = kmeans(points, np.array([[0.0], [900.0]]), empty="keep")
    assert end.centroids.ravel().tolist() == [0.5, 900.0]


def test_several_empty_clusters_get_different_points():
    points = Points(np.array([[0.0], [10.0], [11.0], [30.0]]))
    end = kmeans(points, np.full((4, 1), 5.0))
    assert sorted(end.centroids.ravel().tolist()) == [0, 10, 11, 30]
    assert end.inertia == 0


def test_more_centroids_than_points_end_without_error():
    end = kmeans(Points(np.array([[1.0], [2.0]])), np.array([[0.0], [5.0], [9.0]]))
    assert end.inertia == 0
    assert np.isfinite(end.centroids).all()


def test_a_tie_that_moves_back_and_forth_ends():
    points = SPACES["rgb"].points(count_colors(np.array([[0, 0, 0], [1, 0, 0], [2, 0, 0], [3, 0, 0]], np.uint8)))
    assert kmeans(points, np.array([[0.5, 0, 0], [1.5, 0, 0]]), max_iterations=10_000).converged


def test_listeners_are_told_every_half_step_and_change_nothing():
    points = SPACES["rgb"].points(count_colors(blobs(14, 3000)))
    start = seeding.random_points(points, 12, SplitMix64(1))
    heard = []
    watched = kmeans(points, start, on_step=heard.append)
    silent = kmeans(points, start)
    assert np.array_equal(watched.centroids, silent.centroids)
    assert [step.phase for step in heard[:3]] == ["assign", "update", "assign"]
    assert heard[0].changed == points.weights.sum()
    assert heard[-1].changed == 0
    for before, after in zip(heard[::2], heard[2::2], strict=False):
        assert after.changed == points.weights[before.labels != after.labels].sum()


def test_rounded_centroids_stay_on_their_grid_and_get_better():
    space = SPACES["rgb"]
    points = space.points(count_colors(blobs(15, 5000)))
    rounded = np.floor(kmeans(points, seeding.wu(points, 16)).centroids + 0.5)
    better = kmeans(points, rounded, grid=space.byte_steps)
    assert np.array_equal(better.centroids, np.floor(better.centroids))
    assert better.inertia <= points.sums(rounded).inertia
