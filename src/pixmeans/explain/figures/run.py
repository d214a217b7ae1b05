"""One run, iteration by iteration: the filmstrip, the animation, and how a small color is washed out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ...flow.result import Compressed
from .. import look
from ..animation import Frame, stay
from ..parts import (
    Replay,
    Search,
    Target,
    UInt8Array,
    counted,
    cut,
    fit,
    loupe_size,
    on_panel,
    palette_bar,
    panel,
    percent,
    rectangle,
    sampled,
    shown,
)
from ..trace import Trace

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FILMSTRIP = (0, 1, 2, 5, 10, 30)
# Colors of the two curves of the wash-out; the marks differ too.
PICTURE_INK, TARGET_INK = "#56B4E9", "#FFB000"


# F2.


def filmstrip(replay: Replay, iterations: Sequence[int] = FILMSTRIP) -> Figure:
    """F2: picture, palette and error at some iterations, the last one always among them."""
    last = replay.last
    chosen = sorted({i for i in iterations if i < last} | {last})
    image = replay.image
    columns = 6 if image.height > 1.2 * image.width else 3
    rows = -(-len(chosen) // columns)
    gap, words, bar = 16, 40, 16
    wide = (1040 - 2 * look.MARGIN - gap * (columns - 1)) // columns
    room = min(wide * image.height / image.width, 330)
    height = fit(image.width, image.height, (wide, room))[1]
    row_height = words + height + 6 + bar
    fig = look.figure((1040, 56 + rows * row_height + 14 * (rows - 1) + 52))
    muted = look.STAGE.mute
    look.title(fig, f"{counted(replay.trace.k, 'color')}, {counted(last, 'iteration')}", replay.trace.in_words())
    for place, iteration in enumerate(chosen):
        x = look.MARGIN + (place % columns) * (wide + gap)
        y = 48 + (place // columns) * (row_height + 14)
        if columns == 6:
            look.text(fig, x, y + 17, f"Iteration {iteration}", size=10.5, weight="bold")
            look.text(fig, x, y + 33, f"RMSE {replay.rmse(iteration):.1f}", size=9.5, color=muted)
        else:
            look.text(fig, x, y + 29, f"Iteration {iteration}", size=10.5, weight="bold")
            note = f"RMSE {replay.rmse(iteration):.1f}"
            look.text(fig, x + wide, y + 29, note, size=9.5, color=muted, align="right")
        panel(fig, (x, y + words, wide, height), replay.picture(iteration))
        order = _order(replay)
        bar_box = (x, y + words + height + 6, wide, bar)
        palette_bar(fig, bar_box, replay.colors(iteration)[order], replay.shares(iteration)[order])
    look.caption(fig, filmstrip_caption(replay))
    return fig


def filmstrip_caption(replay: Replay) -> str:
    """What the filmstrip says at its foot."""
    first, last = replay.rmse(0), replay.rmse(replay.last)
    goes = "falls" if last < first else "goes"
    return (
        f"{replay.trace.in_words()}. RMSE (per pixel, over R, G and B) {goes} from {first:.1f} to {last:.1f}; "
        f"{_ending(replay)}. Palettes: as wide as their share of the pixels, in the order of the last iteration."
    )


def _ending(replay: Replay) -> str:
    """How the run ended, in words."""
    if replay.trace.converged:
        return f"converged at iteration {replay.last}"
    changed = replay.trace.at(-1).changed
    still = "" if changed is None else f", {percent(changed)} of the pixels still changing"
    return f"stopped after {counted(replay.last, 'iteration')}{still}"


def _order(replay: Replay) -> list[int]:
    """Entries of the palette in the order that never changes: by their share at the last iteration."""
    return [int(row) for row in np.argsort(-replay.shares(replay.last), kind="stable")]


# The error curve.


def iterations(run: Trace | Replay, ax: Axes | None = None) -> Axes:
    """The error over the iterations of a run, as a line.

    run: a trace, whose error is the root mean squared distance from the centroids in the units of its space; or a
    replay, whose error is that of the picture with 8-bit colors, in sRGB.
    """
    if ax is None:
        fig = look.figure((560, 360), stage=False)
        ax = look.axes(fig, (64, 24, 470, 270))
    theme = look.theme_of(ax.figure)  # type: ignore[arg-type]
    if isinstance(run, Trace):
        errors = [step.error**0.5 for step in run.assigned]
        words = "RMSE (over R, G, B)" if run.settings.space == "rgb" else "RMSE (OKLab)"
    else:
        errors = [run.rmse(i) for i in range(run.last + 1)]
        words = "RMSE (over R, G, B)"
    ax.plot(range(len(errors)), errors, color=theme.accent, marker="o", markersize=3)
    ax.set(xlabel="Iteration", ylabel=words, ylim=(0, max(errors) * 1.08 or 1))
    whole_ticks(ax, len(errors) - 1)
    return ax


def whole_ticks(ax: Axes, last: int) -> None:
    """Ticks of iterations are whole numbers."""
    step = next(step for step in (1, 2, 5, 10, 20, 50, 100, 200, 500, 10**9) if last <= 6 * step)
    ax.set_xticks(range(0, last + 1, step))
    ax.set_xlim(-0.02 * max(last, 1), 1.02 * max(last, 1))


# F8.


class RunView:
    """The frame of a run: artists are made once, and only what changes is drawn again."""

    def __init__(self, replay: Replay) -> None:
        self.replay = replay
        self.order = _order(replay)
        self.errors = [replay.rmse(i) for i in range(replay.last + 1)]
        x, y, width, height = look.PICTURE_PANEL
        image = replay.image
        self.size = fit(image.width, image.height, (width, height))
        self.panel = (
            x + (width - self.size[0]) // 2,
            y + (height - self.size[1]) // 2,
            *self.size,
        )
        small = sampled(image.pixels, *self.size)
        self._small = type(image)(small)
        fig = self.fig = look.figure()
        theme = look.STAGE
        self.title = look.text(fig, look.MARGIN, 34, "", size=17, weight="bold")
        look.text(fig, look.MARGIN + 184, 34, replay.trace.in_words(), size=10.5, color=theme.mute)
        left, top, wide, _ = look.SIDE_PANEL
        self.rmse = look.text(fig, left, 34, "", size=13, weight="bold")
        self.changed = look.text(fig, left + wide, 34, "", size=9.5, color=theme.mute, align="right")
        k = len(self.order)
        words = "Palette and share of the pixels" if k <= 36 else "Palette, most used first"
        look.text(fig, left, top + 10, words, size=9.5, color=theme.mute)
        columns = min(k, max(4, int(np.ceil(k**0.5))))
        rows = -(-k // columns)
        tall = min(284, rows * (wide // columns))
        labels = [""] * k if k <= 36 else None
        colors = shown(replay.colors(replay.last)[self.order][None])[0]
        self.swatches = look.swatches(fig, (left, top + 20, wide, tall), colors, labels, columns=columns)
        self.patches = list(self.swatches.patches)
        self.labels = list(self.swatches.texts)
        look.text(fig, left, 390, "RMSE of the picture, over R, G and B", size=9.5, color=theme.mute)
        with look.style():
            ax = self.ax = look.axes(fig, (left + 34, 402, wide - 34 - 8, 106))
            ax.plot(range(len(self.errors)), self.errors, color=theme.line, linewidth=1.2)
            (self.curve,) = ax.plot([], [], color=theme.accent, linewidth=1.8)
            (self.dot,) = ax.plot([], [], color=theme.accent, marker="o", markersize=6, clip_on=False)
            ax.set_ylim(0, max(self.errors) * 1.08 or 1)
            whole_ticks(ax, replay.last)
            ax.yaxis.set_major_locator(_few_ticks())
        look.caption(fig, run_caption(replay))
        # What never changes is drawn once and kept.
        self.moving = [self.title, self.rmse, self.changed, *self.patches, *self.labels, self.curve, self.dot]
        for artist in self.moving:
            artist.set_visible(False)
        look.pixels(fig)
        canvas: Any = fig.canvas
        canvas.draw()
        self.background = canvas.copy_from_bbox(fig.bbox)
        for artist in self.moving:
            artist.set_visible(True)

    def frame(self, iteration: int) -> Frame:
        """The frame of an iteration."""
        replay = self.replay
        colors = shown(replay.colors(iteration)[self.order][None])[0]
        shares = replay.shares(iteration)[self.order]
        ended = iteration == replay.last
        self.title.set_text(f"Iteration {iteration}")
        self.rmse.set_text(f"RMSE {self.errors[iteration]:.1f}")
        changed = replay.trace.at(iteration).changed
        if ended and replay.trace.converged:
            self.changed.set_text("converged: no color moves")
        elif iteration and changed is not None:
            self.changed.set_text(f"{percent(changed)} of the pixels changed color")
        else:
            self.changed.set_text("the start" if iteration == 0 else "")
        for patch, color in zip(self.patches, colors, strict=True):
            patch.set_facecolor(look.hex_of(color))
        for label, color, share in zip(self.labels, colors, shares, strict=bool(self.labels)):
            label.set_text(percent(share))
            label.set_color(look.readable_on(color))
        self.curve.set_data(range(iteration + 1), self.errors[: iteration + 1])
        self.dot.set_data([iteration], [self.errors[iteration]])
        canvas: Any = self.fig.canvas
        canvas.restore_region(self.background)
        for artist in self.moving:
            self.fig.draw_artist(artist)
        pixels = np.asarray(canvas.buffer_rgba())[..., :3].copy()
        x, y, width, height = self.panel
        indices = sampled(replay.indices(iteration), width, height)
        pixels[y : y + height, x : x + width] = shown(replay.colors(iteration)[indices])
        return Frame(pixels, stay(iteration, replay.last))


def run(replay: Replay) -> Iterator[Frame]:
    """F8: picture, palette and error, a frame for each iteration. The palette's order is that of the last one."""
    view = RunView(replay)
    for iteration in range(replay.last + 1):
        yield view.frame(iteration)


