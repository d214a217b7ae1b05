"""k-means and KMOR on any points, in the manner of scikit-learn (which need not be installed)."""

from __future__ import annotations

import inspect
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from ..rng import SplitMix64
from . import seeding
from .kmeans import kmeans
from .kmor import kmor, squared_distances
from .points import Points


class _Clusterer:
    """What both estimators share: parameters, starts, distances."""

    n_clusters: int
    init: str | npt.ArrayLike
    n_init: int | str
    random_state: int | None
    cluster_centers_: npt.NDArray[np.float64]
    labels_: npt.NDArray[np.int32]
    _auto_runs = 1

    def fit(self, X: npt.ArrayLike, y: object = None, sample_weight: npt.ArrayLike | None = None) -> Self:
        """Finds the centroids of X."""
        raise NotImplementedError

    def _starts(self, points: Points, n: int) -> list[npt.NDArray[np.float64]]:
        """The first centroids of each run, on the points of n samples."""
        if not isinstance(self.n_clusters, (int, np.integer)) or self.n_clusters < 1:
            raise ValueError(f"n_clusters must be a whole number of at least 1, got {self.n_clusters!r}")
        if self.n_clusters > n:
            raise ValueError(f"n_samples={n} should be >= n_clusters={self.n_clusters}.")
        seed = 0 if self.random_state is None else int(_seed(self.random_state))
        return [
            self._start(points, seed + run)
            for run in range(self._auto_runs if self.n_init == "auto" else int(self.n_init))
        ]

    def _start(self, points: Points, seed: int) -> npt.NDArray[np.float64]:
        if not isinstance(self.init, str):
            start = np.array(self.init, np.float64)
            if start.shape != (self.n_clusters, points.values.shape[1]):
                raise ValueError(
                    f"init must have shape ({self.n_clusters}, {points.values.shape[1]}), got {start.shape}"
                )
            return start
        if self.init not in ("k-means++", "random"):
            raise ValueError(f"init must be 'k-means++', 'random' or an array, got {self.init!r}")
        random = SplitMix64(seed)
        k = int(self.n_clusters)
        if self.init == "random" and len(points) >= k:
            return seeding.random_points(points, k, random)
        start = seeding.plus_plus(points, k, random)
        # Fewer distinct points than clusters: the rest stand on the first one and stay empty.
        return np.concatenate([start, np.repeat(start[:1], k - len(start), axis=0)])

    def fit_predict(
        self,
        X: npt.ArrayLike,
        y: object = None,
        sample_weight: npt.ArrayLike | None = None,
    ) -> npt.NDArray[np.int32]:
        """`fit`, and the labels."""
        return self.fit(X, sample_weight=sample_weight).labels_

    def transform(self, X: npt.ArrayLike) -> npt.NDArray[np.float64]:
        """(n, k) the distance of each row of X from each centroid."""
        self._check_fitted()
        difference = _matrix(self, X)[:, None, :] - self.cluster_centers_[None, :, :]
        distances: npt.NDArray[np.float64] = np.sqrt(np.add.reduce(difference * difference, axis=2))
        return distances

    def fit_transform(
        self,
        X: npt.ArrayLike,
        y: object = None,
        sample_weight: npt.ArrayLike | None = None,
    ) -> npt.NDArray[np.float64]:
        """`fit`, then `transform` of the same rows."""
        return self.fit(X, sample_weight=sample_weight).transform(X)

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """The arguments of the constructor."""
        return {name: getattr(self, name) for name in list(inspect.signature(type(self)).parameters)}

    def set_params(self, **params: Any) -> Self:
        """Changes arguments of the constructor. Raises ValueError for one that does not exist."""
        for name, value in params.items():
            if name not in self.get_params():
                raise ValueError(f"there is no parameter {name!r}; there are: {', '.join(self.get_params())}")
            setattr(self, name, value)
        return self

    def _check_fitted(self) -> None:
        if hasattr(self, "cluster_centers_"):
            return
        message = f"This {type(self).__name__} instance is not fitted yet: call 'fit' first"
        try:
            from sklearn.exceptions import NotFittedError
        except ImportError:
            raise ValueError(message) from None
        raise NotFittedError(message)

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "cluster_centers_")

    def __sklearn_tags__(self) -> Any:
        """What scikit-learn wants to know; it is only asked when scikit-learn is there."""
        from sklearn.utils import InputTags, Tags, TargetTags, TransformerTags

        return Tags(
            estimator_type="clusterer",
            target_tags=TargetTags(required=False),
            transformer_tags=TransformerTags(preserves_dtype=[]),
            input_tags=InputTags(),
        )

    def __repr__(self) -> str:
        defaults = inspect.signature(type(self)).parameters
        changed = [
            f"{name}={value!r}"
            for name, value in self.get_params().items()
            if not isinstance(value, np.ndarray) and value != defaults[name].default
        ]
        return f"{type(self).__name__}({', '.join(changed)})"


