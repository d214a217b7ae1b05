"""The one place where threads are made: kernels release the GIL, and their sums are whole numbers or are added in
order, so that the result does not depend on how many threads there are."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

T = TypeVar("T")
R = TypeVar("R")

_wanted: ContextVar[int] = ContextVar("threads", default=0)


def thread_count() -> int:
    """How many threads kernels may use here: what `use_threads` says, else one per core."""
    if _wanted.get():
        return _wanted.get()
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@contextmanager
def use_threads(count: int) -> Iterator[None]:
    """Within this block kernels use `count` threads; 0 means one per core."""
    token = _wanted.set(count)
    try:
        yield
    finally:
        _wanted.reset(token)


@cache
def _pool(count: int) -> ThreadPoolExecutor:
    from concurrent.futures import ThreadPoolExecutor  # takes 3 ms, and small pictures need none

    return ThreadPoolExecutor(count, thread_name_prefix="pixmeans")


def each(work: Callable[[T], R], parts: list[T]) -> list[R]:
    """The results of `work` on every part, in order; in threads when there are several of both."""
    threads = min(thread_count(), len(parts))
    if threads <= 1:
        return [work(part) for part in parts]
    return list(_pool(threads).map(work, parts))
