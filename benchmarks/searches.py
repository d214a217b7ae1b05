"""The searches beside restarts of k-means++: the table of docs/searches.md.

    python benchmarks/searches.py FOLDER [--write docs/searches.md]

FOLDER: photographs, such as those of CQ100; five of them, evenly spread, are taken.

All colors of each picture, in sRGB, one thread. Each search begins with cuts across principal axes and ends with
Lloyd's algorithm on all colors. Restarts are greedy k-means++ and Lloyd's algorithm: the best of ten, and the best of
as many as take as long as the genetic search.
"""

import argparse
import time
from pathlib import Path

import numpy as np
import PIL.Image

from pixmeans.clustering import seeding
from pixmeans.clustering.kmeans import kmeans
from pixmeans.clustering.points import GridPoints
from pixmeans.clustering.searches import SEARCHES
from pixmeans.color.histogram import count_colors
from pixmeans.color.spaces import SPACES
from pixmeans.parallel import use_threads
from pixmeans.rng import SplitMix64

COUNTS = (4, 8, 16, 32)
PICTURES = 5
RESTARTS, MOST_RESTARTS = 10, 60
TOLERANCE = 1e-5


def points_of(path: Path) -> GridPoints:
    """The colors of a picture in sRGB."""
    return SPACES["rgb"].points(count_colors(np.asarray(PIL.Image.open(path).convert("RGB"))))


def searched(name: str, points: GridPoints, k: int) -> tuple[float, float]:
    """The inertia at the end of a search, and CPU seconds."""
    start = time.process_time()
    found = SEARCHES[name](points, seeding.pca(points, k), thorough=False, frozen=None, seed=0)
    ended = kmeans(points, found, tolerance=TOLERANCE)
    return ended.inertia, time.process_time() - start


def restarted(points: GridPoints, k: int, seconds: float) -> tuple[float, float, float]:
    """The least inertia of ten restarts, their CPU seconds, and the least in so many seconds."""
    start, spent = time.process_time(), 0.0
    of_ten = in_time = np.inf
    for run in range(MOST_RESTARTS):
        inertia = kmeans(points, seeding.plus_plus(points, k, SplitMix64(run)), tolerance=TOLERANCE).inertia
        now = time.process_time() - start
        if run < RESTARTS:
            of_ten, spent = min(of_ten, inertia), now
        if now <= seconds or run == 0:
            in_time = min(in_time, inertia)
        elif run + 1 >= RESTARTS:
            break
    return of_ten, spent, in_time


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--write", type=Path)
    args = parser.parse_args()
    lines = [
        "| k | genetic, s | best of 10, s | split-merge, s | genetic beside best of 10 | "
        "beside restarts of equal time | split-merge beside best of 10 |",
        "|---|---|---|---|---|---|---|",
    ]
    paths = sorted(args.folder.glob("*.png"))
    everything = [points_of(path) for path in paths[:: max(1, len(paths) // PICTURES)][:PICTURES]]
    columns = []
    with use_threads(1):
        for points in everything:
            points.cells  # not in anybody's time  # noqa: B018
        for k in COUNTS:
            rows = []
            for points in everything:
                genetic, genetic_time = searched("genetic", points, k)
                split, split_time = searched("split-merge", points, k)
                of_ten, ten_time, in_time = restarted(points, k, genetic_time)
                rows.append((genetic_time, ten_time, split_time, genetic / of_ten, genetic / in_time, split / of_ten))
            means = np.mean(rows, axis=0)
            columns.append(means)
            seconds = " | ".join(f"{value:.2f}" for value in means[:3])
            ratios = " | ".join(f"{100 * (value - 1):+.2f} %" for value in means[3:])
            lines.append(f"| {k} | {seconds} | {ratios} |")
            print(lines[-1], flush=True)
    means = np.mean(columns, axis=0)
    lines.append("| mean | | | | " + " | ".join(f"{100 * (value - 1):+.2f} %" for value in means[3:]) + " |")
    print(lines[-1], flush=True)
    if args.write is not None:
        before, _, rest = args.write.read_text().partition("<!-- table -->\n")
        _, _, after = rest.partition("<!-- end -->\n")
        args.write.write_text(before + "<!-- table -->\n" + "\n".join(lines) + "\n<!-- end -->\n" + after)


if __name__ == "__main__":
    main()
