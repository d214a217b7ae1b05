/* The trellis of rate-aware k-means: which matches and literals of a coder give a row of pixels at the least weighted
   error + lambda x bits. See rate.py for the whole, and kernels/rate.py for what is IN and OUT.

   The stream is what the coder packs: rows of indices, each behind the number of its filter, 0, if the band has a lead.
   Differences between neighbours, PNG's filter "Sub", do not serve: after a changed index a copy would be wrong to the
   end of its match. Chosen row by row where they cost less they took 2.4 % more bytes at equal SSIMULACRA2, and
   everywhere 32 % more, 15 % in gray photos.
   There is one survivor a match distance, a state. All states advance together, four at a time; the best of all paths
   that could end at a place may go on as any match, or as a literal. A path carries what its last pixel leaves to the
   next: the error in L, a and b, and a decayed sum of errors in L, which says how long it has been too light or too
   dark: four lanes of one vector.
   Floating point, but each operation by itself and in one order: every compiler and width of vector gives the same. */
#ifndef PIXMEANS_RATE_TRELLIS_H
#define PIXMEANS_RATE_TRELLIS_H
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "f4.h"
#include "rate_band.h"
#include "rate_errors.h"
#include "rate_literals.h"

enum {
    RATE_STATES = 2048, /* at most; a multiple of four */
    RATE_PAST = 16,     /* how far back states look that copy from their own path */
};

static const float RATE_NEVER = 1e18f;

/* Of each state: what its path costs, what it leaves to the next pixel, and how long its match is; what a new match
   costs; where its symbols come from: at a place p the symbol from[p], but of those that copy from their own path,
   whose past is at from, the symbol phase places after the distance. */
typedef struct {
    float cost[RATE_STATES];
    f4 left[RATE_STATES];
    int32_t length[RATE_STATES];
    float opening[RATE_STATES];
    const uint8_t *from[RATE_STATES];
    int32_t phase[RATE_STATES], distance[RATE_STATES];
} RateStates;

/* The best path to a place. */
typedef struct {
    float cost;
    f4 left;
    i4 past; /* its last RATE_PAST symbols */
} RateBest;

/* What a row became: for each place what ends there on the best path: the state of a match, or -1 for a literal, which
   symbol that is, and the length of the match, which may have begun in the row before. */
typedef struct {
    int32_t *state, *length;
    uint8_t *symbol;
} RatePath;

/* A pixel, or the number of a filter, that waits to be coded. */
typedef struct {
    f4 color;  /* with the errors it takes; the fourth is L again */
    f4 weights; /* of squared errors in L, a, b, and of the sum of errors */
    float chroma; /* what errors in a and b count, of those in L */
    f4 carry;  /* of what the pixel before left */
    int only;  /* the symbol it must have, or -1 */
} RatePixel;

typedef struct {
    RateBand *band;
    int line;                   /* symbols in a row of the stream */
    int states;                 /* filled up to a multiple of four */
    int open_state, open_length; /* a match that may go on in the next row; -1 if there is none */
    uint8_t *stream_room, *stream;
    uint8_t *pasts;             /* the RATE_PAST symbols before each place of a row, on the best path to it */
    int32_t *closes;            /* for each place the state whose source ends there, or -1 */
    int32_t *ends;
    float *step_cost;           /* of going on with a match of each length */
    RatePath path;
    RateStates *states_of;
    RateCells cells;
    RateErrors errors;
    void *room, *states_room;
} RateSearch;

/* Returns 0, or -1 without memory; close it in any case. */
static int rate_open(RateSearch *search, RateBand *band)
{
    const int line = band->width + band->lead, farthest = RATE_PAST + band->longest;
    const size_t n = (size_t)line;
    RateStates *st;
    int32_t *room;
    int s, i, failed;
    search->band = band;
    search->line = line;
    search->states = (band->states + 3) / 4 * 4;
    search->open_state = -1;
    search->stream_room = calloc(n * (size_t)band->rows + (size_t)farthest + RATE_PAST, 1);
    search->pasts = malloc(RATE_PAST * n);
    search->room = malloc(sizeof(int32_t) * (4 * n + (size_t)band->longest + 1) + n);
    search->states_room = malloc(sizeof(RateStates) + 64);
    failed = rate_open_cells(&search->cells) | rate_open_errors(&search->errors, band);
    if (failed || !search->stream_room || !search->pasts || !search->room || !search->states_room) return -1;
    search->stream = search->stream_room + farthest;
    room = search->room;
    search->step_cost = (float *)room;
    room += band->longest + 1;
    search->closes = room;
    search->ends = room + n;
    search->path.state = room + 2 * n;
    search->path.length = room + 3 * n;
    search->path.symbol = (uint8_t *)(room + 4 * n);
    for (i = 0; i <= band->longest; i++)
        search->step_cost[i] = i < band->shortest  ? 0.0f
                               : i == band->longest ? RATE_NEVER
                                                    : band->lambda * (band->length_bits[i + 1] - band->length_bits[i]);
    for (i = 0; i < line; i++) search->closes[i] = -1;
    st = search->states_of = (RateStates *)(((uintptr_t)search->states_room + 63) & ~(uintptr_t)63);
    for (s = 0; s < search->states; s++) {
        st->distance[s] = s < band->states ? band->distances[s] : 0;
        if (s >= band->nearby && s < band->states && st->distance[s] < line) search->closes[st->distance[s]] = s;
    }
    return 0;
}

