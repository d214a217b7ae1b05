"""THE FLOW: a picture in, a small file out. Read this first.

    bytes -> Image -> Histogram -> points -> k-means -> Palette -> IndexedImage -> bytes

Each stage is a module of its own; this one only says in which order they come, and is the only one that unpacks
`Settings`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from math import inf
from typing import Any

import numpy as np

from . import codecs, metrics
from .choose import Attempt, Choice, Ladder, choose
from .color import SPACES
from .coloring import Colors, OnStep, choose_colors, first_centroids, stop_rules
from .counted import Counted
from .errors import SettingsError
from .image import Image, IndexedImage, Palette, UInt8Array
from .importance import Levels, levels
from .kernels.threads import use_threads
from .kmeans import Step, lloyd
from .remap import remap
from .result import Compressed, Sizes, bits_for, in_container
from .settings import Quality, Settings
from .sources import Source, open_source

# The most effort of the encoder while a target is searched for; what is chosen gets all of it.
SEARCH_OPTIMIZE = 2

Progress = Callable[[str], None]


@dataclass
class Stopwatch:
    """Seconds by stage, and word of each stage to whoever wants it."""

    progress: Progress | None = None
    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def __call__(self, stage: str) -> Iterator[None]:
        """Adds the time of this block to a stage."""
        if self.progress is not None:
            self.progress(stage)
        start = time.perf_counter()
        yield
        self.seconds[stage] = self.seconds.get(stage, 0.0) + time.perf_counter() - start


@dataclass(frozen=True, eq=False)
class Quantized:
    """A picture as palette and indices, with its error and where the colors come from."""

    indexed: IndexedImage
    mse: float
    colors: Colors


def compress(
    source: Any,
    k: int | None = None,
    *,
    settings: Settings | None = None,
    name: str | None = None,
    importance: Any = None,
    on_step: OnStep | None = None,
    progress: Progress | None = None,
    **knobs: Any,
) -> Compressed:
    """Compresses a picture to at most k colors and a real, small file.

    source: a path, bytes, a binary file object, a PIL image, or an array (h, w), (h, w, 3) or (h, w, 4) of uint8,
    of uint16, or of floats in 0..1. k: number of colors, 1 to 256. knobs: any other field of `Settings`.
    name: what messages call the picture; by default its path. importance: (h, w) numbers, how much each pixel counts,
    or a path of a gray picture (as `settings.importance`). on_step: is handed every half-step of k-means.
    progress: is called with the name of each stage as it begins.
    Raises InputError (unreadable), SettingsError (arguments), both one line for a person.

    >>> result = compress(np.zeros((2, 2, 3), np.uint8), 16)
    >>> result.lossless, result.palette.hex
    (True, ['#000000'])
    """
    if isinstance(importance, str):
        knobs["importance"], importance = importance, None
    settings = _settings(settings, k, knobs)
    clock = Stopwatch(progress)
    with clock("read"):
        opened = open_source(source, max_pixels=settings.max_pixels, icc=settings.icc, name=name)
        worth = importance_of(opened.image, settings, importance)
    with use_threads(settings.threads):
        if settings.has_target:
            made, search = _chosen(_counted(opened.image, settings, clock, worth), settings, clock)
        else:
            made, search = _made(_counted(opened.image, settings, clock, worth), settings, clock, on_step), None
    indexed = made.quantized.indexed
    return Compressed(
        data=made.data,
        format=made.format,
        indexed=indexed,
        settings=settings,
        sizes=sizes_of(opened, indexed, len(made.data)),
        mse=made.quantized.mse,
        psnr=metrics.psnr(made.quantized.mse),
        lossless=made.quantized.mse == 0,
        clustering=made.quantized.colors.clustering,
        pixels=indexed.width * indexed.height,
        seconds=clock.seconds,
        saved=made.quantized.colors.saved,
        price=made.quantized.colors.price,
        search=search,
        notes=opened.notes,
        details=opened.details,
        container=opened.container,
        original=opened.image,
    )


@dataclass(frozen=True, eq=False)
class Made:
    """A quantized picture and its file."""

    quantized: Quantized
    format: str
    data: bytes


def _made(
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
        return _encoded(with_runs(counted, settings, settings.lossy_runs, clock, on_step), encoder, clock)
    quantized = quantize_counted(counted, settings, on_step=on_step, clock=clock)
    made = _encoded(quantized, encoder, clock)
    if settings.bit_price is None or quantized.colors.exact:
        return made
    runs = _encoded(with_runs(counted, settings, settings.bit_price, clock), encoder, clock)
    return min(made, runs, key=lambda one: len(one.data))


def _encoded(quantized: Quantized, settings: Settings, clock: Stopwatch) -> Made:
    with clock("encode"):
        kinds = ("png", "webp") if settings.format == "auto" else (settings.format or "png",)
        files = {kind: codecs.encode(quantized.indexed, kind, optimize=settings.optimize) for kind in kinds}
        kind = min(files, key=lambda one: len(files[one]))
        return Made(quantized, kind, files[kind])


def _chosen(counted: Counted, settings: Settings, clock: Stopwatch) -> tuple[Made, Choice]:
    """The picture with the settings that reach its target, and how they were found."""
    quality = None if settings.quality is None else Quality.parse(settings.quality)

    def attempt(tried: Settings) -> Attempt:
        made = _made(counted, tried, clock, writing=quick.optimize)
        with clock("quality"):
            if made.quantized.mse == 0:
                score = inf
            elif quality is None or quality.metric == "ssimulacra2":
                score = counted.reference.ssimulacra2(made.quantized.indexed.to_image())
            else:
                score = metrics.psnr(made.quantized.mse) or inf
        return Attempt(tried, len(made.data), score, made)

    quick = settings.but(k=min(settings.k, len(counted.histogram)), optimize=min(settings.optimize, SEARCH_OPTIMIZE))
    choice = choose(attempt, _ways(counted, quick), quality=quality, max_bytes=settings.max_bytes)
    found = choice.best.settings
    if settings.optimize > quick.optimize and isinstance(found.lossy_runs, float):  # better runs need other prices
        thorough = found.but(optimize=settings.optimize)
        ladder = Ladder.of_prices(thorough, around=found.lossy_runs)
        more = choose(attempt, [ladder], quality=quality, max_bytes=settings.max_bytes)
        choice = replace(more, attempts=choice.attempts + more.attempts)
    made: Made = choice.best.outcome
    if settings.optimize > quick.optimize:
        made = min(made, _encoded(made.quantized, settings, clock), key=lambda one: len(one.data))
    return made, choice


def _ways(counted: Counted, settings: Settings) -> list[Ladder]:
    """What a search for a target tries: prices of bits, and fewer colors, dithered and not."""
    ladders = []
    if settings.bit_price is not None and settings.k < len(counted.histogram):
        ladders.append(Ladder.of_prices(settings))
    plain = settings.but(lossy_runs="off")
    ways = [plain, plain.but(dither="none")] if settings.dither == "auto" else [plain]
    if settings.palette is not None:
        return ladders + [Ladder([way], [0.0]) for way in ways]
    fewest = max(1, len(settings.keep)) + int(counted.clear and len(counted.histogram) > 1)
    return ladders + [Ladder.of_colors(way, fewest) for way in ways]


def quantize(
    image: Image, settings: Settings, *, on_step: OnStep | None = None, clock: Stopwatch | None = None
) -> Quantized:
    """The picture as a palette of min(k, distinct colors) different colors and indices; exact if that is possible."""
    clock = clock or Stopwatch()
    with use_threads(settings.threads):
        counted = _counted(image, settings, clock, importance_of(image, settings))
        return quantize_counted(counted, settings, on_step=on_step, clock=clock)


def _counted(image: Image, settings: Settings, clock: Stopwatch, importance: Levels | None = None) -> Counted:
    with clock("histogram"):
        return Counted(image, hard_alpha=settings.format == "gif", importance=importance)


def quantize_counted(
    counted: Counted, settings: Settings, *, on_step: OnStep | None = None, clock: Stopwatch | None = None
) -> Quantized:
    """The same for a picture whose colors have been counted."""
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
        indices = dither(image.pixels, colors, space, settings.dither, histogram=histogram, points=points)
        palette = Palette(colors).counted(indices)
        mse = metrics.mse_between(image, IndexedImage(palette, indices).to_image())
        return Quantized(_indexed(counted, palette, indices, settings), mse, found)


def with_runs(
    counted: Counted, settings: Settings, price: float, clock: Stopwatch, on_step: OnStep | None = None
) -> Quantized:
    """The picture as palette and indices that pack well, at a price of bits; see `rate`.

    Entries that no pixel has are left out, but not what the user pinned.
    """
    from .rate import rate_aware  # only now: most runs do without

    with clock("k-means"):
        found = _colors(counted, settings, on_step)
    with clock("runs"):
        image = counted.image
        indices = remap(image.pixels, counted.histogram, found.labels)
        protected = found.fixed[indices] if bool(found.fixed[counted.clear :].any()) else None
        made = rate_aware(
            image.pixels,
            found.palette.colors,
            indices,
            price,
            masks=counted.masks,
            frozen=found.fixed,
            protected=protected,
            effort=settings.optimize,
        )
        unused = np.setdiff1d(np.flatnonzero(found.fixed), made.places)
        colors = np.concatenate([made.colors, found.palette.colors[unused]])
        palette = Palette(colors).counted(made.indices)
        mse = metrics.mse_between(image, IndexedImage(palette, made.indices).to_image())
        return Quantized(_indexed(counted, palette, made.indices, settings), mse, found)


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


def steps(source: Any, k: int | None = None, *, settings: Settings | None = None, **knobs: Any) -> Iterator[Step]:
    """The half-steps of k-means on a picture, one by one, as the article runs it unless knobs say otherwise.

    k: 16 by default. Centroids are in sRGB units, 0 to 255 (or OKLab's with space='oklab'); labels are those of the
    distinct colors in the order of `count_colors`.

    >>> [step.phase for step in steps(np.arange(12, dtype=np.uint8).reshape(2, 2, 3), 2, seed=1)]
    ['assign', 'update', 'assign']
    """
    settings = _settings(settings or Settings.article(), k, knobs)
    opened = open_source(source, max_pixels=settings.max_pixels, icc=settings.icc)
    counted = Counted(opened.image, hard_alpha=settings.format == "gif")
    points = counted.points(settings)
    k = min(settings.k - counted.clear, len(counted.visible))
    start = first_centroids(points, k, SPACES[settings.space], settings)
    return lloyd(points, start, **stop_rules(settings))


def palette(source: Any, k: int = 8, *, settings: Settings | None = None, **knobs: Any) -> Palette:
    """The k colors that stand for a picture with the least error, most used first.

    Arguments as for `compress`; without `settings` every pixel counts the same (masking='off').
    """
    settings = _settings(settings or Settings(masking="off"), k, knobs).but(dither="none")
    opened = open_source(source, max_pixels=settings.max_pixels, icc=settings.icc)
    return quantize(opened.image, settings).indexed.palette


def apply_palette(colors: Palette, source: Any, *, dither: str = "none", space: str = "rgb") -> Any:
    """A picture in the colors of a palette, in the container it came in; see `Palette.apply`."""
    settings = Settings(dither=dither, space=space)
    opened = open_source(source, max_pixels=settings.max_pixels)
    image = opened.image.without_opaque_alpha()
    if image.has_alpha or not colors.has_alpha:
        entries = colors.rgba if image.has_alpha else colors.rgba[:, :3]
    else:  # as many channels as the palette: opaque pixels look for opaque entries
        entries = colors.rgba
        image = replace(image, pixels=np.dstack([image.pixels, np.full(image.pixels.shape[:2], 255, np.uint8)]))
    from .dither import dither as dithered

    indices = dithered(image.pixels, np.ascontiguousarray(entries), SPACES[settings.space], settings.dither)
    return in_container(IndexedImage(colors, indices).to_image(), opened.container)


def importance_of(image: Image, settings: Settings, given: Any = None) -> Levels | None:
    """How much each pixel counts, (h, w) uint16 as in `importance`; None if all count the same.

    given: (h, w) numbers; without them the gray picture of `settings.importance`.
    Raises InputError (the file), SettingsError (the numbers).
    """
    if given is None and settings.importance is None:
        return None
    if given is None:
        path = str(settings.importance)
        mask = codecs.decode(codecs.read_bytes(path), name=path, max_pixels=settings.max_pixels).image
        given = mask.pixels[..., :3].astype(np.int64) @ np.array([2126, 7152, 722])
        name = codecs.shown(path)
    else:
        name = "importance"
    try:
        return levels(np.asarray(given), image.height, image.width)
    except ValueError as error:
        raise SettingsError(f"{name}: {error}") from error


def sizes_of(opened: Source, indexed: IndexedImage, file: int) -> Sizes:
    """The sizes of every kind."""
    pixels = indexed.width * indexed.height
    bits = bits_for(len(indexed.palette))
    channels = 4 if indexed.palette.has_alpha else 3
    arithmetic = (pixels * bits + 7) // 8
    return Sizes(
        original=opened.size,
        original_format=opened.format,
        original_lossless=opened.lossless,
        raw=pixels * channels,
        arithmetic=arithmetic,
        with_palette=arithmetic + channels * len(indexed.palette),
        file=file,
        factor=24 / bits,
    )


def _settings(settings: Settings | None, k: int | None, knobs: dict[str, Any]) -> Settings:
    """The given settings (or the defaults) with k and the knobs."""
    changes = dict(knobs) if k is None else {"k": k, **knobs}
    return (settings or Settings()).but(**changes)
