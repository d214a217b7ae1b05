"""One run, iteration by iteration: as a filmstrip, as an animation, and its errors as a curve."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from ...arrays import UInt8Array
from .. import style
from ..animation import Frame, stay
from ..export import Backdrop
from ..layout import fit, palette_bar, panel, sampled, swatches
from ..replay import Replay, shown
from ..trace import Trace
from ..wording import count_of, percent
from . import FigureRow, Plan

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

    from ..runs import Runs

FILMSTRIP = (0, 1, 2, 5, 10, 30)


# F2.


def filmstrip(replay: Replay) -> Figure:
    """F2: picture, palette and error at some iterations, the last one always among them."""
    last = replay.last
    chosen = sorted({i for i in FILMSTRIP if i < last} | {last})
    image = replay.image
    columns = 6 if image.height > 1.2 * image.width else 3
    rows = -(-len(chosen) // columns)
    gap, words, bar = 16, 40, 16
    wide = (1040 - 2 * style.MARGIN - gap * (columns - 1)) // columns
    room = min(wide * image.height / image.width, 330)
    height = fit(image.width, image.height, (wide, room))[1]
    row_height = words + height + 6 + bar
    fig = style.figure((1040, 56 + rows * row_height + 14 * (rows - 1) + 52))
    muted = style.STAGE.mute
    style.title(fig, f"{count_of(replay.trace.k, 'color')}, {count_of(last, 'iteration')}", replay.trace.in_words())
    for place, iteration in enumerate(chosen):
        x = style.MARGIN + (place % columns) * (wide + gap)
        y = 48 + (place // columns) * (row_height + 14)
        if columns == 6:
            style.text(fig, x, y + 17, f"Iteration {iteration}", size=10.5, weight="bold")
            style.text(fig, x, y + 33, f"RMSE {replay.rmse(iteration):.1f}", size=9.5, color=muted)
        else:
            style.text(fig, x, y + 29, f"Iteration {iteration}", size=10.5, weight="bold")
            note = f"RMSE {replay.rmse(iteration):.1f}"
            style.text(fig, x + wide, y + 29, note, size=9.5, color=muted, align="right")
        panel(fig, (x, y + words, wide, height), replay.picture(iteration))
        order = _order(replay)
        bar_box = (x, y + words + height + 6, wide, bar)
        palette_bar(fig, bar_box, replay.colors(iteration)[order], replay.shares(iteration)[order])
    style.caption(fig, filmstrip_caption(replay))
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
    return f"stopped after {count_of(replay.last, 'iteration')}{still}"


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
        fig = style.figure((560, 360), stage=False)
        ax = style.axes(fig, (64, 24, 470, 270))
    theme = style.theme_of(ax.figure)
    if isinstance(run, Trace):
        errors = [step.error**0.5 for step in run.assigned]
        words = "RMSE (over R, G, B)" if run.settings.measured_in == "rgb" else "RMSE (OKLab)"
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
        self.panel = run_panel(replay)
        fig = style.figure()
        theme = style.STAGE
        self.title = style.text(fig, style.MARGIN, 34, "", size=17, weight="bold")
        style.text(fig, style.MARGIN + 184, 34, replay.trace.in_words(), size=10.5, color=theme.mute)
        left, top, wide, _ = style.SIDE_PANEL
        self.rmse = style.text(fig, left, 34, "", size=13, weight="bold")
        self.changed = style.text(fig, left + wide, 34, "", size=9.5, color=theme.mute, align="right")
        k = len(self.order)
        words = "Palette and share of the pixels" if k <= 36 else "Palette, most used first"
        style.text(fig, left, top + 10, words, size=9.5, color=theme.mute)
        columns = min(k, max(4, int(np.ceil(k**0.5))))
        rows = -(-k // columns)
        tall = min(284, rows * (wide // columns))
        labels = [""] * k if k <= 36 else None
        colors = shown(replay.colors(replay.last)[self.order][None])[0]
        board = swatches(fig, (left, top + 20, wide, tall), colors, labels, columns=columns)
        self.patches, self.labels = list(board.patches), list(board.texts)
        style.text(fig, left, 390, "RMSE of the picture, over R, G and B", size=9.5, color=theme.mute)
        ax = style.axes(fig, (left + 34, 402, wide - 34 - 8, 106))
        ax.plot(range(len(self.errors)), self.errors, color=theme.line, linewidth=1.2)
        (self.curve,) = ax.plot([], [], color=theme.accent, linewidth=1.8)
        (self.dot,) = ax.plot([], [], color=theme.accent, marker="o", markersize=6, clip_on=False)
        ax.set_ylim(0, max(self.errors) * 1.08 or 1)
        whole_ticks(ax, replay.last)
        ax.yaxis.set_major_locator(few_ticks())
        style.caption(fig, run_caption(replay))
        moving = [self.title, self.rmse, self.changed, *self.patches, *self.labels, self.curve, self.dot]
        self.backdrop = Backdrop(fig, moving)

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
            patch.set_facecolor(style.hex_of(color))
        for label, color, share in zip(self.labels, colors, shares, strict=bool(self.labels)):
            label.set_text(percent(share))
            label.set_color(style.readable_on(color))
        self.curve.set_data(range(iteration + 1), self.errors[: iteration + 1])
        self.dot.set_data([iteration], [self.errors[iteration]])
        pixels = self.backdrop.pixels()
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
    x, y, width, height = style.PICTURE_PANEL
    wide, high = fit(replay.image.width, replay.image.height, (width, height))
    return x + (width - wide) // 2, y + (height - high) // 2, wide, high


def run_caption(replay: Replay) -> str:
    """What the frames of a run say at their foot."""
    image = replay.image
    wide = fit(image.width, image.height, style.PICTURE_PANEL[2:])[0]
    scaled = (
        "" if wide >= image.width else f" The picture is shown smaller; all {image.width}x{image.height} pixels count."
    )
    return (
        f"{replay.trace.in_words()}. Each iteration gives every pixel the nearest of {replay.trace.k} colors, then "
        f"moves every color to the mean of its pixels; {_ending(replay)}.{scaled}"
    )


def few_ticks() -> MaxNLocator:
    """At most five whole or half numbers, for small plots."""
    from matplotlib.ticker import MaxNLocator

    return MaxNLocator(4, steps=[1, 2, 5, 10], min_n_ticks=3)


def plan_filmstrip(runs: Runs) -> Plan:
    """The main run."""
    replay = runs.main
    return Plan(filmstrip_caption(replay), replay.trace.meta, lambda: filmstrip(replay))


def plan_run(runs: Runs) -> Plan:
    """The main run."""
    replay = runs.main
    return Plan(
        run_caption(replay),
        replay.trace.meta,
        lambda: filmstrip(replay),
        lambda: run(replay),
        palette=_opaque(replay) if len(replay.colors(replay.last)) <= 200 else None,
        region=run_panel(replay),
    )


def _opaque(replay: Replay) -> UInt8Array | None:
    """The colors of the last frame's picture, (n, 3), if they are those of the palette: not over a checkerboard."""
    colors = replay.colors(replay.last)
    return None if colors.shape[1] == 4 else np.unique(colors, axis=0)


FIGURES = (
    FigureRow("F2", "filmstrip", "The run in six pictures", (".png",), plan_filmstrip),
    FigureRow("F8", "run", "Picture, palette and error over the iterations", (".gif", ".webp"), plan_run),
)
