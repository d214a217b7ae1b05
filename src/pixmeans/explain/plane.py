"""k-means in a plane, half-step by half-step: points take the color of the nearest centroid, centroids move.

F3 `scatter`, F4 `assignment`, F5 `update`, F6 `convergence`, each also as frames; `two_starts` sets two runs on the
same points side by side. Each takes an `Example` (three groups, unless one is given) and shows what its run did.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Polygon
from matplotlib.patheffects import withStroke

from ..points import FloatArray
from . import look
from .animation import FIRST, LAST, TWEEN, Frame, tween_times
from .plane_data import Example, blobs

MARKERS = ("o", "s", "^", "D", "v", "P")  # a shape for each cluster, for those who cannot tell the colors
PLANE = (40, 76, 480, 480)
SIDE_X, SIDE_WIDTH = 552, 208
ASSIGNED = 900  # milliseconds to look at an assignment
MOVED = 500  # and at a movement that ended
RECOLORING = 12  # frames in which points take their colors

_Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Moment:
    """A run as it stands at one instant.

    phase: 'start' (nothing assigned), 'assign', 'update' (also during the movement) or 'converged'.
    number: of the iteration, 1 for the first. cells: the centroids by which points were assigned.
    objective: the sum of squared distances of all points to the centroid they belong to, None at the start.
    """

    phase: str
    number: int
    centroids: FloatArray
    cells: FloatArray
    labels: npt.NDArray[np.int32] | None
    changed: _Mask
    counts: tuple[int, ...]
    objective: float | None


def moments(example: Example) -> list[Moment]:
    """The start and every half-step of a run, to its end."""
    n, nobody = len(example.points), np.zeros(len(example.points), bool)
    told = [Moment("start", 0, example.start, example.start, None, nobody, (), None)]
    labels, cells = None, example.start
    for step in example.steps:
        assert step.labels is not None  # the run is watched
        if step.phase == "assign":
            changed = nobody if labels is None else step.labels != labels
            number, cells = step.iteration + 1, step.centroids
            phase = "converged" if step.converged else "assign"
        else:
            changed, number, phase = nobody, step.iteration, "update"
        labels = step.labels
        counts = tuple(np.bincount(labels, minlength=example.k).tolist())
        assert sum(counts) == n
        objective = objective_of(example.points, labels, step.centroids)
        told.append(Moment(phase, number, step.centroids, cells, labels, changed, counts, objective))
    return told


def objective_of(points: FloatArray, labels: npt.NDArray[np.int32], centroids: FloatArray) -> float:
    """The sum of squared distances of all points to the centroid they belong to."""
    difference = points - centroids[labels]
    return float(np.add.reduce((difference * difference).ravel()))


def between(example: Example, before: Moment, after: Moment, t: float) -> Moment:
    """A moment of an update when the centroids have gone the share t of their way."""
    centroids = before.centroids + t * (after.centroids - before.centroids)
    assert after.labels is not None
    objective = objective_of(example.points, after.labels, centroids)
    return Moment("update", after.number, centroids, after.cells, after.labels, after.changed, after.counts, objective)


# Drawing in the plane.


def cell_of(centroids: FloatArray, which: int) -> FloatArray:
    """(m, 2) the corners of the part of the unit square that is nearest to one centroid; m is 0 when there is none."""
    corners = [np.array(corner, float) for corner in ((0, 0), (1, 0), (1, 1), (0, 1))]
    own = centroids[which]
    for other in centroids:
        toward = other - own
        if not toward.any():
            continue
        limit = float(((other * other) - (own * own)).sum()) / 2
        sides = [float((corner * toward).sum()) - limit for corner in corners]
        kept: list[FloatArray] = []
        for place, corner in enumerate(corners):
            last, before = corners[place - 1], sides[place - 1]
            here = sides[place]
            if (before < 0) != (here < 0):
                kept.append(last + (corner - last) * (before / (before - here)))
            if here <= 0:
                kept.append(corner)
        corners = kept
        if not corners:
            break
    return np.array(corners).reshape(-1, 2)


def _square(ax: Axes) -> None:
    ax.set(xlim=(0, 1), ylim=(0, 1), xticks=[], yticks=[], aspect="equal")
    for spine in ax.spines.values():
        spine.set_visible(True)
        spine.set_color(look.LINE)


def draw_cells(ax: Axes, centroids: FloatArray) -> None:
    """The part of the square that is nearest to each centroid, in a tint of its color."""
    for which in range(len(centroids)):
        corners = cell_of(centroids, which)
        if len(corners) > 2:
            color = _tint(look.CATEGORIES[which])
            ax.add_patch(Polygon(corners, closed=True, facecolor=color, edgecolor=look.PAPER, lw=1.5, zorder=0))


def _tint(color: str) -> str:
    """A category's color at 12 % on the paper."""
    mixed = [
        round(int(look.PAPER[i : i + 2], 16) * (1 - look.TINT) + int(color[i : i + 2], 16) * look.TINT)
        for i in (1, 3, 5)
    ]
    return "#" + bytes(mixed).hex()


