"""How many pixels a file says that it has, by its header alone: what its decoding will cost."""

from __future__ import annotations

import struct

from . import quiet
from .decode import count_frames
from .frames import film_pixels, is_film
from .sniff import sniff


def count_pixels(data: bytes) -> int:
    """Width times height of the first picture in `data`; 0 where the header does not tell.

    Nothing is checked and nothing is raised: whatever is wrong is told by whoever decodes it.
    """
    from . import pillow_reader

    format = sniff(data)
    try:
        if format == "PNG":
            width, height = struct.unpack_from(">II", data, 16)
            return int(width * height)
        if format is None:
            return 0
        with quiet.no_warnings, pillow_reader.opened(data, format) as picture:
            return int(picture.width * picture.height)
    except Exception:
        return 0


def count_all_pixels(data: bytes) -> int:
    """The same of all frames together, which is what the time goes with."""
    return film_pixels(data) if is_film(data) else count_pixels(data) * count_frames(data)
