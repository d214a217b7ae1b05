"""Seconds and bytes of the animation of a run: 31 frames of 1040x576 in each format.

python benchmarks/animation.py [photo]
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

import peers

from pixmeans.explain import gallery
from pixmeans.explain.samples import reef
from pixmeans.settings import Settings


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photo", nargs="?")
    arguments = parser.parse_args()
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for suffix in (".gif", ".webp"):
            path = Path(folder) / f"steps{suffix}"
            start = time.perf_counter()
            gallery.make("F8", arguments.photo or reef().pixels, path, settings=Settings.article(seed=1))
            rows.append([suffix[1:], f"{time.perf_counter() - start:.1f}", f"{path.stat().st_size / 1000:.0f}"])
    name = Path(arguments.photo).name if arguments.photo else "the sample `reef`"
    text = [
        "## Animation",
        f"A run of plain k-means on {name}, k = 16, as 31 frames of 1040x576: wall seconds and kB in all.",
        peers.table(["format", "seconds", "kB"], rows),
    ]
    peers.report("\n\n".join(text), None)


if __name__ == "__main__":
    main()
