"""What decoding changes for the whole process: the only place that does, and why.

- `no_warnings`: Pillow warns of what it mends or ignores (damaged EXIF, odd tags, large pictures). A filter for its
  modules hides these warnings, as `decode` says what matters itself.
- `no_messages`: libtiff writes about damage straight to standard error, descriptor 2, and Pillow offers no switch. The
  descriptor points to nowhere while libtiff runs. Python's `sys.stderr` leads around it meanwhile, so that what other
  threads say is heard.
- `raised_limit`: Pillow refuses what has more than twice `MAX_IMAGE_PIXELS`, 179 million pixels. Our own limit is
  higher and was checked by then, so Pillow's is raised, but only for a picture that it has refused.

All of it is counted under one lock: the first thread that comes in makes a change, the last that goes out undoes it,
and a forked child begins without any. Whoever cannot accept this at all, as a server, decodes in a process of its
own: `isolated.py`.
"""

from __future__ import annotations

import contextlib
import io
import os
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from typing import TextIO

_lock = threading.Lock()
_changes: list[_Change] = []


class _Change:
    """A change that any number of threads may need at once.

    make: makes the change and returns what undoes it.
    """

    def __init__(self, make: Callable[[], Callable[[], object]]) -> None:
        self._make = make
        self._inside = 0
        self._undo: Callable[[], object] = lambda: None
        _changes.append(self)

    def __enter__(self) -> None:
        with _lock:
            if self._inside == 0:
                self._undo = self._make()
            self._inside += 1

    def __exit__(self, *_: object) -> None:
        with _lock:
            self._inside -= 1
            if self._inside == 0:
                self._undo()

    def forget(self) -> None:
        """Undo the change whoever is inside: in a forked child these threads do not exist."""
        if self._inside:
            self._inside = 0
            self._undo()


def _ignore_warnings() -> Callable[[], object]:
    # `catch_warnings` around each call is no help: two threads that overlap would restore each other's filters.
    catcher = warnings.catch_warnings()
    catcher.__enter__()
    warnings.filterwarnings("ignore", module=r"PIL\.")
    return lambda: catcher.__exit__(None, None, None)


def _close_standard_error() -> Callable[[], object]:
    try:
        saved = _kept_descriptor()
    except OSError:  # there is no standard error
        return lambda: None
    usual, aside = sys.stderr, _another_way(saved)
    if aside is not None:
        sys.stderr = aside
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    os.close(nowhere)

    def undo() -> None:
        if aside is not None and sys.stderr is aside:
            sys.stderr = usual
        os.dup2(saved, 2)

    return undo


_kept: list[int] = []


def _kept_descriptor() -> int:
    """A second descriptor of standard error. It is never closed: who writes late must not hit another file."""
    if _kept:
        os.dup2(2, _kept[0], inheritable=False)
    else:
        _kept.append(os.dup(2))
    return _kept[0]


def _another_way(descriptor: int) -> TextIO | None:
    """A text stream to a descriptor, with the manners of Python's standard error; None where that is none of 2."""
    usual = sys.stderr
    try:
        if usual is None or usual.fileno() != 2:
            return None
        usual.flush()
        raw = open(descriptor, "wb", buffering=0, closefd=False)  # noqa: SIM115
        return io.TextIOWrapper(raw, usual.encoding, usual.errors, write_through=True)
    except (OSError, ValueError, AttributeError):
        return None


no_warnings = _Change(_ignore_warnings)
no_messages = _Change(_close_standard_error)

_wanted: list[int] = []  # limits of the pictures that are being decoded with a raised one
_usual: list[int | None] = []  # Pillow's own limit while it is raised


@contextlib.contextmanager
def raised_limit(max_pixels: int) -> Iterator[None]:
    """Within this block Pillow's limit of pixels is at least `max_pixels`."""
    import PIL.Image  # only now: what Pillow does not read needs none

    with _lock:
        if not _wanted:
            _usual.append(PIL.Image.MAX_IMAGE_PIXELS)
        _wanted.append(max_pixels)
        _set_limit()
    try:
        yield
    finally:
        with _lock:
            _wanted.remove(max_pixels)
            _set_limit()


def _set_limit() -> None:
    """The largest limit that anybody wants, or Pillow's own; None is no limit."""
    import PIL.Image

    if not _wanted:
        PIL.Image.MAX_IMAGE_PIXELS = _usual.pop()
    elif _usual[0] is not None:
        PIL.Image.MAX_IMAGE_PIXELS = max(_usual[0], *_wanted)


def _in_child() -> None:
    for change in _changes:
        change.forget()
    if _wanted:
        _wanted.clear()
        _set_limit()
    _lock.release()


if hasattr(os, "register_at_fork"):
    # Nobody holds the lock for long, so that a fork may wait for it: the child then finds all of it consistent.
    os.register_at_fork(before=_lock.acquire, after_in_parent=_lock.release, after_in_child=_in_child)
