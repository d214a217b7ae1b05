"""What is given up and what for: sizes with what they are relative to, loupes, differences."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import numpy as np

from ..image import Image
from ..result import Compressed, bits_for
from . import look
from .animation import FIRST, LAST, TWEEN, TWEENS, Frame, smoothstep
from .parts import (
    FloatArray,
    Target,
    UInt8Array,
    counted,
    fit,
    loupe,
    loupe_size,
    made_with,
    on_panel,
    palette_bar,
    panel,
    percent,
    rectangle,
    sampled,
    scaled,
    shown,
    size,
    squared_error,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.patches import Patch, Rectangle
    from matplotlib.text import Text

EDGE = 40  # left and right of the picture in the smaller frames, where captions begin
COLLAPSED = 900  # milliseconds to look at the number that the bits of a pixel became
RING = 2.4  # points, around a pixel's entry of the palette
LOST = 60.0  # a color is lost when what it is given is farther away than this


@dataclass(frozen=True)
class Other:
    """What another codec makes of the original. rmse: over R, G and B; 0 for a lossless one."""

    name: str
    size_bytes: int
    rmse: float


def rmse(result: Compressed) -> float:
    """The root of the mean over pixels of the squared error summed over R, G and B."""
    return float(result.mse**0.5)


def colors_of(image: Image) -> int:
    """How many different colors a picture has."""
    from ..histogram import count_colors

    return len(count_colors(image.pixels))


def smaller_ways(result: Compressed, others: Sequence[Other]) -> str:
    """Which other codec would be smaller than our file, in a sentence; or that none of those tried is."""
    smaller = sorted((other for other in others if other.size_bytes < result.sizes.file), key=lambda o: o.size_bytes)
    kind = result.format.upper() if result.format != "webp" else "WebP"
    if smaller:
        best = smaller[0]
        error = "without any error" if best.rmse == 0 else f"with RMSE {best.rmse:.1f} against {rmse(result):.1f}"
        return f"A {best.name} of the original is smaller than this {kind}: {size(best.size_bytes)}, {error}."
    if others:
        return f"No WebP of the original is smaller: {', '.join(f'{o.name} {size(o.size_bytes)}' for o in others)}."
    return ""


# F1.


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
        ("The original", f"{size(result.sizes.raw)} raw: {_bits(image)} bits a pixel"),
        (_colors(k), f"{size(result.sizes.file)} as {_kind(result)}: {_factor(saved)}, {_error(result)}"),
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
        look.text(fig, column, y + high + 17, ("original", _colors(k))[place], size=9.5, color=theme.mute)
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
        f"{_colors(len(result.palette))}, {bits} bit{'s' if bits > 1 else ''}.{original} {smaller_ways(result, others)}"
    )


def _colors(count: int) -> str:
    return counted(count, "color")


def _become(before: int, after: int) -> str:
    if before == after:
        return f"{_colors(before)}: all of them kept" if before > 1 else "One color, kept"
    return f"{_colors(before)} become {after}"


def _error(result: Compressed) -> str:
    return "no error" if result.lossless else f"RMSE {rmse(result):.1f}"


def _factor(times: float) -> str:
    """What a ratio of sizes is in words."""
    return f"{times:.1f}x smaller than raw" if times >= 1 else f"{1 / times:.1f}x larger than raw"


def _bits(image: Image) -> int:
    return 32 if image.has_alpha else 24


def _kind(result: Compressed) -> str:
    return {"png": "an indexed PNG", "gif": "a GIF", "webp": "a lossless WebP"}[result.format]


def wipe(image: Image, result: Compressed, steps: int = 14) -> Iterator[Frame]:
    """F1 as an animation: a line moves over the picture; left of it is the original, right of it the compressed one."""
    wide, high = fit(image.width, image.height, (640, 480))
    before = scaled(shown(image.pixels), wide, high)
    after = scaled(shown(result.indexed.to_image().pixels), wide, high)
    room = max(wide, 480)
    fig = look.figure((room + 2 * EDGE, high + 96))
    look.text(fig, EDGE, 30, f"original, {_colors(colors_of(image))}", size=11, weight="bold")
    end = room + EDGE
    look.text(fig, end, 30, _colors(len(result.palette)), size=11, weight="bold", align="right")
    raw, file = size(result.sizes.raw), size(result.sizes.file)
    note = f"{made_with(result.settings)}. Left {raw} raw, right {file}, RMSE {rmse(result):.1f}."
    look.caption(fig, note)
    still = look.pixels(fig)
    left = EDGE + (room - wide) // 2
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


# F7.


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
            f"The real file, {_kind(result)}",
            sizes.file,
            f"{_factor(sizes.raw / sizes.file)}: the file packs its numbers as well",
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


# F9.


def lost(image: Image, result: Compressed, target: Target) -> Figure:
    """F9: the original and the compressed picture with loupes; the true color and the one it got, and how far apart."""
    fig = look.figure((1040, 620))
    theme = look.STAGE
    after = result.indexed.to_image()
    near = target.members(image.pixels.reshape(-1, image.pixels.shape[2])).reshape(image.height, image.width)
    given, distance = _given(result, image, target)
    k = len(result.palette)
    fate = "lost" if distance > LOST else "what k-means serves worst" if target.searched else "kept"
    title = f"{target.name.capitalize()} is {fate} at k = {k}"
    look.title(fig, title, made_with(result.settings, k=False))
    pictures = ((shown(image.pixels), "Original"), (shown(after.pixels), _colors(k)))
    wide, high = loupe_size(target.region, (400, 180))
    for place, (pixels, words) in enumerate(pictures):
        x = look.MARGIN + 432 * place
        look.text(fig, x, 66, words, size=10.5, weight="bold")
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
        (76, f"True {target.name}", target.color, "#{:02x}{:02x}{:02x}".format(*target.color)),
        (226, "What it is given", given, look.hex_of(given)),
    ):
        look.text(fig, x, y + 8, words, size=10.5, weight="bold")
        rectangle(fig, (x, y + 18, 144, 84), look.hex_of(color), edgecolor=theme.line, linewidth=0.6)
        look.text(fig, x, y + 122, hexed, size=9.5, color=theme.mute)
    look.text(fig, x, 414, f"{distance:.0f}", size=22, weight="bold", color=theme.accent)
    look.text(fig, x, 438, "their distance in sRGB", size=9.5, color=theme.mute)
    look.text(fig, x, 455, "(black to white: 442)", size=9.5, color=theme.mute)
    look.text(fig, x, 500, f"{count:,} pixel" + ("" if count == 1 else "s"), size=10.5, weight="bold")
    look.text(fig, x, 518, f"{percent(count / near.size)} of the picture", size=9.5, color=theme.mute)
    look.caption(fig, lost_caption(image, result, target))
    return fig


def _given(result: Compressed, image: Image, target: Target) -> tuple[UInt8Array, float]:
    """The entry that most of the target's pixels got, and how far it is from their color."""
    near = target.members(image.pixels.reshape(-1, image.pixels.shape[2])).reshape(image.height, image.width)
    if near.any():
        entry = int(np.bincount(result.indices[near]).argmax())
    else:
        entry = int(target.distance(result.palette.colors).argmin())
    color = result.palette.colors[entry]
    return color[:3], float(target.distance(color[None])[0])


