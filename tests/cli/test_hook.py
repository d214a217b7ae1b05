"""`pixmeans hook`, and the hooks of pre-commit, run as it runs them."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import numpy as np
import PIL.Image
import pytest
import yaml
from helpers import blobs

from pixmeans.__main__ import main
from pixmeans.cli.flags import saving

ROOT = Path(__file__).parents[2]
HOOKS = {one["id"]: one for one in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())}


@pytest.fixture
def pictures(tmp_path, monkeypatch):
    """Names of pictures of all kinds: some become smaller, some cannot."""
    monkeypatch.chdir(tmp_path)
    flat = blobs(1, 24 * 30).reshape(24, 30, 3) // 64 * 64
    image = PIL.Image.fromarray(flat)
    image.save("flat.png", compress_level=0)
    image.save("flat.webp", lossless=True, quality=0)
    image.save("flat.gif", save_all=True, append_images=[image.rotate(90)])
    image.save("moving.png", save_all=True, append_images=[image.rotate(180)], compress_level=0)
    PIL.Image.fromarray(np.random.default_rng(0).integers(0, 256, (20, 30, 3), np.uint8)).save("noise.png")
    PIL.Image.fromarray(flat[:4, :4]).save("tiny.png")
    image.save("photo.jpg")
    Path("notes.txt").write_text("no picture")
    return sorted(path.name for path in tmp_path.iterdir())


def contents(names):
    return {name: Path(name).read_bytes() for name in names}


@pytest.mark.slow
def test_the_second_run_of_the_hook_changes_nothing(pictures, capsys):
    before = contents(pictures)
    words = shlex.split(HOOKS["pixmeans"]["entry"])
    assert words[0] == "pixmeans"
    assert main([*words[1:], *pictures]) == 0
    after = contents(pictures)
    assert {name for name in pictures if before[name] != after[name]} == {"flat.png", "moving.png"}
    assert main([*words[1:], *pictures]) == 0
    assert contents(pictures) == after
    check = shlex.split(HOOKS["pixmeans-check"]["entry"])
    assert main([*check[1:], *pictures]) == 0


@pytest.mark.slow
def test_the_check_fails_before_the_hook_and_writes_nothing(pictures, capsys):
    before = contents(pictures)
    check = shlex.split(HOOKS["pixmeans-check"]["entry"])
    assert main([*check[1:], *pictures]) == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert "flat.png: " in told.err
    assert "noise.png" not in told.err
    assert contents(pictures) == before


@pytest.mark.slow
@pytest.mark.parametrize("least", ["0%", "50%", "100%", "1MB", "50%,1kB", "5%,1MB"])
def test_what_saves_too_little_stays(least, pictures, capsys):
    old = Path("flat.png").read_bytes()
    assert main(["hook", "--json", "--least-saving", least, "flat.png"]) == 0
    found = json.loads(capsys.readouterr().out)
    saved = len(old) - found["sizes"]["file"]
    percent, size = saving(least)
    is_worth_it = 100 * saved >= percent * len(old) and saved >= size
    assert found["status"] == ("written" if is_worth_it else "kept")
    assert (Path("flat.png").read_bytes() != old) == is_worth_it


@pytest.mark.slow
def test_the_same_holds_for_compress(pictures, capsys):
    old = Path("flat.png").read_bytes()
    assert main(["--in-place", "--least-saving", "100%", "flat.png"]) == 0
    assert "kept: the result is hardly smaller" in capsys.readouterr().err
    assert Path("flat.png").read_bytes() == old
    assert main(["flat.png", "-k", "4", "--least-saving", "100%"]) == 0
    assert not Path("flat-k4.png").exists()
    assert main(["--in-place", "--least-saving", "10%,1kB", "flat.png"]) == 0
    assert len(Path("flat.png").read_bytes()) < len(old)


@pytest.mark.slow
def test_what_is_ignored_or_cannot_reach_the_quality_stays(pictures, capsys):
    before = contents(pictures)
    assert main(["hook", "--ignore", "flat.*", "--ignore", "t*", "--ignore", "moving*", *pictures]) == 0
    assert contents(pictures) == before
    assert main(["hook", "-v", "--quality", "99.9", "noise.png"]) == 0
    assert "quality 99.9 not reached" in capsys.readouterr().err
    assert contents(pictures) == before


@pytest.mark.slow
def test_a_broken_file_is_named_and_the_others_are_done(pictures, capsys):
    Path("broken.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    before = len(Path("flat.png").read_bytes())
    assert main(["hook", "broken.png", "flat.png"]) == 1
    assert "broken.png" in capsys.readouterr().err
    assert len(Path("flat.png").read_bytes()) < before


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--least-saving", "5%", "-o", "x.png", "flat.png"], "--least-saving and -o, which always writes"),
        (["--least-saving", "5%", "--keep-larger", "flat.png"], "--least-saving and --keep-larger"),
        (["--least-saving", "much", "flat.png"], "must be a size"),
        (["--least-saving", "150%", "flat.png"], "must be like 5%, 1kB or 5%,1kB"),
        (["--least-saving", "x%", "flat.png"], "must be a number"),
    ],
)
def test_contradictions_are_named(words, message, pictures, capsys):
    assert main(words) == 2
    assert message in capsys.readouterr().err


def test_without_pictures_there_is_nothing_to_do(pictures):
    assert main(["hook"]) == 0
    assert main(["hook", "notes.txt", "photo.jpg"]) == 0


def test_the_hooks_are_for_the_formats_that_can_be_written():
    from pixmeans.choices import FORMATS

    for hook in HOOKS.values():
        assert set(hook["types_or"]) == set(FORMATS)
        assert hook["require_serial"]  # pixmeans shares the work among processes itself
