"""Looks at runs; no run knows it. A picture is a function of what it is given.

samples.py     pictures painted by arithmetic
trace.py       a run, written down: settings and steps
parts.py       what several figures need: a run replayed, a color followed, loupes
words.py       what a compression saves and loses, in words
deflate_bits.py  what each symbol of a PNG file costs
figures.py     the list of figures, and where each is drawn (figures_*.py)
plane.py       k-means in two dimensions, for teaching (plane_data.py: the points; plane_run.py: what holds at each
               moment; plane_drawing.py: points, cells and centroids)
cloud.py       colors as points in space
look.py        the common look (pixmeans.mplstyle), captions, stills
notes.py       the words inside and beside a file
animation.py   frames -> GIF, WebP, APNG, MP4 (deltas.py: what changes from frame to frame)
gallery.py     all figures of a picture, or one; asks for runs
plans.py       which runs each figure shows, and its caption
compare.py     one picture compressed in several ways, side by side; asks for runs
notebook.py    how a result looks in a notebook
"""

from __future__ import annotations

import os

from ..errors import SettingsError

# What a file's name asks for when no figure is named: the run as an animation, the filmstrip, the centroids.
FIGURE_OF = {".gif": "F8", ".webp": "F8", ".mp4": "F8", ".png": "F2", ".svg": "F12"}


def figure_for(path: str | os.PathLike[str]) -> str:
    """The figure that a file's name asks for by its suffix. Raises SettingsError."""
    name = os.path.basename(os.fspath(path))
    suffix = os.path.splitext(name)[1].lower()
    if suffix not in FIGURE_OF:
        raise SettingsError(f"{name!r}: a figure is written as {', '.join(FIGURE_OF)}; choose one of these extensions")
    return FIGURE_OF[suffix]
