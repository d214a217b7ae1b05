"""Where the bits of a PNG file went: literals and matches, pixel by pixel, without and with lossy indices."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ... import metrics
from ...arrays import FloatArray, UInt8Array
from ...choices import MAX_INDEXED
from ...codecs.deflate_reader import PngBits
from ...image import Image
from ...records import dataclass
from .. import style
from ..alt_text import meta_of
from ..followed import Region, richest
from ..layout import cut, fit, on_panel, panel, picture, rectangle, scaled
from ..replay import shown
from ..wording import Judged, made_with, percent, size
from . import FigureRow, Plan

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from ..runs import Runs

PANEL = (325, 250)  # at most
LOUPE = (496, 192)
CROP = (41, 16)  # pixels of a loupe: each becomes 12x12
LEAST, MOST = 3, 24  # times that a loupe enlarges

BITS_MAP, ERROR_MAP = "cividis", "inferno"
STEPS = 16  # colors of a map: the eye wants no more, and the figure is smaller by two fifths than with 256
LITERAL, LENGTH, DISTANCE = style.CATEGORIES[5], style.CATEGORIES[4], style.CATEGORIES[1]
COLORS = {"literals": LITERAL, "lengths": LENGTH, "distances": DISTANCE, "others": style.STAGE.mute}
HEADS = {
    "literals": "literals",
    "lengths": "lengths of matches",
    "distances": "distances of matches",
    "others": "tables of codes, palette, headers",
}


@dataclass(frozen=True, eq=False)
class Way:
    """A way of choosing the indices and its PNG file."""

    head: str
    judged: Judged

    @functools.cached_property
    def spent(self) -> PngBits:
        """Where its bits went."""
        return PngBits.of(self.judged.result.data)

    @property
    def image(self) -> Image:
        """What the file shows."""
        return self.judged.result.indexed.to_image()


def saved_most(ways: Sequence[Way]) -> Region:
    """The part of the picture where the last way takes least of the first one's bits; where one way takes most."""
    values = ways[0].spent.bits - (ways[-1].spent.bits if len(ways) > 1 else 0.0)
    return richest(values, *CROP)


def matches(image: Image, ways: Sequence[Way], region: Region) -> Figure:
    """F22: for one or two ways the picture, the bits of each pixel, its error, and a loupe on literals and matches.

    region: what the loupes show; only its middle where it is too large for them.
    """
    region = _within(region)
    high = max(24, fit(image.width, image.height, PANEL)[1])
    pitch = high + 78
    enlarged = _times(region) * region[3]
    fig = style.figure((1040, 96 + len(ways) * pitch + 30 + enlarged + 66))
    theme = style.theme_of(fig)
    settings = ways[0].judged.result.settings
    style.title(fig, "Where the bits of the file went", made_with(settings))
    errors = [100 * metrics.error_map(image, way.image) for way in ways]
    most_bits = max(1.0, np.ceil(np.quantile(ways[0].spent.bits, 0.99)))
    most_error = max(1.0, np.ceil(max(np.quantile(error, 0.99) for error in errors)))
    columns = [style.MARGIN + 341 * place for place in range(3)]
    style.text(fig, columns[0], 72, "The picture of the file", size=10.5, weight="bold")
    _scale(fig, columns[1], "Bits a pixel", most_bits, BITS_MAP)
    _scale(fig, columns[2], "Error, OKLab x 100", most_error, ERROR_MAP)
    largest = max(way.judged.result.sizes.file for way in ways)
    for row, (way, error) in enumerate(zip(ways, errors, strict=True)):
        y = 84 + row * pitch
        head = style.text(fig, style.MARGIN, y + 16, way.head, size=11.5, weight="bold")
        told = style.MARGIN + style.text_width(head) + 12
        style.text(fig, told, y + 16, _told(way), size=10, color=theme.mute)
        for x, pixels, smooth in (
            (columns[0], shown(way.image.pixels), True),
            (columns[1], _heat(way.spent.bits, most_bits, BITS_MAP), False),
            (columns[2], _heat(error, most_error, ERROR_MAP), False),
        ):
            box = (x, y + 24, PANEL[0], high)
            found = panel(fig, box, pixels, smooth=smooth, middle=False)
            rectangle(
                fig, on_panel(found, region, image.width, image.height), "none", edgecolor=theme.accent, linewidth=1.0
            )
        _budget(fig, (style.MARGIN, y + 32 + high, 1008, 10), way.spent, largest)
    y = 84 + len(ways) * pitch + 12
    x = style.MARGIN
    times = _times(region)
    for way in ways:
        style.text(fig, x, y + 14, way.head, size=10.5, weight="bold")
        picture(fig, marked(way, region, times), round(x), round(y + 22))
        x += LOUPE[0] + 16
    _legend(fig, y + 22 + enlarged + 18, way.spent.depth, times)
    style.caption(fig, matches_caption(ways))
    return fig


