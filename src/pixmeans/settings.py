"""Every knob of a compression, once, with its default.

A `Settings` is frozen, is valid when built, and survives JSON, a URL and a worker process. The flags of
`pixmeans compress` are its fields. Below the flow, functions take plain keyword arguments instead.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from .errors import SettingsError

SPACES = ("rgb", "oklab")
INITS = ("pca", "wu", "k-means++", "random-pixels", "random-colors")
EFFORTS = ("fast", "normal", "best")
EMPTY = ("refill", "keep")
DITHERS = ("none", "floyd-steinberg", "riemersma", "blue-noise", "bayer", "auto")
FORMATS = ("png", "webp", "gif")
ICC = ("srgb", "keep")
PRESETS = ("article",)

MAX_COLORS = 256
MAX_PIXELS = 300_000_000


@dataclass(frozen=True, slots=True)
class Settings:
    """How a picture is compressed.

    k: number of colors, 1 to 256.
    space: where distances are measured and means are taken: 'rgb' (sRGB) or 'oklab'.
    init: how the first centroids are chosen: 'pca', 'wu' (both deterministic), 'k-means++', 'random-pixels',
        'random-colors' (the article's two).
    seed: of all randomness; the same seed gives the same bytes.
    n_init: how many starts are tried; the one with the least error is kept.
    effort: 'fast' (the start and at most 30 Lloyd iterations), 'normal' (a search beyond the first local
        minimum, then Lloyd to convergence), 'best' (a longer search).
    max_iterations: of Lloyd's algorithm; None means 30 for effort 'fast', else until nothing changes.
    tolerance: stop when the error falls by no more than this share of itself in one iteration; 0 means when nothing
        changes, None means 0, 0.00005 and 0.000001 for effort 'fast', 'normal' and 'best'.
    empty: a centroid without pixels is 'refill'ed with the worst-served color, or 'keep's its place.
    dither: how pixels are given their colors: 'none' (the nearest), 'auto' (error diffusion where areas are smooth),
        'floyd-steinberg', 'riemersma', 'blue-noise', 'bayer'. All but 'none' look better from afar, with more error in
        single pixels and larger files.
    format: of the file: 'png', 'webp' or 'gif'; None follows the output's name, else 'png'.
    optimize: lossless effort of the encoder, 0 (fastest) to 6 (smallest).
    icc: 'srgb' converts to sRGB; 'keep' keeps values and profile.
    threads: for the kernels; 0 means one per core. The result does not depend on it.
    max_pixels: larger pictures are refused before they are decoded.
    """

    k: int = 256
    space: str = "rgb"
    init: str = "pca"
    seed: int = 0
    n_init: int = 1
    effort: str = "normal"
    max_iterations: int | None = None
    tolerance: float | None = None
    empty: str = "refill"
    dither: str = "none"
    format: str | None = None
    optimize: int = 2
    icc: str = "srgb"
    threads: int = 0
    max_pixels: int = MAX_PIXELS

    def __post_init__(self) -> None:
        _whole("k", self.k, 1, MAX_COLORS)
        _choice("space", self.space, SPACES)
        _choice("init", self.init, INITS)
        _whole("seed", self.seed, 0, 2**64 - 1)
        _whole("n_init", self.n_init, 1, 10_000)
        _choice("effort", self.effort, EFFORTS)
        if self.max_iterations is not None:
            _whole("max_iterations", self.max_iterations, 0, 1_000_000)
        if self.tolerance is not None and not 0 <= self.tolerance < 1:
            raise SettingsError(f"tolerance must be at least 0 and below 1, got {self.tolerance!r}")
        _choice("empty", self.empty, EMPTY)
        _choice("dither", self.dither, DITHERS)
        if self.format is not None:
            _choice("format", self.format, FORMATS)
        _whole("optimize", self.optimize, 0, 6)
        _choice("icc", self.icc, ICC)
        _whole("threads", self.threads, 0, 1024)
        _whole("max_pixels", self.max_pixels, 1, 2**40)

    @classmethod
    def article(cls, **changes: Any) -> Settings:
        """The article's algorithm and nothing else.

        Random pixels as the start, sRGB, at most 30 iterations, nearest color, an empty cluster keeps its color.
        """
        settings = cls(
            k=16,
            space="rgb",
            init="random-pixels",
            effort="fast",
            max_iterations=30,
            empty="keep",
            tolerance=0.0,
        )
        return settings.but(**changes)

    def but(self, **changes: Any) -> Settings:
        """The same settings with some fields changed."""
        unknown = sorted(set(changes) - {field.name for field in fields(self)})
        if unknown:
            names = ", ".join(field.name for field in fields(self))
            raise SettingsError(f"there is no setting {unknown[0]!r}; there are: {names}")
        return replace(self, **changes)

    def to_dict(self) -> dict[str, Any]:
        """All fields, as JSON can hold them."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Settings:
        """The settings that `to_dict` described; fields that are missing keep their defaults."""
        return cls().but(**values)


def _whole(name: str, value: object, low: int, high: int) -> None:
    if isinstance(value, bool) or not hasattr(value, "__index__"):
        raise SettingsError(f"{name} must be a whole number from {low} to {high}, got {value!r}")
    if not low <= value.__index__() <= high:
        raise SettingsError(f"{name} must be {low} to {high}, got {value}")


def _choice(name: str, value: object, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise SettingsError(f"{name} must be one of {', '.join(choices)}, got {value!r}")
