/* The trellis of rate-distortion optimised indices: which matches and literals of a coder give a row of pixels at the least weighted
   error + lambda x bits. rate/lz77.py describes the whole, kernels/rate.py what is IN and OUT.

   It is held to two things. tests/definitions/lz77.py is the same search in plain Python, and must find the same indices
   and counts (tests/rate/test_lz77.py). tests/kernels/trellis_check.c runs it with vectors and in plain C, which must
   agree in every bit (tests/kernels/test_lanes.py).

   The stream is what the coder packs: the rows of indices, each behind the number of its filter, 0, if there is a lead.
   The search goes through it row by row, symbol by symbol. A state s is a match at distance d[s], n symbols long so far.
   With copy_s(p) for the symbol d[s] before place p, e for the error of an index and w for its weight:

       open(s)      = distance_bits[s] + length_bits[shortest]
       step(n)      = length_bits[n + 1] - length_bits[n], but 0 if n < shortest and infinite if n = longest
       D(p, i)      = w |e(p, i)|^2 + streak weight x (decayed sum of the errors of L)^2
       cost[p+1][s] = min(cost[p][s] + lambda step(n), best[p] + lambda open(s)) + D(p, copy_s(p))
       best[p+1]    = min(min over s with n >= shortest of cost[p+1][s],
                          best[p] + min over i of (D(p, i) + lambda literal_bits[i]))

   This is not an exact Viterbi search. D depends on the path, by the errors that it has diffused and summed up, and step
   depends on the length of the match. So each survivor carries its own error, sum and length (per-survivor processing),
   and four things are approximated:
   1. There is one survivor a distance: the cheapest path, whatever error it carries. More of them, told apart by that
      error or by length, would each cost as much as all states do now.
   2. A match begins only after the single best path to a place. To begin it after several would need their errors and
      pasts, and as many comparisons a state.
   3. A literal is one of the 16 entries nearest to the middle of its color's cell. 256 gain nothing.
   4. Rows are decided one after the other. What a row means for those below is the weight of the pixel below in the choice
      of a literal: 1.3 % of the bytes; looking at more rows gained nothing. Deciding rows together would need states for
      pairs of matches.

   Time: O(pixels x distances), eight states at a time where the processor has vectors of eight. Memory of a band: 32 bytes
   a state, 13 bytes a symbol of the stream, 113 bytes a column, and 272 bytes for each of at most 13,200 cells.

   Ties: a match is continued, not begun again; among matches the lowest state wins; a literal wins against a match. Which
   rule it is hardly matters, but it must be one: all vector widths, compilers and the definition must take the same path.
   For the same reason each floating-point operation stands by itself and in one order.

   PNG's filter "Sub" (differences between neighbors) does not serve: after a changed index a copy would be wrong to the
   end of its match. Chosen row by row where it costs less it took 2.4 % more bytes at equal SSIMULACRA2, and everywhere
   32 % more, 15 % in gray photos. */
#ifndef PIXMEANS_RATE_TRELLIS_H
#define PIXMEANS_RATE_TRELLIS_H
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "f4.h"
#include "rate_band.h"
#include "rate_errors.h"
#include "rate_literals.h"
#include "rate_matches.h"

_Static_assert(RATE_PAST % 4 == 0, "nearby matches advance four at a time");
_Static_assert(sizeof(f4) == 16 && sizeof(i4) == RATE_PAST, "four lanes of 32 bits, and a past is one vector");

/* Matches at the nearby distances, d = s + 1 of state s. carried_error: what a path's last pixel leaves to the next, see
   RateMatches; in lane 3 the decayed sum of errors in L.
   from[s]: the RATE_PAST symbols before the match. Its next symbol is from[s][RATE_PAST - d + phase[s]], and phase[s] is its
   length mod d. */
typedef struct {
    float cost[RATE_PAST];
    f4 carried_error[RATE_PAST];
    int32_t length[RATE_PAST];
    float opening[RATE_PAST]; /* lambda x open(s) */
    const uint8_t *from[RATE_PAST];
    int32_t phase[RATE_PAST];
} RateNearby;

/* The best path to a place. */
typedef struct {
    float cost;
    f4 carried_error;
    i4 past; /* its last RATE_PAST symbols */
} RateBest;

/* The best path to each place of a row, by its last step: the state of the match that ends there, or -1 for a literal;
   that literal's symbol; and the length of the match, which may have begun in the row above. */
typedef struct {
    int32_t *state, *length;
    uint8_t *symbol;
} RatePath;

