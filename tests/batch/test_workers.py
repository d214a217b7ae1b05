"""Worker processes crash, hang and are killed; every job has its outcome, and nothing half-written is left."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import PIL.Image
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pixmeans.batch import runner, workers
from pixmeans.batch.jobs import Job, Placement
from pixmeans.batch.outcome import Outcome
from pixmeans.records import replace
from pixmeans.settings import Settings

FAST = Settings(k=4, effort="fast", dither="none", lossy="off", protect="off", space="rgb", masking="off")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals"),
]

# A worker whose pictures do to it what their names say; what happens once happens at the first try only.
PROGRAM = """
import json, os, signal, sys, time
sys.path[:] = json.loads(sys.argv[1])
from pixmeans import pipeline
from pixmeans.batch import work, worker

def compress(source, *, settings, name):
    what = os.path.basename(name).split(".")[0]
    if what.endswith("-once"):
        mark = name + ".tried"
        if os.path.exists(mark):
            what = ""
        open(mark, "w").close()
        what = what.removesuffix("-once")
    if what == "killed":
        os.kill(os.getpid(), signal.SIGKILL)
    if what == "crashed":
        os.kill(os.getpid(), signal.SIGSEGV)
    if what == "ended":
        os._exit(7)
    if what == "stopped":
        os.kill(os.getpid(), signal.SIGSTOP)
    if what == "hung":
        time.sleep(1000)
    if what == "babbles":
        worker.send = lambda stream, *rest: (stream.write(b"\\xff" * 99), stream.flush())
    if what == "lies":
        worker.send = lambda stream, *rest: original_send(stream, {"outcome": {"place": 3}})
    if what == "writes":
        from pixmeans.codecs import files
        open(files._hidden(os.path.join(os.path.dirname(name), "out")), "w").close()
        os.kill(os.getpid(), signal.SIGKILL)
    return original(source, settings=settings, name=name)

original, pipeline.compress = pipeline.compress, compress
original_send = worker.send
worker.serve()
"""

FATES = {
    "killed": "was killed",
    "crashed": "crashed (SIGSEGV)",
    "ended": "ended without an answer (7)",
    "stopped": "takes too long",
    "hung": "takes too long",
    "babbles": "was killed",
    "lies": "was killed",
    "writes": "was killed",
}


def icon(seed: int, size: int = 12) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (size, size, 3), np.uint8)


def write(folder: Path, *names: str) -> list[Job]:
    (folder / "out").mkdir(exist_ok=True)
    jobs = []
    for number, name in enumerate(names):
        PIL.Image.fromarray(icon(number)).save(folder / f"{name}.png")
        jobs.append(Job(str(folder / f"{name}.png"), str(folder / "out" / f"{name}.png"), "png", always=True))
    return jobs


def outcomes(jobs: list[Job], *, seconds: float | None = None, processes: int = 2, **options: object) -> list[Outcome]:
    def stream(*_: object) -> bytes:
        raise AssertionError("nobody reads or writes a stream here")

    found = runner.run(
        jobs,
        FAST,
        options.pop("placement", Placement()),
        processes=processes,
        seconds=seconds,
        read_stdin=stream,
        write_stdout=stream,
        **options,
    )
    return sorted(found, key=lambda one: one.place)


@pytest.fixture
def fates(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "_PROGRAM", PROGRAM)


@pytest.mark.usefixtures("fates")
@pytest.mark.parametrize("seconds", [None, 3])
def test_a_lost_worker_costs_its_picture_alone(tmp_path: Path, seconds: float | None) -> None:
    if seconds is None:
        fates = [fate for fate in FATES if "too long" not in FATES[fate]]
        names = [name for fate in fates for name in ("good", fate, f"{fate}-once")]
    else:
        names = ["good", "hung", "good", "stopped-once", "good"]
    jobs = write(tmp_path, *(f"{name}.{number}" for number, name in enumerate(names)))
    found = outcomes(jobs, seconds=seconds)
    assert [one.job for one in found] == jobs
    for name, one in zip(names, found, strict=True):
        # Who was lost after it had written finds its own result; so may who was given ahead to one that told nonsense.
        late = name in ("babbles", "lies", "babbles-once", "lies-once")
        if name in FATES:
            assert (one.status, one.code) == ("failed", 3)
            assert one.message.startswith(f"{one.job.source}: tried twice: ")
            assert FATES[name] in one.message
            assert os.path.exists(one.job.output) == late
        else:
            assert one.status in ("unchanged", "written")
            assert os.path.exists(one.job.output)
    assert {one.suffix for one in (tmp_path / "out").iterdir()} == {".png"}
    assert not [one for one in (tmp_path / "out").iterdir() if one.name.startswith(".")]


@pytest.mark.usefixtures("fates")
def test_a_picture_alone_is_stopped_in_time(tmp_path: Path) -> None:
    jobs = write(tmp_path, "hung.0")
    [found] = outcomes(jobs, seconds=1, processes=1)
    assert (found.status, found.code) == ("failed", 3)


@pytest.mark.parametrize("program", ["import sys; sys.exit(1)", "raise", "import time; print('x' * 99)"])
def test_where_no_process_starts_the_work_is_done_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program: str
) -> None:
    monkeypatch.setattr(workers, "_PROGRAM", program)
    jobs = write(tmp_path, "a1", "a2", "a3")
    assert [one.status for one in outcomes(jobs)] == ["written"] * 3
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    jobs = write(tmp_path, "b1", "b2")
    assert [one.status for one in outcomes(jobs)] == ["written"] * 2


def test_large_pictures_have_the_machine_for_themselves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A picture above a worker's share begins when it fits beside the others, and whatever order they have, all end."""
    monkeypatch.setattr(workers, "_SHARE", 200)
    monkeypatch.setattr(workers, "_memory", lambda: 0)
    jobs = write(tmp_path, *(f"a{number}" for number in range(6)))
    for number in (0, 3, 5):
        PIL.Image.fromarray(icon(number, 60)).save(jobs[number].source)
    at_once: list[list[int]] = []
    let = workers.Crew._let

    def watched(self: workers.Crew, worker: workers._Worker) -> None:
        at_once.append([one.pixels for one in self._workers if one.task and not one.asks])
        let(self, worker)
        assert worker.threads >= 1

    monkeypatch.setattr(workers.Crew, "_let", watched)
    assert [one.status for one in outcomes(jobs)] == ["written"] * 6
    assert at_once == [[]] * 3


