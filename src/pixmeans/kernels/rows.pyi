"""Types of the compiled `rows.py`."""

import numpy as np
import numpy.typing as npt

def rows_of_rgb(pixels: npt.NDArray[np.uint8], codes: npt.NDArray[np.uint32], rows: npt.NDArray[np.int32]) -> None: ...
def add_rgb(
    pixels: npt.NDArray[np.uint8],
    codes: npt.NDArray[np.uint32],
    levels: npt.NDArray[np.uint16],
    sums: npt.NDArray[np.int64],
) -> None: ...
def add(
    rows: npt.NDArray[np.int32],
    levels: npt.NDArray[np.uint16],
    sums: npt.NDArray[np.int64],
) -> None: ...
