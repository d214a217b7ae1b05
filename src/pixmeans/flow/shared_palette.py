"""One palette for many pictures: their histograms are added, and clustered once.

The sum is of whole numbers, so it is the same in any order, and however the work was shared out. What needs the pixels
of one picture, protection and the choice between several ways to weigh colors, is left out.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from ..choices import WEIGH
from ..color.histogram import Histogram, HistogramSum
from ..color.masking import ONE
from ..errors import InputError, SettingsError
from ..image import Palette
from ..quantize.palette_design import design_palette
from ..quantize.prepared import PreparedColors, PreparedImage
from ..records import dataclass
from ..settings import Settings

# What the visible pixels of a picture weigh together where every picture counts the same. 2**35 pictures have room.
SAME = 1 << 28


@dataclass(frozen=True, eq=False)
class ColorSum:
    """What one palette for many pictures is found from.

    counts: their pixels by color, of settled alpha. weights: of the same colors, what these pixels are worth.
    hard_alpha: whether no pixel of them may be translucent.
    """

    counts: Histogram
    weights: Histogram
    hard_alpha: bool = False

    @classmethod
    def of(cls, prepared: PreparedImage, settings: Settings, weigh: str = "pixels") -> ColorSum:
        """That of one picture. weigh: 'pixels', each counts the same, or 'pictures', each picture does."""
        worth = prepared.worth(settings.uses_masking)
        return cls.of_counts(prepared.histogram, worth, weigh, hard_alpha=prepared.hard_alpha)

    @classmethod
    def of_counts(
        cls, counts: Histogram, worth: Histogram | None = None, weigh: str = "pixels", *, hard_alpha: bool = False
    ) -> ColorSum:
        """That of a histogram. worth: of its colors; None for one that counts pixels."""
        weights = ONE * counts.weights if worth is None else worth.weights
        return cls(counts, Histogram(counts.colors, weights), hard_alpha).weighed(weigh)

    def weighed(self, weigh: str) -> ColorSum:
        """The same as one picture: 'pixels' leaves it as it is, with 'pictures' it weighs what every other does."""
        if weigh not in WEIGH:
            raise SettingsError(f"weigh must be one of {', '.join(WEIGH)}, got {weigh!r}")
        if weigh == "pixels":
            return self
        colors, weights = self.counts.colors, self.weights.weights
        seen = np.ones(len(weights), np.bool_)
        if colors.shape[1] == 4:
            seen = colors[:, 3] > 0
        whole = max(int(weights[seen].sum()), 1)
        weights = np.maximum(np.floor(weights / whole * SAME + 0.5), 1.0).astype(np.int64)
        return ColorSum(self.counts, Histogram(colors, weights), self.hard_alpha)

    @property
    def has_transparent(self) -> bool:
        """Whether some pixel is fully transparent."""
        return self.counts.colors.shape[1] == 4 and int(self.counts.codes[0]) == 0

    def palette(self, settings: Settings, name: str | None = None) -> Palette:
        """The palette of k colors for all of them, most used first; a transparent one comes first and counts in k.

        name: of the picture, if it is one.
        Raises InputError where no pixel is visible, SettingsError where the colors that a person wants have no room.
        """
        prepared = PreparedColors(self.counts, weights=self.weights, hard_alpha=self.hard_alpha)
        if len(prepared.visible) == 0:
            raise InputError.uncounted(name)
        return design_palette(prepared, settings).palette


def total(sums: Iterable[ColorSum]) -> ColorSum | None:
    """The sum of all; None of none. Of pictures that come one after the other no more than one is held."""
    counts, weights, hard_alpha = HistogramSum(), HistogramSum(), True
    for one in sums:
        counts.add(one.counts)
        weights.add(one.weights)
        hard_alpha &= one.hard_alpha
    found, worth = counts.total(), weights.total()
    return None if found is None or worth is None else ColorSum(found, worth, hard_alpha)
