"""An animation with the settings that reach a wanted quality or size.

Each try makes the whole file. What is tried are values of lambda, and fewer colors.
"""

from __future__ import annotations

from collections.abc import Callable
from math import inf

from .. import metrics
from ..settings import Settings
from .ladder import Choice, Ladder, Trial, choose
from .moving_file import MovingFile

# So many frames stand for all where their quality is measured.
MEASURED_FRAMES = 8


def measured_frames(count: int) -> frozenset[int]:
    """The numbers, from 0, of the frames that are measured, of so many.

    >>> sorted(measured_frames(3)), sorted(measured_frames(24))
    ([0, 1, 2], [1, 4, 7, 10, 13, 16, 19, 22])
    """
    most = min(count, MEASURED_FRAMES)
    return frozenset((2 * number + 1) * count // (2 * most) for number in range(most))


def best_moving(
    make: Callable[[Settings], MovingFile], settings: Settings, colors: int, fewest: int
) -> tuple[MovingFile, Choice]:
    """The smallest file of a quality or the best of a size, as the settings ask, and how it was found.

    make: a file of settings. colors: how many all frames have together. fewest: that a palette must have room for.
    """
    visual = settings.quality is None or settings.quality.metric == "ssimulacra2"

    def trial(tried: Settings) -> Trial:
        file = make(tried)
        score = file.quality if visual else metrics.psnr(file.mse)
        return Trial(tried, len(file.data), inf if score is None or file.mse == 0 else score, file)

    choice = choose(trial, _ladders(settings, colors, fewest), quality=settings.quality, max_bytes=settings.max_bytes)
    found: MovingFile = choice.best.outcome
    return found, choice


def _ladders(settings: Settings, colors: int, fewest: int) -> list[Ladder]:
    k = min(settings.k, colors + len(settings.keep))
    settings = settings.but(k=k)
    plain = settings.but(lossy="off")
    ladders = []
    if settings.allows_lossy and (k < colors or settings.palette_per == "frame"):
        ladders.append(Ladder.of_lambdas(settings, near=plain))
    if settings.palette is not None:
        return [*ladders, Ladder.of_one(plain)]
    return [*ladders, Ladder.of_colors(plain, min(max(fewest, len(settings.keep)), k))]