/* A symbol to be coded: a pixel's index, or the number of a filter. */
typedef struct {
    f4 color;     /* with the error diffused from above; lane 3: L with the column sum of errors */
    f4 weights;   /* of the squares of its error in L, a and b, and of the sum of errors */
    float chroma; /* what errors in a and b count, of those in L */
    f4 carry;     /* the share of the last pixel's carried error that it takes */
    int only;     /* the symbol that it must have, or -1 */
} RatePixel;

typedef struct {
    RateBand *band;
    int line;                   /* symbols in a row of the stream */
    int open_state, open_length; /* the match that the last row ended with and the next may continue; -1: none */
    uint8_t *stream_room, *stream;
    uint8_t *pasts;             /* the RATE_PAST symbols before each place of a row, on the best path to it */
    int32_t *closes;            /* for each place the state whose source would be in this very row from there on, or -1 */
    int32_t *ends;              /* scratch: where the step that begins at a place ends */
    float *step_cost;           /* lambda x step(n) of each length n */
    float least_literal;        /* lambda x bits of the cheapest literal */
    RatePath path;
    RateNearby nearby;
    RateMatches matches;
    RateCells cells;
    RateErrors errors;
    void *room;
} RateSearch;

/* Returns 0, or -1 without memory; close it in any case. */
static int rate_open(RateSearch *search, RateBand *band)
{
    const int line = band->width + band->stream.lead, past = RATE_PAST + band->longest;
    const int reach = RATE_LANES + band->distances[band->states - 1], before = past > reach ? past : reach;
    const size_t n = (size_t)line;
    int32_t *room;
    int s, i, failed;
    search->band = band;
    search->line = line;
    search->open_state = -1;
    search->stream_room = calloc(n * (size_t)band->rows + (size_t)before + 2 * RATE_PAST, 1);
    search->pasts = malloc(RATE_PAST * n);
    search->room = malloc(sizeof(int32_t) * (4 * n + (size_t)band->longest + 1) + n);
    failed = rate_open_cells(&search->cells, band) | rate_open_errors(&search->errors, band);
    failed |= rate_open_matches(&search->matches, band, (int64_t)(n * (size_t)band->rows), search->room);
    if (failed || !search->stream_room || !search->pasts || !search->room) return -1;
    search->stream = search->stream_room + before;
    room = search->room;
    search->step_cost = (float *)room;
    room += band->longest + 1;
    search->closes = room;
    search->ends = room + n;
    search->path.state = room + 2 * n;
    search->path.length = room + 3 * n;
    search->path.symbol = (uint8_t *)(room + 4 * n);
    for (i = 0; i <= band->longest; i++)
        search->step_cost[i] = i < band->stream.shortest  ? 0.0f
                               : i == band->longest ? RATE_NEVER
                                                    : band->lambda * (band->length_bits[i + 1] - band->length_bits[i]);
    search->least_literal = RATE_NEVER;
    for (i = 0; i < band->k; i++) {
        float cost = band->lambda * band->literal_bits[i];
        if (cost < search->least_literal) search->least_literal = cost;
    }
    for (i = 0; i < line; i++) search->closes[i] = -1;
    for (s = band->stream.nearby; s < band->states; s++)
        if (band->distances[s] < line) search->closes[band->distances[s]] = s;
    return 0;
}

static void rate_close(RateSearch *search)
{
    free(search->stream_room);
    free(search->pasts);
    free(search->room);
    rate_close_matches(&search->matches);
    rate_close_cells(&search->cells);
    rate_close_errors(&search->errors);
}

/* lambda x open(s): what a match costs when it begins. */
static inline float rate_opening(const RateBand *band, int s)
{
    return band->lambda * (band->distance_bits[s] + band->length_bits[band->stream.shortest]);
}

/* At the beginning of a row only the match that ended the last one has a path. */
static void rate_begin_row(RateSearch *search, int64_t begin)
{
    const RateBand *band = search->band;
    RateNearby *near = &search->nearby;
    RateMatches *all = &search->matches;
    int s, lane;
    for (s = 0; s < band->stream.nearby; s++) {
        near->opening[s] = rate_opening(band, s);
        near->from[s] = search->stream + begin - RATE_PAST;
        near->cost[s] = RATE_NEVER;
        near->carried_error[s] = f4_all(0);
        near->length[s] = near->phase[s] = 0;
    }
    rate_forget_matches(all);
    for (s = band->stream.nearby; s < band->states; s++)
        if (begin >= band->distances[s]) {
            RateBlock *block = rate_block_of(all, s, &lane);
            block->opening[lane] = rate_opening(band, s);
        }
    s = search->open_state;
    if (s < 0 || search->open_length >= band->longest) return;
    if (s < band->stream.nearby) {
        near->cost[s] = 0;
        near->length[s] = search->open_length;
        near->from[s] = search->stream + begin - search->open_length - RATE_PAST;
        near->phase[s] = search->open_length % (s + 1);
    } else {
        RateBlock *block = rate_block_of(all, s, &lane);
        block->cost[lane] = 0;
        block->length[lane] = search->open_length;
    }
}

