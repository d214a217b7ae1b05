from libc.stdint cimport int32_t

cdef extern from "distances.h" nogil:
    int wide_doubles()
    double squared_distance(int wide, const double *a, const double *b, Py_ssize_t d)
    double assign_points(int wide, const double *points, const double *weights, Py_ssize_t n, Py_ssize_t d,
                         const double *centroids, Py_ssize_t k, const int32_t *near, const double *gaps, Py_ssize_t m,
                         int32_t *labels, double *sums)
