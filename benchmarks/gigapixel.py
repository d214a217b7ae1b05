"""A picture that is larger than memory: time, memory, the palette of a part, and a run that is killed.

    python benchmarks/gigapixel.py [--side 32768] [--folder build/gigapixel]

It paints a tiled TIFF by arithmetic, compresses it with k = 64 in a process whose memory is watched, kills a second run
half-way and lets it go on, and compares the palette of a crop of 100 megapixels with that of the crop in memory. Where
GDAL's rgb2pct.py is installed, it has the crop as well. Prints a table.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import tifffile

import pixmeans as pm
from pixmeans.color.spaces import SPACES
from pixmeans.distribute.tiled import open_tiled

TILE, K, CROP = 512, 64, 10_000


def tile(top: int, left: int) -> np.ndarray:
    """(TILE, TILE, 3) uint8: fields, woods and water with some noise, the same wherever it is made."""
    y, x = np.mgrid[top : top + TILE, left : left + TILE].astype(np.float32)
    noise = np.random.default_rng(top * 65_536 + left).integers(-3, 4, (TILE, TILE, 3))
    height = np.sin(x / 1900) + np.sin(y / 2300 + x / 5100) + 0.5 * np.sin((x + y) / 410)
    wood = np.sin(x / 53) * np.sin(y / 61) > 0.3
    color = np.stack([96 + 40 * height, 118 + 30 * height - 40 * wood, 70 + 25 * height + 10 * wood], axis=2)
    color[height < -1.1] = (40, 70, 120)
    return np.clip(color + noise, 0, 255).astype(np.uint8)


def paint(path: Path, side: int) -> None:
    def tiles() -> Iterator[np.ndarray]:
        for top in range(0, side, TILE):
            for left in range(0, side, TILE):
                yield tile(top, left)

    tifffile.imwrite(
        path, tiles(), shape=(side, side, 3), dtype=np.uint8, tile=(TILE, TILE), photometric="rgb",
        compression="zlib", compressionargs={"level": 1}, bigtiff=True,
    )  # fmt: skip


def watched(words: list[str], *, kill_at: tuple[str, float] | None = None) -> tuple[float, float, int]:
    """Seconds by the clock, megabytes at the most, and the exit code. kill_at: when this file has so many bytes."""
    start, process, most = time.perf_counter(), subprocess.Popen(words), 0.0
    while process.poll() is None:
        try:
            status = Path(f"/proc/{process.pid}/status").read_text()
            most = max(most, float(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1]))
        except (OSError, StopIteration):
            pass
        if kill_at is not None and os.path.exists(kill_at[0]) and os.path.getsize(kill_at[0]) >= kill_at[1]:
            process.send_signal(signal.SIGKILL)
        time.sleep(0.2)
    return time.perf_counter() - start, most / 1e3, process.returncode


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--side", type=int, default=32_768)
    parser.add_argument("--folder", type=Path, default=Path("build/gigapixel"))
    args = parser.parse_args()
    args.folder.mkdir(parents=True, exist_ok=True)
    source, out, again = (args.folder / name for name in ("map.tif", "map-k64.tif", "again.tif"))
    if not source.exists():
        paint(source, args.side)
    megapixels = args.side**2 / 1e6
    print(f"{megapixels:,.0f} megapixels, {source.stat().st_size / 1e6:,.0f} MB as deflated tiles\n")
    print("| what | seconds | megapixels a second | peak memory, MB | bytes, MB |")
    print("|---|---|---|---|---|")
    words = [sys.executable, "-m", "pixmeans", "tiled", str(source), "-k", str(K), "-f", "-o"]
    seconds, memory, code = watched([*words, str(out)])
    assert code == 0
    print(row("whole", seconds, megapixels, memory, out))
    shutil.rmtree(f"{again}.part", ignore_errors=True)
    again.unlink(missing_ok=True)
    words.remove("-f")
    before, memory, code = watched([*words, str(again)], kill_at=(f"{again}.part/blocks", 0.4 * out.stat().st_size))
    assert code == -signal.SIGKILL, code
    print(f"| killed | {before:.0f} | | {memory:.0f} | |")
    seconds, memory, code = watched([*words, str(again)])
    assert code == 0
    print(row("the rest of it", seconds, megapixels, memory, again))
    assert out.read_bytes() == again.read_bytes(), "a killed run ends with another file"
    crop(args.folder, source)


def row(name: str, seconds: float, megapixels: float, memory: float, path: Path) -> str:
    return f"| {name} | {seconds:.0f} | {megapixels / seconds:.1f} | {memory:.0f} | {path.stat().st_size / 1e6:.0f} |"


def crop(folder: Path, source: Path) -> None:
    """A part of 100 megapixels: our palette, that of the same pixels in memory, and GDAL's."""
    from pixmeans.distribute.windows import Window

    picture = open_tiled(source)
    side = min(CROP, picture.about.height)
    pixels = picture.read(Window(0, side, 0, side))
    picture.close()
    path = folder / "crop.tif"
    tifffile.imwrite(path, pixels, tile=(TILE, TILE), photometric="rgb", compression="zlib")
    ours = folder / "crop-k64.tif"
    print(f"\n{side**2 / 1e6:.0f} megapixels of it, k = {K}\n")
    print("| what | seconds | CPU seconds | peak memory, MB | mean squared error (sRGB) |\n|---|---|---|---|---|")
    for space in ("oklab", "rgb"):
        words = [sys.executable, "-m", "pixmeans", "tiled", str(path), "-k", str(K), "-f", "-q", "--space", space]
        compare(f"pixmeans tiled, {space}", [*words, "-o", str(ours)], ours, pixels)
        found = set(map(tuple, table(ours)[1].tolist()[:K]))
        alone = pm.palette(pm.count_colors(pixels), K, space=space)
        assert found == set(map(tuple, alone.rgba[:, :3].tolist())), "another palette than in memory"
        assert space in SPACES
    theirs = shutil.which("rgb2pct.py") or shutil.which("rgb2pct")
    if theirs:
        out = folder / "crop-gdal.tif"
        compare(f"GDAL rgb2pct, k = {K}", [theirs, "-n", str(K), str(path), str(out)], out, pixels)


def table(path: Path) -> tuple[Any, Any]:
    """(h, w) the indices of a TIFF, and (256, 3) its colors."""
    with tifffile.TiffFile(path) as file:
        page: Any = file.pages[0]
        return page.asarray(), (page.colormap.T >> 8).astype(np.int64)


def compare(name: str, words: list[str], out: Path, pixels: np.ndarray) -> None:
    out.unlink(missing_ok=True)
    start = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds, memory, code = watched(words)
    end = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert code == 0, words
    indices, colors = table(out)
    total = 0
    for top in range(0, len(pixels), 500):
        part = slice(top, top + 500)
        difference = colors[indices[part]] - pixels[part]
        total += int((difference * difference).sum())
    spent = end.ru_utime + end.ru_stime - start.ru_utime - start.ru_stime
    print(f"| {name} | {seconds:.1f} | {spent:.1f} | {memory:.0f} | {total / indices.size:.2f} |", flush=True)


if __name__ == "__main__":
    main()
