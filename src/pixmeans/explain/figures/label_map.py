"""Where each color is in the picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from ...arrays import UInt8Array
from .. import style
from ..layout import fit, picture, sampled
from ..replay import Replay, shown
from ..wording import count_of, percent
from . import FigureRow, Plan

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from ..runs import Runs

MAJORITY = 5  # borders between single pixels would cover the picture


def borders(labels: npt.NDArray[np.integer]) -> npt.NDArray[np.bool_]:
    """(h, w) where a pixel's label differs from its right or its lower neighbor's."""
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


def label_map(replay: Replay) -> Figure:
    """F20: the picture with the borders of its labels, and for each of the most used colors where it is."""
    fig = style.figure((1040, 606))
    theme = style.STAGE
    last = replay.last
    style.title(fig, "Where each color is", replay.trace.in_words())
    image = replay.image
    upright = image.height > 1.15 * image.width
    room = (330, 460) if upright else (520, 460)
    wide, high = fit(image.width, image.height, room)
    indices = replay.indices(last)
    small = sampled(indices, wide, high)
    colors = shown(replay.colors(last)[None])[0]
    edge = borders(majority(small, MAJORITY))
    light = style.luma(colors)
    inks = np.where(light[:, None] > 110, 0, 255).astype(np.uint8).repeat(3, axis=1)
    pixels = np.where(edge[..., None], inks[small], colors[small])
    picture(fig, pixels, style.MARGIN, 58)
    ends = 58 + high
    style.text(
        fig,
        style.MARGIN,
        ends + 18,
        f"Borders of the majority in {MAJORITY}x{MAJORITY} pixels",
        size=9.5,
        color=theme.mute,
    )
    left = style.MARGIN + wide + 20
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
        picture(fig, dim, round(x), round(y))
        style.text(fig, x, y + h + 14, percent(float(shares[row])), size=9, color=theme.mute)
    style.caption(fig, label_caption(replay))
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
        f"{replay.trace.in_words()}, after {count_of(replay.last, 'iteration')}. The file stores a number from 0 to "
        f"{k - 1} for each pixel; at the right, where {most} {'is' if k <= 16 else 'are'} and the share of the pixels. "
        "k-means knows nothing of places, only of colors."
    )


def plan(runs: Runs) -> Plan:
    """The main run."""
    replay = runs.main
    return Plan(label_caption(replay), replay.trace.meta, lambda: label_map(replay))


FIGURE = FigureRow("F20", "labels", "Where each color is", (".png",), plan)
