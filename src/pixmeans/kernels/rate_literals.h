/* The best entry for a pixel as a literal. It is chosen among the 16 entries nearest to the middle of the color's cell,
   a cube of OKLab of 1/32. A cell is filled when it is first asked for. The plain-Python definition is `candidates` and
   the literals of `choose` in tests/definitions/lz77.py. */
#ifndef PIXMEANS_RATE_LITERALS_H
#define PIXMEANS_RATE_LITERALS_H
#include <stdlib.h>
#include <string.h>
#include "f4.h"
#include "rate_band.h"

enum { RATE_CANDIDATES = 16 };     /* entries of a cell; measured: 256 gain nothing */
enum { CELL_A = 20, CELL_L = 33 }; /* cells along a and b, which go from -.3125 to .3125, and along L */

_Static_assert(RATE_CANDIDATES % 4 == 0, "candidates are compared four at a time");

/* A cell's candidates, four in a vector: L, a, b, and lambda x bits of the literal. */
typedef struct {
    f4 l[RATE_CANDIDATES / 4], a[RATE_CANDIDATES / 4], b[RATE_CANDIDATES / 4], rate[RATE_CANDIDATES / 4];
    uint8_t entry[RATE_CANDIDATES];
} RateCell;

static inline int rate_cell_of(f4 t)
{
    int l = (int)(LANE(t, 0) * 32.0f + 64.0f) - 64, a = (int)(LANE(t, 1) * 32.0f + 64.0f) - 54, b = (int)(LANE(t, 2) * 32.0f + 64.0f) - 54;
    l = l < 0 ? 0 : l >= CELL_L ? CELL_L - 1 : l;
    a = a < 0 ? 0 : a >= CELL_A ? CELL_A - 1 : a;
    b = b < 0 ? 0 : b >= CELL_A ? CELL_A - 1 : b;
    return (l * CELL_A + a) * CELL_A + b;
}

/* The entries by coordinate, so that four distances are computed at once; behind the last one are entries that are far
   away from everything. */
typedef struct {
    f4 l[64], a[64], b[64];
} RateEntries;

/* The cells that were asked for. slots: for every cell its place in cells, or -1. */
typedef struct {
    RateEntries entries;
    RateCell *cells;
    int32_t *slots, used;
    void *room;
} RateCells;

/* Returns 0, or -1 without memory; close them in any case. */
static int rate_open_cells(RateCells *cells, const RateBand *band)
{
    const size_t most = CELL_L * CELL_A * CELL_A;
    int i;
    for (i = 0; i < 256; i++) {
        const float *color = band->palette + 4 * i;
        LANE(cells->entries.l[i / 4], i % 4) = i < band->k ? color[0] : 1e3f;
        LANE(cells->entries.a[i / 4], i % 4) = i < band->k ? color[1] : 1e3f;
        LANE(cells->entries.b[i / 4], i % 4) = i < band->k ? color[2] : 1e3f;
    }
    cells->used = 0;
    cells->room = malloc(sizeof(RateCell) * most + 64);
    cells->cells = (RateCell *)(((uintptr_t)cells->room + 63) & ~(uintptr_t)63); /* they like to begin cache lines */
    cells->slots = malloc(sizeof(int32_t) * most);
    if (!cells->room || !cells->slots) return -1;
    memset(cells->slots, -1, sizeof(int32_t) * most);
    return 0;
}

static void rate_close_cells(RateCells *cells)
{
    free(cells->room);
    free(cells->slots);
}

