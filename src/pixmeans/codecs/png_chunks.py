"""Words inside a PNG file: title, description and the like, readable by any viewer."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping

_HEADER_ENDS = 33  # signature and IHDR: what follows may be text


def with_text(data: bytes, notes: Mapping[str, str]) -> bytes:
    """The same PNG file with a UTF-8 text chunk (iTXt) for each note, by keyword, behind its header."""
    chunks = b"".join(_chunk(b"iTXt", _body(keyword, words)) for keyword, words in notes.items())
    return data[:_HEADER_ENDS] + chunks + data[_HEADER_ENDS:]


def _body(keyword: str, words: str) -> bytes:
    # keyword, not compressed, no language, no translated keyword
    return keyword.encode("latin-1") + b"\0\0\0\0\0" + words.encode()


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
