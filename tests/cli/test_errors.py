"""Bad days: one line on stderr that names the file, the right exit code, nothing written."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import PIL.Image
import pytest

from pixmeans.__main__ import main

POSIX = pytest.mark.skipif(sys.platform == "win32", reason="permissions and signals of POSIX")


@pytest.fixture
def folder(tmp_path: Path, photo: np.ndarray, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with photo.png, photo.jpg and a few files that are no pictures."""
    monkeypatch.chdir(tmp_path)
    PIL.Image.fromarray(photo).save("photo.png")
    PIL.Image.fromarray(photo).save("photo.jpg")
    Path("cut.jpg").write_bytes(Path("photo.jpg").read_bytes()[:900])
    Path("text.png").write_text("I am a text.\n")
    Path("empty.png").write_bytes(b"")
    Path("folder").mkdir()
    Path("jpegs").mkdir()
    PIL.Image.fromarray(photo).save("jpegs/photo.jpg")
    mixed = np.concatenate([photo, np.full((*photo.shape[:2], 1), 255, np.uint8)], axis=2)
    mixed[:10, :, 3] = 0
    PIL.Image.fromarray(mixed).save("mixed.png")
    return tmp_path


def everything(folder: Path) -> set[tuple[str, int]]:
    return {(str(path), path.stat().st_size) for path in folder.rglob("*")}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (["missing.png"], 3, "missing.png"),
        (["folder"], 2, "folder"),
        (["-r", "folder"], 2, "folder: there is no picture in this folder"),
        (["palette", "-r", "folder", "folder"], 2, "folder: there is no picture in these folders"),
        (
            ["-r", "jpegs", "--in-place"],
            2,
            "jpegs: there is no picture in this folder that --in-place can replace (.png",
        ),
        (["--files-from", "empty.png"], 2, "empty.png: no name is in this list"),
        (["text.png"], 3, "text.png"),
        (["cut.jpg"], 3, "cut.jpg"),
        (["empty.png"], 3, "empty.png"),
        ([""], 3, "''"),
        ([], 2, "which picture"),
        (["compress"], 2, "which picture"),
        (["photo.png", "-k", "0"], 2, "k must be 1 to 65536, got 0"),
        (["photo.png", "-k", "65537"], 2, "k must be 1 to 65536, got 65537"),
        (["photo.png", "-k", "abc"], 2, "whole number, got 'abc'"),
        (["photo.png", "-k"], 2, "-k"),
        (["mixed.png", "-k", "1"], 2, "k must be at least 2"),
        (["photo.png", "--tolerance", "nan"], 2, "tolerance"),
        (["photo.png", "--init", "luck"], 2, "init must be one of"),
        (["photo.png", "--preset", "novel"], 2, "preset must be one of"),
        (["photo.png", "--no-such-flag"], 2, "--no-such-flag"),
        (["photo.png", "-o", "photo.xyz"], 2, "photo.xyz"),
        (["photo.png", "-o", "a.gif", "--format", "png"], 2, "contradict"),
        (["photo.png", "-o", "a.png", "-d", "out"], 2, "contradict"),
        (["photo.png", "-o", "folder"], 4, "folder"),
        (["photo.png", "-o", "photo.png/a.png"], 4, "photo.png"),
        (["photo.png", "-d", "text.png"], 4, "text.png: the folder cannot be made: a file has this name"),
        (["photo.png", "-o", ""], 2, "-o"),
        (["photo.png", "--palette", "folder"], 3, "folder: a folder, not a palette"),
        (["photo.png", "--importance", "folder"], 3, "folder: a folder, not a mask"),
        (["photo.png", "--files-from", "folder"], 3, "folder: a folder, not a list of names"),
        (["photo.png", "--resume", "folder"], 3, "folder: a folder, not a state"),
        (["info", "folder"], 3, "folder: a folder, not a picture"),
        (["explain", "folder"], 3, "folder: a folder, not a picture"),
        (["photo.png", "-o", "-", "--json"], 2, "--json"),
        (["photo.png", "mixed.png", "-o", "a.png"], 2, "-o names one file"),
        (["photo.png", "--in-place", "-o", "a.png"], 2, "--in-place"),
        (["photo.png", "--backup"], 2, "--backup"),
        (["photo.png", "--suffix", "/x"], 2, "--suffix"),
        (["-", "--in-place"], 2, "stdin"),
        (["-", "-"], 2, "once"),
        (["photo.png", "--max-pixels", "10"], 3, "photo.png"),
        (["palette", "photo.png", "--format", "bmp"], 2, "--format must be one of"),
        (["palette", "photo.png", "--sort", "taste"], 2, "sort must be one of"),
        (["palette", "missing.png"], 3, "missing.png"),
        (["info", "text.png"], 3, "text.png"),
    ],
)
def test_an_error_is_one_line_with_its_code_and_nothing_is_written(
    folder: Path, capsys: pytest.CaptureFixture[str], words: list[str], code: int, told: str
) -> None:
    before = everything(folder)
    assert main(words) == code
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("pixmeans: ")
    assert err.count("\n") == 1
    assert told in err
    assert everything(folder) == before


