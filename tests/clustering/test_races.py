import numpy as np
import pytest
from helpers import examples
from hypothesis import given, settings
from hypothesis import strategies as st

from pixmeans.clustering import races, seeding
from pixmeans.color.histogram import count_colors
from pixmeans.color.spaces import SPACES


def colors(n, seed):
    rng = np.random.default_rng(seed)
    middles = rng.integers(40, 216, (9, 3))
    pixels = np.clip(middles[rng.integers(0, 9, n)] + rng.normal(scale=9.0, size=(n, 3)), 0, 255)
    return SPACES["rgb"].points(count_colors(pixels.astype(np.uint8)[None]))


@pytest.mark.slow
@settings(max_examples=examples(6), deadline=None)
@given(n=st.integers(30, 400), k=st.integers(1, 8), seed=st.integers(0, 2**32))
def test_errors_fall_with_time_and_nobody_takes_longer_than_the_genetic_search(n, k, seed):
    points = colors(n, seed)
    found = races.race(points, seeding.pca(points, k), seed)
    assert {racer.name for racer in found.racers} == {"genetic", "split-merge", "restarts", "swaps"}
    for racer in found.racers:
        assert (np.diff(racer.passes) > 0).all()
        assert (np.diff(racer.errors) < 0).all()
        assert racer.passes[-1] <= found.passes
        assert racer.error == racer.errors.min()
    ends = [racer.error for racer in found.ranked]
    assert ends == sorted(ends)
    genetic = next(racer for racer in found.racers if racer.name == "genetic")
    assert genetic.error == min(one.best for one in found.generations)


@pytest.mark.slow
def test_a_race_is_the_same_every_time_and_leaves_the_points_alone():
    points = colors(300, 1)
    start = seeding.pca(points, 5)
    before = points.sums(start)
    first, second = (races.race(points, start, 3) for _ in range(2))
    for one, other in zip(first.racers, second.racers, strict=True):
        assert np.array_equal(one.errors, other.errors)
        assert np.array_equal(one.passes, other.passes)
    after = points.sums(start)
    assert after.inertia == before.inertia
    assert np.array_equal(after.totals, before.totals)
    assert not hasattr(points, "passes")
