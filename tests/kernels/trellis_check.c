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
        RateBand band = {ROWS, WIDTH, points, weights, flatness, NULL, indices, K, palette[0], 3e-5f, lead, 3 + lead, LONGEST,
                         literal_bits, length_bits, STATES, NEARBY, distances, distance_bits,
                         0.6f, 0.4375f, 0.1875f, 0.3125f, 0.0625f, 0.9f, 0.12f, 1.0f, 3.0f, 0.5f, 0.8f,
                         0.4f, 0.4f, 1.0f,
                         literals, lengths, used};
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
