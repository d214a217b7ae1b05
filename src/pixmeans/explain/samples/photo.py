"""Samples that are like photos, or worse: a reef, a sky, and noise."""

from __future__ import annotations

import numpy as np

from ...image import Image
from ..painting import Floats, blend, clamp, clouds, ellipse, grain, grid, hashed, lay, rgb, smooth, to_bytes, uniform

# The reef.

# The larger fish: x, y, width, height. And the mean color of the orange pixels of both fish.
REEF_FISH = (338, 220, 70, 44)
REEF_ORANGE = (233, 110, 23)

# Counts, sizes and colors were tuned together: what matters is how often a random pixel is a tentacle, and how far
# orange is from their colors. Few tentacles of a warm gray, and k-means at k=16 has no centroid to spare for the fish.
_DOME = (262.0, 498.0, 283.0, 214.0)  # center and radii
_DOME_SHADE = (26.0, 14.0, 60.0)
_DOME_BODY = (66.0, 46.0, 132.0)
_DOME_LIGHT = (99.0, 79.0, 182.0)
_WATER_TOP = (4.0, 31.0, 50.0)
_WATER_GLOW = (10.0, 55.0, 73.0)
_ARM_FOOT = (73.0, 53.0, 101.0)
_ARM_MIDDLE = (139.0, 120.0, 110.0)
_ARM_TIP = (232.0, 229.0, 203.0)
_ORANGE_DARK = (221.0, 88.0, 13.0)
_ORANGE_LIGHT = (251.0, 124.0, 25.0)


def reef() -> Image:
    """640x480: dark water, a purple anemone with pale tentacles, two small orange clown-fish."""
    height, width = 480, 640
    x, y = grid(height, width)
    canvas = _water(x, y)
    _paint_rocks(canvas, x, y)
    _paint_tentacles(canvas, x, y, count=92, inner=0.93, outer=1.01, salt=1000, depth=0.62)
    _paint_dome(canvas, x, y)
    _paint_tentacles(canvas, x, y, count=60, inner=0.80, outer=0.95, salt=2000, depth=0.86)
    for fish in _FISH:
        _paint_fish(canvas, x, y, *fish)
    _paint_tentacles(canvas, x, y, count=18, inner=0.70, outer=0.80, salt=3000, depth=1.0)
    _paint_snow(canvas, x, y)
    # Grain in brightness and in color, as a sensor adds it: more where there is more light.
    light = 1.6 + canvas.max(axis=2) / 70.0
    canvas += (grain(height, width, 7) * light)[..., None]
    for channel in range(3):
        canvas[..., channel] += grain(height, width, 11 + 2 * channel) * light * 2.1
    return Image(to_bytes(canvas))


def _water(x: Floats, y: Floats) -> Floats:
    """Deep blue, lighter above, with soft beams that fall from the upper left."""
    down = y / 480.0
    canvas = blend(rgb(*_WATER_TOP), rgb(9, 12, 30), smooth(down * 1.05))
    glow = ellipse(x, y, 210.0, -60.0, 420.0, 330.0, soft=330.0)
    canvas = blend(canvas, rgb(*_WATER_GLOW), glow * glow * 0.75)
    slant = x + 0.42 * y
    beams = clouds(slant, np.zeros_like(x), 34.0, 21) * 0.6 + clouds(slant, np.zeros_like(x), 13.0, 22) * 0.4
    canvas = blend(canvas, rgb(30, 112, 128), smooth(beams * 2.2 - 1.0) * (1.0 - smooth(down * 1.5)) * 0.22)
    return blend(canvas, rgb(2, 6, 16), clouds(x, y, 90.0, 23) * 0.35 * down)


def _paint_rocks(canvas: Floats, x: Floats, y: Floats) -> None:
    """Dark shapes far behind, to the right."""
    for index, (top, shade) in enumerate(((330.0, (9, 20, 38)), (392.0, (8, 13, 27)))):
        bumps = clouds(x, np.zeros_like(x), 90.0 - 30 * index, 31 + index) * 70.0
        bumps += clouds(x, np.zeros_like(x), 21.0, 33 + index) * 14.0
        edge = top + bumps - smooth((x - 430.0) / 230.0) * 90.0
        lay(canvas, rgb(*shade) * (0.85 + 0.3 * clouds(x, y, 9.0, 35))[..., None], clamp((y - edge) / 5.0))


def _paint_dome(canvas: Floats, x: Floats, y: Floats) -> None:
    """The body: a purple dome, lit from the upper left, with shallow folds that run down its side."""
    cx, cy, rx, ry = _DOME
    u, v = (x - cx) / rx, (y - cy) / ry
    radius = np.sqrt(u * u + v * v)
    height = np.sqrt(clamp(1.0 - radius * radius))
    light = clamp(0.10 + 0.50 * height - 0.34 * u - 0.40 * v)
    # Folds follow the direction from the foot of the dome; u / -v is its tangent, no angle is needed.
    fold = clouds(40.0 + 14.0 * u / (1.25 - v), radius * 3.0, 1.0, 41)
    light = clamp(light * (0.86 + 0.24 * fold) + 0.05 * (clouds(x, y, 17.0, 42) - 0.5))
    color = blend(rgb(*_DOME_SHADE), rgb(*_DOME_BODY), smooth(light * 1.35))
    color = blend(color, rgb(*_DOME_LIGHT), smooth(light * 2.2 - 1.15))
    lay(canvas, color, clamp((1.0 - radius) * ry / 1.2 + 0.5))


