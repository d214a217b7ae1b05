from libc.stdint cimport int16_t, int32_t, int64_t, uint8_t, uint16_t

cdef extern from "rate_trellis.h" nogil:
    ctypedef struct RateBand:
        int32_t rows, width
        const int16_t *points
        const uint16_t *weights
        const uint8_t *flatness
        const uint8_t *forced
        uint8_t *indices
        int32_t k
        const float *palette
        float lambda_ "lambda"
        int32_t lead, shortest, longest
        const float *literal_bits
        const float *length_bits
        int32_t states, nearby
        const int32_t *distances
        const float *distance_bits
        float strength, left, down_left, down, down_right, decay, run_cost, ahead, alike, debt, debt_fades
        float column, column_fades, flat_chroma
        int64_t *literals
        int64_t *lengths
        int64_t *used
    int rate_band(RateBand *band)
