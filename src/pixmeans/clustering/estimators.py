"""k-means and KMOR on any points, in the manner of scikit-learn (which need not be installed)."""

from __future__ import annotations

import warnings
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from ..arrays import Bools, FloatArray, Labels, as_array, is_array_like
from ..rng import SplitMix64, run_seed
from . import genetic
from .kmeans import Clustering, kmeans
from .kmor import RULES, OutlierClustering, kmor
from .parameters import Estimator, check_number, check_random_state, check_whole, seed_of
from .points import Points, squared_distances
from .seeding import STARTS, plus_plus

# scikit-learn's names of starts.
INITS = {"k-means++": STARTS["k-means++"], "random": STARTS["random-pixels"]}
# Numbers that `transform` has in memory beside its result, at most about so many.
BLOCK = 1 << 20


class _Clusterer(Estimator):
    """What both estimators share: parameters and their checks, starts, the best of several runs, distances.

    An estimator says how one run is made (`_run`) and what is kept of the best one (`_keep`).
    """

    cluster_centers_: FloatArray
    labels_: Labels
    inertia_: float
    n_iter_: int
    n_features_in_: int
    _auto_runs = 1
    _lowest = "inertia"  # what makes a run better than another

    def __init__(
        self,
        n_clusters: int,
        init: str | npt.ArrayLike,
        n_init: int | str,
        max_iter: int,
        tol: float,
        random_state: Any,
    ) -> None:
        self.n_clusters = n_clusters
        self.init = init
        self.n_init = n_init
        self.max_iter = max_iter
        self.tol = tol
        self.random_state = random_state

    def fit(self, X: npt.ArrayLike, y: object = None, sample_weight: npt.ArrayLike | None = None) -> Self:
        """Finds the centroids of X, for KMOR also the outliers.

        X: (n, d) finite numbers, n at least n_clusters. y is ignored. sample_weight: (n,) not negative, or None for 1
        each: a weight means what repeating the row means.
        Raises ValueError, for parameters of the constructor too. Warns with ConvergenceWarning (UserWarning without
        scikit-learn) if there are fewer distinct rows than clusters: some centroids then stand on the same place.
        """
        self._check_parameters()
        values = matrix_of(self, X, fitting=True)
        points, rows = merged_rows(values, _weights(X, sample_weight))
        seed = seed_of(self.random_state)
        starts = self._starts(points, len(values), seed)
        runs = [self._run(points, start, run_seed(seed, run)) for run, start in enumerate(starts)]
        best = min(runs, key=lambda run: float(getattr(run, self._lowest)))
        self.cluster_centers_ = best.centroids
        self.inertia_ = best.inertia
        self.n_iter_ = max(1, best.iterations)
        self._keep(best, points, values, rows)
        return self

    def predict(self, X: npt.ArrayLike) -> Labels:
        """(n,) the label of each row of X (n, d)."""
        raise NotImplementedError

    def _run(self, points: Points, start: FloatArray, seed: int) -> Any:
        """One run from these centroids. seed: of what chance there is."""
        raise NotImplementedError

    def _keep(self, best: Any, points: Points, values: FloatArray, rows: Labels) -> None:
        """Sets labels_ and what else there is. rows: (n,) the row of each value among the points, -1 if it has none."""
        raise NotImplementedError

    def _check_parameters(self) -> None:
        """Raises ValueError that says name, value and range."""
        check_whole("n_clusters", self.n_clusters, 1)
        if isinstance(self.init, str) and self.init not in INITS:
            raise ValueError(f"init must be {', '.join(map(repr, INITS))} or an array, got {self.init!r}")
        if self.n_init != "auto":
            check_whole("n_init", self.n_init, 1, " or 'auto'")
        check_whole("max_iter", self.max_iter, 0)
        check_number("tol", self.tol)
        check_random_state(self.random_state)

    def _starts(self, points: Points, n: int, seed: int) -> list[FloatArray]:
        """The first centroids of each run, on the points of n samples."""
        k = int(self.n_clusters)
        if k > n:
            raise ValueError(f"n_samples={n} should be >= n_clusters={k}.")
        if len(points) < k:
            warnings.warn(
                f"Number of distinct clusters ({len(points)}) found smaller than n_clusters ({k})."
                " Possibly due to duplicate points in X.",
                _convergence_warning(),
                stacklevel=3,
            )
        if not isinstance(self.init, str):
            return [self._given_start(points)]
        runs = self._auto_runs if self.n_init == "auto" else int(self.n_init)
        return [self._start(points, k, SplitMix64(run_seed(seed, run))) for run in range(runs)]

    def _given_start(self, points: Points) -> FloatArray:
        wanted = (int(self.n_clusters), points.values.shape[1])
        try:
            start = np.array(self.init, np.float64)
        except (TypeError, ValueError) as error:
            raise ValueError(f"init must be an array of numbers of shape {wanted}, got {self.init!r}") from error
        if start.shape != wanted:
            raise ValueError(f"init must have shape {wanted}, got {start.shape}")
        if not np.isfinite(start).all():
            raise ValueError("init must be finite")
        return start

    def _start(self, points: Points, k: int, random: SplitMix64) -> FloatArray:
        def anywhere(k: int, random: SplitMix64) -> FloatArray:
            raise AssertionError("none of INITS needs the range of points")

        if len(points) >= k:
            start = INITS[str(self.init)].choose(points, k, random, anywhere)
        else:
            start = plus_plus(points, k, random)
        # Fewer distinct points than clusters: the rest stand on the first one and stay empty.
        return np.concatenate([start, np.repeat(start[:1], k - len(start), axis=0)])

    def fit_predict(
        self,
        X: npt.ArrayLike,
        y: object = None,
        sample_weight: npt.ArrayLike | None = None,
    ) -> Labels:
        """`fit`, and the labels."""
        return self.fit(X, sample_weight=sample_weight).labels_

    def transform(self, X: npt.ArrayLike) -> FloatArray:
        """(n, k) the distance of each row of X (n, d) from each centroid."""
        self.check_fitted()
        values = matrix_of(self, X)
        distances = np.empty((len(values), len(self.cluster_centers_)))
        rows = max(1, BLOCK // self.cluster_centers_.size)
        for first in range(0, len(values), rows):
            difference = values[first : first + rows, None, :] - self.cluster_centers_[None, :, :]
            distances[first : first + rows] = np.sqrt(np.add.reduce(difference * difference, axis=2))
        return distances

    def fit_transform(
        self,
        X: npt.ArrayLike,
        y: object = None,
        sample_weight: npt.ArrayLike | None = None,
    ) -> FloatArray:
        """`fit`, then `transform` of the same rows."""
        return self.fit(X, sample_weight=sample_weight).transform(X)

    def __sklearn_tags__(self) -> Any:
        """What scikit-learn wants to know; it is only asked when scikit-learn is there."""
        from sklearn.utils import InputTags, Tags, TargetTags, TransformerTags

        return Tags(
            estimator_type="clusterer",
            target_tags=TargetTags(required=False),
            transformer_tags=TransformerTags(preserves_dtype=[]),
            input_tags=InputTags(),
        )


class KMeans(_Clusterer):
    """k-means clustering.

    n_clusters: k, at least 1. init: 'k-means++', 'random' (points drawn by weight) or an array (k, d).
    n_init: starts to try, at least 1; the best is kept ('auto' is 1, as for an array). max_iter: iterations of Lloyd's
    algorithm, at least 0.
    tol: stop when an iteration lowers the inertia by no more than this share of it, at least 0. random_state: the seed,
    a generator of NumPy that gives one, or None, which is 0. search: what goes beyond the minimum that each start leads
    to: None (nothing) or 'genetic' (`clustering.genetic`: 20 partitions for 20 generations, which takes hundreds of
    iterations; max_iter counts those after it).

    Sources: S. Lloyd, "Least squares quantization in PCM", IEEE Trans. Information Theory 28 (1982); D. Arthur,
    S. Vassilvitskii, "k-means++: the advantages of careful seeding", SODA 2007, in the greedy variant, which draws
    2 + log k candidates for each centroid and keeps the best.

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
        search: str | None = None,
    ) -> None:
        super().__init__(n_clusters, init, n_init, max_iter, tol, random_state)
        self.search = search

    def _check_parameters(self) -> None:
        super()._check_parameters()
        if self.search not in (None, "genetic"):
            hint = " (split-merge is for colors)" if self.search == "split-merge" else ""
            raise ValueError(f"search must be None or 'genetic', got {self.search!r}{hint}")

    def _run(self, points: Points, start: FloatArray, seed: int) -> Clustering:
        if self.search is not None:
            start = genetic.improved(points, start, seed=seed)
        return kmeans(points, start, max_iterations=int(self.max_iter), tolerance=float(self.tol))

    def _keep(self, best: Clustering, points: Points, values: FloatArray, rows: Labels) -> None:
        labels, _ = points.assign(best.centroids)
        self.labels_ = labels.take(rows)
        without = np.flatnonzero(rows < 0)
        if len(without):
            self.labels_[without], _ = Points(values[without]).assign(best.centroids)

    def predict(self, X: npt.ArrayLike) -> Labels:
        """(n,) the nearest centroid of each row of X (n, d)."""
        self.check_fitted()
        labels, _ = Points(matrix_of(self, X)).assign(self.cluster_centers_)
        return labels

    def score(
        self,
        X: npt.ArrayLike,
        y: object = None,
        sample_weight: npt.ArrayLike | None = None,
    ) -> float:
        """Minus the inertia of X: the higher the better."""
        self.check_fitted()
        points = Points(matrix_of(self, X), _weights(X, sample_weight))
        return -points.sums(self.cluster_centers_).inertia


class KMOR(_Clusterer):
    """k-means with outlier removal: k clusters, and points that belong to none.

    n_clusters: k, at least 1. gamma: what an outlier costs, in mean squared distances of the others; smaller means
    more outliers. n0: the most there may be: a share of the weight if below 1, else a weight; None is 0.1.
    rule: 'exact' or 'paper' (see `kmor.kmor`). init, n_init, random_state: as for KMeans, but 'auto' is 10 starts,
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
    _lowest = "objective"

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
        super().__init__(n_clusters, init, n_init, max_iter, tol, random_state)
        self.gamma = gamma
        self.n0 = n0
        self.rule = rule

    def _check_parameters(self) -> None:
        super()._check_parameters()
        check_number("gamma", self.gamma)
        if self.n0 is not None:
            check_number("n0", self.n0, ", or None")
        if self.rule not in RULES:
            raise ValueError(f"rule must be one of {', '.join(RULES)}, got {self.rule!r}")

    def _run(self, points: Points, start: FloatArray, seed: int) -> OutlierClustering:
        n0 = 0.1 if self.n0 is None else float(self.n0)
        return kmor(
            points,
            start,
            gamma=float(self.gamma),
            n0=n0 * float(points.weights.sum()) if n0 < 1 else n0,
            rule=self.rule,
            max_iterations=int(self.max_iter),
            tolerance=float(self.tol),
        )

    def _keep(self, best: OutlierClustering, points: Points, values: FloatArray, rows: Labels) -> None:
        self.objective_, self.threshold_ = best.objective, best.threshold
        self.labels_ = np.where(rows < 0, self.predict(values), best.labels[rows])

    def predict(self, X: npt.ArrayLike) -> Labels:
        """(n,) the nearest centroid of each row of X (n, d), -1 where that is farther than the threshold."""
        self.check_fitted()
        points = Points(matrix_of(self, X))
        labels, _ = points.assign(self.cluster_centers_)
        far = squared_distances(points, self.cluster_centers_[labels]) > self.threshold_
        return np.where(far, np.int32(-1), labels)


def matrix_of(model: Any, values: npt.ArrayLike, *, fitting: bool = False) -> FloatArray:
    """X as (n, d) float64, n and d at least 1, finite, and with the d that the model was fitted with.

    fitting: tells the model that d, and the names of columns. Raises ValueError, TypeError.
    """
    if hasattr(values, "toarray"):
        raise TypeError("Sparse data was passed for X, but dense data is required; use X.toarray()")
    array = as_array(values) if is_array_like(values) else np.asarray(values)
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


def merged_rows(values: FloatArray, weights: FloatArray | None) -> tuple[Points, Labels]:
    """Each distinct row with weight once, in an order of their own: so a weight means exactly what repeating means.

    Also (n,): which of these each row is, -1 for rows without weight.
    """
    rows = None  # of those with weight, where some have none
    found = values
    if weights is not None and bool((weights == 0).any()):
        rows = np.flatnonzero(weights > 0)
        found, weights = values.take(rows, axis=0), weights.take(rows)
    order, first = _sorted_rows(found)
    places = np.empty(len(found), np.int32)
    if first.all():
        places[order] = np.arange(len(found), dtype=np.int32)
        points = Points(found.take(order, axis=0), None if weights is None else weights.take(order))
    else:
        places[order] = np.cumsum(first) - 1
        sorted_weights = np.ones(len(found)) if weights is None else weights.take(order)
        merged = np.add.reduceat(sorted_weights, np.flatnonzero(first))
        points = Points(found.take(order[first], axis=0), merged)
    if rows is None:
        return points, places
    all_places = np.full(len(values), -1, np.int32)
    all_places[rows] = places
    return points, all_places


def _sorted_rows(values: FloatArray) -> tuple[npt.NDArray[np.intp], Bools]:
    """An order (n,) of rows (n, d) that depends on their values alone, and whether each differs from the one before.

    They are sorted by a sum of their coordinates with unlike factors, as one key is sorted many times faster than d.
    Where different rows have one key, which is rare, by all coordinates.
    """
    key, random = np.zeros(len(values)), SplitMix64(0)
    with np.errstate(over="ignore", invalid="ignore"):
        for c in range(values.shape[1]):
            key += values[:, c] * (1.0 + random.uniform())
    if bool(np.isfinite(key).all()):
        order = np.argsort(key)
        first = np.ones(len(values), np.bool_)
        in_order = key.take(order)
        first[1:] = in_order[1:] != in_order[:-1]
        ties = np.flatnonzero(~first)
        if len(ties) == 0:
            return order, first
        order = np.argsort(key, kind="stable")  # the same on every machine, where weights are added
        if bool((values[order[ties]] == values[order[ties - 1]]).all()):
            return order, first
    order = np.lexsort(values.T[::-1])
    first = np.ones(len(values), np.bool_)
    first[1:] = (values[order[1:]] != values[order[:-1]]).any(axis=1)
    return order, first


def _weights(values: npt.ArrayLike, weights: npt.ArrayLike | None) -> FloatArray | None:
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


def _convergence_warning() -> type[UserWarning]:
    try:
        from sklearn.exceptions import ConvergenceWarning
    except ImportError:
        return UserWarning
    found: type[UserWarning] = ConvergenceWarning
    return found
