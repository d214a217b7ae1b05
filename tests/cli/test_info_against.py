"""`pixmeans info A --against B`: what A has lost of B."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path

import numpy as np
import PIL.Image
import pytest

from pixmeans import metrics
from pixmeans.__main__ import main
from pixmeans.image import Image


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, photo_with_alpha: np.ndarray) -> Path:
    """flag.png; worse.png, where 20 of 100 pixels are 30 off in blue; tall.png of another size; two with alpha."""
    monkeypatch.chdir(tmp_path)
    pixels = np.zeros((10, 10, 3), np.uint8)
    pixels[:5] = (0, 0, 200)
    pixels[8:] = (220, 10, 0)
    PIL.Image.fromarray(pixels).save("flag.png")
    pixels[8:] = (220, 10, 30)
    PIL.Image.fromarray(pixels).save("worse.png")
    PIL.Image.new("RGB", (10, 11)).save("tall.png")
    PIL.Image.fromarray(photo_with_alpha).save("clear.png")
    PIL.Image.fromarray(photo_with_alpha // 16 * 16).save("coarse.png")
    return tmp_path


def test_numbers_stand_below_each_other_with_what_they_mean(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["info", "worse.png", "--against", "flag.png"]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    told = out.split("  lost of flag.png:\n")[1].splitlines()
    assert told[0].split()[:2] == ["MSE", "180.00"]
    assert told[1].split()[:2] == ["PSNR", "30.35"]
    rows = [re.match(r"    .{11} +(\S+)  \S", line) for line in told]
    assert len(rows) == 9
    assert len({row.end() for row in rows if row}) == 1
    assert None not in rows
    assert max(map(len, told)) <= 110


def test_equal_pictures_have_lost_nothing(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["info", "flag.png", "--against", "flag.png"]) == 0
    assert "  nothing lost of flag.png:\n" in capsys.readouterr().out
    assert main(["info", "flag.png", "--against", "flag.png", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["against"] == {
        "file": "flag.png",
        "mse": 0,
        "psnr": None,
        "oklab": {"mean": 0, "p95": 0, "p99": 0, "maximum": 0},
        "ssim": 1,
        "ms_ssim": 1,
        "ssimulacra2": 100,
        "over_two_backgrounds": False,
        "losses": [],
        "lossless": True,
        "lost_colors": [],
    }


@pytest.mark.slow
def test_json_holds_the_numbers_of_the_library(
    folder: Path, capsys: pytest.CaptureFixture[str], photo_with_alpha: np.ndarray
) -> None:
    assert main(["info", "coarse.png", "--against", "clear.png", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)["against"]
    original, other = Image(photo_with_alpha), Image(photo_with_alpha // 16 * 16)
    assert told["ssimulacra2"] == metrics.ssimulacra2(original, other) != metrics.ssimulacra2(other, original)
    assert told["oklab"]["p99"] == metrics.oklab_error(original, other).p99
    assert told["over_two_backgrounds"] is True
    assert main(["info", "coarse.png", "--against", "clear.png"]) == 0
    assert "over a dark and a light background" in capsys.readouterr().out


def test_without_against_nothing_is_compared(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["info", "flag.png", "--json"]) == 0
    assert "against" not in json.loads(capsys.readouterr().out)


def test_one_of_them_may_come_from_stdin(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    stdin = io.TextIOWrapper(io.BytesIO(Path("flag.png").read_bytes()))
    monkeypatch.setattr("sys.stdin", stdin)
    assert main(["info", "worse.png", "--against", "-"]) == 0
    assert "  lost of stdin:\n" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (["tall.png", "flag.png"], 2, "pictures to compare must have one size: flag.png is 10x10, not 10x11"),
        (["flag.png", "none.png"], 3, "none.png"),
        (["-", "-"], 2, "- (stdin) can be read only once"),
    ],
)
def test_what_cannot_be_compared_is_said_in_one_line(
    folder: Path, capsys: pytest.CaptureFixture[str], words: list[str], code: int, told: str
) -> None:
    assert main(["info", words[0], "--against", words[1]]) == code
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("pixmeans: ")
    assert err.count("\n") == 1
    assert told in err
