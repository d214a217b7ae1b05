"""What the start decides: three seeds side by side, where they disagree, and the errors of many."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from ...arrays import FloatArray, UInt8Array
from ...color.histogram import rows_of
from ...records import dataclass, replace
from .. import style
from ..alt_text import meta_of
from ..animation import Frame, stay
from ..export import pixels_of
from ..layout import fit, palette_bar, panel, picture, scaled
from ..replay import Replay
from ..wording import count_of
from . import FigureRow, Plan
from .centroids import beside_most
from .run import whole_ticks

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from ..runs import Runs

FEW = 16  # colors that are shown beside 256
PLACES = ("best", "middle", "worst")  # the runs with a panel of their own, by their error at the end


@dataclass(frozen=True, eq=False)
class Starts:
    """Many runs of one picture that differ only in their seeds, at least one."""

    replays: tuple[Replay, ...]

    @property
    def k(self) -> int:
        """Colors of each run."""
        return self.replays[0].trace.k

    @cached_property
    def errors(self) -> FloatArray:
        """(n,) the RMSE (over R, G and B) of each run at its end."""
        return np.array([replay.rmse(replay.last) for replay in self.replays])

    @property
    def chosen(self) -> list[int]:
        """The runs that are shown: the best, the middle and the worst one."""
        order = np.argsort(self.errors, kind="stable").tolist()
        return [order[0], order[len(order) // 2], order[-1]]

    @property
    def absolute(self) -> float:
        """From the best to the worst RMSE."""
        return float(np.ptp(self.errors))

    @property
    def relative(self) -> float:
        """The same as a share of the best."""
        return self.absolute / max(float(self.errors.min()), 1e-12)


def disagreement(starts: Starts) -> FloatArray:
    """(h, w) how far the runs' colors of a pixel are from their mean: the root mean square, over R, G and B."""
    first = starts.replays[0]
    total = np.zeros((len(first.histogram), 3))
    squares = np.zeros(len(first.histogram))
    for replay in starts.replays:
        colors = replay.colors(replay.last)[replay.labels(replay.last)][:, :3].astype(np.float64)
        total += colors
        squares += np.add.reduce(colors * colors, axis=1)
    mean = total / len(starts.replays)
    spread = squares / len(starts.replays) - np.add.reduce(mean * mean, axis=1)
    return np.asarray(np.sqrt(np.maximum(spread, 0.0))[rows_of(first.image.pixels, first.histogram)])


def matched(colors: UInt8Array, others: UInt8Array) -> npt.NDArray[np.intp]:
    """For each color its partner among the others, the nearest pair first; (k, 3 or 4) both."""
    difference = colors[:, None, :3].astype(np.int64) - others[None, :, :3]
    distance = np.add.reduce(difference * difference, axis=2)
    partner = np.full(len(colors), -1, np.intp)
    taken = np.zeros(len(others), bool)
    for pair in np.argsort(distance, axis=None, kind="stable"):
        row, column = divmod(int(pair), len(others))
        if partner[row] < 0 and not taken[column]:
            partner[row], taken[column] = column, True
    return partner


