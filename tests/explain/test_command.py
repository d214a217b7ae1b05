"""`pixmeans explain`, `compare` and `gallery`, and how results show themselves."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import PIL.Image
import pytest

import pixmeans as pm
from pixmeans.__main__ import main
from pixmeans.errors import OutputExistsError, SettingsError
from pixmeans.explain import FIGURE_OF, draw, figure_for, figures
from pixmeans.explain.figures import all_figures


@pytest.fixture
def folder(tmp_path: Path, photo: np.ndarray, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with photo.png in it."""
    monkeypatch.chdir(tmp_path)
    PIL.Image.fromarray(photo).save("photo.png")
    Path("text.png").write_text("I am a text.\n")
    return tmp_path


def frames_of(path: str) -> tuple[int, tuple[int, int]]:
    with PIL.Image.open(path) as picture:
        return getattr(picture, "n_frames", 1), picture.size


@pytest.mark.slow
def test_a_gif_of_the_run_is_what_explain_makes(folder, capsys):
    assert main(["explain", "photo.png", "--max-iterations", "3"]) == 0
    assert frames_of("photo-k16-run.gif") == (4, (1040, 576))
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("photo.png -> photo-k16-run.gif  ")
    assert said.err.count("\n") == 1
    assert "k = 16, start: random pixels, seed 0" in Path("photo-k16-run.gif.txt").read_text()


@pytest.mark.slow
def test_the_last_frame_shows_the_k_colors_and_no_others(folder, photo):
    assert main(["explain", "photo.png", "-o", "a.gif", "-k", "5", "--max-iterations", "3", "-q"]) == 0
    *_, last = pm.steps(photo, k=5, max_iterations=3)
    colors = {bytes(color) for color in np.floor(last.centroids + 0.5).astype(np.uint8)}
    with PIL.Image.open("a.gif") as picture:
        picture.seek(picture.n_frames - 1)
        shown = np.asarray(picture.convert("RGB"))
    # The panel is 640 x 480 at (16, 48), and 80 x 60 pixels fill it.
    assert {bytes(color) for color in shown[48:528, 16:656].reshape(-1, 3)} == colors


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "start"), [("a.webp", b"RIFF"), ("a.png", b"\x89PNG"), ("a.svg", b"<?xml"), ("a.gif", b"GIF89a")]
)
def test_the_suffix_says_what_is_drawn(folder, name, start):
    assert main(["explain", "photo.png", "-o", name, "-q", "-k", "3", "--max-iterations", "2"]) == 0
    assert Path(name).read_bytes().startswith(start)
    assert Path(f"{name}.txt").exists()


@pytest.mark.slow
def test_a_figure_can_be_named_by_id_or_name(folder):
    assert main(["explain", "photo.png", "--figure", "f20", "-o", "a.png", "-q"]) == 0
    assert main(["explain", "photo.png", "--figure", "labels", "-o", "b.png", "-q"]) == 0
    assert Path("a.png").read_bytes() == Path("b.png").read_bytes()


@pytest.mark.slow
def test_figures_in_a_plane_need_no_picture(folder):
    assert main(["explain", "--figure", "F4", "-q"]) == 0
    assert Path("assignment.svg").exists()


def test_the_figures_are_listed_on_stdout(folder, capsys):
    assert main(["explain", "--list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    drawn = all_figures()
    assert [line.split()[:2] for line in lines] == [[entry.id, entry.name] for entry in drawn]
    assert {"F1", "F2", "F8", "F15", "F17", "F20"} <= {entry.id for entry in drawn}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (["explain"], 2, "which picture"),
        (["explain", "photo.png", "-o", "-"], 2, "files only"),
        (["explain", "photo.png", "-o", "a.bmp"], 2, ".bmp"),
        (["explain", "photo.png", "-o", "a"], 2, "one of these extensions"),
        (["explain", "photo.png", "--figure", "F99"], 2, "there is no figure 'F99'"),
        (["explain", "photo.png", "--figure", "F9", "-o", "a.gif"], 2, "does not move"),
        (["explain", "photo.png", "-o", "photo.png", "-f"], 2, "is the input"),
        (["explain", "photo.png", "-k", "70000"], 2, "k must be 1 to 65536, got 70000"),
        (["explain", "photo.png", "--region", "1,2,3"], 2, "X,Y,W,H"),
        (["explain", "photo.png", "--region", "0,0,999,2"], 2, "region must lie within"),
        (["explain", "missing.png"], 3, "missing.png"),
        (["explain", "text.png"], 3, "text.png"),
        (["explain", "photo.png", "-o", "nowhere/a.gif"], 4, "nowhere"),
        (["compare", "photo.png"], 2, "none was given"),
        (["compare", "photo.png", "--k", "16"], 2, "none was given"),
        (["compare", "photo.png", "--k", "16,32", "--seeds", "1,2"], 2, "k and seed were given"),
        (["compare", "photo.png", "--k", "16,70000"], 2, "k must be 1 to 65536, got 70000"),
        (["compare", "photo.png", "--k", "16,x"], 2, "whole number, got 'x'"),
        (["compare", "photo.png", "--k", "16,16"], 2, "twice"),
        (["compare", "photo.png", "--init", "wu,luck"], 2, "init must be one of"),
        (["compare", "photo.png", "--k", "2,4", "-o", "a.gif"], 2, ".png"),
        (["compare", "text.png", "--k", "2,4"], 3, "text.png"),
        (["gallery"], 2, "DIR"),
        (["gallery", "text.png"], 4, "text.png"),
        (["gallery", "out", "--image", "missing.png"], 3, "missing.png"),
    ],
)
def test_bad_words_are_one_line_and_write_nothing(folder, capsys, words, code, told):
    before = sorted(path for path in folder.rglob("*") if path.is_file())
    assert main(words) == code
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.count("\n") == 1
    assert told in said.err
    assert sorted(path for path in folder.rglob("*") if path.is_file()) == before


