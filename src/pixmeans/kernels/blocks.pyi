"""Types of the compiled `blocks.py`."""

import numpy as np
import numpy.typing as npt

def assign(
    blocks: npt.NDArray[np.int16],
    heads: npt.NDArray[np.int32],
    weights: npt.NDArray[np.int64],
    words: npt.NDArray[np.int16],
    word_heads: npt.NDArray[np.int32],
    costs: npt.NDArray[np.int64],
    names: npt.NDArray[np.int32],
    lead: int,
    labels: npt.NDArray[np.int32],
    totals: npt.NDArray[np.int64],
) -> int: ...
