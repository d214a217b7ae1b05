"""How many small vivid colors survive, and what that costs: pixmeans without and with protection, and the peers.

python benchmarks/survival.py [--k 8,16,32] [--pngquant PATH ...] [--write docs/outliers.md] [folder ...]

--write puts the tables into a page, between the lines <!-- survival --> and <!-- /survival -->.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import peers
from PIL import Image as PilImage

from pixmeans.arrays import FloatArray
from pixmeans.clustering import seeding, split_merge
from pixmeans.clustering.kmeans import kmeans
from pixmeans.clustering.kmor import kmor
from pixmeans.clustering.points import GridPoints
from pixmeans.color.histogram import count_colors
from pixmeans.color.spaces import SPACES
from pixmeans.parallel import use_threads
from pixmeans.quantize.protect import protect
from pixmeans.quantize.rounding import finish
from pixmeans.quantize.salience import KEPT_DISTANCE, RAREST, salient

OKLAB = SPACES["oklab"]
MARKS = ("<!-- survival -->", "<!-- /survival -->")


@dataclass(frozen=True)
class Found:
    """One picture, one quantizer.

    survival: percent of the small salient pixels that move less than 0.08 in OKLab. hue: percent of them whose a and b
    move by no more than half of their chroma (hue within 30 degrees, and neither gray nor gaudy). mse, oklab: the
    picture's mean squared error in sRGB, and its mean distance in OKLab times 100.
    """

    survival: float
    hue: float
    mse: float
    oklab: float


def measure(pixels: peers.Pixels, mask: np.ndarray[tuple[int, ...], np.dtype[np.bool_]], made: peers.Pixels) -> Found:
    """What a quantizer made of a picture."""
    before, after = (OKLAB.to_grid(each.reshape(-1, 3)).astype(np.int64) for each in (pixels, made))
    moved = np.sqrt(((before - after) ** 2).sum(axis=1)) / OKLAB.scale
    a_b = np.sqrt(((before - after)[:, 1:] ** 2).sum(axis=1))
    chroma = np.sqrt((before[:, 1:] ** 2).sum(axis=1))
    lively = mask.ravel()
    return Found(
        100 * float((moved[lively] < KEPT_DISTANCE).mean()),
        100 * float((2 * a_b <= chroma)[lively].mean()),
        peers.mse(pixels, made),
        100 * float(moved.mean()),
    )


def ended(points: GridPoints, k: int) -> FloatArray:
    """Where k-means ends at normal effort."""
    start = split_merge.improved(points, seeding.pca(points, k))
    return kmeans(points, start, tolerance=split_merge.NEGLIGIBLE).centroids


def ours(name: str, mode: str, seconds: dict[str, float] | None = None) -> peers.Quantizer:
    """pixmeans in a space, with the protection 'off', 'auto' or 'strong', or 'kmor': outliers pull no centroid."""

    def run(pixels: peers.Pixels, k: int) -> peers.Pixels:
        histogram, space = count_colors(pixels), SPACES[name]
        points = space.points(histogram)
        start = time.process_time()
        centroids, frozen = ended(points, k), None
        middle = time.process_time()
        if mode == "kmor":
            centroids = kmor(points, centroids, n0=0.02 * histogram.total).centroids
        elif mode != "off":
            found = protect(pixels, histogram, points, space, centroids, mode=mode)
            if found is not None:
                centroids, frozen = found.centroids, found.reserved
        if seconds is not None:
            seconds["k-means"] = seconds.get("k-means", 0.0) + middle - start
            seconds["protection"] = seconds.get("protection", 0.0) + time.process_time() - middle
        colors, labels, _ = finish(histogram, points, space, centroids, k, polish=mode != "kmor", frozen=frozen)
        rows = np.searchsorted(histogram.codes, count_colors(pixels).codes)
        flat = np.zeros(1 << 24, np.uint8)
        red, green, blue = histogram.colors[rows].astype(np.int64).T
        flat[red << 16 | green << 8 | blue] = labels[rows]
        red, green, blue = pixels.reshape(-1, 3).astype(np.int64).T
        made: peers.Pixels = colors[flat[red << 16 | green << 8 | blue]].reshape(pixels.shape)
        return made

    return run


def pngquant(program: str) -> peers.Quantizer:
    """That pngquant, undithered."""

    def run(pixels: peers.Pixels, k: int) -> peers.Pixels:
        with tempfile.TemporaryDirectory() as folder:
            before, after = os.path.join(folder, "a.png"), os.path.join(folder, "b.png")
            PilImage.fromarray(pixels).save(before, compress_level=1)
            subprocess.run([program, "--nofs", "--force", "--output", after, str(k), before], check=True)
            with PilImage.open(after) as picture:
                return np.asarray(picture.convert("RGB"))

    return run


def version(program: str) -> str:
    return subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout.split()[0]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="*")
    parser.add_argument("--k", default="8,16,32")
    parser.add_argument("--pngquant", action="append", default=[])
    parser.add_argument("--write", metavar="FILE")
    arguments = parser.parse_args()
    everything = peers.pictures(arguments.folders)
    masks = {name: salient(pixels) for name, pixels in everything.items()}
    data = {name: pixels for name, pixels in everything.items() if masks[name].sum() * RAREST >= masks[name].size}

    seconds: dict[tuple[str, int], dict[str, float]] = {}
    parts = [
        f"{len(data)} of the {len(everything)} pictures have small salient colors, on"
        f" {100 * np.mean([masks[name].mean() for name in data]):.2f} % of their pixels in the mean. "
        + peers.circumstances(everything, arguments.folders)
    ]
    lines = {}
    for k in map(int, arguments.k.split(",")):
        quantizers: dict[str, peers.Quantizer] = {}
        for space in SPACES:
            for mode in ("off", "auto", "strong"):
                seconds[f"{space} {mode}", k] = {}
                quantizers[f"pixmeans {space}, {mode}"] = ours(space, mode, seconds[f"{space} {mode}", k])
        quantizers["pixmeans rgb, KMOR alone"] = ours("rgb", "kmor")
        for program in arguments.pngquant:
            quantizers[f"pngquant {version(program)}"] = pngquant(program)
        quantizers["Pillow median cut"] = peers.pillow(PilImage.Quantize.MEDIANCUT)
        found = {}
        with use_threads(1):
            for name, run in quantizers.items():
                found[name] = {one: measure(pixels, masks[one], run(pixels, k)) for one, pixels in data.items()}
        parts += [f"### k = {k}", table(found)]
        lines[k] = found
    parts += ["### Time", times(seconds, len(data)), f"### Picture by picture, k = {k_shown(lines)}", each(lines, data)]
    text = "\n\n".join(parts)
    if arguments.write:
        page = Path(arguments.write)
        before, rest = page.read_text().split(MARKS[0])
        after = rest.split(MARKS[1])[1]
        text = f"{before}{MARKS[0]}\n\n{text}\n\n{MARKS[1]}{after}".rstrip("\n")
    peers.report(text, arguments.write)


def table(found: dict[str, dict[str, Found]]) -> str:
    """Means over the pictures, and what protection costs against the same without it."""
    rows = []
    for name, of in found.items():
        plain = {} if name.endswith("off") else found.get(name.rsplit(",", 1)[0] + ", off", {})
        cost = [100 * (one.mse / plain[picture].mse - 1) for picture, one in of.items()] if plain else []
        oklab_cost = [100 * (one.oklab / plain[picture].oklab - 1) for picture, one in of.items()] if plain else []
        survival, hue, mse, oklab = (
            np.mean([getattr(one, field) for one in of.values()]) for field in ("survival", "hue", "mse", "oklab")
        )
        rows.append(
            [
                name,
                f"{survival:.1f} %",
                f"{hue:.1f} %",
                f"{mse:.1f}",
                f"{oklab:.2f}",
                mean_and_most(cost),
                mean_and_most(oklab_cost),
            ]
        )
    header = ["", "survive", "hue kept", "MSE", "OKLab", "cost in MSE: mean / most", "in OKLab: mean / most"]
    return peers.table(header, rows)


def mean_and_most(percent: list[float]) -> str:
    """Both as text, or nothing if there are none."""
    return f"{np.mean(percent):+.1f} / {np.max(percent):+.1f} %" if percent else ""


def times(seconds: dict[tuple[str, int], dict[str, float]], pictures: int) -> str:
    """Milliseconds of one core per picture."""
    rows = [
        [name, str(k), *(f"{1000 * taken[part] / pictures:.1f}" for part in ("k-means", "protection"))]
        for (name, k), taken in seconds.items()
        if not name.endswith("off")
    ]
    return peers.table(["CPU ms a picture, one core", "k", "k-means", "protection on top"], rows)


def k_shown(lines: dict[int, dict[str, dict[str, Found]]]) -> int:
    """The k of the last table."""
    return 16 if 16 in lines else min(lines)


def each(lines: dict[int, dict[str, dict[str, Found]]], data: dict[str, peers.Pixels]) -> str:
    """Survival and cost of every picture, in both spaces."""
    found = lines[k_shown(lines)]
    rows = []
    for picture in data:
        row = [picture]
        for space in SPACES:
            plain, *others = (found[f"pixmeans {space}, {mode}"][picture] for mode in ("off", "auto", "strong"))
            row.append(f"{plain.survival:.0f}")
            row += [f"{one.survival:.0f} ({100 * (one.mse / plain.mse - 1):+.1f} %)" for one in others]
        rows.append(row)
    return peers.table(["", *(f"{space} {mode}" for space in SPACES for mode in ("off", "auto", "strong"))], rows)


if __name__ == "__main__":
    main()
