"""Colors that displays of few bits show: n bits a channel, which hardware expands to 8 by repeating them."""

from __future__ import annotations

import numpy as np

from ..arrays import UInt8Array


def levels(bits: int) -> UInt8Array:
    """(2^bits,) uint8: what n bits, 3 to 8, stand for: the bits again and again, until there are 8.

    >>> levels(3).tolist()
    [0, 36, 73, 109, 146, 182, 219, 255]
    """
    values = np.arange(1 << bits, dtype=np.uint32)
    repeated = np.zeros_like(values)
    filled = 0
    while filled < 8:
        repeated = repeated << np.uint32(bits) | values
        filled += bits
    return (repeated >> np.uint32(filled - 8)).astype(np.uint8)


def bits_of(color_bits: str) -> tuple[int, ...]:
    """Bits of red, green, blue, and alpha where it has some: (5, 6, 5) of 'rgb565'."""
    return tuple(map(int, color_bits.lstrip("rgba")))


def least_alpha(color_bits: str) -> int:
    """The least alpha that a display shows as more than nothing."""
    if len(bits_of(color_bits)) == 3:
        return 1
    return int(levels(bits_of(color_bits)[3])[1]) // 2 + 1


def shown_colors(colors: UInt8Array, color_bits: str) -> UInt8Array:
    """The nearest color that a display shows, channel by channel; of two the darker one.

    colors: (n, 3 or 4) uint8. color_bits: one of `choices.COLOR_BITS`, such as 'rgb565'. Without bits of its own alpha
    stays; with them what is visible stays visible. Returns (n, 3 or 4) uint8.

    >>> shown_colors(np.array([[255, 130, 4]], np.uint8), "rgb565").tolist()
    [[255, 130, 0]]
    """
    shown = colors.copy()
    for channel, bits in enumerate(bits_of(color_bits)):
        if channel < colors.shape[1]:
            steps = levels(bits).astype(np.int16)
            shown[:, channel] = steps[np.abs(np.arange(256)[:, None] - steps).argmin(axis=1)][colors[:, channel]]
    if colors.shape[1] == 4:
        hidden = (shown[:, 3] == 0) & (colors[:, 3] > 0)
        shown[hidden, 3] = levels(bits_of(color_bits)[-1])[1]
    return shown