@pytest.mark.slow
@pytest.mark.parametrize("name", ["a.png", "a.png.txt"])
def test_nothing_is_overwritten_without_force(folder, capsys, name):
    Path(name).write_text("mine")
    assert main(["explain", "photo.png", "-o", "a.png"]) == 15
    assert "--force" in capsys.readouterr().err
    assert Path(name).read_text() == "mine"
    assert main(["explain", "photo.png", "-o", "a.png", "-f", "-q"]) == 0
    assert Path("a.png").read_bytes().startswith(b"\x89PNG")


def test_a_film_without_pyav_is_one_clear_line(folder, capsys, monkeypatch):
    monkeypatch.setattr("pixmeans.cli.explain.find_spec", lambda name: None)
    assert main(["explain", "photo.png", "-o", "a.mp4"]) == 4
    said = capsys.readouterr().err
    assert "pip install 'pixmeans[video]'" in said
    assert said.count("\n") == 1


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "name"),
    [
        (["--k", "2,4,8"], "photo-compare-k.png"),
        (["--seeds", "1,2", "-k", "4"], "photo-compare-seed.png"),
        (["--init", "wu,random-pixels", "-k", "4"], "photo-compare-init.png"),
        (["--space", "rgb,oklab", "-k", "4"], "photo-compare-space.png"),
    ],
)
def test_a_sheet_compares_what_lists_several_values(folder, words, name):
    assert main(["compare", "photo.png", *words, "-q", "--max-iterations", "3"]) == 0
    assert frames_of(name)[0] == 1
    assert Path(f"{name}.txt").exists()


def test_help_imports_nothing_heavy():
    code = (
        "import sys\nfrom pixmeans.__main__ import main\n"
        "for command in ('explain', 'compare', 'gallery'): main([command, '--help'])\n"
        "print([m for m in ('numpy', 'PIL', 'matplotlib', 'rich') if m in sys.modules])"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.splitlines()[-1] == "[]"


def test_a_suffix_that_is_no_figure_is_named():
    assert {figure_for(f"a{suffix}") for suffix in FIGURE_OF} == {"F2", "F8", "F12"}
    with pytest.raises(SettingsError, match=r"'a\.txt'.*\.gif"):
        figure_for("a.txt")


@pytest.mark.slow
def test_a_result_explains_itself(folder, photo):
    result = pm.compress(photo, 4)
    result.explain("a.png")
    assert frames_of("a.png")[0] == 1
    with pytest.raises(OutputExistsError):
        result.explain("a.png")
    result.explain("a.png", figure="F20", overwrite=True)


@pytest.mark.slow
@pytest.mark.parametrize("format", ["png", "webp", "gif"])
def test_notebooks_show_a_result(photo, format):
    result = pm.compress(photo, 4, format=format)
    assert result._repr_png_().startswith(b"\x89PNG")
    words = result._repr_html_()
    assert all(name in words for name in result.palette.hex)
    assert f"{len(result.data)} bytes" in words


def test_figures_are_a_public_name():
    assert pm.figures is figures
    assert "figures" in dir(pm)


@pytest.mark.slow
def test_draw_takes_results_and_pictures_with_settings_of_theirs_or_given_ones(folder, photo):
    result = pm.compress(photo, settings=pm.Settings.article(k=4, max_iterations=2))
    assert draw(result, "a.png").caption.startswith("k = 4, start: random pixels")
    assert draw(photo, "b.png", settings=pm.Settings.article(k=5, max_iterations=2)).caption.startswith("k = 5")
    assert draw("photo.png", "c.svg", figure="F4").figure == "F4"


@pytest.mark.slow
@pytest.mark.parametrize(("name", "told"), [("moving.gif", "first frame of 3"), ("pages.tif", "first page of 3")])
@pytest.mark.parametrize(
    "words",
    [
        ["explain", "-o", "a.png", "-k", "2"],
        ["explain", "-o", "a.html", "-k", "2"],
        ["compare", "-o", "a.png", "-k", "2,3"],
    ],
)
def test_a_picture_of_many_frames_is_said_to_be_one_of_them(folder, photo, name, told, words, capsys):
    first, *others = (PIL.Image.fromarray(np.roll(photo, 9 * number, axis=1)) for number in range(3))
    first.save(name, save_all=True, append_images=others)
    assert main([*words, "--max-iterations", "2", name]) == 0
    assert f", {told}, " in capsys.readouterr().err


@pytest.mark.parametrize(
    "words",
    [
        ["explain", "in/clear.png", "-o", "a.png"],
        ["explain", "in/clear.png", "-o", "a.html"],
        ["compare", "in/clear.png", "-k", "2,3", "-o", "a.png"],
        ["gallery", "all", "--image", "in/clear.png"],
    ],
)
def test_a_picture_of_which_nothing_is_seen_is_named(folder, capsys, words):
    Path("in").mkdir()
    PIL.Image.new("RGBA", (9, 7)).save("in/clear.png")
    assert main(words) == 3
    told = capsys.readouterr().err
    assert (
        told == "pixmeans: in/clear.png: every pixel is transparent, there is nothing to show; take another picture\n"
    )
    assert {path.name for path in Path().rglob("*.*") if path.is_file()} == {"photo.png", "text.png", "clear.png"}