def run_panel(replay: Replay) -> tuple[int, int, int, int]:
    """Where in the frames of `run` the picture is."""
    x, y, width, height = look.PICTURE_PANEL
    wide, high = fit(replay.image.width, replay.image.height, (width, height))
    return x + (width - wide) // 2, y + (height - high) // 2, wide, high


def run_caption(replay: Replay) -> str:
    """What the frames of a run say at their foot."""
    image = replay.image
    wide = fit(image.width, image.height, look.PICTURE_PANEL[2:])[0]
    scaled = (
        "" if wide >= image.width else f" The picture is shown smaller; all {image.width}x{image.height} pixels count."
    )
    return (
        f"{replay.trace.in_words()}. Each iteration gives every pixel the nearest of {replay.trace.k} colors, then "
        f"moves every color to the mean of its pixels; {_ending(replay)}.{scaled}"
    )


def _few_ticks() -> Any:
    from matplotlib.ticker import MaxNLocator

    return MaxNLocator(4, steps=[1, 2, 5, 10], min_n_ticks=3)


# F10.


def follower(replay: Replay, target: Target, iteration: int = 0) -> int:
    """The row of the centroid that is nearest to the target's color at an iteration."""
    return int(target.distance(replay.trace.colors_at(iteration)).argmin())


def washed_out(replay: Replay, target: Target) -> dict[str, float]:
    """What a wash-out is judged by: how far the nearest centroid is from the color at the start and at the end,
    and the errors of the color's pixels and of the picture, at the start and at the end.
    """
    last = replay.last
    return {
        "distance_start": float(target.distance(replay.trace.colors_at(0)).min()),
        "distance_end": float(target.distance(replay.trace.colors_at(last)).min()),
        "target_start": replay.rmse(0, target),
        "target_end": replay.rmse(last, target),
        "picture_start": replay.rmse(0),
        "picture_end": replay.rmse(last),
    }


