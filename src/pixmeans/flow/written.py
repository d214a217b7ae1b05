"""What results of pictures and of animations have in common, and the sizes that both tell."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING, Any, Protocol

from .. import metrics
from ..errors import OutputError, SettingsError
from ..image import Palette
from ..records import dataclass

if TYPE_CHECKING:
    from ..clustering.kmeans import Clustering
    from ..quantize.palette_design import DesignedPalette
    from .ladder import Choice


@dataclass(frozen=True)
class Sizes:
    """Bytes of every kind, so that no ratio hides what it is relative to.

    original: the file that was read; None for a picture that never was one. original_format: as a person writes it.
    original_lossless: False for a JPEG and its like, None when there was no file.
    raw: 24 bits a pixel (32 with alpha).
    arithmetic: log2 k bits a pixel, as the article counts: no palette, no file format, no compression.
    with_palette: the same and the palette.
    file: the file that was written.
    factor: the article's 24 / log2 k, with whole bits: 6, 4.8, 4, 3.43, 3 for k = 16, 32, 64, 128, 256,
        and 24 / 11 = 2.18 for 1256.
    """

    original: int | None
    original_format: str | None
    original_lossless: bool | None
    raw: int
    arithmetic: int
    with_palette: int
    file: int
    factor: float

    def to_dict(self) -> dict[str, Any]:
        """All of them, as JSON can hold them."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}


def bits_for(k: int) -> int:
    """Bits that tell k colors apart: ceil(log2 k), and at least 1."""
    return max(1, (k - 1).bit_length())


class Origin(Protocol):
    """Where a picture or an animation came from; see `Source`."""

    @property
    def size(self) -> int | None:
        """Bytes of the file; None where there was none."""

    @property
    def format(self) -> str | None:
        """Of the file, as a person writes it."""

    @property
    def lossless(self) -> bool | None:
        """False for a JPEG and its like."""

    @property
    def converted(self) -> bool:
        """Whether colors are now those of another space."""


class File(Protocol):
    """What came of a compression."""

    @property
    def data(self) -> bytes:
        """The bytes of the file."""

    @property
    def format(self) -> str:
        """One of `choices.FORMATS`."""

    @property
    def design(self) -> DesignedPalette | None:
        """How the palette was found; None of a preview."""


class Result:
    """What results of pictures and of animations have in common."""

    if TYPE_CHECKING:  # what each of them has in its own way

        @property
        def source(self) -> Origin:
            """Where it came from."""

        @property
        def file(self) -> File:
            """What came of it."""

        @property
        def mse(self) -> float:
            """The mean squared error."""

        @property
        def search(self) -> Choice | None:
            """How the settings for a wanted quality or size were found; None when nothing was wanted."""

        @property
        def palette(self) -> Palette:
            """The colors."""

        @property
        def losses(self) -> tuple[str, ...]:
            """What was lost beside colors."""

    @property
    def data(self) -> bytes:
        """The bytes of the file."""
        return self.file.data

    @property
    def format(self) -> str:
        """One of `choices.FORMATS`."""
        return self.file.format

    @property
    def color_words(self) -> str:
        """How many colors there are, in a few words."""
        count = len(self.palette)
        return f"{count} color" if count == 1 else f"{count} colors"

    @property
    def psnr(self) -> float | None:
        """In dB, of the mean squared error; None if no pixel differs."""
        return metrics.psnr(self.mse)

    @property
    def lossless(self) -> bool:
        """Whether nothing was lost: no pixel differs, none was converted, and no frame is missing."""
        return self.mse == 0 and not self.losses and not self.source.converted

    def error_words(self, digits: int = 1) -> str:
        """The error in a few words: 'lossless', or the PSNR with so many digits, or how far the pixels are exact."""
        if self.psnr is not None:
            return f"PSNR {self.psnr:.{digits}f} dB"
        if self.lossless:
            return "lossless"
        return "pixels exact" if self.losses else "exact after conversion to sRGB"

    @property
    def quality(self) -> float | None:
        """What the wanted quality came to, in points (`Judge.quality`) or dB.

        None when nothing was wanted, or no pixel differs.
        """
        found = None if self.search is None else self.search.best.quality
        return None if found == inf else found

    @property
    def reached(self) -> bool:
        """Whether the wanted quality and size were reached (True when nothing was wanted)."""
        return self.search is None or self.search.reached

    @property
    def clustering(self) -> Clustering | None:
        """How k-means ended; None when there was nothing to cluster."""
        return None if self.file.design is None else self.file.design.clustering

    @property
    def iterations(self) -> int:
        """How many times the centroids moved."""
        return self.clustering.iterations if self.clustering else 0

    @property
    def converged(self) -> bool:
        """Whether k-means ended because nothing changed any more."""
        return self.clustering.converged if self.clustering else True

    def sizes_of(self, pixels: int, palette: Palette, tables: int) -> Sizes:
        """The sizes of so many pixels in a palette. tables: colors of all palettes together."""
        bits, channels = bits_for(len(palette)), 4 if palette.has_alpha else 3
        arithmetic = (pixels * bits + 7) // 8
        return Sizes(
            original=self.source.size,
            original_format=self.source.format,
            original_lossless=self.source.lossless,
            raw=pixels * channels,
            arithmetic=arithmetic,
            with_palette=arithmetic + channels * tables,
            file=len(self.data),
            factor=24 / bits,
        )


def tried(search: Choice | None) -> list[dict[str, Any]]:
    """What was tried for a wanted quality or size, as JSON holds it."""
    return [] if search is None else [one.to_dict() for one in search.attempts]


def shares_of(palette: Palette) -> list[float]:
    """The share of each entry, as JSON holds it; none where they are unknown."""
    return [] if palette.shares is None else [round(share, 6) for share in palette.shares.tolist()]


def hand_over(target: Any, data: bytes) -> None:
    """Writes to a binary file that somebody has opened. Raises SettingsError, OutputError."""
    if not hasattr(target, "write"):
        raise SettingsError(f"a target must be a path or a binary file, got {type(target).__name__}")
    try:
        target.write(data)
    except TypeError as error:
        raise SettingsError("the file must be opened in binary mode ('wb')") from error
    except OSError as error:
        raise OutputError(f"the file cannot be written: {error.strerror or error}; choose another one") from error
