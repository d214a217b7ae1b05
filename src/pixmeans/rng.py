"""The one small generator that all chance comes from.

SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators", OOPSLA 2014), spelled out so
that any other program can repeat it: same seed, same numbers, on every machine and in every language.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

_MASK = 2**64 - 1
_GAMMA = 0x9E3779B97F4A7C15  # what the state grows by: 2**64 divided by the golden ratio, made odd


class SplitMix64:
    """A stream of whole numbers that depends on nothing but the seed.

    >>> random = SplitMix64(0)
    >>> hex(random.next()), hex(random.next())
    ('0xe220a8397b1dcdaf', '0x6e789e6aa1b965f4')
    """

    def __init__(self, seed: int) -> None:
        self._state = seed & _MASK

    def next(self) -> int:
        """The next number, 0 to 2**64 - 1."""
        self._state = (self._state + _GAMMA) & _MASK
        z = self._state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & _MASK
        return z ^ (z >> 31)

    def below(self, bound: int) -> int:
        """A number from 0 to bound - 1, all equally likely (Lemire's multiplication with rejection, 2019).

        bound: 1 to 2**64.
        """
        threshold = (2**64 - bound) % bound
        while True:
            product = self.next() * bound
            if product & _MASK >= threshold:
                return product >> 64

    def uniform(self) -> float:
        """A float in [0, 1) with 53 random bits."""
        return (self.next() >> 11) * 2.0**-53

    def uniforms(self, count: int) -> npt.NDArray[np.float64]:
        """(count,) what so many calls of `uniform` would give, at once.

        >>> SplitMix64(7).uniforms(2).tolist() == [(random := SplitMix64(7)).uniform(), random.uniform()]
        True
        """
        z = np.arange(1, count + 1, dtype=np.uint64) * np.uint64(_GAMMA) + np.uint64(self._state)
        self._state = (self._state + count * _GAMMA) & _MASK
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z ^= z >> np.uint64(31)
        return (z >> np.uint64(11)).astype(np.float64) * 2.0**-53


def run_seed(seed: int, run: int) -> int:
    """The seed of one of several runs, 0 to 2**64 - 1: run 0 has the seed itself, run r the seed's r-th number.

    So run 1 of seed 1 is not run 0 of seed 2, as it would be if the runs were counted on from the seed.

    >>> run_seed(7, 0), run_seed(0, 1) == SplitMix64(0).next()
    (7, True)
    """
    return seed & _MASK if run == 0 else SplitMix64(seed + (run - 1) * _GAMMA).next()


def start_seed(seed: int, start: int) -> int:
    """The seed of one of the further starts that a run tries, 0 to 2**64 - 1. Those of seed 0 are 0, 1, 2, ...

    >>> start_seed(0, 2), start_seed(1, 2) == start_seed(1, 0) + 2
    (2, True)
    """
    return ((SplitMix64(seed).next() ^ SplitMix64(0).next()) + start) & _MASK
