"""The figures of small vivid colors and of outliers: what they show is what was measured."""

import numpy as np
import pytest

import pixmeans as pm
from pixmeans import metrics
from pixmeans.__main__ import main
from pixmeans.color.spaces import SPACES
from pixmeans.explain import style, survival
from pixmeans.explain.figures import all_figures, find
from pixmeans.explain.figures import outlier_colors as figures_outliers
from pixmeans.explain.figures import saved as figures_saved
from pixmeans.explain.figures import survival as figures_survival
from pixmeans.explain.followed import Target
from pixmeans.explain.plane import outliers as plane_outliers
from pixmeans.explain.runs import Runs
from pixmeans.explain.samples import REEF_FISH, REEF_ORANGE
from pixmeans.quantize import salience
from pixmeans.settings import Settings

OKLAB = SPACES["oklab"]


@pytest.fixture(scope="module")
def runs(sample_reef):
    """The reef at half its width, with a start that loses the fish."""
    return Runs(np.ascontiguousarray(sample_reef.pixels[::2, ::2]), Settings.article(seed=1))


def words_of(fig):
    return [text.get_text() for text in fig.findobj(lambda artist: hasattr(artist, "get_text"))]


def colors_in(pixels):
    """Each color of pixels (..., 3) once."""
    return set(map(bytes, np.unique(pixels.reshape(-1, 3), axis=0)))


def alive(before, after):
    """(n,) whether pixels (n, 3) keep their color."""
    moved = (OKLAB.to_grid(before).astype(int) - OKLAB.to_grid(after)) / 2**14
    return np.sqrt((moved**2).sum(axis=1)) < 0.08


# F23: saved.


@pytest.fixture(scope="module")
def pair(runs):
    return tuple(runs.result(runs.settings.but(protect=mode)) for mode in ("off", "auto"))


