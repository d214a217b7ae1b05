/* What the trellis of rate_trellis.h takes: a band of rows, a palette, a coder's bits, and a model of the viewer. Each is
   described in kernels/rate.py. */
#ifndef PIXMEANS_RATE_BAND_H
#define PIXMEANS_RATE_BAND_H
#include <stdint.h>

enum {
    RATE_STATES = 2048, /* distances at most */
    RATE_PAST = 16,     /* symbols of its own path that a state remembers: the farthest nearby distance */
};

/* How the coder's stream is made, and which of its matches are tried. */
typedef struct {
    int32_t lead;     /* symbols of a row before its pixels: 1, the number of its filter (always 0), or none */
    int32_t shortest; /* length of a match */
    int32_t nearby;   /* the first distances are 1, 2, ..., nearby */
} RateStream;

/* How errors are diffused and weighed; rate/visual_model.py describes each field. */
typedef struct {
    float strength, share_right, share_down_left, share_down, share_down_right;
    float streak_decay, streak_cost, column_share, column_decay;
    float below_weight, below_half_bits, feedback, feedback_decay, flat_chroma;
} RateVisualModel;

typedef struct {
    /* the picture */
    int32_t rows, width;
    const int16_t *points;   /* rows x width x 3 */
    const uint16_t *weights; /* rows x width */
    const uint8_t *flatness; /* rows x width */
    const uint8_t *locked;   /* rows x width, nonzero: this pixel keeps its index; or NULL */
    uint8_t *indices;        /* rows x width */
    /* the palette */
    int32_t k;
    const float *palette; /* 256 x 4: L, a, b, L; at any address */
    /* the coder and its rates in bits */
    float lambda;
    RateStream stream;
    int32_t longest;            /* length of a match */
    const float *literal_bits;  /* 256 */
    const float *length_bits;   /* longest + 1 */
    int32_t states;             /* distances */
    const int32_t *distances;   /* states */
    const float *distance_bits; /* states */
    /* the viewer */
    RateVisualModel visual_model;
    /* how often each was used; added to */
    int64_t *literal_counts; /* 256 */
    int64_t *length_counts;  /* longest + 1 */
    int64_t *match_counts;   /* states */
} RateBand;
#endif
