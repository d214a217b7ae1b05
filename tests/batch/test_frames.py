"""Animations, of which all frames are written, and pictures of several pages, which are never replaced by one."""

import io
import json
from pathlib import Path

import numpy as np
import PIL.Image
import pytest
from helpers import blobs

import pixmeans as pm
from pixmeans.__main__ import main
from pixmeans.codecs import count_frames, decode, open_frames

FORMATS = {"gif": "GIF", "png": "PNG", "webp": "WEBP", "tif": "TIFF"}


def frames(count):
    rng = np.random.default_rng(count)
    return [PIL.Image.fromarray(rng.integers(0, 256, (9, 12, 3), np.uint8)) for _ in range(count)]


def write(path, count):
    first, *others = frames(count)
    more = {"save_all": True, "append_images": others} if others else {}
    first.save(path, FORMATS[path.suffix[1:]], **more)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for extension in FORMATS:
        (tmp_path / extension).mkdir()
        write(tmp_path / extension / f"moving.{extension}", 4)
        write(tmp_path / extension / f"still.{extension}", 1)
    return tmp_path


@pytest.mark.slow
@pytest.mark.parametrize("count", [1, 2, 5])
@pytest.mark.parametrize("extension", FORMATS)
def test_frames_are_counted_as_decoding_counts_them(tmp_path, extension, count):
    path = tmp_path / f"x.{extension}"
    write(path, count)
    data = path.read_bytes()
    assert count_frames(data) == decode(data, name="x").frames == count
    result = pm.compress(str(path))
    assert bool(result.losses) == (count > 1)
    if count > 1:
        assert not result.lossless
        assert result.losses == (f"first {'page' if extension == 'tif' else 'frame'} of {count}",)


def test_whatever_is_damaged_has_one_frame():
    for data in (b"", b"GIF89a", b"\x89PNG\r\n\x1a\nxx", b"RIFF\0\0\0\0WEBP", b"II*\0\xff\xff\xff\xff"):
        assert count_frames(data) in (0, 1)


@pytest.mark.slow
@pytest.mark.parametrize("words", [["--in-place"], ["-r", "--in-place"]])
@pytest.mark.parametrize("extension", ["gif", "png", "webp"])
def test_all_frames_are_written_in_place_and_in_folders(folder, capsys, extension, words):
    path = folder / extension / f"moving.{extension}"
    named = str(path.parent) if "-r" in words else str(path)
    assert main([named, *words, "-k", "64", "--keep-larger"]) == 0
    assert count_frames(path.read_bytes()) == 4
    err = capsys.readouterr().err
    assert "4 frames" in err
    assert "first frame" not in err


@pytest.mark.slow
@pytest.mark.parametrize("extension", ["gif", "png", "webp"])
@pytest.mark.parametrize("output", ["gif", "png", "webp"])
def test_all_frames_are_written_to_a_new_name_in_each_format(folder, capsys, extension, output):
    assert main([str(folder / extension / f"moving.{extension}"), "-o", f"all.{output}", "-k", "64"]) == 0
    assert "4 frames" in capsys.readouterr().err
    assert count_frames((folder / f"all.{output}").read_bytes()) == 4


@pytest.mark.slow
@pytest.mark.parametrize("extension", ["gif", "png", "webp"])
@pytest.mark.parametrize("number", [1, 3, 4])
def test_a_single_frame_is_written_when_it_is_asked_for(folder, capsys, extension, number):
    path = folder / extension / f"moving.{extension}"
    assert main([str(path), "--frame", str(number), "-o", "one.png"]) == 0
    err = capsys.readouterr().err
    assert ("first frame of 4" if number == 1 else f"frame {number} of 4") in err
    assert "lossless" not in err
    assert count_frames((folder / "one.png").read_bytes()) == 1
    wanted = [one.image.pixels for one in open_frames(path.read_bytes(), name="x")][number - 1]
    shown = np.asarray(PIL.Image.open("one.png").convert("RGB"))
    assert np.array_equal(shown, wanted)
    result = pm.compress(str(path), frame=number)
    assert np.array_equal(np.asarray(result.image.convert("RGB")), wanted)
    assert not result.lossless


@pytest.mark.parametrize("extension", ["gif", "png", "webp", "tif"])
def test_a_frame_that_is_not_there_is_refused_in_one_line(folder, capsys, extension):
    path = folder / extension / f"still.{extension}"
    before = set(folder.iterdir())
    assert main([str(path), "--frame", "5", "-o", "one.png"]) != 0
    err = capsys.readouterr().err
    assert err.count("\n") == 1
    assert f"still.{extension}: there is no frame 5" in err
    assert set(folder.iterdir()) == before


