"""Types of the compiled `unfilter.py`."""

import numpy as np
import numpy.typing as npt

def unfilter(rows: npt.NDArray[np.uint8], above: npt.NDArray[np.uint8], pixel_bytes: int) -> int: ...
