"""The smallest file of a wanted quality, or the best one of a wanted size: whoever knows how makes files, we choose.

What can be varied is laid out as ladders: settings in a row whose quality and bytes rise from rung to rung. A ladder
tells what is expected of its rungs beside settings that are tried first, so that the search begins near its end; from
then on it goes where the line through what was tried meets what is wanted. Then the best of the ladders wins. Quality
and bytes rise only nearly, so that what is found is a rung whose neighbor below fails, not always the first one that
would do.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from functools import partial
from math import inf, log2, sqrt
from typing import Any, overload

from ..rate.multiplier import STEPS_PER_OCTAVE, log2_lambda, power_of_two
from ..records import dataclass, field, replace
from ..settings import Quality, Settings

# Nearer than this to what is wanted there is little to gain: points of SSIMULACRA2 or dB above a quality, the share of
# a size below it.
CLOSE = 0.15
CLOSE_SIZE = 0.008

# Values of lambda that are tried, as powers of 1/2: 2**-7 leaves little of a photo, 2**-20 nearly all.
LAMBDAS_FROM = 7
LAMBDAS_TO = 20

# What lossy indices are expected to have beside plain ones, with t = lambda / the squared error that k-means leaves in
# OKLab: GAIN - LOSS t**1.25 / (1 + t / 5) points of SSIMULACRA2 more, and 1 / (1 + SAVED t**0.75) of the bytes.
# Measured on 26 photos with 256 colors, whose points differ by half of that at most; graphics lose much less.
GAIN, LOSS, SAVED = 1.2, 15.7, 1.33

# What each doubling of lambda from the least one on is expected to cost where nothing is known, and to save.
DOUBLING_COST, DOUBLING_SAVED = 2.0, 0.05

# What half as many colors are expected to cost, in points: of photos, and more each further time; and of others. Photos
# lose 7 to 10 with 128 colors, 20 with 64 and 50 with 16.
COST, COSTLIER, LEAST_COST = 7.0, 1.5, 4.0

# How far qualities may be above a straight line between those of two sizes, as a share of their distance, where that is
# below so many points; and the share of what fewer colors are expected to cost that they surely do.
BENT = ((15.0, 0.1), (30.0, 0.35))
SURELY = 0.5

# After so many tries on the same side of what is wanted the next one is half way to the other side; and how many times
# as far as before a try may be from the last one, where all are on one side.
STUBBORN = 3
FARTHEST = 2.0

# So many times as far as what is close counts for half.
FAR = 100.0

# No lossless file counts for more points than this.
BEST = 100.0

# Attempts on one ladder at most; three are usual.
PATIENCE = 14


@dataclass(frozen=True)
class Trial:
    """What came of some settings.

    size: bytes; an estimate where these are far above a wanted size. quality: None where nobody asked. outcome: what
    was made, None once it lost.
    """

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


class Rungs(Sequence[Settings]):
    """Settings in a row, each made when it is first asked for: of a thousand five are tried."""

    def __init__(self, makers: Sequence[Callable[[], Settings]]) -> None:
        self._makers = makers
        self._made: dict[int, Settings] = {}

    def __len__(self) -> int:
        return len(self._makers)

    @overload
    def __getitem__(self, rung: int) -> Settings: ...

    @overload
    def __getitem__(self, rung: slice) -> Sequence[Settings]: ...

    def __getitem__(self, rung: int | slice) -> Settings | Sequence[Settings]:
        if isinstance(rung, slice):
            return Rungs(self._makers[rung])
        if rung not in self._made:
            self._made[rung] = self._makers[rung]()
        return self._made[rung]


@dataclass(frozen=True, eq=False)
class Ladder:
    """Settings in a row, each with more quality and more bytes than the one before.

    points, shares: for each rung, ascending, what is expected of it beside `near`: how much more quality, and which
    share of the bytes. near: settings that are tried first; None where all is beside what is wanted.
    """

    rungs: Sequence[Settings]
    points: Sequence[float]
    shares: Sequence[float]
    near: Settings | None = None

    @classmethod
    def of_colors(cls, settings: Settings, fewest: int = 1, *, photo: bool = False) -> Ladder:
        """These settings with `fewest` colors and more, up to as many as they have. photo: whether it is like one."""
        counts = range(fewest, max(fewest, settings.k) + 1)
        rungs, bits = Rungs([partial(settings.but, k=k) for k in counts]), [log2(k) for k in counts]
        halvings = [bits[-1] - one for one in bits]
        points = [-(COST * one + COSTLIER * one * one if photo else LEAST_COST * one) for one in halvings]
        return cls(rungs, points, [(1.0 + one) / (1.0 + bits[-1]) for one in bits], rungs[-1])

    @classmethod
    def of_one(cls, settings: Settings) -> Ladder:
        """Nothing but these settings."""
        return cls([settings], [0.0], [1.0], settings)

    @classmethod
    def of_lambdas(
        cls,
        settings: Settings,
        error: float | None = None,
        *,
        near: Settings | None = None,
        around: float | None = None,
        fewer: Sequence[FewerColors] = (),
    ) -> Ladder:
        """These settings with lossy indices at falling lambda, from where little is left to where nearly all is.

        error: of photos, the mean squared one in OKLab that k-means leaves; above 0. near: the same settings with
        plain indices.
        around: only values up to 1.4 times as large or small as this one, which is nearly what is wanted.
        fewer: where fewer colors are better, by ascending lambda.
        """
        lowest, highest = -STEPS_PER_OCTAVE * LAMBDAS_TO, -STEPS_PER_OCTAVE * LAMBDAS_FROM
        base_points, base_share = 0.0, 1.0
        if around is not None:
            lowest, highest = (
                max(lowest, log2_lambda(around) - STEPS_PER_OCTAVE // 2),
                min(highest, log2_lambda(around) + STEPS_PER_OCTAVE // 2),
            )
            base_points, base_share = _expected(around, error)
        rungs, points, shares = [], [], []
        for place in range(highest, lowest - 1, -1):
            k, more = settings.k, 0
            for one in fewer:
                if place >= one.least and one.k < settings.k:
                    k, more = one.k, one.more
            rungs.append(partial(settings.but, k=k, lossy=power_of_two(place + more)))
            gained, share = _expected(power_of_two(place), error)
            points.append(gained - base_points)
            shares.append(share / base_share)
        return cls(Rungs(rungs), points, shares, near)


def _expected(lambda_: float, error: float | None) -> tuple[float, float]:
    """Points and share of the bytes of lossy indices beside plain ones, at a lambda; error: as for `of_lambdas`."""
    if error is None:
        doublings = LAMBDAS_TO + log2_lambda(lambda_) / STEPS_PER_OCTAVE
        return -DOUBLING_COST * doublings, 1.0 - DOUBLING_SAVED * doublings
    relative = lambda_ / error
    points = GAIN - LOSS * relative * sqrt(sqrt(relative)) / (1.0 + relative / 5)
    return points, 1.0 / (1.0 + SAVED * sqrt(relative * sqrt(relative)))


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
    search = _Search(attempt)
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
    known: dict[Settings, Trial] = field(default_factory=dict)
    tried: dict[int, dict[int, Trial]] = field(default_factory=dict)

    @property
    def attempts(self) -> list[Trial]:
        """All that were made, in order."""
        return list(self.known.values())

    def rungs_of(self, ladder: Ladder) -> dict[int, Trial]:
        """The attempts on a ladder, by the number of their rung, in order."""
        last = len(ladder.rungs) - 1
        known = self.known.get(ladder.rungs[last])
        return self.tried.setdefault(id(ladder), {} if known is None else {last: known})

    def attempt(self, settings: Settings) -> Trial:
        """The attempt with these settings."""
        if settings not in self.known:
            self.known[settings] = self.make(settings)
        return self.known[settings]

    def smallest(self, ladders: Sequence[Ladder], aim: float) -> Trial:
        """The smallest attempt of a quality; where none has it, the smallest of those that are nearly the best."""
        for ladder in ladders:
            least = min((one.size for one in self.attempts if one.value >= aim), default=None)
            if least is not None and not self.has_better(ladder, aim, least - 1, any_will_do=True):
                continue

            def surplus(one: Trial) -> float:
                return min(one.value - aim, BEST)

            beside = 0.0 if ladder.near is None else surplus(self.attempt(ladder.near))
            self.climb(ladder, [beside + points for points in ladder.points], surplus, CLOSE)
        most = max(one.value for one in self.attempts)
        enough = aim if most >= aim else most - CLOSE
        return min((one for one in self.attempts if one.value >= enough), key=lambda one: one.size)

    def best_of(self, ladders: Sequence[Ladder], limit: int) -> Trial:
        """The best attempt of at most a size; where none is so small, the smallest."""
        for ladder in ladders:
            self.has_better(ladder, max((one.value for one in self.attempts if one.size <= limit), default=-inf), limit)
        fitting = [one for one in self.attempts if one.size <= limit]
        if fitting:
            return max(fitting, key=lambda one: (one.value, -one.size))
        return min(self.attempts, key=lambda one: one.size)

    def has_better(self, ladder: Ladder, most: float, limit: int, *, any_will_do: bool = False) -> bool:
        """Whether a rung of at most a size has at least a quality. The best one of that size is then among those
        that were tried, unless any will do.
        """
        between = limit + 0.5  # the largest size that fits and the smallest that does not
        near = None if ladder.near is None else self.attempt(ladder.near)
        expected = [share * (limit if near is None else near.size) - between for share in ladder.shares]
        start = min(bisect_left(expected, 0.0), len(expected) - 1)

        def is_clear(low: Trial | None, high: Trial) -> bool:
            if high.value < most:
                return True
            if low is not None and low.value >= most and any_will_do:
                return True
            if low is None:
                return high is near and min(high.value, BEST) + SURELY * ladder.points[start] < most
            if low.value == -inf:
                return False
            gain, share = min(high.value, BEST) - low.value, (limit - low.size) / (high.size - low.size)
            bent = next((bent for far, bent in BENT if gain < far), 1.0)
            return low.value + min(share + bent, 1.0) * gain < most

        self.climb(ladder, expected, lambda one: one.size - between, CLOSE_SIZE * limit, below=True, is_clear=is_clear)
        return any(one.size <= limit and one.value >= most for one in self.rungs_of(ladder).values())

    def climb(
        self,
        ladder: Ladder,
        expected: Sequence[float],
        surplus: Callable[[Trial], float],
        close: float,
        *,
        below: bool = False,
        is_clear: Callable[[Trial | None, Trial], bool] = lambda low, high: False,
    ) -> None:
        """Tries rungs until the lowest with a surplus of at least 0 is known, or with `below` the one under it; where
        all rungs lie on one side, the last one towards the other.

        expected: the surplus of each rung as it is guessed, ascending. close: a surplus so small (with `below`: so
        little missing) is good enough. is_clear: whether what lies between two rungs (None: below all), of which the
        second alone has a surplus, need not be known.
        """
        rungs, tried, end = ladder.rungs, self.rungs_of(ladder), len(ladder.rungs)
        guide = _Guide(expected, -close / 2 if below else close / 2, FAR * close)
        for rung, trial in tried.items():
            guide.found[rung] = surplus(trial)

        def attempt(rung: int) -> None:
            tried[rung] = self.attempt(rungs[rung])
            guide.found[rung] = surplus(tried[rung])

        for _ in range(PATIENCE):
            low, high = guide.low, guide.high
            under, over = tried.get(low), tried.get(high)
            if high - low <= 1 or (over is not None and is_clear(under, over)):
                break
            near = under if below else over
            if near is not None and abs(surplus(near)) <= close:
                break
            if under is not None and over is not None and abs(over.size - under.size) <= CLOSE_SIZE * over.size:
                break
            attempt(guide.following())
        if guide.high == end:
            attempt(end - 1)  # the nearest to what is wanted
        elif below and guide.high == 0:
            attempt(0)

    def choice(self, best: Trial, reached: bool) -> Choice:
        """The result; what was made for the losers is let go."""
        return Choice(best, reached, tuple(replace(one, outcome=None) for one in self.attempts))


@dataclass
class _Guide:
    """Tells which rung to try next: where the line through two known ones meets the goal.

    expected: the surplus of each rung as it was guessed. found: that of those that were tried, in order. Between two
    rungs what is far from the goal tells little of how things are there: a surplus counts for `scale` at most.
    """

    expected: Sequence[float]
    goal: float
    scale: float
    found: dict[int, float] = field(default_factory=dict)

    @property
    def low(self) -> int:
        """The last rung without a surplus; -1 for none."""
        return max((rung for rung, surplus in self.found.items() if surplus < 0), default=-1)

    @property
    def high(self) -> int:
        """The first rung with a surplus, above the last without one; the number of rungs for none."""
        return min((rung for rung in self.found if rung > self.low), default=len(self.expected))

    def following(self) -> int:
        """The rung to try, between the last without a surplus and the first with one."""
        low, high = self.low, self.high
        wanted = self._between(low, high) if low in self.found and high in self.found else self._beyond()
        return bisect_left(self.expected, wanted, low + 1, high - 1)

    def _between(self, low: int, high: int) -> float:
        """Where the line between two rungs meets the goal; half way, if the last tries hardly narrowed it down."""
        left, right = self.expected[low], self.expected[high]
        tried = list(self.found)[-STUBBORN:]
        if len(tried) == STUBBORN and (all(rung >= high for rung in tried) or all(rung <= low for rung in tried)):
            return (left + right) / 2
        under, over = self._worth(self.found[low]), self._worth(self.found[high])
        return left + (self._worth(self.goal) - under) / (over - under) * (right - left)

    def _worth(self, surplus: float) -> float:
        return surplus / (1.0 + abs(surplus) / self.scale)

    def _beyond(self) -> float:
        """Where the line through the two last tries meets the goal, all of which lie on one side of it.

        After one try the line is as steep as expected.
        """
        if not self.found:
            return self.goal
        *before, last = self.found
        missing = self.goal - self.found[last]
        if not before:
            return self.expected[last] + missing
        across = self.expected[last] - self.expected[before[-1]]
        up = self.found[last] - self.found[before[-1]]
        steepness = up / across if across else 0.0
        farthest = FARTHEST * max(abs(across), abs(missing))
        step = missing / steepness if steepness > 0 else inf
        return self.expected[last] + (min(farthest, abs(step)) if missing > 0 else -min(farthest, abs(step)))
