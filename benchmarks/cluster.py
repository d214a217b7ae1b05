"""Many files on a Dask cluster of this machine: one worker and two, and one that is killed.

    python benchmarks/cluster.py [--files 500] [--side 128]

It makes pictures, compresses them here, on one worker, on two, and on two of which one is killed half-way, and compares
all files. Prints a table; the time to start the workers is not in it.
"""

from __future__ import annotations

import argparse
import os
import signal
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image

import pixmeans as pm
from pixmeans.batch.inputs import find
from pixmeans.batch.jobs import Placement, plan
from pixmeans.batch.work import Work
from pixmeans.distribute import batches


def picture(seed: int, side: int) -> PIL.Image.Image:
    random = np.random.default_rng(seed)
    y, x = np.mgrid[:side, :side] / side
    waves = [np.sin(random.uniform(3, 20) * x + random.uniform(3, 20) * y + random.uniform(0, 6)) for _ in range(3)]
    pixels = 128 + 90 * np.stack(waves, axis=2) + random.normal(0, 5, (side, side, 3))
    return PIL.Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--files", type=int, default=500)
    parser.add_argument("--side", type=int, default=128)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        os.mkdir("in")
        for number in range(args.files):
            picture(number, args.side).save(f"in/{number}.png")
        print(f"{args.files} pictures of {args.side} x {args.side}\n")
        print("| where | seconds | pictures a second |\n|---|---|---|")
        paths, settings = [f"in/{number}.png" for number in range(args.files)], pm.Settings(k=64)
        here = timed("one process, one thread", paths, settings, "here", None)
        taken = {}
        for workers in (1, 2):
            with batches.client_of(f"local:{workers}") as client:
                client.run(warm)
                taken[workers] = timed(
                    f"Dask, {workers} worker{'s'[: workers - 1]}", paths, settings, f"d{workers}", client
                )
            assert files(f"d{workers}") == files("here"), "other files than on one machine"
        with batches.client_of("local:2") as client:
            client.run(warm)
            timed("Dask, 2 workers, one killed half-way", paths, settings, "killed", client, kill_after=args.files // 2)
        assert files("killed") == files("here"), "other files than on one machine"
        print(f"\ntwo workers are {taken[1] / taken[2]:.2f} times as fast as one; one worker beside a process: "
              f"{here / taken[1]:.2f}; all files equal, byte for byte")  # fmt: skip


def warm() -> None:
    """Loads what a worker needs."""
    pm.compress(np.zeros((8, 8, 3), np.uint8), 2)


def timed(
    name: str, paths: list[str], settings: pm.Settings, out: str, client: Any, kill_after: int | None = None
) -> float:
    placement = Placement(directory=out, keep_larger=True)
    planned = plan(find(paths, recursive=False), settings, placement).jobs
    if client is None:
        work = Work(settings, placement)
        outcomes = (work.do(job, place=place, threads=1)[0] for place, job in enumerate(planned))
    else:
        outcomes = batches.run(planned, settings, placement, client=client)
    start = time.perf_counter()
    for number, outcome in enumerate(outcomes):
        assert not outcome.failed, outcome.message
        if number == kill_after:
            os.kill(next(iter(client.run(os.getpid).values())), signal.SIGKILL)
    seconds = time.perf_counter() - start
    print(f"| {name} | {seconds:.1f} | {len(paths) / seconds:.1f} |", flush=True)
    return seconds


def files(name: str) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in Path(name).iterdir()}


if __name__ == "__main__":
    main()
