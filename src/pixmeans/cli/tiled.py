"""`pixmeans tiled`: a picture that is larger than memory, into a TIFF or Zarr with a palette."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

from ..batch.wording import seconds, size
from ..distribute.batches import client_of
from ..distribute.gigapixel import Distributed, Estimate, compress_tiled
from ..errors import UsageError, shown
from ..metrics import psnr
from .flags import settings_from
from .messages import colors_wanted, say
from .streams import print_json

# What a machine must have for the interpreter, a window, and nothing else.
LEAST_MEMORY = 300_000_000


def run(args: argparse.Namespace) -> int:
    """Compress it; the same words go on where a run was killed."""
    settings = settings_from(args)
    if args.memory < LEAST_MEMORY:
        raise UsageError(f"--memory must be at least 300MB, got {size(args.memory)}")

    def estimated(found: Estimate) -> None:
        if not args.quiet:
            say(f"{shown(args.input)}: about {seconds(found.seconds)} and {size(found.memory)} of memory")

    with ExitStack() as stack:
        client = None if args.cluster is None else stack.enter_context(client_of(args.cluster))
        tell = stack.enter_context(_bar(args.quiet))
        found = compress_tiled(
            args.input,
            args.output,
            settings=settings,
            memory=args.memory,
            overwrite=args.force,
            client=client,
            on_estimate=estimated,
            progress=tell,
        )
    if args.json:
        print_json(
            {
                "input": args.input,
                "output": args.output,
                "pixels": found.pixels,
                "colors": found.palette.hex,
                "bytes": found.bytes,
                "mse": found.mse,
                "seconds": found.seconds,
                "resumed_pixels": found.resumed,
            }
        )
    if not args.quiet:
        say(line(args.input, args.output, found))
    return 0


def line(source: str, output: str, found: Distributed) -> str:
    """What came of it, for a person."""
    told = [f"{shown(source)} -> {shown(output)}  {found.pixels / 1e6:,.1f} megapixels", size(found.bytes)]
    told.append(f"{len(found.palette)} colors")
    if found.mse is not None:
        decibels = psnr(found.mse)
        told.append("lossless" if decibels is None else f"PSNR {decibels:.1f} dB")
    told += found.notes
    if found.resumed:
        told.append("the rest of an earlier run")
    told.append(f"{seconds(found.seconds)} ({found.pixels / 1e6 / max(found.seconds, 1e-9):.1f} megapixels a second)")
    return ", ".join(told)


@contextmanager
def _bar(quiet: bool) -> Iterator[Callable[[str, int, int], None] | None]:
    """A bar for each pass, on a terminal that may have one."""
    if quiet or sys.stderr is None or not sys.stderr.isatty() or not colors_wanted():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = TextColumn("{task.description}"), BarColumn(bar_width=32), TextColumn("{task.percentage:.0f} %")
    with Progress(*columns, TimeRemainingColumn(), console=Console(stderr=True), transient=True) as bar:
        tasks = {
            name: bar.add_task(words, total=1.0) for name, words in (("colors", "counting"), ("pixels", "writing"))
        }

        def tell(stage: str, done: int, whole: int) -> None:
            bar.update(tasks[stage], completed=done / whole)

        yield tell
