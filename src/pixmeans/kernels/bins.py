"""Pixels counted in bins of colors that are alike, and an entry for each pixel by its bin.

Compiled by Cython. Definitions: `bin_codes` and `bin_sums` in reference.py. All sums are whole numbers and exact.

A bin is a cube of 8 x 8 x 8 colors. Its code is the Morton code of the five high bits of red, green and blue, below
2**15. A translucent pixel has the code of its color times alpha, and above that its level of alpha, 0 to 5. What is
opaque and what is translucent is counted in tables of their own, and transparent pixels are in none.
"""

import cython
from cython.cimports.libc.stdint import int64_t, uint8_t, uint16_t, uint32_t, uint64_t

CUBE = cython.declare(cython.int, 1 << 15)  # bins of the opaque colors, and of a level of alpha
LEVELS = cython.declare(cython.int, 6)  # of alpha between transparent and opaque
ONE = cython.declare(uint64_t, 1 << 32)  # a pixel, in the high half of a word
LOW = cython.declare(uint64_t, (1 << 32) - 1)


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def fill_tables(codes: cython.pointer[uint16_t]) -> cython.void:
    """OUT (3, 256): the bits of the code that each byte of red, green and blue gives."""
    byte: cython.int
    bit: cython.int
    code: cython.int
    for byte in range(256):
        code = 0
        for bit in range(5):
            code |= ((byte >> (3 + bit)) & 1) << (3 * bit)
        codes[byte] = cython.cast(uint16_t, code << 2)
        codes[256 + byte] = cython.cast(uint16_t, code << 1)
        codes[512 + byte] = cython.cast(uint16_t, code)


@cython.cfunc
@cython.nogil
@cython.inline
@cython.exceptval(check=False)
def times(color: uint32_t, alpha: uint32_t) -> uint32_t:
    """Color times alpha as a byte: their product / 255, rounded."""
    product: uint32_t = color * alpha + 128
    return (product + (product >> 8)) >> 8


