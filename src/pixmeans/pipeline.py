"""THE FLOW: a picture in, a small file out. Read this first.

    bytes -> Image -> Histogram -> points -> k-means -> Palette -> IndexedImage -> bytes

Each stage is a module of its own; this one only says in which order they come, and is the only one that unpacks
`Settings`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from . import codecs, metrics
from .clustering.kmeans import Step, lloyd
from .color.importance import Levels, levels
from .color.spaces import SPACES
from .errors import SettingsError
from .flow.attempt import Quantized, make, quantize_prepared
from .flow.result import Compressed, Sizes, bits_for, in_container
from .flow.source import Source, open_source
from .flow.stopwatch import Progress, Stopwatch
from .image import Image, IndexedImage, Palette
from .parallel import use_threads
from .quantize.palette_design import OnStep, first_centroids, stop_rules
from .quantize.prepared import PreparedImage
from .settings import Settings


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
            from .flow.target import make_to_target  # only now: most runs know their settings

            made, search = make_to_target(_prepared_image(opened.image, settings, clock, worth), settings, clock)
        else:
            made, search = make(_prepared_image(opened.image, settings, clock, worth), settings, clock, on_step), None
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
        protected=made.quantized.colors.protected,
        protection_cost=made.quantized.colors.protection_cost,
        lambda_=made.quantized.lambda_,
        search=search,
        notes=opened.notes,
        details=opened.details,
        container=opened.container,
        original=opened.image,
    )


def quantize(
    image: Image, settings: Settings, *, on_step: OnStep | None = None, clock: Stopwatch | None = None
) -> Quantized:
    """The picture as a palette of min(k, distinct colors) different colors and indices; exact if that is possible."""
    clock = clock or Stopwatch()
    with use_threads(settings.threads):
        prepared = _prepared_image(image, settings, clock, importance_of(image, settings))
        return quantize_prepared(prepared, settings, on_step=on_step, clock=clock)


def _prepared_image(
    image: Image, settings: Settings, clock: Stopwatch, importance: Levels | None = None
) -> PreparedImage:
    with clock("histogram"):
        return PreparedImage(image, hard_alpha=settings.format == "gif", importance=importance)


def steps(source: Any, k: int | None = None, *, settings: Settings | None = None, **knobs: Any) -> Iterator[Step]:
    """The half-steps of k-means on a picture, one by one, as the article runs it unless knobs say otherwise.

    k: 16 by default. Centroids are in sRGB units, 0 to 255 (or OKLab's with space='oklab'); labels are those of the
    distinct colors in the order of `count_colors`.

    >>> [step.phase for step in steps(np.arange(12, dtype=np.uint8).reshape(2, 2, 3), 2, seed=1)]
    ['assign', 'update', 'assign']
    """
    settings = _settings(settings or Settings.article(), k, knobs)
    opened = open_source(source, max_pixels=settings.max_pixels, icc=settings.icc)
    return half_steps(PreparedImage(opened.image, hard_alpha=settings.format == "gif"), settings)


def half_steps(prepared: PreparedImage, settings: Settings) -> Iterator[Step]:
    """The half-steps of k-means on a prepared picture, for those who want many runs of one picture; see `steps`."""
    points = prepared.points(settings)
    k = min(settings.k - prepared.transparent, len(prepared.visible))
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
    from .quantize.dither import dither as dithered

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
