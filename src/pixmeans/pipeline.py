"""THE FLOW: a picture in, a small file out. Read this first.

    bytes -codecs-> Image -color-> Histogram, points -clustering-> centroids
          -quantize-> Palette, indices -rate-> indices that pack -codecs-> bytes

Each word is a folder. `compress` says in which order they come; `flow.attempt.Attempt` has the stages as its members.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from os import PathLike
from typing import TYPE_CHECKING, Any

from .arrays import is_array_like, is_pillow
from .choices import MAX_COLORS, MAX_INDEXED, PALETTE_ORDERS
from .clustering.kmeans import Step, lloyd
from .codecs.formats import FORMATS
from .color.histogram import Histogram
from .color.importance import Levels
from .color.spaces import SPACES
from .errors import InputError, SettingsError
from .flow.attempt import Attempt
from .flow.designs import best_designs, best_file
from .flow.result import Compressed, in_container
from .flow.source import Source, importance_of, open_source, read_once
from .flow.stopwatch import Progress, Stopwatch
from .image import Animation, Image, IndexedImage, Palette
from .parallel import use_threads
from .quantize.color_bits import bits_of, least_alpha, shown_colors
from .quantize.palette_design import OnStep, first_centroids, pinned_colors, refuse_preview, stop_rules
from .quantize.prepared import PreparedImage
from .records import replace
from .settings import INPUT_PALETTE, MAX_PIXELS, USUAL_THRESHOLD, Settings, parse_hex

# What a still with settings of its own has no use for is imported where it is used.
if TYPE_CHECKING:
    from .flow.animation_result import CompressedAnimation
    from .flow.shared_palette import ColorSum


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
    of uint16, or of floats in 0..1. An array is one of NumPy, or anything with `__array__`, `__array_interface__` or
    `__dlpack__`, such as those of xarray, torch and CuPy. k: number of colors, 1 to 65,536. settings: all knobs in one
    value. knobs: any other field of `Settings`, over those of `settings`. name: what messages call the picture; by
    default its path. importance: (h, w) numbers, how much each pixel counts, or a path of a gray picture (as
    `settings.importance`). on_step: is handed every half-step of k-means, with `n_init` above 1 of one run after the
    other. progress: is called with the name of each stage as it begins: 'read', 'histogram', 'k-means', 'remap',
    'lossy', 'quality', 'encode', some of them several times.
    Raises InputError (a file that cannot be read), SettingsError (an argument, also `on_step` where settings are
    searched for), OutputError (a picture too large for the format). The message of an error is one line.

    >>> import numpy as np
    >>> result = compress(np.zeros((2, 2, 3), np.uint8), 16)
    >>> result.lossless, result.palette.hex
    (True, ['#000000'])
    """
    if isinstance(importance, (str, PathLike)):
        knobs["importance"], importance = importance, None
    settings, clock = merged(settings, k, knobs), Stopwatch(progress)
    if on_step is not None and settings.has_target:
        raise SettingsError("on_step hears one run of k-means; with quality or max_bytes there are many: leave one out")
    with clock("read"):
        opened = open_source(source, settings, name=name, importance=importance)
    if settings.effort == "preview":
        return _previewed(opened, settings, clock, on_step)
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


def _previewed(opened: Source, settings: Settings, clock: Stopwatch, on_step: OnStep | None) -> Compressed:
    """`compress` with effort 'preview': the short road. Raises SettingsError, OutputError."""
    if on_step is not None or opened.importance is not None:
        name = "importance" if on_step is None else "on_step"
        raise SettingsError(f"{name} is not for effort preview: leave it out, or use effort fast")
    from .flow.preview import preview_file

    with use_threads(settings.threads):
        file = preview_file(opened.image, settings, clock, alpha_threshold=threshold_of(settings, opened.image))
    return Compressed(opened, settings, file, None, clock.seconds)


