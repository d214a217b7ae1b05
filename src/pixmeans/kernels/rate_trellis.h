/* The trellis of rate-aware k-means: which matches and literals of deflate give a row of pixels at the least weighted
   error + lambda x bits. See rate.py for the whole, and kernels/rate.py for what is IN and OUT.

   There is one survivor a match distance, a state. All states advance together, four at a time; B is the best of all
   paths that could end here. A path carries what its last pixel leaves to the next: the error in L, a and b, and a
   decayed sum of errors in L, which says how long it has been too light or too dark: four lanes of one vector.
   Floating point, but each operation by itself and in one order: every compiler and width of vector gives the same. */
#ifndef PIXMEANS_RATE_TRELLIS_H
#define PIXMEANS_RATE_TRELLIS_H
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum {
    RATE_STATES = 2048, /* at most; a multiple of four */
    RATE_PAST = 16,     /* how far back states look that copy from their own path */
    RATE_LONGEST = 258, /* deflate's longest match */
    RATE_FARTHEST = 32768,
    RATE_CANDIDATES = 16, /* entries a literal chooses from; measured: 256 gain nothing */
};

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
static inline f4 f4_all(float a) { return f4_of(a, a, a, a); }
static inline i4 i4_all(int32_t a) { return i4_of(a, a, a, a); }

typedef struct {
    /* the picture */
    int32_t rows, width;
    const int16_t *points;    /* rows x width x 3 */
    const uint16_t *weights;  /* rows x width */
    const uint8_t *flatness;  /* rows x width */
    const uint8_t *forced;    /* rows x width, or NULL: this pixel keeps its index */
    uint8_t *indices;         /* rows x width */
    /* the palette */
    int32_t k;
    const float *palette;     /* k x 4: L, a, b, L */
    /* rates in bits */
    float lambda;
    const float *literal_bits, *length_bits, *distance_bits; /* 256, 259, 30 */
    /* effort */
    int32_t nearby, reach, rows_up; /* distances that are tried: 1 to nearby, and around each pixel of rows above */
    /* the eye */
    float strength, left, down_left, down, down_right, decay, run_cost, ahead, alike, debt, debt_fades;
    /* what is found */
    int64_t *literals, *lengths, *distances; /* 256, 259, 30 counts */
    float *bits;              /* rows x width, or NULL */
    uint8_t *starts;          /* rows x width, or NULL: 1 a literal, 2 the first of a match, 0 the rest */
    double rate;
} RateBand;

typedef struct {
    f4 l[4], a[4], b[4], rate[4];
    uint8_t entry[16];
} RateCell;

typedef struct {
    float c[RATE_STATES];
    f4 v[RATE_STATES];
    int32_t length[RATE_STATES];
    float opening[RATE_STATES];
    const uint8_t *from[RATE_STATES];
    int32_t phase[RATE_STATES];
    int32_t distance[RATE_STATES];
} RateStates;

static inline int rate_distance_code(int32_t d)
{
    int n = 1;
    if (d <= 4) return d - 1;
    d -= 1;
    while (d >> (n + 1)) n++;
    return 2 * n + ((d >> (n - 1)) & 1);
}

enum { CELL_A = 20, CELL_L = 33 }; /* cells of 1/32; a and b from -.3125 to .3125 */

/* L, a, b and 0 of a point. */
static inline f4 rate_color(const int16_t *point)
{
    return f4_of((float)point[0] / 16384.0f, (float)point[1] / 16384.0f, (float)point[2] / 16384.0f, 0);
}

static inline int rate_cell_of(f4 t)
{
    int l = (int)(LANE(t, 0) * 32.0f + 64.0f) - 64, a = (int)(LANE(t, 1) * 32.0f + 64.0f) - 54, b = (int)(LANE(t, 2) * 32.0f + 64.0f) - 54;
    l = l < 0 ? 0 : l >= CELL_L ? CELL_L - 1 : l;
    a = a < 0 ? 0 : a >= CELL_A ? CELL_A - 1 : a;
    b = b < 0 ? 0 : b >= CELL_A ? CELL_A - 1 : b;
    return (l * CELL_A + a) * CELL_A + b;
}

