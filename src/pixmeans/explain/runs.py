"""The runs that figures show: alone in this package it asks the pipeline, and figures look at what it hands them."""

from __future__ import annotations

import functools
import os
from collections.abc import Collection
from typing import Any

from .. import codecs, pipeline
from ..clustering.races import Race, race
from ..clustering.seeding import STARTS, enough_cells, pca
from ..codecs.peers import webp
from ..codecs.truecolor import truecolor_png
from ..color.histogram import Histogram, count_colors
from ..color.spaces import SPACES
from ..errors import InputError, SettingsError
from ..flow.judge import Judge
from ..flow.result import Compressed
from ..flow.source import open_source
from ..image import Image
from ..quantize.prepared import PreparedImage
from ..settings import Settings
from . import samples
from .contest import Contest, contest
from .followed import Region, Target, WashOutSearch, is_wash_out, special, washed_out, worst_served
from .replay import Replay, squared_error
from .trace import Trace
from .wording import Judged, Other

SEEDS = 20  # runs of the figures about many starts
# Seeds of the search for a wash-out: so many at a time, and at most; and starts near the color at most.
TRIED, MOST_TRIED, MOST_HELD = 400, 2000, 100
WEBP_SIDE = 16383  # pixels: no WebP is wider or higher


class Runs:
    """One picture and its runs, each made when it is first asked for.

    source: whatever `compress` takes; None is the sample `reef`. settings: what the runs have in common,
    `Settings.article()` unless given. region: what figures of a lost color follow, and what loupes show.
    asked: names of those settings that somebody asked for: figures with settings of their own keep these, too.
    Raises SettingsError, InputError.
    """

    def __init__(
        self,
        source: Any = None,
        settings: Settings | None = None,
        region: Region | None = None,
        asked: Collection[str] = (),
    ) -> None:
        self.settings = settings or Settings.article()
        self.asked = frozenset(asked)
        self.is_reef = source is None
        self.name: str | None = None
        if source is None:
            source = truecolor_png(samples.reef())
        elif isinstance(source, (str, os.PathLike)):
            self.name = os.fspath(source)
            source = codecs.read_bytes(source)
        elif hasattr(source, "read"):
            source = source.read()
        self.source = source
        plain = self.settings.but(
            importance=None, palette=None, free_colors=0, bit_depth=None
        )  # files that not all figures need
        opened = open_source(source, plain, name=self.name)
        self.notes = opened.notes  # what a person should know of it, such as that it is the first frame of many
        self.prepared = PreparedImage(opened.image)
        self.judge = Judge(self.prepared.original)
        if len(self.visible) == 0:
            raise InputError.invisible(self.name)
        if self.transparent and self.settings.k < 2:
            raise SettingsError("k must be at least 2 for a picture with transparent and visible pixels, got 1")
        if region is not None:
            x, y, width, height = region
            if not (0 <= x < x + width <= self.image.width and 0 <= y < y + height <= self.image.height):
                room = f"{self.image.width}x{self.image.height}"
                raise SettingsError(f"region must lie within {room} pixels, got {x},{y},{width},{height}")
        self.region = region
        self._others_clustered: dict[tuple[object, str | None], PreparedImage] = {}
        self._replays: dict[Settings, Replay] = {}
        self._results: dict[Settings, Compressed] = {}
        self._samples: dict[str, Runs] = {}

    @property
    def image(self) -> Image:
        """The picture as it is clustered."""
        return self.prepared.image

    @property
    def histogram(self) -> Histogram:
        """The histogram of its colors."""
        return self.prepared.histogram

    @property
    def visible(self) -> Histogram:
        """The histogram of the colors that are not fully transparent."""
        return self.prepared.visible

    @property
    def transparent(self) -> int:
        """1 if there are fully transparent pixels, which have an entry of their own, else 0."""
        return self.prepared.transparent

    def replay(self, settings: Settings) -> Replay:
        """The run of some settings, step by step: of several starts the first, and for a target with k as it is."""
        settings = settings.but(quality=None, max_bytes=None, n_init=1)
        if settings not in self._replays:
            prepared = self._clustered(settings)
            trace = Trace.of(pipeline.half_steps(prepared, settings), settings, self.image)
            self._replays[settings] = Replay(prepared, trace)
        return self._replays[settings]

    def _clustered(self, settings: Settings) -> PreparedImage:
        """The picture as `compress` clusters it: some settings allow no translucent pixels, a map says what counts."""
        alpha = (pipeline.threshold_of(settings, self.image), settings.matte) if self.image.has_alpha else (None, None)
        if alpha == (None, None) and settings.importance is None:
            return self.prepared
        key = (alpha, settings.importance)
        if key not in self._others_clustered:
            opened = open_source(self.source, settings, name=self.name)
            self._others_clustered[key] = pipeline.prepare(opened, settings)
        return self._others_clustered[key]

    def result(self, settings: Settings) -> Compressed:
        """The compressed picture of some settings, with its file."""
        if settings not in self._results:
            self._results[settings] = pipeline.compress(self.source, settings=settings, name=self.name)
        return self._results[settings]

    def quality(self, result: Compressed) -> float:
        """The SSIMULACRA2 of a result, 100 for the original itself."""
        return 100.0 if result.mse == 0 else self.judge.reference.ssimulacra2(result.indexed.to_image())

    def judged_image(self, image: Image) -> tuple[float, float | None]:
        """SSIMULACRA2 and PSNR of what another codec made of the picture; 100 and None if no pixel differs."""
        psnr = self.judge.reference.psnr(image)
        return (100.0, None) if psnr is None else (self.judge.reference.ssimulacra2(image), psnr)

    def judged(self, settings: Settings) -> Judged:
        """The compressed picture of some settings, and how good it looks."""
        result = self.result(settings)
        return Judged(result, self.quality(result))

    def sample(self, name: str) -> Runs:
        """The runs of a sample picture with the same settings."""
        if name not in self._samples:
            settings = self.settings.but(importance=None)  # which fits one picture only
            self._samples[name] = Runs(truecolor_png(samples.SAMPLES[name]()), settings, asked=self.asked)
        return self._samples[name]

    def usual(self, **changes: Any) -> Settings:
        """The settings of `compress`, for figures that are not about plain k-means, with those that were asked for."""
        asked = {name: getattr(self.settings, name) for name in sorted(self.asked)}
        return Settings().but(**{**asked, **changes})

    def bare(self, **changes: Any) -> Settings:
        """The same without what would decide in place of a figure about k or dithering, or fits one picture only."""
        return self.usual(
            **{
                "quality": None,
                "max_bytes": None,
                "lossy": "off",
                "keep": (),
                "palette": None,
                "free_colors": 0,
                "color_bits": None,
                "bit_depth": None,
                "importance": None,
                **changes,
            }
        )

    def k_or(self, usual: int) -> int:
        """The number of colors that was asked for, or what a figure usually shows."""
        return self.settings.k if "k" in self.asked else usual

    @functools.cached_property
    def main(self) -> Replay:
        """The run that most figures show."""
        return self.replay(self.settings)

    @functools.cached_property
    def contest(self) -> Contest:
        """What all codecs make of the picture."""
        return contest(self)

    @functools.cached_property
    def others(self) -> tuple[Other, ...]:
        """What WebP makes of the original."""
        if max(self.image.width, self.image.height) > WEBP_SIDE:
            return ()
        found = []
        for name, lossless in (("lossless WebP", True), ("lossy WebP (quality 80)", False)):
            data, back = webp(self.image, lossless=lossless)
            error = float(squared_error(self.image, back).mean() ** 0.5)
            found.append(Other(name, len(data), error, 100.0 if lossless else self.judge.reference.ssimulacra2(back)))
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
    def wash_out(self) -> tuple[Replay, WashOutSearch | None]:
        """A run that starts near the target's color and loses it, if one is found, and how it was found."""
        colors_of = SPACES[self.settings.measured_in].colors
        chance = not STARTS[self.settings.init].deterministic
        if not chance or self.settings.k - self.transparent >= len(self.visible):
            return self.main, None  # every seed gives this run, or every color has a centroid
        held = lost = 0
        found = None
        for seed in range(MOST_TRIED):
            if seed % TRIED == 0 and found is not None:
                return self.replay(found), WashOutSearch(seed, held, lost)
            settings = self.settings.but(seed=seed)
            run = pipeline.half_steps(self._clustered(settings), settings)
            if self.target.distance(colors_of(next(run).centroids)).min() > 15:
                continue
            held += 1
            *_, last = run
            if self.target.distance(colors_of(last.centroids)).min() > 60:
                lost += 1
                if found is None and is_wash_out(washed_out(self.replay(settings), self.target)):
                    found = settings
            if held >= MOST_HELD and found is None:
                break
        return (self.replay(found), WashOutSearch(MOST_TRIED, held, lost)) if found else (self.main, None)

    def race(self, settings: Settings) -> Race:
        """Searches for the colors of some settings in equal time, among the means of 4 x 4 x 4 colors."""
        points = self._clustered(settings).points(settings)
        k = min(settings.k - self.transparent, len(points))
        points = enough_cells(points, k)
        return race(points, pca(points, k), settings.seed)

    def starts(self, k: int) -> tuple[Replay, ...]:
        """Runs with k colors and the seeds 1 to SEEDS."""
        return tuple(self.replay(self.settings.but(k=k, seed=seed)) for seed in range(1, SEEDS + 1))
