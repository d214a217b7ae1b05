"""Which results go where, before any work: nothing that was named is dropped, nothing collides."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest
from helpers import examples
from hypothesis import given, settings
from hypothesis import strategies as st

from pixmeans.__main__ import main
from pixmeans.batch.inputs import STDIO, Found, find
from pixmeans.batch.jobs import Job, Placement, named_for, plan
from pixmeans.errors import SettingsError, UsageError
from pixmeans.settings import Settings


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """d/ with a.png, a-k256.png, sub/b.jpg and notes.txt, below the current folder."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "d" / "sub").mkdir(parents=True)
    for name in ("a.png", "a-k256.png", "sub/b.jpg", "notes.txt"):
        (tmp_path / "d" / name).write_bytes(b"")
    return tmp_path


def planned(*inputs: str, recursive: bool = False, settings: Settings | None = None, **placement: object) -> list[str]:
    """'source > output' of every job."""
    where = Placement(**placement)  # type: ignore[arg-type]
    found = find(inputs, recursive=recursive, in_place=where.in_place)
    return [f"{job.source} > {job.output}" for job in plan(found, settings or Settings(), where).jobs]


def refused(*inputs: str, **options: object) -> str:
    with pytest.raises(UsageError) as caught:
        planned(*inputs, **options)  # type: ignore[arg-type]
    message = str(caught.value)
    assert "\n" not in message
    return message


def test_what_a_search_found_says_so(folder: Path) -> None:
    assert find(["d/a.png", "d"], recursive=True) == [
        Found("d/a.png"),
        Found("d/a-k256.png", searched=True),
        Found("d/a.png", searched=True),
        Found("d/sub/b.jpg", searched=True, below="sub"),
    ]


