import numpy as np
import pytest
from helpers import blobs, examples
from hypothesis import given, settings
from hypothesis import strategies as st

from pixmeans.clustering.points import GridPoints
from pixmeans.color.cells import Cells, View, views
from pixmeans.color.histogram import Histogram, count_colors
from pixmeans.color.spaces import SPACES

OKLAB = SPACES["oklab"]


def many(seed: int, n: int = 4000, dark: bool = True) -> np.ndarray:
    """(n, 3) uint8 colors all over sRGB, half of them near black."""
    colors = np.random.default_rng(seed).integers(0, 256, (n, 3), np.uint8)
    if dark:
        colors[::2] >>= 2
    return colors


def side_of(color: np.ndarray, side: int, fine: bool) -> int:
    """How wide a color's cell is, by the definition."""
    if fine:
        for below, small in ((16, 1), (32, 2), (64, 4)):
            if color.max() < below:
                return min(small, 2**side)
    return 2**side


def by_definition(histogram: Histogram, points: GridPoints, side: int, fine: bool):
    """Cells in the order of their first colors: mean color, weight, mean point and its weight."""
    members: dict[tuple[int, ...], list[int]] = {}
    for row, color in enumerate(histogram.colors):
        wide = side_of(color[:3], side, fine)
        members.setdefault((wide, *(color // wide)), []).append(row)
    found = []
    for rows in members.values():
        weights, point_weights = histogram.weights[rows], points.weights[rows]
        found.append(
            (
                np.floor(weights @ histogram.colors[rows, :3] / weights.sum() + 0.5),
                weights.sum(),
                np.floor(point_weights @ points.coordinates[rows].astype(float) / point_weights.sum() + 0.5),
                point_weights.sum(),
            )
        )
    return found


@pytest.mark.slow
@settings(max_examples=examples(20), deadline=None)
@given(seed=st.integers(0, 10**6), n=st.sampled_from([1, 2, 17, 600]), kind=st.sampled_from(["rgb", "oklab", "alpha"]))
def test_cells_are_the_definition(seed, n, kind):
    colors = many(seed, n)
    if kind == "alpha":
        colors = np.concatenate([colors, np.random.default_rng(seed).integers(1, 256, (n, 1), np.uint8)], axis=1)
    histogram = count_colors(colors)
    space = SPACES["oklab" if kind == "oklab" else "rgb"]
    point_weights = Histogram(histogram.colors, histogram.weights * (1 + np.arange(len(histogram)) % 5))
    points = space.points(point_weights)
    cells = Cells.of(histogram, points, in_oklab=kind == "oklab")
    for side, one in ((2, cells), (3, cells.coarser())):
        wanted = by_definition(histogram, points, side, kind == "oklab")
        assert len(one.codes) == len(wanted)
        assert (np.diff(one.codes.astype(np.int64)) > 0).all()
        assert np.array_equal(one.weights, [each[1] for each in wanted])
        assert np.array_equal(one.point_weights, [each[3] for each in wanted])
        # Coarser cells are means of rounded means.
        assert np.abs(one.colors - np.array([each[0] for each in wanted])).max() <= side - 2
        assert np.abs(one.points - np.array([each[2] for each in wanted])).max() <= side - 2
        steps = one.points if kind == "oklab" else OKLAB.to_grid(one.colors)
        assert np.array_equal(one.grid, steps)


def test_four_neighbors_by_hand():
    colors = np.array([[0, 0, 0], [100, 100, 96], [100, 100, 100], [100, 100, 103]], np.uint8)
    cells = Cells.of(count_colors(np.repeat(colors, [5, 7, 1, 2], axis=0)))
    assert cells.colors.tolist() == [[0, 0, 0], [100, 100, 96], [100, 100, 102]]
    assert cells.weights.tolist() == [5, 7, 3]
    assert len(cells.points) == len(cells.point_weights) == 0
    assert cells.coarser().colors.tolist() == [[0, 0, 0], [100, 100, 98]]  # (7 * 96 + 3 * 102) / 10 = 97.8
    assert cells.coarser().weights.tolist() == [5, 10]


@pytest.mark.parametrize("name", ["rgb", "oklab"])
def test_a_view_of_all_colors_measures_what_numpy_does(name):
    histogram, space = count_colors(many(1)), SPACES[name]
    points = space.points(histogram)
    view = View.of_all(histogram, points, None)
    palette = blobs(2, 9)
    labels, _ = points.assign(space.palette_points(palette))
    rgb = ((histogram.colors.astype(int) - palette[labels]) ** 2).sum(axis=1)
    lab = ((OKLAB.to_grid(histogram.colors).astype(int) - OKLAB.to_grid(palette)[labels]) ** 2).sum(axis=1)
    wanted = (histogram.weights * rgb).sum(), (histogram.weights * np.floor(np.sqrt(lab)).astype(int)).sum()
    assert view.errors(space, space.palette_points(palette)) == wanted


def test_cells_tell_how_much_worse_one_palette_is_than_another():
    dark = many(5, 60_000) >> 3  # all in cells that are smaller in OKLab
    for name, colors in (("rgb", many(4, 60_000, dark=False)), ("oklab", many(4, 60_000)), ("oklab", dark)):
        histogram, space = count_colors(colors), SPACES[name]
        points = space.points(histogram)
        cells = Cells.of(histogram, points, in_oklab=name == "oklab")
        near, far = views(histogram, cells, points, 8, 64)
        assert len(far.weights) < len(near.weights)
        assert (len(near.weights) == len(histogram)) == (name == "oklab")
        both = [space.palette_points(histogram.colors[:: len(histogram) // k]) for k in (20, 15)]
        rises = []
        for view in (near, far):
            (squares, lengths), (more, longer) = (view.errors(space, palette) for palette in both)
            rises.append((more / squares, longer / lengths))
        assert rises[1] == pytest.approx(rises[0], abs=0.02)


def test_a_picture_of_few_colors_is_seen_color_by_color():
    histogram, space = count_colors(many(6, 50)), SPACES["rgb"]
    points = space.points(histogram)
    near, far = views(histogram, Cells.of(histogram, points), points, 100, 800)
    assert near is far
    assert near.points is points
