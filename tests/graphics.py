"""Graphics of every kind, drawn from a number: what palette files are made of in practice, but photos."""

from __future__ import annotations

import numpy as np


def graphic(kind: str, seed: int, height: int = 64, width: int = 80) -> np.ndarray:
    """(h, w, 3 or 4) uint8: a picture of one of `KINDS`, another one for each seed."""
    pixels = KINDS[kind](np.random.default_rng(seed), height, width)
    pixels = np.clip(np.round(pixels), 0, 255).astype(np.uint8)
    if pixels.shape[2] == 4:
        pixels[pixels[..., 3] == 0] = 0
    return np.ascontiguousarray(pixels)


def _places(height, width):
    """The middles of pixels, from 0 to 1 in the shorter direction."""
    y, x = np.mgrid[:height, :width] + 0.5
    short = min(height, width)
    return x / short, y / short, short


def _lay(canvas, color, coverage):
    canvas += (color - canvas) * coverage[..., None]


def _disc(x, y, cx, cy, radius, soft):
    """Coverage of a disc whose edge is `soft` wide."""
    return np.clip((radius - np.hypot(x - cx, y - cy)) / soft + 0.5, 0, 1)


def _color(random):
    return random.integers(0, 256, 3).astype(float)


def icon(random, height, width):
    """A shaded disc over its own soft shadow, with alpha."""
    x, y, short = _places(height, width)
    cx, cy = width / short / 2, height / short / 2
    shadow = 0.6 * _disc(x, y, cx, cy + 0.06, 0.36, 0.22)
    color = np.zeros((height, width, 3)) + _color(random) + (_color(random) - 128) * (y[..., None] - 0.5)
    _lay(color, np.full(3, 255.0), 0.7 * _disc(x, y, cx - 0.1, cy - 0.12, 0.05, 0.2))
    _lay(color, _color(random), _disc(x, y, cx + 0.05, cy + 0.05, 0.12, 1 / short))
    tile = _disc(x, y, cx, cy, 0.36, 1 / short)
    alpha = tile + shadow * (1 - tile)
    share = np.divide(tile, alpha, out=np.zeros_like(tile), where=alpha > 0)
    return np.dstack([np.clip(color, 0, 255) * share[..., None], 255 * alpha])


def glow(random, height, width):
    """Light that fades out, nearly nowhere opaque."""
    x, y, short = _places(height, width)
    far = np.hypot(x - width / short / 2, y - height / short / 2) / (0.4 + 0.3 * random.random())
    fade = np.clip(1 - far, 0, 1)
    inner, outer = _color(random), _color(random)
    return np.dstack([outer + (inner - outer) * fade[..., None], 255 * fade**1.5])


def sprite(random, height, width):
    """Large pixels of few colors, mirrored, on a transparent ground."""
    inks = np.concatenate([random.integers(0, 256, (8, 3)), np.full((8, 1), 255)], axis=1)
    inks[0] = 0
    half = random.integers(0, 8, (8, 4)) * (random.random((8, 4)) < 0.7)
    art = inks[np.concatenate([half, half[:, ::-1]], axis=1)].astype(float)
    return art[np.arange(height) * 8 // height][:, np.arange(width) * 8 // width]


def text(random, height, width):
    """Thin dark strokes with smooth edges on a light ground, and a button."""
    x, y, short = _places(height, width)
    canvas = np.zeros((height, width, 3)) + random.integers(225, 256, 3)
    ink = random.integers(0, 70, 3).astype(float)
    for _ in range(14):
        cx, cy = random.random(2) * [width, height] / short
        along, across = (x - cx), (y - cy)
        turn = random.random() * 3
        along, across = along * np.cos(turn) + across * np.sin(turn), across * np.cos(turn) - along * np.sin(turn)
        gap = np.maximum(np.abs(along) - 0.12, np.abs(across) - 0.7 / short)
        _lay(canvas, ink, np.clip(0.5 - gap * short, 0, 1))
    canvas[height * 3 // 4 : height * 7 // 8, width // 8 : width // 2] = _color(random)
    return canvas


def chart(random, height, width):
    """Bars of flat colors, grid lines and a smooth curve on white."""
    x, y, short = _places(height, width)
    canvas = np.full((height, width, 3), 255.0)
    canvas[:: max(4, height // 5)] = 226
    colors = [_color(random) for _ in range(3)]
    for number in range(5):
        left, top = width * number // 5, int(height * random.random() * 0.8)
        canvas[top:, left + 1 : left + max(2, width // 8)] = colors[number % 3]
    curve = 0.5 + 0.3 * np.sin(4 * x + random.random() * 6)
    _lay(canvas, _color(random), np.clip(1.4 - np.abs(y - curve) * short, 0, 1))
    return canvas


def ramp(random, height, width):
    """A smooth change from one color to another, aslant."""
    x, y, _ = _places(height, width)
    turn = random.random()
    place = turn * x / x.max() + (1 - turn) * y / y.max()
    first, last = _color(random), _color(random)
    return first + (last - first) * place[..., None]


def heatmap(random, height, width):
    """Smooth hills in three colors."""
    x, y, _ = _places(height, width)
    hills = sum(np.sin(a * x + b * y + c) for a, b, c in random.random((3, 3)) * [9, 9, 6]) / 6 + 0.5
    colors = [_color(random) for _ in range(3)]
    low, high = np.clip(2 * hills, 0, 1)[..., None], np.clip(2 * hills - 1, 0, 1)[..., None]
    return (colors[0] + (colors[1] - colors[0]) * low) * (1 - high) + colors[2] * high


KINDS = {one.__name__: one for one in (icon, glow, sprite, text, chart, ramp, heatmap)}
