"""An original that others are compared with."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np
import numpy.typing as npt

from ..image import Image, IndexedImage
from . import artifacts, oklab, squares, structure
from .oklab import OklabError
from .pairs import backgrounds, pair
from .structure import Plane


class Reference:
    """An original, prepared once for any number of comparisons: a quarter of the time of `ssimulacra2` is saved each.

    Every method takes an Image of the same size, and raises ValueError for any other. With alpha in either picture,
    both are compared over two backgrounds and the worse result is returned (MSE and PSNR: the mean).

    >>> original = Reference(Image(np.zeros((20, 20, 3), np.uint8)))
    >>> original.ssimulacra2(original.image), original.ssim(original.image)
    (100.0, 1.0)
    """

    def __init__(self, image: Image) -> None:
        self.image = image = image.without_opaque_alpha()
        self._sizes: Callable[[float, bool], list[artifacts.Planes]] = cache(
            lambda background, roughly: list(artifacts.sizes(image, background, roughly=roughly))
        )
        self._pyramid: Callable[[float], list[Plane]] = cache(
            lambda background: structure.pyramid(structure.luma(image, background))
        )

    def mse(self, other: Image | IndexedImage) -> float:
        """See `mse_between`."""
        return squares.mse_between(self.image, other)

    def psnr(self, other: Image | IndexedImage) -> float | None:
        """See `psnr_between`."""
        return squares.psnr_between(self.image, other)

    def error_map(self, other: Image) -> npt.NDArray[np.float64]:
        """See `error_map`."""
        return oklab.error_map(self.image, other)

    def oklab_error(self, other: Image) -> OklabError:
        """See `oklab_error`."""
        return oklab.oklab_error(self.image, other)

    def ssim(self, other: Image) -> float:
        """Structural similarity (Wang 2004) of luma: 1 is equal, 0 unrelated, negative inverted.

        A Gaussian window of 11 x 11, sigma 1.5, K1 = 0.01, K2 = 0.03, averaged over the places where it is inside the
        picture. With alpha over black and white.
        """
        return self._worse(other, lambda a, b: structure.similarity(a[0], b[0])[0])

    def ms_ssim(self, other: Image) -> float:
        """SSIM over five sizes (Wang 2003), of luma: 1 is equal, 0 unrelated. With alpha over black and white.

        With a side below 161 pixels the window does not fit into the smallest sizes, and they are left out.
        """
        return self._worse(other, structure.multi_scale)

    def ssimulacra2(self, other: Image | IndexedImage, *, roughly: bool = False) -> float:
        """SSIMULACRA 2.1 (see artifacts.py): 100 is equal, 90 cannot be told apart, 70 is high quality, 50 medium,
        30 low; it has no lower limit. With alpha over black and over white.

        Not symmetric: the reference is the original. Of an indexed picture the palette is looked up: the same score,
        sooner. roughly: without the maps that hardly count: within 0.01 points, in half the time. Of pictures that are
        mirrored, as a side is below 256, without most of the mirror images: within some tenths of a point.
        """
        fewer = roughly and artifacts.repeats(self.image)
        return min(
            artifacts.score(self._sizes(own, fewer), artifacts.sizes(other, background, roughly=fewer), roughly=roughly)
            for own, background in self._backgrounds(pair(self.image, other)[1])
        )

    def needs_backgrounds(self, other: Image) -> bool:
        """Whether one of the pictures has pixels that are not opaque, so that both are seen over two backgrounds."""
        return self.image.has_alpha or other.without_opaque_alpha().has_alpha

    def _worse(self, other: Image, compare: Callable[[list[Plane], list[Plane]], float]) -> float:
        _, other = pair(self.image, other)
        return min(
            compare(self._pyramid(own), structure.pyramid(structure.luma(other, background)))
            for own, background in self._backgrounds(other)
        )

    def _backgrounds(self, other: Image | IndexedImage) -> list[tuple[float, float]]:
        """The backgrounds for this picture and for the other: an opaque one looks the same over all."""
        used = backgrounds(self.image, other)
        return [(background if self.image.has_alpha else used[0], background) for background in used]


def ssim(original: Image, other: Image) -> float:
    """See `Reference.ssim`."""
    return Reference(original).ssim(other)


def ms_ssim(original: Image, other: Image) -> float:
    """See `Reference.ms_ssim`."""
    return Reference(original).ms_ssim(other)


def ssimulacra2(original: Image, other: Image) -> float:
    """See `Reference.ssimulacra2`."""
    return Reference(original).ssimulacra2(other)
