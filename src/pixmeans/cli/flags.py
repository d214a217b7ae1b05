"""Which flag is which field of Settings: the same name, the same default.

A flag is stored only when it was given: a preset stands between the defaults and what was asked for.
"""

from __future__ import annotations

import argparse
import os
import re

from ..choices import (
    BIT_DEPTHS,
    COLOR_BITS,
    DITHERS,
    EFFORTS,
    EMPTY,
    FORMATS,
    ICC,
    LEVELS,
    MASKING,
    MAX_COLORS,
    PALETTE_PER,
    PNG_TYPES,
    PRESETS,
    PROTECT,
    SEARCHES,
    SPACES,
    STARTS,
)
from ..errors import SettingsError
from ..records import fields
from ..settings import Settings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

DEFAULTS: dict[str, Any] = {field.name: field.default for field in fields(Settings)}


def whole(text: str) -> int:
    """A whole number; the range is checked by Settings, which names it."""
    try:
        return int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"must be a whole number, got {text!r}") from None


def colors(text: str) -> int | str:
    """A number of colors, or 'auto'."""
    return text if text == "auto" else whole(text)


def byte_count(text: str) -> int:
    """A size: 60000, 60kB, 1.5MB, 64KiB.

    >>> byte_count("60kB"), byte_count("1.5 MB"), byte_count("2KiB")
    (60000, 1500000, 2048)
    """
    found = re.fullmatch(r"(\d+(?:\.\d*)?)\s*([kmg]?)(i?)b?", text.strip().lower())
    if not found or (found[3] and not found[2]):
        raise argparse.ArgumentTypeError(f"must be a size like 60000, 60kB or 1.5MB, got {text!r}")
    return int(float(found[1]) * (1024 if found[3] else 1000) ** " kmg".index(found[2] or " "))


def saving(text: str) -> tuple[float, int]:
    """The least that is worth it: '5%', '1kB', or both with a comma; as (percent, bytes).

    >>> saving("5%"), saving("1kB"), saving("5%,1kB")
    ((5.0, 0), (0.0, 1000), (5.0, 1000))
    """
    percent, size = 0.0, 0
    for part in text.split(","):
        if part.strip().endswith("%"):
            percent = number(part.strip()[:-1])
        else:
            size = byte_count(part)
    if not 0 <= percent <= 100:
        raise argparse.ArgumentTypeError(f"must be like 5%, 1kB or 5%,1kB, got {text!r}")
    return percent, size


def multiplier(text: str) -> str | float:
    """A number (lambda of lossy indices), or a word that Settings knows."""
    try:
        return float(text)
    except ValueError:
        return text


def number(text: str) -> float:
    """A number."""
    try:
        return float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"must be a number, got {text!r}") from None


