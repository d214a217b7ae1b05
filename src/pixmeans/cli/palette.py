"""`pixmeans palette`: the main colors of pictures, in the format of many programs; `pixmeans histogram` counts them."""

from __future__ import annotations

import argparse
import json
from typing import Any

from .. import pipeline
from ..batch.inputs import STDIO, find
from ..choices import COLOR_NAMES, PICKS
from ..codecs import palette_writers
from ..errors import UsageError, shown
from ..flow.histogram_files import histogram_bytes, read_histogram, write_histogram
from ..image import Palette
from ..quantize.palette_facts import LEVELS, color_names, contrast_pairs, pick_colors
from ..records import dataclass
from .flags import settings_from
from .messages import say
from .streams import check_not_a_terminal, read_stdin, write_stdout

LEAST_CONTRAST = min(LEVELS.values())


def run(args: argparse.Namespace) -> int:
    """Print the palette on stdout."""
    name = args.palette_format
    if name not in palette_writers.FORMATS:
        raise UsageError(f"--format must be one of {', '.join(palette_writers.FORMATS)}, got {name!r}")
    if name in palette_writers.BINARY:
        check_not_a_terminal()
    told = Told.of(args)
    settings = settings_from(args, k=8, space="oklab", masking="off")
    sources: list[Any] = [*_pictures(args), *map(read_histogram, args.histogram)]
    if not sources:
        raise UsageError("which picture? for example: pixmeans palette photo.jpg")
    alone = len(sources) == 1 and not args.histogram
    found = pipeline.palette(
        sources[0] if alone else sources,
        settings.k,
        sort=args.sort,
        ignore=args.ignore,
        weigh=args.weigh,
        settings=settings,
    )
    data = told.written(found, name)
    soft = int((found.rgba[:, 3] < 255).sum())
    if soft and name in palette_writers.WITHOUT_ALPHA:
        say(f"{name} holds no alpha: {soft} of {len(found)} colors are translucent, and stand there as opaque ones")
    if not data:
        say(f"no two of these colors have a contrast of {LEAST_CONTRAST:g}; with a larger -k there may be some")
    write_stdout(data)
    return 0


@dataclass(frozen=True)
class Told:
    """What is told of the colors beside themselves. picks: of `choices.PICKS`; none for all colors of the palette."""

    named: bool
    picks: tuple[str, ...]
    contrast: bool

    @classmethod
    def of(cls, args: argparse.Namespace) -> Told:
        """What the words ask for, if the format can tell it. Raises UsageError."""
        picks: tuple[str, ...] = ()
        if args.pick is not None:
            picks = tuple(PICKS) if args.pick == "all" else tuple(args.pick.split(","))
        for pick in picks:
            if pick not in PICKS:
                raise UsageError(f"--pick must be all, or some of {', '.join(PICKS)} with commas, got {pick!r}")
        name = args.palette_format
        for wanted, flag, formats in (
            (args.named, "--named", ("hex", "json", *palette_writers.NAMED)),
            (picks, "--pick", ("hex", "json")),
            (args.contrast, "--contrast", ("hex", "json")),
        ):
            if wanted and name not in formats:
                raise UsageError(f"{flag} is told in the formats {', '.join(formats)}, not in {name}")
        if picks and args.contrast and name == "hex":
            raise UsageError("--pick and --contrast together need --format json")
        return cls(args.named, picks, args.contrast)

    def written(self, palette: Palette, format: str) -> bytes:
        """The palette and what is told of it, as a file."""
        if format == "hex" and (self.named or self.picks or self.contrast):
            return "".join(f"{line}\n" for line in self._lines(palette)).encode("ascii")
        if format == "json" and (self.named or self.picks or self.contrast):
            return (json.dumps(self._object(palette), indent=2) + "\n").encode("ascii")
        if self.named:
            return palette_writers.NAMED[format](palette, color_names(palette))
        return palette_writers.FORMATS[format](palette)

    def _lines(self, palette: Palette) -> list[str]:
        """Columns with two spaces between them; colors come first."""
        if self.contrast:
            pairs = [pair.to_dict() for pair in contrast_pairs(palette, LEAST_CONTRAST)]
            return [f"{pair['dark']}  {pair['light']}  {pair['ratio']:5.2f}  {pair['level']}" for pair in pairs]
        rows = [(color, *self._names(palette, color)) for color in palette.hex]
        if self.picks:
            found = pick_colors(palette)
            rows = [(found[pick], pick, *self._names(palette, found[pick])) for pick in self.picks]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        return ["  ".join(word.ljust(width) for word, width in zip(row, widths, strict=True)).rstrip() for row in rows]

    def _names(self, palette: Palette, color: str) -> tuple[str, ...]:
        """The names of an entry, if they are asked for."""
        index = palette.hex.index(color)
        entry = Palette(palette.colors[index : index + 1])
        return tuple(color_names(entry, names)[0] for names in COLOR_NAMES) if self.named else ()

    def _object(self, palette: Palette) -> dict[str, Any]:
        found: dict[str, Any] = palette_writers.described(palette)
        if self.named:
            for names in COLOR_NAMES:
                for entry, name in zip(found["colors"], color_names(palette, names), strict=True):
                    entry[names] = name
        if self.picks:
            picked = pick_colors(palette)
            found["picks"] = {pick: picked[pick] for pick in self.picks}
        if self.contrast:
            found["contrast"] = [pair.to_dict() for pair in contrast_pairs(palette, LEAST_CONTRAST)]
        return found


def count(args: argparse.Namespace) -> int:
    """Write the sum of the histograms of all inputs."""
    if args.output == STDIO:
        check_not_a_terminal()
    settings = settings_from(args, space="oklab", masking="off")
    found = pipeline.color_sum([*_pictures(args), *map(read_histogram, args.histogram)], settings)
    if found is None:
        raise UsageError("which picture? for example: pixmeans histogram *.png -o colors.npz")
    if args.output == STDIO:
        write_stdout(histogram_bytes(found.counts))
        return 0
    write_histogram(found.counts, args.output, overwrite=args.force)
    if not args.quiet:
        say(f"{shown(args.output)}: {found.counts.total:,} pixels, {len(found.counts):,} colors")
    return 0


def _pictures(args: argparse.Namespace) -> list[Any]:
    """What the words name: paths, and the bytes of stdin."""
    if args.inputs.count(STDIO) > 1:
        raise UsageError("- (stdin) can be read only once")
    found = find(args.inputs, recursive=args.recursive)
    for one in found:
        if one.trouble:
            raise UsageError(one.trouble)
    return [read_stdin() if one.path == STDIO else one.path for one in found]