@pytest.mark.parametrize("below", ["", "d/"])
@pytest.mark.parametrize("turned", [False, True])
def test_a_named_input_that_looks_like_a_result_is_refused_by_both_names(
    folder: Path, below: str, turned: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    os.chdir(folder if below else folder / "d")
    words = [f"{below}a.png", f"{below}a-k256.png"]
    assert main(words[::-1] if turned else words) == 2
    assert capsys.readouterr().err == (
        f"pixmeans: {below}a-k256.png is an input and also where the result of {below}a.png would go; "
        "leave one of them out, or use another --suffix or -d\n"
    )


def test_the_ways_out_work(folder: Path) -> None:
    both = ["d/a.png", "d/a-k256.png"]
    assert planned(*both, suffix="-x") == ["d/a.png > d/a-x.png", "d/a-k256.png > d/a-k256-x.png"]
    assert planned(*both, directory="out") == ["d/a.png > out/a-k256.png", "d/a-k256.png > out/a-k256-k256.png"]
    assert planned(*both, in_place=True) == ["d/a.png > d/a.png", "d/a-k256.png > d/a-k256.png"]


def test_results_of_an_earlier_run_are_left_alone_in_a_searched_folder_and_told(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = find(["d"], recursive=True)
    jobs, left_alone, _ = plan(found, Settings(), Placement())
    assert [job.source for job in jobs] == ["d/a.png", "d/sub/b.jpg"]
    assert left_alone == [("d/a-k256.png", "it is the result of d/a.png")]
    main(["-r", "d", "-v"])
    assert "d/a-k256.png: left alone, it is the result of d/a.png\n" in capsys.readouterr().err


def test_a_result_that_is_also_named_is_not_left_alone(folder: Path) -> None:
    jobs, _, refused = plan(find(["d", "d/a-k256.png"], recursive=True), Settings(), Placement())
    assert [job.source for job in jobs] == ["d/sub/b.jpg"]
    assert [job.source for job, _ in refused] == ["d/a.png", "d/a-k256.png"]
    assert all("d/a-k256.png is an input and also where" in why for _, why in refused)


@settings(deadline=None, max_examples=examples(30))
@given(
    st.lists(st.tuples(st.booleans(), st.integers(0, 7)), min_size=2, max_size=8),
    st.sampled_from([["d"], ["d", "d/sub"], ["d/0.png", "d"], ["d", "d/0.png"]]),
)
def test_in_place_a_file_of_several_names_in_a_folder_is_done_once_and_each_name_told(names, inputs) -> None:
    with tempfile.TemporaryDirectory() as top, pytest.MonkeyPatch.context() as patch:
        patch.chdir(top)
        Path("d", "sub").mkdir(parents=True)
        Path("d", "0.png").write_bytes(b"")
        for number, (is_link, to) in enumerate(names, 1):
            path = Path("d", "sub" if number % 3 == 0 else "", f"{number}.png")
            if is_link:  # to what is there or not, in chains, too
                path.symlink_to(os.path.join(top, "d", "sub" if to % 3 == 0 and to else "", f"{to}.png"))
            else:
                path.write_bytes(b"")
        found = find(inputs, recursive=True, in_place=True)
        jobs, left_alone, refused = plan(found, Settings(), Placement(in_place=True))
        assert not refused
        handled = [job.source for job in jobs] + [path for path, _ in left_alone]
        assert sorted(handled) == sorted(one.path for one in found)
        files = [os.path.realpath(job.source) for job in jobs]
        assert len(set(files)) == len(files)
        assert set(files) == {os.path.realpath(one.path) for one in found}
        for path, why in left_alone:
            assert os.path.realpath(path) == os.path.realpath(why.removeprefix("it is the same file as "))
        assert all(not os.path.islink(job.source) or not os.path.exists(job.source) for job in jobs)


def test_in_a_folder_too_an_input_is_not_its_own_result(folder: Path) -> None:
    jobs, _, refused = plan(find(["d"], recursive=True), Settings(), Placement(suffix=""))
    assert [job.source for job in jobs] == ["d/sub/b.jpg"]
    assert [why.split(" is the input itself")[0] for _, why in refused] == ["d/a-k256.png", "d/a.png"]
    assert planned("d", recursive=True, suffix="", settings=Settings(format="gif")) == [
        "d/a-k256.png > d/a-k256.gif",
        "d/a.png > d/a.gif",
        "d/sub/b.jpg > d/sub/b.gif",
    ]


def test_a_setting_of_another_format_is_refused_before_any_work(folder: Path) -> None:
    with pytest.raises(SettingsError, match="png_type gray belongs to format png, and format is webp"):
        planned("d/a.png", output="x.webp", settings=Settings(png_type="gray"))
    assert planned("d/a.png", output="x.png", settings=Settings(png_type="gray")) == ["d/a.png > x.png"]


def test_one_input_twice_is_refused(folder: Path) -> None:
    assert "would both become" in refused("d/a.png", "d/../d/a.png")


@pytest.mark.parametrize(
    ("settings", "suffix"),
    [
        (Settings(k=16), "-k16"),
        (Settings(quality="70-85"), "-q70-85"),
        (Settings(quality="psnr:38"), "-psnr38"),
        (Settings(max_bytes=1_234_000), "-1.234MB"),
        (Settings(quality="80", max_bytes=60_000), "-q80-60kB"),
        (Settings(palette="colors/game.gpl"), "-game"),
    ],
)
def test_a_name_tells_what_was_asked_for(folder: Path, settings: Settings, suffix: str) -> None:
    assert planned("d/a.png", settings=settings) == [f"d/a.png > d/a{suffix}.png"]


def test_the_smaller_format_names_the_file_unless_the_name_was_asked_for() -> None:
    job = Job("a.png", "a-k16.png", "auto")
    assert named_for(job, "webp").output == "a-k16.webp"
    assert named_for(Job("a.png", STDIO, "auto", always=True), "webp").output == STDIO


NAMES = st.lists(
    st.tuples(
        st.sampled_from(["", "a/", "b/"]),
        st.sampled_from(["x", "X", "x-k256", "x.png-k256", "y"]),
        st.sampled_from([".png", ".jpg", ".PNG", ".gif", ""]),
    ),
    min_size=1,
    max_size=9,
)


@settings(deadline=None)
@given(NAMES, st.booleans(), st.sampled_from([None, "out"]), st.sampled_from([None, "", "-s"]))
def test_each_input_is_done_or_told_and_no_file_is_written_twice_or_over_an_input(names, searched, directory, suffix):
    found = [Found("".join(name), searched, name[0].strip("/")) for name in names]
    placement = Placement(directory=directory, suffix=suffix)
    try:
        jobs, left_alone, refused = plan(found, Settings(), placement)
    except UsageError:
        return
    handled = [job.source for job in jobs] + [source for source, _ in left_alone] + [job.source for job, _ in refused]
    assert sorted(handled) == sorted(one.path for one in found)
    outputs = [os.path.normcase(os.path.realpath(job.output)) for job in jobs]
    assert len(set(outputs)) == len(outputs)
    inputs = {os.path.normcase(os.path.realpath(job.source)) for job in jobs} | {job.source for job, _ in refused}
    assert not inputs & set(outputs)
    assert all("\n" not in why and job.source for job, why in refused)


@settings(deadline=None)
@given(NAMES)
def test_inputs_of_other_names_are_all_done(names):
    paths = sorted({"".join(name) for name in names if name[0] == ""})
    if not any("-k256" in path for path in paths):
        jobs, _, refused = plan([Found(path) for path in paths], Settings(), Placement()) if paths else ([], [], [])
        assert not refused
        assert [job.source for job in jobs] == paths


@pytest.mark.parametrize("k", [257, 65_536])
@pytest.mark.parametrize("others", [0, 1, 3])
@pytest.mark.parametrize("wrong", [1, 2])
def test_names_whose_format_has_not_what_is_asked_are_refused_each_by_its_line(others: int, wrong: int, k: int) -> None:
    found = [Found(f"a{number}.gif") for number in range(wrong)] + [Found(f"b{number}.png") for number in range(others)]
    if not others:
        with pytest.raises(SettingsError, match=r"^a0\.gif: .*k 256$"):
            plan(found, Settings(k=k), Placement(in_place=True))
        return
    made = plan(found, Settings(k=k), Placement(in_place=True))
    assert [job.source for job in made.jobs] == [one.path for one in found[wrong:]]
    assert [job.source for job, _ in made.refused] == [one.path for one in found[:wrong]]
    assert all(line.startswith(f"{job.source}: ") and "k 256" in line for job, line in made.refused)