def draw_points(ax: Axes, points: FloatArray, labels: npt.NDArray[np.int32] | None, size: float = 6.5) -> None:
    """Points as gray rings while they belong to nobody, then in the color and shape of their cluster."""
    free = points if labels is None else points[labels < 0]
    ax.plot(*free.T, "o", ms=size, mfc=look.PAPER, mec=look.MUTE, mew=1.1, ls="none", zorder=2)
    if labels is None:
        return
    for which in range(int(labels.max()) + 1):
        own = points[labels == which]
        ax.plot(*own.T, MARKERS[which], ms=size, color=look.CATEGORIES[which], mew=0, ls="none", zorder=2)


def draw_rings(ax: Axes, points: FloatArray, size: float = 6.5) -> None:
    """A ring around each point that changed side."""
    ax.plot(*points.T, "o", ms=size * 2, mfc="none", mec=look.INK, mew=1.4, ls="none", zorder=3)


def draw_spokes(ax: Axes, points: FloatArray, labels: npt.NDArray[np.int32], centroids: FloatArray) -> None:
    """A thin line from each point to its centroid."""
    for which, centroid in enumerate(centroids):
        own = points[labels == which]
        ends = np.stack([own, np.repeat(centroid[None], len(own), axis=0), np.full_like(own, np.nan)], axis=1)
        ax.plot(*ends.reshape(-1, 2).T, color=look.CATEGORIES[which], lw=0.8, alpha=0.45, zorder=1)


def draw_centroids(
    ax: Axes,
    centroids: FloatArray,
    *,
    old: FloatArray | None = None,
    numbered: bool = True,
    colored: bool = True,
    size: float = 15,
    opacity: float = 1,
) -> None:
    """Centroids as x with their numbers; where they were before as a hollow x, and the way between."""
    for which, centroid in enumerate(centroids):
        color = look.CATEGORIES[which] if colored else look.INK
        if old is not None and (old[which] != centroid).any():
            ax.plot(*old[which], "X", ms=size, mfc=look.PAPER, mec=color, mew=1.2, zorder=4)
            ax.annotate(
                "",
                xy=tuple(centroid),
                xytext=tuple(old[which]),
                arrowprops={
                    "arrowstyle": "->" if _apart(ax, old[which], centroid) > 3 * size else "-",
                    "color": look.INK,
                    "lw": 1.3,
                    "shrinkA": 4,
                    "shrinkB": 5,
                },
                zorder=5,
            )
        ax.plot(*centroid, "X", ms=size, mfc=color, mec=look.PAPER, mew=1.4, alpha=opacity, zorder=6)
        if numbered:
            right = 1 if centroid[0] < 0.9 else -1
            ax.annotate(
                str(which + 1),
                tuple(centroid),
                xytext=(right * size * 0.72, size * 0.36),
                textcoords="offset points",
                size=size * 0.72,
                weight="bold",
                color=look.INK,
                ha="left" if right > 0 else "right",
                alpha=opacity,
                path_effects=[withStroke(linewidth=2.6, foreground=look.PAPER)],
                zorder=7,
            )


