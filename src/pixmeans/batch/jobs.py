"""Which results go where: names, collisions, what is kept, exit codes.

Everything that can be refused is refused in `plan`, before any work.
"""

from __future__ import annotations

import os
from collections import Counter
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from ..choices import FORMATS, format_of
from ..codecs.files import same_file
from ..codecs.formats import either, named_format
from ..errors import SettingsError, UsageError, shown
from ..records import dataclass, replace
from ..settings import Settings
from .inputs import STDIO, WRITTEN, Found
from .wording import exact_size

if TYPE_CHECKING:
    from ..flow.written import Sizes

EXISTS = 15
LARGER = 98
QUALITY = 99


@dataclass(frozen=True)
class Placement:
    """Where results go, and what they may replace.

    output: the one file to write, '-' for stdout. directory: a folder for all results. Without both, results go beside
    their inputs. suffix: what new names end with; None tells what was asked for, as '-k16'.
    in_place: replace each input. backup: and keep it as NAME.bak. overwrite: replace outputs that exist.
    keep_larger: write also what is not smaller than its input. preserve: results have the times and the permissions of
    their inputs. mark: results say which settings wrote them, and what says that of these settings is left alone.
    least_percent, least_bytes: what is smaller by less than this share of the input, or by fewer bytes, stays as it is.
    """

    output: str | None = None
    directory: str | None = None
    suffix: str | None = None
    in_place: bool = False
    backup: bool = False
    overwrite: bool = False
    keep_larger: bool = False
    preserve: bool = False
    mark: bool = False
    least_percent: float = 0.0
    least_bytes: int = 0


@dataclass(frozen=True)
class Job:
    """One picture to be written.

    output: a path, or '-' for stdout. format: one of `FORMATS`, or 'auto' for the smaller of PNG and WebP.
    always: written even when it is larger, as the name was asked for. searched: found in a folder, not named.
    """

    source: str
    output: str
    format: str
    always: bool = False
    in_place: bool = False
    searched: bool = False


class Plan(NamedTuple):
    """What to do, and what to leave alone.

    left_alone: what a searched folder held and stays as it is, each with the reason: results of an earlier run, and
    links to files that are done under another name.
    refused: what cannot be done as it collides with another job, each with a line that says so.
    """

    jobs: list[Job]
    left_alone: list[tuple[str, str]]
    refused: list[tuple[Job, str]]


# Names.


def plan(found: list[Found], settings: Settings, placement: Placement) -> Plan:
    """One job an input, but for results of an earlier run in a folder that was searched.

    Results of one name keep the extensions of their inputs in theirs: x.png and x.jpg become x.png-k16.png and
    x.jpg-k16.png. What still collides is refused, and the others are done.
    Raises UsageError for what contradicts itself and where no job is left, SettingsError for a setting that belongs to
    another format.
    """
    _key.cache_clear()
    _check(found, placement)
    suffix = _suffix(settings) if placement.suffix is None else placement.suffix
    if "/" in suffix or os.sep in suffix or "\0" in suffix:
        raise UsageError(f"--suffix {shown(suffix)!r} must not name a folder; use -d for one")
    pairs = [(one, _job(one, settings, placement, suffix)) for one in found if not one.trouble]
    pairs, second_names = _without_second_names(pairs)
    planned = _without_collisions(_without_earlier_results(pairs, _told_apart(pairs, suffix)))
    planned = planned._replace(left_alone=second_names + planned.left_alone)
    troubles = [(Job(one.path, one.path, settings.format or "png"), one.trouble) for one in found if one.trouble]
    planned = planned._replace(refused=planned.refused + troubles)
    if planned.refused and not planned.jobs:
        raise UsageError(planned.refused[0][1])
    return _without_wrong_formats(planned, settings)


def _without_wrong_formats(planned: Plan, settings: Settings) -> Plan:
    """The plan without jobs whose name asks for a format that cannot do what the settings ask for.

    Each is refused with a line that names it. Raises SettingsError where no other job is left.
    """
    wrong: dict[str, SettingsError] = {}
    for format in sorted({job.format for job in planned.jobs}):
        try:
            settings.but(format=format)
        except SettingsError as error:
            wrong[format] = error
    free = [job for job in planned.jobs if job.format not in wrong]
    lines = [
        (job, f"{shown(job.source if job.in_place else job.output)}: {wrong[job.format]}")
        for job in planned.jobs
        if job.format in wrong
    ]
    if lines and not free:
        raise SettingsError(lines[0][1])
    return Plan(free, planned.left_alone, planned.refused + lines)


