"""What became of a job, in words and numbers alone: it is small, and crosses from one process to another."""

from __future__ import annotations

from typing import Any

from ..records import asdict, dataclass, field
from .jobs import Job, is_failure

MOST_BYTES = 1 << 26  # of an outcome as JSON; where much was tried they are some ten thousand


@dataclass(frozen=True)
class Outcome:
    """What became of a job.

    status: one of
        'written'
        'kept'       nothing was written, as it would not be smaller
        'missed'     nothing was written, as it does not reach the wanted quality or size, or loses more than colors
        'dry-run'    nothing was to be written
        'unchanged'  the output holds the very result already
        'done'       an earlier run did it, by its state or by the file's mark: it was not compressed again
        'left alone' a folder held this file of several pages, of which only one would be written, or an animation that
                     these settings are not for
        'exists'     the output holds something else
        'failed'
    code: the exit code for this job alone. message: one line for a person. place: its number among the jobs.
    seconds: for all of it. before, after: bytes of the file that was read and of the result; None where there is none.
    details: the lines of -v. told: what `Compressed.to_dict` tells; empty without a result or where nobody asked.
    error: the kind of error, None for all but the last two. trace: where it arose.
    hashes: SHA-256 of what was read and of the result ('' for none), where a state is kept.
    """

    job: Job
    status: str
    code: int
    message: str
    place: int = 0
    seconds: float = 0.0
    before: int | None = None
    after: int | None = None
    details: tuple[str, ...] = ()
    told: dict[str, Any] = field(default_factory=dict)
    error: str | None = None
    trace: str = ""
    hashes: tuple[str, str] | None = None

    @property
    def failed(self) -> bool:
        """Whether something went wrong, rather than that nothing was to be done."""
        return is_failure(self.code)

    @property
    def saved(self) -> int:
        """How many bytes the result has fewer than the original."""
        if self.status not in ("written", "unchanged") or self.before is None or self.after is None:
            return 0
        return self.before - self.after

    def to_dict(self) -> dict[str, Any]:
        """All of it, as JSON can hold it."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Outcome:
        """The outcome that `to_dict` described. Raises KeyError, TypeError, ValueError for anything else."""
        found = cls(**values)
        hashes = None if found.hashes is None else (str(found.hashes[0]), str(found.hashes[1]))
        return cls(**{**values, "job": Job(**values["job"]), "details": tuple(found.details), "hashes": hashes})

    def for_scripts(self) -> dict[str, Any]:
        """What `--json` prints: input, output and status, and what the result tells, or why there is none."""
        told = {"input": self.job.source, "output": self.job.output, "status": self.status}
        if self.told:
            return {**told, **self.told}
        return {**told, "reason" if self.error is None else "error": self.message, "code": self.code}
