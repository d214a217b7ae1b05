"""Counting the distinct colors of a picture, and finding a pixel's color again. Compiled by Cython.

Definition: `count_colors` in reference.py.

Colors are ordered by their Morton code (the bits of the channels interleaved, first channel highest), so that
colors that are alike are neighbors: that order is also the layout of the octree that k-means walks.
"""

import cython
from cython.cimports.libc.stdint import int32_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t
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


# Four-channel colors, each read as one 32-bit number, in a hash table: linear probing from where Fibonacci hashing
# begins (Knuth, TAOCP 3, 6.4). At most half of the slots are full, so that colors as they come need 1.5 collisions a
# search. But colors can be made that collide with all others, and then searches would take time that grows with the
# square of their number. So collisions are counted: when there are too many, the colors are sorted instead.
Table = cython.struct(
    slots=cython.pointer[uint32_t],  # 1 + the row of the color that is there, or 0
    size=cython.Py_ssize_t,  # a power of two
    shift=cython.int,
    keys=cython.pointer[cython.const[uint32_t]],  # (filled,) the colors
    filled=cython.Py_ssize_t,
    collisions=cython.Py_ssize_t,  # slots that were looked at in vain
    most=cython.Py_ssize_t,  # beyond so many the table is given up
    order=cython.pointer[uint32_t],  # the rows in ascending order of their colors, once it is; else NULL
)
# Collisions a search may have on the mean.
PATIENCE = cython.declare(cython.int, 8)
# Collisions that are allowed besides, so that a few unlucky colors of a small picture do not matter.
SPARE = cython.declare(cython.int, 4096)


@cython.cfunc
@cython.nogil
@cython.inline
@cython.exceptval(check=False)
def first_slot(key: uint32_t, shift: cython.int) -> cython.Py_ssize_t:
    """Where the search for a color begins."""
    return cython.cast(cython.Py_ssize_t, (key * cython.cast(uint32_t, 2654435769)) >> shift)


@cython.cfunc
@cython.nogil
@cython.inline
@cython.exceptval(check=False)
def slot_of(table: cython.pointer[Table], key: uint32_t) -> cython.Py_ssize_t:
    """The slot of a color, or the empty one where its place is."""
    slots: cython.pointer[uint32_t] = table.slots
    keys: cython.pointer[cython.const[uint32_t]] = table.keys
    last: cython.Py_ssize_t = table.size - 1
    slot: cython.Py_ssize_t = first_slot(key, table.shift)
    collisions: cython.Py_ssize_t = 0
    while slots[slot] != 0 and keys[slots[slot] - 1] != key:
        slot = (slot + 1) & last
        collisions += 1
    table.collisions += collisions
    return slot


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def fill_table(table: cython.pointer[Table]) -> cython.bint:
    """Makes slots for the colors of a table, at least twice as many as there are. Returns whether there was memory.

    Stops in between when there are too many collisions.
    """
    row: cython.Py_ssize_t
    slot: cython.Py_ssize_t
    last: cython.Py_ssize_t
    collisions: cython.Py_ssize_t = 0
    most: cython.Py_ssize_t = table.most - table.collisions
    shift: cython.int
    slots: cython.pointer[uint32_t]
    keys: cython.pointer[cython.const[uint32_t]]
    free(table.slots)
    while table.size < 2 * table.filled:
        table.size *= 2
        table.shift -= 1
    table.slots = cython.cast(cython.pointer[uint32_t], calloc(table.size, 4))
    if table.slots == cython.NULL:
        return False
    slots = table.slots
    keys = table.keys
    last = table.size - 1
    shift = table.shift
    for row in range(table.filled):
        slot = first_slot(keys[row], shift)
        while slots[slot] != 0:  # the colors are different: none needs to be compared
            slot = (slot + 1) & last
            collisions += 1
        slots[slot] = cython.cast(uint32_t, row + 1)
        if collisions > most:
            break
    table.collisions += collisions
    return True


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def open_table(
    table: cython.pointer[Table],
    keys: cython.pointer[cython.const[uint32_t]],
    filled: cython.Py_ssize_t,
    searches: cython.Py_ssize_t,
    bits: cython.int,
) -> cython.bint:
    """A table of at least 2**bits slots for distinct colors, in which there will be so many searches.

    Returns whether there was memory; `close_table` must follow in any case.
    """
    table.slots = cython.NULL
    table.order = cython.NULL
    table.keys = keys
    table.filled = filled
    table.size = cython.cast(cython.Py_ssize_t, 1) << bits
    table.shift = 32 - bits
    table.collisions = 0
    table.most = PATIENCE * (filled + searches) + SPARE
    return fill_table(table)


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def close_table(table: cython.pointer[Table]) -> cython.void:
    """Gives the memory back."""
    free(table.slots)
    free(table.order)


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def sorted_rows(keys: cython.pointer[cython.const[uint32_t]], n: cython.Py_ssize_t) -> cython.pointer[uint32_t]:
    """The rows of n colors in ascending order of the colors, equal ones as they stand: a radix sort by bytes.

    NULL if there is no memory; else to be freed.
    """
    ends: cython.Py_ssize_t[257]
    i: cython.Py_ssize_t
    byte: uint32_t
    shift: cython.int
    order: cython.pointer[uint32_t] = cython.cast(cython.pointer[uint32_t], malloc(n * 4 + 4))
    spare: cython.pointer[uint32_t] = cython.cast(cython.pointer[uint32_t], malloc(n * 4 + 4))
    other: cython.pointer[uint32_t]
    if order == cython.NULL or spare == cython.NULL:
        free(order)
        free(spare)
        return cython.NULL
    for i in range(n):
        order[i] = cython.cast(uint32_t, i)
    for shift in range(0, 32, 8):
        memset(ends, 0, cython.sizeof(ends))
        for i in range(n):
            ends[((keys[i] >> shift) & 255) + 1] += 1
        for i in range(256):
            ends[i + 1] += ends[i]
        for i in range(n):
            byte = (keys[order[i]] >> shift) & 255
            spare[ends[byte]] = order[i]
            ends[byte] += 1
        other = order
        order = spare
        spare = other
    free(spare)
    return order