/* The pixel, or the number of the filter, at a place of a row. */
static inline RatePixel rate_pixel(const RateSearch *search, int y, int p, f4 carry)
{
    const RateBand *band = search->band;
    const RateVisualModel *model = &band->visual_model;
    const int column = p - band->stream.lead;
    const int64_t at = (int64_t)y * band->width + column;
    RatePixel pixel;
    pixel.color = pixel.weights = pixel.carry = f4_all(0);
    pixel.only = column < 0 ? 0 : band->locked && band->locked[at] ? band->indices[at] : -1;
    if (pixel.only < 0) {
        float weight = (float)band->weights[at] / 256.0f, flat = (float)band->flatness[at] / 255.0f;
        float chroma = 1.0f + model->flat_chroma * flat;
        f4 color = rate_color(band->points + 3 * at);
        LANE(color, 3) = LANE(color, 0);
        pixel.color = rate_target(&search->errors, color, search->errors.above[column + 1]);
        pixel.chroma = chroma;
        pixel.weights = f4_of(weight, weight * chroma, weight * chroma, weight * (model->streak_cost * flat));
        pixel.carry = carry;
    }
    return pixel;
}

/* A path takes a pixel as an entry. target: the pixel's color with what the path carries. OUT *carried: the new error.
   Returns its weighted squares, whose sum is D. */
static inline f4 rate_take(const RatePixel *pixel, f4 target, f4 *carried, f4 entry)
{
    f4 error = f4_sub(target, entry);
    *carried = error;
    return f4_mul(f4_mul(error, error), pixel->weights);
}

/* All nearby matches advance by a symbol: each goes on, or begins after the best path where that costs less.
   Returns the cheapest of those that are long enough to end here; OUT *least: its cost. */
static inline int rate_advance_nearby(RateSearch *search, int p, const RatePixel *pixel, f4 target, const RateBest *before, float *least)
{
    const f4 *palette = search->errors.palette;
    const float *step_cost = search->matches.step_cost;
    const i4 too_short = i4_all(search->band->stream.shortest - 1), longest = i4_all(search->band->longest);
    const uint8_t *past = search->pasts + (size_t)p * RATE_PAST;
    RateNearby *near = &search->nearby;
    f4 at_least = f4_all(RATE_NEVER);
    i4 at = i4_all(0), here = i4_of(0, 1, 2, 3);
    int g, j;
    for (g = 0; g < search->band->stream.nearby; g += 4) {
        f4 cost, opened, d[4], able;
        i4 restart, n, less;
        int symbol[4];
        unsigned again;
        memcpy(&cost, near->cost + g, 16);
        memcpy(&opened, near->opening + g, 16);
        memcpy(&n, near->length + g, 16);
        opened = f4_add(f4_all(before->cost), opened);
        restart = f4_less(opened, cost);
        cost = f4_select(restart, opened, cost);
        n = i4_select(restart, i4_all(0), n);
        again = i4_bits(restart);
        for (j = 0; j < 4; j++) {
            int distance = g + j + 1, phase = again >> j & 1 ? 0 : near->phase[g + j];
            const uint8_t *from = again >> j & 1 ? past : near->from[g + j];
            near->from[g + j] = from;
            symbol[j] = from[RATE_PAST - distance + phase];
            near->phase[g + j] = phase + 1 < distance ? phase + 1 : 0;
        }
        if (pixel->only < 0) {
            f4 *carried = near->carried_error + g;
            d[0] = rate_take(pixel, f4_select(EVERY_LANE_LIKE(restart, 0), target, f4_add(pixel->color, f4_mul(pixel->carry, carried[0]))), carried, palette[symbol[0]]);
            d[1] = rate_take(pixel, f4_select(EVERY_LANE_LIKE(restart, 1), target, f4_add(pixel->color, f4_mul(pixel->carry, carried[1]))), carried + 1, palette[symbol[1]]);
            d[2] = rate_take(pixel, f4_select(EVERY_LANE_LIKE(restart, 2), target, f4_add(pixel->color, f4_mul(pixel->carry, carried[2]))), carried + 2, palette[symbol[2]]);
            d[3] = rate_take(pixel, f4_select(EVERY_LANE_LIKE(restart, 3), target, f4_add(pixel->color, f4_mul(pixel->carry, carried[3]))), carried + 3, palette[symbol[3]]);
            cost = f4_add(cost, f4_sums(d[0], d[1], d[2], d[3]));
        } else {
            for (j = 0; j < 4; j++) {
                near->carried_error[g + j] = f4_all(0);
                if (symbol[j] != pixel->only) LANE(cost, j) = RATE_NEVER;
            }
        }
        cost = f4_add(cost, f4_of(step_cost[LANE(n, 0)], step_cost[LANE(n, 1)], step_cost[LANE(n, 2)], step_cost[LANE(n, 3)]));
        n = i4_add(n, i4_all(1));
        n = i4_select(i4_more(n, longest), longest, n);
        memcpy(near->cost + g, &cost, 16);
        memcpy(near->length + g, &n, 16);
        able = f4_select(i4_more(n, too_short), cost, f4_all(RATE_NEVER));
        less = f4_less(able, at_least);
        at_least = f4_select(less, able, at_least);
        at = i4_select(less, here, at);
        here = i4_add(here, i4_all(4));
    }
    return f4_least(at_least, at, least);
}

