"""Every way of dithering on one picture, with few colors: what each looks like near, and what it costs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ...choices import DITHERS
from ...image import Image
from ...quantize.dither import DITHERS as METHODS
from .. import style
from ..alt_text import meta_of
from ..followed import Region, most_wrong
from ..layout import fit, loupe, loupe_size, on_panel, panel, picture, rectangle
from ..replay import shown
from ..wording import Judged, made_with, size
from . import FigureRow, Plan

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from ..runs import Runs

COUNTS = (8, 16)
WIDTH, HEIGHT, GAP = 160, 192, 10  # of a crop as it is shown
CROP = (WIDTH // 3, HEIGHT // 3)  # and in the picture: every pixel becomes nine
COLUMNS = 6  # of crops at most; more ways take more lines
TOP, ABOVE = 60, 60 + 254  # of the picture and of the first crops
MASKS = 3  # so many side by side, beside the picture and the original
LINE, WORDS = 15, 108  # of words; and what stands over and under a crop without its help


def dithering(
    image: Image, rows: Sequence[Sequence[Judged]], region: Region, masks: Mapping[str, npt.NDArray[Any]]
) -> Figure:
    """F19: one place of the picture with every way of dithering, enlarged; bytes and quality under each.

    rows: for each k the results of all ways. region: the place. masks: (n, n) thresholds by the name of their way.
    """
    high = loupe_size(region, (WIDTH, HEIGHT))[1]
    ways = len(rows[0])
    columns = ways if ways <= COLUMNS else -(-ways // -(-ways // COLUMNS))  # lines of about the same length
    lines = [(row, start) for row in rows for start in range(0, ways, columns)]
    helps = [style.wrapped(DITHERS[judged.result.settings.dither], WIDTH - 4, 9) for judged in rows[0]]
    told = [  # where the first k is
        LINE * max(map(len, helps[start : start + columns])) if row is rows[0] else 0 for row, start in lines
    ]
    tops = [ABOVE + sum(told[:line]) + line * (high + WORDS) for line in range(len(lines) + 1)]
    fig = style.figure((1040, tops[-1] + 46))
    theme = style.theme_of(fig)
    style.title(
        fig, "Dithering: areas, not pixels, get the right color", made_with(rows[0][0].result.settings, k=False)
    )
    _above(fig, image, region, masks)
    for (row, start), y in zip(lines, tops, strict=False):
        style.text(fig, style.MARGIN, y + 12, f"k = {row[0].result.settings.k}", size=13, weight="bold")
        best = max(judged.quality for judged in row)
        smallest = min(judged.result.sizes.file for judged in row)
        for column, judged in enumerate(row[start : start + columns]):
            x = style.MARGIN + column * (WIDTH + GAP)
            result = judged.result
            loupe(fig, (x, y + 22, WIDTH, high), shown(result.indexed.to_image().pixels), region)
            under = y + 22 + high + 18
            style.text(fig, x, under, result.settings.dither, size=10.5, weight="bold")
            for words in helps[start + column] if row is rows[0] else ():
                under += LINE
                style.text(fig, x, under, words, size=9)
            file = result.sizes.file
            words = f"{size(file)}" + (", the smallest" if file == smallest and len({*_files(row)}) > 1 else "")
            style.text(fig, x, under + 17, words, size=9, color=theme.mute)
            if result.psnr is None:
                style.text(fig, x, under + 33, "no error", size=9, color=theme.mute)
                continue
            look = {"color": theme.mute}
            if round(judged.quality, 1) == round(best, 1):
                look = {"color": theme.accent, "weight": "bold"}
            style.text(fig, x, under + 33, f"SSIMULACRA2 {judged.quality:.1f}", size=9, **look)
            style.text(fig, x, under + 49, f"PSNR {result.psnr:.1f} dB", size=9, color=theme.mute)
    style.caption(fig, dithering_caption(rows, region))
    return fig


def _files(row: Sequence[Judged]) -> list[int]:
    return [judged.result.sizes.file for judged in row]


def _above(fig: Figure, image: Image, region: Region, masks: Mapping[str, npt.NDArray[Any]]) -> None:
    """The picture, the place in it that is shown, and the masks of the ways that have one."""
    theme = style.theme_of(fig)
    wide, high = fit(image.width, image.height, (2 * WIDTH + GAP, HEIGHT))
    found = panel(fig, (style.MARGIN, TOP, wide, high), shown(image.pixels), middle=False)
    frame = on_panel(found, region, image.width, image.height)
    rectangle(fig, frame, "none", edgecolor=theme.accent, linewidth=1.2)
    words = f"{image.width}x{image.height} pixels"
    columns = [style.MARGIN + place * (WIDTH + GAP) for place in range(COLUMNS)]
    _under(fig, columns[0], TOP + high, "the picture", words)
    enlarged = loupe_size(region, (WIDTH, HEIGHT))
    loupe(fig, (columns[2], TOP, *enlarged), shown(image.pixels), region)
    scale = enlarged[0] / region[2]
    _under(fig, columns[2], TOP + enlarged[1], "the original", f"{scale:.2g} times as large")
    step = (HEIGHT + 42) // max(1, -(-len(masks) // MASKS))
    for place, (name, mask) in enumerate(masks.items()):
        x, y = columns[COLUMNS - MASKS + place % MASKS], TOP + place // MASKS * step
        levels = (mask.astype(np.float64) / max(1, int(mask.max())) * 255 + 0.5).astype(np.uint8)
        across, down = CROP[0], max(4, (step - 42) // 3)
        tile = np.tile(levels, (-(-down // len(mask)), -(-across // len(mask))))[:down, :across]
        picture(fig, tile.repeat(3, axis=0).repeat(3, axis=1)[..., None].repeat(3, axis=2), x, y)
        _under(fig, x, y + 3 * down, f"{name} mask", f"{len(mask)}x{len(mask)}, repeated")


def _under(fig: Figure, x: float, y: float, head: str, words: str) -> None:
    style.text(fig, x, y + 18, head, size=10.5, weight="bold")
    style.text(fig, x, y + 35, words, size=9, color=style.theme_of(fig).mute)


def dithering_caption(rows: Sequence[Sequence[Judged]], region: Region) -> str:
    """What F19 says at its foot."""
    settings = rows[0][0].result.settings
    counts = " and ".join(str(row[0].result.settings.k) for row in rows)
    told = []
    for row in rows:
        plain = row[0]
        best = max(row, key=lambda judged: (round(judged.quality, 1), -judged.result.sizes.file))
        if best.quality >= plain.quality + 0.5:
            more = 100 * (best.result.sizes.file / plain.result.sizes.file - 1)
            told.append(
                f"at k = {best.result.settings.k} {best.result.settings.dither} adds "
                f"{best.quality - plain.quality:.0f} points of SSIMULACRA2 for {more:.0f} % more bytes"
            )
    gains = f" {_sentence('; '.join(told))}." if told else " Here no way of dithering looks better than none."
    if rows[0][0].result.mse == 0:
        gains = " So many colors keep every pixel: there is nothing to dither."
    lossy = [[judged.result.mse for judged in row] for row in rows if row[0].result.mse > 0]
    lower = lossy and all(min(more) > plain for plain, *more in lossy)
    single = " PSNR counts single pixels: all dithering lowers it." if lower else ""
    x, y, width, height = region
    return f"k = {counts}, {made_with(settings, k=False)}; {width}x{height} pixels at {x}, {y}.{gains}{single}"


def _sentence(words: str) -> str:
    return words[0].upper() + words[1:]


def plan(runs: Runs) -> Plan:
    """Two numbers of colors as `compress` makes them, with every way of dithering."""
    settings = runs.bare()
    k = runs.k_or(max(COUNTS))
    counts = sorted({max(1 + runs.transparent, k // 2), k})
    rows = [[runs.judged(settings.but(k=k, dither=method)) for method in DITHERS] for k in counts]
    region = runs.region or most_wrong(runs.image, rows[-1][0].result.indexed.to_image(), *CROP)
    meta = {**meta_of(settings), "k": " ".join(map(str, counts)), "dither": " ".join(DITHERS)}
    masks = {
        name: way.keywords["mask"]()
        for name, way in METHODS.items()
        if isinstance(way, partial) and "mask" in way.keywords
    }
    return Plan(
        dithering_caption(rows, region),
        meta,
        lambda: dithering(runs.image, rows, region, masks),
    )


FIGURE = FigureRow("F19", "dithering", "Dithering with 8 and 16 colors", (".png",), plan)
