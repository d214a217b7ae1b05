"""Fewer colors should not give a file that is larger and worse than more of them.

Dithering takes bytes. With few colors it may take more of them than many colors do, which need none or less: a chart of
16 flat colors is 1.4 kB, and dithered with 8 it is 7.2 kB and worse. Who asks for fewer colors asks for a smaller file,
so then dithering is held to the size of the file with more, unless that would ruin the picture.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import log2

from ..choices import MAX_INDEXED
from ..settings import Settings
from .attempt import Attempt, EncodedImage
from .judge import LEAST_SCORE
from .ladder import Ladder, Trial, choose
from .look import SMALL_PIXELS

# What more colors give is guessed first: guesses that are this much larger count, too.
NEARLY = 1.1

# Quickly written files that would be larger even with this share of their bytes are not looked at.
SURELY = 0.7

# Lossy indices are not searched for where plain ones of twice as many colors take so many times the bytes: of 143
# pictures with 16 and 32 colors lossy ones then took 1.14 times as many and more.
A_DOUBLING = 1.25

# Undithered indices of so much quality are what a picture gets, or nearly: its file need not be made.
CLEAR = 80.0

# With twice as many colors a file is held to as much, with four times as many to this share of it, and so on, as these
# files may be held to less themselves.
MARGIN = 0.98

# What less dithering may lose, in points of quality: a few, and more where it makes the file much smaller, for half the
# size so many. Pixel art whose 32 colors are mixed of 16 stays dithered.
MAY_LOSE = 5.0
POINTS_A_HALVING = 11.0

# Strengths of dithering that are tried where all of it takes too many bytes.
STRENGTHS = tuple(step / 20 for step in range(21))

# Undithered files are expected to have this share of the bytes of fully dithered ones: where to begin to search.
LEAST_SHARE = 0.5


def held_to_more_colors(usual: Attempt, file: EncodedImage, best: Callable[[Attempt], EncodedImage]) -> EncodedImage:
    """The same file, or the best that is smaller than those of 2, 4, 8 ... times as many colors, if these are better.

    Of pictures that are not small only twice as many are looked at.
    best: makes the file of an attempt. It is asked for more colors only where guesses say that these may be better.
    """
    settings = usual.settings
    dithered = settings.dithers_as_needed and file.settings.dither != "none"
    if not dithered or usual.prepared.given is not None or settings.lambda_ is not None:
        return file
    most = MAX_INDEXED if settings.bit_depth is None else 1 << settings.bit_depth
    quality, size, share, k = _quality(usual, file), len(file.data) + 1, 1.0, 2 * settings.k
    farthest = most if usual.judge.area <= SMALL_PIXELS else min(most, 2 * settings.k)
    while k <= farthest:
        rival = _rival(usual.but(settings.but(k=k)), file, quality, best)
        if rival is None:
            break
        if len(rival.data) <= len(file.data) and _quality(usual, rival) > quality:
            size = min(size, int(share * len(rival.data)))
        share, k = MARGIN * share, 2 * k
    if size > len(file.data):
        return file
    less = _best_below(usual, file, size)
    if len(less.data) >= size:  # no dithering at all is too large as well
        return file
    lost = max(LEAST_SCORE, quality) - max(LEAST_SCORE, _quality(usual, less))
    return less if lost <= max(MAY_LOSE, POINTS_A_HALVING * log2(len(file.data) / len(less.data))) else file


def _rival(
    more: Attempt, file: EncodedImage, quality: float, best: Callable[[Attempt], EncodedImage]
) -> EncodedImage | None:
    """The file of more colors, if it may be better than another one and hardly larger; None if not."""
    largest = NEARLY * len(file.data)
    for quickly in _guesses(more, file):
        if SURELY * len(quickly.data) > largest:
            continue
        guess = more.written_well(quickly)
        if len(guess.data) > largest:
            continue
        its_quality = _quality(more, guess)
        if its_quality <= quality:
            continue
        return guess if its_quality >= CLEAR and guess.settings.dither == "none" else best(more)
    return None


def _guesses(more: Attempt, file: EncodedImage) -> Iterator[EncodedImage]:
    """What more colors may give, quickly written: undithered indices, and what comes of the same way."""
    yield more.but(more.settings.bare).plain_file
    way = more.but(file.settings.but(lossy=more.settings.lossy))
    same = way.but(way.settings.but(k=more.settings.k))
    if file.result.lambda_ is not None and same.tries_lossy:
        share = len(same.plain_file.data) / len(way.plain_file.data)
        if share > A_DOUBLING ** log2(same.settings.k / way.settings.k):
            return
    yield same.file


def _quality(attempt: Attempt, file: EncodedImage) -> float:
    with attempt.clock("quality"):
        return attempt.judge.verdict(file.result.indexed).quality


def _best_below(usual: Attempt, file: EncodedImage, size: int) -> EncodedImage:
    """The best file of fewer bytes, less dithered, with the lambda that was found; if there is none, the smallest."""
    lambda_ = file.result.lambda_
    way = file.settings.but(dither=usual.settings.dither, lossy="off" if lambda_ is None else lambda_)
    rungs = [way.but(dither_strength=one) for one in STRENGTHS]
    ladder = Ladder(rungs, STRENGTHS, [LEAST_SHARE + (1 - LEAST_SHARE) * one for one in STRENGTHS], rungs[-1])

    def trial(settings: Settings) -> Trial:
        made = usual.but(settings).file
        if SURELY * len(made.data) < size:
            made = usual.written_well(made)
        return Trial(settings, len(made.data), _quality(usual, made), made)

    found: EncodedImage = choose(trial, [ladder], max_bytes=size - 1).best.outcome
    if len(found.data) < size or lambda_ is None:
        return found
    bare = usual.but(way.bare)  # lossy indices mix colors even where they are not dithered
    return min(found, bare.written_well(bare.plain_file), key=lambda one: len(one.data))
