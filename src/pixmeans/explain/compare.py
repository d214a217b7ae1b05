"""Sheets that show one picture compressed in several ways, side by side. It asks the pipeline for the runs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from ..settings import Settings
from .gallery import Made


def compare(
    image: Any,
    path: str | Path,
    *,
    ks: Sequence[int] = (),
    seeds: Sequence[int] = (),
    inits: Sequence[str] = (),
    spaces: Sequence[str] = (),
    settings: Settings | None = None,
    region: tuple[int, int, int, int] | None = None,
    progress: Callable[[str], None] | None = None,
    overwrite: bool = True,
) -> Made:
    """A sheet (.png) of one panel for each of ks, seeds, inits or spaces: exactly one of them is given.

    settings: what all panels have in common, `Settings.article()` unless given. Raises SettingsError.
    """
    raise NotImplementedError
