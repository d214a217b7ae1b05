import numpy as np
import numpy.typing as npt

def window_distances(
    first: npt.NDArray[np.int16],
    second: npt.NDArray[np.int16],
    rows: int,
    radius: int,
    top: int,
    bottom: int,
    squares: npt.NDArray[np.float32],
) -> int: ...
