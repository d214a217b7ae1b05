"""What `pixmeans compress` writes, where, and what it leaves alone."""

from __future__ import annotations

import io
import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import numpy as np
import PIL.Image
import pytest

from pixmeans.__main__ import main


def save(path: Path, pixels: np.ndarray, **options: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    PIL.Image.fromarray(pixels).save(path, **options)
    return path


def opened(path: Path) -> PIL.Image.Image:
    with PIL.Image.open(path) as picture:
        picture.load()
        return picture


@pytest.fixture
def picture(tmp_path: Path, photo: np.ndarray, monkeypatch: pytest.MonkeyPatch) -> Path:
    """photo.png in the current folder."""
    monkeypatch.chdir(tmp_path)
    return save(tmp_path / "photo.png", photo)


def names(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if not path.is_dir()}


def piped(*words: str, data: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([sys.executable, "-m", "pixmeans", *words], input=data, capture_output=True, check=False)


# Names.


@pytest.mark.slow
def test_a_bare_name_is_compressed_beside_the_input(picture: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["photo.png"]) == 0
    assert names(picture.parent) == {"photo.png", "photo-k256.png"}
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("photo.png -> photo-k256.png  ")
    assert err.count("\n") == 1
    assert "x smaller), 256 colors, PSNR " in err


@pytest.mark.slow
def test_k_and_suffix_and_format_are_in_the_name(picture: Path) -> None:
    assert main(["photo.png", "-k", "16", "-q"]) == 0
    assert main(["photo.png", "-k", "4", "--suffix", "-tiny", "-q"]) == 0
    assert main(["photo.png", "-k", "4", "--format", "gif", "-q"]) == 0
    assert names(picture.parent) == {"photo.png", "photo-k16.png", "photo-tiny.png", "photo-k4.gif"}
    assert opened(picture.parent / "photo-k16.png").mode == "P"
    assert len(opened(picture.parent / "photo-k16.png").getcolors(1 << 24) or []) == 16


@pytest.mark.slow
def test_the_extension_of_the_output_chooses_the_format(picture: Path) -> None:
    assert main(["photo.png", "-k", "8", "-o", "small.gif", "-q"]) == 0
    assert opened(Path("small.gif")).format == "GIF"
    assert main(["photo.png", "-k", "8", "-o", "no-extension", "-q"]) == 0
    assert opened(Path("no-extension")).format == "PNG"


@pytest.mark.slow
def test_a_directory_keeps_default_names_and_mirrors_folders(picture: Path, photo: np.ndarray) -> None:
    top = picture.parent / "shots"
    for name in ("a.png", "sub/b.png", "sub/deep/c.png"):
        save(top / name, photo)
    (top / "notes.txt").write_text("not a picture")
    assert main(["-r", "shots", "-d", "out", "-k", "4", "-q"]) == 0
    assert names(picture.parent / "out") == {"a-k4.png", "sub/b-k4.png", "sub/deep/c-k4.png"}
    assert main(["shots/sub/b.png", "-d", "flat/new", "-k", "4", "-q"]) == 0
    assert names(picture.parent / "flat") == {"new/b-k4.png"}


@pytest.mark.slow
def test_a_second_run_over_a_folder_does_not_compress_its_own_outputs(picture: Path) -> None:
    folder = str(picture.parent)
    assert main(["-r", folder, "-k", "4", "-q"]) == 0
    assert main(["-r", folder, "-k", "4", "-q", "-f"]) == 0
    assert names(picture.parent) == {"photo.png", "photo-k4.png"}


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pipes with names")
def test_a_folder_may_hold_pipes_and_other_things(picture: Path) -> None:
    os.mkfifo(picture.parent / "pipe.png")
    assert main(["-r", ".", "-d", "out", "-k", "4", "-q"]) == 0
    assert names(picture.parent / "out") == {"photo-k4.png"}


@pytest.mark.slow
@pytest.mark.parametrize("words", [["other.png", "photo.png", "photo.bmp"], ["-r", "."]])
def test_results_of_one_name_keep_the_extensions_of_their_inputs(
    picture: Path, photo: np.ndarray, words: list[str]
) -> None:
    save(picture.parent / "photo.bmp", photo)
    save(picture.parent / "other.png", photo)
    for _ in range(2):  # the second time all is done already
        assert main([*words, "-k", "4", "-d", "out"]) == 0
    made = {"other-k4.png", "photo.png-k4.png", "photo.bmp-k4.png"}
    assert made <= names(picture.parent / "out")


@pytest.mark.slow
def test_results_of_one_name_are_known_again_in_a_searched_folder(picture: Path, photo: np.ndarray) -> None:
    assert main(["-r", ".", "-k", "4"]) == 0
    save(picture.parent / "photo.bmp", photo)
    for _ in range(2):
        assert main(["-r", ".", "-k", "4"]) == 0
    assert names(picture.parent) == {
        *("photo.png", "photo.bmp", "photo-k4.png"),
        *("photo.png-k4.png", "photo.bmp-k4.png"),
    }


@pytest.mark.slow
def test_a_pair_that_collides_is_left_alone_with_one_line_and_the_others_are_done(
    picture: Path, photo: np.ndarray, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("a", "b"):
        (picture.parent / name).mkdir()
        save(picture.parent / name / "x.png", photo)
    assert main(["a/x.png", "photo.png", "b/x.png", "-k", "4", "-d", "out"]) == 1
    assert names(picture.parent / "out") == {"photo-k4.png"}
    err = capsys.readouterr().err
    assert err.count(f"a/x.png and b/x.png would both become out{os.sep}x-k4.png") == 1
    assert main(["a/x.png", "b/x.png", "-k", "4", "-d", "none"]) == 2
    assert not (picture.parent / "none").exists()


@pytest.mark.slow
def test_what_would_be_overwritten_is_left_alone_and_the_others_are_done(picture: Path, photo: np.ndarray) -> None:
    save(picture.parent / "photo-k4.png", photo)
    save(picture.parent / "other.png", photo)
    before = (picture.parent / "photo-k4.png").read_bytes()
    assert main(["photo.png", "photo-k4.png", "other.png", "-k", "4"]) == 1
    assert (picture.parent / "photo-k4.png").read_bytes() == before
    assert names(picture.parent) == {"photo.png", "photo-k4.png", "other.png", "other-k4.png"}


@pytest.mark.parametrize("words", [["-o", "photo.png"], ["-o", "./photo.png", "-f"], ["--suffix", "", "-f"]])
def test_the_input_is_never_an_output(picture: Path, words: list[str]) -> None:
    before = picture.read_bytes()
    assert main(["photo.png", *words]) == 2
    assert picture.read_bytes() == before


def test_a_link_to_the_input_is_the_input(picture: Path) -> None:
    before = picture.read_bytes()
    os.link("photo.png", "hard.png")
    os.symlink("photo.png", "soft.png")
    for name in ("hard.png", "soft.png"):
        assert main(["photo.png", "-o", name, "-f"]) == 2
    assert picture.read_bytes() == before


# Overwriting.


@pytest.mark.slow
def test_an_existing_output_stays_without_force(picture: Path, capsys: pytest.CaptureFixture[str]) -> None:
    output = picture.parent / "photo-k16.png"
    output.write_bytes(b"precious")
    assert main(["photo.png", "-k", "16"]) == 15
    assert output.read_bytes() == b"precious"
    err = capsys.readouterr().err
    assert "photo-k16.png" in err
    assert "--force" in err
    assert main(["photo.png", "-k", "16", "-o", "photo-k16.png"]) == 15
    assert main(["photo.png", "-k", "16", "-f"]) == 0
    assert opened(output).mode == "P"


@pytest.mark.slow
def test_in_place_replaces_and_keeps_the_mode(picture: Path) -> None:
    before = picture.stat().st_size
    picture.chmod(0o640)
    assert main(["--in-place", "photo.png", "-k", "16", "-q"]) == 0
    assert names(picture.parent) == {"photo.png"}
    assert opened(picture).mode == "P"
    assert picture.stat().st_size < before
    assert stat.S_IMODE(picture.stat().st_mode) == 0o640


@pytest.mark.slow
def test_backup_keeps_the_original(picture: Path) -> None:
    before = picture.read_bytes()
    assert main(["--in-place", "--backup", "photo.png", "-k", "16", "-q"]) == 0
    assert (picture.parent / "photo.png.bak").read_bytes() == before
    assert picture.read_bytes() != before


@pytest.mark.slow
def test_an_older_backup_is_not_lost(picture: Path) -> None:
    before = picture.read_bytes()
    (picture.parent / "photo.png.bak").write_bytes(b"older")
    assert main(["--in-place", "--backup", "photo.png", "-k", "16", "-q"]) == 15
    assert (picture.parent / "photo.png.bak").read_bytes() == b"older"
    assert picture.read_bytes() == before


# Kept, or larger.


@pytest.fixture
def packed(picture: Path) -> Path:
    """A file that cannot become smaller: our own result."""
    assert main(["photo.png", "-k", "8", "-o", "packed.png", "--optimize", "6", "-q"]) == 0
    picture.unlink()
    return picture.parent / "packed.png"


@pytest.mark.slow
def test_what_is_not_smaller_is_kept(packed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = packed.read_bytes()
    assert main(["packed.png"]) == 0
    assert main(["--in-place", "packed.png"]) == 0
    assert names(packed.parent) == {"packed.png"}
    assert packed.read_bytes() == before
    err = capsys.readouterr().err
    assert err.count("kept") == 2
    assert "lossless" in err
    assert main(["packed.png", "-q", "--strict"]) == 98
    assert names(packed.parent) == {"packed.png"}


@pytest.mark.slow
def test_keep_larger_and_o_write_it_anyway(packed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["packed.png", "--keep-larger", "-q"]) == 0
    assert main(["packed.png", "-o", "asked.png"]) == 0
    assert names(packed.parent) == {"packed.png", "packed-k256.png", "asked.png"}
    assert "smaller" not in capsys.readouterr().err
    assert main(["packed.png", "-o", "again.png", "--strict", "-q"]) == 98
    assert (packed.parent / "again.png").exists()


@pytest.mark.slow
def test_a_jpeg_is_written_and_both_comparisons_are_said(
    tmp_path: Path, photo: np.ndarray, capsys: pytest.CaptureFixture[str]
) -> None:
    source = save(tmp_path / "photo.jpg", photo, quality=30)
    assert main([str(source), "-k", "256"]) == 0
    err = capsys.readouterr().err
    assert "(larger than the JPEG, " in err
    assert "than its pixels; for photos consider WebP or AVIF)" in err
    assert (tmp_path / "photo-k256.png").exists()


def test_a_jpeg_cannot_be_replaced_in_place(tmp_path: Path, photo: np.ndarray) -> None:
    source = save(tmp_path / "photo.jpg", photo)
    before = source.read_bytes()
    assert main(["--in-place", str(source)]) == 2
    assert source.read_bytes() == before


@pytest.mark.parametrize("words", [["named.png"], ["-r", "."]])
def test_in_place_what_a_file_is_counts_not_its_name(
    tmp_path: Path, photo: np.ndarray, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, words
) -> None:
    monkeypatch.chdir(tmp_path)
    save(tmp_path / "photo.jpg", photo).rename(tmp_path / "named.png")
    before = Path("named.png").read_bytes()
    assert main(["--in-place", *words]) == (0 if "-r" in words else 2)
    assert "named.png: its name says PNG, but it is JPEG" in capsys.readouterr().err
    assert Path("named.png").read_bytes() == before


# Dry runs, standard streams, JSON.


@pytest.mark.slow
def test_a_dry_run_says_everything_and_writes_nothing(picture: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["-n", "photo.png", "-d", "new", "-k", "16"]) == 0
    assert names(picture.parent) == {"photo.png"}
    assert not (picture.parent / "new").exists()
    assert "not written" in capsys.readouterr().err


@pytest.mark.slow
def test_as_a_filter(picture: Path) -> None:
    for words in (["-", "-k", "16"], ["-", "-k", "16", "-o", "-"]):
        done = piped(*words, data=picture.read_bytes())
        assert done.returncode == 0, done.stderr
        assert done.stderr.startswith(b"stdin -> stdout  ")
        with PIL.Image.open(io.BytesIO(done.stdout)) as result:
            assert result.mode == "P"
    assert names(picture.parent) == {"photo.png"}


@pytest.mark.slow
def test_json_is_the_only_thing_on_stdout(picture: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["photo.png", "-k", "16", "--json"]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    told = json.loads(out)
    assert told["input"] == "photo.png"
    assert told["output"] == "photo-k16.png"
    assert told["status"] == "written"
    assert told["sizes"]["file"] == os.path.getsize("photo-k16.png")
    assert told["sizes"]["original"] == os.path.getsize("photo.png")
    assert told["settings"]["k"] == 16
    assert len(told["palette"]) == 16


@pytest.mark.slow
def test_json_tells_of_failures_and_psnr_is_null_when_lossless(
    packed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["packed.png", "missing.png", "--json", "-d", "out"]) == 1
    out, err = capsys.readouterr()
    first, second = (json.loads(line) for line in out.splitlines())
    assert first["psnr"] is None
    assert first["lossless"] is True
    assert first["status"] == "kept"
    assert second["status"] == "failed"
    assert second["code"] == 3
    assert "missing.png" in second["error"]
    assert err.startswith("pixmeans: missing.png: ")


@pytest.mark.slow
@pytest.mark.parametrize(("format", "name"), [("png", "PNG"), ("webp", "WebP"), ("gif", "GIF")])
def test_verbose_reports_every_size_with_what_it_counts(
    picture: Path, capsys: pytest.CaptureFixture[str], format: str, name: str
) -> None:
    assert main(["photo.png", "-k", "16", "-v", "--format", format]) == 0
    err = capsys.readouterr().err
    for words in (
        "original file (PNG)",
        f"the {name} file",
        "raw pixels, 24 bits each",
        "14,400 bytes",
        "4 bits each",
        "of k-means after the search",
    ):
        assert words in err
    assert "mean squared error" in err
    assert "k-means" in err


@pytest.mark.slow
def test_files_from_reads_names_from_stdin_or_a_file(picture: Path) -> None:
    done = piped("--files-from", "-", "-k", "4", "-d", "out", data=b"photo.png\n\n")
    assert done.returncode == 0, done.stderr
    (picture.parent / "list.txt").write_text("photo.png\n")
    assert main(["--files-from", "list.txt", "-k", "5", "-d", "out", "-q"]) == 0
    assert names(picture.parent / "out") == {"photo-k4.png", "photo-k5.png"}


@pytest.mark.slow
@pytest.mark.parametrize(
    "data",
    [
        "a\nb.png\0ü.png\0".encode(),
        b"\0plain.png\0\0a\nb.png\0" + "ü.png".encode(),
        b"\xef\xbb\xbf" + "plain.png\r\nü.png\r\n".encode(),
        "plain.png\r\nü.png\r\n".encode("utf-16"),
    ],
)
@pytest.mark.skipif(sys.platform == "win32", reason="names there hold no ends of lines")
def test_lists_end_names_with_nul_or_lines(picture: Path, photo: np.ndarray, data: bytes) -> None:
    wanted = {name for name in ("plain", "a\nb", "ü") if name.encode() in data or name.encode("utf-16-le") in data}
    for name in wanted:
        save(picture.parent / f"{name}.png", photo)
    Path("list").write_bytes(data)
    assert main(["--files-from", "list", "-k", "4", "-d", "out", "-q"]) == 0
    assert names(picture.parent / "out") == {f"{name}-k4.png" for name in wanted}


@pytest.mark.slow
def test_same_input_same_bytes(picture: Path) -> None:
    for name, threads in (("a.png", "1"), ("b.png", "2")):
        assert main(["photo.png", "-k", "16", "-o", name, "--threads", threads, "-q"]) == 0
    assert Path("a.png").read_bytes() == Path("b.png").read_bytes()


# Many files.


@pytest.mark.slow
def test_one_bad_file_does_not_stop_the_rest(picture: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (picture.parent / "bad.png").write_bytes(picture.read_bytes()[:200])
    assert main(["bad.png", "missing.png", "photo.png", "-k", "4"]) == 1
    assert (picture.parent / "photo-k4.png").exists()
    err = capsys.readouterr().err
    assert "pixmeans: bad.png: " in err
    assert "pixmeans: missing.png: " in err
    assert "3 pictures, 1 done, 2 failed" in err


@pytest.mark.slow
def test_of_many_codes_the_worst_is_told(picture: Path, photo: np.ndarray) -> None:
    save(picture.parent / "second.png", photo[:30])
    (picture.parent / "photo-k4.png").write_bytes(b"there")
    assert main(["photo.png", "second.png", "-k", "4", "-q"]) == 15
    assert (picture.parent / "second-k4.png").exists()
    assert (picture.parent / "photo-k4.png").read_bytes() == b"there"
    assert main(["photo.png", "second.png", "missing.png", "-k", "4", "-q"]) == 1


@pytest.mark.slow
def test_the_same_command_over_many_files_may_be_given_again(
    picture: Path, photo: np.ndarray, capsys: pytest.CaptureFixture[str]
) -> None:
    save(picture.parent / "second.png", photo[:30])
    words = ["photo.png", "second.png", "-k", "4", "-d", "out"]
    assert main(words) == 0
    before = {path: path.stat().st_mtime_ns for path in (picture.parent / "out").iterdir()}
    (picture.parent / "out" / "second-k4.png").unlink()
    capsys.readouterr()
    assert main(words) == 0
    assert "there already" in capsys.readouterr().err
    after = {path: path.stat().st_mtime_ns for path in (picture.parent / "out").iterdir()}
    assert after.keys() == before.keys()
    assert after[picture.parent / "out" / "photo-k4.png"] == before[picture.parent / "out" / "photo-k4.png"]
