"""What the picture figures have in common: a run played again, what to follow in it, and pieces of layout.

Boxes are (x, y, width, height) and points (x, y) in pixels from the upper left corner of the figure.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from .. import metrics
from ..color.histogram import Histogram, count_colors
from ..color.spaces import SPACES
from ..image import Image
from ..quantize.remap import remap
from ..settings import Settings
from . import look
from .trace import Trace

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FloatArray = npt.NDArray[np.float64]
UInt8Array = npt.NDArray[np.uint8]
Labels = npt.NDArray[np.int32]
Region = tuple[int, int, int, int]

# A pixel belongs to the color that a figure follows when it is at most this far away (squared and summed over R, G, B).
NEAR = 60.0


# What to follow.


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

    def distance(self, colors: UInt8Array | FloatArray) -> FloatArray:
        """(n,) how far colors (n, 3 or 4) in sRGB are from this one."""
        difference = np.asarray(colors)[:, :3].astype(np.float64) - np.array(self.color, np.float64)
        return np.sqrt(np.add.reduce(difference * difference, axis=1))


@dataclass(frozen=True)
class Search:
    """How a start was found. tried: seeds; held: of these, how many start near the color; lost: and end without it."""

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
    near = target.members(image.pixels.reshape(-1, image.pixels.shape[2])).reshape(image.height, image.width)
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


def color_word(color: tuple[int, int, int]) -> str:
    """What a person might call a color: 'orange', 'pale yellow', 'dark blue'; hues as OKLab has them."""
    lightness, a, b = (float(value) for value in SPACES["oklab"].palette_points(np.array([color], np.uint8))[0])
    chroma = float(np.hypot(a, b))
    if chroma < 0.025:
        return "black" if lightness < 0.25 else "white" if lightness > 0.95 else "gray"
    hue = float(np.degrees(np.arctan2(b, a))) % 360
    word = next(word for end, word in _HUES if hue < end)
    if word == "orange" and lightness < 0.6:
        return "brown"
    if chroma < 0.07:
        return f"{word}-gray" if lightness < 0.75 else f"pale {word}"
    return f"dark {word}" if lightness < 0.4 else f"light {word}" if lightness > 0.85 and word != "yellow" else word


# Up to which angle in OKLab's plane of a and b a hue has which name: red is at 29, orange about 55, yellow 110.
_HUES = (
    (12.0, "pink"),
    (42.0, "red"),
    (80.0, "orange"),
    (118.0, "yellow"),
    (168.0, "green"),
    (218.0, "cyan"),
    (275.0, "blue"),
    (325.0, "purple"),
    (361.0, "pink"),
)


# A run played again.


class Replay:
    """What each pixel was at any iteration of a run: from its trace and its picture.

    The colors shown are those of a palette, 8 bits a channel; all errors are measured with them, in sRGB.
    """

    def __init__(self, image: Image, trace: Trace) -> None:
        self.trace = trace
        self.image = plain(image)
        self.histogram = count_colors(self.image.pixels)
        self._labels: dict[int, Labels] = {}

    def of(self, trace: Trace) -> Replay:
        """Another run of the same picture, which is not counted again."""
        other = Replay.__new__(Replay)
        other.trace, other.image, other.histogram, other._labels = trace, self.image, self.histogram, {}
        if trace.settings.space == self.trace.settings.space:
            other.__dict__["_points"] = self._points
        return other

    @cached_property
    def _points(self) -> Any:
        return SPACES[self.trace.settings.space].points(self._clustered)

    @cached_property
    def _clustered(self) -> Histogram:
        """The colors that took part: all but the fully transparent one, which comes first."""
        return Histogram(self.histogram.colors[self.transparent :], self.histogram.weights[self.transparent :])

    @cached_property
    def transparent(self) -> int:
        """1 when there are fully transparent pixels, which keep an entry of their own before all others; else 0."""
        return int(self.histogram.colors.shape[1] == 4 and int(self.histogram.codes[0]) == 0)

    @property
    def last(self) -> int:
        """The number of the last iteration."""
        return self.trace.iterations

    def colors(self, iteration: int) -> UInt8Array:
        """(k, 3 or 4) the palette, in the order of the centroids; with transparent pixels their entry is first."""
        colors = self.trace.rgba_at(iteration)
        channels = self.histogram.colors.shape[1]
        if colors.shape[1] < channels:
            colors = np.concatenate([colors, np.full((len(colors), 1), 255, np.uint8)], axis=1)
        return np.concatenate([np.zeros((self.transparent, channels), np.uint8), colors])

    def labels(self, iteration: int) -> Labels:
        """(n,) the entry of each color of the histogram."""
        if iteration not in self._labels:
            labels = np.zeros(len(self.histogram), np.int32)
            if len(self._clustered):
                # By the 8-bit colors, as in a file: on the way from centroids to these some borders move a little.
                colors = self.colors(iteration)[self.transparent :]
                found, _ = self._points.assign(SPACES[self.trace.settings.space].palette_points(colors))
                labels[self.transparent :] = found + np.int32(self.transparent)
            self._labels = {iteration: labels}  # the last one asked for: figures ask for one after the other
        return self._labels[iteration]

    def shares(self, iteration: int) -> FloatArray:
        """(k,) the share of the pixels of each entry."""
        weights = np.bincount(self.labels(iteration), self.histogram.weights, len(self.colors(iteration)))
        return np.asarray(weights / self.histogram.total, np.float64)

    def indices(self, iteration: int) -> UInt8Array:
        """(h, w) the entry of each pixel."""
        return remap(self.image.pixels, self.histogram, self.labels(iteration))

    def picture(self, iteration: int) -> UInt8Array:
        """(h, w, 3) the compressed picture as it is shown."""
        return shown(self.colors(iteration)[self.indices(iteration)])

    def rmse(self, iteration: int, target: Target | None = None) -> float:
        """The root of the mean over pixels of the squared error summed over R, G, B; of the target's pixels only."""
        histogram, labels = self.histogram, self.labels(iteration)
        if target is not None:
            rows = np.flatnonzero(target.members(histogram.colors))
            if len(rows) == 0:
                return 0.0
            histogram, labels = Histogram(histogram.colors[rows], histogram.weights[rows]), labels[rows]
        return float(metrics.mse(histogram, self.colors(iteration), labels) ** 0.5)

    def pixels_of(self, target: Target) -> int:
        """How many pixels are the target's color."""
        return int(self.histogram.weights[target.members(self.histogram.colors)].sum())


