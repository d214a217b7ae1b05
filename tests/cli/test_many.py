"""What is said of many files: their lines in order, a table, JSON as they are done, and numbers that make no sense."""

from __future__ import annotations

import io
import json
import os
import re
from pathlib import Path

import numpy as np
import PIL.Image
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pixmeans.__main__ import main
from pixmeans.batch import report
from pixmeans.batch.jobs import Job
from pixmeans.batch.outcome import Outcome

FAST = ["-k", "4", "--effort", "fast", "--dither", "none", "--lossy", "off", "--protect", "off", "--space", "rgb"]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """in/1.png to in/12.png, of which 3 and 11 are damaged."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "in").mkdir()
    for number in range(1, 13):
        pixels = np.random.default_rng(number).integers(0, 256, (9, 12, 3), np.uint8)
        PIL.Image.fromarray(pixels).save(f"in/{number}.png")
    for number in (3, 11):
        Path(f"in/{number}.png").write_bytes(Path("in/1.png").read_bytes()[:99])
    return tmp_path


@pytest.mark.slow
@pytest.mark.parametrize("how", [[], ["-j", "1"], ["-j", "2"], ["--timeout", "60"]])
def test_lines_have_the_order_of_the_files_and_a_table_ends_them(folder: Path, capsys, how: list[str]) -> None:
    assert main(["-r", "in", "-d", "out", *FAST, "--keep-larger", *how]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    named = [int(number) for number in re.findall(r"^(?:pixmeans: )?in/(\d+)\.png", err, re.M)]
    assert named == list(range(1, 13))
    assert "12 pictures, 10 done, 2 failed" in err
    table = err.partition("2 failed\n")[2]
    assert re.search(r"^  written +10 ", table, re.M)
    assert re.search(r"^  failed +2$", table, re.M)
    assert re.findall(r"^    (in/\d+)", table, re.M) == ["in/3", "in/11"]


class Stream(io.StringIO):
    """A standard error that is a terminal, or not."""

    def __init__(self, is_terminal: bool) -> None:
        super().__init__()
        self._is_terminal = is_terminal

    def isatty(self) -> bool:
        return self._is_terminal


@pytest.mark.slow
@pytest.mark.parametrize("words", [["-r", "in", "-d", "out", *FAST], ["compare", "in/1.png", "-k", "2,3"]])
@pytest.mark.parametrize(
    ("is_terminal", "no_color", "moves"), [(True, "", True), (True, "1", False), (False, "", False)]
)
def test_a_bar_is_for_terminals_that_may_have_one(
    folder: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], is_terminal: bool, no_color: str, moves: bool
) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("NO_COLOR", no_color)
    stream = Stream(is_terminal)
    monkeypatch.setattr("sys.stderr", stream)
    main(words)
    assert ("\x1b" in stream.getvalue()) == moves
    assert "in/1.png -> " in stream.getvalue()


@pytest.mark.slow
@pytest.mark.parametrize("how", [[], ["-j", "2"]])
def test_json_has_an_object_for_each_file(folder: Path, capsys, how: list[str]) -> None:
    assert main(["-r", "in", "-d", "out", *FAST, "--json", *how]) == 1
    out, err = capsys.readouterr()
    told = [json.loads(line) for line in out.splitlines()]
    assert sorted(one["input"] for one in told) == sorted(f"in/{number}.png" for number in range(1, 13))
    assert {one["status"] for one in told} <= {"written", "kept", "failed"}
    assert "together" not in err


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--jobs", "0"], "--jobs must be 1 to 256"),
        (["-j", "999"], "--jobs must be 1 to 256"),
        (["-j", "two"], "must be a whole number"),
        (["--timeout", "-1"], "--timeout must be 0"),
        (["--timeout", "soon"], "must be a number"),
        (["--timeout", "nan"], "--timeout must be 0"),
        (["--resume", "nowhere/state"], "nowhere/state: the state cannot be written"),
    ],
)
def test_numbers_that_make_no_sense_are_refused_before_any_work(
    folder: Path, capsys, words: list[str], said: str
) -> None:
    assert main(["-r", "in", "-d", "out", *words]) in (2, 4)
    assert said in capsys.readouterr().err
    assert sorted(os.listdir(".")) == ["in"]


KINDS = ["written", "kept", "unchanged", "done", "left alone", "exists", "failed", "missed", "dry-run"]


@given(st.lists(st.tuples(st.sampled_from(KINDS), st.integers(0, 10**9), st.integers(0, 10**9)), max_size=30))
def test_the_table_counts_every_picture_once(some: list[tuple[str, int, int]]) -> None:
    job = Job("a.png", "b.png", "png")
    codes = {"exists": 15, "failed": 3, "missed": 99}
    outcomes = [
        Outcome(job, status, codes.get(status, 0), "words", place, 0.1, before, after)
        for place, (status, before, after) in enumerate(some)
    ]
    lines = report.table(outcomes, 1.0)
    assert bool(lines) == (len(outcomes) > 8)
    rows = dict.fromkeys(report.ROWS.values(), 0)
    for line in lines[1:]:
        for words in rows:
            if found := re.match(rf"  {words} +(\d+)\b", line):
                rows[words] += int(found[1])
    if lines:
        assert sum(rows.values()) == len(outcomes)
    assert sum(int(number) for number in re.findall(r"(\d+) (?!pictures?)", report.tally(outcomes))) == len(outcomes)
