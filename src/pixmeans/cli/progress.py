"""What is being done, while it takes long."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from .messages import colors_wanted, say


@contextmanager
def progress(args: argparse.Namespace) -> Iterator[Callable[[str], None] | None]:
    """A way to tell it: on one line of a terminal, which vanishes; line by line with -v elsewhere; None with -q."""
    on_terminal = sys.stderr is not None and sys.stderr.isatty()
    if args.quiet:
        yield None
    elif on_terminal and colors_wanted():
        from rich.console import Console
        from rich.markup import escape

        with Console(stderr=True).status("reading") as status:
            yield lambda words: status.update(escape(words))
    else:
        yield say if args.verbose else None
