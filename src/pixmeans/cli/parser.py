"""The grammar: `pixmeans [COMMAND] ...`. Imports neither NumPy nor Pillow, so that `--help` answers at once."""

from __future__ import annotations

import argparse
import os

from .. import __version__
from ..errors import SettingsError, UsageError, shown
from . import habits
from .commands import COMMANDS

# Values that stand for files, and for folders.
FILES = {"FILE", "IN", "MASK", "ORIGINAL", "STATE"}
FOLDERS = {"DIR"}

TYPE_CHECKING = False  # `typing` takes a twentieth of the time of `--help`
if TYPE_CHECKING:
    from typing import Any, NoReturn

# The numbers were measured on the pictures of explain/samples/, at k=16 and k=256.
_OVERVIEW = """\
Compress pictures by k-means: find the k colors that stand for all the others with the least error.

  pixmeans photo.png                 writes photo-k256.png beside it and prints one line
  pixmeans --quality 80 photo.png    the smallest file that looks almost the same
  pixmeans photo.png -k 16           16 colors: 4 bits a pixel instead of 24
  pixmeans compress -r shots -d out  a folder into another folder
  pixmeans palette photo.jpg         the 8 main colors, one a line
  pixmeans explain photo.png         an animation of how the colors are found
  pixmeans studio                    a page in the browser to watch k-means on, and to play with
  pixmeans compare photo.png -k 16,64   the same picture with more and fewer colors, and what each costs
  pixmeans info photo.png            what is in the file, and what k colors would cost
  pixmeans demo                      try it on a generated picture

What to expect, on the sample pictures: pixel art and screenshots with up to 256 colors keep every pixel and
become 2 to 3 times smaller than their PNG. A photo-like picture becomes 18 times smaller with 16 colors and
3.4 times with 256; with --quality 80 10 times, between a JPEG of quality 85 and one of 90.
"""


class _Parser(argparse.ArgumentParser):
    """Errors are one line that names the way out; help wraps at 100 columns."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("formatter_class", _Format)
        options.setdefault("allow_abbrev", False)  # a new flag must not change the meaning of an old script
        super().__init__(**options)

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message} (see {self.prog} --help)")


class _Format(argparse.RawDescriptionHelpFormatter):
    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=30, width=100)


def build(only: str | None = None) -> argparse.ArgumentParser:
    """The grammar. The words of a command hold `load`: a function that imports it and returns what runs it.

    only: the command whose flags are needed; all others take a third of the time of `--help`. None: those of all.
    """
    parser = _Parser(prog="pixmeans", description=_OVERVIEW)
    parser.add_argument("--version", action="version", version=f"pixmeans {__version__}", help="print the version")
    subparsers = parser.add_subparsers(title="commands", metavar="", parser_class=_Parser)
    for name, command in COMMANDS.items():
        added = subparsers.add_parser(name, help=command.help, description=command.description, epilog=command.examples)
        if only in (None, name):
            command.add_flags(added)
        added.set_defaults(load=command.load)
    return parser


def parse(argv: list[str]) -> argparse.Namespace:
    """The words as a namespace; `pixmeans photo.png` means `pixmeans compress photo.png`.

    Raises UsageError; SystemExit after --help or --version.
    """
    if not argv:
        raise UsageError("which picture? for example: pixmeans photo.png (see pixmeans --help)")
    is_bare = argv[0] not in (*COMMANDS, "-h", "--help", "--version")
    if is_bare:
        argv = ["compress", *argv]
    _refuse_files_like_flags(argv)
    parser = build(argv[0])
    try:
        args, unknown = parser.parse_known_args(_with_suffix_joined(argv))
    except SettingsError as error:  # from a flag's own check
        raise UsageError(str(error)) from None
    late = habits.answer_to_late_command(args, COMMANDS) if is_bare else None
    if late is not None:
        raise UsageError(late)
    if unknown:
        known = habits.answer(unknown) if argv[0] == "compress" else None
        unknown_words = f"unrecognized arguments: {' '.join(unknown)}" if known is None else known
        raise UsageError(f"{unknown_words} (see pixmeans {argv[0]} --help)")
    _refuse_empty_names(args, parser, argv[0])
    number = habits.answer_to_number(args) if argv[0] == "compress" else None
    if number is not None:
        raise UsageError(number)
    return args


def _refuse_files_like_flags(argv: list[str]) -> None:
    """Raise UsageError for a flag that is also a file's name here: `*.png` may have put it there.

    A file named --in-place would have all others replaced.
    """
    for word in argv:
        if word == "--":
            return
        if word.startswith("-") and word != "-" and os.path.lexists(word):
            name = shown(word)
            raise UsageError(
                f"{name}: this is a flag, and also a file here; for the file write ./{name}, else rename it"
            )


def _refuse_empty_names(args: argparse.Namespace, parser: argparse.ArgumentParser, command: str) -> None:
    """Raise UsageError for a file or folder whose name is empty, as a variable of a script may be.

    Inputs are told later, as there may be several.
    """
    commands = next(one for one in parser._actions if isinstance(one, argparse._SubParsersAction))
    for action in commands.choices[command]._actions:
        words, value = set(str(action.metavar).split("|")), getattr(args, action.dest, None)
        if (
            action.option_strings
            and words & (FILES | FOLDERS)
            and "" in (value if isinstance(value, list) else [value])
        ):
            kind = "folder" if words & FOLDERS else "file"
            raise UsageError(f"{action.option_strings[0]} has an empty name; give a {kind}")


def _with_suffix_joined(argv: list[str]) -> list[str]:
    """`--suffix -small` as `--suffix=-small`: a suffix usually begins with what argparse takes for a flag."""
    joined: list[str] = []
    words = iter(argv)
    for word in words:
        if word == "--":
            return [*joined, word, *words]
        value = next(words, None) if word == "--suffix" else None
        joined.append(word if value is None else f"{word}={value}")
    return joined
