"""The smallest file of a wanted quality, or the best one of a wanted size: whoever knows how makes files, we choose.

What can be varied is laid out as ladders: settings in a row whose quality and bytes rise from rung to rung. On each
ladder the rung is found by interpolating between those that were tried, in a handful of attempts; then the best of the
ladders wins. Quality and bytes rise only nearly, so that what is found is a rung whose neighbour below fails, not
always the first one that would do.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from math import log2
from typing import Any

from .settings import Quality, Settings

# Nearer than this to what is wanted there is little to gain: points of SSIMULACRA2 or dB above a quality, the share of
# a size below it.
CLOSE = 0.25
CLOSE_SIZE = 0.015

# Attempts on one ladder at most; five are usual.
PATIENCE = 14


@dataclass(frozen=True)
class Attempt:
    """What came of some settings. quality: None where nobody asked. outcome: what was made, None once it lost."""

    settings: Settings
    size: int
    quality: float | None
    outcome: Any = field(default=None, repr=False, compare=False)

    def to_dict(self) -> dict[str, Any]:
        """As JSON can hold it."""
        return {"k": self.settings.k, "dither": self.settings.dither, "bytes": self.size, "quality": self.quality}


@dataclass(frozen=True)
class Choice:
    """The attempt that was chosen, whether it is what was wanted, and all that were made, in order."""

    best: Attempt
    reached: bool
    attempts: tuple[Attempt, ...]


@dataclass(frozen=True)
class Ladder:
    """Settings in a row, each with more quality and more bytes than the one before.

    places: a number for each, ascending, with which quality rises about evenly.
    """

    rungs: Sequence[Settings]
    places: Sequence[float]

    @classmethod
    def of_colors(cls, settings: Settings, fewest: int = 1) -> Ladder:
        """These settings with `fewest` colors and more, up to as many as they have."""
        counts = range(fewest, max(fewest, settings.k) + 1)
        return cls([settings.but(k=k) for k in counts], [log2(k) for k in counts])


def choose(
    attempt: Callable[[Settings], Attempt],
    ladders: Sequence[Ladder],
    *,
    quality: Quality | None = None,
    max_bytes: int | None = None,
) -> Choice:
    """The smallest attempt of at least a quality; or the best one of at most a size; or, if both are wanted, the
    smallest of that quality if it is not too large, else the best that is not.

    attempt: makes a file; it must tell the quality. ladders: at least one, none empty.
    Where nothing will do, the nearest there is: the best quality, or the smallest file.

    >>> made = lambda settings: Attempt(settings, 100 * settings.k, float(settings.k))
    >>> ladder = Ladder.of_colors(Settings(k=256))
    >>> choose(made, [ladder], quality=Quality("psnr", 40, 40)).best.size
    4000
    >>> choose(made, [ladder], max_bytes=1234).best.size
    1200
    """
    search = _Search(attempt, {}, [])
    if quality is not None:
        aim = quality.aim
        found = [search.climb(ladder, lambda one: (one.quality or 0.0) - aim, CLOSE) for ladder in ladders]
        reaching = [one for one in found if one.quality is not None and one.quality >= aim]
        if reaching:
            best = min(reaching, key=lambda one: one.size)
        else:
            best = max(found, key=lambda one: (one.quality or 0.0, -one.size))
        if max_bytes is None or best.size <= max_bytes:
            return search.choice(best, best.quality is not None and best.quality >= quality.least)
    assert max_bytes is not None
    limit = max_bytes + 0.5  # between the largest size that fits and the smallest that does not
    for ladder in ladders:
        search.climb(ladder, lambda one: one.size - limit, CLOSE_SIZE * limit, below=True)
    fitting = [one for one in search.attempts if one.size <= limit]
    if fitting:
        best = max(fitting, key=lambda one: (one.quality or 0.0, -one.size))
    else:
        best = min(search.attempts, key=lambda one: one.size)
    good = quality is None or (best.quality is not None and best.quality >= quality.least)
    return search.choice(best, bool(fitting) and good)


@dataclass
class _Search:
    """Makes attempts, each once."""

    make: Callable[[Settings], Attempt]
    known: dict[Settings, Attempt]
    attempts: list[Attempt]

    def attempt(self, settings: Settings) -> Attempt:
        """The attempt with these settings."""
        if settings not in self.known:
            self.known[settings] = self.make(settings)
            self.attempts.append(self.known[settings])
        return self.known[settings]

    def climb(
        self, ladder: Ladder, surplus: Callable[[Attempt], float], close: float, *, below: bool = False
    ) -> Attempt:
        """The lowest rung with a surplus of at least 0; with `below` the one under it. Where all rungs lie on one
        side, the last one towards the other."""
        low, high = 0, len(ladder.rungs) - 1
        values: dict[int, float] = {}

        def value(rung: int) -> float:
            if rung not in values:
                values[rung] = surplus(self.attempt(ladder.rungs[rung]))
            return values[rung]

        if value(high) < 0:
            return self.attempt(ladder.rungs[high])
        if value(low) >= 0:
            return self.attempt(ladder.rungs[low])
        halve = False
        for _ in range(PATIENCE):
            if high - low <= 1 or (-values[low] if below else values[high]) <= close:
                break
            # Between the two that are known, as if the surplus rose evenly; every other time in the middle if that
            # leaves too much on one side.
            width, (start, end) = high - low, (ladder.places[low], ladder.places[high])
            share = 0.5 if halve else -values[low] / (values[high] - values[low])
            middle = bisect_left(ladder.places, start + share * (end - start), low + 1, high - 1)
            if value(middle) < 0:
                low = middle
            else:
                high = middle
            halve = not halve and high - low > width // 2
        return self.attempt(ladder.rungs[low if below else high])

    def choice(self, best: Attempt, reached: bool) -> Choice:
        """The result; what was made for the losers is let go."""
        return Choice(best, reached, tuple(replace(one, outcome=None) for one in self.attempts))
