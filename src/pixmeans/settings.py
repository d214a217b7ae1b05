"""Every knob of a compression, once, with its default.

A `Settings` is frozen, is valid when built, and survives JSON, a URL and a worker process. The flags of
`pixmeans compress` are its fields. Below the flow, functions take plain keyword arguments instead.
"""

from __future__ import annotations

import math
import os
import re
from collections.abc import Collection, Iterable
from numbers import Real

from .choices import (
    AUTO_FORMATS,
    BIT_DEPTHS,
    COLOR_BITS,
    DITHERS,
    EFFORTS,
    EMPTY,
    FORMATS,
    ICC,
    LEVELS,
    LOSSY,
    LOSSY_FORMATS,
    MASKING,
    MAX_COLORS,
    MAX_INDEXED,
    METRICS,
    PALETTE_PER,
    PNG_TYPES,
    PREVIEW_TAKES,
    PROTECT,
    SEARCHES,
    SPACES,
    STARTS,
)
from .errors import SettingsError
from .records import asdict, dataclass, field, fields, replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

AUTO_QUALITY = "80"
MAX_PIXELS = 200_000_000

# The word for a picture's own palette; a file of that name is './input'.
INPUT_PALETTE = "input"

# Where alpha has to become all or nothing, from this alpha up a pixel is opaque.
USUAL_THRESHOLD = 128

Color = tuple[int, int, int, int]


def parse_hex(text: str) -> Color | None:
    """A color as (r, g, b, a) of '#rgb', '#rrggbb' or '#rrggbbaa', with or without the sign; None if it is none.

    >>> parse_hex("#ff7f00"), parse_hex("fff"), parse_hex("orange")
    ((255, 127, 0, 255), (255, 255, 255, 255), None)
    """
    found = re.fullmatch(r"#?([0-9a-fA-F]{3}|[0-9a-fA-F]{6}|[0-9a-fA-F]{8})", text.strip())
    if not found:
        return None
    digits = found[1] if len(found[1]) > 3 else "".join(2 * digit for digit in found[1])
    red, green, blue, alpha = bytes.fromhex(digits.ljust(8, "f"))
    return red, green, blue, alpha


@dataclass(frozen=True)
class Quality:
    """A wanted quality: at least `least`, and no more than it takes for `aim`.

    metric: 'ssimulacra2' (90: no difference to be seen, 80: hardly any, 70: little, 50: much; of 100) or 'psnr' (dB).
    """

    metric: str
    least: float
    aim: float

    @classmethod
    def parse(cls, text: str) -> Quality:
        """Reads '80', '70-85', 'psnr:38' and 'psnr:35-38'. Raises SettingsError.

        >>> Quality.parse("70-85")
        Quality(metric='ssimulacra2', least=70.0, aim=85.0)
        """
        found = re.fullmatch(r"(?:([a-z0-9]+):)?(-?\d+(?:\.\d*)?)(?:-(\d+(?:\.\d*)?))?", text.strip().lower())
        if not found or found[1] not in (None, *METRICS):
            raise SettingsError(f"quality must be like 80, 70-85 or psnr:38, got {text!r}")
        metric, least = found[1] or "ssimulacra2", float(found[2])
        aim = least if found[3] is None else float(found[3])
        if least > aim:
            raise SettingsError(f"quality must be MIN-MAX with MIN not above MAX, got {text!r}")
        if aim > 100 and metric == "ssimulacra2":
            raise SettingsError(f"quality must be at most 100 (SSIMULACRA2), got {text!r}")
        return cls(metric, least, aim)

    def __str__(self) -> str:
        """What `parse` reads: '80', '70-85', 'psnr:38'."""
        limits = f"{self.least:g}" if self.least == self.aim else f"{self.least:g}-{self.aim:g}"
        return limits if self.metric == "ssimulacra2" else f"{self.metric}:{limits}"


