"""An array in, an array of the same kind out."""

import numpy as np
import pytest
from helpers import blobs, examples
from hypothesis import given, settings
from hypothesis import strategies as st

import pixmeans as pm

DTYPES = ["uint8", "uint16", "float16", "float32", "float64", "bool"]


def as_dtype(picture, dtype):
    if dtype == "bool":
        return picture > 127
    if dtype == "uint16":
        return picture.astype(np.uint16) * 257
    return picture if dtype == "uint8" else (picture / 255).astype(dtype)


@pytest.mark.slow
@given(
    st.sampled_from(DTYPES), st.sampled_from([None, 1, 3, 4]), st.integers(-3, 2), st.integers(1, 12), st.integers(0, 9)
)
@settings(max_examples=examples(20))
def test_shape_and_dtype_stay_and_colors_become_few(dtype, channels, axis, k, seed):
    picture = blobs(seed, 8 * 9)
    picture = np.hstack([picture, 255 - picture[:, :1] // 2])[:, : channels or 1].reshape(8, 9, channels or 1)
    array = as_dtype(picture[..., 0] if channels is None else np.moveaxis(picture, -1, axis), dtype)
    found = pm.color_quantize(array, k, channel_axis=None if channels is None else axis)
    assert found.shape == array.shape
    assert found.dtype == array.dtype
    flat = found.reshape(-1, 1) if channels is None else np.moveaxis(found, axis, -1).reshape(-1, channels)
    assert len(np.unique(flat, axis=0)) <= k


@pytest.mark.slow
@given(st.sampled_from(DTYPES[:-1]), st.integers(0, 9))
@settings(max_examples=examples(10))
def test_the_dtype_does_not_change_what_is_found(dtype, seed):
    picture = blobs(seed, 8 * 9).reshape(8, 9, 3)
    exact = pm.color_quantize(picture, 256)
    assert (exact == picture).all()
    again = pm.color_quantize(as_dtype(picture, dtype), 256)
    assert (
        np.abs(
            again.astype(float) / (65535 if dtype == "uint16" else 255 if dtype == "uint8" else 1) * 255 - picture
        ).max()
        < 0.6
    )


@pytest.mark.parametrize(
    ("image", "options", "message"),
    [
        ("photo.png", {}, "image must be an array, got str"),
        (np.zeros((2, 2, 2, 3), np.uint8), {}, r"image has shape \(2, 2, 2, 3\)"),
        (np.zeros((2, 2, 3), np.uint8), {"channel_axis": None}, r"image has shape \(2, 2, 3\), wanted \(h, w\)"),
        (np.zeros((2, 2, 3), np.uint8), {"channel_axis": 3}, "channel_axis must be -3 to 2, or None, got 3"),
        (np.zeros((2, 2, 3), np.int64), {}, "array has dtype int64"),
        (np.full((2, 2, 3), 7.0), {}, "floats must lie in 0..1"),
        (np.zeros((2, 2, 3), np.uint8), {"n_colors": 0}, "k must be 1 to 65536, got 0"),
        (np.zeros((2, 2, 3), np.uint8), {"dither": "much"}, "dither must be one of"),
    ],
)
def test_what_cannot_be_done_is_named(image, options, message):
    with pytest.raises(pm.SettingsError, match=message):
        pm.color_quantize(image, **options)
