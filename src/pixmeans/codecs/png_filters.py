"""The filters of PNG: bytes minus a guess from their neighbors, which deflate packs better where colors change slowly.

W3C, "Portable Network Graphics", third edition, clause 9 (filters) and 12.7 (choosing one for each row).
"""

from __future__ import annotations

import numpy as np

from ..arrays import Int16Array, UInt8Array

NONE, SUB, UP, AVERAGE, PAETH = KINDS = tuple(range(5))
# Each row has the filter whose bytes, as signed numbers, have the least sum of magnitudes.
ADAPTIVE = 5

_BAND = 256  # rows that are filtered at a time, to bound the memory


def filtered(rows: UInt8Array, kind: int, pixel_bytes: int = 1) -> UInt8Array:
    """Rows minus a guess: of the left (1), from above (2), the mean of both (3), Paeth's (4), or the best of each (5).

    rows: (h, 1 + n) uint8, samples of 8 bits behind a byte for the number of the filter. pixel_bytes: how far to the
    left a sample's neighbor is: channels. Returns (h, 1 + n) uint8; the rows themselves where nothing is guessed (0).
    """
    if kind == NONE:
        return rows
    result = np.empty_like(rows)
    values = rows[:, 1:]
    for top in range(0, len(rows), _BAND):
        x = values[top : top + _BAND].astype(np.int16)
        above = np.zeros_like(x)
        above[1:] = x[:-1]
        if top:
            above[0] = values[top - 1]
        if kind == ADAPTIVE:
            result[top : top + _BAND] = _least(x, above, pixel_bytes)
        else:
            result[top : top + _BAND, 0] = kind
            result[top : top + _BAND, 1:] = _differences(kind, x, above, pixel_bytes)
    return result


def _least(x: Int16Array, above: Int16Array, pixel_bytes: int) -> UInt8Array:
    """The rows of a band, each with the filter that leaves the least; of several the first."""
    tried = np.stack([_differences(kind, x, above, pixel_bytes) for kind in KINDS])
    left = np.add.reduce(np.abs(tried.view(np.int8).astype(np.int16)), axis=2, dtype=np.int64)
    best = left.argmin(axis=0)
    return np.concatenate([best.astype(np.uint8)[:, None], tried[best, np.arange(len(x))]], axis=1)


def _differences(kind: int, x: Int16Array, above: Int16Array, pixel_bytes: int) -> UInt8Array:
    left, corner = np.zeros_like(x), np.zeros_like(x)
    left[:, pixel_bytes:] = x[:, :-pixel_bytes]
    corner[:, pixel_bytes:] = above[:, :-pixel_bytes]
    return (x - _guess(kind, left, above, corner)).astype(np.uint8)


def _guess(kind: int, left: Int16Array, above: Int16Array, corner: Int16Array) -> Int16Array:
    if kind == SUB:
        return left
    if kind == UP:
        return above
    if kind == AVERAGE:
        return (left + above) >> 1
    return _paeth(left, above, corner) if kind == PAETH else np.zeros_like(left)


def _paeth(left: Int16Array, above: Int16Array, corner: Int16Array) -> Int16Array:
    """Of the three neighbors the one nearest to left + above - corner; ties in this order."""
    to_left, to_above, to_corner = abs(above - corner), abs(left - corner), abs(left + above - 2 * corner)
    return np.where(
        (to_left <= to_above) & (to_left <= to_corner), left, np.where(to_above <= to_corner, above, corner)
    )
