"""What a batch has done, in a file: a later run with the same state does not do it again.

A line of JSON for each picture, added as it is done. A run that ends anywhere, even within a line, leaves a state that
the next run can use.
"""

from __future__ import annotations

import functools
import hashlib
import json
import os
from typing import Any

from ..codecs.files import read_bytes, way_out
from ..errors import InputError, OutputError, UsageError, shown
from ..records import asdict, dataclass
from ..settings import INPUT_PALETTE, Settings
from .inputs import STDIO
from .jobs import Job
from .outcome import Outcome

_HEADER = {"pixmeans": "state", "version": 1}

# Settings that do not change the file that is written.
_WITHOUT_EFFECT = ("threads", "max_pixels")


@functools.lru_cache(maxsize=64)
def fingerprint(settings: Settings, format: str) -> str:
    """20 hexadecimal digits that stand for these settings in marks and states, and for the files that they name.

    Settings that do not change the file that is written do not count.
    """
    values = {name: value for name, value in settings.to_dict().items() if name not in _WITHOUT_EFFECT}
    values["format"] = format
    for name in ("palette", "importance"):
        path = values[name]
        if path is not None and path != INPUT_PALETTE:
            try:
                values[name] = hashlib.sha256(read_bytes(path)).hexdigest()
            except InputError:
                continue  # whoever needs it says what is wrong
    text = json.dumps(values, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:20]


@dataclass(frozen=True)
class Record:
    """A picture that was done: SHA-256 of what was read, of the result ('' where none was written), and its path."""

    input: str
    result: str
    output: str

    def holds(self, job: Job, source: str) -> bool:
        """Whether the job is done still. source: SHA-256 of what its input holds now."""
        if job.in_place:
            return source == (self.result or self.input)
        if source != self.input:
            return False
        if not self.result:
            return True
        try:
            return hashlib.sha256(read_bytes(self.output)).hexdigest() == self.result
        except InputError:
            return False

    def to_dict(self) -> dict[str, str]:
        """All of it, as JSON can hold it."""
        return asdict(self)


class State:
    """The file that remembers what was done. Raises UsageError for a file of something else, InputError, OutputError.

    Use it in a `with` block. `failure` says what went wrong with writing it; a batch does not end for that.
    """

    def __init__(self, path: str, settings: Settings) -> None:
        self._path, self._settings = path, settings
        self._records: dict[tuple[str, str, str], Record] = {}
        self.failure: str | None = None
        lines = read_bytes(path, "a state of pixmeans").split(b"\n") if os.path.lexists(path) else []
        if any(lines):
            if _parsed(lines[0]) != _HEADER:
                raise UsageError(f"{shown(path)}: this is no state of pixmeans; give --resume the name of a new file")
            for line in lines[1:]:
                self._learn(_parsed(line))
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
        try:
            self._descriptor = os.open(path, flags, 0o666)
        except OSError as error:
            raise OutputError(f"{shown(path)}: the state cannot be written: {way_out(error)}") from error
        if not any(lines):
            self._append(_HEADER)
        elif lines[-1]:
            self._append(None)  # ends a line that was cut off

    def __enter__(self) -> State:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._descriptor)

    def record(self, job: Job) -> Record | None:
        """What is known of a job."""
        return self._records.get(self._key(job))

    def add(self, job: Job, outcome: Outcome) -> None:
        """Remember what became of a job, if it is done."""
        if outcome.hashes is None or job.source == STDIO or job.output == STDIO:
            return
        source, key, output = self._key(job)
        record = Record(*outcome.hashes, os.path.abspath(outcome.job.output))
        self._append({"source": source, "settings": key, "planned": output, **record.to_dict()})

    def _key(self, job: Job) -> tuple[str, str, str]:
        return os.path.abspath(job.source), fingerprint(self._settings, job.format), os.path.abspath(job.output)

    def _learn(self, line: Any) -> None:
        names = ("source", "settings", "planned", "input", "result", "output")
        if isinstance(line, dict) and all(isinstance(line.get(name), str) for name in names):
            source, settings, planned, *rest = (line[name] for name in names)
            self._records[source, settings, planned] = Record(*rest)

    def _append(self, line: dict[str, Any] | None) -> None:
        """One write for a line, so that two runs with one state do not mix theirs."""
        data = b"\n" if line is None else json.dumps(line).encode("ascii") + b"\n"
        try:
            os.write(self._descriptor, data)
        except OSError as error:
            self.failure = f"{shown(self._path)}: the state cannot be written: {error.strerror}; what is done is done"


def _parsed(line: bytes) -> Any:
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None
