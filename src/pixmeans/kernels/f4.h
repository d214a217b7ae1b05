/* Vectors of four floats (f4) or of four 32-bit integers (i4): the compiler's own where it has them, else plain C. Every
   processor does each of these operations alike, and no two of them are ever fused. tests/kernels/test_lanes.py compares
   the three implementations. */
#ifndef PIXMEANS_F4_H
#define PIXMEANS_F4_H
#include <stdint.h>

#if defined(__GNUC__) && !defined(PIXMEANS_PLAIN)
typedef float f4 __attribute__((vector_size(16)));
typedef int32_t i4 __attribute__((vector_size(16)));
#define LANE(vector, lane) ((vector)[lane])
static inline f4 f4_of(float a, float b, float c, float d) { return (f4){a, b, c, d}; }
static inline f4 f4_add(f4 a, f4 b) { return a + b; }
static inline f4 f4_sub(f4 a, f4 b) { return a - b; }
static inline f4 f4_mul(f4 a, f4 b) { return a * b; }
static inline i4 f4_less(f4 a, f4 b) { return a < b; }
static inline i4 i4_of(int32_t a, int32_t b, int32_t c, int32_t d) { return (i4){a, b, c, d}; }
static inline i4 i4_add(i4 a, i4 b) { return a + b; }
static inline i4 i4_more(i4 a, i4 b) { return a > b; }
#if defined(__SSE4_1__)
#include <smmintrin.h>
static inline unsigned i4_bits(i4 mask) { return (unsigned)_mm_movemask_ps((__m128)mask); }
#define HAS_BITS
static inline f4 f4_select(i4 mask, f4 yes, f4 no) { return (f4)_mm_blendv_ps((__m128)no, (__m128)yes, (__m128)mask); }
static inline i4 i4_select(i4 mask, i4 yes, i4 no) { return (i4)_mm_blendv_ps((__m128)no, (__m128)yes, (__m128)mask); }
#else
static inline f4 f4_select(i4 mask, f4 yes, f4 no) { return (f4)((mask & (i4)yes) | (~mask & (i4)no)); }
static inline i4 i4_select(i4 mask, i4 yes, i4 no) { return (mask & yes) | (~mask & no); }
#endif
#if defined(__clang__)
#define SHUFFLE(a, b, i, j, k, l) __builtin_shufflevector(a, b, i, j, k, l)
#else
#define SHUFFLE(a, b, i, j, k, l) __builtin_shuffle(a, b, (i4){i, j, k, l})
#endif
/* The sums (0 + 1) + (2 + 3) of the lanes of four vectors. */
static inline f4 f4_sums(f4 a, f4 b, f4 c, f4 d)
{
    f4 ab = SHUFFLE(a, b, 0, 4, 2, 6) + SHUFFLE(a, b, 1, 5, 3, 7), cd = SHUFFLE(c, d, 0, 4, 2, 6) + SHUFFLE(c, d, 1, 5, 3, 7);
    return SHUFFLE(ab, cd, 0, 1, 4, 5) + SHUFFLE(ab, cd, 2, 3, 6, 7);
}
static inline float f4_sum(f4 a) { return (a[0] + a[1]) + (a[2] + a[3]); }
#define EVERY_LANE_LIKE(mask, lane) SHUFFLE(mask, mask, lane, lane, lane, lane)
#else /* plain C */
typedef struct { float lane[4]; } f4;
typedef struct { int32_t lane[4]; } i4;
#define LANE(vector, at) ((vector).lane[at])
#define PLAIN_PAIR(type, name, from, expression)  \
    static type name(from a, from b)              \
    {                                             \
        type r;                                   \
        int i;                                    \
        for (i = 0; i < 4; i++) r.lane[i] = (expression); \
        return r;                                 \
    }
static f4 f4_of(float a, float b, float c, float d) { f4 r; r.lane[0] = a, r.lane[1] = b, r.lane[2] = c, r.lane[3] = d; return r; }
static i4 i4_of(int32_t a, int32_t b, int32_t c, int32_t d) { i4 r; r.lane[0] = a, r.lane[1] = b, r.lane[2] = c, r.lane[3] = d; return r; }
PLAIN_PAIR(f4, f4_add, f4, a.lane[i] + b.lane[i])
PLAIN_PAIR(f4, f4_sub, f4, a.lane[i] - b.lane[i])
PLAIN_PAIR(f4, f4_mul, f4, a.lane[i] * b.lane[i])
PLAIN_PAIR(i4, f4_less, f4, a.lane[i] < b.lane[i] ? -1 : 0)
PLAIN_PAIR(i4, i4_add, i4, a.lane[i] + b.lane[i])
PLAIN_PAIR(i4, i4_more, i4, a.lane[i] > b.lane[i] ? -1 : 0)
static f4 f4_select(i4 mask, f4 yes, f4 no) { int i; for (i = 0; i < 4; i++) if (mask.lane[i]) no.lane[i] = yes.lane[i]; return no; }
static i4 i4_select(i4 mask, i4 yes, i4 no) { int i; for (i = 0; i < 4; i++) if (mask.lane[i]) no.lane[i] = yes.lane[i]; return no; }
static float f4_sum(f4 a) { return (a.lane[0] + a.lane[1]) + (a.lane[2] + a.lane[3]); }
static f4 f4_sums(f4 a, f4 b, f4 c, f4 d) { return f4_of(f4_sum(a), f4_sum(b), f4_sum(c), f4_sum(d)); }
#define EVERY_LANE_LIKE(mask, at) i4_of((mask).lane[at], (mask).lane[at], (mask).lane[at], (mask).lane[at])
#endif
#if !defined(HAS_BITS)
static inline unsigned i4_bits(i4 mask)
{
    return (unsigned)((LANE(mask, 0) & 1) | (LANE(mask, 1) & 2) | (LANE(mask, 2) & 4) | (LANE(mask, 3) & 8));
}
#endif
static inline f4 f4_all(float a) { return f4_of(a, a, a, a); }
static inline i4 i4_all(int32_t a) { return i4_of(a, a, a, a); }

/* values, numbers: of each lane the least value and the first number that had it. Returns the number of the least of all,
   of equals the lowest. OUT *least: that value. */
static inline int f4_least(f4 values, i4 numbers, float *least)
{
#if defined(SHUFFLE)
    f4 other = SHUFFLE(values, values, 2, 3, 0, 1);
    i4 at = SHUFFLE(numbers, numbers, 2, 3, 0, 1), less = (other < values) | ((other == values) & (at < numbers));
    values = f4_select(less, other, values);
    numbers = i4_select(less, at, numbers);
    other = SHUFFLE(values, values, 1, 0, 3, 2);
    at = SHUFFLE(numbers, numbers, 1, 0, 3, 2);
    less = (other < values) | ((other == values) & (at < numbers));
    *least = LANE(f4_select(less, other, values), 0);
    return LANE(i4_select(less, at, numbers), 0);
#else
    int lane, number = LANE(numbers, 0);
    *least = LANE(values, 0);
    for (lane = 1; lane < 4; lane++)
        if (LANE(values, lane) < *least || (LANE(values, lane) == *least && LANE(numbers, lane) < number))
            *least = LANE(values, lane), number = LANE(numbers, lane);
    return number;
#endif
}
#endif
