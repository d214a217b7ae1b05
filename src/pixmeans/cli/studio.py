"""`pixmeans studio`: the page on this computer."""

from __future__ import annotations

import argparse
import os

from .. import codecs
from ..batch.inputs import STDIO
from ..errors import UsageError
from .messages import say
from .streams import read_stdin

MOST_PORT = 65535


def run(args: argparse.Namespace) -> int:
    """Serve the page until Ctrl-C."""
    if not 0 <= args.port <= MOST_PORT:
        raise UsageError(f"--port must be 0 (any free one) to {MOST_PORT}, got {args.port}")
    data, name = None, ""
    if args.input == STDIO:
        data, name = read_stdin(), "stdin"
    elif args.input is not None:
        data, name = codecs.read_bytes(args.input), os.path.basename(args.input)
    from ..studio.server import open_browser, serve

    def opened(address: str) -> None:
        if not args.quiet or args.no_browser:
            say(f"{address}  the studio; Ctrl-C ends it")
        if not args.no_browser:
            open_browser(address)

    try:
        serve(data, name, port=args.port, opened=opened)
    except KeyboardInterrupt:
        if not args.quiet:
            say("the studio has ended")
    return 0
