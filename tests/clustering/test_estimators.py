import numpy as np
import pytest
from helpers import examples
from hypothesis import given, settings
from hypothesis import strategies as st

import pixmeans as pm
from pixmeans.clustering import estimators
from pixmeans.clustering.estimators import merged_rows
from pixmeans.rng import SplitMix64


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::UserWarning", "ignore::FutureWarning", "ignore::DeprecationWarning")
@pytest.mark.parametrize("model", [pm.KMeans(), pm.KMOR()], ids=["KMeans", "KMOR"])
def test_scikit_learn_accepts_it_as_one_of_its_own(model):
    from sklearn.exceptions import SkipTestWarning  # takes seconds to import
    from sklearn.utils.estimator_checks import check_estimator

    results = check_estimator(model, on_skip=None, on_fail=None)
    failed = [(one["check_name"], one["exception"]) for one in results if one["status"] == "failed"]
    assert failed == []
    assert sum(one["status"] == "passed" for one in results) > 40
    assert issubclass(SkipTestWarning, UserWarning)


def test_by_hand():
    model = pm.KMeans(n_clusters=2).fit([[0.0, 0.0], [0.0, 2.0], [9.0, 0.0]], sample_weight=[1, 1, 5])
    assert sorted(model.cluster_centers_.tolist()) == [[0, 1], [9, 0]]
    assert model.inertia_ == 2
    assert model.labels_[0] == model.labels_[1] != model.labels_[2]
    assert model.predict([[8.0, 8.0]])[0] == model.labels_[2]
    assert model.transform([[9.0, 0.0]]).min() == 0
    assert model.score([[9.0, 3.0]]) == -9


def test_kmor_by_hand():
    model = pm.KMOR(n_clusters=2, n0=1).fit([[0.0], [2.0], [10.0], [12.0], [90.0]])
    assert sorted(model.cluster_centers_.ravel().tolist()) == [1, 11]
    assert model.labels_[4] == -1
    assert model.labels_[0] == model.labels_[1] != model.labels_[2] == model.labels_[3]
    assert model.inertia_ == 4
    assert model.threshold_ == 9 * 4 / 4
    assert model.objective_ == 4 * (1 + 9 * 1 / 4)
    assert model.predict([[13.0], [14.5]]).tolist() == [model.labels_[2], -1]
    assert model.transform([[1.0]]).min() == 0


def test_kmor_rows_without_weight_are_labelled_as_predicted():
    model = pm.KMOR(n_clusters=1, n0=1).fit([[0.0], [1.0], [2.0], [3.0]], sample_weight=[1, 1, 1, 0])
    assert model.labels_.tolist() == [0, 0, 0, 0]
    model = pm.KMOR(n_clusters=1, n0=1).fit([[0.0], [1.0], [2.0], [9.0]], sample_weight=[1, 1, 1, 0])
    assert model.labels_.tolist() == [0, 0, 0, -1]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"gamma": -1}, "gamma must be a number of at least 0, got -1"),
        ({"gamma": float("nan")}, "gamma must be a number of at least 0, got nan"),
        ({"n0": -0.5}, "n0 must be a number of at least 0, or None, got -0.5"),
        ({"n0": "few"}, "n0 must be a number of at least 0, or None, got 'few'"),
        ({"rule": "best"}, "rule must be one of exact, paper, got 'best'"),
        ({"n_clusters": 9}, "n_samples=3 should be >= n_clusters=9"),
    ],
)
def test_wrong_arguments_of_kmor_are_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        pm.KMOR(**{"n_clusters": 2, **arguments}).fit([[0.0], [1.0], [5.0]])


