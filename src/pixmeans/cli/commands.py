"""The commands: one table of what each is called, which flags it has, and what runs it.

To add one, add a row, a function for its flags, and a module of this folder with `run(args) -> int`. Nothing here is
heavy: `--help` answers at once. The module may import what it likes, as it is loaded when the command is given.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from importlib import import_module

from ..choices import ALTERNATIVES, PALETTE_FORMATS, PALETTE_ORDERS, PICKS, WEIGH
from ..records import dataclass
from ..settings import Settings
from . import examples
from .flags import DEFAULTS, add_settings, byte_count, number, saving, whole

HOOK_QUALITY = "85"  # at 90, which has no visible difference, few photos fit 256 colors; at 80 there is hardly any
_ARTICLE = Settings.article().to_dict()  # what explain and compare start from


@dataclass(frozen=True)
class Command:
    """A row of the table.

    help: its line in `pixmeans --help`. description: its own first sentence there. add_flags: adds flags to its parser.
    module: of this folder; function: in there, takes the words and returns an exit code. examples: the end of its help.
    """

    help: str
    description: str
    add_flags: Callable[[argparse.ArgumentParser], None]
    module: str
    function: str = "run"
    examples: str | None = None

    def load(self) -> Callable[[argparse.Namespace], int]:
        """Import what runs it."""
        run: Callable[[argparse.Namespace], int] = getattr(import_module(f".{self.module}", __package__), self.function)
        return run


def _compress(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "inputs", nargs="*", metavar="IN", help="pictures, patterns like '*.png'; folders with -r; - is stdin"
    )
    parser.add_argument(
        "--files-from",
        metavar="FILE",
        help="more inputs, one a line or ended by NUL (find -print0), from a file or - for stdin",
    )
    settings = parser.add_argument_group("the compression")
    add_settings(settings)
    settings.add_argument("--preset", metavar="article", help="article: random pixels, 30 iterations, nothing else")
    output = parser.add_argument_group("the output")
    output.add_argument("-o", "--output", metavar="FILE", help="where to write; - is stdout")
    output.add_argument("-d", "--directory", metavar="DIR", help="write into this folder, which is made if needed")
    output.add_argument("--suffix", metavar="S", help="of the new name: photo + S + .png (default: -k16, -q80, -60kB)")
    output.add_argument(
        "--in-place",
        action="store_true",
        help="replace each input by its result if that is smaller; of folders PNG, GIF and WebP files alone",
    )
    output.add_argument("--backup", action="store_true", help="with --in-place: keep the original as NAME.bak")
    output.add_argument("-f", "--force", action="store_true", help="overwrite outputs that exist")
    output.add_argument("--keep-larger", action="store_true", help="write also what is not smaller")
    output.add_argument(
        "--least-saving",
        type=saving,
        default=(0.0, 0),
        metavar="SIZE",
        help="leave alone what becomes smaller by less: 5%%, 1kB, or both as 5%%,1kB",
    )
    output.add_argument(
        "-r", "--recursive", action="store_true", help="pictures in folders, and in theirs; not links to folders"
    )
    output.add_argument(
        "--preserve", action="store_true", help="results have the modification times and permissions of their inputs"
    )
    output.add_argument(
        "--skip-compressed",
        action="store_true",
        help="mark results in the file, and leave alone what these settings wrote and nobody changed since",
    )
    output.add_argument("-n", "--dry-run", action="store_true", help="do everything but write")
    output.add_argument(
        "--strict",
        action="store_true",
        help="exit with 98 when a result is not smaller or a file of several pages is left alone; write nothing and "
        "exit with 99 when a wanted quality or size is not reached, when frames are lost, or, without a wanted "
        "quality, when more than colors is lost: bits, levels of alpha, colors outside sRGB",
    )
    many = parser.add_argument_group("many files")
    many.add_argument(
        "-j",
        "--jobs",
        type=whole,
        metavar="N",
        help="processes that work at a time (default: one a core of --threads; few or small files need none)",
    )
    many.add_argument(
        "--timeout",
        type=number,
        metavar="SECONDS",
        help="a picture may take; it is then tried once more, and given up; 0: no limit (default, with several "
        "processes: 600, or 150 a megapixel)",
    )
    many.add_argument(
        "--shared-palette",
        action="store_true",
        help="find one palette of k colors for all inputs, write it as palette-k16.json beside the results, and give "
        "it to each, also where that is not smaller; entry i is index i of every file; for later pictures: "
        "--palette palette-k16.json",
    )
    ways = "; ".join(f"{name}: {text}" for name, text in WEIGH.items())
    many.add_argument("--weigh", default="pixels", metavar="BY", help=f"for --shared-palette: {ways} (default: pixels)")
    many.add_argument(
        "--cluster",
        metavar="ADDRESS",
        help="do it on Dask workers: tcp://host:8786, or local[:N] for processes here; inputs and -d may be URLs that "
        'fsspec knows, such as s3://bucket/a.png (pip install "pixmeans[distributed]")',
    )
    many.add_argument(
        "--resume",
        metavar="STATE",
        help="remember in this file what is done, and do not do it again with the same settings",
    )
    _add_talk(parser, json="one JSON object a file on stdout, as each is done")


def _add_pictures(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "inputs", nargs="*", metavar="IN", help="pictures, patterns like '*.png'; folders with -r; - is stdin"
    )
    parser.add_argument("-r", "--recursive", action="store_true", help="pictures in folders, and in theirs")
    parser.add_argument(
        "--histogram",
        action="append",
        default=[],
        metavar="FILE",
        help="colors that 'pixmeans histogram' has counted; may be repeated, and stand beside pictures",
    )


def _histogram(parser: argparse.ArgumentParser) -> None:
    _add_pictures(parser)
    parser.add_argument("-o", "--output", metavar="FILE", required=True, help="where to write, .npz; - is stdout")
    parser.add_argument("-f", "--force", action="store_true", help="overwrite an output that exists")
    add_settings(parser, ("alpha_threshold", "matte", "threads", "max_pixels"))
    _add_talk(parser)


def _palette(parser: argparse.ArgumentParser) -> None:
    _add_pictures(parser)
    ways = "; ".join(f"{name}: {text}" for name, text in WEIGH.items())
    parser.add_argument("--weigh", default="pixels", metavar="BY", help=f"of many pictures: {ways} (default: pixels)")
    add_settings(parser, ("k",), {"k": 8})
    parser.add_argument(
        "--format",
        dest="palette_format",
        default="hex",
        metavar="NAME",
        help=f"{', '.join(PALETTE_FORMATS)} (default: hex); pal is JASC's, txt paint.net's, clr GDAL's",
    )
    orders = "; ".join(f"{name}: {text}" for name, text in PALETTE_ORDERS.items())
    parser.add_argument("--sort", default="share", metavar="BY", help=f"{orders} (default: share)")
    parser.add_argument(
        "--ignore",
        action="append",
        default=[],
        metavar="COLOR",
        help="white, black or a color like '#ff7f00' whose pixels do not count, with what differs by at most 8 of 255 "
        "in each channel; may be repeated; transparent pixels never count",
    )
    told = parser.add_argument_group("what is told of the colors")
    told.add_argument(
        "--named",
        action="store_true",
        help="the nearest name of CSS and of X11; with the formats hex, json, css, gpl and ase",
    )
    picks = "; ".join(f"{name}: {text}" for name, text in PICKS.items())
    told.add_argument(
        "--pick",
        metavar="A,B,...",
        help=f"only the color for each of these, or for 'all'. {picks}; with the formats hex and json",
    )
    told.add_argument(
        "--contrast",
        action="store_true",
        help="the pairs that can be read as text on background, by WCAG 2: ratio of at least 3 (AA large), 4.5 (AA) or "
        "7 (AAA); with the formats hex and json",
    )
    add_settings(parser, ("color_bits", "alpha_threshold", "matte"))
    _add_talk(parser)


# Fields of Settings that do not need the whole picture in one place.
_LOCAL = (
    *(
        "k",
        "space",
        "masking",
        "keep",
        "cap",
        "init",
        "seed",
        "n_init",
        "effort",
        "max_iterations",
        "tolerance",
        "search",
    ),
    *("dither", "dither_strength", "optimize", "threads"),
)


def _tiled(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("input", metavar="IN", help="a TIFF, BigTIFF, OME-TIFF, PNG or Zarr; a path or URL")
    parser.add_argument("-o", "--output", metavar="FILE", required=True, help="where to write: .tif, .tiff or .zarr")
    parser.add_argument(
        "--memory",
        type=byte_count,
        default=1_500_000_000,
        metavar="SIZE",
        help="about how much may be taken, at least 300MB (default: 1.5GB)",
    )
    parser.add_argument("-f", "--force", action="store_true", help="overwrite an output that exists, and begin anew")
    parser.add_argument(
        "--cluster",
        metavar="ADDRESS",
        help="Dask workers that read and work: tcp://host:8786, or local[:N]; IN must mean the same file to them",
    )
    add_settings(parser, _LOCAL)
    _add_talk(parser, json="a JSON object on stdout")


# Fields of Settings that a run to be looked at can have.
_RUN = ("k", "space", "init", "seed", "max_iterations", "tolerance", "empty", "icc", "threads", "max_pixels")


def _explain(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("input", nargs="?", metavar="IN", help="a picture; - is stdin")
    parser.add_argument(
        "-o",
        "--output",
        metavar="FILE",
        help=".gif, .webp, .mp4: the run; .png: its filmstrip; .svg: the centroids; .html: a page to play with; "
        "a folder: all figures "
        "(default: beside IN, as photo-k16-run.gif)",
    )
    parser.add_argument("--figure", metavar="NAME", help="one of --list, as F8 or run")
    parser.add_argument("--list", action="store_true", help="print the figures: id, name, file types, what they show")
    _add_region(parser)
    parser.add_argument("-f", "--force", action="store_true", help="overwrite outputs that exist")
    add_settings(parser.add_argument_group("the run"), _RUN, _ARTICLE)
    _add_talk(parser)
    parser.set_defaults(preset="article")


def _compare(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("input", metavar="IN", help="a picture; - is stdin")
    lists = parser.add_argument_group("what is compared: one of these lists several values, with commas")
    for words, name, text in (
        (("-k", "--k"), "k", f"colors, 1 to 65536 (default: {_ARTICLE['k']})"),
        (("--seeds", "--seed"), "seed", f"of all randomness (default: {_ARTICLE['seed']})"),
        (("--init",), "init", f"how the first colors are chosen (default: {_ARTICLE['init']})"),
        (("--space",), "space", f"where distances are measured (default: {_ARTICLE['space']})"),
    ):
        lists.add_argument(*words, dest=name, metavar="A,B,...", default=argparse.SUPPRESS, help=text)
    lists.add_argument(
        "--codecs", action="store_true", help="compare palettes with other codecs: bytes, quality, seconds, equal bytes"
    )
    parser.add_argument(
        "-o",
        "--output",
        metavar="FILE",
        help="a .png, with --codecs also an .html (default: beside IN, as photo-compare-k.png)",
    )
    _add_region(parser)
    parser.add_argument("-f", "--force", action="store_true", help="overwrite outputs that exist")
    others = tuple(name for name in _RUN if name not in ("k", "seed", "init", "space"))
    add_settings(parser.add_argument_group("what all have in common"), others, _ARTICLE)
    _add_talk(parser)
    parser.set_defaults(preset="article")


def _alternative(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("direction", metavar="encode|decode", help="to .pxm, or to .png")
    parser.add_argument("input", metavar="IN", help="a picture; - is stdin")
    parser.add_argument("-o", "--output", metavar="FILE", help="where to write; - is stdout (default: beside IN)")
    parser.add_argument("-f", "--force", action="store_true", help="overwrite an output that exists")
    knobs = parser.add_argument_group("how it is encoded")
    methods = "; ".join(f"{name}: {text}" for name, text in ALTERNATIVES.items())
    knobs.add_argument("--method", metavar="NAME", help=f"{methods} (default: vq)")
    knobs.add_argument(
        "--block", type=whole, metavar="2|4", help="pixels of a block's side, of vq and ecvq (default: 2)"
    )
    knobs.add_argument(
        "--words", type=whole, metavar="N", help="code words at most, 1 to 4096, of vq and ecvq (default: 1024)"
    )
    knobs.add_argument(
        "--lambda",
        dest="lambda_",
        type=number,
        metavar="X",
        help="the squared error, in levels of 0 to 255 summed over pixels, that a bit may cost, of ecvq and fractal: "
        "2 little, 100 much (default: 10)",
    )
    add_settings(parser.add_argument_group("how files are read"), ("levels", "threads", "max_pixels"))
    _add_talk(parser)


def _gallery(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("directory", metavar="DIR", help="made if needed")
    parser.add_argument("--image", metavar="IN", help="your picture; - is stdin (default: the sample `reef`)")
    _add_region(parser)
    _add_talk(parser)


def _studio(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "input", nargs="?", metavar="IN", help="a picture to begin with; - is stdin (default: the sample `reef`)"
    )
    parser.add_argument("--port", type=whole, default=0, metavar="N", help="of 127.0.0.1 (default: a free one)")
    parser.add_argument("--no-browser", action="store_true", help="print the address and open nothing")
    _add_talk(parser)


def _info(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("input", metavar="FILE", help="a picture; - is stdin")
    parser.add_argument(
        "--against",
        metavar="ORIGINAL",
        help="what FILE has lost of this picture: MSE, PSNR, OKLab error, SSIM, MS-SSIM, SSIMULACRA2",
    )
    add_settings(parser.add_argument_group("how files are read"), ("icc", "levels"))
    _add_talk(parser, json="the same as JSON")


def _completion(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("shell", metavar="bash|zsh|fish|man", help="the shell; man is the manual page")
    _add_talk(parser)


# Fields of Settings that one may want for all pictures of a repository.
_KEPT = (
    *("k", "quality", "space", "protect", "keep", "palette", "dither", "optimize", "lossy", "bleed", "icc"),
    *("keep_metadata", "threads", "max_pixels"),
)


def _hook(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("inputs", nargs="*", metavar="IN", help="PNG, GIF and WebP files; all others are left alone")
    parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 where a picture should be")
    parser.add_argument(
        "--ignore",
        action="append",
        default=[],
        metavar="PATTERN",
        help="leave alone what fits it, such as 'docs/*' or '*.gif'; may be repeated",
    )
    parser.add_argument(
        "--least-saving",
        type=saving,
        default=(5.0, 1000),
        metavar="SIZE",
        help="leave alone what becomes smaller by less: 5%%, 1kB, or both (default: 5%%,1kB)",
    )
    defaults = {**DEFAULTS, "quality": HOOK_QUALITY}
    add_settings(parser.add_argument_group("the compression"), _KEPT, defaults)
    _add_talk(parser, json="one JSON object a file on stdout, as each is done")


def _demo(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("directory", nargs="?", default="pixmeans-demo", metavar="DIR", help="(default: pixmeans-demo)")
    _add_talk(parser)


def _add_region(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--region", metavar="X,Y,W,H", help="what loupes show and figures of a lost color follow, in pixels"
    )


def _add_talk(parser: argparse.ArgumentParser, json: str | None = None) -> None:
    group = parser.add_argument_group("what is said")
    if json:
        group.add_argument("--json", action="store_true", help=json)
    group.add_argument("-q", "--quiet", action="store_true", help="errors only")
    group.add_argument("-v", "--verbose", action="count", default=0, help="a report; twice: where an error arose")


COMMANDS = {
    "compress": Command(
        "write smaller files (the default command)",
        "Write each picture again with at most k colors.",
        _compress,
        "compress",
        examples=examples.COMPRESS,
    ),
    "palette": Command(
        "print the main colors",
        "Print the k main colors of a picture, or of many together.",
        _palette,
        "palette",
        examples=examples.PALETTE,
    ),
    "histogram": Command(
        "count the colors of pictures into a file",
        "Count the colors of pictures, and write the sum as a file that `pixmeans palette --histogram` reads.",
        _histogram,
        "palette",
        "count",
        examples=examples.HISTOGRAM,
    ),
    "explain": Command(
        "show how the colors are found",
        "Draw a run of k-means on a picture: an animation, a figure, or all of them.",
        _explain,
        "explain",
        examples=examples.EXPLAIN,
    ),
    "compare": Command(
        "a sheet of one picture compressed in several ways",
        "Draw one picture compressed in several ways, side by side, or what a byte buys in many codecs.",
        _compare,
        "explain",
        "run_compare",
        examples=examples.COMPARE,
    ),
    "alternative": Command(
        "the article's other ways: vector quantization, fractal coding",
        "Encode a picture in one of the other ways that the article names, or decode it again.",
        _alternative,
        "alternative",
        examples=examples.ALTERNATIVE,
    ),
    "gallery": Command(
        "every figure, with an index page",
        "Write every figure and an index page into a folder; its own files there are overwritten.",
        _gallery,
        "explain",
        "run_gallery",
    ),
    "tiled": Command(
        "a picture that is larger than memory, as TIFF or Zarr with a palette",
        "Write a picture of any size with at most k colors, window by window.",
        _tiled,
        "tiled",
        examples=examples.TILED,
    ),
    "studio": Command(
        "a page to watch k-means on, and to play with",
        "Open a page in the browser that shows k-means at work on a picture, step by step, until Ctrl-C.",
        _studio,
        "studio",
        examples=examples.STUDIO,
    ),
    "info": Command(
        "what is in a picture's file",
        "Print what is in a picture's file, and what k colors would cost.",
        _info,
        "info",
    ),
    "hook": Command(
        "for pre-commit and CI: pictures that should be smaller",
        "Replace the pictures that become clearly smaller and look the same, or only tell of them.",
        _hook,
        "hook",
        examples=examples.HOOK,
    ),
    "completion": Command(
        "completions for bash, zsh and fish, and the manual page",
        "Print what a shell needs to complete the words of pixmeans, or the manual page.",
        _completion,
        "completion",
        examples=examples.COMPLETION,
    ),
    "demo": Command(
        "try it on a generated picture",
        "Write the sample picture `reef` and its compressed versions into a folder.",
        _demo,
        "demo",
    ),
}
