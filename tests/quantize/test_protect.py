import numpy as np
import pytest
from helpers import blobs, meadow, sample, with_poppy

import pixmeans as pm
from pixmeans import metrics
from pixmeans.clustering import seeding, split_merge
from pixmeans.clustering.kmeans import kmeans
from pixmeans.color.histogram import Histogram, count_colors
from pixmeans.color.spaces import SPACES
from pixmeans.parallel import use_threads
from pixmeans.quantize import protect, rounding, salience
from pixmeans.rng import SplitMix64

SPACE_NAMES = ("rgb", "oklab")


def busy(seed: int = 3) -> np.ndarray:
    """(120, 160, 3) uint8: many colors that keep all centroids busy, and two small vivid spots."""
    pixels = blobs(seed, 120 * 160, spread=25).reshape(120, 160, 3)
    grays = pixels.mean(axis=2, keepdims=True)
    pixels = (grays + 0.3 * (pixels - grays)).astype(np.uint8)
    rng = np.random.default_rng(seed)
    for y, x, color in ((20, 30, (235, 120, 20)), (80, 100, (30, 60, 220))):
        spot = np.array(color) + rng.normal(0, 5, (5, 6, 3))
        pixels[y : y + 5, x : x + 6] = np.clip(spot, 0, 255).astype(np.uint8)
    return pixels


def run(pixels, name, k, mode="auto", weights=None):
    """The plain palette's and the protected one's colors and labels, and what protection says."""
    histogram, space = count_colors(pixels), SPACES[name]
    weighted = histogram if weights is None else Histogram(histogram.colors, weights(histogram))
    points = space.points(weighted)
    plain = kmeans(points, split_merge.improved(points, seeding.pca(points, k))).centroids
    result = protect.protect(pixels, histogram, points, space, plain, mode=mode)
    before = rounding.finish(histogram, points, space, plain, k, polish=True)
    if result is None:
        return histogram, before, before, None
    after = rounding.finish(histogram, points, space, result.centroids, k, polish=True, frozen=result.reserved)
    return histogram, before, after, result


def survival(pixels, histogram, colors, labels) -> float:
    """Percent of the small salient pixels that move less than 0.08 in OKLab."""
    mask = salience.salient(pixels)
    own = labels[np.searchsorted(histogram.codes, count_colors(pixels[mask]).codes)]
    steps = SPACES["oklab"].to_grid
    lively = count_colors(pixels[mask])
    squares = salience.squared_distances(steps(lively.colors), steps(colors)[own])
    return 100 * float(lively.weights[np.sqrt(squares) < 0.08 * 2**14].sum() / lively.weights.sum())


@pytest.mark.slow
@pytest.mark.parametrize("name", SPACE_NAMES)
@pytest.mark.parametrize(("mode", "spots", "limit"), [("auto", 1, 1.06), ("strong", 2, 1.15)])
def test_spots_survive_within_the_protection_cost(name, mode, spots, limit):
    pixels = busy()
    histogram, before, after, result = run(pixels, name, 12, mode)
    assert survival(pixels, histogram, *before[:2]) == 0
    assert survival(pixels, histogram, *after[:2]) > 45 * spots
    assert metrics.mse(histogram, *after[:2]) <= limit * metrics.mse(histogram, *before[:2])
    assert result.reserved.sum() == len(result.protected) == spots
    assert result.survival[0] < result.survival[1]
    for saved in result.protected:
        assert saved.after < 8
        assert saved.before > saved.after
        assert 0.0002 <= saved.share <= 0.01
        assert bytes(saved.color) in {bytes(color) for color in after[0]}
        assert saved.hex == "#" + bytes(saved.color).hex()


@pytest.mark.parametrize("name", SPACE_NAMES)
def test_a_picture_without_small_colors_is_left_alone(name):
    for pixels in (meadow(), np.zeros((9, 9, 3), np.uint8), blobs(1, 4800).reshape(60, 80, 3)):
        histogram, space = count_colors(pixels), SPACES[name]
        points = space.points(histogram)
        plain = points.values[:4].copy()
        assert not salience.salient(pixels).any()
        assert protect.protect(pixels, histogram, points, space, plain) is None


@pytest.mark.parametrize("name", SPACE_NAMES)
def test_a_spot_that_k_means_keeps_needs_no_protection(name):
    _, _, _, result = run(with_poppy(meadow()), name, 128)
    assert result is None


@pytest.mark.parametrize("k", [1, 2, 3])
def test_with_hardly_any_centroids_nothing_breaks(k):
    pixels = busy()
    histogram, _, after, _ = run(pixels, "rgb", k, "strong")
    assert len(after[0]) == k
    assert np.isfinite(metrics.mse(histogram, *after[:2]))


@pytest.mark.parametrize("name", SPACE_NAMES)
def test_it_repeats_itself_at_any_number_of_threads(name):
    found = []
    for threads in (1, 3):
        with use_threads(threads):
            found.append(run(busy(), name, 12)[3])
    assert np.array_equal(found[0].centroids, found[1].centroids)
    assert found[0].protected == found[1].protected


