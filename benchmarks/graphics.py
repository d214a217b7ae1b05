"""Graphics: icons, sprites, screenshots, text, charts, maps, soft shadows, beside pngquant.

python benchmarks/graphics.py [--k 16,32,64,256] [--pngquant PATH] [--write docs/graphics.md] [folder]

The folder has PNG files named KIND__NAME.png; without one the samples are measured. --pngquant may be repeated; by
default it is every one that is found. What was measured is kept in build/graphics: with --reuse our own results, too.
"""

from __future__ import annotations

import argparse
import functools
import io
import json
import math
import subprocess
import tempfile
from collections.abc import Callable, Iterable
from multiprocessing import Pool
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import oxipng
import peers
from PIL import Image as PilImage

import pixmeans as pm
from pixmeans.codecs.truecolor import truecolor_png
from pixmeans.color.histogram import count_colors
from pixmeans.explain.samples import SAMPLES
from pixmeans.flow.judge import LEAST_SCORE, Judge
from pixmeans.image import Image

Row = dict[str, float]
Plane = npt.NDArray[np.float64]

CACHE = peers.ROOT / "build" / "graphics"

OURS = "pixmeans"
DITHERS = {"dithered": [], "undithered": ["--nofs"]}
LADDER = (8, 16, 32, 64, 128, 256)
QUALITIES = (80, 90)
BACKGROUNDS = (0.0, 128.0, 255.0)
EDGE = 24  # of 255: from which a step of lightness or alpha is an edge

# Added to errors before they are divided, so that nothing is divided by nothing.
LEAST = {"error": 0.05, "edges": 0.05, "p99": 0.001}


class Measure:
    """One original that results are compared with."""

    def __init__(self, image: Image) -> None:
        self.judge = Judge(image)
        self.pixels = with_alpha(image.pixels)
        self.edge = self._edges()

    def __call__(self, data: bytes) -> Row:
        """Every number of a file, see `MEASURES`."""
        with PilImage.open(io.BytesIO(data)) as picture:
            made = np.asarray(picture.convert("RGBA"))
        squares = [((over(made, ground) - over(self.pixels, ground)) ** 2).sum(axis=2) for ground in BACKGROUNDS]
        other = Image(made)
        seen = (self.pixels[..., 3] > 0) | (made[..., 3] > 0)
        far = self.judge.colors.distances(other)[seen]
        rims = [square[self.edge].mean() for square in (squares[0], squares[2])] if self.edge.any() else [0.0]
        score = self.judge.reference.ssimulacra2(other)
        return {
            "error": float(np.mean(squares)),
            "edges": float(np.mean(rims)),
            "p99": float(np.percentile(far, 99)) if far.size else 0.0,
            "wrong": 100 * self.judge.colors.clearly_wrong(other),
            "score": score,
            "look": max(LEAST_SCORE, score),
            "bytes": len(oxipng.optimize_from_memory(data, level=2, strip=oxipng.StripChunks.safe())),
        }

    def _edges(self) -> npt.NDArray[np.bool_]:
        """(h, w) where lightness over gray, or alpha, differs by more than `EDGE` from one of four neighbors."""
        light = over(self.pixels, 128.0) @ np.array([0.299, 0.587, 0.114])
        found = np.zeros(light.shape, bool)
        for plane in (light, self.pixels[..., 3].astype(float)):
            for axis in (0, 1):
                step = np.moveaxis(np.abs(np.diff(plane, axis=axis)) > EDGE, axis, 0)
                view = np.moveaxis(found, axis, 0)
                view[1:] |= step
                view[:-1] |= step
        return found


def with_alpha(pixels: peers.Pixels) -> peers.Pixels:
    """(h, w, 3 or 4) as (h, w, 4)."""
    if pixels.shape[2] == 4:
        return pixels
    return np.dstack([pixels, np.full(pixels.shape[:2], 255, np.uint8)])


def over(pixels: peers.Pixels, ground: float) -> Plane:
    """(h, w, 4) over a gray."""
    alpha = pixels[..., 3:] / 255.0
    composite: Plane = pixels[..., :3] * alpha + ground * (1.0 - alpha)
    return composite


def pngquant(file: Path, k: int, flags: list[str], command: str) -> bytes:
    """What the command makes of a file with its most effort."""
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder, "made.png")
        words = ["--speed", "1", *flags, "--force", "--output", str(made), str(k), "--", str(file)]
        subprocess.run([command, *words], check=True)
        return made.read_bytes()


def ours(file: Path, k: int) -> bytes:
    """What pixmeans makes of a file by default."""
    return pm.compress(file, k).data


