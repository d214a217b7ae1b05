# The dictionary of GIF's LZW, shared by what writes it (lzw.py) and what searches it (rate_gif.py).
#
# It is a trie: a node is a phrase, its children are that phrase and one more index. Nodes are numbered as their codes
# are, but for a gap: 0 to 255 are the single indices, longer phrases follow from 256 in the order they were learnt.

from libc.stdint cimport int32_t, uint8_t, uint16_t

cdef enum:
    CODES = 4096  # of 12 bits at most
    ROOTS = 256
    NODES = 4352  # ROOTS + CODES

ctypedef struct Trie:
    uint16_t child[NODES][256]  # the phrase and this index, 0 if it is not known: no child is a root
    int32_t first[NODES]  # the youngest child, or 0
    int32_t next[NODES]  # the next older sibling, or 0
    int32_t parent[NODES]
    uint8_t index[NODES]  # the last one of the phrase
    int code_bits  # of a single index
    int size  # codes that are taken: by indices, to clear, to end, by phrases
    int width  # bits of a code
    int patience  # see `pack` in lzw.py
    int block_codes  # written in this block, since the dictionary is full
    int block_pixels  # that these stand for
    int best_pixels  # the most that a whole block stood for

cdef Trie *new_trie(int code_bits, int patience) noexcept nogil
cdef int learn(Trie *trie, int node, int index, int length) noexcept nogil
cdef int end_width(Trie *trie) noexcept nogil
