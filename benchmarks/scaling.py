"""CPU time against megapixels and against distinct colors: it must grow in a straight line with either.

    python benchmarks/scaling.py [--chart docs/pictures/scaling.svg] [photo]

Pictures are cut from the photo, which is laid side by side with itself as often as it takes; without a photo, from
the sample `reef`, each copy a little darker than the last. In process, one thread, without files. Also: frames a
second when every frame starts from the palette of the one before.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np
import peers
from PIL import Image as PilImage

from pixmeans.clustering.kmeans import kmeans
from pixmeans.color.histogram import count_colors
from pixmeans.color.spaces import SPACES
from pixmeans.explain.samples import SAMPLES
from pixmeans.image import Image
from pixmeans.parallel import use_threads
from pixmeans.pipeline import quantize
from pixmeans.quantize.remap import remap

MEGAPIXELS = (0.1, 0.4, 1, 2, 4, 10, 24)
KS = (16, 64, 256)
FRAMES = 60


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photo", nargs="?")
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--chart", metavar="FILE")
    arguments = parser.parse_args()
    source = wide(arguments.photo)

    rows: list[list[str]] = []
    seconds: dict[int, list[float]] = {k: [] for k in KS}
    sizes: list[float] = []
    colors: list[int] = []
    for megapixels in MEGAPIXELS:
        side = int((megapixels * 1e6 * 2 / 3) ** 0.5)
        pixels = np.ascontiguousarray(source[:side, : side * 3 // 2])
        sizes.append(pixels.shape[0] * pixels.shape[1] / 1e6)
        colors.append(peers.distinct_colors(pixels))
        for k in KS:
            settings = peers.PLAIN.but(k=k)
            spent = [peers.cpu_seconds(lambda: quantize(Image(pixels), settings)) for _ in range(arguments.repeat)]  # noqa: B023
            seconds[k].append(min(spent))
        row = [f"{sizes[-1]:.1f}", f"{colors[-1]:,}", *(f"{seconds[k][-1]:.3f}" for k in KS)]
        rows.append([*row, f"{seconds[256][-1] / sizes[-1]:.3f}"])

    name = Path(arguments.photo).name if arguments.photo else "the sample `reef`"
    text = "\n\n".join(
        [
            "## Growth",
            f"CPU seconds on one thread, in process, without files, on pieces and copies of {name}.",
            peers.table(
                ["megapixels", "distinct colors", *(f"k = {k}" for k in KS), "seconds a megapixel, k = 256"], rows
            ),
            *(
                [f"![CPU seconds by megapixels and by distinct colors](pictures/{Path(arguments.chart).name})"]
                if arguments.chart
                else []
            ),
            f"At 640x480 and k = 64 one thread does {film(source):.0f} frames of a film a second (histogram, k-means to"
            " 0.005 %, remap). Each frame starts from the colors of the last.",
        ]
    )
    if arguments.chart:
        chart(arguments.chart, sizes, colors, seconds)
    peers.report(text, None)


def wide(photo: str | None) -> peers.Pixels:
    """At least 4000 x 6000 pixels."""
    if photo:
        with PilImage.open(photo) as picture:
            tile = np.asarray(picture.convert("RGB"))
        down, right = -(-4000 // tile.shape[0]), -(-6000 // tile.shape[1])
        return np.tile(tile, (down, right, 1))
    tile = SAMPLES["reef"]().pixels
    rows = [[tile - (tile >> 3) * ((row + column) % 8) // 8 for column in range(10)] for row in range(9)]
    return np.concatenate([np.concatenate(row, axis=1) for row in rows]).astype(np.uint8)


def film(source: peers.Pixels) -> float:
    """Frames a second of a window that glides over the picture."""
    space = SPACES["rgb"]
    centroids = None
    with use_threads(1):
        start = time.process_time()
        for frame in range(FRAMES):
            pixels = np.ascontiguousarray(source[frame : frame + 480, 4 * frame : 4 * frame + 640])
            histogram = count_colors(pixels)
            points = space.points(histogram)
            if centroids is None:
                centroids = quantize(Image(pixels), peers.PLAIN.but(k=64)).palette.colors.astype(float)
            centroids = kmeans(points, centroids, tolerance=5e-5).centroids
            labels, _ = points.assign(space.palette_points(space.colors(centroids)))
            remap(pixels, histogram, labels, 64)
        return FRAMES / (time.process_time() - start)


def chart(path: str, sizes: list[float], colors: list[int], seconds: dict[int, list[float]]) -> None:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 3.6), layout="constrained")
    by_size, by_color = figure.subplots(1, 2)
    for (k, spent), mark in zip(seconds.items(), "o^s", strict=True):
        by_size.plot(sizes, spent, marker=mark, label=f"k = {k}")
        by_color.plot(np.array(colors) / 1000, spent, marker=mark, label=f"k = {k}")
    by_size.set(xlabel="megapixels", ylabel="CPU seconds, one thread", xlim=(0, None), ylim=(0, None))
    by_color.set(xlabel="thousands of distinct colors", xlim=(0, None), ylim=(0, None))
    by_size.legend(frameon=False)
    for axes in (by_size, by_color):
        axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, metadata={"Date": None} if path.endswith(".svg") else None)


if __name__ == "__main__":
    main()
