"""The octree and the plain kernel give the labels and sums of the NumPy reference, ties included."""

import numpy as np
import pytest
from helpers import blobs, examples
from hypothesis import given, settings
from hypothesis import strategies as st

from pixmeans.clustering import seeding, split_merge
from pixmeans.clustering.kmeans import kmeans
from pixmeans.clustering.points import GridPoints, Points
from pixmeans.color.histogram import count_colors
from pixmeans.color.spaces import SPACES
from pixmeans.kernels import histogram as histogram_kernel
from pixmeans.kernels import octree, reference
from pixmeans.parallel import use_threads


def grid_points(pixels, space="rgb"):
    return SPACES[space].points(count_colors(pixels))


def check(points: GridPoints, centroids: np.ndarray) -> None:
    labels, sums = points.assign(centroids)
    steps = points.coordinates.astype(np.int64)
    places = np.zeros((len(centroids), 4), np.int64)
    places[:, : centroids.shape[1]] = np.rint(centroids * points.scale)
    expected = reference.nearest(steps, places)
    assert np.array_equal(labels, expected)
    weights, totals = reference.cluster_sums(steps, points.weights, expected, len(centroids))
    assert np.array_equal(sums.weights, weights)
    assert np.array_equal(sums.totals, totals[:, : points.dimensions])
    squares = reference.squared_distances(steps, places)[np.arange(len(steps)), expected]
    assert sums.inertia == int((points.weights.astype(object) * squares).sum()) / points.scale**2
    assert np.array_equal(points.sums(centroids).totals, sums.totals)


