"""Bytes at equal quality: lossy indices against pngquant, both through the same lossless pass.

python benchmarks/size.py [--effort 2,6] [--write docs/size.md] [--pngquant PATH] folder ...

pngquant is the envelope of its files at speed 1: many k, dithered, half dithered and not. They are kept in build/size,
so that only the first time takes long.
"""

from __future__ import annotations

import argparse
import io
import json
import shutil
import subprocess
import tempfile
from pathlib import Path

import numpy as np
import numpy.typing as npt
import oxipng
import peers
from PIL import Image as PilImage
from scipy.ndimage import gaussian_filter, gaussian_filter1d, uniform_filter

import pixmeans as pm
from pixmeans import codecs
from pixmeans.color.spaces import SPACES
from pixmeans.flow.attempt import Attempt
from pixmeans.image import Image
from pixmeans.metrics import Reference
from pixmeans.quantize.prepared import PreparedImage

Plane = npt.NDArray[np.float64]
Point = dict[str, float]

ROOT = Path(__file__).resolve().parent.parent
CACHE = ROOT / "build" / "size"

LAMBDAS = (3e-6, 1e-5, 2.2e-5, 4.5e-5, 9e-5, 1.8e-4, 3.6e-4, 7e-4, 1.2e-3, 2.4e-3)
LEAST = 40.0  # SSIMULACRA2 from which qualities count, but in the last rows of a table
METRICS = {"s2": "SSIMULACRA2", "psnr": "PSNR", "ms_ssim": "MS-SSIM", "ssim": "SSIM"}
KS = (8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256)
DITHERS = (1.0, 0.5, 0.0)


def through_oxipng(png: bytes) -> bytes:
    """The lossless pass for both sides."""
    return oxipng.optimize_from_memory(png, level=2)


def decoded(data: bytes) -> peers.Pixels:
    """The pixels (h, w, 3) of a file."""
    with PilImage.open(io.BytesIO(data)) as picture:
        return np.ascontiguousarray(np.asarray(picture.convert("RGB")))


def pngquant(pixels: peers.Pixels, k: int, dither: float, command: str) -> bytes:
    """What the command makes of a PNG."""
    with tempfile.TemporaryDirectory() as folder:
        before, after = Path(folder, "a.png"), Path(folder, "b.png")
        PilImage.fromarray(pixels).save(before, compress_level=1)
        words = ["--nofs"] if dither == 0.0 else [f"--floyd={dither}"]
        words += ["--speed", "1", "--force", "--output", str(after), str(k), str(before)]
        subprocess.run([command, *words], check=True)
        return after.read_bytes()


class Judge:
    """Measures pictures against one original."""

    def __init__(self, pixels: peers.Pixels) -> None:
        self.pixels = pixels
        self.reference = Reference(Image(pixels))
        self.light = lightness(pixels)
        self.flat = flat_blocks(self.light)

    def __call__(self, made: peers.Pixels) -> Point:
        """Every metric of a picture, higher is better, but `str` and `vis`, see `streaks` and `visible`."""
        other = Image(made)
        error = 100.0 * (lightness(made) - self.light)
        return {
            "s2": self.reference.ssimulacra2(other),
            "psnr": self.reference.psnr(other) or 99.0,
            "ms_ssim": self.reference.ms_ssim(other),
            "ssim": self.reference.ssim(other),
            "str": streaks(error, self.flat),
            "vis": visible(error, self.flat),
        }


def lightness(pixels: peers.Pixels) -> Plane:
    """L of OKLab, 0..1."""
    light: Plane = SPACES["oklab"].to_grid(pixels.reshape(-1, 3))[:, 0].reshape(pixels.shape[:2]) / 2.0**14
    return light


def flat_blocks(light: Plane) -> npt.NDArray[np.bool_]:
    """Which blocks of 32 x 32 are flat: in 80 % of their pixels L deviates by less than .012 over 7 x 7."""
    mean = uniform_filter(light, 7, mode="nearest")
    flat = uniform_filter(light * light, 7, mode="nearest") - mean * mean < 0.012**2
    return blocks(flat.astype(float)) >= 0.8


