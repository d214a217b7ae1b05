"""All figures of a picture in a folder, with an index page. It asks the pipeline for the runs that figures show."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .. import codecs, pipeline
from ..clustering.kmeans import lloyd
from ..codecs.peers import webp
from ..codecs.truecolor import truecolor_png
from ..color.histogram import count_colors
from ..color.spaces import SPACES
from ..errors import OutputError, SettingsError
from ..flow.result import Compressed
from ..flow.judge import Judge
from ..flow.source import open_source
from ..quantize.palette_design import first_centroids, stop_rules
from ..quantize.prepared import PreparedImage
from ..settings import PALETTE_FIELDS, Settings
from . import figures, samples
from .figures import Entry
from .figures.run import is_wash_out, washed_out
from .figures.starts import Starts
from .parts import Region, Replay, Search, Target, plain, special, squared_error, worst_served
from .plans import Plan, more_examples, plan
from .trace import Trace
from .words import Judged, Other

Progress = Callable[[str], None]

SEEDS = 20  # runs of F14 and F15
# Seeds of the search for a wash-out: so many at a time, and at most; and starts near the color at most.
TRIED, MOST_TRIED, MOST_HELD = 400, 2000, 100

# Bytes that the animations must keep; they become smaller when they would be larger.
LIMITS = {".gif": 2_000_000, ".webp": 1_000_000, ".mp4": 500_000}


@dataclass(frozen=True)
class WrittenFigure:
    """A file of the gallery. figure: its id. notes: what was given up to keep a limit, and the like."""

    figure: str
    path: Path
    size_bytes: int
    title: str
    caption: str
    notes: tuple[str, ...] = ()


class Runs:
    """One picture and its runs, each made when it is first asked for.

    source: whatever `compress` takes; None is the sample `reef`. settings: what the runs have in common.
    asked: names of those settings that somebody asked for, which figures with settings of their own keep too. Without
    them what differs from the article's; of settings that are not the article's all.
    """

    def __init__(
        self,
        source: Any = None,
        settings: Settings | None = None,
        region: Region | None = None,
        asked: Collection[str] | None = None,
    ) -> None:
        self.settings = settings or Settings.article()
        self.asked = _differing(self.settings) if asked is None else frozenset(asked)
        self.is_reef = source is None
        if source is None:
            source = truecolor_png(samples.reef())
        elif isinstance(source, (str, os.PathLike)):
            self.name = os.fspath(source)
            source = codecs.read_bytes(source)
        elif hasattr(source, "read"):
            source = source.read()
        self.source = source
        opened = open_source(
            source,
            Settings(max_pixels=self.settings.max_pixels, icc=self.settings.icc),
            name=getattr(self, "name", None),
        )
        self.image = plain(opened.image)
        self.prepared = prepared = PreparedImage(self.image)
        histogram, visible, transparent = prepared.histogram, prepared.visible, prepared.transparent
        if len(visible) == 0:
            raise SettingsError("there is nothing to show: every pixel of the picture is transparent")
        if transparent and self.settings.k < 2:
            raise SettingsError("k must be at least 2 for a picture with transparent and visible pixels, got 1")
        if region is not None:
            x, y, width, height = region
            if not (0 <= x < x + width <= self.image.width and 0 <= y < y + height <= self.image.height):
                room = f"{self.image.width}x{self.image.height}"
                raise SettingsError(f"region must lie within {room} pixels, got {x},{y},{width},{height}")
        self.region = region
        self.histogram, self.visible, self.transparent = histogram, visible, transparent
        self._replays: dict[Settings, Replay] = {}
        self._results: dict[Settings, Compressed] = {}
        self._samples: dict[str, Runs] = {}

    def replay(self, settings: Settings) -> Replay:
        """The run of some settings, step by step."""
        if settings not in self._replays:
            trace = Trace.of(pipeline.steps(self.image, settings=settings), settings, self.image)
            first = next(iter(self._replays.values()), None)
            self._replays[settings] = Replay(self.image, trace) if first is None else first.of(trace)
        return self._replays[settings]

    def result(self, settings: Settings) -> Compressed:
        """The compressed picture of some settings, with its file."""
        if settings not in self._results:
            name = getattr(self, "name", None)
            self._results[settings] = pipeline.compress(self.source, settings=settings, name=name)
        return self._results[settings]

    def quality(self, result: Compressed) -> float:
        """The SSIMULACRA2 of a result, 100 for the original itself."""
        return 100.0 if result.lossless else Judge(self.image).reference.ssimulacra2(result.indexed.to_image())

    def judged(self, settings: Settings) -> Judged:
        """The compressed picture of some settings, and how good it looks."""
        result = self.result(settings)
        return Judged(result, self.quality(result))

    def sample(self, name: str) -> Runs:
        """The runs of a sample picture with the same settings."""
        if name not in self._samples:
            self._samples[name] = Runs(truecolor_png(getattr(samples, name)()), self.settings, asked=self.asked)
        return self._samples[name]

    def usual(self, **changes: Any) -> Settings:
        """The settings of `compress`, for figures that are not about plain k-means, with those that were asked for."""
        asked = {name: getattr(self.settings, name) for name in sorted(self.asked)}
        return Settings().but(**{**asked, **changes})

    def k_or(self, usual: int) -> int:
        """The number of colors that was asked for, or what a figure usually shows."""
        return self.settings.k if "k" in self.asked else usual

    @functools.cached_property
    def main(self) -> Replay:
        """The run that most figures show."""
        return self.replay(self.settings)

    @functools.cached_property
    def others(self) -> tuple[Other, ...]:
        """What WebP makes of the original."""
        if max(self.image.width, self.image.height) > 16383:
            return ()  # larger than a WebP can be
        found = []
        for name, lossless in (("lossless WebP", True), ("lossy WebP (quality 80)", False)):
            data, back = webp(self.image, lossless=lossless)
            error = float(squared_error(self.image, back).mean() ** 0.5)
            found.append(
                Other(name, len(data), error, 100.0 if lossless else Judge(self.image).reference.ssimulacra2(back))
            )
        return tuple(found)

    @functools.cached_property
    def target(self) -> Target:
        """What the figures of the lost color follow: the fish of `reef`, what is in the region, or the worst served."""
        if self.is_reef and self.region is None:
            return Target(samples.REEF_ORANGE, samples.REEF_FISH, "orange", "the fish")
        if self.region is None:
            replay = self.main
            palette, labels = replay.colors(replay.last), replay.labels(replay.last)
            return worst_served(self.image, self.histogram, palette, labels)
        x, y, width, height = self.region
        within = count_colors(self.image.pixels[y : y + height, x : x + width])
        return special(within, self.histogram, self.region)

    @functools.cached_property
    def wash_out(self) -> tuple[Replay, Search | None]:
        """A run that starts near the target's color and loses it, if one is found, and how it was found."""
        space = SPACES[self.settings.space]
        points = space.points(self.visible)
        k = min(self.settings.k - self.transparent, len(self.visible))
        if k == len(self.visible) or self.settings.init in ("pca", "wu"):
            return self.main, None
        held = lost = 0
        found = None
        for seed in range(MOST_TRIED):
            if seed % TRIED == 0 and found is not None:
                return self.replay(found), Search(seed, held, lost)
            settings = self.settings.but(seed=seed)
            start, _ = first_centroids(points, k, space, settings)
            if self.target.distance(space.colors(start)).min() > 15:
                continue
            held += 1
            *_, last = lloyd(points, start, **stop_rules(settings), watched=False)
            if self.target.distance(space.colors(last.centroids)).min() > 60:
                lost += 1
                if found is None and is_wash_out(washed_out(self.replay(settings), self.target)):
                    found = settings
            if held >= MOST_HELD and found is None:
                break
        return (self.replay(found), Search(MOST_TRIED, held, lost)) if found else (self.main, None)

    def starts(self, k: int) -> Starts:
        """Runs with k colors and the seeds 1 to SEEDS."""
        return Starts(tuple(self.replay(self.settings.but(k=k, seed=seed)) for seed in range(1, SEEDS + 1)))


