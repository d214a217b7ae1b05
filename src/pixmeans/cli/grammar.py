"""What the parser knows of each command, for those who write it down: completions of shells, the manual page.

Imports nothing heavy: packages are built with it, where neither NumPy nor Pillow is installed.
"""

from __future__ import annotations

import argparse
import re

from ..choices import (
    ALTERNATIVES,
    COLOR_BITS,
    DITHERS,
    PALETTE_FORMATS,
    PALETTE_ORDERS,
    STARTS,
    WEIGH,
)
from ..records import dataclass
from .commands import COMMANDS
from .parser import FILES, FOLDERS, build

DEFAULT_COMMAND = "compress"
# Words that stand for one of a table, by where the parser stores them.
NAMES: dict[str, tuple[str, ...]] = {
    "color_bits": tuple(COLOR_BITS),
    "dither": tuple(DITHERS),
    "figure": (),  # of `pixmeans explain --list`
    "init": tuple(STARTS),
    "method": tuple(ALTERNATIVES),
    "palette_format": tuple(PALETTE_FORMATS),
    "sort": tuple(PALETTE_ORDERS),
    "weigh": tuple(WEIGH),
}


@dataclass(frozen=True)
class Word:
    """An option, or what stands in its place.

    flags: such as ('-k', '--k'); none for what has no flag. value: what its help calls its value, '' for none.
    help: one line, or more sentences. words: what the value may be, files, folders: whether it may be a path.
    repeats: whether it may stand there more than once.
    """

    flags: tuple[str, ...]
    value: str
    help: str
    words: tuple[str, ...] = ()
    files: bool = False
    folders: bool = False
    repeats: bool = False

    @property
    def brief(self) -> str:
        """The help up to its first semicolon, colon or bracket."""
        return re.split(r"; |: | \(|\. ", self.help)[0].strip("()")


@dataclass(frozen=True)
class Group:
    """Options under one title."""

    title: str
    words: tuple[Word, ...]


@dataclass(frozen=True)
class Described:
    """A command. usage: one line. help, description, examples: as the parser tells them. groups: all of its words."""

    name: str
    usage: str
    help: str
    description: str
    examples: str
    groups: tuple[Group, ...]

    @property
    def options(self) -> tuple[Word, ...]:
        """What begins with a dash."""
        return tuple(word for group in self.groups for word in group.words if word.flags)

    @property
    def operands(self) -> tuple[Word, ...]:
        """What does not."""
        return tuple(word for group in self.groups for word in group.words if not word.flags)


def program() -> tuple[str, tuple[Word, ...]]:
    """What `pixmeans --help` begins with, and the options that need no command."""
    parser = build()
    return parser.description or "", tuple(_word(one) for one in parser._actions if one.option_strings)


def commands() -> tuple[Described, ...]:
    """All of them, in the order of the help."""
    found = next(one for one in build()._actions if isinstance(one, argparse._SubParsersAction))
    return tuple(_described(name, found.choices[name]) for name in COMMANDS)


def _described(name: str, parser: argparse.ArgumentParser) -> Described:
    parser.color = False  # type: ignore[attr-defined,unused-ignore]  # since Python 3.14, on terminals
    groups = []
    for group in parser._action_groups:
        words = tuple(_word(action) for action in group._group_actions)
        if words:
            groups.append(Group(group.title or "", words))
    usage = " ".join(parser.format_usage().removeprefix("usage: ").split())
    return Described(name, usage, COMMANDS[name].help, parser.description or "", parser.epilog or "", tuple(groups))


def _word(action: argparse.Action) -> Word:
    value = "" if action.nargs == 0 else str(action.metavar or action.dest)
    parts = value.split("|")
    words = (*NAMES.get(action.dest, ()), *(part for part in parts if re.fullmatch(r"[a-z0-9][a-z0-9-]*", part)))
    return Word(
        flags=tuple(action.option_strings),
        value=value,
        help=" ".join((action.help or "").replace("%%", "%").split()),
        words=words,
        files=not FILES.isdisjoint(parts),
        folders=not FOLDERS.isdisjoint(parts),
        repeats=isinstance(action, (argparse._AppendAction, argparse._CountAction)) or action.nargs in ("*", "+"),
    )
