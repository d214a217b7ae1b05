"""How each figure of a picture is made: which runs it shows, what its caption says."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ..choices import DITHERS
from ..color.spaces import SPACES
from ..quantize.dither import bayer, blue_noise
from ..settings import AUTO_QUALITY, Quality, Settings
from . import figures
from .figures import Entry
from .figures.run import is_wash_out, run_panel, washed_out
from .figures.starts import disagreement
from .parts import Region, Replay, counted, most_wrong, round_size

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from .animation import Frame
    from .gallery import Runs


# What figures about k and dithering leave out, because it would decide in their place, or fits one picture only.
PLAIN: dict[str, Any] = {
    "quality": None,
    "max_bytes": None,
    "lossy": "off",
    "keep": (),
    "palette": None,
    "free_colors": 0,
    "importance": None,
}


@dataclass(frozen=True)
class Plan:
    """How one figure is made. still, frames: None when there is none of the kind.

    caption, meta: go into the files. palette, region: what an animation as GIF must show exactly.
    """

    title: str
    caption: str
    meta: dict[str, Any]
    still: Callable[[], Figure] | None = None
    frames: Callable[[], Iterator[Frame]] | None = None
    palette: np.ndarray[Any, np.dtype[np.uint8]] | None = None
    region: Region | None = None
    notes: tuple[str, ...] = ()


def plan(entry: Entry, runs: Runs) -> Plan:
    """How a figure of a picture is made; runs that it needs are made here."""
    draw = figures.function(entry.still) if entry.still else None
    animate = figures.function(entry.animation) if entry.animation else None
    if entry.still.startswith("plane.figures:"):
        from .plane import figures as plane
        from .plane.data import blobs

        example = blobs()
        meta = {"k": example.k, "init": example.start_in_words, "seed": example.seed}
        return Plan(entry.title, plane.caption_of(example), meta, draw, animate)
    return _PLANS[entry.id](entry, runs, draw, animate)


Draw = Callable[..., Any]


def _meta(settings: Settings) -> dict[str, Any]:
    return {"k": settings.k, "init": settings.init, "seed": settings.seed, "space": settings.space}


def _deal(entry: Entry, runs: Runs, draw: Draw, animate: Draw) -> Plan:
    from .figures.deal import deal_caption

    result = runs.result(runs.settings)
    return Plan(
        f"The picture and its {counted(len(result.palette), 'color')}",
        deal_caption(result, runs.others),
        _meta(runs.settings),
        lambda: draw(runs.image, result, runs.target, runs.others),
        lambda: animate(runs.image, result),
    )


def _filmstrip(entry: Entry, runs: Runs, draw: Draw, animate: Draw) -> Plan:
    from .figures.run import filmstrip_caption

    return Plan(entry.title, filmstrip_caption(runs.main), runs.main.trace.meta, lambda: draw(runs.main))


def _bits(entry: Entry, runs: Runs, draw: Draw, animate: Draw) -> Plan:
    from .figures.bits import bits_caption

    result = runs.result(runs.settings)
    caption = bits_caption(result, runs.others)
    title = f"From 24 bits a pixel to {result.sizes.arithmetic * 8 // result.pixels}, and what that leaves out"
    return Plan(
        title,
        caption,
        _meta(runs.settings),
        lambda: draw(result, runs.others),
        lambda: animate(result, runs.others),
    )


def _run(entry: Entry, runs: Runs, draw: Draw, animate: Draw) -> Plan:
    from .figures.run import filmstrip, run_caption

    replay = runs.main
    return Plan(
        entry.title,
        run_caption(replay),
        replay.trace.meta,
        lambda: filmstrip(replay),
        lambda: animate(replay),
        _opaque(replay) if len(replay.colors(replay.last)) <= 200 else None,
        run_panel(replay),
    )


def _opaque(replay: Replay) -> np.ndarray[Any, np.dtype[np.uint8]] | None:
    """The colors of the last frame's picture, (n, 3), if they are those of the palette: not over a checkerboard."""
    colors = replay.colors(replay.last)
    if colors.shape[1] == 4:
        return None
    return np.unique(colors, axis=0)


