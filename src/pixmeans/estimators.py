"""k-means on any points, in the manner of scikit-learn (which need not be installed)."""

from __future__ import annotations

import inspect
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from . import seeding
from .kmeans import kmeans
from .points import Points
from .rng import SplitMix64


class KMeans:
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
        points = _merged(values, _weights(X, sample_weight))
        if not isinstance(self.n_clusters, (int, np.integer)) or self.n_clusters < 1:
            raise ValueError(f"n_clusters must be a whole number of at least 1, got {self.n_clusters!r}")
        if self.n_clusters > len(values):
            raise ValueError(f"n_samples={len(values)} should be >= n_clusters={self.n_clusters}.")
        seed = 0 if self.random_state is None else int(_seed(self.random_state))
        runs = [
            kmeans(points, self._start(points, seed + run), max_iterations=self.max_iter, tolerance=self.tol)
            for run in range(1 if self.n_init == "auto" else int(self.n_init))
        ]
        best = min(runs, key=lambda clustering: clustering.inertia)
        self.cluster_centers_ = best.centroids
        self.labels_, _ = Points(values).assign(best.centroids)
        self.inertia_ = best.inertia
        self.n_iter_ = max(1, best.iterations)
        return self

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

    def predict(self, X: npt.ArrayLike) -> npt.NDArray[np.int32]:
        """(n,) the nearest centroid of each row of X (n, d)."""
        self._check_fitted()
        labels, _ = Points(_matrix(self, X)).assign(self.cluster_centers_)
        return labels

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
        message = "This KMeans instance is not fitted yet: call 'fit' first"
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


def _merged(values: npt.NDArray[np.float64], weights: npt.NDArray[np.float64] | None) -> Points:
    """Each distinct row with weight once, in ascending order: so a weight means exactly what repeating means."""
    if weights is None:
        weights = np.ones(len(values))
    rows = np.flatnonzero(weights > 0)
    rows = rows[np.lexsort(values[rows].T[::-1])]
    values, weights = values[rows], weights[rows]
    first = np.concatenate([[True], (values[1:] != values[:-1]).any(axis=1)])
    return Points(values[first], np.add.reduceat(weights, np.flatnonzero(first)))


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
