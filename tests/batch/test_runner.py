"""Jobs become outcomes, whatever happens to each, and wherever they are done."""

from __future__ import annotations

import io
import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import pytest
from hypothesis import given
from hypothesis import strategies as st

import pixmeans as pm
from pixmeans.batch import report, runner
from pixmeans.batch.inputs import STDIO
from pixmeans.batch.jobs import Job, Placement
from pixmeans.batch.outcome import Outcome
from pixmeans.batch.work import Work
from pixmeans.pipeline import ONLY_STILLS
from pixmeans.settings import Settings

FAST = Settings(k=4, effort="fast", dither="none", lossy="off", protect="off")


def nothing() -> bytes:
    raise AssertionError("nobody should read here")


def ignore(_: bytes) -> None:
    raise AssertionError("nobody should write here")


def outcomes(
    jobs: list[Job], settings: Settings = FAST, placement: Placement | None = None, **options
) -> list[Outcome]:
    streams = {"read_stdin": nothing, "write_stdout": ignore, **options}
    return list(runner.run(jobs, settings, placement or Placement(), **streams))


@pytest.fixture
def jobs(tmp_path: Path, photo: np.ndarray, monkeypatch: pytest.MonkeyPatch) -> list[Job]:
    """a.png, text.png, missing.png, b.png -> out/..."""
    monkeypatch.chdir(tmp_path)
    PIL.Image.fromarray(photo).save("a.png")
    PIL.Image.fromarray(photo[::2]).save("b.png")
    Path("text.png").write_text("text")
    return [Job(f"{name}.png", f"out/{name}-k4.png", "png") for name in ("a", "text", "missing", "b")]


HOW = [{"processes": 1}, {}, pytest.param({"processes": 2}, marks=pytest.mark.slow)]


@pytest.mark.slow
@pytest.mark.parametrize("how", HOW, ids=["one", "threads", "processes"])
@pytest.mark.parametrize("threads", [1, 3])
def test_every_job_has_the_same_outcome_wherever_it_is_done(jobs: list[Job], how: dict, threads: int) -> None:
    found = sorted(outcomes(jobs, FAST.but(threads=threads), **how), key=lambda one: one.place)
    assert [one.job for one in found] == jobs
    assert [(one.status, one.code) for one in found] == [("written", 0), ("failed", 3), ("failed", 3), ("written", 0)]
    assert [one.error for one in found] == [None, "InputError", "InputError", None]
    assert found[1].message.startswith("text.png: this is not a picture")
    assert found[1].after is None
    for one in (found[0], found[3]):
        assert Path(one.job.output).read_bytes() == pm.compress(one.job.source, settings=FAST).data
        assert os.path.getsize(one.job.output) == one.after
        assert os.path.getsize(one.job.source) == one.before


@given(
    st.builds(
        Work,
        settings=st.builds(
            Settings, k=st.integers(1, 256), keep=st.sampled_from([(), ("#123456",)]), seed=st.integers(0, 2**64 - 1)
        ),
        placement=st.builds(Placement, directory=st.none() | st.text(), in_place=st.booleans(), mark=st.booleans()),
        strict=st.booleans(),
        tells=st.sampled_from([(), ("told",), ("told", "details")]),
    )
)
def test_work_survives_json(work: Work) -> None:
    assert Work.from_dict(json.loads(json.dumps(work.to_dict()))) == work


@pytest.mark.slow
def test_outcomes_survive_json(jobs: list[Job]) -> None:
    for one in outcomes(jobs, tells=("told", "details")):
        text = json.dumps(one.to_dict())
        again = Outcome.from_dict(json.loads(text))
        assert json.dumps(again.to_dict()) == text
        assert (again.job, again.hashes, again.details) == (one.job, one.hashes, one.details)


def test_standard_streams_are_those_of_the_caller(jobs: list[Job]) -> None:
    written: list[bytes] = []
    job = Job(STDIO, STDIO, "png", always=True)
    [found] = outcomes([job], read_stdin=Path("a.png").read_bytes, write_stdout=written.append)
    assert found.status == "written"
    assert len(written[0]) == found.after
    with PIL.Image.open(io.BytesIO(written[0])) as picture:
        assert picture.size == (80, 60)


