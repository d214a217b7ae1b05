"""Which palette: where it costs little, several ways to weigh colors are tried, and the best for its size is kept.

No single way is best for every picture. In OKLab with masking photos look best by far. An icon has no texture to hide
errors in, and a soft shadow is better in sRGB. Measured with 83 graphics and 16, 64 colors: the best of three ways has
1.1 and 0.5 points of SSIMULACRA2 more than the usual one, 9 and 6 % less error in sRGB, and files of the same size
(`benchmarks/graphics.py`).
"""

from __future__ import annotations

from math import log2

from .attempt import Attempt, EncodedImage
from .judge import LEAST_SCORE
from .look import SMALL_PIXELS

# Pictures of at most `SMALL_PIXELS` are tried in every way; flat ones, and those with alpha, up to this number.
FLAT_PIXELS = 1 << 20

# How many points of quality a file of half the size is worth. With 5 or 20 the pictures of `benchmarks/graphics.py`
# score the same within 0.1 points and 1 % of bytes.
POINTS_PER_HALF = 10.0


def best_file(usual: Attempt) -> EncodedImage:
    """The file of a picture, of all ways to weigh colors that its settings leave open the best for its size.

    It is written with all the effort that its settings ask for.
    """
    first, *others = best_designs(usual)
    if not others and not first.is_compared:
        return first.but(first.settings, encoder_effort=first.settings.optimize, is_last=True).file
    return usual.written_well(_best_of(usual, first, others))


def _best_of(usual: Attempt, first: Attempt, others: list[Attempt]) -> EncodedImage:
    """The best of several ways, of which `first` has the best plain indices.

    Lossy indices are searched for in that way. Where none are good enough there, those of the second way may be worth
    more.
    """
    file = first.file
    if not others or file.result.lambda_ is not None or file.settings != first.settings or not first.tries_lossy:
        return file
    second = others[0].file
    return max(file, second, key=lambda one: _value(_quality(usual, one), len(one.data)))


def best_designs(usual: Attempt) -> list[Attempt]:
    """The attempts at a picture, one for each way to weigh colors that is worth a try, the best for its size first.

    Plain indices are compared. The usual way stays first where another one cannot be told to be better: below
    `LEAST_SCORE` points.
    """
    ways = usual.settings.designs()
    if len(ways) == 1 or usual.prepared.given is not None or usual.palette.exact or not _costs_little(usual):
        return [usual]
    others = [usual.but(way) for way in ways[1:]]
    attempts = [usual, *(other for other in others if other.plain_quality >= LEAST_SCORE)]
    return sorted(attempts, key=lambda one: -_value(one.plain_quality, len(one.plain_file.data)))


def _costs_little(attempt: Attempt) -> bool:
    flat = attempt.prepared.image.has_alpha or attempt.is_flat
    return attempt.judge.area <= (FLAT_PIXELS if flat else SMALL_PIXELS)


def _quality(attempt: Attempt, file: EncodedImage) -> float:
    with attempt.clock("quality"):
        return attempt.judge.quality(file.result.indexed.to_image())


def _value(quality: float, size: int) -> float:
    """Points of quality, and what the size is worth."""
    return max(LEAST_SCORE, quality) - POINTS_PER_HALF * log2(size)
