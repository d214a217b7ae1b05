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
def weight_near_cubes(
    points: npt.NDArray[np.int16],
    weights: npt.NDArray[np.int64],
    square: int,
    cubes: npt.NDArray[np.int32],
    sums: npt.NDArray[np.int64],
    near: npt.NDArray[np.int64],
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
