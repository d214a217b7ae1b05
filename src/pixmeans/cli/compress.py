"""`pixmeans compress`: the words as inputs, settings and placement; each outcome as a line."""

from __future__ import annotations

import argparse
import codecs as codecs_of_text
import os
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager

from .. import codecs
from ..batch import jobs, report, runner
from ..batch.jobs import STDIO, Placement
from ..errors import UsageError, shown
from .flags import settings_from
from .messages import colors_wanted, complain, say
from .streams import check_not_a_terminal, print_json, read_stdin, write_stdout


def run(args: argparse.Namespace) -> int:
    """Compress every input; one bad file never stops the rest."""
    settings = settings_from(args)
    inputs = [*args.inputs, *_listed(args)]
    if not inputs:
        raise UsageError("which picture? for example: pixmeans compress photo.png (see pixmeans compress --help)")
    found = jobs.find(inputs, recursive=args.recursive, in_place=args.in_place)
    if not found:
        raise UsageError(f"{shown(inputs[0])}: there is no picture in this folder")
    placement = Placement(
        output=args.output,
        directory=args.directory,
        suffix=args.suffix,
        in_place=args.in_place,
        backup=args.backup,
        overwrite=args.force,
        keep_larger=args.keep_larger,
    )
    planned, left_alone, refused = jobs.plan(found, settings, placement)
    if any(job.output == STDIO for job in planned):
        if args.json:
            raise UsageError("--json and the picture cannot share stdout; write it to a file with -o FILE")
        check_not_a_terminal()
    codes, left, told = [], 0, set()
    with _progress(len(planned) + len(refused), args) as (tell, advance):
        if args.verbose and not args.quiet:
            for result, source in left_alone:
                tell(f"{shown(result)}: left alone, it is the result of {shown(source)}")
        for job, why in refused:
            outcome = runner.Outcome(job, "failed", UsageError.exit_code, error=UsageError(why), message=why)
            codes.append(outcome.code)
            if args.json:
                print_json(report.to_dict(outcome))
            if why not in told:
                complain(why)
            told.add(why)
            advance()
        outcomes = runner.run(
            planned,
            settings,
            placement,
            dry_run=args.dry_run,
            strict=args.strict,
            read_stdin=read_stdin,
            write_stdout=write_stdout,
        )
        with closing(outcomes):
            for outcome in outcomes:
                codes.append(outcome.code)
                left += outcome.status == "left alone"
                _tell(outcome, args, tell)
                advance()
    if len(codes) > 1 and not args.quiet:
        say(report.tally(codes, left))
    return jobs.exit_code(codes)


def _tell(outcome: runner.Outcome, args: argparse.Namespace, tell: Callable[[str], None]) -> None:
    """One line about an outcome, or an object of JSON; more with -v."""
    if args.verbose > 1 and outcome.error is not None:
        traceback.print_exception(outcome.error)
    if args.json:
        print_json(report.to_dict(outcome))
    if outcome.result is None:
        if outcome.error is not None:
            complain(outcome.message)
        elif not args.quiet and not args.json:
            tell(outcome.message)
        return
    if args.quiet:
        return
    if not args.json:
        tell(report.summary(outcome.job, outcome.result, outcome.seconds, outcome.status))
    if args.verbose:
        for line in report.verbose_lines(outcome.result):
            tell(line)


def _listed(args: argparse.Namespace) -> list[str]:
    """The names in --files-from: ended by NUL, as `find -print0` does, where there is one; else one a line.

    Empty names do not count. What begins with a byte order mark is text of Windows, and a line a name.
    """
    if args.files_from is None:
        return []
    if args.files_from == STDIO:
        if STDIO in args.inputs:
            raise UsageError("- (stdin) can be read only once")
        data = read_stdin()
    else:
        data = codecs.read_bytes(args.files_from)
    # Names are bytes: what is not text in the locale passes through unchanged.
    if data.startswith((codecs_of_text.BOM_UTF16_LE, codecs_of_text.BOM_UTF16_BE)):
        return [line for line in data.decode("utf-16", "replace").splitlines() if line]
    data = data.removeprefix(codecs_of_text.BOM_UTF8)
    names = data.split(b"\0") if b"\0" in data else data.splitlines()
    return [os.fsdecode(name) for name in names if name]


@contextmanager
def _progress(count: int, args: argparse.Namespace) -> Iterator[tuple[Callable[[str], None], Callable[[], None]]]:
    """A way to print a line and a way to move the bar, which exists only for several files on a terminal."""
    on_terminal = sys.stderr is not None and sys.stderr.isatty()
    if count < 2 or args.quiet or not on_terminal or not colors_wanted():
        yield say, lambda: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

    console = Console(stderr=True)
    with Progress(BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), console=console, transient=True) as bar:
        task = bar.add_task("", total=count)
        yield (
            lambda line: console.print(line, markup=False, highlight=False, soft_wrap=True),
            lambda: bar.advance(task),
        )
