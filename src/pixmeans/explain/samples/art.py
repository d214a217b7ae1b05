"""Samples with alpha: pixel art, an icon and a translucent sprite."""

from __future__ import annotations

import numpy as np

from ...image import Image
from ..painting import Floats, blend, clamp, ellipse, grid, lay, rgb, smooth, to_bytes

# The sprite.

_OCTOPUS = """
................
..........oooooo
........oollllbb
.......ollllbbbb
......ollllbbbbb
.....olllbbbbbbb
.....ollbbbbbbyb
....ollbbbbbbbbb
....olbbbyybbbbb
....olbbbyybbbbb
....olbbbbbbbbbb
....obbboooobbbb
....obbowwwwobbb
....obbowwppobbb
....obbowwppobbb
....obbowwwwobbb
....obbboooobbbb
....obccbbbbbbbb
.....obccbbbbboo
.....obbbbbbbbbb
....obbdbbbbbdbb
...obbdobbbbdobb
..obbdoobbbdoobb
.obbdo.obbdo.obb
obbdo..obbdo.obd
oldo...olbdo.old
oldo..oolbdo.obd
.oldooolbdoo.obd
..ollllbddo.oobd
...oddddoo.olbdo
..sssooosssoooos
...sssssssssssss
"""

_SPRITE_INKS = {
    ".": (0, 0, 0, 0),
    "o": (44, 20, 58, 255),
    "b": (214, 84, 108, 255),
    "l": (246, 138, 132, 255),
    "d": (156, 52, 98, 255),
    "y": (255, 200, 120, 255),
    "c": (255, 168, 160, 255),
    "w": (250, 246, 236, 255),
    "p": (30, 22, 46, 255),
    "s": (0, 0, 0, 96),
}


def sprite() -> Image:
    """256x256 with alpha: a small octopus of 32x32 large pixels, ten colors, on a transparent ground."""
    rows = []
    for left in _OCTOPUS.split():
        # Light comes from the left: on the mirrored half the highlights are plain body.
        rows.append(left + left[::-1].replace("l", "b"))
    inks = [[_SPRITE_INKS[letter] for letter in row] for row in rows]
    art = np.array(inks, np.uint8)
    return Image(art.repeat(8, axis=0).repeat(8, axis=1))


def _over(color: Floats, alpha: Floats, below: Floats, its_alpha: Floats) -> tuple[Floats, Floats]:
    """Colors (h, w, 3) and alpha (h, w) of one layer over another, straight and 0..255, 0..1."""
    whole = alpha + its_alpha * (1.0 - alpha)
    share = np.where(whole > 0.0, alpha / np.maximum(whole, 1e-9), 0.0)
    return blend(below, color, share), whole


def _rgba(color: Floats, alpha: Floats) -> Image:
    """A picture of them. What nobody sees is black."""
    pixels = to_bytes(np.concatenate([color, 255.0 * alpha[..., None]], axis=2))
    pixels[pixels[..., 3] == 0] = 0
    return Image(pixels)


# The icon.


def _rounded(x: Floats, y: Floats, cx: float, cy: float, half: float, corner: float) -> Floats:
    """How far a point is outside a square with round corners, in pixels; negative inside."""
    dx = np.maximum(np.abs(x - cx) - half + corner, 0.0)
    dy = np.maximum(np.abs(y - cy) - half + corner, 0.0)
    outside = np.sqrt(dx * dx + dy * dy) - corner
    inside = np.maximum(np.abs(x - cx), np.abs(y - cy)) - half
    return np.where((dx > 0.0) & (dy > 0.0), outside, inside)


def icon() -> Image:
    """256x256 with alpha: a glossy tile with a fish on it, and the soft shadow that it drops."""
    x, y = grid(256, 256)
    edge = _rounded(x, y, 128.0, 120.0, 96.0, 44.0)
    fall = smooth((22.0 - _rounded(x, y, 128.0, 134.0, 90.0, 50.0)) / 44.0)
    shadow = 0.55 * fall * fall
    down = clamp((y - 24.0) / 192.0)
    tile = blend(rgb(72, 190, 226), rgb(14, 66, 146), smooth(down * 0.95 + 0.05))
    glow = ellipse(x, y, 128.0, 226.0, 120.0, 84.0, soft=84.0)
    tile = blend(tile, rgb(62, 206, 206), glow * 0.75)
    # Two waves, the nearer one darker. A parabola for each hump: no sines.
    for level, wide, start, color in ((152.0, 64.0, 0.0, (18, 108, 176)), (178.0, 64.0, 32.0, (10, 72, 140))):
        place = (x + start) / wide
        bow = place - np.floor(place)
        wave = level - 40.0 * bow * (1.0 - bow)
        lay(tile, blend(rgb(*color) + 26.0, rgb(*color), clamp((y - level + 10.0) / 38.0)), clamp(y - wave + 0.5))
    _paint_emblem(tile, x, y)
    # Gloss: a light bow over the upper half, and a rim that is bright above and dark below.
    bow = ellipse(x, y, 128.0, 20.0, 150.0, 92.0)
    lay(tile, rgb(255, 255, 255), bow * (0.42 - 0.30 * down))
    rim = clamp(3.2 + edge) * 0.5
    lay(tile, blend(rgb(225, 248, 255), rgb(4, 30, 84), smooth(down * 1.4 - 0.2)), clamp(rim) * 0.8)
    return _rgba(*_over(tile, clamp(0.5 - edge), np.broadcast_to(rgb(6, 16, 40), tile.shape), shadow))


