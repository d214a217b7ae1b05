"""The deal in one look: the picture and its k colors, with honest sizes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from ...flow.result import Compressed, bits_for
from ...image import Image
from .. import look
from ..animation import Frame, smoothstep
from ..parts import Target, counted, fit, loupe, loupe_size, made_with, on_panel, panel, rectangle, scaled, shown, size
from ..words import (
    Other,
    bits_of,
    colors_in_words,
    colors_of,
    error_in_words,
    factor_in_words,
    kind_of,
    rmse,
    smaller_ways,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def deal(image: Image, result: Compressed, target: Target, others: Sequence[Other] = ()) -> Figure:
    """F1: the original and the compressed picture, loupes on the same place, and honest sizes."""
    upright = image.height > image.width
    fig = look.figure((1040, 560 if upright else 440))
    theme = look.STAGE
    tall = look.size_of(fig)[1] - 48 - 52 - 48
    k = len(result.palette)
    saved = result.sizes.raw / result.sizes.file
    bits = bits_for(k)
    look.title(fig, _become(colors_of(image), k), made_with(result.settings))
    pictures = (shown(image.pixels), shown(result.indexed.to_image().pixels))
    words = (
        ("The original", f"{size(result.sizes.raw)} raw: {bits_of(image)} bits a pixel"),
        (
            colors_in_words(k),
            f"{size(result.sizes.file)} as {kind_of(result)}: {factor_in_words(saved)}, {error_in_words(result)}",
        ),
    )
    step = 376 if upright else 392
    for place, (pixels, (head, tail)) in enumerate(zip(pictures, words, strict=True)):
        x = look.MARGIN + step * place
        found = panel(fig, (x, 48, step - 16, tall), pixels, middle=False)
        frame = on_panel(found, target.region, image.width, image.height)
        rectangle(fig, frame, "none", edgecolor=theme.accent, linewidth=1.2)
        look.text(fig, x, 48 + tall + 20, head, size=11, weight="bold")
        look.text(fig, x, 48 + tall + 38, tail, size=9.5, color=theme.mute)
    column = look.MARGIN + 2 * step
    wide, high = loupe_size(target.region, (1024 - column, (tall - 30) / 2))
    for place, pixels in enumerate(pictures):
        y = 48 + place * (high + 28)
        loupe(fig, (column, y, wide, high), pixels, target.region)
        look.text(fig, column, y + high + 17, ("original", colors_in_words(k))[place], size=9.5, color=theme.mute)
    look.caption(fig, deal_caption(result, others, bits))
    return fig


def deal_caption(result: Compressed, others: Sequence[Other], bits: int | None = None) -> str:
    """What F1 says at its foot."""
    bits = bits or bits_for(len(result.palette))
    original = ""
    if result.sizes.original is not None:
        original = f" The original file: {size(result.sizes.original)} ({result.sizes.original_format})."
    return (
        f"{made_with(result.settings)}. Instead of its color each pixel keeps the number of one of "
        f"{colors_in_words(len(result.palette))}, {counted(bits, 'bit')}.{original} {smaller_ways(result, others)}"
    )


def _become(before: int, after: int) -> str:
    if before == after:
        return f"{colors_in_words(before)}: all of them kept" if before > 1 else "One color, kept"
    return f"{colors_in_words(before)} become {after}"


def wipe(image: Image, result: Compressed, steps: int = 14) -> Iterator[Frame]:
    """F1 as an animation: a line moves over the picture; left of it is the original, right of it the compressed one."""
    wide, high = fit(image.width, image.height, (640, 480))
    before = scaled(shown(image.pixels), wide, high)
    after = scaled(shown(result.indexed.to_image().pixels), wide, high)
    room = max(wide, 480)
    fig = look.figure((room + 2 * look.EDGE, high + 96))
    look.text(fig, look.EDGE, 30, f"original, {colors_in_words(colors_of(image))}", size=11, weight="bold")
    end = room + look.EDGE
    look.text(fig, end, 30, colors_in_words(len(result.palette)), size=11, weight="bold", align="right")
    raw, file = size(result.sizes.raw), size(result.sizes.file)
    note = f"{made_with(result.settings)}. Left {raw} raw, right {file}, RMSE {rmse(result):.1f}."
    look.caption(fig, note)
    still = look.pixels(fig)
    left = look.EDGE + (room - wide) // 2
    accent = np.frombuffer(bytes.fromhex(look.STAGE.accent[1:]), np.uint8)
    there = [smoothstep(step / steps) for step in range(steps + 1)]
    for place, t in enumerate([*there, *there[-2:0:-1]]):
        line = round(t * wide)
        pixels = still.copy()
        pixels[44 : 44 + high, left : left + wide] = after
        pixels[44 : 44 + high, left : left + line] = before[:, :line]
        if 0 < line < wide:
            pixels[44 : 44 + high, left + line - 1 : left + line + 1] = accent
        yield Frame(pixels, 1200 if place in (0, steps) else 80)
