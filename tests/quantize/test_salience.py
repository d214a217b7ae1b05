import numpy as np
import pytest
from helpers import blobs, examples, meadow, with_poppy
from hypothesis import given, settings
from hypothesis import strategies as st

from pixmeans.color.histogram import count_colors
from pixmeans.color.spaces import SPACES
from pixmeans.kernels import salience as kernel
from pixmeans.quantize import salience

OKLAB = SPACES["oklab"]


def by_definition(pixels: np.ndarray) -> np.ndarray:
    """The definition, every pixel with every pixel."""
    height, width, _ = pixels.shape
    steps = OKLAB.to_grid(pixels.reshape(-1, 3)).astype(np.int64)
    squares = ((steps[:, None] - steps[None]) ** 2).sum(axis=2)
    share = (squares <= (0.10 * 2**14) ** 2).mean(axis=1)
    chroma = np.sqrt((steps[:, 1:] ** 2).sum(axis=1)) / 2**14
    rare = ((share >= 0.0002) & (share <= 0.01) & (chroma >= 0.08)).reshape(height, width)
    found = np.zeros_like(rare)
    for y in range(height):
        for x in range(width):
            around = rare[max(0, y - 1) : y + 2, max(0, x - 1) : x + 2]
            found[y, x] = rare[y, x] and around.sum() >= 5
    return found


@pytest.mark.slow
@settings(max_examples=examples(25), deadline=None)
@given(
    seed=st.integers(0, 1000), shape=st.sampled_from([(1, 1), (1, 9), (7, 5), (30, 31), (41, 60)]), kind=st.booleans()
)
def test_salient_is_the_definition(seed, shape, kind):
    height, width = shape
    rng = np.random.default_rng(seed)
    if kind:
        pixels = blobs(seed, height * width, spread=12).reshape(height, width, 3)
    else:  # areas of one color with much noise between them: shares near both limits
        pixels = np.repeat(np.repeat(blobs(seed, 24, spread=60), 3, axis=0)[None], height, axis=0)
        pixels = np.resize(pixels, (height, width, 3))
        noisy = rng.random((height, width)) < 0.4
        pixels[noisy] = rng.integers(0, 256, (int(noisy.sum()), 3))
    assert np.array_equal(salience.salient(pixels), by_definition(pixels))


def test_a_poppy_in_a_meadow_is_salient_and_nothing_else_is():
    meadow_pixels = meadow()
    assert not salience.salient(meadow_pixels).any()
    found = salience.salient(with_poppy(meadow_pixels))
    expected = np.zeros_like(found)
    expected[20:25, 30:35] = True
    expected[[20, 20, 24, 24], [30, 34, 30, 34]] = False  # of a corner's 3 x 3 only four are red
    assert np.array_equal(found, expected)


@pytest.mark.parametrize("size", [3, 5, 7])
def test_quickly_finds_the_same_when_it_is_no_close_call(size):
    pixels = with_poppy(meadow(), size)
    quickly = salience.salient_quickly(pixels)
    assert np.array_equal(quickly, salience.salient(pixels))
    assert quickly.any()


def test_transparent_and_translucent_pixels_are_not_looked_at():
    pixels = with_poppy(meadow())
    alpha = np.full((*pixels.shape[:2], 1), 255, np.uint8)
    opaque = np.concatenate([pixels, alpha], axis=2)
    assert np.array_equal(salience.salient(opaque), salience.salient(pixels))
    assert np.array_equal(salience.salient_quickly(opaque), salience.salient_quickly(pixels))
    assert salience.salient_quickly(opaque).any()
    opaque[20:25, 30:35, 3] = 200
    assert not salience.salient(opaque).any()
    opaque[..., 3] = 0
    assert not salience.salient(opaque).any()


@pytest.mark.slow
@pytest.mark.parametrize(("n", "seed"), [(1, 1), (2, 2), (700, 3), (3000, 4)])
def test_rare_cubes_are_counted_between_their_middles(n, seed):
    histogram = count_colors(blobs(seed, n, spread=90))
    steps, weights = OKLAB.to_grid(histogram.colors), histogram.weights
    square = salience.squared_grid(salience.RADIUS)
    places = np.stack([steps[:, 0] >> 8, (steps[:, 1] + 4096) >> 8, (steps[:, 2] + 5376) >> 8], axis=1).astype(int)
    close = ((places[:, None] - places[None]) ** 2).sum(axis=2) * 256**2 <= square
    around = (close * weights).sum(axis=1)
    asked = (np.arange(len(steps)) % 3 > 0).astype(np.uint8)
    least, most = (int(value) for value in np.quantile(around, [0.3, 0.7]))  # some are on the limits themselves
    found = np.full(len(steps), 9, np.uint8)
    room = np.empty((65 * 34, 50), np.int64), np.empty(65 * 34 * 34, np.uint8)
    kernel.rare_cubes(steps, weights, asked, square, least, most, *room, found)
    assert np.array_equal(found, asked & (around >= least) & (around <= most))
    assert found.any() == bool(asked.any())


