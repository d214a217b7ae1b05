/* The entries that a pixel could have as a literal, and the best of them. Entries near a color are looked up by the cell
   of 1/32 of OKLab that it is in; a cell is filled when it is first asked for. */
#ifndef PIXMEANS_RATE_LITERALS_H
#define PIXMEANS_RATE_LITERALS_H
#include <stdlib.h>
#include <string.h>
#include "f4.h"
#include "rate_band.h"

enum { RATE_CANDIDATES = 16 }; /* entries a literal chooses from; measured: 256 gain nothing */
enum { CELL_A = 20, CELL_L = 33 }; /* cells of 1/32; a and b from -.3125 to .3125 */

/* Its candidates, four in a vector: L, a, b, and lambda x bits of the literal. */
typedef struct {
    f4 l[4], a[4], b[4], rate[4];
    uint8_t entry[16];
} RateCell;

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

/* Cells that were asked for: places, the number of each in cells, or -1. */
typedef struct {
    RateCell *cells;
    int32_t *places, used;
    void *room;
} RateCells;

/* Returns 0, or -1 without memory; close them in any case. */
static int rate_open_cells(RateCells *cells)
{
    const size_t most = CELL_L * CELL_A * CELL_A;
    cells->used = 0;
    cells->room = malloc(sizeof(RateCell) * most + 64);
    cells->cells = (RateCell *)(((uintptr_t)cells->room + 63) & ~(uintptr_t)63); /* they like to begin cache lines */
    cells->places = malloc(sizeof(int32_t) * most);
    if (!cells->room || !cells->places) return -1;
    memset(cells->places, -1, sizeof(int32_t) * most);
    return 0;
}

static void rate_close_cells(RateCells *cells)
{
    free(cells->room);
    free(cells->places);
}

/* The cell of a color. */
static inline const RateCell *rate_cell(const RateBand *band, RateCells *cells, f4 t)
{
    int number = rate_cell_of(t);
    if (cells->places[number] < 0) {
        cells->places[number] = cells->used;
        rate_fill_cell(band, number, cells->cells + cells->used++);
    }
    return cells->cells + cells->places[number];
}

/* What a pixel asks of a literal. */
typedef struct {
    f4 t;                    /* its color with the errors it takes; the fourth, L with the decayed sum of errors */
    float weight, chroma, run_weight; /* of its error, of a's and b's part in it, and of that sum's */
    f4 aim;                  /* the color of the pixel below, which may copy it */
    float aim_weight;
} RateWish;

/* The best of a cell's entries: weighted error + lambda x bits + how badly it would serve as a copy for the pixel below.
   Returns its place; *cost is what it costs, without the latter. */
static inline int rate_literal(const RateCell *cell, const RateWish *wish, float *cost)
{
    const f4 t = wish->t, aim = wish->aim;
    f4 best = f4_all(0), tl = f4_all(LANE(t, 0)), ta = f4_all(LANE(t, 1)), tb = f4_all(LANE(t, 2)), run = f4_all(LANE(t, 3));
    f4 w = f4_all(wish->weight), chroma = f4_all(wish->chroma), rw = f4_all(wish->run_weight), aw = f4_all(wish->aim_weight);
    i4 at = i4_all(0), here = i4_of(0, 1, 2, 3);
    int g, place;
    float least;
    for (g = 0; g < RATE_CANDIDATES / 4; g++) {
        f4 dl = f4_sub(tl, cell->l[g]), da = f4_sub(ta, cell->a[g]), db = f4_sub(tb, cell->b[g]), dr = f4_sub(run, cell->l[g]);
        f4 d = f4_add(f4_mul(dl, dl), f4_mul(chroma, f4_add(f4_mul(da, da), f4_mul(db, db))));
        f4 al = f4_sub(f4_all(LANE(aim, 0)), cell->l[g]), aa = f4_sub(f4_all(LANE(aim, 1)), cell->a[g]);
        f4 ab = f4_sub(f4_all(LANE(aim, 2)), cell->b[g]);
        f4 ad = f4_mul(aw, f4_add(f4_add(f4_mul(al, al), f4_mul(aa, aa)), f4_mul(ab, ab)));
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
    place = f4_least(best, at, &least);
    {
        int four = place / 4, lane = place % 4;
        float dl = LANE(t, 0) - LANE(cell->l[four], lane), da = LANE(t, 1) - LANE(cell->a[four], lane);
        float db = LANE(t, 2) - LANE(cell->b[four], lane), dr = LANE(t, 3) - LANE(cell->l[four], lane);
        *cost = wish->weight * (dl * dl + wish->chroma * (da * da + db * db)) + wish->run_weight * dr * dr + LANE(cell->rate[four], lane);
    }
    return place;
}
#endif
