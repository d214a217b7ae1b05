"""Drawing in the unit square: points, cells, spokes and centroids."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.patches import Polygon
from matplotlib.patheffects import withStroke

from ...arrays import FloatArray
from .. import style
from .data import Example
from .run import Moment

MARKERS = ("o", "s", "^", "D", "v", "P")  # a shape for each cluster, for those who cannot tell the colors


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


def draw_frame(ax: Axes) -> None:
    """The unit square itself."""
    ax.set(xlim=(0, 1), ylim=(0, 1), xticks=[], yticks=[], aspect="equal")
    for spine in ax.spines.values():
        spine.set_visible(True)
        spine.set_color(style.LINE)


def draw_cells(ax: Axes, centroids: FloatArray) -> None:
    """The part of the square that is nearest to each centroid, in a tint of its color."""
    for which in range(len(centroids)):
        corners = cell_of(centroids, which)
        if len(corners) > 2:
            color = _tint(style.CATEGORIES[which])
            ax.add_patch(Polygon(corners, closed=True, facecolor=color, edgecolor=style.PAPER, lw=1.5, zorder=0))


def _tint(color: str) -> str:
    """A category's color at 12 % on the paper."""
    mixed = [
        round(int(style.PAPER[i : i + 2], 16) * (1 - style.TINT) + int(color[i : i + 2], 16) * style.TINT)
        for i in (1, 3, 5)
    ]
    return "#" + bytes(mixed).hex()


def draw_points(ax: Axes, points: FloatArray, labels: npt.NDArray[np.int32] | None, size: float = 6.5) -> None:
    """Points as gray rings while they belong to nobody, then in the color and shape of their cluster."""
    free = points if labels is None else points[labels < 0]
    ax.plot(*free.T, "o", ms=size, mfc=style.PAPER, mec=style.MUTE, mew=1.1, ls="none", zorder=2)
    if labels is None:
        return
    for which in range(int(labels.max()) + 1):
        own = points[labels == which]
        ax.plot(*own.T, MARKERS[which], ms=size, color=style.CATEGORIES[which], mew=0, ls="none", zorder=2)


def draw_rings(ax: Axes, points: FloatArray, size: float = 6.5) -> None:
    """A ring around each point that changed side."""
    ax.plot(*points.T, "o", ms=size * 2, mfc="none", mec=style.INK, mew=1.4, ls="none", zorder=3)


def draw_spokes(ax: Axes, points: FloatArray, labels: npt.NDArray[np.int32], centroids: FloatArray) -> None:
    """A thin line from each point to its centroid."""
    for which, centroid in enumerate(centroids):
        own = points[labels == which]
        ends = np.stack([own, np.repeat(centroid[None], len(own), axis=0), np.full_like(own, np.nan)], axis=1)
        line: dict[str, Any] = {"lw": 0.8, "alpha": 0.45, "solid_capstyle": "projecting", "zorder": 1}
        ax.plot(*ends.reshape(-1, 2).T, color=style.CATEGORIES[which], **line)


def draw_centroids(
    ax: Axes,
    centroids: FloatArray,
    *,
    old: FloatArray | None = None,
    numbers: FloatArray | None = None,
    colored: bool = True,
    size: float = 15,
    opacity: float = 1,
) -> None:
    """Centroids as x; where they were before as a hollow x, and the way between.

    numbers: (k, 2) where theirs stand, from `number_places`; None for no numbers.
    """
    for which, centroid in enumerate(centroids):
        color = style.CATEGORIES[which] if colored else style.INK
        if old is not None and (old[which] != centroid).any():
            ax.plot(*old[which], "X", ms=size, mfc=style.PAPER, mec=color, mew=1.2, zorder=4)
            ax.annotate(
                "",
                xy=tuple(centroid),
                xytext=tuple(old[which]),
                arrowprops={
                    "arrowstyle": "->" if _apart(ax, old[which], centroid) > 3 * size else "-",
                    "color": style.INK,
                    "lw": 1.3,
                    "shrinkA": 4,
                    "shrinkB": 5,
                },
                zorder=5,
            )
        ax.plot(*centroid, "X", ms=size, mfc=color, mec=style.PAPER, mew=1.4, alpha=opacity, zorder=6)
        if numbers is not None:
            ax.annotate(
                str(which + 1),
                tuple(centroid),
                xytext=tuple(numbers[which]),
                textcoords="offset points",
                size=size * 0.72,
                weight="bold",
                color=style.INK,
                ha="center",
                va="center_baseline",
                alpha=opacity,
                path_effects=[withStroke(linewidth=2.6, foreground=style.PAPER)],
                zorder=7,
            )


