"""`pixmeans info`: what is in a picture's file, and what k colors would cost."""

from __future__ import annotations

import argparse
from typing import Any

import numpy as np

from .. import codecs
from ..histogram import count_colors
from ..image import Image
from ..result import bits_for
from .outputs import STDIO
from .say import shown, size
from .streams import print_json, read_stdin, write_stdout

COUNTS = (16, 32, 64, 128, 256)
LISTED = 16  # colors that are shown by name


def run(args: argparse.Namespace) -> int:
    """Print the facts, for a person or as JSON."""
    data = read_stdin() if args.input == STDIO else codecs.read_bytes(args.input)
    name = "stdin" if args.input == STDIO else args.input
    decoded = codecs.decode(data, name=name)
    facts = {
        "file": name,
        "format": decoded.format,
        "bytes": len(data),
        "lossless": decoded.lossless,
        "frames": decoded.frames,
        **describe(decoded.image),
        "notes": list(decoded.notes),
        "details": list(decoded.details),
    }
    if args.json:
        print_json(facts)
    else:
        # Names are made safe; what the locale cannot write becomes an escape rather than an error.
        write_stdout(("\n".join(lines(facts)) + "\n").encode("utf-8", "backslashreplace"))
    return 0


def describe(image: Image) -> dict[str, Any]:
    """Facts about the pixels, as JSON can hold them."""
    pixels = image.pixels
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


def lines(facts: dict[str, Any]) -> list[str]:
    """The facts for a person."""
    kind = f"{facts['format']}, {size(facts['bytes'])}"
    if not facts["lossless"]:
        kind += ", lossy"
    if facts["frames"] > 1:
        kind += f", {facts['frames']} frames (the first is described)"
    hues = "grays" if facts["gray"] else "colors"
    told = [
        f"{shown(facts['file'])}: {facts['width']}x{facts['height']}, {kind}",
        f"  {facts['colors']:,} distinct {hues}, transparency: {facts['alpha']}",
    ]
    palette = facts["palette"]
    if palette is not None:
        rest = f" and {len(palette) - LISTED} more" if len(palette) > LISTED else ""
        told.append(f"  fits a palette without loss: {' '.join(palette[:LISTED])}{rest}")
    told.append(f"  raw pixels {size(facts['raw_bytes'])}; log2 k bits each and a palette, before a file packs them:")
    told.append("  " + ", ".join(f"k={k} {size(count)}" for k, count in facts["k_means_bytes"].items()))
    told += [f"  {note}" for note in (*facts["notes"], *facts["details"])]
    return told