def _paint_emblem(canvas: Floats, x: Floats, y: Floats) -> None:
    """A white fish that looks to the left, with an orange band and an eye."""
    u, v = (x - 120.0) / 56.0, (y - 122.0) / 56.0
    body = np.where(np.abs(u) < 1.0, 0.56 * (1.0 - u * u) * (1.0 - 0.16 * u), -1.0) - np.abs(v)
    tail = np.minimum(np.minimum(u - 0.78, 1.34 - u), 0.10 + 0.78 * (u - 0.78) - np.abs(v))
    tail = np.minimum(tail, 0.45 * np.abs(v) + 1.20 - u)
    fish = clamp(np.maximum(body, tail) * 46.0 + 0.5)
    below = clamp(np.maximum(body, tail) * 9.0 + 0.9)
    lay(canvas, rgb(6, 40, 96), below * (1.0 - fish) * 0.35)
    lay(canvas, blend(rgb(255, 255, 255), rgb(206, 226, 242), smooth(v + 0.5)), fish)
    for place, bow in ((-0.18, 0.30), (0.42, -0.24)):
        off = np.abs(u - place - bow * v * v)
        lay(
            canvas,
            blend(rgb(255, 158, 52), rgb(226, 84, 18), smooth(v + 0.5)),
            fish * clamp((0.115 - off) * 50.0 + 0.5),
        )
    lay(canvas, rgb(16, 34, 70), ellipse(x, y, 88.0, 114.0, 6.0, 6.0))
    lay(canvas, rgb(255, 255, 255), ellipse(x, y, 86.0, 112.0, 2.0, 2.0))


# The ghost.


def ghost() -> Image:
    """160x160 with alpha: a translucent ghost that glows; most of its pixels are neither opaque nor transparent."""
    x, y = grid(160, 160)
    # The glow ends before the corners do.
    dx, dy = (x - 80.0) / 78.0, (y - 80.0) / 78.0
    far = np.sqrt(dx * dx + dy * dy)
    aura = clamp(1.0 - far)
    alpha = 0.95 * aura * aura * (0.5 + 0.5 * aura) + 0.06 * clamp(4.0 * aura)
    color = blend(rgb(70, 90, 255), rgb(120, 255, 236), smooth(aura * 1.5))
    # A round head, sides that widen a little, and a hem of three humps.
    u, v = (x - 80.0) / 40.0, (y - 66.0) / 40.0
    head = 1.0 - np.sqrt(u * u + v * v)
    place = (u + 1.2) / 0.8
    bow = place - np.floor(place)
    hem = 1.22 + 1.1 * bow * (1.0 - bow) - v
    sheet = np.minimum(1.0 + 0.12 * clamp(v) - np.abs(u), hem * 0.8)
    body = clamp(np.where(v < 0.0, head, sheet) * 40.0 + 0.5)
    depth = clamp(1.0 - np.where(v < 0.0, 1.0 - head, np.abs(u)) * 0.95)
    shade = blend(rgb(206, 246, 255), rgb(126, 148, 250), smooth(0.5 * v + 0.34 * u + 0.3))
    thick = (0.88 - 0.36 * smooth(depth * 1.5)) * (1.0 - 0.42 * smooth(0.7 * v - 0.1))
    color, alpha = _over(shade, body * thick, color, alpha)
    shine = ellipse(x, y, 62.0, 44.0, 9.0, 13.0, soft=9.0) * body
    color, alpha = _over(np.broadcast_to(rgb(255, 255, 255), color.shape), shine * 0.7, color, alpha)
    for cx in (66.0, 92.0):
        eye = ellipse(x, y, cx, 66.0, 6.5, 9.0)
        color, alpha = _over(np.broadcast_to(rgb(30, 22, 88), color.shape), eye * 0.94, color, alpha)
        glint = ellipse(x, y, cx - 2.0, 62.0, 2.2, 2.6)
        color, alpha = _over(np.broadcast_to(rgb(255, 255, 255), color.shape), glint, color, alpha)
        cheek = ellipse(x, y, cx + (cx - 79.0) * 0.65, 82.0, 6.0, 3.6, soft=3.0)
        color, alpha = _over(np.broadcast_to(rgb(255, 120, 190), color.shape), cheek * 0.45, color, alpha)
    mouth = ellipse(x, y, 79.0, 86.0, 5.0, 6.0)
    color, alpha = _over(np.broadcast_to(rgb(58, 34, 120), color.shape), mouth * 0.85, color, alpha)
    return _rgba(color, alpha)
