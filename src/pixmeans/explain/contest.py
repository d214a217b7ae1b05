"""One picture through many codecs: bytes, quality and seconds of each, and what they make of it at equal bytes."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from itertools import pairwise
from math import exp, log
from typing import TYPE_CHECKING, Any

from .. import alternatives, codecs
from ..codecs import peers
from ..image import Image
from ..records import dataclass

if TYPE_CHECKING:
    from .runs import Runs

Tell = Callable[[str], None]


@dataclass(frozen=True)
class Codec:
    """A row of the table.

    name: for a person. encode: (runs, setting) -> bytes. settings: what is tried, from the smallest file on. words: of
    a setting, and of all of them. between: settings between two of these exist, so that a number of bytes can be aimed
    at. whole: and are whole numbers. alpha: it holds transparency. ready: whether it can be used here.
    """

    name: str
    encode: Callable[[Runs, Any], bytes]
    settings: tuple[Any, ...]
    words: tuple[str, str]
    between: bool = True
    whole: bool = False
    alpha: bool = True
    ready: Callable[[], bool] = lambda: True

    def in_words(self, setting: Any) -> str:
        """'k = 16', 'quality 50'."""
        return self.words[0].format(setting)


@dataclass(frozen=True, eq=False)
class Entry:
    """A file of a codec, and what it is worth.

    quality: SSIMULACRA2, 100 for the original itself. psnr: in dB, None if no pixel differs. image: what it shows.
    encode_seconds, decode_seconds: on this machine, measured once.
    """

    codec: Codec
    setting: Any
    data: bytes
    image: Image
    quality: float
    psnr: float | None
    encode_seconds: float
    decode_seconds: float

    @property
    def size_bytes(self) -> int:
        """Of the file."""
        return len(self.data)

    @property
    def lossless(self) -> bool:
        """Whether no pixel differs."""
        return self.psnr is None


def _palette(format: str, lossy: str | None = None) -> Callable[[Runs, Any], bytes]:
    """Our files: with so many colors and plain indices, or with 256 colors and this lambda of lossy indices."""

    def encode(runs: Runs, setting: Any) -> bytes:
        knobs = {"k": setting, "lossy": "off"} if lossy is None else {"k": 256, "lossy": setting}
        return runs.result(runs.bare(format=format, **knobs)).data

    return encode


def _alternative(method: str, **knobs: Any) -> Callable[[Runs, Any], bytes]:
    def encode(runs: Runs, setting: Any) -> bytes:
        name = "words" if method == "vq" else "lambda_"
        return alternatives.encode(runs.image, method, **knobs, **{name: setting})

    return encode


PLAIN, AWARE, AWARE_WEBP = "palette", "palette, lossy indices", "palette, lossy, WebP"
MANY = "k over 256, WebP"
_LAMBDAS = (1e-3, 3e-4, 1e-4, 1e-5)
_AWARE_WORDS = ("k = 256, lambda {:.2g}", "lambda 1e-3 to 1e-5")

# From the top of a legend down.
CODECS: tuple[Codec, ...] = (
    Codec(PLAIN, _palette("png"), (8, 32, 128, 256), ("k = {}", "k = 8 to 256"), whole=True),
    Codec(AWARE, _palette("png", "lossy"), _LAMBDAS, _AWARE_WORDS),
    Codec(AWARE_WEBP, _palette("webp", "lossy"), _LAMBDAS, _AWARE_WORDS),
    Codec(MANY, _palette("webp"), (512, 1256, 4096), ("k = {:,}", "k = 512 to 4,096"), whole=True),
    Codec(
        "pngquant + oxipng",
        lambda runs, k: peers.pngquant(runs.image, k),
        (8, 32, 128, 256),
        ("k = {}", "k = 8 to 256"),
        whole=True,
        ready=lambda: peers.find_pngquant() is not None,
    ),
    Codec(
        "vector quantization",
        _alternative("vq"),
        (64, 256, 1024, 4096),
        ("{:,} words", "64 to 4,096 words"),
        whole=True,
        alpha=False,
    ),
    Codec("ECVQ", _alternative("ecvq"), (160.0, 40.0, 10.0), ("lambda {:.3g}", "lambda 160 to 10"), alpha=False),
    Codec(
        "fractal", _alternative("fractal"), (160.0, 40.0, 10.0, 2.0), ("lambda {:.3g}", "lambda 160 to 2"), alpha=False
    ),
    Codec(
        "JPEG",
        lambda runs, quality: peers.jpeg(runs.image, quality),
        (10, 30, 50, 75, 90, 97),
        ("quality {}", "quality 10 to 97"),
        whole=True,
        alpha=False,
    ),
    Codec(
        "WebP",
        lambda runs, quality: peers.lossy_webp(runs.image, quality),
        (2, 25, 50, 75, 90, 100),
        ("quality {}", "quality 2 to 100"),
        whole=True,
    ),
    Codec(
        "AVIF",
        lambda runs, quality: peers.avif(runs.image, quality),
        (15, 35, 50, 65, 80, 93),
        ("quality {}", "quality 15 to 93"),
        whole=True,
        ready=peers.has_avif,
    ),
    Codec(
        "lossless WebP",
        lambda runs, _: peers.lossless_webp(runs.image),
        (None,),
        ("all colors", "all colors"),
        between=False,
    ),
    Codec("PNG + oxipng", lambda runs, _: peers.png(runs.image), (None,), ("all colors", "all colors"), between=False),
)


@dataclass(frozen=True, eq=False)
class Contest:
    """What all codecs make of a picture. entries: by codec. left_out: why some cannot, and their names.

    equal: files of about `budget` bytes, of the codecs that have some.
    """

    image: Image
    entries: dict[str, tuple[Entry, ...]]
    left_out: tuple[str, ...]
    budget: int
    equal: tuple[Entry, ...]

    @property
    def all_entries(self) -> list[Entry]:
        """Those of the sweeps, codec by codec."""
        return [entry for found in self.entries.values() for entry in found]

    def bytes_at(self, name: str, quality: float) -> float | None:
        """How many bytes a codec takes for a quality: between two of its files in equal steps for equal ratios.

        None above its best file. A worst file that is better than that counts as it is.
        """
        hull = envelope(self.entries[name])
        if not hull or hull[-1].quality < quality:
            return None
        if hull[0].quality >= quality:
            return float(hull[0].size_bytes)
        for low, high in pairwise(hull):
            if low.quality < quality <= high.quality:
                part = (quality - low.quality) / (high.quality - low.quality)
                return exp(log(low.size_bytes) + part * (log(high.size_bytes) - log(low.size_bytes)))
        return None

    def smallest_at(self, quality: float) -> list[tuple[str, float]]:
        """The codecs that reach a quality with their bytes, smallest first."""
        found = [(name, self.bytes_at(name, quality)) for name in self.entries]
        return sorted(((name, size) for name, size in found if size is not None), key=lambda pair: pair[1])


def envelope(entries: Sequence[Entry]) -> list[Entry]:
    """Those that no smaller file beats, with rising sizes and qualities."""
    kept: list[Entry] = []
    for entry in sorted(entries, key=lambda one: (one.size_bytes, -one.quality)):
        if not kept or entry.quality > kept[-1].quality:
            kept.append(entry)
    return kept


def contest(runs: Runs, tell: Tell = lambda words: None) -> Contest:
    """All codecs of the table that can hold the picture, with all their settings, and once more at equal bytes."""
    entries, left_out = sweep(runs, tell)
    budget = fair_budget(runs.image, entries)
    equal = []
    for name, found in entries.items():
        tell(f"{name}: {budget:,} bytes")
        equal.append(at_bytes(runs, found, budget))
    return Contest(runs.image, entries, tuple(left_out), budget, near(equal, budget))


FEW = 4  # panels of files of equal size that are worth a row


def near(files: Sequence[Entry], budget: int) -> tuple[Entry, ...]:
    """Those within a quarter of a number of bytes; where they are few, those within four times."""
    distances = [abs(log(entry.size_bytes / budget)) for entry in files]
    reach = log(1.25) if sum(distance <= log(1.25) for distance in distances) >= FEW else log(4)
    return tuple(entry for entry, distance in zip(files, distances, strict=True) if distance <= reach)


def sweep(
    runs: Runs, tell: Tell, table: Sequence[Codec] | None = None
) -> tuple[dict[str, tuple[Entry, ...]], list[str]]:
    """The files of every codec with every setting, and which codecs are left out. table: CODECS unless given."""
    entries: dict[str, tuple[Entry, ...]] = {}
    left_out: dict[str, list[str]] = {}
    for codec in CODECS if table is None else table:
        if not codec.ready():
            left_out.setdefault("not installed", []).append(codec.name)
            continue
        if not codec.alpha and not runs.image.is_opaque:
            left_out.setdefault("no transparency", []).append(codec.name)
            continue
        made = []
        for setting in codec.settings:
            tell(f"{codec.name}: {codec.in_words(setting)}")
            made.append(measured(runs, codec, setting))
        entries[codec.name] = tuple(made)
    return entries, [f"{why}: {', '.join(names)}" for why, names in left_out.items()]


def measured(runs: Runs, codec: Codec, setting: Any) -> Entry:
    """One file: made, decoded and judged."""
    start = time.perf_counter()
    data = codec.encode(runs, setting)
    encoded = time.perf_counter()
    image = codecs.decode(data, name=codec.name).image
    decoded = time.perf_counter()
    quality, psnr = runs.judged_image(image)
    return Entry(codec, setting, data, image, quality, psnr, encoded - start, decoded - encoded)


def fair_budget(image: Image, entries: dict[str, tuple[Entry, ...]]) -> int:
    """A bit a pixel, or what the smallest file without loss takes if that is less."""
    lossless = [entry.size_bytes for found in entries.values() for entry in found if entry.lossless]
    return max(64, min([image.width * image.height // 8, *lossless]))


def at_bytes(runs: Runs, found: Sequence[Entry], budget: int) -> Entry:
    """A file of a codec that takes about so many bytes: a setting between two of those that were tried is tried.

    Of several files the one that is nearest to it in size; a smaller one that loses nothing is as good.
    """
    known = list(found)
    codec = known[0].codec
    setting = _setting_between(found, budget) if codec.between else None
    if setting is not None:
        known.append(measured(runs, codec, setting))
    lossless = [entry for entry in known if entry.lossless and entry.size_bytes <= budget]
    if lossless:
        return min(lossless, key=_size)
    return min(known, key=lambda entry: abs(log(entry.size_bytes / budget)))


def _setting_between(found: Sequence[Entry], budget: int) -> int | float | None:
    """The setting between two of a codec's files that should take so many bytes; None where no other is worth it."""
    below = [entry for entry in found if entry.size_bytes <= budget]
    above = [entry for entry in found if entry.size_bytes > budget]
    if not below or not above or any(entry.lossless for entry in below):
        return None
    low, high = max(below, key=_size), min(above, key=_size)
    if min(budget / low.size_bytes, high.size_bytes / budget) < 1.03:
        return None
    part = log(budget / low.size_bytes) / log(high.size_bytes / low.size_bytes)
    setting = exp(log(low.setting) + part * (log(high.setting) - log(low.setting)))
    setting = round(setting) if low.codec.whole else float(f"{setting:.3g}")
    return None if any(entry.setting == setting for entry in found) else setting


