"""What the search for lossy indices begins with: a palette, and the nearest entry of each pixel."""

from __future__ import annotations

import numpy as np

from ..arrays import Bools, Indices, UInt8Array
from ..color.spaces import SPACES
from ..quantize.palette_design import DesignedPalette
from ..quantize.prepared import PreparedImage
from ..quantize.remap import remap
from ..records import dataclass

# With so few colors or less, lossy indices too begin with a palette whose variance is matched for mixing: with 16
# colors that brings 2 points of SSIMULACRA2 for 1.5 % more bytes, with 256 nothing.
FEW_TO_MIX = 96


@dataclass(frozen=True, eq=False)
class LossyStart:
    """What lossy indices begin with. frozen: (k,) entries that may not move.

    indices: (h, w) the nearest entry of each pixel. locked: (h, w) pixels of protected colors; None for none.
    """

    colors: UInt8Array
    frozen: Bools
    indices: Indices
    locked: Bools | None


def lossy_start(prepared: PreparedImage, design: DesignedPalette, strength: float) -> LossyStart:
    """The nearest entry of each pixel, and a palette that mixes well where it is small.

    Translucent pixels get dithered entries: the search leaves many of them as they are.
    """
    from ..quantize.dither import dither, variance_matched  # only now: many runs do without

    indices = remap(prepared.image.pixels, prepared.histogram, design.labels, len(design.palette))
    locked = design.frozen[indices] if bool(design.frozen[prepared.transparent :].any()) else None
    colors, frozen = design.palette.colors, design.frozen
    if design.fixed or len(colors) <= FEW_TO_MIX:
        colors = variance_matched(
            colors,
            prepared.histogram,
            design.labels,
            SPACES["oklab"],
            design.unmoving,
            points=prepared.exact_grid("oklab"),
        )
        frozen = np.ones_like(frozen)
    if prepared.image.has_alpha:
        alpha = prepared.image.pixels[..., 3]
        grid, space = prepared.grid("oklab"), SPACES["oklab"]
        mixed = dither(
            prepared.image.pixels, colors, space, strength=strength, histogram=prepared.histogram, points=grid
        )
        indices = np.where((alpha > 0) & (alpha < 255), mixed, indices)
    return LossyStart(colors, frozen, indices, locked)
