"""`pixmeans compress`: the words as inputs, settings and placement; each outcome as a line."""

from __future__ import annotations

import argparse
import codecs as codecs_of_text
import os
import time
from contextlib import ExitStack, closing
from typing import TYPE_CHECKING, Any

from .. import codecs
from ..batch import inputs, jobs, report, runner
from ..batch.inputs import STDIO
from ..batch.jobs import Placement
from ..batch.outcome import Outcome
from ..errors import OutputError, UsageError, shown
from ..records import replace
from ..settings import Settings
from .flags import settings_from
from .messages import complain, say
from .progress import progress
from .screen import Screen, no_bar, on_terminal
from .streams import check_not_a_terminal, print_json, read_stdin, write_stdout

if TYPE_CHECKING:
    from ..flow.shared_palette import ColorSum


def run(args: argparse.Namespace) -> int:
    """Compress every input; one bad file never stops the rest."""
    start = time.perf_counter()
    settings = settings_from(args)
    names = [*args.inputs, *_listed(args)]
    if not names and args.files_from is not None:
        raise UsageError(f"{'stdin' if args.files_from == STDIO else shown(args.files_from)}: no name is in this list")
    if not names:
        raise UsageError("which picture? for example: pixmeans compress photo.png (see pixmeans compress --help)")
    _check(args)
    found = inputs.find(names, recursive=args.recursive, in_place=args.in_place)
    with ExitStack() as stack:
        client = None
        if args.cluster is not None:
            from ..distribute.batches import client_of

            _check_for_cluster(args)
            client = stack.enter_context(client_of(args.cluster))
        return _compress(args, found, settings, client, start)


def _compress(
    args: argparse.Namespace, found: list[inputs.Found], settings: Settings, client: Any, start: float
) -> int:
    """client: of Dask; None for this machine."""
    placement = Placement(
        output=args.output,
        directory=args.directory,
        suffix=args.suffix,
        in_place=args.in_place,
        backup=args.backup,
        overwrite=args.force,
        keep_larger=args.keep_larger,
        preserve=args.preserve,
        mark=args.skip_compressed,
        least_percent=args.least_saving[0],
        least_bytes=args.least_saving[1],
    )
    if args.shared_palette:
        settings = _with_shared_palette(args, [one for one in found if not one.trouble], settings, placement, client)
        placement = replace(placement, keep_larger=True)  # else some would not have the palette
    planned, left_alone, refused = jobs.plan(found, settings, placement)
    if any(job.output == STDIO for job in planned):
        if args.json:
            raise UsageError("--json and the picture cannot share stdout; write it to a file with -o FILE")
        check_not_a_terminal()
    with ExitStack() as stack:
        state = None
        if args.resume is not None:
            from ..batch.state import State

            state = stack.enter_context(State(args.resume, settings))
        bar = on_terminal(len(planned) + len(refused)) if not args.quiet else no_bar()
        talk = _Talk(args, stack.enter_context(bar))
        if args.verbose and not args.quiet:
            for path, why in left_alone:
                talk.screen.tell(f"{shown(path)}: left alone, {why}")
        talk.refused(refused)
        how = {"dry_run": args.dry_run, "strict": args.strict}
        tells = ("told",) * args.json + ("details",) * (args.verbose > 0)
        if client is not None:
            from ..distribute import batches

            outcomes = batches.run(planned, settings, placement, client=client, tells=tells, **how)
        else:
            outcomes = runner.run(
                planned,
                settings,
                placement,
                **how,
                tells=tells,
                processes=args.jobs,
                seconds=args.timeout,
                state=state,
                read_stdin=read_stdin,
                write_stdout=write_stdout,
            )
        stack.enter_context(closing(outcomes))
        try:
            for outcome in outcomes:
                talk.heard(outcome)
        except (KeyboardInterrupt, SystemExit):
            talk.interrupted(len(planned) + len(refused))
            raise
    return talk.ended(time.perf_counter() - start, None if state is None else state.failure)


def _with_shared_palette(
    args: argparse.Namespace, found: list[inputs.Found], settings: Settings, placement: Placement, client: Any
) -> Settings:
    """The settings with the palette of all inputs, which is now a file."""
    from ..batch import shared

    path = shared.palette_path(found, settings, placement)
    if args.dry_run:
        raise UsageError("--shared-palette writes the palette before the pictures; leave out --dry-run")
    with progress(args) as told:
        last = 0.0

        def tell(done: int) -> None:
            nonlocal last
            if told is not None and time.monotonic() >= last + 1:  # a line a second is enough
                last = time.monotonic()
                told(f"counting colors: {done:,} of {len(found):,} pictures")

        def count(paths: list[str], settings: Settings, weigh: str) -> ColorSum | None:
            if client is None:
                return shared.count_here(paths, settings, weigh, tell)
            from ..distribute.cluster import colors_of_files

            return colors_of_files(paths, settings, weigh=weigh, client=client, skip_unreadable=True, tell=tell)

        colors = shared.write_palette(path, found, settings, placement, args.weigh, count)
    if not args.quiet:
        say(f"{shown(path)}: {colors} colors for {len(found)} pictures")
    return settings.but(palette=path)


