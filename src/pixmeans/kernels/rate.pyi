"""Types of the compiled `rate.py`."""

import numpy as np
import numpy.typing as npt

def trellis(
    points: npt.NDArray[np.int16],
    weights: npt.NDArray[np.uint16],
    flatness: npt.NDArray[np.uint8],
    forced: npt.NDArray[np.uint8],
    indices: npt.NDArray[np.uint8],
    palette: npt.NDArray[np.float32],
    k: int,
    lam: float,
    stream: npt.NDArray[np.int32],
    literal_bits: npt.NDArray[np.float32],
    length_bits: npt.NDArray[np.float32],
    distance_bits: npt.NDArray[np.float32],
    distances: npt.NDArray[np.int32],
    eye: npt.NDArray[np.float32],
    literals: npt.NDArray[np.int64],
    lengths: npt.NDArray[np.int64],
    used: npt.NDArray[np.int64],
) -> None: ...
def add_sums(
    points: npt.NDArray[np.int16],
    weights: npt.NDArray[np.uint16],
    forced: npt.NDArray[np.uint8],
    indices: npt.NDArray[np.uint8],
    sums: npt.NDArray[np.int64],
) -> None: ...
def smooth(weights: npt.NDArray[np.uint16], smoothed: npt.NDArray[np.uint16]) -> None: ...