def _job(one: Found, settings: Settings, placement: Placement, suffix: str) -> Job:
    if placement.in_place:
        return _in_place(one, settings)
    if placement.output is not None or one.path == STDIO:
        output = STDIO if placement.output is None else placement.output
        return Job(one.path, output, _format_for(output, settings), always=True)
    kind = settings.format or "png"
    extension = FORMATS["png" if kind == "auto" else kind].extensions[0]  # or .webp, once it is known
    stem = os.path.splitext(os.path.basename(one.path))[0]
    folder = os.path.dirname(one.path)
    if placement.directory is not None:
        folder = os.path.join(placement.directory, one.below)
    return Job(one.path, os.path.join(folder, f"{stem}{suffix}{extension}"), kind, searched=one.searched)


def _suffix(settings: Settings) -> str:
    """What was asked for, as it can stand in a name: -k16, -q80, -psnr38, -60kB."""
    wanted = []
    if settings.quality is not None:
        metric, _, number = str(settings.quality).rpartition(":")
        wanted.append(f"-{metric or 'q'}{number}")
    if settings.max_bytes is not None:
        wanted.append(f"-{exact_size(settings.max_bytes)}")
    if settings.palette is not None:
        wanted.insert(0, "-" + os.path.splitext(os.path.basename(settings.palette))[0])
    return "".join(wanted) or f"-k{settings.k}"


def _check(found: list[Found], placement: Placement) -> None:
    output, directory = placement.output, placement.directory
    if placement.in_place:
        for word, given in (("-o", output), ("-d", directory), ("--suffix", placement.suffix)):
            if given is not None:
                raise UsageError(f"--in-place and {word} contradict each other; leave one out")
    elif placement.backup:
        raise UsageError("--backup belongs to --in-place; nothing else replaces an input")
    if (placement.least_percent or placement.least_bytes) and (placement.keep_larger or output is not None):
        word = "--keep-larger" if placement.keep_larger else "-o"
        raise UsageError(f"--least-saving and {word}, which always writes, contradict each other; leave one out")
    if output is not None:
        for word, given in (("-d", directory), ("--suffix", placement.suffix)):
            if given is not None:
                raise UsageError(f"-o and {word} contradict each other; leave one out")
        if len(found) > 1:
            raise UsageError(f"-o names one file, but there are {len(found)} inputs; use -d for a folder")
    from_stdin = sum(one.path == STDIO for one in found)
    if from_stdin > 1:
        raise UsageError("- (stdin) can be read only once")
    if from_stdin and directory is not None:
        raise UsageError("-d cannot name a picture from stdin; use -o FILE")
    if from_stdin and output is None and len(found) > 1:
        raise UsageError("- (stdin) is written to stdout and must stand alone; use -o FILE")


def _format_for(output: str, settings: Settings) -> str:
    """The format of a file that the user named. Raises SettingsError where name and --format differ."""
    named = None if output == STDIO or _is_special(output) else named_format(output, settings.format)
    return named or settings.format or "png"


def named_for(job: Job, format: str) -> Job:
    """The job with the name of the format that turned out to be smaller."""
    if job.format != "auto" or job.always or job.in_place:
        return job
    return replace(job, output=os.path.splitext(job.output)[0] + FORMATS[format].extensions[0], format=format)


def _is_special(path: str) -> bool:
    """Whether this is a device or a pipe, whose name says nothing."""
    return os.path.exists(path) and not os.path.isfile(path) and not os.path.isdir(path)


def _in_place(one: Found, settings: Settings) -> Job:
    if one.path == STDIO:
        raise UsageError("--in-place needs a file; - is stdin")
    extension = os.path.splitext(one.path)[1].lower()
    named = format_of(extension)
    if named is None:
        raise UsageError(
            f"{shown(one.path)}: --in-place keeps the name: it must end with {either(WRITTEN)}; leave it out here"
        )
    if settings.format is not None and settings.format != named:
        raise UsageError(f"--format {settings.format} and the name {shown(one.path)} contradict each other")
    return Job(one.path, one.path, named, in_place=True, searched=one.searched)


def _without_second_names(pairs: list[tuple[Found, Job]]) -> tuple[list[tuple[Found, Job]], list[tuple[str, str]]]:
    """The pairs without what is another's job under a second name, and those names, each with the reason.

    In place a link in a searched folder is the file that it leads to; so is a file of two folders that overlap.
    The name that was given stays, else that of the file itself. Names that were given twice stay and collide.
    """
    same: dict[tuple[str, str], list[tuple[Found, Job]]] = {}
    for one, job in pairs:
        same.setdefault((_key(job.source), _key(job.output)), []).append((one, job))
    left, dropped = [], []
    for one, job in pairs:
        others = same[_key(job.source), _key(job.output)]
        first = min(others, key=lambda pair: (pair[0].searched, os.path.islink(pair[0].path)))
        if one.searched and first[0] is not one:
            dropped.append((job.source, f"it is the same file as {shown(first[1].source)}"))
        else:
            left.append((one, job))
    return left, dropped


