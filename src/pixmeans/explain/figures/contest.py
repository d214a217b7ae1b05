"""The honest chart: what palettes, the article's other ways and everyday codecs take for which quality."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from .. import style
from ..contest import AWARE, AWARE_WEBP, CODECS, MANY, PLAIN, Contest, Entry, envelope, verdict
from ..followed import Region
from ..layout import loupe, loupe_size
from ..replay import shown
from ..wording import size
from . import FigureRow, Plan

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from ..runs import Runs

# Below, SSIMULACRA2 and PSNR are off the scale: nobody wants such files.
LOWEST, LOWEST_DB = -20.0, 18.0

# Color, marker and line. Palettes are orange, vector quantization is blue, what every browser reads green and white.
LOOKS = {
    PLAIN: ("#FFB000", "o", ":"),
    AWARE: ("#FFB000", "s", "-"),
    AWARE_WEBP: ("#FFB000", "D", "--"),
    MANY: ("#FFB000", "^", ":"),
    "pngquant + oxipng": ("#A9A69E", "x", ":"),
    "vector quantization": ("#56B4E9", "^", "-"),
    "ECVQ": ("#56B4E9", "v", "--"),
    "fractal": ("#CC79A7", "P", "-"),
    "JPEG": ("#F2F0EA", "o", ":"),
    "WebP": ("#2FC79A", "s", "--"),
    "AVIF": ("#2FC79A", "D", "-"),
    "lossless WebP": ("#2FC79A", "*", ""),
    "PNG + oxipng": ("#A9A69E", "*", ""),
}
_OTHER = ("#F2F0EA", ".", "-")  # a codec that is not in the table yet

COLUMNS, GAP, PANEL = 5, 7, (196, 146)
CROP = (98, 73)  # pixels of the picture in a panel


def contest_chart(these: Contest, region: Region, *, seconds: bool = False) -> Figure:
    """F21: SSIMULACRA2 and PSNR against bytes, a line a codec, and the same place of all files of equal size.

    region: the place that panels show. seconds: whether they tell how long each took, which no two runs agree on.
    """
    rows = -(-(1 + len(these.equal)) // COLUMNS)
    each = PANEL[1] + (52 if seconds else 38)
    fig = style.figure((1040, 548 + rows * each + 44))
    theme = style.theme_of(fig)
    style.title(fig, "What a byte buys", f"{these.image.width} x {these.image.height} pixels, real files")
    style.text(
        fig, 24, 66, "Quality: SSIMULACRA2, 100 is the original, 80 hardly to be told from it", size=9.5, weight="bold"
    )
    qualities(these, style.axes(fig, (62, 78, 590, 402)))
    style.text(fig, 690, 66, "PSNR, dB", size=9.5, weight="bold")
    psnrs(these, style.axes(fig, (722, 78, 288, 168)))
    _legend(fig, these, 700, 300)
    y = 548
    style.text(
        fig,
        style.MARGIN,
        y - 14,
        f"The same place, {size(these.budget)} each or as near as a codec comes",
        size=11,
        weight="bold",
    )
    panels: list[tuple[str, list[str], Entry | None]] = [
        ("the original", [size(these.image.pixels.nbytes) + " raw"], None)
    ]
    for file in these.equal:
        told = "no error" if file.lossless else f"SSIMULACRA2 {file.quality:.1f}"
        words = [f"{size(file.size_bytes)}, {told}"]
        if seconds:
            words.append(f"encode {file.encode_seconds:.2f} s, decode {file.decode_seconds:.2f} s")
        panels.append((file.codec.name, words, file))
    for place, (name, words, entry) in enumerate(panels):
        x = style.MARGIN + place % COLUMNS * (PANEL[0] + GAP)
        top = y + place // COLUMNS * each
        image = these.image if entry is None else entry.image
        wide, high = loupe_size(region, PANEL)
        loupe(fig, (x, top, wide, high), shown(image.pixels), region)
        color = theme.ink if entry is None else LOOKS.get(name, _OTHER)[0]
        style.text(fig, x, top + PANEL[1] + 14, name, size=9, weight="bold", color=color)
        for line, text in enumerate(words):
            style.text(fig, x, top + PANEL[1] + 28 + 13 * line, text, size=8.5, color=theme.mute)
    style.caption(fig, contest_caption(these))
    return fig


def qualities(these: Contest, ax: Axes) -> Axes:
    """SSIMULACRA2 against bytes; the bytes of the panels are marked."""
    _lines(these, ax, lambda entry: entry.quality)
    least = min(entry.quality for entry in these.all_entries)
    low = max(LOWEST, min(40.0, least - 5))
    ax.set_ylim(low, 104)
    ax.set_yticks([tick for tick in (0, 20, 40, 60, 80, 100) if tick >= low])
    ax.axvline(these.budget, color=style.theme_of(ax.figure).mute, linewidth=0.8, linestyle=":")
    return ax


def psnrs(these: Contest, ax: Axes) -> Axes:
    """PSNR against bytes; files without error have no place on such a scale."""
    _lines(these, ax, lambda entry: entry.psnr)
    found = [entry.psnr for entry in these.all_entries if entry.psnr is not None]
    if found:
        ax.set_ylim(max(LOWEST_DB, min(found) - 1), max(max(found) + 1, LOWEST_DB + 2))
    else:
        ax.set_yticks([])
        ax.text(0.5, 0.5, "no error at all", transform=ax.transAxes, ha="center", va="center")
    return ax


def _lines(these: Contest, ax: Axes, value: Callable[[Entry], float | None]) -> None:
    """A line a codec, through the files that none of its smaller ones beats."""
    sizes = [entry.size_bytes for entry in these.all_entries]
    low, high = min(sizes) / 1.15, max(sizes) * 1.15
    ax.set_xscale("log")
    ax.set_xlim(low, high)
    ax.minorticks_off()
    ticks = [step * 10**power for power in range(1, 10) for step in (1, 2, 5) if low <= step * 10**power <= high]
    ticks = ticks if len(ticks) <= 7 else [tick for tick in ticks if str(tick)[0] != "5"][-7:]
    if ax.get_position().width < 0.4:
        ticks = ticks[:: -(-len(ticks) // 4)]
    ax.set_xticks(ticks, [size(tick).replace(".00", "").replace(".0", "") for tick in ticks])
    ax.grid(True, axis="y", linewidth=0.6, alpha=0.5)
    for name, entries in these.entries.items():
        color, marker, line = LOOKS.get(name, _OTHER)
        points = [(entry.size_bytes, value(entry)) for entry in envelope(entries)]
        known = [(x, y) for x, y in points if y is not None]
        if known:
            ax.plot(
                *zip(*known, strict=True),
                color=color,
                marker=marker,
                markersize=9 if marker == "*" else 5,
                linestyle=line or "None",
                linewidth=1.4,
            )


def _legend(fig: Figure, these: Contest, x: float, y: float) -> None:
    """The codecs in the order of the table, each with its mark, and those that are left out."""
    theme = style.theme_of(fig)
    names = [codec.name for codec in CODECS if codec.name in these.entries]
    ax = style.board(fig, (x, y, 320, 16 * len(names)))
    for row, name in enumerate(names):
        color, marker, line = LOOKS.get(name, _OTHER)
        height = 16 * row + 8
        if line:
            ax.plot([0, 34], [height, height], color=color, linestyle=line, linewidth=1.4)
        ax.plot([17], [height], color=color, marker=marker, markersize=9 if marker == "*" else 5, linestyle="None")
        quiet = these.entries[name][0].codec.words[1]
        ax.text(44, height + 4, name, size=9, va="baseline")
        ax.text(192, height + 4, quiet, size=8.5, va="baseline", color=theme.mute)
    if these.left_out:
        words = style.wrapped(f"left out, {'; '.join(these.left_out)}", 316, 8)
        for line_number, text in enumerate(words):
            style.text(fig, x, y + 16 * len(names) + 14 + 12 * line_number, text, size=8, color=theme.mute)


def contest_caption(these: Contest) -> str:
    """What F21 says at its foot."""
    return (
        f"{verdict(these)} Each mark is a file that was written, read and judged; between two, sizes are interpolated."
    )


def crop_region(image_size: tuple[int, int], around: Region) -> Region:
    """A place of CROP pixels around the middle of a region, within the picture (width, height)."""
    width, height = (min(side, most) for side, most in zip(CROP, image_size, strict=True))
    x = around[0] + around[2] // 2 - width // 2
    y = around[1] + around[3] // 2 - height // 2
    return max(0, min(x, image_size[0] - width)), max(0, min(y, image_size[1] - height)), width, height


def meta(these: Contest) -> dict[str, str]:
    """What the file's metadata says: each codec with its settings."""
    return {name: _settings(entries) for name, entries in these.entries.items()}


def _settings(entries: Sequence[Entry]) -> str:
    return " ".join(entry.codec.in_words(entry.setting).split(",")[-1].strip() for entry in entries)


def plan(runs: Runs) -> Plan:
    """All codecs of the table."""
    these = runs.contest
    region = crop_region((runs.image.width, runs.image.height), runs.target.region)
    return Plan(contest_caption(these), meta(these), lambda: contest_chart(these, region))


FIGURE = FigureRow("F21", "contest", "What a byte buys: palettes and other codecs", (".png",), plan)