static void rate_close(RateSearch *search)
{
    free(search->stream_room);
    free(search->pasts);
    free(search->room);
    free(search->states_room);
    rate_close_cells(&search->cells);
    rate_close_errors(&search->errors);
}

/* What a match of a state costs when it begins. */
static inline float rate_opening(const RateBand *band, int s)
{
    return band->lambda * (band->distance_bits[s] + band->length_bits[band->shortest]);
}

/* No state has a path at the beginning of a row but that of a match which may go on. */
static void rate_begin_row(RateSearch *search, int64_t begin)
{
    const RateBand *band = search->band;
    RateStates *st = search->states_of;
    int s;
    for (s = 0; s < search->states; s++) {
        int fits = s < band->states && (s < band->nearby || begin >= st->distance[s]);
        st->opening[s] = fits ? rate_opening(band, s) : RATE_NEVER;
        st->from[s] = fits ? search->stream + begin - st->distance[s] : search->stream;
        st->cost[s] = RATE_NEVER;
        st->left[s] = f4_all(0);
        st->length[s] = st->phase[s] = 0;
    }
    s = search->open_state;
    if (s >= 0 && search->open_length < band->longest) {
        st->cost[s] = 0;
        st->length[s] = search->open_length;
        if (s < band->nearby) {
            st->from[s] = search->stream + begin - search->open_length - RATE_PAST;
            st->phase[s] = search->open_length % st->distance[s];
        }
    }
}

/* The pixel, or the number of the filter, at a place of a row. */
static inline RatePixel rate_pixel(const RateSearch *search, int y, int p, f4 carry)
{
    const RateBand *band = search->band;
    const int column = p - band->lead;
    const int64_t at = (int64_t)y * band->width + column;
    RatePixel pixel;
    pixel.color = pixel.weights = pixel.carry = f4_all(0);
    pixel.only = column < 0 ? 0 : band->forced && band->forced[at] ? band->indices[at] : -1;
    if (pixel.only < 0) {
        float weight = (float)band->weights[at] / 256.0f, flat = (float)band->flatness[at] / 255.0f;
        float chroma = 1.0f + band->flat_chroma * flat;
        f4 color = rate_color(band->points + 3 * at);
        LANE(color, 3) = LANE(color, 0);
        pixel.color = rate_target(&search->errors, color, search->errors.above[column + 1]);
        pixel.chroma = chroma;
        pixel.weights = f4_of(weight, weight * chroma, weight * chroma, weight * (band->run_cost * flat));
        pixel.carry = carry;
    }
    return pixel;
}

/* Every match goes on by a symbol, or begins here after the best path where that costs less. Returns the state with the
   least cost among those that are long enough, and that cost. */
