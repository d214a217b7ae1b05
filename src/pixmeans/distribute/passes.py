"""The passes over a picture that is larger than memory: count its colors, weigh them, give each pixel its entry."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from ..arrays import UInt8Array, UInt16Array
from ..color.histogram import Histogram, HistogramSum, count_colors, weight_sums
from ..color.masking import MARGIN, unscaled, worth_of
from ..color.spaces import SPACES
from ..errors import InputError, SettingsError
from ..image import Palette
from ..parallel import thread_count
from ..quantize.dither import dither
from ..quantize.palette_design import DesignedPalette, design_palette, refuse_preview
from ..quantize.prepared import PreparedColors
from ..settings import Settings
from .windows import About, Window

# Ways to dither that look at one pixel and its place.
LOCAL_DITHERS = ("none", "bayer", "blue-noise")

# Bytes that a window takes while it is worked on, for each of its pixels: samples, pixels, numbers of colors, sorting.
BYTES_A_PIXEL = 40


class Counted(NamedTuple):
    """What a window has.

    seen: the histogram of its opaque pixels; None of none. pixels: how many it has, and transparent: of these.
    masked: the sum of the weights of masking, as they come.
    """

    seen: Histogram | None
    pixels: int
    transparent: int
    masked: int = 0


class ColorCount:
    """The colors of windows of settled alpha (0 or 255), added up."""

    def __init__(self) -> None:
        self._seen, self.transparent, self.pixels, self.masked = HistogramSum(), 0, 0, 0

    def add(self, counted: Counted) -> None:
        """What was found in a window."""
        if counted.seen is not None:
            self._seen.add(counted.seen)
        self.pixels += counted.pixels
        self.transparent += counted.transparent
        self.masked += counted.masked

    @classmethod
    def added(cls, counts: Iterable[ColorCount]) -> ColorCount:
        """The sum of several."""
        found = cls()
        for one in counts:
            found.add(Counted(one.seen(), one.pixels, one.transparent, one.masked))
        return found

    def seen(self) -> Histogram | None:
        """The histogram of the opaque pixels; None of none."""
        return self._seen.total()

    def total(self) -> Histogram:
        """The histogram of all, with alpha where some pixel is transparent. Raises InputError where all are."""
        seen = self._seen.total()
        if seen is None:
            raise InputError("no pixel is visible: all are transparent or of the value that means no data")
        if not self.transparent:
            return seen
        seen = seen.with_alpha()
        clear = Histogram(np.zeros((1, 4), np.uint8), np.array([self.transparent], np.int64))
        return clear + seen


def count(pixels: UInt8Array) -> Counted:
    """The colors of a window (h, w, 3 or 4)."""
    if pixels.shape[2] == 3:
        return Counted(count_colors(pixels), pixels.shape[0] * pixels.shape[1], 0)
    opaque = pixels[..., 3] == 255
    transparent = opaque.size - int(np.count_nonzero(opaque))
    if transparent == 0:
        return Counted(count_colors(np.ascontiguousarray(pixels[..., :3])), opaque.size, 0)
    seen = count_colors(pixels[opaque][:, :3]) if transparent < opaque.size else None
    return Counted(seen, opaque.size, transparent)


def count_with_masking(about: About, window: Window, pixels: UInt8Array) -> Counted:
    """The colors of a window, and the sum of its weights, as they come. pixels: with a margin (`Window.around`)."""
    inside = window.within(window.around(MARGIN, about))
    masked = int(unscaled(pixels).weights[inside].sum(dtype=np.int64))
    return count(np.ascontiguousarray(pixels[inside]))._replace(masked=masked)


def weighed(about: About, scale: UInt16Array, window: Window, pixels: UInt8Array) -> Counted:
    """The colors of a window, each weighing what its pixels are worth. pixels: with a margin. scale: see `scale_of`."""
    inside = window.within(window.around(MARGIN, about))
    levels = worth_of(scale)[unscaled(pixels).weights[inside]]
    own = np.ascontiguousarray(pixels[inside])
    found = count(own)
    if found.seen is None:
        return found
    opaque = np.ones(levels.shape, np.bool_) if own.shape[2] == 3 else own[..., 3] == 255
    colors = np.ascontiguousarray(own[opaque][None, :, :3])
    sums = weight_sums(found.seen, colors, np.ascontiguousarray(levels[opaque])[None])
    return found._replace(seen=Histogram(found.seen.colors, sums))


def designed(histogram: Histogram, settings: Settings, weights: Histogram | None = None) -> DesignedPalette:
    """The palette of k colors for a histogram. weights: what its colors are worth, if not a pixel each.

    Raises SettingsError.
    """
    return design_palette(PreparedColors(histogram, weights=weights, hard_alpha=True), settings)


def local(settings: Settings) -> Settings:
    """The settings without what needs the whole picture in one place. Raises SettingsError where that was asked for."""
    refuse_preview(settings.effort, "a picture that is read in parts")
    usual = Settings()
    for name in ("quality", "max_bytes", "palette", "importance", "color_bits", "matte", "format", "png_type"):
        if getattr(settings, name) != getattr(usual, name):
            raise SettingsError(f"{name} needs the whole picture in one place, and this one is read in parts: omit it")
    if settings.k > 256:
        raise SettingsError(f"k must be at most 256 for a picture that is read in parts, got {settings.k}")
    for name, word in (("protect", "strong"), ("lossy", "on")):
        if getattr(settings, name) == word:
            raise SettingsError(f"{name} looks at neighbors, and this picture is read in parts: omit it")
    method = "none" if settings.dither == "auto" else settings.dither
    if method not in LOCAL_DITHERS:
        raise SettingsError(
            f"dither must be {', '.join(LOCAL_DITHERS)} for a picture that is read in parts, got {method}"
        )
    space = "oklab" if settings.space == "auto" else settings.space
    masking = "on" if settings.masking == "on" else "off"
    return settings.but(space=space, masking=masking, protect="off", lossy="off", dither=method)


def nearest_entries(pixels: UInt8Array, palette: Palette, settings: Settings) -> UInt8Array:
    """(h, w) uint8: the nearest entries, or those that a mask mixes; no color need be known before.

    pixels: (h, w, 3 or 4) of a window whose top left corner stands at multiples of `windows.ALIGNED`, at least one.
    """
    found = dither(pixels, palette.colors, SPACES[settings.space], settings.dither, settings.diffusion)
    return found.astype(np.uint8, copy=False)


class Remapping:
    """Gives pixels their entries: each color the nearest one, or mixed by a mask.

    design: of `histogram`, which has all colors that will be asked for where nothing is dithered.
    """

    def __init__(self, histogram: Histogram, design: DesignedPalette, settings: Settings) -> None:
        self.palette: Palette = design.palette
        self._settings = settings
        self._table = np.zeros(0, np.uint8)
        if settings.dither == "none":
            self._table = np.zeros(1 << 24, np.uint8)
            opaque = slice(int(histogram.colors.shape[1] == 4 and int(histogram.codes[0]) == 0), None)
            self._table[_places(histogram.colors[opaque])] = design.labels[opaque]

    def __call__(self, pixels: UInt8Array) -> UInt8Array:
        """(h, w) uint8: the entries of a window whose top left corner stands at multiples of `windows.ALIGNED`."""
        if self._settings.dither != "none":
            return nearest_entries(pixels, self.palette, self._settings)
        indices = self._table[_places(pixels)]
        if pixels.shape[2] == 4:
            indices[pixels[..., 3] == 0] = 0  # the transparent entry comes first
        return indices


def _places(colors: UInt8Array) -> np.ndarray[tuple[int, ...], np.dtype[np.uint32]]:
    wide = colors.astype(np.uint32)
    return wide[..., 0] << np.uint32(16) | wide[..., 1] << np.uint32(8) | wide[..., 2]


def at_once(window: int, memory: int) -> int:
    """How many windows of so many pixels are worked on at a time within so many bytes, at least one."""
    return max(1, min(2 * thread_count(), memory // (window * BYTES_A_PIXEL)))
