"""What a bit may cost: prices as powers of two, and the dearest bits that lose at most a point of quality.

What lossy indices lose at a price is a part that is there at any price, above or below 0, as their pixels are not dithered
as plain ones are, and a part that grows with the price. Two measurements tell both.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable
from math import frexp, ldexp

# Parts of a doubling that prices are told apart by.
PARTS = 64

# 2**(n/8) and 2**(n/64), n up to 7, and their products. Libraries may differ in the last bit.
_EIGHTHS = (
    *(1.0, 1.0905077326652577, 1.189207115002721, 1.2968395546510096),
    *(1.4142135623730951, 1.5422108254079407, 1.681792830507429, 1.8340080864093424),
)
_FINER = (
    *(1.0, 1.0108892860517005, 1.0218971486541166, 1.0330248790212284),
    *(1.0442737824274138, 1.0556451783605572, 1.0671404006768237, 1.0787607977571199),
)
_POWERS = tuple(eighth * finer for eighth in _EIGHTHS for finer in _FINER)

# Points of SSIMULACRA2 that lossy indices may lose; between the first and the last of these nothing more is tried, else
# the one in the middle is aimed at.
ENOUGH, AIM, MOST = 0.45, 0.8, 1.0

# How often a price is tried at most. One or two are usual.
TRIES = 4

# The part of the loss that grows: at the first price, on photos, and the least it is taken for; its power of the price.
GROWING, LEAST_GROWING = 1.0, 0.08
POWER = 1.5

# How far one try may be from the one before.
FARTHEST = 3 * PARTS


def power_of_two(place: int) -> float:
    """2**(place / PARTS), the same on every machine.

    >>> power_of_two(0), power_of_two(3 * PARTS), power_of_two(-PARTS)
    (1.0, 8.0, 0.5)
    """
    return ldexp(_POWERS[place % PARTS], place // PARTS)


def log2_lambda(price: float) -> int:
    """The least whole number whose `power_of_two` is not below a price; price: above 0.

    >>> log2_lambda(1.0), log2_lambda(0.2501), log2_lambda(power_of_two(-77))
    (0, -127, -77)
    """
    mantissa, exponent = frexp(price)  # 0.5 to 1
    return PARTS * (exponent - 1) + bisect_left(_POWERS, 2 * mantissa)


def largest_lambda(loss_at: Callable[[float], float], first: float) -> float | None:
    """The highest price tried at which no more than `MOST` is lost; None where all of them lose more.

    loss_at: the points that are lost at a price. first: the price to begin with.

    >>> round(largest_lambda(lambda price: 0.1 + 10 * price * price**0.5, 0.08), 2)
    0.16
    """
    tried: dict[int, float] = {}
    place = 0  # the price is first x 2**(place / PARTS)
    for _ in range(TRIES):
        tried[place] = loss_at(first * power_of_two(place))
        if ENOUGH <= tried[place] <= MOST:
            break
        following = _next(tried, place)
        if following is None:
            break
        place = following
    good = [place for place, loss in tried.items() if loss <= MOST]
    return first * power_of_two(max(good)) if good else None


def _next(tried: dict[int, float], last: int) -> int | None:
    """The place to try after these; None where no other promises anything."""
    growing = max(GROWING, tried[last])  # the part that is there at any price is seldom above 0
    if len(tried) > 1:
        before = list(tried)[-2]
        growing = (tried[last] - tried[before]) / (_growth(last) - _growth(before))
        growing = max(growing, LEAST_GROWING)
    constant = tried[last] - growing * _growth(last)
    if constant >= AIM and len(tried) > 1:
        return None
    low, high = last - FARTHEST, last + FARTHEST
    good = [place for place, loss in tried.items() if loss <= MOST]
    bad = [place for place, loss in tried.items() if loss > MOST]
    low = max([low, *(place + PARTS // 16 for place in good)])
    high = min([high, *(place - PARTS // 16 for place in bad)])
    if low > high:
        return None
    step = PARTS // 8
    places = [place for place in range(low, high + 1, step) if constant + growing * _growth(place) <= AIM]
    return max(places, default=low)


def _growth(place: int) -> float:
    """What the growing part is multiplied by at a place."""
    return power_of_two(round(POWER * place))
