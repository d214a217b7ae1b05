"""Samples of what a screen shows: windows, text, buttons, a chart."""

from __future__ import annotations

import numpy as np

from ...image import Image
from ..painting import Floats, blend, clamp, ellipse, grid, lay, rgb, to_bytes

# The screenshot.

# 5x7 letters: a digit of base 32 a row, from the top; the highest of its five bits is the left pixel.
_ALPHABET = "ABCDEFGHIKLMNOPRSTUVWabcdefghijklmnopqrstuvwxyz0123456789.,:-/%+= "
_DOTS = """
ehhvhhh uhhuhhu ehggghe uhhhhhu vgguggv vgguggg ehgnhhf hhhvhhh
e44444e hikokih ggggggv hrllhhh hpljhhh ehhhhhe uhhuggg uhhukih
fgge11u v444444 hhhhhhe hhhhha4 hhhllrh 00e1fhf gguhhhu 00eggge
11fhhhf 00ehvge 68s8888 00fhf1e gguhhhh 40c444e 20622ic ggikoki
c44444e 00qllll 00uhhhh 00ehhhe 00uhugg 00fhf11 00moggg 00fge1u
88s8886 00hhhhf 00hhha4 00hhlla 00ha4ah 00hhf1e 00v248v ehjlphe
4c4444e eh1248v v2421he 26aiv22 vgu11he 68guhhe v124888 ehhehhe
ehhf12c 00000cc 0000c48 0cc0cc0 000e000 01248g0 op248j3 044v440
00v0v00 0000000
"""
_LETTERS = dict(zip(_ALPHABET, _DOTS.split(), strict=True))


def _text(canvas: Floats, x: int, y: int, words: str, ink: Floats, size: int = 3) -> None:
    """Words with their upper left corner at (x, y), the letters `size` / 2 times as large, edges averaged."""
    columns = []
    for letter in words:
        rows = [int(digit, 32) for digit in _LETTERS[letter]]
        columns.append(np.array([[row >> bit & 1 for bit in (4, 3, 2, 1, 0)] + [0] for row in rows], np.float64))
    dots = np.concatenate(columns, axis=1).repeat(size, axis=0).repeat(size, axis=1)
    dots = np.concatenate([dots, np.zeros((dots.shape[0] % 2, dots.shape[1]))], axis=0)
    dots = np.concatenate([dots, np.zeros((dots.shape[0], dots.shape[1] % 2))], axis=1)
    soft = (dots[0::2, 0::2] + dots[0::2, 1::2] + dots[1::2, 0::2] + dots[1::2, 1::2]) / 4.0
    height, width = soft.shape
    lay(canvas[y : y + height, x : x + width], ink, soft)


