"""Types of the compiled `bin_boxes.py`."""

import numpy as np
import numpy.typing as npt

def cut_bins(
    codes: npt.NDArray[np.uint32],
    sums: npt.NDArray[np.int64],
    apart: int,
    k: int,
    labels: npt.NDArray[np.int32],
) -> int: ...
def sums_by_label(
    sums: npt.NDArray[np.int64], labels: npt.NDArray[np.int32], totals: npt.NDArray[np.int64]
) -> None: ...
