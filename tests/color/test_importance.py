import numpy as np
import pytest
from helpers import blobs
from hypothesis import given
from hypothesis import strategies as st

from pixmeans.clustering import seeding, split_merge
from pixmeans.clustering.kmeans import kmeans
from pixmeans.color import importance
from pixmeans.color.histogram import count_colors, weight_sums
from pixmeans.color.spaces import SPACES


def test_only_ratios_count():
    mask = np.array([[0, 64, 64], [255, 0, 1]])
    for other in (mask.astype(np.uint8), mask / 255.0, mask * 7.0, mask.astype(np.float32)):
        assert np.array_equal(importance.levels(other, 2, 3), importance.levels(mask, 2, 3))
    assert importance.levels(np.ones((2, 3), bool), 2, 3).tolist() == [[256] * 3] * 2


def test_one_important_pixel_among_many_reaches_the_end_of_the_range():
    mask = np.zeros((100, 100))
    mask[3, 4] = 1
    found = importance.levels(mask, 100, 100)
    assert found[3, 4] == 65535
    assert found.sum() == 65535


@pytest.mark.parametrize(
    ("mask", "message"),
    [
        (np.ones((3, 2)), r"shape \(2, 3\), got \(3, 2\)"),
        (np.zeros((2, 3)), "not 0 everywhere"),
        (np.full((2, 3), -1.0), "not negative"),
        (np.full((2, 3), np.nan), "finite"),
        (np.full((2, 3), "a"), "numbers"),
    ],
)
def test_wrong_maps_are_named(mask, message):
    with pytest.raises(ValueError, match=message):
        importance.levels(mask, 2, 3)


def test_an_important_area_gets_the_colors():
    pixels = blobs(3, 80 * 80).reshape(80, 80, 3)
    pixels[:20, :20] = blobs(9, 400, spread=15).reshape(20, 20, 3)
    mask = np.ones((80, 80))
    mask[:20, :20] = 30
    histogram, space = count_colors(pixels), SPACES["rgb"]
    area = count_colors(pixels[:20, :20])
    errors = []
    sums = weight_sums(histogram, pixels, importance.levels(mask, 80, 80))
    for one in (histogram, histogram.weighing(sums)):
        points = space.points(one)
        end = kmeans(points, split_merge.improved(points, seeding.pca(points, 12))).centroids
        errors.append(space.points(area).sums(end).inertia)
    assert errors[1] < 0.7 * errors[0]


@given(
    weights=st.lists(st.integers(1, 10**9), min_size=1, max_size=30),
    share=st.floats(0.001, 1.5),
)
def test_no_weight_is_above_its_share_and_light_ones_are_as_they_were(weights, share):
    weights = np.array(weights, np.int64)
    found = importance.capped(weights, share)
    assert (found <= weights).all()
    assert (found >= 1).all()
    lowered = found < weights
    if lowered.any():
        assert (found[lowered] == found.max()).all()
    if share * len(weights) >= 1:
        assert found.max() <= max(1, share * found.sum() * (1 + 1e-9) + 1)
        if lowered.any() and share * len(weights) > 1.001:  # not lower than needed
            higher = np.minimum(weights, found.max() + 2)
            assert higher.max() > share * higher.sum() * (1 - 1e-9)


@pytest.mark.parametrize(
    ("weights", "share", "expected"),
    [
        ([97, 2, 1], 0.5, [3, 2, 1]),
        ([10, 10, 10], 0.5, [10, 10, 10]),
        ([100, 100, 10, 10], 0.25, [10, 10, 10, 10]),
        ([7], 0.5, [7]),
        ([9, 3], 0.2, [3, 3]),
    ],
)
def test_caps_by_hand(weights, share, expected):
    assert importance.capped(np.array(weights), share).tolist() == expected


def test_a_share_of_nothing_is_refused():
    with pytest.raises(ValueError, match="share must be above 0, got 0"):
        importance.capped(np.array([1, 2]), 0)
