"""Errors of colors. Compiled by Cython."""

import cython
from cython.cimports.libc.stdint import int32_t, int64_t, uint8_t


def squared_error(
    colors: cython.const[uint8_t][:, ::1],
    weights: cython.const[int64_t][::1],
    palette: cython.const[uint8_t][:, ::1],
    labels: cython.const[int32_t][::1],
) -> cython.longlong:
    """The weighted sum of squared distances between colors and their palette entries, over R, G and B.

    IN colors (n, 3); weights (n,); palette (k, 3); labels (n,).
    """
    i: cython.Py_ssize_t
    c: cython.int
    difference: cython.int
    square: cython.int
    total: cython.longlong = 0
    with cython.nogil:
        for i in range(colors.shape[0]):
            square = 0
            for c in range(3):
                difference = cython.cast(cython.int, colors[i, c]) - cython.cast(cython.int, palette[labels[i], c])
                square += difference * difference
            total += weights[i] * square
    return total


def squared_error_of_pixels(
    pixels: cython.const[uint8_t][:, ::1],
    palette: cython.const[uint8_t][:, ::1],
    indices: cython.const[uint8_t][::1],
) -> cython.longlong:
    """The sum of squared distances between pixels and their palette entries, over R, G and B.

    IN pixels (n, 3); palette (k, 3); indices (n,).
    """
    i: cython.Py_ssize_t
    red: cython.int
    green: cython.int
    blue: cython.int
    total: cython.longlong = 0
    with cython.nogil:
        for i in range(pixels.shape[0]):
            red = cython.cast(cython.int, pixels[i, 0]) - cython.cast(cython.int, palette[indices[i], 0])
            green = cython.cast(cython.int, pixels[i, 1]) - cython.cast(cython.int, palette[indices[i], 1])
            blue = cython.cast(cython.int, pixels[i, 2]) - cython.cast(cython.int, palette[indices[i], 2])
            total += red * red + green * green + blue * blue
    return total
