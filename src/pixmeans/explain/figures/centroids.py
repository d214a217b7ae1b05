"""The colors that were chosen as swatches, side by side, and as wide as their shares."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from ...arrays import UInt8Array
from ...color.spaces import SPACES
from .. import style
from ..alt_text import meta_of
from ..followed import NEAR, Target
from ..layout import strip
from ..replay import Replay, shown
from ..wording import percent
from . import FigureRow, Plan

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from ..runs import Runs


USUAL = 64  # colors that are shown beside 256


def by_lightness(colors: UInt8Array, columns: int) -> npt.NDArray[np.intp]:
    """The order of a grid of swatches: rows from light to dark, and in each row by hue (both OKLab's)."""
    lab = SPACES["oklab"].palette_points(np.ascontiguousarray(colors[:, :3]))
    hue = np.arctan2(lab[:, 2], lab[:, 1])
    order = np.argsort(-lab[:, 0], kind="stable")
    rows = [order[start : start + columns] for start in range(0, len(order), columns)]
    return np.concatenate([row[np.argsort(hue[row], kind="stable")] for row in rows])


def swatch_grid(
    colors: UInt8Array, columns: int, side: int, gap: int, paper: UInt8Array, ringed: Sequence[int] = ()
) -> UInt8Array:
    """A grid of swatches as a picture; the ringed ones have a frame in the accent color."""
    rows = -(-len(colors) // columns)
    grid = np.empty((rows * side, columns * side, 3), np.uint8)
    grid[:] = paper
    accent = style.rgb_of(style.STAGE.accent)
    for place, color in enumerate(shown(colors[None])[0]):
        y, x = place // columns * side, place % columns * side
        if place in ringed:
            grid[y : y + side, x : x + side] = accent
            inner = gap + 2
            grid[y + inner : y + side - inner, x + inner : x + side - inner] = color
        else:
            grid[y + gap : y + side - gap, x + gap : x + side - gap] = color
    return grid


def centroids(replays: Sequence[Replay], target: Target) -> Figure:
    """F12: the palettes of some runs as grids by lightness and hue, and again with areas as large as their shares.

    What is near the target's color is ringed and counted.
    """
    fig = style.figure((1040, 680))
    theme = style.STAGE
    paper = style.rgb_of(theme.paper)
    ks = [replay.trace.k for replay in replays]
    ends = sorted({replay.last for replay in replays})
    title = f"{' and '.join(map(str, ks))} centroids after {' and '.join(map(str, ends))} iterations"
    style.title(fig, title, replays[0].trace.in_words().partition(", ")[2])
    cell = (1040 - 32 + 24) // max(2, len(replays))
    for place, replay in enumerate(replays):
        x, width = style.MARGIN + place * cell, cell - 24
        colors = replay.colors(replay.last)[replay.transparent :]
        shares = replay.shares(replay.last)[replay.transparent :]
        columns = max(1, int(np.ceil(len(colors) ** 0.5)))
        order = by_lightness(colors, columns)
        near = np.flatnonzero(target.members(colors[order]))
        side = min(440 // -(-len(colors) // columns), width // columns)
        grid = swatch_grid(colors[order], columns, side, 1 if columns > 8 else 2, paper, [int(row) for row in near])
        style.text(fig, x, 68, f"k = {len(colors)}", size=13, weight="bold")
        share = percent(float(shares[order][near].sum()))
        words = f"{len(near)} within {NEAR:.0f} of the {target.name}: {share} of the pixels"
        style.text(fig, x + 100, 68, words, size=9.5, color=theme.accent)
        ax = style.axes(fig, (x, 80, grid.shape[1], grid.shape[0]))
        _bare_image(ax, grid)
        down = 80 + 440 + 22
        style.text(fig, x, down, "The same, as wide as their share of the pixels", size=9.5, color=theme.mute)
        below = style.axes(fig, (x, down + 10, width, 52))
        _bare_image(below, strip(colors[order], shares[order], width))
        frames = strip(
            np.where(target.members(colors[order])[:, None], 255, 0).repeat(3, axis=1).astype(np.uint8),
            shares[order],
            width,
        )
        for left, right in _stretches(frames[0, :, 0] > 0):
            mark = style.axes(fig, (x + left, down + 64, max(2, right - left), 5))
            mark.set(xticks=[], yticks=[], facecolor=theme.accent)
            mark.spines[:].set_visible(False)
    style.caption(fig, centroids_caption(replays, target))
    return fig


def _bare_image(ax: Axes, pixels: UInt8Array) -> None:
    ax.imshow(pixels, interpolation="none", **style.IMAGE)
    ax.set_axis_off()


def _stretches(flags: npt.NDArray[np.bool_]) -> list[tuple[int, int]]:
    """From where to where flags are set."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]]).astype(np.int8)))
    return [(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]


def centroids_caption(replays: Sequence[Replay], target: Target) -> str:
    """What F12 says at its foot."""
    words = replays[0].trace.in_words()
    ks = " and ".join(str(replay.trace.k) for replay in replays)
    share = percent(replays[0].pixels_of(target) / replays[0].histogram.total)
    return (
        f"k = {ks}, {words.partition(', ')[2]}. Rows from light to dark, in each row by hue. Ringed: centroids "
        f"within {NEAR:.0f} of the {target.name} ({share} of the original's pixels). k-means spends its colors "
        "where pixels are, not where they are noticed."
    )


def plan(runs: Runs) -> Plan:
    """Runs with 64 colors, or as many as were asked for, and with 256."""
    counts = beside_most(runs.k_or(USUAL), USUAL)
    replays = [runs.replay(runs.settings.but(k=k)) for k in counts]
    meta = {**meta_of(runs.settings), "k": " ".join(map(str, counts))}
    title = f"{counts[0]} and {counts[1]} centroids"
    return Plan(centroids_caption(replays, runs.target), meta, lambda: centroids(replays, runs.target), title=title)


def beside_most(k: int, usual: int) -> tuple[int, int]:
    """A number of colors and 256, to compare; from 256 up `usual` and that number."""
    return (k, 256) if k < 256 else (usual, k)


FIGURE = FigureRow("F12", "centroids", "64 and 256 centroids", (".png", ".svg"), plan)