def _apart(ax: Axes, one: FloatArray, other: FloatArray) -> float:
    """How many pixels two places are apart."""
    difference = ax.transData.transform(other) - ax.transData.transform(one)
    return float(np.hypot(*difference))


def draw(
    ax: Axes, example: Example, moment: Moment, *, old: FloatArray | None = None, scale: float = 1, opacity: float = 1
) -> None:
    """One moment of a run, in any axes. old: where the centroids were before an update."""
    with look.style(stage=False):
        _square(ax)
        if moment.labels is not None:
            draw_cells(ax, moment.cells)
        draw_points(ax, example.points, moment.labels, 6.5 * scale)
        draw_rings(ax, example.points[moment.changed], 6.5 * scale)
        colored = moment.labels is not None
        draw_centroids(
            ax, moment.centroids, old=old, colored=colored, numbered=scale > 0.7, size=15 * scale, opacity=opacity
        )


# Words.


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
    fig = look.figure(look.PLANE_FRAME, stage=False)
    look.title(fig, headline(moment), below=subtitle(example, moment))
    ax = look.axes(fig, PLANE)
    old = told[place - 1].centroids if moment.phase == "update" else None
    draw(ax, example, moment, old=old, opacity=opacity)
    if spokes and moment.labels is not None:
        draw_spokes(ax, example.points, moment.labels, moment.centroids)
    _objective_panel(fig, example, told, place, moment)
    _clusters_panel(fig, example, moment)
    look.caption(fig, caption_of(example))
    return fig


def _objective_panel(fig: Figure, example: Example, told: Sequence[Moment], place: int, moment: Moment) -> None:
    """The objective so far, as a curve and a number."""
    n = len(example.points)
    look.text(fig, SIDE_X, 88, "Sum of squared distances", size=10, color=look.MUTE)
    look.text(fig, SIDE_X, 104, f"of all {n} points, square of side 1", size=8.5, color=look.MUTE)
    ax = look.axes(fig, (SIDE_X, 116, SIDE_WIDTH, 120))
    last = len(told) - 1
    values = [told[i].objective or 0.0 for i in range(1, place + 1)]
    highest = told[1].objective or 1.0
    with look.style(stage=False):
        ax.set(xlim=(0.6, last + 0.4), ylim=(0, 1.12 * highest), xticks=[], yticks=[])
        ax.spines["left"].set_visible(False)
        if moment.objective is not None:
            values[-1] = moment.objective
            at = np.arange(1, place + 1)
            ax.plot(at, values, color=look.MUTE, lw=1.4, zorder=2)
            whole = at % 2 == 1  # assignments
            ax.plot(at[whole], np.array(values)[whole], "o", ms=5.5, color=look.INK, ls="none", zorder=3)
            moved = np.array(values)[~whole]
            ax.plot(at[~whole], moved, "o", ms=5.5, mfc=look.PAPER, mec=look.INK, ls="none", zorder=3)
    number = "not yet" if moment.objective is None else f"{moment.objective:.3f}"
    look.text(fig, SIDE_X, 268, number, size=17, weight="bold")
    look.text(fig, SIDE_X, 288, "filled: after Assign; hollow: after Update", size=7.5, color=look.MUTE)


