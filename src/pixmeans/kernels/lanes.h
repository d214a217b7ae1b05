/* The steps that are worth explicit vectors: which centroids can still be nearest to some point of a box, and which
   is nearest to each point of a leaf, or to a single point. Everything is whole numbers, so that every width of
   vector, and the plain C below, gives the same bits.

   A point or centroid is four 16-bit coordinates kept as two 32-bit pairs, so that one multiply-add instruction
   squares and adds two coordinates. The caller keeps differences below 2^15 and squared distances below 2^31. */
#ifndef PIXMEANS_LANES_H
#define PIXMEANS_LANES_H
#include <stdint.h>
#include <string.h>
#include "bits.h"

enum { LANES_MOST = 8 }; /* arrays of pairs are padded by this much, so that whole vectors can be read */

static inline int32_t pair_of(int16_t low, int16_t high) { return (int32_t)((uint32_t)(uint16_t)low | (uint32_t)(uint16_t)high << 16); }

/* Adds a point's contribution (weight, weighted coordinates) to five sums. */
static inline void add_point(int64_t *sums, int64_t weight, int32_t pair01, int32_t pair23)
{
    sums[0] += weight;
    sums[1] += weight * (int16_t)pair01;
    sums[2] += weight * (pair01 >> 16);
    sums[3] += weight * (int16_t)pair23;
    sums[4] += weight * (pair23 >> 16);
}

#if defined(__GNUC__) && (defined(__SSE4_1__) || defined(__ARM_NEON)) && !defined(PIXMEANS_PLAIN)

#define NAME(function) function##_4
#define LANES 4
#define TARGET
#if defined(__SSE4_1__)
#include <immintrin.h>
#define SQUARES(v) ((NAME(ints))_mm_madd_epi16((__m128i)(v), (__m128i)(v)))
#define SIGNS(v) _mm_movemask_ps((__m128)(v))
#define SELECT(mask, yes, no) ((NAME(ints))_mm_blendv_epi8((__m128i)(no), (__m128i)(yes), (__m128i)(mask)))
#define LEAST(a, b) ((NAME(ints))_mm_min_epi32((__m128i)(a), (__m128i)(b)))
/* to[0..3] += weight times four coordinates; weight below 2^31 */
static inline void add_products_4(int64_t *to, int32_t pair01, int32_t pair23, int64_t weight)
{
    __m128i low = _mm_cvtepi16_epi64(_mm_cvtsi32_si128(pair01)), high = _mm_cvtepi16_epi64(_mm_cvtsi32_si128(pair23));
    __m128i times = _mm_set1_epi64x(weight), *at = (__m128i *)to;
    _mm_storeu_si128(at, _mm_add_epi64(_mm_loadu_si128(at), _mm_mul_epi32(low, times)));
    _mm_storeu_si128(at + 1, _mm_add_epi64(_mm_loadu_si128(at + 1), _mm_mul_epi32(high, times)));
}
#define ADD_PRODUCTS add_products_4
#endif
#include "lanes_body.h"
#undef NAME
#undef LANES
#undef TARGET
#undef SQUARES
#undef SIGNS
#undef SELECT
#undef LEAST
#undef ADD_PRODUCTS

#if defined(__x86_64__) && defined(__SSE4_1__) && !defined(PIXMEANS_FOUR)
#define HAS_EIGHT 1
#define NAME(function) function##_8
#define LANES 8
#define TARGET __attribute__((target("avx2")))
#define SQUARES(v) ((NAME(ints))_mm256_madd_epi16((__m256i)(v), (__m256i)(v)))
#define SIGNS(v) _mm256_movemask_ps((__m256)(v))
#define SELECT(mask, yes, no) ((NAME(ints))_mm256_blendv_epi8((__m256i)(no), (__m256i)(yes), (__m256i)(mask)))
#define LEAST(a, b) ((NAME(ints))_mm256_min_epi32((__m256i)(a), (__m256i)(b)))
TARGET static inline void add_products_8(int64_t *to, int32_t pair01, int32_t pair23, int64_t weight)
{
    __m256i four = _mm256_cvtepi16_epi64(_mm_insert_epi32(_mm_cvtsi32_si128(pair01), pair23, 1)), *at = (__m256i *)to;
    _mm256_storeu_si256(at, _mm256_add_epi64(_mm256_loadu_si256(at), _mm256_mul_epi32(four, _mm256_set1_epi64x(weight))));
}
#define ADD_PRODUCTS add_products_8
#include "lanes_body.h"
#undef NAME
#undef LANES
#undef TARGET
#undef SQUARES
#undef SIGNS
#undef SELECT
#undef LEAST
#undef ADD_PRODUCTS
static inline int eight_lanes(void) { return __builtin_cpu_supports("avx2"); }
#else
static inline int eight_lanes(void) { return 0; }
#endif

#else /* plain C: one lane */

#include "lanes_plain.h"
static inline int eight_lanes(void) { return 0; }
#endif

#ifdef HAS_EIGHT
#define BY_WIDTH(function, wide, ...) ((wide) ? function##_8(__VA_ARGS__) : function##_4(__VA_ARGS__))
#else
#define BY_WIDTH(function, wide, ...) ((void)(wide), function##_4(__VA_ARGS__))
#endif

static inline int keep_candidates(int wide, const int32_t *box, const int32_t *from01, const int32_t *from23, const int32_t *from,
                                  int m, int32_t *to01, int32_t *to23, int32_t *to, int *favourite)
{
    return BY_WIDTH(keep_candidates, wide, box, from01, from23, from, m, to01, to23, to, favourite);
}

static inline void assign_leaf(int wide, const int32_t *p01, const int32_t *p23, const int64_t *weights, int64_t n, int heavy,
                               const int32_t *c01, const int32_t *c23, const int32_t *candidates, int m, int64_t *sums,
                               uint16_t *labels)
{
    BY_WIDTH(assign_leaf, wide, p01, p23, weights, n, heavy, c01, c23, candidates, m, sums, labels);
}

static inline int nearest_candidate(int wide, int32_t p01, int32_t p23, const int32_t *c01, const int32_t *c23, int m)
{
    return BY_WIDTH(nearest_candidate, wide, p01, p23, c01, c23, m);
}
#endif