def is_wash_out(numbers: dict[str, float]) -> bool:
    """Whether a color was there at the start (within 15) and is lost at the end (none within 60), its error at
    least tripled while the picture's at least halved.
    """
    return (
        numbers["distance_start"] <= 15
        and numbers["distance_end"] > 60
        and numbers["target_end"] >= 3 * numbers["target_start"]
        and 2 * numbers["picture_end"] <= numbers["picture_start"]
    )


def _hold(replay: Replay, target: Target, search: Search | None) -> tuple[str, str]:
    """What the figures of the lost color say in their title and at their foot."""
    numbers = washed_out(replay, target)
    found = ""
    if search is not None and is_wash_out(numbers):
        found = f" (searched for: of {search.held} starts near the {target.name} {search.lost} lose it)"
    first = f"{replay.trace.in_words()}{found}."
    if is_wash_out(numbers):
        what = f"The {target.name} centroid is pulled away by the many pixels it also has to serve:"
    elif target.searched:
        what = "No wash-out was found; this follows the small color that is served worst, " + f"{target.name}:"
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


def wash_out_caption(replay: Replay, target: Target, search: Search | None = None) -> str:
    """What the wash-out says at its foot."""
    return " ".join(_hold(replay, target, search))


def wash_out_title(replay: Replay, target: Target) -> str:
    """'Chosen at the start, then lost' only where that is what happened."""
    if is_wash_out(washed_out(replay, target)):
        return f"The {target.name} is chosen at the start, then lost"
    return f"What becomes of the {target.name}"


