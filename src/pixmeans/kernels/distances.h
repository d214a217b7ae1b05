/* Squared distances in any dimension, and the nearest centroid of a point: the steps of k-means in float64 that are worth
   explicit vectors. Coordinate c is added to partial sum c mod 4, and the four are added in one order, so that every
   width of vector, and the plain C below, gives the same bits. There is no fused multiply-add in any of them. */
#ifndef PIXMEANS_DISTANCES_H
#define PIXMEANS_DISTANCES_H
#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* By so much more than the triangle inequality asks for a centroid must be away, so that no rounding of the distances
   (whose relative error is about d x 1e-16) lets one be passed over that is as near, or nearer. */
#define SURE (1.0 + 1e-6)
#define SURELY 1e-290

#if defined(__GNUC__) && !defined(PIXMEANS_PLAIN)
#define FOUR_LANES 1
#define ALWAYS_INLINE static inline __attribute__((always_inline))
#else
#define ALWAYS_INLINE static inline
#endif

#define NAME(function) function##_narrow
#define TARGET
#include "distances_body.h"
#undef NAME
#undef TARGET

#if defined(FOUR_LANES) && defined(__x86_64__) && defined(__SSE4_1__)
#define NAME(function) function##_wide
#define TARGET __attribute__((target("avx2")))
#include "distances_body.h"
#undef NAME
#undef TARGET
static inline int wide_doubles(void) { return __builtin_cpu_supports("avx2"); }
#define BY_WIDTH_OF_DOUBLES(function, wide, ...) ((wide) ? function##_wide(__VA_ARGS__) : function##_narrow(__VA_ARGS__))
#else
static inline int wide_doubles(void) { return 0; }
#define BY_WIDTH_OF_DOUBLES(function, wide, ...) ((void)(wide), function##_narrow(__VA_ARGS__))
#endif

static inline double squared_distance(int wide, const double *a, const double *b, ptrdiff_t d)
{
    return BY_WIDTH_OF_DOUBLES(squared, wide, a, b, d);
}

static inline double assign_points(int wide, const double *points, const double *weights, ptrdiff_t n, ptrdiff_t d,
                                   const double *centroids, ptrdiff_t k, const int32_t *near, const double *gaps, ptrdiff_t m,
                                   int32_t *labels, double *sums)
{
    return BY_WIDTH_OF_DOUBLES(assign_points, wide, points, weights, n, d, centroids, k, near, gaps, m, labels, sums);
}
#endif