@settings(max_examples=examples(40), deadline=None)
@given(
    n=st.sampled_from([1, 2, 3, 15, 16, 17, 127, 128, 129, 130, 300, 2000]),
    k=st.sampled_from([1, 2, 3, 7, 8, 9, 16, 17, 255, 256, 300]),
    channels=st.sampled_from([3, 4]),
    space=st.sampled_from(["rgb", "oklab"]),
    levels=st.sampled_from([2, 5, 256]),
    seed=st.integers(0, 1000),
)
def test_octree_labels_and_sums_are_the_references(n, k, channels, space, levels, seed):
    # Few levels a channel make many ties.
    rng = np.random.default_rng(seed)
    pixels = (rng.integers(0, levels, (n, channels)) * (255 // (levels - 1))).astype(np.uint8)
    colors = (rng.integers(0, levels, (k, channels)) * (255 // (levels - 1))).astype(np.uint8)
    check(grid_points(pixels, space), SPACES[space].palette_points(colors))


@settings(max_examples=examples(25), deadline=None)
@given(
    n=st.sampled_from([1, 130, 3000]),
    sets=st.lists(
        st.tuples(st.sampled_from([1, 2, 9, 60]), st.sampled_from([0, 2, 300]), st.sampled_from([1, 3])), max_size=7
    ),
    heavy=st.booleans(),
    seed=st.integers(0, 1000),
)
def test_what_was_assigned_before_changes_nothing(n, sets, heavy, seed):
    # Any centroids after any others, near and far, as many and not, at any number of threads.
    rng = np.random.default_rng(seed)
    points = grid_points(blobs(seed, n), "oklab")
    if heavy:
        points = heavier(points, 2**31)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("pixmeans.clustering.points.THREAD_SHARE", 100)
        for k, moved, threads in sets:
            base = points.values[np.arange(k) * len(points) // k]
            centroids = base + rng.integers(-moved, moved + 1, base.shape) / points.scale
            with use_threads(threads):
                check(points, centroids)


@pytest.mark.slow
@pytest.mark.parametrize("space", ["rgb", "oklab"])
@pytest.mark.parametrize("k", [1, 4, 16, 64, 256])
def test_octree_on_a_photo(space, k):
    points = grid_points(blobs(7, 40_000), space)
    rng = np.random.default_rng(k)
    check(points, points.values[rng.choice(len(points), k, replace=False)])


def test_narrow_vectors_give_the_same_as_wide_ones():
    points = grid_points(blobs(8, 30_000))
    centroids = points.coordinates[:: len(points) // 100].copy()
    results = []
    for wide in (False, True):
        owners, labels = np.full(len(points._owners), -1, np.int32), np.zeros(len(points) + 16, np.uint16)
        for fresh, moved in ((True, centroids), (False, centroids + np.int16(60))):
            sums = np.zeros((len(centroids), 5), np.int64)
            octree.assign(
                points._pairs, points.weights, False, points._ranges, points._boxes, points._node_sums,
                np.zeros(1, np.int32), moved, fresh, labels, owners, sums, wide,
            )  # fmt: skip
            spread = np.empty(len(points), np.int32)
            octree.spread_labels(points._ranges, owners, labels, spread)
            results.append((sums, spread))
    for narrow, wide in zip(results[:2], results[2:], strict=True):
        assert np.array_equal(narrow[0], wide[0])
        assert np.array_equal(narrow[1], wide[1])
    assert results[1][0].any()


def test_an_interrupted_assignment_leaves_nothing_behind(monkeypatch):
    points = grid_points(blobs(8, 3_000))
    centroids = points.values[:: len(points) // 20]
    points.sums(centroids)

    def interrupted(*arguments):
        kernel_assign(*arguments)
        raise KeyboardInterrupt

    kernel_assign = octree.assign
    with monkeypatch.context() as patch:
        patch.setattr("pixmeans.clustering.points.kernel.assign", interrupted)
        with pytest.raises(KeyboardInterrupt):
            points.sums(centroids + 3)
    check(points, centroids)


@pytest.mark.parametrize("threads", [1, 2, 3, 8])
def test_threads_change_nothing(threads, monkeypatch):
    monkeypatch.setattr("pixmeans.clustering.points.THREAD_SHARE", 1000)
    points = grid_points(blobs(9, 60_000))
    centroids = points.values[:: len(points) // 50]
    with use_threads(threads):
        labels, sums = points.assign(centroids)
    with use_threads(1):
        expected_labels, expected = points.assign(centroids)
    assert np.array_equal(labels, expected_labels)
    assert np.array_equal(sums.totals, expected.totals)
    assert sums.inertia == expected.inertia


def test_sums_of_a_color_of_two_billion_pixels_do_not_overflow():
    steps = np.array([[16320, 16320, 16320]], np.int16)
    points = GridPoints(np.array([2**24 - 1], np.uint32), 3, steps, np.array([2**31], np.int64), 64)
    sums = points.sums(np.array([[0.0, 0.0, 0.0]]))
    assert sums.means(otherwise=np.zeros((1, 3))).tolist() == [[255.0, 255.0, 255.0]]
    assert sums.inertia == 2**31 * 3 * 255.0**2


@pytest.mark.parametrize("heaviest", [2**31 - 1, 2**31, 2**40])
def test_heavy_and_light_weights_in_one_leaf(heaviest):
    rng = np.random.default_rng(5)
    steps = np.sort(rng.integers(0, 256, (100, 3)), axis=0).astype(np.int16)
    weights = rng.integers(1, 10, 100)
    weights[::7] = heaviest
    points = GridPoints(np.arange(100, dtype=np.uint32), 3, steps, weights, 64)
    check(points, np.array([[0.5, 0.5, 0.5], [2, 2, 2], [3.5, 3.5, 3.5]]))


def heavier(points: GridPoints, factor: int) -> GridPoints:
    coordinates = points.coordinates[:, : points.dimensions]
    return GridPoints(points.codes, points.bits, coordinates, points.weights * factor, points.scale)


@pytest.mark.slow
@pytest.mark.parametrize("factor", [10**6, 3 * 10**8])
@pytest.mark.parametrize("space", ["rgb", "oklab"])
def test_a_million_times_the_weight_is_the_same_clustering(space, factor):
    # 30,000 pixels times 3 * 10^8 are 9 * 10^12: sums of squares would need 71 bits.
    points = grid_points(blobs(3, 30_000), space)
    heavy = heavier(points, factor)
    assert not heavy._exact
    start = seeding.pca(points, 24)
    assert np.array_equal(seeding.wu(heavy, 24), seeding.wu(points, 24))
    assert np.array_equal(split_merge.improved(heavy, start), split_merge.improved(points, start))
    one, other = kmeans(points, start), kmeans(heavy, start)
    assert np.array_equal(one.centroids, other.centroids)
    assert one.iterations == other.iterations
    assert other.inertia == pytest.approx(one.inertia * factor, rel=1e-15)
    assert np.array_equal(points.assign(one.centroids)[0], heavy.assign(one.centroids)[0])


@pytest.mark.parametrize("total", [2**32 - 5, 2**32, 2**32 + 5, 2**40, 2**44])
def test_sums_near_and_beyond_what_64_bits_hold(total):
    rng = np.random.default_rng(4)
    points = grid_points(rng.integers(0, 2, (400, 3)).astype(np.uint8) * 255)
    weights = rng.integers(1, 1000, len(points))
    weights[3] += total - weights.sum()
    heavy = GridPoints(points.codes, 3, points.coordinates[:, :3], weights, points.scale)
    assert heavy._exact == (total <= 2**32)
    centroids = np.array([[0.0, 0, 0], [90, 255, 10]])
    labels, sums = heavy.assign(centroids)
    steps, places = heavy.coordinates[:, :3].astype(object), (centroids * 64).astype(int).astype(object)
    squares = ((steps - places[labels]) ** 2).sum(axis=1)
    errors = heavy.errors(centroids, labels, labels)
    for j in range(2):
        mine = labels == j
        assert int(errors[j]) == int((weights.astype(object) * squares)[mine].sum())
        product = (weights.astype(object) * steps[:, 0] * steps[:, 1])[mine].sum()
        assert heavy.moments(labels, 2)[j, 1] == float(product)
        assert sums.totals[j].tolist() == (weights.astype(object)[:, None] * steps)[mine].sum(axis=0).tolist()
    assert sums.inertia == int((weights.astype(object) * squares).sum()) / 64**2
    assert heavy.cells.weights.sum() == total


def test_weights_that_are_too_large_are_refused():
    with pytest.raises(ValueError, match=r"weights must add up to at most 2\*\*44, got 4.61"):
        heavier(grid_points(np.zeros((4, 3), np.uint8)), 2**60)


@settings(max_examples=examples(30), deadline=None)
@given(
    n=st.sampled_from([1, 2, 5, 100]),
    d=st.integers(1, 6),
    k=st.sampled_from([1, 2, 7]),
    seed=st.integers(0, 100),
)
def test_plain_kernel_is_the_reference_in_any_dimension(n, d, k, seed):
    rng = np.random.default_rng(seed)
    values = rng.integers(0, 4, (n, d)).astype(float)  # small whole numbers: exact, and full of ties
    weights = rng.integers(1, 5, n).astype(float)
    centroids = rng.integers(0, 4, (k, d)).astype(float)
    labels, sums = Points(values, weights).assign(centroids)
    expected = reference.nearest(values, centroids)
    assert np.array_equal(labels, expected)
    expected_weights, totals = reference.cluster_sums(values, weights, expected, k)
    assert np.array_equal(sums.weights, expected_weights)
    assert np.array_equal(sums.totals, totals)
    squares = reference.squared_distances(values, centroids)[np.arange(n), expected]
    assert sums.inertia == (weights * squares).sum()


def test_float_sums_do_not_depend_on_threads():
    values = np.random.default_rng(1).normal(size=(50_000, 3))
    points = Points(values)
    results = []
    for threads in (1, 2, 5):
        with use_threads(threads):
            results.append(points.sums(values[:20]))
    assert all(np.array_equal(results[0].totals, other.totals) for other in results[1:])
    assert len({result.inertia for result in results}) == 1


def test_means_round_half_up_to_the_grid():
    steps = np.array([[0, 0, 0], [1, 3, 0]], np.int16)
    points = GridPoints(np.array([0, 1], np.uint32), 3, steps, np.array([1, 1], np.int64), 64)
    sums = points.sums(np.zeros((1, 3)))
    assert (sums.means(otherwise=np.zeros((1, 3))) * 64).tolist() == [[1, 2, 0]]
    assert (sums.means(otherwise=np.zeros((1, 3)), grid=4) * 64).tolist() == [[0, 0, 0]]


def test_cells_are_the_weighted_means_of_neighboring_colors():
    pixels = np.array([[0, 0, 0], [3, 3, 3], [3, 3, 3], [4, 0, 0]], np.uint8)
    cells = grid_points(pixels).cells
    assert cells.values.tolist() == [[2, 2, 2], [4, 0, 0]]
    assert cells.weights.tolist() == [3, 1]


@pytest.mark.slow
def test_every_color_there_is():
    """All 2^24 colors once: the labels of a sample are the reference's, and every weight is accounted for."""
    codes = np.arange(1 << 24, dtype=np.uint32)
    colors = np.empty((1 << 24, 3), np.uint8)
    histogram_kernel.colors_of_codes(codes, colors)
    points = GridPoints(codes, 3, SPACES["rgb"].to_grid(colors), np.ones(1 << 24, np.int64), 64)
    rng = np.random.default_rng(3)
    palette = rng.integers(0, 256, (256, 3)).astype(np.uint8)
    labels, sums = points.assign(palette.astype(float))
    sample = rng.choice(1 << 24, 5000, replace=False)
    assert np.array_equal(labels[sample], reference.nearest(colors[sample].astype(np.int64), palette.astype(np.int64)))
    assert sums.weights.sum() == 1 << 24
    assert np.array_equal(sums.weights, np.bincount(labels, minlength=256))