static inline int rate_advance(RateSearch *search, int p, const RatePixel *pixel, const RateBest *before, float *least)
{
    const f4 *palette = (const f4 *)search->band->palette;
    const float *step_cost = search->step_cost;
    const i4 too_short = i4_all(search->band->shortest - 1), longest = i4_all(search->band->longest);
    const uint8_t *past = search->pasts + (size_t)p * RATE_PAST;
    RateStates *st = search->states_of;
    f4 at_least = f4_all(RATE_NEVER);
    i4 at = i4_all(0), here = i4_of(0, 1, 2, 3);
    int g, j;
    for (g = 0; g < search->states; g += 4) {
        f4 cost, opened, d[4], able;
        i4 restart, n, less;
        int symbol[4];
        memcpy(&cost, st->cost + g, 16);
        memcpy(&opened, st->opening + g, 16);
        memcpy(&n, st->length + g, 16);
        opened = f4_add(f4_all(before->cost), opened);
        restart = f4_less(opened, cost);
        cost = f4_select(restart, opened, cost);
        n = i4_select(restart, i4_all(0), n);
        if (g < search->band->nearby) {
            for (j = 0; j < 4; j++) {
                int distance = g + j + 1, phase = st->phase[g + j];
                if (LANE(restart, j)) {
                    st->from[g + j] = past;
                    phase = 0;
                }
                symbol[j] = st->from[g + j][RATE_PAST - distance + phase];
                st->phase[g + j] = phase + 1 < distance ? phase + 1 : 0;
            }
        } else {
            for (j = 0; j < 4; j++) symbol[j] = st->from[g + j][p];
        }
#define RATE_ADVANCE(j)                                                                            \
    {                                                                                              \
        f4 left = f4_select(EVERY_LANE_LIKE(restart, j), before->left, st->left[g + j]);           \
        left = f4_sub(f4_add(pixel->color, f4_mul(pixel->carry, left)), palette[symbol[j]]);       \
        st->left[g + j] = left;                                                                    \
        d[j] = f4_mul(f4_mul(left, left), pixel->weights);                                         \
    }
        if (pixel->only < 0) {
            RATE_ADVANCE(0)
            RATE_ADVANCE(1)
            RATE_ADVANCE(2)
            RATE_ADVANCE(3)
            cost = f4_add(cost, f4_sums(d[0], d[1], d[2], d[3]));
        } else {
            for (j = 0; j < 4; j++) {
                st->left[g + j] = f4_all(0);
                if (symbol[j] != pixel->only) LANE(cost, j) = RATE_NEVER;
            }
        }
        cost = f4_add(cost, f4_of(step_cost[LANE(n, 0)], step_cost[LANE(n, 1)], step_cost[LANE(n, 2)], step_cost[LANE(n, 3)]));
        n = i4_add(n, i4_all(1));
        n = i4_select(i4_more(n, longest), longest, n);
        memcpy(st->cost + g, &cost, 16);
        memcpy(st->length + g, &n, 16);
        able = f4_select(i4_more(n, too_short), cost, f4_all(RATE_NEVER));
        less = f4_less(able, at_least);
        at_least = f4_select(less, able, at_least);
        at = i4_select(less, here, at);
        here = i4_add(here, i4_all(4));
    }
    return f4_least(at_least, at, least);
}

/* The best literal at a place: its index, what it costs, and what it leaves. */
static inline int rate_best_literal(RateSearch *search, int y, int p, const RatePixel *pixel, const RateBest *before,
                                    float *cost, f4 *left)
{
    const RateBand *band = search->band;
    const float rival = band->lambda * band->alike;
    const RateCell *cell;
    RateWish wish;
    int index;
    if (pixel->only >= 0) {
        *cost = band->lambda * band->literal_bits[pixel->only];
        *left = f4_all(0);
        return pixel->only;
    }
    wish.t = f4_add(pixel->color, f4_mul(pixel->carry, before->left));
    wish.weight = LANE(pixel->weights, 0);
    wish.chroma = pixel->chroma;
    wish.run_weight = LANE(pixel->weights, 3);
    wish.aim = f4_all(0);
    wish.aim_weight = 0;
    if (y + 1 < band->rows) {
        const int64_t under = (int64_t)(y + 1) * band->width + p - band->lead;
        f4 apart;
        wish.aim = rate_color(band->points + 3 * under);
        apart = f4_sub(wish.aim, pixel->color);
        LANE(apart, 3) = 0;
        wish.aim_weight = band->ahead * ((float)band->weights[under] / 256.0f);
        wish.aim_weight = wish.aim_weight * (rival / (rival + wish.aim_weight * f4_sum(f4_mul(apart, apart))));
    }
    cell = rate_cell(band, &search->cells, wish.t);
    index = cell->entry[rate_literal(cell, &wish, cost)];
    *left = f4_sub(wish.t, ((const f4 *)band->palette)[index]);
    return index;
}

/* The last symbols of a path that a symbol more was added to. */
static inline i4 rate_past_with(i4 past, uint8_t symbol)
{
    uint8_t tail[RATE_PAST + 1];
    memcpy(tail, &past, RATE_PAST);
    tail[RATE_PAST] = symbol;
    memcpy(&past, tail + 1, RATE_PAST);
    return past;
}