def _told_apart(pairs: list[tuple[Found, Job]], suffix: str) -> list[tuple[Found, Job]]:
    """The same; results that would have one name have the extensions of their inputs in it, where these differ."""
    outputs = Counter(_key(job.output) for _, job in pairs)
    twins = Counter((_key(job.output), os.path.normcase(os.path.basename(job.source))) for _, job in pairs)
    told = []
    for one, job in pairs:
        key, base = _key(job.output), os.path.basename(job.source)
        if outputs[key] > 1 and twins[key, os.path.normcase(base)] == 1 and not (job.always or job.in_place):
            extension = os.path.splitext(job.output)[1]
            job = replace(job, output=os.path.join(os.path.dirname(job.output), f"{base}{suffix}{extension}"))
        told.append((one, job))
    return told


def _without_earlier_results(before: list[tuple[Found, Job]], pairs: list[tuple[Found, Job]]) -> Plan:
    """Without what a searched folder holds from an earlier run: `photo-k16.png` is the result of `photo.png`.

    before: the same jobs, with the names that they have where nothing collides.
    What was named stays, and collides: who named it wants something of it.
    """
    made_of = {_key(job.output): job.source for _, job in [*before, *pairs] if not job.in_place}
    planned = Plan([], [], [])
    for one, job in pairs:
        key = _key(job.source)
        source = made_of.get(key) if one.searched else None
        if source is None or _key(source) == key:
            planned.jobs.append(job)
        else:
            planned.left_alone.append((job.source, f"it is the result of {shown(source)}"))
    return planned


@cache
def _key(path: str) -> str:
    """The same for two paths that mean one file, also where case does not count. `plan` forgets what it was before."""
    return path if path == STDIO else os.path.normcase(os.path.realpath(path))


def _without_collisions(planned: Plan) -> Plan:
    """The plan without jobs that collide; each of these is refused with a line, the same for both of a pair."""
    sources = {_key(job.source): job.source for job in planned.jobs if job.source != STDIO}
    named: dict[str, list[Job]] = {}
    for job in planned.jobs:
        named.setdefault(_key(job.output), []).append(job)
    reasons = [_collision(job, named[_key(job.output)], sources) for job in planned.jobs]
    # What another's result would overwrite is left alone, too: most likely it is the result of an earlier run.
    overwritten = {_key(job.output): why for job, why in zip(planned.jobs, reasons, strict=True) if why is not None}
    free, refused = [], []
    for job, reason in zip(planned.jobs, reasons, strict=True):
        why = reason or overwritten.get(_key(job.source))
        if why is None:
            free.append(job)
        else:
            refused.append((job, why))
    return Plan(free, planned.left_alone, refused)


def _collision(job: Job, same_name: list[Job], sources: dict[str, str]) -> str | None:
    """Why a job cannot be done beside the others, if it cannot. same_name: all jobs with its output."""
    if job.output == STDIO:
        return None
    key, output, source = _key(job.output), shown(job.output), shown(job.source)
    if len(same_name) > 1:
        first, second = (shown(one.source) for one in same_name[:2])
        return f"{first} and {second} would both become {output}; name each once, or write them with two commands"
    if job.in_place:
        return None
    if key == _key(job.source) or (job.source != STDIO and same_file(job.output, job.source)):
        return f"{output} is the input itself; choose another name, or use --in-place"
    if key in sources:
        return (
            f"{shown(sources[key])} is an input and also where the result of {source} would go; "
            "leave one of them out, or use another --suffix or -d"
        )
    return None


# Kept or written.


def is_larger(sizes: Sizes) -> bool:
    """Whether the result is not smaller than the file it came from."""
    return sizes.original is not None and sizes.file >= sizes.original


def saves_too_little(sizes: Sizes, placement: Placement) -> bool:
    """Whether the result is smaller than the file it came from by less than was asked for."""
    asked = placement.least_percent > 0 or placement.least_bytes > 0
    if sizes.original is None or not asked:  # without a threshold what is larger may be what was asked for
        return False
    saved = sizes.original - sizes.file
    return saved < placement.least_bytes or 100 * saved < placement.least_percent * sizes.original


def is_kept(job: Job, sizes: Sizes, placement: Placement) -> bool:
    """Whether the original stays as it is and nothing is written, as nothing would be gained, or too little.

    A JPEG usually is smaller than any PNG of it; there the result is what was asked for.
    """
    if saves_too_little(sizes, placement):
        return True
    if not is_larger(sizes) or job.always or placement.keep_larger:
        return False
    return job.in_place or sizes.original_lossless is True


# The exit code.


def exit_code(codes: list[int]) -> int:
    """Of one file its own; of several 1 if any failed, else the highest of 99, 98, 15, else 0."""
    if len(codes) == 1:
        return codes[0]
    if any(is_failure(code) for code in codes):
        return 1
    return max(codes, default=0)


def is_failure(code: int) -> bool:
    """Whether a file's code says that something went wrong, rather than that nothing was to be done."""
    return code not in (0, EXISTS, LARGER, QUALITY)
