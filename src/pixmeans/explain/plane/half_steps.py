"""k-means in a plane, half-step by half-step: points take the color of the nearest centroid, centroids move.

F3 `scatter`, F4 `assignment`, F5 `update`, F6 `convergence`, each also as frames; `two_starts` sets two runs on the
same points side by side. Each takes an `Example` (three groups, unless one is given) and shows what its run did.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure

from ...records import replace
from .. import style
from ..animation import FIRST, LAST, TWEEN, Frame, tween_times
from ..export import pixels_of
from ..figures import FigureRow, Plan
from .data import EXAMPLES, Example, blobs, lucky, unlucky
from .drawing import MARKERS, draw, draw_centroids, draw_frame, draw_points, draw_spokes, number_places
from .run import Moment, between, moments

if TYPE_CHECKING:
    from ..runs import Runs

PLANE = (40, 76, 480, 480)
SIDE_X, SIDE_WIDTH = 552, 208
ASSIGNED = 900  # milliseconds to look at an assignment
MOVED = 500  # and at a movement that ended
RECOLORING = 12  # frames in which points take their colors


def headline(moment: Moment) -> str:
    """'Iteration 2 · Assign' and the like."""
    if moment.phase == "start":
        return "Start"
    half = "Update" if moment.phase == "update" else "Assign"
    return f"Iteration {moment.number} · {half}"


def subtitle(example: Example, moment: Moment) -> str:
    """What happens in this half-step, with numbers."""
    n = len(example.points)
    if moment.phase == "start":
        return f"{n} points, and {example.k} centroids (x): {example.start_in_words}."
    if moment.phase == "update":
        return "Each centroid moves to the mean of its points."
    if moment.phase == "converged":
        return f"Converged at iteration {moment.number}: no point changed side."
    if moment.number == 1:
        return "Each point takes the color of its nearest centroid."
    changed = int(moment.changed.sum())
    return f"Nearest centroid again: {changed} of {n} points changed side (ringed)."


def caption_of(example: Example | None = None) -> str:
    """The lesson, and k, start and seed."""
    example = example or blobs()
    return f"{example.lesson} {example.in_words()}."


# Figures.


def half_step(
    example: Example,
    told: Sequence[Moment],
    place: int,
    *,
    now: Moment | None = None,
    spokes: bool = False,
    opacity: float = 1,
) -> Figure:
    """One half-step, 800 x 600: the plane, and beside it the objective and the sizes of the clusters.

    told: of `moments`. place: which of them. now: an instant on the way to it. opacity: of the centroids.
    """
    moment = now or told[place]
    fig = style.figure(style.PLANE_FRAME, stage=False)
    style.title(fig, headline(moment), below=subtitle(example, moment))
    ax = style.axes(fig, PLANE)
    old = told[place - 1].centroids if moment.phase == "update" else None
    draw(ax, example, moment, old=old, goal=told[place].centroids, opacity=opacity)
    if spokes and moment.labels is not None:
        draw_spokes(ax, example.points, moment.labels, moment.centroids)
    _objective_panel(fig, example, told, place, moment)
    _clusters_panel(fig, example, moment)
    style.caption(fig, caption_of(example))
    return fig


def _objective_panel(fig: Figure, example: Example, told: Sequence[Moment], place: int, moment: Moment) -> None:
    """The objective so far, as a curve and a number."""
    n = len(example.points)
    style.text(fig, SIDE_X, 88, "Sum of squared distances", size=10, color=style.MUTE)
    style.text(fig, SIDE_X, 104, f"of all {n} points, square of side 1", size=8.5, color=style.MUTE)
    ax = style.axes(fig, (SIDE_X, 116, SIDE_WIDTH, 120))
    last = len(told) - 1
    values = [told[i].objective or 0.0 for i in range(1, place + 1)]
    highest = told[1].objective or 1.0
    ax.set(xlim=(0.6, last + 0.4), ylim=(0, 1.12 * highest), xticks=[], yticks=[])
    ax.spines["left"].set_visible(False)
    if moment.objective is not None:
        values[-1] = moment.objective
        at = np.arange(1, place + 1)
        ax.plot(at, values, color=style.MUTE, lw=1.4, zorder=2)
        whole = at % 2 == 1  # assignments
        ax.plot(at[whole], np.array(values)[whole], "o", ms=5.5, color=style.INK, ls="none", zorder=3)
        moved = np.array(values)[~whole]
        ax.plot(at[~whole], moved, "o", ms=5.5, mfc=style.PAPER, mec=style.INK, ls="none", zorder=3)
    number = "not yet" if moment.objective is None else f"{moment.objective:.3f}"
    style.text(fig, SIDE_X, 268, number, size=17, weight="bold")
    style.text(fig, SIDE_X, 288, "filled: after Assign; hollow: after Update", size=7.5, color=style.MUTE)


def _clusters_panel(fig: Figure, example: Example, moment: Moment) -> None:
    """How many points each cluster has."""
    n, top = len(example.points), 318
    board = style.board(fig, (SIDE_X, top, SIDE_WIDTH, 26 * example.k + 8))
    for which in range(example.k):
        y = 13 + 26 * which
        color = style.CATEGORIES[which] if moment.counts else style.MUTE
        board.plot([9], [y], MARKERS[which], ms=9, color=color, mew=0)
        words = f"cluster {which + 1}: {moment.counts[which]} of {n} points" if moment.counts else "nothing assigned"
        board.text(26, y + 4.5, words, size=10, color=style.INK if moment.counts else style.MUTE, va="baseline")
    y = top + 26 * example.k + 34
    if moment.phase == "converged":
        style.text(fig, SIDE_X, y, "Converged", size=13, weight="bold")
        style.text(fig, SIDE_X, y + 20, f"at iteration {moment.number}:", size=10)
        style.text(fig, SIDE_X, y + 36, "no point changed side", size=10)
    elif moment.phase == "assign" and moment.number > 1:
        ring = style.board(fig, (SIDE_X, y - 18, 24, 24))
        ring.plot([9], [12], "o", ms=11, mfc="none", mec=style.INK, mew=1.4)
        changed = int(moment.changed.sum())
        style.text(fig, SIDE_X + 26, y - 1, f"{changed} of {n} changed side", size=10)


def scatter(example: Example | None = None) -> Figure:
    """F3: the points, and then the points with centroids; nothing has a color yet."""
    example = example or blobs()
    size = (800, 480)
    fig = style.figure(size, stage=False)
    style.title(fig, "Points, then centroids", below="Centroids are not data: k-means moves them.")
    at_start = moments(example)[0]
    n, k = len(example.points), example.k
    for x, words, crosses in (
        (40, f"{n} points, no groups yet", False),
        (440, f"and {k} centroids: {example.start_in_words}", True),
    ):
        style.text(fig, x, 88, words, size=10, color=style.MUTE)
        ax = style.axes(fig, (x, 98, 320, 320))
        draw_frame(ax)
        draw_points(ax, example.points, None)
        if crosses:
            numbers = number_places(ax, at_start.centroids, example.points)
            draw_centroids(ax, at_start.centroids, numbers=numbers, colored=False)
    style.caption(fig, caption_of(example))
    return fig


def scatter_frames(example: Example | None = None) -> Iterator[Frame]:
    """F3: the points alone, and the centroids appear."""
    example = example or blobs()
    told = moments(example)
    yield Frame(pixels_of(half_step(example, told, 0, opacity=0)), FIRST)
    for t in tween_times():
        fig = half_step(example, told, 0, opacity=t)
        yield Frame(pixels_of(fig), LAST if t == 1 else TWEEN)


def assignment(example: Example | None = None) -> Figure:
    """F4: each point takes the color of its nearest centroid; spokes show to which it belongs."""
    example = example or blobs()
    return half_step(example, moments(example), 1, spokes=True)


def assignment_frames(example: Example | None = None) -> Iterator[Frame]:
    """F4: the points take their colors one after the other, those nearest to a centroid first."""
    example = example or blobs()
    told = moments(example)
    whole = told[1]
    assert whole.labels is not None  # assigned
    yield Frame(pixels_of(half_step(example, told, 0)), FIRST)
    difference = example.points - whole.centroids[whole.labels]
    order = np.argsort(np.add.reduce(difference * difference, axis=1), kind="stable")
    for step in range(1, RECOLORING):
        labels = np.full(len(order), -1, np.int32)
        colored = order[: len(order) * step // RECOLORING]
        labels[colored] = whole.labels[colored]
        counts = tuple(np.bincount(labels[colored], minlength=example.k).tolist())
        now = replace(whole, labels=labels, counts=counts, objective=None)
        yield Frame(pixels_of(half_step(example, told, 1, now=now, spokes=True)), TWEEN)
    yield Frame(pixels_of(half_step(example, told, 1, spokes=True)), LAST)


def update(example: Example | None = None) -> Figure:
    """F5: each centroid moves to the mean of its points; the old place is hollow."""
    example = example or blobs()
    return half_step(example, moments(example), 2)


def update_frames(example: Example | None = None) -> Iterator[Frame]:
    """F5: the centroids on their way to the means."""
    example = example or blobs()
    told = moments(example)
    yield Frame(pixels_of(half_step(example, told, 1)), FIRST)
    yield from _movement(example, told, 2, LAST)


def _movement(example: Example, told: Sequence[Moment], place: int, stay: int) -> Iterator[Frame]:
    """An update in six frames, the last of which stays."""
    for t in tween_times():
        now = between(example, told[place - 1], told[place], t)
        yield Frame(pixels_of(half_step(example, told, place, now=now)), stay if t == 1 else TWEEN)


def convergence(example: Example | None = None) -> Figure:
    """F6 as a still: every half-step of a run, or the first seven and the last of a long one."""
    example = example or blobs()
    told = moments(example)
    shown = list(range(len(told))) if len(told) <= 8 else [*range(7), len(told) - 1]
    rows = -(-len(shown) // 4)
    fig = style.figure((1040, 122 + 290 * rows), stage=False)
    style.title(fig, f"{example.title}: k-means, half-step by half-step", below=_ending(told))
    for place, which in enumerate(shown):
        x, y = 16 + 256 * (place % 4), 84 + 290 * (place // 4)
        moment = told[which]
        style.text(fig, x, y + 10, headline(moment), size=10.5, weight="bold")
        style.text(fig, x, y + 26, _short(example, moment), size=8.5, color=style.MUTE)
        old = told[which - 1].centroids if moment.phase == "update" else None
        draw(style.axes(fig, (x, y + 34, 240, 240)), example, moment, old=old, scale=0.62)
    left_out = len(told) - len(shown)
    words = f" {left_out} half-steps before the last are left out." if left_out else ""
    style.caption(fig, caption_of(example) + words)
    return fig


def _short(example: Example, moment: Moment) -> str:
    """A moment in the words that fit over a small picture."""
    n = len(example.points)
    if moment.objective is None:
        return f"{n} points, {example.k} centroids"
    words = f"objective {moment.objective:.3f}"
    if moment.phase == "converged":
        return f"{words}, converged"
    if moment.phase == "assign" and moment.number > 1:
        return f"{words}, {int(moment.changed.sum())} of {n} changed"
    return words


def _ending(told: Sequence[Moment]) -> str:
    """How a run ended."""
    last = told[-1]
    if last.phase == "converged":
        how = f"Converged at iteration {last.number}: no point changed side."
    else:
        how = f"Stopped after iteration {last.number}."
    return f"{how} Objective (sum of squared distances): {last.objective:.3f}."


def convergence_frames(example: Example | None = None) -> Iterator[Frame]:
    """F6: assignments, movements of six frames, and the end exactly where nothing changes any more."""
    example = example or blobs()
    told = moments(example)
    yield Frame(pixels_of(half_step(example, told, 0)), FIRST)
    for place in range(1, len(told)):
        moment = told[place]
        if moment.phase != "update":
            stay = LAST if place == len(told) - 1 else ASSIGNED
            yield Frame(pixels_of(half_step(example, told, place)), stay)
        else:
            yield from _movement(example, told, place, MOVED)


def two_starts(first: Example, second: Example) -> Figure:
    """Two runs on the same points that end in different minima: start and end of each."""
    fig = style.figure((1040, 660), stage=False)
    below = "k-means finds a minimum near its start, not the best one."
    style.title(fig, "Same points, two starts, two ends", below=below)
    for row, example in enumerate((first, second)):
        told = moments(example)
        y = 84 + 264 * row
        for x, moment, words in (
            (16, told[0], f"Start, seed {example.seed}"),
            (280, told[1], "Iteration 1 · Assign"),
            (544, told[-1], f"Converged at iteration {told[-1].number}"),
        ):
            style.text(fig, x, y + 8, words, size=10, weight="bold")
            draw(style.axes(fig, (x, y + 16, 230, 230)), example, moment, scale=0.62)
        style.text(fig, 800, y + 60, f"{told[-1].objective:.3f}", size=17, weight="bold")
        style.text(fig, 800, y + 80, "sum of squared distances", size=9, color=style.MUTE)
        style.text(fig, 800, y + 94, f"of all {len(example.points)} points at the end", size=9, color=style.MUTE)
        counts = ", ".join(map(str, told[-1].counts))
        style.text(fig, 800, y + 122, f"points: {counts}", size=9.5)
    ratio = (moments(second)[-1].objective or 0) / (moments(first)[-1].objective or 1)
    seeds = f"seeds {first.seed} and {second.seed}"
    style.caption(
        fig,
        f"The second start ends with {ratio:.1f} times the error of the first. "
        f"k = {first.k}, start: {first.start_in_words}, {seeds}.",
    )
    return fig


def _plan(still: Callable[[], Figure], frames: Callable[[], Iterator[Frame]]) -> Callable[[Runs], Plan]:
    """A plan for three groups: they bring their run."""

    def plan(_: Runs) -> Plan:
        example = blobs()
        return Plan(caption_of(example), example.meta, still, frames)

    return plan


def more_examples() -> Iterator[tuple[str, Plan]]:
    """F6 on points that are not made for k-means, and two starts that end in different places: name and plan."""
    for name, example in EXAMPLES.items():
        if name in ("blobs", "lucky", "unlucky"):
            continue
        here = example()
        yield name, Plan(caption_of(here), here.meta, functools.partial(convergence, here), title=here.title)
    first, second = lucky(), unlucky()
    meta = {**first.meta, "seed": f"{first.seed} and {second.seed}"}
    title = "Same points, two starts, two ends"
    yield "two-starts", Plan(caption_of(second), meta, lambda: two_starts(first, second), title=title)


def _row(
    id: str,
    name: str,
    title: str,
    suffix: str,
    plan: Callable[[Runs], Plan],
    more: Callable[[], Iterator[tuple[str, Plan]]] | None = None,
) -> FigureRow:
    """The row of a figure of the plane: it moves as a GIF, and has points and a run of its own."""
    return FigureRow(id, name, title, (suffix, ".gif"), plan, own_data=True, own_run=True, more=more)


FIGURES = (
    _row("F3", "scatter", "Points, then centroids", ".svg", _plan(scatter, scatter_frames)),
    _row("F4", "assignment", "Each point to its nearest centroid", ".svg", _plan(assignment, assignment_frames)),
    _row("F5", "update", "Each centroid to the mean of its points", ".svg", _plan(update, update_frames)),
    _row(
        "F6",
        "convergence",
        "Again, until nothing changes",
        ".png",
        _plan(convergence, convergence_frames),
        more_examples,
    ),
)
