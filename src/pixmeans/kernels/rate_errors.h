/* What a row of pixels does with its errors. It diffuses them with Floyd and Steinberg's shares. The mean error of an area
   is fed back over the next rows. Errors in L also add up down a column. The plain-Python definition is the end of
   `choose` in tests/definitions/lz77.py. */
#ifndef PIXMEANS_RATE_ERRORS_H
#define PIXMEANS_RATE_ERRORS_H
#include <stdlib.h>
#include <string.h>
#include "f4.h"
#include "rate_band.h"

/* L, a, b and 0 of a point. */
static inline f4 rate_color(const int16_t *point)
{
    return f4_of((float)point[0] / 16384.0f, (float)point[1] / 16384.0f, (float)point[2] / 16384.0f, 0);
}

/* palette: the entries, aligned as vectors are.
   low, high: the box around the entries that may be used.
   above[x + 1]: the error diffused to pixel x from the row above in L, a and b; in lane 3 the decayed column sum of errors
   in L. One spare cell at each end. below: the same for the next row.
   area_error[x + 1]: decayed sums around pixel x of weight x error in L, a and b, and of the weights in lane 3. Behind it
   are two rows of scratch. */
typedef struct {
    f4 palette[256];
    f4 low, high, *above, *below, *area_error;
    void *room;
} RateErrors;

/* Returns 0, or -1 without memory; close them in any case. */
static int rate_open_errors(RateErrors *errors, const RateBand *band)
{
    const size_t line = (size_t)band->width + 1;
    f4 low = f4_all(1e3f), high = f4_all(-1e3f);
    int i;
    memcpy(errors->palette, band->palette, sizeof errors->palette);
    for (i = 0; i < band->k; i++) {
        const f4 entry = errors->palette[i];
        if (LANE(entry, 0) > 10.0f) continue; /* an entry that must not be used */
        low = f4_select(f4_less(entry, low), entry, low);
        high = f4_select(f4_less(high, entry), entry, high);
    }
    LANE(low, 3) = -1e3f; /* the sum of errors is not bounded */
    LANE(high, 3) = 1e3f;
    errors->low = low;
    errors->high = high;
    errors->room = calloc(5 * line + 2, sizeof(f4)); /* calloc's alignment is a vector's */
    errors->above = errors->room;
    errors->below = errors->above + line + 1;
    errors->area_error = errors->below + line + 1;
    return errors->room ? 0 : -1;
}

static void rate_close_errors(RateErrors *errors)
{
    free(errors->room);
}

/* color + error, clipped to the box around the entries and the color itself. What lies outside that box could never be
   made up for. */
static inline f4 rate_target(const RateErrors *errors, f4 color, f4 error)
{
    f4 target = f4_add(color, error), low = errors->low, high = errors->high;
    low = f4_select(f4_less(color, low), color, low);
    high = f4_select(f4_less(high, color), color, high);
    target = f4_select(f4_less(target, low), low, target);
    return f4_select(f4_less(high, target), high, target);
}

/* What the next pixel of the row takes of a pixel's error in L, a and b, and of its sum of errors. */
static inline f4 rate_carry(const RateVisualModel *model)
{
    float right = model->strength * model->share_right;
    return f4_of(right, right, right, model->streak_decay);
}

/* After a row of indices: diffuses its errors to the next row, which is then the row `above` is for. */
static void rate_diffuse_row(RateErrors *errors, const RateBand *band, int y)
{
    const RateVisualModel *model = &band->visual_model;
    const int width = band->width, line = width + 1; /* places are pixels + 1 */
    const uint8_t *row = band->indices + (int64_t)y * width;
    const int16_t *x = band->points + (int64_t)y * width * 3;
    const uint16_t *weights = band->weights + (int64_t)y * width;
    const uint8_t *locked = band->locked ? band->locked + (int64_t)y * width : NULL;
    const f4 *palette = errors->palette, carry = rate_carry(model), decay = f4_all(model->feedback_decay);
    const float down_left = model->strength * model->share_down_left, down = model->strength * model->share_down;
    const float down_right = model->strength * model->share_down_right;
    f4 *above = errors->above, *below = errors->below, *area_error = errors->area_error;
    f4 *own = area_error + line, *from_left = own + line;
    f4 v = f4_all(0);
    float error;
    int p;
    for (p = 0; p < width + 2; p++) below[p] = f4_all(0);
    for (p = 1; p < line; p++) {
        if (locked && locked[p - 1]) {
            v = f4_all(0);
            error = 0;
        } else {
            f4 base = rate_color(x + 3 * (p - 1));
            LANE(base, 3) = LANE(base, 0);
            v = f4_sub(f4_add(rate_target(errors, base, above[p]), f4_mul(carry, v)), palette[row[p - 1]]);
            error = LANE(base, 0) - LANE(palette[row[p - 1]], 0);
        }
        below[p - 1] = f4_add(below[p - 1], f4_mul(f4_of(down_left, down_left, down_left, 0), v));
        below[p] = f4_add(below[p], f4_mul(f4_of(down, down, down, 0), v));
        below[p + 1] = f4_add(below[p + 1], f4_mul(f4_of(down_right, down_right, down_right, 0), v));
        LANE(below[p], 3) = model->column_decay * LANE(above[p], 3) + model->column_share * error;
    }
    /* Feedback: the weighted mean of the errors around each pixel, before diffusion. Sums decay to both sides, so one pass
       goes from the left and one from the right; the pixel's own error is in both. */
    for (p = 1, v = f4_all(0); p < line; p++) {
        f4 e = f4_sub(rate_color(x + 3 * (p - 1)), palette[row[p - 1]]);
        LANE(e, 3) = 1.0f;
        own[p] = f4_mul(e, f4_all(locked && locked[p - 1] ? 0.0f : (float)weights[p - 1] / 256.0f));
        v = f4_add(f4_mul(v, decay), own[p]);
        from_left[p] = v;
    }
    for (p = line - 1, v = f4_all(0); p >= 1; p--) {
        f4 share;
        v = f4_add(f4_mul(v, decay), own[p]);
        area_error[p] = f4_add(f4_mul(area_error[p], decay), f4_sub(f4_add(from_left[p], v), own[p]));
        share = f4_mul(area_error[p], f4_all(model->feedback / (LANE(area_error[p], 3) + 0.001f)));
        LANE(share, 3) = 0;
        below[p] = f4_add(below[p], share);
    }
    errors->above = below;
    errors->below = above;
}
#endif
