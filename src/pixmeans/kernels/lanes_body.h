/* Included once a width by lanes.h, which defines NAME, LANES, TARGET, SQUARES and SIGNS. */

typedef int32_t NAME(ints) __attribute__((vector_size(4 * LANES)));
typedef int16_t NAME(shorts) __attribute__((vector_size(4 * LANES)));
typedef uint16_t NAME(halves) __attribute__((vector_size(2 * LANES)));

#ifndef SQUARES /* no instructions of our own choice: any target with vectors: sign-extend both halves and multiply */
static inline NAME(ints) NAME(squares)(NAME(ints) v)
{
    NAME(ints) low = (v << 16) >> 16, high = v >> 16;
    return low * low + high * high;
}
#define SQUARES(v) NAME(squares)((NAME(ints))(v))
static inline int NAME(signs)(NAME(ints) v)
{
    int mask = 0;
    for (int lane = 0; lane < LANES; lane++) mask |= (v[lane] < 0) << lane;
    return mask;
}
#define SIGNS(v) NAME(signs)(v)
#define SELECT(mask, yes, no) (((mask) & (yes)) | (~(mask) & (no)))
#define LEAST(a, b) SELECT((a) < (b), a, b)
static inline void NAME(add_products)(int64_t *to, int32_t pair01, int32_t pair23, int64_t weight)
{
    to[0] += weight * (int16_t)pair01;
    to[1] += weight * (pair01 >> 16);
    to[2] += weight * (int16_t)pair23;
    to[3] += weight * (pair23 >> 16);
}
#define ADD_PRODUCTS NAME(add_products)
#endif

TARGET static inline NAME(ints) NAME(load)(const int32_t *from)
{
    NAME(ints) v;
    memcpy(&v, from, sizeof v);
    return v;
}

/* LANES labels, as wide as distances. */
TARGET static inline NAME(ints) NAME(wide_labels)(const uint16_t *labels)
{
    NAME(halves) v;
    memcpy(&v, labels, sizeof v);
    return __builtin_convertvector(v, NAME(ints));
}

TARGET static inline NAME(ints) NAME(all)(int32_t value)
{
    return (NAME(ints)){0} + value;
}

/* Squared distances of LANES points from LANES centroids, pair by pair. */
TARGET static inline NAME(ints) NAME(squared)(NAME(ints) a01, NAME(ints) a23, NAME(ints) b01, NAME(ints) b23)
{
    NAME(shorts) d01 = (NAME(shorts))a01 - (NAME(shorts))b01, d23 = (NAME(shorts))a23 - (NAME(shorts))b23;
    return SQUARES(d01) + SQUARES(d23);
}

/* Copies the candidates that may be nearest to some point of the box (Kanungo et al., "An efficient k-means
   clustering algorithm", 2002): z falls if even the corner of the box that lies farthest towards z is closer to z*,
   the candidate nearest to the middle of the box. Ties stay. Order is kept. Returns how many there are;
   *favourite is z*'s place among them.
   IN box: lowest 01, 23, highest 01, 23, middle 01, 23. */
TARGET static int NAME(keep_candidates)(const int32_t *box, const int32_t *from01, const int32_t *from23, const int32_t *from,
                                        int m, int32_t *to01, int32_t *to23, int32_t *to, int *favourite)
{
    NAME(ints) mid01 = NAME(all)(box[4]), mid23 = NAME(all)(box[5]);
    NAME(ints) best = NAME(all)(INT32_MAX), place = NAME(all)(0), lane = NAME(all)(0);
    int kept = 0, star = 0;
    for (int j = 0; j < LANES; j++) lane[j] = j;
    for (int j = 0; j < m; j += LANES) {
        NAME(ints) at = lane + j;
        NAME(ints) d = NAME(squared)(NAME(load)(from01 + j), NAME(load)(from23 + j), mid01, mid23);
        NAME(ints) closer = (d < best) & (at < m);
        best = SELECT(closer, d, best);
        place = SELECT(closer, at, place);
    }
    {
        int32_t least = best[0];
        star = place[0];
        for (int j = 1; j < LANES; j++)
            if (best[j] < least) least = best[j], star = place[j];
    }
    NAME(shorts) low01 = (NAME(shorts))NAME(all)(box[0]), low23 = (NAME(shorts))NAME(all)(box[1]);
    NAME(shorts) high01 = (NAME(shorts))NAME(all)(box[2]), high23 = (NAME(shorts))NAME(all)(box[3]);
    NAME(ints) star01 = NAME(all)(from01[star]), star23 = NAME(all)(from23[star]);
    *favourite = 0;
    for (int j = 0; j < m; j += LANES) {
        NAME(ints) z01 = NAME(load)(from01 + j), z23 = NAME(load)(from23 + j);
        NAME(shorts) up01 = (NAME(shorts))z01 > (NAME(shorts))star01, up23 = (NAME(shorts))z23 > (NAME(shorts))star23;
        NAME(ints) corner01 = (NAME(ints))((up01 & high01) | (~up01 & low01));
        NAME(ints) corner23 = (NAME(ints))((up23 & high23) | (~up23 & low23));
        NAME(ints) farther = NAME(squared)(z01, z23, corner01, corner23) > NAME(squared)(star01, star23, corner01, corner23);
        int stays = ~SIGNS(farther) & ((1 << LANES) - 1);
        if (m - j < LANES) stays &= (1 << (m - j)) - 1;
        while (stays) {
            int i = j + lowest_bit((uint64_t)stays);
            stays &= stays - 1;
            if (i == star) *favourite = kept;
            to01[kept] = from01[i];
            to23[kept] = from23[i];
            to[kept] = from[i];
            kept++;
        }
    }
    return kept;
}

