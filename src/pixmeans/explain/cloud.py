"""The color cloud: every distinct color of a picture as a dot in space, with centroids as circles.

The dots are splatted by NumPy into an image with a depth order (Matplotlib's own 3-D scatter takes forty times as
long for 70,000 colors), and the image is shown in ordinary axes, where circles, trails and words are laid over it.
Nearer dots cover farther ones; every dot has its own true color.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from ..arrays import FloatArray, UInt8Array
from ..color.histogram import Histogram
from ..color.spaces import SPACES
from ..records import dataclass
from . import style

# Where a color stands in the view, as (right, up, away), each about -0.5 to 0.5. One unit is the same length in
# all directions, so that what looks near is near for k-means too.
_AXES = {"rgb": (0, 1, 2), "luma": (0, 1, 2), "oklab": (1, 0, 2)}
_CORNERS = (
    ("black", (0, 0, 0)),
    ("red", (255, 0, 0)),
    ("green", (0, 255, 0)),
    ("blue", (0, 0, 255)),
    ("white", (255, 255, 255)),
    ("yellow", (255, 255, 0)),
    ("magenta", (255, 0, 255)),
    ("cyan", (0, 255, 255)),
)

NAMES = tuple(corner[0] for corner in _CORNERS)


@dataclass(frozen=True)
class Camera:
    """From where the cloud is seen: turned by `azimuth` and looked down on by `elevation`, in degrees.

    zoom: the part of the view's height that one unit takes in the middle. distance: of the eye, in units; the
    nearer, the stronger the perspective.
    """

    azimuth: float = -28.0
    elevation: float = 18.0
    zoom: float = 0.57
    distance: float = 3.4

    def project(self, places: FloatArray, width: int, height: int) -> tuple[FloatArray, FloatArray]:
        """Places (n, 3) in a view of width x height: (n, 2) pixels from the upper left, and (n,) depths."""
        turn, tilt = math.radians(self.azimuth), math.radians(self.elevation)
        x, y, z = places[:, 0], places[:, 1], places[:, 2]
        right = x * math.cos(turn) + z * math.sin(turn)
        away = z * math.cos(turn) - x * math.sin(turn)
        up = y * math.cos(tilt) + away * math.sin(tilt)
        away = away * math.cos(tilt) - y * math.sin(tilt)
        scale = self.zoom * height * self.distance / (self.distance + away)
        return np.stack([width / 2 + right * scale, height / 2 - up * scale], axis=1), away


HOME = {"rgb": Camera(), "luma": Camera(), "oklab": Camera(azimuth=62.0, elevation=14.0, zoom=0.74)}


def places(points: FloatArray, space: str) -> FloatArray:
    """Points of a space (n, 3 or 4), as k-means has them, to places in the view (n, 3)."""
    unit = points[:, :3] / SPACES[space].white
    middle = np.array([0.5, 0.0, -0.03] if space == "oklab" else [0.5, 0.5, 0.5])
    return (unit - middle)[:, _AXES[space]]


def places_of(colors: UInt8Array, space: str) -> FloatArray:
    """Where colors (n, 3 or 4) stand in the view, (n, 3); alpha plays no part."""
    return places(SPACES[space].palette_points(np.ascontiguousarray(colors[:, :3])), space)


def wireframe(space: str) -> FloatArray:
    """The edges of all that sRGB can show, as dots close together: (n, 3) places.

    In RGB that is a cube; in OKLab the same twelve edges are bent.
    """
    dots = []
    fine = np.linspace(0, 255, 700)
    for edge in range(12):
        axis, rest = edge % 3, edge // 3
        color = np.empty((len(fine), 3))
        color[:, axis] = fine
        color[:, (axis + 1) % 3] = 255 * (rest & 1)
        color[:, (axis + 2) % 3] = 255 * (rest >> 1)
        dots.append(places_of(np.rint(color).astype(np.uint8), space))
    return np.concatenate(dots)


class Splat:
    """The colors of a histogram and the wireframe, ready to be drawn from any side.

    Rare colors are drawn as large as frequent ones, or they could not be seen. inks: (n, 3) uint8, what the visible
    colors are drawn in if not in themselves.
    """

    def __init__(
        self,
        histogram: Histogram,
        space: str = "rgb",
        paper: str = style.STAGE.paper,
        inks: UInt8Array | None = None,
    ) -> None:
        colors = _visible(histogram)
        inks = colors if inks is None else inks
        frame = wireframe(space)
        self.space, self.paper = space, _packed(style.rgb_of(paper)[None])[0]
        self.places = np.concatenate([places_of(colors, space), frame])
        self.inks = np.concatenate([_packed(inks), _packed(style.rgb_of(style.STAGE.line)[None]).repeat(len(frame))])

    def draw(self, camera: Camera, width: int, height: int, dot: float = 1.0) -> UInt8Array:
        """The cloud with its wireframe, (height, width, 3) uint8; dot: the size of a dot in pixels.

        It is drawn twice as large and averaged, so that dots and lines have smooth edges.
        """
        wide, high = 2 * width, 2 * height
        size = max(1, round(2 * dot))
        xy, depth = camera.project(self.places, wide, high)
        spots = np.floor(xy).astype(np.int32) - size // 2
        inside = (spots >= 0).all(axis=1) & (spots[:, 0] <= wide - size) & (spots[:, 1] <= high - size)
        # Painters' order, far to near: of values assigned to one place the last stays. All parts of a dot follow
        # one another, so that a near dot covers a far one as a whole.
        rows = np.flatnonzero(inside)
        rows = rows[np.argsort(-depth[rows].astype(np.float32), kind="stable")]
        first = spots[rows, 1] * np.int32(wide) + spots[rows, 0]
        parts = (np.arange(size, dtype=np.int32)[:, None] * np.int32(wide) + np.arange(size, dtype=np.int32)).ravel()
        view = np.full(high * wide, self.paper, np.uint32)
        view[(first[:, None] + parts).ravel()] = self.inks[rows].repeat(len(parts))
        quarters = view.view(np.uint8).reshape(high, wide, 4)[..., :3].astype(np.uint16)
        halves = quarters[0::2] + quarters[1::2]
        return ((halves[:, 0::2] + halves[:, 1::2] + np.uint16(2)) >> np.uint16(2)).astype(np.uint8)


def _packed(colors: UInt8Array) -> npt.NDArray[np.uint32]:
    """(n,) colors (n, 3) as one number each, in the machine's order of bytes."""
    four = np.zeros((len(colors), 4), np.uint8)
    four[:, :3] = colors
    return four.view(np.uint32).ravel()


