"""Types of the compiled `merges.py`."""

import numpy as np
import numpy.typing as npt

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
