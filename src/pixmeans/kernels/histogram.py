"""Counting the distinct colors of a picture, and finding a pixel's color again. Compiled by Cython.

Colors are ordered by their Morton code (the bits of the channels interleaved, first channel highest), so that
colors that are alike are neighbours: that order is also the layout of the octree that k-means walks.
"""

import cython
from cython.cimports.libc.stdint import int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from cython.cimports.libc.stdlib import calloc, free, malloc, qsort
from cython.cimports.libc.string import memset
from cython.cimports.pixmeans.kernels.bits import lowest_bit

CODES = cython.declare(cython.int, 1 << 24)
CELLS = cython.declare(cython.int, 1 << 12)  # a cell is a cube of 16 x 16 x 16 colors


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def spread(byte: uint32_t) -> uint32_t:
    """The eight bits of a byte, moved three places apart: abc -> a00b00c."""
    byte = (byte | (byte << 8)) & 0x0000F00F
    byte = (byte | (byte << 4)) & 0x000C30C3
    return (byte | (byte << 2)) & 0x00249249


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def gather(code: uint32_t) -> uint32_t:
    """The inverse of `spread`; the bits between are ignored."""
    code &= 0x00249249
    code = (code | (code >> 2)) & 0x000C30C3
    code = (code | (code >> 4)) & 0x0000F00F
    return (code | (code >> 8)) & 0x000000FF


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def fill_tables(
    red: cython.pointer[uint32_t], green: cython.pointer[uint32_t], blue: cython.pointer[uint32_t]
) -> cython.void:
    """OUT the spread bits of each byte of red, green and blue: three look-ups and two ors make a code."""
    byte: cython.int
    for byte in range(256):
        red[byte] = spread(byte) << 2
        green[byte] = spread(byte) << 1
        blue[byte] = spread(byte)


def count_rgb_in_buckets(
    pixels: cython.const[uint8_t][:, ::1], codes: uint32_t[::1], weights: int64_t[::1]
) -> cython.Py_ssize_t:
    """Sorts the pixels into cells, then counts each cell in the first-level cache: best for small pictures.

    IN pixels (n, 3). OUT codes, weights: the distinct Morton codes, ascending, and how often each occurs;
    both need room for min(n, 2**24). Returns how many there are.
    """
    n: cython.Py_ssize_t = pixels.shape[0]
    red: uint32_t[256]
    green: uint32_t[256]
    blue: uint32_t[256]
    ends: cython.Py_ssize_t[4096 + 1]
    counters: uint32_t[4096]
    occupied: uint64_t[64]
    i: cython.Py_ssize_t
    cell: cython.int
    word: cython.int
    low: cython.int
    bits: uint64_t
    code: uint32_t
    found: cython.Py_ssize_t = 0
    pixel: cython.pointer[cython.const[uint8_t]]
    lows: cython.pointer[uint16_t] = cython.cast(cython.pointer[uint16_t], malloc(n * 2 + 2))
    if lows == cython.NULL:
        raise MemoryError
    with cython.nogil:
        fill_tables(red, green, blue)
        memset(ends, 0, cython.sizeof(ends))
        memset(counters, 0, cython.sizeof(counters))
        memset(occupied, 0, cython.sizeof(occupied))
        if n > 0:
            pixel = cython.address(pixels[0, 0])
            for i in range(n):
                code = red[pixel[3 * i]] | green[pixel[3 * i + 1]] | blue[pixel[3 * i + 2]]
                ends[(code >> 12) + 1] += 1
            for cell in range(CELLS):
                ends[cell + 1] += ends[cell]
            for i in range(n):
                code = red[pixel[3 * i]] | green[pixel[3 * i + 1]] | blue[pixel[3 * i + 2]]
                lows[ends[code >> 12]] = cython.cast(uint16_t, code & 0xFFF)
                ends[code >> 12] += 1
        i = 0
        for cell in range(CELLS):  # ends[cell] is the end of the cell now
            if i == ends[cell]:
                continue
            while i < ends[cell]:
                low = lows[i]
                counters[low] += 1
                occupied[low >> 6] |= cython.cast(uint64_t, 1) << (low & 63)
                i += 1
            for word in range(64):
                bits = occupied[word]
                while bits != 0:
                    low = word * 64 + lowest_bit(bits)
                    bits &= bits - 1
                    codes[found] = cython.cast(uint32_t, (cell << 12) | low)
                    weights[found] = counters[low]
                    counters[low] = 0
                    found += 1
                occupied[word] = 0
    free(lows)
    return found


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def compare_codes(
    a: cython.pointer[cython.const[cython.void]], b: cython.pointer[cython.const[cython.void]]
) -> cython.int:
    """The order of two codes, for qsort."""
    left: uint32_t = cython.cast(cython.pointer[cython.const[uint32_t]], a)[0]
    right: uint32_t = cython.cast(cython.pointer[cython.const[uint32_t]], b)[0]
    return (left > right) - (left < right)


