"""Which colors a frame gets: those that all frames share, or its own.

Only pixels that the frame draws count for its own colors. Where all of them have an entry of their own, the frame is
exact. Else its own colors must take more from the error than they add to the bytes.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ..arrays import Bools, Labels, UInt8Array
from ..choices import MAX_INDEXED
from ..codecs.animation_writers import ColorTable
from ..codecs.gif_writer import packed_bytes
from ..color.histogram import Histogram, count_colors, rows_of, weight_sums
from ..color.masking import ONE
from ..color.spaces import SPACES
from ..image import Palette
from ..quantize.dither import variance_matched
from ..quantize.palette_design import DesignedPalette, design_palette
from ..quantize.prepared import PreparedColors, PreparedImage
from ..quantize.rounding import nearest
from ..records import dataclass
from ..settings import Settings
from .lossy_picture import FEW_TO_MIX
from .rectangles import Box, Shown

# With one color more, tables of so many become twice as large. Below, that costs less than a color is worth.
DOUBLING = (32, 64, 128)


@dataclass(frozen=True, eq=False)
class FrameColors:
    """The colors of frames. exact: each color of their pixels has an entry, so that none is dithered or lossy."""

    table: ColorTable
    exact: bool


def mixing(design: DesignedPalette, counts: Histogram, settings: Settings, lambda_: float | None) -> UInt8Array:
    """The colors of a design, made to mix well where pixels are dithered. lambda_: of lossy indices, None for none."""
    colors = design.palette.colors
    if design.exact or settings.dither == "none" or (lambda_ is not None and len(colors) > FEW_TO_MIX):
        return colors
    return variance_matched(colors, counts, design.labels, SPACES[settings.measured_in], design.unmoving)


@dataclass(frozen=True, eq=False)
class Fit:
    """How well a palette serves colors.

    labels: (n,) the entry that each color of the histogram gets. distortion: the sum of weighted squared OKLab
    distances; a pixel weighs 1 in the mean.
    """

    labels: Labels
    distortion: float

    @classmethod
    def of(cls, prepared: PreparedColors, worth: Histogram, settings: Settings, palette: Palette) -> Fit:
        """That of a palette to prepared colors. worth: of these, what their pixels are worth."""
        labels, first = np.zeros(len(prepared.histogram), np.int32), prepared.transparent
        if first:
            labels[0] = int(palette.rgba[:, 3].argmin())
        if len(prepared.visible) == 0:
            return cls(labels, 0.0)
        space, oklab = SPACES[settings.measured_in], SPACES["oklab"]
        seen = np.flatnonzero(palette.rgba[:, 3] > 0).astype(np.int32)
        colors = np.ascontiguousarray(palette.rgba[seen, : prepared.histogram.colors.shape[1]])
        found, _ = nearest(prepared.visible, prepared.points(settings), space, colors)
        far = oklab.to_grid(prepared.visible.colors).astype(np.int64) - oklab.to_grid(colors)[found]
        squares = np.add.reduce((far / oklab.scale) ** 2, axis=1)
        labels[first:] = seen[found]
        return cls(labels, float(np.add.reduce(worth.weights[first:] * squares)) / ONE)


class FramePalettes:
    """What finds the colors of each frame."""

    def __init__(
        self,
        common: FrameColors,
        settings: Settings,
        lambda_: float | None,
        bit: float,
        table_bytes: Callable[[int], int],
    ) -> None:
        """common: the colors of all frames. settings: with the k of a frame that draws every pixel.

        lambda_: of lossy indices, None for none. bit: the squared OKLab distance that a bit is worth. table_bytes: what
        a color table takes, by its colors.
        """
        self._common, self._settings, self._lambda = common, settings, lambda_
        self._bit, self._table_bytes = bit, table_bytes

    def of_frame(
        self, prepared: PreparedImage, pixels: UInt8Array, shown: Shown, changed: Bools, anew: Bools | None
    ) -> FrameColors:
        """The colors of a frame.

        pixels: (h, w, 3 or 4) uint8, what it shows. shown: what was shown before. changed: (h, w) what is drawn. anew:
        (h, w) what must be drawn too, in the very colors in which it is shown if that can be.
        """
        settings, drawn = self._settings, changed
        levels = prepared.levels(settings.uses_masking)
        if anew is not None:
            drawn, pixels = changed | anew, np.where((anew & ~changed)[..., None], _like(shown.colors, pixels), pixels)
        wanted = np.ascontiguousarray(pixels[drawn][None])
        counts = count_colors(wanted)
        worth = Histogram(counts.colors, ONE * counts.weights)
        if levels is not None:
            worth = Histogram(counts.colors, weight_sums(counts, wanted, levels[drawn][None]))
        colors = PreparedColors(counts, weights=worth, hard_alpha=prepared.hard_alpha)
        common = self._common.table.palette
        least = Fit.of(colors, worth, settings, common)
        if least.distortion == 0.0:
            return FrameColors(self._common.table, exact=True)
        k, keep = settings.k, settings.keep
        # One entry is for pixels that stay as they are: it must fit, and should not make the table twice as large.
        if not (drawn.all() or colors.transparent) and (
            k == MAX_INDEXED or (k in DOUBLING and len(keep) < k < len(counts))
        ):
            k -= 1
        if anew is not None:
            held = [color for color in count_colors(_like(shown.colors, pixels)[anew][None]).colors if color[-1] > 0]
            if len(held) + len(keep) <= k // 2:
                keep = (*keep, *("#" + bytes(color).hex() for color in held))
        design = design_palette(colors, settings.but(k=k, keep=keep))
        if not design.exact:
            box, rows = Box.of(drawn), rows_of(wanted, counts)[0]

            def packed(labels: Labels, count: int) -> int:
                indices = np.full(drawn.shape, min(count, MAX_INDEXED - 1), np.uint8)
                indices[drawn] = labels[rows]
                return packed_bytes(indices[box.place])

            own, count = Fit.of(colors, worth, settings, design.palette), len(design.palette)
            more = self._table_bytes(count) + packed(own.labels, count) - packed(least.labels, len(common))
            if least.distortion - own.distortion <= 8 * self._bit * more:
                return self._common
        palette = Palette(mixing(design, counts, settings, self._lambda))
        return FrameColors(ColorTable.of(palette), design.exact)


def _like(colors: UInt8Array, pixels: UInt8Array) -> UInt8Array:
    """Colors (h, w, 4), with as many channels as these pixels have."""
    return colors[..., : pixels.shape[2]]
