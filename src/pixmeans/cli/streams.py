"""Data from stdin and to stdout: closed, a terminal, full, or gone."""

from __future__ import annotations

import sys
from typing import Any

from ..errors import InputError, OutputError, UsageError


def read_stdin() -> bytes:
    """All of stdin. Raises InputError where there is nothing to read from."""
    if sys.stdin is None:
        raise InputError("stdin is closed; give the name of a file")
    if sys.stdin.isatty():
        raise InputError("stdin is a terminal; give the name of a file, or send one with < photo.png")
    try:
        return sys.stdin.buffer.read()
    except OSError as error:
        raise InputError(f"stdin: cannot be read ({error.strerror}); give the name of a file") from error


def check_not_a_terminal() -> None:
    """Raises UsageError or OutputError where binary data cannot go to stdout."""
    if sys.stdout is None:
        raise OutputError("stdout is closed; use -o FILE")
    if sys.stdout.isatty():
        raise UsageError("binary data would fill the terminal with signs; send it on with > FILE or |")


def write_stdout(data: bytes) -> None:
    """Write all of it. Raises OutputError; BrokenPipeError where the reader has gone."""
    if sys.stdout is None:
        raise OutputError("stdout is closed; send it to a file with > FILE")
    try:
        sys.stdout.flush()
        stream = getattr(sys.stdout, "buffer", None)
        if stream is None:  # a stream of text only, as some programs put there
            sys.stdout.write(data.decode("utf-8"))
        else:
            stream.write(data)
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        raise OutputError(f"stdout: cannot be written: {error.strerror}; send it to a file with > FILE") from error


def print_json(value: dict[str, Any]) -> None:
    """One object in one line of ASCII; a byte of a name that is no text is an escape, as Python reads it."""
    import json  # only now: few ask for it

    write_stdout((json.dumps(value) + "\n").encode("ascii"))