def _of_palette(default: Any) -> Any:
    """A field that decides which colors a picture gets; all others leave the palette alone."""
    return field(default=default, metadata={"decides": "palette"})


@dataclass(frozen=True)
class Settings:
    """How a picture is compressed.

    k: number of colors, 1 to 65,536; with `quality` or `max_bytes` at most so many, and these go up to 256. 'auto' is
        256 and `quality` 80. More than 256 are written as what they are, in true color; lossy indices, protection and
        (unless asked for by name) dithering are off there.
    quality: the smallest file that reaches it: '80' (SSIMULACRA2, and less where many pixels have clearly another
        color, see `flow.judge.Judge.quality`), 'psnr:38' (dB), or '70-85': the smallest of 85, and
        'not reached' below 70.
    max_bytes: the best file that is not larger.
    space: where distances are measured and means are taken: 'oklab' (what the eye sees), 'rgb' (sRGB: least MSE) or
        'luma' (sRGB as luma weighs it).
        'auto' is 'oklab', and of small or flat pictures whichever looks better for its size (see `flow.designs`); with
        `quality` or `max_bytes` it is always 'oklab'.
    masking: whether errors count less in texture and more where it is flat, as to the eye. 'auto': with OKLab only,
        and of small or flat pictures where that looks better for its size.
    protect: whether small vivid colors get entries of their own: 'auto' (for at most 6 % more error, and only where
        that saves much), 'strong' (at most 15 %), 'off'.
    keep: colors as '#rrggbb' that the palette must hold exactly; they count in k.
    palette: a file of colors (hex, json, gpl, ase, act, JASC pal, paint.net txt, or a picture) to use instead of
        finding some; entry i is index i of PNG and GIF files. 'input': the palette and the order of the indexed
        picture itself.
    free_colors: how many colors are found beside those of `palette`; they stand behind them.
    color_bits: bits of red, green, blue (and alpha) that a display can show, such as 'rgb565': every entry is a color
        that it shows. None: 8 bits each.
    alpha_threshold: pixels below this alpha, 1 to 255, become transparent and all others opaque. None: 128 where the
        format (GIF), `color_bits` or given colors know nothing between, else alpha stays as it is.
    matte: a color as '#rrggbb' that the picture is laid upon, so that every pixel is opaque.
    importance: a gray picture of the same size: how much each pixel counts.
    cap: the most that one color may weigh, as a share of the picture, for a flat background that drowns all others.
    init: how the first centroids are chosen: 'pca', 'wu' (both deterministic), 'k-means++', 'random-pixels',
        'random-colors' (the article's two).
    seed: of all randomness; the same seed gives the same bytes.
    n_init: how many starts are tried; the one with the least error is kept.
    effort: 'fast' (the start and at most 30 Lloyd iterations), 'normal' (a search beyond the first local
        minimum, then Lloyd to convergence), 'best' (a longer search), 'preview' (bins of colors, see `flow.preview`).
    max_iterations: of Lloyd's algorithm; None means 30 for effort 'fast', else until nothing changes.
    tolerance: stop when the error falls by no more than this share of itself in one iteration; 0 means when nothing
        changes, None means 0, 0.0001 and 0.000001 for effort 'fast', 'normal' and 'best'.
    search: how efforts 'normal' and 'best' go beyond the first minimum: 'split-merge' or 'genetic' (Krishna and Murty,
        1999; see `clustering.genetic`).
    empty: a centroid without pixels is 'refill'ed with the worst-served color, or 'keep's its place.
    dither: how pixels are given their colors: 'none' (the nearest), 'auto' (error diffusion where areas are smooth, and
        none with more than 256 colors), 'floyd-steinberg', 'riemersma', 'blue-noise', 'bayer'. All but 'none' look
        better from afar, with more error in single pixels and larger files.
    dither_strength: from 0 (as 'none') to 1 (all of it); None: all, but with 'auto' no more than is worth its bytes.
    format: of the file: 'png', 'webp' or 'gif'; 'auto' is the smaller of PNG and WebP; None follows the output's name,
        else 'png'.
    png_type: what samples of a PNG are: 'indexed', 'gray' (a picture with colors is refused), or 'auto': 'gray' for
        gray pictures where that is smaller, with samples of alpha only for icons.
    bit_depth: of the samples of a PNG, indices or, where `png_type` asks for it, gray: 1, 2, 4, 8; None: the smallest.
    optimize: effort for small files, of encoder and lossy indices, 0 (fastest) to 6 (smallest). Previews take 2 for 0.
    lossy: whether pixels may leave their nearest color for one that packs better, where the eye does not mind.
        'on': by at most a point of SSIMULACRA2 and little more error of color (unmeasured below `optimize` 2);
        'auto': the same, but not with space 'rgb', another dither than 'auto', or a `palette`;
        'off': never; a number: what a bit may cost in squared OKLab distance (1e-5 little, 1e-4 much).
    bleed: give fully transparent pixels the mean color of the edges beside them instead of black, so that scaling shows
        no dark fringe.
    icc: 'srgb' converts to sRGB; 'keep' keeps values and profile (formats that hold none get sRGB, as the notes say).
    levels: 'auto' scales gray of more than 8 bits over the range that it uses, as scientific pictures use a small part
        of theirs; 'full' takes it as it is.
    keep_metadata: whether EXIF, XMP and texts are written again, where the format holds them; without thumbnails and
        maker notes, and upright.
    keep_hidden_colors: whether fully transparent pixels keep their colors, which count in k: all of them where they
        fit, else those that k-means finds. GIF has one transparent entry and cannot hold them.
    frame: which frame of an animation is taken as a picture, from 1; None: the first for `compress`, all for
        `compress_animation`, palettes and the command.
    palette_per: whether all frames of an 'animation' share one palette, or a 'frame' may have its own (GIF, WebP).
    threads: for the kernels; 0 means one per core. The result does not depend on it.
    max_pixels: larger pictures, and animations with 50 times as many together, are refused before they are decoded.
    """

    k: int = _of_palette(256)
    quality: Quality | None = None
    max_bytes: int | None = None
    space: str = _of_palette("auto")
    masking: str = _of_palette("auto")
    protect: str = _of_palette("auto")
    keep: tuple[str, ...] = _of_palette(())
    palette: str | None = _of_palette(None)
    free_colors: int = _of_palette(0)
    color_bits: str | None = _of_palette(None)
    alpha_threshold: int | None = None
    matte: str | None = None
    importance: str | None = _of_palette(None)
    cap: float | None = _of_palette(None)
    init: str = _of_palette("pca")
    seed: int = _of_palette(0)
    n_init: int = _of_palette(1)
    effort: str = _of_palette("normal")
    max_iterations: int | None = _of_palette(None)
    tolerance: float | None = _of_palette(None)
    search: str = _of_palette("split-merge")
    empty: str = _of_palette("refill")
    dither: str = "auto"
    dither_strength: float | None = None
    format: str | None = None
    png_type: str = "auto"
    bit_depth: int | None = None
    optimize: int = 2
    lossy: str | float = "auto"
    bleed: bool = False
    icc: str = "srgb"
    levels: str = "full"
    keep_metadata: bool = False
    keep_hidden_colors: bool = False
    frame: int | None = None
    palette_per: str = "animation"
    threads: int = 0
    max_pixels: int = MAX_PIXELS

    def __post_init__(self) -> None:
        self._settle("keep", _listed("keep", self.keep))
        for name in ("palette", "importance"):
            self._settle(name, _path(name, getattr(self, name)))
        if _is_number(self.lossy):
            self._settle("lossy", float(self.lossy))
        colors: object = self.k
        quality: object = self.quality
        if colors == "auto":
            self._settle("k", MAX_INDEXED)
            quality = AUTO_QUALITY if quality is None else quality
        if quality is not None:
            self._settle("quality", quality if isinstance(quality, Quality) else Quality.parse(str(quality)))
        for name, choices in _CHOICES.items():
            _choice(name, getattr(self, name), choices)
        for name, (low, high) in _WHOLE.items():
            if getattr(self, name) is not None:
                _whole(name, getattr(self, name), low, high)
        for color in self.keep:
            if not isinstance(color, str) or parse_hex(color) is None:
                raise SettingsError(f"keep must be colors like #ff7f00, got {color!r}")
        if self.free_colors and self.palette is None:
            raise SettingsError("free_colors belongs to palette; without one use k")
        if self.color_bits is not None:
            _choice("color_bits", self.color_bits, COLOR_BITS)
        if self.matte is not None and (not isinstance(self.matte, str) or (parse_hex(self.matte) or (0,))[-1] != 255):
            raise SettingsError(f"matte must be an opaque color like #ffffff, got {self.matte!r}")
        if self.matte is not None and self.alpha_threshold is not None:
            raise SettingsError("with matte every pixel is opaque, and alpha_threshold decides nothing: leave one out")
        self._check_bit_depth()
        if self.cap is not None and not (_is_number(self.cap) and 0 < self.cap <= 1):
            raise SettingsError(f"cap must be above 0 and at most 1, got {self.cap!r}")
        if self.tolerance is not None and not (_is_number(self.tolerance) and 0 <= self.tolerance < 1):
            raise SettingsError(f"tolerance must be at least 0 and below 1, got {self.tolerance!r}")
        strength = self.dither_strength
        if strength is not None and not (_is_number(strength) and 0 <= strength <= 1):
            raise SettingsError(f"dither_strength must be 0 to 1, got {strength!r}")
        if self.format is not None:
            _choice("format", self.format, (*FORMATS, "auto"))
        if self.png_type != "auto" and self.formats != ("png",):
            raise SettingsError(f"png_type {self.png_type} belongs to format png, and format is {self.format}")
        if self.lossy not in LOSSY and not (_is_number(self.lossy) and 0 <= float(self.lossy) <= 1):
            raise SettingsError(f"lossy must be auto, on, off or a number from 0 to 1, got {self.lossy!r}")
        if self.lambda_ is not None and not self._packs:
            raise SettingsError(
                f"lossy {self.lossy:g} needs format {', '.join(LOSSY_FORMATS)} or auto, and format is {self.format}"
            )
        if self.effort == "preview":
            for name, values in PREVIEW_TAKES.items():
                value = getattr(self, name)
                if value not in values:
                    raise SettingsError(f"{name} {value} is not for effort preview: leave it out, or use effort fast")
        if self.search != "split-merge" and self.effort == "fast":
            raise SettingsError(f"search {self.search} needs effort normal or best, and effort is fast, which has none")
        if self.has_many_colors:
            self._check_many_colors()
        for name in ("bleed", "keep_metadata", "keep_hidden_colors"):
            if not isinstance(getattr(self, name), bool):
                raise SettingsError(f"{name} must be True or False, got {getattr(self, name)!r}")
        if self.bleed and self.keep_hidden_colors:
            raise SettingsError("bleed and keep_hidden_colors contradict each other: both say what is under alpha 0")

    def _check_bit_depth(self) -> None:
        depth = self.bit_depth
        if depth is None:
            return
        if isinstance(depth, bool) or depth not in BIT_DEPTHS:
            raise SettingsError(f"bit_depth must be 1, 2, 4 or 8, got {depth!r}")
        if self.formats != ("png",):
            raise SettingsError(f"bit_depth {depth} belongs to format png, and format is {self.format}")
        most = 1 << depth
        if self.palette is None and self.k > most:
            raise SettingsError(f"bit_depth {depth} has room for {most} colors, and k is {self.k}: use k {most}")

    def _check_many_colors(self) -> None:
        """Raises SettingsError for what cannot be had with more colors than an indexed file has entries for."""
        if self.has_target:
            wanted = "quality" if self.quality is not None else "max_bytes"
            raise SettingsError(
                f"{wanted} is reached with at most {MAX_INDEXED} colors, and k is {self.k}: leave one of them out"
            )
        if self.palette is not None:
            raise SettingsError(f"a palette has at most {MAX_INDEXED} colors, and k is {self.k}: leave one of them out")
        for format in self.formats:
            if self.k > FORMATS[format].most_colors:
                others = " or ".join(name for name, row in FORMATS.items() if self.k <= row.most_colors)
                raise SettingsError(
                    f"format {format} has room for {FORMATS[format].most_colors} colors, and k is {self.k}: "
                    f"use {others}, or k {FORMATS[format].most_colors}"
                )
        for name, instead in (("lossy", "off"), ("protect", "off"), ("png_type", "auto"), ("effort", "fast")):
            value = getattr(self, name)
            if value in ("on", "strong", "indexed", "preview") or isinstance(value, float):
                told = f"{value:g}" if isinstance(value, float) else value
                raise SettingsError(
                    f"{name} {told} is for at most {MAX_INDEXED} colors, and k is {self.k}: use {name} {instead}, "
                    f"or k {MAX_INDEXED}"
                )

    def _settle(self, name: str, value: object) -> None:
        """Gives a field its value in the one form that it is kept in."""
        object.__setattr__(self, name, value)

    @classmethod
    def article(cls, **changes: Any) -> Settings:
        """The article's algorithm and nothing else.

        Random pixels as the start, sRGB, every pixel counts the same, at most 30 iterations, nearest color, an empty
        cluster keeps its color.
        """
        palette = cls(k=16, space="rgb", masking="off", protect="off", init="random-pixels", effort="fast")
        settings = palette.but(max_iterations=30, empty="keep", tolerance=0.0, dither="none", lossy="off")
        return settings.but(**changes)

    def but(self, **changes: Any) -> Settings:
        """The same settings with some fields changed."""
        unknown = sorted(set(changes) - {field.name for field in fields(self)})
        if unknown:
            names = ", ".join(field.name for field in fields(self))
            raise SettingsError(f"there is no setting {unknown[0]!r}; there are: {names}")
        return replace(self, **changes)

    @property
    def has_many_colors(self) -> bool:
        """Whether there may be more colors than an indexed file has entries for."""
        return self.k > MAX_INDEXED

    def settled(self) -> Settings:
        """The same with 'auto' decided where there are more than 256 colors: not dithered, protected or lossy."""
        if not self.has_many_colors:
            return self
        return self.but(protect="off", lossy="off", dither="none" if self.dither == "auto" else self.dither)

    @property
    def uses_masking(self) -> bool:
        """Whether pixels weigh what their errors would show."""
        return self.masking == "on" or (self.masking == "auto" and self.measured_in == "oklab")

    @property
    def measured_in(self) -> str:
        """The space of k-means: `space`, and 'oklab' where that is open."""
        return "oklab" if self.space == "auto" else self.space

    @property
    def bare(self) -> Settings:
        """The same with the nearest entry for each pixel: undithered, without lossy indices."""
        return self.but(dither="none", lossy="off")

    @property
    def dithers_as_needed(self) -> bool:
        """Whether it is left open how much is dithered."""
        return self.dither == "auto" and self.dither_strength is None

    @property
    def diffusion(self) -> float:
        """The strength of dithering, where it is not left open; else 1."""
        return 1.0 if self.dither_strength is None else self.dither_strength

    @property
    def lambda_(self) -> float | None:
        """The multiplier of bits that lossy indices are asked to have, in squared OKLab distance; None: not asked."""
        return self.lossy if isinstance(self.lossy, float) else None

    @property
    def allows_lossy(self) -> bool:
        """Whether pixels may leave their nearest color for one that packs better."""
        if self.has_many_colors:
            return False
        if self.lambda_ is not None:
            return True
        if self.lossy == "on":
            return self._packs
        automatic = self.lossy == "auto" and self.measured_in == "oklab" and self.dither == "auto"
        # Colors that somebody gave are meant to be used, each where it belongs.
        return automatic and self.palette is None and self._packs

    @property
    def _packs(self) -> bool:
        """Whether it is known what indices cost in the file."""
        return all(format in LOSSY_FORMATS for format in self.formats)

    @property
    def has_target(self) -> bool:
        """Whether a quality or a size is wanted, and the settings that reach it must be searched for."""
        return self.quality is not None or self.max_bytes is not None

    @property
    def formats(self) -> tuple[str, ...]:
        """The formats to write, of which the smallest file is kept."""
        return AUTO_FORMATS if self.format == "auto" else (self.format or "png",)

    def of_palette(self) -> tuple[Any, ...]:
        """The values of the fields that decide which colors a picture gets: equal ones give equal palettes."""
        return tuple(getattr(self, name) for name in PALETTE_FIELDS)

    def to_dict(self) -> dict[str, Any]:
        """All fields, as JSON can hold them."""
        quality = None if self.quality is None else str(self.quality)
        return {**asdict(self), "quality": quality}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Settings:
        """The settings that `to_dict` described; fields that are missing keep their defaults."""
        return cls().but(**values)