/* The entries nearest to the middle of a cell, nearest first. */
static void rate_fill_cell(const RateBand *band, int number, RateCell *cell)
{
    float nearest[RATE_CANDIDATES];
    int found = 0, i, j;
    float l = ((float)(number / (CELL_A * CELL_A)) + 0.5f) / 32.0f;
    float a = ((float)(number / CELL_A % CELL_A) - 9.5f) / 32.0f, b = ((float)(number % CELL_A) - 9.5f) / 32.0f;
    for (i = 0; i < band->k; i++) {
        const float *color = band->palette + 4 * i;
        float dl = color[0] - l, da = color[1] - a, db = color[2] - b, d = (dl * dl + da * da) + db * db;
        if (found == RATE_CANDIDATES && !(d < nearest[found - 1])) continue;
        j = found < RATE_CANDIDATES ? found++ : found - 1;
        for (; j > 0 && d < nearest[j - 1]; j--) {
            nearest[j] = nearest[j - 1];
            cell->entry[j] = cell->entry[j - 1];
        }
        nearest[j] = d;
        cell->entry[j] = (uint8_t)i;
    }
    for (i = found; i < RATE_CANDIDATES; i++) cell->entry[i] = cell->entry[0];
    for (i = 0; i < RATE_CANDIDATES; i++) {
        const float *color = band->palette + 4 * cell->entry[i];
        LANE(cell->l[i / 4], i % 4) = color[0];
        LANE(cell->a[i / 4], i % 4) = color[1];
        LANE(cell->b[i / 4], i % 4) = color[2];
        LANE(cell->rate[i / 4], i % 4) = band->lambda * band->literal_bits[cell->entry[i]];
    }
}

static inline RateCell *rate_cell(const RateBand *band, RateCell *cells, int32_t *places, int32_t *used, f4 t)
{
    int number = rate_cell_of(t);
    if (places[number] < 0) {
        places[number] = *used;
        rate_fill_cell(band, number, cells + (*used)++);
    }
    return cells + places[number];
}

/* The best entry for a literal: weighted error + lambda x bits, and how well it would serve the pixel below, `aim`, as a
   copy. Returns its place; *cost is what it costs, without the latter. */
static inline int rate_literal(const RateCell *cell, f4 t, float weight, float run_weight, f4 aim, float aim_weight, float *cost)
{
    float light = LANE(t, 3);
    f4 best = f4_all(0), tl = f4_all(LANE(t, 0)), ta = f4_all(LANE(t, 1)), tb = f4_all(LANE(t, 2)), run = f4_all(light);
    f4 w = f4_all(weight), rw = f4_all(run_weight);
    i4 at = i4_all(0), here = i4_of(0, 1, 2, 3);
    int g, j, place;
    float least;
    for (g = 0; g < RATE_CANDIDATES / 4; g++) {
        f4 dl = f4_sub(tl, cell->l[g]), da = f4_sub(ta, cell->a[g]), db = f4_sub(tb, cell->b[g]), dr = f4_sub(run, cell->l[g]);
        f4 d = f4_add(f4_add(f4_mul(dl, dl), f4_mul(da, da)), f4_mul(db, db));
        f4 al = f4_sub(f4_all(LANE(aim, 0)), cell->l[g]), aa = f4_sub(f4_all(LANE(aim, 1)), cell->a[g]);
        f4 ab = f4_sub(f4_all(LANE(aim, 2)), cell->b[g]);
        f4 ad = f4_mul(f4_all(aim_weight), f4_add(f4_add(f4_mul(al, al), f4_mul(aa, aa)), f4_mul(ab, ab)));
        f4 c = f4_add(f4_add(f4_add(f4_mul(w, d), f4_mul(rw, f4_mul(dr, dr))), cell->rate[g]), ad);
        if (g == 0) {
            best = c;
            at = here;
        } else {
            i4 less = f4_less(c, best);
            best = f4_select(less, c, best);
            at = i4_select(less, here, at);
        }
        here = i4_add(here, i4_all(4));
    }
    least = LANE(best, 0);
    place = LANE(at, 0);
    for (j = 1; j < 4; j++)
        if (LANE(best, j) < least || (LANE(best, j) == least && LANE(at, j) < place)) least = LANE(best, j), place = LANE(at, j);
    {
        int four = place / 4, lane = place % 4;
        float dl = LANE(t, 0) - LANE(cell->l[four], lane), da = LANE(t, 1) - LANE(cell->a[four], lane);
        float db = LANE(t, 2) - LANE(cell->b[four], lane), dr = light - LANE(cell->l[four], lane);
        *cost = weight * (dl * dl + da * da + db * db) + run_weight * dr * dr + LANE(cell->rate[four], lane);
    }
    return place;
}

