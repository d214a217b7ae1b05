"""The common look of all figures: paper and dark stage, frame sizes, axes, headlines, captions.

Places and sizes are pixels from the top left, as in the picture a figure becomes. A figure knows whether it
is on paper or on stage by its background, so nobody has to say it twice.

Matplotlib takes what is not said from `rcParams`, which all of a process share. Here everything is said, so nothing
is set there: two threads may draw at once, and the user's own settings do not matter. Only what
Matplotlib asks for while it draws remains the user's: hinting and kerning of letters, the simplification of paths,
and the fonts within formulas.
"""

from __future__ import annotations

import functools
import re
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg, RendererAgg
from matplotlib.cbook import normalize_kwargs
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.lines import Line2D
from matplotlib.text import Annotation, Text
from matplotlib.ticker import ScalarFormatter

from ..arrays import UInt8Array
from ..records import dataclass

DPI = 100

PICTURE_FRAME = (1040, 576)  # a picture and a side panel
PLANE_FRAME = (800, 600)  # two dimensions and a side panel
PICTURE_PANEL = (16, 48, 640, 480)  # x, y, width, height within PICTURE_FRAME
SIDE_PANEL = (680, 48, 344, 480)
MARGIN = 16
EDGE = 40  # the margin of frames narrower than PICTURE_FRAME

Rect = tuple[float, float, float, float]


@dataclass(frozen=True)
class Theme:
    """The colors of a background and of what stands on it."""

    paper: str
    ink: str
    mute: str
    line: str
    accent: str


SHEET = Theme(paper="#FBFAF7", ink="#1B1B1B", mute="#5A564E", line="#C9C5BC", accent="#D55E00")
STAGE = Theme(paper="#14161A", ink="#F2F0EA", mute="#A9A69E", line="#4A4F58", accent="#FFB000")
PAPER, INK, MUTE, LINE = SHEET.paper, SHEET.ink, SHEET.mute, SHEET.line

# Okabe and Ito's colors: told apart by the color-blind too. Use a shape or a number beside them all the same.
CATEGORIES = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
TINT = 0.12  # of a category's color in the cell around its points


def theme_of(fig: Any) -> Theme:
    """The colors that a figure was made with, by its background."""
    return STAGE if to_hex(fig.get_facecolor()) == STAGE.paper.lower() else SHEET


@functools.cache
def font(size: float, weight: str = "normal") -> FontProperties:
    """The face of all words; Matplotlib copies it before it changes anything."""
    return FontProperties(
        family="DejaVu Sans",
        style="normal",
        variant="normal",
        weight=weight,
        stretch="normal",
        size=size,
        math_fontfamily="dejavusans",
    )


# What a line is if a caller does not say otherwise.
_LINE: dict[str, Any] = {
    "linewidth": 1.8,
    "markersize": 6.0,
    "markeredgewidth": 1.0,
    "markerfacecolor": "auto",
    "markeredgecolor": "auto",
    "fillstyle": "full",
    "drawstyle": "default",
    "solid_capstyle": "round",
    "solid_joinstyle": "round",
    "dash_capstyle": "butt",
    "dash_joinstyle": "round",
    "antialiased": True,
}
# What a picture in axes is: from edge to edge, no color mixed.
IMAGE: dict[str, Any] = {"aspect": "auto", "origin": "upper", "resample": False}
_TICKS: dict[str, Any] = {
    "direction": "out",
    "length": 3.0,
    "width": 0.8,
    "pad": 3.5,
    "labelsize": 8.5,
    "labelfontfamily": "DejaVu Sans",
    "left": True,
    "right": False,
    "bottom": True,
    "top": False,
    "labelleft": True,
    "labelright": False,
    "labelbottom": True,
    "labeltop": False,
}
_LEGEND: dict[str, Any] = {
    "frameon": False,
    "numpoints": 1,
    "scatterpoints": 1,
    "markerscale": 1.0,
    "borderpad": 0.4,
    "labelspacing": 0.5,
    "handlelength": 2.0,
    "handleheight": 0.7,
    "handletextpad": 0.8,
    "borderaxespad": 0.5,
    "columnspacing": 2.0,
    "shadow": False,
    "fancybox": True,
    "framealpha": 0.8,
}


