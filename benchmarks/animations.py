"""Animations: bytes and mean SSIMULACRA2 beside ffmpeg, gifsicle and gifski.

python benchmarks/animations.py [--clip NAME] [--gifski PATH] [--write docs/animations.md]

The clips are painted here, by arithmetic. The others are measured where they are found: ffmpeg and gifsicle by
their names, gifski by --gifski (its licence is AGPL: it is run to compare, nothing of it is used).
"""

from __future__ import annotations

import argparse
import io
import platform
import resource
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from PIL import Image as PilImage

import pixmeans as pm
from pixmeans import metrics
from pixmeans.arrays import UInt8Array
from pixmeans.codecs import animated
from pixmeans.explain.samples import SAMPLES
from pixmeans.image import Animation, Image

Plane = npt.NDArray[np.float64]

FRAMES, STAY = 60, 50
WIDTH, HEIGHT = 288, 192


def small(name: str, width: int, height: int) -> Plane:
    """A sample in another size, by means of areas."""
    image = PilImage.fromarray(SAMPLES[name]().pixels).convert("RGB")
    return np.asarray(image.resize((width, height), PilImage.Resampling.BOX), np.float64)


def disc(canvas: Plane, x: float, y: float, radius: float, color: tuple[int, int, int]) -> None:
    """Paints a disc with a soft edge."""
    rows, columns = np.mgrid[0 : canvas.shape[0], 0 : canvas.shape[1]]
    inside = np.clip(radius - np.sqrt((columns - x) ** 2 + (rows - y) ** 2) + 0.5, 0, 1)[..., None]
    canvas += inside * (np.array(color, float) - canvas)


def reef_clip() -> list[UInt8Array]:
    """A photo in which bubbles rise and light changes; the camera moves in its last third."""
    wide = small("reef", WIDTH + 40, HEIGHT)
    frames = []
    for t in range(FRAMES):
        shift = max(0, t - 40)
        canvas = wide[:, shift * 2 : shift * 2 + WIDTH].copy()
        for bubble in range(6):
            x = 30 + 45 * bubble + 6 * np.sin(0.3 * t + bubble)
            disc(canvas, x, (HEIGHT - 3 * t - 37 * bubble) % HEIGHT, 4 + bubble, (190, 225, 240))
        frames.append(to_bytes(canvas))
    return frames


