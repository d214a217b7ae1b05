"""Frames in, an animated file out: GIF, WebP, APNG, and MP4 where PyAV is installed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np

from .. import codecs
from ..arrays import UInt8Array
from ..codecs import animated
from ..errors import SettingsError
from ..flow.frame_deltas import parts
from ..records import dataclass
from .alt_text import notes_of, write_alt_text

# Milliseconds. GIF counts in hundredths of a second, so all are multiples of ten.
FIRST, LAST = 1200, 2500
EARLY, LATE = 350, 120  # iterations 1 to 5, and later ones
TWEEN, TWEENS = 80, 6  # of a movement: so long each, so many

Region = tuple[int, int, int, int]

# Of 256 levels: in frames between, a pixel of a GIF that differs by no more may stay: nobody sees it,
# and late iterations, which move colors by a level or two, take fewer bytes.
TOLERANCE = 3


@dataclass(frozen=True, eq=False)
class Frame:
    """One picture of an animation and how long it stays. pixels: (h, w, 3) uint8, the same shape for all."""

    pixels: UInt8Array
    milliseconds: int


@dataclass(frozen=True)
class WrittenAnimation:
    """What was written.

    frames: after equal neighbors became one. notes: what was given up for the size, in words.
    """

    path: Path
    size_bytes: int
    frames: int
    notes: tuple[str, ...] = ()


def smoothstep(t: float) -> float:
    """From 0 to 1 as t does, starting and ending gently.

    >>> smoothstep(0), smoothstep(0.5), smoothstep(1)
    (0, 0.5, 1)
    """
    return t * t * (3 - 2 * t)


def tween_times() -> list[float]:
    """How far along a movement is in each of its frames; the last is 1."""
    return [smoothstep(step / TWEENS) for step in range(1, TWEENS + 1)]


def stay(iteration: int, last: int) -> int:
    """How long the frame of an iteration stays, in milliseconds: the first and the last longest."""
    if iteration == last:
        return LAST
    return FIRST if iteration == 0 else EARLY if iteration <= 5 else LATE


def save_animation(
    frames: Iterable[Frame],
    path: str | Path,
    *,
    title: str,
    caption: str,
    meta: dict[str, Any],
    palette: UInt8Array | None = None,
    keep_region: Region | None = None,
    limit_bytes: int | None = None,
    overwrite: bool = True,
) -> WrittenAnimation:
    """Writes an animation as its suffix says: .gif, .webp, .png (APNG) or .mp4; alt text as `<path>.txt`.

    title, caption, meta: go into the file's metadata. All but films are shown for ever.
    palette: (n, 3) uint8, colors that a GIF must show exactly wherever they are.
    keep_region: x, y, width, height of the picture panel: there the last frame of a GIF is exact in every
        pixel if it has at most 200 colors.
    limit_bytes: if the file would be larger, frames between are left out, then all are smaller;
        `WrittenAnimation.notes` say so.
    Raises OutputError (MP4 without PyAV, or cannot write), OutputExistsError, SettingsError (the suffix).
    """
    path = Path(path)
    kind = path.suffix.lower()
    if kind not in KINDS:
        raise SettingsError(f"an animation is written as {', '.join(KINDS)}, got {path.name!r}")
    words = notes_of(title, caption, meta)
    film, notes = merged(frames), []
    data = _encoded(kind, film, words, palette, keep_region)
    for note, smaller in SAVINGS:
        if limit_bytes is None or len(data) <= limit_bytes:
            break
        film, keep_region = smaller(film, keep_region)
        data = _encoded(kind, film, words, palette, keep_region)
        notes.append(note)
    codecs.write_atomically(path, data, overwrite=overwrite)
    write_alt_text(path, title, caption, overwrite=overwrite)
    return WrittenAnimation(path, len(data), len(film), tuple(notes))


KINDS = (".gif", ".webp", ".png", ".apng", ".mp4")


def _encoded(
    kind: str,
    film: list[Frame],
    words: dict[str, str],
    palette: UInt8Array | None,
    region: Region | None,
) -> bytes:
    """The bytes of the file."""
    pixels, times = [frame.pixels for frame in film], [frame.milliseconds for frame in film]
    if kind == ".gif":
        height, width = pixels[0].shape[:2]
        reduced = parts(pixels, times, exact=palette, region=region, tolerance=TOLERANCE)
        return animated.gif(width, height, [animated.gif_part(part) for part in reduced], words)
    if kind == ".webp":
        return animated.webp(pixels, times, words)
    if kind == ".mp4":
        return animated.mp4(pixels, times, words)
    return animated.apng(pixels, times, words)


def merged(frames: Iterable[Frame]) -> list[Frame]:
    """The frames, where neighbors that look the same become one that stays as long as both."""
    film: list[Frame] = []
    for frame in frames:
        if film and np.array_equal(film[-1].pixels, frame.pixels):
            film[-1] = Frame(frame.pixels, film[-1].milliseconds + frame.milliseconds)
        else:
            film.append(frame)
    if not film:
        raise ValueError("an animation needs at least one frame, got none")
    return film


def thinned(film: list[Frame], region: Region | None = None) -> tuple[list[Frame], Region | None]:
    """Every second frame, and the first and the last; each stays until the next one that is left."""
    kept: list[Frame] = []
    for place, frame in enumerate(film):
        if place % 2 == 0 or place == len(film) - 1:
            kept.append(frame)
        else:
            kept[-1] = Frame(kept[-1].pixels, kept[-1].milliseconds + frame.milliseconds)
    return kept, region


def halved(film: list[Frame], region: Region | None = None) -> tuple[list[Frame], Region | None]:
    """Half as wide and high: means of four pixels; in the region every second one: no color is new."""
    small = [Frame(_half(frame.pixels, region), frame.milliseconds) for frame in film]
    if region is not None:
        x, y, width, height = region
        region = (-(-x // 2), -(-y // 2), (x + width) // 2 - -(-x // 2), (y + height) // 2 - -(-y // 2))
    return small, region


def _half(pixels: UInt8Array, region: Region | None) -> UInt8Array:
    height, width = (side // 2 * 2 for side in pixels.shape[:2])
    fours = pixels[:height, :width].astype(np.uint16).reshape(height // 2, 2, width // 2, 2, 3)
    small: UInt8Array = ((fours.sum(axis=(1, 3), dtype=np.uint16) + 2) // 4).astype(np.uint8)
    if region is not None:
        x, y, across, down = region
        place = (slice(-(-y // 2), (y + down) // 2), slice(-(-x // 2), (x + across) // 2))
        small[place] = pixels[:height:2, :width:2][place]
    return small


_Saving = Callable[[list[Frame], Region | None], tuple[list[Frame], Region | None]]

# What is given up, one after the other, to keep a limit.
SAVINGS: tuple[tuple[str, _Saving], ...] = (
    ("every second frame left out", thinned),
    ("and again every second", thinned),
    ("half as wide and high", halved),
)