/* A match that may go on in the next row; distance 0 if there is none. */
typedef struct {
    int32_t distance, length;
} RateOpen;

static void rate_count_match(RateBand *band, int32_t distance, int32_t length)
{
    int code = rate_distance_code(distance);
    band->lengths[length]++;
    band->distances[code]++;
    band->rate += band->length_bits[length] + band->distance_bits[code];
}

static void rate_tell(const RateBand *band, int64_t y, int p, float bits, uint8_t start)
{
    if (p == 0) return; /* the filter byte belongs to no pixel */
    if (band->bits) band->bits[y * band->width + p - 1] = bits;
    if (band->starts) band->starts[y * band->width + p - 1] = start;
}

/* Writes the row of the stream that the best path says, and counts what it is made of.
   IN for each place what ends there: match its distance, or 0 for a literal, symbol that literal, span the length of
   the match, which may have begun in the row before. INOUT open. ends: scratch. */
static void rate_commit(RateBand *band, RateOpen *open, int y, uint8_t *stream, const uint8_t *symbol, const int32_t *match,
                        const int32_t *span, int32_t *ends)
{
    const int width = band->width;
    int p, i, goes_on = 0;
    for (p = width; p >= 0;) { /* back along the path: at its beginning a token learns where it ends */
        int first = match[p] ? p + 1 - span[p] : p;
        if (first < 0) {
            goes_on = 1;
            first = 0;
        }
        ends[first] = p;
        p = first - 1;
    }
    if (open->distance && !goes_on) rate_count_match(band, open->distance, open->length);
    open->distance = 0;
    for (p = 0; p <= width;) {
        int end = ends[p];
        int32_t d = match[end], n = span[end];
        if (d == 0) {
            stream[p] = symbol[p];
            band->literals[symbol[p]]++;
            band->rate += band->literal_bits[symbol[p]];
            rate_tell(band, y, p, band->literal_bits[symbol[p]], 1);
        } else {
            float bits = (band->length_bits[n] + band->distance_bits[rate_distance_code(d)]) / (float)n;
            for (i = p; i <= end; i++) {
                stream[i] = stream[i - d];
                rate_tell(band, y, i, bits, i == p && !(p == 0 && goes_on) ? 2 : 0);
            }
            if (end < width) {
                rate_count_match(band, d, n);
            } else {
                open->distance = d;
                open->length = n;
            }
        }
        p = end + 1;
    }
}

/* The box around the entries; the fourth coordinate is not bounded. */
static void rate_box(const RateBand *band, f4 *low, f4 *high)
{
    const f4 *palette = (const f4 *)band->palette;
    int i;
    *low = f4_all(1e3f);
    *high = f4_all(-1e3f);
    for (i = 0; i < band->k; i++) {
        if (LANE(palette[i], 0) > 10.0f) continue; /* an entry that must not be used */
        *low = f4_select(f4_less(palette[i], *low), palette[i], *low);
        *high = f4_select(f4_less(*high, palette[i]), palette[i], *high);
    }
    LANE(*low, 3) = -1e3f;
    LANE(*high, 3) = 1e3f;
}

