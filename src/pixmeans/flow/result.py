"""What a compression gives back."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import cached_property
from typing import IO, TYPE_CHECKING, Any

from ..arrays import Indices
from ..choices import FORMATS, format_name
from ..errors import SettingsError
from ..image import Image, IndexedImage, Palette
from ..records import dataclass, field
from ..settings import Settings
from .attempt import EncodedImage
from .kept import Unheld, unheld
from .source import Source
from .written import Result, Sizes, hand_over, shares_of, tried

if TYPE_CHECKING:
    from ..quantize.protect import ProtectedColor
    from .ladder import Choice
    from .preview import PreviewFile


def in_container(image: Image, container: str) -> Any:
    """The picture as 'array' (h, w, 3 or 4) uint8, or as 'pil', a PIL image."""
    if container == "array":
        return image.pixels
    import PIL.Image

    picture = PIL.Image.fromarray(image.pixels)
    if image.icc is not None:  # without it the values would be other colors
        picture.info["icc_profile"] = image.icc
    if image.dpi is not None:
        picture.info["dpi"] = image.dpi
    return picture


@dataclass(frozen=True, eq=False)
class Compressed(Result):
    """A compressed picture, and how it came about.

    source: the picture that was compressed, and where it came from. settings: what was asked for.
    file: what came of it; the attributes below look into it. search: how the settings for a wanted quality or size were
    found; None when nothing was wanted. seconds: by stage, as `compress` names them to `progress`.
    """

    source: Source = field(repr=False)
    settings: Settings
    file: EncodedImage | PreviewFile = field(repr=False)
    search: Choice | None = field(default=None, repr=False)
    seconds: Mapping[str, float] = field(default_factory=dict)

    @property
    def indexed(self) -> IndexedImage:
        """The picture as palette and indices. The file may hold its palette in another order, but not a given one."""
        return self.file.result.indexed

    @property
    def original(self) -> Image:
        """The picture that was compressed, for those who want to look into how."""
        return self.source.image

    @property
    def container(self) -> str:
        """What the picture came in: 'array' or 'pil'."""
        return self.source.container

    @property
    def notes(self) -> tuple[str, ...]:
        """What a person should know."""
        return (*self.source.notes, *self._unheld.losses, *self._unheld.notes)

    @property
    def details(self) -> tuple[str, ...]:
        """What an expert may want to know."""
        return (*self.source.details, *self._unheld.details)

    @property
    def losses(self) -> tuple[str, ...]:
        """What was lost beside colors, as short phrases: bits, levels of alpha, colors outside sRGB, frames."""
        return (*self.source.losses, *self._unheld.losses)

    @cached_property
    def _unheld(self) -> Unheld:
        return self._unheld_by(self.format)

    def _unheld_by(self, format: str) -> Unheld:
        return unheld(self.source.image, format, self.indexed, self.settings)

    @property
    def mse(self) -> float:
        """The mean over pixels of the squared distance summed over R, G, B of sRGB 0 to 255.

        It is the distance from the picture as it was read: with all its bits, its levels of alpha, and colors outside
        sRGB; with `settings.matte` from the picture laid upon it.
        """
        return self.file.result.mse

    @property
    def lambda_(self) -> float | None:
        """The multiplier of bits of lossy indices, in squared OKLab distance; None where indices are plain."""
        return self.file.result.lambda_

    @property
    def protected(self) -> tuple[ProtectedColor, ...]:
        """Small vivid colors that were given entries of their own."""
        return () if self.file.design is None else self.file.design.protected

    @property
    def protection_cost(self) -> float:
        """The share of squared error that protection cost."""
        return 0.0 if self.file.design is None else self.file.design.protection_cost

    @property
    def pixels(self) -> int:
        """Width times height."""
        return self.width * self.height

    @cached_property
    def sizes(self) -> Sizes:
        """Bytes of every kind."""
        return self.sizes_of(self.pixels, self.palette, len(self.palette))

    @property
    def palette(self) -> Palette:
        """The colors, most of all `palette.hex` and `palette.shares`.

        Those of `settings.palette` come first, in their order, and files keep it; others may be in another order there.
        """
        return self.indexed.palette

    @property
    def indices(self) -> Indices:
        """(h, w): which entry of the palette each pixel is; uint8, or uint16 where there are more than 256."""
        return self.indexed.indices

    @cached_property
    def image(self) -> Any:
        """The compressed picture in the container the original came in: an array for an array, else a PIL image."""
        return in_container(self.indexed.to_image(), self.container)

    @property
    def width(self) -> int:
        """Columns of pixels."""
        return self.indexed.width

    @property
    def height(self) -> int:
        """Rows of pixels."""
        return self.indexed.height

    @property
    def history(self) -> list[float]:
        """The mean squared distance after each assignment, first to last, in the units of `file.settings.measured_in`.

        With masking pixels weigh what their errors show.
        """
        return [inertia / self.clustering.weight for inertia in self.clustering.history] if self.clustering else []

    def save(
        self, target: str | os.PathLike[str] | IO[bytes], *, format: str | None = None, overwrite: bool = False
    ) -> None:
        """Writes the file, aside first and then renamed; an existing one only with `overwrite`.

        target: a path, whose extension decides the format as it does for the command, or a binary file. format: one of
        `choices.FORMATS`; by default that of the name, else that of the result. The picture is the same in each.
        Raises SettingsError where the name's extension is unknown, or contradicts `format` or the format in `settings`,
        and where the format has not what the picture has, such as translucent colors, a profile or the shape of its
        pixels, or not the options of `settings`;
        OutputExistsError, OutputError.
        """
        from ..codecs import write_atomically
        from ..codecs.formats import named_format

        if format is not None and format not in FORMATS:
            raise SettingsError(f"format must be one of {', '.join(FORMATS)}, got {format!r}")
        if isinstance(target, (str, os.PathLike)):
            asked = self.format if self.settings.format == "auto" else self.settings.format
            format = named_format(os.fspath(target), format or asked) or format
            write_atomically(target, self._as(format or self.format), overwrite=overwrite)
            return
        hand_over(target, self._as(format or self.format))

    def _as(self, format: str) -> bytes:
        """The file of the same picture in a format. Raises SettingsError, OutputError."""
        if format == self.format:
            return self.data
        from ..codecs import FORMATS as WRITERS
        from ..codecs import encode

        settings = self.settings.but(format=format)  # refuses what this format has not
        alpha = self.palette.rgba[:, 3]
        if WRITERS[format].hard_alpha and bool(((alpha > 0) & (alpha < 255)).any()):
            raise SettingsError(
                f"{format} has no translucent colors, and the result has; compress with format={format!r} instead"
            )
        no_profile = self.indexed.icc is not None and "icc" not in WRITERS[format].holds
        if no_profile or (self.indexed.tags.cicp is not None and "cicp" not in WRITERS[format].holds):
            raise SettingsError(
                f"{format_name(format)} cannot tell the space of these colors; compress with format={format!r} instead"
            )
        for note in self._unheld_by(format).notes:
            if note not in self._unheld.notes:
                raise SettingsError(f"{note}; compress with format={format!r} if that may be")
        from .preview import encoder_effort

        options = {"png_type": settings.png_type, "bit_depth": settings.bit_depth}
        data = encode(self.indexed, format, optimize=encoder_effort(settings), **options)
        if settings.max_bytes is not None and len(data) > settings.max_bytes:
            raise SettingsError(
                f"as {format} it is {len(data)} bytes, more than max_bytes; compress with format={format!r} instead"
            )
        return data

    def explain(self, path: str | os.PathLike[str], *, figure: str | None = None, overwrite: bool = False) -> None:
        """Draws a run of plain k-means with these settings: .gif, .webp, .mp4 an animation, .png or .svg a still.

        figure: an id or a name, as `pixmeans explain --list` tells; by default what the suffix asks for.
        Raises SettingsError, OutputExistsError, OutputError.
        """
        from ..explain import draw  # the one method that reaches up

        draw(self, path, figure=figure, overwrite=overwrite)

    def _repr_png_(self) -> bytes:
        """The picture, for notebooks."""
        from .notebook import png_of

        return png_of(self)

    def _repr_html_(self) -> str:
        """The picture, its palette and sizes, for notebooks."""
        from .notebook import html_of

        return html_of(self)

    def to_dict(self) -> dict[str, Any]:
        """Everything but the picture, as JSON can hold it."""
        return {
            "width": self.width,
            "height": self.height,
            "format": self.format,
            "k": len(self.palette),
            "palette": self.palette.hex,
            "shares": shares_of(self.palette),
            "sizes": self.sizes.to_dict(),
            "mse": self.mse,
            "psnr": self.psnr,
            "lossless": self.lossless,
            "losses": list(self.losses),
            "protected": [
                {"hex": one.hex, "share": one.share, "before": one.before, "after": one.after} for one in self.protected
            ],
            "protection_cost": self.protection_cost,
            "lambda": self.lambda_,
            "quality": self.quality,
            "reached": self.reached,
            "search": tried(self.search),
            "iterations": self.iterations,
            "converged": self.converged,
            "history": self.history,
            "seconds": dict(self.seconds),
            "notes": list(self.notes),
            "details": list(self.details),
            "settings": self.settings.to_dict(),
        }

    def __str__(self) -> str:
        size = f"{self.width}x{self.height}, {self.color_words}"
        return f"{size}, {len(self.data)} bytes of {self.format}, {self.error_words()}"

    __repr__ = __str__
