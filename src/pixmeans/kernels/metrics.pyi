"""Types of the compiled `metrics.py`."""

import numpy as np
import numpy.typing as npt

def squared_error(
    colors: npt.NDArray[np.uint8],
    weights: npt.NDArray[np.int64],
    palette: npt.NDArray[np.uint8],
    labels: npt.NDArray[np.int32],
) -> int: ...
def squared_error_of_pixels(
    pixels: npt.NDArray[np.uint8],
    palette: npt.NDArray[np.uint8],
    indices: npt.NDArray[np.uint8],
) -> int: ...