def starts(here: Starts, other: Starts, scale: float | None = None) -> Figure:
    """F14, F15: three runs, where all disagree, and the final errors of all as dots.

    other: the same seeds with another k, on the same scale of errors. scale: what the map of disagreement shows as
    brightest, the same for both figures; by default this one's 99.5 % quantile.
    """
    k = here.k
    count = len(here.replays)
    first = here.replays[here.chosen[0]]
    wide = 244
    height = fit(first.image.width, first.image.height, (wide, 262 if first.image.height > first.image.width else 190))[
        1
    ]
    fig = style.figure((1040, 76 + max(height, 60) + 340))
    theme = style.STAGE
    title = f"{count} starts, {count_of(k, 'color')}" + (": other results" if here.relative > 0.02 else "")
    if k > 64:
        title = f"{count} starts, {k} colors: alike to the eye"
    style.title(fig, title, _words(here))
    image = first.image
    order = np.argsort(-first.shares(first.last), kind="stable")
    reference = first.colors(first.last)[order]
    for place, run in enumerate(here.chosen):
        replay = here.replays[run]
        x = style.MARGIN + place * (wide + 10)
        head = f"Seed {replay.trace.settings.seed}: {PLACES[place]}"
        style.text(fig, x, 66, head, size=10.5, weight="bold")
        words = f"RMSE {here.errors[run]:.2f}"
        style.text(fig, x + wide, 66, words, size=9.5, color=theme.mute, align="right")
        panel(fig, (x, 76, wide, height), replay.picture(replay.last))
        colors = replay.colors(replay.last)
        mine = matched(reference, colors) if len(colors) == len(reference) else np.arange(len(colors))
        palette_bar(fig, (x, 76 + height + 8, wide, 18), colors[mine], np.ones(len(colors)))
    x = style.MARGIN + 3 * (wide + 10)
    spread = disagreement(here)
    top = float(np.quantile(spread, 0.995)) if scale is None else scale
    style.text(fig, x, 66, f"Where {count} starts disagree", size=10.5, weight="bold")
    size = fit(image.width, image.height, (wide, height))
    heat = style.heat(np.clip(spread / max(top, 1e-9), 0, 1), "cividis")
    panel(fig, (x, 76, wide, height), scaled(heat, *size))
    ramp = style.heat(np.linspace(0, 1, 150)[None], "cividis")
    y = 76 + height + 8
    picture(fig, ramp.repeat(18, axis=0), x + 24, y)
    style.text(fig, x, y + 14, "0", size=9, color=theme.mute)
    style.text(fig, x + 180, y + 14, f"{top:.0f} or more", size=9, color=theme.mute)
    unit = "RMS distance from their mean color"
    style.text(fig, x, y + 34, unit, size=8.5, color=theme.mute)
    y += 64
    style.text(fig, style.MARGIN, y - 6, f"RMSE of {count} starts at their end", size=10.5, weight="bold")
    ax = style.axes(fig, (70, y + 8, 600, 150))
    both = sorted((here, other), key=lambda starts: starts.k)
    final_errors(both, ax)
    for row, runs in enumerate(both):
        at = y + 30 + row * 52
        marked = theme.ink if runs is here else theme.mute
        style.text(
            fig,
            720,
            at,
            f"k = {runs.k}: {runs.errors.min():.2f} to {runs.errors.max():.2f}",
            size=10.5,
            weight="bold",
            color=marked,
        )
        words = f"spread {runs.absolute:.2f}, {100 * runs.relative:.0f} % of the best"
        style.text(fig, 720, at + 18, words, size=9.5, color=theme.mute)
    style.caption(fig, starts_caption(here, other))
    return fig


def final_errors(runs: Sequence[Starts], ax: Axes) -> Axes:
    """The final errors of many starts as dots, a row for each k, all on one scale; those shown have their seed."""
    theme = style.theme_of(ax.figure)
    top = max(float(starts.errors.max()) for starts in runs)
    for row, many in enumerate(runs):
        errors = many.errors
        # Dots that would cover one another go up and down in turn.
        rank = np.argsort(np.argsort(errors, kind="stable"), kind="stable")
        lift = 0.13 * ((rank % 5) - 2)
        lift[list(many.chosen)] = np.linspace(-0.3, 0.3, len(many.chosen))  # theirs are larger, with a number in them
        color = style.CATEGORIES[5] if row else style.CATEGORIES[4]
        ax.scatter(errors, row + lift, s=26, color=color, alpha=0.75, linewidths=0, marker="os"[row % 2])
        for run in many.chosen:
            at = (errors[run], row + lift[run])
            ax.scatter(*at, s=110, marker="o", color=theme.paper, edgecolors=theme.ink, linewidths=1.2, zorder=3)
            seed = str(many.replays[run].trace.settings.seed)
            ax.text(*at, seed, size=6.5, ha="center", va="center_baseline", zorder=4, color=theme.ink)
    ax.set(xlim=(0, top * 1.05 or 1), ylim=(len(runs) - 0.5, -0.5), yticks=range(len(runs)))
    ax.set_yticklabels([f"k = {many.k}" for many in runs])
    ax.set_xlabel("RMSE over R, G and B")
    return ax


def _words(here: Starts) -> str:
    """Start and seeds, as a caption says them."""
    words = here.replays[0].trace.in_words()
    return words.rpartition(", seed")[0] if ", seed" in words else words


def _change(before: float, after: float) -> str:
    return "stays" if abs(after - before) < 1e-9 else "shrinks" if after < before else "grows"


