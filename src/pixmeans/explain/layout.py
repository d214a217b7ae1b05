"""Pieces of layout that several figures share: panels, loupes, palettes, bars.

Boxes are (x, y, width, height) and points (x, y) in pixels from the upper left corner of the figure.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from ..arrays import FloatArray, UInt8Array
from .followed import Region
from .replay import shown
from .style import Rect, board, hex_of, readable_on, size_of, theme_of
from .wording import size as size_in_words


def fit(width: int, height: int, room: tuple[float, float], least: int = 12) -> tuple[int, int]:
    """The largest (width, height) of the same shape in a room, but neither side less than `least`."""
    scale = min(room[0] / width, room[1] / height)
    if scale > 2:
        scale = float(int(scale))  # every pixel becomes a square of the same size
    wide, high = round(width * scale), round(height * scale)
    return max(min(least, int(room[0])), wide), max(min(least, int(room[1])), high)


def sampled(array: npt.NDArray[Any], width: int, height: int) -> npt.NDArray[Any]:
    """Another size by taking pixels as they are: no new colors appear. array: (h, w, ...)."""
    if array.shape[:2] == (height, width):
        return array
    rows = (2 * np.arange(height) + 1) * array.shape[0] // (2 * height)
    columns = (2 * np.arange(width) + 1) * array.shape[1] // (2 * width)
    return np.ascontiguousarray(array[rows][:, columns])


def scaled(pixels: UInt8Array, width: int, height: int) -> UInt8Array:
    """Another size: the mean of the area where it shrinks, the nearest pixel where it grows. pixels: (h, w, 3)."""
    result = pixels.astype(np.float64)
    for axis, size in ((0, height), (1, width)):
        old = result.shape[axis]
        if size < old:
            ends = np.linspace(0.0, old, size + 1)
            whole = np.minimum(ends.astype(np.int64), old - 1)
            part = (ends - whole).reshape((-1, 1, 1) if axis == 0 else (1, -1, 1))
            sums = np.cumsum(result, axis=axis)
            before = np.take(sums, whole, axis=axis) - np.take(result, whole, axis=axis)
            up_to = before + part * np.take(result, whole, axis=axis)
            result = np.diff(up_to, axis=axis) * (size / old)
        elif size > old:
            result = np.take(result, (2 * np.arange(size) + 1) * old // (2 * size), axis=axis)
    return np.floor(np.clip(result, 0, 255) + 0.5).astype(np.uint8)


def cut(pixels: npt.NDArray[Any], region: Region) -> npt.NDArray[Any]:
    """The pixels of a region."""
    x, y, width, height = region
    return pixels[y : y + height, x : x + width]


def picture(fig: Figure, pixels: UInt8Array, x: int, y: int) -> Rect:
    """Puts a picture at a place, pixel for pixel; returns the rectangle it fills."""
    height, width = pixels.shape[:2]
    fig.figimage(pixels, xo=x, yo=size_of(fig)[1] - y - height, origin="upper")
    return (x, y, width, height)


def panel(fig: Figure, box: Rect, pixels: UInt8Array, *, smooth: bool = True, middle: bool = True) -> Rect:
    """Shows a picture (h, w, 3) in a box, as large as it can be, in its middle or its corner; returns where it is.

    smooth: a smaller size is the mean of the pixels; else pixels are left out.
    """
    x, y, width, height = box
    wide, high = fit(pixels.shape[1], pixels.shape[0], (width, height))
    left = round(x + (width - wide) / 2) if middle else round(x)
    top = round(y + (height - high) / 2) if middle else round(y)
    return picture(fig, (scaled if smooth else sampled)(pixels, wide, high), left, top)


def loupe(fig: Figure, box: Rect, pixels: UInt8Array, region: Region) -> Rect:
    """A region of a picture enlarged at the upper left of a box, framed; returns the box it takes."""
    part = cut(pixels, region)
    x, y, width, height = box
    scale = min(width / part.shape[1], height / part.shape[0])
    wide, high = max(12, round(part.shape[1] * scale)), max(12, round(part.shape[0] * scale))
    found = picture(fig, sampled(part, wide, high), round(x), round(y))
    rectangle(fig, found, "none", edgecolor=theme_of(fig).accent, linewidth=1.6)
    return found


def loupe_size(region: Region, room: tuple[float, float]) -> tuple[int, int]:
    """How wide and high a loupe on a region becomes in a room."""
    scale = min(room[0] / region[2], room[1] / region[3])
    return max(12, round(region[2] * scale)), max(12, round(region[3] * scale))


def on_panel(box: Rect, region: Region, width: int, height: int) -> Rect:
    """Where a region of a picture of width x height is in the box that shows the picture."""
    across, down = box[2] / width, box[3] / height
    return box[0] + region[0] * across, box[1] + region[1] * down, region[2] * across, region[3] * down


def rectangle(fig: Figure, box: Rect, color: Any, **style: Any) -> Any:
    """A filled rectangle; style: as for Matplotlib's patches."""
    wide, high = size_of(fig)
    x, y, width, height = box
    style.setdefault("linewidth", 0.0)
    place = (x / wide, 1 - (y + height) / high)
    patch = Rectangle(place, width / wide, height / high, transform=fig.transFigure, facecolor=color, **style)
    fig.add_artist(patch)
    return patch


