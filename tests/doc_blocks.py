"""The blocks of code of the pages: found, and run in a folder that holds what they name."""

from __future__ import annotations

import contextlib
import doctest
import glob
import io
import os
import re
import shlex
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image

from pixmeans.__main__ import main
from pixmeans.cli.parser import parse
from pixmeans.explain.samples import SAMPLES

ROOT = Path(__file__).resolve().parent.parent

# Its blocks are parts of modules; tests/test_extending.py puts them where they say, and runs what comes of it.
ELSEWHERE = {"docs/extending.md"}

# A line that says to the reader why the block below it is not run.
NOT_RUN = re.compile(r"^\*Not run in the tests: (.+)\.\*$")

_FENCE = re.compile(r"^(?P<indent> *)```(?P<language>[\w{}-]*) ?[^\n]*\n(?P<text>.*?)^(?P=indent)```$", re.M | re.S)


@dataclass(frozen=True)
class Block:
    """A fenced block. why: it is not run, or None. line: where its text begins, from 1."""

    language: str
    text: str
    line: int
    why: str | None


def pages() -> list[Path]:
    """All pages with blocks, the README first."""
    found = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
    return [page for page in found if "```" in page.read_text() and "_build" not in page.parts]


def blocks_of(page: Path) -> list[Block]:
    """The blocks of a page, in order."""
    text = page.read_text()
    found = []
    for one in _FENCE.finditer(text):
        before = text[: one.start()].rstrip().rsplit("\n", 1)[-1]
        told = NOT_RUN.match(before)
        line = text.count("\n", 0, one.start("text")) + 1
        found.append(Block(one["language"], one["text"], line, told[1] if told else None))
    return found


def furnish(folder: Path) -> None:
    """The files that the pages name: small ones, painted by our samples."""
    reef = np.ascontiguousarray(SAMPLES["reef"]().pixels[160:304, 280:456])
    pictures = {
        "photo.png": reef,
        "another.png": reef[:, ::-1],
        "screenshot.png": SAMPLES["screenshot"]().pixels[:160, :240],
        "chart.png": SAMPLES["interface"]().pixels[:160, :240],
        "map.png": SAMPLES["interface"]().pixels[160:, :240],
        "icon.png": SAMPLES["icon"]().pixels[::2, ::2],
        "logo.png": SAMPLES["icon"]().pixels[::4, ::4],
        "sprite.png": SAMPLES["sprite"]().pixels[:128, :128],
        "sprites/one.png": SAMPLES["sprite"]().pixels[:96, :96],
        "sprites/two.png": SAMPLES["sprite"]().pixels[96:192, 96:192],
        "tiles/0/0.png": SAMPLES["interface"]().pixels[:64, :64],
        "tiles/0/1.png": SAMPLES["interface"]().pixels[64:128, :64],
        "shots/a.png": reef[:64, :64],
        "shots/b.png": reef[64:128, :64],
        "photos/c.png": reef[:64, 64:128],
        "assets/d.png": reef[64:128, 64:128],
    }
    for name, pixels in pictures.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        PIL.Image.fromarray(np.ascontiguousarray(pixels)).save(path)
    PIL.Image.fromarray(reef).save(folder / "photo.jpg", quality=90)
    PIL.Image.fromarray(reef).save(folder / "scan.tif")
    packed = PIL.Image.fromarray(reef).quantize(32)
    packed.save(folder / "packed-by-hand.png")
    frames = [PIL.Image.fromarray(np.ascontiguousarray(reef[:64, at : at + 64])) for at in (0, 8, 16)]
    frames[0].save(folder / "film.gif", save_all=True, append_images=frames[1:], duration=100)
    bin_folder = folder / ".bin"
    bin_folder.mkdir()
    shim = bin_folder / "pixmeans"
    shim.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m pixmeans "$@"\n')
    shim.chmod(0o755)


def run_python(block: Block, names: dict[str, Any], page: str) -> None:
    """A block of Python, with what blocks before it on the page have defined."""
    if ">>>" in block.text:
        test = doctest.DocTestParser().get_doctest(block.text, names, page, page, block.line)
        test.globs = names
        told = io.StringIO()
        flags = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
        failed = doctest.DocTestRunner(optionflags=flags).run(test, out=told.write, clear_globs=False).failed
        assert not failed, told.getvalue()
    else:
        with contextlib.redirect_stdout(io.StringIO()):
            exec(compile("\n" * (block.line - 1) + block.text, page, "exec"), names)


def commands_of(block: Block) -> list[str]:
    """What a reader types: of a `console` the lines behind `$ `, of `sh` all."""
    lines = [line for line in block.text.splitlines() if line.strip()]
    if block.language == "sh":
        return lines
    typed = [line.removeprefix("$ ") for line in lines if line.startswith("$ ")]
    assert typed, f"a console in which nothing is typed: {block.text}"
    return typed


def run_command(line: str, folder: Path) -> None:
    """A line of a terminal."""
    words = shlex.split(line, comments=True)
    if words[0] == "make":
        targets = re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(), re.M)
        assert set(words[1:]) <= set(targets), f"the Makefile has no {words[1:]}"
    elif words[:2] == ["pip", "install"]:
        extras = re.findall(r"pixmeans\[([\w,]+)\]", line)
        known = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
        assert {name for found in extras for name in found.split(",")} <= set(known)
    elif words[0] == "python" and words[1].startswith(("benchmarks/", "examples/")):
        assert (ROOT / words[1]).exists(), words[1]
    elif words[0] == "pixmeans" and not set(line) & set("|<>"):
        if words[1] == "studio":  # it does not end by itself
            parse(words[1:])
            return
        listed = [sorted(glob.glob(word, root_dir=folder)) if "*" in word else [word] for word in words[1:]]
        argv = [word for found in listed for word in found]
        errors = io.StringIO()
        with contextlib.redirect_stdout(io.TextIOWrapper(io.BytesIO())), contextlib.redirect_stderr(errors):
            code = main(argv)
        assert code == 0, f"{line}: exit code {code}: {errors.getvalue()}"
    else:
        environment = {
            **os.environ,
            "HOME": str(folder),
            "PATH": f"{folder / '.bin'}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), os.environ.get("PYTHONPATH", "")]),
        }
        done = subprocess.run(
            ["bash", "-c", f"set -euo pipefail; {line}"], cwd=folder, env=environment, capture_output=True, text=True,
            check=False, timeout=60,
        )  # fmt: skip
        assert done.returncode == 0, f"{line}: exit code {done.returncode}: {done.stderr}"
