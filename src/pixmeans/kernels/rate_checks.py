"""What kernels check of their arguments before they touch memory. Compiled by Cython.

Everything raises ValueError with the name, the range and the value.
"""

import cython
from cython.cimports.libc.stdint import uint8_t, uint16_t


@cython.cfunc
def check_range(name: str, value: cython.Py_ssize_t, least: cython.Py_ssize_t, most: cython.Py_ssize_t) -> cython.void:
    """A whole number must be in its range."""
    if value < least or value > most:
        raise ValueError(f"{name} must be {least} to {most}, got {value}")


@cython.cfunc
def check_length(name: str, length: cython.Py_ssize_t, expected: cython.Py_ssize_t) -> cython.void:
    """An array with one dimension must have the expected length."""
    if length != expected:
        raise ValueError(f"{name} must have length {expected}, got {length}")


@cython.cfunc
def check_shape(
    name: str,
    rows: cython.Py_ssize_t,
    columns: cython.Py_ssize_t,
    expected_rows: cython.Py_ssize_t,
    expected_columns: cython.Py_ssize_t,
) -> cython.void:
    """An array with two dimensions must have the expected shape."""
    if rows != expected_rows or columns != expected_columns:
        raise ValueError(f"{name} must have shape ({expected_rows}, {expected_columns}), got ({rows}, {columns})")


@cython.cfunc
def check_picture(
    points: cython.Py_ssize_t,
    coordinates: cython.Py_ssize_t,
    weights: cython.const[uint16_t][:, ::1],
    flatness: cython.const[uint8_t][:, ::1],
    locked: cython.const[uint8_t][:, ::1],
    indices: cython.const[uint8_t][:, ::1],
    palette: cython.const[cython.float][:, ::1],
) -> cython.void:
    """Arrays must be of the same picture, which has a pixel, and the palette must have all its 256 rows.

    points, coordinates: the shape of the points. locked may be empty.
    """
    height: cython.Py_ssize_t = indices.shape[0]
    width: cython.Py_ssize_t = indices.shape[1]
    if height < 1 or width < 1:
        raise ValueError(f"indices must have 1 row and 1 column or more, got shape ({height}, {width})")
    check_shape("points", points, coordinates, height * width, 3)
    check_shape("weights", weights.shape[0], weights.shape[1], height, width)
    check_shape("flatness", flatness.shape[0], flatness.shape[1], height, width)
    if locked.shape[0] != 0:
        check_shape("locked", locked.shape[0], locked.shape[1], height, width)
    check_shape("palette", palette.shape[0], palette.shape[1], 256, 4)
