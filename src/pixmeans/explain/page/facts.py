"""What the page says of a file: sizes against the original, what was lost, and how to make it again."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ...choices import format_name
from ...codecs.peers import lossless_webp, lossy_webp
from ...flow.result import Compressed
from ...image import Image
from ...metrics import Reference
from ..replay import squared_error
from . import reproduce

# Pixels up to which a lossless WebP is made, which takes a second a megapixel, and SSIMULACRA2 is measured, which takes
# half a second and gigabytes at last.
MOST_PACKED = 4_000_000
MOST_JUDGED = 12_000_000
WEBP_SIDE = 16383  # pixels: no WebP is wider or higher
LOSSY_QUALITY = 80
WORST = 0.001  # the share of pixels that is told of as the worst


def facts(
    result: Compressed, name: str, original: int | None, original_format: str | None, *, lossless: int | None = None
) -> dict[str, Any]:
    """The numbers of a file. name: of the picture. original: bytes of the file that was read, None if there was none.
    lossless: bytes of a lossless WebP of it, if they are known.

    Returns {sizes: [{label, bytes, note}], quality: {rmse, psnr, ssimulacra2, worst}, command, python, notes, bytes,
    format}: worst is the error, in levels of 0 to 255 summed over R, G, B as a root, that one pixel in a thousand
    exceeds; ssimulacra2 is None where the picture is too large for it; psnr is None if no pixel differs.
    """
    image, back = result.original, result.indexed.to_image()
    sizes = result.sizes
    rows: list[dict[str, Any]] = []

    def row(label: str, size: int, note: str = "") -> None:
        rows.append({"label": label, "bytes": size, "note": note})

    if original is not None:
        row("original file", original, original_format or "")
    row("raw", sizes.raw, "32 bits a pixel" if sizes.raw == 4 * result.pixels else "24 bits a pixel")
    bits = round(24 / sizes.factor)
    row("indices alone", sizes.arithmetic, f"{bits} bits a pixel, 24 / {bits} = {sizes.factor:.3g}")
    row("and the palette", sizes.with_palette, f"{len(result.palette)} colors")
    row(f"the {format_name(result.format)}", sizes.file, "the real file")
    notes = list(result.notes)
    if max(image.width, image.height) <= WEBP_SIDE:
        others = {"lossy WebP": len(lossy_webp(image, LOSSY_QUALITY))}
        if lossless is None and result.pixels <= MOST_PACKED:
            lossless = len(lossless_webp(image))
        if lossless is None:
            notes.append(f"Of pictures over {MOST_PACKED / 1e6:.0f} megapixels no lossless WebP is made to compare.")
        else:
            others["lossless WebP"] = lossless
            row("lossless WebP", lossless, "of the original, with all its colors")
        row("lossy WebP", others["lossy WebP"], f"of the original, quality {LOSSY_QUALITY}")
        notes += [
            f"A {kind} of the original is smaller than this file." for kind, size in others.items() if size < sizes.file
        ]
    return {
        "sizes": rows,
        "quality": quality(image, back),
        "command": reproduce.command(result.settings, name),
        "python": reproduce.python(result.settings, name),
        "notes": notes,
        "bytes": sizes.file,
        "format": result.format,
    }


def quality(image: Image, back: Image) -> dict[str, float | None]:
    """What was lost, see `facts`."""
    squares = squared_error(image, back)
    mse = float(squares.mean())
    if mse == 0:
        return {"rmse": 0.0, "psnr": None, "ssimulacra2": 100.0, "worst": 0.0}
    reference = Reference(image)
    place = max(0, squares.size - 1 - int(squares.size * WORST))
    worst = float(np.partition(squares.ravel(), place)[place])
    score = reference.ssimulacra2(back) if image.width * image.height <= MOST_JUDGED else None
    return {"rmse": math.sqrt(mse), "psnr": reference.psnr(back), "ssimulacra2": score, "worst": math.sqrt(worst)}
