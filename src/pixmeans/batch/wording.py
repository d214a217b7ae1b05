"""Bytes, factors and seconds as people write them."""

from __future__ import annotations


def size(count: int) -> str:
    """Bytes for a person, 1 kB = 1000 bytes.

    >>> size(999), size(9_840), size(36_100), size(1_234_000)
    ('999 B', '9.8 kB', '36 kB', '1.23 MB')
    """
    if count < 1000:
        return f"{count} B"
    for unit, scale in (("kB", 1e3), ("MB", 1e6), ("GB", 1e9)):
        value = count / scale
        if value < 999.5 or unit == "GB":
            break
    if unit == "kB":
        return f"{value:.1f} kB" if value < 9.95 else f"{value:.0f} kB"
    return f"{value:.2f} {unit}" if value < 99.5 else f"{value:.0f} {unit}"


def exact_size(count: int) -> str:
    """Bytes in a file's name: not rounded, without a space, as `--max-bytes` reads them.

    >>> exact_size(999), exact_size(60_000), exact_size(1_234_000)
    ('999B', '60kB', '1.234MB')
    """
    unit, scale = ("MB", 1_000_000) if count >= 1_000_000 else ("kB", 1000) if count >= 1000 else ("B", 1)
    return f"{count / scale:.12g}{unit}"


def factor(larger: int, smaller: int) -> str:
    """How many times, with as many digits as one reads.

    >>> factor(422_000, 36_000), factor(300, 1), factor(110, 100)
    ('11.7x', '300x', '1.10x')
    """
    value = larger / max(1, smaller)
    return f"{value:.2f}x" if value < 2 else f"{value:.1f}x" if value < 100 else f"{value:.0f}x"


def seconds(value: float) -> str:
    """A duration with the digits that matter.

    >>> seconds(0.012), seconds(12.34)
    ('0.01 s', '12.3 s')
    """
    return f"{value:.2f} s" if value < 0.095 else f"{value:.1f} s"
