/* Matches at distances to rows above, as many at once as a vector has lanes. Distances that follow each other are a run:
   their symbols lie side by side in the stream, and so do the entries of these. Every width of vectors, and plain C, gives
   the same bits: tests/kernels/test_lanes.py. */
#ifndef PIXMEANS_RATE_MATCHES_H
#define PIXMEANS_RATE_MATCHES_H
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "f4.h"
#include "rate_band.h"

static const float RATE_NEVER = 1e18f;

enum { RATE_LANES = 8 }; /* the widest vectors; runs are padded to whole ones */

/* Matches side by side. cost: since the beginning of the row. opening: what a new one costs, lambda x open(s), or RATE_NEVER
   where its source does not exist. error_l, error_a, error_b, error_sum: what the last pixel leaves to the next, its error
   in L, a and b, and the decayed sum of errors in L, which says for how long the path has been too light or too dark. */
typedef struct {
    float cost[RATE_LANES], opening[RATE_LANES];
    float error_l[RATE_LANES], error_a[RATE_LANES], error_b[RATE_LANES], error_sum[RATE_LANES];
    int32_t length[RATE_LANES];
} RateBlock;

/* Distances that follow each other. Its slots begin with the farthest, that of state `last`; the last ones may be empty. */
typedef struct {
    int32_t slot, slots, last, farthest;
} RateRun;

/* Slot i is lane i % RATE_LANES of block i / RATE_LANES.
   entry_l: of each symbol of the stream the L of its entry; `entries` numbers behind it its a, and as far again its b. */
typedef struct {
    RateBlock *block;
    float *entry_l;
    size_t entries;
    RateRun *run;
    int32_t *slot_of; /* of each state */
    int runs, slots, shortest, longest;
    const float *step_cost; /* lambda x step(n) of each length n */
    int wide;               /* whether the processor has vectors of eight */
    void *room, *entries_room, *numbers_room;
} RateMatches;

/* The step by a symbol. color: with the error diffused from above; target: and with what the best path carries. only: the
   symbol that it must be, or -1. */
typedef struct {
    f4 color, target, weights, carry;
    float best; /* the cost of the best path to this place */
    int only;
    const uint8_t *stream;
} RateAdvance;

#if defined(__GNUC__) && !defined(PIXMEANS_PLAIN)
#define WIDEN(v) __builtin_convertvector(v, __typeof__(at))
#define NAME(function) function##_4
#define LANES 4
#define TARGET
#define FLOATS float __attribute__((vector_size(16)))
#define INTS int32_t __attribute__((vector_size(16)))
#define BYTES uint8_t __attribute__((vector_size(4)))
#if defined(__SSE4_1__)
#include <immintrin.h>
#define SELECT(mask, yes, no) ((__typeof__(yes))_mm_blendv_ps((__m128)(no), (__m128)(yes), (__m128)(mask)))
#else
#define SELECT(mask, yes, no) ((__typeof__(yes))(((mask) & (NAME(ints))(yes)) | (~(mask) & (NAME(ints))(no))))
#endif
#include "rate_matches_body.h"
#undef NAME
#undef LANES
#undef TARGET
#undef FLOATS
#undef INTS
#undef BYTES
#undef SELECT
#if defined(__x86_64__) && defined(__SSE4_1__) && !defined(PIXMEANS_FOUR)
#define RATE_EIGHT
#define NAME(function) function##_8
#define LANES 8
#define TARGET __attribute__((target("avx2")))
#define FLOATS float __attribute__((vector_size(32)))
#define INTS int32_t __attribute__((vector_size(32)))
#define BYTES uint8_t __attribute__((vector_size(8)))
#define SELECT(mask, yes, no) ((__typeof__(yes))_mm256_blendv_ps((__m256)(no), (__m256)(yes), (__m256)(mask)))
#include "rate_matches_body.h"
#undef NAME
#undef LANES
#undef TARGET
#undef FLOATS
#undef INTS
#undef BYTES
#undef SELECT
#endif
#undef WIDEN
#else /* plain C: one lane */
#define NAME(function) function##_4
#define LANES 1
#define TARGET
#define FLOATS float
#define INTS int32_t
#define BYTES uint8_t
#define SELECT(mask, yes, no) ((mask) ? (yes) : (no))
#define WIDEN(v) ((int32_t)(v))
#include "rate_matches_body.h"
#undef NAME
#undef LANES
#undef TARGET
#undef FLOATS
#undef INTS
#undef BYTES
#undef SELECT
#undef WIDEN
#endif