class StyledAxes(Axes):
    """Axes in the colors of their figure, with defaults of their own where Matplotlib's are those of the process."""

    def __init__(self, fig: Figure, *args: Any, **options: Any) -> None:
        self._theme = theme = theme_of(fig)
        super().__init__(fig, *args, facecolor=theme.paper, **options)
        self.set_axisbelow(True)
        for side, spine in self.spines.items():
            spine.set(edgecolor=theme.line, linewidth=0.8, antialiased=True, visible=side in ("left", "bottom"))
        self.margins(x=0.02, y=0.05)
        self.minorticks_off()
        self.grid(False)
        self.tick_params(which="major", color=theme.line, labelcolor=theme.mute, **_TICKS)
        for axis in (self.xaxis, self.yaxis):
            axis.label.set(fontproperties=font(9), color=theme.mute)
            axis.labelpad = 4.0
            axis.offsetText.set(fontproperties=font(8.5), color=theme.mute)
            numbers = ScalarFormatter(useOffset=False, useMathText=False, useLocale=False)
            numbers.set_powerlimits((-5, 6))
            axis.set_major_formatter(numbers)

    def draw(self, renderer: Any) -> None:
        """Numbers beside ticks have no font before the ticks are known, which is now."""
        for axis in (self.xaxis, self.yaxis):
            for tick in axis.get_major_ticks():
                tick.label1.set_fontproperties(font(8.5))
        super().draw(renderer)

    def plot(self, *args: Any, **options: Any) -> list[Line2D]:
        """As in Matplotlib."""
        given = normalize_kwargs(options, Line2D)
        if not any(isinstance(value, str) for value in args):  # no 'o' or the like, which says both
            given = {"linestyle": "-", "marker": "None", **given}
        return super().plot(*args, **{**_LINE, **given})

    def axhline(self, *args: Any, **options: Any) -> Line2D:
        """As in Matplotlib."""
        return super().axhline(*args, **{**_LINE, "linestyle": "-", "marker": "None", **options})

    def axvline(self, *args: Any, **options: Any) -> Line2D:
        """As in Matplotlib."""
        return super().axvline(*args, **{**_LINE, "linestyle": "-", "marker": "None", **options})

    def text(self, x: float, y: float, s: str, **options: Any) -> Text:  # type: ignore[override]
        """As in Matplotlib, and `size` and `weight`."""
        return super().text(x, y, s, **self._words(options))

    def annotate(self, text: str, xy: tuple[float, float], **options: Any) -> Annotation:  # type: ignore[override]
        """As in Matplotlib, and `size` and `weight`."""
        return super().annotate(text, xy, **self._words(options))

    def _words(self, options: dict[str, Any]) -> dict[str, Any]:
        face = font(options.pop("size", 10), options.pop("weight", "normal"))
        usual = {"color": self._theme.ink, "usetex": False, "parse_math": True, "antialiased": True}
        return {**usual, "fontproperties": face, **options}

    def grid(self, visible: bool = True, which: Any = "major", axis: Any = "both", **options: Any) -> None:  # type: ignore[override]
        """As in Matplotlib, but never the other way round than now."""
        usual = {"color": self._theme.line, "linestyle": "-", "linewidth": 0.8, "alpha": 1.0} if visible else {}
        super().grid(visible, which, axis, **{**usual, **options})

    def legend(self, *args: Any, **options: Any) -> Any:
        """As in Matplotlib."""
        return super().legend(*args, **{**_LEGEND, "prop": font(9), "labelcolor": self._theme.ink, **options})

    def set_xlabel(self, xlabel: str, *, loc: Any = "center", **options: Any) -> Text:  # type: ignore[override]
        """As in Matplotlib."""
        return super().set_xlabel(xlabel, loc=loc, **options)

    def set_ylabel(self, ylabel: str, *, loc: Any = "center", **options: Any) -> Text:  # type: ignore[override]
        """As in Matplotlib."""
        return super().set_ylabel(ylabel, loc=loc, **options)


def figure(size: tuple[int, int] = PICTURE_FRAME, stage: bool = True) -> Figure:
    """An empty figure of so many pixels, on the dark stage or on paper; no pyplot, nothing to close."""
    paper = (STAGE if stage else SHEET).paper
    inches = (size[0] / DPI, size[1] / DPI)
    fig = Figure(inches, DPI, facecolor=paper, edgecolor=paper, linewidth=0.0, frameon=True)
    fig.set_layout_engine("none")
    FigureCanvasAgg(fig)
    return fig


def size_of(fig: Figure) -> tuple[int, int]:
    """Width and height in pixels."""
    width, height = fig.get_size_inches() * DPI
    return round(width), round(height)


def axes(fig: Figure, rect: Rect) -> Axes:
    """Axes whose plotting area is at (x, y, width, height); ticks and labels come outside of it."""
    x, y, width, height = rect
    across, down = size_of(fig)
    place = (x / across, 1 - (y + height) / down, width / across, height / down)
    return fig.add_axes(place, axes_class=StyledAxes)