/* The best literal at a place after the best path. Returns its index; OUT *cost: D + lambda x bits; *carried_error. */
static inline int rate_best_literal(RateSearch *search, int y, int p, const RatePixel *pixel, const RateBest *before,
                                    float *cost, f4 *carried_error)
{
    const RateBand *band = search->band;
    const RateVisualModel *model = &band->visual_model;
    const RateCell *cell;
    RateDemand demand;
    int index;
    if (pixel->only >= 0) {
        *cost = band->lambda * band->literal_bits[pixel->only];
        *carried_error = f4_all(0);
        return pixel->only;
    }
    demand.target = f4_add(pixel->color, f4_mul(pixel->carry, before->carried_error));
    demand.weight = LANE(pixel->weights, 0);
    demand.chroma = pixel->chroma;
    demand.streak_weight = LANE(pixel->weights, 3);
    demand.below = f4_all(0);
    demand.below_weight = 0;
    if (y + 1 < band->rows) {
        const int64_t under = (int64_t)(y + 1) * band->width + p - band->stream.lead;
        const float half = band->lambda * model->below_half_bits;
        f4 apart;
        demand.below = rate_color(band->points + 3 * under);
        apart = f4_sub(demand.below, pixel->color);
        LANE(apart, 3) = 0;
        demand.below_weight = model->below_weight * ((float)band->weights[under] / 256.0f);
        demand.below_weight = demand.below_weight * (half / (half + demand.below_weight * f4_sum(f4_mul(apart, apart))));
    }
    cell = rate_cell(band, &search->cells, demand.target);
    index = cell->entry[rate_literal(cell, &demand, cost)];
    *carried_error = f4_sub(demand.target, search->errors.palette[index]);
    return index;
}

/* The last RATE_PAST symbols of a path, after one more. */
static inline i4 rate_past_with(i4 past, uint8_t symbol)
{
    uint8_t tail[RATE_PAST + 1];
    memcpy(tail, &past, RATE_PAST);
    tail[RATE_PAST] = symbol;
    memcpy(&past, tail + 1, RATE_PAST);
    return past;
}

/* The last RATE_PAST symbols of a state's path, if its match of n symbols ends at a place of a row. */
static inline i4 rate_past_of(const RateSearch *search, int64_t begin, int p, int state, int n)
{
    const int d = search->band->distances[state];
    uint8_t tail[3 * RATE_PAST]; /* the symbols before the match, and then its own */
    i4 past;
    int i;
    memcpy(tail, n > p ? search->stream + begin + p + 1 - n - RATE_PAST : search->pasts + (size_t)(p + 1 - n) * RATE_PAST,
           RATE_PAST);
    if (state < search->band->stream.nearby) {
        if (n >= 2 * RATE_PAST) n = RATE_PAST + (n - RATE_PAST) % d;
        for (i = 0; i < n; i++) tail[RATE_PAST + i] = tail[RATE_PAST + i - d];
    } else {
        n = n < RATE_PAST ? n : RATE_PAST;
        memcpy(tail + RATE_PAST, search->stream + begin + p + 1 - n - d, RATE_PAST); /* of which n count */
    }
    memcpy(&past, tail + n, RATE_PAST);
    return past;
}

