"""What other codecs would make of the same picture, for honest comparisons: never what we write for a person."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import PIL.Image

from ..image import Image


def webp(image: Image, *, lossless: bool, quality: int = 80) -> tuple[bytes, Image]:
    """A WebP of all the picture's colors, and the picture that comes back; quality: 0 to 100, of a lossy one."""
    buffer = io.BytesIO()
    PIL.Image.fromarray(image.pixels).save(buffer, "WEBP", lossless=lossless, quality=quality, method=4, exact=lossless)
    mode = "RGBA" if image.has_alpha else "RGB"
    with PIL.Image.open(io.BytesIO(buffer.getvalue())) as back:
        return buffer.getvalue(), Image(np.asarray(back.convert(mode)))


def median_cut(image: Image, k: int) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """The palette (at most k, 3) of Pillow's median cut; image: without alpha."""
    made = PIL.Image.fromarray(image.pixels).quantize(k, PIL.Image.Quantize.MEDIANCUT, dither=PIL.Image.Dither.NONE)
    return np.array(made.getpalette(), np.uint8).reshape(-1, 3)[:k]