def starts_caption(here: Starts, other: Starts) -> str:
    """What F14 and F15 say at their foot: how the spread changes with k, as it is."""
    few, many = sorted((here, other), key=lambda starts: starts.k)
    absolute, relative = _change(few.absolute, many.absolute), _change(few.relative, many.relative)
    joint = "and" if absolute == relative else "while it"
    seeds = [replay.trace.settings.seed for replay in here.replays]
    span = (
        f"seeds {seeds[0]} to {seeds[-1]}" if seeds == list(range(seeds[0], seeds[-1] + 1)) else f"{len(seeds)} seeds"
    )
    return (
        f"{_words(here)}, {span}. From k = {few.k} to {many.k} the spread between best and worst {absolute} in "
        f"absolute error ({few.absolute:.2f} to {many.absolute:.2f}) {joint} {relative} relative to the best "
        f"({100 * few.relative:.0f} % to {100 * many.relative:.0f} %). Palettes: each color under the one it matches."
    )


def errors_in_parallel(here: Starts) -> Iterator[Frame]:
    """F14 as an animation: the errors of all starts over the iterations, drawn together."""
    fig = style.figure((800, 520))
    theme = style.STAGE
    title = style.text(fig, 40, 34, "", size=17, weight="bold")
    words = f"{len(here.replays)} starts with {here.k} colors end in different places"
    style.text(fig, 40, 58, words, size=10.5, color=theme.mute)
    # The ones that are shown come last, so that they lie above the others.
    order = sorted(range(len(here.replays)), key=lambda run: run in here.chosen)
    curves = [[here.replays[run].rmse(i) for i in range(here.replays[run].last + 1)] for run in order]
    last = max(len(curve) for curve in curves) - 1
    ax = style.axes(fig, (84, 76, 660, 350))
    lines, dots = [], []
    for run in order:
        bright = run in here.chosen
        place = here.chosen.index(run) if bright else 0
        color = style.CATEGORIES[(4, 5, 3)[place]] if bright else theme.line
        label = f"seed {here.replays[run].trace.settings.seed}, the {PLACES[place]}" if bright else None
        zorder = 4 if bright else 2
        lines += ax.plot([], [], color=color, linewidth=2.0 if bright else 1.0, zorder=zorder)
        dots += ax.plot(
            [],
            [],
            color=color,
            marker="osD"[place] if bright else ".",
            markersize=6 if bright else 5,
            zorder=zorder,
            linestyle="",
            label=label,
            clip_on=False,
        )
    ax.set_ylim(0, max(max(curve) for curve in curves) * 1.05 or 1)
    ax.set(xlabel="Iteration", ylabel="RMSE of the picture, over R, G and B")
    whole_ticks(ax, last)
    handles = [dots[order.index(run)] for run in here.chosen]
    ax.legend(handles=handles, loc="upper right")
    end = f"At the end RMSE is {here.errors.min():.2f} to {here.errors.max():.2f}."
    style.caption(fig, f"{_words(here)}, {len(here.replays)} seeds. {end}")
    for iteration in range(last + 1):
        title.set_text(f"Iteration {iteration}")
        for curve, line, dot in zip(curves, lines, dots, strict=True):
            now = min(iteration, len(curve) - 1)
            line.set_data(range(now + 1), curve[: now + 1])
            dot.set_data([now], [curve[now]])
        yield Frame(pixels_of(fig), stay(iteration, last))


def plan_few(runs: Runs) -> Plan:
    """Many seeds with 16 colors, or as many as were asked for."""
    few, many = _few_and_many(runs)
    here, other = (few, many) if runs.k_or(FEW) < 256 else (many, few)
    return replace(_plan(runs, here, other, few), frames=lambda: errors_in_parallel(here))


def plan_many(runs: Runs) -> Plan:
    """Many seeds with 256 colors."""
    few, many = _few_and_many(runs)
    return _plan(runs, many, few, few)


def _few_and_many(runs: Runs) -> tuple[Starts, Starts]:
    few, many = (Starts(runs.starts(k)) for k in beside_most(runs.k_or(FEW), FEW))
    return few, many


def _plan(runs: Runs, here: Starts, other: Starts, few: Starts) -> Plan:
    scale = float(np.quantile(disagreement(few), 0.995))
    meta = {**meta_of(runs.settings), "k": here.k, "seed": f"1 to {len(here.replays)}"}
    title = f"Many starts, {count_of(here.k, 'color')}"
    return Plan(starts_caption(here, other), meta, lambda: starts(here, other, scale), title=title)


FIGURES = (
    FigureRow("F14", "starts-16", "Many starts, 16 colors", (".png", ".gif"), plan_few),
    FigureRow("F15", "starts-256", "Many starts, 256 colors", (".png",), plan_many),
)
