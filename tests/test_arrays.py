"""Looking values up among sorted ones, and arrays of other libraries: only their protocols are known here."""

import numpy as np
import pytest
from helpers import blobs
from hypothesis import given
from hypothesis import strategies as st

import pixmeans as pm
from pixmeans.arrays import as_array, as_picture, is_among, is_array_like, median, percentiles

NUMBERS = st.lists(st.integers(0, 40), max_size=30)


@given(NUMBERS, NUMBERS)
def test_it_is_what_numpy_finds(values, among):
    ours = is_among(np.array(values, np.uint32), np.unique(np.array(among, np.uint32)))
    assert ours.tolist() == np.isin(values, among).tolist()


@given(
    st.lists(st.floats(0, 1e3, width=32), min_size=1, max_size=40),
    st.lists(st.floats(0, 100), min_size=1, max_size=4),
    st.sampled_from([np.float32, np.float64]),
)
def test_percentiles_and_medians_are_those_of_numpy(values, shares, kind):
    array = np.array(values, kind)
    assert percentiles(array, shares) == np.percentile(array, shares).tolist()
    assert percentiles(array[None], [100.0]) == [array.max()]
    assert median(array) == np.median(array)


class Array:
    """Has `__array__` alone, as tables and tensors have."""

    def __init__(self, array):
        self._array = array

    def __array__(self, dtype=None, copy=None):
        return self._array


class Interface:
    """Has `__array_interface__` alone."""

    def __init__(self, array):
        self._array = array
        self.__array_interface__ = array.__array_interface__


class Tensor:
    """Has `__dlpack__` and says where it is, as the standard has it."""

    def __init__(self, array):
        self._array = array

    def __dlpack__(self, **wishes):
        return self._array.__dlpack__(**wishes)

    def __dlpack_device__(self):
        return self._array.__dlpack_device__()


class OldTensor:
    """Has `__dlpack__` alone, without any argument."""

    def __init__(self, array):
        self._array = array

    def __dlpack__(self):
        return self._array.__dlpack__()


class OnCard(Tensor):
    """A tensor of a graphics card, which cannot be seen from here."""

    def __dlpack__(self, **wishes):
        raise BufferError("the card keeps it")

    def __dlpack_device__(self):
        return (2, 0)


class WithGradients(Array):
    """A tensor whose values are not to be taken as they are."""

    def __array__(self, dtype=None, copy=None):
        raise RuntimeError("Can't call numpy() on Tensor that requires grad.\nMore words")


SEEN = [Array, Interface, Tensor, OldTensor]
UNSEEN = [OnCard, WithGradients]
# Everything that takes a picture as an array, as what can be compared.
DOORS = {
    "compress": lambda picture: pm.compress(picture, 5).data,
    "importance": lambda picture: pm.compress(np.zeros((12, 16, 3), np.uint8), importance=picture).data,
    "palette": lambda picture: pm.palette(picture, 3).hex,
    "palette of many": lambda picture: pm.palette([picture, picture], 3).hex,
    "apply_palette": lambda picture: pm.apply_palette(picture, pm.Palette(np.eye(3, dtype=np.uint8))).tolist(),
    "steps": lambda picture: [step.inertia for step in pm.steps(picture, 3)],
    "color_quantize": lambda picture: pm.color_quantize(picture, 3).tolist(),
    "ColorQuantizer": lambda picture: pm.ColorQuantizer(3).fit(picture).transform(picture).tolist(),
    "alternatives": lambda picture: pm.alternatives.encode(picture, "vq"),
    "KMeans": lambda rows: pm.KMeans(3).fit(rows).cluster_centers_.tolist(),
    "KMOR": lambda rows: pm.KMOR(3).fit(rows).labels_.tolist(),
}


def taken(door):
    """(12, 16, 3) colors, or what else this door takes."""
    picture = blobs(4, 12 * 16).reshape(12, 16, 3)
    if door == "importance":
        return np.ascontiguousarray(picture[..., 0])
    return picture[0].astype(np.float64) if door.startswith("K") else picture


@pytest.mark.slow
@pytest.mark.parametrize("wrapped", SEEN)
@pytest.mark.parametrize("door", DOORS)
def test_arrays_of_all_libraries_are_what_numpy_has(door, wrapped):
    array = taken(door)
    assert DOORS[door](wrapped(array)) == DOORS[door](array)


@pytest.mark.parametrize("wrapped", UNSEEN)
@pytest.mark.parametrize("door", DOORS)
def test_what_cannot_be_seen_is_refused_with_the_way_out(door, wrapped):
    with pytest.raises(ValueError, match=r"copy it there first, as with \.detach\(\)\.cpu\(\)") as caught:
        DOORS[door](wrapped(taken(door)))
    assert "\n" not in str(caught.value)


@pytest.mark.slow  # xarray takes two seconds to import
@pytest.mark.parametrize("names", [("y", "x", "band"), ("band", "y", "x"), ("X", "c", "Y"), ("Row", "band", "Column")])
def test_dimensions_with_names_are_put_in_order(names):
    import xarray

    picture = blobs(4, 12 * 16).reshape(12, 16, 3)
    place = {"y": 0, "row": 0, "x": 1, "column": 1}
    turned = picture.transpose([place.get(name.lower(), 2) for name in names])
    assert (as_picture(xarray.DataArray(turned, dims=names)) == picture).all()
    assert (as_array(xarray.DataArray(turned, dims=names)) == turned).all()


@pytest.mark.slow  # xarray takes two seconds to import
@pytest.mark.parametrize("names", [("a", "b", "c"), ("x", "lon", "y")])
def test_dimensions_that_tell_nothing_stay(names):
    import xarray

    picture = blobs(4, 12 * 16).reshape(12, 16, 3)
    assert (as_picture(xarray.DataArray(picture, dims=names)) == picture).all()


def test_channels_that_come_first_are_told_of():
    with pytest.raises(pm.SettingsError, match=r"shape \(3, 12, 16\).*moveaxis"):
        pm.compress(np.zeros((3, 12, 16), np.uint8))


def test_text_is_no_array_whoever_made_it():
    assert not any(map(is_array_like, ("a", b"a", np.str_("a"), np.bytes_(b"a"), [1], 1)))
    with pytest.raises(pm.InputError, match=r"nowhere\.png"):
        pm.compress(np.str_("nowhere.png"))
