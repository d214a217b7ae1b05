"""The chunks of a PNG file: the one place that reads and writes them (W3C, "Portable Network Graphics", third edition).

A file is a signature and chunks. A chunk is the length of its body (4 bytes, the highest first), its kind (4 letters),
the body, and the CRC-32 of kind and body.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator, Mapping

from ..records import dataclass

SIGNATURE = b"\x89PNG\r\n\x1a\n"

_HEADER_ENDS = 33  # signature and IHDR: what follows may be text


@dataclass(frozen=True)
class Chunk:
    """A chunk of a file: its kind, its body, and the checksum that the file gives (None: it is cut off)."""

    kind: bytes
    body: memoryview
    checksum: int | None

    @property
    def is_sound(self) -> bool:
        """Whether the checksum is right, or cut off. It is computed here, so ask only for what is used."""
        return self.checksum in (None, zlib.crc32(self.body, zlib.crc32(self.kind)))


def read_chunks(data: bytes) -> Iterator[Chunk]:
    """Every chunk behind the signature, up to IEND.

    A chunk that runs past the end of the file ends the walk. A cut IDAT is given as far as it goes, for what is missing
    may be no more than its checksum.
    """
    view = memoryview(data)
    at = len(SIGNATURE)
    kind = b""
    while at + 8 <= len(data) and kind != b"IEND":
        length, kind = struct.unpack_from(">I4s", data, at)
        body = view[at + 8 : at + 8 + length]
        at += 12 + length
        if at <= len(data):
            yield Chunk(kind, body, struct.unpack_from(">I", data, at - 4)[0])
        elif kind == b"IDAT":
            yield Chunk(kind, body, None)


def chunk(kind: bytes, body: bytes | bytearray) -> bytes:
    """The bytes of a chunk; body: less than 2^31 bytes."""
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(body, zlib.crc32(kind)))


def with_text(data: bytes, notes: Mapping[str, str]) -> bytes:
    """The same PNG file with a UTF-8 text chunk (iTXt) for each note, by keyword, behind its header.

    Any viewer of metadata shows them: title, description and the like.
    """
    chunks = b"".join(chunk(b"iTXt", _utf8(keyword, words)) for keyword, words in notes.items())
    return data[:_HEADER_ENDS] + chunks + data[_HEADER_ENDS:]


def text_chunk(keyword: str, words: str) -> tuple[bytes, bytes]:
    """Kind and body of a chunk of text: tEXt where Latin-1 can write it, which every program reads, else iTXt.

    keyword: 1 to 79 characters of Latin-1, without zeros.
    """
    if "\0" not in words:
        try:
            return b"tEXt", keyword.encode("latin-1") + b"\0" + words.encode("latin-1")
        except UnicodeEncodeError:
            pass
    return b"iTXt", _utf8(keyword, words)


def _utf8(keyword: str, words: str) -> bytes:
    # keyword, not compressed, no language, no translated keyword
    return keyword.encode("latin-1") + b"\0\0\0\0\0" + words.encode()
