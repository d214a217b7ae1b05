"""Words that people know from pngquant, and ours for the same."""

from __future__ import annotations

import argparse
import os
import re
from collections.abc import Collection, Iterable

WORDS = {
    "--ext": "use --suffix -small for photo-small.png, or --in-place to replace the input",
    "--nofs": "use --dither none",
    "--floyd": "use --dither floyd-steinberg, with --dither-strength 0.5 for half of it",
    "--ordered": "use --dither bayer",
    "--speed": "use --effort preview, fast, normal or best for the colors, and --optimize 0 to 6 for the file",
    "-s": "use --effort preview, fast, normal or best for the colors, and --optimize 0 to 6 for the file",
    "--skip-if-larger": "leave it out: what is not smaller than a lossless original is written only with -o or "
    "--keep-larger, and --strict exits with 98",
    "--posterize": "use --color-bits rgb444, or what your display has",
    "--strip": "leave it out: metadata is not written unless it is asked for",
    "--map": "use --palette FILE",
    "--iebug": "leave it out: no browser needs it any more",
    "--transbug": "leave it out: no player needs it any more",
}


def answer(words: Iterable[str]) -> str | None:
    """One line about the first word that is pngquant's, or None. words: what was not understood."""
    for word in words:
        if word == "--":
            return None
        name = word.partition("=")[0]
        name = "-s" if re.fullmatch(r"-s\d+", name) else name
        if name in WORDS:
            return f"there is no {name} here: {WORDS[name]}"
    return None


def answer_to_late_command(args: argparse.Namespace, commands: Collection[str]) -> str | None:
    """One line about `pixmeans -q demo`, or None. args: words of `compress`, which nobody named."""
    for word in args.inputs:
        if word in commands and not os.path.lexists(word):
            return f"{word}: there is no such file, and a command comes first: pixmeans {word} ..."
    return None


def answer_to_number(args: argparse.Namespace) -> str | None:
    """One line about `pixmeans 16 photo.png`, or None. args: words of `compress`."""
    first = args.inputs[0] if args.inputs else ""
    if not re.fullmatch(r"[0-9]{1,3}", first) or os.path.lexists(first):
        return None
    return f"{first}: there is no such file; for {first} colors use -k {first}"
