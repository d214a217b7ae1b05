import numpy as np
import pytest
from conftest import blobs

from pixmeans.color import SPACES
from pixmeans.kernels import reference
from pixmeans.nearest import NearestColor


@pytest.mark.parametrize("name", ["rgb", "oklab"])
@pytest.mark.parametrize("k", [1, 2, 5, 8, 9, 64, 256])
def test_finds_what_comparing_with_all_finds(name, k):
    space = SPACES[name]
    palette = np.unique(blobs(k, 4 * k + 20), axis=0)[::3][:k]
    colors = np.random.default_rng(k).integers(0, 256, (3000, 3)).astype(np.uint8)
    colors = np.concatenate([colors, palette, blobs(k + 1, 2000)])
    expected = reference.nearest(space.steps(colors).astype(np.int64), space.steps(palette).astype(np.int64))
    assert np.array_equal(NearestColor(palette, space).find(colors), expected)


def test_ties_go_to_the_first():
    palette = np.array([[100, 0, 0], [102, 0, 0], [0, 100, 0], [0, 102, 0]], np.uint8)
    found = NearestColor(palette, SPACES["rgb"]).find(np.array([[101, 0, 0], [0, 101, 0], [0, 0, 0]], np.uint8))
    assert found.tolist() == [0, 2, 0]


@pytest.mark.parametrize("name", ["rgb", "oklab"])
def test_boxes_hold_every_color_of_their_cell(name):
    space = SPACES[name]
    low, high = space.cell_boxes(4)
    colors = np.random.default_rng(1).integers(0, 256, (50_000, 3)).astype(np.uint8)
    cells = ((colors[:, 0].astype(int) >> 4) * 16 + (colors[:, 1] >> 4)) * 16 + (colors[:, 2] >> 4)
    steps = space.steps(colors)
    assert (steps >= low[cells, :3]).all()
    assert (steps <= high[cells, :3]).all()


def test_a_palette_crowded_into_one_cell_gets_the_room_it_needs():
    palette = np.stack(np.meshgrid(*[np.arange(6, dtype=np.uint8)] * 3), axis=-1).reshape(-1, 3)
    colors = np.random.default_rng(2).integers(0, 256, (2000, 3)).astype(np.uint8)
    expected = reference.nearest(colors.astype(np.int64), palette.astype(np.int64))
    assert np.array_equal(NearestColor(palette, SPACES["rgb"]).find(colors), expected)
