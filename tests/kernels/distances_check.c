/* Assigns made-up points and prints all that comes of it, bit for bit; see test_distances.py. */
#include <stdio.h>
#include <stdlib.h>
#include "distances.h"

static uint32_t state = 12345;
static double draw(void) { state = state * 1664525u + 1013904223u; return (double)(state >> 8) / 65536.0 - 100.0; }

enum { N = 60, D = 70, K = 9 };

int main(int argc, char **argv)
{
    int wide = argc > 1 && atoi(argv[1]) && wide_doubles();
    static double points[N * D], weights[N], centroids[K * D], gaps[K * (K - 1)], sums[K * (1 + D)];
    int32_t labels[N], near[K * (K - 1)];
    for (int d = 1; d <= D; d++) {
        for (int i = 0; i < N * d; i++) points[i] = draw();
        for (int i = 0; i < N; i++) weights[i] = draw() + 101.0, labels[i] = i % (K + 1) - 1;
        for (int i = 0; i < K * d; i++) centroids[i] = draw();
        for (int j = 0; j < K; j++) { /* by insertion, nearest first */
            int32_t *others = near + j * (K - 1);
            double *gap = gaps + j * (K - 1);
            int m = 0;
            for (int other = 0; other < K; other++) {
                double far = squared_distance(wide, centroids + j * d, centroids + other * d, d);
                int at = m;
                if (other == j) continue;
                for (; at > 0 && gap[at - 1] > far; at--) gap[at] = gap[at - 1], others[at] = others[at - 1];
                gap[at] = far;
                others[at] = other;
                m++;
            }
        }
        for (int lists = 0; lists < 2; lists++) {
            for (int i = 0; i < K * (1 + d); i++) sums[i] = 0.0;
            printf("%a ", assign_points(wide, points, weights, N, d, centroids, K, near, gaps, lists * (K - 1), labels, sums));
            for (int i = 0; i < N; i++) printf("%d ", labels[i]);
            for (int i = 0; i < K * (1 + d); i++) printf("%a ", sums[i]);
            printf("\n");
        }
    }
    return 0;
}
