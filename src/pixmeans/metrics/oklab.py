"""How far colors have moved in OKLab, pixel by pixel.

Distances are Euclidean with L in 0..1; shown to people they are multiplied by 100, so that black and white are 100
apart. Two plain surfaces side by side begin to look different at about 2 (B. Ottosson, 2020, scales OKLab like CIELAB,
where 2.3 is just noticeable: M. Mahy et al., "Evaluation of uniform color spaces", Color Research and Application 19,
1994).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ..arrays import FloatArray
from ..color.spaces import SPACES
from ..image import Image
from ..records import dataclass
from .pairs import backgrounds, bands, is_deep, light_of, over, pair, values_over


@dataclass(frozen=True)
class OklabError:
    """What `error_map` holds, in four numbers; L is in 0..1.

    p95, p99: 95 and 99 % of the pixels have at most this error (a value that occurs, not one between two).
    """

    mean: float
    p95: float
    p99: float
    maximum: float


def error_map(original: Image, other: Image) -> FloatArray:
    """(h, w) float64, the OKLab distance of each pixel, L in 0..1; a picture of where something was lost.

    With alpha, pixels are compared over black and over white, and the larger distance counts.
    Colors are rounded to OKLab's grid (2^-14), as k-means sees them, but those of pictures that have more than their
    8-bit pixels are not. Raises ValueError if the sizes differ.

    >>> error_map(Image(np.zeros((1, 2, 3), np.uint8)), Image(np.full((1, 2, 3), 255, np.uint8))).round(3)
    array([[1., 1.]])
    """
    original, other = pair(original, other)
    errors = np.zeros(original.pixels.shape[:2])
    for background in backgrounds(original, other):
        for band in bands(original):
            if is_deep(original) or is_deep(other):
                found = [_oklab(light_of(values_over(image, background, band))) for image in (original, other)]
                differences = found[0] - found[1]
                distances = np.sqrt(np.add.reduce(differences * differences, axis=2))
            else:
                colors, others = (over(image.pixels[band], background) for image in (original, other))
                distances = _distances(colors, others)
            errors[band] = np.maximum(errors[band], distances)
    return errors


def oklab_error(original: Image, other: Image) -> OklabError:
    """Mean, percentiles and maximum of `error_map`."""
    return summary(error_map(original, other))


def summary(errors: FloatArray) -> OklabError:
    """The four numbers of an error map."""
    ascending = np.sort(errors, axis=None)
    n = len(ascending)
    # Whole numbers of 2^-32 add up to the same in any order; NumPy's order of adding is its own affair.
    total = int(np.rint(ascending * 2.0**32).astype(np.int64).sum())
    return OklabError(
        mean=total / (2**32 * n),
        p95=float(ascending[(95 * n + 99) // 100 - 1]),
        p99=float(ascending[(99 * n + 99) // 100 - 1]),
        maximum=float(ascending[-1]),
    )


def _distances(colors: npt.NDArray[np.uint8], others: npt.NDArray[np.uint8]) -> FloatArray:
    """(h, w, 3) and (h, w, 3) -> (h, w)"""
    space = SPACES["oklab"]
    difference = space.to_grid(colors.reshape(-1, 3)).astype(np.int64) - space.to_grid(others.reshape(-1, 3))
    distances: FloatArray = np.sqrt(np.add.reduce(difference * difference, axis=1)) / space.scale
    return distances.reshape(colors.shape[:2])


def _oklab(light: FloatArray) -> FloatArray:
    """(h, w, 3) linear light, also beyond 0 to 1, to OKLab (B. Ottosson, 2020)."""

    def mixed(x: FloatArray, y: FloatArray, z: FloatArray, rows: tuple[tuple[float, float, float], ...]) -> FloatArray:
        return np.stack([a * x + b * y + c * z for a, b, c in rows], axis=2)

    cones = mixed(light[..., 0], light[..., 1], light[..., 2], _TO_CONES)
    roots = _cube_roots(cones)
    return mixed(roots[..., 0], roots[..., 1], roots[..., 2], _TO_LAB)


_TO_CONES = (
    (0.4122214708, 0.5363325363, 0.0514459929),
    (0.2119034982, 0.6806995451, 0.1073969566),
    (0.0883024619, 0.2817188376, 0.6299787005),
)
_TO_LAB = (
    (0.2104542553, 0.7936177850, -0.0040720468),
    (1.9779984951, -2.4285922050, 0.4505937099),
    (0.0259040371, 0.7827717662, -0.8086757660),
)


def _cube_roots(values: FloatArray) -> FloatArray:
    """By Halley's rule from 1, which is the same on every machine; of less than 2^-30 it is 0."""
    sizes = np.abs(values)
    roots = np.ones_like(sizes)
    for _ in range(16):
        cubes = roots * roots * roots
        roots = roots * (cubes + 2.0 * sizes) / (2.0 * cubes + sizes)
    signed: FloatArray = np.where(sizes < 2.0**-30, 0.0, np.where(values < 0, -roots, roots))
    return signed
