"""Pixels counted in bins of colors that are alike, and an entry for each pixel by its bin.

Compiled by Cython. Definitions: `bin_codes` and `bin_sums` in reference.py. All sums are whole numbers and exact.

A bin is a cube of 8 x 8 x 8 colors. In tables it stands at 2**10 x red + 2**5 x green + blue, of the five high bits of
each. A translucent pixel is in the bin of its color times alpha, at its level of alpha, 0 to 29. What is opaque and
what is translucent is counted in tables of their own, and transparent pixels are in none.
"""

import cython
from cython.cimports.libc.stdint import int64_t, uint8_t, uint16_t, uint32_t, uint64_t

CUBE = cython.declare(cython.int, 1 << 15)  # bins of the opaque colors, and of a level of alpha
LEVELS = cython.declare(cython.int, 30)  # of alpha between transparent and opaque
ONE = cython.declare(uint64_t, 1 << 32)  # a pixel, in the high half of a word
LOW = cython.declare(uint64_t, (1 << 32) - 1)


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
def three(pixel: cython.pointer[cython.const[uint8_t]]) -> uint32_t:
    """Red, green and blue, the lowest byte first."""
    return pixel[0] | (cython.cast(uint32_t, pixel[1]) << 8) | (cython.cast(uint32_t, pixel[2]) << 16)


@cython.cfunc
@cython.nogil
@cython.inline
@cython.exceptval(check=False)
def four(pixel: cython.pointer[cython.const[uint8_t]]) -> uint32_t:
    """The same and the next byte: compilers know this for one read, and it takes half the time of `three`."""
    return three(pixel) | (cython.cast(uint32_t, pixel[3]) << 24)


@cython.cfunc
@cython.nogil
@cython.inline
@cython.exceptval(check=False)
def opaque_bin(color: uint32_t) -> uint32_t:
    """The bin of a color as `three` gives it, whatever the highest byte is."""
    return ((color & 0xF8) << 7) | ((color >> 6) & 0x3E0) | ((color >> 19) & 0x1F)


