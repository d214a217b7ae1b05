"""Types of the compiled `relations.py`."""

import numpy as np
import numpy.typing as npt

def relations(
    colors: npt.NDArray[np.uint8],
    weights: npt.NDArray[np.int64],
    labels: npt.NDArray[np.int32],
    sizes: npt.NDArray[np.int64],
    equal: npt.NDArray[np.int64],
    fixed: npt.NDArray[np.uint8],
    values: npt.NDArray[np.uint8],
) -> None: ...
def moments(
    points: npt.NDArray[np.int16],
    weights: npt.NDArray[np.int64],
    sums: npt.NDArray[np.int64],
) -> int: ...