def _lost(entry: Entry, runs: Runs, draw: Draw, animate: Draw) -> Plan:
    from .figures.lost import lost_caption

    result = runs.result(runs.settings)
    caption = lost_caption(runs.image, result, runs.target)
    return Plan(
        f"What becomes of {runs.target.name} with {counted(len(result.palette), 'color')}",
        caption,
        _meta(runs.settings),
        lambda: draw(runs.image, result, runs.target),
    )


def _wash_out(entry: Entry, runs: Runs, draw: Draw, animate: Draw) -> Plan:
    from .figures.run import wash_out_caption, wash_out_title

    replay, search = runs.wash_out
    target = runs.target
    cured = runs.result(replay.trace.settings.but(protect="auto"))
    cure = cured if cured.protected else None
    notes = () if is_wash_out(washed_out(replay, target)) else ("No wash-out was found in this picture.",)
    return Plan(
        wash_out_title(replay, target),
        wash_out_caption(replay, target, search),
        replay.trace.meta,
        lambda: draw(replay, target, search, cure),
        lambda: animate(replay, target, search),
        notes=notes,
    )


def _ladder(entry: Entry, runs: Runs, draw: Draw, animate: Draw) -> Plan:
    from .figures.ladder import ladder_caption

    counts = rungs(runs.settings.k)
    results = [runs.result(runs.settings.but(k=k)) for k in counts]
    *fewer, most = map(str, counts)
    return Plan(
        f"The picture with {', '.join(fewer)} and {most} colors",
        ladder_caption(results, runs.others),
        {**_meta(runs.settings), "k": " ".join(map(str, counts))},
        lambda: draw(runs.image, results, runs.target, runs.others),
        lambda: animate(runs.image, results),
    )


def rungs(k: int) -> list[int]:
    """Four numbers of colors up to 256, each twice the one before, or nearly: k and larger ones where there is room.

    >>> rungs(16), rungs(100)
    ([16, 32, 64, 128], [25, 50, 100, 200])
    """
    before = next(halvings for halvings in range(4) if k << 3 - halvings <= 256)
    return [k >> before - place if place < before else k << place - before for place in range(4)]


def _centroids(entry: Entry, runs: Runs, draw: Draw, animate: Draw) -> Plan:
    from .figures.centroids import centroids_caption

    counts = beside_most(runs.k_or(64), 64)
    replays = [runs.replay(runs.settings.but(k=k)) for k in counts]
    caption = centroids_caption(replays, runs.target)
    meta = {**_meta(runs.settings), "k": " ".join(map(str, counts))}
    title = f"{counts[0]} and {counts[1]} centroids"
    return Plan(title, caption, meta, lambda: draw(replays, runs.target))


def beside_most(k: int, usual: int) -> tuple[int, int]:
    """A number of colors and 256, to compare; `usual` and 256 for 256 itself."""
    return (k if k < 256 else usual), 256


def _difference(entry: Entry, runs: Runs, draw: Draw, animate: Draw) -> Plan:
    from .figures.difference import difference_caption

    result = runs.result(runs.settings.but(k=runs.k_or(256)))
    return Plan(
        f"The picture and its {counted(len(result.palette), 'color')}, and their difference",
        difference_caption(runs.image, result),
        _meta(result.settings),
        lambda: draw(runs.image, result),
        lambda: animate(runs.image, result),
    )


def _starts(entry: Entry, runs: Runs, draw: Draw, animate: Draw) -> Plan:
    from .figures.starts import starts_caption

    few, many = (runs.starts(k) for k in beside_most(runs.k_or(16), 16))
    here, other = (few, many) if entry.id == "F14" and runs.k_or(16) < 256 else (many, few)
    scale = float(np.quantile(disagreement(few), 0.995))
    meta = {**_meta(runs.settings), "k": here.k, "seed": f"1 to {len(here.replays)}"}
    frames = (lambda: animate(here)) if entry.animation else None
    title = f"Many starts, {counted(here.k, 'color')}"
    return Plan(title, starts_caption(here, other), meta, lambda: draw(here, other, scale), frames)


def _cloud(entry: Entry, runs: Runs, draw: Draw, animate: Draw) -> Plan:
    from .figures.centroids import cloud_caption

    return Plan(
        "The color cloud in sRGB and in OKLab",
        cloud_caption(runs.main),
        runs.main.trace.meta,
        lambda: draw(runs.main),
        lambda: animate(runs.main),
    )