def palette_bar(fig: Figure, box: Rect, colors: UInt8Array, shares: FloatArray) -> None:
    """The colors of a palette side by side, each as wide as its share of the pixels."""
    x, y, width, height = (round(value) for value in box)
    picture(fig, strip(colors, shares, width).repeat(height, axis=0), x, y)


def strip(colors: UInt8Array, shares: FloatArray, width: int) -> UInt8Array:
    """(1, width, 3) one row of pixels in which each color (k, 3 or 4) has its share."""
    ends = np.cumsum(np.asarray(shares, np.float64))
    middle = (np.arange(width) + 0.5) / width * max(float(ends[-1]), 1e-12)
    return shown(colors[None])[:, np.minimum(np.searchsorted(ends, middle, side="right"), len(colors) - 1)]


def swatches(
    fig: Figure,
    rect: Rect,
    colors: UInt8Array,
    labels: Sequence[str] | None = None,
    *,
    columns: int | None = None,
    gap: float = 4,
) -> Axes:
    """A grid of colors in the order given, with words at the foot of each.

    colors: (k, 3) uint8. columns: by default as many as make the swatches most nearly square.
    """
    _, _, width, height = rect
    k = len(colors)
    columns = columns or _columns(k, width / height)
    rows = -(-k // columns)
    gap = gap if k <= 64 else min(gap, 2)
    across, down = (width + gap) / columns, (height + gap) / rows
    ax = board(fig, rect)
    for i, color in enumerate(colors):
        x, y = i % columns * across, i // columns * down
        ax.add_patch(
            Rectangle(
                (x, y),
                across - gap,
                down - gap,
                facecolor=hex_of(color),
                edgecolor=theme_of(fig).line,
                linewidth=0.5,
                clip_on=False,
                zorder=2,
            )
        )
        if labels is not None:
            foot = y + down - gap - 5
            ax.text(x + 4, foot, labels[i], size=7.5, color=readable_on(color), va="baseline", zorder=4)
    return ax


def _columns(k: int, aspect: float) -> int:
    """Into how many columns k things go so that they are nearly square and few places stay empty."""

    def fault(columns: int) -> float:
        rows = -(-k // columns)
        return abs(math.log(aspect * rows / columns)) + 0.25 * (columns * rows - k)

    return min(range(1, k + 1), key=fault)


def size_bars(
    fig: Figure, rect: Rect, bars: Sequence[tuple[str, int | None, str]], *, marked: Sequence[int] = ()
) -> Axes:
    """Bars of sizes in bytes on one scale: (words, bytes or None when there is none, a quiet remark).

    marked: rows in the accent color; the rest are muted.
    """
    _, _, width, height = rect
    colors = theme_of(fig)
    ax = board(fig, rect)
    pitch = height / len(bars)
    largest = max((size or 0 for _, size, _ in bars), default=0) or 1
    for row, (words, size, remark) in enumerate(bars):
        top = row * pitch
        number = "not known" if size is None else size_in_words(size)
        ax.text(0, top + 13, words, size=9.5, color=colors.ink, va="baseline")
        ax.text(width, top + 13, number, size=9.5, color=colors.ink, va="baseline", ha="right", weight="bold")
        ax.add_patch(Rectangle((0, top + 19), width, 8, facecolor=colors.line, alpha=0.35, linewidth=0))
        ax.add_patch(
            Rectangle(
                (0, top + 19),
                width * (size or 0) / largest,
                8,
                facecolor=colors.accent if row in marked else colors.mute,
                linewidth=0,
            )
        )
        if remark:
            ax.text(0, top + 40, remark, size=8, color=colors.mute, va="baseline")
    return ax
