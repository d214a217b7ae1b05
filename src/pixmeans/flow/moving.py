"""An animation: from frames to a file.

Frames are read twice and never held together. In the first pass their histograms are added, and the palette is found
from the sum. In the second pass each frame gets its indices, of this palette or of its own where that is asked for. One
frame, that with the most colors, is compressed as a still: it tells how to weigh colors, whether to dither, and the
multiplier of bits of lossy indices.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np

from .. import metrics
from ..arrays import index_type
from ..choices import MAX_INDEXED
from ..codecs.animation_writers import ANIMATIONS, AnimationWriter, ColorTable
from ..codecs.frames import Frame
from ..color.histogram import Histogram, HistogramSum
from ..color.masking import ONE
from ..errors import InputError
from ..image import Image, IndexedImage, Palette
from ..quantize.given import in_given_order
from ..quantize.palette_design import DesignedPalette, design_palette
from ..quantize.prepared import PreparedColors, PreparedImage
from ..rate.searches import SEARCHES
from ..records import dataclass, replace
from ..settings import Settings
from .animation_result import AnimationSource
from .attempt import Attempt
from .designs import best_file
from .drawing import Drawer, Way, entry_counts
from .frame_palettes import Fit, FrameColors, FramePalettes, mixing
from .judge import Judge
from .ladder import Choice
from .moving_file import MovingFile
from .moving_target import best_moving, measured_frames
from .rectangles import Rectangles, Shown
from .stopwatch import Stopwatch

Prepare = Callable[[Image], PreparedImage]

# What a bit is worth where a frame may have its own colors, in lambdas. With 64 colors 16 takes 23, 8 and 3 % fewer
# bytes than 4 on three clips for 0.3, 0.7 and 0.8 points of SSIMULACRA2; cuts are worth far more than either.
OWN_BITS = 16.0


@dataclass(frozen=True, eq=False)
class _Colors:
    """What the first pass found.

    frames: how many there are. counts: the pixels of all by color, of settled alpha, and of what stands apart. masked,
    bare: of the same colors, what these pixels are worth with masking, if it is used, and without. hard_alpha: whether
    no pixel may be translucent. key: the frame with the most colors. first: the first one. witness: the place and the
    picture of that with the most levels of alpha.
    """

    frames: int
    counts: Histogram
    masked: Histogram
    bare: Histogram
    hard_alpha: bool
    key: PreparedImage
    first: Image
    witness: tuple[int, Image]

    def worth(self, settings: Settings) -> Histogram:
        """What pixels are worth."""
        return self.masked if settings.uses_masking else self.bare

    def prepared(self, settings: Settings) -> PreparedColors:
        """What the palette is found from."""
        weights = self.worth(settings)
        return PreparedColors(self.counts, weights=weights, hard_alpha=self.hard_alpha, given=self.key.given)


def moving_file(
    frames: Iterable[Frame], about: AnimationSource, prepare: Prepare, settings: Settings, clock: Stopwatch
) -> tuple[MovingFile, Choice | None]:
    """The smallest file of the formats that are asked for; and how a wanted quality or size was found, if one was.

    frames: may be iterated over twice for every format and try. about: of it, how often they are shown and what stands
    apart. prepare: settles alpha and counts colors.
    Raises InputError, SettingsError, OutputError.
    """
    with clock("histogram"):
        seen = _first_pass(frames, about.apart, prepare, settings)
    attempt = Attempt(seen.key, settings, clock)

    def made(settings: Settings) -> MovingFile:
        each = (settings.but(format=format) for format in settings.formats)
        files = [_in_format(frames, about, prepare, one, attempt, seen) for one in each]
        return min(files, key=lambda file: len(file.data))

    if not settings.has_target:
        return made(settings), None
    fewest = 1 + int(seen.prepared(settings).transparent and len(seen.counts) > 1)
    return best_moving(made, settings, len(seen.counts), fewest)


def _first_pass(frames: Iterable[Frame], apart: Image | None, prepare: Prepare, settings: Settings) -> _Colors:
    sums = tuple(HistogramSum() for _ in range(3))  # see `_counted`
    hard = True
    key: PreparedImage | None = None
    first: Image | None = None
    before: Image | None = None
    one: tuple[Histogram | None, ...] = ()
    witness: tuple[int, Image | None] = (0, None)
    levels, number = -1, -1
    for number, frame in enumerate(frames):
        if first is None:
            first = frame.image
        elif (frame.image.width, frame.image.height) != (first.width, first.height):
            raise InputError("its frames have different sizes; give them one size in another program")
        if before is None or not _same(frame.image, before):
            prepared = prepare(frame.image)
            one = _counted(prepared, settings)
            if key is None or len(prepared.histogram) > len(key.histogram):
                key = prepared
            hard &= prepared.hard_alpha
            if (count := _levels(frame.image)) > levels:
                witness, levels = (number, frame.image), count
        before = frame.image
        _add(sums, one)
    if apart is not None and any(ANIMATIONS[format].holds_apart for format in settings.formats):
        prepared = prepare(apart)
        _add(sums, _counted(prepared, settings))
        hard &= prepared.hard_alpha
    counts, with_masking, without = (total.total() for total in sums)
    place, picture = witness
    if counts is None or key is None or first is None or picture is None:
        raise InputError("it has no frames; get it again")
    plain = Histogram(counts.colors, ONE * counts.weights) if without is None else without
    masked = plain if with_masking is None else with_masking
    picture = replace(picture, icc=first.icc, dpi=first.dpi, tags=first.tags)
    return _Colors(number + 1, counts, masked, plain, hard, key, first, (place, picture))


def _counted(prepared: PreparedImage, settings: Settings) -> tuple[Histogram | None, ...]:
    """Its pixels; what they are worth with masking, if it is used; and without, if they do not count alike."""
    masked = prepared.worth(True) if settings.uses_masking else None
    return prepared.histogram, masked, None if prepared.importance is None else prepared.worth(False)


def _add(sums: tuple[HistogramSum, ...], one: tuple[Histogram | None, ...]) -> None:
    for total, more in zip(sums, one, strict=True):
        if more is not None:
            total.add(more)


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
    attempt: Attempt,
    seen: _Colors,
) -> MovingFile:
    """attempt: at the frame with the most colors."""
    clock = attempt.clock
    way, design = _way(settings, attempt, seen)
    table = way.common.table
    first = seen.first
    like = IndexedImage(
        table.palette,
        np.zeros((first.height, first.width), np.uint8),
        first.icc,
        first.dpi,
        first.tags,
        in_order=seen.key.given is not None,
    )
    writer = ANIMATIONS[settings.formats[0]](like, table, about.plays, settings.optimize, settings.bit_depth)
    rectangles = Rectangles(writer)
    drawer = Drawer(way, None if settings.palette_per != "frame" or design.exact else _own(settings, seen, way, writer))
    apart = about.apart if writer.holds_apart else None
    pictures = seen.frames + (apart is not None)
    squares, count, weights = 0.0, 0, np.zeros(len(table.palette), np.int64)
    error, before, seen_as = 0.0, None, like
    measured = measured_frames(pictures) if settings.has_target else frozenset()
    qualities: list[float] = []
    for frame in frames:
        if before is None or not _same(frame.image, before):
            with clock("remap" if way.lambda_ is None else "lossy"):
                prepared = prepare(frame.image)
                drawer.see(prepared, rectangles)
            with clock("quality"):
                image = Image(drawer.shown.colors).without_opaque_alpha()
                error = metrics.mse_between(prepared.original, image)
        if count in measured:
            with clock("quality"):
                qualities.append(Judge(prepared.original).quality(image))
        if count == seen.witness[0]:
            seen_as = _with_levels(like, drawer.shown)
        before = frame.image
        squares += error
        count += 1
        weights += entry_counts(drawer.shown, table)
        with clock("encode"):
            rectangles.add(drawer.shown, frame.milliseconds)
    if apart is not None:
        with clock("remap" if way.lambda_ is None else "lossy"):
            prepared, drawer = prepare(apart), Drawer(way)
            drawer.see(prepared, rectangles)
            writer.apart = drawer.shown.indices
        with clock("quality"):
            image = Image(drawer.shown.colors).without_opaque_alpha()
            squares += metrics.mse_between(prepared.original, image)
            if count in measured:
                qualities.append(Judge(prepared.original).quality(image))
    with clock("encode"):
        rectangles.end()
        data = writer.file()
    palette = Palette(table.palette.colors, weights)
    return MovingFile(
        settings.formats[0],
        data,
        palette,
        tuple(palette if one is table.palette else one for one in rectangles.palettes),
        count,
        tuple(rectangles.milliseconds),
        squares / pictures,
        design,
        way.settings,
        way.lambda_,
        seen.witness[1],
        seen_as,
        sum(qualities) / len(qualities) if qualities else None,
    )


def _with_levels(like: IndexedImage, shown: Shown) -> IndexedImage:
    """The palette, and behind it a black entry for each level of alpha that is shown, which pixels have."""
    levels, indices = np.unique(shown.colors[..., 3], return_inverse=True)
    black = np.zeros((len(levels), 4), np.uint8)
    black[:, 3] = levels
    palette = Palette(np.concatenate([like.palette.rgba, black]))
    places = (len(like.palette) + indices.reshape(shown.indices.shape)).astype(index_type(len(palette)))
    return replace(like, palette=palette, indices=places)


def _way(settings: Settings, attempt: Attempt, seen: _Colors) -> tuple[Way, DesignedPalette]:
    """The palette, and what the key frame says as a still."""
    count, room = len(seen.counts), 1 << (settings.bit_depth or 8)
    k = settings.k
    if count > k and not seen.prepared(settings).transparent:
        k = min(k, MAX_INDEXED - 1)  # one is for pixels that stay as they are
    chosen = settings.but(k=k, protect="off")
    lambda_ = None
    if count > k:
        file = best_file(attempt.but(chosen))
        lambda_ = file.result.lambda_
        chosen = file.settings.but(k=k, protect="off")
    with attempt.clock("k-means"):
        design = design_palette(seen.prepared(chosen), chosen)
    if design.exact:
        chosen, lambda_ = chosen.but(dither="none", lossy="off"), None
    palette = Palette(mixing(design, seen.counts, chosen, lambda_))
    if seen.key.given is not None:
        every = np.arange(len(palette), dtype=np.uint8)[None]
        palette, _ = in_given_order(palette, every, seen.key.given)
    return Way(chosen, FrameColors(ColorTable.of(palette, room), design.exact), lambda_), design


def _own(settings: Settings, seen: _Colors, way: Way, writer: AnimationWriter) -> FramePalettes:
    """What finds the colors of each frame. A bit is worth more than to lossy indices, or to those that would begin."""
    bit = way.lambda_
    if bit is None:
        palette = way.common.table.palette
        fit = Fit.of(seen.prepared(way.settings), seen.worth(way.settings), way.settings, palette)
        bit = SEARCHES[settings.formats[0]].lambda_share * fit.distortion / seen.counts.total
    return FramePalettes(way.common, way.settings.but(k=settings.k), way.lambda_, OWN_BITS * bit, writer.table_bytes)
