"""Bytes of GIFs at equal quality: lossy indices against plain indices, dithered and not, and against gifsicle --lossy.

python benchmarks/size_gif.py [--write docs/size-gif.md] [--pictures 8] folder ...

gifsicle, if it is there, gets our own GIFs of as many colors, dithered and not.
"""

from __future__ import annotations

import argparse
import io
import shutil
import subprocess
import time
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image as PilImage

from pixmeans.flow.attempt import Attempt, EncodedImage
from pixmeans.flow.judge import Judge
from pixmeans.image import Image
from pixmeans.quantize.prepared import PreparedImage
from pixmeans.settings import Settings

KS = (8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256)
LAMBDAS = (3e-6, 1e-5, 2.5e-5, 6e-5, 1.5e-4, 4e-4)
LOSSY = (20, 40, 60, 80, 120, 160, 200)

Curve = list[tuple[float, int]]


def score(judge: Judge, made: EncodedImage) -> tuple[float, int]:
    """SSIMULACRA2 and bytes."""
    return judge.reference.ssimulacra2(made.result.indexed.to_image()), len(made.data)


def gifsicle(judge: Judge, data: bytes, lossy: int) -> tuple[float, int]:
    """SSIMULACRA2 and bytes of what the command makes of a GIF."""
    words = ["gifsicle", "-O3", f"--lossy={lossy}"]
    smaller = subprocess.run(words, input=data, capture_output=True, check=True).stdout
    with PilImage.open(io.BytesIO(smaller)) as picture:
        pixels = np.ascontiguousarray(np.asarray(picture.convert("RGB")))
    return judge.reference.ssimulacra2(Image(pixels)), len(smaller)


def envelope(points: Curve, at: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Logarithm of the fewest bytes at each score, between points in straight lines; NaN where nothing reaches it."""
    best: Curve = []
    for quality, size in sorted(points, reverse=True):
        if not best or size < best[-1][1]:
            best.append((quality, size))
    scores, sizes = np.array(best[::-1], float).T
    return np.interp(at, scores, np.log(sizes), left=np.nan, right=np.nan)


def against(mine: Curve, other: Curve) -> float:
    """Percent of bytes more than another curve at equal scores, on the mean over what both reach from 40 on."""
    at = np.arange(40.0, 90.0, 0.25)
    return float(100.0 * np.expm1(np.nanmean(envelope(mine, at) - envelope(other, at))))


def main() -> None:
    """Measures and prints a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--pictures", type=int, default=8)
    parser.add_argument("--write", type=Path)
    options = parser.parse_args()
    files = sorted(file for folder in options.folders for file in folder.glob("*.png"))
    files = files[:: max(1, len(files) // options.pictures)][: options.pictures]
    rows: dict[str, list[float]] = {}
    defaults: dict[str, list[tuple[float, float]]] = {}
    milliseconds: dict[int, list[float]] = {256: [], 64: []}
    for file in files:
        with PilImage.open(file) as picture:
            prepared = PreparedImage(Image(np.ascontiguousarray(np.asarray(picture.convert("RGB")))))
        plain = Settings(format="gif", lossy="off")
        first = Attempt(prepared, plain)
        dithered = {k: first.but(plain.but(k=k)).file for k in KS}
        undithered = {k: first.but(plain.but(k=k, dither="none")).file for k in KS}
        plain_ones = {
            "plain, dithered": [score(first.judge, made) for made in dithered.values()],
            "plain, not dithered": [score(first.judge, made) for made in undithered.values()],
        }
        for k in (256, 64):
            settings = Settings(k=k, format="gif", threads=1)
            mine = []
            attempt = first.but(settings)
            for lambda_ in LAMBDAS:
                start = time.process_time()
                result = attempt.lossy(lambda_)
                milliseconds[k].append(1e3 * (time.process_time() - start))
                mine.append(score(first.judge, attempt.encoded(result)))
            here = dict(plain_ones)
            if shutil.which("gifsicle"):
                for name, made in (("dithered", dithered[k]), ("not dithered", undithered[k])):
                    here[f"gifsicle --lossy, {name}"] = [gifsicle(first.judge, made.data, lossy) for lossy in LOSSY]
            for name, curve in here.items():
                rows.setdefault(f"{name}|{k}", []).append(against(mine, curve))
            usual, before = score(first.judge, attempt.file), score(first.judge, dithered[k])
            defaults.setdefault(str(k), []).append((usual[0] - before[0], 100.0 * (usual[1] / before[1] - 1.0)))
    names = list(dict.fromkeys(key.split("|")[0] for key in rows))
    lines = [
        "# Bytes of GIFs at equal quality",
        "",
        f"Written by `benchmarks/size_gif.py`: {len(files)} photos, `--optimize 2`, SSIMULACRA2 from 40 on. Lossy",
        f"indices have 256 or 64 colors and {len(LAMBDAS)} values of lambda. Plain GIFs have 8 to 256 colors.",
        "`gifsicle -O3 --lossy` with 20 to 200 gets plain GIFs of as many colors. A cell is the difference",
        "in bytes at equal quality: the mean (least, most). Less is better.",
        "",
        "| against | 256 colors | 64 colors |",
        "|---|---|---|",
    ]
    for name in names:
        cells = []
        for k in (256, 64):
            values = np.array(rows[f"{name}|{k}"])
            cells.append(f"{np.nanmean(values):+.0f} % ({np.nanmin(values):+.0f}, {np.nanmax(values):+.0f})")
        lines.append(f"| {name} | {' | '.join(cells)} |")
    lines += ["", "By default, against the dithered plain GIF of as many colors:", ""]
    lines += ["| colors | SSIMULACRA2 | bytes | CPU of the search |", "|---|---|---|---|"]
    for k in (256, 64):
        points, size = np.mean(defaults[str(k)], axis=0)
        lines.append(f"| {k} | {points:+.1f} | {size:+.0f} % | {np.mean(milliseconds[k]):.0f} ms |")
    text = "\n".join(lines) + "\n"
    print(text)
    if options.write:
        options.write.write_text(text)


if __name__ == "__main__":
    main()
