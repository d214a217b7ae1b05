"""The genetic search by generation, and beside others in equal time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from .. import style
from ..alt_text import meta_of
from . import FigureRow, Plan
from .run import whole_ticks

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from ...arrays import FloatArray
    from ...clustering.races import Race, Racer
    from ...settings import Settings
    from ..runs import Runs

NAMES = {
    "genetic": "genetic k-means",
    "split-merge": "split-merge",
    "restarts": "restarts",
    "swaps": "random swaps",
}
_TINTS = {name: style.CATEGORIES[place] for name, place in zip(NAMES, (4, 5, 2, 3), strict=True)}
_MARKS = dict(zip(NAMES, "oDs^", strict=True))
_SIGNS = dict(
    zip(
        NAMES,
        ("\N{BLACK CIRCLE}", "\N{BLACK DIAMOND}", "\N{BLACK SQUARE}", "\N{BLACK UP-POINTING TRIANGLE}"),
        strict=True,
    )
)
# Errors that differ by no more than this share are equal: nobody could tell the pictures apart.
EQUAL = 0.0005


def genetic(race: Race, settings: Settings) -> Figure:
    """F29: error by generation, and the least error of four searches against time."""
    fig = style.figure((1040, 520))
    style.title(fig, _verdict(race), f"k = {race.k}, {settings.measured_in}, seed {settings.seed}")
    least = race.ranked[0].error
    style.text(fig, 24, 72, "By generation: error above the least of all, in percent", size=9.5, weight="bold")
    by_generation(race, least, style.axes(fig, (74, 88, 400, 324)))
    style.text(fig, 540, 72, "In equal time: the least error so far", size=9.5, weight="bold")
    in_equal_time(race, least, style.axes(fig, (590, 88, 420, 324)))
    mean = ("- - mean of the population", style.theme_of(fig).mute)
    _legend(fig, 74, [("\N{BLACK CIRCLE} best, which never rises", _TINTS["genetic"]), mean])
    _legend(fig, 590, [(f"{_SIGNS[name]} {words}", _TINTS[name]) for name, words in NAMES.items()])
    style.caption(fig, genetic_caption(race))
    return fig


def _legend(fig: Figure, x: float, entries: Sequence[tuple[str, str]]) -> None:
    """Words in the colors of their lines, below a chart."""
    for words, color in entries:
        x += 16 + style.text_width(style.text(fig, x, 468, words, size=9.5, color=color))


def _above(errors: FloatArray, least: float) -> FloatArray:
    """How far errors are above the least one, in percent."""
    return 100.0 * (errors / max(least, 1e-300) - 1.0)


def _scaled(ax: Axes, top: float) -> None:
    """Percent in equal steps up to 1, and beyond in equal steps for equal ratios."""
    ax.set_yscale("symlog", linthresh=1.0, linscale=1.0)
    ticks = [
        tick for tick in (0.0, 0.25, 0.5, 0.75, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0) if tick <= top * 1.3
    ]
    ax.set_yticks(ticks, [f"{tick:g} %" for tick in ticks])
    ax.minorticks_off()
    ax.set_ylim(-0.05, max(0.3, top * 1.15))
    ax.grid(True, axis="y", linewidth=0.6, alpha=0.5)


def by_generation(race: Race, least: float, ax: Axes) -> Axes:
    """The best and the mean error of each generation."""
    theme = style.theme_of(ax.figure)
    best = _above(np.array([one.best for one in race.generations]), least)
    mean = _above(np.array([one.mean for one in race.generations]), least)
    numbers = [one.number for one in race.generations]
    ax.plot(numbers, mean, color=theme.mute, linewidth=1.4, linestyle=(0, (4, 2)))
    ax.plot(numbers, best, color=_TINTS["genetic"], marker=".", markersize=5)
    _scaled(ax, float(max(mean.max(), best.max())))
    ax.set_xlabel("Generation")
    whole_ticks(ax, numbers[-1])
    return ax


def in_equal_time(race: Race, least: float, ax: Axes) -> Axes:
    """The least error so far of each search against passes over all points."""
    top = 0.0
    for racer in race.racers:
        passes = np.append(racer.passes, race.passes)
        errors = _above(np.append(racer.errors, racer.error), least)
        color = _TINTS[racer.name]
        ax.step(passes, errors, where="post", color=color, linewidth=1.6)
        ax.plot(passes[-2], errors[-1], _MARKS[racer.name], color=color, markersize=7, clip_on=False, zorder=4)
        top = max(top, float(errors[0]))
    _scaled(ax, top)
    ax.set_xscale("log")
    ticks = [tick for tick in (1, 3, 10, 30, 100, 300, 1000, 3000) if tick <= race.passes]
    ax.set_xticks(ticks, [str(tick) for tick in ticks])
    ax.minorticks_off()
    ax.set_xlim(1, race.passes * 1.02)
    ax.set_xlabel("Time, in passes over all colors (a mark where the last gain was)")
    return ax


def _verdict(race: Race) -> str:
    """Which search wins, as a headline."""
    first = race.ranked[0]
    even = [racer for racer in race.ranked if racer.error <= first.error * (1 + EQUAL)]
    if len(even) == 1:
        return f"{NAMES[first.name].capitalize()}: the least error in equal time"
    soonest = min(even, key=lambda racer: _reached(race, racer))
    return f"{len(even)} of {len(race.racers)} searches end equal, {NAMES[soonest.name]} soonest"


def _reached(race: Race, racer: Racer) -> float:
    """After how many passes a search was as good as the best of all ended."""
    least = race.ranked[0].error * (1 + EQUAL)
    return float(racer.passes[np.flatnonzero(racer.errors <= least)[0]])


def genetic_caption(race: Race) -> str:
    """What F29 says at its foot."""
    least = race.ranked[0].error
    ends = ", ".join(
        f"{NAMES[racer.name]} +{100 * (racer.error / max(least, 1e-300) - 1):.2f} % (after {racer.passes[-1]:.0f})"
        for racer in race.ranked
    )
    return (
        f"k = {race.k}, of the means of 4 x 4 x 4 colors; {race.passes:.0f} passes for each search, of which a start "
        f"of k-means++ takes {2 + int(np.log(race.k))}. The ends: {ends}."
    )


def plan(runs: Runs) -> Plan:
    """A race on the picture with 16 colors, or as many as were asked for."""
    settings = runs.settings.but(k=runs.k_or(16))
    race = runs.race(settings)
    title = f"The genetic search beside others: {_verdict(race)}"
    return Plan(genetic_caption(race), {**meta_of(settings), "k": race.k}, lambda: genetic(race, settings), title=title)


FIGURE = FigureRow("F29", "genetic", "The genetic search by generation, beside others", (".png",), plan)
