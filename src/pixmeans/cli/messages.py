"""Words for a person: one line each, on stderr, which nothing in a name can break."""

from __future__ import annotations

import os
import sys

from ..errors import shown


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


def colors_wanted() -> bool:
    """Whether color and bars may be used at all: see https://no-color.org."""
    return not os.environ.get("NO_COLOR")
