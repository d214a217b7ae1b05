"""When a palette is the right choice: bytes at equal quality of palettes and of the other ways.

python benchmarks/alternatives.py [--write docs/when-a-palette.md] [--charts FOLDER] FILE ...

FILE is a picture, or the name of a sample. What was measured is kept in build/alternatives, so that only the first
time takes long. --write puts the tables into a page, between the lines <!-- name --> and <!-- /name -->.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from dataclasses import dataclass
from itertools import pairwise
from math import exp, log
from pathlib import Path
from typing import Any

import numpy as np
import peers

from pixmeans import codecs
from pixmeans.codecs.truecolor import truecolor_png
from pixmeans.color.histogram import count_colors
from pixmeans.explain import contest, samples
from pixmeans.explain.runs import Runs
from pixmeans.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
CACHE = ROOT / "build" / "alternatives"
LEVELS = (50, 70, 85)
PALETTES = (contest.PLAIN, contest.AWARE, contest.AWARE_WEBP)


@dataclass(frozen=True)
class Picture:
    """What all codecs make of a picture. files: by codec, with 'bytes', 'quality', 'psnr', 'encode' and 'decode'."""

    name: str
    width: int
    height: int
    colors: int
    files: dict[str, list[dict[str, Any]]]

    def lossless(self, codec: str) -> int | None:
        """The bytes of its smallest file without loss."""
        return min((file["bytes"] for file in self.files.get(codec, []) if file["psnr"] is None), default=None)

    def bytes_at(self, codec: str, quality: float) -> float | None:
        """As `Contest.bytes_at`."""
        hull: list[dict[str, Any]] = []
        for file in sorted(self.files.get(codec, []), key=lambda one: (one["bytes"], -one["quality"])):
            if not hull or file["quality"] > hull[-1]["quality"]:
                hull.append(file)
        if not hull or hull[-1]["quality"] < quality:
            return None
        for low, high in pairwise(hull):
            if low["quality"] < quality <= high["quality"]:
                part = (quality - low["quality"]) / (high["quality"] - low["quality"])
                return exp(log(low["bytes"]) + part * log(high["bytes"] / low["bytes"]))
        return float(hull[0]["bytes"])


def measured(file: str) -> Picture:
    """What was measured of a picture, now or earlier."""
    path = Path(file)
    name = path.stem if path.exists() else file
    data = path.read_bytes() if path.exists() else truecolor_png(samples.SAMPLES[file]())
    cache = CACHE / f"{name}.json"
    known = json.loads(cache.read_text())["files"] if cache.exists() else {}
    missing = [codec for codec in contest.CODECS if codec.name not in known]
    if missing:
        runs = Runs(data, Settings())
        found, _ = contest.sweep(runs, lambda words: print(f"{name}: {words}", file=sys.stderr), missing)
        rows = known | {codec: [_row(entry) for entry in entries] for codec, entries in found.items()}
        image = codecs.decode(data, name=name).image
        told = {
            "name": name,
            "width": image.width,
            "height": image.height,
            "colors": len(count_colors(image.pixels)),
            "files": {codec.name: rows[codec.name] for codec in contest.CODECS if codec.name in rows},
        }
        CACHE.mkdir(parents=True, exist_ok=True)
        cache.write_text(json.dumps(told))
    return Picture(**json.loads(cache.read_text()))


def _row(entry: contest.Entry) -> dict[str, Any]:
    return {
        "setting": entry.codec.in_words(entry.setting),
        "bytes": entry.size_bytes,
        "quality": entry.quality,
        "psnr": entry.psnr,
        "encode": entry.encode_seconds,
        "decode": entry.decode_seconds,
    }


def at_level(pictures: list[Picture], level: int) -> str:
    """A table: kilobytes of each codec at a quality, the least in bold, and what our best palette takes of it."""
    names = [codec.name for codec in contest.CODECS if codec.between]
    rows = []
    for picture in pictures:
        found = {name: picture.bytes_at(name, level) for name in names}
        for name in ("lossless WebP", "PNG + oxipng"):
            found[name] = picture.lossless(name)
        sizes = {name: size for name, size in found.items() if size is not None}
        least = min(sizes.values())
        palette = min((size for name, size in sizes.items() if name in PALETTES), default=None)
        cells = [_cell(found.get(name), least) for name in (*names, "lossless WebP")]
        rows.append([picture.name, *cells, "-" if palette is None else f"{palette / least:.2f}"])
    return peers.table(["", *names, "lossless WebP", "palette / least"], rows)


def _cell(size: float | None, least: float) -> str:
    if size is None:
        return "-"
    words = f"{size / 1000:.1f}" if size < 99_950 else f"{size / 1000:.0f}"
    return f"**{words}**" if size == least else words


def without_loss(pictures: list[Picture]) -> str:
    """A table: kilobytes without any loss, where a codec gets there."""
    names = [contest.PLAIN, contest.AWARE_WEBP, "pngquant + oxipng", "lossless WebP", "PNG + oxipng"]
    rows = []
    for picture in pictures:
        found = {name: picture.lossless(name) for name in names}
        least = min(size for size in found.values() if size is not None)
        rows.append([picture.name, f"{picture.colors:,}", *(_cell(found[name], least) for name in names)])
    return peers.table(["", "colors", *names], rows)


def seconds(pictures: list[Picture]) -> str:
    """A table: seconds a megapixel to encode and to decode, the middle over all files."""
    rows = []
    for codec in contest.CODECS:
        took = [
            (file["encode"] / (p.width * p.height) * 1e6, file["decode"] / (p.width * p.height) * 1e6)
            for p in pictures
            if p.width * p.height >= 200_000
            for file in p.files.get(codec.name, [])
        ]
        if took:
            encode, decode = np.median(np.array(took), axis=0)
            rows.append([codec.name, f"{encode:.2g}", f"{decode:.2g}"])
    return peers.table(["", "encode", "decode"], rows)


def curves(picture: Picture) -> str:
    """A table of every file of a picture."""
    rows = [
        [
            name,
            file["setting"],
            f"{file['bytes'] / 1000:.1f}",
            f"{8 * file['bytes'] / picture.width / picture.height:.2f}",
            f"{file['quality']:.1f}",
            "-" if file["psnr"] is None else f"{file['psnr']:.1f}",
        ]
        for name, files in picture.files.items()
        for file in files
    ]
    return peers.table(["", "setting", "kB", "bits a pixel", "SSIMULACRA2", "PSNR, dB"], rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="+", metavar="FILE")
    parser.add_argument("--write", metavar="FILE")
    arguments = parser.parse_args()
    pictures = [measured(file) for file in arguments.files]
    tables = {
        "about": peers.circumstances_of(f"{len(pictures)} pictures") + " Generated by `benchmarks/alternatives.py`.",
        **{f"level-{level}": at_level(pictures, level) for level in LEVELS},
        "lossless": without_loss(pictures),
        "seconds": seconds(pictures),
        "curves": curves(pictures[0]),
    }
    if not arguments.write:
        peers.report("\n\n".join(f"{name}\n\n{text}" for name, text in tables.items()), None)
        return
    page = Path(arguments.write).read_text()
    for name, text in tables.items():
        parts = re.split(rf"(?<=<!-- {name} -->\n).*?(?=<!-- /{name} -->)", page, flags=re.DOTALL)
        if len(parts) != 2:
            sys.exit(f"{arguments.write}: there must be one <!-- {name} --> ... <!-- /{name} -->")
        page = f"{parts[0]}\n{text}\n\n{parts[1]}"
    Path(arguments.write).write_text(page)


if __name__ == "__main__":
    main()
