"""Blocks packed by deflate, for files that other rooms put together."""

from __future__ import annotations

import deflate

from ..arrays import UInt8Array

# Levels of libdeflate by `optimize`, 0 (fastest) to 6.
_LEVELS = (1, 1, 7, 8, 9, 11, 12)


def deflated(block: UInt8Array, optimize: int) -> bytes:
    """A zlib stream (RFC 1950) of an array's bytes. optimize: 0 to 6."""
    return bytes(deflate.zlib_compress(block, _LEVELS[optimize]))
