"""Types of the compiled `dither.py`."""

import numpy as np
import numpy.typing as npt

def find(
    points: npt.NDArray[np.int16],
    kinds: npt.NDArray[np.uint8],
    entries: npt.NDArray[np.int16],
    allowed: npt.NDArray[np.uint8],
    range_: npt.NDArray[np.int32],
    labels: npt.NDArray[np.uint16],
) -> None: ...
def diffuse(
    rows: npt.NDArray[np.int32],
    points: npt.NDArray[np.int16],
    kinds: npt.NDArray[np.uint8],
    labels: npt.NDArray[np.uint16],
    exact: npt.NDArray[np.uint8],
    entries: npt.NDArray[np.int16],
    allowed: npt.NDArray[np.uint8],
    spacing: npt.NDArray[np.int64],
    range_: npt.NDArray[np.int32],
    reach: npt.NDArray[np.int32],
    least: int,
    most: int,
    similar: int,
    top: int,
    errors: npt.NDArray[np.int32],
    below: npt.NDArray[np.int64],
    indices: npt.NDArray[np.uint16],
) -> None: ...
def follow(
    order: npt.NDArray[np.int32],
    rows: npt.NDArray[np.int32],
    points: npt.NDArray[np.int16],
    kinds: npt.NDArray[np.uint8],
    labels: npt.NDArray[np.uint16],
    exact: npt.NDArray[np.uint8],
    entries: npt.NDArray[np.int16],
    allowed: npt.NDArray[np.uint8],
    range_: npt.NDArray[np.int32],
    reach: npt.NDArray[np.int32],
    gain: int,
    similar: int,
    indices: npt.NDArray[np.uint16],
) -> None: ...
