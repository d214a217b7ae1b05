"""Decoding in a process of its own, for files that nobody vouches for.

A decoder of hostile data may crash, hang or take all memory. Here this happens to another process, which has limits
and is replaced afterwards, and it becomes an InputError like any other damage. The cost is the start of Python, half a
second once, and a copy of the pixels through a pipe, a few milliseconds a megapixel.
"""

from __future__ import annotations

import json
import math
import os
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from typing import IO, Any

import numpy as np
import numpy.typing as npt

from ..errors import InputError, shown
from ..image import Image, Tags
from ..settings import MAX_PIXELS
from .bombs import MAX_PROFILE
from .decode import Decoded
from .files import Path, read_bytes
from .pipes import BrokenMessageError, exactly, receive, send, signal_name

SECONDS = 60.0
MEMORY_BYTES = 3 << 30  # 200 megapixels, 4 bytes each, in Pillow's copy and ours, and one more to convert them

_START_SECONDS = 60.0  # to load Python and Pillow on a machine that is busy
_MAX_HEADER = 1 << 20
_MAX_BLOCKS = 10_003  # profile, EXIF, XMP, and keyword and text of 5,000 texts
_MAX_BLOCK_BYTES = 4 * MAX_PROFILE

# The child finds this package where the parent found it, whatever the folder and the environment.
_PROGRAM = """
import json, sys
sys.path[:] = json.loads(sys.argv[1])
from pixmeans.codecs.decode_worker import serve
serve(int(sys.argv[2]))
"""


