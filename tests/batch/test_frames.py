"""Animations and pictures of several pages: never replaced by their first frame, which is written by name only."""

import json

import numpy as np
import PIL.Image
import pytest

import pixmeans as pm
from pixmeans.__main__ import main
from pixmeans.codecs import count_frames, decode

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


@pytest.mark.parametrize("backup", [[], ["--backup"], ["--force"]])
@pytest.mark.parametrize("extension", ["gif", "png", "webp"])
def test_in_place_refuses_an_animation(folder, capsys, extension, backup):
    path = folder / extension / f"moving.{extension}"
    before = path.read_bytes()
    assert main(["--in-place", *backup, str(path)]) == 2
    err = capsys.readouterr().err
    assert str(path) in err
    assert "leave out --in-place" in err
    assert path.read_bytes() == before
    assert len(list(path.parent.iterdir())) == 2


@pytest.mark.slow
@pytest.mark.parametrize("extension", FORMATS)
@pytest.mark.parametrize(("strict", "code"), [(False, 0), (True, 98)])
def test_folders_leave_animations_alone_and_do_the_rest(folder, capsys, extension, strict, code):
    path = folder / extension / f"moving.{extension}"
    before = path.read_bytes()
    words = ["--strict"] if strict else []
    if extension == "tif":
        words += ["-d", "out", "--keep-larger"]
    else:
        words += ["--in-place"]
    assert main(["-r", extension, *words, "--keep-larger"]) in (code, 98)
    assert path.read_bytes() == before
    err = capsys.readouterr().err
    assert f"{extension}/moving.{extension}: left alone" in err
    assert f"still.{extension}" in err
    assert "1 left alone" in err
    out = folder / "out"
    assert not out.exists() or [one.name for one in out.iterdir()] == ["still-k256.png"]
    main(["-r", extension, "-d", "other", "--json", "--keep-larger"])
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert sorted(one["status"] for one in told) == ["left alone", "written"]


@pytest.mark.slow
@pytest.mark.parametrize("extension", FORMATS)
def test_the_first_frame_is_written_to_a_new_name_and_said(folder, capsys, extension):
    path = folder / extension / f"moving.{extension}"
    assert main([str(path), "-o", "first.png"]) == 0
    err = capsys.readouterr().err
    assert f"first {'page' if extension == 'tif' else 'frame'} of 4" in err
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
