"""What the attempts at one picture are measured with: the picture itself, or rows that stand for it.

SSIMULACRA2 alone is no permit: below `LEAST_SCORE` points it hardly tells good from bad. Beside it stand bounds on
errors of color, which catch what a mean over the picture overlooks: a small area of another color, text, smears in
pictures of few colors, streaks in smooth areas.
"""

from __future__ import annotations

from functools import cached_property
from math import inf, log2
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from ..arrays import Bools, Float32Array, UInt8Array, median, percentiles
from ..color.masking import BAND, Masking
from ..image import Image, IndexedImage, Palette
from ..metrics import ColorErrors, Reference
from ..metrics.artifacts import WHOLE
from ..records import dataclass

# Of larger pictures about so many pixels are measured where all would take long: in bands of whole rows, at least
# SAMPLE_BANDS of them, as SSIMULACRA2 also looks at a picture of 1/32.
SAMPLE_PIXELS = 1 << 21
SAMPLE_BANDS = 5

# Below so many points SSIMULACRA2 hardly tells good from bad: ten different ruins of one picture measured -64.0 to
# -64.6. Of photos with 16 colors it still tells something there.
LEAST_SCORE = 30.0

# With fewer colors than this and less than `LEAST_SCORE` points nothing tells what lossy indices ruin.
FEW_COLORS = 8

# What lossy indices may do to errors of color in 3 x 3 neighborhoods, in OKLab: the percentile, by which share it may
# rise, and by how much besides. Photos at a loss of a point of SSIMULACRA2 stay below that; shadows and smeared icons
# do not.
NEIGHBORHOOD = 1
RISES = ((95, 0.20, 0.003), (99, 0.15, 0.004))

# The same of medians in flat areas, where dithering vanishes in the mean of a window and streaks do not: in 9 x 9
# pixels, and in 17 of a row, along which matches run: radius, rows, by which share the median may rise, and by how much
# besides. Only where plain indices are not exact, in pictures of which such areas are this share.
SMOOTH = ((4, 4, 0.35, 0.0005), (8, 0, 0.08, 0.0008))
LEAST_FLAT, NOT_EXACT = 0.03, 0.0001

# The sizes of windows, as `ColorErrors.windows` has them, and by how much errors in them may rise, in one order.
_WINDOWS = [(NEIGHBORHOOD, NEIGHBORHOOD), *((radius, rows) for radius, rows, _, _ in SMOOTH)]
_BOUNDS = [bound[-2:] for bound in (*RISES, *SMOOTH)]

# A quality of 80 bears this share of pixels whose color is clearly another one; twice the share costs 10 points.
WRONG_AT_80 = 0.008

# The percentile of distances of color that tells what single pixels lose.
FARTHEST = 99

Kind = TypeVar("Kind", bound=np.generic)


