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

from . import codecs, metrics, optimize, seeding
from .choose import Attempt, Choice, Ladder, choose
from .color import SPACES, Space
from .counted import Counted
from .errors import SettingsError
from .histogram import Histogram
from .image import Image, IndexedImage, Palette, UInt8Array
from .kernels.threads import use_threads
from .kmeans import Clustering, Step, kmeans, lloyd
from .points import FloatArray, GridPoints, Labels
from .remap import remap
from .result import Compressed, Sizes, bits_for, in_container
from .rng import SplitMix64
from .rounding import finish
from .settings import Quality, Settings
from .sources import Source, open_source

# The most effort of the encoder while a target is searched for; what is chosen gets all of it.
SEARCH_OPTIMIZE = 2

OnStep = Callable[[Step], None]
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
    """A picture as palette and indices, with its error and how k-means ended (None: there was nothing to do)."""

    indexed: IndexedImage
    mse: float
    clustering: Clustering | None


def compress(
    source: Any,
    k: int | None = None,
    *,
    settings: Settings | None = None,
    name: str | None = None,
    on_step: OnStep | None = None,
    progress: Progress | None = None,
    **knobs: Any,
) -> Compressed:
    """Compresses a picture to at most k colors and a real, small file.

    source: a path, bytes, a binary file object, a PIL image, or an array (h, w), (h, w, 3) or (h, w, 4) of uint8,
    of uint16, or of floats in 0..1. k: number of colors, 1 to 256. knobs: any other field of `Settings`.
    name: what messages call the picture; by default its path. on_step: is handed every half-step of k-means.
    progress: is called with the name of each stage as it begins.
    Raises InputError (unreadable), SettingsError (arguments), both one line for a person.

    >>> result = compress(np.zeros((2, 2, 3), np.uint8), 16)
    >>> result.lossless, result.palette.hex
    (True, ['#000000'])
    """
    settings = _settings(settings, k, knobs)
    clock = Stopwatch(progress)
    with clock("read"):
        opened = open_source(source, max_pixels=settings.max_pixels, icc=settings.icc, name=name)
    with use_threads(settings.threads):
        if settings.has_target:
            made, search = _chosen(opened.image, settings, clock)
        else:
            made, search = _made(_counted(opened.image, settings, clock), settings, clock, on_step), None
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
        clustering=made.quantized.clustering,
        pixels=indexed.width * indexed.height,
        seconds=clock.seconds,
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
    if settings.bit_price is None or quantized.clustering is None:
        return made
    runs = _encoded(with_runs(counted, settings, settings.bit_price, clock), encoder, clock)
    return min(made, runs, key=lambda one: len(one.data))


def _encoded(quantized: Quantized, settings: Settings, clock: Stopwatch) -> Made:
    with clock("encode"):
        kinds = ("png", "webp") if settings.format == "auto" else (settings.format or "png",)
        files = {kind: codecs.encode(quantized.indexed, kind, optimize=settings.optimize) for kind in kinds}
        kind = min(files, key=lambda one: len(files[one]))
        return Made(quantized, kind, files[kind])


def _chosen(image: Image, settings: Settings, clock: Stopwatch) -> tuple[Made, Choice]:
    """The picture with the settings that reach its target, and how they were found."""
    counted = _counted(image, settings, clock)
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
    fewest = 2 if counted.clear and len(counted.histogram) > 1 else 1
    plain = settings.but(lossy_runs="off")
    ladders = [Ladder.of_colors(plain, fewest)]
    if settings.dither == "auto":
        ladders.append(Ladder.of_colors(plain.but(dither="none"), fewest))
    if settings.bit_price is not None and settings.k < len(counted.histogram):
        ladders.insert(0, Ladder.of_prices(settings))
    return ladders


def quantize(
    image: Image, settings: Settings, *, on_step: OnStep | None = None, clock: Stopwatch | None = None
) -> Quantized:
    """The picture as a palette of min(k, distinct colors) different colors and indices; exact if that is possible."""
    clock = clock or Stopwatch()
    with use_threads(settings.threads):
        return quantize_counted(_counted(image, settings, clock), settings, on_step=on_step, clock=clock)


def _counted(image: Image, settings: Settings, clock: Stopwatch) -> Counted:
    with clock("histogram"):
        return Counted(image, hard_alpha=settings.format == "gif")


def quantize_counted(
    counted: Counted, settings: Settings, *, on_step: OnStep | None = None, clock: Stopwatch | None = None
) -> Quantized:
    """The same for a picture whose colors have been counted."""
    clock = clock or Stopwatch()
    image, histogram = counted.image, counted.histogram
    with clock("k-means"):
        colors, labels, clustering = _colors(counted, settings, on_step)
    with clock("remap"):
        used, labels = most_used_first(histogram, colors, labels)
        if settings.dither == "none" or clustering is None:
            indices = remap(image.pixels, histogram, labels)
            mse = metrics.mse(histogram, used.colors, labels)
            return Quantized(_indexed(counted, used, indices, settings), mse, clustering)
        from .dither import dither, widened  # only now: most runs need neither

        space = SPACES[settings.space]
        wide = Palette(widened(used.colors, histogram, labels, space))
        points = counted.steps(settings.space)
        indices = dither(image.pixels, wide.colors, space, settings.dither, histogram=histogram, points=points)
        mse = metrics.mse_between(image, IndexedImage(wide, indices).to_image())
        return Quantized(_indexed(counted, wide.counted(indices), indices, settings), mse, clustering)