@pytest.mark.slow
def test_a_repeated_run_finds_what_is_there(jobs: list[Job]) -> None:
    good = [jobs[0], jobs[3]]
    assert [one.status for one in outcomes(good)] == ["written", "written"]
    Path(jobs[3].output).write_bytes(b"other")
    assert [(one.status, one.code) for one in outcomes(good)] == [("unchanged", 0), ("exists", 15)]
    assert [one.status for one in outcomes(good, placement=Placement(overwrite=True))] == ["written", "written"]
    assert [one.status for one in outcomes(good[:1])] == ["exists"]


def test_a_strict_run_writes_no_quality_that_is_not_reached(jobs: list[Job]) -> None:
    [found] = outcomes(jobs[:1], FAST.but(quality="100"), strict=True)
    assert (found.status, found.code) == ("missed", 99)
    assert not Path("out").exists()


@pytest.mark.slow
def test_a_dry_run_writes_nothing(jobs: list[Job]) -> None:
    assert [one.status for one in outcomes(jobs, dry_run=True)] == ["dry-run", "failed", "failed", "dry-run"]
    assert not Path("out").exists()


@pytest.mark.parametrize(
    ("wanted", "width"),
    [
        ({"k": 1}, 9),
        ({"k": 1, "keep": ("#000000", "#ffffff")}, 9),
        ({"png_type": "gray"}, 9),
        ({"palette": "glass.hex", "bleed": True}, 9),
        ({"palette": "input"}, 9),
        ({"frame": 2}, 9),
        ({"format": "gif"}, 65_536),
        ({"format": "webp"}, 16_384),
        ({"max_pixels": 62}, 9),
    ],
)
def test_what_one_picture_cannot_have_is_refused_by_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wanted: dict[str, Any], width: int
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("glass.hex").write_text("#00000000\n#102030\n")
    pixels = np.zeros((7, width, 4), np.uint8)
    pixels[:, ::2] = (200, 20, 90, 255)
    pixels[0, 0] = (20, 20, 90, 255)
    PIL.Image.fromarray(pixels).save("bad.png")
    [found] = outcomes([Job("bad.png", "out", wanted.get("format", "png"))], Settings(**wanted))
    assert found.status == "failed"
    assert found.message.startswith("bad.png: ")
    assert found.message.count("bad.png") == 1
    assert found.code in (2, 3, 4)


@pytest.mark.parametrize("name", ONLY_STILLS)
def test_what_an_animation_cannot_have_is_refused_by_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    wanted = {
        "quality": 80,
        "max_bytes": 99,
        "importance": "map.png",
        "bit_depth": 8,
        "png_type": "gray",
        "levels": "auto",
    }
    PIL.Image.new("L", (5, 5)).save("moves.png", save_all=True, append_images=[PIL.Image.new("L", (5, 5), 200)])
    [found] = outcomes([Job("moves.png", "out", "png")], Settings(**{name: wanted.get(name, True)}))
    assert found.message.startswith("moves.png: ")
    assert (found.status, found.code) == ("failed", 2)


def test_the_unforeseen_is_an_outcome_and_an_interrupt_is_not(jobs: list[Job], monkeypatch: pytest.MonkeyPatch) -> None:
    for error, code in ((MemoryError(), 3), (RuntimeError("no such luck"), 1)):

        def broken(*_: object, error: Exception = error, **__: object) -> None:
            raise error

        monkeypatch.setattr("pixmeans.pipeline.compress", broken)
        [found] = outcomes(jobs[:1])
        assert (found.status, found.code, found.error) == ("failed", code, type(error).__name__)
        assert "Traceback" in found.trace
        assert found.message.startswith("a.png: ")

    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("pixmeans.pipeline.compress", interrupted)
    with pytest.raises(KeyboardInterrupt):
        outcomes(jobs[:1])


def test_outcomes_are_json(jobs: list[Job]) -> None:
    good, bad = (json.loads(json.dumps(one.for_scripts())) for one in outcomes(jobs[:2], tells=("told",)))
    assert (good["input"], good["output"], good["status"], good["k"]) == ("a.png", "out/a-k4.png", "written", 4)
    assert {"lambda", "protected", "protection_cost", "sizes", "settings"} <= set(good)
    assert set(bad) == {"input", "output", "status", "error", "code"}
    assert (bad["status"], bad["code"]) == ("failed", 3)


def test_the_tally_counts_what_was_done() -> None:
    job = Job("a.png", "b.png", "png")

    def told(*codes: int) -> str:
        return report.tally([Outcome(job, "written", code, "") for code in codes])

    assert told(0, 98, 99) == "3 pictures, 3 done"
    assert told(0, 15, 3, 1) == "4 pictures, 1 done, 1 there already, 2 failed"
