"""The manual page, in the language of man(7), made of the parser."""

from __future__ import annotations

from .. import __version__
from .grammar import Described, Word, commands, program

ENVIRONMENT = (
    ("PIXMEANS_THREADS", "As --threads: how many threads the kernels use; 0 is one a core."),
    ("NO_COLOR", "No color and no progress bar."),
)


def page() -> str:
    """All of it."""
    overview, options = program()
    title, _, rest = overview.partition("\n\n")
    lines = [
        f'.TH PIXMEANS 1 "" "pixmeans {__version__}" "User commands"',
        ".nh",  # an option broken at a hyphen cannot be copied
        ".ad l",
        ".SH NAME",
        "pixmeans \\- compress pictures by k\\-means",
        ".SH SYNOPSIS",
        ".B pixmeans",
        _text("[COMMAND] [OPTION]... [IN]..."),
        ".SH DESCRIPTION",
        _text(title),
        *_as_typed(rest),
        ".SH OPTIONS",
        *(line for option in options for line in _option(option)),
        ".SH COMMANDS",
        *(line for command in commands() for line in _command(command)),
        ".SH ENVIRONMENT",
    ]
    for name, meaning in ENVIRONMENT:
        lines += [".TP", f".B {_text(name)}", _text(meaning)]
    return "\n".join(lines) + "\n"


def _command(command: Described) -> list[str]:
    lines = [f".SS {_text(f'pixmeans {command.name}')}", _text(command.description), ".PP", _text(command.usage)]
    for group in command.groups:
        if group.title not in ("options", "positional arguments"):
            lines += [".PP", f".I {_text(group.title)}"]
        lines += [line for word in group.words for line in _option(word)]
    return [*lines, *_as_typed(command.examples)]


def _option(word: Word) -> list[str]:
    value = f" {word.value}" if word.value else ""
    names = ", ".join(f"\\fB{_text(flag)}\\fR" for flag in word.flags)
    shown = names + (f"\\fI{_text(value)}\\fR" if names else f"\\fI{_text(value.strip())}\\fR")
    return [".TP", shown, _text(word.help) or "\\&"]


def _as_typed(text: str) -> list[str]:
    """Lines as they are."""
    return [".PP", ".EX", *(_text(line) for line in text.rstrip("\n").split("\n")), ".EE"] if text.strip() else []


def _text(line: str) -> str:
    """A line in which nothing is a request, and a dash is a dash that can be copied."""
    line = (
        line.replace("\\", "\\e").replace("-", "\\-").replace("'", "\\(aq").replace("`", "\\(ga").replace("^", "\\(ha")
    )
    line = line.replace("~", "\\(ti")
    return "\\&" + line if line.startswith((".", "'")) else line
