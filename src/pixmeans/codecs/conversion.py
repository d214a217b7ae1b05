"""Samples as a file holds them, and its profile -> 8-bit sRGB, and what of them sRGB and 8 bits cannot hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..arrays import Int16Array, Int32Array, Samples, UInt8Array, UInt16Array
from ..image import eight_bits
from ..records import dataclass
from .bombs import MAX_PROFILE

if TYPE_CHECKING:
    from .matrix_profiles import Formula

_BAND = 1 << 18  # samples that are converted at a time, to bound the memory

# A color that comes back from sRGB with no channel farther off than this is taken to lie inside.
_BACK = 4


@dataclass(frozen=True, eq=False)
class Converted:
    """Colors in sRGB, or as they are with their profile.

    color: (h, w) gray or (h, w, 3) uint8. rest: of the same shape, see `Image.rest`; None for none. profile: that is
    kept. changed: whether a profile changed values. unreadable: whether there is a profile that nobody can read.
    """

    color: UInt8Array
    rest: Int16Array | None = None
    profile: bytes | None = None
    changed: bool = False
    unreadable: bool = False


def converted(color: Samples, profile: bytes | None, icc: str) -> Converted:
    """color: (h, w) gray, (h, w, 3) RGB or (h, w, 4) CMYK. icc: 'srgb', or 'keep' for the profiles of RGB pictures."""
    profile = profile if isinstance(profile, bytes) and len(profile) <= MAX_PROFILE else None
    is_cmyk = color.ndim == 3 and color.shape[2] == 4
    if not profile and not is_cmyk:
        return Converted(*_eight_and_rest(color))
    from .icc import space_of, to_srgb  # only now: most pictures have no profile, and Pillow takes time to load
    from .matrix_profiles import formula_of

    if profile and icc == "keep" and space_of(profile) == "RGB" and color.ndim == 3 and not is_cmyk:
        return Converted(*_eight_and_rest(color), profile)
    eight, rest = _eight_and_rest(color)
    found = to_srgb(eight, profile) if profile else None
    if found is None or profile is None:
        if is_cmyk:
            import PIL.Image

            picture = PIL.Image.frombytes("CMYK", (color.shape[1], color.shape[0]), np.ascontiguousarray(eight).data)
            return Converted(np.asarray(picture.convert("RGB")), changed=True, unreadable=profile is not None)
        return Converted(eight, rest, unreadable=profile is not None)
    if found is eight:  # the profile is sRGB's
        return Converted(eight, rest)
    formula = None if is_cmyk else formula_of(profile, 256 if rest is None else 65536)
    if rest is not None and formula is not None:
        return _deep(np.asarray(color, np.uint16), formula)
    if rest is None and color.ndim == 2 and formula is not None:
        # LittleCMS is up to 7 of 255 off in dark grays of 8 bits.
        table, _ = _split(formula.samples(np.arange(256, dtype=np.uint8)))
        return Converted(table[eight], changed=True)
    if is_cmyk or color.ndim == 2:
        return Converted(found, changed=True)
    return _with_outside(eight, found, profile, formula)


def _eight_and_rest(color: Samples) -> tuple[UInt8Array, Int16Array | None]:
    if color.dtype == np.uint8:
        return np.asarray(color, np.uint8), None
    samples = np.asarray(color, np.uint16)
    eight = eight_bits(samples)
    rest = (samples.astype(np.int32) - 257 * eight.astype(np.int32)).astype(np.int16)
    return eight, rest if bool(rest.any()) else None


def _deep(color: UInt16Array, formula: Formula) -> Converted:
    """Samples of 16 bits, by the formula of their profile."""
    flat = color.reshape(-1) if color.ndim == 2 else color.reshape(-1, 3)
    eight, rest = np.empty(flat.shape, np.uint8), np.empty(flat.shape, np.int16)
    for start in range(0, len(flat), _BAND):
        part = slice(start, start + _BAND)
        values = formula.samples(flat[part])
        eight[part], rest[part] = _split(values)
    return Converted(eight.reshape(color.shape), rest.reshape(color.shape), changed=True)


def _split(values: Int32Array) -> tuple[UInt8Array, Int16Array]:
    """Values in 65535ths as the nearest bytes, and what these lack."""
    eight = eight_bits(np.clip(values, 0, 65535).astype(np.uint16))
    rest = np.clip(values - 257 * eight.astype(np.int32), -32768, 32767).astype(np.int16)
    return eight, rest


def _with_outside(stored: UInt8Array, found: UInt8Array, profile: bytes, formula: Formula | None) -> Converted:
    """8-bit colors (h, w, 3), with a rest where sRGB had to clip them: only 0 and 255 can be clipped."""
    flat, its = stored.reshape(-1, 3), found.reshape(-1, 3)
    whole: Int16Array | None = None
    for start in range(0, len(flat), _BAND):
        band = slice(start, start + _BAND)
        ends = (its[band] == 0) | (its[band] == 255)
        some = np.flatnonzero(ends[:, 0] | ends[:, 1] | ends[:, 2]) + start
        if not len(some):
            continue
        rest = _beyond(flat[some], its[some], profile, formula)
        if bool(rest.any()):
            whole = np.zeros(flat.shape, np.int16) if whole is None else whole
            whole[some] = np.clip(rest, -32768, 32767)
    return Converted(found, None if whole is None else whole.reshape(found.shape), changed=True)


def _beyond(colors: UInt8Array, clipped: UInt8Array, profile: bytes, formula: Formula | None) -> Int32Array:
    """(n, 3) how far colors lie outside sRGB, in 65535ths; clipped: (n, 3) what sRGB makes of them."""
    if formula is not None:
        beyond = formula.beyond(colors)
        return np.where((clipped == 0) | (clipped == 255), beyond, 0)
    from .icc import from_srgb

    # How far a color comes back from sRGB tells about how far it lies outside.
    back = from_srgb(clipped[None], profile)
    if back is None:
        return np.zeros(colors.shape, np.int32)
    far = np.abs(back[0].astype(np.int32) - colors).max(axis=1)
    far[far <= _BACK] = 0
    outwards = np.where(clipped == 0, -257, np.where(clipped == 255, 257, 0)).astype(np.int32)
    return far[:, None] * outwards