def measured(file: Path, ks: tuple[int, ...], commands: dict[str, str], reuse: bool) -> tuple[str, dict[str, Row]]:
    """The rows of a picture by 'tool k', and 'pixmeans q80'; '' is what the picture itself has."""
    cache = CACHE / f"{file.stem}.json"
    rows: dict[str, Row] = json.loads(cache.read_text()) if cache.exists() else {}
    if not reuse:
        rows = {name: row for name, row in rows.items() if not name.startswith(OURS)}

    @functools.cache
    def measure() -> Measure:
        return Measure(pm.compress(file, 2, lossy="off", dither="none").original)

    def row(name: str, make: Callable[..., bytes], *arguments: Any) -> None:
        if name not in rows:
            rows[name] = measure()(make(file, *arguments))

    def by_quality(quality: int) -> None:
        name = f"{OURS} q{quality}"
        if name not in rows:
            result = pm.compress(file, quality=quality)
            rows[name] = {**measure()(result.data), "reached": float(bool(result.reached)), "k": len(result.palette)}

    if "" not in rows:
        rows[""] = {"colors": len(count_colors(measure().pixels))}
    for k in ks:
        row(f"{OURS} {k}", ours, k)
    for quality in QUALITIES:
        by_quality(quality)
    for name, command in commands.items():
        for dither, flags in DITHERS.items():
            for k in sorted({*ks, *LADDER}):
                row(f"{name}, {dither} {k}", pngquant, k, flags, command)
    CACHE.mkdir(parents=True, exist_ok=True)
    cache.write_text(json.dumps(rows))
    return file.stem, rows


class Found:
    """All rows of all pictures, and the pngquants that ours are compared with."""

    def __init__(self, rows: dict[str, dict[str, Row]], commands: Iterable[str], ways: Iterable[str] = DITHERS) -> None:
        """ways: of dithering, by which pngquant's files count."""
        self.rows = rows
        self.commands = list(commands)
        self.peers = [f"{name}, {way}" for name in self.commands for way in ways]
        self.kinds = sorted({kind_of(name) for name in rows})

    def only(self, way: str) -> Found:
        """The same beside the files of one way of dithering."""
        return Found(self.rows, self.commands, [way])

    def inexact(self, k: int, kind: str | None = None) -> list[str]:
        """The pictures with more than k colors, of a kind or all."""
        return [name for name, of in self.rows.items() if of[""]["colors"] > k and kind in (None, kind_of(name))]

    def ours(self, name: str, k: int) -> Row:
        """What pixmeans makes of a picture."""
        return self.rows[name][f"{OURS} {k}"]

    def theirs(self, name: str, k: int) -> list[Row]:
        """What each pngquant makes of a picture."""
        return [self.rows[name][f"{peer} {k}"] for peer in self.peers]

    def nearest(self, name: str, k: int) -> Row:
        """The row of pngquant with the least error."""
        return min(self.theirs(name, k), key=lambda row: row["error"])

    def ratio(self, name: str, k: int, measure: str) -> float:
        """Ours over the least of theirs; bytes over those of the pngquant of least error."""
        if measure == "bytes":
            return self.ours(name, k)["bytes"] / self.nearest(name, k)["bytes"]
        least = min(row[measure] for row in self.theirs(name, k))
        return (self.ours(name, k)[measure] + LEAST[measure]) / (least + LEAST[measure])

    def look(self, name: str, k: int) -> float:
        """Points of SSIMULACRA2 above the best of theirs."""
        return self.ours(name, k)["look"] - max(row["look"] for row in self.theirs(name, k))

    def dominated(self, name: str, k: int) -> bool:
        """Whether the pngquant of least error is better in error, look and bytes."""
        mine, its = self.ours(name, k), self.nearest(name, k)
        worse = mine["error"] > 1.02 * its["error"] + 0.02 and mine["look"] < its["look"] - 0.2
        return worse and mine["bytes"] > its["bytes"]


def kind_of(name: str) -> str:
    return name.split("__")[0]


def mean_ratio(values: Iterable[float]) -> float:
    """The geometric mean."""
    logs = [math.log(value) for value in values]
    return math.exp(sum(logs) / len(logs))


def in_all(found: Found, ks: tuple[int, ...]) -> str:
    """The table of every tool, all pictures together."""
    rows = []
    for k in ks:
        names = found.inexact(k)
        for tool in (OURS, *found.peers):
            of = [found.rows[name][f"{tool} {k}"] for name in names]
            error, edges, p99 = (mean_ratio(row[one] + LEAST[one] for row in of) for one in LEAST)
            look, wrong = (np.mean([row[one] for row in of]) for one in ("look", "wrong"))
            size = mean_ratio(row["bytes"] for row in of)
            numbers = f"{error:.1f}", f"{edges:.0f}", f"{p99:.4f}", f"{wrong:.2f} %", f"{look:.1f}", f"{size:.0f}"
            rows.append([f"{k} ({len(names)})", tool, *numbers])
    return peers.table(["k (pictures)", "", "error", "edges", "p99", "wrong", "look", "bytes"], rows)


