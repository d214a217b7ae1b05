"""What every symbol of a deflate stream costs, and so where the bits of a PNG file went: exact, read from the file.

Deflate (RFC 1951) writes a byte as it is, a literal, or says how many bytes to copy from how far back, a match. Here
the codes are read, and nothing is copied: the pixels are known already.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from functools import cached_property

import numpy as np
import numpy.typing as npt

from ..arrays import FloatArray
from ..errors import InputError
from ..records import dataclass
from .png_chunks import SIGNATURE, read_chunks

Numbers = npt.NDArray[np.int64]

# A table of Huffman codes: for each 15 bits that may follow, the bits of the code (0: no code is that), and either the
# literal and -1, or the first length or distance of the code and how many extra bits are added to it.
Codes = list[tuple[int, int, int]]
Meanings = list[tuple[int, int] | None]
LONGEST = 15
END = -2  # in the place of extra bits

# RFC 1951, 3.2.5. `rate/coders.py` spells out the same extra bits, in arrays by length: codecs may not import rate.
_LENGTH_EXTRA = (0,) * 8 + (1,) * 4 + (2,) * 4 + (3,) * 4 + (4,) * 4 + (5,) * 4 + (0,)
_DISTANCE_EXTRA = (0, 0, *(extra for extra in range(14) for _ in range(2)))
_ORDER = (16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15)


def _firsts(first: int, extras: Iterable[int]) -> Iterator[int]:
    for extra in extras:
        yield first
        first += 1 << extra


_LENGTHS = (*list(_firsts(3, _LENGTH_EXTRA))[:28], 258)
_DISTANCES = tuple(_firsts(1, _DISTANCE_EXTRA))
# None: codes that have a place among the fixed ones but are never used.
_LITERAL_MEANINGS: Meanings = [
    *((value, -1) for value in range(256)),
    (0, END),
    *zip(_LENGTHS, _LENGTH_EXTRA, strict=True),
    *(None, None),
]
_DISTANCE_MEANINGS: Meanings = [*zip(_DISTANCES, _DISTANCE_EXTRA, strict=True), None, None]


@dataclass(frozen=True, eq=False)
class Symbols:
    """The literals and matches of a deflate stream, in order; all arrays (n,) int64.

    values: the byte of a literal, -1 for a match. lengths: how many bytes it makes, 1 for a literal. distances: from
    how far back they are copied, 0 for a literal. bits: of the literal, or of the match's length. distance_bits: 0 for
    a literal; extra bits are in both. size: of the stream in bytes; other bits are headers, tables of codes and ends.
    """

    values: Numbers
    lengths: Numbers
    distances: Numbers
    bits: Numbers
    distance_bits: Numbers
    size: int


def symbols(stream: bytes) -> Symbols:
    """The symbols of a raw deflate stream. Raises InputError for what is none.

    >>> found = symbols(bytes.fromhex("4b4c040200"))  # an "a", another, three copied from one byte back
    >>> found.values.tolist(), found.lengths.tolist(), found.distances.tolist()
    ([97, 97, -1], [1, 1, 3], [0, 0, 1])
    >>> found.bits.tolist(), found.distance_bits.tolist(), found.size
    ([8, 8, 7], [0, 0, 5], 5)
    """
    reader = _Reader(stream)
    rows: list[tuple[int, int, int, int, int]] = []
    last = 0
    while not last:
        last, kind = reader.take(1), reader.take(2)
        if kind == 0:
            _stored(reader, rows)
        elif kind == 1:
            _coded(reader, rows, *_FIXED)
        elif kind == 2:
            _coded(reader, rows, *_tables(reader))
        else:
            raise InputError("a deflate stream has a block of an unknown kind")
    values, lengths, distances, bits, distance_bits = np.array(rows, np.int64).reshape(-1, 5).T.copy()
    if bool((distances > np.cumsum(lengths) - lengths).any()):
        raise InputError("a deflate stream copies from before its beginning")
    return Symbols(values, lengths, distances, bits, distance_bits, (reader.at + 7) // 8)


class _Reader:
    """Bits of a stream, the lowest of each byte first."""

    def __init__(self, stream: bytes) -> None:
        self.stream = stream + bytes(8)  # so that looking ahead never ends early
        self.end = 8 * len(stream)
        self.at = 0

    def look(self) -> int:
        """At least the next 48 bits: as many as a match can take."""
        byte = self.at >> 3
        return int.from_bytes(self.stream[byte : byte + 8], "little") >> (self.at & 7)

    def take(self, count: int) -> int:
        """The next bits as a number."""
        found = self.look() & ((1 << count) - 1)
        self.at += count
        self.check()
        return found

    def symbol(self, codes: Codes) -> int:
        """The meaning of the next code."""
        width, meaning, _ = codes[self.look() & 0x7FFF]
        self.at += width
        self.check(width)
        return meaning

    def check(self, width: int = 1) -> None:
        """Raises InputError when the stream has ended or a code is none."""
        if self.at > self.end or width == 0:
            raise InputError("a deflate stream is cut short or damaged")


def _stored(reader: _Reader, rows: list[tuple[int, int, int, int, int]]) -> None:
    """A block of bytes as they are."""
    reader.at += -reader.at % 8
    count, inverse = reader.take(16), reader.take(16)
    if count != inverse ^ 0xFFFF or reader.at + 8 * count > reader.end:
        raise InputError("a deflate stream is cut short or damaged")
    first = reader.at // 8
    rows += ((value, 1, 0, 8, 0) for value in reader.stream[first : first + count])
    reader.at += 8 * count


def _coded(reader: _Reader, rows: list[tuple[int, int, int, int, int]], literals: Codes, distances: Codes) -> None:
    """A block of literals and matches."""
    # Spelled out: this loop is all the time it takes, about a microsecond a symbol.
    stream, at, from_bytes, add = reader.stream, reader.at, int.from_bytes, rows.append
    while at <= reader.end:
        byte = at >> 3
        window = from_bytes(stream[byte : byte + 8], "little") >> (at & 7)
        width, value, extra = literals[window & 0x7FFF]
        if width == 0:
            break
        if extra == -1:
            add((value, 1, 0, width, 0))
            at += width
            continue
        if extra == END:
            reader.at = at + width
            reader.check()
            return
        window >>= width
        length = value + (window & ((1 << extra) - 1))
        window >>= extra
        distance_width, first, more = distances[window & 0x7FFF]
        if distance_width == 0:
            break
        distance = first + (window >> distance_width & ((1 << more) - 1))
        add((-1, length, distance, width + extra, distance_width + more))
        at += width + extra + distance_width + more
    reader.check(0)


def _tables(reader: _Reader) -> tuple[Codes, Codes]:
    """The codes of literals and lengths and those of distances, as a block tells them."""
    literals, distances, count = reader.take(5) + 257, reader.take(5) + 1, reader.take(4) + 4
    widths = [0] * 19
    for place in _ORDER[:count]:
        widths[place] = reader.take(3)
    codes = _codes(widths, [*((value, 0) for value in range(19))])
    told: list[int] = []
    while len(told) < literals + distances:
        symbol = reader.symbol(codes)
        if symbol < 16:
            told.append(symbol)
        elif symbol == 16:
            told += told[-1:] * (3 + reader.take(2))
        else:
            told += [0] * (3 + reader.take(3) if symbol == 17 else 11 + reader.take(7))
    return _codes(told[:literals], _LITERAL_MEANINGS), _codes(told[literals:], _DISTANCE_MEANINGS)


def _codes(widths: list[int], meanings: Meanings) -> Codes:
    """The table of codes of such widths: shorter ones first, then in order (RFC 1951, 3.2.2)."""
    table: Codes = [(0, 0, 0)] * (1 << LONGEST)
    code = 0
    for width in range(1, LONGEST + 1):
        code <<= 1
        for meaning, its in zip(meanings, widths, strict=False):
            if its != width:
                continue
            turned = int(f"{code:0{width}b}"[::-1], 2)  # a code comes with its highest bit first
            if turned >> width:
                raise InputError("a deflate stream has more codes than there can be")
            if meaning is not None:
                table[turned :: 1 << width] = [(width, *meaning)] * (1 << (LONGEST - width))
            code += 1
    return table


_FIXED = (
    _codes([8] * 144 + [9] * 112 + [7] * 24 + [8] * 8, _LITERAL_MEANINGS),
    _codes([5] * 32, _DISTANCE_MEANINGS),
)


@dataclass(frozen=True)
class Span:
    """Neighboring pixels that one symbol made. end: one past the last. matched: by a match, else a literal.

    begins: whether the symbol begins here and not in the row before or with the byte that names the row's filter.
    """

    first: int
    end: int
    matched: bool
    begins: bool


@dataclass(frozen=True, eq=False)
class PngBits:
    """Where the bits of a PNG file went.

    width, height: of the picture. depth: bits of an index, or of a gray. size: of the file in bytes.
    found: its symbols.
    """

    width: int
    height: int
    depth: int
    size: int
    found: Symbols

    @classmethod
    def of(cls, file: bytes) -> PngBits:
        """Reads an indexed or gray PNG file, 8 bits at most and not interlaced. Raises InputError for any other."""
        bodies: dict[bytes, bytes] = {}
        if file.startswith(SIGNATURE):
            for chunk in read_chunks(file):
                bodies[chunk.kind] = bodies.get(chunk.kind, b"") + chunk.body  # IDAT may be cut into several
        if not {b"IHDR", b"IDAT"} <= set(bodies) or len(bodies[b"IHDR"]) != 13:
            raise InputError("not a PNG file")
        width, height, depth, kind, _, _, interlaced = struct.unpack(">IIBBBBB", bodies[b"IHDR"])
        if kind not in (0, 3) or depth > 8 or interlaced:
            raise InputError("only indexed and gray PNG files that are not interlaced can be told apart")
        stream = bodies[b"IDAT"]
        found = symbols(stream[2:-4])  # between zlib's header and its checksum
        read = cls(width, height, depth, len(file), found)
        if int(found.lengths.sum()) != height * read.line:
            raise InputError("a PNG file has too many pixels or too few")
        return read

    @property
    def line(self) -> int:
        """Bytes of a row, with the one that names its filter."""
        return 1 + (self.width * self.depth + 7) // 8

    @cached_property
    def makers(self) -> Numbers:
        """(h, line) which symbol made each byte."""
        found = np.repeat(np.arange(len(self.found.lengths)), self.found.lengths)
        return found.reshape(self.height, self.line)

    @cached_property
    def copied(self) -> npt.NDArray[np.bool_]:
        """(h, w) whether a pixel is in a match."""
        matched = self.found.distances > 0
        return np.asarray(matched[self._of_pixels(self.makers)])

    @cached_property
    def bits(self) -> FloatArray:
        """(h, w) what each pixel takes: an even share of its symbol's bits.

        The bytes that name filters have their shares too, which are in none of the pixels.
        """
        spent = (self.found.bits + self.found.distance_bits) / self.found.lengths
        in_a_byte = np.minimum(
            8 // self.depth, self.width - np.arange(self.width) // (8 // self.depth) * (8 // self.depth)
        )
        return np.asarray(self._of_pixels(spent[self.makers]) / in_a_byte)

    def _of_pixels(self, of_bytes: npt.NDArray[np.generic]) -> npt.NDArray[np.generic]:
        """(h, w) of each pixel what is said of its byte, (h, line)."""
        return of_bytes[:, 1 + np.arange(self.width) * self.depth // 8]

    @property
    def spent(self) -> dict[str, int]:
        """The bits of literals, lengths and distances, and all other ones: they are those of the file."""
        found = self.found
        matched = found.distances > 0
        told = {
            "literals": int(found.bits[~matched].sum()),
            "lengths": int(found.bits[matched].sum()),
            "distances": int(found.distance_bits.sum()),
        }
        return {**told, "others": 8 * self.size - sum(told.values())}

    def spans(self, row: int) -> list[Span]:
        """The symbols of a row of pixels, from left to right; what reaches into another row is cut."""
        makers = self.makers[row, 1:]
        ends = (np.flatnonzero(np.diff(makers)) + 1).tolist()
        begun_before = int(self.makers[row, 0])
        a_byte = 8 // self.depth
        return [
            Span(
                first * a_byte,
                min(end * a_byte, self.width),
                bool(self.found.distances[makers[first]]),
                int(makers[first]) != begun_before,
            )
            for first, end in zip([0, *ends], [*ends, len(makers)], strict=True)
        ]
