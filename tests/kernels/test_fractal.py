"""The search for domains is what its definition says."""

import numpy as np
import pytest
from helpers import examples
from hypothesis import given, settings
from hypothesis import strategies as st

from pixmeans.kernels import fractal as kernel
from pixmeans.kernels import reference


def searched(ranges, domains, starts, ends, numerator):
    energies = (domains.astype(np.int64) ** 2).sum(axis=1)
    best, products = np.empty(len(ranges), np.int32), np.empty(len(ranges), np.int64)
    kernel.search(ranges, domains, energies, starts.astype(np.int32), ends.astype(np.int32), numerator, best, products)
    return best, products


@settings(deadline=None, max_examples=examples(60))
@given(
    n=st.integers(1, 30),
    m=st.integers(1, 40),
    d=st.sampled_from([16, 64, 256]),
    reach=st.sampled_from([1, 30, 1020]),
    numerator=st.integers(1, 64),
    seed=st.integers(0, 999),
)
def test_domains_are_what_the_definition_says(n, m, d, reach, numerator, seed):
    random = np.random.default_rng(seed)
    ranges = random.integers(-reach, reach + 1, (n, d)).astype(np.int16)
    domains = random.integers(-reach, reach + 1, (m, d)).astype(np.int16)
    domains[(domains == 0).all(axis=1)] = 1
    starts = random.integers(0, m + 1, n)
    ends = random.integers(0, m + 1, n)
    found, products = searched(ranges, domains, starts, ends, numerator)
    best, expected = reference.best_domains(ranges, domains, starts, ends, numerator / 16)
    assert np.array_equal(found, best)
    assert np.array_equal(products, expected)


def test_rows_outside_of_the_domains_are_refused():
    blocks, one = np.ones((2, 16), np.int16), np.ones(2)
    for starts, ends in ((-one, one), (one, one * 3)):
        with pytest.raises(ValueError, match="must be rows of domains, 0 to 2"):
            searched(blocks, blocks, starts, ends, 14)
    with pytest.raises(ValueError, match="numerator must be 1 to 64, got 65"):
        searched(blocks, blocks, one, one, 65)
