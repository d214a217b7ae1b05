"""An array in, an array of the same kind out, as functions of scikit-image have it."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from ..arrays import UInt8Array, as_picture, is_array_like
from ..errors import SettingsError
from ..image import with_alpha
from ..pipeline import quantize
from ..settings import Settings


def color_quantize(
    image: Any,
    n_colors: int = 256,
    *,
    channel_axis: int | None = -1,
    dither: str = "none",
    space: str = "oklab",
    seed: int = 0,
) -> npt.NDArray[Any]:
    """A picture in at most n_colors colors: an array of the shape and the dtype that came in.

    image: (h, w, 1, 3 or 4), or (h, w) grays, of uint8, uint16, bool, or floats in 0..1; an array of NumPy or anything
    that `arrays.as_array` can see as one. n_colors: 1 to 65,536. channel_axis: where the channels are; None for grays
    without channels, which an array of two dimensions is anyway. dither, space, seed: as in `Settings`.
    The colors are of 8 bits, so values of uint16 are multiples of 257, and floats are multiples of 1/255.
    Raises SettingsError, which is a ValueError.

    >>> gray = np.linspace(0, 1, 12).reshape(3, 4)
    >>> np.unique(color_quantize(gray, 2)).size, color_quantize(gray, 2).dtype
    (2, dtype('float64'))
    """
    if not is_array_like(image):
        raise SettingsError(f"image must be an array, got {type(image).__name__}; `compress` takes other pictures")
    try:
        array = as_picture(image)
    except ValueError as error:
        raise SettingsError(str(error)) from error
    if channel_axis is not None and array.ndim == 3:
        if not -3 <= channel_axis < 3:
            raise SettingsError(f"channel_axis must be -3 to 2, or None, got {channel_axis}")
        array = np.moveaxis(array, channel_axis, -1)
    elif array.ndim != 2:
        wanted = "(h, w)" if channel_axis is None else "(h, w) or three dimensions, one of them channel_axis"
        raise SettingsError(f"image has shape {array.shape}, wanted {wanted}")
    settings = Settings(k=n_colors, dither=dither, space=space, seed=seed)
    found = quantize(np.ascontiguousarray(array), settings).to_image().pixels
    channels = found[..., 0] if array.ndim == 2 else found[..., : array.shape[2]]
    if channels.ndim == 3 and channels.shape[2] < array.shape[2]:  # an alpha that is opaque everywhere
        channels = with_alpha(channels)
    result = _as_type(channels, array.dtype)
    return result if array.ndim == 2 or channel_axis is None else np.moveaxis(result, -1, channel_axis)


def _as_type(channels: UInt8Array, dtype: np.dtype[Any]) -> npt.NDArray[Any]:
    """Values of 0 to 255 as those of another dtype, of the same meaning."""
    if dtype == np.bool_:
        return channels >= 128
    if np.issubdtype(dtype, np.floating):
        return (channels / 255.0).astype(dtype)
    if dtype.itemsize == 2:
        return channels.astype(np.uint16) * np.uint16(257)
    return np.array(channels)
