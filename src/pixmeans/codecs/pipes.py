"""Messages between processes: 4 bytes of length (the lowest first), a JSON object, then raw bytes if it tells of some.

Nothing is pickled: what comes from a process that reads hostile files can only become numbers, words and bytes.
"""

from __future__ import annotations

import json
import os
import signal
import struct
from typing import IO, Any


class BrokenMessageError(Exception):
    """The other process gave no proper message, or has ended."""


def send(stream: IO[bytes], header: dict[str, Any], *bodies: Any) -> None:
    """Write a message. bodies: contiguous buffers."""
    text = json.dumps(header).encode("ascii")
    stream.write(struct.pack("<I", len(text)) + text)
    for body in bodies:
        stream.write(body)
    stream.flush()


def receive(stream: IO[bytes], most: int) -> dict[str, Any]:
    """The object of a message, of at most so many bytes. Raises BrokenMessageError."""
    length = struct.unpack("<I", exactly(stream, bytearray(4)))[0]
    if length > most:
        raise BrokenMessageError
    try:
        header = json.loads(exactly(stream, bytearray(length)))
    except (ValueError, RecursionError) as error:
        raise BrokenMessageError from error
    if not isinstance(header, dict):
        raise BrokenMessageError
    return header


def exactly(stream: IO[bytes], room: Any) -> Any:
    """`room`, filled from the stream. Raises BrokenMessageError where that ends before."""
    rest = memoryview(room)
    while rest:
        count = stream.readinto(rest)  # type: ignore[attr-defined]
        if not count:
            raise BrokenMessageError
        rest = rest[count:]
    return room


def taken(descriptor: int, flags: int, mode: str) -> IO[bytes]:
    """A standard stream for ourselves alone; whatever a library reads or prints there goes nowhere."""
    stream = os.fdopen(os.dup(descriptor), mode)
    nowhere = os.open(os.devnull, flags)
    os.dup2(nowhere, descriptor)
    os.close(nowhere)
    return stream


def signal_name(number: int) -> str:
    """What the signal that ended a process is called: 'SIGSEGV', or 'signal 64' where it has no name."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