# Where a number may stand: so many of its x's sizes away, and in which directions, right and a little up first.
_AWAY = (1.0, 1.25, 1.5, 1.8, 2.1, 2.5)
_TURNS = tuple(27.0 + turn for step in range(9) for turn in ({0.0} if step == 0 else (-20.0 * step, 20.0 * step)))


def number_places(
    ax: Axes, centroids: FloatArray, points: FloatArray, *, old: FloatArray | None = None, size: float = 15
) -> FloatArray:
    """(k, 2) the middle of each centroid's number, in points from the centroid: near it, on no point and no other x.

    points: (n, 2), what must stay free, with markers of 0.43 of the size. old: where the centroids were before.
    Where all is full it is where most is free.
    """
    pixel = 72.0 / ax.figure.dpi
    marks, free = [_in_points(ax, points, pixel)], [np.full(len(points), 0.22 * size)]
    spots = _in_points(ax, centroids, pixel)
    crosses = [spots] if old is None else [spots, _in_points(ax, old, pixel)]
    if old is not None:  # and on no arrow
        start = crosses[1]
        crosses += [start + share * (spots - start) for share in (0.2, 0.4, 0.6, 0.8)]
    marks += crosses
    free += [np.full(len(spots), 0.5 * size if place < 2 else 0.1 * size) for place in range(len(crosses))]
    edges = _in_points(ax, np.array([[0.0, 0.0], [1.0, 1.0]]), pixel)
    own = 0.36 * size  # half of a number's height, and a little air
    chosen = np.empty_like(spots)
    for which, spot in enumerate(spots):
        taken = np.concatenate(marks), np.concatenate(free)
        best = -np.inf
        for away in _AWAY:
            for turn in _TURNS:
                offset = away * size * np.array([math.cos(math.radians(turn)), math.sin(math.radians(turn))])
                place = spot + offset
                room = float((np.hypot(*(taken[0] - place).T) - taken[1]).min()) - own
                room = min(room, float((place - edges[0]).min()) - own, float((edges[1] - place).min()) - own)
                room = min(room, 0.0)  # more than enough is no better: nearest first, right and a little up first
                if room > best + 1e-9:
                    best, chosen[which] = room, offset
            if best == 0.0:
                break
        marks.append((spot + chosen[which])[None])
        free.append(np.array([own]))
    return chosen


def _in_points(ax: Axes, places: FloatArray, pixel: float) -> FloatArray:
    """Places in points (of 72 an inch) of the figure."""
    return np.asarray(ax.transData.transform(places) * pixel, np.float64)


def _apart(ax: Axes, one: FloatArray, other: FloatArray) -> float:
    """How many pixels two places are apart."""
    difference = ax.transData.transform(other) - ax.transData.transform(one)
    return float(np.hypot(*difference))


def draw(
    ax: Axes,
    example: Example,
    moment: Moment,
    *,
    old: FloatArray | None = None,
    goal: FloatArray | None = None,
    scale: float = 1,
    opacity: float = 1,
) -> None:
    """One moment of a run, in any axes.

    old: where the centroids were before an update. goal: where they will be after it, for numbers that do not jump.
    """
    draw_frame(ax)
    if moment.labels is not None:
        draw_cells(ax, moment.cells)
    draw_points(ax, example.points, moment.labels, 6.5 * scale)
    draw_rings(ax, example.points[moment.changed], 6.5 * scale)
    colored = moment.labels is not None
    size, numbers = 15 * scale, None
    if scale > 0.7:
        end = moment.centroids if goal is None else goal
        numbers = number_places(ax, end, example.points, old=old, size=size)
    draw_centroids(ax, moment.centroids, old=old, numbers=numbers, colored=colored, size=size, opacity=opacity)