def _differing(settings: Settings) -> frozenset[str]:
    """What was asked for, as far as settings tell: what is not as in the article, if they began with its."""
    plain, values = Settings.article(), settings.to_dict()
    if settings.init == plain.init and settings.effort == plain.effort:
        return frozenset(name for name, value in values.items() if value != getattr(plain, name))
    return frozenset(values) - {"effort"}


def write(entry: Entry, plan: Plan, path: Path, *, overwrite: bool = True) -> WrittenFigure:
    """One file of a figure, as its suffix says. Raises SettingsError for a kind that the figure does not have."""
    from .animation import save_animation
    from .look import save_still

    suffix = path.suffix.lower()
    words = {"title": plan.title, "caption": plan.caption, "meta": plan.meta}
    if suffix in (".png", ".svg"):
        if plan.still is None:
            raise SettingsError(f"figure {entry.id} moves: write it as .gif, .webp, .apng or .mp4, got {path.name!r}")
        size = save_still(plan.still(), path, **words, overwrite=overwrite)  # type: ignore[arg-type]
        return WrittenFigure(entry.id, path, size, plan.title, plan.caption, plan.notes)
    if plan.frames is None:
        raise SettingsError(f"figure {entry.id} does not move: write it as .png or .svg, got {path.name!r}")
    saved = save_animation(
        plan.frames(),
        path,
        **words,  # type: ignore[arg-type]
        palette=plan.palette,
        keep_region=plan.region,
        limit_bytes=LIMITS.get(suffix),
        overwrite=overwrite,
    )
    return WrittenFigure(entry.id, path, saved.size_bytes, plan.title, plan.caption, plan.notes + saved.notes)


