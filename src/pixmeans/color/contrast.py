"""How well colors can be told apart as text and background.

Source: Web Content Accessibility Guidelines (WCAG) 2.2, W3C, definitions "relative luminance" and "contrast ratio".
"""

from __future__ import annotations

import numpy as np

from ..arrays import FloatArray, UInt8Array
from .spaces import linear_table


def luminance(colors: UInt8Array) -> FloatArray:
    """(n,) the relative luminance of opaque colors (n, 3) uint8: 0 is black, 1 is white."""
    linear = linear_table()[colors]
    return 0.2126 * linear[:, 0] + 0.7152 * linear[:, 1] + 0.0722 * linear[:, 2]


def contrast(some: FloatArray, others: FloatArray) -> FloatArray:
    """The contrast ratio of luminances, 1 to 21; which is text and which background does not matter.

    >>> contrast(np.array([0.0]), np.array([1.0]))
    array([21.])
    """
    return (np.maximum(some, others) + 0.05) / (np.minimum(some, others) + 0.05)
