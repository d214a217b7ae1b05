"""The flags and the help. Imports neither NumPy nor Pillow, so that `--help` answers at once."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from typing import Any, NoReturn

from .. import __version__
from ..errors import SettingsError
from ..settings import Settings
from .flags import add_settings, whole

_ARTICLE = Settings.article().to_dict()  # what explain and compare start from

COMMANDS = ("compress", "palette", "explain", "compare", "gallery", "info", "demo")

# The numbers were measured on the pictures of explain/samples.py, at k=16 and k=256.
_OVERVIEW = """\
Compress pictures by k-means: find the k colors that stand for all the others with the least error.

  pixmeans photo.png                 writes photo-k256.png beside it and prints one line
  pixmeans --quality 80 photo.png    the smallest file that looks almost the same
  pixmeans photo.png -k 16           16 colors: 4 bits a pixel instead of 24
  pixmeans compress -r shots -d out  a folder into another folder
  pixmeans palette photo.jpg         the 8 main colors, one a line
  pixmeans explain photo.png         an animation of how the colors are found
  pixmeans compare photo.png -k 16,64   the same picture with more and fewer colors, and what each costs
  pixmeans info photo.png            what is in the file, and what k colors would cost
  pixmeans demo                      try it on a generated picture

What to expect, on the sample pictures: pixel art and screenshots with up to 256 colors keep every pixel and
become 1.5 to 2.3 times smaller than their PNG. A photo-like picture becomes 9 times smaller with 16 colors
and 2.5 times with 256; with --quality 80 8 times, about as small as a JPEG of quality 90.
"""

_COMPRESS = """\
examples:
  pixmeans photo.png                       photo-k256.png
  pixmeans -k 16 -o small.png photo.jpg    the name is yours; written even when it is larger
  pixmeans --in-place --backup *.png       replaces, keeps photo.png.bak
  pixmeans -r shots -d out                 mirrors the folders of shots in out
  pixmeans - -o - < in.png > out.png       as a filter
  pixmeans --quality 80 photo.png          photo-q80.png: the smallest file that looks almost the same
  pixmeans --max-bytes 60kB photo.png      photo-60kB.png: the best that fits
  pixmeans --preset article -k 16 photo.png  the textbook algorithm and nothing else

what the numbers buy:
  -k 256 takes 8 bits a pixel, -k 16 takes 4, -k 4 takes 2, before the file writer packs them further.
  --optimize 6 makes files 3 to 15 % smaller than 2, in seconds instead of tenths of a second.
  --lossy off keeps every pixel's own color: photos take 3 to 70 % more and look the same.
  --dither none makes files a tenth to a third smaller, and gradients show bands.
  --space rgb --dither none has the least mean squared error, about half of the default's with 256 colors.
  --effort fast has up to 4 % more error than normal in half the time of k-means; best has up to 1 % less
  and takes 4 to 13 times as long.

nothing is overwritten without --force, and no input without --in-place. A result that is not smaller than a
lossless original is not written (kept) unless --keep-larger or -o.

exit codes: 0 done, 2 usage, 3 unreadable input, 4 cannot write, 15 output exists, 98 larger and 99 quality
or size not reached (--strict), 130 interrupted; with several files 1 if any failed, else the highest of 99,
98 and 15. Of several files those whose output already holds the very result count as done: an interrupted
command may be given again.
"""

_PALETTE = """\
examples:
  pixmeans palette photo.jpg                    8 colors as hex, most used first
  pixmeans palette photo.jpg -k 5 --format css
  pixmeans palette photo.jpg --format ase > photo.ase    for Adobe programs; gpl is for GIMP and Inkscape
"""


_EXPLAIN = """\
examples:
  pixmeans explain photo.png -o steps.gif          picture, palette and error over the iterations
  pixmeans explain photo.png -o steps.png          the same as a filmstrip; .svg are the centroids
  pixmeans explain photo.png --figure cloud -o cloud.png
  pixmeans explain photo.png -o out/               every figure, with an index page (as gallery does)
  pixmeans explain --figure F6 -o steps.gif        k-means on points in a plane
  pixmeans explain --list                          all figures

the run is the textbook algorithm unless flags say otherwise: random pixels, sRGB, at most 30 iterations.
what it takes: about 4 s for an animation of 31 frames; GIF up to 2 MB, WebP 1 MB, MP4 0.5 MB (needs PyAV).
beside each file goes its description for those who cannot see it, as NAME.txt.
"""

_COMPARE = """\
examples:
  pixmeans compare photo.png --k 16,32,64,128      what more colors buy, and what they cost
  pixmeans compare photo.png --seeds 1,2,3 -k 16   how much the start decides
  pixmeans compare photo.png --init random-pixels,k-means++ -o starts.png
  pixmeans compare photo.png --space rgb,oklab

