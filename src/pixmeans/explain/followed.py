"""What figures follow: a small color of the picture, and whether k-means keeps it or washes it out."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ..arrays import FloatArray, Labels, UInt8Array
from ..color.histogram import Histogram
from ..image import Image
from ..records import dataclass
from .replay import Replay, shown
from .wording import color_word

Region = tuple[int, int, int, int]  # x, y, width, height in pixels of the picture

# A pixel belongs to the color that a figure follows when it is at most this far away (squared and summed over R, G, B).
NEAR = 60.0


@dataclass(frozen=True)
class Target:
    """A small color that figures follow: is it kept, or lost?

    color: sRGB. region: where most of it is, for loupes. name: as a person calls it. place: what is in the region.
    searched: whether the color was picked because it is served worst (else somebody named it).
    """

    color: tuple[int, int, int]
    region: Region
    name: str
    place: str
    searched: bool = False

    def members(self, colors: UInt8Array) -> npt.NDArray[np.bool_]:
        """(n,) which colors (n, 3 or 4) are this color: not transparent, and at most NEAR away."""
        difference = colors[:, :3].astype(np.int32) - np.array(self.color, np.int32)
        near = np.add.reduce(difference * difference, axis=1) <= NEAR**2
        return near & (colors[:, 3] > 0) if colors.shape[1] == 4 else near

    def where(self, image: Image) -> npt.NDArray[np.bool_]:
        """(h, w) which pixels of a picture are this color."""
        return self.members(image.pixels.reshape(-1, image.pixels.shape[2])).reshape(image.height, image.width)

    def distance(self, colors: UInt8Array | FloatArray) -> FloatArray:
        """(n,) how far colors (n, 3 or 4) in sRGB are from this one."""
        difference = np.asarray(colors)[:, :3].astype(np.float64) - np.array(self.color, np.float64)
        return np.sqrt(np.add.reduce(difference * difference, axis=1))


@dataclass(frozen=True)
class WashOutSearch:
    """How the start of a wash-out was found.

    tried: how many seeds. held: how many of them have a centroid near the color at the start. lost: how many of those
    have none near it at the end.
    """

    tried: int
    held: int
    lost: int


def worst_served(image: Image, histogram: Histogram, palette: UInt8Array, labels: Labels) -> Target:
    """The small color that a palette serves worst, and the part of the picture where most of it is.

    palette: (k, 3 or 4). labels: (n,) the entry of each color of the histogram. Small is what covers 0.1 to 3 % of
    the pixels; a picture without small colors gives the worst of all. Colors count as one within a cell of 32^3.
    """
    seen = _seen(histogram)
    difference = histogram.colors[:, :3].astype(np.float64) - palette[labels][:, :3]
    cost = np.bincount(_cells(histogram), seen * np.add.reduce(difference * difference, axis=1), CELLS)
    share = np.bincount(_cells(histogram), seen, CELLS) / max(1.0, float(seen.sum()))
    small = (share >= 0.001) & (share <= 0.03)
    error = cost / np.maximum(share, 1e-12)
    color = _mean_color(histogram, int(np.where(small if small.any() else share > 0, error, -1.0).argmax()))
    return Target(color, densest(image, color), color_word(color), "the loupe", searched=True)


def special(part: Histogram, whole: Histogram, region: Region) -> Target:
    """The color that a part of a picture has and the rest has not: of such colors the most frequent and vivid."""
    here, all_of_it = _seen(part), _seen(whole)
    share = np.bincount(_cells(part), here, CELLS) / max(1.0, float(here.sum()))
    usual = np.bincount(_cells(whole), all_of_it, CELLS) / max(1.0, float(all_of_it.sum()))
    times = share / np.maximum(usual, 1e-12)
    special_here = (share >= 0.03) & (times >= 0.5 * times[share >= 0.03].max(initial=0.0))
    # Of several the vivid one: that is what catches the eye and what k-means loses.
    colors = part.colors[:, :3].astype(np.float64)
    vivid = np.bincount(_cells(part), here * (8.0 + colors.max(axis=1) - colors.min(axis=1)), CELLS)
    color = _mean_color(part, int(np.where(special_here if special_here.any() else share > 0, vivid, -1.0).argmax()))
    return Target(color, region, color_word(color), "the region")


CELLS = 8 * 8 * 8  # of 32^3 colors: alike enough to be called one


def _cells(histogram: Histogram) -> npt.NDArray[np.int64]:
    """(n,) the cell of each color."""
    wide = histogram.colors[:, :3].astype(np.int64) >> 5
    return (wide[:, 0] * 8 + wide[:, 1]) * 8 + wide[:, 2]


def _seen(histogram: Histogram) -> FloatArray:
    """(n,) the weights, 0 for what is fully transparent."""
    weights = histogram.weights.astype(np.float64)
    return np.where(histogram.colors[:, 3] > 0, weights, 0.0) if histogram.colors.shape[1] == 4 else weights


def _mean_color(histogram: Histogram, cell: int) -> tuple[int, int, int]:
    """The mean of the colors in a cell; black when there is none."""
    weights = np.where(_cells(histogram) == cell, _seen(histogram), 0.0)[:, None]
    mean = np.add.reduce(histogram.colors[:, :3] * weights, axis=0) / max(1.0, float(weights.sum()))
    red, green, blue = (int(value) for value in np.floor(mean + 0.5))
    return red, green, blue


def densest(image: Image, color: tuple[int, int, int]) -> Region:
    """The part of a picture, an eighth as wide and 7 to 5 in shape, that holds most pixels near a color."""
    target = Target(color, (0, 0, 1, 1), "", "")
    near = target.where(image)
    wide = min(image.width, max(8, -(-max(image.width, image.height) // 8)))
    high = min(image.height, max(6, -(-wide * 5 // 7)))
    sums = _window_sums(near[..., None].astype(np.float64), wide, high)
    y, x = divmod(int(sums.argmax()), sums.shape[1])
    # Of the window's own pixels the middle one: the color then stands in the middle of the loupe.
    rows, columns = np.nonzero(near[y : y + high, x : x + wide])
    if len(rows):
        y = int(np.clip(y + round(float(rows.mean())) - high // 2, 0, image.height - high))
        x = int(np.clip(x + round(float(columns.mean())) - wide // 2, 0, image.width - wide))
    return x, y, wide, high


def most_wrong(image: Image, other: Image, width: int, height: int) -> Region:
    """The part of a picture, of such a size, in which another one shows steps that are not there: bands and patches.

    They are where the error of areas of 8x8 pixels (from afar one sees their mean colors) changes most.
    """
    first, second = shown(image.pixels).astype(np.float64), shown(other.pixels).astype(np.float64)
    side = min(8, image.width, image.height)
    means = _window_sums(first - second, side, side) / side**2
    high, wide = means.shape[:2]
    width, height = min(width, image.width), min(height, image.height)
    across, down = min(wide, max(1, width - side + 1)), min(high, max(1, height - side + 1))
    count = across * down
    spread = _window_sums(means * means, across, down) - _window_sums(means, across, down) ** 2 / count
    y, x = divmod(int(np.add.reduce(spread, axis=2).argmax()), spread.shape[1])
    return min(x, image.width - width), min(y, image.height - height), width, height


def richest(values: FloatArray, width: int, height: int) -> Region:
    """The part of a picture, of such a size or as large as there is, with the largest sum of values, (h, w)."""
    high, wide = min(height, values.shape[0]), min(width, values.shape[1])
    sums = _window_sums(np.asarray(values, np.float64)[..., None], wide, high)
    y, x = divmod(int(sums.argmax()), sums.shape[1])
    return x, y, wide, high


def _window_sums(values: FloatArray, width: int, height: int) -> FloatArray:
    """(h - height + 1, w - width + 1, c): the sums of all windows of such a size; values: (h, w, c)."""
    total = np.zeros((values.shape[0] + 1, values.shape[1] + 1, values.shape[2]))
    total[1:, 1:] = values.cumsum(axis=0).cumsum(axis=1)
    return np.asarray(
        total[height:, width:] - total[:-height, width:] - total[height:, :-width] + total[:-height, :-width]
    )


def follower(replay: Replay, target: Target) -> int:
    """The row of the centroid that is nearest to the target's color at the start."""
    return int(target.distance(replay.trace.colors_at(0)).argmin())


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
