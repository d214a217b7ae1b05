"""Which colors of a picture KMOR calls outliers, and which are small and vivid: not the same ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ...arrays import Bools, FloatArray, UInt8Array
from ...clustering.kmor import OutlierClustering, kmor
from ...clustering.points import GridPoints
from ...color.histogram import Histogram, count_colors
from ...color.spaces import SPACES
from ...image import Image
from ...quantize.remap import remap
from ...quantize.salience import salient
from ...records import dataclass
from ...settings import Settings
from .. import style
from ..cloud import CloudView
from ..layout import panel
from ..replay import shown
from ..wording import made_with, percent
from . import FigureRow, Plan

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from ..runs import Runs


GAMMA, MOST = 9.0, 0.02  # KMOR's gamma, and the share of the pixels that may be outliers
DIM = 0.35  # how much is left of colors that are not meant


@dataclass(frozen=True, eq=False)
class OutlierColors:
    """The outliers of a picture.

    histogram: of its visible colors. found: KMOR among them. far, vivid: (h, w) bool, the outliers' pixels, and those
    that are small and salient.
    """

    image: Image
    histogram: Histogram
    settings: Settings
    found: OutlierClustering
    far: Bools
    vivid: Bools

    @classmethod
    def of(
        cls, image: Image, histogram: Histogram, points: GridPoints, centroids: FloatArray, settings: Settings
    ) -> OutlierColors:
        """KMOR from where k-means ended. histogram: of the visible pixels, points: in its order."""
        found = kmor(points, centroids, gamma=GAMMA, n0=MOST * histogram.total)
        outlying = found.labels < 0
        full = count_colors(image.pixels)
        every = np.zeros(len(full), np.int32)  # a fully transparent color, which comes first, is no outlier
        every[len(full) - len(histogram) :] = outlying
        far = remap(image.pixels, full, every, 2).astype(np.bool_)
        return cls(image, histogram, settings, found, far, salient(image.pixels))

    @property
    def shares(self) -> tuple[float, float, float]:
        """Which shares of the pixels are outliers, small and vivid, and both."""
        return float(self.far.mean()), float(self.vivid.mean()), float((self.far & self.vivid).mean())


def outlier_colors(these: OutlierColors) -> Figure:
    """F26: the cloud of colors with KMOR's outliers lit, and where in the picture they and small vivid ones are."""
    fig = style.figure((1040, 576))
    far, vivid, both = these.shares
    style.title(fig, "Far from all centroids, or small and vivid?", made_with(these.settings))
    theme = style.STAGE
    style.text(fig, style.MARGIN, 66, "The colors; KMOR's outliers are lit", size=10.5, weight="bold")
    colors = these.histogram.colors[:, :3]
    outlying = these.found.labels < 0
    lit = np.where(outlying[:, None], colors, dimmed(colors))
    space = these.settings.measured_in
    ax = style.axes(fig, (style.MARGIN, 76, 560, 440))
    view = CloudView(ax, these.histogram, space=space, inks=lit, dot=1.4)
    centroids = these.found.centroids
    weights = np.bincount(these.found.labels[~outlying], these.histogram.weights[~outlying], len(centroids))
    palette = np.ascontiguousarray(SPACES[space].colors(centroids)[:, :3])
    view.centroids(centroids, palette, weights / max(1.0, float(weights.sum())))
    view.clear_words()
    x = 600
    for y, mask, words in (
        (56, these.far, f"KMOR's outliers: {percent(far)} of the pixels"),
        (300, these.vivid, f"Small and vivid: {percent(vivid)}"),
    ):
        style.text(fig, x, y + 10, words, size=10.5, weight="bold")
        panel(fig, (x, y + 20, 424, 210), highlighted(these.image.pixels, mask), middle=False, smooth=False)
    for y, words in ((96, f"{percent(both)} of the pixels"), (112, "are both")):
        style.text(fig, x + 292, y, words, size=9.5, color=theme.mute)
    style.caption(fig, outlier_colors_caption(these))
    return fig


def dimmed(colors: UInt8Array) -> UInt8Array:
    """Colors (..., 3) as gray as they are light, and nearly as dark as the stage."""
    paper = style.rgb_of(style.STAGE.paper).astype(np.float64)
    mixed: UInt8Array = np.floor(paper + DIM * (style.luma(colors)[..., None] - paper) + 0.5).astype(np.uint8)
    return mixed


def highlighted(pixels: UInt8Array, mask: Bools) -> UInt8Array:
    """A picture whose pixels are dimmed but where the mask is."""
    whole = shown(pixels)
    result: UInt8Array = np.where(mask[..., None], whole, dimmed(whole))
    return result


def outlier_colors_caption(these: OutlierColors) -> str:
    """What F26 says at its foot."""
    _, vivid, both = these.shares
    part = (
        f"{percent(both / vivid)} of the small vivid pixels are outliers"
        if vivid
        else "there are no small vivid pixels"
    )
    return (
        f"{made_with(these.settings)}; gamma {GAMMA:.0f}, at most {percent(MOST)} outliers. An outlier is far from all "
        f"centroids; small and vivid is a color that few pixels share: {part}."
    )


def plan(runs: Runs) -> Plan:
    """The main run, and KMOR from where it ended."""
    points = SPACES[runs.settings.measured_in].points(runs.visible)
    centroids = runs.main.trace.centroids_at(runs.main.last)
    found = OutlierColors.of(runs.image, runs.visible, points, centroids, runs.settings)
    return Plan(outlier_colors_caption(found), runs.main.trace.meta, lambda: outlier_colors(found))


FIGURE = FigureRow("F26", "outlier-colors", "Far from all centroids, or small and vivid?", (".png",), plan)
