# What the search of rate_gif.py works with.

from libc.stdint cimport int16_t, uint8_t, uint16_t
from pixmeans.kernels.lzw cimport Trie
from pixmeans.kernels.rate_gif_beam cimport Beam, Error

# What a pixel asks of its index.
ctypedef struct Pixel:
    Py_ssize_t x  # its column
    float l, a, b  # its color, with the errors that have come down to it
    float own_l  # without them: in streaks, what differs from the picture is what is seen
    float weight, streak_weight
    float from_left, decay  # of the error of the pixel to the left, which the first column does not have
    int forced  # the index it must have, or -1

# The picture, the entries, and the errors between them. Errors for later rows wait in a ring: no pixel that is looked
# at is farther ahead than a row and the longest path.
ctypedef struct Picture:
    const int16_t *points
    const uint16_t *weights
    const uint8_t *flatness
    const uint8_t *forced  # or NULL
    uint8_t *indices
    Py_ssize_t width, size
    Error entries[256]  # of which streak is l again: what they take from a color that is wanted
    float l[256]  # and coordinate by coordinate, where all are compared
    float a[256]
    float b[256]
    int most  # entries there may be: the next multiple of 32
    float low[3]  # how far l, a, b of the entries that may be used reach
    float high[3]
    float right, down_left, down, down_right, decay
    float streak_costs[256]  # by flatness
    float *errors  # (mask + 1) x 3
    Py_ssize_t mask
    Pixel pixel  # the one that is looked at

# What has been written, what codes are worth, and how far the search looks ahead for that.
ctypedef struct Coder:
    Trie *trie
    int node  # the phrase that has been written last, -1 for none
    int length  # its pixels
    Error error  # of the last one
    double bits
    float cost, pixels  # what was spent and on how many, the longer ago the less they count
    float memory  # how much less, a pixel later
    float lam
    float code  # what beginning a phrase costs
    int horizon  # codes that a path may begin
    int codes  # of the best path that are written
    float slack  # how much worse than the best, in codes, a path may be
    float optimism  # what the mean cost of a pixel is multiplied by
