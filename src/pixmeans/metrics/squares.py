"""Squared errors, in the field's way.

MSE is the mean over pixels of the squared distance *summed* over R, G and B of sRGB, 0 to 255 (Celebi, "Forty years
of color quantization", 2023, and the sets he measures on).
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from ..arrays import UInt8Array
from ..color.histogram import Histogram
from ..image import Image, IndexedImage, with_alpha
from ..kernels import metrics as kernel
from .pairs import bands, is_deep, pair, pixels_of


def mse(histogram: Histogram, palette: UInt8Array, labels: npt.NDArray[np.int32]) -> float:
    """The mean squared error when each color of a picture is replaced by an entry of a palette.

    palette: (k, 3 or 4) uint8, as many channels as the histogram. labels: (n,) the entry of each of its colors.
    With alpha, colors are compared as they look over black and over white, and the mean of both is returned.
    """
    weights, colors = histogram.weights, histogram.colors
    if colors.shape[1] == 3:
        return kernel.squared_error(colors, weights, np.ascontiguousarray(palette), labels) / histogram.total
    squares = _squares_over_black_and_white(colors, palette[labels])
    return int((weights * squares).sum()) / (2 * 255**2 * histogram.total)


def mse_between(original: Image, other: Image | IndexedImage) -> float:
    """The mean squared error between two pictures of one size: what `mse` says of a picture and its palette.

    Pictures are compared as they were read, also where they have more than their 8-bit pixels. Raises ValueError if
    the sizes differ.
    """
    original, other = pair(original, other)
    total, divisor = 0, 1
    if is_deep(original) or is_deep(other):
        return _deep_mse(original, other)
    opaque = not (original.has_alpha or other.has_alpha)
    if opaque and isinstance(other, IndexedImage) and other.indices.dtype == np.uint8:
        pixels, palette = original.pixels.reshape(-1, 3), np.ascontiguousarray(other.palette.rgba[:, :3])
        indices = np.ascontiguousarray(other.byte_indices).ravel()
        total = kernel.squared_error_of_pixels(np.ascontiguousarray(pixels), palette, indices)
        return total / (original.width * original.height)
    for band in bands(original):
        a, b = (pixels.reshape(-1, pixels.shape[2]) for pixels in (original.pixels[band], pixels_of(other, band)))
        if original.has_alpha or other.has_alpha:
            divisor = 2 * 255**2
            total += int(_squares_over_black_and_white(with_alpha(a), with_alpha(b)).sum())
        else:
            difference = a.astype(np.int64) - b
            total += int((difference * difference).sum())
    return total / (divisor * original.width * original.height)


def _deep_mse(original: Image, other: Image | IndexedImage) -> float:
    """`mse_between` of pictures of which one has more than 8 bits, in whole 65535ths."""
    total = 0
    for band in bands(original):
        (a, alpha), (b, its_alpha) = (_deep(image, band) for image in (original, other))
        black = a * alpha - b * its_alpha
        white = black - 65535 * (alpha - its_alpha)
        # Each term is below 2^50: added as two halves, so that no sum overflows.
        for terms in (black * black, white * white):
            total += (int((terms >> 16).sum()) << 16) + int((terms & 0xFFFF).sum())
    return total / (2 * (255 * 257) ** 2 * original.width * original.height)


def _deep(image: Image | IndexedImage, band: slice) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """(h, w, 3) samples in 65535ths, and (h, w, 1) alpha in 255ths."""
    pixels = pixels_of(image, band).astype(np.int64)
    samples = 257 * pixels[..., :3]
    if isinstance(image, Image) and image.rest is not None:
        samples += image.rest[band]
    return samples, pixels[..., 3:] if pixels.shape[2] == 4 else np.full((*pixels.shape[:2], 1), 255, np.int64)


def psnr(mean_squared_error: float) -> float | None:
    """Peak signal to noise ratio in dB, 10 log10(3 x 255^2 / MSE); None when nothing was lost."""
    if mean_squared_error == 0:
        return None
    return 10 * math.log10(3 * 255**2 / mean_squared_error)


def psnr_between(original: Image, other: Image | IndexedImage) -> float | None:
    """`psnr` of `mse_between`."""
    return psnr(mse_between(original, other))


def _squares_over_black_and_white(colors: UInt8Array, others: UInt8Array) -> npt.NDArray[np.int64]:
    """(n, 4) and (n, 4) -> (n,) squared distances over black plus those over white, in units of 255^2.

    In 255ths premultiplied colors differ by d over black and by d - 255 (difference of alpha) over white.
    """
    alpha, other = colors[:, 3:].astype(np.int64), others[:, 3:].astype(np.int64)
    black = colors[:, :3].astype(np.int64) * alpha - others[:, :3].astype(np.int64) * other
    white = black - 255 * (alpha - other)
    squares: npt.NDArray[np.int64] = np.add.reduce(black * black + white * white, axis=1)
    return squares