/* Finds the best path through a row. */
static void rate_row(RateSearch *search, int y)
{
    const RateBand *band = search->band;
    const int64_t begin = (int64_t)y * search->line;
    const f4 carry = rate_carry(&band->visual_model);
    RateNearby *near = &search->nearby;
    RateMatches *all = &search->matches;
    RatePath *path = &search->path;
    RateBest best;
    int p, s, lane = 0;
    best.cost = 0;
    best.carried_error = f4_all(0);
    memcpy(&best.past, search->stream + begin - RATE_PAST, RATE_PAST);
    rate_begin_row(search, begin);
    for (p = 0; p < search->line; p++) {
        const RatePixel pixel = rate_pixel(search, y, p, carry);
        float match_cost, above_cost, literal_cost;
        RateAdvance by;
        f4 carried_error;
        int state, index;
        memcpy(search->pasts + (size_t)p * RATE_PAST, &best.past, RATE_PAST);
        if (begin + p <= band->stream.nearby) /* nothing precedes the first row */
            for (s = 0; s < band->stream.nearby; s++) near->opening[s] = s < begin + p ? rate_opening(band, s) : RATE_NEVER;
        s = search->closes[p]; /* its source would be this very row, which is not decided yet */
        if (s >= 0) {
            RateBlock *block = rate_block_of(all, s, &lane);
            block->opening[lane] = block->cost[lane] = RATE_NEVER;
        }
        by.color = pixel.color;
        by.target = f4_add(pixel.color, f4_mul(pixel.carry, best.carried_error));
        by.weights = pixel.weights;
        by.carry = pixel.carry;
        by.best = best.cost;
        by.only = pixel.only;
        by.stream = search->stream;
        state = rate_advance_nearby(search, p, &pixel, by.target, &best, &match_cost);
        s = rate_advance_matches(all, &by, begin + p, &above_cost);
        if (above_cost < match_cost) match_cost = above_cost, state = s;
        index = 0;
        literal_cost = best.cost + search->least_literal; /* no literal costs less, and often a match does */
        if (!(match_cost < literal_cost)) {
            index = rate_best_literal(search, y, p, &pixel, &best, &literal_cost, &carried_error);
            literal_cost = best.cost + literal_cost;
        }
        if (match_cost < literal_cost) { /* a tie goes to the literal: see above */
            path->state[p] = state;
            best.cost = match_cost;
            if (state < band->stream.nearby) {
                path->length[p] = near->length[state];
                best.carried_error = near->carried_error[state];
            } else {
                const RateBlock *block = rate_block_of(all, state, &lane);
                path->length[p] = block->length[lane];
                best.carried_error = rate_error_of(block, lane);
            }
            best.past = rate_past_of(search, begin, p, state, path->length[p]);
        } else {
            path->state[p] = -1;
            path->length[p] = 1;
            path->symbol[p] = (uint8_t)index;
            best.cost = literal_cost;
            best.carried_error = carried_error;
            best.past = rate_past_with(best.past, path->symbol[p]);
        }
    }
}

static void rate_count_match(RateBand *band, int state, int length)
{
    band->length_counts[length]++;
    band->match_counts[state]++;
}

/* Writes the row of the best path into the stream and the indices, and counts its literals and matches. */
static void rate_commit(RateSearch *search, int y)
{
    RateBand *band = search->band;
    const RatePath *path = &search->path;
    uint8_t *stream = search->stream + (int64_t)y * search->line, *row = band->indices + (int64_t)y * band->width;
    const int last = search->line - 1;
    int32_t *ends = search->ends;
    int p, i, goes_on = 0;
    for (p = last; p >= 0;) { /* back along the path: where each of its steps begins and ends */
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
            band->literal_counts[stream[p]]++;
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
    memcpy(row, stream + band->stream.lead, (size_t)band->width);
    rate_keep_entries(&search->matches, search->errors.palette, stream, (int64_t)y * search->line, search->line);
}

/* Returns 0, or -1 without memory. */
static inline int rate_rows(RateBand *band)
{
    RateSearch search;
    int y, result = rate_open(&search, band);
    for (y = 0; result == 0 && y < band->rows; y++) {
        rate_row(&search, y);
        rate_commit(&search, y);
        rate_diffuse_row(&search.errors, band, y);
    }
    if (result == 0 && search.open_state >= 0) rate_count_match(band, search.open_state, search.open_length);
    rate_close(&search);
    return result;
}

#ifdef RATE_EIGHT
/* The same, compiled for processors with vectors of eight: operations need no copies of what they overwrite. */
__attribute__((target("avx2"), flatten)) static int rate_rows_8(RateBand *band) { return rate_rows(band); }
#endif

/* Returns 0, or -1 without memory. */
static int rate_band(RateBand *band)
{
#ifdef RATE_EIGHT
    if (__builtin_cpu_supports("avx2")) return rate_rows_8(band);
#endif
    return rate_rows(band);
}
#endif
