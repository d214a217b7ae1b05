"""Histograms as files: what is written is read again, and nothing else."""

import contextlib
import io
import zipfile

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import pixmeans as pm
from pixmeans.flow.histogram_files import histogram_bytes

PIXELS = st.sampled_from([3, 4]).flatmap(lambda channels: arrays(np.uint8, (3, 5, channels)))


@given(pixels=PIXELS)
def test_what_is_written_is_read(tmp_path_factory, pixels):
    if pixels.shape[2] == 4:
        pixels[pixels[..., 3] == 0] = 0
    path, histogram = tmp_path_factory.mktemp("h") / "colors.npz", pm.count_colors(pixels)
    pm.write_histogram(histogram, path)
    found = pm.read_histogram(path)
    assert np.array_equal(found.colors, histogram.colors)
    assert np.array_equal(found.weights, histogram.weights)
    assert histogram_bytes(found) == path.read_bytes()


def test_the_order_of_colors_in_a_file_does_not_matter(tmp_path):
    histogram = pm.count_colors(np.arange(24, dtype=np.uint8).reshape(2, 4, 3))
    path = tmp_path / "turned.npz"
    np.savez(path, colors=histogram.colors[::-1], weights=histogram.weights[::-1], version=np.int64(1))
    assert np.array_equal(pm.read_histogram(path).colors, histogram.colors)


def test_nothing_is_overwritten_unasked(tmp_path):
    histogram = pm.count_colors(np.zeros((1, 1, 3), np.uint8))
    path = tmp_path / "colors.npz"
    path.write_bytes(b"mine")
    with pytest.raises(pm.OutputExistsError, match="exists"):
        pm.write_histogram(histogram, path)
    assert path.read_bytes() == b"mine"
    pm.write_histogram(histogram, path, overwrite=True)
    assert len(pm.read_histogram(path)) == 1


GOOD = {"colors": np.zeros((1, 3), np.uint8), "weights": np.ones(1, np.int64), "version": np.int64(1)}


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"colors": np.zeros((1, 3), np.int32)}, "uint8"),
        ({"colors": np.zeros((1, 5), np.uint8)}, "uint8"),
        ({"colors": np.zeros((0, 3), np.uint8), "weights": np.ones(0, np.int64)}, "uint8"),
        ({"weights": np.ones(2, np.int64)}, "int64"),
        ({"weights": np.ones(1, np.float64)}, "int64"),
        ({"weights": np.zeros(1, np.int64)}, "at least 1"),
        ({"weights": np.full(1, 2**62 + 2**40, np.int64)}, "2\\*\\*62"),
        ({"colors": np.zeros((2, 3), np.uint8), "weights": np.ones(2, np.int64)}, "twice"),
        ({"colors": np.array([[1, 2, 3, 0]], np.uint8)}, "transparent"),
        ({"version": np.int64(2)}, "version"),
        ({"version": np.array("one")}, "version"),
        ({"version": np.array({}, object)}, "no histogram"),
    ],
)
def test_files_that_are_no_histograms_are_refused_by_name(tmp_path, change, word):
    path = tmp_path / "odd.npz"
    np.savez(path, **{**GOOD, **change})
    with pytest.raises(pm.InputError, match=word) as caught:
        pm.read_histogram(path)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", b"\x89PNG\r\n\x1a\n", b"{}", b"\x93NUMPY"])
def test_files_of_something_else_are_refused(tmp_path, data):
    path = tmp_path / "odd.npz"
    path.write_bytes(data)
    with pytest.raises(pm.InputError, match="no histogram"):
        pm.read_histogram(path)


@given(cut=st.integers(1, 700), flip=st.integers(0, 5000))
def test_damaged_files_are_refused_or_read(tmp_path_factory, cut, flip):
    data = bytearray(histogram_bytes(pm.count_colors(np.arange(240, dtype=np.uint8).reshape(8, 10, 3))))
    data[flip % len(data)] ^= 1 << flip % 8
    path = tmp_path_factory.mktemp("h") / "odd.npz"
    for one in (bytes(data), bytes(data[:-cut])):
        path.write_bytes(one)
        with contextlib.suppress(pm.InputError):  # any other error fails
            assert len(pm.read_histogram(path)) >= 1


@pytest.mark.slow
def test_a_file_that_claims_gigabytes_is_refused_before_they_are_read(tmp_path):
    path, file = tmp_path / "bomb.npz", io.BytesIO()
    with (
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as packed,
        packed.open("colors.npy", "w", force_zip64=True) as member,
    ):
        for _ in range(900):
            member.write(bytes(1 << 20))
    path.write_bytes(file.getvalue())
    with pytest.raises(pm.InputError, match="more than"):
        pm.read_histogram(path)