# field -> flags, type, placeholder, help. Choices are checked by Settings, for one wording of the error.
FLAGS: dict[str, tuple[tuple[str, ...], Any, str, str]] = {
    "k": (
        ("-k", "--k"),
        colors,
        "N",
        "colors, 1 to 65536; 16 take 4 bits a pixel, 256 take 8; more are written in true color, without lossy "
        "indices; 'auto' is --quality 80 with as few as that takes",
    ),
    "quality": (
        ("--quality",),
        str,
        "Q|MIN-MAX",
        "the smallest file of this quality: SSIMULACRA2 (90: no difference can be seen, 80: hardly any), and at most "
        "80 where 0.8 %% of the pixels have clearly another color (90: 0.4 %%, 70: 1.6 %%); or psnr:38 in dB; MIN-MAX: "
        "the smallest of MAX, and 'not reached' below MIN; of an animation the mean over "
        "eight frames, in about ten times the time",
    ),
    "max_bytes": (
        ("--max-bytes",),
        byte_count,
        "SIZE",
        "the best file that is not larger, such as 60kB; of an animation in ten times the time",
    ),
    "space": (
        ("--space",),
        str,
        "|".join(("auto", *SPACES)),
        "where distances are measured: oklab for the look, rgb for the least mean squared error; auto: oklab, and of "
        "small or flat pictures whichever looks better for its size",
    ),
    "masking": (
        ("--masking",),
        str,
        "|".join(MASKING),
        "count errors less in texture, where nobody sees them; auto: with OKLab, and of small or flat pictures where "
        "that looks better for its size",
    ),
    "protect": (
        ("--protect",),
        str,
        "|".join(PROTECT),
        "give small vivid colors entries of their own: auto for at most 6 %% more error, strong for at most 15 %%",
    ),
    "keep": (
        ("--keep",),
        list,
        "HEX",
        "a color that the palette must hold exactly, such as '#ff7f00'; may be repeated",
    ),
    "palette": (
        ("--palette",),
        str,
        "FILE|input",
        "use these colors: hex, json, gpl, ase, act, JASC pal, paint.net txt, or a picture of at most 256; entry i is "
        "index i of the file; input: the palette of the indexed picture itself (./input is a file)",
    ),
    "free_colors": (
        ("--free-colors",),
        whole,
        "N",
        "with --palette: how many colors to find beside its own; they stand behind them",
    ),
    "color_bits": (
        ("--color-bits",),
        str,
        "NAME",
        f"only colors that such a display shows: {', '.join(COLOR_BITS)}",
    ),
    "alpha_threshold": (
        ("--alpha-threshold",),
        whole,
        "1..255",
        "pixels below this alpha become transparent, all others opaque; without it 128 for GIF, --color-bits rgb... "
        "and palettes without translucent colors, else alpha stays",
    ),
    "matte": (("--matte",), str, "HEX", "lay the picture upon this color, so that every pixel is opaque"),
    "importance": (
        ("--importance",),
        str,
        "MASK",
        "a gray picture of the same size: how much each pixel counts, in every frame",
    ),
    "cap": (
        ("--cap",),
        number,
        "X",
        "the most that one color may count, as a share of the picture: 0.05 tames a flat background",
    ),
    "init": (
        ("--init",),
        str,
        "NAME",
        f"how the first colors are chosen: {', '.join(STARTS)}; the random ones follow --seed",
    ),
    "seed": (("--seed",), whole, "N", "decides all randomness: the same seed gives the same bytes"),
    "n_init": (("--n-init",), whole, "N", "how many starts to try, of which the best is kept; time grows with N"),
    "effort": (
        ("--effort",),
        str,
        "|".join(EFFORTS),
        "preview: a few milliseconds a megapixel, undithered, by bins of colors; fast: at most 30 iterations; normal: "
        "also a search beyond the first minimum; best: longer",
    ),
    "max_iterations": (
        ("--max-iterations",),
        whole,
        "N",
        "iterations of k-means at most; without it 30 with --effort fast, else no limit",
    ),
    "tolerance": (
        ("--tolerance",),
        number,
        "X",
        "stop when an iteration lowers the error by no more than this share; 0: when nothing changes",
    ),
    "search": (
        ("--search",),
        str,
        "|".join(SEARCHES),
        "how efforts normal and best go beyond the first minimum; genetic takes longer and seldom finds less error",
    ),
    "empty": (("--empty",), str, "|".join(EMPTY), "a color without pixels: give it a new place, or leave it"),
    "dither": (
        ("--dither",),
        str,
        "NAME",
        f"how pixels get their colors: {', '.join(DITHERS)}; smoother from afar, a tenth to a third more bytes",
    ),
    "dither_strength": (
        ("--dither-strength",),
        number,
        "X",
        "0 to 1: how much of the dithering; auto looks for itself",
    ),
    "format": (
        ("--format",),
        str,
        "|".join((*FORMATS, "auto")),
        "of the file; without it the output's name decides, else png",
    ),
    "png_type": (
        ("--png-type",),
        str,
        "|".join(PNG_TYPES),
        "what a PNG holds: auto takes gray samples for gray pictures where they are smaller, gray refuses colors",
    ),
    "bit_depth": (
        ("--bit-depth",),
        whole,
        "|".join(map(str, BIT_DEPTHS)),
        "bits of an index of a PNG; refused where the colors are too many",
    ),
    "optimize": (
        ("--optimize",),
        whole,
        "0..6",
        "effort for small files: 6 is slowest and smallest; --effort preview takes the default for 0",
    ),
    "lossy": (
        ("--lossy",),
        multiplier,
        "auto|on|off|LAMBDA",
        "let pixels take colors that pack well where the eye does not mind; on: for at most a point of SSIMULACRA2 "
        "(from --optimize 2 up); auto: on, but not with --space rgb, another --dither or --palette; LAMBDA: the "
        "squared OKLab distance that a bit may cost, 1e-5 little, 1e-4 much",
    ),
    "bleed": (
        ("--bleed",),
        bool,
        "",
        "color transparent pixels like the edges beside them, so that scaling shows no dark fringe",
    ),
    "icc": (("--icc",), str, "|".join(ICC), "convert colors to sRGB, or keep values and profile"),
    "levels": (
        ("--levels",),
        str,
        "|".join(LEVELS),
        "gray of more than 8 bits, such as medical pictures: auto scales the values that occur to all of 0 to 255",
    ),
    "keep_metadata": (
        ("--keep-metadata",),
        bool,
        "",
        "write EXIF, XMP and texts again, upright and without thumbnails: PNG all, WebP EXIF and XMP, GIF texts",
    ),
    "keep_hidden_colors": (
        ("--keep-hidden-colors",),
        bool,
        "",
        "fully transparent pixels keep their colors, which count in -k; not in GIF",
    ),
    "frame": (
        ("--frame",),
        whole,
        "N",
        "take this frame of an animation, 1 is the first, as a still; without it all frames are written",
    ),
    "palette_per": (
        ("--palette-per",),
        str,
        "|".join(PALETTE_PER),
        "of animations: frame lets each GIF or WebP frame have colors of its own where they are worth their bytes: "
        "for scene cuts and more than 256 colors; takes about twice the time",
    ),
    "threads": (
        ("--threads",),
        whole,
        "N",
        "0: one a core; the bytes do not depend on it (also PIXMEANS_THREADS)",
    ),
    "max_pixels": (
        ("--max-pixels",),
        whole,
        "N",
        "larger pictures are refused before they are decoded; animations have 50 times the room",
    ),
}