class KMeans(_Clusterer):
    """k-means clustering.

    n_clusters: k, at least 1. init: 'k-means++', 'random' (points drawn by weight) or an array (k, d).
    n_init: starts to try; the best is kept ('auto' is 1). max_iter: of Lloyd's algorithm.
    tol: stop when an iteration lowers the inertia by no more than this share of it. random_state: the seed.

    After `fit`: cluster_centers_ (k, d), labels_ (n,), inertia_ (weighted sum of squared distances), n_iter_,
    n_features_in_.

    >>> model = KMeans(n_clusters=2, random_state=0).fit([[0.0], [1.0], [10.0], [11.0]])
    >>> sorted(model.cluster_centers_.ravel().tolist()), model.inertia_
    ([0.5, 10.5], 1.0)
    """

    def __init__(
        self,
        n_clusters: int = 8,
        *,
        init: str | npt.ArrayLike = "k-means++",
        n_init: int | str = "auto",
        max_iter: int = 300,
        tol: float = 1e-4,
        random_state: int | None = 0,
    ) -> None:
        self.n_clusters = n_clusters
        self.init = init
        self.n_init = n_init
        self.max_iter = max_iter
        self.tol = tol
        self.random_state = random_state

    def fit(self, X: npt.ArrayLike, y: object = None, sample_weight: npt.ArrayLike | None = None) -> Self:
        """Finds the centroids of X (n, d); y is ignored. sample_weight: (n,) not negative, or None for 1 each.

        Raises ValueError.
        """
        values = _matrix(self, X, fitting=True)
        points, _ = _merged(values, _weights(X, sample_weight))
        runs = [
            kmeans(points, start, max_iterations=self.max_iter, tolerance=self.tol)
            for start in self._starts(points, len(values))
        ]
        best = min(runs, key=lambda clustering: clustering.inertia)
        self.cluster_centers_ = best.centroids
        self.labels_, _ = Points(values).assign(best.centroids)
        self.inertia_ = best.inertia
        self.n_iter_ = max(1, best.iterations)
        return self

    def predict(self, X: npt.ArrayLike) -> npt.NDArray[np.int32]:
        """(n,) the nearest centroid of each row of X (n, d)."""
        self._check_fitted()
        labels, _ = Points(_matrix(self, X)).assign(self.cluster_centers_)
        return labels

    def score(
        self,
        X: npt.ArrayLike,
        y: object = None,
        sample_weight: npt.ArrayLike | None = None,
    ) -> float:
        """Minus the inertia of X: the higher the better."""
        self._check_fitted()
        points = Points(_matrix(self, X), _weights(X, sample_weight))
        return -points.sums(self.cluster_centers_).inertia


class KMOR(_Clusterer):
    """k-means with outlier removal: k clusters, and points that belong to none.

    n_clusters: k, at least 1. gamma: what an outlier costs, in mean squared distances of the others; smaller means
    more outliers. n0: the most there may be: a share of the weight if below 1, else a weight; None is 0.1.
    rule: 'exact' or 'paper' (see `outliers.kmor`). init, n_init, random_state as for KMeans, but 'auto' is 10 starts,
    and random ones: k-means++ seeks far points, and those are the outliers. max_iter: rounds at most. tol: stop when
    a round lowers the objective by no more than this share of it.

    After `fit`: cluster_centers_ (k, d), labels_ (n,) with -1 for outliers, objective_, inertia_ (weighted sum of
    squared distances of the others), threshold_ (the squared distance from which a point is an outlier to `predict`),
    n_iter_, n_features_in_.

    Source: G. Gan, M. K.-P. Ng, "k-means clustering with outlier removal", Pattern Recognition Letters 90 (2017).

    >>> KMOR(n_clusters=2, n0=1).fit([[0.0], [1.0], [10.0], [11.0], [99.0]]).labels_[-1]
    np.int32(-1)
    """

    _auto_runs = 10

    def __init__(
        self,
        n_clusters: int = 8,
        *,
        gamma: float = 9.0,
        n0: float | None = None,
        rule: str = "exact",
        init: str | npt.ArrayLike = "random",
        n_init: int | str = "auto",
        max_iter: int = 100,
        tol: float = 1e-6,
        random_state: int | None = 0,
    ) -> None:
        self.n_clusters = n_clusters
        self.gamma = gamma
        self.n0 = n0
        self.rule = rule
        self.init = init
        self.n_init = n_init
        self.max_iter = max_iter
        self.tol = tol
        self.random_state = random_state

    def fit(self, X: npt.ArrayLike, y: object = None, sample_weight: npt.ArrayLike | None = None) -> Self:
        """Finds the centroids and the outliers of X (n, d); y is ignored. sample_weight as for KMeans.

        Raises ValueError.
        """
        values = _matrix(self, X, fitting=True)
        points, rows = _merged(values, _weights(X, sample_weight))
        if not self.gamma >= 0:
            raise ValueError(f"gamma must be at least 0, got {self.gamma!r}")
        n0 = 0.1 if self.n0 is None else self.n0
        if not n0 >= 0:
            raise ValueError(f"n0 must be at least 0, or None, got {self.n0!r}")
        most = n0 * float(points.weights.sum()) if n0 < 1 else float(n0)
        runs = [
            kmor(
                points,
                start,
                gamma=self.gamma,
                n0=most,
                rule=self.rule,
                max_iterations=self.max_iter,
                tolerance=self.tol,
            )
            for start in self._starts(points, len(values))
        ]
        best = min(runs, key=lambda run: run.objective)
        self.cluster_centers_ = best.centroids
        self.objective_, self.inertia_, self.threshold_ = best.objective, best.inertia, best.threshold
        self.labels_ = np.where(rows < 0, self.predict(values), best.labels[rows])
        self.n_iter_ = max(1, best.iterations)
        return self

    def predict(self, X: npt.ArrayLike) -> npt.NDArray[np.int32]:
        """(n,) the nearest centroid of each row of X (n, d), -1 where that is farther than the threshold."""
        self._check_fitted()
        points = Points(_matrix(self, X))
        labels, _ = points.assign(self.cluster_centers_)
        far = squared_distances(points, self.cluster_centers_[labels]) > self.threshold_
        return np.where(far, np.int32(-1), labels)


