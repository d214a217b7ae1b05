"""Fewer colors never give a file that is larger and worse than more of them.

Dithering takes bytes. With few colors it may take more of them than twice as many colors do, which need none or less:
a chart of 16 flat colors is 1.4 kB, and dithered with 8 it is 7.2 kB and worse. Who asks for fewer colors asks for a
smaller file, so then dithering is held to the size of the file with twice as many.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ..choices import MAX_INDEXED
from ..rate.multiplier import STEPS_PER_OCTAVE
from ..settings import Settings
from .attempt import Attempt, EncodedImage
from .judge import LEAST_SCORE
from .ladder import Ladder, Trial, choose
from .look import SMALL_PIXELS

# What twice as many colors give is guessed first: guesses that are this much larger count, too.
NEARLY = 1.1

# Strengths of dithering that are tried where all of it takes too many bytes.
STRENGTHS = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)

# Every so many values of lambda one is tried: a fourth of an octave apart.
COARSE = STEPS_PER_OCTAVE // 4


def held_to_more_colors(usual: Attempt, file: EncodedImage, best: Callable[[Attempt], EncodedImage]) -> EncodedImage:
    """The same file, or the best one that is smaller than that of twice as many colors, where these give a better one.

    best: makes the file of an attempt. It is asked for more colors only where a guess says that these may be better.
    """
    settings = usual.settings
    dithered = settings.dithers_as_needed and file.settings.dither != "none"
    if (
        not dithered
        or usual.prepared.given is not None
        or settings.lambda_ is not None
        or 2 * settings.k > _most_colors(settings)
    ):
        return file
    more = usual.but(settings.but(k=2 * settings.k))
    quality = _quality(usual, file)
    if not any(_beats(usual, one, file, quality) for one in _guesses(usual, more, file, quality)):
        return file
    rival = best(more)
    if len(rival.data) > len(file.data) or _quality(usual, rival) <= quality:
        return file
    return _best_below(usual, file, len(rival.data))


def _most_colors(settings: Settings) -> int:
    return MAX_INDEXED if settings.bit_depth is None else min(MAX_INDEXED, 1 << settings.bit_depth)


def _guesses(usual: Attempt, more: Attempt, file: EncodedImage, quality: float) -> Iterator[EncodedImage]:
    """What more colors may give, quickly made: undithered indices; of small pictures what comes of the same way.

    That is for lossy indices, whose bytes need not rise with colors, and where there are too few points for them.
    """
    bare = more.but(more.settings.but(dither="none", lossy="off"))
    yield bare.written_well(bare.plain_file)
    if usual.judge.area <= SMALL_PIXELS and (file.result.lambda_ is not None or quality < LEAST_SCORE):
        same = more.but(file.settings.but(k=more.settings.k, lossy=more.settings.lossy))
        yield same.written_well(same.file)


def _beats(usual: Attempt, guess: EncodedImage, file: EncodedImage, quality: float) -> bool:
    """Whether a file is better than another one and hardly larger."""
    return len(guess.data) <= NEARLY * len(file.data) and _quality(usual, guess) > quality


def _quality(usual: Attempt, file: EncodedImage) -> float:
    with usual.clock("quality"):
        return usual.judge.verdict(file.result.indexed).quality


def _best_below(usual: Attempt, file: EncodedImage, size: int) -> EncodedImage:
    """The best file of fewer bytes: less dithered, or with lossy indices. Where there is none, the smallest."""
    way = file.settings.but(dither=usual.settings.dither, lossy="off")
    ladders = [Ladder([way.but(dither_strength=one) for one in STRENGTHS], STRENGTHS)]
    if usual.tries_lossy:
        lambdas = Ladder.of_lambdas(way.but(dither_strength=None, lossy="on"))
        ladders.append(Ladder(lambdas.rungs[::COARSE], lambdas.places[::COARSE]))

    def trial(settings: Settings) -> Trial:
        made = usual.written_well(usual.but(settings).file)
        return Trial(settings, len(made.data), _quality(usual, made), made)

    found: EncodedImage = choose(trial, ladders, max_bytes=size - 1).best.outcome
    return found