/* The entries nearest to the middle of a cell, nearest first; of equals the lowest first. */
static void rate_fill_cell(const RateBand *band, const RateEntries *entries, int number, RateCell *cell)
{
    const int wanted = band->k < RATE_CANDIDATES ? band->k : RATE_CANDIDATES;
    float nearest[RATE_CANDIDATES];
    f4 l = f4_all(((float)(number / (CELL_A * CELL_A)) + 0.5f) / 32.0f);
    f4 a = f4_all(((float)(number / CELL_A % CELL_A) - 9.5f) / 32.0f), b = f4_all(((float)(number % CELL_A) - 9.5f) / 32.0f);
    int found = 0, four, i, j;
    for (four = 0; 4 * four < band->k; four++) {
        f4 dl = f4_sub(entries->l[four], l), da = f4_sub(entries->a[four], a), db = f4_sub(entries->b[four], b);
        f4 d = f4_add(f4_add(f4_mul(dl, dl), f4_mul(da, da)), f4_mul(db, db));
        unsigned nearer = found < wanted ? 15 : i4_bits(f4_less(d, f4_all(nearest[wanted - 1])));
        for (i = 4 * four; nearer; i++, nearer >>= 1) {
            const float distance = LANE(d, i % 4);
            if (!(nearer & 1) || i >= band->k || (found == wanted && !(distance < nearest[wanted - 1]))) continue;
            j = found < wanted ? found++ : wanted - 1;
            for (; j > 0 && distance < nearest[j - 1]; j--) {
                nearest[j] = nearest[j - 1];
                cell->entry[j] = cell->entry[j - 1];
            }
            nearest[j] = distance;
            cell->entry[j] = (uint8_t)i;
        }
    }
    for (i = wanted; i < RATE_CANDIDATES; i++) cell->entry[i] = cell->entry[0];
    for (i = 0; i < RATE_CANDIDATES; i++) {
        const float *color = band->palette + 4 * cell->entry[i];
        LANE(cell->l[i / 4], i % 4) = color[0];
        LANE(cell->a[i / 4], i % 4) = color[1];
        LANE(cell->b[i / 4], i % 4) = color[2];
        LANE(cell->rate[i / 4], i % 4) = band->lambda * band->literal_bits[cell->entry[i]];
    }
}

/* The cell of a color. */
static inline const RateCell *rate_cell(const RateBand *band, RateCells *cells, f4 t)
{
    int number = rate_cell_of(t);
    if (cells->slots[number] < 0) {
        cells->slots[number] = cells->used;
        rate_fill_cell(band, &cells->entries, number, cells->cells + cells->used++);
    }
    return cells->cells + cells->slots[number];
}

/* What a literal must serve: this pixel, and the pixel below, which may copy it. */
typedef struct {
    f4 target;           /* L, a, b with the errors diffused to this pixel; lane 3: L with the decayed sum of errors */
    float weight;        /* of the squared error */
    float chroma;        /* what a's and b's part counts in it */
    float streak_weight; /* of the squared sum of errors */
    f4 below;            /* the color of the pixel below */
    float below_weight;  /* of the squared error that it would have as a copy */
} RateDemand;

/* The candidate with the least weighted error + lambda x bits + weighted error of the pixel below. Returns its place in
   the cell; OUT *cost: the same without the pixel below. */
static inline int rate_literal(const RateCell *cell, const RateDemand *demand, float *cost)
{
    const f4 t = demand->target, below = demand->below;
    f4 best = f4_all(0), tl = f4_all(LANE(t, 0)), ta = f4_all(LANE(t, 1)), tb = f4_all(LANE(t, 2)), ts = f4_all(LANE(t, 3));
    f4 w = f4_all(demand->weight), chroma = f4_all(demand->chroma), sw = f4_all(demand->streak_weight);
    f4 bw = f4_all(demand->below_weight);
    i4 at = i4_all(0), here = i4_of(0, 1, 2, 3);
    int g, place;
    float least;
    for (g = 0; g < RATE_CANDIDATES / 4; g++) {
        f4 dl = f4_sub(tl, cell->l[g]), da = f4_sub(ta, cell->a[g]), db = f4_sub(tb, cell->b[g]), ds = f4_sub(ts, cell->l[g]);
        f4 d = f4_add(f4_mul(dl, dl), f4_mul(chroma, f4_add(f4_mul(da, da), f4_mul(db, db))));
        f4 bl = f4_sub(f4_all(LANE(below, 0)), cell->l[g]), ba = f4_sub(f4_all(LANE(below, 1)), cell->a[g]);
        f4 bb = f4_sub(f4_all(LANE(below, 2)), cell->b[g]);
        f4 bd = f4_mul(bw, f4_add(f4_add(f4_mul(bl, bl), f4_mul(ba, ba)), f4_mul(bb, bb)));
        f4 c = f4_add(f4_add(f4_add(f4_mul(w, d), f4_mul(sw, f4_mul(ds, ds))), cell->rate[g]), bd);
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
    place = f4_least(best, at, &least);
    {
        int four = place / 4, lane = place % 4;
        float dl = LANE(t, 0) - LANE(cell->l[four], lane), da = LANE(t, 1) - LANE(cell->a[four], lane);
        float db = LANE(t, 2) - LANE(cell->b[four], lane), ds = LANE(t, 3) - LANE(cell->l[four], lane);
        *cost = demand->weight * (dl * dl + demand->chroma * (da * da + db * db)) + demand->streak_weight * ds * ds +
                LANE(cell->rate[four], lane);
    }
    return place;
}
#endif