def compress_animation(
    source: Any,
    k: int | None = None,
    *,
    settings: Settings | None = None,
    name: str | None = None,
    importance: Any = None,
    milliseconds: Any = None,
    progress: Progress | None = None,
    **knobs: Any,
) -> CompressedAnimation:
    """Compresses an animation to at most k colors, and a real, small file of all its frames.

    source: a path, bytes or a binary file object of a GIF, PNG (APNG), WebP, AVIF or, with the extra `video`, a film;
    an `Animation`; a PIL image with all of its frames; or pictures one after the other: a list of what `compress`
    takes, or an array (n, h, w, 1, 3 or 4). milliseconds: for how long each of a list is shown, one number or one each;
    100 by default. k: number of colors of all frames, or with palette_per='frame' of each, 1 to 256; one entry more may
    leave pixels as they are, and where there is no room for it, k is 255. Frames of a file are read twice and one by
    one, so memory does not grow with their number; `max_pixels` counts those of one frame, and all together may have 50
    times as many.
    Other arguments as for `compress`; importance is that of every frame. Pixels whose color does not change keep the
    color that they are shown in, however they are dithered. With lossy indices, pixels that hardly change may stay,
    too. With `quality` or `max_bytes` each try makes the whole file, and the quality is the mean over eight frames that
    stand for all. Durations are multiples of 10 ms in GIF and of 1 ms elsewhere; neighbors that look the same become
    one frame. What a PNG shows to programs that know no animations counts as a frame where the format holds it.
    Raises InputError (a file), SettingsError (an argument, also what only stills have), OutputError.

    >>> import numpy as np
    >>> frames = [Image(np.full((4, 4, 3), gray, np.uint8)) for gray in (0, 255, 255)]
    >>> result = compress_animation(Animation(frames, (100, 100, 50)), 2, format="gif")
    >>> result.lossless, result.frames, result.milliseconds
    (True, 3, (100, 150))
    """
    from .codecs.palette_readers import read_palette
    from .flow.animation_result import CompressedAnimation
    from .flow.animation_source import open_animation
    from .flow.moving import moving_file

    if isinstance(importance, (str, PathLike)):
        knobs["importance"], importance = importance, None
    settings, clock = merged(settings, k, knobs), Stopwatch(progress)
    settings = _check_moving(settings)
    with clock("read"):
        frames, about = open_animation(source, settings, name=name, milliseconds=milliseconds)
    given = None if settings.palette is None else read_palette(str(settings.palette))

    @cache
    def weights(height: int, width: int) -> Levels | None:
        return importance_of(height, width, settings, importance)

    def prepared(image: Image) -> PreparedImage:
        return prepare(Source(image, palette=given, importance=weights(image.height, image.width)), settings)

    with use_threads(settings.threads):
        file, search = moving_file(frames, about, prepared, settings, clock)
    return CompressedAnimation(about, settings, file, search, clock.seconds)


def _check_moving(settings: Settings) -> Settings:
    """The settings, in formats that can do what they ask for. Raises SettingsError for what only stills have."""
    still = Settings()
    refuse_preview(settings.effort, "an animation")
    for field in ONLY_STILLS:
        if getattr(settings, field) != getattr(still, field):
            raise SettingsError(f"{field} is for stills, not for animations: leave it out, or choose a frame")
    if settings.frame is not None:
        raise SettingsError("frame takes one frame of an animation as a still: use compress, or leave it out")
    if settings.png_type == "gray":
        raise SettingsError("png_type gray is for stills: the frames of an animation are indexed")
    if settings.has_many_colors:
        raise SettingsError(f"an animation has at most {MAX_INDEXED} colors, and k is {settings.k}: use fewer")
    if settings.palette == INPUT_PALETTE:
        raise SettingsError("palette 'input' is for stills: give an animation a file of colors")
    return settings if settings.palette_per == "animation" else _with_own_palettes(settings)


def _with_own_palettes(settings: Settings) -> Settings:
    """Settings for a palette a frame. Raises SettingsError."""
    from .codecs.animation_writers import ANIMATIONS

    if settings.palette is not None:
        raise SettingsError("palette_per frame finds the colors of each frame, and palette gives them: leave one out")
    able = [format for format in settings.formats if ANIMATIONS[format].own_tables]
    if not able:
        raise SettingsError(
            "palette_per frame needs format gif or webp: a PNG has one palette for all frames; or leave it out"
        )
    return settings if len(able) == len(settings.formats) else settings.but(format=able[0])


# What animations cannot have: it is found for one picture, or is about how the file of one is written.
ONLY_STILLS = ("bleed", "keep_hidden_colors", "levels")