class TwoErrors:
    """The error of the picture and that of the target's pixels over the iterations, in one plot."""

    def __init__(self, fig: Figure, rect: look.Rect, replay: Replay, target: Target) -> None:
        x, y = rect[:2]
        last = range(replay.last + 1)
        self.picture = [replay.rmse(i) for i in last]
        self.target = [replay.rmse(i, target) for i in last]
        pixels = counted(replay.pixels_of(target), f"{target.name} pixel")
        with look.style():
            ax = self.ax = look.axes(fig, rect)
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
            ax.yaxis.set_major_locator(_few_ticks())
        of_target = f"■ RMSE of the {pixels}"
        words = look.text(fig, x - 34, y - 12, of_target, size=9.5, color=TARGET_INK)
        left = x - 34 + look.text_width(fig, words) + 18
        look.text(fig, left, y - 12, "● RMSE of the picture", size=9.5, color=PICTURE_INK)

    def show(self, iteration: int) -> None:
        """Draws the curves up to an iteration."""
        for errors, line, dot in (
            (self.target, self.artists[0], self.artists[1]),
            (self.picture, self.artists[2], self.artists[3]),
        ):
            line.set_data(range(iteration + 1), errors[: iteration + 1])
            dot.set_data([iteration], [errors[iteration]])


def _follow(view: Any, replay: Replay, row: int, iteration: int) -> None:
    """Shows the centroids of an iteration in a cloud, and the trail of the followed one."""
    trace = replay.trace
    trail = np.stack([trace.centroids_at(i)[row] for i in range(iteration + 1)])
    view.centroids(
        trace.centroids_at(iteration),
        trace.colors_at(iteration),
        trace.at(iteration).shares,
        trails=[trail] if iteration else [],
        trail_colors=[look.STAGE.accent],
        accent=row,
    )


def wash_out(replay: Replay, target: Target, search: Search | None = None, cure: Compressed | None = None) -> Figure:
    """F10: the loupe at four iterations, the two errors, and the cloud with the way of the centroid that was nearest.

    search: how the seed was found. cure: the same picture from the same start with protection; it becomes a fifth
    loupe.
    """
    from ..cloud import CloudView

    fig = look.figure((1040, 620))
    look.title(fig, wash_out_title(replay, target))
    last = replay.last
    chosen = sorted({0, min(1, last), min(3, last), last})
    views = [(replay.picture(i), replay.colors(i)[replay.transparent :], f"Iteration {i}") for i in chosen]
    if cure is not None:
        cured = shown(cure.indexed.to_image().pixels)
        views.append((cured, cure.palette.colors, f"With protect {cure.settings.protect}"))
    gap = 16
    columns = max(4, len(views))
    wide = (1040 - 2 * look.MARGIN - gap * (columns - 1)) // columns
    width, height = loupe_size(target.region, (wide, 170))
    for place, (pixels, row, words) in enumerate(views):
        x = look.MARGIN + place * (wide + gap)
        look.text(fig, x, 66, words, size=10.5, weight="bold")
        look.picture(fig, sampled(cut(pixels, target.region), width, height), x, 76)
        nearest = row[int(target.distance(row).argmin())]
        rectangle(fig, (x, 76 + height + 8, 16, 16), look.hex_of(nearest), edgecolor=look.STAGE.line, linewidth=0.6)
        away = f"nearest of {counted(len(row), 'color')}: {target.distance(row).min():.0f} away"
        if columns > 4:
            away = f"nearest: {target.distance(row).min():.0f} away"
        look.text(fig, x + 23, 76 + height + 20, away, size=9, color=look.STAGE.mute)
    top = 76 + height + 44
    floor = 620 - 58
    tall = min(320, floor - top)
    view = CloudView(look.axes(fig, (look.MARGIN, top, 420, tall)), replay.histogram, space=replay.trace.settings.space)
    _follow(view, replay, follower(replay, target), last)
    words = f"Its centroid's way through the colors, iterations 0 to {last}"
    look.text(fig, look.MARGIN, top + 4, words, size=9.5, color=look.STAGE.mute)
    plot = TwoErrors(fig, (500, top + 30, 500, tall - 76), replay, target)
    plot.show(last)
    plot.ax.set_xlabel("Iteration", loc="right")
    look.caption(fig, wash_out_caption(replay, target, search))
    return fig


