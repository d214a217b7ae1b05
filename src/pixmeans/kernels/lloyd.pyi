"""Types of the compiled `lloyd.py`."""

import numpy as np
import numpy.typing as npt

def assign(
    points: npt.NDArray[np.float64],
    weights: npt.NDArray[np.float64],
    centroids: npt.NDArray[np.float64],
    near: npt.NDArray[np.int32],
    gaps: npt.NDArray[np.float64],
    labels: npt.NDArray[np.int32],
    sums: npt.NDArray[np.float64],
    wide: bool = True,
) -> float: ...
def squares(
    points: npt.NDArray[np.float64],
    centroids: npt.NDArray[np.float64],
    distances: npt.NDArray[np.float64],
    wide: bool = True,
) -> None: ...
def potentials(
    points: npt.NDArray[np.float64],
    weights: npt.NDArray[np.float64],
    costs: npt.NDArray[np.float64],
    candidates: npt.NDArray[np.int32],
    lowered: npt.NDArray[np.float64],
    totals: npt.NDArray[np.float64],
) -> None: ...
