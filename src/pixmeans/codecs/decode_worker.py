"""What runs in the process of `isolated.py`: bytes in, an answer out, again and again until the input ends.

Messages are those of `pipes.py`. The reader checks every number, and bytes can only become pixels.

    request   {"name", "max_pixels", "icc", "levels", "metadata", "seconds", "bytes"}     the file
    answer    {"width", "height", "channels", "rest", "blocks", "dpi", ...}      pixels, rest, blocks
              {"error": ...} or {"memory": true}                                          nothing

Blocks are the ICC profile, EXIF, XMP, and keyword and text of each text, whichever there are.
"""

from __future__ import annotations

import json
import os
import signal
import struct
from typing import IO, Any

from ..errors import InputError
from .decode import decode
from .pipes import send, taken


def serve(memory_bytes: int) -> None:
    """Answer requests from standard input on standard output until the input ends.

    memory_bytes: how much decoding may take beyond what the idle process has; 0 for no limit.
    """
    if hasattr(signal, "SIGINT"):
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # a Ctrl-C is the parent's to answer
    requests, answers = taken(0, os.O_RDONLY, "rb"), taken(1, os.O_WRONLY, "wb")
    _limit(memory_bytes)
    send(answers, {"ready": True})
    while head := requests.read(4):
        request = json.loads(requests.read(struct.unpack("<I", head)[0]))
        data = requests.read(request["bytes"])
        _limit_time(request["seconds"])
        _answer(answers, request, data)
        del data


def _answer(answers: IO[bytes], request: dict[str, Any], data: bytes) -> None:
    try:
        options = {key: request[key] for key in ("name", "max_pixels", "icc", "levels", "metadata")}
        decoded = decode(data, **options)
    except InputError as error:
        send(answers, {"memory": True} if isinstance(error.__cause__, MemoryError) else {"error": str(error)})
        return
    except MemoryError:
        send(answers, {"memory": True})
        return
    image = decoded.image
    height, width, channels = image.pixels.shape
    tags = image.tags
    texts = [words.encode("utf-8", "surrogatepass") for pair in tags.texts for words in pair]
    blocks = [image.icc, tags.exif, tags.xmp, *texts]
    header = {
        "width": width,
        "height": height,
        "channels": channels,
        "rest": image.rest is not None,
        "blocks": [None if block is None else len(block) for block in blocks],
        "dpi": image.dpi,
        "cicp": tags.cicp,
        "aspect": tags.aspect,
        "format": decoded.format,
        "lossless": decoded.lossless,
        "frames": decoded.frames,
        "notes": decoded.notes,
        "details": decoded.details,
        "losses": decoded.losses,
        "converted": decoded.converted,
        "metadata": decoded.metadata,
    }
    rest = [] if image.rest is None else [image.rest.data]
    send(answers, header, image.pixels.data, *rest, *(block for block in blocks if block is not None))


def _limit(memory_bytes: int) -> None:
    """Limits of this process, where the system has them (not on Windows): memory, no files written, no core dumps."""
    try:
        import resource
    except ImportError:
        return
    limits = [(resource.RLIMIT_CORE, 0), (resource.RLIMIT_FSIZE, 0)]
    if memory_bytes:
        limits.append((resource.RLIMIT_AS, _address_space() + memory_bytes))
    for kind, most in limits:
        try:
            resource.setrlimit(kind, (most, most))
        except (OSError, ValueError):  # a lower limit holds already, or the system does not know this one
            continue


def _limit_time(seconds: float) -> None:
    """Let the system end this process after so much more work, should the parent be gone by then."""
    try:
        import resource
    except ImportError:
        return
    used = resource.getrusage(resource.RUSAGE_SELF)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    # Decoders may use every core.
    most = int(used.ru_utime + used.ru_stime + seconds * max(2, os.cpu_count() or 1)) + 2
    if hard == resource.RLIM_INFINITY or most < hard:
        resource.setrlimit(resource.RLIMIT_CPU, (most, hard))


def _address_space() -> int:
    """Bytes of address space that this process has now; 0 where the system does not tell."""
    try:
        with open("/proc/self/statm", "rb") as file:
            return int(file.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError):
        return 0
