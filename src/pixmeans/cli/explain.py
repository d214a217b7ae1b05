"""`pixmeans explain`, `compare` and `gallery`: pictures of how k-means works, on a picture of yours."""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Collection, Iterable
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from ..batch.inputs import STDIO
from ..batch.wording import seconds, size
from ..codecs.files import make_folder, same_file
from ..errors import OutputError, OutputExistsError, UsageError, shown
from ..explain import FIGURE_OF, figure_for
from ..explain.figures import FigureRow, all_figures, find
from .flags import asked_in, settings_from, whole
from .messages import say
from .progress import progress
from .streams import read_stdin, write_stdout

if TYPE_CHECKING:
    from ..explain.gallery import WrittenFigure
    from ..settings import Settings

Region = tuple[int, int, int, int]


def run(args: argparse.Namespace) -> int:
    """Draw one figure, or all of them into a folder."""
    if args.list:
        write_stdout(("\n".join(listed()) + "\n").encode())
        return 0
    row = find(args.figure) if args.figure else None
    if args.input is None and not (row and row.own_data):
        raise UsageError("which picture? for example: pixmeans explain photo.png -o steps.gif")
    settings = settings_from(args)
    if args.output is not None and os.path.splitext(args.output)[1].lower() in (".html", ".htm"):
        return _page(args, settings)
    if args.output is not None and _is_folder(args.output) and row is None:
        return _all(args, args.output, _source(args.input), settings=settings, asked=asked_in(args))
    path = _output(args, row, settings.k)
    row = row or find(figure_for(path))
    _check(path, args.input, args.force)
    source = _source(args.input)
    from ..explain.gallery import make

    start = time.perf_counter()
    with progress(args) as tell:
        made = make(
            row.id,
            source,
            path,
            settings=settings,
            asked=asked_in(args),
            region=_region(args.region),
            progress=tell,
            overwrite=args.force,
        )
    _report(args, made, time.perf_counter() - start)
    return 0


def _page(args: argparse.Namespace, settings: Settings) -> int:
    """The page to play with."""
    given = [flag for flag, value in (("--figure", args.figure), ("--region", args.region)) if value is not None]
    if given:
        raise UsageError(f"a page shows the whole run; leave out {' and '.join(given)}, or write another kind of file")
    if args.input is None:
        raise UsageError("which picture? for example: pixmeans explain photo.png -o report.html")
    _check(args.output, args.input, args.force, (".html", ".htm"), described=False)
    from ..explain.report import written_report

    start = time.perf_counter()
    with progress(args) as tell:
        if tell is not None:
            tell("report")
        written = written_report(_source(args.input), args.output, settings=settings, overwrite=args.force)
    if not args.quiet:
        source = "stdin" if args.input == STDIO else shown(args.input)
        elapsed = seconds(time.perf_counter() - start)
        told = f"{size(written.size_bytes)}{_told(written.notes)}, open it in a browser, {elapsed}"
        say(f"{source} -> {shown(args.output)}  {told}")
    return 0


def run_compare(args: argparse.Namespace) -> int:
    """One sheet of the picture compressed in several ways."""
    if args.codecs:
        return _run_codecs(args)
    several = {name: _several(args, name) for name in ("k", "seed", "init", "space")}
    varied = [name for name, values in several.items() if len(values) > 1]
    if len(varied) != 1:
        given = "none was given" if not varied else f"{' and '.join(varied)} were given"
        raise UsageError(
            f"one of --k, --seeds, --init and --space must list what to compare, as in --k 16,32,64,128; {given}"
        )
    for name, values in several.items():
        if len(values) == 1:
            setattr(args, name, values[0])
        elif hasattr(args, name):
            delattr(args, name)
    settings = settings_from(args)
    for value in several[varied[0]]:
        settings.but(**{varied[0]: value})  # what is out of range is refused before any work
    path = _compare_path(args, varied[0], (".png",))
    from ..explain.compare import compare

    source = _source(args.input)
    names = {"k": "ks", "seed": "seeds", "init": "inits", "space": "spaces"}
    lists: dict[str, Any] = {names[varied[0]]: several[varied[0]]}
    start = time.perf_counter()
    with progress(args) as tell:
        made = compare(
            source,
            path,
            **lists,
            settings=settings,
            region=_region(args.region),
            progress=tell,
            overwrite=args.force,
        )
    _report(args, made, time.perf_counter() - start)
    return 0


def _run_codecs(args: argparse.Namespace) -> int:
    """A chart of many codecs."""
    given = [name for name in ("k", "seed", "init", "space") if hasattr(args, name)]
    if given:
        raise UsageError(f"--codecs compares files of many settings; leave out {' and '.join(f'--{n}' for n in given)}")
    args.preset = None
    settings = settings_from(args)
    path = _compare_path(args, "codecs", (".png", ".html"))
    from ..explain.compare import compare_codecs

    source = _source(args.input)
    start = time.perf_counter()
    with progress(args) as tell:
        made = compare_codecs(
            source,
            path,
            settings=settings,
            asked=asked_in(args),
            region=_region(args.region),
            progress=tell,
            overwrite=args.force,
        )
    _report(args, made, time.perf_counter() - start)
    if not args.quiet and not args.verbose:
        say(f"  {made.caption}")
    return 0


def _compare_path(args: argparse.Namespace, what: str, suffixes: tuple[str, ...]) -> str:
    """Where a comparison goes, if it may."""
    stem = "stdin" if args.input == STDIO else os.path.splitext(args.input)[0]
    if args.output is None and args.input == STDIO:
        raise UsageError("a picture from stdin has no name: give one with -o FILE.png")
    path = args.output or f"{stem}-compare-{what}.png"
    if os.path.splitext(path)[1].lower() not in suffixes:
        raise UsageError(f"{shown(path)}: a comparison is written as {' or '.join(suffixes)}; choose this extension")
    _check(path, args.input, args.force, suffixes)
    return path


