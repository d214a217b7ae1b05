"""The frames of an animated GIF, PNG (APNG), WebP, AVIF or film, one after the other, each as it is shown.

Pillow lays the parts of a frame upon what is shown; a test compares it with the plain definition of disposal and
blending. Frames are decoded while they are asked for, so that memory does not grow with their number. Films are read by
PyAV, which the extra `video` installs.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple

from ..errors import InputError, shown
from ..image import Image
from ..settings import MAX_PIXELS
from . import pillow_reader, quiet
from .decode import complaint, count_frames, decode, from_pil
from .sniff import sniff

ANIMATED = frozenset(("GIF", "PNG", "WebP", "AVIF"))  # whose frames follow each other in time, unlike pages


class Frame(NamedTuple):
    """A frame as it is shown, and for how many milliseconds."""

    image: Image
    milliseconds: float


@dataclass(frozen=True)
class FramesFile:
    """The frames of a file. Whoever iterates over it decodes them anew.

    name: what messages call it. count: how many there are; None where only decoding tells. plays: how often they are
    shown; 0 is forever. lossless: False where the file format itself has lost something. metadata: whether images get
    EXIF, XMP and texts. losses, details: of the first frame, as in `Decoded`; converted: likewise.
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

    def __iter__(self) -> Iterator[Frame]:
        """The frames. Raises InputError where one of them is damaged, with its number."""
        if self.format == FILM:
            yield from _film(self.data, self.name, self.max_pixels)
            return
        with _told(self.name, self.format) as place, _opened(self.data, self.format, self.max_pixels) as picture:
            hidden = int(getattr(picture, "default_image", False) is True)  # a still for those who know no APNG
            for number in range(hidden, getattr(picture, "n_frames", 1)):
                place.append(number + 1 - hidden)
                with quiet.raised_limit(self.max_pixels), quiet.no_warnings:
                    picture.seek(number)
                    pillow_reader.load(picture)
                    still, stays = picture.copy(), float(picture.info.get("duration", 0) or 0)
                yield Frame(from_pil(still, icc=self.icc, metadata=self.metadata).image, stays)


FILM = "film"


def is_animation(data: bytes) -> bool:
    """Whether these bytes are a file of several frames that follow each other in time, by its headers."""
    return is_film(data) or (sniff(data) in ANIMATED and count_frames(data) > 1)


def is_film(data: bytes) -> bool:
    """Whether these bytes begin as MP4, QuickTime, WebM, Matroska or AVI do."""
    boxes = data[4:8] == b"ftyp" and data[8:12] not in (b"avif", b"avis", b"heic", b"heix", b"mif1", b"msf1")
    return boxes or data[:4] == b"\x1aE\xdf\xa3" or (data[:4] == b"RIFF" and data[8:12] == b"AVI ")


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
    if format in ANIMATED and first.frames > 1:
        with _told(shown(name), format), _opened(data, format, max_pixels) as picture:
            plays = _plays(picture, format)
            count = getattr(picture, "n_frames", 1) - int(getattr(picture, "default_image", False) is True)
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
def _opened(data: bytes, format: str, max_pixels: int) -> Iterator[Any]:
    """The Pillow picture, of a PNG too, which stills are not read with."""
    with quiet.raised_limit(max_pixels), quiet.no_warnings:
        if format == "PNG":
            from PIL import PngImagePlugin

            picture: Any = PngImagePlugin.PngImageFile(io.BytesIO(data))
        else:
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
