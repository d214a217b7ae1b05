"""A picture with the settings that reach a wanted quality or size."""

from __future__ import annotations

from functools import cached_property
from math import floor, inf

from .. import metrics
from ..rate.lz77 import Lz77Scene
from ..rate.multiplier import log2_lambda
from ..rate.searches import SEARCHES
from ..records import replace
from ..settings import Settings
from .attempt import Attempt, EncodedImage
from .designs import best_designs
from .ladder import Choice, FewerColors, Ladder, Trial, choose
from .look import SMALL_PIXELS

# The most effort of the encoder while a target is searched for; what is chosen gets all of it.
SEARCH_OPTIMIZE = 2

# Where fewer colors are better than 256, by SSIMULACRA2; `least` relative to the error that k-means leaves with 256
# colors, which is 2**-HALVED of that with half as many. Measured with `Lz77Scene` on 26 photos: at 50, 30 and 10 points
# files are 1, 3 and 5 % smaller than with 256 colors at any lambda, and within 1 % of the best k.
FEWER = (
    FewerColors(least=58, k=192, more=2),
    FewerColors(least=100, k=128, more=7),
    FewerColors(least=136, k=96, more=12),
    FewerColors(least=224, k=64, more=18),
    FewerColors(least=288, k=48, more=32),
)
HALVED = 0.8

# Errors are taken for at least this, as lambdas are looked at relative to them.
LEAST_ERROR = 2.0**-40

# While a size is searched for, files are written quickly: as a first guess more effort leaves this share of them. Those
# outside these shares of what is wanted are not written again.
SHARE = 0.94
FAR_BELOW, FAR_ABOVE = 0.8, 1.4

# How large a file may be that is written with the effort of a search is told by one file, less three thousandths for
# what that does not tell.
SIZE_MARGIN = 997


def best_attempt(first: Attempt) -> tuple[EncodedImage, Choice]:
    """The smallest file of a quality or the best of a size, as the settings of an attempt ask, and how it was found."""
    return _Target(first).best()


class _Target:
    """A wanted quality, a wanted size, or both, of one picture."""

    def __init__(self, first: Attempt) -> None:
        self.first = first
        self.settings = settings = first.settings
        self.quality, self.max_bytes = settings.quality, settings.max_bytes
        self.share = SHARE  # of a quickly written file that is left with more effort
        self.visual = self.quality is None or self.quality.metric == "ssimulacra2"
        k = min(settings.k, len(first.prepared.histogram) + len(settings.keep))
        self.quick = settings.but(k=k, optimize=min(settings.optimize, SEARCH_OPTIMIZE))

    def best(self) -> tuple[EncodedImage, Choice]:
        """The file and how it was found."""
        choice = choose(self.trial, self.ladders(), quality=self.quality, max_bytes=self.max_bytes)
        found: EncodedImage = choice.best.outcome
        if self.settings.optimize == self.quick.optimize:
            return self.written_well(found), choice
        lambda_ = choice.best.settings.lambda_
        if lambda_ is not None:
            more = self.with_all_effort(choice, lambda_)
            file = self.written_well(more.best.outcome)
            if self.max_bytes is None or len(file.data) <= self.max_bytes:
                return file, more
            choice = replace(choice, attempts=more.attempts)
        return self.written_well(found), choice

    def with_all_effort(self, choice: Choice, lambda_: float) -> Choice:
        """A second search near the lambda of the first: indices of more effort need another one."""
        thorough = choice.best.settings.but(optimize=self.settings.optimize)
        limit = self.max_bytes
        if limit is not None:
            quickly = self.written_fairly(self.first.but(thorough).file)
            limit = limit * len(quickly.data) // len(self.written_well(quickly).data) * SIZE_MARGIN // 1000
        ladder = Ladder.of_lambdas(thorough, self.error, around=lambda_)
        more = choose(self.trial, [ladder], quality=self.quality, max_bytes=limit)
        return replace(more, attempts=choice.attempts + more.attempts)

    def trial(self, settings: Settings) -> Trial:
        """The file of some settings, and its quality.

        Of files that are surely larger than wanted the size is an estimate. Others never turn out larger than told.
        """
        attempt = self.first.but(settings)
        file = attempt.file
        size = len(file.data)
        if self.max_bytes is not None and size > FAR_BELOW * self.max_bytes:
            size = round(self.share * size)
            if size <= FAR_ABOVE * self.max_bytes:
                quickly, file = file, self.written_fairly(file)
                size = len(file.data)
                self.share = size / len(quickly.data)
        with attempt.clock("quality"):
            if file.result.mse == 0:
                score = inf
            elif self.visual:
                score = attempt.original.quality(file.result.indexed)
            else:
                score = metrics.psnr(file.result.mse) or inf
        return Trial(settings, size, score, file)

    def written_fairly(self, file: EncodedImage) -> EncodedImage:
        """The same written with the effort of a search."""
        effort = min(file.settings.optimize, SEARCH_OPTIMIZE)
        if file.encoder_effort >= effort:
            return file
        attempt = self.first.but(file.settings, encoder_effort=effort)
        return min(file, attempt.encoded(file.result), key=lambda one: len(one.data))

    def written_well(self, file: EncodedImage) -> EncodedImage:
        """The same written with all the effort that is asked for."""
        return self.first.written_well(replace(file, settings=file.settings.but(optimize=self.settings.optimize)))

    def ladders(self) -> list[Ladder]:
        """What is tried: values of lambda, and fewer colors, dithered and not."""
        settings, prepared = self.quick, self.first.prepared
        fewest = max(1, len(settings.keep)) + int(prepared.transparent and len(prepared.histogram) > 1)
        fewest = min(fewest, settings.k)  # where that is no room for them, the palette says so
        plain = settings.but(lossy="off")
        # The way that is best with all colors, then the usual one.
        ways = [best_designs(self.first.but(plain))[0].settings, plain]
        if settings.dither == "auto":
            ways.append(plain.but(dither="none"))
        ways = list(dict.fromkeys(ways))
        photo = self.visual and not (self.first.is_flat or prepared.image.has_alpha)
        if prepared.given is None:
            large = self.first.judge.area > SMALL_PIXELS
            ladders = [Ladder.of_colors(way, fewest, photo=photo and large) for way in ways]
        else:
            ladders = [Ladder.of_one(way) for way in ways]
        if settings.allows_lossy and settings.k < len(prepared.histogram):
            fewer = self.fewer_colors(fewest)
            lossy = Ladder.of_lambdas(settings, self.error if photo else None, near=ways[0], fewer=fewer)
            # What is usually the smallest comes first, as others are then left early.
            ladders.insert(0 if photo else 1, lossy)
        return ladders

    @cached_property
    def error(self) -> float:
        """The mean squared OKLab distance that k-means leaves; above 0."""
        return max(self.first.but(self.quick).lossy_picture.error, LEAST_ERROR)

    def fewer_colors(self, fewest: int) -> list[FewerColors]:
        """Where fewer colors are tried together with lambdas: only where quality is what the eye sees."""
        settings = self.quick
        measured = SEARCHES[settings.formats[-1]].scene is Lz77Scene
        if not self.visual or settings.measured_in != "oklab" or settings.palette is not None or not measured:
            return []
        error = log2_lambda(self.error) + floor(HALVED * log2_lambda(settings.k / 256))
        return [replace(one, least=error + one.least) for one in FEWER if one.k >= fewest]
