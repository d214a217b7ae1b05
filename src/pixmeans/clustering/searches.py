"""What goes beyond the local minimum that Lloyd's algorithm ends in: one row a search."""

from __future__ import annotations

from typing import Protocol

from ..arrays import FloatArray
from . import split_merge
from .kmeans import Frozen
from .points import GridPoints


class Search(Protocol):
    """(points, start) -> centroids (k, d) with less error, for Lloyd's algorithm to end with."""

    def __call__(
        self, points: GridPoints, centroids: FloatArray, *, thorough: bool, frozen: Frozen, seed: int
    ) -> FloatArray:
        """thorough: in more time. frozen: (k,) bool, centroids that never move, or None. seed: of all chance."""
        ...


def _genetic(points: GridPoints, centroids: FloatArray, *, thorough: bool, frozen: Frozen, seed: int) -> FloatArray:
    from .genetic import improved  # only now: few ask for it

    return improved(points, centroids, thorough=thorough, frozen=frozen, seed=seed)


# The names stand with a line of help each in `choices.SEARCHES`.
SEARCHES: dict[str, Search] = {"split-merge": split_merge.improved, "genetic": _genetic}
