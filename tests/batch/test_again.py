"""Nothing is done twice, and nothing is lost: states, marks, backups, times, files that change meanwhile."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import numpy as np
import PIL.Image
import pytest

from pixmeans import pipeline
from pixmeans.__main__ import main
from pixmeans.batch.state import State, fingerprint
from pixmeans.errors import UsageError
from pixmeans.settings import Settings

pytestmark = pytest.mark.slow

FAST = ["-k", "4", "--effort", "fast", "--dither", "none", "--lossy", "off", "--protect", "off", "--keep-larger"]


@pytest.fixture
def folder(tmp_path: Path, photo: np.ndarray, monkeypatch: pytest.MonkeyPatch) -> Path:
    """a.png, b.png and c.gif in `in`, of last week."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "in").mkdir()
    for number, name in enumerate(("a.png", "b.png", "c.gif")):
        PIL.Image.fromarray(np.roll(photo, number, axis=0)).save(tmp_path / "in" / name)
        os.utime(tmp_path / "in" / name, (1_600_000_000, 1_600_000_000))
        os.chmod(tmp_path / "in" / name, 0o640)
    return tmp_path


def contents(folder: Path) -> dict[str, tuple[bytes, int]]:
    return {str(path): (path.read_bytes(), path.stat().st_ino) for path in sorted(folder.rglob("*")) if path.is_file()}


