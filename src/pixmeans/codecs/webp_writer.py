"""Writing lossless WebP files, by libwebp."""

from __future__ import annotations

import io

import PIL.Image

from ..image import Image, IndexedImage
from .limits import check_side

# libwebp's lossless mode: (method, quality), both meaning effort, for optimize 0 to 6. Measured on photos of
# 0.4 to 2.5 MP, 16 and 256 colors, one core: about 50, 80, 200, 250, 500, 400 and 8,000 ms a megapixel;
# against optimize 2 +12 to +29, +6 to +18, 0, -1 to 0, -5 to +1, -2 to +1 and -2 to -8 % bytes.
_WEBP_EFFORT = ((0, 0), (1, 20), (4, 50), (4, 75), (5, 75), (6, 90), (6, 100))

_SMALL = 1 << 16  # pixels: up to so many, trying every lower effort too is quick


def webp(picture: IndexedImage | Image, optimize: int = 2) -> bytes:
    """A lossless WebP file; pixels that are fully transparent keep their color.

    optimize: 0 (fastest) to 6 (smallest). Raises OutputError above 16383 pixels a side.
    """
    from PIL import WebPImagePlugin  # noqa: F401  (registers the format; PIL.Image would import every plugin)

    check_side(picture, "WebP", 16383)
    pixels = picture.to_image().pixels if isinstance(picture, IndexedImage) else picture.pixels
    mode = "RGBA" if pixels.shape[2] == 4 else "RGB"
    there = PIL.Image.frombytes(mode, (picture.width, picture.height), pixels.data)
    # More effort sometimes makes a larger file, so the smallest of several is taken.
    lowest = 0 if picture.width * picture.height <= _SMALL else min(optimize, 2)
    files = []
    for method, quality in _WEBP_EFFORT[lowest : optimize + 1]:
        file = io.BytesIO()
        there.save(
            file,
            "WEBP",
            lossless=True,
            exact=True,
            method=method,
            quality=quality,
            icc_profile=picture.icc or b"",
            exif=picture.tags.exif or b"",
            xmp=picture.tags.xmp or b"",
        )
        files.append(file.getvalue())
    return min(files, key=len)
