"""One palette for many files, from the command line."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import PIL.Image
import pytest
from helpers import blobs

import pixmeans as pm
from pixmeans.__main__ import main

K = 12


@pytest.fixture
def sprites(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """in/1.png to in/4.png, of which the last has transparent pixels, and in/broken.png."""
    monkeypatch.chdir(tmp_path)
    os.mkdir("in")
    names = []
    for number in range(1, 5):
        pixels = blobs(number, 20 * 16, 4 if number == 4 else 3, spread=30).reshape(20, 16, -1)
        if number == 4:
            pixels[..., 3] = np.where(pixels[..., 3] < 120, 0, 255)
        names.append(f"in/{number}.png")
        PIL.Image.fromarray(pixels).save(names[-1])
    Path("in/broken.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    return names


def colors_of(path: str) -> list[tuple[int, ...]]:
    with PIL.Image.open(path) as file:
        assert file.mode == "P"
        table = np.array(file.getpalette("RGB")).reshape(-1, 3).tolist()
        told = file.info.get("transparency", b"")
    alphas = [0 if index == told else 255 for index in range(len(table))] if isinstance(told, int) else [*told]
    alphas += [255] * (len(table) - len(alphas))
    return [(*color, alpha) for color, alpha in zip(table, alphas, strict=True)]


def colors_in(path: str) -> list[tuple[int, ...]]:
    listed = json.loads(Path(path).read_text())["colors"]
    return [(*one["rgb"], one["alpha"]) for one in listed]


@pytest.mark.slow
@pytest.mark.parametrize("weigh", ["pixels", "pictures"])
def test_every_file_has_the_palette_that_lies_beside_them(sprites: list[str], capsys, weigh: str) -> None:
    assert main(["--shared-palette", "--weigh", weigh, "-k", str(K), "-d", "out", *sprites]) == 0
    assert f"out/palette-k{K}.json: {K} colors for 4 pictures" in capsys.readouterr().err
    shared = colors_in(f"out/palette-k{K}.json")
    assert len(shared) == K
    assert shared[0] == (0, 0, 0, 0)
    for name in sprites:
        assert colors_of(name.replace("in/", "out/").replace(".png", f"-palette-k{K}.png")) == shared


@pytest.mark.slow
def test_the_order_of_the_files_does_not_matter(sprites: list[str]) -> None:
    for folder, names in (("a", sprites), ("b", sprites[::-1])):
        assert main(["-q", "--shared-palette", "-k", str(K), "-d", folder, *names]) == 0
    assert {path.name: path.read_bytes() for path in Path("a").iterdir()} == {
        path.name: path.read_bytes() for path in Path("b").iterdir()
    }


@pytest.mark.slow
def test_a_bad_file_stops_nobody_and_a_repetition_does_nothing_twice(sprites: list[str], capsys) -> None:
    words = ["-r", "--shared-palette", "-k", str(K), "in", "-d", "out"]
    assert main(words) == 1
    assert "in/broken.png" in capsys.readouterr().err
    assert len(list(Path("out").iterdir())) == 5
    before = {path: path.stat().st_mtime_ns for path in Path("out").iterdir()}
    assert main(words) == 1
    assert {path: path.stat().st_mtime_ns for path in Path("out").iterdir()} == before


@pytest.mark.slow
def test_another_palette_of_that_name_is_not_overwritten(sprites: list[str], capsys) -> None:
    os.mkdir("out")
    Path(f"out/palette-k{K}.json").write_text('{"colors": [{"hex": "#123456"}]}')
    words = ["--shared-palette", "-k", str(K), "-d", "out", *sprites]
    assert main(words) == 15
    assert f"out/palette-k{K}.json" in capsys.readouterr().err
    assert os.listdir("out") == [f"palette-k{K}.json"]
    assert main([*words, "--force"]) == 0
    assert len(colors_in(f"out/palette-k{K}.json")) == K


@pytest.mark.slow
def test_without_a_folder_it_lies_beside_the_pictures(sprites: list[str]) -> None:
    assert main(["-q", "--shared-palette", "-k", "5", *sprites]) == 0
    assert len(colors_in("in/palette-k5.json")) == 5
    later = blobs(9, 64, spread=30).reshape(8, 8, 3)
    PIL.Image.fromarray(later).save("later.png")
    assert main(["-q", "--palette", "in/palette-k5.json", "-o", "later-5.png", "later.png"]) == 0
    assert colors_of("later-5.png") == colors_in("in/palette-k5.json")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--quality", "80"], "--quality"),
        (["--max-bytes", "9kB"], "--max-bytes"),
        (["--palette", "x.gpl"], "--palette"),
        (["-o", "one.png"], "-d for a folder"),
        (["-"], "stdin"),
        (["--dry-run"], "--dry-run"),
        (["--weigh", "files"], "weigh"),
    ],
)
def test_what_contradicts_itself_is_refused_before_any_work(sprites: list[str], capsys, words, said) -> None:
    assert main(["--shared-palette", "-k", "4", *sprites[: 1 if "-o" in words else 4], *words]) == 2
    assert said in capsys.readouterr().err
    assert sorted(os.listdir()) == ["in"]


def test_no_readable_picture_is_told(sprites: list[str], capsys) -> None:
    assert main(["--shared-palette", "in/broken.png"]) == 3
    assert "no picture can be read" in capsys.readouterr().err


@pytest.mark.slow
def test_counting_here_and_there_gives_the_palette_of_all(sprites: list[str], capsys) -> None:
    assert main(["palette", "-k", "6", *sprites]) == 0
    together = capsys.readouterr().out
    for number, name in enumerate(sprites):
        assert main(["histogram", name, "-o", f"{number}.npz"]) == 0
    assert "0.npz: 320 pixels" in capsys.readouterr().err
    files = [word for number in range(4) for word in ("--histogram", f"{number}.npz")]
    assert main(["palette", "-k", "6", *files]) == 0
    assert capsys.readouterr().out == together
    assert main(["histogram", "-q", *files[:4], sprites[2], "-o", "some.npz"]) == 0
    assert main(["palette", "-k", "6", "--histogram", "some.npz", "--histogram", "3.npz"]) == 0
    assert capsys.readouterr().out == together
    assert main(["palette", "-k", "6", "in/[1-4].png"]) == 0
    assert capsys.readouterr().out == together


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["palette"], 2, "which picture"),
        (["palette", "in"], 2, "add -r"),
        (["palette", "-", "-"], 2, "only once"),
        (["palette", "--histogram", "in/1.png"], 3, "in/1.png: this is no histogram"),
        (["palette", "--histogram", "none.npz"], 3, "none.npz"),
        (["palette", "in/1.png", "in/broken.png"], 3, "in/broken.png"),
        (["palette", "in/1.png", "in/2.png", "--sort", "found"], 2, "found"),
        (["histogram", "-o", "x.npz"], 2, "which picture"),
        (["histogram", "in/1.png"], 2, "-o"),
        (["histogram", "in/broken.png", "-o", "x.npz"], 3, "in/broken.png"),
    ],
)
def test_mistakes_are_one_line(sprites: list[str], capsys, words, code, said) -> None:
    assert main(words) == code
    err = capsys.readouterr().err
    assert said in err
    assert len(err.splitlines()) == 1
    assert not os.path.exists("x.npz")


def test_a_histogram_is_not_overwritten_unasked(sprites: list[str], capsys) -> None:
    Path("x.npz").write_bytes(b"mine")
    assert main(["histogram", sprites[0], "-o", "x.npz"]) == 15
    assert Path("x.npz").read_bytes() == b"mine"
    assert main(["histogram", "-f", sprites[0], "-o", "x.npz"]) == 0
    assert main(["palette", "--histogram", "x.npz", "-k", "3"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 3


@pytest.mark.slow
@pytest.mark.parametrize("format", ["gif", "webp"])
def test_all_frames_of_an_animation_count_and_are_written(sprites: list[str], capsys, format: str) -> None:
    frames = [blobs(number, 20 * 16, spread=30).reshape(20, 16, 3) for number in range(11, 14)]
    first, *others = map(PIL.Image.fromarray, frames)
    first.save("film.png", save_all=True, append_images=others, duration=80)
    stills = [pm.Image(np.asarray(PIL.Image.open(name))) for name in sprites]
    wanted = pm.palette(
        [*stills, pm.Animation(tuple(map(pm.Image, frames)), (80,) * 3)], K - 1, dither="auto", masking="auto"
    )
    words = ["--shared-palette", "-k", str(K), "--format", format, "-d", "out", *sprites, "film.png"]
    assert main(words) == 0
    shared = colors_in(f"out/palette-k{K}.json")
    assert sorted(shared[1:]) == sorted((*map(int, color[:3]), 255) for color in wanted.rgba if color[3])
    with PIL.Image.open(f"out/film-palette-k{K}.{format}") as film:
        assert film.n_frames == 3
        for number in range(3):
            film.seek(number)
            seen = np.asarray(film.convert("RGBA")).reshape(-1, 4)
            assert {tuple(color) for color in seen.tolist()} <= set(shared)
    assert main([*words, "--palette-per", "frame", "--force"]) == 2
    assert "--palette-per frame contradict" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (["-k", "300"], "at most 256 colors, and k is 300"),
        (["--bleed"], "--shared-palette and --bleed contradict each other"),
        (["--keep-hidden-colors"], "--shared-palette and --keep-hidden-colors contradict each other"),
        (["--icc", "keep"], "--shared-palette and --icc keep contradict each other"),
    ],
)
def test_what_one_palette_cannot_serve_is_refused_before_any_work(sprites, capsys, flags, words) -> None:
    assert main(["--shared-palette", *flags, "-d", "out", *sprites]) == 2
    assert words in capsys.readouterr().err
    assert not os.path.exists("out")
