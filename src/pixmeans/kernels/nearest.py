"""The nearest entry of a palette for colors that come one by one, as they do when dithering. Compiled by Cython.

For each cube of 16 x 16 x 16 colors the entries that can be nearest to any color in it are listed once; a search
compares with these few. Exact: the labels are those of comparing with all.
"""

import cython
from cython.cimports.libc.stdint import int16_t, int32_t, uint8_t
from cython.cimports.libc.stdlib import free, malloc
from cython.cimports.libc.string import memset
from cython.cimports.pixmeans.kernels.lanes import (
    LANES_MOST,
    eight_lanes,
    keep_candidates,
    nearest_candidate,
    pair_of,
)


def list_candidates(
    boxes: cython.const[int32_t][:, ::1],
    entries: cython.const[int16_t][:, ::1],
    ends: int32_t[::1],
    lists: int32_t[:, ::1],
) -> cython.int:
    """Lists, for each box, the entries that may be nearest to a point in it, in ascending order.

    IN boxes (m, 6): lowest, highest and middle corner as pairs of coordinates; entries (k, 4) grid points.
    OUT ends (m,): where each box's list ends (it begins where the one before ends);
    lists (3, room): pairs 01, pairs 23 and rows of the listed entries. Returns how much room is needed; when that is
    more than there is, nothing behind the room was written and the call must be repeated with more.
    """
    k: cython.int = cython.cast(cython.int, entries.shape[0])
    room: cython.int = k + 2 * LANES_MOST
    wide: cython.int = eight_lanes()
    used: cython.int = 0
    found: cython.int
    favourite: cython.int = 0
    i: cython.Py_ssize_t
    j: cython.int
    every: cython.pointer[int32_t] = cython.cast(
        cython.pointer[int32_t], malloc(cython.cast(cython.size_t, 6) * room * 4)
    )
    if every == cython.NULL:
        raise MemoryError
    kept: cython.pointer[int32_t] = every + 3 * room
    with cython.nogil:
        memset(every, 0, cython.cast(cython.size_t, 6) * room * 4)
        for j in range(k):
            every[j] = pair_of(entries[j, 0], entries[j, 1])
            every[room + j] = pair_of(entries[j, 2], entries[j, 3])
            every[2 * room + j] = j
        for i in range(boxes.shape[0]):
            found = keep_candidates(
                wide,
                cython.address(boxes[i, 0]),
                every,
                every + room,
                every + 2 * room,
                k,
                kept,
                kept + room,
                kept + 2 * room,
                cython.address(favourite),
            )
            if used + found + LANES_MOST <= lists.shape[1]:
                for j in range(found):
                    lists[0, used + j] = kept[j]
                    lists[1, used + j] = kept[room + j]
                    lists[2, used + j] = kept[2 * room + j]
            used += found
            ends[i] = used
    free(every)
    return used + LANES_MOST


def find(
    points: cython.const[int16_t][:, ::1],
    cells: cython.const[int32_t][::1],
    ends: cython.const[int32_t][::1],
    lists: cython.const[int32_t][:, ::1],
    labels: uint8_t[::1],
) -> None:
    """The nearest entry of each point; of several equally near ones the first.

    IN points (n, 4); cells (n,): the box each lies in; ends and lists as `list_candidates` made them. OUT labels (n,).
    """
    wide: cython.int = eight_lanes()
    i: cython.Py_ssize_t
    start: cython.int
    with cython.nogil:
        for i in range(points.shape[0]):
            start = 0 if cells[i] == 0 else ends[cells[i] - 1]
            labels[i] = cython.cast(
                uint8_t,
                lists[
                    2,
                    start
                    + nearest_candidate(
                        wide,
                        pair_of(points[i, 0], points[i, 1]),
                        pair_of(points[i, 2], points[i, 3]),
                        cython.address(lists[0, start]),
                        cython.address(lists[1, start]),
                        ends[cells[i]] - start,
                    ),
                ],
            )