def wash_out_frames(replay: Replay, target: Target, search: Search | None = None) -> Iterator[Frame]:
    """F10 as an animation: picture and loupe, the cloud with the trail, and the two errors."""
    from ..cloud import CloudView

    fig = look.figure()
    theme = look.STAGE
    row = follower(replay, target)
    title = look.text(fig, look.MARGIN, 34, "", size=17, weight="bold")
    look.text(fig, look.MARGIN + 184, 34, wash_out_title(replay, target), size=10.5, color=theme.mute)
    image = replay.image
    room = (400, 300)
    size = fit(image.width, image.height, room)
    left = look.MARGIN + (room[0] - size[0]) // 2
    place = (left, 48 + (room[1] - size[1]) // 2, *size)
    magnified = loupe_size(target.region, (268, 166))
    bottom = (look.MARGIN, 362, *magnified)
    frame = on_panel(place, target.region, image.width, image.height)
    side = look.MARGIN + 284
    look.text(fig, side, 374, f"true {target.name}", size=9, color=theme.mute)
    rectangle(fig, (side, 382, 56, 44), look.hex_of(target.color))
    look.text(fig, side, 446, "nearest centroid", size=9, color=theme.mute)
    given = rectangle(fig, (side, 454, 56, 44), "#000000")
    away = look.text(fig, side, 516, "", size=9, color=theme.ink)
    view = CloudView(look.axes(fig, (440, 44, 584, 312)), replay.histogram, space=replay.trace.settings.space)
    plot = TwoErrors(fig, (478, 396, 540, 112), replay, target)
    look.caption(fig, wash_out_caption(replay, target, search))
    moving = [title, given, away, *plot.artists]
    moving_in_cloud = [view.circles, view.trails]
    for artist in [*moving, *moving_in_cloud]:
        artist.set_visible(False)
    look.pixels(fig)
    canvas: Any = fig.canvas
    canvas.draw()
    background = canvas.copy_from_bbox(fig.bbox)
    for artist in [*moving, *moving_in_cloud]:
        artist.set_visible(True)
    for iteration in range(replay.last + 1):
        colors = replay.trace.colors_at(iteration)
        title.set_text(f"Iteration {iteration}")
        distances = target.distance(colors)
        given.set_facecolor(look.hex_of(colors[int(distances.argmin())]))
        away.set_text(f"{distances.min():.0f} away")
        plot.show(iteration)
        _follow(view, replay, row, iteration)
        canvas.restore_region(background)
        # The trail lies under the circles.
        for artist in [view.trails, view.circles, *moving]:
            fig.draw_artist(artist)
        pixels = np.asarray(canvas.buffer_rgba())[..., :3].copy()
        picture = shown(replay.colors(iteration)[replay.indices(iteration)])
        _paste(pixels, sampled(picture, *size), place)
        _frame(pixels, frame)
        _paste(pixels, sampled(cut(picture, target.region), *magnified), bottom)
        _frame(pixels, bottom)
        yield Frame(pixels, stay(iteration, replay.last))


def _paste(canvas: UInt8Array, pixels: UInt8Array, box: look.Rect) -> None:
    x, y, width, height = (round(value) for value in box)
    canvas[y : y + height, x : x + width] = pixels


def _frame(canvas: UInt8Array, box: look.Rect) -> None:
    """A frame of two pixels in the accent color around a box."""
    accent = np.frombuffer(bytes.fromhex(look.STAGE.accent[1:]), np.uint8)
    x, y, width, height = (round(value) for value in box)
    for thick in (0, 1):
        top, low, near, far = y - thick, y + height - 1 + thick, x - thick, x + width - 1 + thick
        canvas[[top, low], near : far + 1] = accent
        canvas[top : low + 1, [near, far]] = accent
