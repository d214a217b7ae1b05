"""How far two pictures' colors are apart, by means over windows. Compiled by Cython.

Sums of whole numbers that slide over rows and columns, so the time does not depend on the window.
"""

import cython
from cython.cimports.libc.stdint import int16_t, int32_t, int64_t
from cython.cimports.libc.stdlib import calloc, free


def window_distances(
    first: cython.const[int16_t][:, :, ::1],
    second: cython.const[int16_t][:, :, ::1],
    rows: cython.Py_ssize_t,
    radius: cython.Py_ssize_t,
    top: cython.Py_ssize_t,
    bottom: cython.Py_ssize_t,
    squares: cython.float[:, ::1],
) -> cython.int:
    """The larger of what is there and the squared distance of the sums over windows around each pixel.

    IN first, second (h, w, 3), differences below 2**15; rows, radius: how far windows reach up and down, and to the
    sides, 0 to 100; top, bottom: rows to do. INOUT squares (h, w): rows top to bottom. Beyond its edges a picture goes
    on as it ends. Its definition is in tests/metrics/test_color_errors.py. Returns -1 if there is no memory, else 0.
    """
    height: cython.Py_ssize_t = first.shape[0]
    width: cython.Py_ssize_t = first.shape[1]
    columns: cython.pointer[int32_t] = cython.cast(
        cython.pointer[int32_t], calloc(3 * (width + 2 * radius + 1), cython.sizeof(int32_t))
    )
    inner: cython.pointer[int32_t] = columns + 3 * radius
    x: cython.Py_ssize_t
    y: cython.Py_ssize_t
    row: cython.Py_ssize_t
    gone: cython.Py_ssize_t
    c: cython.Py_ssize_t
    s0: int32_t
    s1: int32_t
    s2: int32_t
    square: cython.float
    if columns == cython.NULL:
        return -1
    with cython.nogil:
        for y in range(top - rows, top + rows):
            row = min(max(y, 0), height - 1)
            for x in range(width):
                for c in range(3):
                    inner[3 * x + c] += first[row, x, c] - second[row, x, c]
        for y in range(top, bottom):
            row = min(y + rows, height - 1)
            for x in range(width):
                for c in range(3):
                    inner[3 * x + c] += first[row, x, c] - second[row, x, c]
            for x in range(radius):
                for c in range(3):
                    columns[3 * x + c] = inner[c]
                    inner[3 * (width + x) + c] = inner[3 * (width - 1) + c]
            s0 = s1 = s2 = 0
            for x in range(2 * radius):
                s0 += columns[3 * x]
                s1 += columns[3 * x + 1]
                s2 += columns[3 * x + 2]
            for x in range(width):
                s0 += columns[3 * (x + 2 * radius)]
                s1 += columns[3 * (x + 2 * radius) + 1]
                s2 += columns[3 * (x + 2 * radius) + 2]
                square = cython.cast(
                    cython.float,
                    cython.cast(int64_t, s0) * s0 + cython.cast(int64_t, s1) * s1 + cython.cast(int64_t, s2) * s2,
                )
                if square > squares[y, x]:
                    squares[y, x] = square
                s0 -= columns[3 * x]
                s1 -= columns[3 * x + 1]
                s2 -= columns[3 * x + 2]
            gone = min(max(y - rows, 0), height - 1)
            for x in range(width):
                for c in range(3):
                    inner[3 * x + c] -= first[gone, x, c] - second[gone, x, c]
        free(columns)
    return 0
