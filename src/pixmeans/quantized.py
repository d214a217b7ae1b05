"""One picture with one set of settings: its colors, its indices, plain or with lossy runs, and its file."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from math import sqrt

import numpy as np

from . import codecs, metrics
from .color import SPACES
from .coloring import Colors, OnStep, choose_colors
from .counted import Counted
from .image import IndexedImage, Palette, UInt8Array
from .remap import remap
from .settings import Settings
from .stopwatch import Stopwatch

# What a bit may cost by default with 256 colors, as a share of the error that k-means leaves: where colors are near
# each other, errors of lossy runs must be small too. It falls with the root of k, as a few colors show more. On 13
# photos, 0.12 costs 1.2, 1.4, 1.4, 1.6 and 1.8 points of SSIMULACRA2 with 256, 128, 64, 32 and 16 colors for 16 to 18 %
# of the bytes; 0.06 0.4, 0.5, 0.5, 0.6 and 0.8 points for 9 %; 0.03 0.1, 0.2, 0.1, 0.3 and 0.5 points for 5 %.
PRICE_SHARE = 0.08

# The same for GIF, with any number of colors. On eight photos, 0.03, 0.06, 0.12 and 0.25 cost 0.8, 1.1, 1.6 and 2.9
# points for 18, 22, 29 and 37 % of the bytes with 256 colors; with 128, 0.02, 0.04, 0.08 and 0.18 0.3, 0.5, 0.8 and 1.7
# points for 8, 13, 20 and 29 %.
PRICE_SHARE_GIF = 0.045

# With so few colors or less, lossy runs too begin with a palette that is widened for mixing: with 16 colors that brings
# 2 points of SSIMULACRA2 for 1.5 % more bytes, with 256 nothing.
FEW_TO_MIX = 96


@dataclass(frozen=True, eq=False)
class Quantized:
    """A picture as palette and indices, with its error and where the colors come from.

    bit_price: of lossy runs, in squared OKLab distance; None where each pixel has its own color.
    """

    indexed: IndexedImage
    mse: float
    colors: Colors
    bit_price: float | None = None


@dataclass(frozen=True, eq=False)
class Made:
    """A quantized picture and its file."""

    quantized: Quantized
    format: str
    data: bytes


def make(
    counted: Counted,
    settings: Settings,
    clock: Stopwatch,
    on_step: OnStep | None = None,
    writing: int | None = None,
) -> Made:
    """The picture with these settings; with lossy runs only where these make it smaller.

    writing: effort of the encoder, where it is not that of the settings.
    """
    encoder = settings if writing is None else settings.but(optimize=writing)
    if isinstance(settings.lossy_runs, float):  # somebody knows what they want
        return encoded(with_runs(counted, settings, settings.lossy_runs, clock, on_step), encoder, clock)
    quantized = quantize_counted(counted, settings, on_step=on_step, clock=clock)
    made = encoded(quantized, encoder, clock)
    if not settings.has_lossy_runs or quantized.colors.exact:
        return made
    share = PRICE_SHARE_GIF if settings.format == "gif" else PRICE_SHARE * sqrt(settings.k / 256)
    price = share * quantized.colors.error
    runs = encoded(with_runs(counted, settings, price, clock), encoder, clock)
    return min(made, runs, key=lambda one: len(one.data))


def encoded(quantized: Quantized, settings: Settings, clock: Stopwatch) -> Made:
    """The file of a quantized picture, in the format that these settings ask for."""
    with clock("encode"):
        kinds = ("png", "webp") if settings.format == "auto" else (settings.format or "png",)
        files = {kind: codecs.encode(quantized.indexed, kind, optimize=settings.optimize) for kind in kinds}
        kind = min(files, key=lambda one: len(files[one]))
        return Made(quantized, kind, files[kind])


def quantize_counted(
    counted: Counted, settings: Settings, *, on_step: OnStep | None = None, clock: Stopwatch | None = None
) -> Quantized:
    """A counted picture as palette and plain or dithered indices; exact where its colors fit the palette."""
    clock = clock or Stopwatch()
    image, histogram = counted.image, counted.histogram
    with clock("k-means"):
        found = _colors(counted, settings, on_step)
    with clock("remap"):
        if settings.dither == "none" or found.exact:
            indices = remap(image.pixels, histogram, found.labels)
            mse = metrics.mse(histogram, found.palette.colors, found.labels)
            return Quantized(_indexed(counted, found.palette, indices, settings), mse, found)
        from .dither import dither, widened  # only now: most runs need neither

        space = SPACES[settings.space]
        colors = widened(found.palette.colors, histogram, found.labels, space, found.fixed)
        points = counted.steps(settings.space)
        strength = settings.dither_strength
        indices = dither(image.pixels, colors, space, settings.dither, strength, histogram=histogram, points=points)
        palette = Palette(colors).counted(indices)
        mse = metrics.mse_between(image, IndexedImage(palette, indices).to_image())
        return Quantized(_indexed(counted, palette, indices, settings), mse, found)


def with_runs(
    counted: Counted, settings: Settings, price: float, clock: Stopwatch, on_step: OnStep | None = None
) -> Quantized:
    """The picture as palette and indices that pack well, at a price of bits; see `rate`.

    Entries that no pixel has are left out, but not what the user pinned.
    """
    from .dither import widened
    from .rate import rate_aware  # only now: many runs do without
    from .rate_gif import rate_aware_gif

    with clock("k-means"):
        found = _colors(counted, settings, on_step)
    with clock("runs"):
        image = counted.image
        indices = remap(image.pixels, counted.histogram, found.labels)
        protected = found.fixed[indices] if bool(found.fixed[counted.clear :].any()) else None
        colors, frozen = found.palette.colors, found.fixed
        if len(colors) <= FEW_TO_MIX:
            colors = widened(colors, counted.histogram, found.labels, SPACES["oklab"], frozen)
            frozen = np.ones_like(frozen)
        if settings.format == "gif":
            for_format = rate_aware_gif
        else:  # where the smaller of both may be had that is nearly always WebP
            kind = "webp" if settings.format in ("webp", "auto") else "png"
            for_format = partial(rate_aware, frozen=frozen, format=kind)
        made = for_format(
            image.pixels,
            colors,
            indices,
            price,
            masks=counted.masks,
            protected=protected,
            diffusion=settings.dither_strength,
            effort=settings.optimize,
        )
        unused = np.setdiff1d(np.flatnonzero(found.fixed), made.places)
        colors = np.concatenate([made.colors, colors[unused]])
        palette = Palette(colors).counted(made.indices)
        mse = metrics.mse_between(image, IndexedImage(palette, made.indices).to_image())
        return Quantized(_indexed(counted, palette, made.indices, settings), mse, found, price)


def _indexed(counted: Counted, palette: Palette, indices: UInt8Array, settings: Settings) -> IndexedImage:
    """The picture as it is written; the transparent entry, which comes first, gets its color."""
    if settings.bleed and counted.clear:
        colors = palette.colors.copy()
        colors[0, :3] = counted.edge_color
        palette = Palette(colors, palette.weights)
    return IndexedImage(palette, indices, counted.image.icc, counted.image.dpi)


def _colors(counted: Counted, settings: Settings, on_step: OnStep | None) -> Colors:
    """What `choose_colors` gives, once for all settings that ask for the same."""
    return counted.remembered(("colors", *settings.of_colors()), lambda: choose_colors(counted, settings, on_step))
