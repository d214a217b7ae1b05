"""Jobs -> outcomes: each picture is read, compressed and written, the next ones in the making meanwhile."""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Callable, Generator, Iterable
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from .. import codecs, pipeline
from ..errors import OutputError, OutputExistsError, PixmeansError, UsageError, shown
from ..parallel import thread_count, use_threads
from . import jobs
from .jobs import STDIO, Job, Placement

if TYPE_CHECKING:
    from ..flow.result import Compressed
    from ..settings import Settings

T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True)
class Outcome:
    """What became of a job.

    status: one of
        'written'
        'kept'       nothing was written, as it would not be smaller
        'missed'     nothing was written, as it does not reach the wanted quality or size, or loses more than colors
        'dry-run'    nothing was to be written
        'unchanged'  the output holds the very result already
        'left alone' a folder held this file of several frames or pages, of which only the first would be written
        'exists'     the output holds something else
        'failed'
    code: the exit code for this job alone. seconds: for all of it. result: None for the last three.
    error: None for all others but the last two. message: one line about what has no result.
    """

    job: Job
    status: str
    code: int
    seconds: float = 0.0
    result: Compressed | None = None
    error: Exception | None = None
    message: str = ""


def run(
    planned: list[Job],
    settings: Settings,
    placement: Placement,
    *,
    dry_run: bool = False,
    strict: bool = False,
    read_stdin: Callable[[], bytes],
    write_stdout: Callable[[bytes], None],
) -> Generator[Outcome]:
    """Do the jobs in their order, and give the outcome of each; one bad file never stops the rest.

    dry_run: do everything but write. strict: what is not smaller, or is left alone, has exit code 98; what does not
    reach the wanted quality or size, or loses more than colors, is not written and has 99.
    read_stdin, write_stdout: where '-' comes from and goes to.

    Of several jobs one whose output holds the very result already is done, not a conflict: a run that was interrupted
    may be repeated. Raises KeyboardInterrupt, and BrokenPipeError of `write_stdout`. Close the generator if it is not
    exhausted, so that pictures in the making are not waited for in vain.
    """
    resume = len(planned) > 1
    with use_threads(settings.threads):
        at_once = min(len(planned), thread_count())
    if at_once > 1:
        settings = settings.but(threads=1)  # a core a picture serves many pictures better than many cores a picture
    compress = _Compress(settings, read_stdin, may_exist=placement.overwrite or resume)
    finish = _Finish(placement, dry_run, strict, resume, write_stdout)
    with closing(_ahead(compress, planned, at_once)) as made:
        for job, result in made:
            yield _outcome(job, result, finish)


class _LeftAloneError(Exception):
    """A file that stays as it is, and why."""


@dataclass(frozen=True)
class _Compress:
    """The work that many pictures share among threads: it needs its fields and a job, and writes nothing.

    may_exist: whether an output that exists is no reason not to begin.
    """

    settings: Settings
    read_stdin: Callable[[], bytes]
    may_exist: bool

    def __call__(self, job: Job) -> tuple[Compressed, float]:
        """The compressed picture, and the seconds it took. Raises PixmeansError, _LeftAloneError."""
        if job.output != STDIO and not job.in_place:
            self._check_free(job)  # before the work, which would be for nothing
        start = time.perf_counter()
        source = self.read_stdin() if job.source == STDIO else codecs.read_bytes(job.source)
        name = "stdin" if job.source == STDIO else job.source
        if job.in_place or job.searched:
            _check_still(job, codecs.count_frames(source))
        result = pipeline.compress(source, settings=self.settings.but(format=job.format), name=name)
        if job.in_place or job.searched:
            _check_still(job, result.source.frames)  # where headers alone did not tell
        return result, time.perf_counter() - start

    def _check_free(self, job: Job) -> None:
        if os.path.isdir(job.output):
            raise OutputError(f"{shown(job.output)}: this is a folder; give the name of a file, or use -d for a folder")
        if os.path.isfile(job.output) and not self.may_exist:
            raise OutputExistsError(_exists(job))


def _check_still(job: Job, frames: int) -> None:
    """Frames are not thrown away but by name. Raises UsageError, _LeftAloneError."""
    if frames <= 1:
        return
    name, others = shown(job.source), f"all but the first of its {frames} frames or pages would be lost"
    if job.searched:
        raise _LeftAloneError(f"{name}: left alone, {others}; to write the first, give its name")
    raise UsageError(f"{name}: {others}; for the first alone write a new file: leave out --in-place")


