"""`pixmeans demo`: the sample picture through the whole thing."""

from __future__ import annotations

import argparse
import os
import time
from concurrent.futures import ThreadPoolExecutor

from .. import codecs, pipeline
from ..batch.jobs import Job
from ..batch.report import summary
from ..batch.wording import seconds, size
from ..codecs.truecolor import truecolor_png
from ..errors import shown
from ..explain import samples
from ..settings import Quality, Settings
from .messages import say

# A start with an orange centroid that is pulled away from the fish.
FISH_SEED = 13

EIGHTY = Quality.parse("80")


def run(args: argparse.Namespace) -> int:
    """Write the sample and its compressed versions; the command's own files are overwritten."""
    folder = args.directory
    codecs.make_folder(folder)
    original = os.path.join(folder, "reef.png")
    data = truecolor_png(samples.reef())
    codecs.write_atomically(original, data, overwrite=True)
    if not args.quiet:
        say(f"{shown(original)}  {size(len(data))}, a sample picture painted by arithmetic")
    with ThreadPoolExecutor(1) as aside:  # drawing leaves most of the other core to the kernels
        drawn = aside.submit(_draw, original, folder)
        for name, wanted in (("k16", Settings(k=16)), ("k256", Settings()), ("q80", Settings(quality=EIGHTY))):
            target = os.path.join(folder, f"reef-{name}.png")
            result = pipeline.compress(original, settings=wanted)
            codecs.write_atomically(target, result.data, overwrite=True)
            if not args.quiet:
                job = Job(original, target, "png", always=True)
                say(summary(job, result, sum(result.seconds.values())))
        lines = drawn.result()
    if not args.quiet:
        for line in lines:
            say(line)
    return 0


def _draw(original: str, folder: str) -> list[str]:
    """The animation and the report of a run; what is said of them."""
    from ..explain import gallery  # Matplotlib: only now
    from ..explain.report import report

    animation, page = (os.path.join(folder, f"reef-{name}") for name in ("steps.gif", "report.html"))
    article = Settings.article(seed=FISH_SEED)
    start = time.perf_counter()
    made = gallery.make("F8", original, animation, settings=article, overwrite=True)
    between = time.perf_counter()
    written = report(original, page, settings=article, overwrite=True)
    end = time.perf_counter()
    what = "how plain k-means finds 16 colors from random pixels"
    return [
        f"{shown(animation)}  {size(made.size_bytes)}, {what}, {seconds(between - start)}",
        f"{shown(page)}  {size(written)}, the same run to play with, {seconds(end - between)}",
        f"Open {shown(page)} in a browser and look at the two orange fish. Next: pixmeans studio YOUR-PICTURE.png",
    ]
