/* Included once a width by distances.h, which defines NAME and TARGET. */

#ifdef FOUR_LANES
typedef double NAME(four) __attribute__((vector_size(32)));
typedef double NAME(unaligned) __attribute__((vector_size(32), aligned(8), may_alias));

/* sum += (a - b)^2 for four coordinates; a macro, as a vector must not be an argument where there may be no AVX */
#undef ADD_SQUARES
#define ADD_SQUARES(sum, a, b) \
    do { \
        NAME(four) difference_ = *(const NAME(unaligned) *)(a) - *(const NAME(unaligned) *)(b); \
        sum += difference_ * difference_; \
    } while (0)
#endif

/* The squared distance of a and b, or, as soon as that is above `most`, anything above `most`: sums only grow. */
TARGET ALWAYS_INLINE double NAME(squared_upto)(const double *a, const double *b, ptrdiff_t d, double most)
{
    double sums[4] = {0, 0, 0, 0}, difference;
    ptrdiff_t c = 0;
    if (d < 4) {
        for (; c < d; c++) {
            difference = a[c] - b[c];
            sums[c] = difference * difference;
        }
        return (sums[0] + sums[1]) + (sums[2] + sums[3]);
    }
#ifdef FOUR_LANES
    NAME(four) four = {0, 0, 0, 0};
    for (; c + 16 <= d; c += 16) {
        ADD_SQUARES(four, a + c, b + c);
        ADD_SQUARES(four, a + c + 4, b + c + 4);
        ADD_SQUARES(four, a + c + 8, b + c + 8);
        ADD_SQUARES(four, a + c + 12, b + c + 12);
        if ((four[0] + four[1]) + (four[2] + four[3]) > most) return INFINITY;
    }
    for (; c + 4 <= d; c += 4) ADD_SQUARES(four, a + c, b + c);
    memcpy(sums, &four, sizeof sums);
#else
    for (; c + 4 <= d; c += 4) {
        for (int i = 0; i < 4; i++) {
            difference = a[c + i] - b[c + i];
            sums[i] += difference * difference;
        }
        if ((c & 15) == 12 && (sums[0] + sums[1]) + (sums[2] + sums[3]) > most) return INFINITY;
    }
#endif
    for (int i = 0; c < d; c++, i++) {
        difference = a[c] - b[c];
        sums[i] += difference * difference;
    }
    return (sums[0] + sums[1]) + (sums[2] + sums[3]);
}

TARGET static double NAME(squared)(const double *a, const double *b, ptrdiff_t d)
{
    return NAME(squared_upto)(a, b, d, INFINITY);
}

/* How far from its centroid a, in squared distance, a point may have a nearer centroid: to be as near as `least` while a is
   `own` away, a centroid is at most the sum of both (their roots) from a. */
TARGET static inline double NAME(reach)(double own, double least)
{
    double far = sqrt(own) + sqrt(least);
    return far * far * SURE + SURELY;
}

/* Each point to its nearest centroid; of several equally near ones to the first.
   IN points (n, d); weights (n,); centroids (k, d). near (k, m): for each centroid the m nearest others, nearest first;
   gaps (k, m): their squared distances, ascending. Where m is 0, all are compared. INOUT labels (n,): a guess, such as the
   last one, or -1; which guess it is changes the time alone. OUT sums (k, 1 + d), added to point after point.
   Returns the weighted sum of squared distances. */
TARGET ALWAYS_INLINE double NAME(assign_points_of)(const double *points, const double *weights, ptrdiff_t n, ptrdiff_t d,
                                                   const double *centroids, ptrdiff_t k, const int32_t *near,
                                                   const double *gaps, ptrdiff_t m, int32_t *labels, double *sums)
{
    double inertia = 0.0, own, least, tried, limit;
    ptrdiff_t i, j, c, guess = 0, nearest;
    for (i = 0; i < n; i++) {
        const double *point = points + i * d;
        if (labels[i] >= 0) guess = labels[i];
        nearest = guess;
        own = least = NAME(squared_upto)(point, centroids + guess * d, d, INFINITY);
        j = -1;
        if (m > 0) {
            const int32_t *others = near + guess * m;
            const double *gap = gaps + guess * m;
            limit = 4.0 * own * SURE + SURELY;
            for (j = 0; j < m && !(gap[j] > limit); j++) {
                tried = NAME(squared_upto)(point, centroids + others[j] * d, d, least);
                if (tried < least || (tried == least && others[j] < nearest)) {
                    least = tried;
                    nearest = others[j];
                    limit = NAME(reach)(own, least);
                }
            }
            if (j == m && m < k - 1) j = -1; /* farther ones may be nearer */
        }
        if (j < 0) {
            for (j = 0; j < k; j++) {
                tried = NAME(squared_upto)(point, centroids + j * d, d, least);
                if (tried < least || (tried == least && j < nearest)) {
                    least = tried;
                    nearest = j;
                }
            }
        }
        guess = nearest;
        labels[i] = (int32_t)nearest;
        double *sum = sums + nearest * (1 + d), weight = weights[i];
        sum[0] += weight;
        for (c = 0; c < d; c++) sum[1 + c] += weight * point[c];
        inertia += weight * least;
    }
    return inertia;
}

TARGET static double NAME(assign_points)(const double *points, const double *weights, ptrdiff_t n, ptrdiff_t d,
                                         const double *centroids, ptrdiff_t k, const int32_t *near, const double *gaps,
                                         ptrdiff_t m, int32_t *labels, double *sums)
{
    switch (d) { /* dimensions that the compiler knows take less time: a few, and blocks of 2 x 2 and 4 x 4 colors */
    case 1: return NAME(assign_points_of)(points, weights, n, 1, centroids, k, near, gaps, m, labels, sums);
    case 2: return NAME(assign_points_of)(points, weights, n, 2, centroids, k, near, gaps, m, labels, sums);
    case 3: return NAME(assign_points_of)(points, weights, n, 3, centroids, k, near, gaps, m, labels, sums);
    case 12: return NAME(assign_points_of)(points, weights, n, 12, centroids, k, near, gaps, m, labels, sums);
    case 48: return NAME(assign_points_of)(points, weights, n, 48, centroids, k, near, gaps, m, labels, sums);
    default: return NAME(assign_points_of)(points, weights, n, d, centroids, k, near, gaps, m, labels, sums);
    }
}
