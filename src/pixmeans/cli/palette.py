"""`pixmeans palette`: the main colors of a picture, in the format of many programs."""

from __future__ import annotations

import argparse
from typing import Any

from .. import pipeline
from ..batch.inputs import STDIO
from ..codecs import palette_writers
from ..errors import UsageError
from .flags import settings_from
from .streams import check_not_a_terminal, read_stdin, write_stdout


def run(args: argparse.Namespace) -> int:
    """Print the palette on stdout."""
    name = args.palette_format
    if name not in palette_writers.FORMATS:
        raise UsageError(f"--format must be one of {', '.join(palette_writers.FORMATS)}, got {name!r}")
    if name in palette_writers.BINARY:
        check_not_a_terminal()
    settings = settings_from(args, k=8, space="oklab", masking="off")
    source: Any = read_stdin() if args.input == STDIO else args.input
    found = pipeline.palette(source, settings.k, sort=args.sort, ignore=args.ignore, settings=settings)
    write_stdout(palette_writers.FORMATS[name](found))
    return 0
