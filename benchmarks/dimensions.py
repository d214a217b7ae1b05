"""k-means of points of any dimension, beside scikit-learn's: the table of docs/dimensions.md.

    python benchmarks/dimensions.py FOLDER [--write docs/dimensions.md]

FOLDER: pictures whose sides are multiples of 4, such as CQ100; the first ones become blocks. Both begin with the same
centroids and do the same iterations of Lloyd's algorithm with one thread. Runs alternate; the least of several counts.
"""

import argparse
import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import PIL.Image
from sklearn.cluster import KMeans as TheirKMeans
from sklearn.datasets import load_digits

import pixmeans as pm
from pixmeans.parallel import use_threads

Floats = npt.NDArray[np.float64]
ROUNDS = 5
# OpenBLAS reads these when it is loaded: it has to choose its kernels by itself, and to leave the threads alone.
SLOWING = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
# What pm.KMeans may take, as a multiple of scikit-learn's time.
LIMITS = {"blobs": 1.0, "blocks 2 x 2": 1.0, "blocks 4 x 4": 2.0, "digits": 2.0}


def blobs(n: int, d: int, count: int) -> Floats:
    """(n, d) normal clouds of deviation 1, whose middles have deviation 10."""
    random = np.random.default_rng(0)
    middles = random.normal(0, 10, (count, d))
    return middles[random.integers(0, count, n)] + random.normal(0, 1, (n, d))


def blocks(paths: list[Path], side: int) -> Floats:
    """(n, side x side x 3) the blocks of pictures."""
    found = []
    for path in paths:
        pixels = np.asarray(PIL.Image.open(path).convert("RGB"), np.float64)
        height, width = pixels.shape[0] // side, pixels.shape[1] // side
        whole = pixels[: height * side, : width * side]
        parts = whole.reshape(height, side, width, side, 3).transpose(0, 2, 1, 3, 4)
        found.append(parts.reshape(-1, side * side * 3))
    return np.concatenate(found)


def cases(folder: Path) -> Iterator[tuple[str, Floats, int, int]]:
    """Name, points, k and iterations."""
    paths = sorted(folder.glob("*.png"))[:1]
    yield "blobs", blobs(1_000_000, 2, 16), 16, 10
    yield "blobs", blobs(1_000_000, 2, 100), 100, 10
    yield "blocks 2 x 2", blocks(paths, 2), 64, 10
    yield "blocks 2 x 2", blocks(paths, 2), 256, 10
    yield "blocks 4 x 4", blocks(paths, 4), 64, 10
    yield "blocks 4 x 4", blocks(paths, 4), 256, 10
    yield "digits", load_digits().data, 10, 20
    yield "digits", load_digits().data, 32, 20


def seconds(work: Callable[[], object]) -> float:
    """CPU seconds."""
    start = time.process_time()
    work()
    return time.process_time() - start


def row(name: str, points: Floats, k: int, iterations: int) -> str:
    """One row of the table."""
    start = points[np.random.default_rng(1).choice(len(points), k, replace=False)]
    ours = pm.KMeans(k, init=start, max_iter=iterations, tol=0)
    theirs = TheirKMeans(k, init=start, n_init=1, max_iter=iterations, tol=0, algorithm="lloyd")
    times = []
    with use_threads(1):
        for _ in range(ROUNDS):
            times.append((seconds(lambda: ours.fit(points)), seconds(lambda: theirs.fit(points))))
    mine, their = (min(column) for column in zip(*times, strict=True))
    n, d = points.shape
    limit = LIMITS[name]
    kept = "" if mine <= limit * their else " (above)"
    inertia = 100 * (ours.inertia_ / theirs.inertia_ - 1)
    return (
        f"| {name} | {n:,} | {d} | {k} | {ours.n_iter_} | {1000 * mine:.0f} | {1000 * their:.0f} | "
        f"{mine / their:.2f} | {limit:.1f}{kept} | {inertia:+.2f} % |"
    )


def main() -> None:
    wanted = {name: value for name, value in os.environ.items() if name not in SLOWING} | ONE_THREAD
    if wanted != dict(os.environ):
        os.execve(sys.executable, [sys.executable, *sys.argv], wanted)
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--write", type=Path)
    args = parser.parse_args()
    lines = [
        "| points | n | d | k | iterations | ours, ms | scikit-learn, ms | ratio | aim | inertia |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for case in cases(args.folder):
        lines.append(row(*case))
        print(lines[-1], flush=True)
    if args.write is not None:
        before, _, rest = args.write.read_text().partition("<!-- table -->\n")
        _, _, after = rest.partition("<!-- end -->\n")
        args.write.write_text(before + "<!-- table -->\n" + "\n".join(lines) + "\n<!-- end -->\n" + after)


if __name__ == "__main__":
    main()
