"""Types of the compiled `cells.py`."""

import numpy as np
import numpy.typing as npt

def cell_means(
    codes: npt.NDArray[np.uint32],
    shift: int,
    points: npt.NDArray[np.int16],
    weights: npt.NDArray[np.int64],
    cell_codes: npt.NDArray[np.uint32],
    cell_points: npt.NDArray[np.int16],
    cell_weights: npt.NDArray[np.int64],
) -> int: ...