def _told(way: Way) -> str:
    result, spent = way.judged.result, way.spent
    pixels = spent.width * spent.height
    return (
        f"{size(result.sizes.file)}, {8 * result.sizes.file / pixels:.2f} bits a pixel; {way.judged.in_words}; "
        f"{percent(float(spent.copied.mean()))} of the pixels are copied"
    )


def _heat(values: FloatArray, most: float, name: str) -> UInt8Array:
    """(h, w, 3) the colors of values from 0 to the most, as large as a panel: what shrinks is averaged first."""
    levels = np.floor(np.clip(values / most, 0, 1) * 255 + 0.5).astype(np.uint8)
    wide, high = fit(values.shape[1], values.shape[0], PANEL)
    return _ramp(name)[scaled(levels[..., None].repeat(3, axis=2), wide, high)[..., 0]]


@functools.cache
def _ramp(name: str) -> UInt8Array:
    """(256, 3) the colors of a map."""
    return style.heat(np.arange(256) * STEPS // 256 / (STEPS - 1), name)


def _scale(fig: Figure, x: float, words: str, most: float, name: str) -> None:
    """A headline with the colors of a map and what they mean."""
    head = style.text(fig, x, 72, words, size=10.5, weight="bold")
    after = x + style.text_width(head) + 12
    mute = style.theme_of(fig).mute
    style.text(fig, after, 72, "0", size=9, color=mute)
    picture(fig, _ramp(name)[None, ::4].repeat(10, axis=0), round(after + 14), 63)
    style.text(fig, after + 84, 72, f"{most:.0f} or more", size=9, color=mute)


def _budget(fig: Figure, box: style.Rect, spent: PngBits, largest: int) -> None:
    """The bytes of a file by what they say, side by side, and in words below."""
    x, y, width, height = box
    theme = style.theme_of(fig)
    at = words_at = x
    for name, bits in spent.spent.items():
        share = width * bits / 8 / largest
        rectangle(fig, (at, y, share, height), COLORS[name])
        at += share
        rectangle(fig, (words_at, y + height + 7, 9, 9), COLORS[name])
        found = style.text(fig, words_at + 14, y + height + 16, f"{HEADS[name]} {size(round(bits / 8))}", size=9)
        found.set_color(theme.mute)
        words_at += 14 + style.text_width(found) + 22


def _within(region: Region) -> Region:
    """The middle of a region, as much as a loupe can show."""
    x, y, width, height = region
    wide, high = min(width, LOUPE[0] // LEAST), min(height, LOUPE[1] // LEAST)
    return x + (width - wide) // 2, y + (height - high) // 2, wide, high


def _times(region: Region) -> int:
    """How many times as large a loupe shows a region."""
    return max(LEAST, min(LOUPE[0] // region[2], LOUPE[1] // region[3], MOST))


def marked(way: Way, region: Region, times: int) -> UInt8Array:
    """(h, w, 3) the pixels of a region, darkened and enlarged: a dot is a literal, a bar a match, from its stem on."""
    x, y, width, height = region
    pixels = cut(shown(way.image.pixels), region)
    canvas = (pixels.repeat(times, axis=0).repeat(times, axis=1).astype(np.int64) * 3 // 4).astype(np.uint8)
    thick = 2 if times >= 6 else 1
    edge = thick // 2  # a dark line around the marks, for light pixels
    for row in range(height):
        top = row * times + (times - thick) // 2
        for span in way.spent.spans(y + row):
            first, end = max(span.first - x, 0) * times, min(span.end - x, width) * times
            if first >= end:
                continue
            if not span.matched:
                left = max((first + end) // 2 - thick, 0)
                _mark(canvas, (left, max(top - thick // 2, 0), 2 * thick, 2 * thick), LITERAL, edge)
                continue
            begins = int(span.begins and span.first >= x)
            ends = int(x < span.end <= x + width and span.end < way.spent.width)
            _mark(canvas, (first + begins, top, end - ends - first - begins, thick), LENGTH, edge)
            if begins:
                _mark(canvas, (first + 1, row * times + 1, thick, times - 2), LENGTH, 0)
    return canvas


def _mark(canvas: UInt8Array, box: tuple[int, int, int, int], color: str, edge: int) -> None:
    """Fills a box, and so many pixels around it with the dark of the stage."""
    x, y, width, height = box
    canvas[max(y - edge, 0) : y + height + edge, max(x - edge, 0) : x + width + edge] = style.rgb_of(style.STAGE.paper)
    canvas[y : y + height, x : x + width] = style.rgb_of(color)


def _legend(fig: Figure, y: float, depth: int, times: int) -> None:
    """What the marks of a loupe are."""
    mute = style.theme_of(fig).mute
    x = float(style.MARGIN)
    rectangle(fig, (x + 3, y - 7, 5, 5), LITERAL)
    dots = "a literal" if depth == 8 else f"a literal: a byte of {8 // depth} indices"
    x += 16 + style.text_width(style.text(fig, x + 16, y, dots, size=9, color=mute)) + 20
    rectangle(fig, (x, y - 5, 24, 2), LENGTH)
    rectangle(fig, (x, y - 9, 2, 9), LENGTH)
    words = "a match: copied from earlier in the file"
    x += 32 + style.text_width(style.text(fig, x + 32, y, words, size=9, color=mute)) + 20
    style.text(fig, x, y, f"{times} times as large; the frames above show where", size=9, color=mute)


def matches_caption(ways: Sequence[Way]) -> str:
    """What F22 says at its foot."""
    first, last = ways[0].judged.result, ways[-1].judged.result
    words = f"{made_with(first.settings)}, dither {first.settings.dither}. "
    if len(ways) == 1:
        return f"{words}Every pixel keeps its color: nothing is given up for fewer bits."
    words += "Lossy indices move pixels to other colors where the eye minds least, so that more can be copied: "
    if last.sizes.file >= first.sizes.file:
        return f"{words}here that does not pay, and compress keeps the plain indices."
    qualities = f"SSIMULACRA2 {ways[0].judged.quality:.1f} and {ways[-1].judged.quality:.1f}"
    return f"{words}{size(last.sizes.file)} instead of {size(first.sizes.file)} ({qualities})."


# Squared OKLab distance for a bit, where lossy indices are not wanted or gain nothing: to show what they would do.
SOME_LAMBDA = 1e-5


def plan(runs: Runs) -> Plan:
    """The PNG file that `compress` makes, with plain and with lossy indices."""
    settings = runs.bare(format="png")
    ways = [Way("Plain indices", runs.judged(settings))]
    if ways[0].judged.result.mse > 0:
        judged = runs.judged(settings.but(lossy=runs.usual().lossy))
        if judged.result.lambda_ is None:
            judged = runs.judged(settings.but(lossy=SOME_LAMBDA))
        ways.append(Way("With lossy indices", judged))
    meta = {**meta_of(settings), "dither": settings.dither}
    region = runs.region or saved_most(ways)
    return Plan(matches_caption(ways), meta, lambda: matches(runs.image, ways, region))


FIGURE = FigureRow("F22", "matches", "Where the bits of the file went", (".png",), plan, most_colors=MAX_INDEXED)