@pytest.mark.slow
@pytest.mark.parametrize("name", ["a\nb.png", "tab\t.png", "abc\u202egnp.png", "bell\x07.png"])
def test_odd_names_are_printed_safely(folder: Path, capsys: pytest.CaptureFixture[str], name: str) -> None:
    assert main([name]) == 3
    err = capsys.readouterr().err
    assert err.count("\n") == 1
    assert err.rstrip("\n").isprintable()
    os.rename("photo.png", name)
    assert main([name, "-o", "ok.png"]) == 0
    assert capsys.readouterr().err.rstrip("\n").isprintable()


@pytest.mark.slow
@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="names are text there")
def test_a_name_that_is_no_text_works(folder: Path) -> None:
    name = os.fsdecode(b"caf\xe9.png")
    os.rename("photo.png", name)
    done = subprocess.run([sys.executable, "-m", "pixmeans", name, "--json"], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    assert os.path.exists(os.fsdecode(b"caf\xe9-k256.png"))
    done = subprocess.run([sys.executable, "-m", "pixmeans", name], capture_output=True, check=False)
    assert done.returncode == 15
    assert b"\\udce9" in done.stderr


# Permissions: root may read everything, so a child gives up being root first.
_AS_NOBODY = """
import os, sys
from pixmeans.__main__ import main
main(["-n", "-q", "mixed.png"])  # load everything while the interpreter's own files can surely be read
if os.geteuid() == 0:
    os.setgid(65534)
    os.setuid(65534)
sys.exit(main(sys.argv[1:]))
"""


def as_nobody(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", _AS_NOBODY, *words]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture
def open_folder(folder: Path) -> Path:
    """The same folder, reachable for everybody."""
    for path in (folder, folder.parent, folder.parent.parent):
        path.chmod(path.stat().st_mode | 0o055)
    for path in folder.iterdir():
        path.chmod(path.stat().st_mode | 0o044)
    return folder


@pytest.mark.slow
@POSIX
def test_no_permission_to_read(open_folder: Path) -> None:
    (open_folder / "photo.png").chmod(0)
    done = as_nobody("photo.png", "-o", "a.png")
    assert done.returncode == 3, done.stderr
    assert "photo.png" in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.slow
@POSIX
def test_no_permission_to_write(open_folder: Path) -> None:
    open_folder.chmod(0o555)
    try:
        for words in (["photo.png"], ["photo.png", "-d", "new"], ["--in-place", "-k", "4", "photo.png"]):
            before = everything(open_folder)
            done = as_nobody(*words)
            assert done.returncode == 4, done.stderr
            assert done.stderr.startswith("pixmeans: ")
            assert done.stderr.count("\n") == 1
            assert everything(open_folder) == before
    finally:
        open_folder.chmod(0o755)


# Signals and pipes.


@pytest.mark.slow
@POSIX
@pytest.mark.slow
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_quietly_and_leaves_nothing(folder: Path, number: signal.Signals, code: int) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (700, 900, 3), np.uint8)
    PIL.Image.fromarray(pixels).save("large.png")
    before = everything(folder)
    for delay in (0.1, 0.3, 0.6):
        words = [
            "large.png",
            "--effort",
            "best",
            "--optimize",
            "6",
            "--n-init",
            "50",
            "--init",
            "random-pixels",
        ]
        command = [sys.executable, "-c", "import sys; from pixmeans.__main__ import main; sys.exit(main())"]
        run = subprocess.Popen([*command, *words], stderr=subprocess.PIPE, text=True)
        time.sleep(delay)
        run.send_signal(number)
        _, err = run.communicate(timeout=60)
        assert "Traceback" not in err
        # Within the first moments Python itself may not be up yet: then the signal ends it as any program.
        assert run.returncode in (code, -number), err
        assert everything(folder) == before


_INTERRUPTED_IMPORT = """
import os, signal, sys
class Finder:
    def find_spec(self, name, path=None, target=None):
        if name == "numpy":
            os.kill(os.getpid(), signal.SIGINT)
sys.meta_path.insert(0, Finder())
from pixmeans.__main__ import main
sys.exit(main(["photo.png"]))
"""


@POSIX
@pytest.mark.slow
def test_ctrl_c_during_the_imports_prints_no_traceback(folder: Path) -> None:
    command = [sys.executable, "-c", _INTERRUPTED_IMPORT]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 130
    assert done.stderr == ""


@pytest.mark.slow
@POSIX
@pytest.mark.parametrize("words", [["photo.png", "-o", "-"], ["palette", "photo.png"], ["info", "photo.png"]])
def test_a_broken_pipe_is_quiet(folder: Path, words: list[str]) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "-m", "pixmeans", *words, "-q"]
    done = subprocess.run(command, stdout=writing, stderr=subprocess.PIPE, text=True, check=False)
    os.close(writing)
    assert done.stderr == ""
    assert done.returncode == 141


