"""What people hand in: paths, bytes, files, PIL images, arrays. All become an `Image`."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

import numpy as np

from .. import codecs
from ..errors import SettingsError
from ..image import Image


@dataclass(frozen=True, eq=False)
class Source:
    """A picture and where it came from.

    size, format, lossless: of the file, None when there was none. container: 'array' or 'pil', what to hand back.
    """

    image: Image
    size: int | None = None
    format: str | None = None
    lossless: bool | None = None
    notes: tuple[str, ...] = ()
    details: tuple[str, ...] = ()
    container: str = "pil"


def open_source(source: Any, *, max_pixels: int, icc: str = "srgb", name: str | None = None) -> Source:
    """Opens a path, bytes, a binary file object, a PIL image or an array.

    name: what messages call it; by default its path. Raises InputError (the file), SettingsError (the argument).
    """
    if isinstance(source, Image):
        return Source(source, container="array")
    if isinstance(source, np.ndarray):
        return Source(from_array(source), container="array")
    if isinstance(source, (str, os.PathLike)):
        return _decoded(codecs.read_bytes(source), name or os.fspath(source), max_pixels, icc)
    if isinstance(source, (bytes, bytearray, memoryview)):
        return _decoded(bytes(source), name or "<bytes>", max_pixels, icc)
    if hasattr(source, "read"):
        data = source.read()
        if not isinstance(data, bytes):
            raise SettingsError("the file must be opened in binary mode ('rb')")
        return _decoded(data, name or str(getattr(source, "name", "<stream>")), max_pixels, icc)
    if hasattr(source, "convert") and hasattr(source, "getbands"):
        decoded = codecs.from_pil(source, icc=icc)
        return Source(decoded.image, notes=decoded.notes, details=decoded.details)
    raise SettingsError(
        f"a picture must be a path, bytes, a file, a PIL image or an array, got {type(source).__name__}"
    )


def _decoded(data: bytes, name: str, max_pixels: int, icc: str) -> Source:
    decoded = codecs.decode(data, name=name, max_pixels=max_pixels, icc=icc)
    return Source(decoded.image, len(data), decoded.format, decoded.lossless, decoded.notes, decoded.details)


def from_array(array: np.ndarray[Any, Any]) -> Image:
    """(h, w), (h, w, 1), (h, w, 3) or (h, w, 4) of uint8, uint16, or floats in 0..1, as a picture.

    Raises SettingsError with the shape seen and the shape wanted.
    """
    wanted = "wanted (h, w), (h, w, 3) or (h, w, 4) with at least one pixel"
    if array.ndim == 2:
        array = array[..., None]
    if array.ndim != 3 or array.shape[2] not in (1, 3, 4) or 0 in array.shape:
        raise SettingsError(f"array has shape {array.shape}, {wanted}")
    if array.dtype == np.bool_:
        array = array.astype(np.uint8) * np.uint8(255)
    elif np.issubdtype(array.dtype, np.floating):
        if not (np.isfinite(array).all() and array.min() >= 0 and array.max() <= 1):
            raise SettingsError("an array of floats must lie in 0..1; for 0..255 convert it to uint8")
        array = np.floor(array * 255.0 + 0.5).astype(np.uint8)
    elif array.dtype not in (np.uint8, np.uint16):
        raise SettingsError(f"array has dtype {array.dtype}, wanted uint8 in 0..255, uint16 or floats in 0..1")
    array = np.repeat(array, 3, axis=2) if array.shape[2] == 1 else array
    return Image.of_16_bits(array) if array.dtype == np.uint16 else Image(array)