/* A color with the errors it takes: no farther out than the entries reach, which could never pay it back, unless the
   color itself is. */
static inline f4 rate_target(f4 color, f4 errors, f4 low, f4 high)
{
    f4 target = f4_add(color, errors);
    low = f4_select(f4_less(color, low), color, low);
    high = f4_select(f4_less(high, color), color, high);
    target = f4_select(f4_less(target, low), low, target);
    return f4_select(f4_less(high, target), high, target);
}

/* What the errors of a row leave to the next: OUT below (w + 2), from above, what the row before left.
   INOUT owed (3 (w + 1)): sums of errors and weights around each place, and scratch. */
static void rate_leave(const RateBand *band, int y, const uint8_t *row, const f4 *above, f4 *below, f4 *owed, f4 low, f4 high)
{
    const int width = band->width, line = width + 1;
    const int16_t *x = band->points + (int64_t)y * width * 3;
    const uint16_t *weights = band->weights + (int64_t)y * width;
    const uint8_t *forced = band->forced ? band->forced + (int64_t)y * width : NULL;
    const f4 *palette = (const f4 *)band->palette;
    const float right = band->strength * band->left, to_left = band->strength * band->down_left;
    const float to_down = band->strength * band->down, to_right = band->strength * band->down_right;
    const f4 carry = f4_of(right, right, right, band->decay), fades = f4_all(band->debt_fades);
    f4 v = f4_all(0), *alone = owed + line, *so_far = alone + line;
    int p;
    for (p = 0; p < width + 2; p++) below[p] = f4_all(0);
    for (p = 1; p < line; p++) {
        if (forced && forced[p - 1]) {
            v = f4_all(0);
        } else {
            f4 base = rate_color(x + 3 * (p - 1));
            LANE(base, 3) = LANE(base, 0);
            v = f4_sub(f4_add(rate_target(base, above[p], low, high), f4_mul(carry, v)), palette[row[p - 1]]);
        }
        below[p - 1] = f4_add(below[p - 1], f4_mul(f4_of(to_left, to_left, to_left, 0), v));
        below[p] = f4_add(below[p], f4_mul(f4_of(to_down, to_down, to_down, 0), v));
        below[p + 1] = f4_add(below[p + 1], f4_mul(f4_of(to_right, to_right, to_right, 0), v));
    }
    /* and what the area leaves: the mean of its errors, undithered, is paid back over the next rows */
    for (p = 1, v = f4_all(0); p < line; p++) {
        f4 e = f4_sub(rate_color(x + 3 * (p - 1)), palette[row[p - 1]]);
        LANE(e, 3) = 1.0f;
        alone[p] = f4_mul(e, f4_all(forced && forced[p - 1] ? 0.0f : (float)weights[p - 1] / 256.0f));
        v = f4_add(f4_mul(v, fades), alone[p]);
        so_far[p] = v;
    }
    for (p = line - 1, v = f4_all(0); p >= 1; p--) {
        f4 share;
        v = f4_add(f4_mul(v, fades), alone[p]);
        owed[p] = f4_add(f4_mul(owed[p], fades), f4_sub(f4_add(so_far[p], v), alone[p]));
        share = f4_mul(owed[p], f4_all(band->debt / (LANE(owed[p], 3) + 0.001f)));
        LANE(share, 3) = 0;
        below[p] = f4_add(below[p], share);
    }
}

#define RATE_NONE 1e18f