def _paint_tentacles(
    canvas: Floats, x: Floats, y: Floats, *, count: int, inner: float, outer: float, salt: int, depth: float
) -> None:
    """A ring of bent, tapering arms with pale round tips; `depth` 1 is near the eye, less is darker."""
    cx, cy, rx, ry = _DOME
    order = np.arange(count, dtype=np.int64)
    along, ring, lean, bend, size, tone = (uniform(order, salt + i) for i in range(6))
    for i in range(count):
        # A point of the unit circle without sines: t = tan(angle / 2), from left over the top to right.
        t = 1.72 * along[i] - 0.86
        nx, ny = 2.0 * t / (1.0 + t * t), -(1.0 - t * t) / (1.0 + t * t)
        s = inner + (outer - inner) * ring[i]
        x0, y0 = cx + s * rx * nx, cy + s * ry * ny
        dx, dy = nx + 0.9 * (lean[i] - 0.5), ny - 0.25 + 0.3 * (lean[i] - 0.5)
        norm = np.sqrt(dx * dx + dy * dy)
        length = 34.0 + 46.0 * size[i]
        dx, dy = dx / norm * length, dy / norm * length
        side = (bend[i] - 0.5) * 0.8
        curve = (x0, y0), (x0 + 0.55 * dx - side * dy, y0 + 0.55 * dy + side * dx), (x0 + dx, y0 + dy)
        _paint_arm(canvas, x, y, curve, 2.9 + 1.4 * tone[i], depth * (0.82 + 0.18 * tone[i]))


def _paint_arm(
    canvas: Floats, x: Floats, y: Floats, curve: tuple[tuple[float, float], ...], radius: float, light: float
) -> None:
    """One tentacle along a quadratic Bezier curve: each pixel has a place along and across it."""
    (ax, ay), (bx, by), (ex, ey) = curve
    left, right = int(min(ax, bx, ex) - 9), int(max(ax, bx, ex) + 10)
    top, bottom = int(min(ay, by, ey) - 9), int(max(ay, by, ey) + 10)
    window = slice(max(top, 0), max(bottom, 0)), slice(max(left, 0), max(right, 0))
    px, py = x[window], y[window]
    if px.size == 0:
        return
    gap = np.full(px.shape, 1e9)
    place = np.zeros(px.shape)
    relief = np.zeros(px.shape)
    pieces = 10
    qx, qy = ax, ay
    for j in range(1, pieces + 1):
        t = j / pieces
        rx = (1 - t) * (1 - t) * ax + 2 * t * (1 - t) * bx + t * t * ex
        ry = (1 - t) * (1 - t) * ay + 2 * t * (1 - t) * by + t * t * ey
        dx, dy = rx - qx, ry - qy
        f = clamp(((px - qx) * dx + (py - qy) * dy) / (dx * dx + dy * dy))
        offx, offy = px - qx - f * dx, py - qy - f * dy
        here = (t * pieces - 1.0 + f) / pieces
        tip = clamp(here * 5.0 - 4.0)
        r = radius * (1.0 - 0.40 * here + 0.80 * tip * (2.0 - tip))
        d = np.sqrt(offx * offx + offy * offy) - r
        nearer = d < gap
        gap = np.where(nearer, d, gap)
        place = np.where(nearer, here, place)
        # Light from the upper left on a round arm.
        relief = np.where(nearer, (offx + 1.4 * offy) / (1.72 * r), relief)
        qx, qy = rx, ry
    color = blend(rgb(*_ARM_FOOT), rgb(*_ARM_MIDDLE), smooth(place * 2.45))
    color = blend(color, rgb(*_ARM_TIP), smooth(place * 4.5 - 3.25))
    color = color * (light * (0.96 - 0.20 * relief - 0.14 * relief * relief))[..., None]
    lay(canvas[window], color, clamp(0.5 - gap) * smooth(place * 6.0 + 0.15))


# (center x, center y, length, slope of the body); both look to the left
_FISH = ((372.0, 241.0, 65.0, -0.10), (468.0, 330.0, 46.5, 0.16))


