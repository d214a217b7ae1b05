# The checks of rate_checks.py, for the kernels at whose doors they stand.

from libc.stdint cimport uint8_t, uint16_t

cdef void check_range(str name, Py_ssize_t value, Py_ssize_t least, Py_ssize_t most) except *
cdef void check_length(str name, Py_ssize_t length, Py_ssize_t expected) except *
cdef void check_shape(
    str name, Py_ssize_t rows, Py_ssize_t columns, Py_ssize_t expected_rows, Py_ssize_t expected_columns
) except *
cdef void check_picture(
    Py_ssize_t points,
    Py_ssize_t coordinates,
    const uint16_t[:, ::1] weights,
    const uint8_t[:, ::1] flatness,
    const uint8_t[:, ::1] locked,
    const uint8_t[:, ::1] indices,
    const float[:, ::1] palette,
) except *
