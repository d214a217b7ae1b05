"""The common look of all figures: paper and dark stage, frame sizes, captions, the small parts they share.

Places and sizes are pixels from the top left, as in the picture a figure becomes. A figure knows whether it
is on paper or on stage by its background, so nobody has to say it twice.
"""

from __future__ import annotations

import functools
import io
import math
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import matplotlib
import matplotlib.style
import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg, RendererAgg
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.patches import Rectangle
from matplotlib.text import Text

from .. import codecs
from ..codecs.png_chunks import with_text
from ..errors import SettingsError
from ..image import Image, IndexedImage, Palette, UInt8Array
from .alt_text import notes_of, write_alt_text

STYLE_FILE = Path(__file__).with_name("pixmeans.mplstyle")
DPI = 100

PICTURE_FRAME = (1040, 576)  # a picture and a side panel
PLANE_FRAME = (800, 600)  # two dimensions and a side panel
PICTURE_PANEL = (16, 48, 640, 480)  # x, y, width, height within PICTURE_FRAME
SIDE_PANEL = (680, 48, 344, 480)
MARGIN = 16
EDGE = 40  # the margin of frames narrower than PICTURE_FRAME
FOOT = 40  # pixels at the foot that belong to the caption

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


def theme_of(fig: Figure) -> Theme:
    """The colors that a figure was made with, by its background."""
    return STAGE if to_hex(fig.get_facecolor()) == STAGE.paper.lower() else SHEET


@contextmanager
def style(stage: bool = True) -> Iterator[None]:
    """Everything drawn inside has our look, whatever the user's own Matplotlib settings are.

    Works as `with style():` and as a decorator of a function that draws.
    """
    # Straight into the dictionary: checking and parsing the same values for every word took a quarter of all time.
    parameters = cast("dict[str, Any]", matplotlib.rcParams)
    before = {name: value for name, value in dict.items(parameters) if name != "backend"}
    dict.update(parameters, _parameters(stage))
    try:
        yield
    finally:
        dict.update(parameters, before)


@functools.cache
def _parameters(stage: bool) -> dict[str, Any]:
    """All of Matplotlib's parameters as our look wants them, but not where it draws to."""
    colors = STAGE if stage else SHEET
    themed = {
        "figure.facecolor": colors.paper,
        "savefig.facecolor": colors.paper,
        "axes.facecolor": colors.paper,
        "axes.edgecolor": colors.line,
        "axes.labelcolor": colors.mute,
        "axes.titlecolor": colors.mute,
        "text.color": colors.ink,
        "xtick.color": colors.line,
        "ytick.color": colors.line,
        "xtick.labelcolor": colors.mute,
        "ytick.labelcolor": colors.mute,
        "grid.color": colors.line,
        "legend.labelcolor": colors.ink,
    }
    with matplotlib.style.context([str(STYLE_FILE), themed], after_reset=True):
        return {name: value for name, value in dict.items(matplotlib.rcParams) if name != "backend"}


def figure(size: tuple[int, int] = PICTURE_FRAME, stage: bool = True) -> Figure:
    """An empty figure of so many pixels, on the dark stage or on paper; no pyplot, nothing to close."""
    width, height = size
    with style(stage):
        fig = Figure(figsize=(width / DPI, height / DPI), dpi=DPI)
        FigureCanvasAgg(fig)
    return fig


def size_of(fig: Figure) -> tuple[int, int]:
    """Width and height in pixels."""
    width, height = fig.get_size_inches() * DPI
    return round(width), round(height)


def _is_stage(fig: Figure) -> bool:
    return theme_of(fig) is STAGE


def axes(fig: Figure, rect: Rect, **options: Any) -> Axes:
    """Axes whose plotting area is at (x, y, width, height); ticks and labels come outside of it."""
    x, y, width, height = rect
    across, down = size_of(fig)
    with style(_is_stage(fig)):
        return fig.add_axes((x / across, 1 - (y + height) / down, width / across, height / down), **options)


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
    with style(_is_stage(fig)):
        return fig.text(
            x / across,
            1 - y / down,
            words,
            size=size,
            color=color or theme_of(fig).ink,
            weight=weight,
            ha=align,
            va="baseline",
            parse_math=False,
        )


def title(fig: Figure, words: str, beside: str = "", below: str = "") -> None:
    """The headline, with quiet words beside it (k, seed and the like) or below it."""
    left = MARGIN if size_of(fig)[0] >= PICTURE_FRAME[0] else EDGE
    headline = text(fig, left, 34, words, size=17, weight="bold")
    if beside:
        text(fig, left + text_width(fig, headline) + 14, 34, beside, size=10.5, color=theme_of(fig).mute)
    if below:
        text(fig, left, 58, below, size=10.5, color=theme_of(fig).mute)


