"""Types of the compiled `fractal.py`."""

import numpy as np
import numpy.typing as npt

def search(
    ranges: npt.NDArray[np.int16],
    domains: npt.NDArray[np.int16],
    energies: npt.NDArray[np.int64],
    starts: npt.NDArray[np.int32],
    ends: npt.NDArray[np.int32],
    numerator: int,
    best: npt.NDArray[np.int32],
    products: npt.NDArray[np.int64],
) -> None: ...
