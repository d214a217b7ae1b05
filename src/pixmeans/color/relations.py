"""What the channels of a cluster's colors have in common, and entries that keep it.

A cluster of grays has a gray mean, but the grid point and the 8-bit color next to that mean need not be gray: rounding
in OKLab makes (162, 160, 160) of them. The eye is keen on such tints, and a gray picture should stay a gray file. So an
entry keeps what its members have in common: channels that are equal, and channels that are constant. Such colors are a
point, a line or a plane of sRGB, and the entry is the 8-bit color nearest to the mean within it.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ..arrays import Bools, FloatArray, IntArray, UInt8Array
from ..kernels import relations as kernel
from ..records import dataclass
from .spaces import AROUND, Space

# The share of a cluster's pixels whose channels must be equal, so that those of its entry are. Flat grays of screens
# come with a tenth of smoothed edges in other colors, whose tint would color the whole area. At most a seventh is added
# to the squared error of a cluster: (1 - s) / s with s = 7/8.
NEARLY_ALL = (7, 8)


@dataclass(frozen=True, eq=False)
class Relations:
    """What each of k clusters demands of its entry.

    sizes: (k,) int64, the weight of the cluster. leaders: (k, 3 or 4) int64, for each channel the first one that it
    equals. fixed: (k, 3 or 4) bool, channels that are constant; values: (k, 3 or 4) uint8, what they are then.
    """

    sizes: IntArray
    leaders: IntArray
    fixed: Bools
    values: UInt8Array

    @classmethod
    def of(
        cls,
        colors: UInt8Array,
        weights: npt.NDArray[np.int64] | None,
        labels: npt.NDArray[np.integer],
        k: int,
        *,
        strict: Bools | None = None,
    ) -> Relations:
        """The relations of clusters.

        Red, green and blue that are equal in `NEARLY_ALL` of a cluster's pixels, and channels (also alpha) that are
        constant in all of them. A cluster without members has the relations of all colors.
        colors: (n, 3 or 4) uint8, n at least 1; weights: (n,) how often each occurs, None for once; labels: (n,) the
        cluster of each. strict: (k,) bool, clusters whose equal channels must be so in all pixels; None for none.

        >>> gray = np.array([[9, 9, 9], [40, 40, 40]], np.uint8)
        >>> Relations.of(gray, None, np.zeros(2, np.int32), 1).leaders.tolist()
        [[0, 0, 0]]
        """
        channels = colors.shape[1]
        sizes, held = np.zeros(k, np.int64), np.zeros((k, 3), np.int64)
        constant, values = np.empty((k, channels), np.uint8), np.zeros((k, channels), np.uint8)
        kernel.relations(
            np.ascontiguousarray(colors),
            np.ones(len(colors), np.int64) if weights is None else weights,
            labels.astype(np.int32, copy=False),
            sizes,
            held,
            constant,
            values,
        )
        fixed, empty = constant.view(np.bool_), sizes == 0
        share, whole = NEARLY_ALL
        leaders = np.tile(np.arange(channels), (k, 1))
        total = int(sizes.sum())
        for pair, (low, high) in enumerate(((0, 1), (0, 2), (1, 2))):
            found = whole * held[:, pair] >= share * sizes
            if strict is not None:
                found &= ~strict | (held[:, pair] == sizes)
            found[empty] = int(held[:, pair].sum()) == total
            leaders[found, high] = leaders[found, low]
        if bool(empty.any()):
            one = values[~empty][0]
            fixed[empty] = (fixed[~empty] & (values[~empty] == one)).all(axis=0)
            values[empty] = one
        for one in range(3):
            for other in range(3):
                shared = fixed[:, one] & ~fixed[:, other] & (leaders[:, one] == leaders[:, other])
                fixed[shared, other], values[shared, other] = True, values[shared, one]
        return cls(sizes, leaders, fixed, values)

    def broken_by(self, colors: UInt8Array) -> Bools:
        """(k,) bool: which entries (k, 3 or 4) have not what their clusters demand."""
        broken: Bools = (self._within(colors[:, None])[:, 0] != colors).any(axis=1)
        return broken

    def at(self, rows: IntArray) -> Relations:
        """Those of some clusters."""
        return Relations(self.sizes[rows], self.leaders[rows], self.fixed[rows], self.values[rows])

    def nearest(self, colors: UInt8Array, targets: FloatArray, space: Space) -> UInt8Array:
        """The 8-bit colors that keep the relations, nearest to targets.

        colors: (k, 3 or 4) uint8, entries that are near. targets: (k, 3 or 4) in units of the space. Returns (k, 3 or
        4) uint8. It walks among neighbors, to where none is nearer.
        """
        around = np.zeros((len(AROUND), colors.shape[1]), np.int16)
        around[:, :3] = AROUND
        found = self._within(colors[:, None])[:, 0]
        for _ in range(256):  # more steps than any channel has
            tried = np.clip(found[:, None].astype(np.int16) + around, 0, 255).astype(np.uint8)
            tried = self._within(tried)
            grid = space.to_grid(np.ascontiguousarray(tried.reshape(-1, colors.shape[1]))).reshape(tried.shape)
            difference = grid - targets[:, None] * space.scale
            best = np.add.reduce(difference * difference, axis=2).argmin(axis=1)  # a color comes before its neighbors
            if not best.any():
                break
            found = tried[np.arange(len(tried)), best]
        return found

    def _within(self, colors: UInt8Array) -> UInt8Array:
        """Colors (k, m, 3 or 4) with each channel as its leader, or as it is fixed."""
        led = np.take_along_axis(colors, np.broadcast_to(self.leaders[:, None], colors.shape), axis=2)
        return np.where(self.fixed[:, None], self.values[:, None], led)
