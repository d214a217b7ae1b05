"""Which color of a histogram a pixel of three channels has, and sums over the pixels of each. Compiled by Cython."""

import cython
from cython.cimports.libc.stdint import int32_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from cython.cimports.libc.stdlib import calloc, free

# A bit for each of 2**24 Morton codes, and by 64 of them how many stand before.
Places = cython.struct(
    spread=uint32_t[256],
    bits=cython.pointer[uint64_t],
    before=cython.pointer[int32_t],
)


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def open_places(places: cython.pointer[Places], codes: cython.const[uint32_t][::1]) -> cython.bint:
    """Notes the codes. Returns whether there was memory; `close_places` must follow in any case."""
    i: cython.Py_ssize_t
    j: cython.int
    byte: uint32_t
    last: cython.Py_ssize_t = -1
    places.bits = cython.cast(cython.pointer[uint64_t], calloc(1 << 18, 8))
    places.before = cython.cast(cython.pointer[int32_t], calloc(1 << 18, 4))
    if places.bits == cython.NULL or places.before == cython.NULL:
        return False
    for byte in range(256):
        places.spread[byte] = 0
        for j in range(8):
            places.spread[byte] |= ((byte >> j) & 1) << (3 * j)
    for i in range(codes.shape[0]):
        if cython.cast(cython.Py_ssize_t, codes[i] >> 6) != last:
            last = codes[i] >> 6
            places.before[last] = cython.cast(int32_t, i)
        places.bits[last] |= cython.cast(uint64_t, 1) << (codes[i] & 63)
    return True


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def close_places(places: cython.pointer[Places]) -> cython.void:
    """Gives the memory back."""
    free(places.bits)
    free(places.before)


@cython.cfunc
@cython.nogil
@cython.inline
@cython.exceptval(check=False)
def row_at(places: cython.pointer[Places], red: uint8_t, green: uint8_t, blue: uint8_t) -> int32_t:
    """The place of a color among the codes: how many bits are set before its own, in sums of pairs, fours, bytes."""
    code: uint32_t = places.spread[red] << 2 | places.spread[green] << 1 | places.spread[blue]
    word: uint64_t = places.bits[code >> 6] & ((cython.cast(uint64_t, 1) << (code & 63)) - 1)
    pairs: uint64_t = 0x5555555555555555
    fours: uint64_t = 0x3333333333333333
    bytes_: uint64_t = 0x0F0F0F0F0F0F0F0F
    ones: uint64_t = 0x0101010101010101
    word = word - ((word >> 1) & pairs)
    word = (word & fours) + ((word >> 2) & fours)
    word = (word + (word >> 4)) & bytes_
    return places.before[code >> 6] + cython.cast(int32_t, (word * ones) >> 56)


def rows_of_rgb(pixels: cython.const[uint8_t][:, ::1], codes: cython.const[uint32_t][::1], rows: int32_t[::1]) -> None:
    """The place of each pixel's color in a histogram.

    IN pixels (n, 3); codes (m,) ascending Morton codes, of every pixel's color. OUT rows (n,).
    """
    i: cython.Py_ssize_t
    places: Places
    good: cython.bint
    with cython.nogil:
        good = open_places(cython.address(places), codes)
        if good:
            for i in range(pixels.shape[0]):
                rows[i] = row_at(cython.address(places), pixels[i, 0], pixels[i, 1], pixels[i, 2])
        close_places(cython.address(places))
    if not good:
        raise MemoryError


def add_rgb(
    pixels: cython.const[uint8_t][:, ::1],
    codes: cython.const[uint32_t][::1],
    levels: cython.const[uint16_t][::1],
    sums: int64_t[::1],
) -> None:
    """Adds each pixel's level to the sum of its color, without a list of all places.

    IN pixels (n, 3); codes (m,) ascending Morton codes, of every pixel's color; levels (n,). INOUT sums (m,).
    """
    i: cython.Py_ssize_t
    places: Places
    good: cython.bint
    with cython.nogil:
        good = open_places(cython.address(places), codes)
        if good:
            for i in range(pixels.shape[0]):
                sums[row_at(cython.address(places), pixels[i, 0], pixels[i, 1], pixels[i, 2])] += levels[i]
        close_places(cython.address(places))
    if not good:
        raise MemoryError


def add(
    rows: cython.const[int32_t][::1],
    levels: cython.const[uint16_t][::1],
    sums: int64_t[::1],
) -> None:
    """The same for pixels whose places are known. IN rows, levels (n,). INOUT sums (m,)."""
    i: cython.Py_ssize_t
    with cython.nogil:
        for i in range(rows.shape[0]):
            sums[rows[i]] += levels[i]