# What is declared with `_of_palette`.
PALETTE_FIELDS = tuple(one.name for one in fields(Settings) if one.metadata.get("decides") == "palette")

_CHOICES: dict[str, Collection[str]] = {
    "space": ("auto", *SPACES),
    "masking": MASKING,
    "protect": PROTECT,
    "init": STARTS,
    "effort": EFFORTS,
    "search": SEARCHES,
    "empty": EMPTY,
    "dither": DITHERS,
    "icc": ICC,
    "levels": LEVELS,
    "palette_per": PALETTE_PER,
    "png_type": PNG_TYPES,
}
_WHOLE = {
    "k": (1, MAX_COLORS),
    "max_bytes": (1, 2**40),
    "free_colors": (0, MAX_INDEXED),
    "alpha_threshold": (1, 255),
    "seed": (0, 2**64 - 1),
    "n_init": (1, 10_000),
    "max_iterations": (0, 1_000_000),
    "optimize": (0, 6),
    "frame": (1, 10**9),
    "threads": (0, 1024),
    "max_pixels": (1, 2**40),
}


def _whole(name: str, value: object, low: int, high: int) -> None:
    if isinstance(value, bool) or not hasattr(value, "__index__"):
        raise SettingsError(f"{name} must be a whole number from {low} to {high}, got {value!r}")
    if not low <= value.__index__() <= high:
        raise SettingsError(f"{name} must be {low} to {high}, got {value}")


def _listed(name: str, value: Any) -> tuple[Any, ...]:
    """One thing or several as a tuple."""
    if isinstance(value, str):
        return (value,)
    if not isinstance(value, Iterable):
        raise SettingsError(f"{name} must be one or several texts, got {value!r}")
    return tuple(value)


def _path(name: str, value: Any) -> str | None:
    """A path as text."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, os.PathLike) and isinstance(os.fspath(value), str):
        return os.fspath(value)
    raise SettingsError(f"{name} must be the path of a file, got {value!r}")


def _is_number(value: object) -> bool:
    """A real number, NumPy's too; not a truth value, an infinity or not-a-number."""
    return not isinstance(value, bool) and isinstance(value, Real) and math.isfinite(value)


def _choice(name: str, value: object, choices: Collection[str]) -> None:
    if not isinstance(value, str) or value not in choices:
        raise SettingsError(f"{name} must be one of {', '.join(choices)}, got {value!r}")
