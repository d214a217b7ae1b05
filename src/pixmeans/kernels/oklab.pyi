"""Types of the compiled `oklab.py`."""

import numpy as np
import numpy.typing as npt

def oklab(
    colors: npt.NDArray[np.uint8],
    linear: npt.NDArray[np.float64],
    scale: float,
    steps: npt.NDArray[np.int16],
) -> None: ...
def oklab_of_light(light: npt.NDArray[np.float64], scale: float, steps: npt.NDArray[np.int16]) -> None: ...
