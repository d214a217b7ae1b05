"""GIF's LZW: codes by hand, by definition, and read back by a decoder of ours and by Pillow's."""

import struct

import numpy as np
import PIL.Image
import pytest
from definitions import lzw as definition
from helpers import decoded, examples, packed, unpacked
from hypothesis import given, settings
from hypothesis import strategies as st

from pixmeans.codecs import encode
from pixmeans.image import IndexedImage, Palette
from pixmeans.kernels.lzw import pack
from pixmeans.rate.lzw import code_bits


def noise(n, bits, spread, seed):
    random = np.random.default_rng(seed)
    return np.clip(np.abs(random.normal(0, spread, n)), 0, (1 << bits) - 1).astype(np.uint8)


def test_lzw_by_hand():
    # the specification's first steps: clear, 1, 1 1 is new, then 6 = (1, 1), 7 = (1, 1, 1), end
    data = packed(np.ones(6, np.uint8), 2)
    assert unpacked(data, 2)[1] == [(4, 3), (1, 3), (6, 3), (7, 3), (5, 4)]


@pytest.mark.slow
@settings(deadline=None, max_examples=examples(30))
@given(
    bits=st.integers(2, 8),
    n=st.sampled_from([1, 2, 3, 7, 258, 4000, 30_000]),
    spread=st.floats(0.3, 60),
    patience=st.sampled_from([-1, 0, 208, 256]),
    seed=st.integers(0, 99),
)
def test_what_is_packed_unpacks(bits, n, spread, patience, seed):
    random = np.random.default_rng(seed)
    indices = np.clip(np.abs(random.normal(0, spread, n)), 0, (1 << bits) - 1).astype(np.uint8)
    assert np.array_equal(unpacked(packed(indices, bits, patience), bits)[0], indices)


@pytest.mark.parametrize("k", [2, 5, 16, 200])
def test_gifs_of_many_codes_are_no_larger_than_pillows(k):
    # with hardly any structure, so that the dictionary fills up often
    random = np.random.default_rng(k)
    indices = np.abs(random.normal(0, k / 6, (200, 301))).clip(0, k - 1).astype(np.uint8)
    colors = np.unique(random.integers(0, 256, (2 * k + 9, 3), dtype=np.uint8), axis=0)[:k]
    data = encode(IndexedImage(Palette(colors), indices), "gif")
    assert np.array_equal(decoded(data), colors[indices])
    bits = code_bits(k)
    theirs = PIL.Image.frombytes("P", (301, 200), indices.tobytes()).tobytes("gif", "P", bits, 0)
    assert len(data) <= len(theirs) + 13 + 3 * max(2, 1 << (k - 1).bit_length()) + 10 + 1 + 2


@pytest.mark.slow
@pytest.mark.parametrize("patience", [-1, 0, 224, 256])
@pytest.mark.parametrize(
    ("n", "bits", "spread"),
    [(1, 2, 1), (2, 8, 60), (5, 2, 0), (255, 3, 2), (20_001, 2, 0.7), (30_000, 3, 2), (30_000, 8, 40)],
)
def test_codes_are_what_the_definition_says(n, bits, spread, patience):
    indices = noise(n, bits, spread, n)
    # what changes halfway wears a full dictionary out
    indices[n // 2 :] = indices[n // 2 :] ^ 1
    assert packed(indices, bits, patience) == definition.pack(indices, bits, patience)


@pytest.mark.parametrize("patience", [-1, 0, 224, 256])
@pytest.mark.parametrize(("bits", "spread"), [(2, 0.7), (5, 9), (8, 40)])
def test_pillow_reads_what_is_packed(bits, spread, patience):
    indices = noise(151 * 201, bits, spread, bits).reshape(151, 201)
    data = packed(indices, bits, patience)
    blocks = b"".join(bytes([len(data[i : i + 255])]) + data[i : i + 255] for i in range(0, len(data), 255))
    gray = np.arange(1 << bits, dtype=np.uint8).repeat(3).tobytes()
    head = b"GIF89a" + struct.pack("<HHBBB", 201, 151, 0xF0 | bits - 1, 0, 0) + gray
    file = head + struct.pack("<BHHHHB", 0x2C, 0, 0, 201, 151, 0) + bytes([bits]) + blocks + b"\0;"
    assert np.array_equal(decoded(file)[..., 0], indices)


@pytest.mark.parametrize(
    ("n", "bits", "patience", "room", "message"),
    [
        (0, 2, 0, 99, "indices must be 1 or more, got none"),
        (5, 1, 0, 99, "code_bits must be 2 to 8, got 1"),
        (5, 9, 0, 99, "code_bits must be 2 to 8, got 9"),
        (5, 2, -2, 99, "patience must be -1 to 256, got -2"),
        (5, 2, 257, 99, "patience must be -1 to 256, got 257"),
        (5, 2, 0, 25, "data must have 26 bytes or more, got 25"),
    ],
)
def test_what_is_out_of_range_is_refused(n, bits, patience, room, message):
    with pytest.raises(ValueError, match=message):
        pack(np.zeros(n, np.uint8), bits, patience, np.zeros(room, np.uint8))