exactly one flag lists several values; the others have one.
"""


class UsageError(Exception):
    """The words make no sense; the message is one line."""


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


def build() -> argparse.ArgumentParser:
    """The whole grammar. Every command sets `load`: a function that imports it and returns what runs it."""
    parser = _Parser(prog="pixmeans", description=_OVERVIEW)
    parser.add_argument("--version", action="version", version=f"pixmeans {__version__}", help="print the version")
    commands = parser.add_subparsers(title="commands", metavar="", parser_class=_Parser)
    _add_compress(commands)
    _add_palette(commands)
    _add_explain(commands)
    _add_compare(commands)
    _add_gallery(commands)
    _add_info(commands)
    _add_demo(commands)
    return parser


def parse(argv: list[str]) -> argparse.Namespace:
    """The words as a namespace; `pixmeans photo.png` means `pixmeans compress photo.png`.

    Raises UsageError; SystemExit after --help or --version.
    """
    parser = build()
    if not argv:
        raise UsageError("which picture? for example: pixmeans photo.png (see pixmeans --help)")
    if argv[0] not in (*COMMANDS, "-h", "--help", "--version"):
        argv = ["compress", *argv]
    try:
        return parser.parse_args(_with_suffix_joined(argv))
    except SettingsError as error:  # from a flag's own check
        raise UsageError(str(error)) from None


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


def _add_compress(commands: argparse._SubParsersAction[_Parser]) -> None:
    parser = commands.add_parser(
        "compress",
        help="write smaller files (the default command)",
        description="Write each picture again with at most k colors.",
        epilog=_COMPRESS,
    )
    parser.add_argument("inputs", nargs="*", metavar="IN", help="pictures; folders with -r; - is stdin")
    parser.add_argument("--files-from", metavar="FILE", help="more inputs, one a line, from a file or - for stdin")
    settings = parser.add_argument_group("the compression")
    add_settings(settings)
    settings.add_argument("--preset", metavar="article", help="article: random pixels, 30 iterations, nothing else")
    output = parser.add_argument_group("the output")
    output.add_argument("-o", "--output", metavar="FILE", help="where to write; - is stdout")
    output.add_argument("-d", "--directory", metavar="DIR", help="write into this folder, which is made if needed")
    output.add_argument("--suffix", metavar="S", help="of the new name: photo + S + .png (default: -k16, -q80, -60kB)")
    output.add_argument("--in-place", action="store_true", help="replace each input by its result if that is smaller")
    output.add_argument("--backup", action="store_true", help="with --in-place: keep the original as NAME.bak")
    output.add_argument("-f", "--force", action="store_true", help="overwrite outputs that exist")
    output.add_argument("--keep-larger", action="store_true", help="write also what is not smaller")
    output.add_argument("-r", "--recursive", action="store_true", help="pictures in folders, and in theirs")
    output.add_argument("-n", "--dry-run", action="store_true", help="do everything but write")
    output.add_argument(
        "--strict",
        action="store_true",
        help="exit with 98 when a result is not smaller; write nothing and exit with 99 when a wanted quality or "
        "size is not reached",
    )
    _add_talk(parser, json="one JSON object a file on stdout")
    parser.set_defaults(load=_load_compress)


def _add_palette(commands: argparse._SubParsersAction[_Parser]) -> None:
    parser = commands.add_parser(
        "palette",
        help="print the main colors",
        description="Print the k main colors of a picture.",
        epilog=_PALETTE,
    )
    parser.add_argument("input", metavar="IN", help="a picture; - is stdin")
    parser.add_argument(
        "-k",
        "--k",
        dest="k",
        type=whole,
        metavar="N",
        default=argparse.SUPPRESS,
        help="colors, 1 to 256 (default: 8)",
    )
    parser.add_argument(
        "--format",
        dest="palette_format",
        default="hex",
        metavar="NAME",
        help="hex, json, css, gpl, ase, act, png, svg",
    )
    parser.add_argument("--sort", default="share", metavar="BY", help="share (default), lightness or hue")
    _add_talk(parser)
    parser.set_defaults(load=_load_palette)


# Fields of Settings that a run to be looked at can have.
_RUN = ("k", "space", "init", "seed", "max_iterations", "tolerance", "empty", "icc", "threads", "max_pixels")


def _add_explain(commands: argparse._SubParsersAction[_Parser]) -> None:
    parser = commands.add_parser(
        "explain",
        help="show how the colors are found",
        description="Draw a run of k-means on a picture: an animation, a figure, or all of them.",
        epilog=_EXPLAIN,
    )
    parser.add_argument("input", nargs="?", metavar="IN", help="a picture; - is stdin")
    parser.add_argument(
        "-o",
        "--output",
        metavar="FILE",
        help=".gif, .webp, .mp4: the run; .png: its filmstrip; .svg: the centroids; a folder: all figures "
        "(default: beside IN, as photo-k16-run.gif)",
    )
    parser.add_argument("--figure", metavar="NAME", help="one of --list, as F8 or run")
    parser.add_argument("--list", action="store_true", help="print the figures: id, name, file types, what they show")
    _add_region(parser)
    parser.add_argument("-f", "--force", action="store_true", help="overwrite outputs that exist")
    add_settings(parser.add_argument_group("the run"), _RUN, _ARTICLE)
    _add_talk(parser)
    parser.set_defaults(load=_load_explain, preset="article")


def _add_compare(commands: argparse._SubParsersAction[_Parser]) -> None:
    parser = commands.add_parser(
        "compare",
        help="a sheet of one picture compressed in several ways",
        description="Draw one picture compressed in several ways, side by side, with sizes and errors.",
        epilog=_COMPARE,
    )
    parser.add_argument("input", metavar="IN", help="a picture; - is stdin")
    lists = parser.add_argument_group("what is compared: one of these lists several values, with commas")
    for words, name, text in (
        (("-k", "--k"), "k", f"colors, 1 to 256 (default: {_ARTICLE['k']})"),
        (("--seeds", "--seed"), "seed", f"of all randomness (default: {_ARTICLE['seed']})"),
        (("--init",), "init", f"how the first colors are chosen (default: {_ARTICLE['init']})"),
        (("--space",), "space", f"where distances are measured (default: {_ARTICLE['space']})"),
    ):
        lists.add_argument(*words, dest=name, metavar="A,B,...", default=argparse.SUPPRESS, help=text)
    parser.add_argument("-o", "--output", metavar="FILE", help="a .png (default: beside IN, as photo-compare-k.png)")
    _add_region(parser)
    parser.add_argument("-f", "--force", action="store_true", help="overwrite outputs that exist")
    others = tuple(name for name in _RUN if name not in ("k", "seed", "init", "space"))
    add_settings(parser.add_argument_group("what all have in common"), others, _ARTICLE)
    _add_talk(parser)
    parser.set_defaults(load=_load_compare, preset="article")


def _add_gallery(commands: argparse._SubParsersAction[_Parser]) -> None:
    parser = commands.add_parser(
        "gallery",
        help="every figure, with an index page",
        description="Write every figure and an index page into a folder; its own files there are overwritten.",
    )
    parser.add_argument("directory", metavar="DIR", help="made if needed")
    parser.add_argument("--image", metavar="IN", help="your picture; - is stdin (default: the sample `reef`)")
    _add_region(parser)
    _add_talk(parser)
    parser.set_defaults(load=_load_gallery)


def _add_region(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--region", metavar="X,Y,W,H", help="what loupes show and figures of a lost color follow, in pixels"
    )


def _add_info(commands: argparse._SubParsersAction[_Parser]) -> None:
    parser = commands.add_parser(
        "info",
        help="what is in a picture's file",
        description="Print what is in a picture's file, and what k colors would cost.",
    )
    parser.add_argument("input", metavar="FILE", help="a picture; - is stdin")
    parser.add_argument(
        "--against",
        metavar="ORIGINAL",
        help="what FILE has lost of this picture: MSE, PSNR, OKLab error, SSIM, MS-SSIM, SSIMULACRA2",
    )
    _add_talk(parser, json="the same as JSON")
    parser.set_defaults(load=_load_info)


def _add_demo(commands: argparse._SubParsersAction[_Parser]) -> None:
    parser = commands.add_parser(
        "demo",
        help="try it on a generated picture",
        description="Write the sample picture `reef` and its compressed versions into a folder.",
    )
    parser.add_argument("directory", nargs="?", default="pixmeans-demo", metavar="DIR", help="(default: pixmeans-demo)")
    _add_talk(parser)
    parser.set_defaults(load=_load_demo)


def _add_talk(parser: argparse.ArgumentParser, json: str | None = None) -> None:
    group = parser.add_argument_group("what is said")
    if json:
        group.add_argument("--json", action="store_true", help=json)
    group.add_argument("-q", "--quiet", action="store_true", help="errors only")
    group.add_argument("-v", "--verbose", action="count", default=0, help="a report; twice: where an error arose")


def _load_compress() -> Callable[..., int]:
    from .compress import run

    return run


def _load_palette() -> Callable[..., int]:
    from .palette import run

    return run


def _load_explain() -> Callable[..., int]:
    from .explain import run

    return run


def _load_compare() -> Callable[..., int]:
    from .explain import run_compare

    return run_compare


def _load_gallery() -> Callable[..., int]:
    from .explain import run_gallery

    return run_gallery


def _load_info() -> Callable[..., int]:
    from .info import run

    return run


def _load_demo() -> Callable[..., int]:
    from .demo import run

    return run


def colors_wanted() -> bool:
    """Whether color and bars may be used at all: see https://no-color.org."""
    return not os.environ.get("NO_COLOR")