def with_runs(
    counted: Counted, settings: Settings, price: float, clock: Stopwatch, on_step: OnStep | None = None
) -> Quantized:
    """The picture as palette and indices that pack well, at a price of bits; see `rate`."""
    from .rate import rate_aware  # only now: most runs do without

    with clock("k-means"):
        colors, labels, clustering = _colors(counted, settings, on_step)
    with clock("runs"):
        image = counted.image
        used, labels = most_used_first(counted.histogram, colors, labels)
        indices = remap(image.pixels, counted.histogram, labels)
        made = rate_aware(image.pixels, used.colors, indices, price, masks=counted.masks, effort=settings.optimize)
        palette = Palette(made.colors).counted(made.indices)
        mse = metrics.mse_between(image, IndexedImage(palette, made.indices).to_image())
        return Quantized(_indexed(counted, palette, made.indices, settings), mse, clustering)


def _indexed(counted: Counted, palette: Palette, indices: UInt8Array, settings: Settings) -> IndexedImage:
    """The picture as it is written; the transparent entry, which comes first, gets its color."""
    if settings.bleed and counted.clear:
        colors = palette.colors.copy()
        colors[0, :3] = counted.edge_color
        palette = Palette(colors, palette.weights)
    return IndexedImage(palette, indices, counted.image.icc, counted.image.dpi)


def _colors(
    counted: Counted, settings: Settings, on_step: OnStep | None
) -> tuple[UInt8Array, Labels, Clustering | None]:
    """What `choose_colors` gives, once for all settings that ask for the same; all colors where there are few."""
    histogram = counted.histogram
    if len(histogram) <= settings.k:
        return histogram.colors, np.arange(len(histogram), dtype=np.int32), None
    return counted.remembered(("colors", *settings.of_colors()), lambda: choose_colors(counted, settings, on_step))


def choose_colors(
    counted: Counted, settings: Settings, on_step: OnStep | None = None
) -> tuple[UInt8Array, Labels, Clustering]:
    """The palette (k, channels), the entry of each color of the histogram (n,), and how k-means ended."""
    k = settings.k - counted.clear
    if k < 1:
        raise SettingsError("k must be at least 2 for a picture with transparent and visible pixels, got 1")
    space, points = SPACES[settings.space], counted.points(settings.space, settings.masks)
    clustering = cluster(points, k, space, settings, on_step)
    polish = settings.effort != "fast"
    colors, labels = finish(counted.visible, points, space, clustering.centroids, k, polish=polish)
    if counted.clear:  # the transparent entry comes first, as its color does in the histogram
        colors = np.concatenate([np.zeros((1, 4), np.uint8), colors])
        labels = np.concatenate([np.zeros(1, np.int32), labels + np.int32(1)])
    return colors, labels, clustering


def cluster(points: GridPoints, k: int, space: Space, settings: Settings, on_step: OnStep | None = None) -> Clustering:
    """The best of `n_init` runs of k-means, each from a start of its own."""
    runs = []
    for run in range(settings.n_init):
        start = first_centroids(points, k, space, settings, run)
        if settings.effort != "fast":
            start = optimize.improved(points, start, thorough=settings.effort == "best")
        runs.append(kmeans(points, start, **stop_rules(settings), on_step=on_step))
    return min(runs, key=lambda clustering: clustering.inertia)


def first_centroids(points: GridPoints, k: int, space: Space, settings: Settings, run: int = 0) -> FloatArray:
    """At most k centroids, as `settings.init` says; run: 0, 1, 2, ... have random numbers of their own."""
    random = SplitMix64(settings.seed + run)
    if settings.init == "random-pixels":
        return seeding.random_points(points, k, random)
    if settings.init == "random-colors":
        return space.random_colors(k, points.dimensions, random)
    if settings.init == "k-means++":
        return seeding.plus_plus(points, k, random)
    return seeding.wu(points, k) if settings.init == "wu" else seeding.pca(points, k)


def stop_rules(settings: Settings) -> dict[str, Any]:
    """What ends a run, as keyword arguments of `kmeans` and `lloyd`."""
    fast = settings.effort == "fast"
    most = (30 if fast else 1000) if settings.max_iterations is None else settings.max_iterations
    negligible = {"fast": 0.0, "normal": optimize.NEGLIGIBLE, "best": optimize.TINY}[settings.effort]
    tolerance = negligible if settings.tolerance is None else settings.tolerance
    return {"max_iterations": most, "tolerance": tolerance, "empty": settings.empty}


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
    points = counted.points(settings.space, settings.masks)
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


def most_used_first(histogram: Histogram, colors: UInt8Array, labels: Labels) -> tuple[Palette, Labels]:
    """The palette with its weights, the entry of most pixels first (a fully transparent one before all)."""
    weights = np.bincount(labels, histogram.weights, len(colors)).astype(np.int64)  # exact below 2^53 pixels
    order = np.argsort(-weights, kind="stable")
    if colors.shape[1] == 4:
        order = order[np.argsort(colors[order, 3] != 0, kind="stable")]
    places = np.empty(len(colors), np.int32)
    places[order] = np.arange(len(colors), dtype=np.int32)
    return Palette(colors, weights).reordered(order), places[labels]


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
