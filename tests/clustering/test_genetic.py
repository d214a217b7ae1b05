import numpy as np
import pytest
from helpers import examples
from hypothesis import given, settings
from hypothesis import strategies as st

import pixmeans as pm
from pixmeans.clustering import genetic, seeding
from pixmeans.clustering.points import GridPoints, Points
from pixmeans.color.histogram import count_colors
from pixmeans.color.spaces import SPACES
from pixmeans.kernels import reference
from pixmeans.parallel import use_threads
from pixmeans.rng import SplitMix64


def blobs(n, d, k, seed):
    rng = np.random.default_rng(seed)
    return rng.normal(scale=9.0, size=(k, d))[rng.integers(0, k, n)] + rng.normal(size=(n, d))


def colors(n, seed, channels=3):
    pixels = np.clip(128 + 12 * blobs(n, channels, 9, seed), 1, 255).astype(np.uint8)
    return SPACES["rgb"].points(count_colors(pixels[None]))


@pytest.mark.slow
@settings(max_examples=examples(25), deadline=None)
@given(
    n=st.integers(1, 200),
    d=st.integers(1, 12),
    k=st.integers(1, 9),
    population=st.integers(1, 6),
    mutation=st.floats(0, 1),
    seed=st.integers(0, 2**32),
)
def test_the_best_error_never_rises_and_is_that_of_its_centroids(n, d, k, population, mutation, seed):
    rng = np.random.default_rng(seed)
    points = Points(blobs(n, d, 4, seed), rng.integers(1, 9, n).astype(float))
    start = seeding.random_points(points, min(k, n), SplitMix64(seed))
    found = list(genetic.generations(points, start, count=6, population=population, mutation=mutation, seed=seed))
    assert [one.number for one in found] == list(range(7))
    bests = np.array([one.best for one in found])
    assert (bests[1:] <= bests[:-1] * (1 + 1e-12)).all()  # sums of floats are rounded
    for one in found:
        assert one.errors.shape == (population,)
        assert one.mean >= one.best * (1 - 1e-12)
        assert points.sums(one.centroids).inertia == one.best


@pytest.mark.slow
@settings(max_examples=examples(10), deadline=None)
@given(k=st.integers(1, 12), channels=st.sampled_from([3, 4]), seed=st.integers(0, 2**32))
def test_among_colors_the_best_never_rises_at_all(k, channels, seed):
    points = colors(500, seed, channels)
    start = seeding.pca(points, k)
    bests = [one.best for one in genetic.generations(points, start, count=8, population=5, seed=seed)]
    assert bests == sorted(bests, reverse=True)
    improved = genetic.improved(points, start, seed=seed)
    assert points.sums(improved).inertia <= points.sums(start).inertia


@pytest.mark.slow
@settings(max_examples=examples(10), deadline=None)
@given(k=st.integers(2, 9), seed=st.integers(0, 2**32))
def test_frozen_centroids_stay(k, seed):
    points = colors(300, seed)
    start = seeding.plus_plus(points, k, SplitMix64(seed))
    frozen = np.arange(len(start)) < len(start) // 2
    improved = genetic.improved(points, start, frozen=frozen, seed=seed)
    assert np.array_equal(improved[frozen], start[frozen])


@pytest.mark.slow
def test_the_same_seed_gives_the_same_at_any_number_of_threads():
    points = colors(3000, 1)
    start = seeding.pca(points, 8)
    found = []
    for threads in (1, 3):
        with use_threads(threads):
            found.append(genetic.improved(points, start, seed=7))
    assert np.array_equal(*found)
    values = Points(blobs(40_000, 5, 6, 3))
    ends = []
    for threads in (1, 3):
        with use_threads(threads):
            ends.append([one.best for one in genetic.generations(values, values.values[:6], count=2, population=3)])
    assert ends[0] == ends[1]


def test_mutation_prefers_near_clusters():
    centroids = np.array([[0.0], [1.0], [4.0]])
    labels = genetic._drawn_labels(np.zeros((21_000, 1)), centroids, SplitMix64(1))
    counts = np.bincount(labels, minlength=3)
    assert counts[2] == 0  # the farthest, as c_m is 1
    assert abs(counts[0] - 12_000) < 300  # (4 - 0) : (4 - 1)
    one_place = genetic._drawn_labels(np.zeros((9, 1)), np.zeros((3, 1)), SplitMix64(1))
    assert set(one_place.tolist()) == {2}  # all are equally far: any is a label


