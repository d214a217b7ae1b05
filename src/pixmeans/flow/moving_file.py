"""What came of an animation."""

from __future__ import annotations

from ..image import Image, IndexedImage, Palette
from ..quantize.palette_design import DesignedPalette
from ..records import dataclass
from ..settings import Settings


@dataclass(frozen=True, eq=False)
class MovingFile:
    """What came of an animation in one format.

    palette: with the pixels of all frames that show each entry. palettes: of each frame that is written: this one, or
    its own. frames: that were read. milliseconds: of the frames that are written. mse: mean over all frames and what
    stands apart. settings: the way of the frame that was tried as a still. lambda_: see `IndexedResult`. witness,
    seen_as: the frame with the most levels of alpha, with the first one's tags, and the palette and the levels of alpha
    that became of it. quality: the mean of `Judge.quality` over those of them that were measured; None where nobody
    asked.
    """

    format: str
    data: bytes
    palette: Palette
    palettes: tuple[Palette, ...]
    frames: int
    milliseconds: tuple[int, ...]
    mse: float
    design: DesignedPalette
    settings: Settings
    lambda_: float | None
    witness: Image
    seen_as: IndexedImage
    quality: float | None = None
