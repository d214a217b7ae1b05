"""The maps of a fractal file as bytes: which squares are parted, means, contrasts, and where each range comes from."""

from __future__ import annotations

import struct
from collections.abc import Callable
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from ..arrays import Bools, Int32Array, IntArray, UInt8Array
from ..records import dataclass
from .planes import DamagedError, pack, unpack

_SECTIONS = struct.Struct(">4I")
_GROUP = 32  # places of domains that become one whole number


@dataclass(frozen=True, eq=False)
class Maps:
    """The maps of one plane.

    shape: rows and columns of pixels. step: levels between two means. parted16, parted8: which squares of that side are
    parted into four. chosen: by side 16, 8 and 4, of the ranges line by line: mean in steps, contrast in tenths (0:
    the mean alone), place: the number of the domain, isometry: 0 to 7.
    """

    shape: tuple[int, int]
    step: int
    parted16: Bools
    parted8: Bools
    chosen: dict[int, list[Int32Array]]


Places = Callable[[tuple[int, int], int], tuple[int, int]]


def write_maps(maps: Maps, places: Places) -> bytes:
    """The bytes of the maps. places: how many rows and columns of domains there are for a shape and a side."""
    classes = first_squares(maps.parted16, maps.parted8)
    mean, contrast = np.zeros(classes.shape, np.int64), np.zeros(classes.shape, np.int64)
    for side, (means, contrasts, _, _) in maps.chosen.items():
        mean[classes == _CLASS[side]] = means
        contrast[classes == _CLASS[side]] = contrasts
    first = classes > 0
    kinds = classes[first][None]
    whole = np.zeros(classes.shape, np.int64)
    for side in maps.chosen:
        squares = side // 4
        leaf = (classes == _CLASS[side])[::squares, ::squares].repeat(squares, axis=0).repeat(squares, axis=1)
        whole = np.where(leaf, mean[::squares, ::squares].repeat(squares, axis=0).repeat(squares, axis=1), whole)
    left, up = np.pad(whole, ((0, 0), (1, 0)))[:, :-1], np.pad(whole, ((1, 0), (0, 0)))[:-1]
    left[0, 0] = _MIDDLE // maps.step
    left[1:, 0], up[0] = up[1:, 0], left[0]
    steps = mean - ((left + up) >> 1)
    parts = [
        pack(maps.parted16.astype(np.uint8), 1),
        pack(maps.parted8.astype(np.uint8), 1, _fine(maps.parted16)),
        pack(_folded(steps[first] % 256)[None], 8, kinds),
        pack(_folded(contrast[first] % 256)[None], 5, kinds),
    ]
    for side in _CLASS:
        _, contrasts, place, isometry = maps.chosen[side]
        used = contrasts != 0
        rows, columns = places(maps.shape, side)
        parts.append(digits(place[used].astype(np.int64) * 8 + isometry[used], 8 * rows * columns))
    return _SECTIONS.pack(*map(len, parts[:4])) + b"".join(parts)


