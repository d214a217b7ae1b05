"""Figures as files: one of them, or all of a picture in a folder, with an index page."""

from __future__ import annotations

from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

from .. import codecs
from ..errors import OutputError, SettingsError
from ..records import dataclass, replace
from ..settings import PALETTE_FIELDS, Settings
from .animation import save_animation
from .export import save_still
from .figures import FigureRow, Plan, all_figures, find
from .followed import Region
from .index_page import index_page
from .runs import Runs

Progress = Callable[[str], None]

# Bytes that the animations must keep; they become smaller when they would be larger.
LIMITS = {".gif": 2_000_000, ".webp": 1_000_000, ".mp4": 500_000}


@dataclass(frozen=True)
class WrittenFigure:
    """A file of the gallery. figure: its id. notes: what it lacks of the picture, or gave up to keep a limit."""

    figure: str
    path: Path
    size_bytes: int
    title: str
    caption: str
    notes: tuple[str, ...] = ()


def write(row: FigureRow, plan: Plan, path: Path, *, overwrite: bool = True) -> WrittenFigure:
    """One file of a figure, as its suffix says. Raises SettingsError for a kind that the figure does not have."""
    suffix = path.suffix.lower()
    if suffix in (".png", ".svg"):
        if plan.still is None:
            raise SettingsError(f"figure {row.id} moves: write it as .gif, .webp, .apng or .mp4, got {path.name!r}")
        size = save_still(
            plan.still(), path, title=plan.title, caption=plan.caption, meta=plan.meta, overwrite=overwrite
        )
        return WrittenFigure(row.id, path, size, plan.title, plan.caption, plan.notes)
    if plan.frames is None:
        raise SettingsError(f"figure {row.id} does not move: write it as .png or .svg, got {path.name!r}")
    written = save_animation(
        plan.frames(),
        path,
        title=plan.title,
        caption=plan.caption,
        meta=plan.meta,
        palette=plan.palette,
        keep_region=plan.region,
        limit_bytes=LIMITS.get(suffix),
        overwrite=overwrite,
    )
    return WrittenFigure(row.id, path, written.size_bytes, plan.title, plan.caption, plan.notes + written.notes)


def make(
    figure: str,
    image: Any,
    path: str | Path,
    *,
    settings: Settings | None = None,
    asked: Collection[str] = (),
    region: Region | None = None,
    progress: Progress | None = None,
    overwrite: bool = True,
) -> WrittenFigure:
    """Makes one figure, by id or name, as its path's suffix says: .png or .svg a still, .gif, .webp, .apng, .mp4 an
    animation.

    image: whatever `compress` takes; None is the sample `reef`. settings: of the run that is shown,
    `Settings.article()` unless given. asked: names of those that were asked for, see `Runs`. Raises SettingsError,
    InputError, OutputError.
    """
    row = find(figure)
    useless = [name for name in PALETTE_FIELDS if name in asked]
    if row.own_run and useless:
        does = "do" if len(useless) > 1 else "does"
        raise SettingsError(f"figure {row.id} shows points of its own; {' and '.join(useless)} {does} not apply")
    if progress is not None:
        progress(f"{row.id} {row.name}")
    return write(row, _planned(row, Runs(image, settings, region, asked)), Path(path), overwrite=overwrite)


def _planned(row: FigureRow, runs: Runs) -> Plan:
    """The plan of a figure, with what a person should know of the picture."""
    plan = row.planned(runs)
    return plan if row.own_data else replace(plan, notes=(*runs.notes, *plan.notes))


def gallery(
    folder: str | Path,
    image: Any = None,
    region: Region | None = None,
    progress: Progress | None = None,
    *,
    settings: Settings | None = None,
    asked: Collection[str] = (),
) -> list[WrittenFigure]:
    """Makes every figure of a picture (the sample `reef` unless one is given), and index.html.

    image: whatever `compress` takes. region: x, y, width, height of what the figures of the lost color follow.
    progress: is called with a word for each file as it begins. Files of the same names are overwritten.
    """
    folder = Path(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{folder}: cannot make this folder: {error.strerror or error}") from error
    runs = Runs(image, settings, region, asked)
    made = []

    def add(row: FigureRow, plan: Plan, name: str) -> None:
        if progress is not None:
            progress(name)
        made.append(write(row, plan, folder / name))

    few: Runs | None = None  # for figures that cannot show so many colors: the usual ones
    for row in all_figures():
        if runs.settings.k > row.most_colors and few is None:
            usual = runs.settings.but(k=Settings.article().k)
            few = Runs(None if runs.is_reef else runs.source, usual, region, [name for name in asked if name != "k"])
            few.name = runs.name
        plan = _planned(row, few if few is not None and runs.settings.k > row.most_colors else runs)
        for suffix in row.suffixes:
            add(row, plan, f"{row.id.lower()}-{row.name}{suffix}")
        for name, extra in row.more() if row.more else ():
            add(row, row.titled(extra), f"{row.id.lower()}-{name}.png")
    if progress is not None:
        progress("index.html")
    name = "the sample picture reef" if runs.is_reef else Path(runs.name or "a picture").name
    page = index_page(made, name, runs.image, runs.settings)
    codecs.write_atomically(folder / "index.html", page.encode(), overwrite=True)
    return made