def test_other_weights_of_the_points_do_not_change_what_is_counted():
    # As if the spots were textures in which errors hide: k-means sees less of them, protection sees them as they are.
    pixels = busy()
    heavy, *_ = run(pixels, "oklab", 12)
    half = lambda histogram: np.maximum(histogram.weights * 64 // (1 + np.arange(len(histogram)) % 3), 1)  # noqa: E731
    histogram, before, after, result = run(pixels, "oklab", 12, weights=half)
    assert len(histogram) == len(heavy)
    assert result is not None
    assert survival(pixels, histogram, *after[:2]) > survival(pixels, histogram, *before[:2]) + 30
    assert metrics.mse(histogram, *after[:2]) <= 1.06 * metrics.mse(histogram, *before[:2])


@pytest.mark.parametrize("name", SPACE_NAMES)
def test_spots_of_a_picture_with_alpha(name):
    pixels = np.concatenate([busy(), np.full((120, 160, 1), 255, np.uint8)], axis=2)
    pixels[:10] = 0
    full = count_colors(pixels)
    histogram = Histogram(full.colors[1:], full.weights[1:])
    space = SPACES[name]
    points = space.points(histogram)
    plain = kmeans(points, split_merge.improved(points, seeding.pca(points, 12))).centroids
    result = protect.protect(pixels, histogram, points, space, plain, mode="strong")
    assert result.survival[1] > 0.95
    colors, _, _ = rounding.finish(histogram, points, space, result.centroids, 12, polish=True, frozen=result.reserved)
    assert {bytes(saved.color) + b"\xff" for saved in result.protected} <= {bytes(color) for color in colors}


def test_a_limit_of_nothing_buys_nothing():
    pixels = busy()
    histogram, space = count_colors(pixels), SPACES["rgb"]
    points = space.points(histogram)
    plain = kmeans(points, split_merge.improved(points, seeding.pca(points, 12))).centroids
    limits = protect.Limits(mse=-1.0, oklab=-1.0, gain_per_percent=1.0, most=0.5)
    assert protect.protect(pixels, histogram, points, space, plain, limits=limits) is None


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 5])
def test_the_fish_of_the_reef_survives_the_articles_algorithm(seed):
    pixels = sample("reef").pixels
    histogram, space = count_colors(pixels), SPACES["rgb"]
    points = space.points(histogram)
    start = seeding.random_points(points, 16, SplitMix64(seed))
    plain = kmeans(points, start, max_iterations=30).centroids
    result = protect.protect(pixels, histogram, points, space, plain)
    before = rounding.finish(histogram, points, space, plain, 16, polish=True)
    after = rounding.finish(histogram, points, space, result.centroids, 16, polish=True, frozen=result.reserved)
    assert survival(pixels, histogram, *before[:2]) < 5
    assert survival(pixels, histogram, *after[:2]) > 90
    assert metrics.mse(histogram, *after[:2]) <= 1.03 * metrics.mse(histogram, *before[:2])
    assert any(
        red > 200 and 60 < green < 160 and blue < 80 for red, green, blue in (one.color for one in result.protected)
    )


@pytest.mark.parametrize("name", SPACE_NAMES)
def test_pinned_centroids_stay_and_are_reserved_too(name):
    pixels = busy()
    histogram, space = count_colors(pixels), SPACES[name]
    points = space.points(histogram)
    frozen = np.arange(14) < 2
    colors = np.array([[250, 250, 250], [0, 255, 255]], np.uint8)
    start = np.concatenate([space.palette_points(colors), seeding.pca(points, 12)])
    plain = kmeans(points, split_merge.improved(points, start, frozen=frozen), frozen=frozen).centroids
    result = protect.protect(pixels, histogram, points, space, plain, mode="strong", frozen=frozen)
    assert np.array_equal(result.centroids[:2], space.palette_points(colors))
    assert result.reserved[:2].all()
    assert int(result.reserved.sum()) == 2 + len(result.protected) == 4
    after, labels, _ = rounding.finish(
        histogram, points, space, result.centroids, 14, polish=True, frozen=result.reserved
    )
    assert after[:2].tolist() == colors.tolist()
    assert survival(pixels, histogram, after, labels) > 90


def test_pinned_centroids_pay_for_nothing():
    # All but three are pinned: of these one may be reserved, and only the other two can be merged.
    pixels = busy()
    histogram, space = count_colors(pixels), SPACES["rgb"]
    points = space.points(histogram)
    plain = kmeans(points, split_merge.improved(points, seeding.pca(points, 12))).centroids
    frozen = np.arange(12) < 9
    limits = protect.Limits(mse=9.0, oklab=9.0, gain_per_percent=0.0, most=0.5)
    result = protect.protect(pixels, histogram, points, space, plain, limits=limits, frozen=frozen)
    assert np.array_equal(result.centroids[:9], plain[:9])
    assert len(result.protected) == 1
    everything = np.ones(12, np.bool_)
    assert protect.protect(pixels, histogram, points, space, plain, limits=limits, frozen=everything) is None


@pytest.mark.slow
@pytest.mark.parametrize("space", SPACE_NAMES)
@pytest.mark.parametrize("dither", ["none", "auto"])
def test_kept_colors_and_saved_ones_are_in_one_palette(space, dither):
    result = pm.compress(busy(), 13, keep=["#fafafa"], protect="strong", space=space, dither=dither, lossy="off")
    assert len(result.protected) == 2
    assert {"#fafafa", *(saved.hex for saved in result.protected)} <= set(result.palette.hex)
    assert len(result.palette) == 13
