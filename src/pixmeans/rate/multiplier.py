"""The multiplier lambda of rate-distortion optimisation: its values, and the largest that loses at most a point.

lambda is the squared OKLab distance that a bit is worth. It takes values of 2**(n / 64) times another, so that all
machines agree on them. What is lost at a lambda, in points of SSIMULACRA2, is modelled as

    loss(lambda) = c + g x lambda**1.5

c is what changing the dithering costs, as lossy indices are diffused more weakly than plain ones; it may be negative.
Two measurements give c and g.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable
from math import frexp, ldexp

# Values of lambda from one to its double.
STEPS_PER_OCTAVE = 64

# 2**(n/8) and 2**(n/64), n up to 7, written out, as the powers of libraries may differ in the last bit.
_EIGHTHS = (
    *(1.0, 1.0905077326652577, 1.189207115002721, 1.2968395546510096),
    *(1.4142135623730951, 1.5422108254079407, 1.681792830507429, 1.8340080864093424),
)
_FINER = (
    *(1.0, 1.0108892860517005, 1.0218971486541166, 1.0330248790212284),
    *(1.0442737824274138, 1.0556451783605572, 1.0671404006768237, 1.0787607977571199),
)
_POWERS = tuple(eighth * finer for eighth in _EIGHTHS for finer in _FINER)

# Points of SSIMULACRA2. The search ends with a loss between LOSS_ENOUGH and LOSS_MOST. It aims at LOSS_AIM.
LOSS_ENOUGH, LOSS_AIM, LOSS_MOST = 0.45, 0.8, 1.0

# On 26 photos, k = 16, 64 and 256: of a share of the error of 2e-5 x 256 / k a point is lost at that lambda itself.
USUAL_SHARE, USUAL_POWER = 2e-5, 0.3

# Values of lambda that are tried at most. One or two are usual.
MOST_TRIES = 4

# The model: g x lambda**1.5 at the first value, as photos have it; the least it is taken for; and the exponent.
FIRST_GROWTH, LEAST_GROWTH = 1.0, 0.08
EXPONENT = 1.5

# How far one try may be from the one before, in steps.
FARTHEST_TRY = 3 * STEPS_PER_OCTAVE


def power_of_two(steps: int) -> float:
    """2**(steps / STEPS_PER_OCTAVE), the same on every machine.

    >>> power_of_two(0), power_of_two(3 * STEPS_PER_OCTAVE), power_of_two(-STEPS_PER_OCTAVE)
    (1.0, 8.0, 0.5)
    """
    return ldexp(_POWERS[steps % STEPS_PER_OCTAVE], steps // STEPS_PER_OCTAVE)


def log2_lambda(lambda_: float) -> int:
    """log2(lambda) in steps, rounded up: the least number whose `power_of_two` is not below lambda_; lambda_: above 0.

    >>> log2_lambda(1.0), log2_lambda(0.2501), log2_lambda(power_of_two(-77))
    (0, -127, -77)
    """
    mantissa, exponent = frexp(lambda_)  # 0.5 to 1
    return STEPS_PER_OCTAVE * (exponent - 1) + bisect_left(_POWERS, 2 * mantissa)


def expected_lambda(share: float, k: int) -> float:
    """Where a point of SSIMULACRA2 is usually lost: share x (h / share)**0.3, with h = 2e-5 x 256 / k.

    share: part of the mean squared error that k-means leaves. It alone would be too little where colors are near each
    other, and too much where they are far apart. k: number of colors.

    >>> round(expected_lambda(2e-5, 256) * 1e5, 2), round(expected_lambda(4e-5, 256) * 1e5, 2)
    (2.0, 3.28)
    """
    if share <= 0.0:
        return share
    steps = log2_lambda(USUAL_SHARE * 256 / k) - log2_lambda(share)
    return share * power_of_two(round(USUAL_POWER * steps))


def largest_lambda(loss_at: Callable[[float], float], first: float, *, quickly: bool = False) -> float | None:
    """The largest lambda tried that loses no more than `LOSS_MOST`; None if all of them lose more.

    loss_at: the points that are lost at a lambda. first: the lambda to begin with. quickly: two tries are enough if one
    of them is good.

    >>> round(largest_lambda(lambda lambda_: 0.1 + 10 * lambda_ * lambda_**0.5, 0.08), 2)
    0.16
    """
    losses: dict[int, float] = {}
    steps = 0  # lambda is first x 2**(steps / STEPS_PER_OCTAVE)
    for tried in range(MOST_TRIES):
        losses[steps] = loss_at(first * power_of_two(steps))
        if quickly and tried > 0 and min(losses.values()) <= LOSS_MOST:
            break
        if LOSS_ENOUGH <= losses[steps] <= LOSS_MOST:
            break
        following = _next_try(losses, steps)
        if following is None:
            break
        steps = following
    good = [steps for steps, loss in losses.items() if loss <= LOSS_MOST]
    return first * power_of_two(max(good)) if good else None


def _next_try(losses: dict[int, float], last: int) -> int | None:
    """The steps to try after these, of which `last` was the last; None where no other promises anything."""
    growth = max(FIRST_GROWTH, losses[last])  # c is seldom above 0
    if len(losses) > 1:
        before = list(losses)[-2]
        growth = (losses[last] - losses[before]) / (_lambda_power(last) - _lambda_power(before))
        growth = max(growth, LEAST_GROWTH)
    constant = losses[last] - growth * _lambda_power(last)
    if constant >= LOSS_AIM and len(losses) > 1:
        return None
    low, high = last - FARTHEST_TRY, last + FARTHEST_TRY
    good = [steps for steps, loss in losses.items() if loss <= LOSS_MOST]
    bad = [steps for steps, loss in losses.items() if loss > LOSS_MOST]
    low = max([low, *(steps + STEPS_PER_OCTAVE // 16 for steps in good)])
    high = min([high, *(steps - STEPS_PER_OCTAVE // 16 for steps in bad)])
    if low > high:
        return None
    tried = range(low, high + 1, STEPS_PER_OCTAVE // 8)
    return max((steps for steps in tried if constant + growth * _lambda_power(steps) <= LOSS_AIM), default=low)


def _lambda_power(steps: int) -> float:
    """(lambda / the first lambda)**EXPONENT."""
    return power_of_two(round(EXPONENT * steps))
