"""Things in memory under names that nobody can guess; the ones that were not asked for longest make room."""

from __future__ import annotations

import secrets
import threading
from collections import OrderedDict
from typing import Generic, TypeVar

T = TypeVar("T")


class Shelf(Generic[T]):
    """Holds things whose sizes add up to at most `most_bytes`, and always the newest one. Threads may share it.

    >>> shelf = Shelf[str](10)
    >>> first, second = shelf.put("a", 6), shelf.put("b", 6)
    >>> shelf.get(first), shelf.get(second), len(shelf)
    (None, 'b', 1)
    """

    def __init__(self, most_bytes: int) -> None:
        self._most = most_bytes
        self._things: OrderedDict[str, tuple[T, int]] = OrderedDict()
        self._held = 0
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._things)

    @property
    def held(self) -> int:
        """The sizes of all things together."""
        return self._held

    def put(self, thing: T, size: int) -> str:
        """Keeps a thing and returns its name."""
        name = secrets.token_urlsafe(16)
        with self._lock:
            self._things[name] = (thing, size)
            self._held += size
            while self._held > self._most and len(self._things) > 1:
                _, (_, gone) = self._things.popitem(last=False)
                self._held -= gone
        return name

    def get(self, name: str) -> T | None:
        """The thing of a name, or None where there is none (any more)."""
        with self._lock:
            if name not in self._things:
                return None
            self._things.move_to_end(name)
            return self._things[name][0]
