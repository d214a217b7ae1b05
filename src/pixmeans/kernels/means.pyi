"""Types of the compiled `means.py`."""

import numpy as np
import numpy.typing as npt

def places(centroids: npt.NDArray[np.float64], scale: float, found: npt.NDArray[np.int16]) -> None: ...
def means(
    weights: npt.NDArray[np.int64],
    totals: npt.NDArray[np.int64],
    otherwise: npt.NDArray[np.float64],
    scale: float,
    grid: int,
    found: npt.NDArray[np.float64],
) -> None: ...
def inertia(
    sums: npt.NDArray[np.int64],
    centroids: npt.NDArray[np.int16],
    squares: int,
) -> int: ...