def _labels(entry: Entry, runs: Runs, draw: Draw, animate: Draw) -> Plan:
    from .figures.centroids import label_caption

    return Plan(entry.title, label_caption(runs.main), runs.main.trace.meta, lambda: draw(runs.main))


def _error_size(entry: Entry, runs: Runs, draw: Draw, animate: Draw) -> Plan:
    from .figures.error_size import COUNTS, Wish, counts_for, error_size_caption

    settings = runs.usual(**PLAIN, dither="none")
    most_colors = settings.but(k=runs.k_or(max(COUNTS)))
    colors = min(len(runs.histogram), most_colors.k) if "k" in runs.asked else len(runs.histogram)
    results = [runs.result(settings.but(k=k)) for k in counts_for(colors, bool(runs.transparent))]
    scores = [runs.quality(result) for result in results]
    usual = runs.usual()
    quality = usual.quality or AUTO_QUALITY
    files = [result.sizes.file for result in results]
    most = usual.max_bytes or _round_up(math.sqrt(min(files) * max(files)))
    wished = quality if isinstance(quality, Quality) else Quality.parse(quality)
    wishes = (
        Wish(f"Quality {quality}", wished.aim, False, runs.result(most_colors.but(quality=quality))),
        Wish(f"At most {round_size(most)}", most, True, runs.result(most_colors.but(max_bytes=most))),
    )
    if min(wish.k for wish in wishes) < len(results[0].palette):
        results.insert(0, runs.result(settings.but(k=1)))
        scores.insert(0, runs.quality(results[0]))
    meta = {**_meta(settings), "k": " ".join(str(len(result.palette)) for result in results)}
    caption = error_size_caption(results, wishes)
    return Plan(entry.title, caption, meta, lambda: draw(results, scores, wishes, runs.target))


