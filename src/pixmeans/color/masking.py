"""Where a picture hides errors, and where it shows them.

The eye misses in a texture what it sees in a blue sky (contrast masking; see S. Daly, "The visible differences
predictor", 1993). A pixel's weight falls with the deviation of lightness around it, and rises in areas that are flat
over a wider range, where steps and streaks would show. As weights of a histogram they make k-means spend its colors
where they are seen.

Deviation alone takes the edges of letters and shapes for texture. An edge has a flat side, texture has none: a pixel
gets back what deviation took as far as a window of 3 x 3 pixels near it is flat.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from ..arrays import Int16Array, Int32Array, UInt8Array, UInt16Array
from ..kernels import masking as kernel
from ..parallel import each
from ..records import dataclass
from .spaces import linear_table

# A weight of this much is 1, the mean.
ONE = 256

# The deviation of L over 3 x 3 pixels at which errors count for 1/sqrt(2), and that over 7 x 7 pixels at which an area
# counts as half flat; what flatness adds to a weight. Measured in benchmarks/size.py.
HALF_WEIGHT = 0.01
HALF_FLAT = 0.007
FLAT_GAIN = 3.0

# The least deviation of L over 3 x 3 pixels, of windows centered within two pixels, at which a pixel gets back half of
# what its own deviation took. With 16, 64 and 256 colors and default settings that takes 8, 9 and 10 % from the squared
# error at edges of 30 opaque graphics, for 0.7, 0.0 and -0.1 points of SSIMULACRA2. 14 photos gain 0.4, 0.5 and -0.1
# points undithered, and -0.3, 0.1 and 0.0 dithered, at less squared error and as many bytes. The least deviation in
# place of a pixel's own took 0.6 and 0.8 points from photos with 16 and 64 colors, as textures have smooth spots too.
# Windows within one pixel brought less than half of the gain, within three pixels no more. If edges weighed as much as
# the flat areas beside them, their error would fall by another tenth with 16 colors, for 1.4 points.
HALF_EDGE = 0.002

# What a and b are multiplied by where lossy indices are weighed, in 256ths: the root of a half. On six photos that
# takes 2 % fewer bytes at equal SSIMULACRA2 and 4 % at equal MS-SSIM, in GIFs 4 and 6 %, and 5 % more at equal PSNR.
# With the root of a quarter it would be 3 % more than with that of a half. For the distances of k-means itself it
# brings nothing.
CHROMA = 181

# So many pixels on each side of a pixel decide its weight.
MARGIN = 3

# Rows of which a thread takes care at a time.
BAND = 64


@dataclass(frozen=True, eq=False)
class Masking:
    """How much errors show, pixel by pixel.

    weights: (h, w) uint16, at least 1, in 256ths: 256 is the mean of the visible pixels.
    flatness: (h, w) uint8, from 0 (texture, edges) to 255 (flat).
    """

    weights: UInt16Array
    flatness: UInt8Array


def masking(pixels: UInt8Array) -> Masking:
    """How much errors show in each pixel of a picture; beyond its edges it goes on as it ends.

    With e and m the deviations of L over 3 x 3 pixels, around the pixel and the least within two pixels of it, and d
    that over 7 x 7 pixels, all of them the larger of what is seen over black and over white,

        flatness = 1 / (1 + (d / HALF_FLAT)^2)
        weight ~ (v + (1 - v) / (1 + (m / HALF_EDGE)^2)) (1 + FLAT_GAIN flatness)
        v = 1 / sqrt(1 + (e / HALF_WEIGHT)^2)

    pixels: (h, w, 3 or 4) uint8, h and w at least 1. Fully transparent pixels have weight 1 / 256.

    >>> masking(np.zeros((2, 2, 3), np.uint8)).weights
    array([[256, 256],
           [256, 256]], dtype=uint16)
    """
    visible = pixels.shape[0] * pixels.shape[1] if pixels.shape[2] == 3 else int(np.count_nonzero(pixels[..., 3]))
    found = unscaled(pixels)
    kernel.scale(scale_of(int(found.weights.sum(dtype=np.int64)), visible), found.weights.ravel())
    return found


def unscaled(pixels: UInt8Array) -> Masking:
    """The same with weights as they come: their mean is any, and those of fully transparent pixels are 0.

    Three pixels around a pixel decide (`MARGIN`), so parts of a picture with so much of a margin have the same ones.
    """
    pixels = np.ascontiguousarray(pixels)
    height, width = pixels.shape[:2]
    cones, roots = oklab_tables()
    weights = np.empty((height, width), np.uint16)
    flatness = np.empty((height, width), np.uint8)

    def work(top: int) -> int:
        bottom = min(top + BAND, height)
        return kernel.masking(
            pixels, top, bottom, cones, roots, HALF_WEIGHT, HALF_EDGE, HALF_FLAT, FLAT_GAIN, weights, flatness
        )

    totals = each(work, list(range(0, height, BAND)))
    if min(totals) < 0:
        raise MemoryError
    return Masking(weights, flatness)


def scale_of(total: int, visible: int) -> UInt16Array:
    """(65536,) uint16: what weights as they come are in a picture of so many visible pixels whose sum is this total."""
    raw = np.arange(1 << 16, dtype=object if visible > 1 << 37 else np.int64)
    scaled = (2 * raw * (ONE * visible) + max(total, 1)) // (2 * max(total, 1))
    return np.clip(scaled, 1, 65535).astype(np.uint16)


def worth_of(weights: UInt16Array) -> UInt16Array:
    """What pixels of such weights count in a histogram, in 256ths: the root, as errors are squared."""
    found = np.array(weights, order="C")
    kernel.scale(_roots(), found.reshape(-1))
    return found


@cache
def _roots() -> UInt16Array:
    """(65536,) the root of each number of 256ths."""
    table = np.floor(16 * np.sqrt(np.arange(1 << 16)) + 0.5).astype(np.uint16)
    table.flags.writeable = False
    return table


def to_visual_grid(colors: UInt8Array, chroma: int = CHROMA) -> Int16Array:
    """OKLab (n, 3) int16 in steps of 2**-14 of colors (n, 3 or 4), whose alpha does not matter; by tables.

    chroma: what a and b are multiplied by, in 256ths, so that squared errors of color count less than those of
    lightness. With 256 usually within one step of `spaces.Oklab.to_grid`, and within 46 near black, in a
    quarter of the time.
    """
    cones, roots = oklab_tables()
    grid = np.empty((len(colors), 3), np.int16)
    kernel.oklab_by_tables(np.ascontiguousarray(colors), cones, roots, chroma, grid)
    return grid


@cache
def oklab_tables() -> tuple[Int32Array, UInt16Array]:
    """(3, 256, 3) int32: by channel and byte what it adds to the responses of long, medium and short cones, in 2**-16;
    and the cube root of each response in 2**-15.

    Matrix: B. Ottosson, "A perceptual color space for image processing" (2020).
    """
    to_cones = np.array(
        [
            [0.4122214708, 0.2119034982, 0.0883024619],
            [0.5363325363, 0.6806995451, 0.2817188376],
            [0.0514459929, 0.1073969566, 0.6299787005],
        ]
    )
    light = linear_table()[None, :, None]
    cones = np.floor(light * to_cones[:, None, :] * 65536.0 + 0.5).astype(np.int32)
    # The root r is nearest for responses from (r - 1/2)^3 to (r + 1/2)^3: whole numbers when doubled and scaled.
    odd = 2 * np.arange(1 << 15, dtype=np.int64) + 1
    first = -(-(odd * odd * odd) >> 32)  # the first response, in 2**-16, with a root above r
    roots = np.cumsum(np.bincount(first, minlength=65544))[:65544].astype(np.uint16)
    for table in (cones, roots):
        table.flags.writeable = False
    return cones, roots
