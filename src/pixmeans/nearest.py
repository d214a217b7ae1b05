"""The nearest palette entry of any color, also of one that is not in the picture."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from .color import Space
from .kernels import nearest as kernel

UInt8Array = npt.NDArray[np.uint8]

CELL_BITS = 4  # cells are cubes of 16 x 16 x 16 colors


class NearestColor:
    """A palette, ready to be searched.

    colors: (k <= 256, 3) uint8 opaque colors. space: where distances are measured.

    Building it takes about a millisecond; a search, a few nanoseconds.
    """

    def __init__(self, colors: UInt8Array, space: Space) -> None:
        self.colors = colors
        self.space = space
        entries = np.zeros((len(colors), 4), np.int16)
        entries[:, :3] = space.steps(colors)
        boxes = _as_pairs(*space.cell_boxes(CELL_BITS))
        self.ends = np.empty(len(boxes), np.int32)
        self.lists = np.zeros((3, 64 * len(boxes)), np.int32)
        needed = kernel.list_candidates(boxes, entries, self.ends, self.lists)
        if needed > self.lists.shape[1]:
            self.lists = np.zeros((3, needed), np.int32)
            kernel.list_candidates(boxes, entries, self.ends, self.lists)

    def find(self, colors: UInt8Array) -> UInt8Array:
        """The nearest entry of each color; of several equally near ones the first.

        colors: (n, 3) uint8. Returns (n,) uint8.
        """
        points = np.zeros((len(colors), 4), np.int16)
        points[:, :3] = self.space.steps(colors)
        high = colors.astype(np.int32) >> CELL_BITS
        side = 256 >> CELL_BITS
        cells = (high[:, 0] * side + high[:, 1]) * side + high[:, 2]
        labels = np.empty(len(colors), np.uint8)
        kernel.find(points, cells, self.ends, self.lists, labels)
        return labels


def _as_pairs(low: npt.NDArray[np.int16], high: npt.NDArray[np.int16]) -> npt.NDArray[np.int32]:
    """Boxes (m, 6) as the kernels want them, of their lowest and highest corners (m, 4)."""
    middle = ((low.astype(np.int32) + high) >> 1).astype(np.int16)
    corners = np.stack([low, high, middle], axis=1).astype(np.int64) & 0xFFFF
    pairs = corners[:, :, 0::2] | corners[:, :, 1::2] << 16
    return pairs.astype(np.uint32).view(np.int32).reshape(len(low), 6)
