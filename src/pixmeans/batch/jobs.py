"""Where results go: names, collisions, overwriting, exit codes, the human line.

Everything that can be refused is refused in `plan`, before any work.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterable
from dataclasses import dataclass, replace
from math import inf
from typing import TYPE_CHECKING

from ..choices import FORMATS
from ..cli.messages import factor, seconds, shown, size
from ..cli.parser import UsageError
from ..errors import InputError
from ..settings import Settings

if TYPE_CHECKING:
    from ..flow.result import Compressed, Sizes

EXISTS = 15
LARGER = 98
QUALITY = 99

STDIO = "-"

# What a folder is searched for. Files that are named one by one are known by their content alone.
PICTURES = frozenset(
    (
        *("png", "apng", "jpg", "jpeg", "jpe", "jfif", "mpo", "gif", "webp", "avif", "tif", "tiff"),
        *("bmp", "dib", "ico", "tga", "ppm", "pgm", "pbm", "pnm", "qoi", "jp2", "j2k"),
    )
)
_FORMAT_OF = {".png": "png", ".webp": "webp", ".gif": "gif"}


@dataclass(frozen=True)
class Found:
    """An input: its path or '-', and its folder below the one that was searched ('' if it was named)."""

    path: str
    below: str = ""


@dataclass(frozen=True)
class Job:
    """One picture to be written.

    output: a path, or '-' for stdout. always: written even when it is larger, as the name was asked for.
    """

    source: str
    output: str
    format: str
    always: bool = False
    in_place: bool = False


# Inputs.


def find(inputs: Iterable[str], *, recursive: bool, in_place: bool = False) -> list[Found]:
    """The inputs, with the pictures in folders in the place of the folders, in the order of their names.

    Raises UsageError for a folder without `recursive`, InputError for one that cannot be listed.
    """
    found: list[Found] = []
    for path in inputs:
        if path != STDIO and os.path.isdir(path):
            if not recursive:
                raise UsageError(f"{shown(path)}: this is a folder; add -r for the pictures in it")
            found += _walk(path, in_place)
        else:
            found.append(Found(path))
    return found


def _walk(top: str, in_place: bool) -> list[Found]:
    def failed(error: OSError) -> None:
        raise InputError(f"{shown(str(error.filename))}: cannot be listed: {error.strerror}; check its permissions")

    wanted = frozenset((*FORMATS, "auto")) if in_place else PICTURES
    found = []
    for folder, folders, files in os.walk(top, onerror=failed):
        folders.sort()
        below = os.path.relpath(folder, top)
        for name in sorted(files):
            path = os.path.join(folder, name)
            extension = os.path.splitext(name)[1][1:].lower()
            # Pipes and sockets with a picture's name are no pictures; a dangling link is reported later.
            if extension in wanted and (os.path.isfile(path) or not os.path.exists(path)):
                found.append(Found(path, "" if below == os.curdir else below))
    return found


# Names.


def plan(args: argparse.Namespace, found: list[Found], settings: Settings) -> list[Job]:
    """One job an input. Raises UsageError for anything that contradicts itself or would collide."""
    _check_words(args, found, settings)
    suffix = _suffix(settings) if args.suffix is None else args.suffix
    if "/" in suffix or os.sep in suffix or "\0" in suffix:
        raise UsageError(f"--suffix {shown(suffix)!r} must not name a folder; use -d for one")
    jobs = []
    for one in found:
        if args.in_place:
            jobs.append(_in_place(one, settings))
        elif args.output is not None or one.path == STDIO:
            output = args.output if args.output is not None else STDIO
            jobs.append(Job(one.path, output, _format_for(output, settings), always=True))
        else:
            kind = settings.format or "png"
            extension = "png" if kind == "auto" else kind  # or .webp, once it is known
            stem = os.path.splitext(os.path.basename(one.path))[0]
            folder = os.path.dirname(one.path)
            if args.directory is not None:
                folder = os.path.join(args.directory, one.below)
            jobs.append(Job(one.path, os.path.join(folder, f"{stem}{suffix}.{extension}"), kind))
    jobs = _without_own_outputs(jobs, found)
    _check_collisions(jobs)
    return jobs


def _suffix(settings: Settings) -> str:
    """What was asked for, as it can stand in a name: -k16, -q80, -psnr38, -60kB."""
    wanted = []
    if settings.quality is not None:
        metric, _, number = str(settings.quality).rpartition(":")
        wanted.append(f"-{metric or 'q'}{number}")
    if settings.max_bytes is not None:
        count = settings.max_bytes
        unit, worth = ("MB", 1_000_000) if count >= 1_000_000 else ("kB", 1000) if count >= 1000 else ("B", 1)
        wanted.append(f"-{count / worth:.12g}{unit}")
    if settings.palette is not None:
        wanted.insert(0, "-" + os.path.splitext(os.path.basename(settings.palette))[0])
    return "".join(wanted) or f"-k{settings.k}"


def _check_words(args: argparse.Namespace, found: list[Found], settings: Settings) -> None:
    if args.in_place:
        for word, given in (("-o", args.output), ("-d", args.directory), ("--suffix", args.suffix)):
            if given is not None:
                raise UsageError(f"--in-place and {word} contradict each other; leave one out")
    elif args.backup:
        raise UsageError("--backup belongs to --in-place; nothing else replaces an input")
    if args.output is not None:
        for word, given in (("-d", args.directory), ("--suffix", args.suffix)):
            if given is not None:
                raise UsageError(f"-o and {word} contradict each other; leave one out")
        if len(found) > 1:
            raise UsageError(f"-o names one file, but there are {len(found)} inputs; use -d for a folder")
        if not args.output:
            raise UsageError("-o has an empty name; give a file, or - for stdout")
    if sum(one.path == STDIO for one in found) > 1:
        raise UsageError("- (stdin) can be read only once")
    if args.directory is not None and any(one.path == STDIO for one in found):
        raise UsageError("-d cannot name a picture from stdin; use -o FILE")
    to_stdout = args.output == STDIO or (args.output is None and any(one.path == STDIO for one in found))
    if args.json and to_stdout:
        raise UsageError("--json and the picture cannot share stdout; write it to a file with -o FILE")
    if to_stdout and len(found) > 1:
        raise UsageError("- (stdin) is written to stdout and must stand alone; use -o FILE")


def _format_for(output: str, settings: Settings) -> str:
    """The format of a file that the user named. Raises UsageError where name and --format differ."""
    extension = os.path.splitext(output)[1].lower()
    if output == STDIO or not extension or _is_special(output):
        return settings.format or "png"
    named = _FORMAT_OF.get(extension)
    if named is None:
        raise UsageError(f"{shown(output)}: unknown extension {shown(extension)}; use .png, .webp or .gif")
    if settings.format is not None and settings.format != named:
        raise UsageError(f"--format {settings.format} and the name {shown(output)} contradict each other")
    return named


def named_for(job: Job, format: str) -> Job:
    """The job with the name of the format that turned out to be smaller."""
    if job.format != "auto" or job.always or job.in_place:
        return job
    return replace(job, output=f"{os.path.splitext(job.output)[0]}.{format}", format=format)


def _is_special(path: str) -> bool:
    """Whether this is a device or a pipe, whose name says nothing."""
    return os.path.exists(path) and not os.path.isfile(path) and not os.path.isdir(path)


def _in_place(one: Found, settings: Settings) -> Job:
    if one.path == STDIO:
        raise UsageError("--in-place needs a file; - is stdin")
    extension = os.path.splitext(one.path)[1].lower()
    named = _FORMAT_OF.get(extension)
    if named is None:
        raise UsageError(f"{shown(one.path)}: --in-place keeps the name: only .png, .webp and .gif; leave it out here")
    if settings.format is not None and settings.format != named:
        raise UsageError(f"--format {settings.format} and the name {shown(one.path)} contradict each other")
    return Job(one.path, one.path, named, in_place=True)


def _without_own_outputs(jobs: list[Job], found: list[Found]) -> list[Job]:
    """Without what a folder holds from an earlier run: `photo-k16.png` is the output of `photo.png`."""
    searched = {one.path for one in found if one.below or os.path.dirname(one.path)}
    outputs = {_key(job.output) for job in jobs if not job.in_place}
    return [job for job in jobs if not (job.source in searched and _key(job.source) in outputs)] or jobs


def _key(path: str) -> str:
    """The same for two paths that mean one file, also where case does not count."""
    return path if path == STDIO else os.path.normcase(os.path.realpath(path))


def _check_collisions(jobs: list[Job]) -> None:
    sources = {_key(job.source): job for job in jobs if job.source != STDIO}
    taken: dict[str, Job] = {}
    for job in jobs:
        if job.output == STDIO:
            continue
        key = _key(job.output)
        if key in taken:
            raise UsageError(
                f"{shown(taken[key].source)} and {shown(job.source)} would both become {shown(job.output)}; "
                "use another --suffix or -d"
            )
        taken[key] = job
        if job.in_place:
            continue
        if key in sources or _same_file(job.output, job.source):
            owner = sources.get(key, job).source
            raise UsageError(f"{shown(job.output)} is the input {shown(owner)}; choose another name, or use --in-place")


def _same_file(a: str, b: str) -> bool:
    try:
        return b != STDIO and os.path.samefile(a, b)
    except (OSError, ValueError):
        return False


# Kept or written.


def is_larger(sizes: Sizes) -> bool:
    """Whether the result is not smaller than the file it came from."""
    return sizes.original is not None and sizes.file >= sizes.original


def is_kept(job: Job, sizes: Sizes, *, keep_larger: bool) -> bool:
    """Whether the original stays as it is and nothing is written, as nothing would be gained.

    A JPEG usually is smaller than any PNG of it; there the result is what was asked for.
    """
    if not is_larger(sizes) or job.always or keep_larger:
        return False
    return job.in_place or sizes.original_lossless is True


# The human line and the exit code.


REMARKS = {
    "kept": "kept: the result is not smaller",
    "unchanged": "there already",
    "dry-run": "dry run: not written",
    "missed": "nothing written",
}


def summary(job: Job, result: Compressed, elapsed: float, status: str = "written") -> str:
    """`photo.png -> photo-k16.png  422 kB -> 36 kB (11.7x smaller), 16 colors, PSNR 27.6 dB, 0.2 s`.

    status: a key of REMARKS, or 'written'.
    """
    sizes = result.sizes
    source = "stdin" if job.source == STDIO else shown(job.source)
    output = "stdout" if job.output == STDIO else shown(job.output)
    names = source if job.in_place else f"{source} -> {output}"
    k = len(result.palette)
    facts = [f"{k} color" if k == 1 else f"{k} colors"]
    facts.append("lossless" if result.psnr is None else f"PSNR {result.psnr:.1f} dB")
    if result.protected:
        count = len(result.protected)
        facts.append(f"saved {count} small color{'s' * (count > 1)}")
    facts += target(result)
    facts.append(seconds(elapsed))
    facts += result.notes
    if status in REMARKS:
        facts.insert(0, REMARKS[status])
    before = "" if sizes.original is None else f"{size(sizes.original)} -> "
    return f"{names}  {before}{size(sizes.file)} ({comparison(sizes)}), {', '.join(facts)}"


def target(result: Compressed) -> list[str]:
    """What came of a wanted quality or size; nothing if none was wanted."""
    settings = result.settings
    words = []
    if result.quality is not None and not (settings.quality is not None and settings.quality.metric == "psnr"):
        words.append(f"SSIMULACRA2 {result.quality:.1f}")
    if settings.quality is not None and not result.reached:
        words.append(f"quality {settings.quality} not reached")
    if settings.max_bytes is not None and result.sizes.file > settings.max_bytes:
        words.append(f"{size(settings.max_bytes)} not reached")
    return words


def comparison(sizes: Sizes) -> str:
    """What the new size is compared with the old, and for lossy originals also with the pixels."""
    pixels = _times(sizes.raw, sizes.file, "than its pixels")
    if sizes.original is None:
        return pixels
    if sizes.original_lossless is not False:
        return _times(sizes.original, sizes.file, "")
    lossy = f"the {sizes.original_format}"
    if is_larger(sizes):
        return f"larger than {lossy}, {pixels}; for photos consider WebP or AVIF"
    return f"{_times(sizes.original, sizes.file, f'than {lossy}')}, {pixels}"


def _times(before: int, after: int, than: str) -> str:
    if after == before:
        return " ".join(filter(None, ("as large", than.replace("than", "as")))).strip()
    word = "smaller" if after < before else "larger"
    return f"{factor(max(before, after), min(before, after))} {word} {than}".strip()


def report(result: Compressed) -> list[str]:
    """The lines of -v: every size with what it counts, the error, the iterations, the seconds by stage."""
    from ..quantize.salience import lost_colors  # NumPy: not for --help

    sizes = result.sizes
    bits = round(24 / sizes.factor)
    pixels = result.width * result.height
    channels = sizes.raw // pixels
    rows: list[tuple[str, int | None, str]] = [
        (f"original file ({sizes.original_format})", sizes.original, ""),
        (f"raw pixels, {8 * channels} bits each", sizes.raw, ""),
        (
            f"log2 k arithmetic, {bits} bit{'s' * (bits > 1)} each",
            sizes.arithmetic,
            "no palette, no file format",
        ),
        ("the same with the palette", sizes.with_palette, ""),
        (f"the {result.format.upper()} file", sizes.file, ""),
    ]
    lines = []
    for words, count, remark in rows:
        if count is not None:
            against = f"raw / {sizes.raw / max(1, count):.2f}" if count != sizes.raw else ""
            lines.append(f"  {words:32}{count:>12,} bytes  {against:14}{remark}".rstrip())
    psnr = "lossless" if result.psnr is None else f"PSNR {result.psnr:.2f} dB"
    lines.append(f"  mean squared error {result.mse:.3f} (R, G, B summed, of 0 to 255), {psnr}")
    ended = "converged" if result.converged else "stopped before convergence"
    after = "" if result.settings.effort == "fast" or not result.clustering else " after the search"
    moves = f"{result.iterations} iteration{'s' * (result.iterations != 1)}"
    lines.append(f"  {moves} of k-means{after}, {ended}" if result.clustering else "  no k-means: every color is kept")
    for saved in result.protected:
        moved = f"distance {saved.before:.0f} -> {saved.after:.0f} (100 times OKLab)"
        lines.append(f"  saved {saved.hex}, {100 * saved.share:.2f} % of the picture, {moved}")
    if result.original is not None and not result.lossless:
        for one in lost_colors(result.original.pixels, result.palette.colors):
            lines.append(f"  lost {one.hex}, {100 * one.share:.2f} % of the picture, around {one.at[0]},{one.at[1]}")
    if result.protected:
        lines.append(f"  for {100 * result.protection_cost:.1f} % more squared error of k-means")
    if result.lambda_ is not None:
        lines.append(f"  lossy indices: a bit may cost {result.lambda_:.1e} of squared OKLab distance (--lossy)")
    lines += search_table(result)
    lines.append("  " + ", ".join(f"{stage} {value:.3f} s" for stage, value in result.seconds.items()))
    lines += [f"  {detail}" for detail in result.details]
    return lines


def search_table(result: Compressed) -> list[str]:
    """What was tried for a wanted quality or size, smallest file first; the one that was chosen is marked."""
    if result.search is None:
        return []
    psnr = result.settings.quality is not None and result.settings.quality.metric == "psnr"
    lines = [f"  tried{'':20}bytes  {'PSNR, dB' if psnr else 'SSIMULACRA2'}"]
    for one in sorted(result.search.attempts, key=lambda one: one.size):
        mark = "  <- chosen" if one == result.search.best else ""
        quality = f"{one.quality:11.2f}" if one.quality is not None and one.quality < inf else "   lossless"
        price = one.settings.lossy
        runs = f"runs {price:.1e}" if isinstance(price, float) else one.settings.dither
        lines.append(f"  k={one.settings.k:<4}{runs:13}{one.size:>12,}{quality}{mark}")
    return lines


def exit_code(codes: list[int]) -> int:
    """Of one file its own; of several 1 if any failed, else the highest of 99, 98, 15, else 0."""
    if len(codes) == 1:
        return codes[0]
    soft = (0, EXISTS, LARGER, QUALITY)
    if any(code not in soft for code in codes):
        return 1
    return max(codes, default=0)