def add_settings(
    group: argparse._ActionsContainer, names: tuple[str, ...] = tuple(FLAGS), defaults: dict[str, Any] = DEFAULTS
) -> None:
    """Add the flags of these fields of Settings; the help tells these defaults."""
    for name in names:
        words, kind, placeholder, text = FLAGS[name]
        if name == "k" and "quality" not in names:  # so 'auto', which is a quality, means nothing
            kind, text = whole, f"colors, 1 to {MAX_COLORS}"
        default = defaults[name]
        told = "" if default is None else f" (default: {default})"
        if kind is list:
            group.add_argument(
                *words, dest=name, action="append", metavar=placeholder, default=argparse.SUPPRESS, help=text
            )
            continue
        if kind is bool:
            group.add_argument(*words, dest=name, action="store_true", default=argparse.SUPPRESS, help=text)
            continue
        group.add_argument(
            *words, dest=name, type=kind, metavar=placeholder, default=argparse.SUPPRESS, help=text + told
        )


def asked_in(args: argparse.Namespace) -> dict[str, Any]:
    """The fields of Settings that the words name."""
    given = {name: getattr(args, name) for name in FLAGS if hasattr(args, name)}
    if "keep" in given:
        given["keep"] = tuple(given["keep"])
    return given


def settings_from(args: argparse.Namespace, **defaults: Any) -> Settings:
    """The settings that the words ask for.

    defaults: a command's own, such as k=8 for palettes; a flag or a preset overrules them.
    Raises SettingsError.
    """
    given = asked_in(args)
    if "threads" not in given and os.environ.get("PIXMEANS_THREADS"):
        text = os.environ["PIXMEANS_THREADS"]
        try:
            given["threads"] = int(text)
        except ValueError:
            raise SettingsError(f"PIXMEANS_THREADS must be a whole number, got {text!r}") from None
    preset = getattr(args, "preset", None)
    if preset is None:
        return Settings().but(**{**defaults, **given})
    if preset not in PRESETS:
        raise SettingsError(f"preset must be one of {', '.join(PRESETS)}, got {preset!r}")
    return Settings.article(**given)
