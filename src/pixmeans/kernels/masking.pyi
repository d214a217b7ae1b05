"""Types of the compiled `masking.py`."""

import numpy as np
import numpy.typing as npt

def oklab_by_tables(
    colors: npt.NDArray[np.uint8],
    cones: npt.NDArray[np.int32],
    roots: npt.NDArray[np.uint16],
    chroma: int,
    steps: npt.NDArray[np.int16],
) -> None: ...
def masking(
    pixels: npt.NDArray[np.uint8],
    top: int,
    bottom: int,
    cones: npt.NDArray[np.int32],
    roots: npt.NDArray[np.uint16],
    half_weight: float,
    half_edge: float,
    half_flat: float,
    gain: float,
    weights: npt.NDArray[np.uint16],
    flatness: npt.NDArray[np.uint8],
) -> int: ...
def scale(table: npt.NDArray[np.uint16], weights: npt.NDArray[np.uint16]) -> None: ...
