"""The bar of a batch, on a terminal only, and the lines above it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

from ..batch.outcome import Outcome
from ..batch.wording import size
from ..errors import shown
from .messages import colors_wanted, complain, say


class Screen(NamedTuple):
    """Ways to print a line, to print an error, and to move the bar by an outcome."""

    tell: Callable[[str], None]
    complain: Callable[[str], None]
    advance: Callable[[Outcome], None]


@contextmanager
def no_bar() -> Iterator[Screen]:
    """Lines alone."""
    yield Screen(say, complain, lambda outcome: None)


@contextmanager
def on_terminal(count: int) -> Iterator[Screen]:
    """A bar for several files on a terminal that may have one; else lines alone."""
    if count < 2 or sys.stderr is None or not sys.stderr.isatty() or not colors_wanted():
        with no_bar() as screen:
            yield screen
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    columns = (
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TextColumn("{task.fields[saved]}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("", total=count, rate="", saved="")
        saved = 0

        def advance(outcome: Outcome) -> None:
            nonlocal saved
            saved += outcome.saved
            bar.advance(task)
            speed = bar.tasks[0].speed
            rate = "" if not speed else f"{speed:.3g} files/s"
            words = f"{size(abs(saved))} {'saved' if saved >= 0 else 'more'}"
            bar.update(task, rate=rate, saved=words)

        def tell(line: str) -> None:
            console.print(line, markup=False, highlight=False, soft_wrap=True)

        yield Screen(tell, lambda message: tell(f"pixmeans: {shown(message)}"), advance)
