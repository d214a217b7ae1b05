"""GIF's LZW: its dictionary, and the codes of indices. Compiled by Cython; `lzw.pxd` says what the dictionary holds.

`codes` and `pack` in tests/definitions/lzw.py are the same in plain Python; tests/kernels/test_lzw.py holds both equal.

T. Welch, "A technique for high-performance data compression", Computer 17 (1984); GIF89a, Appendix F.
"""

import cython
from cython.cimports.libc.stdint import uint8_t, uint16_t
from cython.cimports.libc.stdlib import calloc, free
from cython.cimports.pixmeans.kernels.rate_checks import check_range

BLOCK = cython.declare(cython.int, 128)  # codes between two looks at whether a full dictionary still serves


def pack(
    indices: cython.const[uint8_t][::1], code_bits: cython.int, patience: cython.int, data: uint8_t[::1]
) -> cython.Py_ssize_t:
    """The codes of indices, each of the longest phrase that the dictionary knows.

    IN indices (n >= 1,), below 2**code_bits. code_bits: of an index, 2 to 8. patience: when a full dictionary is
    cleared, -1 to 256: at once if -1, else after a block of codes that stands for less than patience / 256 of the
    pixels of the best block.
    OUT data: at least 2 n + 16 bytes. Returns how many were written: the codes, not yet in blocks.
    ValueError: what is beyond these limits, but indices are not looked at. MemoryError.
    """
    i: cython.Py_ssize_t
    n: cython.Py_ssize_t = indices.shape[0]
    at: cython.Py_ssize_t = 0
    node: cython.int
    child: cython.int
    length: cython.int = 1
    clear: cython.int
    clear_width: cython.int
    buffer: cython.ulonglong = 0  # up to 7 + 2 x 12 bits that are not yet a byte, the first ones lowest
    held: cython.int = 0
    trie: cython.pointer[Trie]
    check_range("code_bits", code_bits, 2, 8)
    check_range("patience", patience, -1, 256)
    if n < 1:
        raise ValueError("indices must be 1 or more, got none")
    if data.shape[0] < 2 * n + 16:
        raise ValueError(f"data must have {2 * n + 16} bytes or more, got {data.shape[0]}")
    clear = 1 << code_bits
    trie = new_trie(code_bits, patience)
    if trie == cython.NULL:
        raise MemoryError
    with cython.nogil:
        buffer = clear
        held = trie.width
        node = indices[0]
        for i in range(1, n + 1):
            if i < n:
                child = trie.child[node][indices[i]]
                if child != 0:
                    node = child
                    length += 1
                    continue
            buffer |= cython.cast(cython.ulonglong, code_of(trie, node)) << held
            held += trie.width
            if i < n:
                clear_width = learn(trie, node, indices[i], length)
                if clear_width > 0:
                    buffer |= cython.cast(cython.ulonglong, clear) << held
                    held += clear_width
                node = indices[i]
                length = 1
            else:
                buffer |= cython.cast(cython.ulonglong, clear + 1) << held
                held += end_width(trie)
            while held >= 8:
                data[at] = cython.cast(uint8_t, buffer & 255)
                at += 1
                buffer >>= 8
                held -= 8
        if held > 0:
            data[at] = cython.cast(uint8_t, buffer & 255)
            at += 1
    free(trie)
    return at


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def new_trie(code_bits: cython.int, patience: cython.int) -> cython.pointer[Trie]:
    """An empty dictionary, to be freed; NULL without memory."""
    trie: cython.pointer[Trie] = cython.cast(cython.pointer[Trie], calloc(1, cython.sizeof(Trie)))
    if trie != cython.NULL:
        trie.code_bits = code_bits
        trie.patience = patience
        trie.size = (1 << code_bits) + 2
        trie.width = code_bits + 1
    return trie


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def learn(trie: cython.pointer[Trie], node: cython.int, index: cython.int, length: cython.int) -> cython.int:
    """After the code of a node, which stands for `length` pixels, this index is next: that is a new phrase.

    Returns the bits of the clear code that must be written now, after which the dictionary is empty; 0 for none.
    """
    width: cython.int
    if trie.size < CODES:
        add_phrase(trie, node, index)
        if trie.size < CODES or trie.patience >= 0:
            return 0
    elif still_serves(trie, length):
        return 0
    width = trie.width
    forget(trie)
    return width


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def end_width(trie: cython.pointer[Trie]) -> cython.int:
    """The bits of the end code: a decoder learns from the last code too, and its width may have grown."""
    return trie.width + (trie.size == 1 << trie.width and trie.width < 12)


@cython.cfunc
@cython.nogil
@cython.inline
@cython.exceptval(check=False)
def code_of(trie: cython.pointer[Trie], node: cython.int) -> cython.int:
    """The code of a node. The codes to clear and to end lie between those of single indices and those of phrases."""
    return node if node < ROOTS else node - ROOTS + (1 << trie.code_bits) + 2


@cython.cfunc
@cython.nogil
@cython.inline
@cython.exceptval(check=False)
def next_node(trie: cython.pointer[Trie]) -> cython.int:
    """The node of the phrase that is learnt next."""
    return trie.size - (1 << trie.code_bits) - 2 + ROOTS


@cython.cfunc
@cython.nogil
@cython.inline
@cython.exceptval(check=False)
def add_phrase(trie: cython.pointer[Trie], node: cython.int, index: cython.int) -> cython.void:
    """Adds the phrase of a node and one more index. The next code may be its own, so codes get the width it needs."""
    new: cython.int = next_node(trie)
    trie.parent[new] = node
    trie.index[new] = cython.cast(uint8_t, index)
    trie.next[new] = trie.first[node]
    trie.first[node] = new
    trie.child[node][index] = cython.cast(uint16_t, new)
    if trie.size == 1 << trie.width and trie.width < 12:
        trie.width += 1
    trie.size += 1


@cython.cfunc
@cython.nogil
@cython.inline
@cython.exceptval(check=False)
def still_serves(trie: cython.pointer[Trie], length: cython.int) -> cython.bint:
    """Counts a code of a full dictionary. False at the end of a block that is worse than patience allows."""
    pixels: cython.int
    trie.block_pixels += length
    trie.block_codes += 1
    if trie.block_codes < BLOCK:
        return True
    pixels = trie.block_pixels
    trie.block_pixels = trie.block_codes = 0
    if pixels > trie.best_pixels:
        trie.best_pixels = pixels
    return pixels * 256 >= trie.best_pixels * trie.patience


@cython.cfunc
@cython.nogil
@cython.inline
@cython.exceptval(check=False)
def forget(trie: cython.pointer[Trie]) -> cython.void:
    """Empties the dictionary. Only what was learnt is undone, as a trie is 2 MB."""
    node: cython.int
    for node in range(ROOTS, next_node(trie)):
        trie.child[trie.parent[node]][trie.index[node]] = 0
        trie.first[node] = 0
    for node in range(ROOTS):
        trie.first[node] = 0
    trie.size = (1 << trie.code_bits) + 2
    trie.width = trie.code_bits + 1
    trie.block_codes = trie.block_pixels = trie.best_pixels = 0
