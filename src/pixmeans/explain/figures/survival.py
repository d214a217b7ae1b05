"""How large a vivid color must be to survive, for several ways to choose the colors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ...arrays import UInt8Array
from ...choices import MAX_INDEXED
from ...color.spaces import SPACES
from .. import style
from ..layout import loupe
from ..survival import COLORS, HEIGHT, KMOR, WIDTH, Curve, Scene, palettes, scene, survival_curves
from ..wording import percent
from . import FigureRow, Plan

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from ..runs import Runs

PLOT = (64, 96, 560, 384)
# The loupes: pixels around the ball.
CROP = (32, 24)
_MARKS = ("D", "v", "^", "s", "o", "P")


def survival(curves: Sequence[Curve], example: Scene, by_way: dict[str, UInt8Array], k: int = 16) -> Figure:
    """F24: the share of a ball's pixels that keep their color against its size, and what becomes of one ball.

    curves: one a way, in the order of `by_way`, their palettes for the example.
    """
    fig = style.figure((1040, 576), stage=False)
    style.title(fig, "How large a color must be to survive", below=f"A vivid ball in a muted picture, k = {k}")
    ax = style.axes(fig, PLOT)
    for place, curve in enumerate(curves):
        ax.plot(
            [100 * share for share in curve.shares],
            curve.survival,
            color=style.CATEGORIES[place],
            marker=_MARKS[place],
            ms=6.5,
            mew=0,
            lw=1.8,
            ls=(0, (3.7, 1.6)) if curve.name == KMOR else "-",  # it lies on the line of k-means
            clip_on=False,
            zorder=3 + place,
        )
    ax.set_xscale("log")
    ticks = [100 * share for share in curves[0].shares]
    ax.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    ax.minorticks_off()
    ax.set(ylim=(0, 100), xlim=(ticks[0] / 1.06, ticks[-1] * 1.06))
    ax.set_yticks(range(0, 101, 20))
    ax.grid(True, axis="y", linewidth=0.6)
    ax.set_xlabel("The ball, percent of the picture", loc="right")
    style.text(fig, 28, 84, "Percent of the ball's pixels that keep their color", size=9.5, color=style.MUTE)
    _examples(fig, curves, example, by_way)
    style.caption(fig, survival_caption(curves, k))
    return fig


def _examples(fig: Figure, curves: Sequence[Curve], example: Scene, by_way: dict[str, UInt8Array]) -> None:
    """A loupe on the ball for each way, in the order of the curves' legend, the best first."""
    share = percent(float(example.ball.mean()))
    style.text(fig, 664, 84, f"One ball of {share}, enlarged", size=9.5, color=style.MUTE)
    rows, columns = np.nonzero(example.ball)
    x = int(np.clip(columns.mean() - CROP[0] / 2, 0, WIDTH - CROP[0]))
    y = int(np.clip(rows.mean() - CROP[1] / 2, 0, HEIGHT - CROP[1]))
    names = [curve.name for curve in curves]
    for number, place in enumerate((-1, *reversed(range(len(names))))):
        left, top = 664 + 124 * (number % 3), 96 + 134 * (number // 3)
        pixels, name = example.image.pixels, "the original"
        if place >= 0:
            name = names[place]
            pixels = nearest_colors(pixels, by_way[name], "oklab" if "OKLab" in name else "rgb")
        loupe(fig, (left, top, 112, 84), pixels, (x, y, *CROP))
        color = style.INK if place < 0 else style.CATEGORIES[place]
        if place >= 0:
            board = style.board(fig, (left, top + 88, 16, 18))
            board.plot([6], [9], _MARKS[place], ms=6.5, color=color, mew=0)
        style.text(fig, left + (0 if place < 0 else 16), top + 101, name, size=8.5, color=color)


def nearest_colors(pixels: UInt8Array, palette: UInt8Array, space: str) -> UInt8Array:
    """Every pixel (h, w, 3) in the nearest color of a palette, as a space has it."""
    from ...color.histogram import count_colors
    from ...quantize.remap import remap

    histogram = count_colors(pixels)
    labels, _ = SPACES[space].points(histogram).assign(SPACES[space].palette_points(palette))
    found: UInt8Array = palette[remap(pixels, histogram, labels, len(palette))]
    return found


def survival_caption(curves: Sequence[Curve], k: int = 16) -> str:
    """What F24 says at its foot."""
    smallest = percent(curves[0].shares[0])
    told = ", ".join(f"{curve.name} {curve.survival[0]:.0f} %" for curve in curves[::-1])
    return (
        f"k = {k}, start: pca, seed 0; means over {len(COLORS)} painted pictures of {WIDTH}x{HEIGHT} pixels, a hue "
        f"each; kept: moved by less than 0.08 in OKLab. Of a ball of {smallest} survive: {told}."
    )


def plan(runs: Runs) -> Plan:
    """Painted scenes with 16 colors, or as many as were asked for."""
    k = runs.k_or(16)
    curves = survival_curves(k)
    example = scene(COLORS[0], 0.001, 0)
    meta = {"k": k, "init": "pca", "seed": 0}
    return Plan(survival_caption(curves, k), meta, lambda: survival(curves, example, palettes(example.image, k), k))


FIGURE = FigureRow(
    "F24", "survival", "How large a color must be to survive", (".png",), plan, own_data=True, most_colors=MAX_INDEXED
)