def read_maps(data: bytes, shape: tuple[int, int], step: int, places: Places, most_contrast: int) -> Maps:
    """The maps that `write_maps` was given. Raises DamagedError."""
    if len(data) < _SECTIONS.size:
        raise DamagedError("a plane has no head")
    ends = np.cumsum((_SECTIONS.size, *_SECTIONS.unpack_from(data)), dtype=np.int64).tolist()
    if ends[-1] > len(data):
        raise DamagedError("a plane is cut off")
    coarse, fine, mean_part, contrast_part = (data[a:b] for a, b in pairwise(ends))
    parted16 = unpack(coarse, (shape[0] // 16, shape[1] // 16), 1).astype(np.bool_)
    inside = _fine(parted16)
    parted8 = unpack(fine, inside.shape, 1, inside).astype(np.bool_) & (inside > 0)
    classes = first_squares(parted16, parted8)
    first = classes > 0
    kinds = classes[first][None]
    steps = _unfolded(unpack(mean_part, kinds.shape, 8, kinds)[0])
    contrast = _unfolded(unpack(contrast_part, kinds.shape, 5, kinds)[0])
    if int(np.abs(contrast).max()) > most_contrast:
        raise DamagedError("a contrast is too large")
    mean = _added_up(steps, classes, step)
    rest, chosen = data[ends[-1] :], {}
    for side, kind in _CLASS.items():
        here = kinds[0] == kind
        own = contrast[here].astype(np.int32)
        rows, columns = places(shape, side)
        numbers, rest = undigits(rest, int((own != 0).sum()), 8 * rows * columns)
        place, isometry = np.zeros(len(own), np.int32), np.zeros(len(own), np.int32)
        place[own != 0], isometry[own != 0] = numbers >> 3, numbers & 7
        chosen[side] = [mean[here].astype(np.int32), own, place, isometry]
    return Maps(shape, step, parted16, parted8, chosen)


_CLASS = {16: 1, 8: 2, 4: 3}
_MIDDLE = 128  # what the first mean is compared with


def first_squares(parted16: Bools, parted8: Bools) -> UInt8Array:
    """(rows, columns) of squares of 4 pixels: 1, 2, 3 for the upper left one of a range of 16, 8, 4 pixels, else 0."""
    classes = np.where(parted8.repeat(2, axis=0).repeat(2, axis=1), 3, 0).astype(np.uint8)
    classes[::2, ::2][_fine(parted16).astype(np.bool_) & ~parted8] = 2
    classes[::4, ::4][~parted16] = 1
    return classes


def _fine(parted16: Bools) -> UInt8Array:
    """Which squares of 8 pixels lie in parted ones of 16."""
    return parted16.repeat(2, axis=0).repeat(2, axis=1).astype(np.uint8)


def _added_up(steps: IntArray, classes: UInt8Array, step: int) -> IntArray:
    """The means of ranges, in the order of their first squares, from their differences to those left and above."""
    rows, columns = classes.shape
    known = [[0] * columns for _ in range(rows)]
    means = []
    for (y, x), kind, difference in zip(
        np.argwhere(classes).tolist(), classes[classes > 0].tolist(), steps.tolist(), strict=True
    ):
        left = known[y][x - 1] if x else known[y - 1][x] if y else _MIDDLE // step
        up = known[y - 1][x] if y else left
        mean = ((left + up) >> 1) + difference & 255
        means.append(mean)
        squares = 4 >> (kind - 1)
        for line in known[y : y + squares]:
            line[x : x + squares] = [mean] * squares
    return np.array(means, np.int64)


def _folded(values: IntArray) -> IntArray:
    """0, 1, 255, 2, 254, ... (modulo 256) as 0, 1, 2, 3, 4, ...: small differences of either sign are small numbers."""
    signed = (values + 128) % 256 - 128
    return np.where(signed > 0, 2 * signed - 1, np.minimum(-2 * signed, 255))


def _unfolded(numbers: npt.NDArray[np.uint16]) -> IntArray:
    wide = numbers.astype(np.int64)
    return np.where(wide & 1, (wide + 1) >> 1, -(wide >> 1))


def digits(numbers: IntArray, base: int) -> bytes:
    """Numbers below a base, equally likely ones: by 32 as the digits of one whole number."""
    parts = []
    for start in range(0, len(numbers), _GROUP):
        group = numbers[start : start + _GROUP].tolist()
        whole = 0
        for number in reversed(group):
            whole = whole * base + number
        parts.append(whole.to_bytes(_bytes_of(len(group), base), "big"))
    return b"".join(parts)


def undigits(data: bytes, count: int, base: int) -> tuple[IntArray, bytes]:
    """The numbers that `digits` was given, and the bytes behind them. Raises DamagedError."""
    numbers: list[int] = []
    at = 0
    while len(numbers) < count:
        group = min(_GROUP, count - len(numbers))
        size = _bytes_of(group, base)
        if at + size > len(data):
            raise DamagedError("places are cut off")
        whole = int.from_bytes(data[at : at + size], "big")
        for _ in range(group):
            whole, number = divmod(whole, base)
            numbers.append(number)
        if whole:
            raise DamagedError("a place is outside of the picture")
        at += size
    return np.array(numbers, np.int64), data[at:]


def _bytes_of(count: int, base: int) -> int:
    return ((base**count - 1).bit_length() + 7) // 8
