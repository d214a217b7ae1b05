"""What can go wrong, as few classes as callers need to tell apart.

    PixmeansError
    ├── InputError            the picture cannot be read            exit code 3
    ├── OutputError           the result cannot be written          exit code 4
    │   └── OutputExistsError   something is there already          exit code 15
    ├── SettingsError         an argument makes no sense            exit code 2   (also a ValueError)
    └── UsageError            names and flags contradict each other exit code 2

Every message is one line that names the file or the argument, says what is wrong, and gives the way out.
"""

import os


def shown(name: str | os.PathLike[str]) -> str:
    """A file's name as it can stand in a message: on one line, with nothing that a terminal would obey.

    >>> shown("photo 1.png"), shown("a" + chr(10) + "b.png"), shown("")
    ('photo 1.png', 'a\\\\nb.png', "''")
    """
    text = os.fspath(name)
    if not text:
        return "''"
    return text if text.isprintable() else repr(text)[1:-1]


class PixmeansError(Exception):
    """Anything that pixmeans reports about its work; the message is one line for a person."""

    exit_code = 1


class InputError(PixmeansError):
    """The picture is missing, unreadable, damaged, too large, or not a picture."""

    exit_code = 3

    @classmethod
    def invisible(cls, name: str | os.PathLike[str] | None) -> "InputError":
        """The error of a picture of which nothing is seen, for what shows or clusters colors. name: None for none."""
        named = "" if name is None else f"{shown(name)}: "
        return cls(f"{named}every pixel is transparent, there is nothing to show; take another picture")

    @classmethod
    def uncounted(cls, name: str | os.PathLike[str] | None) -> "InputError":
        """The error of a picture whose colors nobody wants, or of several. name: of one; None for more."""
        named = "" if name is None else f"{shown(name)}: "
        return cls(f"{named}no pixel counts: all are transparent or of an ignored color; take another picture")


class OutputError(PixmeansError):
    """The result cannot be written where it was asked for."""

    exit_code = 4


class OutputExistsError(OutputError):
    """Something stands where the result would go, and overwriting was not asked for."""

    exit_code = 15

    @classmethod
    def at(cls, path: str | os.PathLike[str]) -> "OutputExistsError":
        """The error of a file that is there, with the way out for the command and for Python."""
        return cls(f"{shown(path)}: exists already; choose another name, or overwrite it (--force, overwrite=True)")


class SettingsError(PixmeansError, ValueError):
    """An argument is outside its range, or two contradict each other: name, value and range are in the message."""

    exit_code = 2


class UsageError(PixmeansError):
    """Inputs, outputs and flags that contradict each other, or a command that is not complete."""

    exit_code = 2
