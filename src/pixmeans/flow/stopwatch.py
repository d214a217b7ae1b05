"""Seconds by stage, and word of each stage to whoever wants it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from ..records import dataclass, field

Progress = Callable[[str], None]


@dataclass
class Stopwatch:
    """Seconds by stage, and word of each stage to whoever wants it."""

    progress: Progress | None = None
    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def __call__(self, stage: str) -> Iterator[None]:
        """Adds the time of this block to a stage."""
        if self.progress is not None:
            self.progress(stage)
        start = time.perf_counter()
        yield
        self.seconds[stage] = self.seconds.get(stage, 0.0) + time.perf_counter() - start