def blocks(plane: Plane) -> Plane:
    """The mean of each whole block of 32 x 32."""
    height, width = (side // 32 * 32 for side in plane.shape)
    return plane[:height, :width].reshape(height // 32, 32, width // 32, 32).mean(axis=(1, 3))


def streaks(error: Plane, flat: npt.NDArray[np.bool_]) -> float:
    """How much more of the error of flat blocks lies along rows than along columns; their 95th percentile."""
    if not flat.any():
        return 0.0
    along = gaussian_filter(error, (0.6, 4.0))
    across = gaussian_filter(error, (4.0, 0.6))
    excess = np.sqrt(np.maximum(blocks(along * along) - blocks(across * across), 0.0))
    return float(np.percentile(excess[flat], 95))


def visible(error: Plane, flat: npt.NDArray[np.bool_]) -> float:
    """The blurred error of flat blocks, root mean square; their 95th percentile."""
    if not flat.any():
        return 0.0
    blurred = gaussian_filter1d(gaussian_filter1d(error, 1.2, axis=0), 1.2, axis=1)
    return float(np.percentile(np.sqrt(blocks(blurred * blurred))[flat], 95))


def envelope_of_peers(name: str, pixels: peers.Pixels, command: str) -> list[Point]:
    """Every point of pngquant on a picture: bytes, k, dither and the metrics; from the cache if they are there."""
    cache = CACHE / f"{name}.json"
    if cache.exists():
        return json.loads(cache.read_text())
    judge = Judge(pixels)
    found: list[Point] = []
    for dither in DITHERS:
        for k in KS:
            png = through_oxipng(pngquant(pixels, k, dither, command))
            made = decoded(png)
            found.append({"k": k, "dither": dither, "bytes": len(png), "webp": webp(made), **judge(made)})
    CACHE.mkdir(parents=True, exist_ok=True)
    cache.write_text(json.dumps(found))
    return found


def webp(pixels: peers.Pixels) -> int:
    """Bytes of lossless WebP."""
    file = io.BytesIO()
    PilImage.fromarray(pixels).save(file, "WEBP", lossless=True, quality=75, method=4)
    return file.tell()


def envelope(points: list[Point], metric: str, size: str = "bytes") -> tuple[Plane, Plane]:
    """The points of a cloud that no other beats: quality ascending, and the log of the bytes."""
    ordered = sorted(points, key=lambda point: (point[size], -point[metric]))
    kept: list[tuple[float, float]] = []
    for point in ordered:
        if not kept or point[metric] > kept[-1][0]:
            kept.append((point[metric], float(np.log(point[size]))))
    return np.array([q for q, _ in kept]), np.array([b for _, b in kept])


def saving(ours: list[Point], theirs: list[Point], metric: str, size: str = "bytes", *, least: float = LEAST) -> float:
    """BD-rate: the mean percentage of bytes at equal quality, negative when ours are fewer.

    Logs of bytes are interpolated between the points of each envelope and averaged over the qualities that both reach,
    of those pictures with an SSIMULACRA2 of `least` and more.
    """
    ours, theirs = ([point for point in side if point["s2"] >= least] for side in (ours, theirs))
    if len(ours) < 2 or len(theirs) < 2:
        return float("nan")
    (q1, b1), (q2, b2) = envelope(ours, metric, size), envelope(theirs, metric, size)
    low, high = max(q1[0], q2[0]), min(q1[-1], q2[-1])
    if high <= low:
        return float("nan")
    at = np.linspace(low, high, 200)
    return float(100.0 * (np.exp(np.mean(np.interp(at, q1, b1) - np.interp(at, q2, b2))) - 1.0))


def ours(name: str, pixels: peers.Pixels, effort: int, reuse: bool, format: str = "png") -> list[Point]:
    """pixmeans at k = 256 and many values of lambda, as `envelope_of_peers`: 'bytes' of a PNG, or 'webp'."""
    cache = CACHE / f"{name}.ours-{effort}-{format}.json"
    if reuse and cache.exists():
        return json.loads(cache.read_text())
    judge = Judge(pixels)
    settings = pm.Settings(k=256, optimize=effort, threads=1, format=format)
    attempt = Attempt(PreparedImage(Image(pixels)), settings)
    found: list[Point] = []
    for lambda_ in LAMBDAS:
        indexed = attempt.lossy(lambda_).indexed
        made = indexed.to_image().pixels
        if format == "png":
            png = through_oxipng(codecs.encode(indexed, "png", optimize=0))
            assert np.array_equal(decoded(png), made)
            found.append({"lambda": lambda_, "bytes": len(png), **judge(made)})
        else:
            found.append({"lambda": lambda_, "webp": webp(made), "s2": judge.reference.ssimulacra2(Image(made))})
            if found[-1]["s2"] < LEAST:
                break
    CACHE.mkdir(parents=True, exist_ok=True)
    cache.write_text(json.dumps(found))
    return found


def at(points: list[Point], s2: float, what: str) -> float:
    """A number at an SSIMULACRA2, between the two nearest points; nan where they do not reach."""
    ordered = sorted(points, key=lambda point: point["s2"])
    places = [point["s2"] for point in ordered]
    if not places or not places[0] <= s2 <= places[-1]:
        return float("nan")
    return float(np.interp(s2, places, [point[what] for point in ordered]))


def savings(points: dict[str, list[Point]], webps: dict[str, list[Point]], theirs: dict[str, list[Point]]) -> str:
    """The table of bytes at equal quality; the last row over all qualities that both sides reach."""
    rows, sums, every = [], [], []
    for name in points:
        row = [saving(points[name], theirs[name], metric) for metric in METRICS]
        row.append(saving(webps[name], theirs[name], "s2", "webp"))
        sums.append(row)
        rows.append([name, *(number(value, "+.0f") for value in row)])
        every.append([saving(points[name], theirs[name], metric, least=-np.inf) for metric in METRICS])
    for title, function in (("**mean**", np.nanmean), ("median", np.nanmedian)):
        rows.append([title, *(number(value, "+.1f") for value in function(np.array(sums), axis=0))])
    rows.append(["mean, all qualities", *(number(value, "+.1f") for value in np.nanmean(np.array(every), axis=0)), "-"])
    return peers.table(["", *METRICS.values(), "SSIMULACRA2, lossless WebP"], rows)


def gates(points: dict[str, list[Point]], theirs: dict[str, list[Point]]) -> str:
    """The table of streaks and visible errors where pictures are flat; what is worse than pngquant stands out."""
    rows = []
    for name in points:
        if theirs[name][0]["vis"] == 0.0:
            continue
        row = [name]
        for s2 in (60.0, 70.0, 80.0):
            for what, dither in (("str", 0.0), ("vis", 1.0)):
                own = at(points[name], s2, what)
                other = at([point for point in theirs[name] if point["dither"] == dither], s2, what)
                text = f"{number(own, '.2f')} : {number(other, '.2f')}"
                row.append(f"**{text}**" if own > other else text)
        rows.append(row)
    header = [f"{what} at {s2}" for s2 in (60, 70, 80) for what in ("streaks", "visible")]
    return peers.table(["ours : pngquant's", *header], rows)


def number(value: float, form: str) -> str:
    """A number, or a dash where there is none."""
    return "-" if np.isnan(value) else format(value, form)


PAGE = """\
# Size

Bytes of files with lossy indices ([how](lossy.md)), compared with pngquant's at equal quality. Generated by
`benchmarks/size.py`.

{circumstances}

- pngquant is the envelope of {version}, speed 1, k = {ks},
  with Floyd-Steinberg at 1, at 0.5 and off: at every quality its smallest file.
- pixmeans has k = 256 and lambda from {least:g} to {most:g}. Both sides go through oxipng level 2.
- A number is the mean percentage of bytes at equal quality (BD-rate): logarithms of bytes are interpolated along both
  envelopes, and averaged over the qualities that both reach with SSIMULACRA2 of at least 40. The last row of a table
  counts lower qualities, too.
- Metrics are those of `pixmeans.metrics`: SSIMULACRA 2.1, PSNR of sRGB, MS-SSIM and single-scale SSIM of luma.
- The last column compares lossless WebP files (libwebp, method 4, quality 75 on both sides): pngquant's same pixels,
  and indices searched for WebP's coder.
- A dash: the two have no quality in common.
"""

EYES = """\
## Flat areas

A block of 32 x 32 pixels is flat if in 80 % of its pixels lightness deviates by less than .012 over 7 x 7. With e, 100
times the error of OKLab's L:

- *streaks* is sqrt(mean(r^2) - mean(c^2)) over a block. r is e after a Gaussian along rows (sigma 4 along, .6 across);
  c is the same along columns.
- *visible* is the root mean square of e after a Gaussian of sigma 1.2.

Both are the 95th percentile over flat blocks, at SSIMULACRA2 of 60, 70 and 80. Streaks are compared with undithered
pngquant, visible errors with dithered pngquant. Bold: ours is worse. Pictures without flat blocks are left out.
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+")
    parser.add_argument("--effort", default="2,6")
    parser.add_argument("--pngquant", default=shutil.which("pngquant"))
    parser.add_argument("--reuse", action="store_true", help="our own results of the last time, too")
    parser.add_argument("--write", metavar="FILE")
    arguments = parser.parse_args()
    data = peers.pictures(arguments.folders)
    theirs = {name: envelope_of_peers(name, pixels, arguments.pngquant) for name, pixels in data.items()}
    version = subprocess.run(
        [arguments.pngquant, "--version"], capture_output=True, text=True, check=True
    ).stdout.split()
    page = PAGE.format(
        circumstances=peers.circumstances(data, arguments.folders),
        version=f"pngquant {version[0]}",
        ks=", ".join(map(str, KS)),
        least=LAMBDAS[0],
        most=LAMBDAS[-1],
    )
    made = {}
    for effort in map(int, arguments.effort.split(",")):
        made[effort], webps = (
            {name: ours(name, pixels, effort, arguments.reuse, format) for name, pixels in data.items()}
            for format in ("png", "webp")
        )
        page += f"\n## `--optimize {effort}`\n\n{savings(made[effort], webps, theirs)}\n"
    page += "\n" + EYES
    for effort, points in made.items():
        page += f"\n### `--optimize {effort}`\n\n{gates(points, theirs)}\n"
    peers.report(page.rstrip("\n"), arguments.write)


if __name__ == "__main__":
    main()
