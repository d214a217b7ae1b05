"""Words for a person: one line each, on stderr, with names that cannot move the cursor or break the line."""

from __future__ import annotations

import sys


def shown(name: str) -> str:
    """A file's name, safe to print: on one line, with nothing that a terminal would obey.

    >>> shown("photo 1.png"), shown("a" + chr(10) + "b.png")
    ('photo 1.png', 'a\\\\nb.png')
    """
    if not name:
        return "''"
    return name if name.isprintable() else repr(name)[1:-1]


def say(line: str) -> None:
    """One line on stderr; silently nothing where stderr is closed or full."""
    stream = sys.stderr
    if stream is None:
        return
    try:
        stream.write(line + "\n")
        stream.flush()
    except (OSError, ValueError):
        pass


def complain(message: str) -> None:
    """`pixmeans: <message>` on stderr, in one line whatever the message holds."""
    line = shown(message)
    if len(line) > 900:  # a long path: its end says which file, the end of the message what to do
        line = line[:440] + "..." + line[-440:]
    say(f"pixmeans: {line}")


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


def factor(larger: int, smaller: int) -> str:
    """How many times, with as many digits as one reads.

    >>> factor(422_000, 36_000), factor(300, 1), factor(110, 100)
    ('11.7x', '300x', '1.10x')
    """
    value = larger / max(1, smaller)
    return f"{value:.2f}x" if value < 2 else f"{value:.1f}x" if value < 100 else f"{value:.0f}x"


def seconds(value: float) -> str:
    """A duration with the digits that matter."""
    return f"{value:.2f} s" if value < 0.095 else f"{value:.1f} s"
