"""A look at some rows of a large picture, where the whole would take long."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from .. import codecs
from ..color.masking import BAND
from ..image import NO_TAGS, IndexedImage
from ..records import replace

# Pictures of at most so many pixels are looked at as a whole.
SMALL_PIXELS = 1 << 18

# Of others one of so many bands of rows is enough where indices take at most this share there.
LOOK_EVERY = 4
SURELY_SMALLER = 0.93

# The files of these rows are written with this effort.
QUICK = 1


def surely_smaller(indexed: IndexedImage, other: IndexedImage, formats: Iterable[str]) -> bool:
    """Whether a look at some rows tells that one picture packs better than another one of its size."""
    height, width = indexed.indices.shape
    rows = (np.arange(height) // BAND) % LOOK_EVERY == LOOK_EVERY // 2
    if height * width <= SMALL_PIXELS or not rows.any():
        return False
    some, its = (replace(one, indices=one.indices[rows]) for one in (indexed, other))
    return share_of_bytes(some, its, formats) <= SURELY_SMALLER


def share_of_bytes(indexed: IndexedImage, other: IndexedImage, formats: Iterable[str]) -> float:
    """How large the file of one picture is beside that of another one of its size, by a quick look at both."""
    sizes = []
    for one in (indexed, other):
        bare = replace(one, icc=None, tags=NO_TAGS)
        sizes.append(min(len(codecs.encode(bare, format, optimize=QUICK)) for format in formats))
    return sizes[0] / sizes[1]
