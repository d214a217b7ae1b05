"""The small colors that protection saves: what they become without and with it, and what that costs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...flow.result import Compressed
from ...image import Image
from .. import style
from ..alt_text import meta_of
from ..followed import Target
from ..layout import loupe, loupe_size, on_panel, panel, rectangle
from ..replay import shown
from ..wording import color_word, count_of, made_with, percent, rmse
from . import FigureRow, Plan

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from ...quantize.protect import ProtectedColor
    from ..runs import Runs

MOST = 3  # saved colors that there is room for


def saved(image: Image, plain: Compressed, cured: Compressed, target: Target) -> Figure:
    """F23: a picture without and with protection from the same start, loupes, and each saved color with its numbers.

    plain, cured: with the same settings but `protect`.
    """
    fig = style.figure((1040, 620))
    theme = style.STAGE
    style.title(fig, saved_title(plain, cured), made_with(plain.settings))
    pictures = ((plain, "Plain k-means"), (cured, f"The same k with protect {cured.settings.protect}"))
    wide, high = loupe_size(target.region, (400, 180))
    for place, (result, words) in enumerate(pictures):
        x = style.MARGIN + 424 * place
        pixels = shown(result.indexed.to_image().pixels)
        head = style.text(fig, x, 66, words, size=10.5, weight="bold")
        beside = x + style.text_width(head) + 10
        style.text(fig, beside, 66, f"RMSE {rmse(result):.1f}", size=9.5, color=theme.mute)
        found = panel(fig, (x, 76, 408, 306), pixels, middle=False, smooth=False)
        frame = on_panel(found, target.region, image.width, image.height)
        rectangle(fig, frame, "none", edgecolor=theme.accent, linewidth=1.4)
        loupe(fig, (x, 392, wide, high), pixels, target.region)
    x = 872
    style.text(fig, x, 66, "Saved" if cured.protected else "Nothing to save", size=10.5, weight="bold")
    for place, one in enumerate(cured.protected[:MOST]):
        _told(fig, x, 76 + 124 * place, one)
    if len(cured.protected) > MOST:
        style.text(fig, x, 76 + 124 * MOST, f"and {count_of(len(cured.protected) - MOST, 'color')} more", size=9.5)
    y = 492
    change = cured.mse / plain.mse - 1 if plain.mse else 0.0
    style.text(fig, x, y, "Protection cost" if change > 0 else "No protection cost", size=10.5, weight="bold")
    style.text(fig, x, y + 34, signed(change), size=22, weight="bold", color=theme.accent)
    style.text(fig, x, y + 54, "of mean squared error", size=9.5, color=theme.mute)
    style.caption(fig, saved_caption(plain, cured))
    return fig


def _told(fig: Figure, x: float, y: float, one: ProtectedColor) -> None:
    """A saved color, its share, and how far its pixels move."""
    theme = style.theme_of(fig)
    rectangle(fig, (x, y, 152, 44), one.hex, edgecolor=theme.line, linewidth=0.6)
    style.text(fig, x, y + 62, f"{color_word(one.color)} {one.hex}", size=9.5)
    style.text(fig, x, y + 78, f"{percent(one.share)} of the picture", size=9, color=theme.mute)
    style.text(fig, x, y + 94, f"moved {one.before:.1f}, now {one.after:.1f}", size=9, color=theme.mute)


def signed(change: float) -> str:
    """'+2.3 %', and a real minus sign.

    >>> signed(-0.214)
    '\N{MINUS SIGN}21.4 %'
    """
    value = f"{100 * abs(change):.1f}"
    sign = "" if float(value) == 0 else "+" if change > 0 else "\N{MINUS SIGN}"
    return f"{sign}{value} %"


def saved_title(plain: Compressed, cured: Compressed) -> str:
    """What became of the small colors."""
    k = len(plain.palette)
    if not cured.protected:
        return f"No small color is lost with {count_of(k, 'color')} that could be kept"
    words = [color_word(one.color) for one in cured.protected[:MOST]]
    each = list(dict.fromkeys(words))
    names = each[0] if len(each) == 1 else f"{', '.join(each[:-1])} and {each[-1]}"
    return f"{names.capitalize()} survive{'s' if len(each) == 1 else ''} with {count_of(k, 'color')}"


def saved_caption(plain: Compressed, cured: Compressed) -> str:
    """What F23 says at its foot."""
    if not cured.protected:
        return f"{made_with(plain.settings)}. protect {cured.settings.protect} leaves this picture as it is."
    told = "; ".join(
        f"{one.hex}, {percent(one.share)} of the pixels, moves {one.after:.1f} instead of {one.before:.1f}"
        for one in cured.protected[:MOST]
    )
    change = signed(cured.mse / plain.mse - 1) if plain.mse else "0.0 %"
    return (
        f"{made_with(plain.settings)}. protect {cured.settings.protect}: {told} (OKLab distance times 100; from 8 on a "
        f"color is another). Mean squared error {change}."
    )


def plan(runs: Runs) -> Plan:
    """The run that washes a color out, without and with protection."""
    settings = runs.wash_out[0].trace.settings.but(protect="off")
    plain, cured = runs.result(settings), runs.result(settings.but(protect="auto"))
    meta = {**meta_of(settings), "protect": "auto"}
    target = runs.target
    return Plan(
        saved_caption(plain, cured),
        meta,
        lambda: saved(runs.image, plain, cured, target),
        title=saved_title(plain, cured),
    )


FIGURE = FigureRow("F23", "saved", "The color that was saved", (".png",), plan)