def by_kind(found: Found, k: int) -> str:
    """The table of ratios at a number of colors, beside dithered files; the last rows are of all pictures."""
    like = found.only("dithered")
    rows = [compared(like, k, kind, like.inexact(k, kind)) for kind in found.kinds if like.inexact(k, kind)]
    every = found.inexact(k)
    rows += [
        compared(like, k, "**all**", every),
        compared(found.only("undithered"), k, "all, beside undithered files", every),
        compared(found, k, "all, beside the best of both", every),
    ]
    return peers.table(["", "pictures", "error", "edges", "p99", "wrong, %", "look", "bytes", "dominated"], rows)


def compared(found: Found, k: int, title: str, names: list[str]) -> list[str]:
    """A row of that table."""
    ratios = [mean_ratio(found.ratio(name, k, one) for name in names) for one in (*LEAST, "bytes")]
    wrong = np.mean([found.ours(name, k)["wrong"] for name in names])
    least = np.mean([min(row["wrong"] for row in found.theirs(name, k)) for name in names])
    cells = [f"{value:.2f}" for value in ratios[:3]] + [f"{wrong:.2f} : {least:.2f}"]
    cells += [f"{np.mean([found.look(name, k) for name in names]):+.1f}", f"{ratios[3]:.2f}"]
    return [title, str(len(names)), *cells, str(sum(found.dominated(name, k) for name in names))]


def ladder(found: Found, name: str, score: float) -> float | None:
    """The bytes of the smallest pngquant of a score: between two of its files; None where it does not reach it."""
    points = [found.rows[name][f"{peer} {k}"] for peer in found.peers for k in LADDER]
    scores: list[float] = []
    sizes: list[float] = []
    for row in sorted(points, key=lambda row: (row["bytes"], -row["score"])):
        if not scores or row["score"] > scores[-1]:
            scores.append(row["score"])
            sizes.append(math.log(row["bytes"]))
    return None if score > scores[-1] else math.exp(float(np.interp(score, scores, sizes)))


def qualities(found: Found) -> str:
    """The table of --quality."""
    rows = []
    for quality in QUALITIES:
        made = {name: of[f"{OURS} q{quality}"] for name, of in found.rows.items()}
        reached = {name: row for name, row in made.items() if row["reached"]}
        lossy = {name: row for name, row in reached.items() if row["error"] > 0}
        shares, missed = [], 0
        for name, row in lossy.items():
            its = ladder(found, name, row["score"])
            missed += its is None
            shares += [] if its is None else [row["bytes"] / its]
        scores = [row["score"] for row in lossy.values()]
        rows.append(
            [
                str(quality),
                f"{len(reached)} of {len(made)}",
                str(len(reached) - len(lossy)),
                f"{np.mean(scores):.1f} ({min(scores):.1f} to {max(scores):.1f})" if scores else "-",
                f"{max((row['wrong'] for row in reached.values()), default=0.0):.2f} %",
                f"{mean_ratio(shares):.2f} ({len(shares)})" if shares else "-",
                str(sum(share > 1.02 for share in shares)),
                str(missed),
            ]
        )
    header = ["`--quality`", "reached", "exact", "score", "most wrong", "bytes", "larger", "pngquant does not reach it"]
    return peers.table(header, rows)


def where_pngquant_is_better(found: Found, ks: tuple[int, ...]) -> str:
    """In words and numbers."""
    lines = []
    for k in ks:
        names = found.inexact(k)
        ratios = {kind: [found.ratio(name, k, "error") for name in found.inexact(k, kind)] for kind in found.kinds}
        more = [f"{kind} {mean_ratio(of):.2f}" for kind, of in ratios.items() if of and mean_ratio(of) > 1.1]
        looks = {kind: [found.look(name, k) for name in found.inexact(k, kind)] for kind in found.kinds}
        below = [f"{kind} {np.mean(of):+.1f}" for kind, of in looks.items() if of and np.mean(of) < -0.5]
        beaten = sorted({kind_of(name) for name in names if found.dominated(name, k)})
        lines += [
            f"- k = {k}, {len(names)} pictures. An error more than a tenth above its least:"
            f" {sum(found.ratio(name, k, 'error') > 1.1 for name in names)} (by kind: {', '.join(more) or 'none'}).",
            f"  Look worse by more than half a point: {sum(found.look(name, k) < -0.5 for name in names)}"
            f" (by kind: {', '.join(below) or 'none'}); better: {sum(found.look(name, k) > 0.5 for name in names)}.",
            f"  Files larger by more than 2 %: {sum(found.ratio(name, k, 'bytes') > 1.02 for name in names)}."
            f" Dominated pictures are of these kinds: {', '.join(beaten) or 'none'}.",
        ]
    return "\n".join(lines)


