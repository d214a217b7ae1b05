"""The smaller commands, and palette files as other programs read them."""

from __future__ import annotations

import io
import json
import re
import struct
from pathlib import Path

import numpy as np
import PIL.Image
import pytest
from helpers import sample

from pixmeans.__main__ import main
from pixmeans.choices import PALETTE_ORDERS
from pixmeans.cli import demo
from pixmeans.codecs import palette_writers
from pixmeans.image import Image, Palette
from pixmeans.quantize.palette_order import ordered
from pixmeans.settings import Settings


@pytest.fixture
def flags(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Three colors: 50 % blue, 30 % white, 20 % red."""
    monkeypatch.chdir(tmp_path)
    pixels = np.zeros((10, 10, 3), np.uint8)
    pixels[:5] = (0, 0, 200)
    pixels[5:8] = (250, 250, 250)
    pixels[8:] = (220, 10, 0)
    PIL.Image.fromarray(pixels).save("flag.png")
    return tmp_path / "flag.png"


@pytest.fixture
def three() -> Palette:
    colors = np.array([[0, 0, 200, 255], [250, 250, 250, 255], [220, 10, 0, 128]], np.uint8)
    return Palette(colors, np.array([50, 30, 20]))


def test_hex_one_a_line_most_used_first(flags: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["palette", "flag.png"]) == 0
    out, err = capsys.readouterr()
    assert out == "#0000c8\n#fafafa\n#dc0a00\n"
    assert err == ""


def test_sorted_by_lightness_or_hue(flags: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["palette", "flag.png", "--sort", "lightness"]) == 0
    assert capsys.readouterr().out == "#0000c8\n#dc0a00\n#fafafa\n"
    assert main(["palette", "flag.png", "--sort", "hue"]) == 0
    assert capsys.readouterr().out == "#fafafa\n#dc0a00\n#0000c8\n"


def test_k_is_the_number_of_colors(flags: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["palette", "flag.png", "-k", "2"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 2


def test_json_holds_shares(flags: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["palette", "flag.png", "--format", "json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["colors"][0] == {
        "hex": "#0000c8",
        "rgb": [0, 0, 200],
        "alpha": 255,
        "share": 0.5,
        "weight": 50,
    }


def test_text_formats(three: Palette) -> None:
    assert "  --color-3: #dc0a0080; /* 20.0 % */" in three.to_css()
    lines = three.to_gpl().splitlines()
    assert lines[0] == "GIMP Palette"
    assert lines[-1] == "220  10   0\t#dc0a0080"
    svg = palette_writers.to_svg(three).decode()
    assert [int(width) for width in re.findall(r'<rect x="\d+" width="(\d+)"', svg)] == [318, 192, 130]


def test_ase_as_the_format_says(three: Palette) -> None:
    data = palette_writers.to_ase(three)
    assert data[:12] == b"ASEF" + struct.pack(">HHI", 1, 0, 3)
    at, colors = 12, []
    while at < len(data):
        kind, length = struct.unpack_from(">HI", data, at)
        assert kind == 1
        body = data[at + 6 : at + 6 + length]
        letters = struct.unpack_from(">H", body)[0]
        name = body[2 : 2 + 2 * letters].decode("utf-16-be")
        assert name.endswith("\0")
        assert body[2 + 2 * letters : 6 + 2 * letters] == b"RGB "
        values = struct.unpack_from(">fff", body, 6 + 2 * letters)
        assert len(body) == 6 + 2 * letters + 12 + 2
        colors.append([round(255 * value) for value in values])
        at += 6 + length
    assert colors == three.rgba[:, :3].tolist()


def test_act_has_772_bytes(three: Palette) -> None:
    data = palette_writers.to_act(three)
    assert len(data) == 772
    assert list(data[:9]) == three.rgba[:, :3].ravel().tolist()
    assert struct.unpack(">HH", data[768:]) == (3, 0xFFFF)


def test_png_swatches_have_the_colors(three: Palette) -> None:
    with PIL.Image.open(io.BytesIO(palette_writers.to_png(three))) as picture:
        assert picture.size == (640, 96)
        found = picture.convert("RGBA").getcolors()
    assert sorted(color for _, color in found or []) == sorted(tuple(color) for color in three.rgba.tolist())


@pytest.mark.slow
@pytest.mark.parametrize("count", [1, 2, 255, 256])
def test_every_format_takes_every_size(count: int) -> None:
    colors = np.stack([np.arange(count), np.arange(count)[::-1], np.zeros(count)], axis=1).astype(np.uint8)
    weights = np.ones(count, np.int64)
    weights[0] = 10**9
    for palette in (Palette(colors), Palette(colors, weights)):
        for write in palette_writers.FORMATS.values():
            assert write(palette)
        indices = np.arange(count, dtype=np.uint8)[None]
        for order in PALETTE_ORDERS:
            assert sorted(ordered(palette, order, indices).hex) == sorted(palette.hex)


def test_binary_is_not_sent_to_a_terminal(
    flags: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    for name in palette_writers.BINARY:
        assert main(["palette", "flag.png", "--format", name]) == 2
    assert main(["compress", "flag.png", "-o", "-"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 4


def test_info_is_short_and_true(flags: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["info", "flag.png"]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert out.startswith("flag.png: 10x10, PNG, ")
    assert "3 distinct colors, transparency: none" in out
    assert "#0000c8 #fafafa #dc0a00" in out
    assert "k=16 98 B" in out  # 100 pixels of 4 bits, 16 colors of 3 bytes


def test_info_as_json(flags: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["info", "flag.png", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["width"], told["height"], told["colors"], told["gray"]) == (10, 10, 3, False)
    assert told["bytes"] == flags.stat().st_size
    assert told["k_means_bytes"] == {"16": 98, "32": 159, "64": 267, "128": 472, "256": 868}


def test_info_tells_gray_and_transparency(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "gray.png"
    pixels = np.zeros((4, 4, 4), np.uint8)
    pixels[..., 3] = np.arange(16).reshape(4, 4) * 17
    PIL.Image.fromarray(pixels).save(path)
    assert main(["info", str(path)]) == 0
    out = capsys.readouterr().out
    assert "distinct grays" in out
    assert "transparency: partial" in out


@pytest.mark.slow
def test_the_demo_writes_its_files_and_may_be_repeated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    # A part of the sample, with a fish, and few steps: `make demo` shows all of it.
    part = Image(np.ascontiguousarray(sample("reef").pixels[170:290:2, 290:450:2]))
    article = Settings.article
    monkeypatch.setattr(demo.samples, "reef", lambda: part)
    monkeypatch.setattr(Settings, "article", lambda **knobs: article(**knobs, max_iterations=3))
    assert main(["demo"]) == 0
    folder = tmp_path / "pixmeans-demo"
    written = {path.name for path in folder.iterdir() if path.suffix != ".txt"}
    assert written == {
        "reef.png",
        "reef-k16.png",
        "reef-k256.png",
        "reef-q80.png",
        "reef-steps.gif",
        "reef-report.html",
    }
    err = capsys.readouterr().err
    assert "reef-k16.png" in err
    assert "smaller" in err
    assert "Open pixmeans-demo/reef-report.html in a browser" in err.splitlines()[-1]
    assert main(["demo", "pixmeans-demo", "-q"]) == 0
    assert capsys.readouterr().err == ""


def test_info_takes_a_picture_whose_pixels_are_all_transparent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    hidden = np.random.default_rng(1).integers(0, 256, (30, 30, 4)).astype(np.uint8)
    hidden[..., 3] = 0
    PIL.Image.fromarray(hidden).save("hidden.png")
    assert main(["info", "hidden.png"]) == 0


def test_the_command_ignores_and_sorts_as_python_does(flags: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["palette", "flag.png", "--ignore", "#f5f5f5", "--sort", "found"]) == 0
    assert capsys.readouterr().out == "#0000c8\n#dc0a00\n"
    assert main(["palette", "flag.png", "--ignore", "white", "--ignore", "#0000c8", "--format", "txt"]) == 0
    assert capsys.readouterr().out == ";paint.net Palette File\r\nFFDC0A00\r\n"
    assert main(["palette", "flag.png", "--color-bits", "rgb444", "--format", "json"]) == 0
    colors = json.loads(capsys.readouterr().out)["colors"]
    assert [one["hex"] for one in colors] == ["#0000cc", "#ffffff", "#dd1100"]
    assert main(["palette", "flag.png", "--ignore", "orange"]) == 2
    assert "ignore must be white, black, transparent or a color" in capsys.readouterr().err


def _flag_picture(path):
    pixels = np.zeros((8, 8, 3), np.uint8)
    pixels[:4] = (255, 255, 255)
    pixels[6:] = (255, 99, 71)
    PIL.Image.fromarray(pixels).save(path)
    return str(path)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("--named", "#ffffff  white   white\n#000000  black   black\n#ff6347  tomato  tomato\n"),
        ("--pick vivid,light", "#ff6347  vivid\n#ffffff  light\n"),
        ("--pick dark --named", "#000000  dark  black  black\n"),
        ("--contrast", "#000000  #ffffff  21.00  AAA\n#000000  #ff6347   7.12  AAA\n"),
        ("--named --format gpl", "255  99  71\ttomato\n"),
        ("--named --format css", "--color-3: #ff6347; /* tomato, 25.0 % */\n"),
    ],
)
def test_what_is_told_of_the_colors(words, told, tmp_path, capsys):
    assert main(["palette", _flag_picture(tmp_path / "flag.png"), *words.split()]) == 0
    assert told in capsys.readouterr().out


def test_all_that_is_told_is_in_json(tmp_path, capsys):
    words = ["--named", "--pick", "all", "--contrast", "--format", "json"]
    assert main(["palette", _flag_picture(tmp_path / "flag.png"), *words]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [(one["css"], one["x11"]) for one in found["colors"]][2] == ("tomato", "tomato")
    assert found["picks"]["dark"] == "#000000"
    assert found["contrast"][0] == {"dark": "#000000", "light": "#ffffff", "ratio": 21.0, "level": "AAA"}


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("--named --format act", "--named is told in the formats hex, json, css, gpl, ase, not in act"),
        ("--pick all --format svg", "--pick is told in the formats hex, json, not in svg"),
        ("--contrast --format css", "--contrast is told in the formats hex, json, not in css"),
        ("--pick bright", "--pick must be all, or some of vivid, muted, dark, light with commas, got 'bright'"),
        ("--pick all --contrast", "--pick and --contrast together need --format json"),
    ],
)
def test_what_a_format_cannot_tell_is_refused(words, message, tmp_path, capsys):
    assert main(["palette", _flag_picture(tmp_path / "flag.png"), *words.split()]) == 2
    assert message in capsys.readouterr().err


def test_where_no_pair_can_be_read_a_line_says_so(tmp_path, capsys):
    path = tmp_path / "gray.png"
    PIL.Image.fromarray(np.full((4, 4, 3), 90, np.uint8)).save(path)
    assert main(["palette", str(path), "--contrast"]) == 0
    told = capsys.readouterr()
    assert told.out == ""
    assert "no two of these colors have a contrast of 3" in told.err


@pytest.mark.parametrize("written", [Palette.to_css, Palette.to_gpl])
@pytest.mark.parametrize(
    ("names", "message"),
    [(["a"], "one name a color, 2, got 1"), (["a", "b*/"], r"without \*/"), (["a", "b\nc"], "line")],
)
def test_names_that_would_break_a_file_are_refused(written, names, message):
    palette = Palette(np.zeros((2, 3), np.uint8))
    with pytest.raises(ValueError, match=message):
        written(palette, names)
    assert all(name in written(palette, ["deep sea", "Rot (2)"]) for name in ("deep sea", "Rot (2)"))


@pytest.mark.parametrize("name", ["gpl", "ase", "act", "pal", "hex", "txt", "css", "json"])
def test_a_file_that_holds_no_alpha_says_so(
    tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    pixels = np.full((4, 4, 4), 255, np.uint8)
    pixels[:2] = (200, 0, 0, 90)
    PIL.Image.fromarray(pixels).save("soft.png")
    assert main(["palette", "soft.png", "-k", "2", "--format", name]) == 0
    told = capfdbinary.readouterr().err.decode()
    silent = name in ("hex", "txt", "css", "json")
    assert told == (
        "" if silent else f"{name} holds no alpha: 1 of 2 colors are translucent, and stand there as opaque ones\n"
    )


def test_info_counts_what_is_seen(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    pixels = np.random.default_rng(3).integers(0, 256, (12, 10, 4)).astype(np.uint8)
    pixels[..., 3] = 0
    pixels[:5] = (90, 90, 90, 255)
    PIL.Image.fromarray(pixels).save("junk.png")
    assert main(["info", "junk.png"]) == 0
    told = capsys.readouterr().out
    assert "2 distinct grays, transparency: on or off" in told
    assert "fits a palette without loss: #00000000 #5a5a5aff" in told
