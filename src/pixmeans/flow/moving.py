"""An animation in one palette: from frames to a file.

Frames are read twice and never held together. In the first pass their histograms are added, and the palette is found
from the sum. In the second pass each frame gets its indices. A pixel whose source color stays keeps its index, so still
areas stay still under dithering. With lossy indices a pixel also stays where its color hardly moved since it was
drawn. One frame, that with the most colors, is compressed as a still: it tells how to weigh colors, whether to dither,
and the multiplier of bits of lossy indices.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

import numpy as np

from .. import metrics
from ..arrays import Bools, UInt8Array
from ..choices import MAX_INDEXED
from ..codecs.animation_writers import ANIMATIONS
from ..codecs.frames import Frame
from ..color.histogram import Histogram, HistogramSum
from ..color.masking import ONE, Masking, to_visual_grid
from ..color.spaces import SPACES
from ..errors import InputError
from ..image import Image, IndexedImage, Palette, count_indices
from ..quantize.dither import dither, variance_matched
from ..quantize.given import in_given_order
from ..quantize.palette_design import DesignedPalette, design_palette
from ..quantize.prepared import PreparedColors, PreparedImage
from ..rate.searches import SEARCHES
from ..settings import Settings
from .animation_result import AnimationSource
from .attempt import Attempt
from .designs import best_file
from .lossy_start import FEW_TO_MIX
from .rectangles import Box, Rectangles
from .shared_palette import ColorSum
from .stopwatch import Stopwatch

Prepare = Callable[[Image], PreparedImage]

# With lossy indices a pixel may stay as it is while its weighted squared OKLab distance from the color that it was
# drawn for is worth no more than so many bits; but not in blocks (of so many pixels a side) of which more than this
# share moved, where single pixels that stay cut phrases to pieces. On a clip with noise of 1.5 levels that takes 9 and
# 28 % fewer bytes with 256 and 64 colors, for 0.2 and 0.6 points of SSIMULACRA2, and on one without 0 and 1 % for none;
# without blocks 17 and 42 % for 0.6 and 1.5 points, and up to 5 % more.
STAY_BITS = 4.0
STAY_BLOCK = 8
STAY_SHARE = 0.25

# Dithering begins so many pixels before what changed, to have errors to hand on.
MARGIN = 8


@dataclass(frozen=True, eq=False)
class MovingFile:
    """What came of an animation in one format.

    palette: with the pixels of all frames that each entry has. frames: that were read. milliseconds: of the frames that
    are written. mse: mean over all frames and what stands apart. settings: the way of the frame that was tried as a
    still. lambda_: see `IndexedResult`. witness, seen_as: the frame with the most levels of alpha, with the first one's
    tags, and what became of it.
    """

    format: str
    data: bytes
    palette: Palette
    frames: int
    milliseconds: tuple[int, ...]
    mse: float
    design: DesignedPalette
    settings: Settings
    lambda_: float | None
    witness: Image
    seen_as: IndexedImage


@dataclass(frozen=True, eq=False)
class _Colors:
    """What the first pass found.

    key: the frame with the most colors. witness: the place and the picture of the frame with the most levels of alpha.
    """

    total: ColorSum
    key: PreparedImage
    first: Image
    witness: tuple[int, Image]


def moving_file(
    frames: Iterable[Frame], about: AnimationSource, prepare: Prepare, settings: Settings, clock: Stopwatch
) -> MovingFile:
    """The smallest file of the formats that are asked for.

    frames: may be iterated over twice for every format. about: of it, how often they are shown and what stands apart.
    prepare: settles alpha and counts colors.
    Raises InputError, SettingsError, OutputError.
    """
    with clock("histogram"):
        seen = _first_pass(frames, about.apart, prepare, settings)
    files = [
        _in_format(frames, about, prepare, settings.but(format=format), clock, seen) for format in settings.formats
    ]
    return min(files, key=lambda file: len(file.data))


def _first_pass(frames: Iterable[Frame], apart: Image | None, prepare: Prepare, settings: Settings) -> _Colors:
    counts, weights, hard = HistogramSum(), HistogramSum(), True
    key: PreparedImage | None = None
    first: Image | None = None
    before: Image | None = None
    one: ColorSum | None = None
    witness: tuple[int, Image | None] = (0, None)
    levels = -1
    for number, frame in enumerate(frames):
        if first is None:
            first = frame.image
        elif (frame.image.width, frame.image.height) != (first.width, first.height):
            raise InputError("its frames have different sizes; give them one size in another program")
        if before is None or one is None or not _same(frame.image, before):
            prepared = prepare(frame.image)
            one = ColorSum.of(prepared, settings)
            if key is None or len(prepared.histogram) > len(key.histogram):
                key = prepared
            hard &= prepared.hard_alpha
            if (count := _levels(frame.image)) > levels:
                witness, levels = (number, frame.image), count
        before = frame.image
        counts.add(one.counts)
        weights.add(one.weights)
    if apart is not None and any(ANIMATIONS[format].holds_apart for format in settings.formats):
        prepared = prepare(apart)
        one = ColorSum.of(prepared, settings)
        counts.add(one.counts)
        weights.add(one.weights)
        hard &= prepared.hard_alpha
    found, worth = counts.total(), weights.total()
    place, picture = witness
    if found is None or worth is None or key is None or first is None or picture is None:
        raise InputError("it has no frames; get it again")
    picture = replace(picture, icc=first.icc, dpi=first.dpi, tags=first.tags)
    return _Colors(ColorSum(found, worth, hard), key, first, (place, picture))


def _levels(image: Image) -> int:
    """How many levels of alpha a picture has."""
    if not image.has_alpha:
        return 1
    return int(np.count_nonzero(np.bincount(image.pixels[..., 3].reshape(-1), minlength=256)))


def _same(a: Image, b: Image) -> bool:
    return a.pixels.shape == b.pixels.shape and a.rest is None and b.rest is None and np.array_equal(a.pixels, b.pixels)


def _in_format(
    frames: Iterable[Frame],
    about: AnimationSource,
    prepare: Prepare,
    settings: Settings,
    clock: Stopwatch,
    seen: _Colors,
) -> MovingFile:
    way = _way(settings, clock, seen)
    format = settings.formats[0]
    like = IndexedImage(
        way.palette,
        np.zeros((seen.first.height, seen.first.width), np.uint8),
        seen.first.icc,
        seen.first.dpi,
        seen.first.tags,
        in_order=seen.key.given is not None,
    )
    writer = ANIMATIONS[format](like, way.keeps, about.plays, settings.optimize)
    rectangles = Rectangles(writer, way.palette)
    squares, count, weights = 0.0, 0, np.zeros(len(way.palette), np.int64)
    chooser, error, before, seen_as = _Indices(way), 0.0, None, like
    for frame in frames:
        if before is None or not _same(frame.image, before):
            with clock("remap" if way.lambda_ is None else "lossy"):
                prepared = prepare(frame.image)
                chooser.see(prepared)
            with clock("quality"):
                error = metrics.mse_between(prepared.original, IndexedImage(way.palette, chooser.shown))
        if count == seen.witness[0]:
            seen_as = replace(like, indices=chooser.shown)
        before = frame.image
        squares += error
        count += 1
        weights += count_indices(chooser.shown, len(way.palette))
        with clock("encode"):
            rectangles.add(chooser.shown, frame.milliseconds)
    pictures = count
    if about.apart is not None and writer.holds_apart:
        with clock("remap" if way.lambda_ is None else "lossy"):
            prepared, chooser = prepare(about.apart), _Indices(way)
            chooser.see(prepared)
        writer.apart = chooser.shown
        with clock("quality"):
            squares += metrics.mse_between(prepared.original, IndexedImage(way.palette, chooser.shown))
        pictures += 1
    with clock("encode"):
        rectangles.end()
        data = writer.file()
    return MovingFile(
        format,
        data,
        Palette(way.palette.colors, weights),
        count,
        tuple(rectangles.milliseconds),
        squares / pictures,
        way.design,
        way.settings,
        way.lambda_,
        seen.witness[1],
        seen_as,
    )


@dataclass(frozen=True, eq=False)
class _Way:
    """How frames get their indices. keeps: see `AnimationWriter`; palette: that files hold, without it."""

    settings: Settings
    design: DesignedPalette
    palette: Palette
    keeps: int | None
    lambda_: float | None

    @property
    def has_alpha(self) -> bool:
        return self.palette.colors.shape[1] == 4


def _way(settings: Settings, clock: Stopwatch, seen: _Colors) -> _Way:
    """The palette, and what the key frame says as a still."""
    total = seen.total
    transparent = int(total.has_transparent)
    k = settings.k
    if not transparent and len(total.counts) > k:
        k = min(k, MAX_INDEXED - 1)  # one is for pixels that stay as they are
    chosen = settings.but(k=k, protect="off")
    lambda_ = None
    if len(total.counts) > k:
        file = best_file(Attempt(seen.key, chosen, clock))
        lambda_ = file.result.lambda_
        chosen = file.settings.but(k=k, protect="off")
    weights = total.weights if chosen.uses_masking else Histogram(total.counts.colors, ONE * total.counts.weights)
    prepared = PreparedColors(total.counts, weights=weights, hard_alpha=total.hard_alpha, given=seen.key.given)
    with clock("k-means"):
        design = design_palette(prepared, chosen)
    colors = design.palette.colors
    if design.exact:
        chosen, lambda_ = chosen.but(dither="none", lossy="off"), None
    elif chosen.dither != "none" and (lambda_ is None or len(colors) <= FEW_TO_MIX):
        space = SPACES[chosen.measured_in]
        colors = variance_matched(colors, total.counts, design.labels, space, design.unmoving)
    palette = Palette(colors)
    if seen.key.given is not None:
        every = np.arange(len(colors), dtype=np.uint8)[None]
        palette, _ = in_given_order(palette, every, seen.key.given)
    keeps: int | None = len(palette) if len(palette) < MAX_INDEXED else None
    clear = np.flatnonzero(palette.rgba[:, 3] == 0)
    if len(clear):
        keeps = int(clear[0])
    return _Way(chosen, design, palette, keeps, lambda_)


class _Indices:
    """The index of each pixel, frame after frame. shown: (h, w) uint8."""

    def __init__(self, way: _Way) -> None:
        self._way = way
        self.shown: UInt8Array = np.zeros((0, 0), np.uint8)
        self._before: UInt8Array | None = None  # the frame before
        self._drawn_for: UInt8Array = np.zeros((0, 0, 0), np.uint8)  # the color that each pixel had when it was drawn

    def see(self, prepared: PreparedImage) -> None:
        """The next frame."""
        pixels = prepared.image.pixels
        if self._way.has_alpha and pixels.shape[2] == 3:
            pixels = np.dstack([pixels, np.full(pixels.shape[:2], 255, np.uint8)])
        if self._before is None:
            changed = np.ones(pixels.shape[:2], np.bool_)
            self.shown, self._drawn_for = np.zeros(changed.shape, np.uint8), pixels.copy()
        else:
            changed = _differ(pixels, self._before)
            if self._way.lambda_ is not None:
                changed &= _by_blocks(self._moved(pixels, prepared.masking))
        self._before = pixels
        if not changed.any():
            return
        if self._way.lambda_ is None:
            indices = self._dithered(pixels, changed)
        else:
            indices = self._lossy(pixels, changed, prepared.masking)
        self.shown = np.where(changed, indices, self.shown)
        self._drawn_for[changed] = pixels[changed]

    def _moved(self, pixels: UInt8Array, masks: Masking) -> Bools:
        """Which pixels are farther from the color that they were drawn for than a few bits are worth."""
        assert self._way.lambda_ is not None
        moved = pixels[..., 3] != self._drawn_for[..., 3] if pixels.shape[2] == 4 else np.zeros(self.shown.shape, bool)
        differ = _differ(pixels, self._drawn_for)
        a, b = (to_visual_grid(np.ascontiguousarray(one[differ])) for one in (pixels, self._drawn_for))
        far = (a.astype(np.int64) - b) ** 2
        weighted = far.sum(axis=1) * masks.weights[differ].astype(np.float64) / ONE
        moved[differ] |= weighted > STAY_BITS * self._way.lambda_ * (1 << 28)
        return moved

    def _dithered(self, pixels: UInt8Array, changed: Bools) -> UInt8Array:
        way, box = self._way, Box.of(changed).wider(MARGIN, *changed.shape)
        part = np.ascontiguousarray(pixels[box.place])
        settings = way.settings
        space = SPACES[settings.measured_in]
        indices = self.shown.copy()
        method = "none" if way.design.exact else settings.dither
        indices[box.place] = dither(part, way.palette.colors, space, method, settings.dither_strength)
        return indices

    def _lossy(self, pixels: UInt8Array, changed: Bools, masks: Masking) -> UInt8Array:
        """Indices that pack well; to the search, what stays is transparent and keeps its index."""
        way, box = self._way, Box.of(changed)
        settings, place = way.settings, box.place
        stays = ~changed[place]
        part = pixels[place][..., :3]
        alpha = pixels[place][..., 3] if pixels.shape[2] == 4 else np.full(stays.shape, 255, np.uint8)
        space, colors = SPACES["oklab"], way.palette.colors
        nearest = dither(np.ascontiguousarray(pixels[place]), colors, space, "none")
        start = np.where(stays, np.uint8(way.keeps or 0), nearest).astype(np.uint8)
        if way.keeps is None:
            start = np.where(stays, self.shown[place], start)
        seen = np.dstack([part, np.where(stays, 0, alpha).astype(np.uint8)])
        palette = way.palette.rgba
        if way.keeps == len(palette):
            palette = np.concatenate([palette, np.zeros((1, 4), np.uint8)])
        search = SEARCHES[settings.formats[0]]
        here = Masking(np.ascontiguousarray(masks.weights[place]), np.ascontiguousarray(masks.flatness[place]))
        scene = search.scene(seen, masks=here)
        made = search.indices(
            scene,
            palette,
            start,
            way.lambda_,
            frozen=np.ones(len(palette), np.bool_),
            diffusion=settings.dither_strength,
            effort=settings.optimize,
            soft=False,
        )
        indices = self.shown.copy()
        indices[place] = made.places.astype(np.uint8)[made.indices]
        return indices


def _by_blocks(moved: Bools) -> Bools:
    """The same, and all pixels of blocks in which many moved."""
    height, width = moved.shape
    rows, columns = -(-height // STAY_BLOCK), -(-width // STAY_BLOCK)
    wide = np.zeros((rows * STAY_BLOCK, columns * STAY_BLOCK), np.uint8)
    wide[:height, :width] = moved
    counts = wide.reshape(rows, STAY_BLOCK, columns, STAY_BLOCK).sum(axis=(1, 3))
    many = counts > STAY_SHARE * STAY_BLOCK**2
    return moved | many.repeat(STAY_BLOCK, axis=0).repeat(STAY_BLOCK, axis=1)[:height, :width]


def _differ(a: UInt8Array, b: UInt8Array) -> Bools:
    """(h, w) whether pixels differ in any channel."""
    found = a[..., 0] != b[..., 0]
    for channel in range(1, a.shape[2]):
        found |= a[..., channel] != b[..., channel]
    return found
