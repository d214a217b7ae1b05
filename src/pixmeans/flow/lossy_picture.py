"""A picture with a palette as lossy indices are chosen for it: what the search begins with, and one try of it."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..arrays import Bools, Indices, UInt8Array
from ..color.spaces import SPACES
from ..quantize.palette_design import DesignedPalette
from ..quantize.prepared import PreparedImage
from ..quantize.remap import remap
from ..rate.scene import RateAware, Scene
from ..rate.searches import SEARCHES, Search
from ..records import dataclass, field
from ..settings import Settings
from .judge import Sample
from .stopwatch import Stopwatch

# With so few colors or less, lossy indices too begin with a palette whose variance is matched for mixing: with 16
# colors that brings 2 points of SSIMULACRA2 for 1.5 % more bytes, with 256 nothing.
FEW_TO_MIX = 96


@dataclass(frozen=True, eq=False)
class LossyStart:
    """What lossy indices begin with. frozen: (k,) entries that may not move.

    indices: (h, w) the nearest entry of each pixel. locked: (h, w) pixels of protected colors; None for none.
    """

    colors: UInt8Array
    frozen: Bools
    indices: Indices
    locked: Bools | None


def lossy_start(prepared: PreparedImage, design: DesignedPalette, strength: float) -> LossyStart:
    """The nearest entry of each pixel, and a palette that mixes well where it is small.

    Translucent pixels get dithered entries: the search leaves many of them as they are.
    """
    from ..quantize.dither import dither, variance_matched  # only now: many runs do without

    indices = remap(prepared.image.pixels, prepared.histogram, design.labels, len(design.palette))
    locked = design.frozen[indices] if bool(design.frozen[prepared.transparent :].any()) else None
    colors, frozen = design.palette.colors, design.frozen
    if design.fixed or len(colors) <= FEW_TO_MIX:
        colors = variance_matched(
            colors,
            prepared.histogram,
            design.labels,
            SPACES["oklab"],
            design.unmoving,
            points=prepared.exact_grid("oklab"),
        )
        frozen = np.ones_like(frozen)
    if prepared.image.has_alpha:
        alpha = prepared.image.pixels[..., 3]
        grid, space = prepared.grid("oklab"), SPACES["oklab"]
        mixed = dither(
            prepared.image.pixels, colors, space, strength=strength, histogram=prepared.histogram, points=grid
        )
        indices = np.where((alpha > 0) & (alpha < 255), mixed, indices)
    return LossyStart(colors, frozen, indices, locked)


@dataclass(eq=False)
class LossyParts:
    """What has been made of one picture, for any settings: starts by palette, scenes by kind of search."""

    starts: dict[tuple[Any, ...], LossyStart] = field(default_factory=dict)
    scenes: dict[tuple[Any, ...], Scene] = field(default_factory=dict)

    def let_go(self) -> None:
        """Forgets them; they would be made again."""
        self.starts.clear()
        self.scenes.clear()


@dataclass(frozen=True, eq=False)
class LossyPicture:
    """A picture with a palette, as lossy indices are chosen for it."""

    prepared: PreparedImage
    design: DesignedPalette
    settings: Settings
    parts: LossyParts
    clock: Stopwatch

    @property
    def search(self) -> Search:
        """How they are found for the format; of several, for the last, which is nearly always kept."""
        return SEARCHES[self.settings.formats[-1]]

    @property
    def start(self) -> LossyStart:
        """What the search begins with."""
        strength = self.settings.diffusion
        key = (*self.settings.of_palette(), strength)
        if key not in self.parts.starts:
            with self.clock("lossy"):
                self.parts.starts[key] = lossy_start(self.prepared, self.design, strength)
        return self.parts.starts[key]

    def scene(self, sample: Sample | None) -> Scene:
        """The picture or a sample as the search sees it; it serves every lambda."""
        kind, locked = self.search.scene, self.start.locked
        key = (kind, sample is None, None if locked is None else self.settings.of_palette())
        if key not in self.parts.scenes:
            pixels, masking = self.prepared.image.pixels, self.prepared.masking
            if sample is not None:
                pixels, masking = sample.of(pixels), sample.of_masking(masking)
                locked = None if locked is None else sample.of(locked)
            self.parts.scenes[key] = kind(pixels, masks=masking, protected=locked)
        return self.parts.scenes[key]

    def indices(self, lambda_: float, effort: int, sample: Sample | None = None, *, soft: bool = True) -> RateAware:
        """Lossy indices of the whole picture or of a sample of it. soft: see `Lz77Scene.indices`."""
        start, scene = self.start, self.scene(sample)
        return self.search.indices(
            scene,
            start.colors,
            start.indices if sample is None else sample.of(start.indices),
            lambda_,
            frozen=start.frozen,
            diffusion=self.settings.diffusion,
            effort=effort,
            soft=soft,
        )

    @property
    def first_lambda(self) -> float:
        """Where lambda begins: a share of the error that k-means leaves."""
        return self.search.lambda_share * self.error

    @property
    def error(self) -> float:
        """The mean squared OKLab distance that nearest entries leave."""
        design, oklab = self.design, SPACES["oklab"]
        if self.settings.measured_in == oklab.name:
            return design.error
        histogram = self.prepared.histogram
        entries = oklab.to_grid(design.palette.colors)[design.labels]
        far = (self.prepared.grid(oklab.name).astype(np.int64) - entries) / oklab.scale
        total = np.add.reduce(histogram.weights * np.add.reduce(far * far, axis=1))
        return float(total / np.add.reduce(histogram.weights))
