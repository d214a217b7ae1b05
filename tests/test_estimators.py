import numpy as np
import pytest
from sklearn.exceptions import SkipTestWarning
from sklearn.utils.estimator_checks import check_estimator

import pixmeans as pm


@pytest.mark.filterwarnings("ignore::UserWarning", "ignore::FutureWarning", "ignore::DeprecationWarning")
def test_scikit_learn_accepts_it_as_one_of_its_own():
    results = check_estimator(pm.KMeans(), on_skip=None, on_fail=None)
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


def test_given_centroids_are_the_start():
    start = np.array([[0.0], [100.0]])
    model = pm.KMeans(n_clusters=2, init=start, max_iter=0).fit([[1.0], [2.0], [99.0]])
    assert model.cluster_centers_.tolist() == start.tolist()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"n_clusters": 0}, "n_clusters must be a whole number of at least 1"),
        ({"n_clusters": 9}, "n_samples=3 should be >= n_clusters=9"),
        ({"init": "best"}, "init must be 'k-means\\+\\+', 'random' or an array"),
        ({"init": [[1.0]], "n_clusters": 2}, "init must have shape \\(2, 1\\), got \\(1, 1\\)"),
    ],
)
def test_wrong_arguments_are_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        pm.KMeans(**{"n_clusters": 2, **arguments}).fit([[0.0], [1.0], [5.0]])


def test_duplicates_below_k_leave_clusters_empty():
    model = pm.KMeans(n_clusters=3).fit([[1.0], [1.0], [2.0]])
    assert model.inertia_ == 0
    assert np.isfinite(model.cluster_centers_).all()
