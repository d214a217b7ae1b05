"""Types of the compiled `salience.py`."""

import numpy as np
import numpy.typing as npt

def rarity(
    points: npt.NDArray[np.int16],
    weights: npt.NDArray[np.int64],
    asked: npt.NDArray[np.uint8],
    square: int,
    least: int,
    most: int,
    order: npt.NDArray[np.int32],
    starts: npt.NDArray[np.int32],
    ends: npt.NDArray[np.int64],
    rare: npt.NDArray[np.uint8],
) -> None: ...
def merge_cells(
    codes: npt.NDArray[np.uint32],
    bits: int,
    shifts: npt.NDArray[np.int32],
    colors: npt.NDArray[np.uint8],
    weights: npt.NDArray[np.int64],
    points: npt.NDArray[np.int16],
    point_weights: npt.NDArray[np.int64],
    lowest: npt.NDArray[np.uint32],
    means: npt.NDArray[np.uint8],
    sums: npt.NDArray[np.int64],
    middles: npt.NDArray[np.int16],
    point_sums: npt.NDArray[np.int64],
) -> int: ...
def rare_cubes(
    points: npt.NDArray[np.int16],
    weights: npt.NDArray[np.int64],
    asked: npt.NDArray[np.uint8],
    square: int,
    least: int,
    most: int,
    sums: npt.NDArray[np.int64],
    states: npt.NDArray[np.uint8],
    rare: npt.NDArray[np.uint8],
) -> None: ...
def cover(
    points: npt.NDArray[np.int16],
    weights: npt.NDArray[np.int64],
    entries: npt.NDArray[np.int16],
    square: int,
    totals: npt.NDArray[np.int64],
) -> None: ...
def tally(
    colors: npt.NDArray[np.uint8],
    points: npt.NDArray[np.int16],
    weights: npt.NDArray[np.int64],
    labels: npt.NDArray[np.int32],
    palette: npt.NDArray[np.uint8],
    entries: npt.NDArray[np.int16],
    totals: npt.NDArray[np.int64],
) -> None: ...
def look_up(
    pixels: npt.NDArray[np.uint8],
    table: npt.NDArray[np.uint8],
    found: npt.NDArray[np.uint8],
) -> None: ...
