"""The paths that a search follows at once, and what each has done. Compiled by Cython; `rate_gif_beam.pxd` says what
a beam holds.

Paths are all of one length. Those that may follow them, a pixel longer, are offered; the best take places; and those
among them that are near the best of all survive.
"""

import cython
from cython.cimports.libc.stdint import uint8_t
from cython.cimports.libc.stdlib import calloc, free


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def open_beam(beam: cython.pointer[Beam], width: cython.int, longest: cython.int) -> cython.int:
    """Room for so many paths of so many pixels. Returns 0, or -1 without memory; close it in any case."""
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
    """Gives the memory back."""
    free(beam.room)
    free(beam.history)
    free(beam.route)


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def begin_beam(beam: cython.pointer[Beam], node: cython.int, error: Error, margin: cython.float) -> cython.void:
    """One path of no pixel, in a phrase and after an error; those may follow that are no more than a margin worse."""
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
    """No longer path has been found yet: any may come."""
    beam.found = 0
    beam.least = 1e18
    beam.limit = beam.least + beam.margin
    beam.ceiling = 1e15  # no path that may be costs so much


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def note_least(beam: cython.pointer[Beam], cost: cython.float) -> cython.void:
    """If this is the best of the longer paths, others may be a margin worse than it."""
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
    """A path a pixel longer takes a place, that of the worst if there is no other."""
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
    """Of the longer paths those near the best go on, and each step is written down.

    The best of all, however long, is the one that costs the least more than is usual for so many pixels.
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
    """The indices of the best path, as far as so many codes go. OUT route. Returns how many."""
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