def text_width(fig: Figure, words: Text | str, size: float = 10, weight: str = "normal") -> float:
    """How many pixels wide some words are."""
    del fig  # all have the same resolution
    if isinstance(words, Text):
        return _width(words.get_text(), words.get_fontproperties())
    return _width(words, FontProperties(family="DejaVu Sans", size=size, weight=weight))


@functools.lru_cache(4096)
def _width(words: str, font: FontProperties) -> float:
    """Measured once: laying out a line of words takes a millisecond or two."""
    renderer: Any = RendererAgg  # untyped
    with style():
        return float(renderer(1, 1, DPI).get_text_width_height_descent(words, font, False)[0])


def wrapped(fig: Figure, words: str, width: float, size: float) -> list[str]:
    """The words in as few lines as fit into so many pixels."""
    left = re.split(r"(?<! =) +(?![%=])", words.strip())  # "k = 16" and "24 %" stay together
    lines = []
    while left:
        # As many as fit, at least one, found by halving.
        fitting, more = 1, len(left) + 1
        while more - fitting > 1:
            middle = (fitting + more) // 2
            if text_width(fig, " ".join(left[:middle]), size) <= width:
                fitting = middle
            else:
                more = middle
        lines.append(" ".join(left[:fitting]))
        left = left[fitting:]
    return lines


def caption(fig: Figure, words: str, stage: bool | None = None) -> None:
    """At most two lines in plain words at the foot, within the frame.

    They become a little smaller when they must. Raises ValueError for words that cannot fit: write fewer.
    """
    del stage  # the figure knows
    across, down = size_of(fig)
    left = MARGIN if across >= PICTURE_FRAME[0] else EDGE
    for size in (9.5, 9.0, 8.5, 8.0):
        lines = wrapped(fig, words, across - 2 * left, size)
        if len(lines) <= 2 and all(text_width(fig, line, size) <= across - 2 * left for line in lines):
            break
    else:
        raise ValueError(f"a caption must fit into two lines of {across - 2 * left} pixels, got {words!r}")
    first = down - 10 - 16 * (len(lines) - 1)
    for place, line in enumerate(lines):
        text(fig, left, first + 16 * place, line, size=size, color=theme_of(fig).mute)


def picture(fig: Figure, pixels: UInt8Array, x: int, y: int) -> Rect:
    """Puts a picture at a place, pixel for pixel; returns the rectangle it fills."""
    height, width = pixels.shape[:2]
    fig.figimage(pixels, xo=x, yo=size_of(fig)[1] - y - height, origin="upper")
    return (x, y, width, height)