@cython.cfunc
@cython.nogil
@cython.inline
@cython.exceptval(check=False)
def row_of(table: cython.pointer[Table], key: uint32_t) -> cython.Py_ssize_t:
    """The row of a color: -1 if it is not there, -2 if there is no memory."""
    low: cython.Py_ssize_t = 0
    high: cython.Py_ssize_t = table.filled
    middle: cython.Py_ssize_t
    if table.collisions <= table.most:
        return cython.cast(cython.Py_ssize_t, table.slots[slot_of(table, key)]) - 1
    if table.order == cython.NULL:
        table.order = sorted_rows(table.keys, table.filled)
        if table.order == cython.NULL:
            return -2
    while low < high:
        middle = low + (high - low) // 2
        if table.keys[table.order[middle]] < key:
            low = middle + 1
        else:
            high = middle
    if low < table.filled and table.keys[table.order[low]] == key:
        return table.order[low]
    return -1


def count_rgba(
    pixels: cython.const[uint32_t][::1], keys: uint32_t[::1], weights: int64_t[::1]
) -> tuple[cython.Py_ssize_t, cython.Py_ssize_t]:
    """Counts four-channel pixels, each read as one 32-bit number, in a hash table.

    IN pixels (n,). OUT keys, weights: the distinct numbers *in no particular order* and how often each occurs;
    both need room for n. Returns how many there are, and how many collisions there were: at most 8 n + 4096, and then
    n more in the last search; if there are more than 8 n + 4096, pixels were sorted after all.
    """
    n: cython.Py_ssize_t = pixels.shape[0]
    i: cython.Py_ssize_t = 0
    slot: cython.Py_ssize_t
    last: cython.Py_ssize_t
    found: cython.Py_ssize_t = 0
    collisions: cython.Py_ssize_t = 0
    shift: cython.int
    key: uint32_t
    slots: cython.pointer[uint32_t]
    table: Table
    good: cython.bint
    order: cython.pointer[uint32_t] = cython.NULL
    if n == 0:
        return 0, 0
    with cython.nogil:
        good = open_table(cython.address(table), cython.address(keys[0]), 0, n, 12)
        slots = table.slots  # in local variables a search takes a quarter less time
        last = table.size - 1
        shift = table.shift
        while good and i < n and collisions <= table.most:
            key = pixels[i]
            slot = first_slot(key, shift)
            while slots[slot] != 0 and keys[slots[slot] - 1] != key:
                slot = (slot + 1) & last
                collisions += 1
            i += 1
            if slots[slot] != 0:
                weights[slots[slot] - 1] += 1
                continue
            keys[found] = key
            weights[found] = 1
            found += 1
            slots[slot] = cython.cast(uint32_t, found)
            if found * 2 > table.size:
                table.filled = found
                table.collisions = collisions
                good = fill_table(cython.address(table))
                collisions = table.collisions
                slots = table.slots
                last = table.size - 1
                shift = table.shift
        table.filled = found
        table.collisions = collisions
        if good and table.collisions > table.most:
            order = sorted_rows(cython.address(pixels[0]), n)
            good = order != cython.NULL
            table.filled = 0
            if good:
                for i in range(n):
                    key = pixels[order[i]]
                    if table.filled == 0 or keys[table.filled - 1] != key:
                        keys[table.filled] = key
                        weights[table.filled] = 0
                        table.filled += 1
                    weights[table.filled - 1] += 1
            free(order)
        close_table(cython.address(table))
    if not good:
        raise MemoryError
    return table.filled, table.collisions


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def find_each(
    pixels: cython.const[uint32_t][::1],
    keys: cython.const[uint32_t][::1],
    rows: cython.pointer[int32_t],
    labels: cython.pointer[cython.const[uint8_t]],
    indices: cython.pointer[uint8_t],
) -> cython.int:
    """The place of each pixel's color among the keys goes into rows; if rows is NULL, the label there into indices.

    Returns 1 if every pixel was found, 0 if not, -1 if there is no memory.
    """
    i: cython.Py_ssize_t
    row: cython.Py_ssize_t = 0
    last: uint32_t = 0
    label: uint8_t = 0
    found: cython.int = 1
    table: Table
    if pixels.shape[0] == 0 or keys.shape[0] == 0:
        return pixels.shape[0] == 0
    if not open_table(cython.address(table), cython.address(keys[0]), keys.shape[0], pixels.shape[0], 4):
        found = -1
    else:
        for i in range(pixels.shape[0]):
            if i == 0 or pixels[i] != last:
                last = pixels[i]
                row = row_of(cython.address(table), last)
                if row < 0:
                    found = 0 if row == -1 else -1
                    break
                if rows == cython.NULL:
                    label = labels[row]
            if rows == cython.NULL:
                indices[i] = label
            else:
                rows[i] = cython.cast(int32_t, row)
    close_table(cython.address(table))
    return found


def rows_of_rgba(
    pixels: cython.const[uint32_t][::1], keys: cython.const[uint32_t][::1], rows: int32_t[::1]
) -> cython.bint:
    """The place of each pixel's color in a histogram.

    IN pixels (n,); keys (m,) distinct. OUT rows (n,). Returns whether every pixel was found.
    """
    found: cython.int
    with cython.nogil:
        found = find_each(pixels, keys, cython.address(rows[0]), cython.NULL, cython.NULL)
    if found < 0:
        raise MemoryError
    return found == 1


def look_up_rgba(
    pixels: cython.const[uint32_t][::1],
    keys: cython.const[uint32_t][::1],
    labels: cython.const[uint8_t][::1],
    indices: uint8_t[::1],
) -> cython.bint:
    """The label of each pixel's color.

    IN pixels (n,); keys (m,) distinct; labels (m,). OUT indices (n,). Returns whether every pixel was found.
    """
    found: cython.int
    with cython.nogil:
        found = find_each(pixels, keys, cython.NULL, cython.address(labels[0]), cython.address(indices[0]))
    if found < 0:
        raise MemoryError
    return found == 1


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