def count_rgb_in_table(
    pixels: cython.const[uint8_t][:, ::1], codes: uint32_t[::1], weights: int64_t[::1]
) -> cython.Py_ssize_t:
    """Counts in one table with a byte for each of the 2**24 colors: best for large pictures.

    A byte that has counted to 256 starts anew, and its code is noted in a list of carries; wider counters would not
    fit the third-level cache. Same arguments and result as `count_rgb_in_buckets`.
    """
    n: cython.Py_ssize_t = pixels.shape[0]
    red: uint32_t[256]
    green: uint32_t[256]
    blue: uint32_t[256]
    i: cython.Py_ssize_t
    word: cython.int
    byte: cython.int
    code: uint32_t
    full: uint64_t
    weight: int64_t
    found: cython.Py_ssize_t = 0
    carried: cython.Py_ssize_t = 0
    carry: cython.Py_ssize_t = 0
    pixel: cython.pointer[cython.const[uint8_t]]
    words: cython.pointer[uint64_t] = cython.cast(cython.pointer[uint64_t], calloc(CODES >> 3, 8))
    table: cython.pointer[uint8_t] = cython.cast(cython.pointer[uint8_t], words)
    carries: cython.pointer[uint32_t] = cython.cast(cython.pointer[uint32_t], malloc((n // 256 + 1) * 4))
    if words == cython.NULL or carries == cython.NULL:
        free(words)
        free(carries)
        raise MemoryError
    with cython.nogil:
        fill_tables(red, green, blue)
        if n > 0:
            pixel = cython.address(pixels[0, 0])
            for i in range(n):
                code = red[pixel[3 * i]] | green[pixel[3 * i + 1]] | blue[pixel[3 * i + 2]]
                table[code] += 1
                if table[code] == 0:
                    carries[carried] = code
                    carried += 1
        qsort(carries, carried, 4, compare_codes)
        for word in range(CODES >> 3):
            full = words[word]
            if full == 0 and (carry == carried or (carries[carry] >> 3) != cython.cast(uint32_t, word)):
                continue
            for byte in range(8):
                code = cython.cast(uint32_t, (word << 3) | byte)
                weight = table[code]
                while carry < carried and carries[carry] == code:
                    weight += 256
                    carry += 1
                if weight != 0:
                    codes[found] = code
                    weights[found] = weight
                    found += 1
    free(words)
    free(carries)
    return found


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def slot_of(key: uint32_t, shift: cython.int) -> cython.Py_ssize_t:
    """Where a color's search in the hash table begins: Fibonacci hashing (Knuth, TAOCP 3, 6.4)."""
    return cython.cast(cython.Py_ssize_t, (key * cython.cast(uint32_t, 2654435769)) >> shift)


def count_rgba(pixels: cython.const[uint32_t][::1], keys: uint32_t[::1], weights: int64_t[::1]) -> cython.Py_ssize_t:
    """Counts four-channel pixels, each read as one 32-bit number, in a hash table.

    IN pixels (n,). OUT keys, weights: the distinct numbers *in no particular order* and how often each occurs;
    both need room for n. Returns how many there are.
    """
    n: cython.Py_ssize_t = pixels.shape[0]
    shift: cython.int = 32 - 12
    size: cython.Py_ssize_t = cython.cast(cython.Py_ssize_t, 1) << 12
    found: cython.Py_ssize_t = 0
    i: cython.Py_ssize_t = 0
    slot: cython.Py_ssize_t
    row: cython.Py_ssize_t
    key: uint32_t
    rows: cython.pointer[uint32_t] = cython.cast(cython.pointer[uint32_t], calloc(size, 4))
    if rows == cython.NULL:
        raise MemoryError
    with cython.nogil:
        while i < n:
            key = pixels[i]
            slot = slot_of(key, shift)
            while rows[slot] != 0 and keys[rows[slot] - 1] != key:
                slot = (slot + 1) & (size - 1)
            if rows[slot] != 0:
                weights[rows[slot] - 1] += 1
                i += 1
                continue
            keys[found] = key
            weights[found] = 1
            found += 1
            rows[slot] = cython.cast(uint32_t, found)
            i += 1
            if found * 2 > size:  # at most half full: searches stay short
                size *= 2
                shift -= 1
                free(rows)
                rows = cython.cast(cython.pointer[uint32_t], calloc(size, 4))
                if rows == cython.NULL:
                    break
                for row in range(found):
                    slot = slot_of(keys[row], shift)
                    while rows[slot] != 0:
                        slot = (slot + 1) & (size - 1)
                    rows[slot] = cython.cast(uint32_t, row + 1)
    if rows == cython.NULL:
        raise MemoryError
    free(rows)
    return found


def look_up_rgba(
    pixels: cython.const[uint32_t][::1],
    keys: cython.const[uint32_t][::1],
    labels: cython.const[uint8_t][::1],
    indices: uint8_t[::1],
) -> cython.bint:
    """The label of each pixel's color, found through a hash table of the colors.

    IN pixels (n,); keys (m,) distinct; labels (m,). OUT indices (n,). Returns whether every pixel was found.
    """
    n: cython.Py_ssize_t = pixels.shape[0]
    m: cython.Py_ssize_t = keys.shape[0]
    shift: cython.int = 32 - 4
    size: cython.Py_ssize_t = 16
    i: cython.Py_ssize_t
    slot: cython.Py_ssize_t
    key: uint32_t
    last: uint32_t = 0
    label: uint8_t = 0
    complete: cython.bint = True
    while size < 2 * m:
        size *= 2
        shift -= 1
    rows: cython.pointer[uint32_t] = cython.cast(cython.pointer[uint32_t], calloc(size, 4))
    if rows == cython.NULL:
        raise MemoryError
    with cython.nogil:
        for i in range(m):
            slot = slot_of(keys[i], shift)
            while rows[slot] != 0:
                slot = (slot + 1) & (size - 1)
            rows[slot] = cython.cast(uint32_t, i + 1)
        for i in range(n):
            key = pixels[i]
            if i == 0 or key != last:
                slot = slot_of(key, shift)
                while rows[slot] != 0 and keys[rows[slot] - 1] != key:
                    slot = (slot + 1) & (size - 1)
                if rows[slot] == 0:
                    complete = False
                    break
                label = labels[rows[slot] - 1]
                last = key
            indices[i] = label
    free(rows)
    return complete


def look_up_rgb(
    pixels: cython.const[uint8_t][:, ::1],
    codes: cython.const[uint32_t][::1],
    labels: cython.const[uint8_t][::1],
    indices: uint8_t[::1],
) -> None:
    """The label of each pixel's color, through a table of 2**24 labels whose pages appear where they are touched.

    IN pixels (n, 3); codes (m,) distinct Morton codes; labels (m,). OUT indices (n,).
    Trusts the caller that every pixel's color is among `codes` (a foreign color would get label 0).
    """
    n: cython.Py_ssize_t = pixels.shape[0]
    m: cython.Py_ssize_t = codes.shape[0]
    red: uint32_t[256]
    green: uint32_t[256]
    blue: uint32_t[256]
    i: cython.Py_ssize_t
    pixel: cython.pointer[cython.const[uint8_t]]
    table: cython.pointer[uint8_t] = cython.cast(cython.pointer[uint8_t], calloc(CODES, 1))
    if table == cython.NULL:
        raise MemoryError
    with cython.nogil:
        fill_tables(red, green, blue)
        for i in range(m):
            table[codes[i]] = labels[i]
        if n > 0:
            pixel = cython.address(pixels[0, 0])
            for i in range(n):
                indices[i] = table[red[pixel[3 * i]] | green[pixel[3 * i + 1]] | blue[pixel[3 * i + 2]]]
    free(table)


def colors_of_codes(codes: cython.const[uint32_t][::1], colors: uint8_t[:, ::1]) -> None:
    """IN codes (n,) Morton codes of RGB colors. OUT colors (n, 3)."""
    i: cython.Py_ssize_t
    with cython.nogil:
        for i in range(codes.shape[0]):
            colors[i, 0] = cython.cast(uint8_t, gather(codes[i] >> 2))
            colors[i, 1] = cython.cast(uint8_t, gather(codes[i] >> 1))
            colors[i, 2] = cython.cast(uint8_t, gather(codes[i]))