def fitted(pixels: UInt8Array, width: int, height: int, *, smooth: bool = False) -> UInt8Array:
    """A picture made to fit into a box: whole multiples upwards, any scale downwards.

    smooth: shrink by averages, for pictures of many colors; else by choosing pixels: no color is new.
    """
    rows, columns = pixels.shape[:2]
    scale = min(width / columns, height / rows)
    if scale >= 1:
        times = int(scale)
        return np.repeat(np.repeat(pixels, times, axis=0), times, axis=1)
    high, wide = max(1, int(rows * scale)), max(1, int(columns * scale))
    if not smooth:
        down = (2 * np.arange(high) + 1) * rows // (2 * high)
        across = (2 * np.arange(wide) + 1) * columns // (2 * wide)
        return np.ascontiguousarray(pixels[np.ix_(down, across)])
    tops, lefts = np.arange(high) * rows // high, np.arange(wide) * columns // wide
    sums = np.add.reduceat(np.add.reduceat(pixels.astype(np.int64), tops, axis=0), lefts, axis=1)
    counts = np.outer(np.diff([*tops, rows]), np.diff([*lefts, columns]))[..., None]
    means: UInt8Array = ((2 * sums + counts) // (2 * counts)).astype(np.uint8)
    return means


def on_theme(pixels: UInt8Array, fig_or_theme: Figure | Theme = STAGE) -> UInt8Array:
    """(h, w, 3): a picture with alpha laid over the background; others as they are."""
    if pixels.shape[2] == 3:
        return pixels
    colors = fig_or_theme if isinstance(fig_or_theme, Theme) else theme_of(fig_or_theme)
    paper = np.array([int(colors.paper[i : i + 2], 16) for i in (1, 3, 5)], np.int64)
    alpha = pixels[..., 3:].astype(np.int64)
    mixed = pixels[..., :3] * alpha + paper * (255 - alpha)
    return ((2 * mixed + 255) // 510).astype(np.uint8)


def pixels(fig: Figure) -> UInt8Array:
    """(h, w, 3): the figure as it looks."""
    with style(_is_stage(fig)):
        canvas: Any = FigureCanvasAgg(fig)
        canvas.draw()
        return np.ascontiguousarray(np.asarray(canvas.buffer_rgba())[..., :3])


def hex_of(color: npt.ArrayLike) -> str:
    """'#rrggbb' of three bytes."""
    return "#" + bytes(np.asarray(color, np.uint8)[:3]).hex()


def readable_on(color: npt.ArrayLike) -> str:
    """Ink for words on a color: dark on light ones, light on dark ones."""
    red, green, blue = (int(value) for value in np.asarray(color)[:3])
    return INK if 299 * red + 587 * green + 114 * blue > 128_000 else "#FFFFFF"


def swatches(
    fig: Figure,
    rect: Rect,
    colors: UInt8Array,
    labels: Sequence[str] | None = None,
    *,
    columns: int | None = None,
    ringed: Sequence[int] = (),
    gap: float = 4,
) -> Axes:
    """A grid of colors in the order given, with words at the foot of each, some of them ringed.

    colors: (k, 3) uint8. columns: by default as many as make the swatches most nearly square.
    """
    _, _, width, height = rect
    k = len(colors)
    columns = columns or _columns(k, width / height)
    rows = -(-k // columns)
    gap = gap if k <= 64 else min(gap, 2)
    across, down = (width + gap) / columns, (height + gap) / rows
    ax = board(fig, rect)
    for i, color in enumerate(colors):
        x, y = i % columns * across, i // columns * down
        ringed_here = i in ringed
        ax.add_patch(
            Rectangle(
                (x, y),
                across - gap,
                down - gap,
                facecolor=hex_of(color),
                edgecolor=theme_of(fig).accent if ringed_here else theme_of(fig).line,
                linewidth=2.2 if ringed_here else 0.5,
                clip_on=False,
                zorder=3 if ringed_here else 2,
            )
        )
        if labels is not None:
            foot = y + down - gap - 5
            ax.text(x + 4, foot, labels[i], size=7.5, color=readable_on(color), va="baseline", zorder=4)
    return ax


def _columns(k: int, aspect: float) -> int:
    """Into how many columns k things go so that they are nearly square and few places stay empty."""

    def fault(columns: int) -> float:
        rows = -(-k // columns)
        return abs(math.log(aspect * rows / columns)) + 0.25 * (columns * rows - k)

    return min(range(1, k + 1), key=fault)


def size_bars(
    fig: Figure, rect: Rect, bars: Sequence[tuple[str, int | None, str]], *, marked: Sequence[int] = ()
) -> Axes:
    """Bars of sizes in bytes on one scale: (words, bytes or None when there is none, a quiet remark).

    marked: rows in the accent color; the rest are muted.
    """
    _, _, width, height = rect
    colors = theme_of(fig)
    ax = board(fig, rect)
    pitch = height / len(bars)
    largest = max((size or 0 for _, size, _ in bars), default=0) or 1
    for row, (words, size, remark) in enumerate(bars):
        top = row * pitch
        number = "not known" if size is None else bytes_in_words(size)
        ax.text(0, top + 13, words, size=9.5, color=colors.ink, va="baseline")
        ax.text(width, top + 13, number, size=9.5, color=colors.ink, va="baseline", ha="right", weight="bold")
        ax.add_patch(Rectangle((0, top + 19), width, 8, facecolor=colors.line, alpha=0.35, linewidth=0))
        ax.add_patch(
            Rectangle(
                (0, top + 19),
                width * (size or 0) / largest,
                8,
                facecolor=colors.accent if row in marked else colors.mute,
                linewidth=0,
            )
        )
        if remark:
            ax.text(0, top + 40, remark, size=8, color=colors.mute, va="baseline")
    return ax


def bytes_in_words(size: int) -> str:
    """'912 bytes', '36.4 kB', '422 kB', '1.23 MB': three digits, 1 kB = 1000 bytes."""
    if size < 1000:
        return f"{size} bytes"
    value, unit = (size / 1e3, "kB") if size < 999_500 else (size / 1e6, "MB")
    digits = 2 if value < 9.995 else 1 if value < 99.95 else 0
    return f"{value:.{digits}f} {unit}"


def save_still(
    fig: Figure,
    path: str | Path,
    *,
    title: str,
    caption: str,
    meta: dict[str, Any],
    overwrite: bool = True,
) -> int:
    """Writes a figure as .png or .svg, and its alt text beside it as `<path>.txt`; returns the file's bytes.

    title, caption, meta: go into the file's metadata; no dates do: the same figure is the same bytes.
    """
    path = Path(path)
    kind = path.suffix.lower()
    if kind == ".png":
        data = png_of(pixels(fig), notes_of(title, caption, meta))
    elif kind == ".svg":
        data = svg_of(fig, notes_of(title, caption, meta))
    else:
        raise SettingsError(f"a still is written as .png or .svg, got {path.name!r}")
    codecs.write_atomically(path, data, overwrite=overwrite)
    write_alt_text(path, title, caption, overwrite=overwrite)
    return len(data)


def png_of(pixels: UInt8Array, notes: dict[str, str]) -> bytes:
    """The bytes of a PNG file: indexed when 256 colors are enough for all, else 24 bits a pixel."""
    flat = pixels.astype(np.uint32)
    codes = flat[..., 0] << 16 | flat[..., 1] << 8 | flat[..., 2]
    distinct, indices = np.unique(codes, return_inverse=True)
    if len(distinct) <= 256:
        colors = np.stack([distinct >> 16, distinct >> 8 & 255, distinct & 255], axis=1).astype(np.uint8)
        indexed = IndexedImage(Palette(colors), indices.reshape(codes.shape).astype(np.uint8))
        return with_text(codecs.encode(indexed, "png"), notes)
    from ..codecs.truecolor import truecolor_png

    return with_text(truecolor_png(Image(pixels)), notes)


def svg_of(fig: Figure, notes: dict[str, str]) -> bytes:
    """The bytes of an SVG file; letters are outlines, so that it looks the same everywhere."""
    file = io.BytesIO()
    width, height = size_of(fig)
    metadata = {
        "Title": notes["Title"],
        "Description": f"{notes['Description']} ({notes['Comment']})",
        "Creator": notes["Software"],
        "Date": None,
    }
    with style(_is_stage(fig)):
        fig.savefig(file, format="svg", metadata=metadata)
    return _lean(file.getvalue().decode(), width, height).encode()


def _lean(svg: str, width: int, height: int) -> str:
    """Matplotlib's SVG with the size in pixels, hundredths of a point, and nothing superfluous: a third smaller."""
    # In points, as Matplotlib says it, a browser would show the frame smaller than its pixels.
    svg = re.sub(r'width="[\d.]+pt" height="[\d.]+pt"', f'width="{width}" height="{height}" role="img"', svg, count=1)
    svg = re.sub(r'( (?:d|x|y|transform)=")([^"]*)', lambda match: match[1] + _rounded(match[2]), svg)
    svg = re.sub(r'( d=")([^"]*)', lambda match: match[1] + re.sub(r" ?([MLQCz]) ?", r"\1", match[2]), svg)
    svg = re.sub(r'style="(fill|stroke): (#[0-9a-f]{6})"', r'\1="\2"', svg)
    for blank in re.findall(r'<path id="([^"]+)" transform="[^"]*"/>', svg):  # the space has no outline
        svg = re.sub(rf'<(?:use xlink:href="#|path id="){blank}"[^>]*/>', "", svg)
    svg = re.sub(r"\bDejaVuSans(-Bold)?-(?=[0-9a-f]+\")", lambda match: "b" if match[1] else "r", svg)
    # Letters are placed to whole units of their text, about a tenth of a point; outlines are whole numbers already.
    svg = re.sub(
        r'(<use xlink:href="#[^"]+") transform="translate\((-?[\d.]+) 0\)"/>',
        lambda match: f'{match[1]} x="{round(float(match[2]))}"/>',
        svg,
    )
    svg = re.sub(r'(<path id="[rb][0-9a-f]+" d=")([^"]*)', lambda match: match[1] + _relative(match[2]), svg)
    svg = re.sub(r"<!--.*?-->", "", svg)
    lines = (line.strip() for line in svg.splitlines())
    return "\n".join(line for line in lines if line) + "\n"


def _relative(outline: str) -> str:
    """An outline of M, L, Q, C and z in steps from point to point: shorter numbers, the same places."""
    x = y = start_x = start_y = 0
    words = []
    for command, numbers in re.findall(r"([MLQCz])([^MLQCz]*)", outline):
        values = [int(number) for number in numbers.split()]
        pairs = list(zip(values[::2], values[1::2], strict=True))
        steps = " ".join(f"{px - x} {py - y}" for px, py in pairs)
        words.append(command.lower() + steps.replace(" -", "-"))
        if command == "z":
            x, y = start_x, start_y
        else:
            x, y = pairs[-1]
        if command == "M":
            start_x, start_y = x, y
    return "".join(words)


def _two_decimals(match: re.Match[str]) -> str:
    return match[0] if match[0].startswith("scale") else f"{float(match[0]):.2f}"


def _rounded(numbers: str) -> str:
    """Path data or a transform with at most two decimals, but scales as they are."""
    words = re.sub(r"scale\([^)]*\)|-?\d+\.\d{3,}", _two_decimals, numbers)
    return re.sub(r" ?\n ?", " ", words).strip()
