"""What can go wrong, as few classes as callers need to tell apart.

    PixmeansError
    ├── InputError            the picture cannot be read            exit code 3
    ├── OutputError           the result cannot be written          exit code 4
    │   └── OutputExistsError   something is there already          exit code 15
    └── SettingsError         an argument makes no sense            exit code 2   (also a ValueError)

Every message is one line that names the file or the argument, says what is wrong, and gives the way out.
"""


class PixmeansError(Exception):
    """Anything that pixmeans reports about its work; the message is one line for a person."""

    exit_code = 1


class InputError(PixmeansError):
    """The picture is missing, unreadable, damaged, too large, or not a picture."""

    exit_code = 3


class OutputError(PixmeansError):
    """The result cannot be written where it was asked for."""

    exit_code = 4


class OutputExistsError(OutputError):
    """Something stands where the result would go, and overwriting was not asked for."""

    exit_code = 15


class SettingsError(PixmeansError, ValueError):
    """An argument is outside its range, or two contradict each other: name, value and range are in the message."""

    exit_code = 2