def prepare(opened: Source, settings: Settings) -> PreparedImage:
    """The picture as it will be clustered."""
    given = opened.palette
    if given is not None and settings.color_bits is not None:
        given = Palette(shown_colors(given.colors, settings.color_bits))
    return PreparedImage(
        opened.image,
        alpha_threshold=threshold_of(settings, opened.image, given),
        least_alpha=1 if settings.color_bits is None else least_alpha(settings.color_bits),
        matte=None if settings.matte is None else parse_hex(settings.matte),
        importance=opened.importance,
        given=given,
        given_indices=opened.indices,
    )


def threshold_of(settings: Settings, image: Image, given: Palette | None = None) -> int | None:
    """The alpha from which on pixels are opaque, where all are opaque or transparent; else None.

    given: the colors of `settings.palette`. Where no entry can be translucent, the nearest one to a faint shadow, which
    is compared over black and over white, may be any; so opaque entries serve opaque pixels only.
    """
    if settings.alpha_threshold is not None:
        return settings.alpha_threshold
    hard = all(FORMATS[format].hard_alpha for format in settings.formats)
    if settings.color_bits is not None:
        hard |= len(bits_of(settings.color_bits)) == 3
    kept = {color for color in map(parse_hex, settings.keep) if color is not None}
    if given is not None:
        hard |= {*given.rgba[:, 3].tolist(), *(color[3] for color in kept)} <= {0, 255}
    elif kept and image.has_alpha:  # colors to keep may leave no place for others
        room = settings.k - int((image.pixels[..., 3] == 0).any())
        hard |= {color[3] for color in kept} <= {0, 255} and room <= sum(color[3] == 255 for color in kept)
    return USUAL_THRESHOLD if hard else None


def read_animation(source: Any, *, max_pixels: int = MAX_PIXELS) -> Animation:
    """All frames of an animation, in memory at once.

    What a PNG shows to programs that know no animations is none of them. source: as for `compress_animation`.
    max_pixels: of all frames together.
    Raises InputError (a file, or too many pixels), SettingsError (no source at all).
    """
    from .flow.animation_source import open_animation

    frames, about = open_animation(source, Settings(max_pixels=max_pixels))
    images: list[Image] = []
    times: list[float] = []
    for image, stays in frames:
        images.append(image)
        times.append(stays)
        if len(images) * image.width * image.height > max_pixels:
            raise InputError(
                f"its frames have more than {max_pixels:,} pixels together; raise max_pixels, or use "
                "compress_animation, which reads one after the other"
            )
    return Animation(tuple(images), tuple(times), about.plays)


def steps(source: Any, k: int | None = None, *, settings: Settings | None = None, **knobs: Any) -> Iterator[Step]:
    """The half-steps of k-means on a picture, one by one, as the article runs it unless knobs say otherwise.

    It is one run from its start to its end: `effort` decides no more than when it stops.
    source: what `compress` takes. k: number of colors, 16 by default. settings, knobs: as for `compress`.
    Centroids are in sRGB units, 0 to 255 (or OKLab's with space='oklab'), those of `keep` first; labels are those of
    the distinct visible colors in the order of `count_colors`.
    Raises InputError (a file, also one of which nothing is seen), SettingsError (an argument, or what no run has).

    >>> import numpy as np
    >>> [step.phase for step in steps(np.arange(12, dtype=np.uint8).reshape(2, 2, 3), 2, seed=1)]
    ['assign', 'update', 'assign']
    """
    settings = _for_runs(settings, Settings.article(), k, knobs, "a run of k-means")
    _check_one_run(settings)
    source, name = read_once(source)
    with use_threads(settings.threads):
        prepared = prepare(open_source(source, settings, name=name), settings)
        if len(prepared.visible) == 0:
            raise InputError.invisible(name)
        return half_steps(prepared, settings)


def half_steps(prepared: PreparedImage, settings: Settings) -> Iterator[Step]:
    """The half-steps of k-means on a prepared picture, for those who want many runs of one picture; see `steps`."""
    _check_one_run(settings)
    points, pinned = prepared.points(settings), pinned_colors(prepared, settings)
    room = settings.k - prepared.transparent
    if len(pinned) > room:
        raise SettingsError(f"keep has {len(pinned)} colors, but there is room for {room}")
    k = prepared.centroids_for(settings.k, pinned)
    start, frozen = first_centroids(points, k, SPACES[settings.measured_in], settings, pinned=pinned)
    return _in_threads(lloyd(points, start, **stop_rules(settings), frozen=frozen), settings.threads)


