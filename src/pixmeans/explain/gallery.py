"""All figures of a picture in a folder, with an index page. It asks the pipeline for the runs that figures show."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..settings import Settings

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Made:
    """A file of the gallery. figure: its id. notes: what was given up to keep a limit, and the like."""

    figure: str
    path: Path
    size_bytes: int
    title: str
    caption: str
    notes: tuple[str, ...] = ()


def gallery(
    folder: str | Path,
    image: Any = None,
    region: tuple[int, int, int, int] | None = None,
    progress: Progress | None = None,
) -> list[Made]:
    """Makes every figure of a picture (the sample `reef` unless one is given), and index.html.

    image: whatever `compress` takes. region: x, y, width, height of what the figures of the lost color follow.
    progress: is called with a word for each figure as it begins. Files of the same names are overwritten.
    """
    raise NotImplementedError


def make(
    figure: str,
    image: Any,
    path: str | Path,
    *,
    settings: Settings | None = None,
    region: tuple[int, int, int, int] | None = None,
    progress: Progress | None = None,
    overwrite: bool = True,
) -> Made:
    """Makes one figure, by id or name, as its path's suffix says: .png or .svg a still, .gif, .webp, .mp4 an animation.

    settings: of the run that is shown, `Settings.article()` unless given. Raises SettingsError, InputError, OutputError.
    """
    raise NotImplementedError
