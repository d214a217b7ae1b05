"""SSIM and MS-SSIM of luma: whether the same details are in the same places.

Sources: Z. Wang, A. Bovik, H. Sheikh, E. Simoncelli, "Image quality assessment: from error visibility to structural
similarity", IEEE Trans. Image Processing 13, 2004; Z. Wang, E. Simoncelli, A. Bovik, "Multi-scale structural similarity
for image quality assessment", Asilomar 2003. Luma: ITU-R BT.601, 0.299 R + 0.587 G + 0.114 B of sRGB, 0 to 255.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ..image import Image
from ..kernels import ssim as kernel
from .pairs import is_deep, over, values_over
from .powers import power

Plane = npt.NDArray[np.float32]

WINDOW = 11
C1, C2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
SCALES = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)  # the finest first


def luma(image: Image, background: float) -> Plane:
    """(h, w) float32, 0 to 255, not rounded. A side of less than 11 is continued by its mirror image, 5 pixels at
    either end, so that the window fits, and each pixel is the middle of one."""
    deep = is_deep(image)
    rgb = (values_over(image, background) if deep else over(image.pixels, background)).astype(np.float32)
    plane = (rgb[..., 0] * 299 + rgb[..., 1] * 587 + rgb[..., 2] * 114) / np.float32(1000)
    margins = [(WINDOW // 2, WINDOW // 2) if side < WINDOW else (0, 0) for side in plane.shape]
    return np.ascontiguousarray(np.pad(plane, margins, mode="symmetric"))


def pyramid(plane: Plane) -> list[Plane]:
    """The plane and its halves, quarters, ... : five, or as many as the window fits into."""
    planes = [plane]
    while len(planes) < len(SCALES):
        h, w = planes[-1].shape
        half = np.empty((1, (h + 1) // 2, (w + 1) // 2), np.float32)
        if min(half.shape[1:]) < WINDOW:
            break
        kernel.halved(planes[-1][None], half)
        planes.append(half[0])
    return planes


def similarity(a: Plane, b: Plane) -> tuple[float, float]:
    """The mean SSIM of two planes, and the mean of its part that compares contrast and structure only."""
    sums = np.empty(2)
    kernel.structure_sums(a, b, C1, C2, sums)
    places = (a.shape[0] - WINDOW + 1) * (a.shape[1] - WINDOW + 1)
    return float(sums[0]) / places, float(sums[1]) / places


def multi_scale(a: list[Plane], b: list[Plane]) -> float:
    """MS-SSIM of two pyramids; negative means count as 0. With fewer than five scales (a side below 161 pixels) the
    weights of those there are make up the sum."""
    used = SCALES[: len(a)]
    result = 1.0
    for scale, weight in enumerate(used):
        whole, contrast = similarity(a[scale], b[scale])
        mean = whole if scale == len(used) - 1 else contrast
        result *= power(max(mean, 0.0), weight / sum(used))
    return result