/* The last symbols of the path of a state whose match ends at a place of a row. */
static inline i4 rate_past_of(const RateSearch *search, int64_t begin, int p, int state)
{
    const RateStates *st = search->states_of;
    const int d = st->distance[state];
    uint8_t tail[3 * RATE_PAST]; /* the symbols before the match, and then its own */
    int n = st->length[state], i;
    i4 past;
    memcpy(tail, n > p ? search->stream + begin + p + 1 - n - RATE_PAST : search->pasts + (size_t)(p + 1 - n) * RATE_PAST,
           RATE_PAST);
    if (state < search->band->nearby) {
        if (n >= 2 * RATE_PAST) n = RATE_PAST + (n - RATE_PAST) % d;
        for (i = 0; i < n; i++) tail[RATE_PAST + i] = tail[RATE_PAST + i - d];
    } else {
        n = n < RATE_PAST ? n : RATE_PAST;
        memcpy(tail + RATE_PAST, st->from[state] + p + 1 - n, (size_t)n);
    }
    memcpy(&past, tail + n, RATE_PAST);
    return past;
}

/* The best path through a row. */
static void rate_row(RateSearch *search, int y)
{
    const RateBand *band = search->band;
    const int64_t begin = (int64_t)y * search->line;
    const f4 carry = rate_carry(band);
    RateStates *st = search->states_of;
    RatePath *path = &search->path;
    RateBest best;
    int p, s;
    best.cost = 0;
    best.left = f4_all(0);
    memcpy(&best.past, search->stream + begin - RATE_PAST, RATE_PAST);
    rate_begin_row(search, begin);
    for (p = 0; p < search->line; p++) {
        const RatePixel pixel = rate_pixel(search, y, p, carry);
        float match_cost, literal_cost;
        f4 left;
        int state, index;
        memcpy(search->pasts + (size_t)p * RATE_PAST, &best.past, RATE_PAST);
        if (begin + p <= band->nearby) /* nothing comes before the first row */
            for (s = 0; s < band->nearby; s++) st->opening[s] = s < begin + p ? rate_opening(band, s) : RATE_NEVER;
        s = search->closes[p]; /* its source runs into this very row, which is not known yet */
        if (s >= 0) st->opening[s] = st->cost[s] = RATE_NEVER;
        state = rate_advance(search, p, &pixel, &best, &match_cost);
        index = rate_best_literal(search, y, p, &pixel, &best, &literal_cost, &left);
        literal_cost = best.cost + literal_cost;
        if (match_cost < literal_cost) {
            path->state[p] = state;
            path->length[p] = st->length[state];
            best.cost = match_cost;
            best.left = st->left[state];
            best.past = rate_past_of(search, begin, p, state);
        } else {
            path->state[p] = -1;
            path->length[p] = 1;
            path->symbol[p] = (uint8_t)index;
            best.cost = literal_cost;
            best.left = left;
            best.past = rate_past_with(best.past, path->symbol[p]);
        }
    }
}

static void rate_count_match(RateBand *band, int state, int length)
{
    band->lengths[length]++;
    band->used[state]++;
}

/* Writes the row of the stream and the indices that the path says, and counts what it is made of. */
static void rate_commit(RateSearch *search, int y)
{
    RateBand *band = search->band;
    const RatePath *path = &search->path;
    uint8_t *stream = search->stream + (int64_t)y * search->line, *row = band->indices + (int64_t)y * band->width;
    const int last = search->line - 1;
    int32_t *ends = search->ends;
    int p, i, goes_on = 0;
    for (p = last; p >= 0;) { /* back along the path: at its beginning a token learns where it ends */
        int first = p + 1 - path->length[p];
        if (first < 0) {
            goes_on = 1;
            first = 0;
        }
        ends[first] = p;
        p = first - 1;
    }
    if (search->open_state >= 0 && !goes_on) rate_count_match(band, search->open_state, search->open_length);
    search->open_state = -1;
    for (p = 0; p <= last;) {
        const int end = ends[p], state = path->state[end], n = path->length[end];
        if (state < 0) {
            stream[p] = path->symbol[p];
            band->literals[stream[p]]++;
        } else {
            for (i = p; i <= end; i++) stream[i] = stream[i - band->distances[state]];
            if (end < last) {
                rate_count_match(band, state, n);
            } else {
                search->open_state = state;
                search->open_length = n;
            }
        }
        p = end + 1;
    }
    memcpy(row, stream + band->lead, (size_t)band->width);
}

/* Returns 0, or -1 without memory. */
static int rate_band(RateBand *band)
{
    RateSearch search;
    int y, result = rate_open(&search, band);
    for (y = 0; result == 0 && y < band->rows; y++) {
        rate_row(&search, y);
        rate_commit(&search, y);
        rate_leave(&search.errors, band, y);
    }
    if (result == 0 && search.open_state >= 0) rate_count_match(band, search.open_state, search.open_length);
    rate_close(&search);
    return result;
}
#endif
