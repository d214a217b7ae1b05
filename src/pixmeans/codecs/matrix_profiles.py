"""Profiles of three primaries and a curve each: built for files that tell these in other ways, and read as formulas.

PNG's gAMA, cHRM and cICP and EXIF's color space become ICC profiles here, so that all colors take one way. LittleCMS
works with 8 bits and clips; the formula serves samples of 16 bits, and tells how far a color lies outside sRGB.

Sources: ICC.1:2022 (profile version 4.4), with clauses 10.6 (curveType) and 10.18 (parametricCurveType); ITU-T H.273
(2023) for primaries and transfer functions by number; B. Lindbloom, "RGB/XYZ Matrices", and K. M. Lam (1985) for
Bradford's adaptation.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator
from functools import cache

import numpy as np

from ..arrays import FloatArray, Int32Array, Samples
from ..image import BELOW_BLACK
from ..records import dataclass

Chromaticities = tuple[tuple[float, float], tuple[float, float], tuple[float, float], tuple[float, float]]
"""x and y of white, red, green and blue."""

Matrix = tuple[tuple[float, float, float], tuple[float, float, float], tuple[float, float, float]]

_D65, _D50 = (0.3127, 0.3290), (0.9642, 1.0, 0.8249)

SRGB: Chromaticities = (_D65, (0.64, 0.33), (0.30, 0.60), (0.15, 0.06))
ADOBE_RGB: Chromaticities = (_D65, (0.64, 0.33), (0.21, 0.71), (0.15, 0.06))

# H.273, table 2. Those that are missing are reserved or unspecified.
PRIMARIES: dict[int, Chromaticities] = {
    1: SRGB,
    4: ((0.310, 0.316), (0.67, 0.33), (0.21, 0.71), (0.14, 0.08)),
    5: (_D65, (0.64, 0.33), (0.29, 0.60), (0.15, 0.06)),
    6: (_D65, (0.630, 0.340), (0.310, 0.595), (0.155, 0.070)),
    7: (_D65, (0.630, 0.340), (0.310, 0.595), (0.155, 0.070)),
    8: ((0.310, 0.316), (0.681, 0.319), (0.243, 0.692), (0.145, 0.049)),
    9: (_D65, (0.708, 0.292), (0.170, 0.797), (0.131, 0.046)),
    11: ((0.314, 0.351), (0.680, 0.320), (0.265, 0.690), (0.150, 0.060)),
    12: (_D65, (0.680, 0.320), (0.265, 0.690), (0.150, 0.060)),
    22: (_D65, (0.630, 0.340), (0.295, 0.605), (0.155, 0.077)),
}


@dataclass(frozen=True)
class Curve:
    """The light of a value x, both 0 to 1: (a x + b)^exponent from `limit` up, below it slope x."""

    exponent: float
    a: float = 1.0
    b: float = 0.0
    slope: float = 0.0
    limit: float = 0.0

    def __call__(self, x: float) -> float:
        """The light of one value."""
        return max(0.0, self.a * x + self.b) ** self.exponent if x >= self.limit else self.slope * x


SRGB_CURVE = Curve(2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)
ADOBE_RGB_CURVE = Curve(563 / 256)
_BT709 = Curve(1 / 0.45, 1 / 1.099, 0.099 / 1.099, 1 / 4.5, 0.081)

# H.273, table 3: what can be shown on a screen of 0 to 1. 16 and 18 are those of HDR.
TRANSFERS = {
    1: _BT709,
    4: Curve(2.2),
    5: Curve(2.8),
    6: _BT709,
    7: Curve(1 / 0.45, 1 / 1.1115, 0.1115 / 1.1115, 1 / 4, 0.0913),
    8: Curve(1.0),
    11: _BT709,
    13: SRGB_CURVE,
    14: _BT709,
    15: _BT709,
}
HDR = {16: "PQ", 18: "HLG"}


def rgb_profile(chromaticities: Chromaticities, curve: Curve) -> bytes | None:
    """The ICC profile of an RGB space; None for primaries that make no space."""
    matrix = _to_d50(chromaticities)
    if matrix is None:
        return None
    columns = zip(*matrix, strict=True)
    light = _parametric(curve)
    names = (b"rXYZ", b"gXYZ", b"bXYZ")
    tags = {name: _xyz(column) for name, column in zip(names, columns, strict=True)}
    tags.update(dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), light))
    return _profile(b"RGB ", tags)


def gray_profile(curve: Curve) -> bytes:
    """The ICC profile of grays whose light a curve tells."""
    return _profile(b"GRAY", {b"kTRC": _parametric(curve)})


def _profile(space: bytes, tags: dict[bytes, bytes]) -> bytes:
    words = "made by pixmeans of the color tags of the file".encode("utf-16-be")
    text = struct.pack(">4s4xII2s2sII", b"mluc", 1, 12, b"en", b"US", len(words), 28) + words
    tags = {b"desc": text, b"cprt": text, b"wtpt": _xyz(_D50), **tags}
    at, table, body, places = 132 + 12 * len(tags), b"", b"", dict[bytes, int]()
    for name, data in tags.items():
        if data not in places:  # curves that are equal are stored once
            places[data] = at + len(body)
            body += data + bytes(-len(data) % 4)
        table += struct.pack(">4sII", name, places[data], len(data))
    header = struct.pack(">8xI4s4s4s6H4s", 0x04300000, b"mntr", space, b"XYZ ", 2020, 1, 1, 0, 0, 0, b"acsp")
    header = header.ljust(68, b"\0") + _xyz(_D50)[8:]
    profile = header.ljust(128, b"\0") + struct.pack(">I", len(tags)) + table + body
    return struct.pack(">I", len(profile)) + profile[4:]


def _xyz(values: tuple[float, ...]) -> bytes:
    return struct.pack(">4s4x3i", b"XYZ ", *(round(65536 * value) for value in values))


def _parametric(curve: Curve) -> bytes:
    """A parametricCurveType of function 3."""
    numbers = (curve.exponent, curve.a, curve.b, curve.slope, curve.limit)
    return struct.pack(">4s4xHH5i", b"para", 3, 0, *(round(65536 * number) for number in numbers))


# Spaces as matrices.


def _to_d50(chromaticities: Chromaticities) -> Matrix | None:
    """From linear R, G, B to XYZ as seen under D50; None for primaries that are no triangle."""
    if any(y <= 0 for _, y in chromaticities):
        return None
    white, *primaries = [(x / y, 1.0, (1 - x - y) / y) for x, y in chromaticities]
    red, green, blue = primaries
    columns = _transposed((red, green, blue))
    inverse = _inverse(columns)
    if inverse is None:
        return None
    amounts = _applied(inverse, white)
    to_xyz = _transposed(tuple(tuple(s * value for value in p) for s, p in zip(amounts, primaries, strict=True)))
    bradford: Matrix = ((0.8951, 0.2664, -0.1614), (-0.7502, 1.7135, 0.0367), (0.0389, -0.0685, 1.0296))
    back = _inverse(bradford)
    cones, wanted = _applied(bradford, white), _applied(bradford, _D50)
    if back is None or min(map(abs, cones)) < 1e-6:
        return None
    scaled = tuple(tuple(w / c * value for value in row) for row, c, w in zip(bradford, cones, wanted, strict=True))
    found = _product(_product(back, scaled), to_xyz)
    largest = max(abs(value) for row in found for value in row)
    return found if largest < 32 and _inverse(found) is not None else None


def _transposed(rows: tuple[tuple[float, ...], ...]) -> Matrix:
    first, second, third = zip(*rows, strict=True)
    return first, second, third


def _applied(matrix: Matrix, vector: tuple[float, ...]) -> tuple[float, float, float]:
    first, second, third = (sum(a * b for a, b in zip(row, vector, strict=True)) for row in matrix)
    return first, second, third


def _product(a: tuple[tuple[float, ...], ...], b: tuple[tuple[float, ...], ...]) -> Matrix:
    return _transposed(tuple(_applied((a[0], a[1], a[2]), column) for column in _transposed(b)))  # type: ignore[arg-type]


def _inverse(m: Matrix) -> Matrix | None:
    """By the adjugate; None for a matrix that has hardly one."""
    (a, b, c), (d, e, f), (g, h, i) = m
    adjugate = (
        (e * i - f * h, c * h - b * i, b * f - c * e),
        (f * g - d * i, a * i - c * g, c * d - a * f),
        (d * h - e * g, b * g - a * h, a * e - b * d),
    )
    determinant = a * adjugate[0][0] + b * adjugate[1][0] + c * adjugate[2][0]
    if not math.isfinite(determinant) or abs(determinant) < 1e-6:
        return None
    return _transposed(tuple(tuple(value / determinant for value in row) for row in zip(*adjugate, strict=True)))


# Profiles as formulas.


@dataclass(frozen=True, eq=False)
class Formula:
    """What a profile of curves, and with colors of a matrix, makes of samples.

    light: one table for grays, or three: the light of each sample, (256,) or (65536,). matrix: from there to linear
    sRGB.
    """

    light: tuple[FloatArray, ...]
    matrix: Matrix | None = None

    def samples(self, stored: Samples) -> Int32Array:
        """(n,) grays or (n, 3) colors -> the same in sRGB, in 65535ths, and beyond where sRGB ends.

        See `Image.rest` for what is beyond.
        """
        if self.matrix is None:
            return _encoded(self.light[0])[stored]
        return np.stack([_encoded(light) for light in self._linear(stored, self.matrix)], axis=1)

    def beyond(self, stored: Samples) -> Int32Array:
        """(n, 3) colors -> (n, 3) how far they lie outside sRGB, in 65535ths: below 0 or above white; 0 inside.

        Half a 255th is inside: 8 bits do not tell it.
        """
        found = np.zeros(stored.shape, np.int32)
        if self.matrix is None:
            return found
        for channel, light in enumerate(self._linear(stored, self.matrix)):
            below, above = light < -_NEAR, light > 1.0 + _NEAR
            found[below, channel] = _below_black(light[below])
            found[above, channel] = _encoded(light[above]) - 65535
        return found

    def _linear(self, stored: Samples, matrix: Matrix) -> Iterator[FloatArray]:
        """(n, 3) colors -> the linear red, green and blue of sRGB, one after the other, each (n,)."""
        red, green, blue = (table[stored[:, channel]] for channel, table in enumerate(self.light))
        for r, g, b in matrix:  # sums that are written out are the same on every machine
            yield r * red + g * green + b * blue


def formula_of(profile: bytes, levels: int) -> Formula | None:
    """The formula of a profile of grays, or of RGB by a matrix; None for any other, and for one that is damaged.

    levels: 256 or 65536, how many values samples have.
    """
    try:
        return _formula_of(profile, levels)
    except (struct.error, KeyError, ValueError, OverflowError, ZeroDivisionError):
        return None


def _formula_of(profile: bytes, levels: int) -> Formula | None:
    if profile[20:24] != b"XYZ ":
        return None
    places = struct.iter_unpack(">4sII", profile[132 : 132 + 12 * struct.unpack_from(">I", profile, 128)[0]])
    tags = {name: profile[at : at + size] for name, at, size in places}
    if profile[16:20] == b"GRAY":
        return Formula((_table(tags[b"kTRC"], levels),))
    if profile[16:20] != b"RGB " or b"A2B0" in tags:
        return None
    columns = tuple(struct.unpack(">3i", tags[name][8:20]) for name in (b"rXYZ", b"gXYZ", b"bXYZ"))
    to_xyz = _transposed(tuple(tuple(value / 65536 for value in column) for column in columns))
    srgb = _to_d50(SRGB)
    back = None if srgb is None else _inverse(srgb)
    if back is None:
        return None
    return Formula(tuple(_table(tags[name], levels) for name in (b"rTRC", b"gTRC", b"bTRC")), _product(back, to_xyz))


# The parameters of each kind of parametric curve, as places in g, a, b, c, d, e, f.
_KINDS = {0: "g", 1: "gab", 2: "gabc", 3: "gabcd", 4: "gabcdef"}


@cache
def _table(curve: bytes, levels: int) -> FloatArray:
    """(levels,) the light of each value, of a curveType or a parametricCurveType."""
    x = np.arange(levels) / (levels - 1.0)
    if curve[:4] == b"curv":
        count = struct.unpack_from(">I", curve, 8)[0]
        if count > 1:
            points = np.frombuffer(curve, ">u2", count, 12) / 65535.0
            return np.interp(x, np.linspace(0.0, 1.0, count), points)
        exponent = struct.unpack_from(">H", curve, 12)[0] / 256.0 if count else 1.0
        return np.array([value**exponent for value in x.tolist()])
    names = _KINDS[struct.unpack_from(">H", curve, 8)[0]] if curve[:4] == b"para" else ""
    numbers = [value / 65536.0 for value in struct.unpack_from(f">{len(names)}i", curve, 12)]
    p = {"g": 1.0, "a": 1.0, "b": 0.0, "c": 0.0, "d": 0.0, "e": 0.0, "f": 0.0, **dict(zip(names, numbers, strict=True))}
    if names in ("gab", "gabc"):  # what comes below -b / a is the constant c, and is added above
        p = {**p, "c": 0.0, "d": -p["b"] / p["a"], "e": p["c"], "f": p["c"]}
    g, a, b, c, d, e, f = p.values()
    return np.array([max(0.0, a * v + b) ** g + e if v >= d else c * v + f for v in x.tolist()])


_NEAR = 1 / (2 * 255 * BELOW_BLACK)  # light of half a 255th, as steep as sRGB is at either end

_REACH = 2 * 65535  # values up to twice white are told apart; no space of 0 to 1 reaches farther


@cache
def _limits() -> FloatArray:
    """(_REACH,) the light from which on the value i + 1 is nearer than i."""
    linear = int(0.04045 * 65535)
    values = (np.arange(_REACH) + 0.5) / 65535.0
    curved = [((value + 0.055) / 1.055) ** 2.4 for value in values[linear:].tolist()]
    return np.concatenate([values[:linear] / 12.92, curved])


def _encoded(light: FloatArray) -> Int32Array:
    """Linear light as values of sRGB in 65535ths. Above white its curve goes on; below black values fall evenly."""
    values = np.searchsorted(_limits(), light, side="right").astype(np.int32)
    return np.where(light < 0, _below_black(light), values)


def _below_black(light: FloatArray) -> Int32Array:
    """Light of less than nothing as values in 65535ths."""
    return np.floor(np.maximum(light, -1.0) * (BELOW_BLACK * 65535.0) + 0.5).astype(np.int32)
