"""`pixmeans alternative`: files in, files out, and one line for whatever goes wrong."""

import numpy as np
import PIL.Image
import pytest

import pixmeans as pm
from pixmeans.__main__ import main
from pixmeans.alternatives import METHODS


@pytest.fixture
def photo(tmp_path):
    y, x = np.mgrid[:40, :52]
    pixels = np.stack([(x * 5) % 256, (y * 6) % 256, (x * y) % 256], axis=2).astype(np.uint8)
    PIL.Image.fromarray(pixels).save(tmp_path / "photo.png")
    return tmp_path / "photo.png"


def read(path):
    with PIL.Image.open(path) as picture:
        return np.asarray(picture)


def run(*words):
    return main(["alternative", *map(str, words)])


@pytest.mark.slow
@pytest.mark.parametrize("method", METHODS)
def test_the_command_writes_what_the_function_returns(method, photo, capsys):
    assert run("encode", photo, "--method", method) == 0
    line = capsys.readouterr().err
    assert "photo.pxm" in line
    assert f"{method}: " in line
    pixels = read(photo)
    data = photo.with_suffix(".pxm").read_bytes()
    assert data == pm.alternatives.encode(pixels, method)
    back = photo.with_name("back.png")
    assert run("decode", photo.with_suffix(".pxm"), "-o", back) == 0
    assert np.array_equal(read(back), pm.alternatives.decode(data))


def test_knobs_reach_the_encoder(photo):
    pixels = read(photo)
    assert run("encode", photo, "--method", "ecvq", "--block", 4, "--words", 9, "--lambda", 3.5) == 0
    expected = pm.alternatives.encode(pixels, "ecvq", block=4, words=9, lambda_=3.5)
    assert photo.with_suffix(".pxm").read_bytes() == expected


@pytest.mark.slow
def test_pxm_files_are_known_by_their_content(photo, capsys):
    assert run("encode", photo, "--method", "fractal", "-q") == 0
    named = photo.with_name("named.png")
    photo.with_suffix(".pxm").rename(named)
    assert main(["info", str(named)]) == 0
    told = capsys.readouterr().out
    assert "52x40, PXM" in told
    assert "fractal: " in told
    assert main(["compress", str(named), "-k", "4", "-o", str(photo.with_name("small.png"))]) == 0
    with PIL.Image.open(photo.with_name("small.png")) as small:
        assert small.size == (52, 40)
    with pytest.raises(pm.InputError, match=r"named\.png: 52 x 40 pixels are more than the limit of 100"):
        pm.compress(named, max_pixels=100)


@pytest.mark.slow
def test_nothing_is_overwritten_unasked(photo, capsys):
    output = photo.with_suffix(".pxm")
    output.write_bytes(b"mine")
    assert run("encode", photo) == 15
    assert output.read_bytes() == b"mine"
    assert run("encode", photo, "--force") == 0
    assert output.read_bytes() != b"mine"
    assert run("decode", output) == 15  # photo.png is there
    assert capsys.readouterr().err.count("exists already") == 2


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["encode", "PHOTO", "--method", "jpeg"], 2, "method must be one of vq, ecvq, fractal, got 'jpeg'"),
        (["encode", "PHOTO", "--words", "0"], 2, "words must be 1 to 4096, got 0"),
        (["encode", "PHOTO", "--lambda", "3"], 2, "lambda is no knob of vq"),
        (["encode", "PHOTO", "-o", "out.png"], 2, "encode writes .pxm files"),
        (["decode", "PHOTO", "-o", "out.png"], 3, "this is a PNG, not a .pxm"),
        (["decode", "PHOTO", "--method", "vq"], 2, "--method decides how a picture is encoded"),
        (["encode", "missing.png"], 3, "no such file"),
        (["recode", "PHOTO"], 2, "alternative is followed by encode or decode, got 'recode'"),
        (["encode", "-"], 2, "a picture from stdin has no name"),
        (["encode", "PHOTO", "-o", "nowhere/out.pxm"], 4, "its folder does not exist"),
    ],
)
def test_what_cannot_be_done_is_one_line(words, code, message, photo, monkeypatch, capsys):
    monkeypatch.chdir(photo.parent)
    assert run(*[photo.name if word == "PHOTO" else word for word in words]) == code
    said = capsys.readouterr().err
    assert message in said
    assert said.count("\n") == 1
    assert [path.name for path in photo.parent.iterdir()] == ["photo.png"]


def test_transparency_and_damage_name_the_file(photo, capsys):
    soft = photo.with_name("soft.png")
    PIL.Image.new("RGBA", (5, 4), (9, 9, 9, 100)).save(soft)
    assert run("encode", soft) == 4
    assert "soft.png: it has transparent pixels" in capsys.readouterr().err
    assert run("encode", photo, "-q") == 0
    cut = photo.with_name("cut.pxm")
    cut.write_bytes(photo.with_suffix(".pxm").read_bytes()[:-1])
    assert run("decode", cut) == 3
    assert "cut.pxm: the PXM is cut off; get the whole file again" in capsys.readouterr().err