@pytest.mark.parametrize("in_place", [False, True])
def test_small_files_wait_where_the_last_one_is_worked_on_but_not_those_that_are_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, in_place: bool
) -> None:
    jobs = write(tmp_path, *(f"a{number}" for number in range(7)))
    PIL.Image.fromarray(icon(3, 200)).save(jobs[3].source)  # too large to wait
    if in_place:
        jobs = [replace(job, output=job.source, in_place=True, always=False) for job in jobs]
    ahead: list[str] = []
    send = workers.Crew._send

    def watched(self: workers.Crew, worker: workers._Worker, task: workers._Task, threads: int) -> None:
        if worker.next is task:
            assert worker.task is not None
            assert worker.task is not task
            ahead.append(os.path.basename(task.job.source))
        send(self, worker, task, threads)

    monkeypatch.setattr(workers.Crew, "_send", watched)
    assert {one.status for one in outcomes(jobs)} <= {"written", "kept"}
    assert not {"a3.png", "a5.png", "a6.png"} & set(ahead)  # the last ones wait for whoever is free first
    assert bool(ahead) == (not in_place)


@pytest.mark.parametrize("frames", [1, 2, 7])
@pytest.mark.parametrize("side", [4, 11])
def test_the_time_that_a_picture_may_take_goes_with_all_its_frames(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, frames: int, side: int
) -> None:
    monkeypatch.setattr(workers, "_USUAL", 100)
    job, other = write(tmp_path, "good", "small")
    PIL.Image.new("RGB", (2, 2)).save(other.source)
    pictures = [PIL.Image.new("RGB", (side, side), (30 * number, 0, 0)) for number in range(frames)]
    pictures[0].save(job.source, save_all=True, append_images=pictures[1:])
    asked: list[int] = []
    deadline = workers.Crew._deadline

    def watched(self: workers.Crew, pixels: int) -> float:
        asked.append(pixels)
        return deadline(self, pixels)

    monkeypatch.setattr(workers.Crew, "_deadline", watched)
    assert [one.status for one in outcomes([job, other])] == ["written"] * 2
    pixels = frames * side * side
    assert sorted(asked) == [0, 0] + [pixels] * (pixels > 100)


def program(*words: str, folder: Path) -> subprocess.Popen[str]:
    few = ["-k", "4", "--effort", "fast", "--space", "rgb", "--dither", "none", "--lossy", "off", "--protect", "off"]
    command = [sys.executable, "-m", "pixmeans", "-r", "in", "-d", "out", "-j", "2", *few, *words]
    return subprocess.Popen(
        command, cwd=folder, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True
    )


def running(session: int) -> Iterator[int]:
    """The processes of a session that live."""
    for entry in filter(str.isdigit, os.listdir("/proc")):
        try:
            words = Path("/proc", entry, "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(words[3]) == session and words[0] != "Z":
            yield int(entry)


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="there is no list of processes to look at")
@pytest.mark.parametrize(
    ("number", "group", "code"),
    [
        (signal.SIGINT, True, 130),
        (signal.SIGINT, False, 130),
        (signal.SIGTERM, False, 143),
        (signal.SIGKILL, False, -9),
    ],
)
def test_a_signal_ends_everything_and_what_is_done_stays(
    tmp_path: Path, number: signal.Signals, group: bool, code: int
) -> None:
    (tmp_path / "in").mkdir()
    count = 150
    for one in range(count):
        PIL.Image.fromarray(icon(one, 40)).save(tmp_path / "in" / f"{one}.png")
    process = program("--keep-larger", "--json", folder=tmp_path)
    assert process.stdout is not None
    first = json.loads(process.stdout.readline())
    assert first["status"] == "written"
    (os.killpg if group else os.kill)(process.pid, number)
    _, err = process.communicate()
    assert process.returncode == code
    assert "Traceback" not in err
    end = time.monotonic() + 60
    while list(running(process.pid)):
        assert time.monotonic() < end
        time.sleep(0.02)
    made = list((tmp_path / "out").iterdir())
    assert 0 < len(made) < count
    for path in made:
        with PIL.Image.open(path) as picture:
            picture.load()
    if code > 0:
        assert "the same command does the rest" in err
    before = {path: path.stat().st_mtime_ns for path in made}
    again = program("--keep-larger", folder=tmp_path)
    _, err = again.communicate()
    assert again.returncode == 0
    assert f"{count} pictures, {count} done" in err
    assert {path: path.stat().st_mtime_ns for path in made} == before
    lines = [line.partition(" -> ")[0] for line in err.splitlines() if " -> " in line]
    assert lines == [f"in/{one}.png" for one in range(count)]


@given(st.lists(st.text(alphabet="ab01B ", max_size=6), max_size=8))
def test_natural_order_is_an_order(names: list[str]) -> None:
    from pixmeans.batch.inputs import natural

    ordered = sorted(names, key=natural)
    backwards = names[::-1]
    assert sorted(backwards, key=natural) == ordered
    assert sorted(["f10.png", "f9.png", "F1.png"], key=natural) == ["F1.png", "f9.png", "f10.png"]
