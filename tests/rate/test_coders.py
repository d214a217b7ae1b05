"""What deflate and lossless WebP spend on symbols, against the tables of their specifications."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pixmeans.rate.coders import DEFLATE, WEBP, Rates, bits_of, plane_values, prefix_codes, prefix_extra


@given(st.lists(st.integers(1, 10**9), min_size=1, max_size=50))
def test_bits_are_minus_the_logarithm_of_shares(counts):
    counts = np.array(counts)
    np.testing.assert_allclose(bits_of(counts), -np.log2(counts / counts.sum()), atol=1e-4)


def test_deflate_s_rates_count_extra_bits():
    once = Rates.counted(DEFLATE, np.zeros(256, np.int64), np.ones(259, np.int64), np.ones(30, np.int64))
    # RFC 1951: code 257 is length 3, 264 length 10, 265 lengths 11 and 12, 284 lengths 227 to 257, 285 length 258.
    assert once.lengths[3] == once.lengths[10] == once.lengths[258]
    assert once.lengths[11] == once.lengths[12] < once.lengths[13] + 1e-6
    assert once.lengths[227] == once.lengths[257] != once.lengths[226]
    np.testing.assert_allclose(once.distances - once.distances[0], [0, 0] + [n for n in range(14) for _ in "ab"])


def test_deflate_s_distance_codes_are_those_of_its_table():
    starts = [1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 24577, 32768]
    codes = [*range(21), 29, 29]
    assert DEFLATE.distance_codes(np.array(starts, np.int32), 100).tolist() == codes
    assert prefix_codes(np.array(starts[1:-2], np.int32) - 1).tolist() == [code - 1 for code in codes[1:-2]]


def test_webp_s_lengths_are_prefix_codes():
    # RFC 9649, 5.2.2: 1 to 4 have codes of their own; 5 and 6 code 4 and one bit, 9 to 12 code 6 and two.
    expected = [0, 1, 2, 3, 4, 4, 5, 5, 6, 6, 6, 6, 7]
    assert WEBP.length_codes[1:14].tolist() == expected
    assert WEBP.longest == 4096
    assert WEBP.length_codes[[3072, 3073, 4096]].tolist() == [22, 23, 23]
    assert prefix_extra(40)[[0, 3, 4, 5, 6, 7, 23, 39]].tolist() == [0, 0, 1, 1, 2, 2, 10, 18]


# RFC 9649, 5.2.2: the first and last of the pixels nearby, (columns to the left, rows up), with their codes.
@pytest.mark.parametrize(
    ("left", "up", "code"),
    [
        *[(0, 1, 1), (1, 0, 2), (1, 1, 3), (-1, 1, 4), (0, 2, 5), (2, 0, 6), (1, 2, 7), (-1, 2, 8), (2, 1, 9)],
        *[(-2, 1, 10), (0, 5, 35), (3, 4, 36), (-3, 4, 37), (4, 3, 38), (-4, 3, 39), (5, 0, 40), (5, 5, 77)],
        *[(8, 0, 97), (8, 2, 103), (8, 4, 111), (-7, 7, 118), (8, 6, 119), (8, 7, 120)],
    ],
)
def test_webp_s_distances_to_pixels_nearby(left, up, code):
    assert plane_values(np.array([left + 100 * up], np.int32), 100).tolist() == [code]


def test_all_other_distances_of_webp_are_120_more():
    far = np.array([9, 50, 92, 109, 100 * 8, 100 * 7 + 9, 12345], np.int32)
    assert plane_values(far, 100).tolist() == (far + 120).tolist()
    every = plane_values(np.arange(1, 1001, dtype=np.int32), 100)
    assert sorted(every[every <= 120].tolist()) == list(range(1, 121))


@pytest.mark.parametrize("coder", [DEFLATE, WEBP])
def test_distances_are_those_near_and_those_above(coder):
    line = 20 + coder.lead
    assert coder.distances(20, 4, 2, 2).tolist() == [
        *(1, 2, 3, 4),
        *(line - 2, line - 1, line, line + 1, line + 2),
        *(2 * line - 2, 2 * line - 1, 2 * line, 2 * line + 1, 2 * line + 2),
    ]
    assert coder.distances(coder.farthest + 3, 4, 2, 2).tolist() == [1, 2, 3, 4]
    rates = Rates.before(coder, np.arange(256), line)
    assert (np.diff(rates.literals) < 0).all()
    assert len(rates.lengths) == coder.longest + 1
    assert coder.distance_codes(coder.distances(20, 4, 2, 2), line).max() < len(rates.distances)


def test_what_symbols_cost_is_the_sum_of_their_bits():
    rates = Rates(np.full(256, 2, np.float32), np.full(259, 3, np.float32), np.full(30, 5, np.float32))
    counts = np.zeros(256, np.int64), np.zeros(259, np.int64), np.zeros(30, np.int64)
    counts[0][7], counts[1][10], counts[2][1] = 4, 3, 3
    assert rates.bits(*counts) == 4 * 2 + 3 * 3 + 3 * 5