def test_given_centroids_are_the_start():
    start = np.array([[0.0], [100.0]])
    model = pm.KMeans(n_clusters=2, init=start, max_iter=0).fit([[1.0], [2.0], [99.0]])
    assert model.cluster_centers_.tolist() == start.tolist()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"n_clusters": 0}, "n_clusters must be a whole number of at least 1, got 0"),
        ({"n_clusters": 2.5}, "n_clusters must be a whole number of at least 1, got 2.5"),
        ({"n_clusters": True}, "n_clusters must be a whole number of at least 1, got True"),
        ({"max_iter": -1}, "max_iter must be a whole number of at least 0, got -1"),
        ({"max_iter": "9"}, "max_iter must be a whole number of at least 0, got '9'"),
        ({"n_init": 0}, "n_init must be a whole number of at least 1 or 'auto', got 0"),
        ({"n_init": "many"}, "n_init must be a whole number of at least 1 or 'auto', got 'many'"),
        ({"tol": -1e-9}, "tol must be a number of at least 0, got -1e-09"),
        ({"tol": None}, "tol must be a number of at least 0, got None"),
        ({"random_state": -1}, "random_state must be a whole number of at least 0, a generator of NumPy, or None"),
        ({"init": [["a"], ["b"]]}, "init must be an array of numbers of shape \\(2, 1\\)"),
        ({"init": [[0.0], [np.nan]]}, "init must be finite"),
        ({"n_clusters": 9}, "n_samples=3 should be >= n_clusters=9"),
        ({"init": "best"}, "init must be 'k-means\\+\\+', 'random' or an array"),
        ({"init": [[1.0]], "n_clusters": 2}, "init must have shape \\(2, 1\\), got \\(1, 1\\)"),
    ],
)
@pytest.mark.parametrize("model", [pm.KMeans, pm.KMOR])
def test_wrong_arguments_are_named(model, arguments, message):
    with pytest.raises(ValueError, match=message):
        model(**{"n_clusters": 2, **arguments}).fit([[0.0], [1.0], [5.0]])


@pytest.mark.slow
@pytest.mark.parametrize("model", [pm.KMeans, pm.KMOR])
@pytest.mark.parametrize("init", ["k-means++", "random", [[1.0], [2.0], [2.0]]])
def test_duplicates_below_k_leave_clusters_empty_and_say_so(model, init):
    from sklearn.exceptions import ConvergenceWarning

    with pytest.warns(ConvergenceWarning, match=r"distinct clusters \(2\) found smaller than n_clusters \(3\)"):
        found = model(n_clusters=3, init=init, n_init=1).fit([[1.0], [1.0], [2.0]])
    assert found.inertia_ == 0
    assert np.isfinite(found.cluster_centers_).all()


def test_k_distinct_rows_are_enough_for_k_clusters():
    assert pm.KMeans(n_clusters=2, init="random").fit([[1.0], [1.0], [2.0]]).inertia_ == 0  # a warning would be raised


def test_distances_in_blocks_are_those_of_all_at_once(monkeypatch):
    values = np.random.default_rng(0).normal(size=(103, 5))
    model = pm.KMeans(n_clusters=4).fit(values)
    whole = model.transform(values)
    assert np.array_equal(whole, np.sqrt(((values[:, None] - model.cluster_centers_) ** 2).sum(axis=2)))
    monkeypatch.setattr(estimators, "BLOCK", 200)
    assert np.array_equal(model.transform(values), whole)


def test_runs_of_neighboring_seeds_are_different():
    values = np.random.default_rng(1).normal(size=(400, 2))

    def starts(seed):
        model = pm.KMeans(n_clusters=9, init="random", n_init=4, random_state=seed)
        points = estimators.Points(values)
        return [start.tobytes() for start in model._starts(points, len(values), seed)]

    assert len({*starts(0), *starts(1), *starts(2)}) == 12
    first = estimators.INITS["random"].choose(estimators.Points(values), 9, SplitMix64(2), None)
    assert starts(2)[0] == first.tobytes()


@settings(max_examples=examples(40), deadline=None)
@given(
    n=st.integers(1, 60),
    d=st.integers(1, 50),
    most=st.sampled_from([1, 2, 1000]),
    scale=st.sampled_from([1.0, 1e308]),
    seed=st.integers(0, 2**32 - 1),
)
def test_rows_are_merged_in_an_order_that_is_that_of_their_values(n, d, most, scale, seed):
    """However they come; also where what they are sorted by overflows."""
    rng = np.random.default_rng(seed)
    values = rng.integers(0, most + 1, (n, d)) * (scale / (most + 1))
    weights = rng.integers(0, 3, n).astype(float)
    weights[0] = 1.0
    shuffled = rng.permutation(n)
    points, places = merged_rows(values, weights)
    others, _ = merged_rows(values[shuffled], weights[shuffled])
    assert np.array_equal(points.values, others.values)
    assert np.array_equal(points.weights, others.weights)
    assert len(points.values) == len(np.unique(values[weights > 0], axis=0))
    assert np.array_equal(places < 0, weights == 0)
    assert np.array_equal(points.values[places[weights > 0]], values[weights > 0])
    assert np.array_equal(points.weights, np.bincount(places[weights > 0], weights[weights > 0]))