def make(
    figure: str,
    image: Any,
    path: str | Path,
    *,
    settings: Settings | None = None,
    asked: Collection[str] | None = None,
    region: Region | None = None,
    progress: Progress | None = None,
    overwrite: bool = True,
) -> WrittenFigure:
    """Makes one figure, by id or name, as its path's suffix says: .png or .svg a still, .gif, .webp, .apng, .mp4 an
    animation.

    image: whatever `compress` takes; None is the sample `reef`. settings: of the run that is shown,
    `Settings.article()` unless given. asked: names of those that were asked for, see `Runs`. Raises SettingsError,
    InputError, OutputError.
    """
    entry = figures.find(figure)
    useless = [name for name in PALETTE_FIELDS if name in (asked or ())]
    if entry.still.startswith("plane") and useless:
        does = "do" if len(useless) > 1 else "does"
        raise SettingsError(f"figure {entry.id} shows points of its own; {' and '.join(useless)} {does} not apply")
    if progress is not None:
        progress(f"{entry.id} {entry.name}")
    return write(entry, plan(entry, Runs(image, settings, region, asked)), Path(path), overwrite=overwrite)


def gallery(
    folder: str | Path,
    image: Any = None,
    region: Region | None = None,
    progress: Progress | None = None,
    *,
    settings: Settings | None = None,
    asked: Collection[str] | None = None,
) -> list[WrittenFigure]:
    """Makes every figure of a picture (the sample `reef` unless one is given), and index.html.

    image: whatever `compress` takes. region: x, y, width, height of what the figures of the lost color follow.
    progress: is called with a word for each file as it begins. Files of the same names are overwritten.
    """
    folder = Path(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{folder}: cannot make this folder: {error.strerror or error}") from error
    runs = Runs(image, settings, region, asked)
    made = []
    for entry in figures.FIGURES:
        if not entry.drawn:
            continue
        planned = plan(entry, runs)
        for suffix in entry.suffixes:
            path = folder / f"{entry.id.lower()}-{entry.name}{suffix}"
            if progress is not None:
                progress(path.name)
            made.append(write(entry, planned, path))
        if entry.id == "F6":
            for extra in more_examples():
                path = folder / f"f6-{extra[0]}.png"
                if progress is not None:
                    progress(path.name)
                made.append(write(entry, extra[1], path))
    if progress is not None:
        progress("index.html")
    from .index_page import index_page

    name = "the sample picture reef" if runs.is_reef else Path(getattr(runs, "name", "a picture")).name
    page = index_page(made, name, runs.image, runs.settings)
    codecs.write_atomically(folder / "index.html", page.encode(), overwrite=True)
    return made
