"""Jobs done by processes: each may crash, hang or be killed, and the others go on.

A process that ends before its job is replaced, and the job is given out once more, alone. The scheduler never reads a
picture: the workers do, ask before they decode a large one, and write the results. Only words come back.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Generator, Iterable
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import Any

from ..codecs.files import remove_temporary
from ..codecs.pipes import BrokenMessageError, exactly, receive, send, signal_name
from ..errors import InputError, shown
from ..records import asdict, dataclass, field
from .inputs import STDIO
from .jobs import Job
from .outcome import MOST_BYTES, Outcome
from .state import Record
from .work import Work

# A picture may take so many seconds where nobody says how many, and in proportion more if it has more than 4 megapixels
# in all its frames. Only what hangs takes as long: the slowest settings take a minute a megapixel.
_SECONDS, _SECONDS_A_MEGAPIXEL = 600.0, 150.0
_USUAL = round(1e6 * _SECONDS / _SECONDS_A_MEGAPIXEL)

_START_SECONDS = 120.0  # to load Python and this package on a machine that is busy
_MOST_STARTS = 3  # that may fail one after the other

# What is decoded at the same time: at least 16 megapixels a worker, more where a third of the memory has room for it.
_SHARE = 16_000_000
_BYTES_A_PIXEL = 48  # measured: up to 90 with 9 megapixels, 27 with 100

# A file of at most so many bytes is given to a process that still works on another one, so that it need not wait for
# the next: with 2,000 icons that was a tenth of the time.
_SMALL_FILE = 1 << 15

# The child finds this package where the parent found it, whatever the folder and the environment.
_PROGRAM = """
import json, sys
sys.path[:] = json.loads(sys.argv[1])
from pixmeans.batch.worker import serve
serve()
"""


class NoWorkersError(Exception):
    """No process can be started here. left: the places of the jobs that are not done."""

    def __init__(self, left: list[int]) -> None:
        super().__init__()
        self.left = left


@dataclass(eq=False)
class _Task:
    """A job to be given out. lost: why the process that had it before ended without an answer."""

    place: int
    job: Job
    source: bytes | None
    record: Record | None
    lost: str = ""
    stamp: tuple[int, int] | None = None


@dataclass(eq=False)
class _Worker:
    """A process.

    next: the job that it begins when that of `task` is done. pixels: of its picture, as far as that is known;
    together: of all its frames. asks: whether it waits for leave to decode it.
    """

    process: subprocess.Popen[bytes]
    writer: str
    deadline: float
    ready: bool = False
    task: _Task | None = None
    next: _Task | None = None
    threads: int = 0
    pixels: int = 0
    together: int = 0
    asks: bool = False
    hung: bool = False
    reader: threading.Thread | None = field(default=None, repr=False)


_Message = tuple[_Worker, dict[str, Any] | None, bytes | None]


class Crew:
    """The worker processes of a run. To be used in a `with` block, at whose end they are gone.

    count: of processes. cores: how many threads they have together. seconds: a picture may take by the clock, before it
    is given out again, and after that is given up; None decides by its size, 0 is no limit.
    """

    def __init__(self, work: Work, count: int, cores: int, seconds: float | None) -> None:
        self._work, self._count, self._cores, self._seconds = work, count, cores, seconds
        self._budget = max(count * _SHARE, _memory() // 3 // _BYTES_A_PIXEL)
        self._share = self._budget // count
        self._workers: list[_Worker] = []
        self._messages: SimpleQueue[_Message] = SimpleQueue()
        self._pending: deque[_Task] = deque()
        self._failed_starts = 0
        self._started = 0

    def __enter__(self) -> Crew:
        return self

    def __exit__(self, *_: object) -> None:
        for worker in self._workers:
            with suppress(OSError):
                worker.process.kill()
        for worker in list(self._workers):
            self._bury(worker)

    def start(self) -> None:
        """Start the processes, so that they load while the jobs are still being planned."""
        while len(self._workers) < self._count:
            self._hire()

    def outcomes(
        self, tasks: Iterable[tuple[int, Job, bytes | None, Record | None]]
    ) -> Generator[tuple[Outcome, bytes | None]]:
        """The outcome of every job as it is done, and what it writes to stdout.

        tasks: place, job, what stdin gave, and what is known of the job. Raises NoWorkersError.
        """
        self._pending.extend(_Task(*task) for task in tasks)
        while self._pending or any(worker.task for worker in self._workers):
            self._give_out()
            found = self._heard()
            if found is not None:
                yield found

    # What to do next.

    def _give_out(self) -> None:
        """Start processes, give leave to decode, and give out jobs, as far as there are cores and memory."""
        wanted = min(self._count, len(self._pending) + sum(worker.task is not None for worker in self._workers))
        while len(self._workers) < wanted:
            self._hire()
        asking = [worker for worker in self._workers if worker.asks]
        for worker in asking:
            if self._has_room(worker):
                self._let(worker)
        if any(worker.asks for worker in asking):
            return  # nothing new begins before a large picture had its turn
        for worker in self._workers:
            if not self._pending:
                return
            if worker.task is None and worker.ready:
                alone = all(other.task is None for other in self._workers)
                if any(other.task and other.task.lost for other in self._workers) or (
                    self._pending[0].lost and not alone
                ):
                    return  # what failed before is tried alone
                self._give(worker, self._pending.popleft())
        self._give_ahead()

    def _give_ahead(self) -> None:
        """Give small files to processes that will soon be done, unless something is tried alone.

        The last ones, as many as there are processes, wait for whoever is free first.
        """
        if any(worker.task and worker.task.lost for worker in self._workers):
            return
        for worker in self._workers:
            if worker.task is None or worker.next is not None:
                continue
            if len(self._pending) <= self._count or self._pending[0].lost or not _may_wait(self._pending[0]):
                return
            worker.next = self._pending.popleft()
            self._send(worker, worker.next, max(1, self._cores // self._count))

    def _has_room(self, worker: _Worker) -> bool:
        others = [one for one in self._workers if one.task and not one.asks]
        return not others or sum(one.pixels for one in others) + worker.pixels <= self._budget

    def _threads_now(self) -> int:
        """How many threads one more picture gets: its share, and all that are idle where nothing else is to be done."""
        share = max(1, self._cores // self._count)
        busy = sum(worker.threads for worker in self._workers if worker.task and not worker.asks)
        return share if self._pending and not self._pending[0].lost else max(share, self._cores - busy)

    def _let(self, worker: _Worker) -> None:
        busy = sum(one.threads for one in self._workers if one.task and not one.asks)
        # A large picture gets the cores that are free: while it waits, and as long as it works, nothing else begins.
        worker.threads = max(self._cores // self._count, self._cores - busy, 1)
        worker.asks = False
        worker.deadline = self._deadline(worker.together)
        self._tell(worker, {"threads": worker.threads})

    def _give(self, worker: _Worker, task: _Task) -> None:
        self._begins(worker, task)
        worker.threads = self._threads_now()
        self._send(worker, task, worker.threads)

    def _begins(self, worker: _Worker, task: _Task) -> None:
        worker.task, worker.pixels = task, self._share
        worker.threads = max(1, self._cores // self._count)
        worker.deadline = self._deadline(0)

    def _send(self, worker: _Worker, task: _Task, threads: int) -> None:
        task.stamp = _stamp(task.job)
        request = {
            "job": asdict(task.job),
            "place": task.place,
            "threads": threads,
            "record": None if task.record is None else task.record.to_dict(),
            "bytes": None if task.source is None else len(task.source),
        }
        self._tell(worker, request, *(() if task.source is None else (task.source,)))

    def _deadline(self, pixels: int) -> float:
        if self._seconds == 0:
            return float("inf")
        usual = max(_SECONDS, _SECONDS_A_MEGAPIXEL * pixels / 1e6)
        return time.monotonic() + (usual if self._seconds is None else self._seconds)

    # Processes.

    def _hire(self) -> None:
        self._started += 1
        command = [sys.executable, "-I", "-B", "-c", _PROGRAM, json.dumps(sys.path)]
        environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}  # each thread of it takes address space
        pipe, nowhere = subprocess.PIPE, subprocess.DEVNULL
        try:
            process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=nowhere, env=environment)
        except (OSError, ValueError, TypeError) as error:  # no room for one more, or no program that is Python
            raise self._no_workers() from error
        writer = f"{os.getpid()}n{self._started}x{os.urandom(4).hex()}"
        worker = _Worker(process, writer, time.monotonic() + _START_SECONDS)
        self._workers.append(worker)
        worker.reader = threading.Thread(target=_listen, args=(worker, self._messages), daemon=True)
        worker.reader.start()
        begin = {"work": self._work.to_dict(), "share": self._share, "usual": _USUAL, "writer": writer}
        self._tell(worker, begin)

    def _tell(self, worker: _Worker, message: dict[str, Any], *bodies: bytes) -> None:
        assert worker.process.stdin is not None
        with suppress(OSError):  # it has ended, which its reader tells
            send(worker.process.stdin, message, *bodies)

    def _heard(self) -> tuple[Outcome, bytes | None] | None:
        """Wait for the next message or deadline; an outcome if that is what it was."""
        now = time.monotonic()
        waiting = [one for one in self._workers if not one.hung and not one.asks and (one.task or not one.ready)]
        next_deadline = min((worker.deadline for worker in waiting), default=now + 1)
        try:
            worker, message, data = self._messages.get(timeout=min(max(0.0, next_deadline - now), 3600.0))
        except Empty:
            for worker in waiting:
                if worker.deadline <= time.monotonic():
                    worker.hung = True
                    with suppress(OSError):
                        worker.process.kill()  # its reader tells when it has ended
            return None
        if worker not in self._workers:
            return None
        if message is None:
            return self._lost(worker)
        return self._answered(worker, message, data)

    def _answered(
        self, worker: _Worker, message: dict[str, Any], data: bytes | None
    ) -> tuple[Outcome, bytes | None] | None:
        try:
            if "pixels" in message:
                worker.pixels, worker.asks = max(int(message["pixels"]), self._share), True
                worker.together = int(message["together"])
                return None
            if "ready" in message:
                worker.ready, self._failed_starts = True, 0
                return None
            outcome = Outcome.from_dict(message["outcome"])
        except (KeyError, TypeError, ValueError):
            return self._lost(worker)  # what answers nonsense is of no more use
        if worker.task is None or outcome.place != worker.task.place:
            return self._lost(worker)
        worker.task = None
        if worker.next is not None:
            self._begins(worker, worker.next)
            worker.next = None
        return outcome, data

    def _lost(self, worker: _Worker) -> tuple[Outcome, bytes | None] | None:
        """A process has ended. Its job is given out once more; the second time, that is its outcome."""
        task = worker.task
        with suppress(OSError):
            worker.process.kill()
        code = self._bury(worker)
        if worker.next is not None:
            self._pending.appendleft(worker.next)
        if task is None:
            self._failed_starts += not worker.ready
            if self._failed_starts >= _MOST_STARTS:
                raise self._no_workers()
            return None
        if task.job.in_place and _stamp(task.job) != task.stamp:
            words = f"{shown(task.job.source)}: written; the process ended before it could tell more"
            return Outcome(task.job, "written", 0, words, place=task.place), None
        why = self._why(worker, code)
        if not task.lost:
            task.lost = why
            self._pending.appendleft(task)
            return None
        name = "stdin" if task.job.source == STDIO else shown(task.job.source)
        message = f"{name}: tried twice: {why}"
        failed = Outcome(task.job, "failed", InputError.exit_code, message, place=task.place, error="InputError")
        return failed, None

    def _why(self, worker: _Worker, code: int) -> str:
        """Why a process ended, and the way out."""
        if worker.hung:
            return "it takes too long and was stopped; raise --timeout, or make the picture smaller"
        if code < 0 and code != -getattr(signal, "SIGKILL", 0):
            return f"the process crashed ({signal_name(-code)}); the file may be damaged, get it again"
        if code < 0:
            return "the process was killed, perhaps for lack of memory; make the picture smaller or free some memory"
        return f"the process ended without an answer ({code}); the file may be damaged, get it again"

    def _bury(self, worker: _Worker) -> int:
        """Wait for a process that was killed, and remove what it leaves. Returns its exit code."""
        self._workers.remove(worker)
        code = worker.process.wait()
        if worker.reader is not None:
            worker.reader.join()
        for stream in (worker.process.stdin, worker.process.stdout):
            if stream is not None:
                with suppress(OSError):  # what was not sent is lost
                    stream.close()
        if worker.task is not None and worker.task.job.output != STDIO:
            output = worker.task.job.output
            for path in {output, os.path.realpath(output)}:
                remove_temporary(os.path.dirname(path), worker.writer)
        return code

    def _no_workers(self) -> NoWorkersError:
        given = [task for worker in self._workers for task in (worker.task, worker.next) if task]
        tasks = given + list(self._pending)
        return NoWorkersError(sorted(task.place for task in tasks))


def _listen(worker: _Worker, messages: SimpleQueue[_Message]) -> None:
    """Hand on every message of a process, and its end."""
    stream = worker.process.stdout
    assert stream is not None
    try:
        while True:
            message = receive(stream, MOST_BYTES)
            count = message.get("bytes")
            data = None if not isinstance(count, int) else bytes(exactly(stream, bytearray(count)))
            messages.put((worker, message, data))
    except (BrokenMessageError, OSError, ValueError, MemoryError):
        messages.put((worker, None, None))


def _may_wait(task: _Task) -> bool:
    """Whether it may be given ahead: a file that takes little to read, and is not to be replaced.

    A process may begin it, and be killed for what it answered about the last one. So it must do no harm to begin anew.
    """
    if task.source is not None or task.job.in_place:
        return False
    try:
        return os.path.getsize(task.job.source) <= _SMALL_FILE
    except (OSError, ValueError):
        return False


def _stamp(job: Job) -> tuple[int, int] | None:
    """What changes when a file is replaced."""
    if job.source == STDIO:
        return None
    try:
        about = os.stat(job.source)
    except (OSError, ValueError):
        return None
    return about.st_ino, about.st_mtime_ns


def _memory() -> int:
    """Bytes of memory that the machine has; 0 where the system does not tell."""
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):
        return 0
