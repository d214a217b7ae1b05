"""What 256 colors lose: the difference made visible, and how large errors are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from ...arrays import FloatArray
from ...flow.result import Compressed
from ...image import Image
from .. import style
from ..alt_text import meta_of
from ..animation import Frame
from ..export import pixels_of
from ..layout import fit, panel, scaled
from ..replay import shown, squared_error
from ..wording import colors_of, count_of, made_with, rmse, size
from . import FigureRow, Plan

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from ..runs import Runs


def difference(image: Image, result: Compressed) -> Figure:
    """F13: original and compressed picture, their difference eight times as strong, and how large errors are."""
    fig = style.figure((1040, 600))
    theme = style.STAGE
    after = result.indexed.to_image()
    error = np.sqrt(squared_error(image, after))
    first, second = shown(image.pixels), shown(after.pixels)
    apart = np.minimum(np.abs(first.astype(np.int16) - second) * 8, 255).astype(np.uint8)
    k = len(result.palette)
    close = rmse(result) <= 8
    title = (
        f"{count_of(k, 'color')}: hardly to be told from the original"
        if close
        else f"The original and {count_of(k, 'color')}"
    )
    style.title(fig, title, made_with(result.settings))
    for place, (pixels, words) in enumerate(
        (
            (first, f"Original, {colors_of(image):,} colors"),
            (second, f"{k} colors"),
            (apart, "Their difference, 8 times as strong"),
        )
    ):
        x = style.MARGIN + 341 * place
        style.text(fig, x, 66, words, size=10.5, weight="bold")
        panel(fig, (x, 76, 325, 250), pixels, smooth=place < 2, middle=False)
    ax = style.axes(fig, (72, 372, 640, 128))
    error_histogram(error, ax)
    style.text(
        fig,
        style.MARGIN,
        358,
        "Share of the pixels by their error (distance in sRGB)",
        size=9.5,
        color=theme.mute,
    )
    half, most = float(np.median(error)), float(np.quantile(error, 0.99))
    for line, (words, number) in enumerate(
        (
            ("RMSE", f"{rmse(result):.2f}"),
            ("half of the pixels are within", f"{half:.1f}"),
            ("99 % are within", f"{most:.1f}"),
            ("the worst is", f"{error.max():.1f}"),
        )
    ):
        style.text(fig, 760, 392 + 30 * line, words, size=10, color=theme.mute)
        style.text(fig, 1024, 392 + 30 * line, number, size=12, weight="bold", align="right")
    style.caption(fig, difference_caption(image, result))
    return fig


def error_histogram(error: FloatArray, ax: Axes) -> Axes:
    """How many pixels have which error, as bars; error: the distance of each pixel in sRGB."""
    theme = style.theme_of(ax.figure)
    top = max(4.0, float(np.quantile(error, 0.999)))
    width = next(width for width in (1, 2, 5, 10, 20) if top <= 40 * width or width == 20)
    top = float(np.ceil(top / width) * width)
    counts, edges = np.histogram(np.minimum(error, top), bins=round(top / width), range=(0, top))
    ax.bar(
        edges[:-1],
        100 * counts / error.size,
        width=np.diff(edges) * 0.88,
        align="edge",
        color=theme.accent,
        linewidth=0,
    )
    ax.set(xlabel="error; the last bar holds all larger ones", ylabel="% of pixels", xlim=(0, top))
    return ax


def difference_caption(image: Image, result: Compressed) -> str:
    """What F13 says at its foot."""
    return (
        f"{made_with(result.settings)}. RMSE {rmse(result):.2f} over R, G and B, of 442 from black to "
        f"white. What is lost is grain and smooth change, {size(result.sizes.file)} instead "
        f"of {size(result.sizes.raw)} raw."
    )


def flicker(image: Image, result: Compressed) -> Iterator[Frame]:
    """F13 as an animation: original and compressed picture in turn, each half a second."""
    wide, high = fit(image.width, image.height, (560, 420))
    room = max(wide, 480)
    left = style.EDGE + (room - wide) // 2
    k = len(result.palette)
    for pixels, words in ((image.pixels, "original"), (result.indexed.to_image().pixels, count_of(k, "color"))):
        fig = style.figure((room + 2 * style.EDGE, high + 96))
        style.text(fig, style.EDGE, 30, words, size=13, weight="bold")
        style.caption(
            fig,
            f"{made_with(result.settings)}, RMSE {rmse(result):.2f}. Twice a second the picture changes: where?",
        )
        canvas = pixels_of(fig)
        canvas[44 : 44 + high, left : left + wide] = scaled(shown(pixels), wide, high)
        yield Frame(canvas, 500)


def plan(runs: Runs) -> Plan:
    """The picture with 256 colors, or as many as were asked for."""
    result = runs.result(runs.settings.but(k=runs.k_or(256)))
    return Plan(
        difference_caption(runs.image, result),
        meta_of(result.settings),
        lambda: difference(runs.image, result),
        lambda: flicker(runs.image, result),
        title=f"The picture and its {count_of(len(result.palette), 'color')}, and their difference",
    )


FIGURE = FigureRow("F13", "difference", "The picture and its 256 colors", (".png", ".apng"), plan)