def _paint_fish(canvas: Floats, x: Floats, y: Floats, cx: float, cy: float, length: float, slope: float) -> None:
    """A clown-fish: orange, three white bands with dark borders, dark-edged fins, an eye."""
    # Coordinates of the fish: u from -1 (nose) to 1 (tail), v from -1 to 1 in the same unit. Of all that is painted
    # below nothing is further than 1.2 units from its center.
    unit = length / 2.0
    reach = int(1.2 * unit + 4.0)
    window = slice(int(cy) - reach, int(cy) + reach), slice(int(cx) - reach, int(cx) + reach)
    canvas, x, y = canvas[window], x[window], y[window]
    scale = 1.0 / (unit * np.sqrt(1.0 + slope * slope))
    u = ((x - cx) + slope * (y - cy)) * scale
    v = ((y - cy) - slope * (x - cx)) * scale
    edge = unit  # coverage changes over one pixel
    # An egg, blunt at the nose, that runs into a short stalk.
    inside = 1.0 - (u + 0.18) * (u + 0.18) / 0.66
    egg = np.where(inside > 0.0, np.sqrt(clamp(inside)) * (0.48 - 0.12 * (u + 0.18)), -1.0)
    stalk = np.where((u > 0.0) & (u < 0.82), 0.15 - 0.03 * u, -1.0)
    body = clamp((np.maximum(egg, stalk) - np.abs(v)) * edge * 0.8 + 0.5)

    def fin(fx: float, fy: float, rx: float, ry: float) -> Floats:
        r: Floats = np.sqrt(((u - fx) / rx) * ((u - fx) / rx) + ((v - fy) / ry) * ((v - fy) / ry))
        return (1.0 - r) * min(rx, ry)

    fins = np.maximum(
        fin(0.86, 0.0, 0.22, 0.30), np.maximum(fin(-0.06, -0.42, 0.40, 0.18), fin(0.24, 0.40, 0.24, 0.18))
    )
    fins = np.maximum(fins, fin(-0.22, 0.44, 0.17, 0.17))
    shine = clamp(0.62 - 0.55 * v + 0.16 * clouds(u * unit, v * unit, 3.0, 51))
    orange = blend(rgb(*_ORANGE_DARK), rgb(*_ORANGE_LIGHT), shine)
    lay(canvas, rgb(30, 18, 16), clamp(fins * edge + 0.9))
    lay(canvas, orange * 0.95, clamp((fins - 0.055) * edge + 0.5))
    lay(canvas, orange, body)
    for place, wide, bow in ((-0.48, 0.085, 0.34), (0.06, 0.10, -0.22), (0.60, 0.055, 0.12)):
        off = np.abs(u - place - bow * v * v)
        lay(canvas, rgb(26, 18, 22), body * clamp((wide + 0.035 - off) * edge + 0.5))
        lay(
            canvas,
            rgb(244, 244, 238) * (0.78 + 0.22 * shine)[..., None],
            body * clamp((wide - off) * edge + 0.5),
        )
    for radius, color, nudge in (
        (0.095, (250, 200, 120), 0.0),
        (0.072, (8, 8, 14), 0.0),
        (0.026, (255, 255, 255), 0.03),
    ):
        off = np.sqrt((u + 0.72 + nudge) * (u + 0.72 + nudge) + (v + 0.09 + nudge) * (v + 0.09 + nudge))
        lay(canvas, rgb(*color), clamp((radius - off) * edge + 0.5))


def _paint_snow(canvas: Floats, x: Floats, y: Floats) -> None:
    """Small particles that drift in the light, out of focus."""
    order = np.arange(70, dtype=np.int64)
    for px, py, size in zip(uniform(order, 61), uniform(order, 62), uniform(order, 63), strict=True):
        cx, cy, r = float(px) * 640.0, float(py) * 300.0, 0.9 + 2.2 * float(size)
        window = slice(max(int(cy - 8), 0), int(cy + 9)), slice(max(int(cx - 8), 0), int(cx + 9))
        if canvas[window].size:
            lay(
                canvas[window],
                rgb(70, 130, 140),
                ellipse(x[window], y[window], cx, cy, r, r, soft=3.0) * 0.22,
            )


# The sky.


def sky() -> Image:
    """640x400: an evening sky with the glow of a low sun; nothing but smooth gradients."""
    x, y = grid(400, 640)
    down = y / 400.0
    canvas = blend(rgb(24, 44, 104), rgb(84, 122, 182), smooth(down * 1.25))
    canvas = blend(canvas, rgb(238, 168, 116), smooth(down * 1.7 - 0.75))
    canvas = blend(canvas, rgb(196, 92, 88), smooth(down * 2.4 - 1.5) * 0.55)
    dx, dy = x - 428.0, (y - 318.0) * 1.12
    distance = np.sqrt(dx * dx + dy * dy)
    halo = 1.0 / (1.0 + distance * distance / 9000.0)
    canvas = blend(canvas, rgb(255, 206, 128), halo * 0.80)
    canvas = blend(canvas, rgb(255, 244, 214), smooth((42.0 - distance) / 18.0) * 0.96)
    return Image(to_bytes(canvas))


# Noise.


def noise() -> Image:
    """256x256: every channel of every pixel drawn alike from 0 to 255; there is nothing to find."""
    values = hashed(np.arange(256 * 256 * 3, dtype=np.int64), 91) >> np.uint64(56)
    return Image(values.astype(np.uint8).reshape(256, 256, 3))
