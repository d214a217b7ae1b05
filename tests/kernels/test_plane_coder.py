"""The entropy coder: what goes in comes out, it is what its definition says, and it packs."""

import lzma

import numpy as np
import pytest
from definitions import plane_coder as definition
from helpers import examples
from hypothesis import given, settings
from hypothesis import strategies as st

from pixmeans.alternatives.planes import LEAST_COST, SQUASH, DamagedError, bits_for, pack, unpack
from pixmeans.kernels import plane_coder as kernel


def plane(height, width, bits, seed):
    """Smooth in places, noise in others."""
    random = np.random.default_rng(seed)
    y, x = np.mgrid[:height, :width]
    smooth = (np.sin(y / 5 + seed) + np.cos(x / 7) + 2) / 4
    noisy = smooth + random.normal(0, 0.3, (height, width)) * (x > width // 2)
    return (noisy.clip(0, 1) * ((1 << bits) - 1)).astype(np.uint16)


@settings(deadline=None, max_examples=examples(40))
@given(
    height=st.integers(1, 40),
    width=st.integers(1, 40),
    bits=st.integers(0, 12),
    kinds=st.integers(1, 200),
    seed=st.integers(0, 99),
)
def test_what_is_packed_unpacks(height, width, bits, kinds, seed):
    values = plane(height, width, bits, seed)
    classes = np.random.default_rng(seed).integers(0, kinds, values.shape).astype(np.uint8)
    data = pack(values, bits, classes)
    assert np.array_equal(unpack(data, values.shape, bits, classes), values)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("height", "width", "bits", "kinds"), [(1, 1, 1, 1), (1, 1, 12, 9), (30, 1, 5, 2), (23, 31, 8, 3), (40, 37, 12, 1)]
)
def test_bytes_are_what_the_definition_says(height, width, bits, kinds):
    values = plane(height, width, bits, height)
    classes = np.random.default_rng(bits).integers(0, kinds, values.shape).astype(np.uint8)
    assert pack(values, bits, classes) == definition.encode(values, classes, bits, SQUASH)


@pytest.mark.slow
@pytest.mark.parametrize("bits", [1, 4, 10])
def test_numbers_like_their_neighbors_take_fewer_bytes_than_lzma(bits):
    y, x = np.mgrid[:120, :160]
    values = ((np.sin(y / 9) + np.cos(x / 13) + 2) / 4 * ((1 << bits) - 1)).astype(np.uint16)
    assert len(pack(values, bits)) < len(lzma.compress(values.astype(np.uint8 if bits <= 8 else np.uint16).tobytes()))


def test_chance_takes_hardly_more_than_its_bits():
    values = np.random.default_rng(0).integers(0, 1 << 6, (100, 100)).astype(np.uint16)
    assert 7500 <= len(pack(values, 6)) < 7500 * 1.08


@pytest.mark.slow
def test_no_plane_takes_fewer_bytes_than_a_reader_believes():
    values = np.zeros((2000, 2000), np.uint16)
    data = pack(values, 1)
    assert values.size * LEAST_COST <= 8 * len(data) + 64
    assert np.array_equal(unpack(data, values.shape, 1), values)


@settings(deadline=None, max_examples=examples(60))
@given(data=st.binary(max_size=200), bits=st.integers(1, 12), height=st.integers(1, 30), width=st.integers(1, 30))
def test_any_bytes_unpack_to_numbers_in_range(data, bits, height, width):
    assert int(unpack(data, (height, width), bits).max()) < 1 << bits


def test_few_bytes_are_not_believed_to_hold_many_numbers():
    with pytest.raises(DamagedError, match="100 bytes for 1,000,000,000,000 numbers"):
        unpack(bytes(100), (10**6, 10**6), 8)


@pytest.mark.parametrize(
    ("bits", "room", "kinds", "table", "message"),
    [
        (0, 999, (3, 5), 49, "bits must be 1 to 12, got 0"),
        (13, 999, (3, 5), 49, "bits must be 1 to 12, got 13"),
        (8, 247, (3, 5), 49, "length of data must be 248"),
        (8, 999, (3, 4), 49, r"classes must have shape \(3, 5\)"),
        (8, 999, (3, 5), 48, "squash must have length 49"),
    ],
)
def test_what_is_out_of_range_is_refused(bits, room, kinds, table, message):
    values, classes = np.zeros((3, 5), np.uint16), np.zeros(kinds, np.uint8)
    with pytest.raises(ValueError, match=message):
        kernel.encode(values, classes, bits, SQUASH[:table], np.zeros(room, np.uint8))
    if "data" not in message:
        with pytest.raises(ValueError, match=message):
            kernel.decode(np.zeros(room, np.uint8), classes, bits, SQUASH[:table], values)


def test_bits_for_counts():
    assert [bits_for(count) for count in (1, 2, 3, 4, 5, 4096)] == [0, 1, 2, 2, 3, 12]
