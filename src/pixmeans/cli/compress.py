"""`pixmeans compress`: for each picture plan, compress, write, and say so in one line."""

from __future__ import annotations

import argparse
import os
import sys
import time
import traceback
from collections import deque
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from .. import codecs, pipeline
from ..batch import jobs
from ..batch.jobs import STDIO, Job
from ..errors import OutputError, OutputExistsError, PixmeansError
from ..parallel import thread_count, use_threads
from ..settings import Settings
from .flags import settings_from
from .messages import complain, say, shown
from .parser import UsageError, colors_wanted
from .streams import check_not_a_terminal, print_json, read_stdin, write_stdout

if TYPE_CHECKING:
    from ..flow.result import Compressed

T = TypeVar("T")


def run(args: argparse.Namespace) -> int:
    """Compress every input; one bad file never stops the rest."""
    settings = settings_from(args)
    inputs = [*args.inputs, *_listed(args)]
    if not inputs:
        raise UsageError("which picture? for example: pixmeans compress photo.png (see pixmeans compress --help)")
    found = jobs.find(inputs, recursive=args.recursive, in_place=args.in_place)
    if not found:
        raise UsageError(f"{shown(inputs[0])}: there is no picture in this folder")
    planned = jobs.plan(args, found, settings)
    if any(job.output == STDIO for job in planned):
        check_not_a_terminal()
    codes = []
    with use_threads(settings.threads):
        at_once = min(len(planned), thread_count())
    if at_once > 1:
        settings = settings.but(threads=1)  # a core a picture serves many pictures better than many cores a picture
    with _progress(len(planned), args) as (tell, advance):
        worker = _Worker(args, settings, tell, resume=len(planned) > 1)
        with closing(_ahead(worker.make, planned, at_once)) as made:
            for job, result in made:
                codes.append(worker.do(job, result))
                advance()
    if len(planned) > 1 and not args.quiet:
        say(_tally(codes))
    return jobs.exit_code(codes)


@dataclass
class _Worker:
    """Does one job and reports it; every error becomes a line and an exit code.

    resume: an output that already holds the very bytes is no conflict but done: the command that was interrupted
    over a folder may be given again.
    """

    args: argparse.Namespace
    settings: Settings
    tell: Any
    resume: bool

    def make(self, job: Job) -> tuple[Compressed, float]:
        """The compressed picture, and the seconds it took; nothing is written yet."""
        if job.output != STDIO and not job.in_place:
            self._check_free(job)  # before the work, which would be for nothing
        start = time.perf_counter()
        source: Any = read_stdin() if job.source == STDIO else job.source
        name = "stdin" if job.source == STDIO else job.source
        result = pipeline.compress(source, settings=self.settings.but(format=job.format), name=name)
        return result, time.perf_counter() - start

    def do(self, job: Job, made: Callable[[], tuple[Compressed, float]]) -> int:
        """Write and report what `made` returns or raises; the exit code."""
        name = "stdin" if job.source == STDIO else shown(job.source)
        try:
            return self._finish(job, *made())
        except OutputExistsError as error:
            return self._failed(job, error, error.exit_code, "exists")
        except PixmeansError as error:
            return self._failed(job, error, error.exit_code)
        except MemoryError:
            return self._failed(job, f"{name}: not enough memory for this picture; make it smaller", 3)
        except (KeyboardInterrupt, BrokenPipeError):
            raise
        except Exception as error:
            message = f"{name}: something unforeseen went wrong, {type(error).__name__}: {error} (-vv shows where)"
            return self._failed(job, message, 1)

    def _finish(self, job: Job, result: Compressed, elapsed: float) -> int:
        args = self.args
        start = time.perf_counter()
        job = jobs.named_for(job, result.format)
        larger = jobs.is_larger(result.sizes)
        kept = jobs.is_kept(job, result.sizes, keep_larger=args.keep_larger)
        missed = args.strict and not result.reached
        status = "missed" if missed else "kept" if kept else "dry-run" if args.dry_run else "written"
        if status not in ("kept", "missed") and self._is_there(job, result):
            status = "unchanged"
        elif status == "written":
            self._write(job, result)
        elapsed += time.perf_counter() - start
        if args.json:
            print_json({"input": job.source, "output": job.output, "status": status, **result.to_dict()})
        elif not args.quiet:
            self.tell(jobs.summary(job, result, elapsed, status))
        if args.verbose and not args.quiet:
            for line in jobs.report(result):
                self.tell(line)
        if missed:
            return jobs.QUALITY
        return jobs.LARGER if larger and args.strict else 0

    def _check_free(self, job: Job) -> None:
        if os.path.isdir(job.output):
            raise OutputError(f"{shown(job.output)}: this is a folder; give the name of a file, or use -d for a folder")
        if os.path.isfile(job.output) and not self.args.force and not self.resume:
            raise OutputExistsError(_exists(job))

    def _is_there(self, job: Job, result: Compressed) -> bool:
        """Whether the output holds these bytes already. Raises OutputExistsError where it holds others."""
        if self.args.force or not self.resume or job.in_place or not os.path.isfile(job.output):
            return False
        if os.path.getsize(job.output) == len(result.data) and codecs.read_bytes(job.output) == result.data:
            return True
        raise OutputExistsError(_exists(job))

    def _write(self, job: Job, result: Compressed) -> None:
        if job.output == STDIO:
            write_stdout(result.data)
            return
        if job.in_place:
            if self.args.backup:
                backup = f"{job.source}.bak"
                original = codecs.read_bytes(job.source)
                codecs.write_atomically(backup, original, overwrite=self.args.force, keep_mode_of=job.source)
            codecs.write_atomically(job.output, result.data, overwrite=True, keep_mode_of=job.source)
            return
        folder = os.path.dirname(job.output)
        if folder:
            try:
                os.makedirs(folder, exist_ok=True)
            except OSError as error:
                raise OutputError(
                    f"{shown(folder)}: the folder cannot be made: {error.strerror}; choose another"
                ) from error
        never = None if job.source == STDIO else job.source
        codecs.write_atomically(job.output, result.data, overwrite=self.args.force, never=never)

    def _failed(self, job: Job, error: object, code: int, status: str = "failed") -> int:
        if self.args.verbose > 1:
            traceback.print_exc()
        if self.args.json:
            print_json(
                {
                    "input": job.source,
                    "output": job.output,
                    "status": status,
                    "error": str(error),
                    "code": code,
                }
            )
        complain(str(error))
        return code


