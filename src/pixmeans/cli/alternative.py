"""`pixmeans alternative`: vector quantization and fractal coding, to `.pxm` files and back."""

from __future__ import annotations

import argparse
import os
import time
from typing import Any

from .. import alternatives, codecs, metrics
from ..batch.inputs import STDIO
from ..batch.wording import seconds, size
from ..codecs.files import same_file
from ..codecs.truecolor import truecolor_png
from ..errors import InputError, OutputError, OutputExistsError, UsageError, shown
from ..flow.source import open_source
from ..image import Image
from ..parallel import use_threads
from .flags import settings_from
from .messages import say
from .progress import progress
from .streams import check_not_a_terminal, read_stdin, write_stdout

SUFFIXES = {"encode": ".pxm", "decode": ".png"}
_KNOBS = {"method": "--method", "block": "--block", "words": "--words", "lambda_": "--lambda"}


def run(args: argparse.Namespace) -> int:
    """Encode or decode one picture."""
    if args.direction not in SUFFIXES:
        raise UsageError(f"alternative is followed by encode or decode, got {args.direction!r}")
    settings = settings_from(args)
    knobs = {name: getattr(args, name) for name in _KNOBS if getattr(args, name) is not None}
    if args.direction == "decode" and knobs:
        flag = _KNOBS[next(iter(knobs))]
        raise UsageError(f"{flag} decides how a picture is encoded; a .pxm says itself how it was")
    output = _output(args)
    name = "stdin" if args.input == STDIO else args.input
    data = read_stdin() if args.input == STDIO else codecs.read_bytes(args.input)
    start = time.perf_counter()
    with use_threads(settings.threads), progress(args) as tell:
        if args.direction == "encode":
            made, words = _encoded(data, name, settings, knobs, tell)
        else:
            made, words = _decoded(data, name, settings.max_pixels)
    took = seconds(time.perf_counter() - start)
    if output == STDIO:
        write_stdout(made)
    else:
        never = None if args.input == STDIO else args.input
        codecs.write_atomically(output, made, overwrite=args.force, never=never)
    if not args.quiet:
        target = "stdout" if output == STDIO else shown(output)
        say(f"{shown(name)} -> {target}  {size(len(data))} -> {size(len(made))}, {words}, {took}")
    return 0


def _encoded(data: bytes, name: str, settings: Any, knobs: dict[str, Any], tell: Any) -> tuple[bytes, str]:
    """The `.pxm` of a picture, and what a person should know of it."""
    source = open_source(data, settings, name=name)
    try:
        made = alternatives.encode(source.image, **knobs, progress=tell)
    except OutputError as error:
        raise OutputError(f"{shown(name)}: {error}") from error
    opened = alternatives.read(made)
    psnr = metrics.Reference(source.image.without_opaque_alpha()).psnr(Image(opened.pixels))
    loss = "lossless" if psnr is None else f"PSNR {psnr:.1f} dB"
    return made, ", ".join([opened.in_words, loss, *source.notes])


def _decoded(data: bytes, name: str, max_pixels: int) -> tuple[bytes, str]:
    """The PNG of a `.pxm`, and what it was."""
    decoded = codecs.decode(data, name=name, max_pixels=max_pixels)
    if decoded.format != "PXM":
        raise InputError(
            f"{shown(name)}: this is a {decoded.format}, not a .pxm; to encode it: pixmeans alternative encode"
        )
    return truecolor_png(decoded.image), ", ".join(decoded.details)


def _output(args: argparse.Namespace) -> str:
    """Where the result goes, if it may: what would be refused after the work is refused before it."""
    suffix = SUFFIXES[args.direction]
    output: str | None = args.output
    if output is None:
        if args.input == STDIO:
            raise UsageError(f"a picture from stdin has no name: give one with -o FILE{suffix}")
        output = os.path.splitext(args.input)[0] + suffix
    if output == STDIO:
        check_not_a_terminal()
        return output
    extension = os.path.splitext(output)[1].lower()
    if extension != suffix:
        other = " (alternative encode writes .pxm, decode writes .png)"
        raise UsageError(f"{shown(output)}: {args.direction} writes {suffix} files; choose this extension{other}")
    if args.input != STDIO and same_file(output, args.input):
        raise UsageError(f"{shown(output)} is the input; choose another name")
    if os.path.exists(output) and not args.force:
        raise OutputExistsError.at(output)
    return output
