"""The list of figures: id, name, what it shows, which function draws it, and as what it can be written.

The functions are in modules by subject, and here under their own names too: `figures.filmstrip(replay)`. Each takes
what it is given and returns a Matplotlib figure, or yields frames; none of them runs k-means (`gallery` and
`compare` do). They are imported when they are first used, and Matplotlib with them.

    plane            F3 to F6: two dimensions, for teaching
    figures_deal, figures_bits, figures_lost, figures_ladder, figures_difference
                     F1, F7, F9, F11, F13: what is given up, and what for
    figures_run      F2, F8, F10: one run, iteration by iteration
    figures_palette  F12, F17, F20: the colors that were chosen, and where they are
    figures_starts   F14, F15: what the start decides
    figures_suitability, figures_error_size, figures_dithering
                     F16, F18, F19: what `compress` makes of it, its own settings instead of the article's
    figures_saved, figures_survival, figures_outliers
                     F23, F24, F26: small vivid colors, what becomes of them, and what outliers have to do with it
    plane_outliers   F25: the same in two dimensions
    figures_matches  F22: where the bits of its file went (deflate_bits.py reads them)
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import Any

from ...errors import SettingsError


@dataclass(frozen=True)
class Entry:
    """One figure.

    id: as in the article's order, ours from F16 on. name: for the command line. title: what it shows.
    still, animation: the functions, as 'module:function', or '' when there is none. suffixes: as what the gallery
    writes them, the still first.
    """

    id: str
    name: str
    title: str
    still: str = ""
    animation: str = ""
    suffixes: tuple[str, ...] = ()

    @property
    def has_data(self) -> bool:
        """Whether the figure brings what it shows: points, or painted scenes. Others show a picture of yours."""
        return self.still.partition(":")[0] in ("plane.figures", "plane.outliers", "figures.survival")

    @property
    def drawn(self) -> bool:
        """Whether the figure exists yet: some wait for what they show."""
        return bool(self.still or self.animation)


FIGURES: tuple[Entry, ...] = (
    Entry("F1", "deal", "The picture and its 16 colors", "figures.deal:deal", "figures.deal:wipe", (".png", ".webp")),
    Entry("F2", "filmstrip", "The run in six pictures", "figures.run:filmstrip", "", (".png",)),
    Entry(
        "F3",
        "scatter",
        "Points, then centroids",
        "plane.figures:scatter",
        "plane.figures:scatter_frames",
        (".svg", ".gif"),
    ),
    Entry(
        "F4",
        "assignment",
        "Each point to its nearest centroid",
        "plane.figures:assignment",
        "plane.figures:assignment_frames",
        (".svg", ".gif"),
    ),
    Entry(
        "F5",
        "update",
        "Each centroid to the mean of its points",
        "plane.figures:update",
        "plane.figures:update_frames",
        (".svg", ".gif"),
    ),
    Entry(
        "F6",
        "convergence",
        "Again, until nothing changes",
        "plane.figures:convergence",
        "plane.figures:convergence_frames",
        (".png", ".gif"),
    ),
    Entry(
        "F7",
        "bits",
        "From 24 bits to 4, and what that leaves out",
        "figures.bits:bits",
        "figures.bits:bits_frames",
        (".svg", ".gif"),
    ),
    Entry("F8", "run", "Picture, palette and error over the iterations", "", "figures.run:run", (".gif", ".webp")),
    Entry("F9", "lost", "The color that was lost", "figures.lost:lost", "", (".png",)),
    Entry(
        "F10",
        "wash-out",
        "How the color was lost",
        "figures.run:wash_out",
        "figures.run:wash_out_frames",
        (".png", ".gif"),
    ),
    Entry(
        "F11",
        "ladder",
        "16, 32, 64 and 128 colors",
        "figures.ladder:ladder",
        "figures.ladder:ladder_frames",
        (".png", ".gif"),
    ),
    Entry("F12", "centroids", "64 and 256 centroids", "figures.centroids:centroids", "", (".png", ".svg")),
    Entry(
        "F13",
        "difference",
        "The picture and its 256 colors",
        "figures.difference:difference",
        "figures.difference:flicker",
        (".png", ".apng"),
    ),
    Entry(
        "F14",
        "starts-16",
        "Many starts, 16 colors",
        "figures.starts:starts",
        "figures.starts:errors_in_parallel",
        (".png", ".gif"),
    ),
    Entry("F15", "starts-256", "Many starts, 256 colors", "figures.starts:starts", "", (".png",)),
    Entry(
        "F16",
        "suitability",
        "Where a palette shines and where it fails",
        "figures.suitability:suitability",
        "",
        (".png",),
    ),
    Entry(
        "F17",
        "cloud",
        "The color cloud",
        "figures.centroids:color_cloud",
        "figures.centroids:turning_cloud",
        (".png", ".webp"),
    ),
    Entry("F18", "error-size", "Error and size against k", "figures.error_size:error_size", "", (".png",)),
    Entry("F19", "dithering", "Dithering with 8 and 16 colors", "figures.dithering:dithering", "", (".png",)),
    Entry("F20", "labels", "Where each color is", "figures.centroids:label_map", "", (".png",)),
    Entry("F21", "honest-chart", "Bytes against quality, beside other ways"),
    Entry("F22", "matches", "Where the bits of the file went", "figures.matches:matches", "", (".png",)),
    Entry("F23", "saved", "The color that was saved", "figures.saved:saved", "", (".png",)),
    Entry("F24", "survival", "How large a color must be to survive", "figures.survival:survival", "", (".png",)),
    Entry("F25", "outliers", "Points that belong to no group", "plane.outliers:outliers", "", (".png",)),
    Entry("F26", "strays", "Far from all centroids, or small and vivid?", "figures.outliers:strays", "", (".png",)),
)


def find(word: str) -> Entry:
    """The figure of an id or a name, in any case. Raises SettingsError."""
    for entry in FIGURES:
        if word.lower() in (entry.id.lower(), entry.name):
            if not entry.drawn:
                raise SettingsError(f"figure {entry.id} ({entry.title.lower()}) cannot be drawn yet")
            return entry
    names = ", ".join(f"{entry.id} {entry.name}" for entry in FIGURES if entry.drawn)
    raise SettingsError(f"there is no figure {word!r}; there are: {names}")


def function(home: str) -> Any:
    """The function of a 'module:function'."""
    module, _, name = home.partition(":")
    return getattr(import_module(f"..{module}", __name__), name)