@dataclass(frozen=True)
class _Finish:
    """Decides whether a result is written, and writes it; one after the other, in the order of the jobs."""

    placement: Placement
    dry_run: bool
    strict: bool
    resume: bool
    write_stdout: Callable[[bytes], None]

    def __call__(self, job: Job, result: Compressed, elapsed: float) -> Outcome:
        start = time.perf_counter()
        job = jobs.named_for(job, result.format)
        status = self._status(job, result)
        if status == "written":
            self._write(job, result)
        code = 0
        if status == "missed":
            code = jobs.QUALITY
        elif self.strict and jobs.is_larger(result.sizes):
            code = jobs.LARGER
        return Outcome(job, status, code, elapsed + time.perf_counter() - start, result)

    def _status(self, job: Job, result: Compressed) -> str:
        if self.strict and _misses(result):
            return "missed"
        if jobs.is_kept(job, result.sizes, keep_larger=self.placement.keep_larger):
            return "kept"
        if self._is_there(job, result):
            return "unchanged"
        return "dry-run" if self.dry_run else "written"

    def _is_there(self, job: Job, result: Compressed) -> bool:
        """Whether the output holds these bytes already. Raises OutputExistsError where it holds others."""
        if self.placement.overwrite or not self.resume or job.in_place or not os.path.isfile(job.output):
            return False
        if os.path.getsize(job.output) == len(result.data) and codecs.read_bytes(job.output) == result.data:
            return True
        raise OutputExistsError(_exists(job))

    def _write(self, job: Job, result: Compressed) -> None:
        overwrite = self.placement.overwrite
        if job.output == STDIO:
            self.write_stdout(result.data)
            return
        if job.in_place:
            if self.placement.backup:
                original = codecs.read_bytes(job.source)
                backup = f"{job.source}.bak"
                codecs.write_atomically(backup, original, overwrite=overwrite, keep_mode_of=job.source)
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
        codecs.write_atomically(job.output, result.data, overwrite=overwrite, never=never)


def _misses(result: Compressed) -> bool:
    """Whether more is lost than was asked for.

    A wanted quality is measured against the picture as it was read, and decides; but frames are not measured. Without
    one only colors may be lost.
    """
    if result.settings.quality is not None:
        return not result.reached or result.source.frames > 1
    return not result.reached or bool(result.losses)


def _outcome(job: Job, result: Callable[[], tuple[Compressed, float]], finish: _Finish) -> Outcome:
    """What comes of a result, or of the error that stands in its place."""
    name = "stdin" if job.source == STDIO else shown(job.source)
    try:
        return finish(job, *result())
    except _LeftAloneError as error:
        return Outcome(job, "left alone", jobs.LARGER if finish.strict else 0, message=str(error))
    except OutputExistsError as error:
        return Outcome(job, "exists", error.exit_code, error=error, message=str(error))
    except PixmeansError as error:
        return Outcome(job, "failed", error.exit_code, error=error, message=str(error))
    except MemoryError as error:
        message = f"{name}: not enough memory for this picture; make it smaller"
        return Outcome(job, "failed", 3, error=error, message=message)
    except BrokenPipeError:
        raise
    except Exception as error:
        message = f"{name}: something unforeseen went wrong, {type(error).__name__}: {error} (-vv shows where)"
        return Outcome(job, "failed", 1, error=error, message=message)


def _ahead(work: Callable[[T], R], parts: Iterable[T], at_once: int) -> Generator[tuple[T, Callable[[], R]]]:
    """Each part in turn with a way to its result; with several at once, the next ones are in the making meanwhile.

    Reading, k-means and encoding release the interpreter, so threads share the cores well. Any other pool of
    `concurrent.futures` would do.
    """
    if at_once == 1:
        for part in parts:
            yield part, partial(work, part)
        return
    from concurrent.futures import Future, ThreadPoolExecutor

    pool = ThreadPoolExecutor(at_once, thread_name_prefix="pixmeans-picture")
    try:
        waiting: deque[tuple[T, Future[R]]] = deque()
        for part in parts:
            waiting.append((part, pool.submit(work, part)))
            if len(waiting) > at_once:  # no more in memory than are being made, and one that is being written
                done, future = waiting.popleft()
                yield done, future.result
        for done, future in waiting:
            yield done, future.result
    finally:
        pool.shutdown(cancel_futures=True)


def _exists(job: Job) -> str:
    return f"{shown(job.output)}: exists already; use --force to overwrite it"
