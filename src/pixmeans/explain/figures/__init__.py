"""The registry of figures: which there are, and in which module each has its row and its plan.

A figure is a module with a function that draws, a function `plan(runs)` that says which runs it shows and what its
files say, and a row, `FIGURE = FigureRow(...)` (or several, `FIGURES = (...)`). A drawing function takes what it shows
and returns a Matplotlib figure, or yields frames; none of them runs k-means (`runs.py` does). A new figure is one such
module and its line in MODULES. They are imported when somebody asks for a row, and Matplotlib with them.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import TYPE_CHECKING, Any

from ...choices import MAX_COLORS
from ...errors import SettingsError
from ...records import dataclass, field, replace

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from ...arrays import UInt8Array
    from ..animation import Frame
    from ..followed import Region
    from ..runs import Runs

MODULES: tuple[str, ...] = (
    ".deal",  # what is given up, and what for
    ".run",  # one run, iteration by iteration
    "..plane.half_steps",  # k-means in two dimensions, for teaching
    ".bits",
    ".lost",
    ".wash_out",
    ".ladder",
    ".centroids",
    ".difference",
    ".starts",
    ".suitability",
    ".color_cloud",
    ".error_size",
    ".dithering",
    ".label_map",
    ".contest",
    ".codebook",
    ".fractal_decoding",
    ".matches",
    ".saved",
    ".survival",
    "..plane.outliers",
    ".outlier_colors",
    ".genetic",
)


@dataclass(frozen=True)
class Plan:
    """How the files of one figure are made. still, frames: None when there is none of the kind.

    caption, meta: go into the files. title: if it is not that of the row. palette, region: what an animation as GIF
    must show exactly.
    """

    caption: str
    meta: dict[str, Any]
    still: Callable[[], Figure] | None = None
    frames: Callable[[], Iterator[Frame]] | None = None
    title: str = ""
    palette: UInt8Array | None = None
    region: Region | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class FigureRow:
    """One figure.

    id: as in the article's order, ours from F16 on. name: for the command line. title: what it shows. suffixes: as
    what the gallery writes it, the still first. plan: how it is made; runs that it needs are made there.
    own_data: it brings what it shows, points or painted scenes; others show a picture of yours.
    own_run: it brings its run as well, so that no settings apply. most_colors: that it can show.
    more: further files of the gallery beside it, as names and plans.
    """

    id: str
    name: str
    title: str
    suffixes: tuple[str, ...]
    plan: Callable[[Runs], Plan] = field(repr=False)
    own_data: bool = False
    own_run: bool = False
    most_colors: int = MAX_COLORS
    more: Callable[[], Iterator[tuple[str, Plan]]] | None = field(default=None, repr=False)

    def planned(self, runs: Runs) -> Plan:
        """How it is made of a picture, with a title. Raises SettingsError for more colors than it can show."""
        if runs.settings.k > self.most_colors:
            raise SettingsError(
                f"figure {self.id} shows at most {self.most_colors} colors, and k is {runs.settings.k}: use a smaller k"
            )
        return self.titled(self.plan(runs))

    def titled(self, plan: Plan) -> Plan:
        """A plan with a title: its own, or the one of the row."""
        return plan if plan.title else replace(plan, title=self.title)

    @property
    def number(self) -> int:
        """The number in its id."""
        return int(self.id[1:])


@functools.cache
def all_figures() -> tuple[FigureRow, ...]:
    """Every figure, in the order of their ids."""
    rows: list[FigureRow] = []
    for name in MODULES:
        module = import_module(name, __name__)
        rows += getattr(module, "FIGURES", None) or [module.FIGURE]
    return tuple(sorted(rows, key=lambda row: row.number))


def find(word: str) -> FigureRow:
    """The figure of an id or a name, in any case. Raises SettingsError."""
    for row in all_figures():
        if word.lower() in (row.id.lower(), row.name):
            return row
    names = ", ".join(f"{row.id} {row.name}" for row in all_figures())
    raise SettingsError(f"there is no figure {word!r}; there are: {names}")
