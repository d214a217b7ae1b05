"""`pixmeans info`: what is in a picture's file, what k colors would cost, and what was lost of an original."""

from __future__ import annotations

import argparse
from typing import Any

from .. import codecs
from ..batch.facts import facts
from ..batch.inputs import STDIO
from ..batch.wording import size
from ..errors import UsageError, shown
from .flags import settings_from
from .streams import print_json, read_stdin, write_stdout

LISTED = 16  # colors that are shown by name


def run(args: argparse.Namespace) -> int:
    """Print the facts, for a person or as JSON."""
    if args.input == args.against == STDIO:
        raise UsageError("- (stdin) can be read only once")
    settings = settings_from(args)
    against = None if args.against is None else _read(args.against)
    told = facts(*_read(args.input), against, icc=settings.icc, levels=settings.levels)
    if args.json:
        print_json(told)
    else:
        # Names are made safe; what the locale cannot write becomes an escape rather than an error.
        write_stdout(("\n".join(lines(told)) + "\n").encode("utf-8", "backslashreplace"))
    return 0


def _read(path: str) -> tuple[str, bytes]:
    """The name that messages use, and the bytes, of a file or of stdin."""
    return ("stdin", read_stdin()) if path == STDIO else (path, codecs.read_bytes(path))


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
        fits = "fits a palette without loss" if facts["exact"] else "as it was read it fits a palette"
        told.append(f"  {fits}: {' '.join(palette[:LISTED])}{rest}")
    told.append(f"  raw pixels {size(facts['raw_bytes'])}; log2 k bits each and a palette, before a file packs them:")
    told.append("  " + ", ".join(f"k={k} {size(count)}" for k, count in facts["k_means_bytes"].items()))
    told += [f"  {note}" for note in (*facts["notes"], *facts["details"])]
    if "against" in facts:
        told += losses(facts["against"])
    if facts.get("lost_colors", {}).get("colors"):
        told.append(
            f"  small vivid colors that plain k-means loses at k={facts['lost_colors']['k']} (see --protect, --keep):"
        )
        told += lost_color_lines(facts["lost_colors"]["colors"])
    return told


def lost_color_lines(found: list[dict[str, Any]]) -> list[str]:
    """A line a color."""
    return [
        f"    {one['hex']}  {100 * one['share']:.2f} % of the picture, around {one['at'][0]},{one['at'][1]}; "
        f"its nearest entry is {one['distance']:.0f} away (OKLab x 100)"
        for one in found
    ]


def _verdict(lost: dict[str, Any]) -> str:
    if lost["lossless"]:
        return "nothing lost of"
    return "no pixel differs, but not all is there of" if lost["mse"] == 0 else "lost of"


def losses(lost: dict[str, Any]) -> list[str]:
    """What was lost, a number a line, each with what it means."""
    oklab = {key: f"{100 * value:.2f}" for key, value in lost["oklab"].items()}
    rows = [
        ("MSE", f"{lost['mse']:.2f}", "mean over pixels of the squared distance, summed over R, G, B of 0 to 255"),
        ("PSNR", "-" if lost["psnr"] is None else f"{lost['psnr']:.2f}", "dB, 10 log10(3 x 255^2 / MSE)"),
        ("OKLab mean", oklab["mean"], "distance of a pixel's colors; black and white are 100 apart, 2 is just seen"),
        ("  95 %", oklab["p95"], "of the pixels are no further off"),
        ("  99 %", oklab["p99"], "of the pixels are no further off"),
        ("  largest", oklab["maximum"], "the worst pixel"),
        ("SSIM", f"{lost['ssim']:.4f}", "structure of luma in windows of 11x11; 1 is equal"),
        ("MS-SSIM", f"{lost['ms_ssim']:.4f}", "the same in five sizes from 1:1 to 1:16; 1 is equal"),
        (
            "SSIMULACRA2",
            f"{lost['ssimulacra2']:.2f}",
            "100 equal, 90 not told apart, 70 high, 50 medium, 30 low quality",
        ),
    ]
    told = [f"  {_verdict(lost)} {shown(lost['file'])}:"]
    told += [f"    {loss}" for loss in lost["losses"]]
    told += [f"    {name:<11} {value:>8}  {meaning}" for name, value, meaning in rows]
    if lost.get("lost_colors"):
        told += ["  small vivid colors that are gone:", *lost_color_lines(lost["lost_colors"])]
    if lost["over_two_backgrounds"]:
        told.append("    transparency is seen over a dark and a light background: the worse counts (MSE: the mean)")
    return told
