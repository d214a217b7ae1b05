"""Looks at runs; no run knows it. A picture is a function of what it is given.

runs.py        the runs that figures show: alone asks the pipeline for them
trace.py       a run, written down: settings and steps
replay.py      a run played again: what each pixel was
followed.py    what figures follow: a small color, kept or washed out
figures/       the registry, and one module a figure with its row and its plan
plane/         k-means in two dimensions, for teaching
cloud.py       colors as points in space
survival.py    painted scenes with a small vivid ball, and what becomes of it
style.py       the common look: colors, axes, headlines, captions
layout.py      panels, loupes, palettes, bars
wording.py     counts, sizes, settings and results in words
export.py      a finished figure as pixels, PNG and SVG
animation.py   frames -> GIF, WebP, APNG, MP4
alt_text.py    the words inside and beside a file
report.py      one file to keep or to mail: the page with a picture and its run
page/          that page: modules of JavaScript, and what joins them (bundle.py)
player.py      the run of a result or a trace in a notebook
gallery.py     figures as files: one, or all of a picture with an index page (index_page.py)
compare.py     one picture compressed in several ways, side by side
contest.py     one picture through many codecs (contest_page.py: as a page)
samples/       pictures painted by arithmetic (painting.py)
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from ..errors import SettingsError
from ..settings import Settings

if TYPE_CHECKING:
    from .gallery import WrittenFigure

# What a file's name asks for when no figure is named: the run as an animation, the filmstrip, the centroids.
FIGURE_OF = {".gif": "F8", ".webp": "F8", ".mp4": "F8", ".png": "F2", ".svg": "F12"}


def draw(
    result_or_picture: Any,
    path: str | os.PathLike[str],
    *,
    figure: str | None = None,
    settings: Settings | None = None,
    overwrite: bool = False,
) -> WrittenFigure:
    """Draws a run of plain k-means: .gif, .webp, .mp4 an animation, .png or .svg a still.

    result_or_picture: what `compress` returned, whose settings the run has; or whatever `compress` takes.
    figure: an id or a name, as `pixmeans explain --list` tells; by default what the suffix asks for.
    settings: of the run instead of the result's; `Settings.article()` for a picture. Figures that have settings of
    their own keep all that are given here or by the result.
    Raises SettingsError, InputError, OutputExistsError, OutputError.
    """
    from ..flow.result import Compressed
    from .gallery import make

    picture = result_or_picture
    if isinstance(picture, Compressed):
        settings = settings or picture.settings
        picture = picture.original
    asked: set[str] = set()
    if settings is not None:
        # A run that is looked at has no effort but that of k-means itself.
        settings = settings.but(effort="fast")
        asked = set(settings.to_dict()) - {"effort"}
    name = figure or figure_for(path)
    return make(name, picture, os.fspath(path), settings=settings, asked=asked, overwrite=overwrite)


def figure_for(path: str | os.PathLike[str]) -> str:
    """The figure that a file's name asks for by its suffix. Raises SettingsError."""
    name = os.path.basename(os.fspath(path))
    suffix = os.path.splitext(name)[1].lower()
    if suffix not in FIGURE_OF:
        raise SettingsError(f"{name!r}: a figure is written as {', '.join(FIGURE_OF)}; choose one of these extensions")
    return FIGURE_OF[suffix]