@cython.cfunc
@cython.nogil
@cython.inline
@cython.exceptval(check=False)
def translucent_code(
    codes: cython.pointer[uint16_t], pixel: cython.pointer[cython.const[uint8_t]], alpha: uint32_t
) -> uint32_t:
    """The bin of a translucent pixel, alpha 1 to 254."""
    return (
        codes[times(pixel[0], alpha)]
        | codes[256 + times(pixel[1], alpha)]
        | codes[512 + times(pixel[2], alpha)]
        | ((alpha - 1) * LEVELS // 254 << 15)
    )


@cython.cfunc
@cython.nogil
@cython.inline
@cython.exceptval(check=False)
def add_opaque(
    codes: cython.pointer[uint16_t], pixel: cython.pointer[cython.const[uint8_t]], table: cython.pointer[uint64_t]
) -> cython.void:
    """Adds an opaque pixel to its bin."""
    sums: cython.pointer[uint64_t] = table + 2 * (codes[pixel[0]] | codes[256 + pixel[1]] | codes[512 + pixel[2]])
    sums[0] += ONE + pixel[0]
    sums[1] += (cython.cast(uint64_t, pixel[1]) << 32) + pixel[2]


def count_rgb(pixels: cython.const[uint8_t][:, ::1], table: uint64_t[:, ::1]) -> None:
    """Adds pixels to a table of bins, which may hold at most 2**24 of them.

    IN pixels (n, 3). OUT table (2**15, 2), added to: 2**32 x pixels + red, 2**32 x green + blue.
    Neighbors often share a bin, and would wait for each other; so pixels of four places take turns.
    """
    quarter: cython.Py_ssize_t = pixels.shape[0] // 4
    i: cython.Py_ssize_t
    codes: uint16_t[768]
    pixel: cython.pointer[cython.const[uint8_t]]
    bins: cython.pointer[uint64_t] = cython.address(table[0, 0])
    if pixels.shape[0] == 0:
        return
    with cython.nogil:
        fill_tables(codes)
        pixel = cython.address(pixels[0, 0])
        for i in range(quarter):
            add_opaque(codes, pixel + 3 * i, bins)
            add_opaque(codes, pixel + 3 * (i + quarter), bins)
            add_opaque(codes, pixel + 3 * (i + 2 * quarter), bins)
            add_opaque(codes, pixel + 3 * (i + 3 * quarter), bins)
        for i in range(4 * quarter, pixels.shape[0]):
            add_opaque(codes, pixel + 3 * i, bins)


def count_rgba(
    pixels: cython.const[uint8_t][:, ::1],
    alphas: cython.const[uint8_t][::1],
    opaque: uint64_t[:, ::1],
    translucent: uint64_t[:, ::1],
) -> cython.Py_ssize_t:
    """The same of pixels with alpha. Returns how many are transparent.

    IN pixels (n, 4); alphas (256,) what each alpha is taken for. OUT opaque (2**15, 2), as in `count_rgb`;
    translucent (6 x 2**15, 4), added to: 2**32 x pixels + alpha, and alpha times red, green and blue.
    """
    n: cython.Py_ssize_t = pixels.shape[0]
    _: cython.Py_ssize_t
    transparent: cython.Py_ssize_t = 0
    codes: uint16_t[768]
    alpha: uint32_t
    pixel: cython.pointer[cython.const[uint8_t]]
    sums: cython.pointer[uint64_t]
    if n == 0:
        return 0
    with cython.nogil:
        fill_tables(codes)
        pixel = cython.address(pixels[0, 0])
        for _ in range(n):
            alpha = alphas[pixel[3]]
            if alpha == 255:
                add_opaque(codes, pixel, cython.address(opaque[0, 0]))
            elif alpha == 0:
                transparent += 1
            else:
                sums = cython.address(translucent[0, 0]) + 4 * translucent_code(codes, pixel, alpha)
                sums[0] += ONE + alpha
                sums[1] += alpha * pixel[0]
                sums[2] += alpha * pixel[1]
                sums[3] += alpha * pixel[2]
            pixel += 4
    return transparent


def gather_opaque(tables: cython.const[uint64_t][:, :, ::1], codes: uint32_t[::1], sums: int64_t[:, ::1]) -> cython.int:
    """The bins that hold a pixel in any of some tables, ascending. Returns how many there are.

    IN tables (t, 2**15, 2), as `count_rgb` leaves them. OUT, with room for 2**15: codes; sums (n, 5) of all tables:
    pixels, alpha times red, green and blue, alpha.
    """
    bin_: cython.int
    t: cython.Py_ssize_t
    count: int64_t
    red: int64_t
    green: int64_t
    blue: int64_t
    word: uint64_t
    found: cython.int = 0
    with cython.nogil:
        for bin_ in range(CUBE):
            word = 0
            for t in range(tables.shape[0]):
                word |= tables[t, bin_, 0]
            if word == 0:
                continue
            count = red = green = blue = 0
            for t in range(tables.shape[0]):
                count += cython.cast(int64_t, tables[t, bin_, 0] >> 32)
                red += cython.cast(int64_t, tables[t, bin_, 0] & LOW)
                green += cython.cast(int64_t, tables[t, bin_, 1] >> 32)
                blue += cython.cast(int64_t, tables[t, bin_, 1] & LOW)
            codes[found] = bin_
            sums[found, 0] = count
            sums[found, 1] = 255 * red
            sums[found, 2] = 255 * green
            sums[found, 3] = 255 * blue
            sums[found, 4] = 255 * count
            found += 1
    return found


def gather_translucent(
    tables: cython.const[uint64_t][:, :, ::1], codes: uint32_t[::1], sums: int64_t[:, ::1]
) -> cython.int:
    """The same of translucent pixels. IN tables (t, 6 x 2**15, 4). OUT, with room for 6 x 2**15."""
    bin_: cython.int
    t: cython.Py_ssize_t
    c: cython.int
    word: uint64_t
    found: cython.int = 0
    with cython.nogil:
        for bin_ in range(LEVELS * CUBE):
            word = 0
            for t in range(tables.shape[0]):
                word |= tables[t, bin_, 0]
            if word == 0:
                continue
            for c in range(5):
                sums[found, c] = 0
            for t in range(tables.shape[0]):
                sums[found, 0] += cython.cast(int64_t, tables[t, bin_, 0] >> 32)
                sums[found, 4] += cython.cast(int64_t, tables[t, bin_, 0] & LOW)
                for c in range(1, 4):
                    sums[found, c] += cython.cast(int64_t, tables[t, bin_, c])
            codes[found] = bin_
            found += 1
    return found


def map_rgb(pixels: cython.const[uint8_t][:, ::1], entries: cython.const[uint8_t][::1], indices: uint8_t[::1]) -> None:
    """The entry of each pixel by its bin. IN pixels (n, 3), entries (2**15,). OUT indices (n,)."""
    n: cython.Py_ssize_t = pixels.shape[0]
    i: cython.Py_ssize_t
    codes: uint16_t[768]
    pixel: cython.pointer[cython.const[uint8_t]]
    if n == 0:
        return
    with cython.nogil:
        fill_tables(codes)
        pixel = cython.address(pixels[0, 0])
        for i in range(n):
            indices[i] = entries[codes[pixel[0]] | codes[256 + pixel[1]] | codes[512 + pixel[2]]]
            pixel += 3


def map_rgba(
    pixels: cython.const[uint8_t][:, ::1],
    alphas: cython.const[uint8_t][::1],
    transparent: uint8_t,
    translucent: cython.const[uint8_t][::1],
    opaque: cython.const[uint8_t][::1],
    indices: uint8_t[::1],
) -> None:
    """The same of pixels with alpha. IN pixels (n, 4); alphas (256,) as in `count_rgba`; transparent: the entry of
    transparent pixels; translucent (6 x 2**15,) and opaque (2**15,) those of bins. OUT indices (n,)."""
    n: cython.Py_ssize_t = pixels.shape[0]
    i: cython.Py_ssize_t
    codes: uint16_t[768]
    alpha: uint32_t
    pixel: cython.pointer[cython.const[uint8_t]]
    if n == 0:
        return
    with cython.nogil:
        fill_tables(codes)
        pixel = cython.address(pixels[0, 0])
        for i in range(n):
            alpha = alphas[pixel[3]]
            if alpha == 255:
                indices[i] = opaque[codes[pixel[0]] | codes[256 + pixel[1]] | codes[512 + pixel[2]]]
            elif alpha == 0:
                indices[i] = transparent
            else:
                indices[i] = translucent[translucent_code(codes, pixel, alpha)]
            pixel += 4
