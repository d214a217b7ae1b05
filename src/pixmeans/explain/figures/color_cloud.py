"""The colors of the picture as points in space, and the centroids among them as circles."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ...color.spaces import SPACES
from ...records import replace
from .. import style
from ..animation import Frame
from ..cloud import HOME, CloudView
from ..export import pixels_of
from ..replay import Replay
from ..wording import count_of
from . import FigureRow, Plan

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from ..runs import Runs

VIEWS = (0, 90, 180, 270)  # degrees that the cloud is turned by
FEW = ("black", "white", "red", "green", "blue")  # corners with a name where room is scarce
TURN = 36  # frames of a full turn


def _show_centroids(view: CloudView, replay: Replay, iteration: int) -> None:
    colors = replay.trace.colors_at(iteration)
    own = view.space == replay.trace.settings.measured_in
    points = replay.trace.centroids_at(iteration) if own else SPACES[view.space].palette_points(colors)
    view.centroids(points, colors, replay.trace.at(iteration).shares)


def color_cloud(replay: Replay) -> Figure:
    """F17: all colors of the picture in RGB and in OKLab from four sides, with the centroids of the last iteration."""
    fig = style.figure((1040, 660))
    style.title(
        fig,
        f"{count_of(len(replay.histogram), 'color')} and {count_of(replay.trace.k, 'centroid')}",
        replay.trace.in_words(),
    )
    width = 258
    for space, name, top, height, zoom in (
        ("rgb", "sRGB: a cube", 54, 232, 0.55),
        ("oklab", "OKLab: the same colors, spaced as eyes see them", 318, 284, 0.74),
    ):
        style.text(fig, style.MARGIN, top + 12, name, size=10.5, weight="bold")
        for column, turn in enumerate(VIEWS):
            ax = style.axes(fig, (4 + column * width, top + 18, width, height))
            camera = HOME[space]
            camera = replace(camera, azimuth=camera.azimuth + turn, zoom=zoom)
            view = CloudView(ax, replay.histogram, space=space, camera=camera, labels=FEW)
            _show_centroids(view, replay, replay.last)
            view.clear_words()
    style.caption(fig, cloud_caption(replay))
    return fig


def cloud_caption(replay: Replay) -> str:
    """What F17 says at its foot."""
    return (
        f"{replay.trace.in_words()}, after {count_of(replay.last, 'iteration')}. Each dot is a color of the picture, "
        f"however many pixels have it; each circle a centroid, its area its share of the pixels "
        "(small ones are drawn larger to be seen)."
    )


def turning_cloud(replay: Replay) -> Iterator[Frame]:
    """F17 as an animation: both clouds turn once."""
    fig = style.figure((800, 440))
    left, top, width, height = 10, 44, 385, 340
    views = []
    for column, (space, name) in enumerate((("rgb", "sRGB"), ("oklab", "OKLab"))):
        style.text(fig, 40 + column * 395, 32, name, size=11, weight="bold")
        ax = style.axes(fig, (left + column * 395, top, width, height))
        views.append(CloudView(ax, replay.histogram, space=space))
    style.caption(
        fig,
        f"{replay.trace.in_words()}. {len(replay.histogram):,} colors; circles are centroids, areas "
        "their shares of the pixels.",
    )
    for step in range(TURN):
        for view in views:
            home = HOME[view.space]
            view.turn(replace(home, azimuth=home.azimuth + 360.0 * step / TURN))
            _show_centroids(view, replay, replay.last)
        yield Frame(pixels_of(fig), 120)


def plan(runs: Runs) -> Plan:
    """The main run."""
    replay = runs.main
    return Plan(
        cloud_caption(replay),
        replay.trace.meta,
        lambda: color_cloud(replay),
        lambda: turning_cloud(replay),
        title="The color cloud in sRGB and in OKLab",
    )


FIGURE = FigureRow("F17", "cloud", "The color cloud", (".png", ".webp"), plan)