@cython.cfunc
@cython.nogil
@cython.inline
@cython.exceptval(check=False)
def translucent_bin(color: uint32_t, alpha: uint32_t) -> uint32_t:
    """The same of a translucent color, alpha 1 to 254."""
    return (
        ((alpha - 1) * LEVELS // 254 << 15)
        | (times(color & 0xFF, alpha) >> 3 << 10)
        | (times((color >> 8) & 0xFF, alpha) >> 3 << 5)
        | (times((color >> 16) & 0xFF, alpha) >> 3)
    )


@cython.cfunc
@cython.nogil
@cython.inline
@cython.exceptval(check=False)
def add_opaque(color: uint32_t, table: cython.pointer[uint64_t]) -> cython.void:
    """Adds an opaque pixel to its bin."""
    sums: cython.pointer[uint64_t] = table + 2 * opaque_bin(color)
    sums[0] += ONE + (color & 0xFF)
    sums[1] += (cython.cast(uint64_t, (color >> 8) & 0xFF) << 32) + ((color >> 16) & 0xFF)


def count_rgb(pixels: cython.const[uint8_t][:, ::1], table: uint64_t[:, ::1]) -> None:
    """Adds pixels to a table of bins, which may hold at most 2**24 of them.

    IN pixels (n, 3). OUT table (2**15, 2), added to: 2**32 x pixels + red, 2**32 x green + blue.
    Neighbors often share a bin, and would wait for each other; so pixels of four places take turns.
    """
    n: cython.Py_ssize_t = pixels.shape[0]
    quarter: cython.Py_ssize_t = (n - 1) // 4  # behind the last pixel there is no byte to read
    i: cython.Py_ssize_t
    pixel: cython.pointer[cython.const[uint8_t]]
    bins: cython.pointer[uint64_t] = cython.address(table[0, 0])
    if n == 0:
        return
    with cython.nogil:
        pixel = cython.address(pixels[0, 0])
        for i in range(quarter):
            add_opaque(four(pixel + 3 * i), bins)
            add_opaque(four(pixel + 3 * (i + quarter)), bins)
            add_opaque(four(pixel + 3 * (i + 2 * quarter)), bins)
            add_opaque(four(pixel + 3 * (i + 3 * quarter)), bins)
        for i in range(4 * quarter, n):
            add_opaque(three(pixel + 3 * i), bins)


def count_rgba(
    pixels: cython.const[uint8_t][:, ::1],
    alphas: cython.const[uint8_t][::1],
    opaque: uint64_t[:, ::1],
    rows: uint32_t[::1],
    bins: uint32_t[::1],
    sums: int64_t[:, ::1],
) -> cython.Py_ssize_t:
    """The same of pixels with alpha. Translucent bins are many and mostly empty: they get rows as they come.

    IN pixels (n, 4); alphas (256,) what each alpha is taken for. OUT opaque (2**15, 2), as in `count_rgb`;
    rows (30 x 2**15,), 0 at first: 1 + the row of a bin; with room for min(n, 30 x 2**15): bins, and sums (m, 5), their
    pixels, alpha times red, green and blue, and alpha. Returns m.
    """
    i: cython.Py_ssize_t
    found: cython.Py_ssize_t = 0
    row: cython.Py_ssize_t
    c: cython.int
    color: uint32_t
    alpha: uint32_t
    bin_: uint32_t
    with cython.nogil:
        for i in range(pixels.shape[0]):
            color = four(cython.address(pixels[i, 0]))
            alpha = alphas[color >> 24]
            if alpha == 255:
                add_opaque(color, cython.address(opaque[0, 0]))
            elif alpha > 0:
                bin_ = translucent_bin(color, alpha)
                if rows[bin_] == 0:
                    bins[found] = bin_
                    for c in range(5):
                        sums[found, c] = 0
                    found += 1
                    rows[bin_] = cython.cast(uint32_t, found)
                row = rows[bin_] - 1
                sums[row, 0] += 1
                sums[row, 1] += alpha * (color & 0xFF)
                sums[row, 2] += alpha * ((color >> 8) & 0xFF)
                sums[row, 3] += alpha * ((color >> 16) & 0xFF)
                sums[row, 4] += alpha
    return found


def gather_opaque(
    tables: cython.const[uint64_t][:, :, ::1],
    order: cython.const[uint16_t][::1],
    codes: uint32_t[::1],
    sums: int64_t[:, ::1],
) -> cython.int:
    """The bins that hold a pixel in any of some tables, in Morton order. Returns how many there are.

    IN tables (t, 2**15, 2), as `count_rgb` leaves them; order (2**15,): the bin of each code. OUT, with room for 2**15:
    codes; sums (n, 5) of all tables: pixels, alpha times red, green and blue, alpha.
    """
    bin_: cython.int
    code: cython.int
    t: cython.Py_ssize_t
    count: int64_t
    red: int64_t
    green: int64_t
    blue: int64_t
    word: uint64_t
    found: cython.int = 0
    with cython.nogil:
        for code in range(CUBE):
            bin_ = order[code]
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
            codes[found] = code
            sums[found, 0] = count
            sums[found, 1] = 255 * red
            sums[found, 2] = 255 * green
            sums[found, 3] = 255 * blue
            sums[found, 4] = 255 * count
            found += 1
    return found


def map_rgb(pixels: cython.const[uint8_t][:, ::1], entries: cython.const[uint8_t][::1], indices: uint8_t[::1]) -> None:
    """The entry of each pixel by its bin. IN pixels (n, 3), entries (2**15,). OUT indices (n,)."""
    last: cython.Py_ssize_t = pixels.shape[0] - 1
    i: cython.Py_ssize_t
    if last < 0:
        return
    with cython.nogil:
        for i in range(last):
            indices[i] = entries[opaque_bin(four(cython.address(pixels[i, 0])))]
        indices[last] = entries[opaque_bin(three(cython.address(pixels[last, 0])))]


def map_rgba(
    pixels: cython.const[uint8_t][:, ::1],
    alphas: cython.const[uint8_t][::1],
    transparent: uint8_t,
    translucent: cython.const[uint8_t][::1],
    opaque: cython.const[uint8_t][::1],
    indices: uint8_t[::1],
) -> None:
    """The same of pixels with alpha. IN pixels (n, 4); alphas (256,) as in `count_rgba`; transparent: the entry of
    transparent pixels; translucent (30 x 2**15,) and opaque (2**15,) those of bins. OUT indices (n,)."""
    i: cython.Py_ssize_t
    color: uint32_t
    alpha: uint32_t
    with cython.nogil:
        for i in range(pixels.shape[0]):
            color = four(cython.address(pixels[i, 0]))
            alpha = alphas[color >> 24]
            if alpha == 255:
                indices[i] = opaque[opaque_bin(color)]
            elif alpha == 0:
                indices[i] = transparent
            else:
                indices[i] = translucent[translucent_bin(color, alpha)]
