"""The deal in one look: the picture and its k colors, with honest sizes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from ...flow.result import Compressed
from ...flow.written import bits_for
from ...image import Image
from .. import style
from ..alt_text import meta_of
from ..animation import Frame, smoothstep
from ..export import pixels_of
from ..followed import Target
from ..layout import fit, loupe, loupe_size, on_panel, panel, rectangle, scaled
from ..replay import shown
from ..wording import (
    Other,
    bits_of,
    colors_of,
    count_of,
    error_in_words,
    factor_in_words,
    kind_of,
    made_with,
    rmse,
    size,
    smaller_ways,
)
from . import FigureRow, Plan

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from ..runs import Runs


def deal(image: Image, result: Compressed, target: Target, others: Sequence[Other] = ()) -> Figure:
    """F1: the original and the compressed picture, loupes on the same place, and honest sizes."""
    upright = image.height > image.width
    fig = style.figure((1040, 560 if upright else 440))
    theme = style.STAGE
    tall = style.size_of(fig)[1] - 48 - 52 - 48
    k = len(result.palette)
    saved = result.sizes.raw / result.sizes.file
    bits = bits_for(k)
    style.title(fig, _become(colors_of(image), k), made_with(result.settings))
    pictures = (shown(image.pixels), shown(result.indexed.to_image().pixels))
    words = (
        ("The original", f"{size(result.sizes.raw)} raw: {bits_of(image)} bits a pixel"),
        (
            count_of(k, "color"),
            f"{size(result.sizes.file)} as {kind_of(result)}: {factor_in_words(saved)}, {error_in_words(result)}",
        ),
    )
    step = 376 if upright else 392
    for place, (pixels, (head, tail)) in enumerate(zip(pictures, words, strict=True)):
        x = style.MARGIN + step * place
        found = panel(fig, (x, 48, step - 16, tall), pixels, middle=False)
        frame = on_panel(found, target.region, image.width, image.height)
        rectangle(fig, frame, "none", edgecolor=theme.accent, linewidth=1.2)
        style.text(fig, x, 48 + tall + 20, head, size=11, weight="bold")
        style.text(fig, x, 48 + tall + 38, tail, size=9.5, color=theme.mute)
    column = style.MARGIN + 2 * step
    wide, high = loupe_size(target.region, (1024 - column, (tall - 30) / 2))
    for place, pixels in enumerate(pictures):
        y = 48 + place * (high + 28)
        loupe(fig, (column, y, wide, high), pixels, target.region)
        style.text(fig, column, y + high + 17, ("original", count_of(k, "color"))[place], size=9.5, color=theme.mute)
    style.caption(fig, deal_caption(result, others, bits))
    return fig


def deal_caption(result: Compressed, others: Sequence[Other], bits: int | None = None) -> str:
    """What F1 says at its foot."""
    bits = bits or bits_for(len(result.palette))
    original = ""
    if result.sizes.original is not None:
        original = f" The original file: {size(result.sizes.original)} ({result.sizes.original_format})."
    return (
        f"{made_with(result.settings)}. Instead of its color each pixel keeps the number of one of "
        f"{count_of(len(result.palette), 'color')}, {count_of(bits, 'bit')}.{original} {smaller_ways(result, others)}"
    )


def _become(before: int, after: int) -> str:
    if before == after:
        return f"{count_of(before, 'color')}: all of them kept" if before > 1 else "One color, kept"
    return f"{count_of(before, 'color')} become {after}"


STEPS = 14  # frames in which the line crosses the picture


def wipe(image: Image, result: Compressed) -> Iterator[Frame]:
    """F1 as an animation: a line moves over the picture; left of it is the original, right of it the compressed one."""
    wide, high = fit(image.width, image.height, (640, 480))
    before = scaled(shown(image.pixels), wide, high)
    after = scaled(shown(result.indexed.to_image().pixels), wide, high)
    room = max(wide, 480)
    fig = style.figure((room + 2 * style.EDGE, high + 96))
    style.text(fig, style.EDGE, 30, f"original, {count_of(colors_of(image), 'color')}", size=11, weight="bold")
    end = room + style.EDGE
    style.text(fig, end, 30, count_of(len(result.palette), "color"), size=11, weight="bold", align="right")
    raw, file = size(result.sizes.raw), size(result.sizes.file)
    note = f"{made_with(result.settings)}. Left {raw} raw, right {file}, RMSE {rmse(result):.1f}."
    style.caption(fig, note)
    still = pixels_of(fig)
    left = style.EDGE + (room - wide) // 2
    accent = style.rgb_of(style.STAGE.accent)
    there = [smoothstep(step / STEPS) for step in range(STEPS + 1)]
    for place, t in enumerate([*there, *there[-2:0:-1]]):
        line = round(t * wide)
        pixels = still.copy()
        pixels[44 : 44 + high, left : left + wide] = after
        pixels[44 : 44 + high, left : left + line] = before[:, :line]
        if 0 < line < wide:
            pixels[44 : 44 + high, left + line - 1 : left + line + 1] = accent
        yield Frame(pixels, 1200 if place in (0, STEPS) else 80)


def plan(runs: Runs) -> Plan:
    """The picture with the settings of the run."""
    result = runs.result(runs.settings)
    return Plan(
        deal_caption(result, runs.others),
        meta_of(runs.settings),
        lambda: deal(runs.image, result, runs.target, runs.others),
        lambda: wipe(runs.image, result),
        title=f"The picture and its {count_of(len(result.palette), 'color')}",
    )


FIGURE = FigureRow("F1", "deal", "The picture and its 16 colors", (".png", ".webp"), plan)
