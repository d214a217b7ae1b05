"""Effort 'preview': a road of its own for pages and tools that redraw, a few milliseconds a megapixel.

    bytes -codecs-> Image -color-> Bins -> boxes -> means -> Palette -> indices -codecs-> bytes

Pixels are counted in bins of 8 x 8 x 8 colors instead of color by color. Wu's cuts make k boxes of the bins, k-means
moves the means of the boxes on the means of the bins, and each pixel gets the entry of its bin. Nothing is dithered,
protected, masked or lossy, and nothing is searched for; `choices.PREVIEW_TAKES` says which settings that leaves.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np

from .. import codecs, metrics
from ..arrays import Labels, UInt8Array
from ..codecs.png_order import png_places
from ..color.bins import Bins, count_bins
from ..errors import SettingsError
from ..image import Image, IndexedImage, Palette
from ..quantize.prepared import settled
from ..records import dataclass
from ..settings import Settings, parse_hex
from .stopwatch import Stopwatch

# An iteration of k-means on the bins takes as long as counting about ten pixels for each bin. The first takes off 8 to
# 10 % of the squared error, and there is one more for each so many pixels a bin.
PIXELS_A_BIN = 64
MOST_ITERATIONS = 8

_USUAL = Settings().optimize


@dataclass(frozen=True, eq=False)
class PreviewResult:
    """A picture as palette and indices.

    original: what it is measured with: the picture as it was read, on its matte. lambda_: None, as no index is lossy.
    """

    indexed: IndexedImage
    original: Image
    lambda_: float | None = None

    @cached_property
    def mse(self) -> float:
        """As in `flow.attempt.IndexedResult`, measured when it is first asked for: that takes longer than the rest."""
        return metrics.mse_between(self.original, self.indexed)


@dataclass(frozen=True, eq=False)
class PreviewFile:
    """What `flow.attempt.EncodedImage` is elsewhere; there is no design, as no histogram was clustered."""

    settings: Settings
    result: PreviewResult
    format: str
    data: bytes
    design: None = None


def preview_file(
    image: Image, settings: Settings, clock: Stopwatch, *, alpha_threshold: int | None = None
) -> PreviewFile:
    """The file of a preview, of several formats the smallest.

    alpha_threshold: as in `Settings`, decided. Raises SettingsError where k has no room, OutputError.
    """
    original, indexed = _indexed(image, settings, clock, alpha_threshold)
    options = {"png_type": settings.png_type, "bit_depth": settings.bit_depth}
    with clock("encode"):
        files = {
            format: codecs.encode(indexed, format, optimize=encoder_effort(settings), **options)
            for format in settings.formats
        }
    format = min(files, key=lambda one: len(files[one]))
    return PreviewFile(settings, PreviewResult(indexed, original), format, files[format])


def encoder_effort(settings: Settings) -> int:
    """`optimize`; with effort 'preview' 0 instead of its default, as packing would take many times the rest."""
    return 0 if settings.effort == "preview" and settings.optimize == _USUAL else settings.optimize


def preview(image: Image, settings: Settings, *, alpha_threshold: int | None = None) -> IndexedImage:
    """The same without a file."""
    return _indexed(image, settings, Stopwatch(), alpha_threshold)[1]


def _indexed(
    image: Image, settings: Settings, clock: Stopwatch, alpha_threshold: int | None
) -> tuple[Image, IndexedImage]:
    """The picture on its matte, and its palette and indices."""
    if settings.matte is not None:
        image = settled(image, matte=parse_hex(settings.matte))
    with clock("histogram"):
        bins = count_bins(image.pixels, alpha_threshold)
    with clock("k-means"):
        palette, entries, transparent = preview_palette(bins, settings.k)
    with clock("remap"):
        indices = bins.remap(image.pixels, entries, transparent)
    return image, IndexedImage(palette, indices, image.icc, image.dpi, image.tags)


def preview_palette(bins: Bins, k: int) -> tuple[Palette, UInt8Array, int]:
    """A palette of at most k different colors, (n,) uint8 the entry of each bin, and that of transparent pixels.

    Entries stand as a PNG file holds them: what is not opaque first, then by lightness. Pixels that are transparent
    have an entry of their own, which is transparent black. Opaque ones have opaque entries, and translucent ones
    translucent entries, where k leaves room for both. Where there is room for each bin and no bin has two colors,
    nothing is lost. Raises SettingsError where k has no room for both transparent and visible pixels.
    """
    clear = int(bins.transparent > 0)
    if len(bins) and k - clear < 1:
        raise SettingsError(f"k must be at least 2 for a picture with transparent and visible pixels, got {k}")
    labels = _nearest(bins, bins.boxes(k - clear)) if len(bins) else np.zeros(0, np.int32)
    count = int(labels.max(initial=-1)) + 1
    colors = np.concatenate([bins.colors(labels, count), np.zeros((clear, 4), np.uint8)])
    weights = np.bincount(labels, bins.sums[:, 0], count + clear)
    weights[count:] = bins.transparent
    # Of boxes some may have the same color once it is rounded, or no bin any more.
    places = np.where(weights > 0, png_places(colors), np.iinfo(np.int64).max)
    order = np.argsort(places)
    is_first = np.diff(places[order], prepend=-1) > 0
    entries = np.empty(len(order), np.uint8)
    entries[order] = np.cumsum(is_first) - 1
    first = order[is_first]
    colors = colors[first[weights[first] > 0]]
    weights = np.bincount(entries, weights)[: len(colors)]
    if bins.alphas is None or bool((colors[:, 3] == 255).all()):
        colors = np.ascontiguousarray(colors[:, :3])
    palette = Palette(colors, weights.astype(np.int64))  # exact below 2^53 pixels
    return palette, entries[labels], int(entries[-1]) if clear else 0


def iterations_for(bins: Bins) -> int:
    """How many iterations of k-means a picture has: more where it has few bins for its size, and they cost little."""
    return min(MOST_ITERATIONS, 1 + int(bins.sums[:, 0].sum()) // (PIXELS_A_BIN * max(1, len(bins))))


def _nearest(bins: Bins, labels: Labels) -> Labels:
    """The labels of bins after some iterations, from those of boxes.

    Opaque and translucent bins are apart, but where there is one box for all.
    """
    if not labels.any():
        return labels
    count, found, iterations = 0, np.empty_like(labels), iterations_for(bins)
    for rows in (slice(0, bins.apart), slice(bins.apart, len(bins))):
        if rows.start == rows.stop:
            continue
        boxes = np.bincount(labels[rows]) > 0
        places = np.cumsum(boxes, dtype=np.int32) - np.int32(1)
        own, k = places[labels[rows]], int(places[-1]) + 1
        if k < len(own):
            points, centroids = bins.points(rows), bins.means(rows, own, k)
            for _ in range(iterations):
                own, sums = points.assign(centroids)
                centroids = sums.means(otherwise=centroids)
        found[rows] = own + np.int32(count)
        count += k
    return found
