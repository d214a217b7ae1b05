"""The search for domains that are like ranges. Compiled by Cython.

`best_domains` in reference.py is the definition.
"""

import cython
from cython.cimports.libc.stdint import int16_t, int32_t, int64_t
from cython.cimports.pixmeans.kernels.rate_checks import check_length, check_range


def search(
    ranges: cython.const[int16_t][:, ::1],
    domains: cython.const[int16_t][:, ::1],
    energies: cython.const[int64_t][::1],
    starts: cython.const[int32_t][::1],
    ends: cython.const[int32_t][::1],
    numerator: cython.int,
    best: int32_t[::1],
    products: int64_t[::1],
) -> None:
    """For each range the domain that, times the best contrast, is nearest to it.

    Contrasts are 0 to numerator / 16. What a contrast s lowers the squared error by is s (2 p - s e), where p is the
    product of range and domain and e the energy of the domain.

    IN ranges (n, d) and domains (m, d), without their means, at most 2047 in size; energies (m,): sums of squares;
    starts, ends (n,): which rows of domains are tried for each range. numerator: 1 to 64.
    OUT best (n,): the row, the first of equally good ones, or -1 where none lowers the error; products (n,): of them.
    ValueError.
    """
    n: cython.Py_ssize_t = ranges.shape[0]
    m: cython.Py_ssize_t = domains.shape[0]
    d: cython.int = cython.cast(cython.int, ranges.shape[1])
    i: cython.Py_ssize_t
    j: cython.Py_ssize_t
    c: cython.int
    product: cython.int
    gain: cython.double
    most: cython.double
    energy: cython.double
    limit: cython.double
    p: cython.double
    first: cython.pointer[cython.const[int16_t]]
    second: cython.pointer[cython.const[int16_t]]
    check_range("coordinates", d, 1, 512)
    check_length("coordinates of domains", domains.shape[1], d)
    check_length("energies", energies.shape[0], m)
    check_length("starts", starts.shape[0], n)
    check_length("ends", ends.shape[0], n)
    check_length("best", best.shape[0], n)
    check_length("products", products.shape[0], n)
    check_range("numerator", numerator, 1, 64)
    for i in range(n):
        if starts[i] < 0 or ends[i] > m:
            raise ValueError(f"starts and ends must be rows of domains, 0 to {m}, got {starts[i]} and {ends[i]}")
    with cython.nogil:
        limit = numerator / 16.0
        for i in range(n):
            most = 0.0
            best[i] = -1
            products[i] = 0
            first = cython.address(ranges[i, 0])
            for j in range(starts[i], ends[i]):
                second = cython.address(domains[j, 0])
                product = 0
                for c in range(d):
                    product += cython.cast(cython.int, first[c]) * cython.cast(cython.int, second[c])
                if product <= 0:
                    continue
                p = product
                energy = cython.cast(cython.double, energies[j])
                gain = p * p / energy if p <= limit * energy else limit * (2.0 * p - limit * energy)
                if gain > most:
                    most = gain
                    best[i] = cython.cast(int32_t, j)
                    products[i] = product
