"""Whole commands, from PNG to PNG, as they come: time, memory, bytes and look, beside pngquant and libvips.

python benchmarks/commands.py --set NAME PICTURE... [--set ...] [--large PHOTO... --megapixels 0.1,2,10,24]
    [--k 256] [--repeat 3] [--pngquant COMMAND ...] [--vips FOLDER] [--batch PICTURE...]

--large: photos that are made smaller, or repeated, to so many megapixels. --vips: where pyvips and pyvips-binary are
installed; they are no part of the environment (LGPL). --batch: pictures that are compressed by one command.
Needs GNU time. Commands are interleaved: each has a picture once before any has it again.
"""

from __future__ import annotations

import argparse
import math
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
import peers
import PIL.Image

from pixmeans.flow.source import open_source
from pixmeans.metrics import Reference
from pixmeans.settings import Settings

DEFAULT = "pixmeans"
VIPS = (
    "import pyvips, sys; pyvips.Image.new_from_file(sys.argv[1]).pngsave(sys.argv[2], palette=True, Q=100, dither=1.0)"
)


class Run(NamedTuple):
    """What a command took: seconds of CPU and by the clock, and MB of memory at most."""

    cpu: float
    wall: float
    memory: float


class Command(NamedTuple):
    """Words, in which {in}, {out} and {k} are filled in, and what is set in the environment."""

    words: list[str]
    environment: dict[str, str]

    def run(self, **names: object) -> Run:
        """Run it, under `time`, as a child of a large process inherits its memory. SystemExit: it fails."""
        words = [word.format(**names) if word.startswith("{") else word for word in self.words]
        with tempfile.NamedTemporaryFile("r") as told:
            measured = ["/usr/bin/time", "-q", "-o", told.name, "-f", "%U %S %e %M", *words]
            subprocess.run(measured, env={**os.environ, **self.environment}, stderr=subprocess.DEVNULL, check=True)
            user, system, wall, memory = map(float, told.read().split())
        return Run(user + system, wall, memory / 1024)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--set", nargs="+", action="append", default=[], dest="sets")
    parser.add_argument("--large", nargs="+", default=[])
    parser.add_argument("--megapixels", default="0.1,2,10,24")
    parser.add_argument("--batch", nargs="+", default=[])
    parser.add_argument("--k", type=int, default=256)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--pngquant", action="append", default=[])
    parser.add_argument("--vips", metavar="FOLDER")
    arguments = parser.parse_args()
    rivals = {
        name: Command([path, "--force", "--output", "{out}", "{k}", "{in}"], {})
        for name, path in peers.pngquants(arguments.pngquant or None).items()
    }
    if arguments.vips:
        rivals["libvips"] = Command([sys.executable, "-c", VIPS, "{in}", "{out}"], {"PYTHONPATH": arguments.vips})
    text = [
        "## Whole commands",
        f"From PNG to PNG at k = {arguments.k}, as commands come, on {os.cpu_count()} cores, dithered. Seconds are the"
        f" least of {arguments.repeat}, of large pictures of fewer, averaged over the pictures; CPU is of all threads"
        " together. The ratio is the geometric mean over pictures of CPU seconds to those of the last pngquant. MB is"
        " the most memory that any picture took. libvips is Python with `pyvips`, at Q = 100.",
    ]
    with tempfile.TemporaryDirectory() as folder:
        sets = [(name, pictures) for name, *pictures in arguments.sets]
        for megapixels in map(float, arguments.megapixels.split(",")) if arguments.large else ():
            name = f"{len(arguments.large)} photos of {megapixels:g} megapixels"
            sets.append((name, [_of_size(photo, megapixels, folder) for photo in arguments.large]))
        for name, pictures in sets:
            text += [f"### {name}", _table(pictures, rivals, arguments.k, arguments.repeat, folder)]
        if arguments.batch:
            text += [f"### A batch of {len(arguments.batch)}", _batch(arguments.batch, rivals, arguments.k, folder)]
    peers.report("\n\n".join(text), None)


def _ours(*more: str) -> Command:
    return Command([str(Path(sys.executable).with_name("pixmeans")), "-q", "-f", *more], {})


