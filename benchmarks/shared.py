"""One palette for many pictures beside a palette each: error and bytes.

    python benchmarks/shared.py FOLDER [FOLDER ...] [-k 256]

Prints a table for each folder of pictures. Both ways are plain k-means in OKLab on exact counts, without dithering.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import pixmeans as pm
from pixmeans.metrics import Reference

PLAIN: dict[str, Any] = {"space": "oklab", "masking": "off", "protect": "off", "dither": "none", "lossy": "off"}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("-k", type=int, nargs="+", default=[256, 64])
    args = parser.parse_args()
    print("| pictures | k | palettes | mean squared error | SSIMULACRA2 | kB |\n|---|---|---|---|---|---|")
    for folder in args.folders:
        paths = sorted(path for path in folder.iterdir() if path.suffix.lower() in (".png", ".jpg", ".gif"))[:40]
        for k in args.k:
            rows = {"each its own": [compress(path, k) for path in paths]}
            for weigh in ("pixels", "pictures"):
                shared = pm.palette(paths, k - 1, weigh=weigh)
                assert shared.hex == pm.palette(paths[::-1], k - 1, weigh=weigh).hex, "the order matters"
                table = folder_file(shared)
                rows[f"one, by {weigh}"] = [compress(path, k, palette=table) for path in paths]
            for name, found in rows.items():
                error, score, size = (sum(column) / len(found) for column in zip(*found, strict=True))
                print(
                    f"| {len(paths)} of {folder.name} | {k} | {name} | {error:.1f} | {score:.1f} | {size / 1e3:.1f} |"
                )


def folder_file(shared: pm.Palette) -> str:
    from pixmeans.codecs.palette_writers import to_json

    path = Path("build/shared.json")
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(to_json(shared))
    return str(path)


def compress(path: Path, k: int, palette: str | None = None) -> tuple[float, float, int]:
    """Mean squared error, SSIMULACRA2 and bytes."""
    result = pm.compress(path, k, palette=palette, **PLAIN)
    return result.mse, Reference(result.source.image).ssimulacra2(result.indexed), len(result.data)


if __name__ == "__main__":
    main()
