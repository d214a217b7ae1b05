"""A run played again: what each pixel was at any iteration, and how it is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .. import metrics
from ..arrays import FloatArray, Indices, Labels, UInt8Array
from ..color.histogram import Histogram
from ..color.spaces import SPACES
from ..image import Image
from ..quantize.prepared import PreparedImage
from ..quantize.remap import remap
from .trace import Trace

if TYPE_CHECKING:
    from .followed import Target


class Replay:
    """What each pixel was at any iteration of a run: from its trace and its picture.

    The colors shown are those of a palette, 8 bits a channel; all errors are measured with them, in sRGB.
    prepared: the picture as it was clustered; runs that share it share its histogram and points.
    """

    def __init__(self, prepared: PreparedImage, trace: Trace) -> None:
        self.prepared, self.trace = prepared, trace
        self.image, self.histogram = prepared.image, prepared.histogram
        self.transparent = prepared.transparent
        self._labels: dict[int, Labels] = {}

    @property
    def last(self) -> int:
        """The number of the last iteration."""
        return self.trace.iterations

    def colors(self, iteration: int) -> UInt8Array:
        """(k, 3 or 4) the palette, in the order of the centroids; with transparent pixels their entry is first."""
        colors = self.trace.rgba_at(iteration)
        channels = self.histogram.colors.shape[1]
        if colors.shape[1] < channels:
            colors = np.concatenate([colors, np.full((len(colors), 1), 255, np.uint8)], axis=1)
        return np.concatenate([np.zeros((self.transparent, channels), np.uint8), colors])

    def labels(self, iteration: int) -> Labels:
        """(n,) the entry of each color of the histogram."""
        if iteration not in self._labels:
            labels = np.zeros(len(self.histogram), np.int32)
            if len(self.prepared.visible):
                # By the 8-bit colors, as in a file: on the way from centroids to these some borders move a little.
                colors = self.colors(iteration)[self.transparent :]
                points = self.prepared.points(self.trace.settings)
                found, _ = points.assign(SPACES[self.trace.settings.measured_in].palette_points(colors))
                labels[self.transparent :] = found + np.int32(self.transparent)
            self._labels = {iteration: labels}  # the last one asked for: figures ask for one after the other
        return self._labels[iteration]

    def shares(self, iteration: int) -> FloatArray:
        """(k,) the share of the pixels of each entry."""
        weights = np.bincount(self.labels(iteration), self.histogram.weights, len(self.colors(iteration)))
        return np.asarray(weights / self.histogram.total, np.float64)

    def indices(self, iteration: int) -> Indices:
        """(h, w) the entry of each pixel; uint8, or uint16 where there are more than 256."""
        labels = self.labels(iteration)
        return remap(self.image.pixels, self.histogram, labels, self.trace.k + self.transparent)

    def picture(self, iteration: int) -> UInt8Array:
        """(h, w, 3) the compressed picture as it is shown."""
        return shown(self.colors(iteration)[self.indices(iteration)])

    def rmse(self, iteration: int, target: Target | None = None) -> float:
        """The root of the mean over pixels of the squared error summed over R, G, B; of the target's pixels only."""
        histogram, labels = self.histogram, self.labels(iteration)
        if target is not None:
            rows = np.flatnonzero(target.members(histogram.colors))
            if len(rows) == 0:
                return 0.0
            histogram, labels = Histogram(histogram.colors[rows], histogram.weights[rows]), labels[rows]
        return float(metrics.mse(histogram, self.colors(iteration), labels) ** 0.5)

    def pixels_of(self, target: Target) -> int:
        """How many pixels are the target's color."""
        return int(self.histogram.weights[target.members(self.histogram.colors)].sum())


def shown(pixels: UInt8Array, square: int = 8) -> UInt8Array:
    """(h, w, 3) uint8: the pixels themselves, or with alpha over a checkerboard of light and lighter gray."""
    if pixels.shape[2] == 3:
        return pixels
    height, width = pixels.shape[:2]
    board = (np.arange(height)[:, None] // square + np.arange(width)[None] // square) % 2
    ground = np.where(board == 0, 255.0, 214.0)[..., None]
    return np.floor(_over(pixels.astype(np.float64), ground) + 0.5).astype(np.uint8)


def squared_error(image: Image, other: Image) -> FloatArray:
    """(h, w) the squared difference of each pixel, summed over R, G, B; with alpha the mean over black and white."""
    first, second = image.pixels.astype(np.float64), other.pixels.astype(np.float64)
    if first.shape[2] == 3 and second.shape[2] == 3:
        difference = first - second
        return np.asarray(np.add.reduce(difference * difference, axis=2))
    total = np.zeros(first.shape[:2])
    for ground in (0.0, 255.0):
        difference = _over(first, ground) - _over(second, ground)
        total += np.add.reduce(difference * difference, axis=2)
    return total / 2


def _over(pixels: FloatArray, ground: float | FloatArray) -> FloatArray:
    if pixels.shape[2] == 3:
        return pixels
    alpha = pixels[..., 3:] / 255.0
    return pixels[..., :3] * alpha + ground * (1.0 - alpha)
