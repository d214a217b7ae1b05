"""Types of the compiled `boxes.py`."""

import numpy as np
import numpy.typing as npt

def second_moments(
    points: npt.NDArray[np.int16],
    weights: npt.NDArray[np.int64],
    labels: npt.NDArray[np.int32],
    moments: npt.NDArray[np.int64],
) -> None: ...
def principal_axes(
    weights: npt.NDArray[np.int64],
    totals: npt.NDArray[np.int64],
    moments: npt.NDArray[np.float64],
    axes: npt.NDArray[np.float64],
    spreads: npt.NDArray[np.float64],
) -> None: ...
def cut_boxes(
    points: npt.NDArray[np.int16],
    weights: npt.NDArray[np.int64],
    k: int,
    principal: bool,
    sums: npt.NDArray[np.int64],
) -> int: ...
