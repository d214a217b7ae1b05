"""One job, done: read, compress, decide, write. It runs wherever it is called, in this process or in a worker."""

from __future__ import annotations

import os
import time
import traceback
from collections.abc import Callable
from contextlib import nullcontext
from functools import cached_property
from typing import TYPE_CHECKING, Any

from .. import codecs, pipeline
from ..choices import FORMATS, format_name
from ..errors import OutputError, OutputExistsError, PixmeansError, SettingsError, UsageError, shown
from ..flow.result import Compressed
from ..records import asdict, dataclass, replace
from ..settings import Settings
from . import jobs, report
from .inputs import STDIO
from .jobs import Job, Placement
from .outcome import Outcome

if TYPE_CHECKING:
    from ..flow.animation_result import CompressedAnimation
    from .state import Record

Ask = Callable[[int, int], int]


class _LeaveError(Exception):
    """A file that stays as it is: the status of that, and why."""

    def __init__(self, status: str, message: str) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True)
class Work:
    """What all jobs of a run have in common. It survives JSON, as the jobs do.

    dry_run: do everything but write. strict: what is not smaller, or is left alone, has exit code 98; what does not
    reach the wanted quality or size, or loses more than colors, is not written and has 99. repeats: an output that
    holds the very result already is a success. tells: outcomes have the lines of -v ('details') or what JSON tells
    ('told'). remembers: outcomes have hashes.
    """

    settings: Settings
    placement: Placement
    dry_run: bool = False
    strict: bool = False
    repeats: bool = False
    tells: tuple[str, ...] = ()
    remembers: bool = False

    def to_dict(self) -> dict[str, Any]:
        """All of it, as JSON can hold it."""
        own = {name: getattr(self, name) for name in ("dry_run", "strict", "repeats", "tells", "remembers")}
        return {"settings": self.settings.to_dict(), "placement": asdict(self.placement), **own}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Work:
        """The work that `to_dict` described."""
        changed = {
            "settings": Settings.from_dict(values["settings"]),
            "placement": Placement(**values["placement"]),
            "tells": tuple(values["tells"]),
        }
        return cls(**{**values, **changed})

    def do(
        self,
        job: Job,
        *,
        place: int = 0,
        source: bytes | None = None,
        threads: int | None = None,
        ask: Ask | None = None,
        record: Record | None = None,
    ) -> tuple[Outcome, bytes | None]:
        """The outcome, and the bytes for stdout where the job writes there. Whatever happens is an outcome.

        place: its number among the jobs. source: what stdin gave, for a job that reads there. threads: for kernels;
        None takes the settings'. ask: is called with the number of pixels, of one frame and of all, before they are
        decoded, may wait, and returns the number of threads. record: what an earlier run did.
        """
        start = time.perf_counter()
        try:
            made = _Doing(self, job, source, record)
            outcome = made.outcome(threads, ask)
            data = made.data if job.output == STDIO and outcome.status == "written" else None
        except (KeyboardInterrupt, SystemExit):
            raise
        except BaseException as error:
            outcome, data = self._failure(job, error), None
        return replace(outcome, place=place, seconds=time.perf_counter() - start), data

    def settings_for(self, format: str, threads: int | None) -> Settings:
        """The settings of a job: with its format, and with room for a mark. threads: None takes those of the run.

        Jobs of one kind share them, as checking settings takes as long as reading an icon.
        """
        found = self._settings_for.get((format, threads))
        if found is None:
            found = self.settings.but(format=format)
            if threads is not None:
                found = found.but(threads=threads)
            if self.placement.mark and found.max_bytes is not None:
                from ..codecs.marks import MOST_BYTES

                found = found.but(max_bytes=max(1, found.max_bytes - MOST_BYTES))
            self._settings_for[format, threads] = found
        return found

    @cached_property
    def _settings_for(self) -> dict[tuple[str, int | None], Settings]:
        return {}

    def _failure(self, job: Job, error: BaseException) -> Outcome:
        name = "stdin" if job.source == STDIO else shown(job.source)
        if isinstance(error, _LeaveError):
            code = jobs.LARGER if self.strict and error.status == "left alone" else 0
            return Outcome(job, error.status, code, str(error))
        kind, message, code, status = type(error).__name__, str(error), 1, "failed"
        if isinstance(error, PixmeansError):
            code = error.exit_code
            status = "exists" if isinstance(error, OutputExistsError) else "failed"
        elif isinstance(error, MemoryError):
            code, message = 3, f"{name}: not enough memory for this picture; make it smaller"
        else:
            message = f"{name}: something unforeseen went wrong, {kind}: {error} (-vv shows where)"
        trace = "".join(traceback.format_exception(error))
        return Outcome(job, status, code, message, error=kind, trace=trace)


