"""The chunks of WebP files, which are RIFF files: read and written (RFC 9649, section 2.3)."""

from __future__ import annotations

import struct


def riff_chunk(kind: bytes, body: bytes) -> bytes:
    """The bytes of a chunk: its kind (4 letters), the length of its body (lowest byte first), the body made even."""
    return kind + struct.pack("<I", len(body)) + body + b"\0" * (len(body) & 1)


def riff_chunks(data: bytes) -> list[tuple[bytes, bytes]]:
    """The kind and the body of every chunk behind the 12 bytes of the file's own head; what is cut off is shorter."""
    found, at = [], 12
    while at + 8 <= len(data):
        kind, size = struct.unpack_from("<4sI", data, at)
        found.append((kind, data[at + 8 : at + 8 + size]))
        at += 8 + size + (size & 1)
    return found


def webp_file(chunks: list[tuple[bytes, bytes]]) -> bytes:
    """A WebP file of such chunks."""
    return riff_chunk(b"RIFF", b"WEBP" + b"".join(riff_chunk(kind, body) for kind, body in chunks))
