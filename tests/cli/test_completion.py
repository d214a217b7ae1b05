"""Completions, driven in real shells through a pseudo-terminal, and the manual page as man sees it."""

from __future__ import annotations

import os
import re
import select
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from pixmeans.__main__ import main
from pixmeans.cli.completion import PLACES, WRITTEN
from pixmeans.cli.grammar import FILES, FOLDERS, NAMES, commands

pty = pytest.importorskip("pty", reason="there are no pseudo-terminals here")

# What values are called that nobody can complete: numbers, sizes, colors, names that a person makes up.
FREE = {
    *("N", "X", "S", "Q", "MIN-MAX", "SIZE", "HEX", "COLOR", "SECONDS", "LAMBDA", "ADDRESS", "A,B,...", "X,Y,W,H"),
    *("0..6", "1..255", "NAME", "BY", "PATTERN"),
}
SHELLS = {
    "bash": ["bash", "--norc", "--noprofile", "-i"],
    "zsh": ["zsh", "-f", "-i"],
    "fish": ["fish", "--no-config", "-i"],
}
START = {
    "bash": "PS1='ready> '; bind 'set bell-style none'; bind 'set show-all-if-ambiguous on'; . {script}",
    "zsh": "PS1='ready> '; unsetopt beep zle_bracketed_paste; autoload -U compinit; compinit -D -u; . {script}",
    "fish": "function fish_prompt; printf 'ready> '; end; source {script}",
}


def missing(program: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(shutil.which(program) is None, reason=f"{program} is not installed")


def test_every_value_is_completed_or_known_to_be_free() -> None:
    """Whoever adds an option decides what may stand behind it."""
    for command in commands():
        for word in (*command.options, *command.operands):
            parts = set(word.value.split("|")) - {""}
            assert parts <= FILES | FOLDERS | FREE | set(word.words), (command.name, word)
    assert all(
        any(set(names) <= set(word.words) for command in commands() for word in command.options)
        for names in NAMES.values()
    )


@pytest.mark.parametrize("shell", WRITTEN)
def test_all_commands_and_flags_are_told_of(shell: str, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    assert main(["completion", shell]) == 0
    script = capsysbinary.readouterr().out.decode().replace("\\-", "-")
    for command in commands():
        assert command.name in script
        for option in command.options:
            flags = [flag.lstrip("-") if shell == "fish" else flag for flag in option.flags]
            assert all(flag in script for flag in flags)


def test_an_unknown_shell_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion", "csh"]) == 2
    assert "bash, zsh, fish, man, not for 'csh'" in capsys.readouterr().err


def test_each_has_its_place_in_packages() -> None:
    assert set(PLACES) == set(WRITTEN)


class Terminal:
    """A shell that believes a person is typing."""

    def __init__(self, shell: str, folder: Path) -> None:
        script = folder.parent / f"completion.{shell}"
        script.write_text(WRITTEN[shell](), encoding="utf-8")
        self._process, self._end = pty.fork()
        if self._process == 0:
            os.chdir(folder)
            environment = {"PATH": os.environ["PATH"], "TERM": "dumb", "HOME": str(folder.parent), "COLUMNS": "300"}
            os.execvpe(SHELLS[shell][0], SHELLS[shell], environment)
        self.type(START[shell].format(script=script) + "\n")
        self.type("echo be''gin\n")
        self.read("\nbegin")

    def type(self, text: str) -> None:
        os.write(self._end, text.encode())

    def read(self, wanted: str, seconds: float = 20) -> str:
        """What was said until this was, or until nothing more comes."""
        found, until = "", time.monotonic() + seconds
        while time.monotonic() < until and not re.search(wanted, found.replace("\r", "")):
            if select.select([self._end], [], [], 0.1)[0]:
                found += os.read(self._end, 1 << 16).decode("utf-8", "replace")
        assert re.search(wanted, found.replace("\r", "")), f"{wanted!r} did not come: {found!r}"
        return found

    def completed(self, typed: str, seconds: float) -> str:
        """The line after the tab: it is not run, but told by echo, which is put before it.

        seconds: how long to wait, as a shell may lose what is typed while it completes.
        """
        self.type(f"{typed}\t")
        time.sleep(seconds)
        self.type("\x01echo got: \x05 .\n")
        found = re.search(r"\ngot: (pixmeans.*) \.", self.read(r"\ngot: pixmeans.* \.").replace("\r", ""))
        assert found is not None
        return found[1]

    def close(self) -> None:
        os.close(self._end)
        os.kill(self._process, 9)
        os.waitpid(self._process, 0)


CASES = [
    ("pixmeans pal", "pixmeans palette "),
    ("pixmeans compl", "pixmeans completion "),
    ("pixmeans palette --for", "pixmeans palette --format"),
    ("pixmeans palette --format jso", "pixmeans palette --format json"),
    ("pixmeans palette --sort light", "pixmeans palette --sort lightness"),
    ("pixmeans photo.png --dither floy", "pixmeans photo.png --dither floyd-steinberg"),
    ("pixmeans compress --init random-p", "pixmeans compress --init random-pixels"),
    ("pixmeans --color-bits rgba", "pixmeans --color-bits rgba4444"),
    ("pixmeans alternative enc", "pixmeans alternative encode"),
    ("pixmeans pho", "pixmeans photo.png"),
    ("pixmeans -k 16 pho", "pixmeans -k 16 photo.png"),
    ("pixmeans info pho", "pixmeans info photo.png"),
    ("pixmeans compress -o pho", "pixmeans compress -o photo.png"),
    ("pixmeans photo.png -d fol", "pixmeans photo.png -d folder"),
    ("pixmeans photo.png --palette inp", "pixmeans photo.png --palette input"),
    ("pixmeans photo.png --palette pho", "pixmeans photo.png --palette photo.png"),
]


@pytest.mark.slow
@pytest.mark.parametrize("shell", [pytest.param(shell, marks=missing(shell)) for shell in SHELLS])
def test_words_are_completed_in_a_real_shell(shell: str, tmp_path: Path) -> None:
    folder = tmp_path / "here"
    (folder / "folder").mkdir(parents=True)
    (folder / "photo.png").touch()
    terminal = Terminal(shell, folder)
    try:
        for typed, wanted in CASES:
            for seconds in (0.1, 1, 3):  # a busy machine needs longer
                found = terminal.completed(typed, seconds).replace("/", "").split()
                if found == wanted.split():
                    break
            assert found == wanted.split()
    finally:
        terminal.close()


@pytest.mark.slow
@missing("bash")
def test_bash_completes_behind_a_sign_of_equality(tmp_path: Path) -> None:
    terminal = Terminal("bash", tmp_path)
    try:
        assert terminal.completed("pixmeans palette --format=jso", 1).strip() == "pixmeans palette --format=json"
    finally:
        terminal.close()


@pytest.mark.slow
@missing("man")
def test_the_manual_page_is_rendered_without_a_warning(tmp_path: Path) -> None:
    page = tmp_path / "pixmeans.1"
    page.write_text(WRITTEN["man"](), encoding="utf-8")
    environment = {**os.environ, "MANWIDTH": "100", "LC_ALL": "C.UTF-8"}
    done = subprocess.run(
        ["man", "--warnings=all", "-l", str(page)], capture_output=True, text=True, env=environment, check=True
    )
    assert done.stderr == ""
    told = re.sub(r".\x08|\x1b\[[0-9;]*m", "", done.stdout)
    for command in commands():
        assert f"pixmeans {command.name}" in told
        assert all(flag in told for option in command.options for flag in option.flags)
