"""`pixmeans hook`: what pre-commit and CI call with the pictures of a change."""

from __future__ import annotations

import argparse
from contextlib import closing
from fnmatch import fnmatch

from ..batch import jobs, runner
from ..batch.inputs import Found
from ..batch.jobs import Placement
from ..batch.outcome import Outcome
from ..batch.wording import size
from ..choices import format_of
from ..errors import shown
from .commands import HOOK_QUALITY
from .flags import settings_from
from .messages import complain, say
from .streams import print_json, read_stdin, write_stdout

FOUND = 1  # the exit code of --check where there is something to do, and where a file cannot be read


def run(args: argparse.Namespace) -> int:
    """Replace what becomes clearly smaller, or tell of it; 0 where all is well."""
    settings = settings_from(args, quality=HOOK_QUALITY)
    least_percent, least_bytes = args.least_saving
    placement = Placement(in_place=True, mark=True, least_percent=least_percent, least_bytes=least_bytes)
    # As if they were found in a folder: files of several pages are left alone rather than refused.
    found = [Found(path, searched=True) for path in args.inputs if _is_meant(path, args.ignore)]
    if not found:
        return 0
    planned = jobs.plan(found, settings, placement)
    told = _Told(args)
    for _, why in planned.refused:
        complain(why)
        told.failed = True
    outcomes = runner.run(
        planned.jobs,
        settings,
        placement,
        dry_run=args.check,
        strict=True,  # what does not reach the quality is not written
        tells=("told",) * args.json,
        read_stdin=read_stdin,
        write_stdout=write_stdout,
    )
    with closing(outcomes):
        for outcome in outcomes:
            told.heard(outcome)
    return told.code


def _is_meant(path: str, ignored: list[str]) -> bool:
    """Whether a path is a picture of a format that can be written, and fits no pattern."""
    extension = path[path.rfind(".") :] if "." in path else ""
    return format_of(extension) is not None and not any(fnmatch(path, pattern) for pattern in ignored)


class _Told:
    """What is said of outcomes, and the exit code."""

    def __init__(self, args: argparse.Namespace) -> None:
        self._args = args
        self.failed = False
        self._found = False

    def heard(self, outcome: Outcome) -> None:
        """An outcome, whenever it comes."""
        if self._args.json:
            print_json(outcome.for_scripts())
        if outcome.error is not None:
            complain(outcome.message)
            self.failed = True
        elif outcome.status == "dry-run":
            self._found = True
            if not self._args.quiet:
                name, before, after = shown(outcome.job.source), outcome.before or 0, outcome.after or 0
                percent = 100 * (before - after) // max(1, before)
                say(f"{name}: {size(before)} could be {size(after)}, {percent} % less; pixmeans hook writes it")
        elif (outcome.status == "written" or self._args.verbose) and not self._args.quiet:
            say(outcome.message)

    @property
    def code(self) -> int:
        """Of all together."""
        return FOUND if self.failed or self._found else 0
