"""A compressed animation, and how it came about."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import cached_property
from typing import IO, TYPE_CHECKING, Any, ClassVar

from .. import codecs
from ..choices import format_name
from ..image import Animation, Image, Palette
from ..records import dataclass, field
from ..settings import Settings
from .kept import Unheld, unheld
from .written import Result, Sizes, hand_over, shares_of, tried

if TYPE_CHECKING:
    from ..quantize.protect import ProtectedColor
    from .ladder import Choice
    from .moving_file import MovingFile


@dataclass(frozen=True)
class AnimationSource:
    """Where an animation came from. size, format, lossless: of the file; None where there was none.

    losses: what its frames have not of what the file holds. details: what an expert may want to know. converted:
    whether colors are now those of another space. plays: how often it is shown; 0 is forever. apart: the picture that
    a PNG has for programs that show no animations, where that is no frame.
    """

    plays: int
    size: int | None = None
    format: str | None = None
    lossless: bool | None = None
    losses: tuple[str, ...] = ()
    details: tuple[str, ...] = ()
    converted: bool = False
    apart: Image | None = field(default=None, repr=False, compare=False)


@dataclass(frozen=True, eq=False)
class CompressedAnimation(Result):
    """A compressed animation.

    source: where it came from. settings: what was asked for. file: what came of it; the attributes below look into it.
    search: how the settings for a wanted quality or size were found; None when nothing was wanted. seconds: by stage.
    """

    source: AnimationSource = field(repr=False)
    settings: Settings
    file: MovingFile = field(repr=False)
    search: Choice | None = field(default=None, repr=False)
    seconds: Mapping[str, float] = field(default_factory=dict)

    @property
    def palette(self) -> Palette:
        """The colors that all frames share, with the pixels of all frames that show each."""
        return self.file.palette

    @property
    def palettes(self) -> tuple[Palette, ...]:
        """The colors that each frame of the file draws with: `palette`, or its own.

        What a frame does not draw stays as it is, and may be in the colors of a frame before.
        """
        return self.file.palettes

    @property
    def color_words(self) -> str:
        """How many colors there are, in a few words: '64 colors', or 'up to 64 colors a frame'."""
        if not self.own_palettes:
            return super().color_words
        return f"up to {max(map(len, self.palettes))} colors a frame"

    @property
    def own_palettes(self) -> int:
        """How many frames of the file have colors of their own."""
        return sum(palette is not self.palette for palette in self.palettes)

    @property
    def width(self) -> int:
        """Columns of pixels."""
        return self.file.witness.width

    @property
    def height(self) -> int:
        """Rows of pixels."""
        return self.file.witness.height

    @property
    def frames(self) -> int:
        """How many frames were read. Neighbors that look the same are one in the file; see `milliseconds`."""
        return self.file.frames

    @property
    def milliseconds(self) -> tuple[int, ...]:
        """For how long each frame of the file is shown."""
        return self.file.milliseconds

    @property
    def plays(self) -> int:
        """How often all frames are shown; 0 is forever."""
        return self.source.plays

    @property
    def mse(self) -> float:
        """The mean over all frames that were read of their mean squared error; see `Compressed.mse`.

        A picture for programs that show no animations counts as a frame where the file has it.
        """
        return self.file.mse

    @property
    def lambda_(self) -> float | None:
        """The multiplier of bits of lossy indices, in squared OKLab distance; None where indices are plain."""
        return self.file.lambda_

    @property
    def losses(self) -> tuple[str, ...]:
        """What was lost beside colors, as short phrases."""
        from ..codecs.animation_writers import ANIMATIONS  # only now: stills need none

        apart = self.source.apart is not None and not ANIMATIONS[self.format].holds_apart
        dropped = (f"{format_name(self.format)} cannot hold a picture for programs without animations: dropped",)
        return (*self.source.losses, *self._unheld.losses, *dropped * apart)

    @property
    def notes(self) -> tuple[str, ...]:
        """What a person should know."""
        written = len(self.milliseconds)
        count = f"{self.frames} frames" if self.frames != 1 else "1 frame"
        merged = f", {written} of them written as the others only stay" if written < self.frames else ""
        own = (f"{self.own_palettes} of them with colors of their own",) if self.own_palettes else ()
        return (count + merged, *own, *self.losses, *self._unheld.notes)

    @property
    def details(self) -> tuple[str, ...]:
        """What an expert may want to know."""
        return (*self.source.details, *self._unheld.details)

    @cached_property
    def _unheld(self) -> Unheld:
        return unheld(self.file.witness, self.format, self.file.seen_as, self.settings)

    @cached_property
    def sizes(self) -> Sizes:
        """Bytes of every kind, of all frames together."""
        own = {id(palette): len(palette) for palette in self.palettes if palette is not self.palette}
        shared = len(self.palette) if any(palette is self.palette for palette in self.palettes) else 0
        return self.sizes_of(self.pixels, self.palette, shared + sum(own.values()))

    @property
    def pixels(self) -> int:
        """Width times height times the frames that were read."""
        return self.frames * self.width * self.height

    # What a report asks of every result. Nothing is protected in an animation.
    original: ClassVar[Image | None] = None
    protected: ClassVar[tuple[ProtectedColor, ...]] = ()
    protection_cost: ClassVar[float] = 0.0

    def decoded(self) -> Animation:
        """The animation as the file shows it, read from it."""
        frames = list(codecs.open_frames(self.data, name="the result", max_pixels=self.settings.max_pixels, icc="keep"))
        return Animation(tuple(one.image for one in frames), tuple(one.milliseconds for one in frames), self.plays)

    def save(self, target: str | os.PathLike[str] | IO[bytes], *, overwrite: bool = False) -> None:
        """Writes the file, aside first and then renamed; an existing one only with `overwrite`.

        target: a path, whose extension must be that of the format, or a binary file.
        Raises SettingsError, OutputExistsError, OutputError.
        """
        from ..codecs.formats import named_format

        if isinstance(target, (str, os.PathLike)):
            named_format(os.fspath(target), self.format)
            codecs.write_atomically(target, self.data, overwrite=overwrite)
            return
        hand_over(target, self.data)

    def to_dict(self) -> dict[str, Any]:
        """Everything but the pictures, as JSON can hold it."""
        return {
            "width": self.width,
            "height": self.height,
            "frames": self.frames,
            "milliseconds": list(self.milliseconds),
            "plays": self.plays,
            "format": self.format,
            "k": len(self.palette),
            "own_palettes": self.own_palettes,
            "palette": self.palette.hex,
            "shares": shares_of(self.palette),
            "sizes": self.sizes.to_dict(),
            "mse": self.mse,
            "psnr": self.psnr,
            "lossless": self.lossless,
            "losses": list(self.losses),
            "lambda": self.lambda_,
            "quality": self.quality,
            "reached": self.reached,
            "search": tried(self.search),
            "seconds": dict(self.seconds),
            "notes": list(self.notes),
            "details": list(self.details),
            "settings": self.settings.to_dict(),
        }

    def _repr_html_(self) -> str:
        """The animation and its sizes, for notebooks."""
        from base64 import b64encode

        picture = b64encode(self.data).decode()
        return (
            '<div style="max-width:640px">'
            f'<img src="data:image/{self.format};base64,{picture}" alt="{self}" style="max-width:100%">'
            f"<div>{self}, {self.sizes.raw:,} bytes raw</div></div>"
        )

    def __str__(self) -> str:
        size = f"{self.width}x{self.height}, {self.frames} frames, {self.color_words}"
        return f"{size}, {len(self.data)} bytes of {self.format}, {self.error_words()}"

    __repr__ = __str__