class Decoder:
    """Decodes pictures in one process that stays warm between them, and is replaced when it does not behave.

    seconds: a picture may take, by the clock. memory_bytes: decoding may take, beyond what the idle process has; this
    limit holds where the system keeps it (Linux, BSD), elsewhere there is only the one of time.

    To be used in a `with` block, at whose end the process is gone. Threads may share a decoder: they take turns.

    >>> with Decoder(seconds=10) as decoder:  # doctest: +SKIP
    ...     image = decoder.decode("upload.jpg").image
    """

    def __init__(self, *, seconds: float = SECONDS, memory_bytes: int = MEMORY_BYTES) -> None:
        self._seconds = seconds
        self._memory_bytes = memory_bytes
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._owner = 0

    def __enter__(self) -> Decoder:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the process; the next picture would start another one."""
        with self._lock:
            self._stop()

    def decode(
        self,
        data_or_path: bytes | Path,
        *,
        name: str | None = None,
        max_pixels: int = MAX_PIXELS,
        icc: str = "srgb",
        levels: str = "full",
        metadata: bool = False,
    ) -> Decoded:
        """What `decode` gives for the same file: the same picture, notes and refusals.

        data_or_path: the bytes of a file, or its path. name: what messages call it; by default its path.
        max_pixels, icc, levels, metadata: as for `decode`.

        Raises InputError as `decode` and `read_bytes` do, and when the decoder takes more time or memory than it may,
        crashes, is killed, or cannot be started.
        """
        if isinstance(data_or_path, (str, os.PathLike)):
            data, name = read_bytes(data_or_path), os.fspath(data_or_path) if name is None else name
        else:
            data, name = data_or_path, "<bytes>" if name is None else name
        request = {"name": name, "max_pixels": max_pixels, "icc": icc, "levels": levels, "metadata": metadata}
        with self._lock:
            try:
                answer = self._asked(data, request)
            except BaseException:
                # Also after an interrupt: what is left in the pipe belongs to this picture.
                self._stop()
                raise
        if isinstance(answer, str):
            raise InputError(answer)
        return answer

    def _asked(self, data: bytes, options: dict[str, Any]) -> Decoded | str:
        """The picture, or the words in which the process refused it; after anything else the process is of no use."""
        told = shown(options["name"])
        process = self._started(told)
        request = {**options, "seconds": self._seconds, "bytes": len(data)}
        with _Deadline(process, self._seconds) as deadline:
            try:
                assert process.stdin is not None
                assert process.stdout is not None
                send(process.stdin, request, data)
                header = receive(process.stdout, _MAX_HEADER)
                failed = "error" in header or "memory" in header
                answer = None if failed else _decoded(process.stdout, header, options["max_pixels"])
            except (OSError, BrokenMessageError, MemoryError) as error:
                raise InputError(f"{told}: {self._why(error, process, deadline)}") from error
        if deadline.passed:
            self._stop()  # it was killed just after its answer
        if answer is not None:
            return answer
        if "memory" in header:
            most = f"{self._memory_bytes / 1e9:.3g} GB"
            raise InputError(f"{told}: decoding takes more than {most} of memory; make the picture smaller")
        words = shown(str(header["error"]))
        return words if words.startswith(f"{told}: ") else f"{told}: {words}"

    def _started(self, told: str) -> subprocess.Popen[bytes]:
        """The process, ready for a request."""
        if self._process is not None and self._owner != os.getpid():
            self._process = None  # after a fork it is the parent's
        if self._process is not None and self._process.poll() is not None:
            self._stop()  # it died between two pictures
        if self._process is None:
            command = [sys.executable, "-I", "-B", "-c", _PROGRAM, json.dumps(sys.path), str(self._memory_bytes)]
            environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}  # each thread of it takes address space
            try:
                process = subprocess.Popen(
                    command,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                    env=environment,
                )
            except OSError as error:
                raise InputError(f"{told}: no process to decode it in can be started: {error.strerror}") from error
            self._process, self._owner = process, os.getpid()
            with _Deadline(process, _START_SECONDS):
                try:
                    assert process.stdout is not None
                    receive(process.stdout, _MAX_HEADER)
                except (OSError, BrokenMessageError) as error:
                    raise InputError(f"{told}: the process to decode it in does not start; try it again") from error
        return self._process

    def _stop(self) -> None:
        """End the process and wait for it, so that nothing of it is left."""
        process, self._process = self._process, None
        if process is None or self._owner != os.getpid():
            return
        with suppress(OSError):
            process.kill()
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                with suppress(OSError):  # what was not sent is lost
                    stream.close()
        process.wait()

    def _why(self, error: Exception, process: subprocess.Popen[bytes], deadline: _Deadline) -> str:
        """Why there was no answer, and the way out."""
        if deadline.passed:
            return f"decoding takes more than {self._seconds:g} s and was stopped; make the picture smaller"
        if isinstance(error, MemoryError):
            return "the picture does not fit into memory; make it smaller or free some memory"
        with suppress(OSError):
            process.kill()  # what answers nonsense may still be running; a dead one keeps its code
        code = process.wait()
        if code < 0 and code != -getattr(signal, "SIGKILL", 0):
            return f"the decoder crashed ({signal_name(-code)}); the file is damaged, get it again"
        if code < 0:
            return "the decoder was killed, perhaps for lack of memory; make the picture smaller or free some memory"
        return "the decoder ended without an answer; the file is damaged, get it again"


class _Deadline:
    """Kills a process at the end of its time, which ends every read from it: pipes have no time limits of their own."""

    def __init__(self, process: subprocess.Popen[bytes], seconds: float) -> None:
        self.passed = False
        self._process = process
        self._timer = threading.Timer(seconds, self._end)
        self._timer.daemon = True

    def __enter__(self) -> _Deadline:
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()
        self._timer.join()  # so that it cannot kill the process over the next picture

    def _end(self) -> None:
        self.passed = True
        with suppress(OSError):
            self._process.kill()


# Answers. The process may be in the hands of whoever made the file: every number is checked, every word made safe.


def _decoded(stream: IO[bytes], header: dict[str, Any], max_pixels: int) -> Decoded:
    width, height, channels = (_whole(header, key, 1 << 31) for key in ("width", "height", "channels"))
    if not width or not height or width * height > max_pixels or channels not in (3, 4):
        raise BrokenMessageError
    pixels = _array(stream, (height, width, channels), np.uint8)
    rest = _array(stream, (height, width, 3), np.int16) if header.get("rest") is True else None
    icc, exif, xmp, *texts = _blocks(stream, header.get("blocks"))
    words = [(block or b"").decode("utf-8", "replace") for block in texts]
    tags = Tags(
        _numbers(header.get("cicp"), 4, 255),
        _numbers(header.get("aspect"), 2, 1 << 32),
        exif,
        xmp,
        tuple(zip(words[::2], words[1::2], strict=True)),
    )
    image = Image(pixels, icc, _dpi(header.get("dpi")), rest, tags)
    return Decoded(
        image,
        _text(header.get("format")),
        header.get("lossless") is True,
        _whole(header, "frames", 1 << 31),
        _texts(header.get("notes")),
        _texts(header.get("details")),
        _texts(header.get("losses")),
        header.get("converted") is True,
        _texts(header.get("metadata")),
    )


def _blocks(stream: IO[bytes], sizes: Any) -> list[bytes | None]:
    """The ICC profile, EXIF, XMP, and an even number of texts."""
    if not isinstance(sizes, list) or not 3 <= len(sizes) <= _MAX_BLOCKS or len(sizes) % 2 == 0:
        raise BrokenMessageError
    blocks: list[bytes | None] = []
    room = _MAX_BLOCK_BYTES
    for size in sizes:
        if size is not None and (type(size) is not int or not 0 <= size <= min(room, MAX_PROFILE)):
            raise BrokenMessageError
        room -= size or 0
        blocks.append(None if size is None else bytes(exactly(stream, bytearray(size))))
    return blocks


def _numbers(value: Any, count: int, most: int) -> Any:
    """A tuple of so many whole numbers, or None."""
    if value is None:
        return None
    if not isinstance(value, list) or len(value) != count or any(type(one) is not int for one in value):
        raise BrokenMessageError
    if not all(0 <= one <= most for one in value):
        raise BrokenMessageError
    return tuple(value)


def _array(stream: IO[bytes], shape: tuple[int, ...], kind: type[Any]) -> npt.NDArray[Any]:
    values = np.empty(shape, kind)
    exactly(stream, values.reshape(-1).view(np.uint8).data)
    return values


def _whole(header: dict[str, Any], key: str, most: int) -> int:
    value = header.get(key)
    if type(value) is not int or not 0 <= value <= most:
        raise BrokenMessageError
    return value


def _dpi(value: Any) -> tuple[float, float] | None:
    if value is None:
        return None
    if not isinstance(value, list) or len(value) != 2:
        raise BrokenMessageError
    x, y = value
    for one in value:
        if type(one) not in (int, float) or not math.isfinite(one) or not 0 < one < 1e9:
            raise BrokenMessageError
    return x, y


def _text(value: Any) -> str:
    if not isinstance(value, str) or len(value) > 1000:
        raise BrokenMessageError
    return shown(value)


def _texts(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or len(value) > 100:
        raise BrokenMessageError
    return tuple(_text(one) for one in value)
