"""Translucent pixels as a search for lossy indices sees them: in three coordinates, where colors and alpha are four.

Shadows have one color, glows few hues: their translucent pixels nearly lie in a space of three dimensions, that of the
three principal axes. Distances in it are those of k-means: of composites over black and over white alike (see
`color.spaces`), with a and b scaled as for opaque pixels. Pictures whose translucent pixels fill four dimensions, such
as soft edges of many colors, are left alone.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from math import sqrt

import numpy as np
import numpy.typing as npt

from ..arrays import Bools, FloatArray, Int16Array, UInt8Array
from ..color.masking import CHROMA
from ..color.spaces import SPACES
from ..records import dataclass
from .rows import by_rows

# Coordinates take so many times 32 bytes at once.
BAND_PIXELS = 1 << 20

# The share of the pixels that must be translucent for the search to be worth its time.
LEAST_SHARE = 0.05

# The most of the mean squared distance from the three axes, in OKLab: about half of what the eye can tell.
MOST_LEFT_OUT = 0.01**2

# An entry farther than this from the three axes, in OKLab, is not what it looks like in them.
FARTHEST_ENTRY = 0.04


@dataclass(frozen=True, eq=False)
class TranslucentPixels:
    """The translucent pixels of a picture in three coordinates.

    where: (h, w) bool. points: of some rows, (rows, w, 3) int16 in 2**-14; 0 elsewhere. Like L, the first begins at 0;
    like a and b, the others lie around 0: the search looks entries up in such a box.
    mean: (4,) and axes: (3, 4), of the 4 coordinates, the axis of most variance first. origin: (3,) on the axes.
    """

    where: Bools
    points: Callable[[slice], Int16Array]
    mean: FloatArray
    axes: FloatArray
    origin: FloatArray

    @classmethod
    def of(cls, pixels: UInt8Array) -> TranslucentPixels | None:
        """None where there are few of them, or where they fill four dimensions. pixels: (h, w, 3 or 4) uint8."""
        if pixels.shape[2] == 3:
            return None
        where: Bools = (pixels[..., 3] > 0) & (pixels[..., 3] < 255)
        count = int(np.count_nonzero(where))
        if count == 0 or count < LEAST_SHARE * where.size:
            return None
        height, width = where.shape

        @lru_cache(maxsize=1)  # one band is all of a small picture
        def found(top: int) -> npt.NDArray[np.int64]:
            return _coordinates(pixels[top : top + band][where[top : top + band]])

        band = max(1, BAND_PIXELS // width)
        tops = range(0, height, band)
        sums, products = np.zeros(4, np.int64), np.zeros((4, 4), np.int64)
        for top in tops:
            here = found(top)
            sums += np.add.reduce(here, axis=0)
            products += [[np.add.reduce(here[:, i] * here[:, j]) for j in range(4)] for i in range(4)]
        mean = sums / count
        variances, axes = principal_axes((products / count - mean[:, None] * mean).tolist())
        if variances[3] > MOST_LEFT_OUT * SPACES["oklab"].scale ** 2:
            return None
        low, high = np.full(3, np.inf), np.full(3, -np.inf)
        for top in tops:
            seen = _on_axes(found(top) - mean, axes[:3])
            low = np.minimum(low, seen.min(axis=0, initial=np.inf))
            high = np.maximum(high, seen.max(axis=0, initial=-np.inf))
        origin = np.array([low[0], (low[1] + high[1]) / 2, (low[2] + high[2]) / 2])

        def points(rows: slice) -> Int16Array:
            grid = np.zeros((*where[rows].shape, 3), np.int16)
            here = _coordinates(pixels[rows][where[rows]])
            grid[where[rows]] = _rounded(_on_axes(here - mean, axes[:3]) - origin)
            return grid

        return cls(where, by_rows(points, height, width), mean, axes[:3], origin)

    def entries(self, colors: UInt8Array, far: float) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
        """(256, 4) the coordinates of palette entries, and the first again; `far` where they must not be used."""
        scale = SPACES["oklab"].scale
        away = _coordinates(colors) - self.mean
        seen = _on_axes(away, self.axes)
        rest = np.maximum(np.add.reduce(away * away, axis=1) - np.add.reduce(seen * seen, axis=1), 0.0)
        usable = (colors[:, 3] > 0) & (rest <= (FARTHEST_ENTRY * scale) ** 2)
        entries = np.full((256, 4), far, np.float32)
        entries[: len(colors), :3] = np.where(
            usable[:, None], _rounded(seen - self.origin) / np.float32(scale), np.float32(far)
        )
        entries[:, 3] = entries[:, 0]
        return entries

    def locked(self, entries: np.ndarray[tuple[int, int], np.dtype[np.float32]], indices: UInt8Array) -> UInt8Array:
        """(h, w): 1 where a pixel keeps its index: all others, and those whose own entry must not be used.

        entries: see there. indices: (h, w) uint8.
        """
        free = self.where & (entries[:, 0] < 10.0)[indices]  # coordinates are below 2: what is beyond must not be used
        return (~free).astype(np.uint8)


def _coordinates(colors: UInt8Array) -> np.ndarray[tuple[int, int], np.dtype[np.int64]]:
    """(n, 4) int64: the points of k-means, with a and b scaled as `masking.CHROMA` says. colors: (n, 4) uint8."""
    grid = SPACES["oklab"].to_grid(np.ascontiguousarray(colors)).astype(np.int64)
    grid[:, 1:3] = grid[:, 1:3] * CHROMA >> 8
    return grid


def _on_axes(points: FloatArray, axes: FloatArray) -> FloatArray:
    """(n, 3) of points (n, 4); sums in one order, which products of matrices do not promise."""
    sums = [points[:, :1] * axes[:, 0]]
    for i in range(1, 4):
        sums.append(sums[-1] + points[:, i : i + 1] * axes[:, i])
    return sums[-1]


def _rounded(values: FloatArray) -> Int16Array:
    return np.floor(values + 0.5).astype(np.int16)


def principal_axes(matrix: list[list[float]]) -> tuple[list[float], FloatArray]:
    """The eigenvalues of a symmetric matrix (d, d), falling, and its eigenvectors (d, d), one a row.

    By rotations (C. Jacobi, "Ueber ein leichtes Verfahren ...", 1846): only + - * / and roots, so that all machines
    agree to the last bit.

    >>> values, axes = principal_axes([[2.0, 0.0], [0.0, 5.0]])
    >>> values, axes.tolist()
    ([5.0, 2.0], [[0.0, 1.0], [1.0, 0.0]])
    """
    size = len(matrix)
    a = [list(row) for row in matrix]
    vectors = [[float(i == j) for j in range(size)] for i in range(size)]
    for _ in range(12):  # sweeps; six are usual
        for p in range(size):
            for q in range(p + 1, size):
                if a[p][q] != 0.0:
                    _rotate(a, vectors, p, q)
    order = sorted(range(size), key=lambda i: (-a[i][i], i))
    return [a[i][i] for i in order], np.array([[row[i] for row in vectors] for i in order])


def _rotate(a: list[list[float]], vectors: list[list[float]], p: int, q: int) -> None:
    """INOUT a, vectors: the rotation that makes a[p][q] zero."""
    half = (a[q][q] - a[p][p]) / (2.0 * a[p][q])
    tangent = (1.0 if half >= 0.0 else -1.0) / (abs(half) + sqrt(half * half + 1.0))
    cosine = 1.0 / sqrt(tangent * tangent + 1.0)
    sine = tangent * cosine
    for row in (*a, *vectors):
        row[p], row[q] = cosine * row[p] - sine * row[q], sine * row[p] + cosine * row[q]
    for i in range(len(a)):
        a[p][i], a[q][i] = cosine * a[p][i] - sine * a[q][i], sine * a[p][i] + cosine * a[q][i]
