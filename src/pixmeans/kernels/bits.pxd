from libc.stdint cimport uint64_t

cdef extern from "bits.h" nogil:
    int lowest_bit(uint64_t word)
