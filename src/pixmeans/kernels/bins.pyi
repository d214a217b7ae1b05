"""Types of the compiled `bins.py`."""

import numpy as np
import numpy.typing as npt

def count_rgb(pixels: npt.NDArray[np.uint8], table: npt.NDArray[np.uint64]) -> None: ...
def count_rgba(
    pixels: npt.NDArray[np.uint8],
    alphas: npt.NDArray[np.uint8],
    opaque: npt.NDArray[np.uint64],
    rows: npt.NDArray[np.uint32],
    bins: npt.NDArray[np.uint32],
    sums: npt.NDArray[np.int64],
) -> int: ...
def gather_opaque(
    tables: npt.NDArray[np.uint64],
    order: npt.NDArray[np.uint16],
    codes: npt.NDArray[np.uint32],
    sums: npt.NDArray[np.int64],
) -> int: ...
def map_rgb(pixels: npt.NDArray[np.uint8], entries: npt.NDArray[np.uint8], indices: npt.NDArray[np.uint8]) -> None: ...
def map_rgba(
    pixels: npt.NDArray[np.uint8],
    alphas: npt.NDArray[np.uint8],
    transparent: int,
    translucent: npt.NDArray[np.uint8],
    opaque: npt.NDArray[np.uint8],
    indices: npt.NDArray[np.uint8],
) -> None: ...