/* Returns 0, or -1 without memory. */
static int rate_band(RateBand *band)
{
    const int width = band->width, line = width + 1; /* every row of the stream begins with the number of its filter */
    const float lambda = band->lambda;
    const f4 *palette = (const f4 *)band->palette;
    const float rival = lambda * band->alike;
    const int nearby = band->nearby;
    const int reach = band->reach < line ? band->reach : line - 1;
    int side = 2 * reach + 1, fixed = nearby + side * band->rows_up, states, s, g, p, y, i, j, result = -1;
    int64_t length = (int64_t)line * band->rows;
    const int most_cells = CELL_L * CELL_A * CELL_A;
    uint8_t *stream_room = calloc((size_t)length + RATE_LONGEST + 2 * RATE_PAST, 1), *stream = stream_room + RATE_LONGEST + RATE_PAST;
    uint8_t *symbol = malloc((size_t)line);
    int32_t *match = malloc(sizeof(int32_t) * (size_t)line), *ends = malloc(sizeof(int32_t) * (size_t)line);
    uint8_t *pasts = malloc(RATE_PAST * (size_t)line);
    int32_t *span = malloc(sizeof(int32_t) * (size_t)line);
    f4 *above = NULL, *below = NULL;
    RateCell *cells = NULL;
    int32_t *places = malloc(sizeof(int32_t) * most_cells), used = 0;
    float step_cost[RATE_LONGEST + 1], opening[30];
    RateStates *st = NULL;
    /* vectors that are 16 bytes, and malloc's alignment is enough; cells and states also like to begin cache lines */
    void *room1 = calloc((size_t)(2 * (width + 2)), sizeof(f4)), *room2 = malloc(sizeof(RateCell) * most_cells + 64);
    f4 *owed = calloc(3 * (size_t)line, sizeof(f4));
    void *room3 = malloc(sizeof(RateStates) + 64);
    RateOpen open = {0, 0};
    f4 low, high;

    band->rate = 0;
    rate_box(band, &low, &high);
    if (!stream_room || !symbol || !match || !ends || !span || !pasts || !places || !room1 || !room2 || !room3 || !owed)
        goto end;
    above = room1;
    below = above + width + 2;
    cells = (RateCell *)(((uintptr_t)room2 + 63) & ~(uintptr_t)63);
    st = (RateStates *)(((uintptr_t)room3 + 63) & ~(uintptr_t)63);
    memset(places, -1, sizeof(int32_t) * most_cells);
    states = (fixed + 3) / 4 * 4;
    for (i = 0; i <= RATE_LONGEST; i++)
        step_cost[i] = i < 3 ? 0.0f : i == RATE_LONGEST ? RATE_NONE : lambda * (band->length_bits[i + 1] - band->length_bits[i]);
    for (i = 0; i < 30; i++) opening[i] = lambda * (band->distance_bits[i] + band->length_bits[3]);
    for (s = 0; s < states; s++) {
        int32_t d = s < nearby ? s + 1 : s < fixed ? line * (1 + (s - nearby) / side) + (s - nearby) % side - reach : 0;
        st->phase[s] = 0;
        st->distance[s] = d;
        st->opening[s] = RATE_NONE;
        st->from[s] = stream;
    }
    for (y = 0; y < band->rows; y++) {
        const int64_t begin = (int64_t)y * line;
        const int16_t *x = band->points + (int64_t)y * width * 3;
        const uint16_t *weights = band->weights + (int64_t)y * width;
        const uint8_t *flatness = band->flatness + (int64_t)y * width;
        const uint8_t *forced = band->forced ? band->forced + (int64_t)y * width : NULL;
        uint8_t *row = band->indices + (int64_t)y * width;
        const f4 carry = f4_of(band->strength * band->left, band->strength * band->left, band->strength * band->left, band->decay);
        f4 best_v = f4_all(0);
        float best_c = 0;
        i4 best_past; /* the last symbols of the best path */
        memcpy(&best_past, stream + begin - RATE_PAST, RATE_PAST);
        stream[begin] = 0;
        for (s = 0; s < states; s++) {
            int32_t d = st->distance[s];
            int fits = d > 0 && d <= RATE_FARTHEST && (s < nearby || begin >= d);
            st->opening[s] = fits ? opening[rate_distance_code(d)] : RATE_NONE;
            st->from[s] = fits ? stream + begin - d : stream;
            st->c[s] = RATE_NONE;
            st->v[s] = f4_all(0);
            st->length[s] = 0;
        }
        if (open.distance && open.length < RATE_LONGEST && stream[begin - open.distance] == 0) {
            for (s = 0; s < fixed; s++)
                if (st->distance[s] == open.distance) {
                    st->c[s] = 0;
                    st->length[s] = open.length;
                    if (s < nearby) {
                        st->from[s] = stream + begin - open.length - RATE_PAST;
                        st->phase[s] = open.length % open.distance;
                    }
                }
        }
        for (p = 0; p < line; p++) {
            f4 base, q, at4 = f4_all(RATE_NONE), t;
            i4 at = i4_all(0), here = i4_of(0, 1, 2, 3);
            float weight = 0, run_weight = 0, literal_cost, least;
            int only = -1, entry, place;
            f4 keep = carry;
            f4 before_v = best_v;
            float before_c = best_c;
            uint8_t *past = pasts + (size_t)p * RATE_PAST; /* the symbols before this place on the best path */
            memcpy(past, &best_past, RATE_PAST);
            if (p == 0) {
                only = 0;
            } else if (forced && forced[p - 1]) {
                only = row[p - 1];
            }
            if (only < 0) {
                base = rate_color(x + 3 * (p - 1));
                LANE(base, 3) = LANE(base, 0);
                base = rate_target(base, above[p], low, high);
                weight = (float)weights[p - 1] / 256.0f;
                run_weight = weight * (band->run_cost * ((float)flatness[p - 1] / 255.0f));
            } else {
                base = f4_all(0);
                keep = f4_all(0);
            }
            q = f4_of(weight, weight, weight, run_weight);
            if (y == 0 && p <= nearby) /* nothing comes before the first row */
                for (s = 0; s < nearby; s++) st->opening[s] = s < p ? opening[rate_distance_code(s + 1)] : RATE_NONE;
            /* the nearest rows' states run into this very row at its end, which is not known yet */
            if (p + reach >= line)
                for (s = nearby; s < nearby + reach; s++)
                    if (st->distance[s] <= p) st->opening[s] = st->c[s] = RATE_NONE;
            for (g = 0; g < states; g += 4) {
                f4 c, d[4], opened;
                i4 restart, n;
                int sym[4];
                memcpy(&c, st->c + g, 16);
                memcpy(&opened, st->opening + g, 16);
                memcpy(&n, st->length + g, 16);
                opened = f4_add(f4_all(best_c), opened);
                restart = f4_less(opened, c);
                c = f4_select(restart, opened, c);
                n = i4_select(restart, i4_all(0), n);
                if (g < nearby) {
                    for (j = 0; j < 4; j++) {
                        int distance = g + j + 1, phase = st->phase[g + j];
                        if (LANE(restart, j)) {
                            st->from[g + j] = past;
                            phase = 0;
                        }
                        sym[j] = st->from[g + j][RATE_PAST - distance + phase];
                        st->phase[g + j] = phase + 1 < distance ? phase + 1 : 0;
                    }
                } else {
                    for (j = 0; j < 4; j++) sym[j] = st->from[g + j][p];
                }
#define RATE_ADVANCE(j)                                                                                         \
    {                                                                                                           \
        f4 v = f4_select(EVERY_LANE_LIKE(restart, j), before_v, st->v[g + j]);                                          \
        v = f4_sub(f4_add(base, f4_mul(keep, v)), palette[sym[j]]);                                             \
        st->v[g + j] = v;                                                                                       \
        d[j] = f4_mul(f4_mul(v, v), q);                                                                         \
    }
                if (only < 0) {
                    RATE_ADVANCE(0)
                    RATE_ADVANCE(1)
                    RATE_ADVANCE(2)
                    RATE_ADVANCE(3)
                    c = f4_add(c, f4_sums(d[0], d[1], d[2], d[3]));
                } else {
                    for (j = 0; j < 4; j++) {
                        st->v[g + j] = f4_all(0);
                        if (sym[j] != only) LANE(c, j) = RATE_NONE;
                    }
                }
                c = f4_add(c, f4_of(step_cost[LANE(n, 0)], step_cost[LANE(n, 1)], step_cost[LANE(n, 2)], step_cost[LANE(n, 3)]));
                n = i4_add(n, i4_all(1));
                n = i4_select(i4_more(n, i4_all(RATE_LONGEST)), i4_all(RATE_LONGEST), n);
                memcpy(st->c + g, &c, 16);
                memcpy(st->length + g, &n, 16);
                {
                    f4 able = f4_select(i4_more(n, i4_all(2)), c, f4_all(RATE_NONE));
                    i4 less = f4_less(able, at4);
                    at4 = f4_select(less, able, at4);
                    at = i4_select(less, here, at);
                    here = i4_add(here, i4_all(4));
                }
            }
            least = LANE(at4, 0);
            place = LANE(at, 0);
            for (j = 1; j < 4; j++)
                if (LANE(at4, j) < least || (LANE(at4, j) == least && LANE(at, j) < place)) least = LANE(at4, j), place = LANE(at, j);
            /* a literal */
            t = f4_add(base, f4_mul(keep, before_v));
            if (only < 0) {
                RateCell *cell = rate_cell(band, cells, places, &used, t);
                f4 aim = f4_all(0);
                float aim_weight = 0;
                if (y + 1 < band->rows) {
                    const int16_t *under = x + 3 * (width + p - 1);
                    f4 apart;
                    aim = rate_color(under);
                    apart = f4_sub(aim, base);
                    LANE(apart, 3) = 0;
                    aim_weight = band->ahead * ((float)weights[width + p - 1] / 256.0f);
                    aim_weight = aim_weight * (rival / (rival + aim_weight * f4_sum(f4_mul(apart, apart))));
                }
                entry = cell->entry[rate_literal(cell, t, weight, run_weight, aim, aim_weight, &literal_cost)];
                t = f4_sub(t, palette[entry]);
            } else {
                entry = only;
                literal_cost = lambda * band->literal_bits[only];
                t = f4_all(0);
            }
            literal_cost = before_c + literal_cost;
            if (!(least < literal_cost)) {
                best_c = literal_cost;
                best_v = t;
                match[p] = 0;
                span[p] = 1;
                symbol[p] = (uint8_t)entry;
                {
                    uint8_t tail[RATE_PAST + 1];
                    memcpy(tail, &best_past, RATE_PAST);
                    tail[RATE_PAST] = (uint8_t)entry;
                    memcpy(&best_past, tail + 1, RATE_PAST);
                }
            } else {
                best_c = least;
                best_v = st->v[place];
                match[p] = st->distance[place];
                span[p] = st->length[place];
                {
                    int n = st->length[place], d = st->distance[place];
                    const uint8_t *from = st->from[place] + p + 1;
                    uint8_t tail[3 * RATE_PAST]; /* the symbols before the match, and then its own */
                    memcpy(tail, n > p ? stream + begin + p + 1 - n - RATE_PAST : pasts + (size_t)(p + 1 - n) * RATE_PAST,
                           RATE_PAST);
                    if (place < nearby) {
                        if (n >= 2 * RATE_PAST) n = RATE_PAST + (n - RATE_PAST) % d;
                        for (i = 0; i < n; i++) tail[RATE_PAST + i] = tail[RATE_PAST + i - d];
                    } else {
                        n = n < RATE_PAST ? n : RATE_PAST;
                        memcpy(tail + RATE_PAST, from - n, (size_t)n);
                    }
                    memcpy(&best_past, tail + n, RATE_PAST);
                }
            }
        }
        rate_commit(band, &open, y, stream + begin, symbol, match, span, ends);
        memcpy(row, stream + begin + 1, (size_t)width);
        rate_leave(band, y, row, above, below, owed, low, high);
        {
            f4 *other = above;
            above = below;
            below = other;
        }
    }
    if (open.distance) rate_count_match(band, open.distance, open.length);
    result = 0;
end:
    free(stream_room), free(symbol), free(match), free(ends), free(span);
    free(places), free(room1), free(room2), free(room3), free(owed), free(pasts);
    return result;
}
#endif