def _ahead(make: Callable[[Job], T], jobs: list[Job], at_once: int) -> Generator[tuple[Job, Callable[[], T]]]:
    """Each job in turn with a way to its result; with several at once, the next ones are in the making meanwhile.

    Reading, k-means and encoding release the interpreter, so threads share the cores well.
    """
    if at_once == 1:
        for job in jobs:
            yield job, partial(make, job)
        return
    from concurrent.futures import Future, ThreadPoolExecutor

    pool = ThreadPoolExecutor(at_once, thread_name_prefix="pixmeans-picture")
    try:
        waiting: deque[tuple[Job, Future[T]]] = deque()
        for job in jobs:
            waiting.append((job, pool.submit(make, job)))
            if len(waiting) > at_once:  # no more in memory than are being made, and one that is being written
                done, future = waiting.popleft()
                yield done, future.result
        for done, future in waiting:
            yield done, future.result
    finally:
        pool.shutdown(cancel_futures=True)


def _exists(job: Job) -> str:
    return f"{shown(job.output)}: exists already; use --force to overwrite it"


def _listed(args: argparse.Namespace) -> list[str]:
    """The names in --files-from, one a line; empty lines do not count."""
    if args.files_from is None:
        return []
    if args.files_from == STDIO:
        if STDIO in args.inputs:
            raise UsageError("- (stdin) can be read only once")
        data = read_stdin()
    else:
        data = codecs.read_bytes(args.files_from)
    # Names are bytes: what is not text in the locale passes through unchanged.
    return [os.fsdecode(line) for line in data.splitlines() if line]


def _tally(codes: list[int]) -> str:
    failed = sum(code not in (0, jobs.EXISTS, jobs.LARGER, jobs.QUALITY) for code in codes)
    there = sum(code == jobs.EXISTS for code in codes)
    words = [f"{len(codes)} pictures", f"{len(codes) - failed - there} done"]
    words += [f"{there} there already"] * bool(there) + [f"{failed} failed"] * bool(failed)
    return ", ".join(words)


@contextmanager
def _progress(count: int, args: argparse.Namespace) -> Iterator[tuple[Any, Any]]:
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
