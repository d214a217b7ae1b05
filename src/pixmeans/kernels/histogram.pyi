"""Types of the compiled `histogram.py`."""

import numpy as np
import numpy.typing as npt

def count_rgb_in_buckets(
    pixels: npt.NDArray[np.uint8],
    codes: npt.NDArray[np.uint32],
    weights: npt.NDArray[np.int64],
) -> int: ...
def count_rgb_in_table(
    pixels: npt.NDArray[np.uint8],
    codes: npt.NDArray[np.uint32],
    weights: npt.NDArray[np.int64],
) -> int: ...
def count_rgba(
    pixels: npt.NDArray[np.uint32],
    keys: npt.NDArray[np.uint32],
    weights: npt.NDArray[np.int64],
) -> tuple[int, int]: ...
def rows_of_rgba(pixels: npt.NDArray[np.uint32], keys: npt.NDArray[np.uint32], rows: npt.NDArray[np.int32]) -> bool: ...
def look_up_rgba(
    pixels: npt.NDArray[np.uint32],
    keys: npt.NDArray[np.uint32],
    labels: npt.NDArray[np.uint8],
    indices: npt.NDArray[np.uint8],
) -> bool: ...
def look_up_rgb(
    pixels: npt.NDArray[np.uint8],
    codes: npt.NDArray[np.uint32],
    labels: npt.NDArray[np.uint8],
    indices: npt.NDArray[np.uint8],
) -> None: ...
def colors_of_codes(
    codes: npt.NDArray[np.uint32],
    colors: npt.NDArray[np.uint8],
) -> None: ...
