"""Types of the compiled `rate.py`."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

MOST_DISTANCES: int
MOST_NEARBY: int

def trellis(
    *,
    points: npt.NDArray[np.int16],
    weights: npt.NDArray[np.uint16],
    flatness: npt.NDArray[np.uint8],
    locked: npt.NDArray[np.uint8],
    indices: npt.NDArray[np.uint8],
    palette: npt.NDArray[np.float32],
    k: int,
    lambda_: float,
    stream: Mapping[str, int],
    literal_bits: npt.NDArray[np.float32],
    length_bits: npt.NDArray[np.float32],
    distances: npt.NDArray[np.int32],
    distance_bits: npt.NDArray[np.float32],
    visual_model: Mapping[str, float],
    literal_counts: npt.NDArray[np.int64],
    length_counts: npt.NDArray[np.int64],
    match_counts: npt.NDArray[np.int64],
) -> None: ...
def add_sums(
    points: npt.NDArray[np.int16],
    weights: npt.NDArray[np.uint16],
    locked: npt.NDArray[np.uint8],
    indices: npt.NDArray[np.uint8],
    sums: npt.NDArray[np.int64],
) -> None: ...
def smooth(weights: npt.NDArray[np.uint16], smoothed: npt.NDArray[np.uint16]) -> None: ...