@pytest.mark.slow
@pytest.mark.parametrize("number", ["1", "2"])
@pytest.mark.parametrize("extension", ["gif", "png", "webp"])
def test_in_place_refuses_to_lose_frames(folder, capsys, extension, number):
    path = folder / extension / f"moving.{extension}"
    before = path.read_bytes()
    assert main(["--in-place", "--frame", number, str(path)]) == 2
    err = capsys.readouterr().err
    assert str(path) in err
    assert "--in-place" in err
    assert path.read_bytes() == before


@pytest.mark.slow
def test_what_only_stills_have_is_refused_by_name_and_left_alone_in_folders(folder, capsys):
    path = folder / "gif" / "moving.gif"
    before = path.read_bytes()
    assert main([str(path), "--bleed", "-o", "all.gif"]) == 2
    assert "moving.gif: bleed is for stills" in capsys.readouterr().err
    assert not (folder / "all.gif").exists()
    assert main(["-r", "gif", "--in-place", "--bleed", "--keep-larger"]) in (0, 99)
    assert "moving.gif: left alone, bleed is for stills" in capsys.readouterr().err
    assert path.read_bytes() == before


@pytest.mark.slow
@pytest.mark.parametrize(("strict", "code"), [(False, 0), (True, 98)])
def test_folders_leave_pages_alone_and_do_the_rest(folder, capsys, strict, code):
    path = folder / "tif" / "moving.tif"
    before = path.read_bytes()
    words = ["--strict"] if strict else []
    assert main(["-r", "tif", *words, "-d", "out", "--keep-larger"]) in (code, 98)
    assert path.read_bytes() == before
    err = capsys.readouterr().err
    assert "tif/moving.tif: left alone" in err
    assert "1 left alone" in err
    assert [one.name for one in (folder / "out").iterdir()] == ["still-k256.png"]
    main(["-r", "tif", "-d", "other", "--json", "--keep-larger"])
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert sorted(one["status"] for one in told) == ["left alone", "written"]


@pytest.mark.slow
def test_the_first_page_is_written_to_a_new_name_and_said(folder, capsys):
    path = folder / "tif" / "moving.tif"
    assert main([str(path), "-o", "first.png"]) == 0
    err = capsys.readouterr().err
    assert "first page of 4" in err
    assert "lossless" not in err
    shown = np.asarray(PIL.Image.open("first.png").convert("RGB"))
    assert np.array_equal(shown, decode(path.read_bytes(), name="x").image.pixels)
    assert main([str(path), "--strict", "--keep-larger", "--quality", "1", "-o", "strict.png"]) == 99
    assert not (folder / "strict.png").exists()


@pytest.mark.parametrize("place", [0, 2])
def test_a_pillow_animation_tells_its_frame(folder, place):
    with PIL.Image.open(folder / "gif" / "moving.gif") as file:
        file.seek(place)
        result = pm.compress(file)
    assert result.losses == (f"{'frame 3' if place else 'first frame'} of 4",)
    assert not result.lossless


def cut_apng(share):
    """A PNG of six frames that ends within its last one, or in front of that."""
    frames = [PIL.Image.fromarray(blobs(seed, 40 * 30).reshape(30, 40, 3)) for seed in range(6)]
    stream = io.BytesIO()
    frames[0].save(stream, "PNG", save_all=True, append_images=frames[1:], duration=50)
    return stream.getvalue()[: int(share * len(stream.getvalue()))]


@pytest.mark.parametrize("share", [0.5, 0.85, 0.98])
@pytest.mark.parametrize(
    "words",
    [
        ["info", "cut.png"],
        ["palette", "cut.png"],
        ["cut.png", "-k", "4", "-o", "new.png"],
        ["cut.png", "--frame", "1", "-o", "new.png"],
        ["cut.png", "--frame", "2", "-o", "new.png"],
        ["explain", "cut.png", "-o", "new.png"],
        ["explain", "cut.png", "-o", "new.html"],
    ],
)
def test_an_animation_that_is_cut_off_is_refused_everywhere(folder, capsys, share, words):
    Path("cut.png").write_bytes(cut_apng(share))
    assert main(words) == 3
    assert capsys.readouterr().err == "pixmeans: cut.png: the PNG is cut off; get the whole file again\n"
    assert not Path(words[-1]).exists() or words[-1] == "cut.png"


def test_an_animation_that_lacks_only_its_end_marker_is_read(folder):
    whole = cut_apng(1)
    assert decode(whole[:-12], name="x").frames == 6
    assert pm.compress_animation(whole[:-12], 8).frames == 6


def test_pages_cannot_be_chosen_and_that_is_said(folder, capsys):
    pages = [PIL.Image.fromarray(blobs(seed, 60).reshape(6, 10, 3)) for seed in range(3)]
    pages[0].save("pages.tif", save_all=True, append_images=pages[1:])
    assert main(["--frame", "2", "pages.tif", "-o", "new.png"]) == 3
    assert "pages.tif: it has pages, of which only the first is read" in capsys.readouterr().err
