from itertools import combinations

import numpy as np
import pytest
from helpers import blobs, examples
from hypothesis import given, settings
from hypothesis import strategies as st

from pixmeans.clustering import seeding
from pixmeans.clustering.kmeans import kmeans
from pixmeans.clustering.kmor import RULES, kmor, least_objective
from pixmeans.clustering.points import Points
from pixmeans.color.histogram import count_colors
from pixmeans.color.spaces import SPACES
from pixmeans.rng import SplitMix64


def with_outliers(seed: int = 0, n: int = 950) -> tuple[np.ndarray, np.ndarray]:
    """(1000, 2) points, 5 % of them drawn uniformly from a wide square, the others around three centers; which are."""
    rng = np.random.default_rng(seed)
    centers = np.array([[-20.0, 0], [20, 5], [0, 30]])
    inliers = centers[rng.integers(0, 3, n)] + rng.normal(0, 1.5, (n, 2))
    outliers = rng.uniform(-60, 60, (n // 19, 2))
    return np.concatenate([inliers, outliers]), np.arange(n + n // 19) >= n


def test_a_run_by_hand():
    # 0 1 2 | 50 from 5: S = 25 + 16 + 9 + 2025 = 2075; with 50 an outlier 50 (1 + 9 * 1 / 3) = 200. The mean of the
    # others is 1, S = 2, P = 8.
    points = Points(np.array([[0.0], [1.0], [2.0], [50.0]]))
    result = kmor(points, np.array([[5.0]]), gamma=9, n0=1)
    assert result.history == (200, 8, 8)
    assert result.labels.tolist() == [0, 0, 0, -1]
    assert result.centroids.tolist() == [[1.0]]
    assert result.inertia == 2
    assert result.objective == 8
    assert result.threshold == 6
    assert result.converged


def test_an_outlier_must_be_worth_gamma():
    # 0 and 4 with mean 2: S = 8. Were 4 an outlier: S = 4, P = 4 (1 + gamma).
    points = Points(np.array([[0.0], [4.0]]))
    assert kmor(points, np.array([[2.0]]), gamma=2, n0=1, max_iterations=0).labels.tolist() == [0, 0]
    assert kmor(points, np.array([[2.0]]), gamma=0.5, n0=1, max_iterations=0).labels.tolist() == [0, -1]


@settings(max_examples=examples(120), deadline=None)
@given(
    n=st.integers(1, 40),
    k=st.integers(1, 5),
    d=st.integers(1, 3),
    gamma=st.floats(0, 30),
    share=st.floats(0, 0.9),
    seed=st.integers(0, 10_000),
    weighted=st.booleans(),
)
def test_the_objective_never_rises_with_the_exact_step(n, k, d, gamma, share, seed, weighted):
    rng = np.random.default_rng(seed)
    values = rng.normal(0, 1, (n, d)) * rng.choice([1.0, 8.0], (n, 1))
    weights = rng.integers(1, 9, n).astype(float) if weighted else np.ones(n)
    points = Points(values, weights)
    result = kmor(points, values[rng.integers(0, n, k)], gamma=gamma, n0=share * weights.sum())
    history = np.array(result.history)
    assert (np.diff(history) <= 1e-12 * history[:-1] + 1e-12).all()
    out = result.labels < 0
    assert weights[out].sum() <= share * weights.sum()
    squares = ((values - result.centroids[result.labels]) ** 2).sum(axis=1)
    inertia = (weights * squares)[~out].sum()
    assert result.inertia == pytest.approx(inertia)
    assert result.objective == pytest.approx(inertia * (1 + gamma * weights[out].sum() / weights[~out].sum()))


@settings(max_examples=examples(60), deadline=None)
@given(n=st.integers(1, 8), gamma=st.floats(0, 20), most=st.integers(0, 7), seed=st.integers(0, 10_000))
def test_no_other_set_of_outliers_is_better_than_the_exact_one(n, gamma, most, seed):
    rng = np.random.default_rng(seed)
    distances, weights = rng.exponential(1, n), np.ones(n)
    found = least_objective(distances, weights, np.zeros(n, bool), gamma, most, np.inf)

    def objective(out: np.ndarray) -> float:
        return distances[~out].sum() * (1 + gamma * out.sum() / (~out).sum())

    sets = [rows for m in range(min(most, n - 1) + 1) for rows in combinations(range(n), m)]
    best = min(objective(np.isin(np.arange(n), rows)) for rows in sets)
    assert objective(found) == pytest.approx(best, abs=1e-12)


@pytest.mark.slow
def test_the_best_of_five_starts_is_lower_with_the_exact_step():
    totals = dict.fromkeys(RULES, 0.0)
    for seed in range(20):
        points = Points(with_outliers(seed, 95)[0])
        starts = [seeding.plus_plus(points, 3, SplitMix64(one)) for one in range(5)]
        for rule in RULES:
            runs = [kmor(points, start, gamma=9, n0=10, rule=rule) for start in starts]
            totals[rule] += min(min(run.history) for run in runs)
    assert totals["exact"] < totals["paper"]


@pytest.mark.slow
@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize(("gamma", "n0"), [(np.inf, np.inf), (9.0, 0.0)])
@pytest.mark.parametrize("kind", ["plain", "rgb", "oklab"])
def test_without_outliers_it_is_k_means(rule, gamma, n0, kind):
    if kind == "plain":
        points = Points(with_outliers()[0])
    else:
        points = SPACES[kind].points(count_colors(blobs(2, 2000)))
    start = seeding.random_points(points, 4, SplitMix64(3))
    result = kmor(points, start, gamma=gamma, n0=n0, rule=rule, max_iterations=500)
    plain = kmeans(points, start)
    assert (result.labels >= 0).all()
    assert np.allclose(result.centroids, plain.centroids, atol=1e-9)
    assert result.objective == pytest.approx(plain.inertia)


@pytest.mark.slow
@pytest.mark.parametrize("rule", RULES)
def test_uniform_outliers_among_gaussians_are_found(rule):
    precision, recall = [], []
    for seed in range(10):
        values, truth = with_outliers(seed)
        points = Points(values)
        starts = [seeding.plus_plus(points, 3, SplitMix64(one)) for one in range(5)]
        runs = [kmor(points, start, gamma=9, n0=100, rule=rule) for start in starts]
        found = min(runs, key=lambda one: one.objective).labels < 0
        precision.append((found & truth).sum() / max(found.sum(), 1))
        recall.append((found & truth).sum() / truth.sum())
    assert np.mean(precision) > 0.95
    assert np.mean(recall) > 0.9


@pytest.mark.parametrize("name", ["rgb", "oklab"])
def test_on_a_grid_the_objective_never_rises_and_centroids_stay_on_it(name):
    points = SPACES[name].points(count_colors(blobs(6, 3000, spread=25)))
    start = seeding.random_points(points, 5, SplitMix64(1))
    result = kmor(points, start, gamma=4, n0=0.02 * points.weights.sum())
    assert (np.diff(result.history) <= 1e-12 * result.history[0]).all()
    assert np.array_equal(result.centroids * points.scale, np.rint(result.centroids * points.scale))
    assert 0 < points.weights[result.labels < 0].sum() <= 0.02 * points.weights.sum()


def test_weights_mean_the_same_as_repeats():
    values = np.array([[0.0], [1], [2], [9], [10], [40], [44]])
    weights = np.array([3, 1, 2, 4, 1, 1, 1])
    start = np.array([[0.0], [9.0]])
    once = kmor(Points(values, weights.astype(float)), start, gamma=5, n0=2)
    repeated = kmor(Points(np.repeat(values, weights, axis=0)), start, gamma=5, n0=2)
    assert once.objective == repeated.objective
    assert np.repeat(once.labels, weights).tolist() == repeated.labels.tolist()
    assert once.labels.tolist()[-2:] == [-1, -1]


def test_a_rule_that_does_not_exist():
    with pytest.raises(ValueError, match="rule must be one of exact, paper, got 'best'"):
        kmor(Points(np.zeros((2, 1))), np.zeros((1, 1)), rule="best")