def _clusters_panel(fig: Figure, example: Example, moment: Moment) -> None:
    """How many points each cluster has."""
    n, top = len(example.points), 318
    board = look.board(fig, (SIDE_X, top, SIDE_WIDTH, 26 * example.k + 8))
    for which in range(example.k):
        y = 13 + 26 * which
        color = look.CATEGORIES[which] if moment.counts else look.MUTE
        board.plot([9], [y], MARKERS[which], ms=9, color=color, mew=0)
        words = f"cluster {which + 1}: {moment.counts[which]} of {n} points" if moment.counts else "nothing assigned"
        board.text(26, y + 4.5, words, size=10, color=look.INK if moment.counts else look.MUTE, va="baseline")
    y = top + 26 * example.k + 34
    if moment.phase == "converged":
        look.text(fig, SIDE_X, y, "Converged", size=13, weight="bold")
        look.text(fig, SIDE_X, y + 20, f"at iteration {moment.number}:", size=10)
        look.text(fig, SIDE_X, y + 36, "no point changed side", size=10)
    elif moment.phase == "assign" and moment.number > 1:
        ring = look.board(fig, (SIDE_X, y - 18, 24, 24))
        ring.plot([9], [12], "o", ms=11, mfc="none", mec=look.INK, mew=1.4)
        changed = int(moment.changed.sum())
        look.text(fig, SIDE_X + 26, y - 1, f"{changed} of {n} changed side", size=10)


def scatter(example: Example | None = None) -> Figure:
    """F3: the points, and then the points with centroids; nothing has a color yet."""
    example = example or blobs()
    size = (800, 480)
    fig = look.figure(size, stage=False)
    look.title(fig, "Points, then centroids", below="Centroids are not data: k-means moves them.")
    at_start = moments(example)[0]
    n, k = len(example.points), example.k
    for x, words, crosses in (
        (40, f"{n} points, no groups yet", False),
        (440, f"and {k} centroids: {example.start_in_words}", True),
    ):
        look.text(fig, x, 88, words, size=10, color=look.MUTE)
        ax = look.axes(fig, (x, 98, 320, 320))
        with look.style(stage=False):
            _square(ax)
            draw_points(ax, example.points, None)
            if crosses:
                draw_centroids(ax, at_start.centroids, colored=False)
    look.caption(fig, caption_of(example))
    return fig


def scatter_frames(example: Example | None = None) -> Iterator[Frame]:
    """F3: the points alone, and the centroids appear."""
    example = example or blobs()
    told = moments(example)
    yield Frame(look.pixels(half_step(example, told, 0, opacity=0)), FIRST)
    for t in tween_times():
        fig = half_step(example, told, 0, opacity=t)
        yield Frame(look.pixels(fig), LAST if t == 1 else TWEEN)


def assignment(example: Example | None = None, iteration: int = 1) -> Figure:
    """F4: each point takes the color of its nearest centroid; spokes show to which it belongs."""
    example = example or blobs()
    told = moments(example)
    return half_step(example, told, 2 * iteration - 1, spokes=True)


