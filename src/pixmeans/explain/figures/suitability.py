"""What a small palette is good for and what not: a gradient, a picture of many colors, flat art."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...image import Image
from .. import look
from ..parts import Region, fit, loupe, loupe_size, made_with, on_panel, panel, rectangle, shown, size
from ..words import Judged, Other, colors_of, factor_in_words

if TYPE_CHECKING:
    from matplotlib.figure import Figure

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
        if plain.result.lossless:
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
            rival = min(better, key=lambda other: other.size_bytes)
            words += f"; a {rival.kind} is smaller{' and better' if rival.quality > best else ''}"
        return words


def suitability(cases: Sequence[Case]) -> Figure:
    """F16: the original, few colors without and with dithering, for pictures of several kinds, and real sizes."""
    heights = [max(104, fit(case.image.width, case.image.height, (PANEL, 160))[1]) for case in cases]
    fig = look.figure((1040, 56 + sum(heights) + 96 * len(cases) + 40))
    theme = look.theme_of(fig)
    settings = cases[0].plain.result.settings
    title = f"Where {settings.k} colors shine and where they fail" if settings.k > 1 else "What one color can show"
    look.title(fig, title, made_with(settings, k=False))
    y = 56
    for case, high in zip(cases, heights, strict=True):
        head = look.text(fig, look.MARGIN, y + 14, case.head, size=11.5, weight="bold")
        beside = look.MARGIN + look.text_width(fig, head) + 12
        look.text(fig, beside, y + 14, case.verdict, size=10, color=theme.mute)
        columns = (
            (case.image, (f"original: {_original(case)}", *_rivals(case.others))),
            (case.plain.result.indexed.to_image(), _told(case.plain, "no dithering")),
            (case.dithered.result.indexed.to_image(), _told(case.dithered, "dithered")),
        )
        for place, (picture, (first, *more)) in enumerate(columns):
            x = look.MARGIN + 341 * place
            pixels = shown(picture.pixels)
            found = panel(fig, (x, y + 24, PANEL, high), pixels, middle=False)
            frame = on_panel(found, case.region, case.image.width, case.image.height)
            rectangle(fig, frame, "none", edgecolor=theme.accent, linewidth=1.0)
            loupe(fig, (x + found[2] + 8, y + 24, *loupe_size(case.region, (LOUPE, high))), pixels, case.region)
            look.text(fig, x, y + 24 + high + 17, first, size=9.5)
            for line, words in enumerate(more):
                look.text(fig, x, y + 24 + high + 33 + 15 * line, words, size=9, color=theme.mute)
        y += high + 96
    look.caption(fig, suitability_caption(cases))
    return fig


def _original(case: Case) -> str:
    sizes = case.plain.result.sizes
    return f"{size(sizes.raw)} raw" + (f", {sizes.original_format} {size(sizes.original)}" if sizes.original else "")


def _told(judged: Judged, how: str) -> tuple[str, ...]:
    result = judged.result
    file = f"{how}: {result.format.upper()} {size(result.sizes.file)}"
    return file, judged.in_words, factor_in_words(result.sizes.raw / result.sizes.file)


def _rivals(others: Sequence[Other]) -> tuple[str, ...]:
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
