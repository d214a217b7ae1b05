"""The beam of rate_gif.py: the paths that are followed at once, and the history of each. Compiled by Cython.

All paths have the same length. Paths that are a pixel longer are offered. The cheapest of these take the places of the
beam. Of them, those that are near the cheapest survive. `Beam` in tests/definitions/lzw.py is the same in plain Python.
"""

import cython
from cython.cimports.libc.stdint import uint8_t
from cython.cimports.libc.stdlib import calloc, free


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def open_beam(beam: cython.pointer[Beam], width: cython.int, longest: cython.int) -> cython.int:
    """Makes room for `width` paths of `longest` pixels. Returns 0, or -1 without memory; close it in any case."""
    beam.width = width
    beam.longest = longest
    beam.room = cython.cast(cython.pointer[Path], calloc(2 * width, cython.sizeof(Path)))
    beam.paths = beam.room
    beam.longer = beam.room + width
    beam.history = cython.cast(cython.pointer[Step], calloc(1 + width * longest, cython.sizeof(Step)))
    beam.route = cython.cast(cython.pointer[uint8_t], calloc(longest, 1))
    return -1 if beam.room == cython.NULL or beam.history == cython.NULL or beam.route == cython.NULL else 0


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def close_beam(beam: cython.pointer[Beam]) -> cython.void:
    """Frees the memory."""
    free(beam.room)
    free(beam.history)
    free(beam.route)


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def begin_beam(beam: cython.pointer[Beam], node: cython.int, error: Error, margin: cython.float) -> cython.void:
    """Starts with one path of no pixel, in a phrase and after an error. margin: see `Beam`."""
    beam.paths[0].cost = 0.0
    beam.paths[0].error = error
    beam.paths[0].node = node
    beam.paths[0].codes = 0
    beam.paths[0].step = 0
    beam.count = 1
    beam.margin = margin
    beam.steps = 1
    beam.best = 0
    clear_places(beam)


@cython.cfunc
@cython.nogil
@cython.inline
@cython.exceptval(check=False)
def clear_places(beam: cython.pointer[Beam]) -> cython.void:
    """No longer path has been offered yet, so any may take a place."""
    beam.found = 0
    beam.least = 1e18
    beam.limit = beam.least + beam.margin
    beam.ceiling = 1e15  # more than any path with usable entries costs


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def note_least(beam: cython.pointer[Beam], cost: cython.float) -> cython.void:
    """A longer path may cost this much. If none is cheaper, the limit for all others follows it."""
    if cost < beam.least:
        beam.least = cost
        beam.limit = cost + beam.margin


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def offer(
    beam: cython.pointer[Beam],
    path: cython.pointer[Path],
    cost: cython.float,
    node: cython.int,
    index: cython.int,
    begins: cython.int,
    error: Error,
) -> cython.void:
    """A path that is a pixel longer takes a place: a free one, or else that of the worst."""
    s: cython.int
    new: cython.pointer[Path]
    if beam.found < beam.width:
        new = beam.longer + beam.found
        beam.found += 1
    else:
        new = beam.longer + beam.worst
    new.cost = cost
    new.error = error
    new.node = node
    new.codes = path.codes + begins
    new.step = path.step
    new.index = index
    note_least(beam, cost)
    if beam.found == beam.width:
        beam.worst = 0
        for s in range(1, beam.width):
            if beam.longer[s].cost > beam.longer[beam.worst].cost:
                beam.worst = s
        beam.ceiling = beam.longer[beam.worst].cost


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def keep_survivors(beam: cython.pointer[Beam], usual: cython.float) -> cython.void:
    """The longer paths that are near the cheapest become the paths, and each of their steps enters the history.

    usual: the mean cost of a pixel x the pixels of a path. The best path of any length has the least cost - usual; of
    equals the last.
    """
    s: cython.int
    path: cython.pointer[Path]
    step: cython.pointer[Step]
    paths: cython.pointer[Path] = beam.longer
    value: cython.float
    beam.count = 0
    for s in range(beam.found):
        path = paths + s
        if path.cost > beam.limit:
            continue
        step = beam.history + beam.steps
        step.before = path.step
        step.index = cython.cast(cython.short, path.index)
        step.codes = cython.cast(cython.short, path.codes)
        path.step = beam.steps
        value = path.cost - usual
        if beam.best == 0 or value <= beam.best_value:
            beam.best = beam.steps
            beam.best_value = value
        if paths + beam.count != path:
            paths[beam.count] = path[0]
        beam.count += 1
        beam.steps += 1
    beam.longer = beam.paths
    beam.paths = paths
    clear_places(beam)


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def trace_back(beam: cython.pointer[Beam], codes: cython.int) -> cython.int:
    """The indices of the best path, up to the end of its first `codes` codes. OUT route. Returns how many."""
    length: cython.int = 0
    level: cython.int
    step: cython.int = beam.best
    while step > 0:
        length += 1
        step = beam.history[step].before
    level = length
    step = beam.best
    while step > 0:
        level -= 1
        beam.route[level] = cython.cast(uint8_t, beam.history[step].index)
        if beam.history[step].codes > codes:
            length = level
        step = beam.history[step].before
    return length