PAGE = """\
# Graphics

Icons, sprites, screenshots, text, charts and soft shadows, beside pngquant. Generated by `benchmarks/graphics.py`.

{circumstances}

pixmeans has its default settings, and k. pngquant has `--speed 1`, its most effort: {peers}.
Both sides' files go through oxipng level 2. Pictures with at most k colors are left out: both keep them as they are.

- *error* is the squared error summed over R, G and B of the pictures over black, gray and white; the mean.
- *edges* is the same over black and white, where lightness or alpha differs by more than 24 of 255 from a neighbor.
- *p99* is the 99th percentile of the OKLab distance of visible pixels, the larger of those over black and over white.
- *wrong* is the share of visible pixels that are farther than 0.1 in OKLab: clearly another color.
- *look* is our own SSIMULACRA2, the lower of black and white. Below {least:g} it tells nothing and counts as {least:g}.
- *bytes* are those of the file.

## All pictures

Errors and bytes are geometric means over the pictures, wrong pixels and look are means.

{in_all}

## By kind

Ratios: ours over pngquant's, below 1 is better. Its files are the dithered ones, as ours are, but in the last two rows.
**By each measure it is the best of them**, though no single file is; wrong pixels are ours : its least; bytes are
compared with its file of least error. *look* is how many points ours is above its best. *dominated* counts the pictures
whose error, look and bytes are all worse than those of its file of least error.

{by_kind}

## Where pngquant is better

In {shares} of the cases pngquant's least error is below ours.
Our palettes are made for the distances that the eye sees, and dithering and lossy indices trade squared error for look
and bytes. `--space rgb --dither none` asks for the least squared error (see [quality.md](quality.md)).

Beside its dithered files:

{better}

## A wanted quality

`--quality`: how many pictures reach it, and how many of these are kept exactly; the score (SSIMULACRA2: mean, least and
most of those that are not exact); the largest share of wrong pixels; bytes over those of pngquant at the same score
(number of pictures), between its files of k = {ladder}, dithered and not; how many files are larger than
that by more than 2 %; and how many scores pngquant does not reach with 256 colors.

{qualities}
"""


def page(found: Found, ks: tuple[int, ...], about: str, commands: Iterable[str]) -> str:
    """The whole page."""
    total = [(name, k) for k in ks for name in found.inexact(k)]
    ways = {way: sum(found.only(way).ratio(name, k, "error") > 1 for name, k in total) for way in DITHERS}
    shares = " and ".join(f"{100 * count / len(total):.0f} % ({way} files)" for way, count in ways.items())
    return PAGE.format(
        circumstances=about,
        peers=", ".join(f"{name} dithered and not" for name in commands),
        least=LEAST_SCORE,
        in_all=in_all(found, ks),
        by_kind="\n\n".join(f"### k = {k}\n\n{by_kind(found, k)}" for k in ks),
        shares=shares,
        better=where_pngquant_is_better(found.only("dithered"), ks),
        ladder=", ".join(map(str, LADDER)),
        qualities=qualities(found),
    ).rstrip("\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?")
    parser.add_argument("--k", default="16,32,64,256")
    parser.add_argument("--pngquant", action="append", metavar="PATH")
    parser.add_argument("--reuse", action="store_true", help="our own results of the last time, too")
    parser.add_argument("--jobs", type=int, default=1, help="pictures at a time")
    parser.add_argument("--about", metavar="TEXT", help="what the pictures are, for the page")
    parser.add_argument("--write", metavar="FILE")
    arguments = parser.parse_args()
    ks = tuple(int(k) for k in arguments.k.split(","))
    commands = peers.pngquants(arguments.pngquant)
    if not commands:
        parser.error("pngquant is not installed: name one with --pngquant")
    with tempfile.TemporaryDirectory() as painted, Pool(arguments.jobs) as pool:
        if arguments.folder is None:
            for name, make in SAMPLES.items():
                Path(painted, f"{name}.png").write_bytes(truecolor_png(make()))
        files = sorted(Path(arguments.folder or painted).glob("*.png"))
        if not files:
            parser.error(f"{arguments.folder}: no PNG files there")
        work = functools.partial(measured, ks=ks, commands=commands, reuse=arguments.reuse)
        rows = dict(sorted(pool.imap_unordered(work, files)))
    found = Found(rows, commands)
    usual = f"the {len(rows)} samples" if arguments.folder is None else f"{len(rows)} graphics"
    about = peers.circumstances_of(arguments.about or usual)
    peers.report(page(found, ks, about, commands), arguments.write)


if __name__ == "__main__":
    main()
