"""Counts, sizes, settings and results in words; every number has its denominator."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ..choices import FORMATS, format_name
from ..codecs.png_writer import holds_gray
from ..color.histogram import count_colors
from ..color.spaces import SPACES
from ..image import Image
from ..records import dataclass
from ..settings import Settings

if TYPE_CHECKING:
    from ..flow.result import Compressed


@dataclass(frozen=True)
class Other:
    """What another codec makes of the original. rmse: over R, G and B; 0 for a lossless one. quality: SSIMULACRA2."""

    name: str
    size_bytes: int
    rmse: float
    quality: float = 100.0

    @property
    def kind(self) -> str:
        """The name without its settings."""
        return self.name.partition(" (")[0]


@dataclass(frozen=True, eq=False)
class Judged:
    """A result and its SSIMULACRA2: 100 is the original, 80 hardly to be told from it, 50 clearly worse."""

    result: Compressed
    quality: float

    @property
    def in_words(self) -> str:
        """'SSIMULACRA2 47.8, PSNR 30.7 dB'; or that nothing is lost."""
        psnr = self.result.psnr
        return "no error" if psnr is None else f"SSIMULACRA2 {self.quality:.1f}, PSNR {psnr:.1f} dB"


def rmse(result: Compressed) -> float:
    """The root of the mean over pixels of the squared error summed over R, G and B."""
    return float(result.mse**0.5)


def colors_of(image: Image) -> int:
    """How many different colors a picture has."""
    return len(count_colors(image.pixels))


def smaller_ways(result: Compressed, others: Sequence[Other]) -> str:
    """Which other codec would be smaller than our file, in a sentence; or that none of those tried is."""
    smaller = sorted((other for other in others if other.size_bytes < result.sizes.file), key=lambda o: o.size_bytes)
    kind = format_name(result.format)
    if smaller:
        best = smaller[0]
        error = "without any error" if best.rmse == 0 else f"with RMSE {best.rmse:.1f} against {rmse(result):.1f}"
        return f"A {best.name} of the original is smaller than this {kind}: {size(best.size_bytes)}, {error}."
    if others:
        return f"No WebP of the original is smaller: {', '.join(f'{o.name} {size(o.size_bytes)}' for o in others)}."
    return ""


def error_in_words(result: Compressed) -> str:
    """The error, or that there is none."""
    return "no error" if result.mse == 0 else f"RMSE {rmse(result):.1f}"


def factor_in_words(times: float) -> str:
    """What a ratio of sizes is in words."""
    return f"{times:.1f}x smaller than raw" if times >= 1 else f"{1 / times:.1f}x larger than raw"


def bits_of(image: Image) -> int:
    """Bits of a raw pixel."""
    return 32 if image.has_alpha else 24


def kind_of(result: Compressed) -> str:
    """What kind of file it is."""
    kind = FORMATS[result.format].help
    if result.format == "png":
        kind = "gray PNG" if holds_gray(result.data) else "indexed PNG"
    return f"{'an' if kind[0] in 'aeiou' else 'a'} {kind}"


def run_in_words(k: int | None, settings: Settings, *, seed: bool = True) -> str:
    """'k = 16, start: random pixels, seed 1, in OKLab': what decides a run of plain k-means.

    k: how many centroids there are; None if it goes without saying, as the seed does with seed=False.
    """
    start = settings.init.replace("-", " ") if settings.init.startswith("random") else settings.init
    words = [] if k is None else [f"k = {k}"]
    words += [f"start: {start}"]
    words += [f"seed {settings.seed}"] if seed else []
    words += ["in OKLab"] if settings.measured_in == "oklab" else []
    return ", ".join(words)


def made_with(settings: Settings, *, k: bool = True, seed: bool = True) -> str:
    """k, start, seed, space and masking in words, as captions of compressed pictures say them."""
    words = run_in_words(settings.k if k else None, settings, seed=seed)
    return words + (", with masking" if settings.uses_masking else "")


def count_of(count: int, what: str) -> str:
    """'1 color', '47,051 colors'."""
    return f"{count:,} {what}" + ("" if count == 1 else "s")


def size(count: int) -> str:
    """Bytes with three digits, 1 kB = 1000 bytes.

    >>> size(912), size(36_400), size(422_000), size(1_230_000)
    ('912 bytes', '36.4 kB', '422 kB', '1.23 MB')
    """
    if count < 1000:
        return f"{count} bytes"
    value, unit = (count / 1e3, "kB") if count < 999_500 else (count / 1e6, "MB")
    digits = 2 if value < 9.995 else 1 if value < 99.95 else 0
    return f"{value:.{digits}f} {unit}"


def round_size(count: int) -> str:
    """Bytes of a round number: '40 kB' where `size` says '40.0 kB'."""
    return re.sub(r"\.0+ ", " ", size(count))


def percent(share: float) -> str:
    """A share as a percentage with two digits that count."""
    value = 100 * share
    if value == 0 or value >= 9.95:
        return f"{value:.0f} %"
    return f"{value:.1f} %" if value >= 0.95 else f"{value:.2f} %" if value >= 0.0095 else "< 0.01 %"


def color_word(color: tuple[int, int, int]) -> str:
    """What a person might call a color: 'orange', 'pale yellow', 'dark blue'; hues as OKLab has them."""
    lightness, a, b = (float(value) for value in SPACES["oklab"].palette_points(np.array([color], np.uint8))[0])
    chroma = float(np.hypot(a, b))
    if chroma < 0.025:
        return "black" if lightness < 0.25 else "white" if lightness > 0.95 else "gray"
    hue = float(np.degrees(np.arctan2(b, a))) % 360
    word = next(word for end, word in _HUES if hue < end)
    if word == "orange" and lightness < 0.6:
        return "brown"
    if chroma < 0.07:
        return f"{word}-gray" if lightness < 0.75 else f"pale {word}"
    return f"dark {word}" if lightness < 0.4 else f"light {word}" if lightness > 0.85 and word != "yellow" else word


# Up to which angle in OKLab's plane of a and b a hue has which name: red is at 29, orange about 55, yellow 110.
_HUES = (
    (12.0, "pink"),
    (42.0, "red"),
    (80.0, "orange"),
    (118.0, "yellow"),
    (168.0, "green"),
    (218.0, "cyan"),
    (275.0, "blue"),
    (325.0, "purple"),
    (361.0, "pink"),
)
