"""The kinds of arrays that pass through the project, named once."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from .choices import MAX_INDEXED

UInt8Array = npt.NDArray[np.uint8]
UInt16Array = npt.NDArray[np.uint16]
Int16Array = npt.NDArray[np.int16]
Int32Array = npt.NDArray[np.int32]
IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]
Float32Array = npt.NDArray[np.float32]
Bools = npt.NDArray[np.bool_]

Indices = UInt8Array | UInt16Array
"""Entries of a palette, one a pixel: of the type that `index_type` says."""

Samples = UInt8Array | UInt16Array
"""Values of pixels as a file holds them, of 8 or 16 bits."""

Labels = Int32Array
"""(n,) int32: for each point the row of its centroid, for each color the index of its entry."""

Grid = Int16Array
"""(n, 3 or 4) int16: colors on the whole-number grid of a space, as `Space.to_grid` gives them."""


def is_among(values: npt.NDArray[Any], ascending: npt.NDArray[Any]) -> Bools:
    """Which values (n,) occur in `ascending` (m,), a sorted array of the same kind of numbers.

    NumPy's `isin` would make a hash table of all of both, 80 ms for the colors of a photo, and import masked arrays.
    """
    if len(ascending) == 0:
        return np.zeros(len(values), np.bool_)
    places = np.searchsorted(ascending, values)
    return ascending[np.minimum(places, len(ascending) - 1)] == values


def index_type(k: int) -> type[np.unsignedinteger[Any]]:
    """The type of indices into a palette of k colors: uint8 for up to 256, uint16 for more.

    >>> index_type(256), index_type(1256)
    (<class 'numpy.uint8'>, <class 'numpy.uint16'>)
    """
    return np.uint8 if k <= MAX_INDEXED else np.uint16
