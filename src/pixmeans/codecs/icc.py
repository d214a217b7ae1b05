"""ICC profiles: colors of another space become sRGB."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, cast

import numpy as np
import PIL.Image

from ..arrays import UInt8Array

if TYPE_CHECKING:
    from PIL import ImageCms


# Two sRGB profiles differ by their rounding: up to 2 of 255 over a lattice of colors.
_SAME_SPACE = 2


def to_srgb(color: UInt8Array, profile: bytes) -> UInt8Array | None:
    """The same picture in sRGB, or None when the profile is unreadable or is for another kind of picture.

    color: (h, w) gray, (h, w, 3) RGB or (h, w, 4) CMYK uint8. The array itself comes
        back if the profile is sRGB's.
    """
    from PIL import ImageCms

    mode = {2: "L", 3: "RGB", 4: "CMYK"}[color.ndim if color.ndim == 2 else color.shape[2]]
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        target = ImageCms.createProfile("sRGB")
        transform = ImageCms.buildTransform(source, target, mode, "RGB")
        if mode == "RGB":
            lattice = _lattice()
            moved = _apply(transform, lattice, mode)
            if int(np.abs(moved.astype(np.int16) - lattice).max()) <= _SAME_SPACE:
                return color
        return _apply(transform, color, mode)
    except (ImageCms.PyCMSError, OSError, TypeError, ValueError):
        return None


def from_srgb(color: UInt8Array, profile: bytes) -> UInt8Array | None:
    """A picture (h, w, 3) of sRGB in the space of an RGB profile, or None where the profile does not tell the way."""
    from PIL import ImageCms

    try:
        target = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        return _apply(ImageCms.buildTransform(ImageCms.createProfile("sRGB"), target, "RGB", "RGB"), color, "RGB")
    except (ImageCms.PyCMSError, OSError, TypeError, ValueError):
        return None


def space_of(profile: bytes) -> str:
    """The kind of color a profile is for: 'RGB', 'GRAY', 'CMYK', ..., or '' if it has no proper header."""
    if len(profile) < 128 or profile[36:40] != b"acsp":
        return ""
    return profile[16:20].decode("latin-1").strip()


def lab_to_srgb(picture: PIL.Image.Image) -> UInt8Array:
    """(h, w, 3) uint8 sRGB of a picture in mode LAB."""
    from PIL import ImageCms

    transform = ImageCms.buildTransform(ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB"), "LAB", "RGB")
    return np.asarray(cast(PIL.Image.Image, ImageCms.applyTransform(picture, transform)))


def _apply(transform: ImageCms.ImageCmsTransform, color: UInt8Array, mode: str) -> UInt8Array:
    picture = PIL.Image.frombytes(mode, (color.shape[1], color.shape[0]), np.ascontiguousarray(color).data)
    return np.asarray(transform.apply(picture))


def _lattice() -> UInt8Array:
    """(1, 729, 3) uint8: nine levels of each of R, G and B."""
    levels = np.linspace(0, 255, 9).astype(np.uint8)
    return np.stack(np.meshgrid(levels, levels, levels), axis=-1).reshape(1, -1, 3)