def _matrix(model: Any, values: npt.ArrayLike, *, fitting: bool = False) -> npt.NDArray[np.float64]:
    """X as (n, d) float64, n and d at least 1, finite, and with the d it was fitted with."""
    if hasattr(values, "toarray"):
        raise TypeError("Sparse data was passed for X, but dense data is required; use X.toarray()")
    array = np.asarray(values)
    if np.iscomplexobj(array):
        raise ValueError("Complex data not supported")
    array = np.ascontiguousarray(array, np.float64)
    if array.ndim != 2:
        hint = " Reshape your data: one row a sample." if array.ndim == 1 else ""
        raise ValueError(f"Expected 2D array, got {array.ndim}D array instead, of shape {array.shape}.{hint}")
    if array.shape[0] < 1:
        raise ValueError(f"Found array with 0 sample(s) (shape={array.shape}) while a minimum of 1 is required.")
    if array.shape[1] < 1:
        raise ValueError(f"Found array with 0 feature(s) (shape={array.shape}) while a minimum of 1 is required.")
    if not np.isfinite(array).all():
        raise ValueError("Input X contains NaN or infinity.")
    names = getattr(values, "columns", None)
    if fitting:
        model.n_features_in_ = array.shape[1]
        if names is not None and all(isinstance(name, str) for name in names):
            model.feature_names_in_ = np.asarray(names, dtype=object)
    elif array.shape[1] != model.n_features_in_:
        raise ValueError(
            f"X has {array.shape[1]} features, but {type(model).__name__} is expecting"
            f" {model.n_features_in_} features as input"
        )
    return array


def _merged(
    values: npt.NDArray[np.float64], weights: npt.NDArray[np.float64] | None
) -> tuple[Points, npt.NDArray[np.int64]]:
    """Each distinct row with weight once, in ascending order: so a weight means exactly what repeating means.

    Also (n,): which of these each row is, -1 for rows without weight.
    """
    if weights is None:
        weights = np.ones(len(values))
    rows = np.flatnonzero(weights > 0)
    rows = rows[np.lexsort(values[rows].T[::-1])]
    sorted_values, sorted_weights = values[rows], weights[rows]
    first = np.concatenate([[True], (sorted_values[1:] != sorted_values[:-1]).any(axis=1)])
    places = np.full(len(values), -1, np.int64)
    places[rows] = np.cumsum(first) - 1
    return Points(sorted_values[first], np.add.reduceat(sorted_weights, np.flatnonzero(first))), places


def _weights(values: npt.ArrayLike, weights: npt.ArrayLike | None) -> npt.NDArray[np.float64] | None:
    """Weights as (n,) float64, not negative, not all 0."""
    if weights is None:
        return None
    n = len(np.asarray(values))
    array = np.asarray(weights, np.float64)
    if array.ndim == 0:
        array = np.full(n, float(array))
    if array.shape != (n,):
        raise ValueError(f"sample_weight.shape == {array.shape}, expected {(n,)}!")
    if not np.isfinite(array).all() or (array < 0).any() or not array.any():
        raise ValueError("sample_weight must be finite, not negative, and not zero everywhere")
    return array


def _seed(random_state: Any) -> int:
    """A whole number; NumPy's generators give their next one."""
    if hasattr(random_state, "randint"):
        return int(random_state.randint(2**31))
    if hasattr(random_state, "integers"):
        return int(random_state.integers(2**31))
    return int(random_state)
