"""PNG files of a given depth, and palettes that stay as they are."""

from __future__ import annotations

import io

import numpy as np
import PIL.Image
import pytest
from helpers import examples
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import pixmeans as pm
from pixmeans import codecs

DEPTH, TYPE = 24, 25  # where IHDR says them
INDEXED = st.integers(1, 256).flatmap(
    lambda k: st.tuples(
        arrays(np.uint8, (k, 4)), arrays(np.uint8, (3, 5), elements=st.integers(0, k - 1)), st.integers(0, 6)
    )
)


def pixels_of(data):
    with PIL.Image.open(io.BytesIO(data)) as file:
        return np.asarray(file.convert("RGBA"))


@pytest.mark.slow
@settings(max_examples=examples(40), deadline=None)
@given(INDEXED, st.sampled_from([None, 1, 2, 4, 8]), st.booleans())
def test_the_file_has_the_depth_and_the_pixels_or_is_refused(made, depth, in_order):
    table, indices, optimize = made
    indexed = pm.IndexedImage(pm.Palette(table), indices, in_order=in_order)
    if depth is not None and len(table) > 1 << depth:
        with pytest.raises(pm.OutputError, match=f"bit_depth {depth} has room for {1 << depth} colors"):
            codecs.encode(indexed, "png", optimize=optimize, bit_depth=depth)
        return
    data = codecs.encode(indexed, "png", optimize=optimize, bit_depth=depth, png_type="indexed")
    assert data[TYPE] == 3
    assert data[DEPTH] in ({depth} if depth else {1, 2, 4, 8})
    assert np.array_equal(pixels_of(data), table[indices])
    if in_order:
        with PIL.Image.open(io.BytesIO(data)) as file:
            assert np.array_equal(np.array(file.getpalette("RGB")).reshape(-1, 3), table[:, :3])
            assert np.array_equal(np.asarray(file), indices)


@settings(max_examples=examples(40), deadline=None)
@given(INDEXED)
def test_gif_keeps_order_too(made):
    table, indices, _ = made
    indexed = pm.IndexedImage(pm.Palette(table), indices, in_order=True)
    data = codecs.encode(indexed, "gif")
    size = 2 << (data[10] & 7)
    written = np.frombuffer(data[13 : 13 + 3 * size], np.uint8).reshape(-1, 3)
    assert np.array_equal(written[: len(table)], table[:, :3])
    shown, hidden = pixels_of(data), table[indices][..., 3] < 128
    assert np.array_equal(shown[..., 3] == 0, hidden)
    assert np.array_equal(shown[~hidden][:, :3], table[indices][~hidden][:, :3])


@pytest.mark.parametrize("bits", [1, 2, 4, 8])
def test_gray_samples_have_the_depth_too(bits):
    step = 255 // ((1 << bits) - 1)
    levels = (np.arange(min(1 << bits, 5)) * step).astype(np.uint8)
    pixels = np.repeat(levels[None, :, None], 3, axis=2).repeat(2, axis=0)
    data = pm.compress(pixels, 2, bit_depth=bits, png_type="gray").data if bits == 1 else None
    data = data or pm.compress(pixels, 1 << bits, bit_depth=bits, png_type="gray").data
    assert (data[DEPTH], data[TYPE]) == (bits, 0)
    assert np.array_equal(pixels_of(data)[..., :3], pixels)
    if bits > 1:
        with pytest.raises(pm.OutputError, match="gray samples of bit_depth 1 cannot hold these grays"):
            pm.compress(pixels[:, :2], 2, bit_depth=1, png_type="gray")


@pytest.mark.parametrize(
    ("knobs", "told"),
    [
        ({"bit_depth": 4}, "bit_depth 4 has room for 16 colors, and k is 256: use k 16"),
        ({"bit_depth": 3, "k": 8}, "bit_depth must be 1, 2, 4 or 8, got 3"),
        ({"bit_depth": 4, "k": 8, "format": "gif"}, "bit_depth 4 belongs to format png, and format is gif"),
        ({"bit_depth": 4, "k": 8, "format": "auto"}, "bit_depth 4 belongs to format png, and format is auto"),
        ({"color_bits": "rgb888"}, "color_bits must be one of rgb565"),
        ({"alpha_threshold": 0}, "alpha_threshold must be 1 to 255"),
        ({"matte": "#ffffff80"}, "matte must be an opaque color like"),
        ({"matte": "white-ish"}, "matte must be an opaque color like"),
        ({"matte": "#fff", "alpha_threshold": 9}, "leave one out"),
    ],
)
def test_settings_that_make_no_sense_are_refused(knobs, told):
    with pytest.raises(pm.SettingsError, match=told):
        pm.Settings(**knobs)
