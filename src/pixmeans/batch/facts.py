"""What is in a picture's file, what k colors would cost, and what it has lost of another: as JSON can hold it."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import codecs, metrics, pipeline
from ..arrays import UInt8Array
from ..color.histogram import count_colors
from ..errors import SettingsError, shown
from ..flow.written import bits_for
from ..image import Image
from ..quantize.salience import lost_colors
from ..records import asdict
from ..settings import Settings

COUNTS = (16, 32, 64, 128, 256)
FEW = 16  # colors at which small ones die


def facts(
    name: str, data: bytes, against: tuple[str, bytes] | None = None, *, icc: str = "srgb", levels: str = "full"
) -> dict[str, Any]:
    """Everything about the bytes of a file, and what it has lost of another file.

    name: what messages call it. against: name and bytes of the original. icc: as in `Settings`, of both; two files with
    one profile are compared as they are. levels: as in `Settings`, of the original, or of the file alone.
    Raises InputError for what is no picture, SettingsError if the two differ in size.
    """
    decoded = codecs.decode(data, name=name, icc=icc, levels="full" if against else levels)
    told = {
        "file": name,
        "format": decoded.format,
        "bytes": len(data),
        "lossless": decoded.lossless,
        "frames": decoded.frames,
        "exact": decoded.exact,
        **describe(decoded.image),
        "notes": list(decoded.notes),
        "details": list(decoded.details),
    }
    if against is not None:
        ours, original = _alike((name, data), against, decoded, icc, levels)
        told["against"] = {"file": against[0], **compare(ours.image, original.image, against[0])}
        told["against"]["losses"] = list(original.losses)
        # What both have gone through in reading is lost by neither.
        told["against"]["lossless"] = told["against"]["mse"] == 0 and original.exact
        if told["palette"] is not None:
            entries = count_colors(ours.image.pixels).colors
            told["against"]["lost_colors"] = about_to_lose(original.image, entries)
    elif told["palette"] is None:
        few = Settings(k=FEW, masking="off", protect="off", dither="none")
        entries = pipeline.quantize(decoded.image, few).palette.colors
        told["lost_colors"] = {"k": FEW, "colors": about_to_lose(decoded.image, entries)}
    return told


def _alike(
    one: tuple[str, bytes], other: tuple[str, bytes], decoded: codecs.Decoded, icc: str, levels: str
) -> tuple[codecs.Decoded, codecs.Decoded]:
    """Two files, decoded in one space: that of their profile where it is the same one, else sRGB."""
    kept = codecs.decode(other[1], name=other[0], icc="keep", levels=levels)
    if kept.image.icc is not None or kept.image.tags.cicp is not None:
        ours = codecs.decode(one[1], name=one[0], icc="keep")
        if (ours.image.icc, ours.image.tags.cicp) == (kept.image.icc, kept.image.tags.cicp):
            return ours, kept
    ours = decoded if icc == "srgb" else codecs.decode(one[1], name=one[0])
    return ours, codecs.decode(other[1], name=other[0], levels=levels)


def compare(image: Image, original: Image, name: str) -> dict[str, Any]:
    """What a picture has lost of an original, as JSON can hold it: OKLab errors with L in 0..1, PSNR null if equal.

    name: the original's. Raises SettingsError if they differ in size.
    """
    if (image.width, image.height) != (original.width, original.height):
        raise SettingsError(
            f"pictures to compare must have one size: {shown(name)} is {original.width}x{original.height}, "
            f"not {image.width}x{image.height}"
        )
    reference = metrics.Reference(original)
    return {
        "mse": reference.mse(image),
        "psnr": reference.psnr(image),
        "oklab": asdict(reference.oklab_error(image)),
        "ssim": reference.ssim(image),
        "ms_ssim": reference.ms_ssim(image),
        "ssimulacra2": reference.ssimulacra2(image),
        "over_two_backgrounds": reference.needs_backgrounds(image),
    }


def about_to_lose(image: Image, entries: UInt8Array) -> list[dict[str, Any]]:
    """The small salient colors of a picture that these entries (k, 3 or 4) do not have, as JSON can hold them."""
    return [
        {"hex": one.hex, "share": one.share, "distance": one.distance, "at": list(one.at), "box": list(one.box)}
        for one in lost_colors(image.pixels, entries)
    ]


def describe(image: Image) -> dict[str, Any]:
    """Facts about the pixels, as JSON can hold them. What is transparent has one color, whatever is hidden under it."""
    pixels = image.pixels
    if image.has_alpha:
        pixels = np.where(pixels[..., 3:] > 0, pixels, np.uint8(0))
    histogram = count_colors(pixels)
    colors = histogram.colors
    gray = bool((colors[:, 0] == colors[:, 1]).all() and (colors[:, 1] == colors[:, 2]).all())
    alpha = "none"
    if image.has_alpha and bool((colors[:, 3] < 255).any()):
        alpha = "on or off" if bool(np.isin(colors[:, 3], (0, 255)).all()) else "partial"
    palette = None
    if len(histogram) <= 256:
        order = np.argsort(-histogram.weights, kind="stable")
        palette = ["#" + bytes(color).hex() for color in colors[order]]
    count = image.width * image.height
    return {
        "width": image.width,
        "height": image.height,
        "colors": len(histogram),
        "gray": gray,
        "alpha": alpha,
        "palette": palette,
        "raw_bytes": count * pixels.shape[2],
        "k_means_bytes": {str(k): (count * bits_for(k) + 7) // 8 + pixels.shape[2] * k for k in COUNTS},
    }
