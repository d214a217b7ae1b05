"""Types of the compiled `lzw.py`."""

import numpy as np
import numpy.typing as npt

def pack(indices: npt.NDArray[np.uint8], code_bits: int, patience: int, data: npt.NDArray[np.uint8]) -> int: ...
