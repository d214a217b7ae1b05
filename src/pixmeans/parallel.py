"""The one place where threads are made.

Kernels release the GIL, and their sums are whole numbers or are added in a fixed order, so that the result does not
depend on how many threads there are.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar, copy_context
from functools import cache
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

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


def _begin_worker() -> None:
    _here.is_worker = True


@cache
def _pool(count: int) -> ThreadPoolExecutor:
    """The pool of so many threads. It lasts as long as the process, as making one takes longer than a small job."""
    from concurrent.futures import ThreadPoolExecutor  # takes 3 ms, and small pictures need none

    return ThreadPoolExecutor(count, thread_name_prefix="pixmeans", initializer=_begin_worker)


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
    from concurrent.futures import wait

    pool = _pool(threads)
    futures = [pool.submit(copy_context().run, work, part) for part in parts]
    try:
        return [future.result() for future in futures]
    except BaseException:
        wait([future for future in futures if not future.cancel()])
        raise
