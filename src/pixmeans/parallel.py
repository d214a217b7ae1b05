"""The one place where threads are made.

Kernels release the GIL, and their sums are whole numbers or are added in a fixed order, so that the result does not
depend on how many threads there are.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import Context, ContextVar, copy_context
from functools import cache
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from queue import SimpleQueue

T = TypeVar("T")
R = TypeVar("R")

_wanted: ContextVar[int] = ContextVar("threads", default=0)


class _Here(threading.local):
    """What is known of the thread that asks."""

    is_worker = False


_here = _Here()


def thread_count() -> int:
    """How many threads kernels may use here: what `use_threads` says, else one per core."""
    if _wanted.get():
        return _wanted.get()
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@contextmanager
def use_threads(count: int) -> Iterator[None]:
    """Within this block kernels use `count` threads; 0 means one per core.

    It holds for this thread (or asyncio task) and for the workers that `each` sets to work from it.
    """
    token = _wanted.set(count)
    try:
        yield
    finally:
        _wanted.reset(token)


class _Job(Generic[T, R]):
    """Parts that threads take one after the other; those of `concurrent.futures` take eight milliseconds to load."""

    def __init__(self, work: Callable[[T], R], parts: list[T]) -> None:
        self.results: dict[int, R] = {}
        self.errors: dict[int, BaseException] = {}
        self.finished = threading.Event()
        self._work, self._parts = work, parts
        self._lock, self._next, self._end, self._running = threading.Lock(), 0, len(parts), 0

    def run(self) -> None:
        """Do parts until none is left, or one fails."""
        while (place := self._taken()) is not None:
            try:
                self.results[place] = self._work(self._parts[place])
            except BaseException as error:
                self.errors[place] = error
                self.drop()
            with self._lock:
                self._running -= 1
                self._tell()

    def drop(self) -> None:
        """Let nobody begin with another part."""
        with self._lock:
            self._end = self._next
            self._tell()

    def _taken(self) -> int | None:
        with self._lock:
            if self._next >= self._end:
                return None
            self._next, self._running = self._next + 1, self._running + 1
            return self._next - 1

    def _tell(self) -> None:
        if self._running == 0 and self._next >= self._end:
            self.finished.set()


class _Pool:
    """Threads that wait for work as long as the process lasts: making them takes longer than a small job."""

    def __init__(self, count: int) -> None:
        from queue import SimpleQueue  # small pictures need none

        self._asked: SimpleQueue[tuple[Context, Callable[[], None]]] = SimpleQueue()
        for number in range(count):
            threading.Thread(target=self._serve, name=f"pixmeans_{number}", daemon=True).start()

    def ask(self, run: Callable[[], None]) -> None:
        """Let a thread call it when one is idle, with the context variables of now."""
        self._asked.put((copy_context(), run))

    def _serve(self) -> None:
        _here.is_worker = True
        while True:
            context, run = self._asked.get()
            context.run(run)
            del context, run  # they hold arrays


@cache
def _pool(count: int) -> _Pool:
    return _Pool(count)


def _begin_child() -> None:
    """After `fork` only the thread that forked exists: pools without threads would be waited for without end."""
    _pool.cache_clear()
    _here.is_worker = False


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_begin_child)


def each(work: Callable[[T], R], parts: list[T]) -> list[R]:
    """The results of `work` on every part, in order; in threads when there are several of both.

    Workers see the caller's context variables, `use_threads` among them. `work` may itself call `each`: inside a
    worker that runs one part after the other, as a worker that waits for another could wait forever.

    If parts fail, the error of the first of them in order is raised. On an error, KeyboardInterrupt among them, parts
    that have not begun are dropped and those that run are waited for: when `each` returns or raises, nobody writes to
    the caller's arrays any more. Kernels cannot be interrupted, so Ctrl-C takes effect when the running parts end,
    which may be seconds later; a second Ctrl-C does not wait for them.
    """
    threads = min(thread_count(), len(parts))
    if threads <= 1 or _here.is_worker:
        return [work(part) for part in parts]
    job = _Job(work, parts)
    pool = _pool(threads)
    for _ in range(threads):
        pool.ask(job.run)
    try:
        job.finished.wait()
    except BaseException:
        job.drop()
        job.finished.wait()
        raise
    if job.errors:
        error = job.errors[min(job.errors)]
        job.errors.clear()
        try:
            raise error
        finally:
            del error  # which knows this frame, and with it all arrays
    return [job.results[place] for place in range(len(parts))]
