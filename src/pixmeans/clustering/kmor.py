"""KMOR: k-means with outlier removal.

Besides k clusters there is one group of outliers that has no center. With S the weighted squared error of the others, W
the weight of all points and m that of the outliers, what is made small is

    P = S (1 + gamma m / (W - m)),  m at most n0:

each outlier costs gamma times the mean squared distance of the others. With gamma infinite or n0 = 0 it is k-means.

Source: G. Gan, M. K.-P. Ng, "k-means clustering with outlier removal", Pattern Recognition Letters 90 (2017), 8-14.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ..arrays import Bools, FloatArray, Labels
from ..records import dataclass
from .points import GridPoints, Points, Sums, squared_distances

RULES = ("exact", "paper")


@dataclass(frozen=True, eq=False)
class OutlierClustering:
    """Where a run ended.

    centroids: (k, d) float64. labels: (n,) int32, -1 for outliers. objective: P, as above. inertia: S.
    history: P after each assignment. iterations: how many times the centroids moved. converged: P stopped falling.
    threshold: gamma times the mean squared distance of the others: what lies farther, squared, is an outlier.
    """

    centroids: FloatArray
    labels: Labels
    objective: float
    inertia: float
    history: tuple[float, ...]
    iterations: int
    converged: bool
    threshold: float


def kmor(
    points: Points | GridPoints,
    centroids: FloatArray,
    *,
    gamma: float = 9.0,
    n0: float = np.inf,
    rule: str = "exact",
    max_iterations: int = 100,
    tolerance: float = 0.0,
) -> OutlierClustering:
    """Alternates between the best labels, the best outliers and the best centroids until P stops falling.

    centroids: (k, d) where to start. gamma: what an outlier costs, at least 0. n0: the weight of outliers at most.
    rule: how outliers are chosen: 'exact' (those that make P least, so it never rises) or 'paper' (of the n0 farthest
    those farther than gamma times the last mean squared distance; P may rise). tolerance: stop when P falls by no
    more than this share of itself.

    >>> line = Points(np.array([[0.0], [1.0], [2.0], [50.0]]))
    >>> kmor(line, np.array([[1.0]]), gamma=9, n0=1).labels.tolist()
    [0, 0, 0, -1]
    """
    if rule not in RULES:
        raise ValueError(f"rule must be one of {', '.join(RULES)}, got {rule!r}")
    if gamma == np.inf:
        n0 = 0.0
    choose = least_objective if rule == "exact" else farther_than_threshold
    outliers = np.zeros(len(points), np.bool_)
    threshold = np.inf
    history: list[float] = []
    converged = False
    while True:
        labels, _ = points.assign(centroids)  # each point to its nearest centroid
        distances = squared_distances(points, centroids[labels])
        outliers = choose(distances, points.weights, outliers, gamma, n0, threshold)  # the best outliers
        inertia, objective, threshold = evaluate(distances, points.weights, outliers, gamma)
        history.append(objective)
        if len(history) > 1:
            converged = history[-2] - objective <= tolerance * history[-2]
        if converged or len(history) > max_iterations:
            break
        centroids = means(points, labels, outliers, centroids)  # each centroid to the mean of its inliers
    labels = np.where(outliers, np.int32(-1), labels)
    return OutlierClustering(
        centroids, labels, objective, inertia, tuple(history), len(history) - 1, converged, threshold
    )


def least_objective(
    distances: FloatArray, weights: npt.NDArray[np.generic], last: Bools, gamma: float, n0: float, threshold: float
) -> Bools:
    """The outliers that make P least: of the farthest points as many as pay, of equally good numbers the fewest.

    Between two points P is concave in m, so no part of a point need be an outlier; but n0 may cut through one, and
    then the outliers of the round before (`last`) can be better. They are kept if so: P never rises.
    """
    if n0 <= 0:
        return np.zeros(len(distances), np.bool_)
    order = np.argsort(distances, kind="stable")
    heavy = weights[order].astype(np.float64)
    inside = np.cumsum(heavy)  # the weight, and the squared error, of the nearest 1, 2, ... points
    errors = np.cumsum(heavy * distances[order])
    total = float(inside[-1])
    objectives = np.full(len(order), np.inf)
    allowed = (total - inside <= n0) & (inside > 0)
    allowed[-1] = True
    outside = np.maximum(total - inside[allowed], 0.0)
    objectives[allowed] = errors[allowed] * (1 + gamma * outside / inside[allowed])
    found = np.zeros(len(order), np.bool_)
    inliers = len(order) - int(objectives[::-1].argmin())
    found[order[inliers:]] = True
    if last.any() and evaluate(distances, weights, last, gamma)[1] < evaluate(distances, weights, found, gamma)[1]:
        return last
    return found


def farther_than_threshold(
    distances: FloatArray, weights: npt.NDArray[np.generic], last: Bools, gamma: float, n0: float, threshold: float
) -> Bools:
    """The published rule: of the farthest points with weight n0 those whose squared distance is above the threshold."""
    order = np.argsort(-distances, kind="stable")
    outside = np.cumsum(weights[order].astype(np.float64))
    found = np.zeros(len(order), np.bool_)
    found[order[(outside <= n0) & (distances[order] > threshold)]] = True
    return found


def evaluate(
    distances: FloatArray, weights: npt.NDArray[np.generic], outliers: Bools, gamma: float
) -> tuple[float, float, float]:
    """S, P, and gamma times the mean squared distance of the inliers."""
    inlying = np.where(outliers, 0.0, weights.astype(np.float64))
    # Added one after the other, so that the sum is the same everywhere.
    inside = float(np.cumsum(inlying)[-1])
    outside = float(np.cumsum(np.where(outliers, weights, 0).astype(np.float64))[-1])
    inertia = float(np.cumsum(inlying * distances)[-1])
    threshold = gamma * inertia / inside if inertia > 0 else 0.0
    return inertia, inertia + (threshold * outside if outside > 0 else 0.0), threshold


def means(points: Points | GridPoints, labels: Labels, outliers: Bools, otherwise: FloatArray) -> FloatArray:
    """(k, d) the mean of each cluster's inliers, and of a cluster without any its row of `otherwise`."""
    on_grid = isinstance(points, GridPoints)
    values = (
        points.coordinates[:, : points.dimensions].astype(np.int64) if isinstance(points, GridPoints) else points.values
    )
    inliers = ~outliers
    weights = np.zeros(len(otherwise), np.int64 if on_grid else np.float64)
    totals = np.zeros(otherwise.shape, weights.dtype)
    np.add.at(weights, labels[inliers], points.weights[inliers])
    np.add.at(totals, labels[inliers], (values * points.weights[:, None])[inliers])
    return Sums(weights, totals, lambda: 0.0, points.scale).means(otherwise)
