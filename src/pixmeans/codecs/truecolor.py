"""Pictures with all their colors as PNG bytes: samples, swatches and what figures need."""

from __future__ import annotations

import io

import PIL.Image

from ..image import Image


def truecolor_png(image: Image, *, level: int = 9) -> bytes:
    """A lossless PNG of 24 or 32 bits a pixel. level: 1 is quick, 9 is as small as zlib can."""
    buffer = io.BytesIO()
    PIL.Image.fromarray(image.pixels).save(buffer, "PNG", compress_level=level)
    return buffer.getvalue()
