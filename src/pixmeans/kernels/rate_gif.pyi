"""Types of the compiled `rate_gif.py`."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

MOST_PATHS: int

def search(
    *,
    points: npt.NDArray[np.int16],
    weights: npt.NDArray[np.uint16],
    flatness: npt.NDArray[np.uint8],
    locked: npt.NDArray[np.uint8],
    indices: npt.NDArray[np.uint8],
    palette: npt.NDArray[np.float32],
    k: int,
    code_bits: int,
    patience: int,
    lambda_: float,
    beam_search: Mapping[str, float],
    visual_model: Mapping[str, float],
) -> float: ...
