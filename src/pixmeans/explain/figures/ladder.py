"""One picture with more and more colors, and the sheets that set several results side by side."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from ...choices import format_name
from ...flow.result import Compressed
from ...flow.written import bits_for
from ...image import Image, Palette
from .. import style
from ..alt_text import meta_of
from ..animation import Frame
from ..export import pixels_of
from ..followed import Target
from ..layout import fit, loupe, loupe_size, on_panel, palette_bar, panel, rectangle, sampled, scaled
from ..replay import shown
from ..wording import Other, count_of, error_in_words, made_with, size
from . import FigureRow, Plan

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from ..runs import Runs


def ladder(image: Image, results: Sequence[Compressed], target: Target, others: Sequence[Other] = ()) -> Figure:
    """F11: the same picture with more and more colors: bits, factor, real size, error, and the same loupe."""
    words = [_rung(result) for result in results]
    heads = [f"k = {result.settings.k}" for result in results]
    pictures = [result.indexed.to_image() for result in results]
    title = "More colors: more detail, more bytes"
    return sheet(
        image,
        pictures,
        heads,
        words,
        title,
        target,
        ladder_caption(results, others),
        [r.palette for r in results],
    )


def _rung(result: Compressed) -> list[str]:
    bits = bits_for(len(result.palette))
    fewer = f", {count_of(len(result.palette), 'color')}" if len(result.palette) < result.settings.k else ""
    return [
        f"{count_of(bits, 'bit')} a pixel{fewer}",
        f"24 / {bits} = {24 / bits:.3g}x smaller",
        f"real {format_name(result.format)} {size(result.sizes.file)}",
        error_in_words(result),
    ]


def ladder_caption(results: Sequence[Compressed], others: Sequence[Other] = ()) -> str:
    """What F11 says at its foot."""
    first = results[0]
    raw = f"Raw pixels are {size(first.sizes.raw)}"
    if first.sizes.original is not None:
        raw += f", the original {first.sizes.original_format} {size(first.sizes.original)}"
    smaller = [other for other in others if other.size_bytes < max(r.sizes.file for r in results)]
    less = "; ".join(
        f"a {other.name} of the original takes {size(other.size_bytes)}"
        + (" without error" if other.rmse == 0 else f" with RMSE {other.rmse:.1f}")
        for other in smaller
    )
    return (
        f"{made_with(first.settings, k=False)}. {raw}{'; ' + less if less else ''}. "
        "The factor counts only the numbers of the pixels, the PNG is the whole file."
    )


def sheet(
    image: Image,
    pictures: Sequence[Image],
    heads: Sequence[str],
    words: Sequence[Sequence[str]],
    title: str,
    target: Target | None,
    caption: str,
    palettes: Sequence[Palette] = (),
    beside: str = "",
) -> Figure:
    """Pictures of one size in a grid, two in a row, each with a headline, numbers, a loupe and its palette."""
    columns = 1 if len(pictures) == 1 else 2
    rows = -(-len(pictures) // columns)
    cell, side = 512, 140
    wide = cell - 16 - side - 12
    width, height = fit(image.width, image.height, (wide, 330 if image.height > image.width else 264))
    bar = wide if image.width >= image.height else max(width, 240)
    side = cell - 28 - bar
    height = max(height, 210)
    fig = style.figure((1040 if columns == 2 else 560, 52 + rows * (height + 40) + 44))
    theme = style.theme_of(fig)
    style.title(fig, title, beside)
    for place, picture in enumerate(pictures):
        x = style.MARGIN + place % columns * cell
        y = 48 + place // columns * (height + 40)
        pixels = shown(picture.pixels)
        found = panel(fig, (x, y + 4, wide, height), pixels, middle=False)
        left = x + (wide if image.width >= image.height else bar) + 12
        style.text(fig, left, y + 18, heads[place], size=12, weight="bold")
        for line, text in enumerate(words[place]):
            style.text(fig, left, y + 40 + 18 * line, text, size=9, color=theme.mute if line else theme.ink)
        down = y + 40 + 18 * len(words[place])
        if target is not None:
            room = height + 4 + y - down
            found_loupe = loupe_size(target.region, (side, max(24, room)))
            loupe(fig, (left, y + 4 + height - found_loupe[1], *found_loupe), pixels, target.region)
            frame = on_panel(found, target.region, image.width, image.height)
            rectangle(fig, frame, "none", edgecolor=theme.accent, linewidth=1.0)
        if palettes:
            colors, shares = palettes[place].colors, palettes[place].shares
            widths = np.ones(len(colors)) if shares is None else shares
            palette_bar(fig, (x, y + height + 10, bar, 12), colors, widths)
    style.caption(fig, caption)
    return fig


def ladder_frames(image: Image, results: Sequence[Compressed]) -> Iterator[Frame]:
    """F11 as an animation, up the ladder and down again: picture, k, size and error."""
    wide, high = fit(image.width, image.height, (640, 480))
    room = max(wide, 600)
    left = style.EDGE + (room - wide) // 2
    order = [*range(len(results)), *range(len(results) - 2, 0, -1)]
    for place in order:
        result = results[place]
        fig = style.figure((room + 2 * style.EDGE, high + 108))
        style.text(fig, style.EDGE, 32, f"k = {result.settings.k}", size=17, weight="bold")
        style.text(fig, style.EDGE + 134, 32, "   ".join(_rung(result)), size=9.5, color=style.STAGE.mute)
        style.caption(fig, f"{made_with(result.settings, k=False)}. Raw pixels: {size(result.sizes.raw)}.")
        pixels = pixels_of(fig)
        pixels[48 : 48 + high, left : left + wide] = scaled(shown(result.indexed.to_image().pixels), wide, high)
        palette = result.palette
        bar = sampled(palette.colors[None, :, :3], room, 1)[0]
        pixels[54 + high : 66 + high, style.EDGE : style.EDGE + room] = bar
        yield Frame(pixels, 1200)


def plan(runs: Runs) -> Plan:
    """The picture with four numbers of colors."""
    counts = rungs(runs.settings.k)
    results = [runs.result(runs.settings.but(k=k)) for k in counts]
    *fewer, most = map(str, counts)
    return Plan(
        ladder_caption(results, runs.others),
        {**meta_of(runs.settings), "k": " ".join(map(str, counts))},
        lambda: ladder(runs.image, results, runs.target, runs.others),
        lambda: ladder_frames(runs.image, results),
        title=f"The picture with {', '.join(fewer)} and {most} colors",
    )


def rungs(k: int) -> list[int]:
    """Four numbers of colors, each twice the one before, or nearly: k and larger ones up to 256, or else smaller ones.

    >>> rungs(16), rungs(100), rungs(1256)
    ([16, 32, 64, 128], [25, 50, 100, 200], [157, 314, 628, 1256])
    """
    before = next((halvings for halvings in range(4) if k << 3 - halvings <= 256), 3)
    return [k >> before - place if place < before else k << place - before for place in range(4)]


FIGURE = FigureRow("F11", "ladder", "16, 32, 64 and 128 colors", (".png", ".gif"), plan)
