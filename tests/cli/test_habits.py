"""Who comes from pngquant gets one line that names our word."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import PIL.Image
import pytest

from pixmeans.__main__ import main
from pixmeans.cli.commands import COMMANDS
from pixmeans.cli.habits import WORDS
from pixmeans.cli.parser import build


@pytest.fixture
def picture(tmp_path: Path, photo: np.ndarray, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    PIL.Image.fromarray(photo).save("photo.png")
    return tmp_path


@pytest.mark.slow
@pytest.mark.parametrize("word", sorted(WORDS))
@pytest.mark.parametrize("form", ["{} photo.png", "photo.png {}", "{}=3 photo.png", "--quality 50 {} 3 photo.png"])
def test_each_word_has_its_answer(picture: Path, capsys: pytest.CaptureFixture[str], word: str, form: str) -> None:
    assert main(form.format(word).split()) == 2
    err = capsys.readouterr().err
    assert f"there is no {word} here: {WORDS[word]}" in err
    assert err.count("\n") == 1
    assert {path.name for path in picture.iterdir()} == {"photo.png"}


def test_answers_name_flags_that_there_are() -> None:
    commands = next(action for action in build()._actions if hasattr(action, "choices") and action.choices)
    flags = {word for action in commands.choices["compress"]._actions for word in action.option_strings}
    named = {word.strip(".,:;") for text in WORDS.values() for word in text.split() if word.startswith("-")}
    assert named - {"-small"} <= flags
    assert flags.isdisjoint(WORDS)


def test_a_number_in_front_is_a_number_of_colors(picture: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for words in (["16", "photo.png"], ["compress", "16", "photo.png"], ["-q", "16", "photo.png"]):
        assert main(words) == 2
        assert "16: there is no such file; for 16 colors use -k 16" in capsys.readouterr().err
    PIL.Image.open("photo.png").save("16", "PNG")
    assert main(["16", "-k", "4", "-q"]) == 0


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_behind_its_flags_is_told_to_come_first(
    picture: Path, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    for words in (["-q", command], ["--figure", "F8", command, "photo.png"]):
        assert main(words) == 2
        assert f"{command}: there is no such file, and a command comes first: pixmeans {command}" in (
            capsys.readouterr().err
        )


def test_a_file_that_is_called_as_a_command_is_a_file(picture: Path) -> None:
    PIL.Image.open("photo.png").save("demo", "PNG")
    assert main(["-q", "demo", "-k", "4"]) == 0


def test_other_words_and_commands_are_not_pngquants(picture: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for words in (["--foo", "photo.png"], ["palette", "--nofs", "photo.png"]):
        assert main(words) == 2
        assert "unrecognized arguments" in capsys.readouterr().err
