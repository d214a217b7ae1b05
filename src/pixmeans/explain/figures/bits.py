"""From 24 bits a pixel to log2 k, and what that leaves out: all real sizes on one scale."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from ...flow.result import Compressed
from ...flow.written import bits_for
from ...records import dataclass
from .. import style
from ..alt_text import meta_of
from ..animation import FIRST, LAST, TWEEN, TWEENS, Frame, smoothstep
from ..export import pixels_of
from ..layout import size_bars
from ..wording import Other, factor_in_words, kind_of, made_with, rmse, size, smaller_ways
from . import FigureRow, Plan

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.patches import Patch, Rectangle
    from matplotlib.text import Text

    from ..runs import Runs


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

    fig = style.figure((1040, 540), stage=False)
    sizes = result.sizes
    k, each = len(result.palette), bits_for(len(result.palette))
    full = 32 if sizes.raw > 3 * result.pixels else 24
    style.title(fig, f"From {full} bits a pixel to {each}, and what that leaves out")
    ax = style.board(fig, (style.MARGIN, 72, 430, 400))
    entry = _typical(result)
    red, green, blue = _pixel_of(result, entry)
    pixel, number = [], []
    head: dict[str, Any] = {"size": 10.5, "weight": "bold", "color": "#000000"}
    ax.text(0, 14, "One pixel of the original", **head)
    for row, (letter, value, color) in enumerate(
        (("R", red, "#8C2D19"), ("G", green, "#2F6B3C"), ("B", blue, "#1F4E8C"))
    ):
        ax.text(0, 47 + 30 * row, letter, size=10, color=style.MUTE)
        for bit in range(8):
            on = value >> (7 - bit) & 1
            box = Rectangle(
                (24 + 30 * bit, 30 + 30 * row),
                24,
                24,
                facecolor=color if on else style.PAPER,
                edgecolor=color,
                linewidth=1.0,
            )
            ax.add_patch(box)
            pixel.append(box)
        ax.text(276, 47 + 30 * row, f"= {value}", size=10, color=style.MUTE)
    ax.add_patch(
        Rectangle((344, 30), 84, 84, facecolor=style.hex_of((red, green, blue)), edgecolor=style.LINE, linewidth=1.0)
    )
    spoken = len(ax.texts)
    ax.text(0, 172, f"The same pixel, as the number of one of {k} colors", **head)
    for bit in range(each):
        on = entry >> (each - 1 - bit) & 1
        x = 24 + 30 * bit
        box = Rectangle(
            (x, 188), 24, 24, facecolor=style.INK if on else style.PAPER, edgecolor=style.INK, linewidth=1.0
        )
        ax.add_patch(box)
        number.append(box)
        ax.text(x + 12, 205, str(on), size=9, color=style.PAPER if on else style.INK, ha="center")
    ax.text(276, 205, f"= number {entry}", size=10, color=style.MUTE)
    words = f"{each} bit{'s' if each > 1 else ''}, because 2"
    ax.text(
        0,
        246,
        f"{words}$^{{{each}}}$ = {2**each} numbers are enough for {k} colors.",
        size=10,
        color=style.INK,
    )
    around = list(ax.texts)[spoken:]
    ax.text(
        0,
        284,
        f"The palette, stored once: {k} x {full // 8} bytes = {size(sizes.with_palette - sizes.arithmetic)}",
        **head,
    )
    first = len(ax.patches)
    columns = min(k, 16 if k <= 64 else 32)
    step = min(26.5, 424 / columns)
    for place, color in enumerate(result.palette.rgba.tolist()):
        spot = (place % columns * step, 298 + place // columns * min(step, 104 / -(-k // columns)))
        marked = place == entry
        edge = {"edgecolor": style.SHEET.accent, "linewidth": RING, "zorder": 3} if marked else {"linewidth": 0}
        high = min(step, 104 / -(-k // columns)) - 2
        ax.add_patch(Rectangle(spot, step - 2, high, facecolor=style.hex_of(color), **edge))
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
    style.text(fig, 500, 86, "In bytes", size=10.5, weight="bold")
    for patch in ax.patches:
        patch.set_clip_on(False)  # a shorter SVG: nothing lies outside
    chart = size_bars(fig, (500, 100, 524, 56 * len(bars)), bars, marked=(3,))
    style.caption(fig, bits_caption(result, others))
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
        copy = Rectangle(box.get_xy(), box.get_width(), box.get_height(), linewidth=1.0)
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
        yield Frame(pixels_of(view.fig), stay)
    last = TWEENS + len(moving) - 1
    for step in range(1, last + 1):
        settle(step)
        yield Frame(pixels_of(view.fig), LAST if step == last else TWEEN)


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


def plan(runs: Runs) -> Plan:
    """The picture with the settings of the run."""
    result = runs.result(runs.settings)
    title = f"From 24 bits a pixel to {result.sizes.arithmetic * 8 // result.pixels}, and what that leaves out"
    return Plan(
        bits_caption(result, runs.others),
        meta_of(runs.settings),
        lambda: bits(result, runs.others),
        lambda: bits_frames(result, runs.others),
        title=title,
    )


FIGURE = FigureRow("F7", "bits", "From 24 bits to 4, and what that leaves out", (".svg", ".gif"), plan)
