"""How large a vivid color must be to survive: painted scenes with a ball in them, and several ways to choose colors."""

from __future__ import annotations

from collections.abc import Sequence
from math import pi, sqrt

import numpy as np

from ..arrays import Bools, UInt8Array
from ..clustering import seeding, split_merge
from ..clustering.kmeans import kmeans
from ..clustering.kmor import kmor
from ..codecs.peers import median_cut
from ..color.histogram import count_colors
from ..color.spaces import SPACES
from ..image import Image
from ..quantize.protect import protect
from ..quantize.rounding import finish
from ..quantize.salience import KEPT_DISTANCE, squared_distances, squared_grid
from ..records import dataclass
from .painting import blend, clouds, grain, grid, rgb, smooth, to_bytes

OKLAB = SPACES["oklab"]

KMOR = "KMOR alone"
WIDTH, HEIGHT = 256, 192
SHARES = (0.0005, 0.001, 0.0015, 0.002, 0.003, 0.005, 0.007, 0.01)
# The balls' colors: one scene each, eight hues all around.
COLORS = (
    (235, 110, 25),
    (210, 35, 40),
    (240, 200, 30),
    (60, 165, 50),
    (20, 165, 175),
    (45, 80, 205),
    (130, 55, 175),
    (225, 70, 140),
)
# What is behind them: muted, and of many brightnesses, so that 16 colors have enough to do.
_GROUND = ((24, 32, 44), (86, 96, 84), (128, 118, 112), (176, 168, 150), (228, 226, 218))
_TINTS = ((56.0, 8.0, -64.0), (-44.0, 40.0, -8.0))


@dataclass(frozen=True, eq=False)
class Scene:
    """A painted picture. image: (h, w, 3). ball: (h, w) bool, where the ball is. color: what it was painted with."""

    image: Image
    ball: Bools
    color: tuple[int, int, int]


def scene(color: tuple[int, int, int], share: float, number: int) -> Scene:
    """Muted clouds of light and shade, and a ball in it that is a share of the picture. number: of the clouds."""
    x, y = grid(HEIGHT, WIDTH)
    salt = 5000 + 20 * number
    kind = clouds(x, y, 61.0, salt) * 0.7 + clouds(x, y, 19.0, salt + 1) * 0.3
    tone = smooth(kind * 1.5 - 0.25) * (len(_GROUND) - 1)
    canvas = np.empty((HEIGHT, WIDTH, 3))
    canvas[:] = rgb(*_GROUND[0])
    for place, ground in enumerate(_GROUND[1:]):
        canvas = blend(canvas, rgb(*ground), smooth(tone - place))
    for place, tint in enumerate(_TINTS):
        canvas += (clouds(x, y, 37.0, salt + 2 + place) - 0.5)[..., None] * np.array(tint)
    canvas += ((clouds(x, y, 9.0, salt + 4) - 0.5) * 30.0)[..., None]
    radius = sqrt(share * WIDTH * HEIGHT / pi)
    u, v = (x - 0.58 * WIDTH) / radius, (y - 0.45 * HEIGHT) / radius
    ball = u * u + v * v <= 1.0
    light = 1.0 - 0.16 * (u + v) - 0.10 * (u * u + v * v)
    canvas[ball] = (rgb(*color) * light[..., None])[ball]
    for channel in range(3):
        canvas[..., channel] += grain(HEIGHT, WIDTH, salt + 5 + 2 * channel) * 5.0
    return Scene(Image(to_bytes(canvas)), ball, color)


@dataclass(frozen=True, eq=False)
class Curve:
    """One way to choose the colors. shares: of the ball. survival: percent of its pixels that keep their color."""

    name: str
    shares: tuple[float, ...]
    survival: tuple[float, ...]


def survival_curves(
    k: int = 16, shares: Sequence[float] = SHARES, colors: Sequence[tuple[int, int, int]] = COLORS
) -> list[Curve]:
    """What becomes of the balls with k colors, undithered: the means over one scene for each color.

    A pixel keeps its color if it moves by less than 0.08 in OKLab.
    """
    found: dict[str, list[float]] = {}
    for share in shares:
        sums: dict[str, float] = {}
        for number, color in enumerate(colors):
            one = scene(color, share, number)
            for name, palette in palettes(one.image, k).items():
                sums[name] = sums.get(name, 0.0) + survival(one, palette, "oklab" if "OKLab" in name else "rgb")
        for name, total in sums.items():
            found.setdefault(name, []).append(total / len(colors))
    return [Curve(name, tuple(shares), tuple(values)) for name, values in found.items()]


def palettes(image: Image, k: int) -> dict[str, UInt8Array]:
    """The palettes (k, 3) that several ways choose for a picture."""
    histogram = count_colors(image.pixels)
    found = {"median cut": median_cut(image, k)}
    for name, words in (("oklab", "k-means OKLab"), ("rgb", "k-means sRGB")):
        space = SPACES[name]
        points = space.points(histogram)
        start = split_merge.improved(points, seeding.pca(points, k))
        centroids = kmeans(points, start, tolerance=split_merge.NEGLIGIBLE).centroids
        found[words] = finish(histogram, points, space, centroids, k, polish=True)[0]
    found[KMOR] = space.colors(kmor(points.cells, centroids, n0=0.02 * histogram.total).centroids)
    for mode in ("auto", "strong"):
        kept = protect(image.pixels, histogram, points, space, centroids, mode=mode)
        palette = found["k-means sRGB"]
        if kept is not None:
            palette = finish(histogram, points, space, kept.centroids, k, polish=True, frozen=kept.reserved)[0]
        found[f"protect {mode}"] = palette
    return found


def survival(one: Scene, palette: UInt8Array, space: str) -> float:
    """Percent of the ball's pixels that keep their color when all go to the nearest entry, as a space has it."""
    ball = count_colors(one.image.pixels[one.ball])
    labels, _ = SPACES[space].points(ball).assign(SPACES[space].palette_points(palette))
    moved = squared_distances(OKLAB.to_grid(ball.colors), OKLAB.to_grid(palette)[labels])
    return 100.0 * int(ball.weights[moved <= squared_grid(KEPT_DISTANCE)].sum()) / ball.total
