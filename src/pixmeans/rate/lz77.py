"""Rate-distortion optimised indices: those that PNG's deflate or lossless WebP packs well, where errors show least.

Plain k-means gives each pixel the nearest entry, whatever that costs in the file. Here an assignment minimises

    weighted squared OKLab distance + lambda x bits

where bits are what the file's coder spends (`coders.py`). A pixel is either a literal or part of a match: a run of
indices that is copied from earlier in the file. A trellis along each row decides which (`kernels/rate_trellis.h`, which
has the recurrence; `tests/definitions/lz77.py` is the same in plain Python). The assignment may alternate with the
other half of k-means, each entry to the weighted mean of its pixels, and with new rates from the counts of literals,
lengths and distances.

Entropy-constrained clustering: P. Chou, T. Lookabaugh, R. Gray, "Entropy-constrained vector quantization", IEEE Trans.
Acoustics, Speech, and Signal Processing 37 (1989). Matches: J. Ziv, A. Lempel, "A universal algorithm for sequential
data compression", IEEE Trans. Information Theory 23 (1977); their best choice, without errors: J. Storer, T. Szymanski,
"Data compression via textual substitution", JACM 29 (1982).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ..arrays import Bools, Int16Array, IntArray, UInt8Array
from ..color.masking import CHROMA, Masking
from ..color.spaces import SPACES
from ..image import count_indices
from ..kernels import rate as kernel
from ..parallel import each
from ..records import dataclass, replace
from .coders import DEFLATE, WEBP, Coder, Rates
from .scene import FAR, RateAware, Scene, check_numbers, entries_of, only_used
from .translucent import TranslucentPixels
from .visual_model import MatchVisualModel

# Narrower pictures have nothing to gain.
NARROWEST = 8


class Effort(NamedTuple):
    """Which distances are tried, and how many rows a band has.

    nearby: distances 1 to so many. reach: columns to either side of the pixel above. rows_up: rows above, each with
    that reach. band_rows: rows that are searched by themselves.
    """

    nearby: int
    reach: int
    rows_up: int
    band_rows: int


# Bands give threads something to share. Matches do not reach into the band above: with 64 rows that takes about 1 %
# more bytes. Much larger bands take as much more, where a picture changes from top to bottom and one table of rates
# serves all of it. Chains of hashes for farther matches gained less than more columns did in the same time. In a
# picture of 513 to 1024 columns all distances to the row above have eight extra bits, so more columns cost nothing but
# time.
EFFORTS = (
    Effort(4, 7, 1, 64),
    Effort(4, 15, 1, 64),
    Effort(4, 31, 1, 64),
    Effort(8, 63, 1, 64),
    Effort(16, 120, 1, 64),
    Effort(16, 120, 2, 128),
    Effort(16, 250, 4, 256),
)

# In the search a literal costs 2 bits + half of its own. It is worth more than its bits say, as the pixels below will
# copy it, and a rare one is worth more than a common one. On six photos, against its own bits: 3.2 % fewer bytes at
# equal SSIMULACRA2, 7 % at equal PSNR, 2.6 % at equal MS-SSIM; with the most effort 4.4, 8.1 and 2.7 %.
LITERAL_BITS, LITERAL_SHARE = 2.0, 0.5

# Measured in benchmarks/size.py, as bytes at equal SSIMULACRA2.
# - Streaks: with errors of the row alone, a decay of 0.9 and a cost of 0.12, bytes were 1 % fewer, at equal PSNR and
#   MS-SSIM as many, but blurred errors of flat areas were a sixth larger. Decays of 0.5 and 0.6 let streaks pass.
# - The pixel below: 1.3 % fewer bytes; pixels farther below gained nothing.
# - Feedback: 0.5 % fewer; above 0.5 it takes more bytes at equal PSNR, MS-SSIM and SSIM.
# - Errors of color count half of those of lightness (`masking.CHROMA`), and as much where it is flat. That takes 0.4 %
#   more bytes; without, skies have streaks of color.
VISUAL_MODEL = MatchVisualModel(
    strength=1.0,  # `diffusion_strength` says how much of it
    streak_decay=0.72,
    streak_cost=0.65,
    column_share=0.4,
    column_decay=0.4,
    below_weight=1.0,
    below_half_bits=3.0,
    feedback=0.4,
    feedback_decay=0.8,
    flat_chroma=1.0,
)

# The share of its error that a pixel diffuses: 0.4 + 0.35 x h / (h + lambda), with h = 2e-5 x (256 / k)^2. Full
# strength costs most of the gain, none ten points of SSIMULACRA2. 0.65 at every lambda took 1 % fewer bytes at equal
# SSIMULACRA2, but a tenth more at equal PSNR and single-scale SSIM. Floyd and Steinberg's shares took 1.4 % fewer than
# wider ones.
STRENGTH_LEAST, STRENGTH_MORE = 0.4, 0.35
STRENGTH_HALFWAY = 2e-5

CODERS = {"png": DEFLATE, "webp": WEBP}


class Lz77Scene(Scene):
    """A picture whose indices are chosen for PNG or WebP, for any number of lambdas and palettes.

    >>> pixels = np.tile(np.arange(0, 160, 10, dtype=np.uint8)[:, None], (4, 1, 3))
    >>> colors, indices = np.unique(pixels.reshape(-1, 3), axis=0, return_inverse=True)
    >>> made = Lz77Scene(pixels).indices(colors, indices.reshape(4, 16).astype(np.uint8), 1e-4)
    >>> np.array_equal(made.colors[made.indices], pixels)
    True
    """

    # Smoothed once, weights brought 0.6 %; three times more another 0.8 %, and 3.5 % at equal PSNR.
    smoothings = 4

    def __init__(self, pixels: UInt8Array, *, masks: Masking | None = None, protected: Bools | None = None) -> None:
        super().__init__(pixels, masks=masks, protected=protected)
        self.soft = TranslucentPixels.of(pixels)

    def indices(
        self,
        colors: UInt8Array,
        indices: UInt8Array,
        lambda_: float,
        *,
        frozen: Bools | None = None,
        diffusion: float = 1.0,
        effort: int = 2,
        passes: int = 1,
        format: str = "png",
        soft: bool = True,
    ) -> RateAware:
        """Palette and indices at the least weighted error + lambda x bits.

        colors: (k <= 256, 3 or 4) uint8, the palette to begin with: best of k-means in OKLab with `masking` weights.
        indices: (h, w) uint8, the plain ones: the nearest entry of each pixel.
        lambda_: squared OKLab distance that a bit is worth, 0 or more. A fifth of the mean squared error of the plain
        indices costs less than a point of SSIMULACRA2 against indices dithered by 'auto', and saves a quarter of the
        bytes; with 256 colors and most photos that is near 2e-5. There 1.8e-4 ends at 63 points and takes 46 % of
        dithered pngquant's bytes at as many, 3.6e-4 at 50 points and 45 %.
        frozen: (k,) bool, entries that keep their color. diffusion: 0 to 1, of the usual strength.
        effort: 0 (fastest) to 6 (smallest). format: of the file, 'png' or 'webp'.
        passes: how often indices are chosen. Between two of them entries move to the means of their pixels, and rates
        become those that were counted. More than one lower what is minimised, but not, on photos, the bytes at equal
        SSIMULACRA2.
        soft: whether translucent pixels are chosen for, after the opaque ones, where that can be done (see
        `TranslucentPixels`).

        Opaque pixels get opaque entries. All others keep their plain index, and matches run through them only where
        that is the same. Pictures narrower than 8 pixels come back as they are. The estimated bytes are within a few
        percent of what an optimising deflate makes.
        ValueError: a number is out of its range.
        """
        check_numbers(effort, len(EFFORTS), lambda_, diffusion)
        if passes < 1:
            raise ValueError(f"passes must be 1 or more, got {passes}")
        if format not in CODERS:
            raise ValueError(f"format must be {' or '.join(map(repr, CODERS))}, got {format!r}")
        indices = np.array(indices, np.uint8, order="C")
        if indices.shape[1] < NARROWEST:
            return only_used(colors, indices, indices.size)
        movable = np.ones(len(colors), np.bool_) if colors.shape[1] == 3 else colors[:, 3] == 255
        if frozen is not None:
            movable = movable & ~frozen
        stream = _Stream.of(CODERS[format], indices.shape[1], EFFORTS[effort])
        bands = -(-len(indices) // stream.band_rows)
        rates = [Rates.before(stream.coder, count_indices(indices, 256), stream.line)] * bands
        model = replace(VISUAL_MODEL, strength=diffusion * diffusion_strength(lambda_, len(colors)))
        found: list[_Band] = []
        for number in range(passes):
            view = _View(self.points, entries_of(colors), self.locked(colors, indices))
            if soft and self.soft is not None and bool(view.locked.all()):
                break
            found = self._choose(view, len(colors), indices, lambda_, model, stream, rates)  # each pixel to an entry
            rates = [band.rates for band in found]  # each symbol to its bits
            if number < passes - 1:
                sums = np.add.reduce([band.sums for band in found], axis=0)
                colors = _means(colors, sums[: len(colors)], movable)  # each entry to the mean of its pixels
        if soft and self.soft is not None:
            entries = self.soft.entries(colors, FAR)
            view = _View(self.soft.points, entries, self.soft.locked(entries, indices))
            model = replace(model, flat_chroma=0.0)  # the coordinates are no longer those of color
            found = self._choose(view, len(colors), indices, lambda_, model, stream, rates)
        return only_used(colors, indices, round(sum(band.bits for band in found) / 8))

    def _choose(
        self,
        view: _View,
        k: int,
        indices: UInt8Array,
        lambda_: float,
        model: MatchVisualModel,
        stream: _Stream,
        rates: list[Rates],
    ) -> list[_Band]:
        """Writes the indices, band by band. k: number of entries. rates: of each band."""
        coder, locked, by_name = stream.coder, view.locked, model.by_name()

        def work(band: int) -> _Band:
            rows = slice(band * stream.band_rows, (band + 1) * stream.band_rows)
            points, weights = view.points(rows).reshape(-1, 3), self.weights(rows)
            literals, lengths = np.zeros(256, np.int64), np.zeros(coder.longest + 1, np.int64)
            used, distances = np.zeros(len(stream.distances), np.int64), np.zeros(len(coder.distance_extra), np.int64)
            costs = rates[band]
            kernel.trellis(
                points=points,
                weights=weights,
                flatness=self.flatness[rows],
                locked=locked[rows],
                indices=indices[rows],
                palette=view.entries,
                k=k,
                lambda_=lambda_,
                stream={"lead": coder.lead, "shortest": coder.shortest, "nearby": stream.nearby},
                literal_bits=np.float32(LITERAL_BITS) + np.float32(LITERAL_SHARE) * costs.literals,
                length_bits=costs.lengths,
                distances=stream.distances,
                distance_bits=costs.distances[stream.codes] + np.float32(coder.match_penalty),
                visual_model=by_name,
                literal_counts=literals,
                length_counts=lengths,
                match_counts=used,
            )
            np.add.at(distances, stream.codes, used)
            counted = Rates.counted(coder, literals, lengths, distances)
            sums = np.zeros((256, 4), np.int64)
            flat = weights.ravel(), locked[rows].ravel(), indices[rows].ravel()
            kernel.add_sums(points, *flat, sums)
            return _Band(counted.bits(literals, lengths, distances), counted, sums)

        return each(work, list(range(len(rates))))


@dataclass(frozen=True, eq=False)
class _View:
    """Pixels and entries in the same three coordinates; and which pixels keep their indices.

    points: of some rows, (rows, w, 3) int16. entries: (256, 4) float32. locked: (h, w) uint8, or empty.
    """

    points: Callable[[slice], Int16Array]
    entries: npt.NDArray[np.float32]
    locked: UInt8Array


@dataclass(frozen=True, eq=False)
class _Stream:
    """What a coder is given, and the matches that are tried with it.

    line: symbols of a row. distances: (s,) int32, of which the first are 1 to nearby. codes: (s,) of the distances.
    """

    coder: Coder
    line: int
    band_rows: int
    nearby: int
    distances: npt.NDArray[np.int32]
    codes: npt.NDArray[np.int32]

    @classmethod
    def of(cls, coder: Coder, width: int, effort: Effort) -> _Stream:
        line = width + coder.lead
        distances = coder.distances(width, effort.nearby, effort.reach, effort.rows_up)
        codes = coder.distance_codes(distances, line)
        return cls(coder, line, effort.band_rows, effort.nearby, distances, codes)


@dataclass(frozen=True, eq=False)
class _Band:
    """What was found in a band: its bits, the rates by its counts, and the sums of its entries."""

    bits: float
    rates: Rates
    sums: IntArray


def diffusion_strength(lambda_: float, k: int) -> float:
    """The share of its error that a pixel diffuses, at a lambda and with so many colors.

    >>> round(diffusion_strength(2e-5, 256), 3), round(diffusion_strength(2e-5, 64), 3)
    (0.575, 0.729)
    """
    halfway = STRENGTH_HALFWAY * (256 / k) ** 2
    return STRENGTH_LEAST + STRENGTH_MORE * halfway / (halfway + lambda_)


def _means(colors: UInt8Array, sums: IntArray, movable: Bools) -> UInt8Array:
    """Each entry that may move and is used goes to its mean, unless another one is there already."""
    moving = np.flatnonzero(movable & (sums[:, 0] > 0))
    means = sums[moving, 1:] / (sums[moving, :1] * float(1 << 14))
    means[:, 1:] *= 256 / CHROMA
    moved = colors.copy()
    fresh = SPACES["oklab"].colors(means)
    taken = {bytes(color) for color in colors}
    for row, color in zip(moving.tolist(), fresh, strict=True):
        new = moved[row].copy()
        new[:3] = color
        if bytes(new) not in taken:
            taken.add(bytes(new))
            moved[row] = new
    return moved