@pytest.fixture(scope="module")
def target():
    return Target(REEF_ORANGE, tuple(value // 2 for value in REEF_FISH), "orange", "the fish")


@pytest.mark.slow
def test_saved_colors_are_shown_with_their_numbers(runs, pair, target):
    plain, cured = pair
    words = words_of(figures_saved.saved(runs.image, plain, cured, target))
    assert cured.protected
    for one in cured.protected:
        assert any(word.endswith(one.hex) for word in words)
        assert f"moved {one.before:.1f}, now {one.after:.1f}" in words
    change = metrics.mse_between(runs.image, cured.indexed.to_image()) / plain.mse - 1
    assert figures_saved.signed(change) in words
    assert ("No protection cost" in words) == (change <= 0)
    assert f"RMSE {plain.mse**0.5:.1f}" in words
    assert f"RMSE {cured.mse**0.5:.1f}" in words
    assert words[0] == figures_saved.saved_title(plain, cured)
    assert "rang" in words[0]
    caption = figures_saved.saved_caption(plain, cured)
    assert "k = 16, start: random pixels, seed 1. protect auto: #" in caption
    assert caption.endswith(f"Mean squared error {figures_saved.signed(change)}.")


@pytest.mark.slow
def test_both_pictures_are_pixels_of_the_results(runs, pair, target):
    fig = figures_saved.saved(runs.image, *pair, target)
    shown = [colors_in(image.get_array()[..., :3]) for image in fig.images]
    for result in pair:
        colors = colors_in(result.palette.colors)
        part = result.indexed.to_image().pixels
        x, y, width, height = target.region
        crop = colors_in(part[y : y + height, x : x + width])
        assert crop <= colors
        assert crop in shown


@pytest.mark.slow
def test_nothing_to_save_is_said(runs, pair, target):
    plain, _ = pair
    words = words_of(figures_saved.saved(runs.image, plain, plain, target))
    assert "Nothing to save" in words
    assert words[0] == "No small color is lost with 16 colors that could be kept"
    assert "leaves this picture as it is" in figures_saved.saved_caption(plain, plain)


@pytest.mark.parametrize(
    ("change", "words"), [(0.02345, "+2.3 %"), (-0.5, "\N{MINUS SIGN}50.0 %"), (0.0, "0.0 %"), (-1e-5, "0.0 %")]
)
def test_signs(change, words):
    assert figures_saved.signed(change) == words


# F24: survival.


@pytest.mark.slow
def test_a_ball_is_as_large_as_it_says_and_vivid():
    for number, color in enumerate(survival.COLORS):
        one = survival.scene(color, 0.01, number)
        assert one.ball.mean() == pytest.approx(0.01, rel=0.05)
        steps = OKLAB.to_grid(one.image.pixels.reshape(-1, 3)) / 2**14
        chroma = np.sqrt((steps[:, 1:] ** 2).sum(axis=1)).reshape(one.ball.shape)
        assert chroma[one.ball].mean() > 0.09 > 0.07 > chroma[~one.ball].mean()
    assert np.array_equal(survival.scene(color, 0.01, 7).image.pixels, one.image.pixels)


def test_survival_is_counted_pixel_by_pixel():
    one = survival.scene(survival.COLORS[0], 0.004, 0)
    palette = np.array([[230, 110, 30], [120, 120, 120], [30, 30, 60]], np.uint8)
    ball = one.image.pixels[one.ball]
    nearest = ((ball[:, None].astype(int) - palette) ** 2).sum(axis=2).argmin(axis=1)
    found = survival.survival(one, palette, "rgb")
    assert found == pytest.approx(100 * alive(ball, palette[nearest]).mean())
    assert 20 < found < 95


@pytest.fixture(scope="module")
def curves():
    return survival.survival_curves(8, shares=(0.001, 0.01), colors=survival.COLORS[:2])


@pytest.mark.slow
def test_protection_keeps_what_others_lose(curves):
    found = {curve.name: curve.survival for curve in curves}
    assert set(found) == {"median cut", "k-means OKLab", "k-means sRGB", "KMOR alone", "protect auto", "protect strong"}
    assert found["median cut"][0] == 0
    assert max(found["k-means sRGB"][0], found["KMOR alone"][0]) < 20
    assert found["protect strong"][0] > 60


@pytest.mark.slow
def test_survival_is_drawn_as_it_was_measured(curves):
    example = survival.scene(survival.COLORS[0], 0.002, 0)
    palettes = survival.palettes(example.image, 8)
    fig = figures_survival.survival(curves, example, palettes, 8)
    for line, curve in zip(fig.axes[0].lines, curves, strict=True):
        assert np.array_equal(line.get_ydata(), curve.survival)
        assert np.allclose(line.get_xdata(), [0.1, 1.0])
        assert curve.name in words_of(fig)
        assert f"{curve.name} {curve.survival[0]:.0f} %" in figures_survival.survival_caption(curves, 8)
    shown = [colors_in(image.get_array()[..., :3]) for image in fig.images]
    for palette in palettes.values():
        assert any(colors <= colors_in(palette) for colors in shown)


def test_pixels_go_to_the_nearest_color_of_a_space():
    pixels = np.random.default_rng(1).integers(0, 256, (9, 11, 3), np.uint8)
    palette = np.array([[250, 20, 20], [20, 20, 250], [128, 128, 128]], np.uint8)
    wanted = ((OKLAB.to_grid(pixels.reshape(-1, 3))[:, None].astype(int) - OKLAB.to_grid(palette)) ** 2).sum(axis=2)
    made = figures_survival.nearest_colors(pixels, palette, "oklab")
    assert np.array_equal(made.reshape(-1, 3), palette[wanted.argmin(axis=1)])


# F25: outliers in a plane.


@pytest.mark.slow
def test_kmor_names_what_belongs_to_no_group_and_the_figure_says_so():
    example = plane_outliers.scattered()
    found = example.outliers()
    assert (found.labels[-example.alone :] < 0).all()
    assert int((found.labels < 0).sum()) == example.alone == 9
    words = words_of(plane_outliers.outliers(plane_outliers.scattered()))
    assert any("KMOR calls all of these outliers" in word for word in words)
    published = example.outliers("paper")
    assert f"exact rule: {found.objective:.3f} with 9 outliers" in words
    assert f"published rule: {published.objective:.3f} with {(published.labels < 0).sum()} outliers" in words
    assert found.objective < published.objective
    assert "k = 3, start: 3 of the points at random, seed 8" in plane_outliers.outliers_caption(
        plane_outliers.scattered()
    )


def test_without_outliers_centroids_stand_nearer_to_their_groups():
    example = plane_outliers.scattered()
    groups = example.points[: -example.alone]

    def error(centroids):
        return ((groups[:, None] - centroids) ** 2).sum(axis=2).min(axis=1).sum()

    assert error(example.outliers().centroids) < error(example.plain)


@pytest.mark.slow
def test_the_curves_are_the_objectives():
    fig = plane_outliers.outliers(plane_outliers.scattered())
    example = plane_outliers.scattered()
    drawn = [line.get_ydata() for ax in fig.axes for line in ax.lines if ax.get_yscale() == "log"]
    for rule, values in zip(("exact", "paper"), drawn, strict=True):
        assert np.array_equal(values, example.outliers(rule).history)


# F26: outliers in a picture.


@pytest.mark.slow
def test_outliers_are_lit_in_the_cloud_and_in_the_picture(runs):
    points = SPACES["rgb"].points(runs.visible)
    centroids = runs.main.trace.centroids_at(runs.main.last)
    these = figures_outliers.OutlierColors.of(runs.image, runs.visible, points, centroids, runs.settings)
    far, vivid, both = these.shares
    assert 0 < both <= vivid < far <= 0.0201
    assert np.array_equal(these.vivid, salience.salient(runs.image.pixels))
    weights = runs.visible.weights[these.found.labels < 0]
    assert far * these.far.size == pytest.approx(weights.sum())
    pixels = runs.image.pixels
    lit = figures_outliers.highlighted(pixels, these.far)
    assert np.array_equal(lit[these.far], pixels[these.far])
    assert int(lit[~these.far].max()) < 130
    words = words_of(figures_outliers.outlier_colors(these))
    assert f"{100 * both:.2f} % of the pixels" in words
    assert "gamma 9, at most 2.0 % outliers" in figures_outliers.outlier_colors_caption(these)


def test_transparent_pixels_are_no_outliers():
    rng = np.random.default_rng(5)
    pixels = np.concatenate([rng.integers(0, 256, (30, 40, 3)), np.full((30, 40, 1), 255)], axis=2).astype(np.uint8)
    pixels[:8] = 0
    runs = Runs(pixels, Settings.article(k=5, max_iterations=4))
    plan = find("F26").planned(runs)
    assert plan.still() is not None
    points = SPACES["rgb"].points(runs.visible)
    these = figures_outliers.OutlierColors.of(
        runs.image, runs.visible, points, runs.main.trace.centroids_at(runs.main.last), runs.settings
    )
    assert not these.far[:8].any()
    assert "there are no small vivid pixels" in plan.caption


# All of them.


@pytest.mark.slow
def test_figures_that_bring_their_own_data_need_no_picture(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["explain", "--figure", "outliers", "-q"]) == 0
    assert 5_000 < (tmp_path / "outliers.png").stat().st_size < 400_000
    assert "Points that belong to no group" in (tmp_path / "outliers.png.txt").read_text()
    assert {entry.id for entry in all_figures() if entry.own_data} == {"F3", "F4", "F5", "F6", "F24", "F25"}


@pytest.mark.slow
def test_the_survival_figure_is_planned(monkeypatch, runs, curves):
    monkeypatch.setattr(figures_survival, "survival_curves", lambda k: curves)
    plan = find("survival").planned(runs)
    assert "k = 16, start: pca" in plan.caption
    assert style.size_of(plan.still()) == (1040, 576)


@pytest.mark.slow
def test_the_wash_out_shows_its_cure_only_where_something_was_saved(runs, monkeypatch):
    monkeypatch.setattr(Runs, "wash_out", (runs.main, None))
    words = words_of(find("F10").planned(runs).still())
    assert "With protect auto" in words
    gray = Runs(np.arange(600, dtype=np.uint8).reshape(20, 30), Settings.article(k=4, max_iterations=3))
    assert "With protect auto" not in words_of(find("F10").planned(gray).still())
    assert pm.compress(gray.image, 4).protected == ()
