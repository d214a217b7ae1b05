# What the search of rate_gif.py works with.

from libc.stdint cimport int16_t, uint8_t, uint16_t
from pixmeans.kernels.lzw cimport Trie
from pixmeans.kernels.rate_gif_beam cimport Beam, Error

# How errors are diffused and weighed; rate/visual_model.py describes each field.
ctypedef struct VisualModel:
    float strength, share_right, share_down_left, share_down, share_down_right
    float streak_decay, streak_cost

# How far the search goes; rate/lzw.py describes each field.
ctypedef struct BeamSearch:
    int paths, codes, pixels, written
    float mean_decay, slack, optimism

# A pixel that waits for its index.
ctypedef struct Pixel:
    Py_ssize_t x  # its column
    float l, a, b  # its color, with the errors diffused from above
    float own_l  # without them: a streak is what differs from the picture itself
    float weight, streak_weight
    float share, decay  # of the error and the streak of the pixel to the left; 0 in the first column
    int locked  # the index that it must keep, or -1

# The picture, the entries, and the errors between them. Errors diffused to later rows are kept in a ring, which is long
# enough for a row and the longest path.
ctypedef struct Picture:
    const int16_t *points
    const uint16_t *weights
    const uint8_t *flatness
    const uint8_t *locked  # or NULL
    uint8_t *indices
    Py_ssize_t width, size
    Error entries[256]  # as errors, with l again for streak: target - entry is the error of an entry
    float l[256]  # the same by coordinate, to compare all at once
    float a[256]
    float b[256]
    int most  # entries that are compared: k, rounded up to a multiple of 32
    float low[3]  # the box around the entries that may be used, in l, a, b
    float high[3]
    float right, down_left, down, down_right, decay  # shares of the error, and of the streak
    float streak_costs[256]  # by flatness
    float *errors  # (mask + 1) x 3
    Py_ssize_t mask
    Pixel pixel  # the current one

# What has been written, what a code costs, and how far the search looks ahead.
ctypedef struct Coder:
    Trie *trie
    int node  # the phrase that was written last, or -1
    int length  # its pixels
    Error error  # of its last pixel
    double bits
    float cost, pixels  # decayed sums of what was spent and of the pixels it was spent on; their quotient is the mean
    float lambda_
    float code  # lambda x bits of a code
    BeamSearch limits
    int horizon  # codes that a path may begin
