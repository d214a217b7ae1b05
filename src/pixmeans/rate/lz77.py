"""Rate-aware k-means: indices that deflate well where the eye does not mind.

Plain k-means gives each pixel the nearest entry, whatever that costs in the file. Here an assignment minimises

    weighted squared OKLab distance + lambda x bits

where bits are what a file's coder spends (`coders.py`): a pixel is a literal, or part of a match, a run of indices that
is copied from a little earlier in the file. Which copies to make is decided by a trellis along each row
(`kernels/rate_trellis.h`). It may alternate with the other half of k-means, each entry to the weighted mean of its
pixels, and with counting how often each literal, length and distance was used, which says what they cost.

Entropy-constrained clustering: P. Chou, T. Lookabaugh, R. Gray, "Entropy-constrained vector quantization", IEEE Trans.
Acoustics, Speech, and Signal Processing 37 (1989). Trellises over matches: C. Chan, "Lossy LZ77", and P. Storer's
optimal parsing, "Data compression via textual substitution", JACM 29 (1982), with errors allowed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..color.masking import CHROMA, ONE, Masking, masking, to_visual_grid
from ..color.relations import Relations
from ..color.spaces import SPACES
from ..image import count_indices
from ..kernels import rate as kernel
from ..parallel import each
from .coders import DEFLATE, WEBP, Coder, Rates

UInt8Array = npt.NDArray[np.uint8]
Mask = npt.NDArray[np.bool_]
FloatTable = npt.NDArray[np.float32]
Counts = npt.NDArray[np.int64]

# Narrower pictures have nothing to gain.
NARROWEST = 8

# Levels of effort. Match distances that are tried: 1 to so many, columns to either side of the pixel above, rows up;
# and rows of a band. Bands are chosen by themselves, so that threads have something to share: matches do not reach into
# the band above, which costs about 1 % of the bytes with 64 rows; far larger ones cost as much where a picture changes
# from top to bottom. Chains of hashes to find farther matches found less than more columns did in the same time. The
# distance of the row above has eight extra bits in a picture of 513 to 1024 columns, whatever the column: looking at
# many costs nothing but time.
EFFORTS = (
    (4, 7, 1, 64),
    (4, 15, 1, 64),
    (4, 31, 1, 64),
    (8, 63, 1, 64),
    (16, 120, 1, 64),
    (16, 120, 2, 128),
    (16, 250, 4, 256),
)

# What a search takes a literal to cost: so many bits, and a share of its own. It is worth more than these say, as the
# pixels below will copy it, and a rare one more than a common one. On six photos, against its own bits: 3.2 % fewer
# bytes at equal SSIMULACRA2, 7 % at equal PSNR, 2.6 % at equal MS-SSIM; with the most effort 4.4, 8.1 and 2.7 %.
LITERAL = (2.0, 0.5)

# How errors are weighed, measured in benchmarks/size.py as bytes at equal SSIMULACRA2. Errors in lightness of one sign
# along a row and down a column add up, with a decay, to what would be a streak or a spot; in flat areas that costs.
# With errors of the row alone, a decay of 0.9 and a cost of 0.12, it took 1 % less, at equal PSNR and MS-SSIM as much,
# but blurred errors of flat areas were a sixth larger; decays of 0.5 and 0.6 let streaks pass. A literal will be copied
# by the pixels below: looking at the next row brought 1.3 %, at more of them nothing. An area's mean error is paid back
# over the next rows: 0.5 %; more of it than 0.5 takes bytes at equal PSNR, MS-SSIM and SSIM. Errors of color, which
# count half of those of lightness (`masking.CHROMA`), count as much where it is flat: 0.4 %, but without there are
# streaks of color in skies.
EYE = np.array(
    [
        *(1.0, 7 / 16, 3 / 16, 5 / 16, 1 / 16),  # diffusion: strength (see `_eye`), right, down left, down, down right
        *(0.72, 0.65),  # streaks and spots: decay, cost
        *(1.0, 3.0),  # the pixel below: weight, and the difference that halves it, in bits
        *(0.4, 0.8),  # the mean error: paid back, left a pixel farther
        *(0.4, 0.4),  # errors above: what enters the sum of a row's, what is left a row farther down
        1.0,  # how much more errors of color count where it is flat
    ],
    np.float32,
)

# The share of its errors that a pixel hands on when bits are dear, how much more when they cost nothing, and the price
# halfway with 256 colors; with fewer colors it matters more. Diffusion at full strength costs most of the gain, and
# none ten points of SSIMULACRA2. 0.65 at any price took 1 % less bytes at equal SSIMULACRA2, but a tenth more at equal
# PSNR and single-scale SSIM. Floyd and Steinberg's shares took 1.4 % less than wider ones.
STRENGTH = (0.4, 0.35)
HALFWAY = 2e-5

# How often masking's weights are smoothed over 3 x 3 pixels. Once brought 0.6 %; three times another 0.8 %, and 3.5 %
# at equal PSNR.
SMOOTHINGS = 4

CODERS = {"png": DEFLATE, "webp": WEBP}

# Farther from every color than any color is: where an entry must not be used.
FAR = 100.0


@dataclass(frozen=True, eq=False)
class RateAware:
    """Palette and indices that deflate well.

    colors: (k, 3 or 4) uint8, distinct, all of them used. indices: (h, w) uint8.
    places: (k,) which entry of the palette it began with each entry was.
    bytes: of the indices in a file, as estimated; an optimising deflate lands within a few percent.
    """

    colors: UInt8Array
    indices: UInt8Array
    places: npt.NDArray[np.intp]
    bytes: int


def rate_aware(
    pixels: UInt8Array,
    colors: UInt8Array,
    indices: UInt8Array,
    lam: float,
    *,
    masks: Masking | None = None,
    frozen: Mask | None = None,
    protected: Mask | None = None,
    diffusion: float = 1.0,
    effort: int = 2,
    passes: int = 1,
    format: str = "png",
) -> RateAware:
    """Palette and indices of a picture at the least weighted error + lambda x bits.

    pixels: (h, w, 3 or 4) uint8. colors: (k <= 256, 3 or 4) uint8, the palette to begin with: best of k-means in OKLab
    with `masking` weights. indices: (h, w) uint8, the plain ones: the nearest entry of each pixel.
    lam: what a bit may cost in squared OKLab distance, 0 and more. A fifth of the mean squared error of the plain
    indices costs less than a point of SSIMULACRA2 against indices dithered by 'auto' and saves a quarter of the bytes;
    with 256 colors and most photos that is near 2e-5. There 1.8e-4 ends at 63 points and takes 46 % of dithered
    pngquant's bytes at as many, 3.6e-4 at 50 points and 45 %.
    masks: of these pixels, if known already.
    frozen: (k,) entries that keep their color. protected: (h, w) pixels whose weight masking must not lower.
    diffusion: how much of its errors a pixel hands on, of what is usual: 0 to 1.
    effort: 0 (fastest) to 6 (smallest). format: of the file, 'png' or 'webp'.
    passes: how often indices are chosen; between two of them entries move to the means of their pixels, and rates
    become those that were counted. More than one lower what is minimised, but not, on photos, the bytes at equal
    SSIMULACRA2.

    Pixels that are not opaque keep their plain index, and matches run through them only where that is the same; opaque
    pixels get opaque entries. Pictures narrower than 8 pixels come back as they are.

    >>> pixels = np.tile(np.arange(0, 160, 10, dtype=np.uint8)[:, None], (4, 1, 3))
    >>> colors, indices = np.unique(pixels.reshape(-1, 3), axis=0, return_inverse=True)
    >>> made = rate_aware(pixels, colors, indices.reshape(4, 16).astype(np.uint8), 1e-4)
    >>> np.array_equal(made.colors[made.indices], pixels)
    True
    """
    if not 0 <= effort < len(EFFORTS):
        raise ValueError(f"effort must be 0 to {len(EFFORTS) - 1}, got {effort}")
    if passes < 1:
        raise ValueError(f"passes must be 1 or more, got {passes}")
    if not lam >= 0.0:
        raise ValueError(f"lam must be 0 or more, got {lam}")
    if format not in CODERS:
        raise ValueError(f"format must be {' or '.join(map(repr, CODERS))}, got {format!r}")
    pixels, indices = np.ascontiguousarray(pixels), np.array(indices, np.uint8, order="C")
    if indices.shape[1] < NARROWEST:
        return only_used(colors, indices, indices.size)
    masks = masks or masking(pixels)
    forced = forced_pixels(pixels, colors)
    movable = np.ones(len(colors), np.bool_) if colors.shape[1] == 3 else colors[:, 3] == 255
    if frozen is not None:
        movable = movable & ~frozen
    *reach, rows = EFFORTS[effort]
    stream = _Stream.of(CODERS[format], indices.shape[1], *reach)
    rates = [Rates.before(stream.coder, count_indices(indices, 256), stream.line)] * -(-len(indices) // rows)
    scene = _Scene(pixels, masks, forced, protected)
    eye = _eye(lam, len(colors), diffusion)
    for number in range(passes):
        found = scene.choose(colors, indices, lam, eye, rates, stream, rows)  # each pixel to an entry
        rates = [band.rates for band in found]  # each symbol to its bits
        if number < passes - 1:
            sums = np.add.reduce([band.sums for band in found], axis=0)
            relations = Relations.of(pixels.reshape(-1, pixels.shape[2])[:, :3], None, indices.ravel(), len(colors))
            colors = _means(colors, sums[: len(colors)], movable, relations)  # each entry to the mean of its pixels
    return only_used(colors, indices, round(sum(band.bits for band in found) / 8))


@dataclass(frozen=True, eq=False)
class _Stream:
    """What a coder gets, and what is tried with it: distances, the first of which are 1, 2, 3, ... nearby, with their
    codes. line: symbols of a row."""

    coder: Coder
    line: int
    nearby: int
    distances: npt.NDArray[np.int32]
    codes: npt.NDArray[np.int32]

    @classmethod
    def of(cls, coder: Coder, width: int, nearby: int, reach: int, rows_up: int) -> _Stream:
        line = width + coder.lead
        distances = coder.distances(width, nearby, reach, rows_up)
        return cls(coder, line, nearby, distances, coder.distance_codes(distances, line))


@dataclass(frozen=True, eq=False)
class _Band:
    """What was found in a band: its bits, what its symbols cost, counted, and the sums of its entries."""

    bits: float
    rates: Rates
    sums: Counts


@dataclass(frozen=True, eq=False)
class _Scene:
    """A picture as the kernels want it; see there."""

    pixels: UInt8Array
    masks: Masking
    forced: UInt8Array
    protected: Mask | None

    def choose(
        self,
        colors: UInt8Array,
        indices: UInt8Array,
        lam: float,
        eye: FloatTable,
        rates: list[Rates],
        stream: _Stream,
        rows: int,
    ) -> list[_Band]:
        """Writes the indices, band by band, each of so many rows."""
        entries, coder = entries_of(colors), stream.coder

        def work(band: int) -> _Band:
            part = slice(band * rows, (band + 1) * rows)
            weights = self._weights(part)
            points = to_visual_grid(self.pixels[part].reshape(-1, self.pixels.shape[2]))
            literals, lengths = np.zeros(256, np.int64), np.zeros(coder.longest + 1, np.int64)
            used, distances = np.zeros(len(stream.distances), np.int64), np.zeros(len(coder.distance_extra), np.int64)
            costs = rates[band]
            kernel.trellis(
                *(points, weights, self.masks.flatness[part], self.forced[part], indices[part]),
                *(entries, len(colors), lam),
                np.array([coder.lead, coder.shortest, stream.nearby], np.int32),
                np.float32(LITERAL[0]) + np.float32(LITERAL[1]) * costs.literals,
                costs.lengths,
                costs.distances[stream.codes] + np.float32(coder.doubt),
                *(stream.distances, eye),
                *(literals, lengths, used),
            )
            np.add.at(distances, stream.codes, used)
            counted = Rates.counted(coder, literals, lengths, distances)
            sums = np.zeros((256, 4), np.int64)
            flat = weights.ravel(), self.forced[part].ravel(), indices[part].ravel()
            kernel.add_sums(points, *flat, sums)
            return _Band(counted.bits(literals, lengths, distances), counted, sums)

        return each(work, list(range(len(rates))))

    def _weights(self, part: slice) -> npt.NDArray[np.uint16]:
        """The smoothed weights of some rows."""
        top = max(part.start - SMOOTHINGS, 0)  # what the rows around them change
        weights = self.masks.weights[top : part.stop + SMOOTHINGS]
        for _ in range(SMOOTHINGS):
            smoothed = np.empty_like(weights)
            kernel.smooth(weights, smoothed)
            weights = smoothed
        weights = weights[part.start - top :][: part.stop - part.start]
        if self.protected is None:
            return weights
        return np.where(self.protected[part], np.maximum(weights, np.uint16(ONE)), weights)


def _eye(lam: float, k: int, diffusion: float) -> FloatTable:
    """`EYE` with the strength of diffusion at this price and number of colors."""
    halfway = HALFWAY * (256 / k) ** 2
    eye = EYE.copy()
    eye[0] = diffusion * (STRENGTH[0] + STRENGTH[1] * halfway / (halfway + lam))
    return eye


def forced_pixels(pixels: UInt8Array, colors: UInt8Array) -> UInt8Array:
    """(h, w): 1 where a pixel must keep its plain index; empty if that is nowhere."""
    if pixels.shape[2] == 3:
        return np.zeros((0, 0), np.uint8)
    forced = (pixels[..., 3] < 255).astype(np.uint8)
    if colors.shape[1] == 4 and not bool((colors[:, 3] == 255).any()):
        forced[:] = 1
    return forced if bool(forced.any()) else forced[:0]


def entries_of(colors: UInt8Array) -> FloatTable:
    """(256, 4) L, a, b and L again of the opaque entries; far away where there is none."""
    entries = np.full((256, 4), FAR, np.float32)
    entries[: len(colors), :3] = to_visual_grid(colors) / np.float32(1 << 14)
    entries[:, 3] = entries[:, 0]
    if colors.shape[1] == 4:
        entries[: len(colors)][colors[:, 3] < 255] = FAR
    return entries


def _means(colors: UInt8Array, sums: Counts, movable: Mask, relations: Relations) -> UInt8Array:
    """Each entry that may move and is used goes to its mean, unless another one is there already.

    It keeps what the colors of its pixels have in common.
    """
    moving = np.flatnonzero(movable & (sums[:, 0] > 0))
    means = sums[moving, 1:] / (sums[moving, :1] * float(1 << 14))
    means[:, 1:] *= 256 / CHROMA
    moved = colors.copy()
    space = SPACES["oklab"]
    fresh = space.colors(means)
    kept = relations.at(moving)
    bound = np.flatnonzero(kept.broken_by(fresh))
    fresh[bound] = kept.at(bound).nearest(fresh[bound], means[bound], space)
    taken = {bytes(color) for color in colors}
    for row, color in zip(moving.tolist(), fresh, strict=True):
        new = moved[row].copy()
        new[:3] = color
        if bytes(new) not in taken:
            taken.add(bytes(new))
            moved[row] = new
    return moved


def only_used(colors: UInt8Array, indices: UInt8Array, size: int) -> RateAware:
    """The result without the entries that no pixel has. size: estimated bytes."""
    places = np.flatnonzero(count_indices(indices, 256))
    numbers = np.zeros(256, np.uint8)
    numbers[places] = np.arange(len(places))
    return RateAware(colors[places], numbers[indices], places, size)
