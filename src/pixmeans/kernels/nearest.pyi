"""Types of the compiled `nearest.py`."""

import numpy as np
import numpy.typing as npt

def list_candidates(
    boxes: npt.NDArray[np.int32],
    entries: npt.NDArray[np.int16],
    ends: npt.NDArray[np.int32],
    lists: npt.NDArray[np.int32],
) -> int: ...
def find(
    points: npt.NDArray[np.int16],
    cells: npt.NDArray[np.int32],
    ends: npt.NDArray[np.int32],
    lists: npt.NDArray[np.int32],
    labels: npt.NDArray[np.uint8],
) -> None: ...
