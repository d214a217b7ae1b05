"""A picture as its file holds it, before its profile and its orientation are applied."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..arrays import Samples
from ..image import NO_TAGS, Tags
from ..records import dataclass, field

if TYPE_CHECKING:
    import PIL.Image


@dataclass
class Raw:
    """A picture as its file holds it: before profile and orientation.

    color: (h, w) gray, (h, w, 3) RGB or (h, w, 4) CMYK uint8, or gray or RGB of 16 bits; alpha: (h, w), likewise, or
    None. icc: the profile, or what stands for it; color_tags: which tags of the file it was made of. hdr: the transfer
    function of values that no screen of 0 to 1 shows. bits: how many gray of uint16 had in its file. metadata: what the
    file says beside its pixels, by name. losses: what is not here of what it holds; notes, details: see `Decoded`.
    """

    color: Samples
    alpha: Samples | None = None
    icc: bytes | None = None
    color_tags: str = "ICC profile"
    hdr: str = ""
    orientation: int = 1
    dpi: tuple[float, float] | None = None
    tags: Tags = NO_TAGS
    exif: PIL.Image.Exif | None = None
    bits: int = 16
    lossless: bool = True
    frames: int = 1
    metadata: list[str] = field(default_factory=list)
    losses: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    details: list[str] = field(default_factory=list)
