"""What people hand in as an animation: paths, bytes, files, pictures one after the other, and animations in memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from numbers import Real
from typing import Any

import numpy as np

from .. import codecs
from ..arrays import is_pillow
from ..codecs.frames import Frame
from ..errors import InputError, SettingsError
from ..image import Animation, Image
from ..records import dataclass
from ..settings import Settings
from .animation_result import AnimationSource
from .source import Source, check_hdr, icc_of, open_source, read_once

# For how long pictures are shown that come without times.
USUAL_STAY = 100.0


def open_animation(
    source: Any, settings: Settings, *, name: str | None = None, milliseconds: Any = None
) -> tuple[Iterable[Frame], AnimationSource]:
    """The frames, which may be iterated over any number of times, and where they came from.

    settings: of them `max_pixels`, `icc`, `keep_metadata` and the formats, which may hold no profile. name: what
    messages call it. milliseconds: for how long the pictures of a list are shown, one number or one each.
    Raises InputError (a file), SettingsError (no source).
    """
    source, name = read_once(source, name)
    if isinstance(source, bytes):
        opened = _of_file(source, settings, name or "<bytes>")
    elif isinstance(source, Animation):
        frames = [Frame(*one) for one in zip(source.frames, source.milliseconds, strict=True)]
        opened = frames, AnimationSource(source.plays)
    elif is_pillow(source) and getattr(source, "n_frames", 1) > 1:
        opened = _of_pillow(source, settings, name or "the Pillow picture")
    else:
        return _of_pictures(source, settings, milliseconds)
    if milliseconds is not None:
        raise SettingsError("milliseconds are for a list of pictures, and this source has its own: leave them out")
    return opened


def moves(source: Any, settings: Settings) -> bool:
    """Whether what `read_once` gave is an animation, of which no single frame is asked for."""
    there = isinstance(source, Animation) or (isinstance(source, bytes) and codecs.is_animation(source))
    return settings.frame is None and there


def _of_file(data: bytes, settings: Settings, name: str) -> tuple[Iterable[Frame], AnimationSource]:
    found = codecs.open_frames(
        data,
        name=name,
        max_pixels=settings.max_pixels,
        icc=icc_of(settings),
        metadata=settings.keep_metadata,
    )
    check_hdr(found.is_hdr, settings, name)
    about = AnimationSource(
        found.plays, len(data), found.format, found.lossless, found.losses, found.details, found.converted, found.apart
    )
    return found, about


def _of_pillow(picture: Any, settings: Settings, name: str) -> tuple[Iterable[Frame], AnimationSource]:
    """All frames of a Pillow picture, of its file if that is still there: Pillow lays some upon each other wrongly."""
    data = _file_of(picture)
    if codecs.is_animation(data):
        return _of_file(data, settings, name)
    first = open_source(picture, _plain(settings), name=name)
    # Pillow counts repetitions of a GIF as the file does.
    loop, is_gif = picture.info.get("loop"), picture.format == "GIF"
    plays = 1 if loop is None and is_gif else 0 if not loop else int(loop) + is_gif
    about = AnimationSource(plays, losses=first.losses, details=first.details, converted=first.converted)
    return _PillowFrames(picture, _plain(settings), name), about


def _file_of(picture: Any) -> bytes:
    """What the file of a Pillow picture holds; nothing where it cannot be read."""
    try:
        file = getattr(picture, "fp", None) or getattr(picture, "_fp", None)  # Pillow moves it there
        if file is None:
            return codecs.read_bytes(picture.filename) if getattr(picture, "filename", "") else b""
        at = file.tell()
        file.seek(0)
        data = file.read()
        file.seek(at)
    except (OSError, ValueError, AttributeError, InputError):
        return b""
    return data if isinstance(data, bytes) else b""


@dataclass(frozen=True, eq=False)
class _PillowFrames:
    """The frames of a Pillow picture, which stays at the frame where it is."""

    picture: Any
    settings: Settings
    name: str

    def __iter__(self) -> Iterator[Frame]:
        at = self.picture.tell()
        try:
            for number in range(self.picture.n_frames):
                still = self._at(number).copy()
                image = open_source(still, self.settings, name=f"{self.name}: frame {number + 1}").image
                yield Frame(image, float(self.picture.info.get("duration", 0) or 0))
        finally:
            self._at(at)

    def _at(self, number: int) -> Any:
        """The picture at a frame. Raises InputError where its file is closed."""
        try:
            self.picture.seek(number)
            self.picture.load()
        except (OSError, ValueError, AttributeError, SyntaxError) as error:  # Pillow raises each of them
            raise InputError(
                f"{self.name}: its frames cannot be read any more; hand in the path of its file"
            ) from error
        return self.picture


def _of_pictures(source: Any, settings: Settings, milliseconds: Any) -> tuple[Iterable[Frame], AnimationSource]:
    """Pictures one after the other: (n, h, w, c), or anything else that gives what `compress` takes."""
    wanted = "an animation must be a path, bytes, a file, an Animation, pictures in a list, or an array (n, h, w, c)"
    if isinstance(source, np.ndarray) and source.ndim != 4:
        raise SettingsError(f"{wanted}; the array has shape {source.shape}")
    if isinstance(source, Image) or is_pillow(source):
        source = [source]
    if not isinstance(source, Iterable):
        raise SettingsError(f"{wanted}, got {type(source).__name__}")
    opened: list[Source] = [open_source(one, _plain(settings)) for one in source]
    if not opened:
        raise SettingsError(f"{wanted}; the list is empty")
    times = _times(milliseconds, len(opened))
    about = AnimationSource(
        0,
        losses=tuple(dict.fromkeys(loss for one in opened for loss in one.losses)),
        details=tuple(dict.fromkeys(detail for one in opened for detail in one.details)),
        converted=any(one.converted for one in opened),
    )
    return [Frame(one.image, stays) for one, stays in zip(opened, times, strict=True)], about


def _times(milliseconds: Any, count: int) -> list[float]:
    if milliseconds is None or isinstance(milliseconds, Real):
        milliseconds = [USUAL_STAY if milliseconds is None else milliseconds] * count
    try:
        times = [float(one) for one in milliseconds]
    except (TypeError, ValueError):
        raise SettingsError(f"milliseconds must be a number or one each, got {milliseconds!r}") from None
    if len(times) != count or not all(0 <= time < 1e9 for time in times):
        raise SettingsError(f"milliseconds must be 0 or more, one for each of {count} pictures, got {len(times)}")
    return times


def _plain(settings: Settings) -> Settings:
    """What pictures are opened with, one by one: without the files that settings name."""
    return settings.but(palette=None, free_colors=0, importance=None, frame=None)
