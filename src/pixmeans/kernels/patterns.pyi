"""Types of the compiled `patterns.py`."""

import numpy as np
import numpy.typing as npt

def hilbert(height: int, width: int, order: npt.NDArray[np.int32]) -> None: ...
def void_and_cluster(
    start: npt.NDArray[np.uint8], weights: npt.NDArray[np.int32], ranks: npt.NDArray[np.uint16]
) -> None: ...
