"""Memory that is given back to the system at once, for large pictures.

glibc takes blocks above a threshold straight from the system, and raises the threshold to what was freed last, up to
32 MB. Pillow keeps a picture in blocks of 16 MB: a second one then comes from the heap, which other blocks keep from
shrinking. A picture of 9 megapixels had 80 MB in it that nobody used.
"""

from __future__ import annotations

import functools
import sys

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3  # malloc.h
_THRESHOLD = 1 << 20


@functools.cache
def give_back() -> None:
    """From now on this process gives back what it frees, where its C library is glibc."""
    if sys.platform != "linux":
        return
    import ctypes  # takes some milliseconds to load

    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):  # another C library
        return
    mallopt(_M_MMAP_THRESHOLD, _THRESHOLD)
    mallopt(_M_TRIM_THRESHOLD, _THRESHOLD)