def _check_one_run(settings: Settings) -> None:
    refuse_preview(settings.effort, "a run of k-means")
    for name, meant in (
        ("quality", None),
        ("max_bytes", None),
        ("palette", None),
        ("color_bits", None),
        ("n_init", 1),
        ("search", "split-merge"),
    ):
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


def palette(
    source: Any,
    k: int = 8,
    *,
    sort: str = "share",
    ignore: str | Iterable[str] = (),
    weigh: str = "pixels",
    settings: Settings | None = None,
    **knobs: Any,
) -> Palette:
    """The k colors that stand for the visible pixels of a picture, or of many, with the least error.

    source: what `compress` takes; an `Animation`; a list or another iterable of such; or a `Histogram`, such as
    `count_colors` gives or a sum of such. Of an animation all frames count, or the one that `frame` chooses. k: how
    many colors, 1 to 65,536.
    sort: their order, one of `choices.PALETTE_ORDERS`: 'share' (most used first), 'lightness', 'hue' or 'found'.
    ignore: colors whose pixels do not count, such as a background: 'white', 'black' or '#rrggbb', each with what
    differs by at most `IGNORED_DISTANCE` in every channel. Transparent pixels never count ('transparent' says so).
    weigh: of many pictures, 'pixels' (each counts the same) or 'pictures' (each picture counts the same).
    Other arguments as for `compress`; without `settings` every pixel counts the same (masking='off').
    Shares are those of the pixels that count. Of 256 or 65,536 colors one goes to the pixels that do not count, if
    there are any. Of many pictures the palette does not depend on their order.
    Raises InputError (a file, or one in which no pixel counts), SettingsError (an argument).

    >>> import numpy as np
    >>> flag = np.array([[[255, 255, 255], [255, 0, 0], [250, 251, 252]]], np.uint8)
    >>> palette(flag, 2, ignore="white").hex
    ['#ff0000']
    >>> palette([flag, 255 - flag], 2).hex == palette([255 - flag, flag], 2).hex
    True
    """
    from .flow.animation_source import moves
    from .quantize.palette_order import ordered

    settings = _for_runs(settings, Settings(space="oklab", masking="off"), k, knobs, "a palette").but(
        dither="none", bit_depth=None
    )
    if settings.has_target:
        raise SettingsError(
            "a palette has as many colors as k says; a wanted quality or size is of a file: leave it out"
        )
    if sort not in PALETTE_ORDERS:
        raise SettingsError(f"sort must be one of {', '.join(PALETTE_ORDERS)}, got {sort!r}")
    ignored = (ignore,) if isinstance(ignore, str) else tuple(ignore)
    with use_threads(settings.threads):
        if not _is_many(source):
            source, name = read_once(source)
            if moves(source, settings):
                frames = colors_of(source, settings, name=name, ignore=ignored, weigh=weigh)
                return ordered(_palette_of(frames, settings, name), sort)
        if _is_many(source):
            return ordered(_palette_of(color_sum(source, settings, ignore=ignored, weigh=weigh), settings), sort)
        prepared = _without(ignored, open_source(source, settings, name=name), settings)
        if len(prepared.visible) == 0:
            raise InputError.uncounted(name)
        settings = _with_transparent(settings, prepared.transparent)
        indexed = best_designs(Attempt(prepared, settings))[0].plain.indexed
        return ordered(indexed.palette, sort, indexed.indices)


def color_sum(
    sources: Any, settings: Settings, *, ignore: Iterable[str] = (), weigh: str = "pixels"
) -> ColorSum | None:
    """What one palette for many pictures is found from; None of no picture. Pictures are read one by one.

    sources: an iterable of what `colors_of` takes, or one histogram. Other arguments as for `palette`.
    Raises InputError (a file), SettingsError (an argument).
    """
    from .flow.shared_palette import total

    every = (sources,) if isinstance(sources, Histogram) else sources
    return total(colors_of(source, settings, ignore=ignore, weigh=weigh) for source in every)