def screenshot() -> Image:
    """800x500: a window with menus, text, a chart and buttons; flat areas and letters with soft edges."""
    canvas = np.zeros((500, 800, 3))
    paper, ink, mute, line, accent = (
        rgb(*color) for color in ((251, 250, 247), (27, 27, 27), (110, 104, 94), (217, 213, 204), (0, 114, 178))
    )
    white = rgb(255, 255, 255)

    def box(x: int, y: int, width: int, height: int, color: Floats) -> None:
        canvas[y : y + height, x : x + width] = color

    def framed(x: int, y: int, width: int, height: int, color: Floats) -> None:
        box(x, y, width, height, line)
        box(x + 1, y + 1, width - 2, height - 2, color)

    box(0, 0, 800, 500, paper)
    box(0, 0, 800, 34, rgb(38, 44, 58))
    for index, button in enumerate(((213, 94, 0), (230, 159, 0), (0, 158, 115))):
        px, py = grid(14, 14)
        lay(canvas[10:24, 12 + 20 * index : 26 + 20 * index], rgb(*button), ellipse(px, py, 7, 7, 6, 6))
    _text(canvas, 330, 12, "Tide table - Reef", rgb(232, 232, 228))
    for place, menu in ((14, "File"), (76, "Edit"), (138, "View"), (200, "Station"), (289, "Help")):
        _text(canvas, place, 43, menu, ink)
    box(0, 62, 800, 1, line)
    box(0, 63, 180, 437, rgb(240, 238, 232))
    box(180, 63, 1, 437, line)
    for index, entry in enumerate(("Overview", "Tides", "Currents", "Waves", "Light", "Notes", "Export")):
        if entry == "Tides":
            box(8, 76 + 34 * index, 164, 28, accent)
        _text(canvas, 22, 85 + 34 * index, entry, white if entry == "Tides" else ink)
    _text(canvas, 204, 82, "High and low water", ink, size=5)
    _text(canvas, 204, 110, "All times are local. Heights in metres above chart datum.", mute, size=2)
    framed(204, 128, 570, 176, white)
    heights = (
        12,
        31,
        58,
        88,
        112,
        126,
        121,
        102,
        76,
        47,
        24,
        15,
        22,
        44,
        73,
        101,
        121,
        129,
        118,
        93,
        64,
        38,
        19,
        13,
    )
    for index in range(5):
        box(205, 150 + 30 * index, 568, 1, rgb(238, 236, 230))
    for index, height in enumerate(heights):
        now = index == 15
        box(218 + 23 * index, 294 - height, 15, height, rgb(230, 159, 0) if now else rgb(86, 180, 233))
        box(218 + 23 * index, 294 - height, 15, 3, rgb(213, 94, 0) if now else accent)
    table = (
        ("Day", "High", "Low", "High", "Low"),
        ("Mon 14", "05:12  3.4", "11:20  0.6", "17:41  3.6", "23:52  0.5"),
        ("Tue 15", "06:02  3.6", "12:08  0.4", "18:27  3.7", "-"),
        ("Wed 16", "06:50  3.7", "00:39  0.3", "19:12  3.8", "12:55  0.3"),
        ("Thu 17", "07:36  3.8", "01:25  0.3", "19:57  3.7", "13:40  0.3"),
    )
    for row, cells in enumerate(table):
        if row % 2:
            box(204, 318 + 24 * row, 570, 24, rgb(243, 241, 236))
        for column, cell in enumerate(cells):
            _text(canvas, 214 + 114 * column, 325 + 24 * row, cell, mute if row == 0 else ink)
    framed(204, 452, 110, 30, white)
    _text(canvas, 232, 462, "Cancel", ink)
    box(324, 452, 110, 30, accent)
    _text(canvas, 362, 462, "Save", white)
    _text(canvas, 640, 468, "Updated 08:30 - 96% sure", mute, size=2)
    return Image(to_bytes(canvas))


# The interface.


# Nine rows of what hangs below the line that letters stand on.
_HANGING = {"g": "00fhhhf1e", "p": "00uhhhugg", "y": "00hhhhf1e", ",": "00000cc48"}


def _letters(words: str) -> Floats:
    """(11, columns) the dots of words, each letter as wide as it is, with a margin around them."""
    columns = [np.zeros((9, 1))]
    for letter in words:
        rows = [int(digit, 32) for digit in _HANGING.get(letter, _LETTERS[letter] + "00")]
        dots = np.array([[row >> bit & 1 for bit in (4, 3, 2, 1, 0)] for row in rows], np.float64)
        used = np.flatnonzero(dots.any(axis=0))
        columns += [dots[:, used[0] : used[-1] + 1] if used.size else np.zeros((9, 2)), np.zeros((9, 1))]
    return np.pad(np.concatenate(columns, axis=1), 1)


def _soft_text(canvas: Floats, x: float, y: float, words: str, ink: Floats, scale: float, bold: float = 0.0) -> None:
    """Words whose letters are 7 `scale` pixels high, round, and smooth at their edges, as screens draw them.

    Between the middles of dots their values are interpolated; a letter is where they are above a half.
    """
    dots = _letters(words)
    height, width = int(11 * scale) + 1, int(dots.shape[1] * scale) + 1
    left, top = int(x), int(y)
    px, py = grid(height, width)
    u, v = (px - (x - left)) / scale - 0.5, (py - (y - top)) / scale - 0.5
    column = np.minimum(np.maximum(np.floor(u), 0.0), dots.shape[1] - 2.0)
    row = np.minimum(np.maximum(np.floor(v), 0.0), dots.shape[0] - 2.0)
    right, down = clamp(u - column), clamp(v - row)
    i, j = row.astype(np.int64), column.astype(np.int64)
    above = dots[i, j] + (dots[i, j + 1] - dots[i, j]) * right
    below = dots[i + 1, j] + (dots[i + 1, j + 1] - dots[i + 1, j]) * right
    value = above + (below - above) * down
    lay(canvas[top : top + height, left : left + width], ink, clamp((value - 0.5 + bold) * 1.1 * scale + 0.5))


