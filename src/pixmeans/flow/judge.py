"""What the attempts at one picture are measured with: the picture itself, or rows that stand for it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from ..arrays import UInt8Array
from ..color.masking import BAND, Masking
from ..image import Image, IndexedImage
from ..metrics import Reference

# Of larger pictures about so many pixels are measured where all would take long: in bands of whole rows, at least
# SAMPLE_BANDS of them, as SSIMULACRA2 also looks at a picture of 1/32.
SAMPLE_PIXELS = 1 << 21
SAMPLE_BANDS = 5

Kind = TypeVar("Kind", bound=np.generic)


class Judge:
    """One original, prepared for any number of comparisons."""

    def __init__(self, original: Image) -> None:
        self.original = original

    @cached_property
    def reference(self) -> Reference:
        """The whole picture as what results are compared with."""
        return Reference(self.original)

    @cached_property
    def sample(self) -> Sample:
        """What is looked at where the whole of a large picture would take long."""
        bands = -(-self.original.height // BAND)
        wanted = max(SAMPLE_BANDS, -(-SAMPLE_PIXELS // (BAND * self.original.width)))
        if wanted >= bands:
            return Sample(None, self.reference)
        tops = [(2 * number + 1) * bands // (2 * wanted) * BAND for number in range(wanted)]
        rows = np.concatenate([np.arange(top, min(top + BAND, self.original.height)) for top in tops])
        return Sample(rows, Reference(Image(self.original.pixels[rows])))


@dataclass(frozen=True, eq=False)
class Sample:
    """Rows of a picture that stand for all of it.

    rows: (n,) their numbers, in bands of `BAND`, as lossy indices are mostly chosen; None for all of them. reference:
    these rows, as what results are compared with.
    """

    rows: npt.NDArray[np.intp] | None
    reference: Reference

    @property
    def is_all(self) -> bool:
        """Whether it is the whole picture."""
        return self.rows is None

    def of(self, pixels: npt.NDArray[Kind]) -> npt.NDArray[Kind]:
        """The rows of an array (h, w, ...)."""
        return pixels if self.rows is None else pixels[self.rows]

    def of_masking(self, masking: Masking) -> Masking:
        """The rows of weights and flatness."""
        return Masking(self.of(masking.weights), self.of(masking.flatness))

    def ssimulacra2(self, indexed: IndexedImage) -> float:
        """The score of the sample's rows of a picture that has all rows."""
        return self.score(indexed.palette.colors, self.of(indexed.indices))

    def score(self, colors: UInt8Array, indices: UInt8Array) -> float:
        """The SSIMULACRA2 of the sample's rows as colors (k, 3 or 4) and indices (rows, w)."""
        return self.reference.ssimulacra2(Image(colors[indices]))
