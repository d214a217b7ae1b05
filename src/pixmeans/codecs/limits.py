"""What formats cannot hold."""

from __future__ import annotations

from ..errors import OutputError
from ..image import Image, IndexedImage


def check_side(picture: IndexedImage | Image, format: str, limit: int) -> None:
    """Raises OutputError for a picture with a side of more pixels than a format can hold."""
    if max(picture.width, picture.height) > limit:
        raise OutputError(
            f"{format} holds at most {limit} x {limit} pixels, this is {picture.width} x {picture.height}; "
            "write a PNG (--format png) or make it smaller"
        )