/* Each of n points to the nearest of m candidates (the first of several). Where that is another one than its label says,
   the label changes, and what the point adds to sums goes from one cluster to the other.
   heavy: some weight may be 2^31 or more. candidates: rows of sums, below 2^16. INOUT labels: LANES_MOST x 2 are read at
   a time, also behind the last. */
TARGET static void NAME(assign_leaf)(const int32_t *p01, const int32_t *p23, const int64_t *weights, int64_t n, int heavy,
                                     const int32_t *c01, const int32_t *c23, const int32_t *candidates, int m, int64_t *sums,
                                     uint16_t *labels)
{
    for (int64_t i = 0; i < n; i += 2 * LANES) {
        NAME(ints) x01 = NAME(load)(p01 + i), x23 = NAME(load)(p23 + i);
        NAME(ints) y01 = NAME(load)(p01 + i + LANES), y23 = NAME(load)(p23 + i + LANES);
        for (int64_t j = 0; j < 2 * LANES; j += 8) __builtin_prefetch(weights + i + j);
        NAME(ints) b01 = NAME(all)(c01[0]), b23 = NAME(all)(c23[0]), here = NAME(all)(candidates[0]);
        NAME(ints) best_x = NAME(squared)(x01, x23, b01, b23), at_x = here;
        NAME(ints) best_y = NAME(squared)(y01, y23, b01, b23), at_y = here;
        for (int j = 1; j < m; j++) {
            NAME(ints) closer, d;
            here = NAME(all)(candidates[j]);
            b01 = NAME(all)(c01[j]);
            b23 = NAME(all)(c23[j]);
            d = NAME(squared)(x01, x23, b01, b23);
            closer = d < best_x;
            best_x = LEAST(d, best_x);
            at_x = SELECT(closer, here, at_x);
            d = NAME(squared)(y01, y23, b01, b23);
            closer = d < best_y;
            best_y = LEAST(d, best_y);
            at_y = SELECT(closer, here, at_y);
        }
        int away = SIGNS(at_x != NAME(wide_labels)(labels + i)) | SIGNS(at_y != NAME(wide_labels)(labels + i + LANES)) << LANES;
        if (n - i < 2 * LANES) away &= (1 << (n - i)) - 1;
        if (!away) continue;
        int32_t at[2 * LANES];
        memcpy(at, &at_x, sizeof at_x);
        memcpy(at + LANES, &at_y, sizeof at_y);
        while (away) {
            int j = lowest_bit((uint64_t)away);
            int64_t *to = sums + 5 * at[j], *from = sums + 5 * labels[i + j], weight = weights[i + j];
            int32_t pair01 = p01[i + j], pair23 = p23[i + j];
            away &= away - 1;
            labels[i + j] = (uint16_t)at[j];
            if (heavy) {
                add_point(to, weight, pair01, pair23);
                add_point(from, -weight, pair01, pair23);
            } else {
                to[0] += weight;
                from[0] -= weight;
                ADD_PRODUCTS(to + 1, pair01, pair23, weight);
                ADD_PRODUCTS(from + 1, pair01, pair23, -weight);
            }
        }
    }
}

/* The place of the nearest of m candidates to one point, the first of several. */
TARGET static int NAME(nearest_candidate)(int32_t p01, int32_t p23, const int32_t *c01, const int32_t *c23, int m)
{
    NAME(ints) x01 = NAME(all)(p01), x23 = NAME(all)(p23), at = NAME(all)(0);
    NAME(ints) best = NAME(all)(INT32_MAX), place = NAME(all)(INT32_MAX);
    for (int j = 0; j < LANES; j++) at[j] = j;
    for (int j = 0; j < m; j += LANES) {
        NAME(ints) d = NAME(squared)(x01, x23, NAME(load)(c01 + j), NAME(load)(c23 + j));
        NAME(ints) closer = (d < best) & (at < m);
        best = SELECT(closer, d, best);
        place = SELECT(closer, at, place);
        at += LANES;
    }
    int32_t least = best[0], nearest = place[0];
    for (int j = 1; j < LANES; j++)
        if (best[j] < least || (best[j] == least && place[j] < nearest)) least = best[j], nearest = place[j];
    return nearest;
}
