"""`pixmeans demo`: the sample picture through the whole thing."""

from __future__ import annotations

import argparse
import os

from .. import codecs, pipeline
from ..codecs.truecolor import truecolor_png
from ..errors import OutputError
from ..explain import samples
from .outputs import Job, summary
from .say import say, shown, size


def run(args: argparse.Namespace) -> int:
    """Write the sample and its compressed versions; the command's own files are overwritten."""
    folder = args.directory
    try:
        os.makedirs(folder, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{shown(folder)}: the folder cannot be made: {error.strerror}; choose another") from error
    original = os.path.join(folder, "reef.png")
    data = truecolor_png(samples.reef())
    codecs.write_atomically(original, data, overwrite=True)
    if not args.quiet:
        say(f"{shown(original)}  {size(len(data))}, a sample picture painted by arithmetic")
    for k in (16, 256):
        target = os.path.join(folder, f"reef-k{k}.png")
        result = pipeline.compress(original, k)
        codecs.write_atomically(target, result.data, overwrite=True)
        if not args.quiet:
            job = Job(original, target, "png", always=True)
            say(summary(job, result, sum(result.seconds.values())))
    if not args.quiet:
        say("Look at the two orange fish, and at the water behind them. Next: pixmeans YOUR-PICTURE.png -k 16")
    return 0
