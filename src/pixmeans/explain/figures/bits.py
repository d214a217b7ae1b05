"""From 24 bits a pixel to log2 k, and what that leaves out: all real sizes on one scale."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import numpy as np

from ...flow.result import Compressed, bits_for
from .. import look
from ..animation import FIRST, LAST, TWEEN, TWEENS, Frame, smoothstep
from ..parts import made_with, size
from ..words import Other, factor_in_words, kind_of, rmse, smaller_ways

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.patches import Patch, Rectangle
    from matplotlib.text import Text


COLLAPSED = 900  # milliseconds to look at the number that the bits of a pixel became
RING = 2.4  # points, around a pixel's entry of the palette


def bits(result: Compressed, others: Sequence[Other] = ()) -> Figure:
    """F7: why log2 k, and what that leaves out: all real sizes as bars on one scale."""
    return _bits_view(result, others).fig


@dataclass(frozen=True, eq=False)
class _BitsView:
    """F7 and those of its parts that move.

    board: the left half. pixel: the boxes of the 24 bits, one row after the other. number: those of the number.
    around: what is written around the number. ring: the entry of the palette. bars: each with its size in words.
    """

    fig: Figure
    board: Axes
    pixel: list[Rectangle]
    number: list[Rectangle]
    around: list[Text]
    ring: Patch
    bars: list[tuple[Rectangle, list[Text]]]


def _bits_view(result: Compressed, others: Sequence[Other]) -> _BitsView:
    """F7 as it ends."""
    from matplotlib.patches import Rectangle

    fig = look.figure((1040, 540), stage=False)
    sizes = result.sizes
    k, each = len(result.palette), bits_for(len(result.palette))
    full = 32 if sizes.raw > 3 * result.pixels else 24
    look.title(fig, f"From {full} bits a pixel to {each}, and what that leaves out")
    ax = look.board(fig, (look.MARGIN, 72, 430, 400))
    entry = _typical(result)
    red, green, blue = _pixel_of(result, entry)
    pixel, number = [], []
    ax.text(0, 14, "One pixel of the original", size=10.5, weight="bold")
    for row, (letter, value, color) in enumerate(
        (("R", red, "#8C2D19"), ("G", green, "#2F6B3C"), ("B", blue, "#1F4E8C"))
    ):
        ax.text(0, 47 + 30 * row, letter, size=10, color=look.MUTE)
        for bit in range(8):
            on = value >> (7 - bit) & 1
            box = Rectangle(
                (24 + 30 * bit, 30 + 30 * row), 24, 24, facecolor=color if on else look.PAPER, edgecolor=color
            )
            ax.add_patch(box)
            pixel.append(box)
        ax.text(276, 47 + 30 * row, f"= {value}", size=10, color=look.MUTE)
    ax.add_patch(Rectangle((344, 30), 84, 84, facecolor=look.hex_of((red, green, blue)), edgecolor=look.LINE))
    spoken = len(ax.texts)
    ax.text(0, 172, f"The same pixel, as the number of one of {k} colors", size=10.5, weight="bold")
    for bit in range(each):
        on = entry >> (each - 1 - bit) & 1
        x = 24 + 30 * bit
        box = Rectangle((x, 188), 24, 24, facecolor=look.INK if on else look.PAPER, edgecolor=look.INK)
        ax.add_patch(box)
        number.append(box)
        ax.text(x + 12, 205, str(on), size=9, color=look.PAPER if on else look.INK, ha="center")
    ax.text(276, 205, f"= number {entry}", size=10, color=look.MUTE)
    words = f"{each} bit{'s' if each > 1 else ''}, because 2"
    ax.text(
        0,
        246,
        f"{words}$^{{{each}}}$ = {2**each} numbers are enough for {k} colors.",
        size=10,
        color=look.INK,
    )
    around = list(ax.texts)[spoken:]
    ax.text(
        0,
        284,
        f"The palette, stored once: {k} x {full // 8} bytes = {size(sizes.with_palette - sizes.arithmetic)}",
        size=10.5,
        weight="bold",
    )
    first = len(ax.patches)
    columns = min(k, 16 if k <= 64 else 32)
    step = min(26.5, 424 / columns)
    for place, color in enumerate(result.palette.rgba.tolist()):
        spot = (place % columns * step, 298 + place // columns * min(step, 104 / -(-k // columns)))
        marked = place == entry
        style = {"edgecolor": look.SHEET.accent, "linewidth": RING, "zorder": 3} if marked else {"linewidth": 0}
        high = min(step, 104 / -(-k // columns)) - 2
        ax.add_patch(Rectangle(spot, step - 2, high, facecolor=look.hex_of(color), **style))
    bars = [
        (f"Raw: {full} bits a pixel", sizes.raw, ""),
        (f"The article's arithmetic: {full} / {each} = {full / each:.3g}x smaller", sizes.arithmetic, ""),
        ("The same and the palette", sizes.with_palette, ""),
        (
            f"The real file, {kind_of(result)}",
            sizes.file,
            f"{factor_in_words(sizes.raw / sizes.file)}: the file packs its numbers as well",
        ),
    ]
    if sizes.original is not None:
        bars.append((f"The original file, {sizes.original_format}", sizes.original, ""))
    bars += [
        (
            other.name[0].upper() + other.name[1:],
            other.size_bytes,
            "no error" if other.rmse == 0 else f"RMSE {other.rmse:.1f}, ours {rmse(result):.1f}",
        )
        for other in others
    ]
    look.text(fig, 500, 86, "In bytes", size=10.5, weight="bold")
    for patch in ax.patches:
        patch.set_clip_on(False)  # a shorter SVG: nothing lies outside
    chart = look.size_bars(fig, (500, 100, 524, 56 * len(bars)), bars, marked=(3,))
    look.caption(fig, bits_caption(result, others))
    texts, rows = iter(chart.texts), []
    for (_, _, remark), bar in zip(bars, chart.patches[1::2], strict=True):  # after a track each
        _, *found = itertools.islice(texts, 3 if remark else 2)
        rows.append((cast("Rectangle", bar), found))
    return _BitsView(fig, ax, pixel, number, around, ax.patches[first + entry], rows)


def bits_frames(result: Compressed, others: Sequence[Other] = ()) -> Iterator[Frame]:
    """F7 as an animation: the 24 bits of a pixel collapse into those of its number, then the bars find their lengths.

    The rows of the pixel leave one frame after the other, the lowest first. So do the bars from the length of the raw
    one, the uppermost first. What belongs to a number or a bar is written when it has arrived. It ends as the still.
    """
    from matplotlib.colors import to_rgb
    from matplotlib.patches import Rectangle

    view = _bits_view(result, others)
    copies = []
    for place, box in enumerate(view.pixel):
        to = view.number[place % 8 * len(view.number) // 8]
        copy = Rectangle(box.get_xy(), box.get_width(), box.get_height())
        view.board.add_patch(copy)
        copies.append((copy, box, to, 2 - place // 8))
    raw, *moving = [(bar, words, bar.get_width()) for bar, words in view.bars]

    def collapse(step: int) -> None:
        ended = step >= TWEENS + 2
        for artist in (*view.number, *view.around):
            artist.set_visible(ended)
        view.ring.set_linewidth(RING if ended else 0)
        for copy, box, to, late in copies:
            t = _along(step - late)
            copy.set_visible(t > 0 and not ended)
            copy.set_xy((_mixed(box.get_x(), to.get_x(), t * t), _mixed(box.get_y(), to.get_y(), t)))
            for part in ("facecolor", "edgecolor"):
                before, after = (to_rgb(getattr(which, f"get_{part}")()[:3]) for which in (box, to))
                getattr(copy, f"set_{part}")([_mixed(a, b, t) for a, b in zip(before, after, strict=True)])

    def settle(step: int) -> None:
        for late, (bar, words, width) in enumerate(moving):
            t = _along(step - late)
            bar.set_visible(t > 0)
            bar.set_width(_mixed(raw[2], width, t))
            for text in words:
                text.set_visible(t == 1)

    settle(0)
    for step in range(TWEENS + 3):
        collapse(step)
        stay = FIRST if step == 0 else COLLAPSED if step == TWEENS + 2 else TWEEN
        yield Frame(look.pixels(view.fig), stay)
    last = TWEENS + len(moving) - 1
    for step in range(1, last + 1):
        settle(step)
        yield Frame(look.pixels(view.fig), LAST if step == last else TWEEN)


def _along(step: int) -> float:
    """How far a movement is after so many of its frames."""
    return smoothstep(min(max(step / TWEENS, 0), 1))


def _mixed(before: float, after: float, t: float) -> float:
    return after if t == 1 else before + (after - before) * t


def _typical(result: Compressed) -> int:
    """The most vivid entry of the second half of the palette: its number shows ones and zeros."""
    colors = result.palette.colors[:, :3].astype(np.int64)
    half = len(colors) // 2
    return half + int((colors.max(axis=1) - colors.min(axis=1))[half:].argmax())


def _pixel_of(result: Compressed, entry: int) -> tuple[int, int, int]:
    """The color, in the original, of the middle one of the pixels that became an entry of the palette."""
    spots = np.flatnonzero(result.indices == entry)
    if result.original is None or len(spots) == 0:
        red, green, blue = result.palette.rgba[entry, :3].tolist()
    else:
        pixels = result.original.pixels
        red, green, blue = pixels.reshape(-1, pixels.shape[2])[spots[len(spots) // 2], :3].tolist()
    return red, green, blue


def bits_caption(result: Compressed, others: Sequence[Other] = ()) -> str:
    """What F7 says at its foot."""
    return f"{made_with(result.settings)}. {smaller_ways(result, others)}"
