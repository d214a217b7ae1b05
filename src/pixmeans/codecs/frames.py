"""The frames of an animated GIF, PNG (APNG), WebP, AVIF or film, one after the other, each as it is shown.

The parts of GIF and APNG are read as stills and laid upon each other here: Pillow 13 fills with a color what a GIF
clears, and restores the wrong pixels of an APNG. Those of WebP and AVIF are laid by their libraries. Frames are decoded
while they are asked for, so that memory does not grow with their number. Films are read by PyAV, which the extra
`video` installs.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np

from ..arrays import UInt8Array
from ..errors import InputError, shown
from ..image import Image, with_alpha
from ..records import dataclass, replace
from ..settings import MAX_PIXELS
from . import quiet
from .decode import complaint, decode, from_pil
from .frame_parts import CLEAR, PARTS, RESTORE, begins_apart, promised
from .sniff import ANIMATED, is_film, sniff

# All frames together may have so many times the pixels that one may have.
FULL_FRAMES = 50


class Frame(NamedTuple):
    """A frame as it is shown, and for how many milliseconds."""

    image: Image
    milliseconds: float


@dataclass(frozen=True)
class FramesFile:
    """The frames of a file. Whoever iterates over it decodes them anew.

    name: what messages call it. count: how many there are; None where only decoding tells. plays: how often they are
    shown; 0 is forever. lossless: False where the file format itself has lost something. metadata: whether images get
    EXIF, XMP and texts. losses, details: of the first frame, as in `Decoded`; converted: likewise. is_hdr: whether
    colors are kept that are no sRGB and have no profile. apart: what programs show that know no APNG, where that is no
    frame.
    """

    data: bytes
    name: str
    format: str
    count: int | None
    plays: int
    lossless: bool
    icc: str = "srgb"
    metadata: bool = False
    max_pixels: int = MAX_PIXELS
    losses: tuple[str, ...] = ()
    details: tuple[str, ...] = ()
    converted: bool = False
    is_hdr: bool = False
    apart: Image | None = None

    def __iter__(self) -> Iterator[Frame]:
        """The frames. Raises InputError where one of them is damaged, with its number."""
        if self.format == FILM:
            yield from _film(self.data, self.name, self.max_pixels)
            return
        if self.count == 1 and self.apart is None:
            still = decode(self.data, name=self.name, max_pixels=self.max_pixels, icc=self.icc, metadata=self.metadata)
            yield Frame(still.image, 0.0)
            return
        if self.format in PARTS:
            yield from self._composed()
            return
        from . import pillow_reader  # as in `decode`: only pictures that need it

        with _told(self.name, self.format) as place, _opened(self.data, self.format) as picture:
            for number in range(self.count or 1):
                place.append(number + 1)
                with quiet.raised_limit(self.max_pixels), quiet.no_warnings:
                    picture.seek(number)
                    pillow_reader.load(picture)
                    still, stays = picture.copy(), float(picture.info.get("duration", 0) or 0)
                yield Frame(from_pil(still, icc=self.icc, metadata=self.metadata).image, stays)

    def _composed(self) -> Iterator[Frame]:
        """The frames of a GIF or an APNG, whose parts are read as stills and laid upon each other here."""
        first = decode(
            self.data, name=self.name, max_pixels=self.max_pixels, icc=self.icc, metadata=self.metadata
        ).image
        canvas = np.zeros((first.height, first.width, 4), np.uint8)
        for number, part in enumerate(PARTS[self.format](self.data), 1):
            name = f"{self.name}: frame {number}"
            pixels = with_alpha(decode(part.still, name=name, max_pixels=self.max_pixels, icc=self.icc).image.pixels)
            rows, columns = slice(part.y, part.y + len(pixels)), slice(part.x, part.x + pixels.shape[1])
            place = canvas[rows, columns]
            pixels = pixels[: place.shape[0], : place.shape[1]]
            before = canvas.copy() if part.disposal == RESTORE else canvas
            place[...] = _over(pixels, place) if part.over else pixels
            image = Image(canvas.copy()).without_opaque_alpha()
            yield Frame(replace(first, pixels=image.pixels, rest=None), part.milliseconds)
            if part.disposal == CLEAR:
                place[...] = 0
            canvas = before


FILM = "film"


def open_frames(
    data: bytes, *, name: str, max_pixels: int = MAX_PIXELS, icc: str = "srgb", metadata: bool = False
) -> FramesFile:
    """The frames of a file; those of a still are one.

    name: what messages call it. max_pixels: of a frame. icc, metadata: as for `decode`.
    Raises InputError for what `decode` refuses, and for a film without PyAV.
    """
    if is_film(data):
        _import_av(shown(name))
        return FramesFile(data, shown(name), FILM, None, 0, lossless=False, max_pixels=max_pixels)
    first = decode(data, name=name, max_pixels=max_pixels, icc=icc, metadata=metadata)
    losses = tuple(loss for loss in first.losses if not loss.startswith("first frame of"))
    format = sniff(data) or ""
    plays, count = 1, 1
    if format in ANIMATED and first.frames > 1:  # pages of a TIFF are no frames
        with _told(shown(name), format), _opened(data, format) as picture:
            plays, count = _plays(picture, format), first.frames
        if format in PARTS:
            count = sum(1 for _ in PARTS[format](data))
            if count < max(1, promised(data, format)):
                raise InputError(f"{shown(name)}: the {format} is cut off; get the whole file again")
        _check_work(count, first.image, max_pixels, shown(name))
    return FramesFile(
        data,
        shown(name),
        first.format,
        count,
        plays,
        first.lossless,
        icc,
        metadata,
        max_pixels,
        losses,
        first.details,
        first.converted,
        first.image.tags.cicp is not None,
        first.image if format == "PNG" and first.frames > 1 and begins_apart(data) else None,
    )


def _check_work(count: int, first: Image, max_pixels: int, name: str) -> None:
    """Raises InputError for frames that would take hours: a few bytes can say that one stays as it is."""
    pixels, most = count * first.width * first.height, FULL_FRAMES * max_pixels
    if pixels > most:
        raise InputError(
            f"{name}: {count:,} frames of {first.width:,} x {first.height:,} pixels are more than the limit of "
            f"{most:,} pixels together; to allow it, raise --max-pixels, or take one with --frame"
        )


def _plays(picture: Any, format: str) -> int:
    """How often all frames are shown; 0 is forever.

    NETSCAPE's extension of GIF counts repetitions: 2 shows three times, and without it frames are shown once (as
    browsers and libwebp's gif2webp have it). Those of APNG and WebP count showings.
    """
    loop = picture.info.get("loop")
    if format == "GIF":
        return 1 if loop is None else 0 if loop == 0 else int(loop) + 1
    return int(loop or 0)


@contextmanager
def _opened(data: bytes, format: str) -> Iterator[Any]:
    """The Pillow picture, of a PNG too, which stills are not read with."""
    with quiet.no_warnings:
        if format == "PNG":
            from PIL import PngImagePlugin

            picture: Any = PngImagePlugin.PngImageFile(io.BytesIO(data))
        else:
            from . import pillow_reader

            picture = pillow_reader.opened(data, format)
    with picture:
        yield picture


@contextmanager
def _told(name: str, format: str) -> Iterator[list[int]]:
    """What decoders raise, as an InputError with the number of the frame that was last put into the list."""
    place: list[int] = []

    def where() -> str:
        return f"frame {place[-1]}: " if place else ""

    try:
        yield place
    except InputError as error:
        raise InputError(f"{name}: {where()}{error}") from error
    except MemoryError as error:
        raise InputError(f"{name}: {where()}it does not fit into memory; make it smaller") from error
    except Exception as error:  # decoders of hostile data raise everything
        raise InputError(f"{name}: {where()}{complaint(error, format)}") from error


def _import_av(name: str) -> Any:
    try:
        import av
    except ImportError as error:
        raise InputError(
            f"{name}: films are read by PyAV, which is not here: pip install 'pixmeans[video]', or make it a GIF first"
        ) from error
    return av


def film_pixels(data: bytes) -> int:
    """The pixels of all frames of a film, by its headers; 0 where they do not tell, or PyAV is not here."""
    try:
        av = _import_av("")
        with av.open(io.BytesIO(data)) as container:
            stream = container.streams.video[0]
            count = stream.frames or float(stream.average_rate or 0) * (container.duration or 0) / 1e6
            return round(count * stream.width * stream.height)
    except Exception:  # whatever is wrong is told by whoever decodes it
        return 0


def _film(data: bytes, name: str, max_pixels: int) -> Iterator[Frame]:
    """The frames of a film. The last one stays as long as the one before."""
    av = _import_av(name)
    try:
        with av.open(io.BytesIO(data)) as container:
            if not container.streams.video:
                raise InputError(f"{name}: there are no pictures in it; give a film")
            stream = container.streams.video[0]
            if stream.width * stream.height > max_pixels:
                raise InputError(
                    f"{name}: {stream.width:,} x {stream.height:,} pixels are more than the limit of {max_pixels:,}; "
                    "to allow it, raise --max-pixels"
                )
            before, stays = None, 1000 / float(stream.average_rate or 25)
            for frame in container.decode(stream):
                now = None if frame.time is None else 1000 * frame.time
                image = Image(frame.to_ndarray(format="rgb24"))
                if before is not None:
                    stays = now - before[1] if now is not None and before[1] is not None else stays
                    yield Frame(before[0], max(stays, 0.0))
                before = image, now
            if before is None:
                raise InputError(f"{name}: the film has no frames; get it again")
            yield Frame(before[0], max(stays, 0.0))
    except InputError:
        raise
    except (av.error.FFmpegError, ValueError, struct.error) as error:
        raise InputError(f"{name}: the film is damaged ({type(error).__name__}); get it again") from error


def _over(above: UInt8Array, below: UInt8Array) -> UInt8Array:
    """Pixels over others, both with straight alpha (W3C, PNG, third edition, clause 13.16, in whole numbers)."""
    alpha = above[..., 3:].astype(np.int64)
    if bool(np.isin(alpha, (0, 255)).all()):
        return np.where(alpha > 0, above, below)
    under = below[..., 3:].astype(np.int64) * (255 - alpha)
    whole = 255 * alpha + under
    colors = above[..., :3] * (255 * alpha) + below[..., :3] * under
    mixed = np.empty_like(above)
    mixed[..., :3] = (2 * colors + whole) // np.maximum(2 * whole, 1)
    mixed[..., 3:] = (2 * whole + 255) // 510
    return mixed
