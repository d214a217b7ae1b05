from libc.stdint cimport int16_t, int32_t, int64_t, uint16_t

cdef extern from "lanes.h" nogil:
    const int LANES_MOST
    int32_t pair_of(int16_t low, int16_t high)
    void add_point(int64_t *sums, int64_t weight, int32_t pair01, int32_t pair23)
    int eight_lanes()
    int keep_candidates(int wide, const int32_t *box, const int32_t *from01, const int32_t *from23,
                        const int32_t *from_, int m, int32_t *to01, int32_t *to23, int32_t *to, int *favourite)
    void assign_leaf(int wide, const int32_t *p01, const int32_t *p23, const int64_t *weights, int64_t n, int heavy,
                     const int32_t *c01, const int32_t *c23, const int32_t *candidates, int m, int64_t *sums,
                     uint16_t *labels)
    int nearest_candidate(int wide, int32_t p01, int32_t p23, const int32_t *c01, const int32_t *c23, int m)
