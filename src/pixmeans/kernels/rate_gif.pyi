"""Types of the compiled `rate_gif.py`."""

import numpy as np
import numpy.typing as npt

def search(
    points: npt.NDArray[np.int16],
    weights: npt.NDArray[np.uint16],
    flatness: npt.NDArray[np.uint8],
    forced: npt.NDArray[np.uint8],
    indices: npt.NDArray[np.uint8],
    palette: npt.NDArray[np.float32],
    k: int,
    code_bits: int,
    patience: int,
    lam: float,
    effort: npt.NDArray[np.int32],
    eye: npt.NDArray[np.float32],
) -> float: ...
