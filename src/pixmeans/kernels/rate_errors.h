/* What a row of pixels does with its errors: Floyd and Steinberg's shares of them go to the next pixel and the next row,
   the mean error of an area is paid back over the next rows, and errors in L add up down a column, too. */
#ifndef PIXMEANS_RATE_ERRORS_H
#define PIXMEANS_RATE_ERRORS_H
#include <stdlib.h>
#include "f4.h"
#include "rate_band.h"

/* L, a, b and 0 of a point. */
static inline f4 rate_color(const int16_t *point)
{
    return f4_of((float)point[0] / 16384.0f, (float)point[1] / 16384.0f, (float)point[2] / 16384.0f, 0);
}

/* What is handed on. above: for each pixel + 1 what the row above left to it, in the fourth lane of its sum of errors,
   with a place to spare at either end; below: what this row leaves; owed: sums of errors and weights around each place,
   and scratch. low, high: the box around the entries. */
typedef struct {
    f4 low, high, *above, *below, *owed;
    void *room;
} RateErrors;

/* Returns 0, or -1 without memory; close them in any case. */
static int rate_open_errors(RateErrors *errors, const RateBand *band)
{
    const f4 *palette = (const f4 *)band->palette;
    const size_t line = (size_t)band->width + 1;
    f4 low = f4_all(1e3f), high = f4_all(-1e3f);
    int i;
    for (i = 0; i < band->k; i++) {
        if (LANE(palette[i], 0) > 10.0f) continue; /* an entry that must not be used */
        low = f4_select(f4_less(palette[i], low), palette[i], low);
        high = f4_select(f4_less(high, palette[i]), palette[i], high);
    }
    LANE(low, 3) = -1e3f; /* the sum of errors is not bounded */
    LANE(high, 3) = 1e3f;
    errors->low = low;
    errors->high = high;
    errors->room = calloc(5 * line + 2, sizeof(f4)); /* calloc's alignment is a vector's */
    errors->above = errors->room;
    errors->below = errors->above + line + 1;
    errors->owed = errors->below + line + 1;
    return errors->room ? 0 : -1;
}

static void rate_close_errors(RateErrors *errors)
{
    free(errors->room);
}

/* A color with the errors it takes: no farther out than the entries reach, which could never pay it back, unless the
   color itself is. */
static inline f4 rate_target(const RateErrors *errors, f4 color, f4 taken)
{
    f4 target = f4_add(color, taken), low = errors->low, high = errors->high;
    low = f4_select(f4_less(color, low), color, low);
    high = f4_select(f4_less(high, color), color, high);
    target = f4_select(f4_less(target, low), low, target);
    return f4_select(f4_less(high, target), high, target);
}

/* What is left of a pixel's error for the next one in the row, and of the sum of errors. */
static inline f4 rate_carry(const RateBand *band)
{
    float right = band->strength * band->left;
    return f4_of(right, right, right, band->decay);
}

/* After a row of indices: what it leaves to the next. */
static void rate_leave(RateErrors *errors, const RateBand *band, int y)
{
    const int width = band->width, line = width + 1; /* places are pixels + 1 */
    const uint8_t *row = band->indices + (int64_t)y * width;
    const int16_t *x = band->points + (int64_t)y * width * 3;
    const uint16_t *weights = band->weights + (int64_t)y * width;
    const uint8_t *forced = band->forced ? band->forced + (int64_t)y * width : NULL;
    const f4 *palette = (const f4 *)band->palette, carry = rate_carry(band), fades = f4_all(band->debt_fades);
    const float to_left = band->strength * band->down_left, to_down = band->strength * band->down;
    const float to_right = band->strength * band->down_right;
    f4 *above = errors->above, *below = errors->below, *owed = errors->owed, *alone = owed + line, *so_far = alone + line;
    f4 v = f4_all(0);
    float error;
    int p;
    for (p = 0; p < width + 2; p++) below[p] = f4_all(0);
    for (p = 1; p < line; p++) {
        if (forced && forced[p - 1]) {
            v = f4_all(0);
            error = 0;
        } else {
            f4 base = rate_color(x + 3 * (p - 1));
            LANE(base, 3) = LANE(base, 0);
            v = f4_sub(f4_add(rate_target(errors, base, above[p]), f4_mul(carry, v)), palette[row[p - 1]]);
            error = LANE(base, 0) - LANE(palette[row[p - 1]], 0);
        }
        below[p - 1] = f4_add(below[p - 1], f4_mul(f4_of(to_left, to_left, to_left, 0), v));
        below[p] = f4_add(below[p], f4_mul(f4_of(to_down, to_down, to_down, 0), v));
        below[p + 1] = f4_add(below[p + 1], f4_mul(f4_of(to_right, to_right, to_right, 0), v));
        LANE(below[p], 3) = band->column_fades * LANE(above[p], 3) + band->column * error;
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
    errors->above = below;
    errors->below = above;
}
#endif
