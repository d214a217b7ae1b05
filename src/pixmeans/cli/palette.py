"""`pixmeans palette`: the main colors of pictures, in the format of many programs; `pixmeans histogram` counts them."""

from __future__ import annotations

import argparse
from typing import Any

from .. import pipeline
from ..batch.inputs import STDIO, find
from ..codecs import palette_writers
from ..errors import UsageError, shown
from ..flow.histogram_files import histogram_bytes, read_histogram, write_histogram
from .flags import settings_from
from .messages import say
from .streams import check_not_a_terminal, read_stdin, write_stdout


def run(args: argparse.Namespace) -> int:
    """Print the palette on stdout."""
    name = args.palette_format
    if name not in palette_writers.FORMATS:
        raise UsageError(f"--format must be one of {', '.join(palette_writers.FORMATS)}, got {name!r}")
    if name in palette_writers.BINARY:
        check_not_a_terminal()
    settings = settings_from(args, k=8, space="oklab", masking="off")
    sources: list[Any] = [*_pictures(args), *map(read_histogram, args.histogram)]
    if not sources:
        raise UsageError("which picture? for example: pixmeans palette photo.jpg")
    alone = len(sources) == 1 and not args.histogram
    found = pipeline.palette(
        sources[0] if alone else sources,
        settings.k,
        sort=args.sort,
        ignore=args.ignore,
        weigh=args.weigh,
        settings=settings,
    )
    write_stdout(palette_writers.FORMATS[name](found))
    return 0


def count(args: argparse.Namespace) -> int:
    """Write the sum of the histograms of all inputs."""
    if args.output == STDIO:
        check_not_a_terminal()
    settings = settings_from(args, space="oklab", masking="off")
    found = pipeline.color_sum([*_pictures(args), *map(read_histogram, args.histogram)], settings)
    if found is None:
        raise UsageError("which picture? for example: pixmeans histogram *.png -o colors.npz")
    if args.output == STDIO:
        write_stdout(histogram_bytes(found.counts))
        return 0
    write_histogram(found.counts, args.output, overwrite=args.force)
    if not args.quiet:
        say(f"{shown(args.output)}: {found.counts.total:,} pixels, {len(found.counts):,} colors")
    return 0


def _pictures(args: argparse.Namespace) -> list[Any]:
    """What the words name: paths, and the bytes of stdin."""
    if args.inputs.count(STDIO) > 1:
        raise UsageError("- (stdin) can be read only once")
    found = find(args.inputs, recursive=args.recursive)
    for one in found:
        if one.trouble:
            raise UsageError(one.trouble)
    return [read_stdin() if one.path == STDIO else one.path for one in found]
