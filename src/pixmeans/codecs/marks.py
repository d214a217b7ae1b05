"""A mark in a file that says what wrote it, so that the same is not done twice.

A mark is a word, and a digest of all other bytes of the file: who edits the file breaks it, and then it counts no more.
PNG holds it in a text chunk, GIF in a comment, WebP in a chunk of its own, which readers must pass over (RFC 9649,
section 2.7.1.6).
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Callable
from typing import NamedTuple

from .png_chunks import SIGNATURE, chunk
from .riff import riff_chunks, webp_file
from .sniff import sniff

MOST_BYTES = 128  # what a mark may add to a file

_NAME = b"pixmeans"
_KIND = b"PXMN"  # of WebP's chunk


class _Parts(NamedTuple):
    """A file without its mark, and the mark."""

    rest: bytes
    mark: bytes | None


def with_mark(data: bytes, word: str) -> bytes:
    """The same PNG, GIF or WebP file with a mark; an older one is replaced.

    word: what to remember, at most 40 letters and digits. Raises ValueError for a file of another format.
    """
    format = sniff(data)
    if format not in _FORMATS or not (word.isalnum() and word.isascii() and len(word) <= 40):
        raise ValueError(f"no mark can be put into {format} with the word {word!r}")
    taken_apart, put_in = _FORMATS[format]
    rest = taken_apart(data).rest
    return put_in(rest, word.encode() + b" " + _digest(rest))


def mark_of(data: bytes) -> str | None:
    """The word in the mark of a file; None where there is none, or the file has changed since."""
    format = sniff(data)
    if format not in _FORMATS:
        return None
    try:
        rest, mark = _FORMATS[format][0](data)
    except (struct.error, IndexError):
        return None
    word, _, digest = (mark or b"").partition(b" ")
    if not word.isalnum() or digest != _digest(rest):
        return None
    return word.decode("ascii", "replace")


def _digest(rest: bytes) -> bytes:
    return hashlib.sha256(rest).hexdigest()[:32].encode()


# PNG: tEXt before IEND.


def _png_apart(data: bytes) -> _Parts:
    kept, mark, at = [SIGNATURE], None, len(SIGNATURE)
    while at + 12 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, at)
        end = at + 12 + length
        if kind == b"tEXt" and data[at + 8 : at + 9 + len(_NAME)] == _NAME + b"\0":
            mark = data[at + 9 + len(_NAME) : end - 4]
        else:
            kept.append(data[at:end])
        at = end
        if kind == b"IEND":
            break
    return _Parts(b"".join(kept) + data[at:], mark)


def _png_with(rest: bytes, mark: bytes) -> bytes:
    end = rest.rindex(b"\0\0\0\0IEND")
    return rest[:end] + chunk(b"tEXt", _NAME + b"\0" + mark) + rest[end:]


# GIF: a comment extension before the end mark.

_GIF_HEAD = b"!\xfe"


def _gif_apart(data: bytes) -> _Parts:
    at = 13 + (3 << (data[10] & 7) + 1 if data[10] & 0x80 else 0)
    while at < len(data):
        kind, start = data[at], at
        if kind == 0x2C:
            flags = data[at + 9]
            at += 11 + (3 << (flags & 7) + 1 if flags & 0x80 else 0)
        elif kind == 0x21:
            at += 2
        else:
            break
        while data[at]:
            at += data[at] + 1
        at += 1
        words = data[start + 3 : at - 1]
        if data[start : start + 2] == _GIF_HEAD and words.startswith(_NAME + b" "):
            return _Parts(data[:start] + data[at:], words[len(_NAME) + 1 :])
    return _Parts(data, None)


def _gif_with(rest: bytes, mark: bytes) -> bytes:
    words = _NAME + b" " + mark
    end = rest.rindex(b";")
    return rest[:end] + _GIF_HEAD + bytes([len(words)]) + words + b"\0" + rest[end:]


# WebP: chunks of RIFF. What is no extended file becomes one, and the digest does not see its header.


def _webp_apart(data: bytes) -> _Parts:
    chunks = riff_chunks(data)
    mark = next((inner for kind, inner in chunks if kind == _KIND), None)
    kept = [one for one in chunks if one[0] != _KIND]
    if mark is not None and len(kept) == 2 and kept[0][0] == b"VP8X" and kept[1][0] == b"VP8L":
        kept = kept[1:]
    return _Parts(webp_file(kept), mark)


def _webp_with(rest: bytes, mark: bytes) -> bytes:
    chunks = riff_chunks(rest)
    if chunks[0][0] == b"VP8L":
        # Lossless WebP begins with a signature, then 14 bits each of width and height less one, and whether alpha is
        # used (RFC 9649, section 3.4).
        bits = struct.unpack_from("<I", chunks[0][1], 1)[0]
        width, height, alpha = bits & 0x3FFF, bits >> 14 & 0x3FFF, bits >> 28 & 1
        head = struct.pack("<I", alpha << 4) + struct.pack("<I", width)[:3] + struct.pack("<I", height)[:3]
        chunks.insert(0, (b"VP8X", head))
    return webp_file([*chunks, (_KIND, mark)])


_FORMATS: dict[str | None, tuple[Callable[[bytes], _Parts], Callable[[bytes, bytes], bytes]]] = {
    "PNG": (_png_apart, _png_with),
    "GIF": (_gif_apart, _gif_with),
    "WebP": (_webp_apart, _webp_with),
}
