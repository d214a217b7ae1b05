"""Who does the work on windows: threads of this process, or the workers of a Dask cluster."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any, Protocol

from ..arrays import UInt8Array
from ..errors import UsageError, shown
from ..parallel import each, use_threads
from .tiled import open_tiled
from .windows import Tiled, Window

Work = Callable[[Window, UInt8Array], Any]

# Rows of a PNG that are passed over at a time.
STEP = 256

# How often a window is tried whose worker is lost.
RETRIES = 3

# Windows that a worker has in hand and waiting.
AHEAD = 3


class Hands(Protocol):
    """What does the work on windows of one picture."""

    def over(self, windows: list[Window], work: Work, margin: int = 0) -> Iterator[tuple[Window, Any]]:
        """The work on each window, in their order.

        margin: work is handed so many pixels more on each side, as far as the picture goes (`Window.around`).
        """


class Threads:
    """All threads of this process. together: how many windows are held at a time."""

    def __init__(self, picture: Tiled, together: int) -> None:
        self._picture, self._together = picture, together

    def over(self, windows: list[Window], work: Work, margin: int = 0) -> Iterator[tuple[Window, Any]]:
        """See `Hands.over`."""
        picture, waiting, about = self._picture, iter(windows), self._picture.about
        if about.in_order and windows:  # rows are read from the first one on
            first = windows[0].around(margin, about).top
            for top in range(0, first, STEP):
                picture.read(Window(top, min(top + STEP, first), 0, about.width))
        while group := list(islice(waiting, self._together)):
            if about.in_order:
                ready = [(window, picture.read(window.around(margin, about))) for window in group]
                found = each(lambda one: work(*one), ready)
            else:
                found = each(lambda window: work(window, picture.read(window.around(margin, about))), group)
            yield from zip(group, found, strict=True)


class Workers:
    """The workers of a Dask cluster, which read the picture themselves.

    client: of dask.distributed. source: a path or URL that means the same picture to all of them.
    Raises UsageError for a picture that can only be read from the top down.
    """

    def __init__(self, client: Any, picture: Tiled, source: Any, storage_options: dict[str, Any] | None) -> None:
        if picture.about.in_order:
            raise UsageError(
                f"{shown(picture.about.name)}: rows of a PNG come one after the other, which no cluster can share; "
                "leave out --cluster, or make it a tiled TIFF"
            )
        self._client, self._source = client, os.fspath(source)
        self._stamp, self._options = picture.about.stamp, storage_options or {}

    def over(self, windows: list[Window], work: Work, margin: int = 0) -> Iterator[tuple[Window, Any]]:
        """See `Hands.over`."""
        client = self._client
        (shared,) = client.scatter([work], broadcast=True, hash=False)
        ahead = AHEAD * max(1, len(client.scheduler_info(n_workers=-1)["workers"]))
        waiting = iter(windows)
        futures: list[tuple[Window, Any]] = []

        def submit(more: Iterable[Window]) -> None:
            for window in more:
                words = (shared, window, margin, self._source, self._stamp, self._options)
                futures.append((window, client.submit(_on_worker, *words, pure=False, retries=RETRIES)))

        submit(islice(waiting, ahead))
        try:
            while futures:
                window, future = futures.pop(0)
                found = future.result()
                future.release()
                submit(islice(waiting, 1))
                yield window, found
        finally:
            client.cancel([future for _, future in futures])


# The picture that a worker read last: opening one anew for each window would take longer than reading it.
_last: dict[tuple[str, str], Tiled] = {}


def _on_worker(work: Work, window: Window, margin: int, source: str, stamp: str, options: dict[str, Any]) -> Any:
    key = (source, stamp)
    if key not in _last:
        for picture in _last.values():
            picture.close()
        _last.clear()
        _last[key] = open_tiled(source, options)
    with use_threads(1):
        picture = _last[key]
        return work(window, picture.read(window.around(margin, picture.about)))
