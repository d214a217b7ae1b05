"""How many frames and pixels a file says that it has, by its headers alone: what its decoding will cost."""

from __future__ import annotations

import struct

from . import png_reader, quiet
from .sniff import ANIMATED, is_film, sniff


def count_frames(data: bytes) -> int:
    """How many frames or pages a file has, by its headers; 1 where that cannot be told."""
    format = sniff(data)
    try:
        if format == "PNG":
            return max(1, png_reader.parse(data).frames)
        from . import pillow_reader  # only now: neither a PNG nor a file of PNG's pixels needs Pillow

        if format not in pillow_reader.HAS_FRAMES:
            return 1
        if format in ("GIF", "TIFF"):
            return pillow_reader.count_frames(data, format, None)
        with quiet.no_warnings, pillow_reader.opened(data, format) as picture:
            return pillow_reader.count_frames(data, format, picture)
    except Exception:  # whatever is wrong is told by whoever decodes it
        return 1


def is_animation(data: bytes) -> bool:
    """Whether these bytes are a file of several frames that follow each other in time, by its headers."""
    return is_film(data) or (sniff(data) in ANIMATED and count_frames(data) > 1)


def count_pixels(data: bytes) -> int:
    """Width times height of the first picture in `data`; 0 where the header does not tell.

    Nothing is checked and nothing is raised: whatever is wrong is told by whoever decodes it.
    """
    format = sniff(data)
    try:
        if format == "PNG":
            width, height = struct.unpack_from(">II", data, 16)
            return int(width * height)
        if format is None:
            return 0
        from . import pillow_reader

        with quiet.no_warnings, pillow_reader.opened(data, format) as picture:
            return int(picture.width * picture.height)
    except Exception:
        return 0


def count_all_pixels(data: bytes) -> int:
    """The same of all frames together, which is what the time goes with."""
    if is_film(data):
        from .frames import film_pixels  # only now: stills need nothing of it

        return film_pixels(data)
    return count_pixels(data) * count_frames(data)
