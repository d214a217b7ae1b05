# The paths that the search of rate_gif.py follows; the functions are in rate_gif_beam.py.

from libc.stdint cimport uint8_t

ctypedef struct Error:
    float l, a, b
    float streak  # decayed sum of l along the row

# The end of a path.
ctypedef struct Path:
    float cost
    Error error  # of its last pixel
    int index  # of its last pixel
    int node  # the phrase it is in, -1 before the first pixel of the picture
    int codes  # that it has begun
    int step  # its last one in the history

# A pixel of a path, or of several: they share those before they part.
ctypedef struct Step:
    int before  # 0: none
    short index
    short codes

ctypedef struct Beam:
    int width  # paths that are followed at once
    int longest  # pixels that each may go
    float margin  # what a path may cost more than the cheapest one
    Path *paths
    int count
    # those that are a pixel longer
    Path *longer
    int found
    int worst  # the most expensive of them, if all places are taken
    float least  # the cost of the cheapest one
    float limit  # least + margin
    float ceiling  # the cost of the worst, if all places are taken
    # the steps of all paths
    Step *history
    int steps
    int best  # the last step of the best path of any length, or 0 before there is one
    float best_value
    uint8_t *route  # the indices of that path
    Path *room

cdef int open_beam(Beam *beam, int width, int longest) noexcept nogil
cdef void close_beam(Beam *beam) noexcept nogil
cdef void begin_beam(Beam *beam, int node, Error error, float margin) noexcept nogil
cdef void note_least(Beam *beam, float cost) noexcept nogil
cdef void offer(Beam *beam, Path *path, float cost, int node, int index, int begins, Error error) noexcept nogil
cdef void keep_survivors(Beam *beam, float usual) noexcept nogil
cdef int trace_back(Beam *beam, int codes) noexcept nogil
