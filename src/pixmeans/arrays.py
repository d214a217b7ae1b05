"""The kinds of arrays that pass through the project, named once."""

from __future__ import annotations

from collections.abc import Sequence
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


# What objects have that NumPy can see as an array: its own, those of xarray and pandas, tensors of torch, CuPy and JAX.
PROTOCOLS = ("__array__", "__array_interface__", "__dlpack__")
# Names of dimensions, as those who name them call the lines and the columns of a picture.
LINES_AND_COLUMNS = (
    {"y", "row", "rows", "height", "lat", "latitude"},
    {"x", "column", "columns", "width", "lon", "longitude"},
)
CPU = (1, 0)  # of DLPack's devices


def is_array_like(value: Any) -> bool:
    """Whether `as_array` takes it: what has one of `PROTOCOLS` and is no text or bytes, as NumPy's own are.

    Pictures of Pillow have one, too.
    """
    return not isinstance(value, (str, bytes)) and any(hasattr(value, name) for name in PROTOCOLS)


def is_pillow(value: Any) -> bool:
    """Whether it is a picture of Pillow, told by what it can do, for rooms that do not import Pillow."""
    return hasattr(value, "convert") and hasattr(value, "getbands")


def as_array(value: Any) -> npt.NDArray[Any]:
    """An array of NumPy, or an object with one of `PROTOCOLS`, as an array; without a copy where that is possible.

    Raises ValueError with the way out: for a tensor on a graphics card, for one that has gradients.

    Source: the array interface protocol, version 3; DLPack as in the Python array API standard.

    >>> as_array(memoryview(b"ab"))
    Traceback (most recent call last):
    ...
    ValueError: memoryview cannot be seen as an array
    """
    if isinstance(value, np.ndarray):
        return value
    kind = type(value).__name__
    if not is_array_like(value):
        raise ValueError(f"{kind} cannot be seen as an array")
    try:
        if hasattr(value, "__array__") or hasattr(value, "__array_interface__"):
            array = np.asarray(value)
        else:
            array = np.from_dlpack(value if hasattr(value, "__dlpack_device__") else _OnCpu(value))
    except Exception as error:  # whatever the library that made it raises
        reason = (str(error) or type(error).__name__).splitlines()[0]
        raise ValueError(
            f"{kind} cannot be seen as an array of this computer's memory ({reason}); "
            "copy it there first, as with .detach().cpu() of torch, .get() of CuPy"
        ) from error
    return array


def as_picture(value: Any) -> npt.NDArray[Any]:
    """`as_array` of a picture. Where its dimensions have names, as in xarray, lines and columns come first.

    Raises ValueError.
    """
    array, names = as_array(value), getattr(value, "dims", None)
    if not isinstance(names, tuple) or len(names) != array.ndim:
        return array
    places = [[i for i, name in enumerate(names) if str(name).lower() in known] for known in LINES_AND_COLUMNS]
    if any(len(place) != 1 for place in places):
        return array
    first = [places[0][0], places[1][0]]
    return array.transpose([*first, *(i for i in range(array.ndim) if i not in first)])


class _OnCpu:
    """An object that has `__dlpack__` alone: NumPy asks where it is, and it is here."""

    def __init__(self, value: Any) -> None:
        self._value = value

    def __dlpack__(self, **wishes: Any) -> Any:
        """Its capsule. What NumPy may wish for besides is newer than such objects."""
        return self._value.__dlpack__()

    def __dlpack_device__(self) -> tuple[int, int]:
        return CPU


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


def percentiles(values: npt.NDArray[Any], shares: Sequence[float]) -> list[float]:
    """The values that so many percent of all are not above, with what lies between two of them in proportion.

    values: floats, at least one, none of them not-a-number; shares: 0 to 100. They are those of `np.percentile`, to the
    last bit. Its first call loads `numpy.ma`, for which an icon has no time.
    """
    places = [(values.size - 1) * (share / 100) for share in shares]
    below = [int(place) for place in places]
    above = [min(place + 1, values.size - 1) for place in below]
    parted = np.partition(values, sorted({*below, *above}), axis=None)
    around = zip(parted[below], parted[above], places, below, strict=True)
    return [_between(low, high, place - at) for low, high, place, at in around]


def _between(low: Any, high: Any, share: float) -> float:
    """As NumPy rounds it: from the nearer end."""
    way, part = high - low, np.float64(share)
    return float(high - way * (1 - part) if share >= 0.5 else low + way * part)


def median(values: npt.NDArray[Any]) -> float:
    """The median, as `np.median` has it; see `percentiles`."""
    low, high = (values.size - 1) // 2, values.size // 2
    parted = np.partition(values, (low, high), axis=None)
    return float((parted[low] + parted[high]) / 2)
