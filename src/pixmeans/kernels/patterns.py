"""Orders and masks for dithering: a curve through all pixels, and evenly spread thresholds. Compiled by Cython."""

import cython
from cython.cimports.libc.stdint import int32_t, int64_t, uint8_t, uint16_t
from cython.cimports.libc.stdlib import calloc, free
from cython.cimports.libc.string import memcpy


def hilbert(height: cython.int, width: cython.int, order: int32_t[::1]) -> None:
    """A curve after Hilbert through all pixels of a picture of any size. OUT order (height x width,): its pixels.

    Each step goes to one of the eight neighbors, and nearly always to one of the four.
    """
    with cython.nogil:
        if width >= height:
            walk(order, 0, width, 0, 0, width, 0, 0, height)
        else:
            walk(order, 0, width, 0, 0, 0, height, width, 0)


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def walk(
    order: int32_t[::1],
    n: cython.Py_ssize_t,
    width: cython.int,
    x: cython.int,
    y: cython.int,
    ax: cython.int,
    ay: cython.int,
    bx: cython.int,
    by: cython.int,
) -> cython.Py_ssize_t:
    """Goes through the rectangle at x, y with the sides a (along which it ends) and b. Returns where the next one
    writes: a long rectangle is two, others are three, the first and last of which lie across."""
    along: cython.int = ax + ay if ax + ay > 0 else -(ax + ay)
    across: cython.int = bx + by if bx + by > 0 else -(bx + by)
    ux: cython.int = (ax > 0) - (ax < 0)
    uy: cython.int = (ay > 0) - (ay < 0)
    vx: cython.int = (bx > 0) - (bx < 0)
    vy: cython.int = (by > 0) - (by < 0)
    half_a: cython.int = along // 2
    half_b: cython.int = across // 2
    i: cython.int
    if across == 1 or along == 1:
        for i in range(along if across == 1 else across):
            order[n + i] = y * width + x
            x += ux if across == 1 else vx
            y += uy if across == 1 else vy
        return n + (along if across == 1 else across)
    if 2 * along > 3 * across:
        if half_a & 1 and along > 2:
            half_a += 1
        n = walk(order, n, width, x, y, ux * half_a, uy * half_a, bx, by)
        return walk(order, n, width, x + ux * half_a, y + uy * half_a, ax - ux * half_a, ay - uy * half_a, bx, by)
    if half_b & 1 and across > 2:
        half_b += 1
    n = walk(order, n, width, x, y, vx * half_b, vy * half_b, ux * half_a, uy * half_a)
    n = walk(order, n, width, x + vx * half_b, y + vy * half_b, ax, ay, bx - vx * half_b, by - vy * half_b)
    return walk(
        order,
        n,
        width,
        x + ax - ux + vx * half_b - vx,
        y + ay - uy + vy * half_b - vy,
        -vx * half_b,
        -vy * half_b,
        -(ax - ux * half_a),
        -(ay - uy * half_a),
    )


def void_and_cluster(
    start: cython.const[uint8_t][:, ::1], weights: cython.const[int32_t][:, ::1], ranks: uint16_t[:, ::1]
) -> None:
    """Ulichney's blue-noise mask, "The void-and-cluster method for dither array generation" (1993).

    IN start (s, s): a few ones, s a power of two; weights (s, s): how much a one adds to the crowding of a place so far
    away, around the edges too. OUT ranks (s, s): 0..s*s-1, each once; the places below any rank are spread evenly.
    """
    side: cython.Py_ssize_t = start.shape[0]
    size: cython.Py_ssize_t = side * side
    ones: cython.Py_ssize_t = 0
    i: cython.Py_ssize_t
    rank: cython.Py_ssize_t
    tight: cython.Py_ssize_t
    free_: cython.Py_ssize_t
    crowding: cython.pointer[int64_t] = cython.cast(cython.pointer[int64_t], calloc(2 * size, 8))
    first: cython.pointer[int64_t]
    kept: cython.pointer[uint8_t] = cython.cast(cython.pointer[uint8_t], calloc(2 * size, 1))
    held: cython.pointer[uint8_t]
    if crowding == cython.NULL or kept == cython.NULL:
        free(crowding)
        free(kept)
        raise MemoryError
    first = crowding + size
    held = kept + size
    with cython.nogil:
        for i in range(size):
            if start[i // side, i % side]:
                put(crowding, held, weights, side, i, True)
                ones += 1
        while True:  # the most crowded one moves to the emptiest place, until it would come back
            tight = extreme(crowding, held, size, True)
            put(crowding, held, weights, side, tight, False)
            free_ = extreme(crowding, held, size, False)
            put(crowding, held, weights, side, free_, True)
            if free_ == tight:
                break
        memcpy(first, crowding, 8 * size)
        memcpy(kept, held, size)
        for rank in range(ones, size):
            i = extreme(crowding, held, size, False)
            put(crowding, held, weights, side, i, True)
            ranks[i // side, i % side] = cython.cast(uint16_t, rank)
        for rank in range(ones - 1, -1, -1):
            i = extreme(first, kept, size, True)
            put(first, kept, weights, side, i, False)
            ranks[i // side, i % side] = cython.cast(uint16_t, rank)
    free(crowding)
    free(kept)


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def extreme(
    crowding: cython.pointer[int64_t], held: cython.pointer[uint8_t], size: cython.Py_ssize_t, ones: cython.bint
) -> cython.Py_ssize_t:
    """The most crowded place that holds a one, or the least crowded that holds none; the first of several."""
    i: cython.Py_ssize_t
    best: cython.Py_ssize_t = -1
    for i in range(size):
        if held[i] == ones and (best < 0 or (crowding[i] > crowding[best] if ones else crowding[i] < crowding[best])):
            best = i
    return best


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def put(
    crowding: cython.pointer[int64_t],
    held: cython.pointer[uint8_t],
    weights: cython.const[int32_t][:, ::1],
    side: cython.Py_ssize_t,
    place: cython.Py_ssize_t,
    one: cython.bint,
) -> cython.void:
    """Writes a one or takes it away."""
    y: cython.Py_ssize_t
    x: cython.Py_ssize_t
    sign: int64_t = 1 if one else -1
    held[place] = one
    for y in range(side):
        for x in range(side):
            crowding[y * side + x] += sign * weights[(y - place // side) & (side - 1), (x - place % side) & (side - 1)]