class CloudView:
    """A cloud in axes, with centroids that can be moved and a camera that can turn: artists are reused.

    ax: its size in pixels decides how finely the cloud is drawn. histogram: of the picture. space: 'rgb' or 'oklab'.
    """

    def __init__(
        self,
        ax: Any,
        histogram: Histogram,
        *,
        space: str = "rgb",
        camera: Camera | None = None,
        dot: float = 1.0,
        labels: Sequence[str] = NAMES,
        inks: UInt8Array | None = None,
    ) -> None:
        from matplotlib.collections import LineCollection
        from matplotlib.patheffects import withStroke

        box = ax.get_window_extent()
        self.width, self.height = max(8, round(box.width)), max(8, round(box.height))
        self.ax, self.space, self.dot = ax, space, dot
        self.splat = Splat(histogram, space, inks=inks)
        self.camera = camera or HOME[space]
        ax.set_axis_off()
        blank = np.zeros((self.height, self.width, 3), np.uint8)
        # From edge to edge of the axes, one dot of the image on one of the figure.
        self.picture = ax.imshow(blank, extent=(0, self.width, self.height, 0), interpolation="nearest", **style.IMAGE)
        ax.set(xlim=(0, self.width), ylim=(self.height, 0))
        self.trails = LineCollection([], linewidths=1.6, zorder=3, capstyle="round", antialiaseds=True)
        ax.add_collection(self.trails)
        self.circles = ax.scatter([], [], marker="o", zorder=4)
        self.corners = np.array([color for name, color in _CORNERS if name in labels], np.uint8).reshape(-1, 3)
        self.words = [
            ax.text(
                0,
                0,
                name,
                color=style.STAGE.mute,
                fontsize=8,
                zorder=5,
                ha="center",
                va="center",
                clip_on=False,
                path_effects=[withStroke(linewidth=2.4, foreground=style.STAGE.paper)],
            )
            for name, _ in _CORNERS
            if name in labels
        ]
        self.turn(self.camera)

    def turn(self, camera: Camera) -> None:
        """Looks from elsewhere; centroids must be set again."""
        self.camera = camera
        self.picture.set_data(self.splat.draw(camera, self.width, self.height, self.dot))
        corners = places_of(self.corners, self.space)
        middle = places_of(np.full((1, 3), 128, np.uint8), self.space)
        away = corners - middle
        away = away / np.sqrt(np.add.reduce(away * away, axis=1))[:, None]
        spots, _ = camera.project(corners + 0.07 * away, self.width, self.height)
        for word, spot in zip(self.words, spots.tolist(), strict=True):
            word.set_position(spot)

    def clear_words(self) -> None:
        """Moves the names of corners that stand on circles, dots or each other to where they can be read.

        For stills: from frame to frame of a turning view they would jump.
        """
        corners, _ = self.camera.project(places_of(self.corners, self.space), self.width, self.height)
        circles = np.asarray(self.circles.get_offsets(), np.float64).reshape(-1, 2)
        reach = np.sqrt(np.asarray(self.circles.get_sizes()) / math.pi) * self.ax.figure.dpi / 72 + 3.0
        dots = (np.asarray(self.picture.get_array())[..., :3] != style.rgb_of(style.STAGE.paper)).any(axis=2)
        taken: list[tuple[float, float, float, float]] = []
        for word, corner in zip(self.words, corners, strict=True):
            half = style.text_width(word) / 2 + 3, 8.0

            def cost(spot: FloatArray, half: tuple[float, float] = half) -> float:
                box = (spot[0] - half[0], spot[1] - half[1], spot[0] + half[0], spot[1] + half[1])
                gap = np.maximum(np.abs(circles - spot) - half, 0.0)
                covered = int((np.hypot(*gap.T) < reach).sum())
                covered += sum(box[0] < x1 and x0 < box[2] and box[1] < y1 and y0 < box[3] for x0, y0, x1, y1 in taken)
                beyond = min(box[0], box[1], self.width - box[2], self.height - box[3]) < -6
                left, top, right, bottom = (max(0, round(edge)) for edge in box)
                under = dots[top:bottom, left:right]
                return 10.0 * covered + 10.0 * beyond + (float(under.mean()) if under.size else 0.0)

            home = np.array(word.get_position(), np.float64)
            outward = math.atan2(*(home - corner)[::-1])
            choices = [home] + [
                corner + away * np.array([math.cos(outward + turn), math.sin(outward + turn)])
                for away in (16.0, 24.0, 34.0, 46.0)
                for turn in (0.0, 0.5, -0.5, 1.0, -1.0, 1.6, -1.6, 2.3, -2.3, math.pi)
            ]
            costs = [cost(choice) for choice in choices]
            best = next((place for place, one in enumerate(costs) if one < 0.12), int(np.argmin(costs)))
            x, y = choices[best].tolist()
            word.set_position((x, y))
            taken.append((x - half[0], y - half[1], x + half[0], y + half[1]))

    def spots(self, centroids: FloatArray) -> FloatArray:
        """Where centroids (k, 3 or 4) of the space stand in the view, (k, 2) in its pixels."""
        return self.camera.project(places(centroids, self.space), self.width, self.height)[0]

    def centroids(
        self,
        centroids: FloatArray,
        colors: UInt8Array,
        shares: FloatArray,
        *,
        trails: Sequence[FloatArray] = (),
        trail_colors: Sequence[Any] = (),
        accent: int | None = None,
    ) -> None:
        """Circles at centroids (k, 3 or 4), filled with their colors, the area proportional to their shares.

        The smallest circles are larger than their share, to be seen. trails: one (n, 3 or 4) for each path to draw.
        accent: the one centroid whose ring has the accent color.
        """
        rings = [style.STAGE.ink] * len(centroids)
        widths = [1.5] * len(centroids)
        if accent is not None:
            rings[accent], widths[accent] = style.STAGE.accent, 2.6
        # The far circles first, as with dots.
        spots, depth = self.camera.project(places(centroids, self.space), self.width, self.height)
        order = np.argsort(-depth, kind="stable")
        self.circles.set_offsets(spots[order])
        self.circles.set_facecolors(colors[order, :3] / 255.0)
        self.circles.set_edgecolors([rings[row] for row in order.tolist()])
        self.circles.set_linewidths([widths[row] for row in order.tolist()])
        areas = circle_area(shares)
        if accent is not None:
            areas[accent] = max(areas[accent], 60.0)  # its color must be seen within the ring
        self.circles.set_sizes(areas[order])
        self.trails.set_segments([self.spots(trail) for trail in trails])
        self.trails.set_color(list(trail_colors) or style.STAGE.accent)


def circle_area(shares: FloatArray) -> FloatArray:
    """Areas in square points of circles for shares of the pixels: proportional, with a smallest one to be seen."""
    return np.maximum(np.asarray(shares, np.float64) * 1100.0, 26.0)


def _visible(histogram: Histogram) -> UInt8Array:
    """(n, 3) the colors that are not fully transparent."""
    colors = histogram.colors
    if colors.shape[1] == 4:
        colors = colors[colors[:, 3] > 0]
    return np.ascontiguousarray(colors[:, :3])