def assignment_frames(example: Example | None = None) -> Iterator[Frame]:
    """F4: the points take their colors one after the other, those nearest to a centroid first."""
    example = example or blobs()
    told = moments(example)
    whole = told[1]
    assert whole.labels is not None  # assigned
    yield Frame(look.pixels(half_step(example, told, 0)), FIRST)
    difference = example.points - whole.centroids[whole.labels]
    order = np.argsort(np.add.reduce(difference * difference, axis=1), kind="stable")
    for step in range(1, RECOLORING):
        labels = np.full(len(order), -1, np.int32)
        colored = order[: len(order) * step // RECOLORING]
        labels[colored] = whole.labels[colored]
        counts = tuple(np.bincount(labels[colored], minlength=example.k).tolist())
        now = replace(whole, labels=labels, counts=counts, objective=None)
        yield Frame(look.pixels(half_step(example, told, 1, now=now, spokes=True)), TWEEN)
    yield Frame(look.pixels(half_step(example, told, 1, spokes=True)), LAST)


def update(example: Example | None = None, iteration: int = 1) -> Figure:
    """F5: each centroid moves to the mean of its points; the old place is hollow."""
    example = example or blobs()
    return half_step(example, moments(example), 2 * iteration)


def update_frames(example: Example | None = None) -> Iterator[Frame]:
    """F5: the centroids on their way to the means."""
    example = example or blobs()
    told = moments(example)
    yield Frame(look.pixels(half_step(example, told, 1)), FIRST)
    yield from _movement(example, told, 2, LAST)


def _movement(example: Example, told: Sequence[Moment], place: int, stay: int) -> Iterator[Frame]:
    """An update in six frames, the last of which stays."""
    for t in tween_times():
        now = between(example, told[place - 1], told[place], t)
        yield Frame(look.pixels(half_step(example, told, place, now=now)), stay if t == 1 else TWEEN)


def convergence(example: Example | None = None) -> Figure:
    """F6 as a still: every half-step of a run, or the first seven and the last of a long one."""
    example = example or blobs()
    told = moments(example)
    shown = list(range(len(told))) if len(told) <= 8 else [*range(7), len(told) - 1]
    rows = -(-len(shown) // 4)
    fig = look.figure((1040, 122 + 290 * rows), stage=False)
    look.title(fig, f"{example.title}: k-means, half-step by half-step", below=_ending(told))
    for place, which in enumerate(shown):
        x, y = 16 + 256 * (place % 4), 84 + 290 * (place // 4)
        moment = told[which]
        look.text(fig, x, y + 10, headline(moment), size=10.5, weight="bold")
        look.text(fig, x, y + 26, _short(example, moment), size=8.5, color=look.MUTE)
        old = told[which - 1].centroids if moment.phase == "update" else None
        draw(look.axes(fig, (x, y + 34, 240, 240)), example, moment, old=old, scale=0.62)
    left_out = len(told) - len(shown)
    words = f" {left_out} half-steps before the last are left out." if left_out else ""
    look.caption(fig, caption_of(example) + words)
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
    yield Frame(look.pixels(half_step(example, told, 0)), FIRST)
    for place in range(1, len(told)):
        moment = told[place]
        if moment.phase != "update":
            stay = LAST if place == len(told) - 1 else ASSIGNED
            yield Frame(look.pixels(half_step(example, told, place)), stay)
        else:
            yield from _movement(example, told, place, MOVED)


def two_starts(first: Example, second: Example) -> Figure:
    """Two runs on the same points that end in different minima: start and end of each."""
    fig = look.figure((1040, 660), stage=False)
    below = "k-means finds a minimum near its start, not the best one."
    look.title(fig, "Same points, two starts, two ends", below=below)
    for row, example in enumerate((first, second)):
        told = moments(example)
        y = 84 + 264 * row
        for x, moment, words in (
            (16, told[0], f"Start, seed {example.seed}"),
            (280, told[1], "Iteration 1 · Assign"),
            (544, told[-1], f"Converged at iteration {told[-1].number}"),
        ):
            look.text(fig, x, y + 8, words, size=10, weight="bold")
            draw(look.axes(fig, (x, y + 16, 230, 230)), example, moment, scale=0.62)
        look.text(fig, 800, y + 60, f"{told[-1].objective:.3f}", size=17, weight="bold")
        look.text(fig, 800, y + 80, "sum of squared distances", size=9, color=look.MUTE)
        look.text(fig, 800, y + 94, f"of all {len(example.points)} points at the end", size=9, color=look.MUTE)
        counts = ", ".join(map(str, told[-1].counts))
        look.text(fig, 800, y + 122, f"points: {counts}", size=9.5)
    ratio = (moments(second)[-1].objective or 0) / (moments(first)[-1].objective or 1)
    seeds = f"seeds {first.seed} and {second.seed}"
    look.caption(
        fig,
        f"The second start ends with {ratio:.1f} times the error of the first. "
        f"k = {first.k}, start: {first.start_in_words}, {seeds}.",
    )
    return fig
