"""The smallest file of a wanted quality, or the best one of a wanted size: whoever knows how makes files, we choose.

What can be varied is laid out as ladders: settings in a row whose quality and bytes rise from rung to rung. On each
ladder the rung is found by interpolating between those that were tried, in a handful of attempts; then the best of the
ladders wins. Quality and bytes rise only nearly, so that what is found is a rung whose neighbor below fails, not
always the first one that would do.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from math import inf, log2
from typing import Any

from ..rate.multiplier import STEPS_PER_OCTAVE, log2_lambda, power_of_two
from ..records import dataclass, field, replace
from ..settings import Quality, Settings

# Nearer than this to what is wanted there is little to gain: points of SSIMULACRA2 or dB above a quality, the share of
# a size below it.
CLOSE = 0.1
CLOSE_SIZE = 0.008

# Values of lambda that are tried, as powers of 1/2: 2**-7 leaves little of a photo, 2**-20 nearly all.
LAMBDAS_FROM = 7
LAMBDAS_TO = 20

# How far sizes may be below a straight line between those of two qualities, as a share for each doubling of what is
# varied: with half as many colors 2 to 9 % on photos.
STRAIGHT = 0.1

# Attempts on one ladder at most; five are usual.
PATIENCE = 14


@dataclass(frozen=True)
class Trial:
    """What came of some settings. quality: None where nobody asked. outcome: what was made, None once it lost."""

    settings: Settings
    size: int
    quality: float | None
    outcome: Any = field(default=None, repr=False, compare=False)

    @property
    def value(self) -> float:
        """The quality; without one the worst."""
        return -inf if self.quality is None else self.quality

    def to_dict(self) -> dict[str, Any]:
        """As JSON can hold it."""
        return {
            "k": self.settings.k,
            "dither": self.settings.dither,
            "lossy": self.settings.lossy,
            "bytes": self.size,
            "quality": self.quality,
        }


@dataclass(frozen=True)
class Choice:
    """The attempt that was chosen, whether it is what was wanted, and all that were made, in order."""

    best: Trial
    reached: bool
    attempts: tuple[Trial, ...]


@dataclass(frozen=True)
class FewerColors:
    """Where k colors are better than more of them. Both as `log2_lambda`, in 64ths.

    least: the lambda from which on they are. more: how much larger lambda must be with k colors at the same quality.
    """

    least: int
    k: int
    more: int


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

    @classmethod
    def of_lambdas(cls, settings: Settings, around: float | None = None, fewer: Sequence[FewerColors] = ()) -> Ladder:
        """These settings with lossy indices at falling lambda, from where little is left to where nearly all is.

        around: only those up to 1.4 times as large or small as this one.
        fewer: where fewer colors are better, by ascending lambda.
        """
        lowest, highest = -STEPS_PER_OCTAVE * LAMBDAS_TO, -STEPS_PER_OCTAVE * LAMBDAS_FROM
        if around is not None:
            lowest, highest = (
                max(lowest, log2_lambda(around) - STEPS_PER_OCTAVE // 2),
                min(highest, log2_lambda(around) + STEPS_PER_OCTAVE // 2),
            )
        places = range(highest, lowest - 1, -1)
        rungs = []
        for place in places:
            k, more = settings.k, 0
            for one in fewer:
                if place >= one.least and one.k < settings.k:
                    k, more = one.k, one.more
            rungs.append(settings.but(k=k, lossy=power_of_two(place + more)))
        return cls(rungs, [-place / STEPS_PER_OCTAVE for place in places])


def choose(
    attempt: Callable[[Settings], Trial],
    ladders: Sequence[Ladder],
    *,
    quality: Quality | None = None,
    max_bytes: int | None = None,
) -> Choice:
    """The smallest attempt of at least a quality; or the best one of at most a size; or, if both are wanted, the
    smallest of that quality if it is not too large, else the best that is not.

    attempt: makes a file; it must tell the quality. ladders: at least one, none empty.
    Where nothing will do, the nearest there is: the best quality, or the smallest file.

    >>> made = lambda settings: Trial(settings, 100 * settings.k, float(settings.k))
    >>> ladder = Ladder.of_colors(Settings(k=256))
    >>> choose(made, [ladder], quality=Quality("psnr", 40, 40)).best.size
    4000
    >>> choose(made, [ladder], max_bytes=1234).best.size
    1200
    """
    search = _Search(attempt, {}, [])
    if quality is not None:
        best = search.smallest(ladders, quality.aim)
        if max_bytes is None or best.size <= max_bytes:
            return search.choice(best, best.value >= quality.least)
    assert max_bytes is not None
    best = search.best_of(ladders, max_bytes)
    return search.choice(best, best.size <= max_bytes and (quality is None or best.value >= quality.least))


@dataclass
class _Search:
    """Makes attempts, each once."""

    make: Callable[[Settings], Trial]
    known: dict[Settings, Trial]
    attempts: list[Trial]

    def attempt(self, settings: Settings) -> Trial:
        """The attempt with these settings."""
        if settings not in self.known:
            self.known[settings] = self.make(settings)
            self.attempts.append(self.known[settings])
        return self.known[settings]

    def smallest(self, ladders: Sequence[Ladder], aim: float) -> Trial:
        """The smallest attempt of a quality; where none has it, the best."""
        found: list[Trial] = []
        for ladder in ladders:
            least = min((one.size for one in found if one.value >= aim), default=inf)

            def hopeless(low: Trial | None, high: Trial, width: float, least: float = least) -> bool:
                if low is None:
                    return False
                share = (aim - low.value) / (high.value - low.value)
                between = low.size + share * (high.size - low.size)
                return low.size >= least or between > (1 + STRAIGHT * width) * least

            found.append(self.climb(ladder, lambda one: one.value - aim, CLOSE, hopeless=hopeless))
        reaching = [one for one in found if one.value >= aim]
        if reaching:
            return min(reaching, key=lambda one: one.size)
        return max(found, key=lambda one: (one.value, -one.size))

    def best_of(self, ladders: Sequence[Ladder], limit: int) -> Trial:
        """The best attempt of at most a size; where none is so small, the smallest."""
        between = limit + 0.5  # the largest size that fits and the smallest that does not
        for ladder in ladders:
            most = max((one.value for one in self.attempts if one.size <= limit), default=-inf)
            self.climb(
                ladder,
                lambda one: one.size - between,
                CLOSE_SIZE * limit,
                below=True,
                hopeless=lambda low, high, width: high.value <= most,  # noqa: B023
            )
        fitting = [one for one in self.attempts if one.size <= limit]
        if fitting:
            return max(fitting, key=lambda one: (one.value, -one.size))
        return min(self.attempts, key=lambda one: one.size)

    def climb(
        self,
        ladder: Ladder,
        surplus: Callable[[Trial], float],
        close: float,
        *,
        below: bool = False,
        hopeless: Callable[[Trial | None, Trial, float], bool],
    ) -> Trial:
        """The lowest rung with a surplus of at least 0; with `below` the one under it. Where all rungs lie on one
        side, the last one towards the other.

        close: a surplus so small (with `below`: so little missing) is good enough. hopeless: whether nothing
        between two rungs (None: below all), of which the second alone has a surplus, can win; the third argument is how
        far apart their places are.
        """
        low, high = -1, len(ladder.rungs) - 1
        if surplus(self.attempt(ladder.rungs[high])) < 0:
            return self.attempt(ladder.rungs[high])
        halve = True
        for _ in range(PATIENCE):
            if high - low <= 1:
                break
            over, under = self.attempt(ladder.rungs[high]), self.attempt(ladder.rungs[low]) if low >= 0 else None
            end, start = surplus(over), -inf if under is None else surplus(under)
            # Between the two that are known, as if the surplus rose evenly; every other time in the middle if that
            # leaves too much on one side.
            width, (bottom, top) = high - low, (ladder.places[max(low, 0)], ladder.places[high])
            if (-start if below else end) <= close or hopeless(under, over, top - bottom):
                break
            share = 0.5 if halve or low < 0 else -start / (end - start)
            middle = bisect_left(ladder.places, bottom + share * (top - bottom), low + 1, high - 1)
            if surplus(self.attempt(ladder.rungs[middle])) < 0:
                low = middle
            else:
                high = middle
            halve = not halve and high - low > width // 2
        return self.attempt(ladder.rungs[low if below and low >= 0 else high])

    def choice(self, best: Trial, reached: bool) -> Choice:
        """The result; what was made for the losers is let go."""
        return Choice(best, reached, tuple(replace(one, outcome=None) for one in self.attempts))
