"""Bytes packed by deflate."""

from __future__ import annotations

import deflate
import numpy as np

from ..arrays import UInt8Array

# Levels of libdeflate by `optimize`, 0 (fastest) to 6.
_LEVELS = (1, 1, 7, 8, 9, 11, 12)


# Beside the stream libdeflate takes up to 9 MB for its tables.
_TABLES = 16 << 20


def zlib_stream(block: UInt8Array | bytes, level: int) -> bytearray:
    """A zlib stream (RFC 1950). level: of libdeflate, 1 to 12. Raises MemoryError.

    The room is asked for here first: where it is not there, `deflate` drops a buffer that is still in use, which Python
    tells on standard error.
    """
    size = block.nbytes if isinstance(block, np.ndarray) else len(block)
    np.empty(size + size // 1024 + _TABLES, np.uint8)  # not touched: no page of it is taken
    return deflate.zlib_compress(block, level)


def deflated(block: UInt8Array, optimize: int) -> bytes:
    """A zlib stream (RFC 1950) of an array's bytes. optimize: 0 to 6."""
    return bytes(zlib_stream(block, _LEVELS[optimize]))
