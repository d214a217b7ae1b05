"""One picture with one set of settings: its colors, its indices, plain or with lossy indices, and its file."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from math import sqrt
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from .. import codecs, metrics
from ..color.spaces import SPACES
from ..image import Image, IndexedImage, Palette, UInt8Array
from ..quantize.palette_design import DesignedPalette, OnStep, design_palette
from ..quantize.prepared import PreparedImage, Sample
from ..quantize.remap import remap
from ..rate.multiplier import largest_lambda
from ..settings import Settings
from .stopwatch import Stopwatch

if TYPE_CHECKING:
    from ..rate.lz77 import RateAware

# What a bit may cost by default, as a share of the error that k-means leaves: where colors are near each other, errors
# of lossy indices must be small too. From --optimize 2 up this is where the search for the price of a point begins (see
# `prices`; docs/targets.md has what it finds). Below, nothing is measured: the price is a part of it that falls with
# the root of k, as a few colors show more.
PRICE_SHARE = 0.16
PRICE_SHARE_GIF = 0.11
UNMEASURED = 0.3

# A file with lossy indices that is not at least so much smaller is not worth what they lose.
WORTH = 0.99

# What is lost in a sample is taken for so many times as much: on four photos of 10 megapixels the whole lost up to 0.2
# points more.
SAMPLE_MARGIN = 1.25

# From this effort up what lossy indices lose is measured.
MEASURED_FROM = 2

# With so few colors or less, lossy indices too begin with a palette that is widened for mixing: with 16 colors that brings
# 2 points of SSIMULACRA2 for 1.5 % more bytes, with 256 nothing.
FEW_TO_MIX = 96


@dataclass(frozen=True, eq=False)
class Quantized:
    """A picture as palette and indices, with its error and where the colors come from.

    lambda_: of lossy indices, in squared OKLab distance; None where each pixel has its own color.
    """

    indexed: IndexedImage
    mse: float
    colors: DesignedPalette
    lambda_: float | None = None


@dataclass(frozen=True, eq=False)
class EncodedImage:
    """A quantized picture and its file."""

    quantized: Quantized
    format: str
    data: bytes


def make(
    prepared: PreparedImage,
    settings: Settings,
    clock: Stopwatch,
    on_step: OnStep | None = None,
    writing: int | None = None,
) -> EncodedImage:
    """The picture with these settings; with lossy indices only where these make it smaller, and lose little.

    writing: effort of the encoder, where it is not that of the settings.
    """
    encoder = settings if writing is None else settings.but(optimize=writing)
    if isinstance(settings.lossy, float):  # somebody knows what they want
        return encoded(with_runs(prepared, settings, settings.lossy, clock, on_step), encoder, clock)
    quantized = quantize_prepared(prepared, settings, on_step=on_step, clock=clock)
    made = encoded(quantized, encoder, clock)
    if not settings.allows_lossy or quantized.colors.exact:
        return made
    error = quantized.colors.error
    share = PRICE_SHARE_GIF if settings.format == "gif" else PRICE_SHARE
    runs: Quantized | None
    if settings.optimize >= MEASURED_FROM:
        runs = _dearest_runs(prepared, settings, quantized, share * error, clock)
    else:
        runs = with_runs(prepared, settings, UNMEASURED * share * sqrt(settings.k / 256) * error, clock)
    if runs is None:
        return made
    smaller = encoded(runs, encoder, clock)
    return smaller if len(smaller.data) <= WORTH * len(made.data) else made


def encoded(quantized: Quantized, settings: Settings, clock: Stopwatch) -> EncodedImage:
    """The file of a quantized picture, in the format that these settings ask for."""
    with clock("encode"):
        kinds = ("png", "webp") if settings.format == "auto" else (settings.format or "png",)
        files = {kind: codecs.encode(quantized.indexed, kind, optimize=settings.optimize) for kind in kinds}
        kind = min(files, key=lambda one: len(files[one]))
        return EncodedImage(quantized, kind, files[kind])


def error_of(prepared: PreparedImage, settings: Settings, clock: Stopwatch) -> float:
    """The weighted mean squared error that k-means leaves, in the units of its space."""
    with clock("k-means"):
        return _colors(prepared, settings, None).error


def quantize_prepared(
    prepared: PreparedImage, settings: Settings, *, on_step: OnStep | None = None, clock: Stopwatch | None = None
) -> Quantized:
    """A counted picture as palette and plain or dithered indices; exact where its colors fit the palette."""
    clock = clock or Stopwatch()
    image, histogram = prepared.image, prepared.histogram
    with clock("k-means"):
        found = _colors(prepared, settings, on_step)
    with clock("remap"):
        if settings.dither == "none" or found.exact:
            indices = remap(image.pixels, histogram, found.labels)
            mse = metrics.mse(histogram, found.palette.colors, found.labels)
            return Quantized(_indexed(prepared, found.palette, indices, settings), mse, found)
        from ..quantize.dither import dither, variance_matched  # only now: most runs need neither

        space = SPACES[settings.space]
        colors = variance_matched(found.palette.colors, histogram, found.labels, space, found.fixed)
        points = prepared.grid(settings.space)
        strength = settings.dither_strength
        indices = dither(image.pixels, colors, space, settings.dither, strength, histogram=histogram, points=points)
        palette = Palette(colors).counted(indices)
        mse = metrics.mse_between(image, IndexedImage(palette, indices).to_image())
        return Quantized(_indexed(prepared, palette, indices, settings), mse, found)


def with_runs(
    prepared: PreparedImage, settings: Settings, price: float, clock: Stopwatch, on_step: OnStep | None = None
) -> Quantized:
    """The picture as palette and indices that pack well, at a price of bits; see `rate`.

    Entries that no pixel has are left out, but not what the user pinned.
    """
    plain = _plain(prepared, settings, clock, on_step)
    with clock("runs"):
        made = _runs(prepared, settings, plain, price)
        return _with_pinned(prepared, settings, plain, made, price)


def _dearest_runs(
    prepared: PreparedImage, settings: Settings, dithered: Quantized, first: float, clock: Stopwatch
) -> Quantized | None:
    """The picture with lossy indices at the highest price that loses at most a point of SSIMULACRA2 against plain indices;
    None where each that was tried loses more.

    first: the price to begin with. Of a large picture a sample is tried and measured, and little effort says where more
    effort begins.
    """
    plain, sample = _plain(prepared, settings, clock), prepared.sample
    tried: dict[float, RateAware] = {}
    with clock("quality"):
        aim = _quality(sample, dithered)

    def loss_at(price: float, effort: Settings = settings) -> float:
        with clock("runs"):
            tried[price] = made = _runs(prepared, effort, plain, price, sample)
        with clock("quality"):
            loss = aim - sample.reference.ssimulacra2(Image(made.colors[made.indices]))
        return loss if sample.is_all else SAMPLE_MARGIN * loss

    if settings.optimize > MEASURED_FROM:
        first = largest_lambda(partial(loss_at, effort=settings.but(optimize=MEASURED_FROM)), first) or first
        tried.clear()
    price = largest_lambda(loss_at, first)
    if price is None:
        return None
    with clock("runs"):
        made = tried[price] if sample.is_all else _runs(prepared, settings, plain, price)
        return _with_pinned(prepared, settings, plain, made, price)


def _quality(sample: Sample, quantized: Quantized) -> float:
    """The SSIMULACRA2 of a sample of a picture."""
    indexed = quantized.indexed
    return sample.reference.ssimulacra2(Image(indexed.palette.colors[sample.of(indexed.indices)]))


@dataclass(frozen=True, eq=False)
class _Plain:
    """What lossy indices begin with: colors, and the nearest one of each pixel; which of both stay as they are."""

    found: DesignedPalette
    colors: UInt8Array
    frozen: npt.NDArray[np.bool_]
    indices: UInt8Array
    protected: npt.NDArray[np.bool_] | None


def _plain(prepared: PreparedImage, settings: Settings, clock: Stopwatch, on_step: OnStep | None = None) -> _Plain:
    from ..quantize.dither import variance_matched  # only now: many runs do without

    with clock("k-means"):
        found = _colors(prepared, settings, on_step)
    with clock("runs"):
        indices = remap(prepared.image.pixels, prepared.histogram, found.labels)
        protected = found.fixed[indices] if bool(found.fixed[prepared.transparent :].any()) else None
        colors, frozen = found.palette.colors, found.fixed
        if len(colors) <= FEW_TO_MIX:
            colors = variance_matched(colors, prepared.histogram, found.labels, SPACES["oklab"], frozen)
            frozen = np.ones_like(frozen)
        return _Plain(found, colors, frozen, indices, protected)


def _runs(
    prepared: PreparedImage, settings: Settings, plain: _Plain, price: float, sample: Sample | None = None
) -> RateAware:
    """Indices with lossy indices at a price of bits, of the whole picture or of a sample of it."""
    from ..rate.lz77 import rate_aware
    from ..rate.lzw import rate_aware_gif

    pixels, indices, masks, protected = prepared.image.pixels, plain.indices, prepared.masks, plain.protected
    if sample is not None:
        pixels, indices, masks = sample.of(pixels), sample.of(indices), sample.of_masks(masks)
        protected = None if protected is None else sample.of(protected)
    if settings.format == "gif":
        for_format = rate_aware_gif
    else:  # where the smaller of both may be had that is nearly always WebP
        kind = "webp" if settings.format in ("webp", "auto") else "png"
        for_format = partial(rate_aware, frozen=plain.frozen, format=kind)
    return for_format(
        pixels,
        plain.colors,
        indices,
        price,
        masks=masks,
        protected=protected,
        diffusion=settings.dither_strength,
        effort=settings.optimize,
    )


def _with_pinned(
    prepared: PreparedImage, settings: Settings, plain: _Plain, made: RateAware, price: float
) -> Quantized:
    """The quantized picture; what the user pinned is in its palette, even where no pixel has it."""
    unused = np.setdiff1d(np.flatnonzero(plain.found.fixed), made.places)
    palette = Palette(np.concatenate([made.colors, plain.colors[unused]])).counted(made.indices)
    mse = metrics.mse_between(prepared.image, IndexedImage(palette, made.indices).to_image())
    return Quantized(_indexed(prepared, palette, made.indices, settings), mse, plain.found, price)


def _indexed(prepared: PreparedImage, palette: Palette, indices: UInt8Array, settings: Settings) -> IndexedImage:
    """The picture as it is written; the transparent entry, which comes first, gets its color."""
    if settings.bleed and prepared.transparent:
        colors = palette.colors.copy()
        colors[0, :3] = prepared.edge_color
        palette = Palette(colors, palette.weights)
    return IndexedImage(palette, indices, prepared.image.icc, prepared.image.dpi)


def _colors(prepared: PreparedImage, settings: Settings, on_step: OnStep | None) -> DesignedPalette:
    """What `design_palette` gives, once for all settings that ask for the same."""
    return prepared.remembered(("colors", *settings.of_colors()), lambda: design_palette(prepared, settings, on_step))
