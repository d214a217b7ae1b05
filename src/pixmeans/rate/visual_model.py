"""How a search diffuses errors and how it weighs them. Both kernels take these numbers by name.

An error is a difference in L, a and b of OKLab, with a and b scaled by `masking.CHROMA`. Its cost is

    weight x |error|^2 + weight x streak_cost x flatness x streak^2

where weight and flatness (0 to 1) are those of the pixel (`masking`) and streak is a decayed sum of errors of L: errors
of one sign add up to what is seen as a streak or a spot.
"""

from __future__ import annotations

from ..records import asdict, dataclass


@dataclass(frozen=True)
class VisualModel:
    """What both searches know of the viewer.

    strength: share of its error that a pixel diffuses, from 0 to 1. share_right, share_down_left, share_down,
    share_down_right: how that is divided, by default as Floyd and Steinberg do ("An adaptive algorithm for spatial
    greyscale", 1976).
    streak_decay: what is left of the streak a pixel farther in the row. streak_cost: of its square, where it is flat.
    """

    strength: float
    streak_decay: float
    streak_cost: float
    share_right: float = 7 / 16
    share_down_left: float = 3 / 16
    share_down: float = 5 / 16
    share_down_right: float = 1 / 16

    def by_name(self) -> dict[str, float]:
        """The numbers as the kernels take them."""
        return asdict(self)


@dataclass(frozen=True, kw_only=True)
class MatchVisualModel(VisualModel):
    """What the search for matches knows besides, which decides a row at a time.

    column_share: part of the errors above a pixel that enters its streak. column_decay: what is left of them a row
    farther down.
    below_weight: of the error that a literal would have as a copy in the pixel below. below_half_bits: that weight is
    halved where the colors of both pixels differ by as much as so many bits cost.
    feedback: part of an area's mean error that is added to the pixels of the next row. feedback_decay: what an error
    counts in that mean a pixel or a row farther.
    flat_chroma: how much more errors in a and b count where it is flat: a + b part x (1 + flat_chroma x flatness).
    """

    column_share: float
    column_decay: float
    below_weight: float
    below_half_bits: float
    feedback: float
    feedback_decay: float
    flat_chroma: float
