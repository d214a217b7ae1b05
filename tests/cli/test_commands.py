"""The table of commands is all there is to know about them."""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from pixmeans import choices
from pixmeans.__main__ import main
from pixmeans.cli.commands import COMMANDS, Command


@pytest.mark.parametrize("name", COMMANDS)
def test_every_row_leads_to_a_function(name: str) -> None:
    assert callable(COMMANDS[name].load())


@pytest.mark.slow
@pytest.mark.parametrize(
    "table",
    ["SPACES", "MASKING", "PROTECT", "STARTS", "EFFORTS", "EMPTY", "DITHERS", "FORMATS", "PNG_TYPES", "LOSSY", "ICC"],
)
def test_help_names_every_choice(table: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compress", "--help"]) == 0
    told = re.sub(r"-\n\s+", "-", capsys.readouterr().out)  # a name may be broken at its hyphen
    assert set(getattr(choices, table)) <= set(re.split(r"[^\w+-]+", told))


def test_the_documents_name_every_command_and_format() -> None:
    page, readme = ((Path(__file__).parents[2] / name).read_text() for name in ("docs/what-it-does.md", "README.md"))
    rows = re.findall(r"^\| `pixmeans ([a-z]+)", page, re.M)
    assert sorted(rows) == sorted(COMMANDS)
    for text in (page, readme):
        assert [name for name in choices.FORMATS if name.upper() not in text.upper()] == []


def test_a_new_command_is_a_row_and_a_module(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    module = ModuleType("pixmeans.cli.greet")
    module.run = lambda args: len(args.who)  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "pixmeans.cli.greet", module)

    def add_flags(parser: argparse.ArgumentParser) -> None:
        parser.add_argument("who")

    monkeypatch.setitem(COMMANDS, "greet", Command("say hello", "Say hello to somebody.", add_flags, "greet"))
    assert main(["greet", "you"]) == 3
    assert main(["--help"]) == 0
    assert re.search(r"\bgreet +say hello", capsys.readouterr().out)
    assert main(["greet"]) == 2
    assert "pixmeans greet --help" in capsys.readouterr().err


def test_words_are_read_before_any_command_is_imported() -> None:
    code = (
        "import sys\n"
        "from pixmeans.cli.parser import parse\n"
        "parse(['info', 'photo.png'])\n"
        "sys.exit(', '.join(m for m in sys.modules if m in ('pixmeans.cli.info', 'pixmeans.batch', 'numpy')))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stderr.strip() == ""
