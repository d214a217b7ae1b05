"""What runs in a worker process: jobs in, outcomes out, again and again until the input ends.

begin     {"work", "share", "usual", "writer"}; the answer is {"ready": true}; what has no more pixels than a share, and
          in all frames together no more than usual, need not ask
request   {"job", "place", "threads", "record", "bytes"}        what stdin gave, if bytes is a number; perhaps while the
          last one is still worked on
question  {"pixels", "together"}: may a picture with frames of so many be decoded now?
          answered by {"threads"}, perhaps after a while
answer    {"outcome", "bytes"}                                  what stdout gets, if bytes is a number
"""

from __future__ import annotations

import os
import signal
import threading
from queue import SimpleQueue
from typing import IO, Any

from ..codecs.files import name_writer
from ..codecs.pipes import BrokenMessageError, exactly, receive, send, taken
from .jobs import Job
from .outcome import MOST_BYTES
from .state import Record
from .work import Work

_Queue = SimpleQueue[tuple[dict[str, Any], bytes | None]]


def serve() -> None:
    """Do jobs from standard input, tell outcomes on standard output."""
    if hasattr(signal, "SIGINT"):
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # a Ctrl-C is the parent's to answer
    requests, answers = taken(0, os.O_RDONLY, "rb"), taken(1, os.O_WRONLY, "wb")
    inbox: _Queue = SimpleQueue()
    leave: _Queue = SimpleQueue()
    threading.Thread(target=_listen, args=(requests, inbox, leave), daemon=True).start()
    begin, _ = inbox.get()
    work, share, usual = Work.from_dict(begin["work"]), begin["share"], begin["usual"]
    name_writer(begin["writer"])
    send(answers, {"ready": True})
    while True:
        request, source = inbox.get()
        threads = request["threads"]

        def ask(pixels: int, together: int, threads: int = threads) -> int:
            if pixels <= share and together <= usual:
                return threads
            send(answers, {"pixels": pixels, "together": together})
            return int(leave.get()[0]["threads"])

        record = None if request["record"] is None else Record(**request["record"])
        job = Job(**request["job"])
        outcome, data = work.do(job, place=request["place"], source=source, threads=threads, ask=ask, record=record)
        bodies = () if data is None else (data,)
        send(answers, {"outcome": outcome.to_dict(), "bytes": None if data is None else len(data)}, *bodies)


def _listen(stream: IO[bytes], inbox: _Queue, leave: _Queue) -> None:
    """Hand on every message, answers to questions apart, as the next request may come before them.

    Where they end the parent has gone, and so does this process, whatever it is doing.
    """
    try:
        while True:
            message = receive(stream, MOST_BYTES)
            count = message.get("bytes")
            data = None if count is None else bytes(exactly(stream, bytearray(count)))
            (leave if message.keys() == {"threads"} else inbox).put((message, data))
    except (BrokenMessageError, OSError):
        os._exit(0)