@pytest.mark.slow
@POSIX
@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no device that is always full here")
def test_a_full_stdout_is_told(folder: Path) -> None:
    for words in (
        ["photo.png", "-o", "-"],
        ["palette", "photo.png"],
        ["photo.png", "--json", "-n"],
        ["info", "photo.png"],
    ):
        with open("/dev/full", "wb") as full:
            command = [sys.executable, "-m", "pixmeans", *words]
            done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
        assert done.returncode == 4, (words, done.stderr)
        assert done.stderr.startswith("pixmeans: stdout")
        assert "Traceback" not in done.stderr


@pytest.mark.slow
@POSIX
def test_closed_standard_streams_do_no_harm(folder: Path) -> None:
    command = f"exec {sys.executable} -m pixmeans photo.png -o closed.png <&- >&- 2>&-"
    assert subprocess.run(["sh", "-c", command], check=False).returncode == 0
    assert os.path.getsize("closed.png") > 0


def test_the_unforeseen_is_one_line_and_vv_shows_where(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("no such luck")

    monkeypatch.setattr("pixmeans.pipeline.compress", broken)
    assert main(["photo.png"]) == 1
    err = capsys.readouterr().err
    assert err.count("\n") == 1
    assert "photo.png" in err
    assert main(["photo.png", "-vv"]) == 1
    assert "Traceback" in capsys.readouterr().err


def test_too_little_memory_is_one_line(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def hungry(*_: object, **__: object) -> None:
        raise MemoryError

    monkeypatch.setattr("pixmeans.pipeline.compress", hungry)
    assert main(["photo.png"]) == 3
    assert "not enough memory" in capsys.readouterr().err
