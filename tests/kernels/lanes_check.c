/* Runs the vectorised steps on made-up points and prints all that they return; see test_lanes.py. */
#include <stdio.h>
#include <stdlib.h>
#include "lanes.h"

static uint32_t state = 12345;
static int draw(int below) { state = state * 1664525u + 1013904223u; return (int)((state >> 8) % (uint32_t)below); }

enum { N = 77, M = 21, ROOM = 128 };

int main(int argc, char **argv)
{
    int wide = argc > 1 && atoi(argv[1]) && eight_lanes();
    for (int round = 0; round < 200; round++) {
        int range = round % 3 == 0 ? 3 : round % 3 == 1 ? 500 : 16000, n = 1 + draw(N), m = 1 + draw(M), heavy = round % 5 == 0;
        int32_t p01[ROOM] = {0}, p23[ROOM] = {0}, c01[ROOM] = {0}, c23[ROOM] = {0}, rows[ROOM], box[6];
        uint16_t labels[ROOM];
        int32_t k01[ROOM], k23[ROOM], kept_rows[ROOM];
        int64_t weights[ROOM], sums[5 * ROOM] = {0};
        int16_t low[4], high[4], mid[4];
        int favourite = 0, kept;
        for (int c = 0; c < 4; c++) low[c] = 32767, high[c] = -32768;
        for (int i = 0; i < n; i++) {
            int16_t x[4];
            for (int c = 0; c < 4; c++) {
                x[c] = (int16_t)(draw(range) - range / 2);
                if (x[c] < low[c]) low[c] = x[c];
                if (x[c] > high[c]) high[c] = x[c];
            }
            p01[i] = pair_of(x[0], x[1]);
            p23[i] = pair_of(x[2], x[3]);
            weights[i] = 1 + draw(1000) + (heavy ? (int64_t)1 << 33 : 0);
            labels[i] = (uint16_t)draw(m);
            add_point(sums + 5 * labels[i], weights[i], p01[i], p23[i]);
        }
        for (int j = 0; j < m; j++) {
            c01[j] = pair_of((int16_t)(draw(range) - range / 2), (int16_t)(draw(range) - range / 2));
            c23[j] = pair_of((int16_t)(draw(range) - range / 2), (int16_t)(draw(range) - range / 2));
            rows[j] = j;
        }
        for (int c = 0; c < 4; c++) mid[c] = (int16_t)((low[c] + high[c]) >> 1);
        box[0] = pair_of(low[0], low[1]), box[1] = pair_of(low[2], low[3]);
        box[2] = pair_of(high[0], high[1]), box[3] = pair_of(high[2], high[3]);
        box[4] = pair_of(mid[0], mid[1]), box[5] = pair_of(mid[2], mid[3]);
        kept = keep_candidates(wide, box, c01, c23, rows, m, k01, k23, kept_rows, &favourite);
        assign_leaf(wide, p01, p23, weights, n, heavy, c01, c23, rows, m, sums, labels);
        for (int i = 0; i < n; i++) {
            int found = nearest_candidate(wide, p01[i], p23[i], c01, c23, m), stayed = 0;
            for (int j = 0; j < kept; j++) stayed |= kept_rows[j] == labels[i];
            printf("%d %d %d ", labels[i], found == labels[i], stayed);
        }
        printf("| ");
        for (int j = 0; j < 5 * m; j++) printf("%lld ", (long long)sums[j]);
        printf("\n");
    }
    return 0;
}
