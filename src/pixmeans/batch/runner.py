"""Jobs -> outcomes: in this process where that is quicker, else in processes of their own."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Generator, Iterable
from typing import TYPE_CHECKING

from ..parallel import thread_count, use_threads
from ..settings import Settings
from .inputs import STDIO
from .jobs import Job, Placement
from .outcome import Outcome
from .work import Work

if TYPE_CHECKING:
    from .state import State

# Processes take half a second to start. Work of so many seconds in all is done before: so many for a file, and for each
# of its bytes. Measured on icons and photos: a hundred icons take as long in the threads of one process, half of whose
# time goes to Python, as in two processes with their start.
_SECONDS_OF_WORK, _SECONDS_A_FILE, _SECONDS_A_BYTE = 2.0, 0.02, 1e-6

_Found = tuple[Outcome, bytes | None]


def run(
    planned: list[Job],
    settings: Settings,
    placement: Placement,
    *,
    dry_run: bool = False,
    strict: bool = False,
    tells: tuple[str, ...] = (),
    processes: int | None = None,
    seconds: float | None = None,
    state: State | None = None,
    read_stdin: Callable[[], bytes],
    write_stdout: Callable[[bytes], None],
) -> Generator[Outcome]:
    """Do the jobs, and give the outcome of each as it is done; one bad file never stops the rest.

    dry_run: do everything but write. strict: what is not smaller, or is left alone, has exit code 98; what does not
    reach the wanted quality or size, or loses more than colors, is not written and has 99. tells: what outcomes have
    beside their line: 'details', 'told'.
    processes: how many work at a time; None is one a core where there is enough to do, else this one alone.
    seconds: a picture may take, by the clock: it is then tried once more, and given up; None decides by its size, 0 is
    no limit. It holds in processes, so a number takes one even for a single picture.
    state: what is done is looked up there, and added. read_stdin, write_stdout: where '-' comes from and goes to.

    Of several jobs one whose output holds the very result already is done, not a conflict: a run that was interrupted
    may be repeated. Raises KeyboardInterrupt, and BrokenPipeError of `write_stdout`. Close the generator if it is not
    exhausted, so that pictures in the making are not waited for in vain.
    """
    work = Work(settings, placement, dry_run, strict, len(planned) > 1, tells, state is not None)
    with use_threads(settings.threads):
        cores = thread_count()
    count = max(1, min(processes or cores, len(planned)))
    if seconds or (count > 1 and processes) or _takes_long(planned):
        found = _by_processes(work, planned, count, cores, seconds, state, read_stdin)
    else:
        found = _here(work, planned, count, cores, state, read_stdin)
    try:
        for outcome, data in found:
            if data is not None:
                write_stdout(data)
            if state is not None:
                state.add(planned[outcome.place], outcome)
            yield outcome
    finally:
        found.close()


def _takes_long(planned: list[Job]) -> bool:
    """Whether there is so much to do that it is worth to start processes."""
    if len(planned) < 2:
        return False
    seconds = 0.0
    for job in planned:
        try:
            seconds += _SECONDS_A_FILE + _SECONDS_A_BYTE * os.stat(job.source).st_size
        except (OSError, ValueError):
            continue  # it will be told
        if seconds > _SECONDS_OF_WORK:
            return True
    return False


def _by_processes(
    work: Work,
    planned: list[Job],
    count: int,
    cores: int,
    seconds: float | None,
    state: State | None,
    read_stdin: Callable[[], bytes],
) -> Generator[_Found]:
    from .workers import Crew, NoWorkersError

    tasks = (
        (place, job, read_stdin() if job.source == STDIO else None, None if state is None else state.record(job))
        for place, job in enumerate(planned)
    )
    left: list[int] = []
    with Crew(work, count, cores, seconds) as crew:
        try:
            yield from crew.outcomes(tasks)
        except NoWorkersError as error:
            left = error.left
    # Where the system lets no process start, what is left is done here, without limits of time.
    yield from _here(work, planned, 1, cores, state, read_stdin, left)


def _here(
    work: Work,
    planned: list[Job],
    at_once: int,
    cores: int,
    state: State | None,
    read_stdin: Callable[[], bytes],
    places: Iterable[int] | None = None,
) -> Generator[_Found]:
    """The outcomes in the order of the jobs. at_once: how many threads share them. places: of the jobs to do."""

    def do(place: int) -> _Found:
        job = planned[place]
        source = read_stdin() if job.source == STDIO else None
        threads = None if at_once == 1 else max(1, cores // at_once)
        record = None if state is None else state.record(job)
        return work.do(job, place=place, source=source, threads=threads, record=record)

    todo = range(len(planned)) if places is None else places
    if at_once <= 1:
        for place in todo:
            yield do(place)
        return
    from concurrent.futures import Future, ThreadPoolExecutor

    # Reading, k-means and encoding release the interpreter, so threads share the cores well.
    pool = ThreadPoolExecutor(at_once, thread_name_prefix="pixmeans-picture")
    try:
        waiting: deque[Future[_Found]] = deque()
        for place in todo:
            waiting.append(pool.submit(do, place))
            if len(waiting) > at_once:  # no more in memory than are being made
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)