def _of_size(photo: str, megapixels: float, folder: str) -> str:
    """The photo as a PNG of so many megapixels: made smaller, or repeated beside and below itself."""
    with PIL.Image.open(photo) as opened:
        picture = opened.convert("RGB")
    scale = math.sqrt(megapixels * 1e6 / (picture.width * picture.height))
    size = round(picture.width * scale), round(picture.height * scale)
    if scale < 1:
        picture = picture.resize(size, PIL.Image.Resampling.LANCZOS)
    elif scale > 1.1:
        pixels = np.tile(np.asarray(picture), (math.ceil(scale), math.ceil(scale), 1))[: size[1], : size[0]]
        picture = PIL.Image.fromarray(np.ascontiguousarray(pixels))
    path = os.path.join(folder, f"{Path(photo).stem}-{megapixels:g}.png")
    picture.save(path, compress_level=1)
    return path


def _table(pictures: list[str], rivals: dict[str, Command], k: int, repeat: int, folder: str) -> str:
    usual = ["-k", "{k}", "-o", "{out}", "{in}"]
    commands = {
        "pixmeans, plain k-means in sRGB": _ours(*usual, "--space", "rgb", "--dither", "none", "--protect", "off"),
        "pixmeans, lossy indices off": _ours(*usual, "--lossy", "off"),
        DEFAULT: _ours(*usual),
        "pixmeans, `--quality 80`": _ours("--quality", "80", "-o", "{out}", "{in}"),
        **rivals,
    }
    last = [name for name in rivals if name.startswith("pngquant")][-1]
    runs: dict[str, list[Run]] = {name: [] for name in commands}
    made: dict[str, list[tuple[float, float]]] = {name: [] for name in commands}
    out = os.path.join(folder, "out.png")
    for picture in pictures:
        original = open_source(picture, Settings()).image
        reference = Reference(original)
        megapixels = original.width * original.height / 1e6
        found: dict[str, list[Run]] = {name: [] for name in commands}
        for turn in range(max(1, round(repeat / max(1.0, megapixels)))):
            for name, command in commands.items():
                found[name].append(command.run(**{"in": picture, "out": out, "k": k}))
                if turn == 0:
                    score = reference.ssimulacra2(open_source(out, Settings()).image)
                    made[name].append((os.path.getsize(out) / 1e3, score))
        for name, some in found.items():
            runs[name].append(Run(*(min(column) for column in zip(*some, strict=True))))
    rows = []
    for name in commands:
        cpu, wall, memory = (np.array(column) for column in zip(*runs[name], strict=True))
        size, score = np.mean(made[name], axis=0)
        ratios = [math.log(one.cpu / other.cpu) for one, other in zip(runs[name], runs[last], strict=True)]
        times = [f"{cpu.mean():.2f}", f"{math.exp(np.mean(ratios)):.2f}", f"{wall.mean():.2f}"]
        rows.append([name, *times, f"{memory.max():.0f}", f"{size:.0f}", f"{score:.1f}"])
    return peers.table(["", "CPU s", "ratio", "wall s", "MB", "kB", "SSIMULACRA2"], rows)


def _batch(pictures: list[str], rivals: dict[str, Command], k: int, folder: str) -> str:
    """All pictures by one command: pixmeans has processes of its own; of the others as many run at a time as cores."""

    def all_by(rival: Command) -> Run:
        def one(numbered: tuple[int, str]) -> Run:
            number, picture = numbered
            return rival.run(**{"in": picture, "out": os.path.join(folder, f"peer-{number}.png"), "k": k})

        start = time.perf_counter()
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            runs = list(pool.map(one, enumerate(pictures)))
        return Run(sum(run.cpu for run in runs), time.perf_counter() - start, max(run.memory for run in runs))

    ours = _ours("-k", "{k}", "-d", folder, *pictures)
    ways: dict[str, Callable[[], Run]] = {DEFAULT: lambda: ours.run(k=k)}
    ways |= {name: partial(all_by, rival) for name, rival in rivals.items()}
    runs: dict[str, list[Run]] = {name: [] for name in ways}
    for _ in range(2):
        for name, way in ways.items():
            runs[name].append(way())
    rows = []
    for name, some in runs.items():
        cpu, wall = (min(column) for column in list(zip(*some, strict=True))[:2])
        rows.append([name, f"{cpu / len(pictures):.3f}", f"{wall:.1f}", f"{len(pictures) / wall:.2f}"])
    return peers.table(["", "CPU s a picture", "wall s", "pictures a second"], rows)


if __name__ == "__main__":
    main()
