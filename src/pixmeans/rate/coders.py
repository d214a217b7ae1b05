"""What a file's coder spends on the symbols of indices: literals, and matches, which copy earlier indices.

Deflate, for PNG: P. Deutsch, RFC 1951. WebP's lossless bitstream: J. Alakuijala, "Specification for WebP lossless
bitstream" (RFC 9649).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from ..arrays import IntArray
from ..records import dataclass

Codes = npt.NDArray[np.int32]
Bits = npt.NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Coder:
    """How a coder sees a picture, and what its matches can be.

    lead: symbols of a row before its pixels: 1, the number of its filter, or 0.
    shortest: length of the matches that are tried. farthest: the largest distance.
    length_codes, length_extra: (longest + 1,) the code of each length, and its extra bits.
    distance_codes: from distances (n,) and the symbols of a row to codes (n,). distance_extra: (codes,) extra bits.
    first_lengths, first_distances: bits of each code, without extra bits, as counted in photos at half their size. They
    serve until a picture's own symbols have been counted. first_above: bits fewer for the distances of the row above
    and the one above that.
    match_penalty: bits added to every match in the search. libwebp only considers the longest match at each position
    and may miss the one that was planned; penalising short matches keeps the plan findable. Against 0: 5 % fewer bytes
    at equal SSIMULACRA2, 8 % at equal PSNR.
    """

    lead: int
    shortest: int
    farthest: int
    length_codes: Codes
    length_extra: Bits
    distance_codes: Callable[[Codes, int], Codes]
    distance_extra: Bits
    first_lengths: Bits
    first_distances: Bits
    first_above: float
    match_penalty: float

    @property
    def longest(self) -> int:
        """Length of the longest match."""
        return len(self.length_codes) - 1

    def distances(self, width: int, nearby: int, reach: int, rows_up: int) -> Codes:
        """(s,) int32: the distances to try in a picture of so many columns.

        First 1 to `nearby`; then, ascending, those to the pixels of rows above that are at most `reach` columns away.
        """
        line = width + self.lead
        reach = min(reach, line - 1)
        above = {line * up + x for up in range(1, rows_up + 1) for x in range(-reach, reach + 1)}
        tried = np.array([*range(1, nearby + 1), *sorted(above)])
        return tried[tried <= self.farthest].astype(np.int32)


@dataclass(frozen=True, eq=False)
class Rates:
    """Bits of each symbol, with its extra bits.

    literals: (256,). lengths: (longest + 1,), by length. distances: (codes,), by code.
    """

    literals: Bits
    lengths: Bits
    distances: Bits

    @classmethod
    def before(cls, coder: Coder, counts: IntArray, line: int) -> Rates:
        """What to expect of a picture whose plain indices alone were counted, (256,). line: symbols of a row."""
        distances = coder.first_distances.copy()
        for rows in (1, 2):
            if rows * line <= coder.farthest:
                code = coder.distance_codes(np.array([rows * line], np.int32), line)
                distances[code] -= np.float32(coder.first_above)
        return cls(
            bits_of(4 * counts + 2) + np.float32(1.0),
            coder.first_lengths[coder.length_codes] + coder.length_extra,
            distances + coder.distance_extra,
        )

    @classmethod
    def counted(cls, coder: Coder, literals: IntArray, lengths: IntArray, distances: IntArray) -> Rates:
        """-log2 of the share of each symbol. One that was not used counts as a quarter of a use.

        literals (256,), lengths (longest + 1,), distances (codes,): how often each was used.
        """
        codes = np.zeros(len(coder.first_lengths), np.int64)
        np.add.at(codes, coder.length_codes[coder.shortest :], lengths[coder.shortest :])
        both = bits_of(4 * np.concatenate([literals, codes]) + 1)  # literals and lengths share a code table
        return cls(
            both[:256].copy(),
            both[256:][coder.length_codes] + coder.length_extra,
            bits_of(4 * distances + 1) + coder.distance_extra,
        )

    def bits(self, literals: IntArray, lengths: IntArray, distances: IntArray) -> float:
        """Bits of so many of each symbol; arguments as in `counted`."""
        pairs = (literals, self.literals), (lengths, self.lengths), (distances, self.distances)
        return float(sum((counts * costs.astype(np.float64)).sum() for counts, costs in pairs))


def bits_of(counts: IntArray) -> Bits:
    """-log2 of each count's share, in 2**-16, by squaring: the logarithms of libraries may differ in the last bit."""
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
    """The codes of values from 1, two for every power of two: deflate's for distances, WebP's for everything."""
    value = np.maximum(values.astype(np.int64) - 1, 0)
    high = np.zeros(len(value), np.int64)
    for shift in (16, 8, 4, 2, 1):
        high[value >> high >= 1 << shift] += shift
    code = np.where(value < 2, value, 2 * high + (value >> np.maximum(high - 1, 0) & 1))
    return code.astype(np.int32)


def prefix_extra(codes: int) -> Bits:
    """(codes,): the extra bits that follow each code."""
    return np.maximum(np.arange(codes) // 2 - 1, 0).astype(np.float32)


def plane_values(distances: Codes, width: int) -> Codes:
    """The values that WebP codes for distances: 1 to 120 for the pixels nearby, nearest first; else distance + 120."""
    rows, columns = np.divmod(distances, width)
    left = columns <= 8  # as libwebp sees it: left in a row above, or else right in the row above that
    rows, columns = np.where(left, rows, rows + 1), np.where(left, columns, columns - width)
    near = (rows < 8) & (columns <= 8) & (columns > -8)
    values = distances + len(_NEAREST)
    values[near] = _PLANE[rows[near], columns[near]]
    return values


# The pixels nearby, as (columns to the left, rows up), in the order of their codes.
_NEAREST = sorted(
    [(x, y) for y in range(8) for x in range(-7, 9) if y > 0 or x > 0],
    key=lambda place: (place[0] ** 2 + place[1] ** 2, abs(place[0]), -place[0]),
)
_PLANE = np.zeros((8, 17), np.int32)  # [rows up, columns to the left]; negative columns count from the end
for _code, (_x, _y) in enumerate(_NEAREST):
    _PLANE[_y, _x] = _code + 1

# Deflate's codes of lengths 0 to 258, four for every power of two. Those below 3 do not exist.
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
    first_lengths=np.array(
        [
            *(2.0, 2.6, 3.2, 3.6, 4.0, 4.3, 4.6, 4.8, 4.2, 4.7, 5.1, 5.4, 5.1, 5.6, 6.0, 6.3),
            *(6.0, 6.5, 7.0, 7.3, 7.0, 7.5, 8.0, 8.3, 8.0, 8.5, 9.0, 9.5, 7.0),
        ],
        np.float32,
    ),
    first_distances=np.array([3.0, 5.0, 5.0] + [5.5] * 27, np.float32),
    first_above=3.0,
    match_penalty=0.0,
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
    first_lengths=np.array(
        [
            *(9.0, 4.0, 2.0, 2.6, 3.2, 3.6, 3.9, 3.9, 4.2, 4.8, 5.2, 5.8),
            *(6.5, 7.0, 7.5, 8.0, 8.5, 9.0, 9.5, 10.0, 10.0, 10.0, 10.0, 10.0),
        ],
        np.float32,
    ),
    first_distances=np.array([3.0] * 4 + [4.0] * 10 + [5.0] * 26, np.float32),
    first_above=0.0,
    match_penalty=6.0,
)