/* All matches advance by a symbol: each goes on, or begins after the best path where that costs less. place: of the symbol,
   in the stream. Returns the cheapest of the states that are long enough to end here, of equals the lowest; OUT *least:
   its cost, RATE_NEVER if there is none. */
static inline int rate_advance_matches(RateMatches *all, const RateAdvance *by, int64_t place, float *least)
{
#ifdef RATE_EIGHT
    if (all->wide) return rate_advance_matches_8(all, by, place, least);
#endif
    return rate_advance_matches_4(all, by, place, least);
}

/* Returns 0, or -1 without memory; close them in any case. places: symbols of the stream. step_cost: may be filled later. */
static int rate_open_matches(RateMatches *all, const RateBand *band, int64_t places, const float *step_cost)
{
    const int first = band->stream.nearby;
    int s, n, i, r;
    memset(all, 0, sizeof *all);
    all->shortest = band->stream.shortest;
    all->longest = band->longest;
    all->step_cost = step_cost;
#ifdef RATE_EIGHT
    all->wide = __builtin_cpu_supports("avx2");
#endif
    all->numbers_room = malloc((sizeof(RateRun) + sizeof(int32_t)) * (size_t)band->states);
    if (!all->numbers_room) return -1;
    all->run = all->numbers_room;
    all->slot_of = (int32_t *)(all->run + band->states);
    for (s = first; s < band->states; s += n) {
        RateRun *run = all->run + all->runs++;
        for (n = 1; s + n < band->states && band->distances[s + n] == band->distances[s] + n; n++) {}
        run->slot = all->slots;
        run->slots = (n + RATE_LANES - 1) / RATE_LANES * RATE_LANES;
        run->last = s + n - 1;
        run->farthest = band->distances[run->last];
        for (i = 0; i < n; i++) all->slot_of[run->last - i] = run->slot + i;
        all->slots += run->slots;
    }
    all->room = calloc(1, sizeof(RateBlock) * (size_t)(all->slots / RATE_LANES) + 64);
    /* before the stream there are as many entries as the farthest distance reaches back, and behind it a vector */
    r = all->runs ? all->run[all->runs - 1].farthest : 0;
    all->entries = (size_t)places + (size_t)r + RATE_LANES;
    all->entries_room = calloc(3 * all->entries, sizeof(float));
    if (!all->room || !all->entries_room) return -1;
    all->block = (RateBlock *)(((uintptr_t)all->room + 63) & ~(uintptr_t)63);
    all->entry_l = (float *)all->entries_room + r;
    return 0;
}

static void rate_close_matches(RateMatches *all)
{
    free(all->room);
    free(all->entries_room);
    free(all->numbers_room);
}

/* Keeps the entries of n symbols from a place of the stream on, which rows below may copy. */
static inline void rate_keep_entries(RateMatches *all, const f4 *palette, const uint8_t *symbols, int64_t place, int n)
{
    float *to = all->entry_l + place;
    int i;
    for (i = 0; i < n; i++) {
        const f4 entry = palette[symbols[i]];
        to[i] = LANE(entry, 0);
        to[i + all->entries] = LANE(entry, 1);
        to[i + 2 * all->entries] = LANE(entry, 2);
    }
}

/* Forgets all matches, and that any can begin. */
static inline void rate_forget_matches(RateMatches *all)
{
    int i, lane;
    memset(all->block, 0, sizeof(RateBlock) * (size_t)(all->slots / RATE_LANES));
    for (i = 0; i < all->slots / RATE_LANES; i++)
        for (lane = 0; lane < RATE_LANES; lane++) all->block[i].cost[lane] = all->block[i].opening[lane] = RATE_NEVER;
}

/* The block and the lane of a state. */
static inline RateBlock *rate_block_of(const RateMatches *all, int state, int *lane)
{
    const int slot = all->slot_of[state];
    *lane = slot % RATE_LANES;
    return all->block + slot / RATE_LANES;
}

/* What the last pixel of a match leaves to the next. */
static inline f4 rate_error_of(const RateBlock *block, int lane)
{
    return f4_of(block->error_l[lane], block->error_a[lane], block->error_b[lane], block->error_sum[lane]);
}
#endif
