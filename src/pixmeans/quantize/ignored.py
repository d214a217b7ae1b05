"""Pixels that do not count for the main colors of a picture, such as its background."""

from __future__ import annotations

import numpy as np

from ..errors import SettingsError
from ..image import Image
from ..records import replace
from ..settings import parse_hex

# Words for colors that are often ignored; transparent pixels never count, so that word names no color.
WORDS = {"white": "#ffffff", "black": "#000000", "transparent": None}

# A background that was a JPEG, or scanned, is not of one color: this is about what quality 80 leaves of white.
IGNORED_DISTANCE = 8


def without_colors(image: Image, ignore: tuple[str, ...]) -> Image:
    """The picture with transparent pixels in place of those of some colors.

    ignore: 'white', 'black', 'transparent' or '#rrggbb', which takes what differs by at most `IGNORED_DISTANCE` in each
    of red, green and blue, however translucent. Raises SettingsError.
    """
    gone = np.zeros(image.pixels.shape[:2], np.bool_)
    for word in ignore:
        name = WORDS.get(word, word) if isinstance(word, str) else ""
        if name is None:
            continue
        color = parse_hex(name)
        if color is None or color[3] != 255:
            raise SettingsError(f"ignore must be {', '.join(WORDS)} or a color like #ff7f00, got {word!r}")
        near = np.abs(image.pixels[..., :3].astype(np.int16) - np.array(color[:3], np.int16)) <= IGNORED_DISTANCE
        gone |= near.all(axis=2)
    if not gone.any():
        return image
    alpha = image.pixels[..., 3] if image.has_alpha else np.full(gone.shape, 255, np.uint8)
    return replace(image, pixels=np.dstack([image.pixels[..., :3], np.where(gone, np.uint8(0), alpha)]))