def plain(image: Image) -> Image:
    """The picture as it is clustered: no alpha where it says nothing, one kind of fully transparent pixel."""
    image = image.without_opaque_alpha()
    if not image.has_alpha or bool((image.pixels[..., 3] > 0).all()):
        return image
    pixels = image.pixels.copy()
    pixels[pixels[..., 3] == 0] = 0
    return Image(pixels, image.icc, image.dpi)


def squared_error(image: Image, other: Image) -> FloatArray:
    """(h, w) the squared difference of each pixel, summed over R, G, B; with alpha the mean over black and white."""
    first, second = image.pixels.astype(np.float64), other.pixels.astype(np.float64)
    if first.shape[2] == 3 and second.shape[2] == 3:
        difference = first - second
        return np.asarray(np.add.reduce(difference * difference, axis=2))
    total = np.zeros(first.shape[:2])
    for ground in (0.0, 255.0):
        difference = _over(first, ground) - _over(second, ground)
        total += np.add.reduce(difference * difference, axis=2)
    return total / 2


def _over(pixels: FloatArray, ground: float | FloatArray) -> FloatArray:
    if pixels.shape[2] == 3:
        return pixels
    alpha = pixels[..., 3:] / 255.0
    return pixels[..., :3] * alpha + ground * (1.0 - alpha)


# Pixels for panels.


