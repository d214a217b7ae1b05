"""The color that k-means loses or serves worst: what it was, what it is given, how far that is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ...arrays import UInt8Array
from ...flow.result import Compressed
from ...image import Image
from .. import style
from ..alt_text import meta_of
from ..followed import Target
from ..layout import loupe, loupe_size, on_panel, panel, rectangle
from ..replay import shown, squared_error
from ..wording import count_of, made_with, percent, rmse
from . import FigureRow, Plan

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from ..runs import Runs


LOST = 60.0  # a color is lost when what it is given is farther away than this


def lost(image: Image, result: Compressed, target: Target) -> Figure:
    """F9: the original and the compressed picture with loupes; the true color and the one it got, and how far apart."""
    fig = style.figure((1040, 620))
    theme = style.STAGE
    after = result.indexed.to_image()
    near = target.where(image)
    given, distance = _given(result, image, target)
    k = len(result.palette)
    fate = "lost" if distance > LOST else "what k-means serves worst" if target.searched else "kept"
    title = f"{target.name.capitalize()} is {fate} at k = {k}"
    style.title(fig, title, made_with(result.settings, k=False))
    pictures = ((shown(image.pixels), "Original"), (shown(after.pixels), count_of(k, "color")))
    wide, high = loupe_size(target.region, (400, 180))
    for place, (pixels, words) in enumerate(pictures):
        x = style.MARGIN + 432 * place
        style.text(fig, x, 66, words, size=10.5, weight="bold")
        found = panel(fig, (x, 76, 400, 300), pixels, middle=False)
        rectangle(
            fig,
            on_panel(found, target.region, image.width, image.height),
            "none",
            edgecolor=theme.accent,
            linewidth=1.4,
        )
        loupe(fig, (x, 386, wide, high), pixels, target.region)
    x = 880
    count = int(near.sum())
    for y, words, color, hexed in (
        (76, f"True {target.name}", target.color, style.hex_of(target.color)),
        (226, "What it is given", given, style.hex_of(given)),
    ):
        style.text(fig, x, y + 8, words, size=10.5, weight="bold")
        rectangle(fig, (x, y + 18, 144, 84), style.hex_of(color), edgecolor=theme.line, linewidth=0.6)
        style.text(fig, x, y + 122, hexed, size=9.5, color=theme.mute)
    style.text(fig, x, 414, f"{distance:.0f}", size=22, weight="bold", color=theme.accent)
    style.text(fig, x, 438, "their distance in sRGB", size=9.5, color=theme.mute)
    style.text(fig, x, 455, "(black to white: 442)", size=9.5, color=theme.mute)
    style.text(fig, x, 500, f"{count:,} pixel" + ("" if count == 1 else "s"), size=10.5, weight="bold")
    style.text(fig, x, 518, f"{percent(count / near.size)} of the picture", size=9.5, color=theme.mute)
    style.caption(fig, lost_caption(image, result, target))
    return fig


def _given(result: Compressed, image: Image, target: Target) -> tuple[UInt8Array, float]:
    """The entry that most of the target's pixels got, and how far it is from their color."""
    near = target.where(image)
    if near.any():
        entry = int(np.bincount(result.indices[near]).argmax())
    else:
        entry = int(target.distance(result.palette.colors).argmin())
    color = result.palette.colors[entry]
    return color[:3], float(target.distance(color[None])[0])


def lost_caption(image: Image, result: Compressed, target: Target) -> str:
    """What F9 says at its foot."""
    near = target.where(image)
    error = squared_error(image, result.indexed.to_image())
    own = float(error[near].mean() ** 0.5) if near.any() else 0.0
    _, distance = _given(result, image, target)
    share = percent(float(near.mean()))
    if distance > LOST:
        what = f"{target.name.capitalize()}, {share} of the pixels, ends without a centroid of its own at this start."
    else:
        what = f"{target.name.capitalize()} is {share} of the pixels."
    if target.searched:
        what += " Of this picture's small colors it is served worst."
    return (
        f"{made_with(result.settings)}. {what} RMSE (over R, G and B) of these pixels {own:.1f}, of the whole picture "
        f"{rmse(result):.1f}" + (": an average hides what is small." if own > 2 * rmse(result) else ".")
    )


def plan(runs: Runs) -> Plan:
    """The picture with the settings of the run."""
    result = runs.result(runs.settings)
    return Plan(
        lost_caption(runs.image, result, runs.target),
        meta_of(runs.settings),
        lambda: lost(runs.image, result, runs.target),
        title=f"What becomes of {runs.target.name} with {count_of(len(result.palette), 'color')}",
    )


FIGURE = FigureRow("F9", "lost", "The color that was lost", (".png",), plan)
