# What kernels/rate.py sees of the trellis; rate_band.h describes it.

from libc.stdint cimport int16_t, int32_t, int64_t, uint8_t, uint16_t

cdef extern from "rate_trellis.h" nogil:
    enum:
        RATE_STATES
        RATE_PAST
    ctypedef struct RateStream:
        int32_t lead, shortest, nearby
    ctypedef struct RateVisualModel:
        float strength, share_right, share_down_left, share_down, share_down_right
        float streak_decay, streak_cost, column_share, column_decay
        float below_weight, below_half_bits, feedback, feedback_decay, flat_chroma
    ctypedef struct RateBand:
        int32_t rows, width
        const int16_t *points
        const uint16_t *weights
        const uint8_t *flatness
        const uint8_t *locked
        uint8_t *indices
        int32_t k
        const float *palette
        float lambda_ "lambda"
        RateStream stream
        int32_t longest
        const float *literal_bits
        const float *length_bits
        int32_t states
        const int32_t *distances
        const float *distance_bits
        RateVisualModel visual_model
        int64_t *literal_counts
        int64_t *length_counts
        int64_t *match_counts
    int rate_band(RateBand *band)