def _size(entry: Entry) -> int:
    return entry.size_bytes


# Words.

LEVELS = (50.0, 70.0, 85.0)


def ours(name: str) -> bool:
    """Whether it is a palette file of ours."""
    return name in (PLAIN, AWARE, AWARE_WEBP)


def verdict(these: Contest) -> str:
    """Which codec takes the fewest bytes at which quality, and how many times as many the best palette takes."""
    parts = []
    for level in LEVELS:
        ranking = these.smallest_at(level)
        if ranking:
            parts.append(f"at {level:.0f} {_won(ranking)}")
    told = f"Fewest bytes by SSIMULACRA2: {', '.join(parts)}" if parts else "Nothing comes near the original"
    exact = [entry for entry in these.all_entries if entry.lossless]
    if exact:
        best = min(exact, key=_size)
        told += f"; without loss: {'a palette' if ours(best.codec.name) else best.codec.name}"
    return told + "."


def _won(ranking: Sequence[tuple[str, float]]) -> str:
    """Who won, and by how much: over the best palette, or a palette over the best of the others."""
    winner, least = ranking[0]
    second = next(((name, size) for name, size in ranking if ours(name) != ours(winner)), None)
    name = "a palette" if ours(winner) else winner
    if second is None:
        return name if ours(winner) else f"{name} (no palette)"
    times = second[1] / least
    shown = f"{times:.1f}" if times >= 1.095 else f"{times:.2f}"
    return f"{name} ({second[0] if ours(winner) else 'a palette'} {shown}x)"