def shown(pixels: UInt8Array, square: int = 8) -> UInt8Array:
    """(h, w, 3) uint8: the pixels themselves, or with alpha over a checkerboard of light and lighter gray."""
    if pixels.shape[2] == 3:
        return pixels
    height, width = pixels.shape[:2]
    board = (np.arange(height)[:, None] // square + np.arange(width)[None] // square) % 2
    ground = np.where(board == 0, 255.0, 214.0)[..., None]
    return np.floor(_over(pixels.astype(np.float64), ground) + 0.5).astype(np.uint8)


def fit(width: int, height: int, room: tuple[float, float], least: int = 12) -> tuple[int, int]:
    """The largest (width, height) of the same shape in a room; what would be thinner than `least` is widened to it."""
    scale = min(room[0] / width, room[1] / height)
    if scale > 2:
        scale = float(int(scale))  # every pixel becomes a square of the same size
    wide, high = round(width * scale), round(height * scale)
    return max(min(least, int(room[0])), wide), max(min(least, int(room[1])), high)


def sampled(array: npt.NDArray[Any], width: int, height: int) -> npt.NDArray[Any]:
    """Another size by taking pixels as they are: no new colors appear. array: (h, w, ...)."""
    if array.shape[:2] == (height, width):
        return array
    rows = (2 * np.arange(height) + 1) * array.shape[0] // (2 * height)
    columns = (2 * np.arange(width) + 1) * array.shape[1] // (2 * width)
    return np.ascontiguousarray(array[rows][:, columns])


def scaled(pixels: UInt8Array, width: int, height: int) -> UInt8Array:
    """Another size: the mean of the area where it shrinks, the nearest pixel where it grows. pixels: (h, w, 3)."""
    result = pixels.astype(np.float64)
    for axis, size in ((0, height), (1, width)):
        old = result.shape[axis]
        if size < old:
            ends = np.linspace(0.0, old, size + 1)
            whole = np.minimum(ends.astype(np.int64), old - 1)
            part = (ends - whole).reshape((-1, 1, 1) if axis == 0 else (1, -1, 1))
            sums = np.cumsum(result, axis=axis)
            before = np.take(sums, whole, axis=axis) - np.take(result, whole, axis=axis)
            up_to = before + part * np.take(result, whole, axis=axis)
            result = np.diff(up_to, axis=axis) * (size / old)
        elif size > old:
            result = np.take(result, (2 * np.arange(size) + 1) * old // (2 * size), axis=axis)
    return np.floor(np.clip(result, 0, 255) + 0.5).astype(np.uint8)


def cut(pixels: npt.NDArray[Any], region: Region) -> npt.NDArray[Any]:
    """The pixels of a region."""
    x, y, width, height = region
    return pixels[y : y + height, x : x + width]


# Layout.


def panel(fig: Figure, box: look.Rect, pixels: UInt8Array, *, smooth: bool = True, middle: bool = True) -> look.Rect:
    """Shows a picture (h, w, 3) in a box, as large as it can be, in its middle or its corner; returns where it is.

    smooth: a smaller size is the mean of the pixels; else pixels are left out.
    """
    x, y, width, height = box
    wide, high = fit(pixels.shape[1], pixels.shape[0], (width, height))
    left = round(x + (width - wide) / 2) if middle else round(x)
    top = round(y + (height - high) / 2) if middle else round(y)
    return look.picture(fig, (scaled if smooth else sampled)(pixels, wide, high), left, top)


def loupe(fig: Figure, box: look.Rect, pixels: UInt8Array, region: Region) -> look.Rect:
    """A region of a picture enlarged at the upper left of a box, framed; returns the box it takes."""
    part = cut(pixels, region)
    x, y, width, height = box
    scale = min(width / part.shape[1], height / part.shape[0])
    wide, high = max(12, round(part.shape[1] * scale)), max(12, round(part.shape[0] * scale))
    found = look.picture(fig, sampled(part, wide, high), round(x), round(y))
    rectangle(fig, found, "none", edgecolor=look.theme_of(fig).accent, linewidth=1.6)
    return found


def loupe_size(region: Region, room: tuple[float, float]) -> tuple[int, int]:
    """How wide and high a loupe on a region becomes in a room."""
    scale = min(room[0] / region[2], room[1] / region[3])
    return max(12, round(region[2] * scale)), max(12, round(region[3] * scale))


def on_panel(box: look.Rect, region: Region, width: int, height: int) -> look.Rect:
    """Where a region of a picture of width x height is in the box that shows the picture."""
    across, down = box[2] / width, box[3] / height
    return box[0] + region[0] * across, box[1] + region[1] * down, region[2] * across, region[3] * down


def rectangle(fig: Figure, box: look.Rect, color: Any, **style: Any) -> Any:
    """A filled rectangle; style: as for Matplotlib's patches."""
    from matplotlib.patches import Rectangle

    wide, high = look.size_of(fig)
    x, y, width, height = box
    style.setdefault("linewidth", 0.0)
    place = (x / wide, 1 - (y + height) / high)
    patch = Rectangle(place, width / wide, height / high, transform=fig.transFigure, facecolor=color, **style)
    fig.add_artist(patch)
    return patch


def palette_bar(fig: Figure, box: look.Rect, colors: UInt8Array, shares: FloatArray) -> None:
    """The colors of a palette side by side, each as wide as its share of the pixels."""
    x, y, width, height = (round(value) for value in box)
    ends = np.cumsum(np.asarray(shares, np.float64))
    middle = (np.arange(width) + 0.5) / width * max(float(ends[-1]), 1e-12)
    columns = np.minimum(np.searchsorted(ends, middle, side="right"), len(colors) - 1)
    look.picture(fig, shown(colors[None])[:, columns].repeat(height, axis=0), x, y)


# Words.


def made_with(settings: Settings, *, k: bool = True, seed: bool = True) -> str:
    """k, start, seed, space and masking in words, as every caption says them."""
    words = [f"k = {settings.k}"] if k else []
    words.append("start: " + (settings.init.replace("-", " ") if settings.init.startswith("random") else settings.init))
    words += [f"seed {settings.seed}"] if seed else []
    words += ["in OKLab"] if settings.space == "oklab" else []
    words += ["with masking"] if settings.uses_masking else []
    return ", ".join(words)


def counted(count: int, what: str) -> str:
    """'1 color', '47,051 colors'."""
    return f"{count:,} {what}" + ("" if count == 1 else "s")


def size(count: int) -> str:
    """Bytes as a person reads them."""
    return look.bytes_in_words(count)


def round_size(count: int) -> str:
    """Bytes of a round number: '40 kB' where `size` says '40.0 kB'."""
    return re.sub(r"\.0+ ", " ", size(count))


def percent(share: float) -> str:
    """A share as a percentage with two digits that count."""
    value = 100 * share
    if value == 0 or value >= 9.95:
        return f"{value:.0f} %"
    return f"{value:.1f} %" if value >= 0.95 else f"{value:.2f} %" if value >= 0.0095 else "< 0.01 %"
