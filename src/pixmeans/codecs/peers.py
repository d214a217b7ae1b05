"""What other codecs would make of the same picture, for honest comparisons: never what we write for a person."""

from __future__ import annotations

import io
import shutil
import subprocess
from functools import cache
from typing import Any

import numpy as np
import oxipng
import PIL.Image

from ..image import Image
from .truecolor import truecolor_png

# How hard libwebp and the encoder of AVIF try: one step more takes several times as long and saves 1 to 3 % of a
# photograph.
_WEBP_METHOD, _AVIF_SPEED = 5, 6
# From these qualities on chroma has its full size: with less, the vivid edges of graphics stay wrong at any quality.
_FULL_JPEG, _FULL_AVIF = 80, 60


def webp(image: Image, *, lossless: bool, quality: int = 80) -> tuple[bytes, Image]:
    """A WebP of all the picture's colors, and the picture that comes back; quality: 0 to 100, of a lossy one."""
    buffer = io.BytesIO()
    PIL.Image.fromarray(image.pixels).save(buffer, "WEBP", lossless=lossless, quality=quality, method=4, exact=lossless)
    mode = "RGBA" if image.has_alpha else "RGB"
    with PIL.Image.open(io.BytesIO(buffer.getvalue())) as back:
        return buffer.getvalue(), Image(np.asarray(back.convert(mode)))


def jpeg(image: Image, quality: int) -> bytes:
    """A progressive JPEG; quality: 1 to 100. image: without alpha."""
    return _saved(
        image, "JPEG", quality=quality, progressive=True, optimize=True, subsampling=_chroma(quality, _FULL_JPEG)
    )


def lossy_webp(image: Image, quality: int) -> bytes:
    """A lossy WebP; quality: 0 to 100."""
    return _saved(image, "WEBP", quality=quality, method=_WEBP_METHOD, use_sharp_yuv=True)


def lossless_webp(image: Image) -> bytes:
    """A lossless WebP of all colors."""
    return _saved(image, "WEBP", lossless=True, quality=75, method=4, exact=True)


def avif(image: Image, quality: int) -> bytes:
    """An AVIF, made on one thread; quality: 0 to 100."""
    chroma = _chroma(quality, _FULL_AVIF)
    return _saved(image, "AVIF", quality=quality, speed=_AVIF_SPEED, subsampling=chroma, max_threads=1)


def _chroma(quality: int, full: int) -> str:
    return "4:4:4" if quality >= full else "4:2:0"


def has_avif() -> bool:
    """Whether this Pillow can write AVIF."""
    from PIL import features

    return bool(features.check("avif"))


def png(image: Image) -> bytes:
    """A PNG of all colors, through oxipng."""
    return bytes(oxipng.optimize_from_memory(truecolor_png(image), level=2))


def pngquant(image: Image, k: int, command: str | None = None) -> bytes:
    """What pngquant makes of a picture, through oxipng: this command, or the one that is installed.

    Raises RuntimeError if it fails.
    """
    words = [command or find_pngquant() or "pngquant", str(k), "-"]
    made = subprocess.run(
        words, input=_saved(image, "PNG", compress_level=1), capture_output=True, timeout=120, check=False
    )
    if made.returncode:
        raise RuntimeError(f"pngquant: exit code {made.returncode}")
    return bytes(oxipng.optimize_from_memory(made.stdout, level=2))


@cache
def find_pngquant() -> str | None:
    """The path of pngquant, if it is installed."""
    return shutil.which("pngquant")


def _saved(image: Image, format: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    PIL.Image.fromarray(image.pixels).save(buffer, format, **options)
    return buffer.getvalue()


def median_cut(image: Image, k: int) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """The palette (at most k, 3) of Pillow's median cut; image: without alpha."""
    made = PIL.Image.fromarray(image.pixels).quantize(k, PIL.Image.Quantize.MEDIANCUT, dither=PIL.Image.Dither.NONE)
    return np.array(made.getpalette(), np.uint8).reshape(-1, 3)[:k]
