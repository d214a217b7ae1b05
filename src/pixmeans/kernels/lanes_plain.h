/* The same two steps as lanes_body.h for compilers without vector types; see there for what they do. */

static inline int32_t squared_plain(int32_t a01, int32_t a23, int32_t b01, int32_t b23)
{
    int32_t d0 = (int16_t)a01 - (int16_t)b01, d1 = (a01 >> 16) - (b01 >> 16);
    int32_t d2 = (int16_t)a23 - (int16_t)b23, d3 = (a23 >> 16) - (b23 >> 16);
    return d0 * d0 + d1 * d1 + d2 * d2 + d3 * d3;
}

static inline int32_t corner_plain(int32_t z, int32_t star, int32_t low, int32_t high)
{
    int16_t first = (int16_t)z > (int16_t)star ? (int16_t)high : (int16_t)low;
    int16_t second = (int16_t)((z >> 16) > (star >> 16) ? high >> 16 : low >> 16);
    return pair_of(first, second);
}

static int keep_candidates_4(const int32_t *box, const int32_t *from01, const int32_t *from23, const int32_t *from,
                             int m, int32_t *to01, int32_t *to23, int32_t *to, int *favourite)
{
    int kept = 0, star = 0;
    int32_t best = INT32_MAX;
    for (int j = 0; j < m; j++) {
        int32_t d = squared_plain(from01[j], from23[j], box[4], box[5]);
        if (d < best) best = d, star = j;
    }
    *favourite = 0;
    for (int j = 0; j < m; j++) {
        int32_t corner01 = corner_plain(from01[j], from01[star], box[0], box[2]);
        int32_t corner23 = corner_plain(from23[j], from23[star], box[1], box[3]);
        if (squared_plain(from01[j], from23[j], corner01, corner23) > squared_plain(from01[star], from23[star], corner01, corner23))
            continue;
        if (j == star) *favourite = kept;
        to01[kept] = from01[j];
        to23[kept] = from23[j];
        to[kept] = from[j];
        kept++;
    }
    return kept;
}

static void assign_leaf_4(const int32_t *p01, const int32_t *p23, const int64_t *weights, int64_t n, int heavy,
                          const int32_t *c01, const int32_t *c23, const int32_t *candidates, int m, int64_t *sums,
                          uint16_t *labels)
{
    (void)heavy;
    for (int64_t i = 0; i < n; i++) {
        int32_t best = INT32_MAX;
        int at = 0;
        for (int j = 0; j < m; j++) {
            int32_t d = squared_plain(p01[i], p23[i], c01[j], c23[j]);
            if (d < best) best = d, at = j;
        }
        if (candidates[at] == labels[i]) continue;
        add_point(sums + 5 * candidates[at], weights[i], p01[i], p23[i]);
        add_point(sums + 5 * labels[i], -weights[i], p01[i], p23[i]);
        labels[i] = (uint16_t)candidates[at];
    }
}

static int nearest_candidate_4(int32_t p01, int32_t p23, const int32_t *c01, const int32_t *c23, int m)
{
    int32_t best = INT32_MAX;
    int at = 0;
    for (int j = 0; j < m; j++) {
        int32_t d = squared_plain(p01, p23, c01[j], c23[j]);
        if (d < best) best = d, at = j;
    }
    return at;
}
