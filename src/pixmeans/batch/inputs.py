"""Words -> inputs: files, folders that are searched, patterns that no shell has expanded; in natural order."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence

from ..choices import FORMATS
from ..errors import InputError, UsageError, shown
from ..records import dataclass

STDIO = "-"

WRITTEN = [extension for choice in FORMATS.values() for extension in choice.extensions]
# What a folder is searched for. Files that are named one by one are known by their content alone.
PICTURES = frozenset(
    (
        *WRITTEN,
        *(".apng", ".jpg", ".jpeg", ".jpe", ".jfif", ".mpo", ".avif", ".tif", ".tiff"),
        *(".bmp", ".dib", ".ico", ".tga", ".ppm", ".pgm", ".pbm", ".pnm", ".qoi", ".jp2", ".j2k", ".pxm"),
    )
)


@dataclass(frozen=True)
class Found:
    """An input: its path or '-'.

    searched: whether it was found in a folder; otherwise it was named. below: its own folder, seen from that one.
    trouble: why this is a folder whose pictures cannot be found; '' for a file.
    """

    path: str
    searched: bool = False
    below: str = ""
    trouble: str = ""


def find(inputs: Sequence[str], *, recursive: bool, in_place: bool = False) -> list[Found]:
    """The inputs, with the pictures in folders in the place of the folders, in natural order: 2.png before 10.png.

    A pattern with *, ? or [...] that names no file stands for all files that it fits, as in a shell; ** for folders.
    in_place: look for files of the formats that can be written only.
    Raises UsageError for a folder without `recursive` and where folders hold no picture, InputError for one that cannot
    be listed.
    """
    found: list[Found] = []
    for path in _expanded(inputs):
        if path != STDIO and os.path.isdir(path):
            if not recursive:
                raise UsageError(f"{shown(path)}: this is a folder; add -r for the pictures in it")
            found += _walk(path, in_place)
        else:
            found.append(Found(path))
    if inputs and not found:
        which = f"that --in-place can replace ({', '.join(WRITTEN)}); use -d DIR for others" if in_place else ""
        where = "in this folder" if len(inputs) == 1 else "in these folders"
        raise UsageError(f"{shown(inputs[0])}: there is no picture {where} {which}".rstrip())
    return found


def natural(name: str) -> tuple[tuple[bool, int, str], ...]:
    """What to sort names by, so that numbers in them count as numbers and capitals do not come first.

    >>> sorted(["b10", "B2", "b1", "a"], key=natural)
    ['a', 'b1', 'B2', 'b10']
    """
    parts = re.split(r"([0-9]+)", name)
    # Numbers stand at odd places. Of names that are alike otherwise, the texts themselves decide.
    alike = tuple((bool(i % 2), int(part) if i % 2 else 0, part.casefold()) for i, part in enumerate(parts))
    return (*alike, (False, 0, name))


def _expanded(inputs: Iterable[str]) -> list[str]:
    names: list[str] = []
    for path in inputs:
        if path == STDIO or not re.search(r"[*?[]", path) or os.path.lexists(path):
            names.append(path)
            continue
        from glob import glob

        # What fits nothing is told as a file that is missing.
        names += sorted(glob(path, recursive=True), key=natural) or [path]
    return names


def _walk(top: str, in_place: bool) -> list[Found]:
    found: list[Found] = []

    def failed(error: OSError) -> None:
        folder = str(error.filename)
        trouble = f"{shown(folder)}: cannot be listed: {error.strerror}; check its permissions"
        if folder == top:
            raise InputError(trouble)
        found.append(Found(folder, True, trouble=trouble))

    wanted = WRITTEN if in_place else PICTURES
    for folder, folders, files in os.walk(top, onerror=failed):
        folders.sort(key=natural)
        below = os.path.relpath(folder, top)
        for name in sorted(files, key=natural):
            path = os.path.join(folder, name)
            extension = os.path.splitext(name)[1].lower()
            # Pipes and sockets with a picture's name are no pictures; a dangling link is reported later.
            if extension in wanted and (os.path.isfile(path) or not os.path.exists(path)):
                found.append(Found(path, True, "" if below == os.curdir else below))
    return found
