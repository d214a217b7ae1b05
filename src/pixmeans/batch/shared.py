"""One palette for all pictures of a batch: found before the first is written, and kept as a file beside them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

from .. import codecs, pipeline
from ..choices import MAX_INDEXED
from ..codecs.palette_writers import to_json
from ..errors import InputError, OutputExistsError, UsageError, shown
from ..flow.shared_palette import ColorSum, total
from ..parallel import use_threads
from ..settings import Settings
from .inputs import STDIO, Found
from .jobs import Placement


def palette_path(found: list[Found], settings: Settings, placement: Placement) -> str:
    """Where the palette goes: the folder of the results, or that which holds all of their folders.

    Raises UsageError for what cannot share a palette, SettingsError for settings of one picture.
    """
    if placement.output is not None:
        raise UsageError("--shared-palette is for many pictures, and -o names one file; use -d for a folder")
    if any(one.path == STDIO for one in found):
        raise UsageError("--shared-palette reads every picture twice, and stdin can be read only once; name files")
    for name in ("palette", "quality", "max_bytes", "importance"):
        if getattr(settings, name) is not None:
            flag = "--" + name.replace("_", "-")
            raise UsageError(f"--shared-palette and {flag} contradict each other; leave one out")
    for flag, given, why in (
        ("--bleed", settings.bleed, "its transparent entry serves all of them"),
        ("--keep-hidden-colors", settings.keep_hidden_colors, "each picture has hidden colors of its own"),
        ("--icc keep", settings.icc == "keep", "with another profile the same numbers are other colors"),
    ):
        if given:
            raise UsageError(f"--shared-palette and {flag} contradict each other, as {why}; leave one out")
    if settings.k > MAX_INDEXED:
        raise UsageError(f"--shared-palette has at most {MAX_INDEXED} colors, and k is {settings.k}; ask for fewer")
    if settings.palette_per == "frame":
        raise UsageError("--shared-palette and --palette-per frame contradict each other; leave one out")
    folder = placement.directory
    if folder is None:
        folders = [os.path.dirname(one.path) for one in found]
        same = len(set(folders)) == 1
        folder = folders[0] if same else os.path.commonpath([os.path.abspath(one) for one in folders])
    return os.path.join(folder, f"palette-k{settings.k}.json")


Count = Callable[[list[str], Settings, str], ColorSum | None]


def count_here(
    paths: list[str], settings: Settings, weigh: str, tell: Callable[[int], None] | None = None
) -> ColorSum | None:
    """The colors of all pictures that can be read, counted here. What is wrong with others their own jobs say.

    tell: is called with the number of pictures that are done.
    """

    def each_one() -> Iterator[ColorSum]:
        for number, path in enumerate(paths):
            if tell is not None:
                tell(number)
            try:
                yield pipeline.colors_of(path, settings, weigh=weigh)
            except InputError:
                continue

    with use_threads(settings.threads):
        return total(each_one())


def write_palette(
    path: str, found: list[Found], settings: Settings, placement: Placement, weigh: str, count: Count
) -> int:
    """Finds the palette of all pictures that can be read and writes it; returns its number of colors.

    One that is there already and is the same may stay. count: what counts their colors.
    Raises InputError where no picture can be read, OutputExistsError, OutputError, SettingsError.
    """
    total = count([one.path for one in found], settings, weigh)
    if total is None:
        raise InputError("--shared-palette: no picture can be read; look at them with: pixmeans info PICTURE")
    colors = total.palette(settings)
    data = to_json(colors)
    if placement.directory is not None:
        os.makedirs(placement.directory, exist_ok=True)
    try:
        codecs.write_atomically(path, data, overwrite=placement.overwrite)
    except OutputExistsError:
        if codecs.read_bytes(path) != data:
            raise OutputExistsError(
                f"{shown(path)}: exists already, and is another palette; use it with --palette, or overwrite it with "
                "--force"
            ) from None
    return len(colors)