def test_all_of_srgb_fits_into_the_cubes():
    edge = np.array([0, 255], np.uint8)
    colors = np.stack(np.meshgrid(edge, edge, edge), axis=-1).reshape(-1, 3)
    steps = OKLAB.to_grid(colors).astype(int)
    assert steps[:, 0].max() >> 8 <= 64
    assert steps[:, 1].min() >= -4096
    assert (steps[:, 1].max() + 4096) >> 8 < 34
    assert steps[:, 2].min() >= -5376
    assert (steps[:, 2].max() + 5376) >> 8 < 34


def test_tally_and_cover_agree_with_numpy():
    histogram = count_colors(blobs(9, 3001))
    palette = blobs(10, 13)
    labels = (np.arange(len(histogram)) % 13).astype(np.int32)
    steps, entries = OKLAB.to_grid(histogram.colors), OKLAB.to_grid(palette)
    totals = np.empty(2, np.int64)
    kernel.tally(histogram.colors, steps, histogram.weights, labels, palette, entries, totals)
    rgb = ((histogram.colors.astype(int) - palette[labels]) ** 2).sum(axis=1)
    lab = ((steps.astype(int) - entries[labels]) ** 2).sum(axis=1)
    assert totals[0] == (histogram.weights * rgb).sum()
    assert totals[1] == (histogram.weights * np.floor(np.sqrt(lab)).astype(int)).sum()
    near = np.empty(13, np.int64)
    kernel.cover(steps, histogram.weights, entries, 1500**2, near)
    squares = ((steps[:, None].astype(int) - entries[None]) ** 2).sum(axis=2)
    assert np.array_equal(near, ((squares <= 1500**2) * histogram.weights[:, None]).sum(axis=0))


def test_losing_says_what_where_and_how_much():
    pixels = with_poppy(meadow())
    palette = np.array([[90, 100, 95], [60, 110, 50]], np.uint8)
    (poppy,) = salience.lost_colors(pixels, palette)
    assert poppy.hex == "#e6281e"
    assert poppy.share == 21 / pixels[..., 0].size
    steps = OKLAB.to_grid(np.array([[230, 40, 30], *palette], np.uint8)).astype(float) / OKLAB.scale
    assert poppy.distance == pytest.approx(100 * np.sqrt(((steps[1:] - steps[0]) ** 2).sum(axis=1)).min(), abs=0.01)
    assert poppy.at == (32, 22)
    assert poppy.box == (30, 20, 5, 5)
    assert salience.lost_colors(pixels, np.concatenate([palette, [[225, 45, 35]]]).astype(np.uint8)) == []
    assert salience.lost_colors(meadow(), palette) == []


def test_groups_are_heaviest_first_and_apart():
    colors = np.array([[230, 40, 30], [225, 45, 35], [30, 40, 230], [30, 230, 40]], np.uint8)
    steps, weights = OKLAB.to_grid(colors), np.array([5, 6, 10, 2], np.int64)
    found = list(salience.groups(steps, weights, 3, 9))
    assert [np.flatnonzero(group).tolist() for group in found] == [[0, 1], [2]]
    assert len(list(salience.groups(steps, weights, 1, 2))) == 2
    assert list(salience.groups(steps, np.zeros(4, np.int64), 1, 9)) == []


@pytest.mark.parametrize("height", [1, 2, 5, 14])
@pytest.mark.parametrize("band", [1, 2, 5, 256])
def test_neighbors_are_counted_across_bands_of_rows(monkeypatch, height, band):
    found = np.random.default_rng(height).random((height, 11)) < 0.6
    framed = np.pad(found.astype(int), 1)
    around = sum(framed[i : i + height, j : j + 11] for i in range(3) for j in range(3))
    monkeypatch.setattr(salience, "BAND", band)
    np.testing.assert_array_equal(salience.coherent(found), found & (around >= salience.NEIGHBORS))
