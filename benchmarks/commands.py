"""CPU seconds of whole commands, from PNG to PNG, paired: pixmeans beside each pngquant that is given or installed.

python benchmarks/commands.py [--k 256] [--repeat 3] [--pngquant PATH ...] picture.png ...
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import peers

PLAIN = "pixmeans, plain k-means in sRGB"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pictures", nargs="+")
    parser.add_argument("--k", type=int, default=256)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--pngquant", action="append", default=[shutil.which("pngquant")])
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        out = os.path.join(folder, "out.png")
        ours = str(Path(sys.executable).with_name("pixmeans"))
        usual = [ours, "-q", "-f", "--threads", "1", "-k", str(arguments.k), "-o", out]
        plain = ["--space", "rgb", "--dither", "none", "--protect", "off"]
        commands = {
            PLAIN: [*usual, *plain],
            "pixmeans, lossy indices off": [*usual, "--lossy", "off"],
            "pixmeans": usual,
        }
        for path in filter(None, arguments.pngquant):
            version = subprocess.run([path, "--version"], capture_output=True, text=True, check=True).stdout.split()[0]
            written = ["--force", "--output", out, str(arguments.k)]
            commands[f"pngquant {version}, undithered"] = [path, "--nofs", *written]
            commands[f"pngquant {version}"] = [path, *written]
        best = {name: np.full(len(arguments.pictures), np.inf) for name in commands}
        bytes_written = {name: np.zeros(len(arguments.pictures)) for name in commands}
        for _ in range(arguments.repeat):
            for at, picture in enumerate(arguments.pictures):
                for name, words in commands.items():
                    spent = peers.cpu_seconds(lambda: subprocess.run([*words, picture], check=True))  # noqa: B023
                    best[name][at] = min(best[name][at], spent)
                    bytes_written[name][at] = os.path.getsize(out)
    rows = [
        [
            name,
            f"{best[name].mean():.3f}",
            f"{(best[PLAIN] / best[name]).mean():.2f}",
            f"{(best['pixmeans'] / best[name]).mean():.2f}",
            f"{bytes_written[name].mean() / 1000:.0f}",
        ]
        for name in commands
    ]
    sizes = {os.path.getsize(picture) for picture in arguments.pictures}
    text = [
        "## Whole commands",
        f"CPU seconds from PNG to PNG at k = {arguments.k}, on one thread: the least of {arguments.repeat}, averaged"
        f" over {len(arguments.pictures)} picture{'s' * (len(sizes) > 1)}"
        f" ({min(sizes) / 1e6:.1f} to {max(sizes) / 1e6:.1f} MB)."
        " Ratios are means over pictures: the time of plain pixmeans, and of pixmeans by default, to that of the row.",
        peers.table(["", "CPU seconds", "plain / row", "default / row", "kB written"], rows),
    ]
    peers.report("\n\n".join(text), None)


if __name__ == "__main__":
    main()
