"""Types of the compiled `split.py`."""

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
def cheapest_merges(
    weights: npt.NDArray[np.int64],
    centroids: npt.NDArray[np.float64],
    factors: npt.NDArray[np.float64],
    costs: npt.NDArray[np.float64],
    partners: npt.NDArray[np.int32],
) -> None: ...
def errors_by_group(
    points: npt.NDArray[np.int16],
    weights: npt.NDArray[np.int64],
    centroids: npt.NDArray[np.int16],
    labels: npt.NDArray[np.int32],
    groups: npt.NDArray[np.int32],
    errors: npt.NDArray[np.int64],
) -> None: ...
