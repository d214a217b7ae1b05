"""Looking values up among sorted ones."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from pixmeans.arrays import is_among

NUMBERS = st.lists(st.integers(0, 40), max_size=30)


@given(NUMBERS, NUMBERS)
def test_it_is_what_numpy_finds(values, among):
    ours = is_among(np.array(values, np.uint32), np.unique(np.array(among, np.uint32)))
    assert ours.tolist() == np.isin(values, among).tolist()
