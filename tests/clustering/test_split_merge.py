import numpy as np
import pytest
from helpers import blobs

from pixmeans.clustering import seeding, split_merge
from pixmeans.clustering.kmeans import kmeans
from pixmeans.color.histogram import count_colors
from pixmeans.color.spaces import SPACES
from pixmeans.kernels import merges
from pixmeans.rng import SplitMix64, start_seed


@pytest.fixture(params=["rgb", "oklab"])
def points(request):
    return SPACES[request.param].points(count_colors(blobs(31, 20_000)))


@pytest.mark.slow
@pytest.mark.parametrize("k", [2, 5, 16, 64])
def test_the_search_ends_below_lloyd_from_the_same_starts(points, k):
    starts = [seeding.random_points(points, k, SplitMix64(seed)) for seed in range(4)]
    plain = np.mean([kmeans(points, start).inertia for start in starts])
    better = np.mean([kmeans(points, split_merge.improved(points, start)).inertia for start in starts])
    assert better <= plain * (1.0001 if k == 2 else 0.999)
    thorough = kmeans(points, split_merge.improved(points, starts[0], thorough=True)).inertia
    assert thorough <= better * 1.003


def test_a_misplaced_centroid_finds_its_cluster():
    # Three far clusters, two centroids in one of them: Lloyd alone cannot leave, the search can.
    rng = np.random.default_rng(1)
    centers = np.array([[30, 30, 30], [128, 200, 30], [220, 60, 200]])
    pixels = np.clip(centers[rng.integers(0, 3, 6000)] + rng.normal(0, 4, (6000, 3)), 0, 255).astype(np.uint8)
    points = SPACES["rgb"].points(count_colors(pixels))
    start = np.array([[28.0, 30, 30], [32, 30, 30], [170, 130, 110]])
    stuck = kmeans(points, start)
    found = kmeans(points, split_merge.search(points, start, rounds=10, patience=3))
    assert found.inertia < stuck.inertia / 10


def test_the_search_repeats_itself(points):
    start = seeding.pca(points, 20)
    first = split_merge.improved(points, start)
    assert np.array_equal(first, split_merge.improved(points, start))


@pytest.mark.slow
def test_other_starts_follow_the_seed(points):
    start = seeding.random_points(points, 12, SplitMix64(0))
    ends = [split_merge.improved(points, start, seed=seed) for seed in (0, 1, 1)]
    assert np.array_equal(ends[0], split_merge.improved(points, start))
    assert np.array_equal(ends[1], ends[2])
    others = [seeding.another_start(points, start, None, SplitMix64(start_seed(seed, 0))) for seed in (0, 1)]
    assert np.array_equal(others[0], seeding.plus_plus(points, 12, SplitMix64(0)))
    assert not np.array_equal(others[0], others[1])


def test_gliding_never_ends_above_where_it_began(points):
    for seed in range(5):
        start = seeding.random_points(points, 12, SplitMix64(seed))
        end = split_merge.glide(points, start, 1e-5)
        assert points.sums(end).inertia <= points.sums(start).inertia


def test_no_cluster_takes_part_in_two_moves():
    rng = np.random.default_rng(2)
    k = 40
    costs = rng.random(k)
    partners = np.array([(j + rng.integers(1, k)) % k for j in range(k)], np.int32)
    moves = split_merge.choose_moves(rng.random(k), costs, partners, 10)
    touched = [one for move in moves for one in (move.keeps, move.frees, move.splits)]
    assert len(moves) > 1
    assert len(set(touched)) == len(touched)


def test_merge_costs_are_wards():
    rng = np.random.default_rng(3)
    centroids = rng.random((9, 3)) * 100
    weights = rng.integers(1, 50, 9)
    costs, partners = np.empty(9), np.empty(9, np.int32)
    merges.cheapest_merges(weights, centroids, np.ones((9, 9)), costs, partners)
    difference = centroids[:, None] - centroids[None]
    ward = weights[:, None] * weights[None] / (weights[:, None] + weights[None]) * (difference**2).sum(axis=2)
    np.fill_diagonal(ward, np.inf)
    assert np.allclose(costs, ward.min(axis=1))
    assert np.array_equal(partners, ward.argmin(axis=1))


def test_errors_by_group_add_up(points):
    centroids = seeding.pca(points, 10)
    labels, sums = points.assign(centroids)
    groups = (np.arange(len(points)) % 10).astype(np.int32)
    by_label = points.errors(centroids, labels, labels)
    assert by_label.sum() / points.scale**2 == pytest.approx(sums.inertia)
    assert points.errors(centroids, labels, groups).sum() == by_label.sum()


@pytest.mark.slow
@pytest.mark.parametrize("k", [1, 2, 3])
def test_very_few_centroids(points, k):
    assert split_merge.improved(points, seeding.pca(points, k), thorough=True).shape == (k, 3)
