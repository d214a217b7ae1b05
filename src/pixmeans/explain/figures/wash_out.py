"""How a small color is washed out: its centroid, pulled away by the many pixels that it also has to serve."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from ...arrays import UInt8Array
from ...flow.result import Compressed
from .. import style
from ..animation import Frame, stay
from ..cloud import CloudView
from ..export import Backdrop
from ..followed import Target, WashOutSearch, follower, is_wash_out, washed_out
from ..layout import cut, fit, loupe_size, on_panel, picture, rectangle, sampled
from ..replay import Replay, shown
from ..wording import count_of, percent
from . import FigureRow, Plan
from .run import few_ticks, whole_ticks

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from ..runs import Runs

# Colors of the two curves; the marks differ too.
PICTURE_INK, TARGET_INK = "#56B4E9", "#FFB000"


def _hold(replay: Replay, target: Target, search: WashOutSearch | None) -> tuple[str, str]:
    """What the figures of the lost color say in their title and at their foot."""
    numbers = washed_out(replay, target)
    found = ""
    if search is not None and is_wash_out(numbers):
        found = f" (searched for: of {search.held} starts near the {target.name} {search.lost} lose it)"
    first = f"{replay.trace.in_words()}{found}."
    if is_wash_out(numbers):
        what = f"The {target.name} centroid is pulled away by the many pixels it also has to serve:"
    elif target.searched:
        what = f"No wash-out was found; this follows the small color that is served worst, {target.name}:"
    else:
        what = f"What becomes of {target.name}:"
    share = percent(replay.pixels_of(target) / replay.histogram.total)
    times = numbers["target_end"] / max(numbers["target_start"], 1e-9)
    factor = f" ({times:.1f}x)" if times > 1 else ""
    return first, (
        f"{what} {share} of the pixels, whose RMSE goes from {numbers['target_start']:.1f} to "
        f"{numbers['target_end']:.1f}{factor}, the picture's from "
        f"{numbers['picture_start']:.1f} to {numbers['picture_end']:.1f}."
    )


def wash_out_caption(replay: Replay, target: Target, search: WashOutSearch | None = None) -> str:
    """What the wash-out says at its foot."""
    return " ".join(_hold(replay, target, search))


def wash_out_title(replay: Replay, target: Target) -> str:
    """'Chosen at the start, then lost' only where that is what happened."""
    if is_wash_out(washed_out(replay, target)):
        return f"The {target.name} is chosen at the start, then lost"
    return f"What becomes of the {target.name}"


class TwoErrors:
    """The error of the picture and that of the target's pixels over the iterations, in one plot."""

    def __init__(self, fig: Figure, rect: style.Rect, replay: Replay, target: Target) -> None:
        x, y = rect[:2]
        last = range(replay.last + 1)
        self.picture = [replay.rmse(i) for i in last]
        self.target = [replay.rmse(i, target) for i in last]
        pixels = count_of(replay.pixels_of(target), f"{target.name} pixel")
        ax = self.ax = style.axes(fig, rect)
        self.artists = []
        for errors, color, mark in (
            (self.target, TARGET_INK, "s"),
            (self.picture, PICTURE_INK, "o"),
        ):
            ax.plot(last, errors, color=color, linewidth=1.2, alpha=0.35)
            (line,) = ax.plot([], [], color=color, linewidth=1.8)
            (dot,) = ax.plot([], [], color=color, marker=mark, markersize=6, clip_on=False, linestyle="")
            self.artists += [line, dot]
        ax.set_ylim(0, max(*self.picture, *self.target) * 1.1 or 1)
        whole_ticks(ax, replay.last)
        ax.yaxis.set_major_locator(few_ticks())
        of_target = f"■ RMSE of the {pixels}"
        words = style.text(fig, x - 34, y - 12, of_target, size=9.5, color=TARGET_INK)
        left = x - 34 + style.text_width(words) + 18
        style.text(fig, left, y - 12, "● RMSE of the picture", size=9.5, color=PICTURE_INK)

    def show(self, iteration: int) -> None:
        """Draws the curves up to an iteration."""
        for errors, line, dot in (
            (self.target, self.artists[0], self.artists[1]),
            (self.picture, self.artists[2], self.artists[3]),
        ):
            line.set_data(range(iteration + 1), errors[: iteration + 1])
            dot.set_data([iteration], [errors[iteration]])


def _follow(view: CloudView, replay: Replay, row: int, iteration: int) -> None:
    """Shows the centroids of an iteration in a cloud, and the trail of the followed one."""
    trace = replay.trace
    trail = np.stack([trace.centroids_at(i)[row] for i in range(iteration + 1)])
    view.centroids(
        trace.centroids_at(iteration),
        trace.colors_at(iteration),
        trace.at(iteration).shares,
        trails=[trail] if iteration else [],
        trail_colors=[style.STAGE.accent],
        accent=row,
    )


