"""What a small palette is good for and what not: a gradient, a picture of many colors, flat art."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ...choices import format_name
from ...image import Image
from ...records import dataclass
from .. import style
from ..alt_text import meta_of
from ..followed import Region, most_wrong
from ..layout import fit, loupe, loupe_size, on_panel, panel, rectangle
from ..replay import shown
from ..wording import Judged, Other, colors_of, count_of, factor_in_words, made_with, size
from . import FigureRow, Plan

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from ..runs import Runs

PANEL = 206  # the width of a picture; its loupe stands beside it
LOUPE = 112
CROP = (40, 52)  # pixels of a loupe


@dataclass(frozen=True, eq=False)
class Case:
    """A picture with few colors, without and with dithering.

    head: what kind of picture it is. others: what other codecs make of the original. region: what the loupes show.
    """

    head: str
    image: Image
    plain: Judged
    dithered: Judged
    others: Sequence[Other]
    region: Region

    @property
    def verdict(self) -> str:
        """What the numbers say about such a palette for this picture."""
        plain, dithered = self.plain, self.dithered
        dearer = f"for {dithered.result.sizes.file / plain.result.sizes.file:.1f} times the bytes"
        if plain.result.mse == 0:
            words = "few colors, and every pixel is kept"
        elif plain.quality >= 80:
            words = f"{colors_of(self.image):,} colors become {len(plain.result.palette)}: hardly to be told apart"
        elif dithered.quality - plain.quality >= 30:
            words = f"bands and patches; dithering hides them in grain, {dearer}"
        elif dithered.quality > plain.quality:
            words = f"{colors_of(self.image):,} colors are too many; dithering helps some, {dearer}"
        else:
            words = f"{colors_of(self.image):,} colors are too many"
        best = max(plain.quality, dithered.quality)
        better = [o for o in self.others if o.size_bytes < plain.result.sizes.file and o.quality >= best]
        if better:
            best_other = min(better, key=lambda other: other.size_bytes)
            words += f"; a {best_other.kind} is smaller{' and better' if best_other.quality > best else ''}"
        return words


def suitability(cases: Sequence[Case]) -> Figure:
    """F16: the original, few colors without and with dithering, for pictures of several kinds, and real sizes."""
    heights = [max(104, fit(case.image.width, case.image.height, (PANEL, 160))[1]) for case in cases]
    fig = style.figure((1040, 56 + sum(heights) + 96 * len(cases) + 40))
    theme = style.theme_of(fig)
    settings = cases[0].plain.result.settings
    title = f"Where {settings.k} colors shine and where they fail" if settings.k > 1 else "What one color can show"
    style.title(fig, title, made_with(settings, k=False))
    y = 56
    for case, high in zip(cases, heights, strict=True):
        head = style.text(fig, style.MARGIN, y + 14, case.head, size=11.5, weight="bold")
        beside = style.MARGIN + style.text_width(head) + 12
        style.text(fig, beside, y + 14, case.verdict, size=10, color=theme.mute)
        columns = (
            (case.image, (f"original: {_original(case)}", *_others_in_words(case.others))),
            (case.plain.result.indexed.to_image(), _told(case.plain, "no dithering")),
            (case.dithered.result.indexed.to_image(), _told(case.dithered, "dithered")),
        )
        for place, (picture, (first, *more)) in enumerate(columns):
            x = style.MARGIN + 341 * place
            pixels = shown(picture.pixels)
            found = panel(fig, (x, y + 24, PANEL, high), pixels, middle=False)
            frame = on_panel(found, case.region, case.image.width, case.image.height)
            rectangle(fig, frame, "none", edgecolor=theme.accent, linewidth=1.0)
            loupe(fig, (x + found[2] + 8, y + 24, *loupe_size(case.region, (LOUPE, high))), pixels, case.region)
            style.text(fig, x, y + 24 + high + 17, first, size=9.5)
            for line, words in enumerate(more):
                style.text(fig, x, y + 24 + high + 33 + 15 * line, words, size=9, color=theme.mute)
        y += high + 96
    style.caption(fig, suitability_caption(cases))
    return fig


def _original(case: Case) -> str:
    sizes = case.plain.result.sizes
    return f"{size(sizes.raw)} raw" + (f", {sizes.original_format} {size(sizes.original)}" if sizes.original else "")


def _told(judged: Judged, how: str) -> tuple[str, ...]:
    result = judged.result
    file = f"{how}: {format_name(result.format)} {size(result.sizes.file)}"
    return file, judged.in_words, factor_in_words(result.sizes.raw / result.sizes.file)


def _others_in_words(others: Sequence[Other]) -> tuple[str, ...]:
    """What other codecs make of the original, a line each."""
    return tuple(
        f"{other.kind} {size(other.size_bytes)}" + ("" if other.rmse == 0 else f", SSIMULACRA2 {other.quality:.1f}")
        for other in others
    )


def suitability_caption(cases: Sequence[Case]) -> str:
    """What F16 says at its foot."""
    settings = cases[0].plain.result.settings
    told = "; ".join(
        f"{case.head[0].lower()}{case.head[1:]}: {size(case.plain.result.sizes.file)} and "
        f"{size(case.dithered.result.sizes.file)}"
        for case in cases
    )
    return (
        f"{made_with(settings)}. PNG without and with dithering (Floyd-Steinberg): {told}. "
        "SSIMULACRA2: 100 is the original, 80 hardly to be told from it."
    )


def plan(runs: Runs) -> Plan:
    """This picture and two samples, as `compress` makes them without and with dithering."""
    settings = runs.bare(k=runs.settings.k, dither="none")
    name = "The sample reef" if runs.is_reef else "This picture"
    cases = []
    for head, these in (
        ("A smooth gradient", runs.sample("sky")),
        (name, runs),
        ("Flat art and letters", runs.sample("screenshot")),
    ):
        plain, dithered = (these.judged(settings.but(dither=dither)) for dither in ("none", "floyd-steinberg"))
        region = these.region or most_wrong(these.image, plain.result.indexed.to_image(), *CROP)
        cases.append(Case(head, these.image, plain, dithered, these.others, region))
    meta = {**meta_of(settings), "dither": "none floyd-steinberg"}
    title = f"Where {count_of(settings.k, 'color')} shine and where they fail"
    return Plan(suitability_caption(cases), meta, lambda: suitability(cases), title=title)


FIGURE = FigureRow("F16", "suitability", "Where a palette shines and where it fails", (".png",), plan)