class Counter:
    """How often pictures are compressed."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.count = 0
        original = pipeline.compress

        def compress(*args: object, **options: object) -> object:
            self.count += 1
            return original(*args, **options)

        monkeypatch.setattr(pipeline, "compress", compress)


@pytest.mark.parametrize("place", [["-d", "out"], ["--in-place"]])
def test_a_state_saves_the_work(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys, place: list[str]) -> None:
    counter = Counter(monkeypatch)
    words = ["-r", "in", *place, *FAST, "--resume", "state"]
    assert main(words) == 0
    assert counter.count == 3
    before = contents(folder)
    assert main(words) == 0
    assert counter.count == 3
    assert contents(folder) == before
    assert capsys.readouterr().err.count("done already by an earlier run") == 3
    # Other settings, a changed input and a lost result are done again, and nothing else.
    assert main([*words, "--seed", "3", "-f"]) == 0
    assert counter.count == 6
    PIL.Image.new("RGB", (9, 9), "red").save("in/a.png")
    if place[0] == "-d":
        os.unlink("out/b-k4.png")
        os.unlink("out/a-k4.png")
    expected = counter.count + (2 if place[0] == "-d" else 1)
    assert main(words) == 0
    assert counter.count == expected


def test_a_state_that_was_cut_off_is_used_as_far_as_it_goes(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    words = ["-r", "in", "-d", "out", *FAST, "--resume", "state"]
    assert main([*words, "-q"]) == 0
    whole = Path("state").read_bytes()
    assert json.loads(whole.splitlines()[0]) == {"pixmeans": "state", "version": 1}
    counter = Counter(monkeypatch)
    lines = whole.splitlines(keepends=True)
    for cut in (len(whole) - 9, len(whole) - 1, len(lines[0]), len(lines[0]) + 3):
        Path("state").write_bytes(whole[:cut])
        known = sum(line.endswith(b"}") and b"planned" in line for line in whole[:cut].splitlines())
        counter.count = 0
        assert main([*words, "-q"]) == 0
        assert counter.count == 3 - known
        counter.count = 0
        assert main([*words, "-q"]) == 0
        assert counter.count == 0


def test_a_file_of_something_else_is_no_state(folder: Path, capsys) -> None:
    before = contents(folder)
    for name in ("in/a.png", "in"):
        assert main(["-r", "in", "-d", "out", *FAST, "--resume", name]) in (2, 3)
        assert name in capsys.readouterr().err
    with pytest.raises(UsageError):
        State("in/c.gif", Settings())
    assert contents(folder) == before


def test_a_fingerprint_tells_settings_apart_that_write_other_files(tmp_path: Path) -> None:
    palette = tmp_path / "palette.hex"
    palette.write_text("ff0000\n00ff00\n")
    found = {
        fingerprint(Settings(k=k, seed=seed), format) for k in (4, 5) for seed in (0, 1) for format in ("png", "gif")
    }
    assert len(found) == 8
    assert fingerprint(Settings(threads=3, max_pixels=5), "png") == fingerprint(Settings(), "png")
    first = fingerprint(Settings(palette=str(palette)), "png")
    palette.write_text("ff0000\n0000ff\n")
    fingerprint.cache_clear()
    assert fingerprint(Settings(palette=str(palette)), "png") != first


@pytest.mark.parametrize("place", [["-d", "out"], ["--in-place"]])
def test_marks_leave_results_alone(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys, place: list[str]) -> None:
    counter = Counter(monkeypatch)
    words = [*place, *FAST, "--skip-compressed"]
    assert main(["-r", "in", *words]) == 0
    assert counter.count == 3
    top = "in" if place == ["--in-place"] else "out"
    before = contents(folder)
    assert main(["-r", top, "--in-place", *FAST, "--skip-compressed"]) == 0
    assert counter.count == 3 if top == "in" else counter.count <= 6
    if top == "in":
        assert contents(folder) == before
        assert capsys.readouterr().err.count("done already, it was written with these settings") == 3
        assert main(["-r", top, "--in-place", "-k", "3", *FAST[2:], "--skip-compressed"]) == 0
        assert counter.count == 6


@pytest.mark.parametrize("place", [["-d", "out"], ["--in-place"]])
def test_preserve_keeps_times_and_permissions(folder: Path, place: list[str]) -> None:
    assert main(["-r", "in", *place, *FAST, "--preserve", "-q"]) == 0
    made = list((folder / (place[1] if len(place) > 1 else "in")).iterdir())
    assert len(made) == 3
    for path in made:
        about = path.stat()
        assert about.st_mtime == 1_600_000_000
        assert stat.S_IMODE(about.st_mode) == 0o640


def test_a_backup_is_the_original_and_the_first_one_stays(folder: Path, capsys) -> None:
    before = {path.name: path.read_bytes() for path in (folder / "in").iterdir()}
    words = ["-r", "in", "--in-place", "--backup", *FAST]
    assert main(words) == 0
    for name, data in before.items():
        assert (folder / "in" / f"{name}.bak").read_bytes() == data
        assert (folder / "in" / f"{name}.bak").stat().st_mtime == 1_600_000_000
    now = contents(folder)
    main(words)
    after = contents(folder)
    for name in before:
        path = str(folder / "in" / f"{name}.bak")
        assert after[path] == now[path]


@pytest.mark.parametrize("links", [True, False])
def test_a_backup_is_removed_where_the_original_stays(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys, links: bool
) -> None:
    from pixmeans import codecs

    before = {path.name: path.read_bytes() for path in (folder / "in").iterdir()}
    original = codecs.write_atomically

    def full(path: str, data: bytes, **options: object) -> None:
        raise codecs.files.OutputError(f"{path}: cannot be written: the disk is full")

    monkeypatch.setattr(codecs, "write_atomically", full)
    if not links:
        monkeypatch.setattr(codecs.files.os, "link", lambda *_, **__: (_ for _ in ()).throw(OSError(1, "no")))
    assert main(["-r", "in", "--in-place", "--backup", *FAST]) == 1
    assert capsys.readouterr().err.count("the disk is full") >= 3
    assert {path.name: path.read_bytes() for path in (folder / "in").iterdir()} == before
    monkeypatch.setattr(codecs, "write_atomically", original)


def test_a_file_that_changes_meanwhile_is_left_alone(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    original = pipeline.compress

    def compress(source: object, **options: object) -> object:
        Path("in/a.png").write_bytes(Path("in/b.png").read_bytes())
        return original(source, **options)

    monkeypatch.setattr(pipeline, "compress", compress)
    assert main(["in/a.png", "--in-place", *FAST]) == 4
    assert "in/a.png: another program has changed it" in capsys.readouterr().err
    assert Path("in/a.png").read_bytes() == Path("in/b.png").read_bytes()


def test_patterns_that_no_shell_expanded_are_expanded(folder: Path, capsys) -> None:
    PIL.Image.new("RGB", (9, 9)).save("in/[x].png")
    assert main(["in/*.png", "-d", "out", *FAST, "-q"]) == 0
    assert sorted(os.listdir("out")) == ["[x]-k4.png", "a-k4.png", "b-k4.png"]
    assert main(["in/[x].png", "-d", "out2", *FAST, "-q"]) == 0
    assert os.listdir("out2") == ["[x]-k4.png"]
    assert main(["in/*.bmp", "-d", "out3", *FAST]) == 3
    assert "no such file" in capsys.readouterr().err


def test_a_folder_that_cannot_be_listed_stops_nobody(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    (folder / "in" / "secret").mkdir()
    original = os.scandir

    def scandir(path: str = ".") -> object:
        if str(path).endswith("secret"):
            raise PermissionError(13, "Permission denied", str(path))
        return original(path)

    monkeypatch.setattr(os, "scandir", scandir)
    assert main(["-r", "in", "-d", "out", *FAST]) == 1
    assert "secret: cannot be listed: Permission denied" in capsys.readouterr().err
    assert len(os.listdir("out")) == 3