class _Doing:
    """One job in the making."""

    def __init__(self, work: Work, job: Job, source: bytes | None, record: Record | None) -> None:
        self.work, self.job, self.source, self.record = work, job, source, record
        self.data = b""

    @cached_property
    def fingerprint(self) -> str:
        """What stands for the job's settings in marks and states."""
        from .state import fingerprint

        return fingerprint(self.work.settings, self.job.format)

    def outcome(self, threads: int | None, ask: Ask | None) -> Outcome:
        """Do it. Raises PixmeansError, _LeaveError."""
        job, start = self.job, time.perf_counter()
        if job.output != STDIO and not job.in_place:
            self._check_free()  # before the work, which would be for nothing
        before = None if job.source == STDIO else _stamp(job.source)
        source = self.source if self.source is not None else codecs.read_bytes(job.source)
        self._check_not_done(source)
        if job.in_place:
            self._check_kind(source)
        moves = self.work.settings.frame is None and codecs.is_animation(source)
        if (job.in_place or job.searched) and not moves:
            self._check_still(codecs.count_frames(source))
        if ask is not None:
            from ..codecs.pixel_count import count_all_pixels, count_pixels

            pixels = count_pixels(source)
            threads = ask(pixels, count_all_pixels(source) if moves else pixels)
        name = "stdin" if job.source == STDIO else job.source
        settings = self.work.settings_for(job.format, threads)
        result: Compressed | CompressedAnimation
        try:
            result = self._animation(source, settings, name) if moves else self._still(source, settings, name)
        except PixmeansError as error:
            raise _naming(error, name) from error
        if self.work.placement.mark:
            from ..codecs.marks import with_mark

            marked: Any = replace(result.file, data=with_mark(result.data, self.fingerprint))  # of either kind
            result = replace(result, file=marked)
        hashes = (_hash(source), _hash(result.data)) if self.work.remembers else None
        del source
        return self._finished(jobs.named_for(job, result.format), result, before, hashes, start)

    def _still(self, source: bytes, settings: Settings, name: str) -> Compressed:
        result = pipeline.compress(source, settings=settings, name=name)
        if self.job.in_place or self.job.searched:
            self._check_still(result.source.frames)  # where headers alone did not tell
        return result

    def _animation(self, source: bytes, settings: Settings, name: str) -> CompressedAnimation:
        """All frames. Raises UsageError, _LeaveError for settings that only stills have."""
        try:
            return pipeline.compress_animation(source, settings=settings, name=name)
        except SettingsError as error:
            if self.job.searched:
                raise _LeaveError("left alone", f"{shown(name)}: left alone, {error}") from error
            raise UsageError(f"{shown(name)}: {error}") from error

    def _finished(
        self,
        job: Job,
        result: Compressed | CompressedAnimation,
        before: _Stamp | None,
        hashes: tuple[str, str] | None,
        start: float,
    ) -> Outcome:
        work = self.work
        status = self._status(job, result)
        self.data = result.data
        if status == "written":
            self._write(job, result.data, before)
        code = 0
        if status == "missed":
            code = jobs.QUALITY
        elif work.strict and jobs.is_larger(result.sizes):
            code = jobs.LARGER
        if hashes is not None and status not in ("written", "unchanged"):
            hashes = (hashes[0], "") if status == "kept" else None
        seconds = time.perf_counter() - start
        return Outcome(
            job,
            status,
            code,
            report.summary(job, result, seconds, status),
            before=result.sizes.original,
            after=result.sizes.file,
            details=tuple(report.verbose_lines(result)) if "details" in work.tells else (),
            told=result.to_dict() if "told" in work.tells else {},
            hashes=hashes,
        )

    def _check_free(self) -> None:
        output = self.job.output
        if os.path.isdir(output):
            raise OutputError(f"{shown(output)}: this is a folder; give the name of a file, or use -d for a folder")
        if os.path.isfile(output) and not (self.work.placement.overwrite or self.work.repeats):
            raise OutputExistsError.at(self.job.output)

    def _check_not_done(self, source: bytes) -> None:
        """Raises _LeaveError for what an earlier run did with the same settings."""
        name = "stdin" if self.job.source == STDIO else shown(self.job.source)
        if self.work.placement.mark and self._is_marked(source):
            raise _LeaveError("done", f"{name}: done already, it was written with these settings")
        if self.record is not None and self.record.holds(self.job, _hash(source)):
            raise _LeaveError("done", f"{name}: done already by an earlier run")

    def _is_marked(self, source: bytes) -> bool:
        from ..codecs.marks import mark_of

        return mark_of(source) == self.fingerprint

    def _check_kind(self, source: bytes) -> None:
        """What a file is decides what may stand in its place, not its name. Raises UsageError, _LeaveError."""
        from ..codecs.sniff import sniff

        kind = sniff(source)
        if kind is None or kind.lower() in FORMATS:
            return
        words = f"{shown(self.job.source)}: its name says {format_name(self.job.format)}, but it is {kind}"
        if self.job.searched:
            raise _LeaveError("left alone", f"{words}; left alone")
        raise UsageError(f"{words}; to write another file beside it leave out --in-place")

    def _check_still(self, frames: int) -> None:
        """Frames are not thrown away but by name. Raises UsageError, _LeaveError."""
        if frames <= 1:
            return
        name, others = shown(self.job.source), f"all but one of its {frames} frames or pages would be lost"
        if self.job.searched:
            raise _LeaveError("left alone", f"{name}: left alone, {others}; to write one, give its name")
        raise UsageError(f"{name}: {others}; for one alone write a new file: leave out --in-place")

    def _status(self, job: Job, result: Compressed | CompressedAnimation) -> str:
        if self.work.strict and _misses(result):
            return "missed"
        if jobs.is_kept(job, result.sizes, self.work.placement):
            return "kept"
        if self._is_there(job, result):
            return "unchanged"
        return "dry-run" if self.work.dry_run else "written"

    def _is_there(self, job: Job, result: Compressed | CompressedAnimation) -> bool:
        """Whether the output holds these bytes already. Raises OutputExistsError where it holds others."""
        if self.work.placement.overwrite or not self.work.repeats or job.in_place or not os.path.isfile(job.output):
            return False
        if os.path.getsize(job.output) == len(result.data) and codecs.read_bytes(job.output) == result.data:
            return True
        raise OutputExistsError.at(job.output)

    def _write(self, job: Job, data: bytes, before: _Stamp | None) -> None:
        placement = self.work.placement
        if job.output == STDIO:
            return
        like = None if job.source == STDIO else job.source
        times = like if placement.preserve else None
        if job.in_place:
            if _stamp(job.source) != before:
                name = shown(job.source)
                raise OutputError(f"{name}: another program has changed it meanwhile; it is left so, try again")
            with codecs.backed_up(job.source, overwrite=placement.overwrite) if placement.backup else nullcontext():
                codecs.write_atomically(job.output, data, overwrite=True, keep_mode_of=like, keep_times_of=times)
            return
        folder = os.path.dirname(job.output)
        if folder:
            codecs.make_folder(folder)
        mode = like if placement.preserve else None
        codecs.write_atomically(
            job.output, data, overwrite=placement.overwrite, keep_mode_of=mode, keep_times_of=times, never=like
        )


_Stamp = tuple[int, int, int]


def _stamp(path: str) -> _Stamp | None:
    """What changes with a file."""
    try:
        about = os.stat(path)
    except (OSError, ValueError):
        return None
    return about.st_ino, about.st_size, about.st_mtime_ns


def _naming(error: PixmeansError, name: str) -> PixmeansError:
    """The same error; in its line the picture has a name, where that speaks of settings and of what a file can hold."""
    line = str(error)
    nameless = ": " not in line or isinstance(error, (SettingsError, OutputError))
    return type(error)(f"{shown(name)}: {line}") if nameless and not line.startswith(f"{shown(name)}: ") else error


def _hash(data: bytes) -> str:
    import hashlib  # takes some milliseconds to load, and most runs need none

    return hashlib.sha256(data).hexdigest()


def _misses(result: Compressed | CompressedAnimation) -> bool:
    """Whether more is lost than was asked for.

    A wanted quality is measured against the picture as it was read, and decides; but frames that are missing are not
    measured. Without one only colors may be lost.
    """
    if result.settings.quality is not None:
        return not result.reached or (isinstance(result, Compressed) and result.source.frames > 1)
    return not result.reached or bool(result.losses)
