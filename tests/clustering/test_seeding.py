import numpy as np
import pytest
from helpers import blobs

from pixmeans.clustering import seeding
from pixmeans.clustering.points import Points
from pixmeans.color.histogram import count_colors
from pixmeans.color.spaces import SPACES
from pixmeans.kernels import boxes, reference
from pixmeans.rng import SplitMix64


@pytest.fixture(params=["rgb", "oklab"])
def points(request):
    return SPACES[request.param].points(count_colors(blobs(21, 20_000)))


def test_random_points_are_different_and_repeat_with_their_seed(points):
    first = seeding.random_points(points, 50, SplitMix64(1))
    assert len(np.unique(first, axis=0)) == 50
    assert np.array_equal(first, seeding.random_points(points, 50, SplitMix64(1)))
    assert not np.array_equal(first, seeding.random_points(points, 50, SplitMix64(2)))


def test_random_points_are_drawn_by_weight():
    points = Points(np.array([[0.0], [1.0], [2.0]]), np.array([1.0, 0.0, 3.0]))
    drawn = [float(seeding.random_points(points, 1, SplitMix64(seed))[0, 0]) for seed in range(2000)]
    assert 1.0 not in drawn
    assert abs(drawn.count(2.0) / 2000 - 0.75) < 0.04


def test_all_points_can_be_drawn():
    points = SPACES["rgb"].points(count_colors(blobs(22, 30)))
    assert len(seeding.random_points(points, len(points), SplitMix64(0))) == len(points)


@pytest.mark.slow
@pytest.mark.parametrize("start", [seeding.wu, seeding.pca])
@pytest.mark.parametrize("k", [1, 2, 16, 100, 256])
def test_cuts_give_k_different_centroids(points, start, k):
    centroids = start(points, k)
    assert centroids.shape == (k, 3)
    assert len(np.unique(centroids, axis=0)) == k
    assert np.array_equal(centroids, start(points, k))


def test_the_first_cut_by_hand():
    # Two groups on the red axis: the best cut lies between them, the boxes' means are the groups'.
    pixels = np.array([[0, 0, 0], [2, 0, 0], [200, 0, 0], [204, 0, 0]], np.uint8)
    points = SPACES["rgb"].points(count_colors(pixels))
    for start in (seeding.wu, seeding.pca):
        assert sorted(start(points, 2)[:, 0].tolist()) == [1, 202]


def test_fewer_points_than_asked_for():
    points = SPACES["rgb"].points(count_colors(np.array([[1, 2, 3], [4, 5, 6]], np.uint8)))
    assert len(seeding.wu(points, 5)) == 2
    assert len(seeding.plus_plus(points, 5, SplitMix64(0))) == 2


@pytest.mark.parametrize("start", ["wu", "pca", "plus_plus"])
def test_good_starts_beat_random_points(points, start):
    random = np.mean([points.sums(seeding.random_points(points, 32, SplitMix64(s))).inertia for s in range(10)])
    good = seeding.plus_plus(points, 32, SplitMix64(1)) if start == "plus_plus" else getattr(seeding, start)(points, 32)
    assert points.sums(good).inertia < random


def test_plus_plus_repeats_with_its_seed(points):
    first = seeding.plus_plus(points, 20, SplitMix64(5))
    assert np.array_equal(first, seeding.plus_plus(points, 20, SplitMix64(5)))
    assert len(np.unique(first, axis=0)) == 20


def test_every_start_of_the_table_gives_centroids_and_says_what_it_depends_on(points):
    space = SPACES["rgb" if points.scale == 64 else "oklab"]

    def anywhere(k, random):
        return space.random_colors(k, points.dimensions, random)

    for name, start in seeding.STARTS.items():
        one, again, other = (seeding.first_centroids(name, points, 9, SplitMix64(seed), anywhere) for seed in (3, 3, 4))
        assert one.shape == (9, 3)
        assert np.array_equal(one, again)
        assert np.array_equal(one, other) == start.deterministic
        if start.any_points:
            plain = Points(points.values, points.weights)
            assert seeding.first_centroids(name, plain, 9, SplitMix64(3), anywhere).shape == (9, 3)


def test_more_random_points_than_there_are():
    points = Points(np.array([[0.0], [1.0], [2.0]]), np.array([1.0, 0.0, 3.0]))
    assert sorted(seeding.random_points(points, 9, SplitMix64(0)).ravel().tolist()) == [0, 2]


def test_second_moments_are_the_references(points):
    labels = np.arange(len(points), dtype=np.int32) % 7
    moments = np.zeros((7, 10), np.int64)
    boxes.second_moments(points.coordinates, points.weights, labels, moments)
    expected = reference.second_moments(points.coordinates.astype(np.int64), points.weights, labels, 7)
    rows, columns = np.triu_indices(4)
    assert np.array_equal(moments, expected[:, rows, columns])


def test_principal_axes_are_numpys(points):
    labels = np.arange(len(points), dtype=np.int32) % 5
    steps = points.coordinates.astype(np.int64)
    moments = np.zeros((5, 10), np.int64)
    boxes.second_moments(points.coordinates, points.weights, labels, moments)
    weights, totals = reference.cluster_sums(steps, points.weights, labels, 5)
    axes, spreads = np.empty((5, 4)), np.empty((5, 2))
    boxes.principal_axes(weights, totals, moments.astype(np.float64), axes, spreads)
    for j in range(5):
        mine = labels == j
        covariance = np.cov(steps[mine].T, fweights=points.weights[mine], bias=True)
        values, vectors = np.linalg.eigh(covariance)
        assert spreads[j, 0] == pytest.approx(values[-1], rel=1e-6)
        assert spreads[j, 1] == pytest.approx(np.trace(covariance), rel=1e-9)
        assert abs(axes[j] @ vectors[:, -1]) == pytest.approx(1, abs=1e-6)
