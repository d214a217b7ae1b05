"""What people hand in as an animation: paths, bytes, files, and animations in memory."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any

from .. import codecs
from ..codecs import Frame
from ..errors import SettingsError
from ..image import Animation
from ..settings import Settings
from .animation_result import AnimationSource
from .source import check_hdr, icc_of


def open_animation(
    source: Any, settings: Settings, *, name: str | None = None
) -> tuple[Iterable[Frame], AnimationSource]:
    """The frames, which may be iterated over any number of times, and where they came from.

    settings: of them `max_pixels`, `icc`, `keep_metadata` and the formats, which may hold no profile. name: what
    messages call it. Raises InputError (a file), SettingsError (no source).
    """
    if isinstance(source, Animation):
        frames = [Frame(*one) for one in zip(source.frames, source.milliseconds, strict=True)]
        return frames, AnimationSource(source.plays)
    if isinstance(source, (str, os.PathLike)):
        data, name = codecs.read_bytes(source), name or os.fspath(source)
    elif isinstance(source, (bytes, bytearray, memoryview)):
        data, name = bytes(source), name or "<bytes>"
    elif hasattr(source, "read"):
        data, name = source.read(), name or str(getattr(source, "name", "<stream>"))
        if not isinstance(data, bytes):
            raise SettingsError("the file must be opened in binary mode ('rb')")
    else:
        raise SettingsError(f"an animation must be a path, bytes, a file or an Animation, got {type(source).__name__}")
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