class Judge:
    """One original, prepared for any number of comparisons."""

    def __init__(self, original: Image) -> None:
        self.original = original

    @property
    def area(self) -> int:
        """How many pixels a comparison looks at: small and narrow pictures go on as mirrors show them."""
        return max(self.original.width, WHOLE) * max(self.original.height, WHOLE)

    @cached_property
    def reference(self) -> Reference:
        """The whole picture as what results are compared with."""
        return Reference(self.original)

    @cached_property
    def colors(self) -> ColorErrors:
        """The whole picture as what colors are compared with."""
        return ColorErrors(self.original)

    @cached_property
    def sample(self) -> Sample:
        """What is looked at where the whole of a large picture would take long."""
        bands = -(-self.original.height // BAND)
        wanted = max(SAMPLE_BANDS, -(-SAMPLE_PIXELS // (BAND * self.original.width)))
        if wanted >= bands:
            return Sample(None, self.reference, self.colors)
        tops = [(2 * number + 1) * bands // (2 * wanted) * BAND for number in range(wanted)]
        rows = np.concatenate([np.arange(top, min(top + BAND, self.original.height)) for top in tops])
        part = Image(self.original.pixels[rows])
        return Sample(rows, Reference(part), ColorErrors(part))

    def let_go(self) -> None:
        """Forgets what comparing took; it would be made again."""
        for name in ("reference", "colors", "sample"):
            vars(self).pop(name, None)

    def quality(self, other: Image | IndexedImage, score: float | None = None) -> float:
        """The quality of a result, see `Verdict`. score: its SSIMULACRA2, if known."""
        return self.verdict(other, score).quality

    def verdict(self, other: Image | IndexedImage, score: float | None = None) -> Verdict:
        """Its quality, and how far its colors are off. score: its SSIMULACRA2, if known."""
        score = self.reference.ssimulacra2(other) if score is None else score
        distances = self.colors.distances(other)
        wrong = self.colors.clearly_wrong(other, distances)
        quality = min(score, 80.0 - 10.0 * log2(wrong / WRONG_AT_80)) if wrong > 0 else score
        return Verdict(quality, percentiles(distances, [FARTHEST])[0])


@dataclass(frozen=True)
class Verdict:
    """What came of a comparison.

    quality: the SSIMULACRA2, or less where the color of too many pixels is clearly wrong: `WRONG_AT_80` of the pixels
    are worth 80 points, half as many 90, twice as many 70. far: the `FARTHEST` percentile of OKLab distances.
    """

    quality: float
    far: float


@dataclass(frozen=True, eq=False)
class Sample:
    """Rows of a picture that stand for all of it.

    rows: (n,) their numbers, in bands of `BAND`, as lossy indices are mostly chosen; None for all of them. reference,
    colors: these rows, as what results are compared with.
    """

    rows: npt.NDArray[np.intp] | None
    reference: Reference
    colors: ColorErrors

    @property
    def is_all(self) -> bool:
        """Whether it is the whole picture."""
        return self.rows is None

    def of(self, pixels: npt.NDArray[Kind]) -> npt.NDArray[Kind]:
        """The rows of an array (h, w, ...)."""
        return pixels if self.rows is None else pixels[self.rows]

    def of_indexed(self, image: IndexedImage) -> IndexedImage:
        """The rows of an indexed picture."""
        return image if self.rows is None else IndexedImage(image.palette, image.indices[self.rows])

    def of_masking(self, masking: Masking) -> Masking:
        """The rows of weights and flatness."""
        return Masking(self.of(masking.weights), self.of(masking.flatness))


class Limit:
    """What lossy indices are compared with: plain ones, on a sample.

    The loss is in points of SSIMULACRA2: 1 is all that may be lost. Where errors of color in neighborhoods or in flat
    areas rise by more than they may, it is at least their rise as a part of that, so above 1. Below 1 they do not
    count: they do not follow lambda as the score does, and the search for lambda would take twice as many tries.
    """

    def __init__(self, sample: Sample, plain: IndexedImage, masking: Masking, score: float) -> None:
        """plain: of the sample. score: its SSIMULACRA2, roughly."""
        self.sample = sample
        self._colors = plain.palette.colors
        self.score = score
        flat = sample.of(masking.flatness) >= 128
        self._flat: Bools | None = flat if np.count_nonzero(flat) >= LEAST_FLAT * flat.size else None
        near, *smooth = self._windows(plain)
        if self._flat is not None:
            flat &= smooth[0] > NOT_EXACT
            if np.count_nonzero(flat) < LEAST_FLAT * flat.size:
                self._flat = None
        self._before = self._errors(near, smooth)

    @property
    def tells_nothing(self) -> bool:
        """Whether a loss cannot be measured, so that nothing may be lost."""
        return self.score < LEAST_SCORE and len(self._colors) < FEW_COLORS

    def loss(self, colors: UInt8Array, indices: UInt8Array) -> float:
        """The loss of a palette (k, 3 or 4) and indices (rows, w) of the sample."""
        if self.tells_nothing:
            return inf
        image = IndexedImage(Palette(colors), indices)
        lost = self.score - self.sample.reference.ssimulacra2(image, roughly=True)
        if lost > 1.0:
            return lost
        near, *smooth = self._windows(image)
        worst = max(
            (now - before) / (share * before + more)
            for now, before, (share, more) in zip(self._errors(near, smooth), self._before, _BOUNDS, strict=False)
        )
        return max(lost, worst * worst) if worst > 1.0 else lost

    def _windows(self, image: IndexedImage) -> list[Float32Array]:
        """(h, w) each: distances of color in neighborhoods, and in the windows of `SMOOTH` where flat areas count."""
        return self.sample.colors.windows(image, _WINDOWS if self._flat is not None else _WINDOWS[:1])

    def _errors(self, near: Float32Array, smooth: list[Float32Array]) -> list[float]:
        """What bounds stand for: percentiles of errors in neighborhoods, and medians in flat areas, if these count."""
        found = percentiles(near, [which for which, _, _ in RISES])
        return found if self._flat is None else found + [median(far[self._flat]) for far in smooth]