def screen_clip() -> list[UInt8Array]:
    """A recording of a screen: a pointer moves, words are typed, a list scrolls, nothing moves for a while."""
    canvas = np.asarray(PilImage.fromarray(SAMPLES["screenshot"]().pixels).convert("RGB"))
    background = np.ascontiguousarray(canvas[: HEIGHT * 5 // 4, : WIDTH * 5 // 4]).copy()
    dialog = np.asarray(PilImage.fromarray(SAMPLES["interface"]().pixels).convert("RGB"))
    frames = []
    for t in range(FRAMES):
        frame = background.copy()
        if t >= 20:  # a list scrolls
            top = min(t - 20, 20) * 6
            part = dialog[top : top + 120, :200]
            frame[20 : 20 + part.shape[0], 30 : 30 + part.shape[1]] = part
        typed = min(t, 40) // 2
        for letter in range(typed):
            frame[200:209, 20 + 9 * letter : 27 + 9 * letter] = (30, 30, 34)
            frame[202 + letter % 4 : 207, 22 + 9 * letter : 24 + 9 * letter] = 240
        x, y = (300 - 4 * t, 60 + 2 * t) if t < 50 else (100, 160)
        for row in range(14):
            frame[y + row, x : x + row // 2 + 2] = 0
            frame[y + row, x + 1 : x + row // 2 + 1] = 255
        frames.append(np.ascontiguousarray(frame))
    return frames


def cartoon_clip() -> list[UInt8Array]:
    """Flat figures with soft edges before a soft sky: a ball bounces, a cloud drifts, a sun sinks."""
    rows = np.linspace(0, 1, HEIGHT)[:, None, None]
    sky = np.array([110.0, 170.0, 235.0]) * (1 - rows) + np.array([250.0, 225.0, 190.0]) * rows
    frames = []
    for t in range(FRAMES):
        canvas = np.broadcast_to(sky, (HEIGHT, WIDTH, 3)).copy()
        disc(canvas, 220, 40 + 0.7 * t, 24, (255, 214, 80))
        for part, (dx, radius) in enumerate(((0, 14), (18, 19), (38, 13))):
            disc(canvas, 20 + 1.5 * t + dx, 46 + part % 2 * 3, radius, (250, 250, 252))
        disc(canvas, 70, 330, 170, (96, 160, 84))
        disc(canvas, 230, 350, 190, (70, 136, 76))
        bounce = abs(np.sin(t * 0.2))
        x, y = 40 + 3.2 * t, 150 - 80 * bounce
        disc(canvas, x, y, 17, (40, 34, 46))
        disc(canvas, x, y, 15, (226, 62, 66))
        disc(canvas, x - 5, y - 5, 4, (252, 190, 180))
        frames.append(to_bytes(canvas))
    return frames


def cuts_clip() -> list[UInt8Array]:
    """Three scenes of 20 frames with hard cuts: bubbles before a photo, the cartoon, and letters typed on a screen."""
    screen = [frame[:HEIGHT, :WIDTH] for frame in screen_clip()[:20]]
    return [*reef_clip()[:20], *cartoon_clip()[:20], *map(np.ascontiguousarray, screen)]


def to_bytes(canvas: Plane) -> UInt8Array:
    """Rounded to 8 bits."""
    return np.clip(np.floor(canvas + 0.5), 0, 255).astype(np.uint8)


CLIPS: dict[str, Callable[[], list[UInt8Array]]] = {
    "reef": reef_clip,
    "screen": screen_clip,
    "cartoon": cartoon_clip,
    "cuts": cuts_clip,
}


class Row(NamedTuple):
    """What one way made of a clip."""

    name: str
    bytes: int
    score: float
    seconds: float
    durations: bool


class Clip:
    """A clip, and what files are compared with."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.frames = CLIPS[name]()
        self.animation = Animation(tuple(map(Image, self.frames)), (STAY,) * len(self.frames))
        self._references: list[metrics.Reference] = [metrics.Reference(Image(frame)) for frame in self.frames]

    def row(self, name: str, data: bytes, seconds: float) -> Row:
        """The mean score of all frames, each taken when it is shown."""
        shown, times = at_times(data)
        scores, known = [], {}
        for number, reference in enumerate(self._references):
            place = int(np.searchsorted(np.cumsum(times), number * STAY + STAY / 2))
            pixels = shown[min(place, len(shown) - 1)]
            key = (self.frames[number].tobytes(), pixels.tobytes())
            if key not in known:
                known[key] = reference.ssimulacra2(Image(pixels))
            scores.append(known[key])
        return Row(name, len(data), float(np.mean(scores)), seconds, abs(sum(times) - STAY * len(self.frames)) <= 10)


def at_times(data: bytes) -> tuple[list[UInt8Array], list[float]]:
    """The frames of a file and their times, by Pillow."""
    shown, times = [], []
    with PilImage.open(io.BytesIO(data)) as picture:
        for number in range(getattr(picture, "n_frames", 1)):
            picture.seek(number)
            shown.append(np.asarray(picture.convert("RGBA").convert("RGB")))
            times.append(float(picture.info.get("duration", 0)))
    return shown, times


def ran(*words: object) -> float:
    """Seconds of the processor that a command took."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([str(word) for word in words], check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def ours(clip: Clip, format: str, **knobs: Any) -> Row:
    """By pixmeans."""
    before = resource.getrusage(resource.RUSAGE_SELF)
    result = pm.compress_animation(clip.animation, format=format, **knobs)
    after = resource.getrusage(resource.RUSAGE_SELF)
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    words = ", ".join(f"{name} {value}" for name, value in knobs.items())
    return clip.row(f"pixmeans, {format.upper()}, {words}", result.data, seconds)


def others(clip: Clip, gifski: str | None) -> list[Row]:
    """By the programs that are here."""
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        source, gif, out = (Path(folder) / name for name in ("clip.png", "f.gif", "out.gif"))
        source.write_bytes(animated.apng(clip.frames, [STAY] * len(clip.frames), {}))
        if shutil.which("ffmpeg"):
            for name, use in (("", ""), (", Bayer", "=dither=bayer"), (", changed rectangles", "=diff_mode=rectangle")):
                graph = f"split[a][b];[a]palettegen[p];[b][p]paletteuse{use}"
                seconds = ran("ffmpeg", "-v", "error", "-y", "-i", source, "-filter_complex", graph, gif)
                rows.append(clip.row(f"ffmpeg palettegen, paletteuse{name}", gif.read_bytes(), seconds))
                if shutil.which("gifsicle"):
                    for words in (("-O3",), ("-O3", "--lossy=80")):
                        more = ran("gifsicle", *words, gif, "-o", out)
                        label = f"ffmpeg{name}, gifsicle {' '.join(words)}"
                        rows.append(clip.row(label, out.read_bytes(), seconds + more))
        if gifski is not None:
            pngs = []
            for number, frame in enumerate(clip.frames):
                pngs.append(Path(folder) / f"{number:03}.png")
                PilImage.fromarray(frame).save(pngs[-1])
            for quality in (60, 80, 90, 100):
                seconds = ran(gifski, "-q", "--fps", 1000 // STAY, "-Q", quality, "-o", out, *pngs)
                rows.append(clip.row(f"gifski -Q {quality}", out.read_bytes(), seconds))
    return rows


KNOBS: tuple[dict[str, Any], ...] = (
    *({"k": k} for k in (256, 208, 128, 64, 32, 24, 16)),
    {"k": 256, "lossy": "off"},
    *({"k": k, "palette_per": "frame"} for k in (256, 128, 64, 32)),
)


def measured(clip: Clip, gifski: str | None) -> list[Row]:
    """Everybody, smallest file first."""
    rows = [ours(clip, "gif", **knobs) for knobs in KNOBS]
    rows += [ours(clip, format, k=256) for format in ("png", "webp")]
    rows.append(ours(clip, "webp", k=256, palette_per="frame"))
    return sorted(rows + others(clip, gifski), key=lambda row: row.bytes)


OWN_PALETTES = """
## One palette or one a frame

By default all frames share one palette. `--palette-per frame` lets a frame have its own, of the colors that it draws:
GIF as a local color table, WebP as the colors of the frame. APNG has one palette for all frames, and it is refused
there. A frame that draws at most k colors is exact. Another one takes its own palette where this takes more from the
error than it adds to the bytes, else the common one. What does not change keeps the color that it was drawn in, so
still areas stay still. (In a GIF where pixels become transparent, the rectangle around them is drawn anew; if that has
more than k / 2 colors, they may change a little.)

It pays

- after hard cuts. Three scenes score 76.2 instead of 59.8 with k = 32, for 7 % more bytes; 1.5 and 0.5 points more with
  128 and 256, for the same bytes;
- where all frames together have more than 256 colors, but each draws few, as on a screen: 99.3 instead of 98.9 points,
  as GIF for 23 % more bytes, as WebP for 6 %.

It does not pay where colors hardly change, as in the other two. There more colors for all frames bring more for the
same bytes, and with few colors a frame that is drawn in parts may show seams.
"""


def page(tables: dict[str, list[Row]]) -> str:
    """docs/animations.md."""
    lines = [
        "# Animations",
        "",
        f"Written by `benchmarks/animations.py`; {platform.machine()}, Python {platform.python_version()}, "
        f"pixmeans {pm.__version__}. Clips of {FRAMES} frames, {STAY} ms each, painted by arithmetic. Scores are "
        "the mean SSIMULACRA2 of all frames, each as it is shown at its time. Seconds are of the processor.",
        "",
        *OWN_PALETTES.strip().splitlines(),
        "",
    ]
    for name, rows in tables.items():
        lines += [f"## {name}", "", (CLIPS[name].__doc__ or "").strip(), ""]
        lines += ["| file | kB | SSIMULACRA2 | seconds | times kept |", "|---|---:|---:|---:|---|"]
        for row in rows:
            label = f"**{row.name}**" if row.name.startswith("pixmeans") else row.name
            kept = "yes" if row.durations else "no"
            lines.append(f"| {label} | {row.bytes / 1000:.1f} | {row.score:.1f} | {row.seconds:.1f} | {kept} |")
        lines.append("")
        lines += [verdict(rows), ""]
    return "\n".join(lines)


def verdict(rows: list[Row]) -> str:
    """Which of the others a GIF of ours beats: fewer bytes at no worse score."""
    gifs = [row for row in rows if row.name.startswith("pixmeans, GIF")]
    beaten: list[str] = []
    not_beaten: list[str] = []
    for row in rows:
        if not row.name.startswith("pixmeans"):
            better = [one for one in gifs if one.bytes < row.bytes and one.score >= row.score]
            (beaten if better else not_beaten).append(row.name)
    return (
        f"A GIF of ours is smaller at no worse score than: {'; '.join(beaten) or 'none'}. "
        f"Not reached: {'; '.join(not_beaten) or 'none'}."
    )


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--clip", action="append", choices=tuple(CLIPS))
    parser.add_argument("--gifski")
    parser.add_argument("--write", type=Path)
    parser.add_argument("--save", type=Path, help="a folder for our files")
    args = parser.parse_args()
    tables = {}
    for name in args.clip or CLIPS:
        clip = Clip(name)
        tables[name] = measured(clip, args.gifski)
        print(page({name: tables[name]}), flush=True)
        if args.save:
            args.save.mkdir(exist_ok=True, parents=True)
            pm.compress_animation(clip.animation, format="gif").save(args.save / f"{name}.gif", overwrite=True)
    if args.write:
        args.write.write_text(page(tables))


if __name__ == "__main__":
    main()
