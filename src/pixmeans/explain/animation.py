"""Frames in, an animated file out: GIF, WebP, APNG, and MP4 where PyAV is installed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..image import UInt8Array

# Milliseconds. GIF counts in hundredths of a second, so all are multiples of ten.
FIRST, LAST = 1200, 2500
EARLY, LATE = 350, 120  # iterations 1 to 5, and later ones
TWEEN, TWEENS = 80, 6  # of a movement: so long each, so many

Region = tuple[int, int, int, int]


@dataclass(frozen=True, eq=False)
class Frame:
    """One picture of an animation. pixels: (h, w, 3) uint8, the same shape for all. milliseconds: how long it stays."""

    pixels: UInt8Array
    milliseconds: int


@dataclass(frozen=True)
class Saved:
    """What was written. frames: after neighbours that are equal became one. notes: what was given up for the size."""

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
    loop: int = 0,
    palette: UInt8Array | None = None,
    keep_region: Region | None = None,
    limit_bytes: int | None = None,
    overwrite: bool = True,
) -> Saved:
    """Writes an animation as its suffix says: .gif, .webp, .png (APNG) or .mp4; and its alt text as `<path>.txt`.

    title, caption, meta: go into the file's metadata. loop: how often, 0 is forever.
    palette: (n, 3) uint8, colors that a GIF must show exactly wherever they are. keep_region: x, y, width, height of
        the picture panel: there the last frame is exact in every pixel if it has at most 200 colors.
    limit_bytes: if the file would be larger, frames between are left out, then made smaller; `Saved.notes` say so.
    Raises OutputError (MP4 without PyAV, or cannot write), OutputExistsError, SettingsError (the suffix).
    """
    raise NotImplementedError