@settings(max_examples=examples(20), deadline=None)
@given(n=st.integers(1, 60), k=st.integers(1, 5), grid=st.booleans(), seed=st.integers(0, 2**32))
def test_sums_after_a_mutation_are_those_of_the_new_labels(n, k, grid, seed):
    rng = np.random.default_rng(seed)
    points = colors(n, seed) if grid else Points(rng.integers(0, 9, (n, 3)).astype(float))
    parent = genetic._Partition.of(points, points.values[rng.integers(0, len(points), k)])
    rows = np.flatnonzero(rng.random(len(points)) < 0.5)
    labels = parent.labels.copy()
    labels[rows] = rng.integers(0, k, len(rows))
    sums = genetic._sums_after(points, parent, rows, labels[rows].astype(np.intp))
    weights, totals = reference.cluster_sums(points.values * (points.scale or 1), points.weights, labels, k)
    assert np.array_equal(sums.weights, weights)
    assert np.array_equal(sums.totals, totals)


def test_fitter_partitions_have_more_children():
    errors = np.array([1.0, 2.0, 3.0, 3.5, 4.0, 90.0])
    chosen = np.bincount(genetic._chosen(errors, 6000, SplitMix64(3)), minlength=6)
    assert (np.diff(chosen) <= 100).all()
    assert chosen[5] < chosen[0] / 4
    even = np.bincount(genetic._chosen(np.full(4, 5.0), 4000, SplitMix64(3)), minlength=4)
    assert (abs(even - 1000) < 120).all()


@settings(max_examples=examples(15), deadline=None)
@given(most=st.integers(1, 300), n=st.integers(1, 800), channels=st.sampled_from([3, 4]), seed=st.integers(0, 2**32))
def test_few_boxes_weigh_what_their_points_weigh(most, n, channels, seed):
    points = colors(n, seed, channels)
    few = points.few(most)
    assert isinstance(few, GridPoints)
    assert 1 <= len(few) <= max(most, 1)
    assert few.weights.sum() == points.weights.sum()
    if len(points) <= most:
        assert few is points


@pytest.mark.parametrize("channels", [3, 4])
def test_colors_at_the_ends_of_all_codes_become_one_box(channels):
    ends = np.array([[0] * channels, [255] * channels], np.uint8)
    points = SPACES["rgb"].points(count_colors(ends))
    assert len(points.few(1)) == 1
    assert points.few(1).weights.tolist() == [2]


@pytest.mark.slow
def test_it_finds_blobs_that_lloyd_misses():
    """Of twelve blobs far apart, from a start with all centroids in one."""
    rng = np.random.default_rng(0)
    middles = 100.0 * np.stack(np.meshgrid(np.arange(4), np.arange(3)), axis=-1).reshape(-1, 2)
    values = np.repeat(middles, 50, axis=0) + rng.normal(size=(600, 2))
    start = values[:12]
    plain = pm.KMeans(12, init=start).fit(values).inertia_
    found = pm.KMeans(12, init=start, search="genetic").fit(values).inertia_
    assert found < 600 * 2 * 1.2 < plain


@pytest.mark.parametrize("search", ["split-merge", "swarm", 3])
def test_other_searches_are_refused(search):
    with pytest.raises(ValueError, match="search must be None or 'genetic', got "):
        pm.KMeans(2, search=search).fit([[0.0], [1.0]])


@pytest.mark.slow
def test_a_command_and_a_call_search_alike():
    picture = np.clip(128 + 12 * blobs(3000, 3, 9, 5), 0, 255).astype(np.uint8).reshape(50, 60, 3)
    results = {
        search: pm.compress(picture, 9, space="rgb", dither="none", protect="off", lossy="off", search=search)
        for search in ("split-merge", "genetic")
    }
    assert results["genetic"].mse <= 1.05 * results["split-merge"].mse
    assert results["genetic"].settings.search == "genetic"
    with pytest.raises(pm.SettingsError, match="search genetic needs effort normal or best"):
        pm.compress(picture, 9, search="genetic", effort="fast")
    with pytest.raises(pm.SettingsError, match="search does not apply"):
        pm.steps(picture, 9, search="genetic", effort="normal")
