/* Runs the trellis on made-up bands, for deflate's stream and for WebP's, and prints the indices; see test_lanes.py. */
#include <stdio.h>
#include "rate_trellis.h"

static uint32_t state = 12345;
static int draw(int below) { state = state * 1664525u + 1013904223u; return (int)((state >> 8) % (uint32_t)below); }

enum { ROWS = 30, WIDTH = 60, K = 40, NEARBY = 8, REACH = 9, STATES = NEARBY + 2 * REACH + 1, LONGEST = 50 };

int main(void)
{
    static int16_t points[ROWS * WIDTH * 3];
    static uint16_t weights[ROWS * WIDTH];
    static uint8_t flatness[ROWS * WIDTH], indices[ROWS * WIDTH];
    static float palette[256][4], literal_bits[256], length_bits[LONGEST + 1], distance_bits[STATES];
    static int32_t distances[STATES];
    static int64_t literals[256], lengths[LONGEST + 1], used[STATES];
    int lead, i, c, y, x;
    for (i = 0; i < ROWS * WIDTH; i++) {
        for (c = 0; c < 3; c++) points[3 * i + c] = (int16_t)((c ? 0 : 6000) + 100 * (i % WIDTH) + draw(1500) - 750);
        weights[i] = (uint16_t)(1 + draw(800));
        flatness[i] = (uint8_t)draw(256);
    }
    for (i = 0; i < 256; i++) {
        for (c = 0; c < 3; c++) palette[i][c] = i < K ? (float)((c ? 0 : 6000) + 100 * draw(60) + draw(1500) - 750) / 16384.0f : 100.0f;
        palette[i][3] = palette[i][0];
        literal_bits[i] = 4.0f + (float)draw(4000) / 1000.0f;
    }
    for (i = 0; i <= LONGEST; i++) length_bits[i] = 2.0f + (float)i / 10.0f;
    for (lead = 0; lead < 2; lead++) {
        RateBand band = {
            .rows = ROWS, .width = WIDTH, .points = points, .weights = weights, .flatness = flatness, .indices = indices,
            .k = K, .palette = palette[0], .lambda = 3e-5f,
            .stream = {.lead = lead, .shortest = 3 + lead, .nearby = NEARBY}, .longest = LONGEST,
            .literal_bits = literal_bits, .length_bits = length_bits,
            .states = STATES, .distances = distances, .distance_bits = distance_bits,
            .visual_model = {.strength = 0.6f, .share_right = 0.4375f, .share_down_left = 0.1875f, .share_down = 0.3125f,
                             .share_down_right = 0.0625f, .streak_decay = 0.9f, .streak_cost = 0.12f,
                             .column_share = 0.4f, .column_decay = 0.4f, .below_weight = 1.0f, .below_half_bits = 3.0f,
                             .feedback = 0.5f, .feedback_decay = 0.8f, .flat_chroma = 1.0f},
            .literal_counts = literals, .length_counts = lengths, .match_counts = used,
        };
        for (i = 0; i < STATES; i++) {
            distances[i] = i < NEARBY ? i + 1 : WIDTH + lead + i - NEARBY - REACH;
            distance_bits[i] = 3.0f + (float)(i % 7);
        }
        if (rate_band(&band) != 0) return 1;
        for (y = 0; y < ROWS; y++, puts(""))
            for (x = 0; x < WIDTH; x++) printf("%d ", indices[y * WIDTH + x]);
    }
    return 0;
}
