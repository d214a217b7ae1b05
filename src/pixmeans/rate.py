"""Rate-aware k-means: indices that deflate well where the eye does not mind.

Plain k-means gives each pixel the nearest entry, whatever that costs in the file. Here an assignment minimises

    weighted squared OKLab distance + lambda x bits

where bits are what deflate spends: a pixel is a literal, or part of a match, a run of indices that is copied from a
little earlier in the file. Which copies to make is decided by a trellis along each row (`kernels/rate_trellis.h`).
It may alternate with the other half of k-means, each entry to the weighted mean of its pixels, and with counting how
often each literal, length and distance was used, which says what they cost.

Entropy-constrained clustering: P. Chou, T. Lookabaugh, R. Gray, "Entropy-constrained vector quantization", IEEE Trans.
Acoustics, Speech, and Signal Processing 37 (1989). Trellises over matches: C. Chan, "Lossy LZ77", and P. Storer's
optimal parsing, "Data compression via textual substitution", JACM 29 (1982), with errors allowed. Costs of symbols:
RFC 1951.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .color import SPACES
from .image import count_indices
from .kernels import rate as kernel
from .kernels.threads import each
from .masking import ONE, Masking, masking, oklab_steps

UInt8Array = npt.NDArray[np.uint8]
Mask = npt.NDArray[np.bool_]
FloatTable = npt.NDArray[np.float32]
Counts = npt.NDArray[np.int64]

# Narrower pictures have nothing to gain, and the distances of the row above would meet those of single pixels.
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

# How errors are weighed, measured in benchmarks/size.py as bytes at equal SSIMULACRA2. Errors in lightness of one sign
# along a row add up, with a decay, to what would be a streak; in flat areas that costs (0.05 would save another 1 %,
# and show). A literal will be copied by the pixels below: looking at the next row brought 1.3 %, at more of them
# nothing. An area's mean error is paid back over the next rows: 0.5 %.
EYE = np.array(
    [
        *(1.0, 7 / 16, 3 / 16, 5 / 16, 1 / 16),  # diffusion: strength (see `_eye`), right, down left, down, down right
        *(0.9, 0.12),  # streaks: decay, cost
        *(1.0, 3.0),  # the pixel below: weight, and the difference that halves it, in bits
        *(0.5, 0.8),  # the mean error: paid back, left a pixel farther
    ],
    np.float32,
)

# The share of its errors that a pixel hands on when bits are dear, how much more when they cost nothing, and the price
# halfway with 256 colors; with fewer colors it matters more. Diffusion at full strength costs most of the gain, and
# none ten points of SSIMULACRA2. 0.65 at any price took 1 % less bytes at equal SSIMULACRA2, but a tenth more at equal
# PSNR and single-scale SSIM. Floyd and Steinberg's shares took 1.4 % less than wider ones.
STRENGTH = (0.4, 0.35)
HALFWAY = 2e-5

# Farther from every color than any color is: where an entry must not be used.
FAR = 100.0


@dataclass(frozen=True, eq=False)
class RateAware:
    """Palette and indices that deflate well.

    colors: (k, 3 or 4) uint8, distinct, all of them used. indices: (h, w) uint8.
    places: (k,) which entry of the palette it began with each entry was.
    bytes: of the indices in a PNG, as estimated; an optimising deflate lands within a few percent.
    pixel_bits: (h, w) float32, what each pixel takes of them; None unless asked for.
    starts: (h, w) uint8, 1 a literal, 2 the first pixel of a match, 0 another one; None unless asked for.
    """

    colors: UInt8Array
    indices: UInt8Array
    places: npt.NDArray[np.intp]
    bytes: int
    pixel_bits: npt.NDArray[np.float32] | None = None
    starts: UInt8Array | None = None


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
    explain: bool = False,
) -> RateAware:
    """Palette and indices of a picture at the least weighted error + lambda x bits.

    pixels: (h, w, 3 or 4) uint8. colors: (k <= 256, 3 or 4) uint8, the palette to begin with: best of k-means in OKLab
    with `masking` weights. indices: (h, w) uint8, the plain ones: the nearest entry of each pixel.
    lam: what a bit may cost in squared OKLab distance, 0 and more. A tenth of the mean squared error of the plain
    indices costs about half a point of SSIMULACRA2 against indices dithered by 'auto' and saves a tenth of the bytes;
    with 256 colors and most photos that is near 1e-5. There 4.5e-5 takes about 59 % of dithered pngquant's bytes at
    the same 74 points, and 1.8e-4 a third, at 57.
    masks: of these pixels, if known already.
    frozen: (k,) entries that keep their color. protected: (h, w) pixels whose weight masking must not lower.
    diffusion: how much of its errors a pixel hands on, of what is usual: 0 to 1.
    effort: 0 (fastest) to 6 (smallest). explain: also say what each pixel costs.
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
    pixels, indices = np.ascontiguousarray(pixels), np.array(indices, np.uint8, order="C")
    if indices.shape[1] < NARROWEST:
        bits = np.full(indices.shape if explain else (0, 0), 8, np.float32)
        return only_used(colors, indices, indices.size, bits, np.ones(bits.shape, np.uint8))
    masks = masks or masking(pixels)
    weights = np.empty_like(masks.weights)  # smoothed: another 0.6 %
    kernel.smooth(masks.weights, weights)
    if protected is not None:
        weights = np.where(protected, np.maximum(weights, np.uint16(ONE)), weights)
    forced = forced_pixels(pixels, colors)
    movable = np.ones(len(colors), np.bool_) if colors.shape[1] == 3 else colors[:, 3] == 255
    if frozen is not None:
        movable = movable & ~frozen
    *reach, rows = EFFORTS[effort]
    rates = Rates.before(count_indices(indices, 256), indices.shape[1] + 1)
    bands = [rates] * -(-len(indices) // rows)
    pixel_bits = np.zeros(indices.shape if explain else (0, 0), np.float32)
    scene = _Scene(pixels, weights, masks.flatness, forced, pixel_bits, np.zeros(pixel_bits.shape, np.uint8))
    eye = _eye(lam, len(colors), diffusion)
    for number in range(passes):
        found = scene.choose(colors, indices, lam, eye, bands, reach, rows)  # each pixel to an entry
        bands = [band.rates for band in found]  # each symbol to its bits
        if number < passes - 1:
            sums = np.add.reduce([band.sums for band in found], axis=0)
            colors = _means(colors, sums[: len(colors)], movable)  # each entry to the mean of its pixels
    return only_used(colors, indices, round(sum(band.bits for band in found) / 8), pixel_bits, scene.starts)


@dataclass(frozen=True, eq=False)
class Rates:
    """What deflate's symbols cost in bits, with their extra bits: literals (256,), lengths (259,), distances (30,)."""

    literals: FloatTable
    lengths: FloatTable
    distances: FloatTable

    @classmethod
    def before(cls, counts: Counts, line: int) -> Rates:
        """What to expect before anything was counted but the plain indices of the picture.

        line: bytes of a row with its filter: the distance of the row above. The numbers are typical of photos.
        """
        codes = np.array(_FIRST_LENGTHS, np.float32)
        distances = np.full(30, 5.5, np.float32)
        distances[:3] = 3.0, 5.0, 5.0
        for rows in (1, 2):
            if rows * line <= 32768:
                distances[_distance_code(rows * line)] -= np.float32(3.0)
        return cls(
            _bits(4 * counts + 2) + np.float32(1.0),
            codes[_LENGTH_CODES] + _LENGTH_EXTRA,
            distances + _DISTANCE_EXTRA,
        )

    @classmethod
    def counted(cls, literals: Counts, lengths: Counts, distances: Counts) -> Rates:
        """The entropy of what was used; what was not is taken for a quarter of a time."""
        codes = np.zeros(29, np.int64)
        np.add.at(codes, _LENGTH_CODES[3:], lengths[3:])
        both = _bits(4 * np.concatenate([literals, codes]) + 1)
        return cls(
            both[:256].copy(),
            both[256:][_LENGTH_CODES] + _LENGTH_EXTRA,
            _bits(4 * distances + 1) + _DISTANCE_EXTRA,
        )


@dataclass(frozen=True, eq=False)
class _Band:
    """What was found in a band: its bits, what its symbols would have cost at best, and the sums of its entries."""

    bits: float
    rates: Rates
    sums: Counts


@dataclass(frozen=True, eq=False)
class _Scene:
    """A picture as the kernels want it; see there. pixel_bits and starts are written to if they are not empty."""

    pixels: UInt8Array
    weights: npt.NDArray[np.uint16]
    flatness: UInt8Array
    forced: UInt8Array
    pixel_bits: npt.NDArray[np.float32]
    starts: UInt8Array

    def choose(
        self,
        colors: UInt8Array,
        indices: UInt8Array,
        lam: float,
        eye: FloatTable,
        rates: list[Rates],
        reach: list[int],
        rows: int,
    ) -> list[_Band]:
        """Writes the indices, band by band, each of so many rows."""
        entries = entries_of(colors)

        def work(band: int) -> _Band:
            part = slice(band * rows, (band + 1) * rows)
            points = oklab_steps(self.pixels[part].reshape(-1, self.pixels.shape[2]))
            sums = np.zeros((256, 4), np.int64)
            literals, lengths, distances = (np.zeros(n, np.int64) for n in (256, 259, 30))
            bits = kernel.trellis(
                *(points, self.weights[part], self.flatness[part], self.forced[part], indices[part]),
                entries,
                len(colors),
                lam,
                *(rates[band].literals, rates[band].lengths, rates[band].distances),
                np.array(reach, np.int32),
                eye,
                *(literals, lengths, distances),
                *(self.pixel_bits[part], self.starts[part]),
            )
            flat = self.weights[part].ravel(), self.forced[part].ravel(), indices[part].ravel()
            kernel.add_sums(points, *flat, sums)
            return _Band(bits, Rates.counted(literals, lengths, distances), sums)

        return each(work, list(range(len(rates))))


def _eye(lam: float, k: int, diffusion: float) -> FloatTable:
    """`EYE` with the strength of diffusion at this price and number of colors."""
    halfway = HALFWAY * (256 / k) ** 2
    eye = EYE.copy()
    eye[0] = diffusion * (STRENGTH[0] + STRENGTH[1] * halfway / (halfway + lam))
    return eye


def _bits(counts: Counts) -> FloatTable:
    """-log2 of each count's share, in 2**-16, by squaring: logarithms of libraries may differ in the last bit."""
    values = np.concatenate([counts, [int(counts.sum())]]).astype(np.int64)
    whole = np.zeros(len(values), np.int64)
    for shift in (32, 16, 8, 4, 2, 1):
        large = values >> whole >= 1 << shift
        whole[large] += shift
    mantissa = np.where(whole > 30, values >> np.maximum(whole - 30, 0), values << np.maximum(30 - whole, 0))
    log = whole
    for _ in range(16):
        mantissa = mantissa * mantissa >> 30
        high = mantissa >> 31
        mantissa >>= high
        log = 2 * log + high
    return ((log[-1] - log[:-1]) / 65536.0).astype(np.float32)


def _distance_code(distance: int) -> int:
    """Deflate's code of a distance (RFC 1951, 3.2.5)."""
    if distance <= 4:
        return distance - 1
    n = (distance - 1).bit_length() - 1
    return 2 * n + (distance - 1 >> n - 1 & 1)


# Deflate's codes of lengths 0..258 (those below 3 mean nothing) and their extra bits, and the extra bits of distances.
_EXTRA = (0,) * 8 + (1,) * 4 + (2,) * 4 + (3,) * 4 + (4,) * 4 + (5,) * 4
_LENGTH_CODES = np.array([0] * 3 + [code for code, extra in enumerate(_EXTRA) for _ in range(1 << extra)][:255] + [28])
_LENGTH_EXTRA = np.array((*_EXTRA, 0), np.float32)[_LENGTH_CODES]
_DISTANCE_EXTRA = np.array([0, 0] + [extra for extra in range(14) for _ in range(2)], np.float32)

# Typical bits of the length codes, of photos whose file was made half as large.
_FIRST_LENGTHS = (
    *(2.0, 2.6, 3.2, 3.6, 4.0, 4.3, 4.6, 4.8, 4.2, 4.7, 5.1, 5.4, 5.1, 5.6, 6.0, 6.3),
    *(6.0, 6.5, 7.0, 7.3, 7.0, 7.5, 8.0, 8.3, 8.0, 8.5, 9.0, 9.5, 7.0),
)


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
    entries[: len(colors), :3] = oklab_steps(colors) / np.float32(1 << 14)
    entries[:, 3] = entries[:, 0]
    if colors.shape[1] == 4:
        entries[: len(colors)][colors[:, 3] < 255] = FAR
    return entries


def _means(colors: UInt8Array, sums: Counts, movable: Mask) -> UInt8Array:
    """Each entry that may move and is used goes to its mean, unless another one is there already."""
    moving = np.flatnonzero(movable & (sums[:, 0] > 0))
    means = sums[moving, 1:] / (sums[moving, :1] * float(1 << 14))
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


def only_used(
    colors: UInt8Array, indices: UInt8Array, size: int, pixel_bits: npt.NDArray[np.float32], starts: UInt8Array
) -> RateAware:
    """The result without the entries that no pixel has."""
    counts = count_indices(indices, 256)
    places = np.flatnonzero(counts)
    numbers = np.zeros(256, np.uint8)
    numbers[places] = np.arange(len(places))
    explained = (pixel_bits, starts) if pixel_bits.size else (None, None)
    return RateAware(colors[places], numbers[indices], places, size, *explained)
