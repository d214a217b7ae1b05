"""`Compressed.save` obeys the rules of the command's -o."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import PIL.Image
import pytest
from PIL.PngImagePlugin import PngInfo

import pixmeans as pm
from pixmeans import codecs
from pixmeans.choices import FORMATS
from pixmeans.codecs.matrix_profiles import ADOBE_RGB, ADOBE_RGB_CURVE, rgb_profile

MAGIC = {"png": b"\x89PNG", "webp": b"RIFF", "gif": b"GIF89a"}


def pixels_of(data):
    with PIL.Image.open(io.BytesIO(data)) as file:
        return np.asarray(file.convert("RGBA"))


@pytest.mark.slow
@pytest.mark.parametrize("format", list(FORMATS))
@pytest.mark.parametrize("hole", [False, True])
def test_the_extension_decides_and_the_picture_is_the_same(photo, tmp_path, format, hole):
    if hole:
        photo = np.dstack([photo, np.full(photo.shape[:2], 255, np.uint8)])
        photo[:9, :, 3] = 0
    result = pm.compress(photo, 12)
    path = tmp_path / f"x{FORMATS[format].extensions[0].upper()}"
    result.save(path)
    written = path.read_bytes()
    assert written.startswith(MAGIC[format])
    seen = pixels_of(result.data)
    assert np.array_equal(pixels_of(written) * (seen[..., 3:] > 0), seen * (seen[..., 3:] > 0))


def test_a_name_without_extension_gets_the_format_of_the_result(photo, tmp_path):
    result = pm.compress(photo, 4, format="gif")
    result.save(tmp_path / "plain")
    assert (tmp_path / "plain").read_bytes() == result.data
    result.save(tmp_path / "other", format="png")
    assert (tmp_path / "other").read_bytes().startswith(MAGIC["png"])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("asked", "name", "format", "told"),
    [
        (None, "x.jpg", None, "unknown extension .jpg; use .png, .webp or .gif"),
        (None, "x.bmp", None, "unknown extension .bmp"),
        ("webp", "x.png", None, "format webp and the name"),
        (None, "x.png", "gif", "format gif and the name"),
    ],
)
def test_what_the_command_refuses_is_refused(photo, tmp_path, monkeypatch, asked, name, format, told):
    monkeypatch.chdir(tmp_path)
    result = pm.compress(photo, 4, format=asked)
    with pytest.raises(pm.SettingsError, match=told):
        result.save(Path(name), format=format)
    assert not list(tmp_path.iterdir())


def test_a_file_object_gets_the_bytes(photo, tmp_path):
    result = pm.compress(photo, 4)
    memory = io.BytesIO()
    result.save(memory)
    assert memory.getvalue() == result.data
    memory = io.BytesIO()
    result.save(memory, format="webp")
    assert memory.getvalue().startswith(MAGIC["webp"])
    with (tmp_path / "open").open("wb") as file:
        result.save(file)
    assert (tmp_path / "open").read_bytes() == result.data
    with pytest.raises(pm.SettingsError, match="binary mode"):
        result.save(io.StringIO())
    with pytest.raises(pm.SettingsError, match="a path or a binary file, got int"):
        result.save(7)
    with pytest.raises(pm.SettingsError, match="format must be one of"):
        result.save(io.BytesIO(), format="jpeg")


@pytest.mark.slow
def test_what_a_format_cannot_hold_is_refused(photo_with_alpha, photo, tmp_path):
    with pytest.raises(pm.SettingsError, match="no translucent colors"):
        pm.compress(photo_with_alpha, 30).save(tmp_path / "x.gif")
    with pytest.raises(pm.SettingsError, match="bit_depth 4 belongs to format png"):
        pm.compress(photo, 16, bit_depth=4).save(tmp_path / "x.webp")
    small = pm.compress(photo, 32)
    exact = pm.compress(photo, 32, max_bytes=len(small.data))
    files = {format: len(codecs.encode(exact.indexed, format)) for format in ("webp", "gif")}
    for format, size in files.items():
        if size > len(small.data):
            with pytest.raises(pm.SettingsError, match="more than max_bytes"):
                exact.save(tmp_path / f"big.{format}")
    assert max(files.values()) > len(small.data)
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
@pytest.mark.parametrize("format", list(FORMATS))
@pytest.mark.parametrize("what", ["profile", "shape", "text", "hidden"])
def test_saving_loses_nothing_that_compressing_would_tell(photo, format, what):
    picture, knobs = PIL.Image.fromarray(photo), {}
    file = io.BytesIO()
    if what == "hidden":
        pixels = np.dstack([photo, np.full(photo.shape[:2], 255, np.uint8)])
        pixels[:9, :, 3] = 0
        picture, knobs = PIL.Image.fromarray(pixels), {"keep_hidden_colors": True}
        picture.save(file, "PNG")
    elif what == "profile":
        picture.save(file, "PNG", icc_profile=rgb_profile(ADOBE_RGB, ADOBE_RGB_CURVE))
        knobs = {"icc": "keep"}
    elif what == "shape":
        picture.save(file, "PNG", dpi=(300, 150))
    else:
        texts = PngInfo()
        texts.add_text("Author", "somebody")
        picture.save(file, "PNG", pnginfo=texts)
        knobs = {"keep_metadata": True}
    result = pm.compress(file.getvalue(), 12, **knobs)
    told = pm.compress(file.getvalue(), 12, format=format, **knobs).notes
    target = io.BytesIO()
    if set(told) <= set(result.notes):
        result.save(target, format=format)
        assert target.getvalue().startswith(MAGIC[format])
    else:
        with pytest.raises(pm.SettingsError, match=f"compress with format='{format}'"):
            result.save(target, format=format)
        assert not target.getvalue()
