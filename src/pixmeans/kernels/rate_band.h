/* A band of rows as the trellis of rate-aware k-means gets it: see kernels/rate.py for what is IN and OUT. */
#ifndef PIXMEANS_RATE_BAND_H
#define PIXMEANS_RATE_BAND_H
#include <stdint.h>

typedef struct {
    /* the picture */
    int32_t rows, width;
    const int16_t *points;    /* rows x width x 3 */
    const uint16_t *weights;  /* rows x width */
    const uint8_t *flatness;  /* rows x width */
    const uint8_t *forced;    /* rows x width, or NULL: this pixel keeps its index */
    uint8_t *indices;         /* rows x width */
    /* the palette */
    int32_t k;
    const float *palette;     /* 256 x 4: L, a, b, L */
    /* the coder, its rates in bits */
    float lambda;
    int32_t lead;             /* 1: every row of the stream begins with the number of its filter; 0: with its first pixel */
    int32_t shortest, longest; /* matches */
    const float *literal_bits, *length_bits; /* 256, longest + 1 */
    int32_t states, nearby;   /* distances that are tried, of which the first are 1, 2, 3, ... nearby */
    const int32_t *distances; /* states */
    const float *distance_bits;
    /* the eye */
    float strength, left, down_left, down, down_right, decay, run_cost, ahead, alike, debt, debt_fades;
    float column, column_fades, flat_chroma;
    /* what is found */
    int64_t *literals, *lengths, *used; /* 256, longest + 1, states: how often each */
} RateBand;
#endif
