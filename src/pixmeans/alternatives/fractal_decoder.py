"""The maps of a fractal file, read and applied: decoding by iteration, and the geometry that both sides share."""

from __future__ import annotations

import struct
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from ..arrays import Bools, Int32Array, IntArray, UInt8Array
from .color import from_planes
from .fractal_stream import Maps, read_maps
from .planes import DamagedError

SIDES = (16, 8, 4)
ONE = 64  # what a level is while maps are applied
ITERATIONS = 10
FAR = 4096 * ONE  # values on the way may go so far, which contrasts of 1.5 cannot reach in five iterations

# Contrasts are q / 10, |q| at most 15: 5 bits. Contrasts above 1 do no harm where five iterations end it all.
MOST_CONTRAST, UNIT = 15, 10
MOST_DOMAINS = 6144  # of a side: the search takes time in proportion, and finds hardly more in more

HEAD = struct.Struct(">BB")  # channels, step of the means


def isometries(side: int) -> IntArray:
    """(8, side * side): which pixels the eight turned and mirrored squares take, row by row."""
    square = np.arange(side * side).reshape(side, side)
    return np.stack([np.rot90(turned, k).reshape(-1) for turned in (square, square.T) for k in range(4)])


def padded_size(height: int, width: int) -> tuple[int, int]:
    """The sides rounded up to multiples of 16, at least 32: the largest domain must fit."""
    return max(32, -(-height // 16) * 16), max(32, -(-width // 16) * 16)


def sums_of_four(plane: npt.NDArray[np.integer]) -> npt.NDArray[np.integer]:
    """(h / 2, w / 2) the sums of the squares of four: a plane of half the size, but for the factor."""
    return plane[::2, ::2] + plane[1::2, ::2] + plane[::2, 1::2] + plane[1::2, 1::2]


def leaves(parted: dict[int, Bools]) -> dict[int, Bools]:
    """For each side, which squares of the grid are ranges. parted: by 16 and 8."""
    fine = parted[8].repeat(2, axis=0).repeat(2, axis=1)
    return {16: ~parted[16], 8: parted[16].repeat(2, axis=0).repeat(2, axis=1) & ~parted[8], 4: fine}


def domain_step(shape: tuple[int, int], side: int) -> int:
    """How far domains stand apart: the least multiple of the range's side that leaves no more than MOST_DOMAINS."""
    step = side
    while ((shape[0] - 2 * side) // step + 1) * ((shape[1] - 2 * side) // step + 1) > MOST_DOMAINS:
        step += side
    return step


def domain_places(shape: tuple[int, int], side: int) -> tuple[int, int]:
    """How many rows and columns of domains a plane has."""
    step = domain_step(shape, side)
    return (shape[0] - 2 * side) // step + 1, (shape[1] - 2 * side) // step + 1


def read(body: bytes, height: int, width: int) -> list[Maps]:
    """The maps of luma, and of Cb and Cr unless the picture is gray. Raises DamagedError."""
    if len(body) < HEAD.size:
        raise DamagedError("it has no head")
    channels, step = HEAD.unpack_from(body)
    if channels not in (1, 3) or not 1 <= step <= 8:
        raise DamagedError("its head makes no sense")
    at, found = HEAD.size, []
    luma = padded_size(height, width)
    for channel in range(channels):
        shape = padded_size(luma[0] // 2, luma[1] // 2) if channel else luma
        if len(body) < at + 4:
            raise DamagedError("a plane is missing")
        (size,) = struct.unpack_from(">I", body, at)
        if len(body) < at + 4 + size:
            raise DamagedError("a plane is cut off")
        found.append(read_maps(body[at + 4 : at + 4 + size], shape, step, domain_places, MOST_CONTRAST))
        at += 4 + size
    return found


def in_words(maps: list[Maps]) -> str:
    """What they are, for a person."""
    return f"{sum(len(columns[0]) for one in maps for columns in one.chosen.values()):,} maps"


def picture(maps: list[Maps], height: int, width: int) -> UInt8Array:
    """(h, w, 3) the picture that the maps leave as it is."""
    return shown([iterated(one, ITERATIONS) for one in maps], height, width)


def shown(states: list[Int32Array], height: int, width: int) -> UInt8Array:
    """(h, w, 3) the picture of planes in 1/64 of a level."""
    luma, *chroma = [(state + ONE // 2) // ONE for state in states]
    planes = [luma[:height, :width]]
    for plane in chroma:
        planes.append(doubled(plane - 128)[:height, :width])
    return from_planes(np.stack(planes))


def doubled(plane: Int32Array) -> Int32Array:
    """Twice the size, by (3 near + far) / 4 along both axes: samples lie in the middle of four."""
    for axis in (0, 1):
        before = np.concatenate([plane.take([0], axis), plane.take(range(plane.shape[axis] - 1), axis)], axis)
        after = np.concatenate([plane.take(range(1, plane.shape[axis]), axis), plane.take([-1], axis)], axis)
        both = np.stack([3 * plane + before, 3 * plane + after], axis + 1)
        plane = (both.reshape([side * (1 + (place == axis)) for place, side in enumerate(plane.shape)]) + 2) >> 2
    return plane


def iterated(maps: Maps, count: int) -> Int32Array:
    """The plane after so many iterations from gray, in 1/64 of a level."""
    *_, last = iterations(maps, count)
    return last


def iterations(maps: Maps, count: int, start: Int32Array | None = None) -> Iterator[Int32Array]:
    """The start and the plane after each iteration."""
    state = np.full(maps.shape, 128 * ONE, np.int32) if start is None else start
    yield state
    plans = [_plan(maps, side) for side in SIDES]
    for _ in range(count):
        small = sums_of_four(state)
        state = np.empty(maps.shape, np.int32)
        for targets, sources, means, contrasts in plans:
            seen = small.reshape(-1)[sources]
            d = seen.shape[1]
            away = seen * np.int32(d) - seen.sum(axis=1, dtype=np.int32)[:, None]
            moved = means[:, None] + ((contrasts[:, None] * away + 2 * UNIT * d) // (4 * UNIT * d))
            state.reshape(-1)[targets] = moved.clip(-FAR, FAR)
        yield state


def _plan(maps: Maps, side: int) -> tuple[Int32Array, Int32Array, Int32Array, IntArray]:
    """For the ranges of one side: their pixels, those of the shrunk plane they come from, means and contrasts."""
    mean, contrast, place, isometry = maps.chosen[side]
    leaf = leaves({16: maps.parted16, 8: maps.parted8})[side]
    y, x = np.divmod(np.flatnonzero(leaf.reshape(-1)).astype(np.int32), leaf.shape[1])
    inner_y, inner_x = np.divmod(np.arange(side * side, dtype=np.int32), side)
    width = maps.shape[1]
    targets = (y[:, None] * side + inner_y) * width + x[:, None] * side + inner_x
    row, column = np.divmod(place, domain_places(maps.shape, side)[1])
    half = domain_step(maps.shape, side) // 2
    turned = isometries(side).astype(np.int32)[isometry]
    sources = (row[:, None] * half + turned // side) * (width // 2) + column[:, None] * half + turned % side
    return targets, sources, mean * (maps.step * ONE), contrast.astype(np.int64)