def run_gallery(args: argparse.Namespace) -> int:
    """Every figure, and an index page; the command's own files are overwritten."""
    return _all(args, args.directory, None if args.image is None else _source(args.image))


def _all(args: argparse.Namespace, folder: str, source: Any, **options: Any) -> int:
    """All figures into a folder."""
    from ..explain.gallery import gallery

    make_folder(folder)
    start = time.perf_counter()
    with progress(args) as tell:
        made = gallery(folder, source, region=_region(args.region), progress=tell, **options)
    if not args.quiet:
        for one in made:
            if args.verbose:
                say(_line(one))
        total = sum(one.size_bytes for one in made)
        elapsed = seconds(time.perf_counter() - start)
        index = os.path.join(folder, "index.html")
        of_all = [note for note in made[0].notes if all(note in one.notes for one in made if one.notes)]
        say(f"{shown(index)}  {len(made)} files, {size(total)}, {elapsed}{_told(of_all)}: open it in a browser")
    return 0


# Words.


def listed() -> list[str]:
    """The figures: id, name, as what, and what each shows."""
    return [f"{row.id:<4} {row.name:<14} {' '.join(row.suffixes):<11} {row.title}" for row in all_figures()]


def _report(args: argparse.Namespace, made: WrittenFigure, elapsed: float) -> None:
    if not args.quiet:
        source = "" if args.input is None else f"{'stdin' if args.input == STDIO else shown(args.input)} -> "
        say(f"{source}{_line(made)}, {seconds(elapsed)}")
        if args.verbose:
            say(f"  {made.caption}")


def _line(made: WrittenFigure) -> str:
    figure = f"{made.figure}: " if made.figure[1:].isdigit() else ""  # a sheet of `compare` has no number
    return f"{shown(str(made.path))}  {size(made.size_bytes)}, {figure}{made.title}{_told(made.notes)}"


def _told(notes: Iterable[str]) -> str:
    return "".join(f", {note.rstrip('.')}" for note in notes)


# Arguments.


def _source(name: str | None) -> Any:
    return read_stdin() if name == STDIO else name


def _several(args: argparse.Namespace, name: str) -> list[Any]:
    """The values of a flag that may be a list, each once."""
    words = getattr(args, name, None)
    if words is None:
        return []
    values = [word.strip() for word in words.split(",")]
    if "" in values:
        raise UsageError(f"--{name} must be one value or several with commas, got {words!r}")
    if len(set(values)) != len(values):
        raise UsageError(f"--{name} names a value twice: {words}")
    if name not in ("k", "seed"):
        return values
    try:
        return [whole(value) for value in values]
    except argparse.ArgumentTypeError as error:
        raise UsageError(f"--{name} {error}") from None


def _region(words: str | None) -> Region | None:
    """X,Y,W,H as four whole numbers."""
    if words is None:
        return None
    try:
        x, y, width, height = (int(word) for word in words.split(","))
    except ValueError:
        raise UsageError(f"--region must be X,Y,W,H in pixels, as in 10,20,64,48, got {words!r}") from None
    if x < 0 or y < 0 or width < 1 or height < 1:
        raise UsageError(f"--region must have X and Y from 0 and W and H from 1, got {words!r}")
    return x, y, width, height


# Names.


def _is_folder(path: str) -> bool:
    return path.endswith(("/", os.sep)) or os.path.isdir(path)


def _output(args: argparse.Namespace, row: FigureRow | None, k: int) -> str:
    """Where the figure goes: as -o says, else beside the input."""
    path: str | None = args.output
    if path == STDIO:
        raise UsageError("explain writes files only; give a name, as in -o steps.gif")
    if path is not None and not _is_folder(path):
        return path
    row = row or find("F8")
    suffix = row.suffixes[0]
    if row.own_data:
        name = f"{row.name}{suffix}"
    elif args.input == STDIO:
        raise UsageError("a picture from stdin has no name: give one with -o FILE.gif")
    else:
        name = f"{os.path.splitext(os.path.basename(args.input))[0]}-k{k}-{row.name}{suffix}"
    folder = path if path is not None else os.path.dirname(args.input or "")
    return os.path.join(folder, name)


def _check(
    path: str,
    source: str | None,
    force: bool,
    suffixes: Collection[str] = tuple(FIGURE_OF),
    *,
    described: bool = True,
) -> None:
    """Raises before the work what would be raised after it: an extension, a folder, a file that is there.

    described: whether its alt text goes beside it.
    """
    suffix = os.path.splitext(path)[1].lower()
    if suffix not in suffixes:
        names = ", ".join((*FIGURE_OF, ".html"))
        raise UsageError(f"{shown(path)}: unknown extension {shown(suffix)}; use {names}, or a folder for all figures")
    if suffix == ".mp4" and find_spec("av") is None:
        raise OutputError(
            f"{shown(path)}: an .mp4 needs PyAV, which is not here: pip install 'pixmeans[video]', or use .gif or .webp"
        )
    folder = os.path.dirname(path)
    if folder and not os.path.isdir(folder):
        raise OutputError(f"{shown(path)}: there is no folder {shown(folder)}; make it first")
    for one in (path, f"{path}.txt") if described else (path,):
        if source is not None and same_file(one, source):
            raise UsageError(f"{shown(one)} is the input; choose another name")
        if os.path.exists(one) and not force:
            raise OutputExistsError.at(one)