def _round_box(canvas: Floats, x: int, y: int, width: int, height: int, corner: float, color: Floats) -> None:
    """A rectangle with round corners and smooth edges; color: (3,), or (height, width, 3)."""
    px, py = grid(height, width)
    dx = np.maximum(np.abs(px - width / 2) - width / 2 + corner, 0.0)
    dy = np.maximum(np.abs(py - height / 2) - height / 2 + corner, 0.0)
    lay(canvas[y : y + height, x : x + width], color, clamp(corner + 0.5 - np.sqrt(dx * dx + dy * dy)))


def interface() -> Image:
    """480x320: a dialog on light gray, with smooth dark letters, a flat blue button, thin lines and a bar of hues."""
    canvas = np.zeros((320, 480, 3))
    canvas[:] = rgb(236, 237, 240)
    ink, mute, line, accent = rgb(32, 34, 40), rgb(104, 108, 118), rgb(208, 210, 216), rgb(24, 98, 216)
    white = rgb(255, 255, 255)
    canvas[:36] = rgb(250, 250, 252)
    canvas[36] = line
    for index, color in enumerate(((238, 96, 86), (246, 190, 62), (92, 196, 88))):
        px, py = grid(14, 14)
        lay(canvas[11:25, 14 + 20 * index : 28 + 20 * index], rgb(*color), ellipse(px, py, 7, 7, 5.6, 5.6))
    _soft_text(canvas, 193.3, 10.1, "Export palette", ink, 1.55)
    _soft_text(canvas, 20.4, 45.2, "Colors of the picture", ink, 2.3, bold=0.08)
    _soft_text(canvas, 22.7, 74.4, "Sixteen entries will be written. The first is the ground.", mute, 1.3)
    # The bar: six hues in a row, mixed evenly between them.
    stops = [rgb(*color) for color in ((226, 62, 70), (244, 172, 50), (108, 194, 84), (44, 170, 200), (82, 92, 214))]
    px, _ = grid(22, 432)
    bar = np.zeros((22, 432, 3)) + stops[0]
    for index, stop in enumerate(stops[1:]):
        bar = blend(bar, stop, clamp(px / 108.0 - index))
    _round_box(canvas, 24, 98, 432, 22, 6.0, bar)
    _round_box(canvas, 24, 134, 432, 106, 6.0, line)
    _round_box(canvas, 25, 135, 430, 104, 5.0, white)
    rows = (("Format", "PNG, 4 bits a pixel"), ("Name", "reef-k16.png"), ("Error", "0.018 in OKLab"))
    for index, (name, value) in enumerate(rows):
        if index:
            canvas[134 + 35 * index, 37:443] = rgb(228, 230, 234)
        _soft_text(canvas, 38.3, 143.1 + 35 * index, name, mute, 1.53)
        _soft_text(canvas, 168.6, 143.1 + 35 * index, value, ink, 1.53)
    _round_box(canvas, 24, 262, 18, 18, 4.0, accent)
    px, py = grid(18, 18)
    # The tick: two strokes that meet at (7.5, 12.5).
    short = np.maximum(np.abs(px - py + 5.0) * 0.7 - 1.2, np.maximum(px - 8.3, 4.2 - px))
    long = np.maximum(np.abs(px + py * 0.75 - 16.9) * 0.8 - 1.2, np.maximum(px - 13.6, 7.0 - px))
    lay(canvas[262:280, 24:42], white, clamp(0.5 - np.minimum(short, long)))
    _soft_text(canvas, 49.4, 262.1, "Sort by hue", ink, 1.53)
    _round_box(canvas, 252, 256, 96, 32, 6.0, rgb(184, 188, 198))
    _round_box(canvas, 253, 257, 94, 30, 5.0, white)
    _soft_text(canvas, 266.2, 262.6, "Cancel", ink, 1.7)
    _round_box(canvas, 360, 256, 96, 32, 6.0, accent)
    _soft_text(canvas, 375.5, 262.6, "Export", white, 1.7)
    return Image(to_bytes(canvas))
