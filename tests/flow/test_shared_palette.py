"""One palette for many pictures: what it promises."""

import numpy as np
import pytest
from helpers import blobs
from hypothesis import given
from hypothesis import strategies as st

import pixmeans as pm
from pixmeans.flow.shared_palette import ColorSum, total
from pixmeans.pipeline import color_sum


def picture(seed: int, shape: tuple[int, int] = (9, 7), channels: int = 3) -> np.ndarray:
    pixels = blobs(seed, shape[0] * shape[1], channels, spread=40).reshape(*shape, channels)
    if channels == 4:
        pixels[..., 3] = np.where(pixels[..., 3] < 90, 0, pixels[..., 3])
    return pixels


KINDS = st.lists(st.tuples(st.integers(0, 50), st.sampled_from([3, 4])), min_size=1, max_size=5)


@pytest.mark.slow
@given(KINDS, st.integers(1, 12), st.sampled_from(["pixels", "pictures"]), st.booleans(), st.randoms())
def test_the_order_of_the_pictures_does_not_matter(kinds, k, weigh, masks, random):
    pictures = [picture(seed, channels=channels) for seed, channels in kinds]
    knobs = {"weigh": weigh, "space": "oklab", "masking": "on" if masks else "off"}
    found = pm.palette(pictures, k, **knobs)
    random.shuffle(pictures)
    again = pm.palette(iter(pictures), k, **knobs)
    assert found.hex == again.hex
    assert np.array_equal(found.weights, again.weights)


@pytest.mark.slow
@given(st.lists(st.integers(0, 50), min_size=1, max_size=4), st.integers(1, 12))
def test_pictures_that_share_a_palette_are_as_one_picture(seeds, k):
    pictures = [picture(seed) for seed in seeds]
    together = np.concatenate(pictures)
    knobs = {"space": "rgb", "masking": "off", "protect": "off"}
    assert pm.palette(pictures, k, **knobs).hex == pm.palette(together, k, **knobs).hex


@pytest.mark.slow
@given(st.lists(st.integers(0, 50), min_size=1, max_size=4), st.integers(1, 12))
def test_counted_colors_are_as_good_as_pictures(seeds, k):
    pictures = [picture(seed) for seed in seeds]
    counted = pm.count_colors(pictures[0])
    for one in pictures[1:]:
        counted = counted + pm.count_colors(one)
    assert pm.palette(counted, k).hex == pm.palette(pictures, k).hex
    assert pm.palette([counted], k).hex == pm.palette(pictures, k).hex


def test_weights_are_pixels_and_shares_add_up():
    pictures = [picture(1), picture(2, (20, 20))]
    found = pm.palette(pictures, 5)
    assert int(found.weights.sum()) == 9 * 7 + 400
    assert (np.diff(found.weights) <= 0).all()


def test_a_small_picture_counts_as_much_as_a_large_one_where_that_is_asked_for():
    small = np.full((4, 4, 3), (250, 120, 10), np.uint8)
    large = np.full((90, 90, 3), (20, 30, 60), np.uint8)
    large[::2] = (24, 40, 70)
    large[::3, ::2] = (30, 60, 110)
    by_pixels = pm.palette([small, large], 2, space="rgb", weigh="pixels")
    by_pictures = pm.palette([small, large], 2, space="rgb", weigh="pictures")
    far = [
        min(abs(int(a) - b) for a, b in zip(color, (250, 120, 10), strict=True)) for color in by_pictures.rgba[:, :3]
    ]
    assert min(far) == 0
    assert "#fa780a" in by_pictures.hex
    assert by_pixels.hex != by_pictures.hex or "#fa780a" in by_pixels.hex


@pytest.mark.parametrize("channels", [3, 4])
def test_equal_pictures_weigh_the_same_in_both_ways(channels):
    pictures = [picture(1, channels=channels)] * 3
    assert pm.palette(pictures, 6, weigh="pixels").hex == pm.palette(pictures, 6, weigh="pictures").hex


def test_a_transparent_picture_beside_an_opaque_one_gets_room_for_both():
    clear = picture(3, channels=4)
    found = color_sum([picture(4), clear], pm.Settings(space="oklab", masking="off"))
    shared = found.palette(pm.Settings(k=9, space="oklab"))
    assert len(shared) == 9
    assert (shared.rgba[0] == 0).all()
    assert (shared.rgba[1:, 3] > 0).all()
    assert (pm.palette([picture(4), clear], 8).rgba[:, 3] > 0).all()


def test_ignored_colors_do_not_count_in_any_picture():
    white = np.full((5, 5, 3), 255, np.uint8)
    white[0, 0] = (10, 200, 30)
    assert pm.palette([white, white], 3, ignore="white").hex == ["#0ac81e"]
    with pytest.raises(pm.InputError, match="no pixel counts"):
        pm.palette([np.full((2, 2, 3), 255, np.uint8)] * 2, 3, ignore="white")


def test_a_sum_of_sums_is_the_sum():
    settings = pm.Settings(space="oklab", masking="on")
    pictures = [picture(seed, channels=3 + seed % 2) for seed in range(7)]
    parts = [color_sum(pictures[:3], settings), color_sum(pictures[3:], settings)]
    whole, halves = color_sum(pictures, settings), total(parts)
    for one, other in ((whole.counts, halves.counts), (whole.weights, halves.weights)):
        assert np.array_equal(one.colors, other.colors)
        assert np.array_equal(one.weights, other.weights)


@pytest.mark.parametrize(
    ("knobs", "word"),
    [({"weigh": "files"}, "weigh"), ({"sort": "found"}, "found"), ({"palette": "x.gpl"}, "palette"), ({"k": 0}, "k")],
)
def test_arguments_that_cannot_be_are_refused(knobs, word):
    with pytest.raises(pm.SettingsError, match=word):
        pm.palette([picture(0), picture(1)], **{"k": 4, **knobs})


def test_a_palette_of_nothing_is_refused():
    with pytest.raises(pm.SettingsError, match="at least one picture"):
        pm.palette([], 4)
    assert total([]) is None


def test_what_pictures_weigh_together_does_not_depend_on_their_size():
    settings = pm.Settings(space="oklab", masking="off")
    sums = [color_sum([picture(5, shape)], settings, weigh="pictures").weights.total for shape in ((8, 8), (60, 50))]
    assert abs(sums[0] - sums[1]) < 10_000
    assert isinstance(color_sum([picture(5)], settings), ColorSum)
