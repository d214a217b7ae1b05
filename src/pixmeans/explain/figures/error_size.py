"""Error, quality and bytes against the number of colors, and the numbers that a wish for either chooses."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, log2, sqrt
from typing import TYPE_CHECKING

from ...choices import format_name
from ...flow.ladder import Trial
from ...flow.result import Compressed
from ...records import dataclass
from ...settings import AUTO_QUALITY, Quality
from .. import style
from ..alt_text import meta_of
from ..followed import Target
from ..layout import loupe, loupe_size
from ..replay import shown
from ..wording import count_of, made_with, rmse, round_size, size
from . import FigureRow, Plan

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from ..runs import Runs

# How many colors are tried: powers of two, and one between each two of them.
COUNTS = (2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256)

# Up to how many colors an index of a PNG or GIF takes how many bits.
INDEX_BITS = ((2, 1), (4, 2), (16, 4), (256, 8))

# Worse than this SSIMULACRA2 is off the scale: 0 is "very bad" already, and 2 colors would take most of the room.
LOWEST = -30.0

_SHAPES, _TINTS = ("D", "s"), (style.STAGE.accent, style.CATEGORIES[5])


@dataclass(frozen=True, eq=False)
class Wish:
    """What somebody wants of a file, and what was chosen for it.

    words: as a person says it. level: SSIMULACRA2 or bytes. of_bytes: which of the two. result: with its `search`.
    """

    words: str
    level: float
    of_bytes: bool
    result: Compressed

    @property
    def k(self) -> int:
        """The number of colors that was chosen."""
        return len(self.result.palette)

    @property
    def attempts(self) -> tuple[Trial, ...]:
        """What was tried, in order."""
        return () if self.result.search is None else self.result.search.attempts


def counts_for(colors: int, transparent: bool = False) -> list[int]:
    """The numbers of colors to try for a picture with so many different ones.

    transparent: whether one of them is, beside others; then 1 is not enough.

    >>> counts_for(5), counts_for(1)
    ([2, 3, 4, 5], [1])
    """
    least = 2 if transparent or colors > 1 else 1
    return sorted({least, *(k for k in COUNTS if k < colors), *([colors] if colors <= 256 else [])})


def error_size(
    results: Sequence[Compressed], scores: Sequence[float], wishes: Sequence[Wish], target: Target
) -> Figure:
    """F18: RMSE, SSIMULACRA2 and bytes of the real file against k, and which k two wishes choose.

    results: with rising k. scores: the SSIMULACRA2 of each. wishes: at most two. target: what the loupes show.
    """
    fig = style.figure((1040, 648))
    style.title(fig, "What each color brings, and what it costs", made_with(results[0].settings, k=False))
    heads = (
        "Error: RMSE over R, G and B",
        "Quality: SSIMULACRA2, 100 is the original, 80 hardly to be told from it",
        f"The real file, {format_name(results[0].format)}",
    )
    charts = []
    for place, words in enumerate(heads):
        style.text(fig, 24, 70 + 162 * place, words, size=9.5, weight="bold")
        charts.append(style.axes(fig, (84, 82 + 162 * place, 548, 116)))
    errors(results, charts[0])
    qualities(results, scores, charts[1])
    sizes(results, charts[2])
    for place, ax in enumerate(charts):
        _wished(ax, wishes, place)
    _label_lines(charts[0], wishes)
    _bits(fig, (84, 546, 548, 16), charts[2], len(results[-1].palette))
    for place, wish in enumerate(wishes):
        _chosen(fig, (684, 62 + 262 * place, 340, 250), wish, place, target)
    style.caption(fig, error_size_caption(results, wishes))
    return fig


def _axis(ax: Axes, results: Sequence[Compressed]) -> None:
    """k from left to right, each doubling as wide as any other."""
    counts = [len(result.palette) for result in results]
    ticks = [2**power for power in range(9) if counts[0] <= 2**power <= counts[-1]] or counts[:1]
    ax.set_xscale("log", base=2)
    ax.set_xlim(counts[0] / 1.12, max(counts[-1], 2 * counts[0]) * 1.12)
    ax.set_xticks(ticks, [str(tick) for tick in ticks])
    ax.minorticks_off()
    ax.grid(True, axis="y", linewidth=0.6, alpha=0.5)


def errors(results: Sequence[Compressed], ax: Axes) -> Axes:
    """RMSE against k, both in equal steps for equal ratios; what has no error has no place on such a scale."""
    lossy = [(len(result.palette), rmse(result)) for result in results if result.mse > 0]
    _axis(ax, results)
    if lossy:
        ax.set_yscale("log")
        ax.plot(*zip(*lossy, strict=True), color=style.theme_of(ax.figure).ink, marker=".", markersize=6)
        _few_log_ticks(ax, [error for _, error in lossy], "{:.3g}")
    else:
        ax.set_yticks([])
        ax.text(0.5, 0.5, "no error at all", transform=ax.transAxes, ha="center", va="center")
    return ax


def qualities(results: Sequence[Compressed], scores: Sequence[float], ax: Axes) -> Axes:
    """SSIMULACRA2 against k; below LOWEST it is off the scale."""
    theme = style.theme_of(ax.figure)
    _axis(ax, results)
    counts = [len(result.palette) for result in results]
    ax.plot(counts, scores, color=theme.ink, marker=".", markersize=6)
    low = min(0.0, max(LOWEST, min(scores)))
    ax.set_ylim(low - 2, 104)
    ax.set_yticks([tick for tick in (-25, 0, 25, 50, 75, 100) if tick >= low])
    return ax


def sizes(results: Sequence[Compressed], ax: Axes) -> Axes:
    """Bytes of the file against k, both in equal steps for equal ratios."""
    _axis(ax, results)
    found = [(len(result.palette), result.sizes.file) for result in results]
    ax.set_yscale("log")
    ax.plot(*zip(*found, strict=True), color=style.theme_of(ax.figure).ink, marker=".", markersize=6)
    _few_log_ticks(ax, [float(bytes_) for _, bytes_ in found], None)
    return ax


def _few_log_ticks(ax: Axes, values: Sequence[float], form: str | None) -> None:
    """A logarithmic axis from 1, 2 or 5 times a power of ten to another, with at most seven numbers."""
    low, high = min(values), max(values)
    steps = [mantissa * 10.0**power for power in range(-4, 10) for mantissa in (1, 2, 5)]
    start = max((step for step in steps if step <= low), default=steps[0])
    end = min((step for step in steps if step >= high and step > start), default=steps[-1])
    within = [step for step in steps if start <= step <= end]
    if len(within) > 7:
        within = [step for step in within if str(f"{step:e}")[0] == "1"]
    ax.set_ylim(min(start, low) * 0.93, max(end, high) * 1.07)
    ax.set_yticks(within, [round_size(round(step)) if form is None else form.format(step) for step in within])
    ax.minorticks_off()


def _wished(ax: Axes, wishes: Sequence[Wish], place: int) -> None:
    """What was wished for as a level, what was tried as rings, what was chosen as a line through all charts."""
    for number, wish in enumerate(wishes):
        color, shape = _TINTS[number], _SHAPES[number]
        ax.axvline(wish.k, color=color, linewidth=1.2, alpha=0.9, zorder=1)
        value = (rmse(wish.result), _score(wish), wish.result.sizes.file)[place]
        low, high = ax.get_ylim()
        if value is not None and low <= value <= high and not (place == 0 and wish.result.mse == 0):
            ax.plot([wish.k], [value], shape, color=color, markersize=7, zorder=5, clip_on=False)
        if place == (2 if wish.of_bytes else 1):
            ax.axhline(wish.level, color=color, linewidth=1.0, linestyle=(0, (2, 2)), zorder=1)
            tried = [(one.settings.k, one.size if wish.of_bytes else one.quality) for one in wish.attempts]
            tried = [(k, found) for k, found in tried if found is not None and low <= found <= high]
            if tried:
                ax.plot(
                    *zip(*tried, strict=True), "o", mfc="none", mec=color, ms=8, mew=1.1, ls="", zorder=4, clip_on=False
                )


def _label_lines(ax: Axes, wishes: Sequence[Wish]) -> None:
    """Each chosen k beside its line: the lower one at its left, the higher one at its right if there is room."""
    low, high = (log2(edge) for edge in ax.get_xlim())
    before: float | None = None
    for wish, color in sorted(zip(wishes, _TINTS, strict=False), key=lambda pair: pair[0].k):
        where = (log2(wish.k) - low) / (high - low)
        if before == where:
            continue
        left = where > 0.9 or (before is None and where > 0.1 and any(other.k > wish.k for other in wishes))
        lower = left and before is not None and where - before < 0.2
        ax.annotate(
            f"k = {wish.k}",
            (wish.k, 1.0),
            xycoords=("data", "axes fraction"),
            xytext=(-6 if left else 6, -18 if lower else -2),
            textcoords="offset points",
            ha="right" if left else "left",
            va="top",
            size=9,
            weight="bold",
            color=color,
        )
        before = where


def _score(wish: Wish) -> float | None:
    best = wish.result.search.best if wish.result.search else None
    if wish.result.mse == 0:
        return 100.0
    return None if best is None else best.quality


def _bits(fig: Figure, box: style.Rect, ax: Axes, last: int) -> None:
    """Under the axis: where an index takes 1, 2, 4 and 8 bits."""
    theme = style.theme_of(fig)
    low, high = (log2(edge) for edge in ax.get_xlim())
    board = style.board(fig, box)
    start = low
    for most, bits in INDEX_BITS:
        end = min(log2(min(most, last)) + 0.08, high)
        if end <= start:
            continue
        left, right = ((edge - low) / (high - low) * box[2] for edge in (start, end))
        board.plot([left + 1, right - 1], [2, 2], color=theme.mute, linewidth=2, solid_capstyle="butt")
        words = count_of(bits, "bit") + (" an index" if right - left > 110 else "")
        if right - left > 60 or bits > 1:
            board.text((left + right) / 2, 16, words, size=8.5, color=theme.mute, ha="center", va="baseline")
        elif bits == 1:
            board.text(max(left, (left + right) / 2), 16, words, size=8.5, color=theme.mute, ha="center", va="baseline")
        start = end
    middle = box[0] + box[2] / 2
    style.text(fig, middle, box[1] + 34, "k, the number of colors", size=9, color=theme.mute, align="center")


def _chosen(fig: Figure, box: style.Rect, wish: Wish, number: int, target: Target) -> None:
    """What one wish chose: in words, and through a loupe beside the original."""
    x, y, width, _ = box
    theme = style.theme_of(fig)
    mark = style.board(fig, (x, y - 2, 16, 16))
    mark.plot([7], [8], _SHAPES[number], color=_TINTS[number], markersize=7)
    style.text(
        fig, x + 18, y + 10, wish.words + ("" if wish.result.reached else ": not reached"), size=11, weight="bold"
    )
    score = _score(wish)
    told = [f"{size(wish.result.sizes.file)}"]
    told += ["no error"] if wish.result.mse == 0 else [f"RMSE {rmse(wish.result):.1f}"]
    told += [] if score is None or wish.result.mse == 0 else [f"SSIMULACRA2 {score:.1f}"]
    style.text(fig, x, y + 32, f"k = {wish.k}: {', '.join(told)}", size=9.5)
    tried = [str(one.settings.k) for one in wish.attempts]
    some = ", ".join(tried[:7]) + (", ..." if len(tried) > 7 else "")
    style.text(fig, x, y + 50, f"tried (rings): k = {some}", size=9, color=theme.mute)
    original = wish.result.original
    wide, high = loupe_size(target.region, ((width - 10) / 2, 140))
    pictures = ((original.pixels, "original"), (wish.result.indexed.to_image().pixels, f"k = {wish.k}"))
    for place, (pixels, words) in enumerate(pictures):
        left = x + place * (wide + 10)
        loupe(fig, (left, y + 62, wide, high), shown(pixels), target.region)
        style.text(fig, left, y + 62 + high + 16, words, size=9, color=theme.mute)


def per_doubling(results: Sequence[Compressed]) -> tuple[Compressed, Compressed, float, float] | None:
    """By what factors error and bytes change when k doubles, and from which result to which that is.

    From 16 colors (or the fewest) to the most that have an error; None when there are no two such results.
    """
    lossy = [result for result in results if result.mse > 0]
    if len(lossy) < 2:
        return None
    first = next((result for result in lossy[:-1] if len(result.palette) >= 16), lossy[0])
    last = lossy[-1]
    doublings = log2(len(last.palette) / len(first.palette))
    error, bytes_ = rmse(last) / rmse(first), last.sizes.file / first.sizes.file
    return first, last, error ** (1 / doublings), bytes_ ** (1 / doublings)


def error_size_caption(results: Sequence[Compressed], wishes: Sequence[Wish]) -> str:
    """What F18 says at its foot."""
    change, told = per_doubling(results), ""
    if change is not None:
        first, last, error, bytes_ = change
        told = (
            f" From k = {len(first.palette)} to {len(last.palette)} each doubling takes the error {_by(error)} "
            f"and the file {_by(bytes_)}."
        )
    ends = "; ".join(
        f"{wish.words[0].lower()}{wish.words[1:]}{'' if wish.result.reached else ' (not reached)'}: k = {wish.k}"
        for wish in wishes
    )
    exact = results[-1]
    counts = " to ".join(dict.fromkeys(str(len(result.palette)) for result in (results[0], exact)))
    lossless = f" With {count_of(len(exact.palette), 'color')} nothing is lost." if exact.mse == 0 else ""
    return (
        f"k = {counts}, {made_with(results[0].settings, k=False)}, no "
        f"dithering; raw pixels are {size(results[0].sizes.raw)}.{told}{lossless} Chosen for {ends}."
    )


def _by(factor: float) -> str:
    change = round(100 * abs(factor - 1))
    return f"{'up' if factor > 1 else 'down'} by {change} %" if change else "nowhere"


def plan(runs: Runs) -> Plan:
    """Many numbers of colors as `compress` makes them, and what it chooses for a quality and for a size."""
    settings = runs.bare(dither="none")
    most_colors = settings.but(k=min(runs.k_or(max(COUNTS)), max(COUNTS)))
    colors = min(len(runs.histogram), most_colors.k) if "k" in runs.asked else len(runs.histogram)
    results = [runs.result(settings.but(k=k)) for k in counts_for(colors, bool(runs.transparent))]
    scores = [runs.quality(result) for result in results]
    usual = runs.usual()
    quality = usual.quality or Quality.parse(AUTO_QUALITY)
    files = [result.sizes.file for result in results]
    most = usual.max_bytes or _round_up(sqrt(min(files) * max(files)))
    wishes = (
        Wish(f"Quality {quality}", quality.aim, False, runs.result(most_colors.but(quality=quality))),
        Wish(f"At most {round_size(most)}", most, True, runs.result(most_colors.but(max_bytes=most))),
    )
    if min(wish.k for wish in wishes) < len(results[0].palette):
        results.insert(0, runs.result(settings.but(k=1)))
        scores.insert(0, runs.quality(results[0]))
    meta = {**meta_of(settings), "k": " ".join(str(len(result.palette)) for result in results)}
    caption = error_size_caption(results, wishes)
    return Plan(caption, meta, lambda: error_size(results, scores, wishes, runs.target))


def _round_up(value: float) -> int:
    """The next number of one digit and noughts.

    >>> _round_up(35_400), _round_up(9.1)
    (40000, 10)
    """
    step = 10 ** max(0, len(str(ceil(value))) - 1)
    return ceil(value / step) * step


FIGURE = FigureRow("F18", "error-size", "Error and size against k", (".png",), plan)
