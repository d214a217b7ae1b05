"""What a compression saves and loses, in words; every number has its denominator."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..codecs.png_writer import holds_gray
from ..flow.result import Compressed
from ..image import Image
from .parts import counted, size


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
    from ..color.histogram import count_colors

    return len(count_colors(image.pixels))


def smaller_ways(result: Compressed, others: Sequence[Other]) -> str:
    """Which other codec would be smaller than our file, in a sentence; or that none of those tried is."""
    smaller = sorted((other for other in others if other.size_bytes < result.sizes.file), key=lambda o: o.size_bytes)
    kind = result.format.upper() if result.format != "webp" else "WebP"
    if smaller:
        best = smaller[0]
        error = "without any error" if best.rmse == 0 else f"with RMSE {best.rmse:.1f} against {rmse(result):.1f}"
        return f"A {best.name} of the original is smaller than this {kind}: {size(best.size_bytes)}, {error}."
    if others:
        return f"No WebP of the original is smaller: {', '.join(f'{o.name} {size(o.size_bytes)}' for o in others)}."
    return ""


def colors_in_words(count: int) -> str:
    """'1 color', '16 colors'."""
    return counted(count, "color")


def error_in_words(result: Compressed) -> str:
    """The error, or that there is none."""
    return "no error" if result.lossless else f"RMSE {rmse(result):.1f}"


def factor_in_words(times: float) -> str:
    """What a ratio of sizes is in words."""
    return f"{times:.1f}x smaller than raw" if times >= 1 else f"{1 / times:.1f}x larger than raw"


def bits_of(image: Image) -> int:
    """Bits of a raw pixel."""
    return 32 if image.has_alpha else 24


def kind_of(result: Compressed) -> str:
    """What kind of file it is."""
    if result.format == "png" and holds_gray(result.data):
        return "a gray PNG"
    return {"png": "an indexed PNG", "gif": "a GIF", "webp": "a lossless WebP"}[result.format]