def board(fig: Figure, rect: Rect) -> Axes:
    """Axes without frame whose coordinates are pixels from the top left of the rectangle."""
    ax = axes(fig, rect)
    ax.set(xlim=(0, rect[2]), ylim=(rect[3], 0))
    ax.axis("off")
    return ax


def text(
    fig: Figure,
    x: float,
    y: float,
    words: str,
    *,
    size: float = 10,
    color: str | None = None,
    weight: str = "normal",
    align: str = "left",
) -> Text:
    """Words whose baseline is at y and whose left (center, right) end is at x."""
    across, down = size_of(fig)
    return fig.text(
        x / across,
        1 - y / down,
        words,
        fontproperties=font(size, weight),
        color=color or theme_of(fig).ink,
        ha=align,
        va="baseline",
        parse_math=False,
        usetex=False,
        antialiased=True,
    )


def title(fig: Figure, words: str, beside: str = "", below: str = "") -> None:
    """The headline, with quiet words beside it (k, seed and the like) or below it."""
    left = MARGIN if size_of(fig)[0] >= PICTURE_FRAME[0] else EDGE
    headline = text(fig, left, 34, words, size=17, weight="bold")
    if beside:
        text(fig, left + text_width(headline) + 14, 34, beside, size=10.5, color=theme_of(fig).mute)
    if below:
        text(fig, left, 58, below, size=10.5, color=theme_of(fig).mute)


def text_width(words: Text | str, size: float = 10) -> float:
    """How many pixels wide some words are."""
    if isinstance(words, Text):
        return _width(words.get_text(), words.get_fontproperties())
    return _width(words, font(size))


@functools.lru_cache(4096)
def _width(words: str, face: FontProperties) -> float:
    """Measured once: laying out a line of words takes a millisecond or two."""
    renderer: Any = RendererAgg  # untyped
    return float(renderer(1, 1, DPI).get_text_width_height_descent(words, face, False)[0])


def wrapped(words: str, width: float, size: float) -> list[str]:
    """The words in as few lines as fit into so many pixels."""
    left = re.split(r"(?<! =) +(?![%=])", words.strip())  # "k = 16" and "24 %" stay together
    lines = []
    while left:
        # As many as fit, at least one, found by halving.
        fitting, more = 1, len(left) + 1
        while more - fitting > 1:
            middle = (fitting + more) // 2
            if text_width(" ".join(left[:middle]), size) <= width:
                fitting = middle
            else:
                more = middle
        lines.append(" ".join(left[:fitting]))
        left = left[fitting:]
    return lines


def caption(fig: Figure, words: str) -> None:
    """At most two lines in plain words at the foot, within the frame.

    They become a little smaller when they must. Raises ValueError for words that cannot fit: write fewer.
    """
    across, down = size_of(fig)
    left = MARGIN if across >= PICTURE_FRAME[0] else EDGE
    for size in (9.5, 9.0, 8.5, 8.0):
        lines = wrapped(words, across - 2 * left, size)
        if len(lines) <= 2 and all(text_width(line, size) <= across - 2 * left for line in lines):
            break
    else:
        raise ValueError(f"a caption must fit into two lines of {across - 2 * left} pixels, got {words!r}")
    first = down - 10 - 16 * (len(lines) - 1)
    for place, line in enumerate(lines):
        text(fig, left, first + 16 * place, line, size=size, color=theme_of(fig).mute)


def hex_of(color: npt.ArrayLike) -> str:
    """'#rrggbb' of three bytes."""
    return "#" + bytes(np.asarray(color, np.uint8)[:3]).hex()


def rgb_of(word: str) -> UInt8Array:
    """(3,) the bytes of '#rrggbb'."""
    return np.frombuffer(bytes.fromhex(word[1:]), np.uint8)


def heat(values: npt.NDArray[np.float64], name: str) -> UInt8Array:
    """(..., 3) the colors of values from 0 to 1 on one of Matplotlib's maps of colors."""
    from matplotlib import colormaps

    return (colormaps[name](values)[..., :3] * 255 + 0.5).astype(np.uint8)


def luma(colors: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    """(...) how bright colors (..., 3) look, 0 to 255 (Rec. 601)."""
    red, green, blue = (colors[..., channel].astype(np.float64) for channel in range(3))
    return 0.299 * red + 0.587 * green + 0.114 * blue


def readable_on(color: npt.ArrayLike) -> str:
    """Ink for words on a color: dark on light ones, light on dark ones."""
    red, green, blue = (int(value) for value in np.asarray(color)[:3])
    return INK if 299 * red + 587 * green + 114 * blue > 128_000 else "#FFFFFF"
