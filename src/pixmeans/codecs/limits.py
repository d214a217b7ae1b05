"""What formats cannot hold."""

from __future__ import annotations

from ..errors import OutputError
from ..image import IndexedImage


def check_side(indexed: IndexedImage, format: str, limit: int) -> None:
    """Raises OutputError for a picture with a side of more pixels than a format can hold."""
    if max(indexed.width, indexed.height) > limit:
        raise OutputError(
            f"{format} holds at most {limit} x {limit} pixels, this is {indexed.width} x {indexed.height}; "
            "write a PNG (--format png) or make it smaller"
        )