def _check_for_cluster(args: argparse.Namespace) -> None:
    for name in ("jobs", "timeout", "resume"):
        if getattr(args, name) is not None:
            raise UsageError(f"--cluster and --{name} contradict each other; leave one out")


class _Talk:
    """What is said of outcomes: each as JSON when it is done, its line in the order of the jobs, and of all a table."""

    def __init__(self, args: argparse.Namespace, screen: Screen) -> None:
        self.screen = screen
        self._args = args
        self._outcomes: dict[int, Outcome] = {}
        self._refused: list[Outcome] = []
        self._next = 0

    def refused(self, refused: list[tuple[jobs.Job, str]]) -> None:
        """Tell what will not be done; a line that stands for two jobs once."""
        told = set()
        for job, why in refused:
            outcome = Outcome(job, "failed", UsageError.exit_code, why, error="UsageError")
            self._refused.append(outcome)
            if self._args.json:
                print_json(outcome.for_scripts())
            if why not in told:
                complain(why)
            told.add(why)
            self.screen.advance(outcome)

    def heard(self, outcome: Outcome) -> None:
        """An outcome, whenever it comes."""
        if self._args.json:
            print_json(outcome.for_scripts())
        self._outcomes[outcome.place] = outcome
        self.screen.advance(outcome)
        while self._next in self._outcomes:
            self._told(self._next)
            self._next += 1

    def interrupted(self, count: int) -> None:
        """Tell what was done before a signal."""
        self._tell_rest()
        if count > 1 and not self._args.quiet:
            done = sum(not one.failed for one in self._all())
            say(f"interrupted: {done} of {count} pictures are done; the same command does the rest")

    def ended(self, elapsed: float, trouble: str | None) -> int:
        """Tell of all; the exit code. trouble: what is wrong with the state."""
        outcomes = self._all()
        if len(outcomes) > 1 and not self._args.quiet:
            say(report.tally(outcomes))
            if not self._args.json:
                for line in report.table(outcomes, elapsed):
                    say(line)
        if trouble is not None:
            complain(trouble)
        codes = [one.code for one in outcomes]
        return jobs.exit_code(codes if trouble is None else [*codes, OutputError.exit_code])

    def _all(self) -> list[Outcome]:
        return [*self._refused, *(self._outcomes[place] for place in sorted(self._outcomes))]

    def _tell_rest(self) -> None:
        for place in sorted(self._outcomes):
            if place >= self._next:
                self._told(place)

    def _told(self, place: int) -> None:
        """Tell an outcome, and keep of it what the table needs: there may be many thousands."""
        outcome = self._outcomes[place]
        self._tell(outcome)
        line = outcome.message if outcome.failed else ""
        self._outcomes[place] = replace(outcome, message=line, details=(), told={}, trace="")

    def _tell(self, outcome: Outcome) -> None:
        """One line about an outcome; more with -v."""
        args = self._args
        if args.verbose > 1 and outcome.trace:
            self.screen.tell(outcome.trace.rstrip())
        if outcome.error is not None:
            self.screen.complain(outcome.message)
            return
        if args.quiet:
            return
        if not args.json:
            self.screen.tell(outcome.message)
        for line in outcome.details:
            self.screen.tell(line)


def _check(args: argparse.Namespace) -> None:
    """Raises UsageError for numbers that make no sense."""
    if args.jobs is not None and not 1 <= args.jobs <= 256:
        raise UsageError(f"--jobs must be 1 to 256, got {args.jobs}")
    if args.timeout is not None and not 0 <= args.timeout <= 1e6:
        raise UsageError(f"--timeout must be 0 (no limit) to 1000000 seconds, got {args.timeout:g}")


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
        data = codecs.read_bytes(args.files_from, "a list of names")
    # Names are bytes: what is not text in the locale passes through unchanged.
    if data.startswith((codecs_of_text.BOM_UTF16_LE, codecs_of_text.BOM_UTF16_BE)):
        return [line for line in data.decode("utf-16", "replace").splitlines() if line]
    data = data.removeprefix(codecs_of_text.BOM_UTF8)
    names = data.split(b"\0") if b"\0" in data else data.splitlines()
    return [os.fsdecode(name) for name in names if name]