def _dithering(entry: Entry, runs: Runs, draw: Draw, animate: Draw) -> Plan:
    from .figures.dithering import COUNTS, CROP, dithering_caption

    settings = runs.usual(**PLAIN)
    k = runs.k_or(max(COUNTS))
    counts = sorted({max(1 + runs.transparent, k // 2), k})
    rows = [[runs.judged(settings.but(k=k, dither=method)) for method in DITHERS] for k in counts]
    region = runs.region or most_wrong(runs.image, rows[-1][0].result.indexed.to_image(), *CROP)
    meta = {**_meta(settings), "k": " ".join(map(str, counts)), "dither": " ".join(DITHERS)}
    masks = {"blue-noise": blue_noise(), "bayer": bayer()}
    return Plan(
        entry.title,
        dithering_caption(rows, region),
        meta,
        lambda: draw(runs.image, rows, region, masks),
    )


def _suitability(entry: Entry, runs: Runs, draw: Draw, animate: Draw) -> Plan:
    from .figures.suitability import CROP, Case, suitability_caption

    settings = runs.usual(**PLAIN, k=runs.settings.k, dither="none")
    name = "The sample reef" if runs.is_reef else "This picture"
    cases = []
    for head, these in (
        ("A smooth gradient", runs.sample("sky")),
        (name, runs),
        ("Flat art and letters", runs.sample("screenshot")),
    ):
        plain, dithered = (these.judged(settings.but(dither=dither)) for dither in ("none", "floyd-steinberg"))
        region = these.region or most_wrong(these.image, plain.result.indexed.to_image(), *CROP)
        cases.append(Case(head, these.image, plain, dithered, these.others, region))
    meta = {**_meta(settings), "dither": "none floyd-steinberg"}
    title = f"Where {counted(settings.k, 'color')} shine and where they fail"
    return Plan(title, suitability_caption(cases), meta, lambda: draw(cases))


# Squared OKLab distance for a bit, where lossy indices are not wanted or gain nothing: to show what they would do.
SOME_LAMBDA = 1e-5


def _matches(entry: Entry, runs: Runs, draw: Draw, animate: Draw) -> Plan:
    from .figures.matches import Way, matches_caption, saved_most

    usual = runs.usual(format="png")
    settings = usual.but(**PLAIN)
    ways = [Way("Plain indices", runs.judged(settings))]
    if not ways[0].judged.result.lossless:
        judged = runs.judged(settings.but(lossy=usual.lossy))
        if judged.result.lambda_ is None:
            judged = runs.judged(settings.but(lossy=SOME_LAMBDA))
        ways.append(Way("With lossy indices", judged))
    meta = {**_meta(settings), "dither": settings.dither}
    region = runs.region or saved_most(ways)
    return Plan(entry.title, matches_caption(ways), meta, lambda: draw(runs.image, ways, region))


def _saved(entry: Entry, runs: Runs, draw: Draw, animate: Draw) -> Plan:
    from .figures.saved import saved_caption, saved_title

    settings = runs.wash_out[0].trace.settings.but(protect="off")
    plain, cured = runs.result(settings), runs.result(settings.but(protect="auto"))
    meta = {**_meta(settings), "protect": "auto"}
    target = runs.target
    return Plan(
        saved_title(plain, cured),
        saved_caption(plain, cured),
        meta,
        lambda: draw(runs.image, plain, cured, target),
    )


def _survival(entry: Entry, runs: Runs, draw: Draw, animate: Draw) -> Plan:
    from .figures.survival import survival_caption
    from .survival import COLORS, palettes, scene, survival_curves

    k = runs.k_or(16)
    curves = survival_curves(k)
    example = scene(COLORS[0], 0.001, 0)
    meta = {"k": k, "init": "pca", "seed": 0}
    return Plan(
        entry.title, survival_caption(curves, k), meta, lambda: draw(curves, example, palettes(example.image, k), k)
    )


def _outliers(entry: Entry, runs: Runs, draw: Draw, animate: Draw) -> Plan:
    from .plane.outliers import outliers_caption, outliers_meta

    return Plan(entry.title, outliers_caption(), outliers_meta(), draw)


def _strays(entry: Entry, runs: Runs, draw: Draw, animate: Draw) -> Plan:
    from .figures.outliers import Strays, strays_caption

    points = SPACES[runs.settings.space].points(runs.visible)
    centroids = runs.main.trace.centroids_at(runs.main.last)
    these = Strays.of(runs.image, runs.visible, points, centroids, runs.settings)
    return Plan(entry.title, strays_caption(these), runs.main.trace.meta, lambda: draw(these))


def _round_up(value: float) -> int:
    """The next number of one digit and noughts.

    >>> _round_up(35_400), _round_up(9.1)
    (40000, 10)
    """
    step = 10 ** max(0, len(str(math.ceil(value))) - 1)
    return math.ceil(value / step) * step


_PLANS: dict[str, Callable[[Entry, Runs, Any, Any], Plan]] = {
    "F1": _deal,
    "F2": _filmstrip,
    "F7": _bits,
    "F8": _run,
    "F9": _lost,
    "F10": _wash_out,
    "F11": _ladder,
    "F12": _centroids,
    "F13": _difference,
    "F14": _starts,
    "F15": _starts,
    "F17": _cloud,
    "F16": _suitability,
    "F18": _error_size,
    "F19": _dithering,
    "F20": _labels,
    "F22": _matches,
    "F23": _saved,
    "F24": _survival,
    "F25": _outliers,
    "F26": _strays,
}


def more_examples() -> Iterator[tuple[str, Plan]]:
    """F6 on points that are not made for k-means, and two starts that end in different places: name and plan."""
    from .plane import figures as plane
    from .plane.data import EXAMPLES

    for name, example in EXAMPLES.items():
        if name in ("blobs", "lucky", "unlucky"):
            continue
        here = example()
        meta = {"k": here.k, "init": here.start_in_words, "seed": here.seed}
        yield name, Plan(here.title, plane.caption_of(here), meta, functools.partial(plane.convergence, here))
    lucky, unlucky = EXAMPLES["lucky"](), EXAMPLES["unlucky"]()
    meta = {"k": lucky.k, "init": lucky.start_in_words, "seed": f"{lucky.seed} and {unlucky.seed}"}
    caption = plane.caption_of(unlucky)
    yield (
        "two-starts",
        Plan("Same points, two starts, two ends", caption, meta, lambda: plane.two_starts(lucky, unlucky)),
    )
