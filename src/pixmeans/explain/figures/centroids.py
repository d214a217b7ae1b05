"""The colors that were chosen: as swatches, as circles in the color cloud, and as places in the picture."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from ...color.spaces import SPACES
from .. import look
from ..animation import Frame
from ..cloud import HOME, CloudView
from ..parts import NEAR, Replay, Target, UInt8Array, counted, fit, percent, sampled, shown

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MAJORITY = 5  # borders between single pixels would cover the picture
VIEWS = (0, 90, 180, 270)  # degrees that the cloud is turned by
FEW = ("black", "white", "red", "green", "blue")  # corners with a name where room is scarce
TURN = 36  # frames of a full turn


# F12.


def by_lightness(colors: UInt8Array, columns: int) -> npt.NDArray[np.intp]:
    """The order of a grid of swatches: rows from light to dark, and in each row by hue (both OKLab's)."""
    lab = SPACES["oklab"].palette_points(np.ascontiguousarray(colors[:, :3]))
    hue = np.arctan2(lab[:, 2], lab[:, 1])
    order = np.argsort(-lab[:, 0], kind="stable")
    rows = [order[start : start + columns] for start in range(0, len(order), columns)]
    return np.concatenate([row[np.argsort(hue[row], kind="stable")] for row in rows])


def swatch_grid(
    colors: UInt8Array, columns: int, side: int, gap: int, paper: UInt8Array, ringed: Sequence[int] = ()
) -> UInt8Array:
    """A grid of swatches as a picture; the ringed ones have a frame in the accent color."""
    rows = -(-len(colors) // columns)
    grid = np.empty((rows * side, columns * side, 3), np.uint8)
    grid[:] = paper
    accent = np.frombuffer(bytes.fromhex(look.STAGE.accent[1:]), np.uint8)
    for place, color in enumerate(shown(colors[None])[0]):
        y, x = place // columns * side, place % columns * side
        if place in ringed:
            grid[y : y + side, x : x + side] = accent
            inner = gap + 2
            grid[y + inner : y + side - inner, x + inner : x + side - inner] = color
        else:
            grid[y + gap : y + side - gap, x + gap : x + side - gap] = color
    return grid


def centroids(replays: Sequence[Replay], target: Target) -> Figure:
    """F12: the palettes of some runs as grids by lightness and hue, and again with areas as large as their shares.

    What is near the target's color is ringed and counted.
    """
    fig = look.figure((1040, 680))
    theme = look.STAGE
    paper = np.frombuffer(bytes.fromhex(theme.paper[1:]), np.uint8)
    ks = [replay.trace.k for replay in replays]
    ends = sorted({replay.last for replay in replays})
    title = f"{' and '.join(map(str, ks))} centroids after {' and '.join(map(str, ends))} iterations"
    look.title(fig, title, replays[0].trace.in_words().partition(", ")[2])
    cell = (1040 - 32 + 24) // max(2, len(replays))
    for place, replay in enumerate(replays):
        x, width = look.MARGIN + place * cell, cell - 24
        colors = replay.colors(replay.last)[replay.transparent :]
        shares = replay.shares(replay.last)[replay.transparent :]
        columns = max(1, int(np.ceil(len(colors) ** 0.5)))
        order = by_lightness(colors, columns)
        near = np.flatnonzero(target.members(colors[order]))
        side = min(440 // -(-len(colors) // columns), width // columns)
        grid = swatch_grid(colors[order], columns, side, 1 if columns > 8 else 2, paper, [int(row) for row in near])
        look.text(fig, x, 68, f"k = {len(colors)}", size=13, weight="bold")
        share = percent(float(shares[order][near].sum()))
        words = f"{len(near)} within {NEAR:.0f} of the {target.name}: {share} of the pixels"
        look.text(fig, x + 100, 68, words, size=9.5, color=theme.accent)
        ax = look.axes(fig, (x, 80, grid.shape[1], grid.shape[0]))
        _bare_image(ax, grid)
        down = 80 + 440 + 22
        look.text(fig, x, down, "The same, as wide as their share of the pixels", size=9.5, color=theme.mute)
        strip = look.axes(fig, (x, down + 10, width, 52))
        _bare_image(strip, _strip(colors[order], shares[order], width))
        frames = _strip(
            np.where(target.members(colors[order])[:, None], 255, 0).repeat(3, axis=1).astype(np.uint8),
            shares[order],
            width,
        )
        for left, right in _stretches(frames[0, :, 0] > 0):
            mark = look.axes(fig, (x + left, down + 64, max(2, right - left), 5))
            mark.set(xticks=[], yticks=[], facecolor=theme.accent)
            mark.spines[:].set_visible(False)
    look.caption(fig, centroids_caption(replays, target))
    return fig


def _bare_image(ax: Axes, pixels: UInt8Array) -> None:
    ax.imshow(pixels, interpolation="none", aspect="auto")
    ax.set_axis_off()


def _strip(colors: UInt8Array, shares: npt.NDArray[np.float64], width: int) -> UInt8Array:
    """One row of pixels in which each color has its share."""
    ends = np.cumsum(shares)
    middle = (np.arange(width) + 0.5) / width * max(float(ends[-1]), 1e-12)
    return shown(colors[None])[:, np.minimum(np.searchsorted(ends, middle, side="right"), len(colors) - 1)]


def _stretches(flags: npt.NDArray[np.bool_]) -> list[tuple[int, int]]:
    """From where to where flags are set."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]]).astype(np.int8)))
    return [(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]


def centroids_caption(replays: Sequence[Replay], target: Target) -> str:
    """What F12 says at its foot."""
    words = replays[0].trace.in_words()
    ks = " and ".join(str(replay.trace.k) for replay in replays)
    share = percent(replays[0].pixels_of(target) / replays[0].histogram.total)
    return (
        f"k = {ks}, {words.partition(', ')[2]}. Rows from light to dark, in each row by hue. Ringed: centroids "
        f"within {NEAR:.0f} of the {target.name} ({share} of the original's pixels). k-means spends its colors "
        "where pixels are, not where they are noticed."
    )


# F17.


def _show_centroids(view: CloudView, replay: Replay, iteration: int) -> None:
    colors = replay.trace.colors_at(iteration)
    own = view.space == replay.trace.settings.space
    points = replay.trace.centroids_at(iteration) if own else SPACES[view.space].palette_points(colors)
    view.centroids(points, colors, replay.trace.at(iteration).shares)


def color_cloud(replay: Replay) -> Figure:
    """F17: all colors of the picture in RGB and in OKLab from four sides, with the centroids of the last iteration."""
    fig = look.figure((1040, 660))
    look.title(
        fig,
        f"{counted(len(replay.histogram), 'color')} and {counted(replay.trace.k, 'centroid')}",
        replay.trace.in_words(),
    )
    width = 258
    for space, name, top, height, zoom in (
        ("rgb", "sRGB: a cube", 54, 232, 0.55),
        ("oklab", "OKLab: the same colors, spaced as eyes see them", 318, 284, 0.74),
    ):
        look.text(fig, look.MARGIN, top + 12, name, size=10.5, weight="bold")
        for column, turn in enumerate(VIEWS):
            ax = look.axes(fig, (4 + column * width, top + 18, width, height))
            camera = HOME[space]
            camera = replace(camera, azimuth=camera.azimuth + turn, zoom=zoom)
            view = CloudView(ax, replay.histogram, space=space, camera=camera, labels=FEW)
            _show_centroids(view, replay, replay.last)
            view.clear_words()
    look.caption(fig, cloud_caption(replay))
    return fig


def cloud_caption(replay: Replay) -> str:
    """What F17 says at its foot."""
    return (
        f"{replay.trace.in_words()}, after {counted(replay.last, 'iteration')}. Each dot is a color of the picture, "
        f"however many pixels have it; each circle a centroid, its area its share of the pixels "
        "(small ones are drawn larger to be seen)."
    )


def turning_cloud(replay: Replay) -> Iterator[Frame]:
    """F17 as an animation: both clouds turn once."""
    fig = look.figure((800, 440))
    left, top, width, height = 10, 44, 385, 340
    views = []
    for column, (space, name) in enumerate((("rgb", "sRGB"), ("oklab", "OKLab"))):
        look.text(fig, 40 + column * 395, 32, name, size=11, weight="bold")
        ax = look.axes(fig, (left + column * 395, top, width, height))
        views.append(CloudView(ax, replay.histogram, space=space))
    look.caption(
        fig,
        f"{replay.trace.in_words()}. {len(replay.histogram):,} colors; circles are centroids, areas "
        "their shares of the pixels.",
    )
    for step in range(TURN):
        for view in views:
            home = HOME[view.space]
            view.turn(replace(home, azimuth=home.azimuth + 360.0 * step / TURN))
            _show_centroids(view, replay, replay.last)
        yield Frame(look.pixels(fig), 120)


# F20.


def borders(labels: npt.NDArray[np.integer]) -> npt.NDArray[np.bool_]:
    """(h, w) where a pixel's label differs from its right or its lower neighbour's."""
    edge = np.zeros(labels.shape, bool)
    edge[:, :-1] |= labels[:, :-1] != labels[:, 1:]
    edge[:-1] |= labels[:-1] != labels[1:]
    return edge


def majority(labels: UInt8Array, side: int) -> UInt8Array:
    """The label most frequent in the square around each pixel; of equally frequent ones the lowest."""
    height, width = labels.shape
    half = side // 2
    best = np.zeros(labels.shape, np.int32)
    result = labels.copy()
    top, low = np.clip([np.arange(height) - half, np.arange(height) + half + 1], 0, height)
    left, right = np.clip([np.arange(width) - half, np.arange(width) + half + 1], 0, width)
    total = np.zeros((height + 1, width + 1), np.int32)
    for label in np.unique(labels).tolist():
        total[1:, 1:] = (labels == label).cumsum(axis=0, dtype=np.int32).cumsum(axis=1, dtype=np.int32)
        rows = total[low] - total[top]
        count = rows[:, right] - rows[:, left]
        more = count > best
        best[more], result[more] = count[more], label
    return result


def _light(colors: UInt8Array) -> npt.NDArray[np.float64]:
    """(n,) how bright colors (n, 3) look, 0 to 255."""
    red, green, blue = (colors[:, channel].astype(np.float64) for channel in range(3))
    return 0.299 * red + 0.587 * green + 0.114 * blue


def label_map(replay: Replay) -> Figure:
    """F20: the picture with the borders of its labels, and for each of the most used colors where it is."""
    fig = look.figure((1040, 606))
    theme = look.STAGE
    last = replay.last
    look.title(fig, "Where each color is", replay.trace.in_words())
    image = replay.image
    upright = image.height > 1.15 * image.width
    room = (330, 460) if upright else (520, 460)
    wide, high = fit(image.width, image.height, room)
    indices = replay.indices(last)
    small = sampled(indices, wide, high)
    colors = shown(replay.colors(last)[None])[0]
    edge = borders(majority(small, MAJORITY))
    light = _light(colors)
    inks = np.where(light[:, None] > 110, 0, 255).astype(np.uint8).repeat(3, axis=1)
    pixels = np.where(edge[..., None], inks[small], colors[small])
    look.picture(fig, pixels, look.MARGIN, 58)
    ends = 58 + high
    look.text(
        fig,
        look.MARGIN,
        ends + 18,
        f"Borders of the majority in {MAJORITY}x{MAJORITY} pixels",
        size=9.5,
        color=theme.mute,
    )
    left = look.MARGIN + wide + 20
    width, height = 1024 - left, 478
    shares = replay.shares(last)
    order = [int(row) for row in np.argsort(-shares, kind="stable")][:16]
    columns = min(
        range(1, len(order) + 1), key=lambda n: -_side(n, len(order), width, height, image.width / image.height)
    )
    rows = -(-len(order) // columns)
    across, down = width / columns, height / rows
    for place, row in enumerate(order):
        x, y = left + place % columns * across, 58 + place // columns * down
        w, h = fit(image.width, image.height, (across - 8, down - 26))
        mask = sampled(indices, w, h) == row
        # Dark colors on a light ground and light ones on a dark ground, or they could not be told from it.
        dim = np.full((h, w, 3), 206 if light[row] < 90 else 30, np.uint8)
        dim[mask] = colors[row]
        look.picture(fig, dim, round(x), round(y))
        look.text(fig, x, y + h + 14, percent(float(shares[row])), size=9, color=theme.mute)
    look.caption(fig, label_caption(replay))
    return fig


def _side(columns: int, count: int, width: float, height: float, shape: float) -> float:
    """How wide maps become in so many columns."""
    rows = -(-count // columns)
    return min(width / columns - 8, (height / rows - 26) * shape)


def label_caption(replay: Replay) -> str:
    """What F20 says at its foot."""
    k = len(replay.colors(replay.last))
    most = "each of them" if k <= 16 else "the 16 most used ones"
    return (
        f"{replay.trace.in_words()}, after {counted(replay.last, 'iteration')}. The file stores a number from 0 to "
        f"{k - 1} for each pixel; at the right, where {most} {'is' if k <= 16 else 'are'} and the share of the pixels. "
        "k-means knows nothing of places, only of colors."
    )