def wash_out(
    replay: Replay, target: Target, search: WashOutSearch | None = None, cure: Compressed | None = None
) -> Figure:
    """F10: the loupe at four iterations, the two errors, and the cloud with the way of the centroid that was nearest.

    search: how the seed was found. cure: the same picture from the same start with protection; it becomes a fifth
    loupe.
    """
    fig = style.figure((1040, 620))
    style.title(fig, wash_out_title(replay, target))
    last = replay.last
    chosen = sorted({0, min(1, last), min(3, last), last})
    views = [(replay.picture(i), replay.colors(i)[replay.transparent :], f"Iteration {i}") for i in chosen]
    if cure is not None:
        cured = shown(cure.indexed.to_image().pixels)
        views.append((cured, cure.palette.colors, f"With protect {cure.settings.protect}"))
    gap = 16
    columns = max(4, len(views))
    wide = (1040 - 2 * style.MARGIN - gap * (columns - 1)) // columns
    width, height = loupe_size(target.region, (wide, 170))
    for place, (pixels, row, words) in enumerate(views):
        x = style.MARGIN + place * (wide + gap)
        style.text(fig, x, 66, words, size=10.5, weight="bold")
        picture(fig, sampled(cut(pixels, target.region), width, height), x, 76)
        nearest = row[int(target.distance(row).argmin())]
        rectangle(fig, (x, 76 + height + 8, 16, 16), style.hex_of(nearest), edgecolor=style.STAGE.line, linewidth=0.6)
        away = f"nearest of {count_of(len(row), 'color')}: {target.distance(row).min():.0f} away"
        if columns > 4:
            away = f"nearest: {target.distance(row).min():.0f} away"
        style.text(fig, x + 23, 76 + height + 20, away, size=9, color=style.STAGE.mute)
    top = 76 + height + 44
    floor = 620 - 58
    tall = min(320, floor - top)
    view = CloudView(
        style.axes(fig, (style.MARGIN, top, 420, tall)), replay.histogram, space=replay.trace.settings.measured_in
    )
    _follow(view, replay, follower(replay, target), last)
    words = f"Its centroid's way through the colors, iterations 0 to {last}"
    style.text(fig, style.MARGIN, top + 4, words, size=9.5, color=style.STAGE.mute)
    plot = TwoErrors(fig, (500, top + 30, 500, tall - 76), replay, target)
    plot.show(last)
    plot.ax.set_xlabel("Iteration", loc="right")
    style.caption(fig, wash_out_caption(replay, target, search))
    return fig


def wash_out_frames(replay: Replay, target: Target, search: WashOutSearch | None = None) -> Iterator[Frame]:
    """F10 as an animation: picture and loupe, the cloud with the trail, and the two errors."""
    fig = style.figure()
    theme = style.STAGE
    row = follower(replay, target)
    title = style.text(fig, style.MARGIN, 34, "", size=17, weight="bold")
    style.text(fig, style.MARGIN + 184, 34, wash_out_title(replay, target), size=10.5, color=theme.mute)
    image = replay.image
    room = (400, 300)
    size = fit(image.width, image.height, room)
    left = style.MARGIN + (room[0] - size[0]) // 2
    place = (left, 48 + (room[1] - size[1]) // 2, *size)
    magnified = loupe_size(target.region, (268, 166))
    bottom = (style.MARGIN, 362, *magnified)
    frame = on_panel(place, target.region, image.width, image.height)
    side = style.MARGIN + 284
    style.text(fig, side, 374, f"true {target.name}", size=9, color=theme.mute)
    rectangle(fig, (side, 382, 56, 44), style.hex_of(target.color))
    style.text(fig, side, 446, "nearest centroid", size=9, color=theme.mute)
    given = rectangle(fig, (side, 454, 56, 44), "#000000")
    away = style.text(fig, side, 516, "", size=9, color=theme.ink)
    view = CloudView(style.axes(fig, (440, 44, 584, 312)), replay.histogram, space=replay.trace.settings.measured_in)
    plot = TwoErrors(fig, (478, 396, 540, 112), replay, target)
    style.caption(fig, wash_out_caption(replay, target, search))
    moving = [title, given, away, *plot.artists]
    # The trail lies under the circles.
    backdrop = Backdrop(fig, [view.trails, view.circles, *moving])
    for iteration in range(replay.last + 1):
        colors = replay.trace.colors_at(iteration)
        title.set_text(f"Iteration {iteration}")
        distances = target.distance(colors)
        given.set_facecolor(style.hex_of(colors[int(distances.argmin())]))
        away.set_text(f"{distances.min():.0f} away")
        plot.show(iteration)
        _follow(view, replay, row, iteration)
        pixels = backdrop.pixels()
        picture = shown(replay.colors(iteration)[replay.indices(iteration)])
        _paste(pixels, sampled(picture, *size), place)
        _frame(pixels, frame)
        _paste(pixels, sampled(cut(picture, target.region), *magnified), bottom)
        _frame(pixels, bottom)
        yield Frame(pixels, stay(iteration, replay.last))


def _paste(canvas: UInt8Array, pixels: UInt8Array, box: style.Rect) -> None:
    x, y, width, height = (round(value) for value in box)
    canvas[y : y + height, x : x + width] = pixels


def _frame(canvas: UInt8Array, box: style.Rect) -> None:
    """A frame of two pixels in the accent color around a box."""
    accent = style.rgb_of(style.STAGE.accent)
    x, y, width, height = (round(value) for value in box)
    for thick in (0, 1):
        top, low, near, far = y - thick, y + height - 1 + thick, x - thick, x + width - 1 + thick
        canvas[[top, low], near : far + 1] = accent
        canvas[top : low + 1, [near, far]] = accent


def plan(runs: Runs) -> Plan:
    """A run that loses the followed color, if one is found, and what protection makes of the same start."""
    replay, search = runs.wash_out
    target = runs.target
    cured = runs.result(replay.trace.settings.but(protect="auto"))
    cure = cured if cured.protected else None
    notes = () if is_wash_out(washed_out(replay, target)) else ("No wash-out was found in this picture.",)
    return Plan(
        wash_out_caption(replay, target, search),
        replay.trace.meta,
        lambda: wash_out(replay, target, search, cure),
        lambda: wash_out_frames(replay, target, search),
        title=wash_out_title(replay, target),
        notes=notes,
    )


FIGURE = FigureRow("F10", "wash-out", "How the color was lost", (".png", ".gif"), plan)
