"""Rows of PNG without their filters. Compiled by Cython.

PNG specification (third edition, 2025), section 9. tests/distribute/test_tiled.py puts filters on in NumPy.
"""

import cython
from cython.cimports.libc.stdint import uint8_t


def unfilter(rows: uint8_t[:, ::1], above: uint8_t[::1], pixel_bytes: cython.Py_ssize_t) -> cython.Py_ssize_t:
    """Takes the filters from samples of rows that follow each other.

    INOUT rows (h, 1 + n): each row behind the byte that names its filter; above (n,): the row before the first one,
    then the last one. IN pixel_bytes: how far to the left the neighbor of a byte stands, 1 to 8.
    Returns the number of the first row whose filter does not exist, or -1.
    """
    y: cython.Py_ssize_t
    x: cython.Py_ssize_t
    n: cython.Py_ssize_t = rows.shape[1] - 1
    a: cython.int
    b: cython.int
    c: cython.int
    to_a: cython.int
    to_b: cython.int
    to_c: cython.int
    kind: uint8_t
    row: cython.pointer[uint8_t]
    up: cython.pointer[uint8_t]
    wrong: cython.Py_ssize_t = -1
    if above.shape[0] != n or not 1 <= pixel_bytes <= 8:
        raise ValueError("above must be as long as a row, and pixel_bytes 1 to 8")
    if n == 0:
        return -1
    with cython.nogil:
        up = cython.address(above[0])
        for y in range(rows.shape[0]):
            kind = rows[y, 0]
            row = cython.address(rows[y, 1])
            if kind == 1:
                for x in range(pixel_bytes, n):
                    row[x] = cython.cast(uint8_t, row[x] + row[x - pixel_bytes])
            elif kind == 2:
                for x in range(n):
                    row[x] = cython.cast(uint8_t, row[x] + up[x])
            elif kind == 3:
                for x in range(n):
                    a = row[x - pixel_bytes] if x >= pixel_bytes else 0
                    row[x] = cython.cast(uint8_t, row[x] + ((a + up[x]) >> 1))
            elif kind == 4:
                for x in range(n):
                    a = row[x - pixel_bytes] if x >= pixel_bytes else 0
                    b = up[x]
                    c = up[x - pixel_bytes] if x >= pixel_bytes else 0
                    to_a = b - c if b >= c else c - b
                    to_b = a - c if a >= c else c - a
                    to_c = a + b - 2 * c if a + b >= 2 * c else 2 * c - a - b
                    if to_a > to_b or to_a > to_c:
                        a = b if to_b <= to_c else c
                    row[x] = cython.cast(uint8_t, row[x] + a)
            elif kind != 0:
                wrong = y
                break
            up = row
        if up != cython.address(above[0]):
            for x in range(n):
                above[x] = up[x]
    return wrong
