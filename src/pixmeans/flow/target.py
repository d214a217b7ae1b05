"""A picture with the settings that reach a wanted quality or size."""

from __future__ import annotations

from dataclasses import replace
from math import floor, inf

from .. import metrics
from ..quantize.prepared import PreparedImage
from ..rate.multiplier import log2_lambda
from ..settings import Quality, Settings
from .attempt import EncodedImage, encoded, error_of, make
from .ladder import Attempt, Choice, Ladder, choose
from .stopwatch import Stopwatch

# The most effort of the encoder while a target is searched for; what is chosen gets all of it.
SEARCH_OPTIMIZE = 2

# From which price of bits on how many colors are best, by SSIMULACRA2, and how much dearer bits are at the same quality
# than with 256 colors. Prices relative to the error that k-means leaves with 256 colors, which is 2**-0.8 of that with
# half as many; all in 64ths of a doubling. Measured on 26 photos: at 50, 30 and 10 points files are 1, 3 and 5 %
# smaller than with 256 colors at any price, and within 1 % of the best k.
FEWER = ((58, 192, 2), (100, 128, 7), (136, 96, 12), (224, 64, 18), (288, 48, 32))
HALVED = 0.8


def make_to_target(prepared: PreparedImage, settings: Settings, clock: Stopwatch) -> tuple[EncodedImage, Choice]:
    """The picture with the settings that reach its target, and how they were found."""
    quality = None if settings.quality is None else Quality.parse(settings.quality)

    def attempt(tried: Settings) -> Attempt:
        made = make(prepared, tried, clock, writing=quick.optimize)
        with clock("quality"):
            if made.quantized.mse == 0:
                score = inf
            elif quality is None or quality.metric == "ssimulacra2":
                score = prepared.reference.ssimulacra2(made.quantized.indexed.to_image())
            else:
                score = metrics.psnr(made.quantized.mse) or inf
        return Attempt(tried, len(made.data), score, made)

    quick = settings.but(k=min(settings.k, len(prepared.histogram)), optimize=min(settings.optimize, SEARCH_OPTIMIZE))
    seen = quality is None or quality.metric == "ssimulacra2"
    choice = choose(attempt, _ways(prepared, quick, seen, clock), quality=quality, max_bytes=settings.max_bytes)
    found = choice.best.settings
    if settings.optimize > quick.optimize and isinstance(found.lossy, float):  # better runs need other prices
        thorough = found.but(optimize=settings.optimize)
        ladder = Ladder.of_prices(thorough, around=found.lossy)
        limit = settings.max_bytes
        if limit is not None:  # attempts are written quickly: what fits is a little more
            one = make(prepared, thorough, clock, writing=quick.optimize)
            limit = limit * len(one.data) // len(_thoroughly(one, settings, clock).data) * 997 // 1000
        more = choose(attempt, [ladder], quality=quality, max_bytes=limit)
        more = replace(more, attempts=choice.attempts + more.attempts)
        made = _thoroughly(more.best.outcome, settings, clock)
        if settings.max_bytes is None or len(made.data) <= settings.max_bytes:
            return made, more
        choice = replace(choice, attempts=more.attempts)
    made = choice.best.outcome
    return _thoroughly(made, settings, clock) if settings.optimize > quick.optimize else made, choice


def _thoroughly(made: EncodedImage, settings: Settings, clock: Stopwatch) -> EncodedImage:
    """The same written with all the effort that is asked for."""
    return min(made, encoded(made.quantized, settings, clock), key=lambda one: len(one.data))


def _ways(prepared: PreparedImage, settings: Settings, seen: bool, clock: Stopwatch) -> list[Ladder]:
    """What a search for a target tries: prices of bits, and fewer colors, dithered and not.

    seen: whether quality is what the eye sees; only then fewer colors are tried together with prices.
    """
    ladders = []
    fewest = max(1, len(settings.keep)) + int(prepared.transparent and len(prepared.histogram) > 1)
    if settings.allows_lossy and settings.k < len(prepared.histogram):
        fewer: list[tuple[int, int, int]] = []
        if seen and settings.space == "oklab" and settings.palette is None and settings.format != "gif":
            error = log2_lambda(error_of(prepared, settings, clock)) + floor(HALVED * log2_lambda(settings.k / 256))
            fewer = [(error + least, k, dearer) for least, k, dearer in FEWER if k >= fewest]
        ladders.append(Ladder.of_prices(settings, fewer=fewer))
    plain = settings.but(lossy="off")
    ways = [plain, plain.but(dither="none")] if settings.dither == "auto" else [plain]
    if settings.palette is not None:
        return ladders + [Ladder([way], [0.0]) for way in ways]
    return ladders + [Ladder.of_colors(way, fewest) for way in ways]