def colors_of(
    source: Any, settings: Settings, *, name: str | None = None, ignore: Iterable[str] = (), weigh: str = "pixels"
) -> ColorSum:
    """What one picture adds to that; of an animation all frames, of which `settings.frame` chooses one.

    source: what `compress` takes, an `Animation`, or a histogram. name: what messages call it. Other arguments as for
    `palette`. Raises InputError (a file), SettingsError (an argument).
    """
    from .flow.animation_source import moves, open_animation
    from .flow.shared_palette import ColorSum, total

    refuse_preview(settings.effort, "one palette for many")
    if settings.palette is not None or settings.importance is not None:
        raise SettingsError("palette and importance belong to one picture: leave them out for many")
    if isinstance(source, Histogram):
        return ColorSum.of_counts(source, weigh=weigh)
    source, name = read_once(source, name)
    if not moves(source, settings):
        opened = open_source(source, settings, name=name)
        return ColorSum.of(_without(tuple(ignore), opened, settings), settings, weigh)
    frames, _ = open_animation(source, settings, name=name)
    each = (ColorSum.of(_without(tuple(ignore), Source(frame.image), settings), settings) for frame in frames)
    found = total(each)
    if found is None:
        raise InputError("it has no frames; get it again")
    return found.weighed(weigh)


def _is_many(source: Any) -> bool:
    return isinstance(source, Histogram) or (
        isinstance(source, Iterable)
        and not isinstance(source, (str, bytes, bytearray, memoryview, Image, PathLike))
        and not (is_array_like(source) or hasattr(source, "read") or is_pillow(source))
    )


def _palette_of(found: ColorSum | None, settings: Settings, name: str | None = None) -> Palette:
    if found is None:
        raise SettingsError("a palette needs at least one picture, and there is none")
    return found.palette(_with_transparent(settings, int(found.has_transparent)), name)


def _without(ignored: tuple[str, ...], opened: Source, settings: Settings) -> PreparedImage:
    """A picture in which the pixels of these colors do not count."""
    from .quantize.ignored import without_colors

    return prepare(replace(opened, image=without_colors(opened.image, ignored)), settings)


def _with_transparent(settings: Settings, transparent: int) -> Settings:
    """Room for the entry of pixels that do not count, beside k colors."""
    if not transparent:
        return settings
    return settings.but(k=min(settings.k + 1, MAX_COLORS if settings.has_many_colors else MAX_INDEXED))


def quantize(source: Any, settings: Settings) -> IndexedImage:
    """A picture as a palette of min(k, distinct colors) different colors and indices; exact if that is possible.

    There is no file, so indices are never lossy, and wanted qualities and sizes do not count.
    Raises InputError (a file), SettingsError (an argument).
    """
    opened = open_source(source, settings)
    with use_threads(settings.threads):
        if settings.effort == "preview":
            from .flow.preview import preview

            return preview(opened.image, settings, alpha_threshold=threshold_of(settings, opened.image))
        return best_designs(Attempt(prepare(opened, settings), settings))[0].plain.indexed


def apply_palette(
    picture: Any,
    palette: Palette,
    *,
    dither: str = "none",
    space: str = "rgb",
    alpha_threshold: int | None = None,
    matte: str | None = None,
) -> Any:
    """A picture in the colors of a palette: an array for an array, else a PIL image.

    picture: what `compress` takes. Other arguments as in `Settings`: what is transparent stays so, also where the
    palette has no transparent entry; without translucent entries pixels are opaque or transparent.
    Raises InputError (a file), SettingsError (an argument).
    """
    if not isinstance(palette, Palette):
        raise SettingsError(f"palette must be a Palette, such as `palette` gives, got {type(palette).__name__}")
    settings = Settings(dither=dither, space=space, alpha_threshold=alpha_threshold, matte=matte)
    opened = open_source(picture, settings)
    return in_container(remapped(opened, palette, settings).to_image(), opened.container)


def remapped(opened: Source, palette: Palette, settings: Settings) -> IndexedImage:
    """A picture as entries of a palette, which come first, in their order; a transparent one may stand behind them."""
    with use_threads(settings.threads):
        return Attempt(prepare(replace(opened, palette=palette), settings), settings).plain.indexed


def merged(settings: Settings | None, k: int | None, knobs: dict[str, Any]) -> Settings:
    """The given settings (or the defaults) with k and the knobs. Raises SettingsError."""
    changes = dict(knobs) if k is None else {"k": k, **knobs}
    return (settings or Settings()).but(**changes)


def _for_runs(settings: Settings | None, usual: Settings, k: int | None, knobs: dict[str, Any], what: str) -> Settings:
    """The same for what effort 'preview' does not make, and where other settings are usual. Raises SettingsError."""
    refuse_preview(knobs.get("effort", (settings or usual).effort), what)
    return merged(settings or usual, k, knobs)
