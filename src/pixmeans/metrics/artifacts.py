"""SSIMULACRA 2.1: how visible the artifacts of a compressed picture are.

Source: J. Sneyers (Cloudinary), https://github.com/cloudinary/ssimulacra2, version 2.1 of 2023: the definition, the
constants and the weights, which were fitted to what people see (BSD licence, no code is taken).

In six sizes from 1:1 to 1:32, halved in linear light, and in each of X, Y and B - Y (XYB, the color space of JPEG XL)
three maps are made under a Gaussian window: errors of structure, edges that are new, edges that are lost. Mean and
4-norm of each, 108 numbers, are weighted and bent into the score.

The score is that of the PyPI package `ssimulacra2` 0.3.0, which differs from the C++ tool in this: above and below
the picture its window sees the mirror image, where the tool sees zeros (both see zeros to the left and right); its
window is cut off at 5 pixels, the tool's at 4; and it leaves out sizes with a side below 8 pixels, where the tool
still uses the first of them. In pictures of at least 249 pixels a side only the borders count: 0.2 to 3 points at
512x384, less in larger ones.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from functools import partial

import numpy as np
import numpy.typing as npt

from ..arrays import UInt8Array
from ..image import Image, IndexedImage
from ..kernels import ssim as kernel
from ..parallel import each
from .pairs import bands, is_deep, light_of, light_over, values_over
from .powers import power

Planes = npt.NDArray[np.float32]

SIZES = 6
MAPS = 6  # norms of each channel in each size
HARDLY = 0.01
SMALLEST = 8  # pixels, the least side

# Sides below this are continued by their mirror image. With fewer than six sizes the weights of the score slip: an icon
# of 8 x 8 pixels that became one color would score 83. Of very long pictures the short side is mirrored to less, so
# that no more than so many pixels are looked at.
WHOLE = 256
MOST_MIRRORED = 1 << 23

# Mirror images repeat, so that a rough look at them may end with so many pixels a side, up to the size in which all of
# them have no more: that of 1:4. On 272 results of icons it changes the score by 0.03 points in the mean, with a
# standard deviation of 0.1.
ROUGH, ROUGH_SIZES = 64, 2


def linear(image: Image, background: float, margins: list[tuple[int, int]]) -> Planes:
    """(3, h, w) the linear light of a picture over a gray. margins: rows and columns of its mirror images behind it."""
    if is_deep(image):
        return _deep_linear(image, background, margins)
    return _light(np.pad(image.pixels, [*margins, (0, 0)], mode="symmetric") if margins else image.pixels, background)


def _mirrored(image: Image | IndexedImage) -> list[tuple[int, int]]:
    """The rows and columns to add to a picture as (none before, some behind); [] where there are enough."""
    sides = (image.height, image.width)
    wanted = max(SMALLEST, min(WHOLE, MOST_MIRRORED // max(sides)))
    return [(0, max(0, wanted - side)) for side in sides] if min(sides) < wanted else []


def _light(pixels: UInt8Array, background: float) -> Planes:
    """(3, h, w) the linear light of pixels (h, w, 3 or 4) over a gray."""
    h, w, channels = pixels.shape
    planes = np.empty((3, h, w), np.float32)
    light = light_over(background if channels == 4 else None)
    kernel.linear_planes(np.ascontiguousarray(pixels).reshape(-1, channels), light, planes.reshape(3, -1))
    return planes


# What long, medium and short cones make of red, green and blue, as in `kernels.ssim.positive_xyb`.
_CONES = ((0.30, 0.622, 0.078), (0.23, 0.692, 0.078), (0.24342268924547819, 0.20476744424496821, 0.5518098665095536))


def _deep_linear(image: Image, background: float, margins: list[tuple[int, int]]) -> Planes:
    """`linear` of a picture that has more than its 8-bit pixels. Colors that no eye can see are clipped to sRGB."""
    planes = np.empty((3, *image.pixels.shape[:2]), np.float32)
    for band in bands(image):
        light = light_of(values_over(image, background, band))
        seen = [sum(weight * light[..., channel] for channel, weight in enumerate(cone)) for cone in _CONES]
        imaginary = np.minimum(np.minimum(seen[0], seen[1]), seen[2]) < 0
        light[imaginary] = np.clip(light[imaginary], 0.0, 1.0)
        planes[:, band] = light.transpose(2, 0, 1)
    return np.ascontiguousarray(np.pad(planes, [(0, 0), *margins], mode="symmetric")) if margins else planes


def sizes(image: Image | IndexedImage, background: float, *, roughly: bool = False) -> Iterator[Planes]:
    """XYB (3, h, w), about 0..1, of a picture over a gray in all sizes whose sides are 8 or more, the largest first.

    roughly: of mirror images some are enough, see `ROUGH`.
    """
    fewer = roughly and repeats(image)
    margins = [] if fewer else _mirrored(image)
    if isinstance(image, IndexedImage):  # the colors of its palette serve all pixels
        places = np.pad(image.indices, margins, mode="symmetric") if margins else image.indices
        places = places.astype(np.intp)
        colors = _light(image.palette.colors[None], background)
        first = np.take(_xyb(colors)[:, 0], places, axis=1)
        planes = np.take(colors[:, 0], places, axis=1)
        del places
    else:
        planes = linear(image, background, margins)
        first = _xyb(planes)
    yield _going_on(first, image) if fewer else first
    del first
    for size in range(1, SIZES):
        _, h, w = planes.shape
        if not fewer and (min(h, w) + 1) // 2 < SMALLEST:
            return
        half = np.empty((3, (h + 1) // 2, (w + 1) // 2), np.float32)
        kernel.halved(planes, half)
        if fewer and size == ROUGH_SIZES:
            half, fewer = _going_on(half, image), False
        planes = half
        yield _going_on(_xyb(planes), image) if fewer else _xyb(planes)


def repeats(image: Image | IndexedImage) -> bool:
    """Whether a picture is continued by mirror images that repeat in all of the sizes where `ROUGH` says how many."""
    sides = (image.height, image.width)
    return min(sides) < WHOLE <= MOST_MIRRORED // max(sides) and all(
        side >= WHOLE or side % (1 << ROUGH_SIZES) == 0 for side in sides
    )


def _going_on(planes: Planes, image: Image | IndexedImage) -> Planes:
    """Planes (3, h, w) of a picture in one of its sizes with as many mirror images as `ROUGH` says."""
    _, h, w = planes.shape
    margins = [
        (0, max(0, ROUGH - own) if side < WHOLE else 0)
        for side, own in zip((image.height, image.width), (h, w), strict=True)
    ]
    return np.ascontiguousarray(np.pad(planes, [(0, 0), *margins], mode="symmetric"))


def _xyb(planes: Planes) -> Planes:
    """XYB (3, h, w) of linear light (3, h, w)."""
    xyb = np.empty_like(planes)
    kernel.positive_xyb(planes.reshape(3, -1), xyb.reshape(3, -1))
    return xyb


def score(original: Iterable[Planes], other: Iterable[Planes], *, roughly: bool = False) -> float:
    """The score of two pictures in all sizes: 100 when they are equal, no limit below.

    roughly: without the maps whose weights are all below `HARDLY`, most of them of the largest sizes.
    """
    norms: list[list[float]] = [[], [], []]
    for size, (a, b) in enumerate(zip(original, other, strict=True)):
        asked = [channel for channel in range(3) if not roughly or max(_weights(channel, size)) >= HARDLY]
        found = dict(zip(asked, each(partial(_norms_of, a, b), asked), strict=True))
        for channel in range(3):
            norms[channel] += found.get(channel, [0.0] * MAPS)
        del a, b  # the largest are not needed while the next are made
    # The source goes through channels first. Where there are fewer sizes its weights simply run on, and so do ours.
    weighted = 0.0
    for weight, norm in zip(WEIGHTS, (norm for channel in norms for norm in channel), strict=False):
        weighted += weight * norm
    x = weighted * 0.9562382616834844
    x = 2.326765642916932 * x - 0.020884521182843837 * x * x + 6.248496625763138e-05 * x * x * x
    return 100.0 - 10.0 * power(x, 0.6276336467831387) if x > 0 else 100.0


def _weights(channel: int, size: int) -> tuple[float, ...]:
    """The weights of the norms of a channel in one size, where there are all sizes."""
    first = (channel * SIZES + size) * MAPS
    return WEIGHTS[first : first + MAPS]


def _norms_of(a: Planes, b: Planes, channel: int) -> list[float]:
    """Of the maps of structure, new edges and lost edges of a channel of two (3, h, w): three means, three 4-norms."""
    sums = np.empty(6)
    kernel.artifact_sums(a[channel], b[channel], sums)
    means = [float(value) / a[channel].size for value in sums]
    return means[::2] + [math.sqrt(math.sqrt(value)) for value in means[1::2]]


# For each channel and size: structure, new edges, lost edges by their means, then the same by their 4-norms.
# fmt: off
WEIGHTS = (
    # X, from 1:1 to 1:32
    0.0, 0.0007376606707406586, 0.0, 0.0, 0.0007793481682867309, 0.0,
    0.0, 0.0004371155730107379, 0.0, 1.1041726426657346, 0.00066284834129271, 0.00015231632783718752,
    0.0, 0.0016406437456599754, 0.0, 1.8422455520539298, 11.441172603757666, 0.0,
    0.0007989109436015163, 0.000176816438078653, 0.0, 1.8787594979546387, 10.94906990605142, 0.0,
    0.0007289346991508072, 0.9677937080626833, 0.0, 0.00014003424285435884, 0.9981766977854967, 0.00031949755934435053,
    0.0004550992113792063, 0.0, 0.0, 0.0013648766163243398, 0.0, 0.0,
    # Y, from 1:1 to 1:32
    0.0, 0.0, 0.0, 7.466890328078848, 0.0, 17.445833984131262,
    0.0006235601634041466, 0.0, 0.0, 6.683678146179332, 0.00037724407979611296, 1.027889937768264,
    225.20515300849274, 0.0, 0.0, 19.213238186143016, 0.0011401524586618361, 0.001237755635509985,
    176.39317598450694, 0.0, 0.0, 24.43300999870476, 0.28520802612117757, 0.0004485436923833408,
    0.0, 0.0, 0.0, 34.77906344483772, 44.835625328877896, 0.0,
    0.0, 0.0, 0.0, 0.0, 0.0, 0.0,
    # B - Y, from 1:1 to 1:32
    0.0, 0.0008680556573291698, 0.0, 0.0, 0.0, 0.0,
    0.0, 0.0005313191874358747, 0.0, 0.00016533814161379112, 0.0, 0.0,
    0.0, 0.0, 0.0, 0.0004179171803251336, 0.0017290828234722833, 0.0,
    0.0020827005846636437, 0.0, 0.0, 8.826982764996862, 23.19243343998926, 0.0,
    95.1080498811086, 0.9863978034400682, 0.9834382792465353,
    0.0012286405048278493, 171.2667255897307, 0.9807858872435379,
    0.0, 0.0, 0.0, 0.0005130064588990679, 0.0, 0.00010854057858411537,
)
# fmt: on
