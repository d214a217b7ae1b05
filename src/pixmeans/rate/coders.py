"""What a file's coder spends on the symbols of indices: literals, and copies of what came before.

Deflate, for PNG: P. Deutsch, RFC 1951. WebP's lossless bitstream: J. Alakuijala, "Specification for WebP lossless
bitstream" (RFC 9649).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Codes = npt.NDArray[np.int32]
Counts = npt.NDArray[np.int64]
Bits = npt.NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Coder:
    """How a coder sees a picture, and what its matches can be.

    lead: symbols of a row before its pixels: 1, the number of a filter, or 0.
    shortest: of the matches that are tried. farthest: distance there is.
    length_codes, length_extra: (longest + 1,), of each length the code and its extra bits.
    distance_codes: the codes of distances (n,) in a picture whose rows have so many symbols.
    distance_extra: (codes,) the extra bits of each.
    usual_lengths, usual_distances: what the codes cost, without extra bits, in photos made half as large: what to
    expect before anything was counted. usual_above: bits that are spared where the distance is the row above, or that
    above it.
    doubt: bits that a search takes a match to cost more. libwebp looks at the longest match at each place only and may
    not find what was meant; with short ones that are dear it finds more. Against 0: 5 % fewer bytes at equal
    SSIMULACRA2, 8 % at equal PSNR.
    """

    lead: int
    shortest: int
    farthest: int
    length_codes: Codes
    length_extra: Bits
    distance_codes: Callable[[Codes, int], Codes]
    distance_extra: Bits
    usual_lengths: Bits
    usual_distances: Bits
    usual_above: float
    doubt: float

    @property
    def longest(self) -> int:
        """The longest match there is."""
        return len(self.length_codes) - 1

    def distances(self, width: int, nearby: int, reach: int, rows_up: int) -> Codes:
        """Those to try in a picture of so many columns: 1 to `nearby`, and around each pixel of rows above."""
        line = width + self.lead
        reach = min(reach, line - 1)
        above = [np.arange(line * up - reach, line * up + reach + 1) for up in range(1, rows_up + 1)]
        tried = np.concatenate([np.arange(1, nearby + 1), *above])
        return tried[tried <= self.farthest].astype(np.int32)


@dataclass(frozen=True, eq=False)
class Rates:
    """What symbols cost in bits, with their extra bits.

    literals: (256,). lengths: (longest + 1,), by length. distances: by code.
    """

    literals: Bits
    lengths: Bits
    distances: Bits

    @classmethod
    def before(cls, coder: Coder, counts: Counts, line: int) -> Rates:
        """What to expect before anything was counted but the literals (256,) of the whole picture.

        line: symbols of a row.
        """
        distances = coder.usual_distances.copy()
        for rows in (1, 2):
            if rows * line <= coder.farthest:
                code = coder.distance_codes(np.array([rows * line], np.int32), line)
                distances[code] -= np.float32(coder.usual_above)
        return cls(
            bits_of(4 * counts + 2) + np.float32(1.0),
            coder.usual_lengths[coder.length_codes] + coder.length_extra,
            distances + coder.distance_extra,
        )

    @classmethod
    def counted(cls, coder: Coder, literals: Counts, lengths: Counts, distances: Counts) -> Rates:
        """The entropy of what was used; what was not is taken for a quarter of a time.

        literals (256,), lengths (longest + 1,), distances (codes,): how often each.
        """
        codes = np.zeros(len(coder.usual_lengths), np.int64)
        np.add.at(codes, coder.length_codes[coder.shortest :], lengths[coder.shortest :])
        both = bits_of(4 * np.concatenate([literals, codes]) + 1)  # they share a table
        return cls(
            both[:256].copy(),
            both[256:][coder.length_codes] + coder.length_extra,
            bits_of(4 * distances + 1) + coder.distance_extra,
        )

    def bits(self, literals: Counts, lengths: Counts, distances: Counts) -> float:
        """What so many of each symbol, see `counted`, cost."""
        pairs = (literals, self.literals), (lengths, self.lengths), (distances, self.distances)
        return float(sum((counts * costs.astype(np.float64)).sum() for counts, costs in pairs))


def bits_of(counts: Counts) -> Bits:
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


def prefix_codes(values: Codes) -> Codes:
    """The codes of values from 1: two for every power of two, as deflate's distances and all of WebP's have them."""
    value = np.maximum(values.astype(np.int64) - 1, 0)
    high = np.zeros(len(value), np.int64)
    for shift in (16, 8, 4, 2, 1):
        high[value >> high >= 1 << shift] += shift
    code = np.where(value < 2, value, 2 * high + (value >> np.maximum(high - 1, 0) & 1))
    return code.astype(np.int32)


def prefix_extra(codes: int) -> Bits:
    """(codes,): how many bits follow each of them."""
    return np.maximum(np.arange(codes) // 2 - 1, 0).astype(np.float32)


def plane_values(distances: Codes, width: int) -> Codes:
    """What WebP writes for distances: 1 to 120 for pixels nearby, the nearest first, and 120 more than the others."""
    rows, columns = np.divmod(distances, width)
    left = columns <= 8  # as libwebp looks at it: to the left in a row above, or to the right in the one above that
    rows, columns = np.where(left, rows, rows + 1), np.where(left, columns, columns - width)
    near = (rows < 8) & (columns <= 8) & (columns > -8)
    values = distances + len(_NEAREST)
    values[near] = _PLANE[rows[near], columns[near]]
    return values


# The pixels nearby, (columns to the left, rows up), in the order of their codes.
_NEAREST = sorted(
    [(x, y) for y in range(8) for x in range(-7, 9) if y > 0 or x > 0],
    key=lambda place: (place[0] ** 2 + place[1] ** 2, abs(place[0]), -place[0]),
)
_PLANE = np.zeros((8, 17), np.int32)  # by rows up and columns to the left; negative ones count from the end
for _code, (_x, _y) in enumerate(_NEAREST):
    _PLANE[_y, _x] = _code + 1

# Deflate's codes of lengths 0 to 258, of which those below 3 mean nothing: four for every power of two.
_EXTRA = (0,) * 8 + (1,) * 4 + (2,) * 4 + (3,) * 4 + (4,) * 4 + (5,) * 4
_DEFLATE_LENGTHS = np.array(
    [0] * 3 + [code for code, extra in enumerate(_EXTRA) for _ in range(1 << extra)][:255] + [28], np.int32
)

DEFLATE = Coder(
    lead=1,
    shortest=3,
    farthest=1 << 15,
    length_codes=_DEFLATE_LENGTHS,
    length_extra=np.array((*_EXTRA, 0), np.float32)[_DEFLATE_LENGTHS],
    distance_codes=lambda distances, line: prefix_codes(distances),
    distance_extra=prefix_extra(30),
    usual_lengths=np.array(
        [
            *(2.0, 2.6, 3.2, 3.6, 4.0, 4.3, 4.6, 4.8, 4.2, 4.7, 5.1, 5.4, 5.1, 5.6, 6.0, 6.3),
            *(6.0, 6.5, 7.0, 7.3, 7.0, 7.5, 8.0, 8.3, 8.0, 8.5, 9.0, 9.5, 7.0),
        ],
        np.float32,
    ),
    usual_distances=np.array([3.0, 5.0, 5.0] + [5.5] * 27, np.float32),
    usual_above=3.0,
    doubt=0.0,
)

_WEBP_LENGTHS = np.concatenate([[0], prefix_codes(np.arange(1, 4097, dtype=np.int32))]).astype(np.int32)

WEBP = Coder(
    lead=0,
    shortest=4,
    farthest=(1 << 20) - 120,
    length_codes=_WEBP_LENGTHS,
    length_extra=prefix_extra(24)[_WEBP_LENGTHS],
    distance_codes=lambda distances, line: prefix_codes(plane_values(distances, line)),
    distance_extra=prefix_extra(40),
    usual_lengths=np.array(
        [
            *(9.0, 4.0, 2.0, 2.6, 3.2, 3.6, 3.9, 3.9, 4.2, 4.8, 5.2, 5.8),
            *(6.5, 7.0, 7.5, 8.0, 8.5, 9.0, 9.5, 10.0, 10.0, 10.0, 10.0, 10.0),
        ],
        np.float32,
    ),
    usual_distances=np.array([3.0] * 4 + [4.0] * 10 + [5.0] * 26, np.float32),
    usual_above=0.0,
    doubt=6.0,
)
