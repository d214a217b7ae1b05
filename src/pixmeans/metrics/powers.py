"""Powers that are the same on every machine: the C library's may differ in the last bit."""

from __future__ import annotations


def power(base: float, exponent: float) -> float:
    """base^exponent, base at least 0, by decimal arithmetic in 25 digits."""
    from decimal import Context, Decimal  # takes 2 ms, and most runs need none

    if base in (0.0, 1.0):
        return base
    return float(Context(prec=25).power(Decimal(base), Decimal(exponent)))
