"""Types of the compiled `plane_coder.py`."""

import numpy as np
import numpy.typing as npt

def encode(
    values: npt.NDArray[np.uint16],
    classes: npt.NDArray[np.uint8],
    bits: int,
    squash: npt.NDArray[np.int32],
    data: npt.NDArray[np.uint8],
) -> int: ...
def decode(
    data: npt.NDArray[np.uint8],
    classes: npt.NDArray[np.uint8],
    bits: int,
    squash: npt.NDArray[np.int32],
    values: npt.NDArray[np.uint16],
) -> None: ...