def lost_caption(image: Image, result: Compressed, target: Target) -> str:
    """What F9 says at its foot."""
    near = target.members(image.pixels.reshape(-1, image.pixels.shape[2])).reshape(image.height, image.width)
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


# F11.


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
    fewer = f", {_colors(len(result.palette))}" if len(result.palette) < result.settings.k else ""
    return [
        f"{counted(bits, 'bit')} a pixel{fewer}",
        f"24 / {bits} = {24 / bits:.3g}x smaller",
        f"real {result.format.upper()} {size(result.sizes.file)}",
        _error(result),
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
    palettes: Sequence[object] = (),
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
    fig = look.figure((1040 if columns == 2 else 560, 52 + rows * (height + 40) + 44))
    theme = look.theme_of(fig)
    look.title(fig, title, beside)
    for place, picture in enumerate(pictures):
        x = look.MARGIN + place % columns * (cell + 0)
        y = 48 + place // columns * (height + 40)
        pixels = shown(picture.pixels)
        found = panel(fig, (x, y + 4, wide, height), pixels, middle=False)
        left = x + (wide if image.width >= image.height else bar) + 12
        look.text(fig, left, y + 18, heads[place], size=12, weight="bold")
        for line, text in enumerate(words[place]):
            look.text(fig, left, y + 40 + 18 * line, text, size=9, color=theme.mute if line else theme.ink)
        down = y + 40 + 18 * len(words[place])
        if target is not None:
            room = height + 4 + y - down
            found_loupe = loupe_size(target.region, (side, max(24, room)))
            loupe(fig, (left, y + 4 + height - found_loupe[1], *found_loupe), pixels, target.region)
            frame = on_panel(found, target.region, image.width, image.height)
            rectangle(fig, frame, "none", edgecolor=theme.accent, linewidth=1.0)
        if palettes:
            palette = palettes[place]
            colors, shares = palette.colors, palette.shares  # type: ignore[attr-defined]
            palette_bar(
                fig,
                (x, y + height + 10, bar, 12),
                colors,
                np.ones(len(colors)) if shares is None else shares,
            )
    look.caption(fig, caption)
    return fig


def ladder_frames(image: Image, results: Sequence[Compressed]) -> Iterator[Frame]:
    """F11 as an animation, up the ladder and down again: picture, k, size and error."""
    wide, high = fit(image.width, image.height, (640, 480))
    room = max(wide, 600)
    left = EDGE + (room - wide) // 2
    order = [*range(len(results)), *range(len(results) - 2, 0, -1)]
    for place in order:
        result = results[place]
        fig = look.figure((room + 2 * EDGE, high + 108))
        look.text(fig, EDGE, 32, f"k = {result.settings.k}", size=17, weight="bold")
        look.text(fig, EDGE + 134, 32, "   ".join(_rung(result)), size=9.5, color=look.STAGE.mute)
        look.caption(fig, f"{made_with(result.settings, k=False)}. Raw pixels: {size(result.sizes.raw)}.")
        pixels = look.pixels(fig)
        pixels[48 : 48 + high, left : left + wide] = scaled(shown(result.indexed.to_image().pixels), wide, high)
        palette = result.palette
        bar = sampled(palette.colors[None, :, :3], room, 1)[0]
        pixels[54 + high : 66 + high, EDGE : EDGE + room] = bar
        yield Frame(pixels, 1200)


# F13.


def difference(image: Image, result: Compressed) -> Figure:
    """F13: original and compressed picture, their difference eight times as strong, and how large errors are."""
    fig = look.figure((1040, 600))
    theme = look.STAGE
    after = result.indexed.to_image()
    error = np.sqrt(squared_error(image, after))
    first, second = shown(image.pixels), shown(after.pixels)
    apart = np.minimum(np.abs(first.astype(np.int16) - second) * 8, 255).astype(np.uint8)
    k = len(result.palette)
    close = rmse(result) <= 8
    title = f"{_colors(k)}: hardly to be told from the original" if close else f"The original and {_colors(k)}"
    look.title(fig, title, made_with(result.settings))
    for place, (pixels, words) in enumerate(
        (
            (first, f"Original, {colors_of(image):,} colors"),
            (second, f"{k} colors"),
            (apart, "Their difference, 8 times as strong"),
        )
    ):
        x = look.MARGIN + 341 * place
        look.text(fig, x, 66, words, size=10.5, weight="bold")
        panel(fig, (x, 76, 325, 250), pixels, smooth=place < 2, middle=False)
    ax = look.axes(fig, (72, 372, 640, 128))
    error_histogram(error, ax)
    look.text(
        fig,
        look.MARGIN,
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
        look.text(fig, 760, 392 + 30 * line, words, size=10, color=theme.mute)
        look.text(fig, 1024, 392 + 30 * line, number, size=12, weight="bold", align="right")
    look.caption(fig, difference_caption(image, result))
    return fig


def error_histogram(error: FloatArray, ax: Axes) -> Axes:
    """How many pixels have which error, as bars; error: the distance of each pixel in sRGB."""
    theme = look.theme_of(ax.figure)  # type: ignore[arg-type]
    top = max(4.0, float(np.quantile(error, 0.999)))
    width = next(width for width in (1, 2, 5, 10, 20) if top <= 40 * width or width == 20)
    top = float(np.ceil(top / width) * width)
    counts, edges = np.histogram(np.minimum(error, top), bins=round(top / width), range=(0, top))
    ax.bar(edges[:-1], 100 * counts / error.size, width=np.diff(edges) * 0.88, align="edge", color=theme.accent)
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
    left = EDGE + (room - wide) // 2
    k = len(result.palette)
    for pixels, words in ((image.pixels, "original"), (result.indexed.to_image().pixels, _colors(k))):
        fig = look.figure((room + 2 * EDGE, high + 96))
        look.text(fig, EDGE, 30, words, size=13, weight="bold")
        look.caption(
            fig,
            f"{made_with(result.settings)}, RMSE {rmse(result):.2f}. Twice a second the picture changes: where?",
        )
        canvas = look.pixels(fig)
        canvas[44 : 44 + high, left : left + wide] = scaled(shown(pixels), wide, high)
        yield Frame(canvas, 500)
