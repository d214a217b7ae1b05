"""Gray of more than 8 bits: how many of its levels 8 bits leave, and what scaling it over its range would leave."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ..arrays import Bools, UInt8Array, UInt16Array
from ..image import eight_bits
from ..records import dataclass


@dataclass(frozen=True, eq=False)
class Leveled:
    """Gray that is scaled, or not.

    samples: (h, w) uint16. note: what 8 bits lose, for a person; None where they lose nothing.
    """

    samples: UInt16Array
    note: str | None


def leveled(
    samples: UInt16Array,
    levels: str,
    *,
    bits: int = 16,
    visible: Bools | None = None,
    bytes_of: Callable[[UInt16Array], UInt8Array] = eight_bits,
) -> Leveled:
    """Gray samples (h, w) as they are ('full'), or from their least value as black to their largest as white ('auto').

    bits: of the source, to be told. visible: (h, w) the pixels that count; None for all. bytes_of: (n,) samples ->
    (n,) what they are in the end, such as in sRGB.
    """
    if visible is not None and not bool(visible.any()):
        return Leveled(samples, None)
    found = _present(samples if visible is None else samples[visible])
    low, high = int(found[0]), int(found[-1])
    scaled = _scaled(found, low, high)
    scalable = low < high and (low, high) != (0, 65535)
    if levels == "auto" and scalable:
        left = len(np.unique(bytes_of(scaled)))
        note = f"{bits}-bit gray: {_count(len(found))} became {left}, with {low} to {high} as black to white"
        return Leveled(_scaled(samples, low, high), f"{note} (--levels auto)")
    left = len(np.unique(bytes_of(found)))
    if left == len(found):
        exact = bool((found % 257 == 0).all())
        return Leveled(samples, None if exact else f"{bits}-bit gray: values were rounded to 8 bits")
    note = f"{bits}-bit gray: {_count(len(found))} became {left}"
    more = len(np.unique(bytes_of(scaled)))
    return Leveled(samples, f"{note}; --levels auto keeps {more}" if more > left else note)


def _count(levels: int) -> str:
    return f"{levels} level{'s' * (levels != 1)}"


def _present(samples: UInt16Array) -> UInt16Array:
    """The values that occur, rising."""
    seen = np.zeros(1 << 16, bool)
    seen[samples] = True
    return np.flatnonzero(seen).astype(np.uint16)


def _scaled(samples: UInt16Array, low: int, high: int) -> UInt16Array:
    """Rounded half up; by a table, as there are few values. What is outside the range is clipped."""
    if low == high:
        return samples
    values = np.clip(np.arange(1 << 16, dtype=np.int64), low, high) - low
    table = ((2 * 65535 * values + (high - low)) // (2 * (high - low))).astype(np.uint16)
    return table[samples]
