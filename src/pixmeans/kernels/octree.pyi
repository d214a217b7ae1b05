"""Types of the compiled `octree.py`."""

import numpy as np
import numpy.typing as npt

def count_nodes(
    codes: npt.NDArray[np.uint32],
    bits: int,
) -> int: ...
def build(
    codes: npt.NDArray[np.uint32],
    bits: int,
    points: npt.NDArray[np.int16],
    weights: npt.NDArray[np.int64],
    pairs: npt.NDArray[np.int32],
    ranges: npt.NDArray[np.int32],
    boxes: npt.NDArray[np.int32],
    sums: npt.NDArray[np.int64],
) -> int: ...
def assign(
    pairs: npt.NDArray[np.int32],
    weights: npt.NDArray[np.int64],
    heavy: bool,
    ranges: npt.NDArray[np.int32],
    boxes: npt.NDArray[np.int32],
    node_sums: npt.NDArray[np.int64],
    nodes: npt.NDArray[np.int32],
    centroids: npt.NDArray[np.int16],
    fresh: bool,
    labels: npt.NDArray[np.uint16],
    owners: npt.NDArray[np.int32],
    changes: npt.NDArray[np.int64],
    wide: bool = ...,
) -> None: ...
def spread_labels(
    ranges: npt.NDArray[np.int32],
    owners: npt.NDArray[np.int32],
    labels: npt.NDArray[np.uint16],
    spread: npt.NDArray[np.int32],
) -> None: ...
