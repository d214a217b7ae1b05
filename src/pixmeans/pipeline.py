"""THE FLOW: a picture in, a small file out. Read this first.

    bytes -codecs-> Image -color-> Histogram, points -clustering-> centroids
          -quantize-> Palette, indices -rate-> indices that pack -codecs-> bytes

Each word is a folder. `compress` says in which order they come; `flow.attempt.Attempt` has the stages as its members.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from .clustering.kmeans import Step, lloyd
from .codecs.formats import FORMATS
from .color.spaces import SPACES
from .errors import SettingsError
from .flow.attempt import Attempt
from .flow.designs import best_designs, best_file
from .flow.result import Compressed, in_container
from .flow.source import Source, open_source
from .flow.stopwatch import Progress, Stopwatch
from .image import IndexedImage, Palette
from .parallel import use_threads
from .quantize.palette_design import OnStep, first_centroids, pinned_colors, stop_rules
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
    or a path of a gray picture (as `settings.importance`). on_step: is handed every half-step of k-means, with `n_init`
    above 1 of one run after the other. progress: is called with the name of each stage as it begins: 'read',
    'histogram', 'k-means', 'remap', 'lossy', 'quality', 'encode', some of them several times.
    Raises InputError (a file that cannot be read), SettingsError (an argument, also `on_step` where settings are
    searched for), OutputError (a picture too large for the format); each is one line for a person.

    >>> result = compress(np.zeros((2, 2, 3), np.uint8), 16)
    >>> result.lossless, result.palette.hex
    (True, ['#000000'])
    """
    if isinstance(importance, str):
        knobs["importance"], importance = importance, None
    settings, clock = merged(settings, k, knobs), Stopwatch(progress)
    if on_step is not None and settings.has_target:
        raise SettingsError("on_step hears one run of k-means; with quality or max_bytes there are many: leave one out")
    with clock("read"):
        opened = open_source(source, settings, name=name, importance=importance)
    with use_threads(settings.threads):
        with clock("histogram"):
            prepared = prepare(opened, settings)  # alpha settled, colors counted
        attempt, search = Attempt(prepared, settings, clock, on_step=on_step), None
        if settings.has_target:
            from .flow.target import best_attempt  # only now: most runs know their settings

            file, search = best_attempt(attempt)
        else:
            file = best_file(attempt)  # .palette: points -> k-means; .plain or .lossy: indices; .file: bytes
    return Compressed(opened, settings, file, search, clock.seconds)


def prepare(opened: Source, settings: Settings) -> PreparedImage:
    """The picture as it will be clustered."""
    hard_alpha = all(FORMATS[format].hard_alpha for format in settings.formats)
    return PreparedImage(opened.image, hard_alpha=hard_alpha, importance=opened.importance, given=opened.palette)


def steps(source: Any, k: int | None = None, *, settings: Settings | None = None, **knobs: Any) -> Iterator[Step]:
    """The half-steps of k-means on a picture, one by one, as the article runs it unless knobs say otherwise.

    It is one run from its start to its end: `effort` decides no more than when it stops. k: 16 by default. Centroids
    are in sRGB units, 0 to 255 (or OKLab's with space='oklab'), those of `keep` first; labels are those of the distinct
    visible colors in the order of `count_colors`.
    Raises InputError (a file), SettingsError (an argument, also what one run cannot do: quality, max_bytes, palette,
    and n_init above 1).

    >>> [step.phase for step in steps(np.arange(12, dtype=np.uint8).reshape(2, 2, 3), 2, seed=1)]
    ['assign', 'update', 'assign']
    """
    settings = merged(settings or Settings.article(), k, knobs)
    _check_one_run(settings)
    with use_threads(settings.threads):
        return half_steps(prepare(open_source(source, settings), settings), settings)


def half_steps(prepared: PreparedImage, settings: Settings) -> Iterator[Step]:
    """The half-steps of k-means on a prepared picture, for those who want many runs of one picture; see `steps`."""
    _check_one_run(settings)
    points, pinned = prepared.points(settings), pinned_colors(prepared, settings)
    room = settings.k - prepared.transparent
    if len(pinned) > room:
        raise SettingsError(f"keep has {len(pinned)} colors, but there is room for {room}")
    k = prepared.centroids_for(settings.k, len(pinned))
    start, frozen = first_centroids(points, k, SPACES[settings.measured_in], settings, pinned=pinned)
    return _in_threads(lloyd(points, start, **stop_rules(settings), frozen=frozen), settings.threads)


def _check_one_run(settings: Settings) -> None:
    for name, meant in (("quality", None), ("max_bytes", None), ("palette", None), ("n_init", 1)):
        if getattr(settings, name) != meant:
            raise SettingsError(f"steps shows one run of k-means, and {name} does not apply to it: leave it out")


def _in_threads(run: Iterator[Step], threads: int) -> Iterator[Step]:
    """The steps of a run, each computed with so many threads."""
    while True:
        with use_threads(threads):
            step = next(run, None)
        if step is None:
            return
        yield step


def palette(source: Any, k: int = 8, *, settings: Settings | None = None, **knobs: Any) -> Palette:
    """The k colors that stand for a picture with the least error, most used first.

    Arguments as for `compress`; without `settings` every pixel counts the same (masking='off').
    Raises InputError (a file), SettingsError (an argument).
    """
    settings = merged(settings or Settings(space="oklab", masking="off"), k, knobs).but(dither="none")
    return quantize(source, settings).palette


def quantize(source: Any, settings: Settings) -> IndexedImage:
    """A picture as a palette of min(k, distinct colors) different colors and indices; exact if that is possible.

    There is no file, so indices are never lossy, and wanted qualities and sizes do not count.
    Raises InputError (a file), SettingsError (an argument).
    """
    with use_threads(settings.threads):
        return best_designs(Attempt(prepare(open_source(source, settings), settings), settings))[0].plain.indexed


def apply_palette(picture: Any, palette: Palette, *, dither: str = "none", space: str = "rgb") -> Any:
    """A picture in the colors of a palette: an array for an array, else a PIL image.

    picture: what `compress` takes. dither, space: as in `Settings`.
    Raises InputError (a file), SettingsError (an argument).
    """
    settings = Settings(dither=dither, space=space)
    opened = open_source(picture, settings)
    image = opened.image.without_opaque_alpha()
    if image.has_alpha or not palette.has_alpha:
        entries = palette.rgba if image.has_alpha else palette.rgba[:, :3]
    else:  # as many channels as the palette: opaque pixels look for opaque entries
        entries = palette.rgba
        image = replace(image, pixels=np.dstack([image.pixels, np.full(image.pixels.shape[:2], 255, np.uint8)]))
    from .quantize.dither import dither as dithered

    indices = dithered(image.pixels, np.ascontiguousarray(entries), SPACES[settings.space], settings.dither)
    return in_container(IndexedImage(palette, indices).to_image(), opened.container)


def merged(settings: Settings | None, k: int | None, knobs: dict[str, Any]) -> Settings:
    """The given settings (or the defaults) with k and the knobs. Raises SettingsError."""
    changes = dict(knobs) if k is None else {"k": k, **knobs}
    return (settings or Settings()).but(**changes)
