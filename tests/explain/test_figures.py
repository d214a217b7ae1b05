"""The picture figures: what they show is what the run did."""

import itertools
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import pixmeans as pm
from pixmeans import pipeline
from pixmeans.errors import SettingsError
from pixmeans.explain import export, figures, followed, gallery, layout, replay, style, wording
from pixmeans.explain.figures import all_figures, find
from pixmeans.explain.figures import bits as figures_bits
from pixmeans.explain.figures import centroids as figures_palette
from pixmeans.explain.figures import color_cloud as figures_cloud
from pixmeans.explain.figures import deal as figures_deal
from pixmeans.explain.figures import difference as figures_difference
from pixmeans.explain.figures import label_map as figures_labels
from pixmeans.explain.figures import ladder as figures_ladder
from pixmeans.explain.figures import lost as figures_lost
from pixmeans.explain.figures import run as figures_run
from pixmeans.explain.figures import starts as figures_starts
from pixmeans.explain.figures import wash_out as figures_wash_out
from pixmeans.explain.samples import REEF_FISH, REEF_ORANGE
from pixmeans.explain.trace import Trace
from pixmeans.explain.wording import Other, smaller_ways
from pixmeans.image import Image
from pixmeans.quantize.prepared import PreparedImage
from pixmeans.settings import Settings

ORANGE = followed.Target(REEF_ORANGE, REEF_FISH, "orange", "the fish")


def replayed(image, **knobs):
    settings = Settings.article(**knobs)
    return replay.Replay(PreparedImage(image), Trace.of(pipeline.steps(image, settings=settings), settings, image))


@pytest.fixture(scope="module")
def run(sample_reef):
    return replayed(sample_reef, seed=1)


@pytest.fixture(scope="module")
def result(sample_reef):
    return pm.compress(sample_reef, settings=Settings.article(seed=1))


def words_of(fig):
    return " ".join(text.get_text() for text in fig.findobj(lambda artist: hasattr(artist, "get_text")))


# The list.


def test_every_module_with_a_row_is_registered_and_ids_and_names_are_unique():
    rows = all_figures()
    numbers = [row.number for row in rows]
    assert numbers == sorted(set(numbers))
    assert len({row.name for row in rows}) == len(rows)
    explain = Path(figures.__file__).parent.parent
    with_rows = set()
    for path in [*(explain / "figures").glob("*.py"), *(explain / "plane").glob("*.py")]:
        if re.search(r"^FIGURES? = ", path.read_text(), re.M):
            with_rows.add(f".{path.stem}" if path.parent.name == "figures" else f"..plane.{path.stem}")
    assert with_rows == set(figures.MODULES)


def test_the_registry_alone_imports_nothing_heavy():
    code = (
        "import sys, pixmeans.explain, pixmeans.explain.figures\n"
        "print([m for m in ('numpy', 'PIL', 'matplotlib') if m in sys.modules])"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"


def test_a_new_figure_is_a_module_with_a_row_and_a_line(monkeypatch, tmp_path):
    (tmp_path / "mine.py").write_text(
        "from pixmeans.explain import style\n"
        "from pixmeans.explain.figures import FigureRow, Plan\n"
        "def plan(runs):\n"
        "    return Plan(f'k = {runs.settings.k}.', {'k': runs.settings.k}, lambda: style.figure((60, 40)))\n"
        "FIGURE = FigureRow('F99', 'mine', 'Nothing at all', ('.png',), plan)\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(figures, "MODULES", (*figures.MODULES, "mine"))
    all_figures.cache_clear()
    try:
        made = gallery.make("mine", np.zeros((2, 2, 3), np.uint8), tmp_path / "a.png")
        assert (made.figure, made.title, made.caption) == ("F99", "Nothing at all", "k = 16.")
        assert all_figures()[-1].id == "F99"
    finally:
        all_figures.cache_clear()


def test_figures_are_found_by_id_and_name_and_errors_name_them_all():
    assert find("f10") is find("wash-out")
    with pytest.raises(SettingsError, match="F8 run"):
        find("F99")


# A run played again.


@pytest.mark.slow
def test_a_replay_ends_where_the_compressed_file_does(run, result):
    assert run.rmse(run.last) ** 2 == pytest.approx(result.mse)
    assert (run.picture(run.last) == result.indexed.to_image().pixels).all()
    assert run.shares(0).sum() == pytest.approx(1)


@pytest.mark.slow
def test_the_error_of_a_color_counts_only_its_pixels(run):
    pixels = run.image.pixels
    near = ORANGE.members(pixels.reshape(-1, 3)).reshape(pixels.shape[:2])
    assert run.pixels_of(ORANGE) == near.sum()
    difference = run.picture(3).astype(int) - pixels
    squares = (difference * difference).sum(axis=2)
    assert run.rmse(3, ORANGE) == pytest.approx(squares[near].mean() ** 0.5)
    assert run.rmse(3) == pytest.approx(squares.mean() ** 0.5)


def test_transparent_pixels_keep_an_entry_of_their_own():
    pixels = np.random.default_rng(3).integers(0, 256, (20, 30, 4), dtype=np.uint8)
    pixels[:10, ..., 3] = 255
    pixels[10:, :15, 3] = 0
    run = replayed(Image(pixels), k=5)
    assert run.transparent == 1
    assert (run.colors(run.last)[0] == 0).all()
    assert (run.indices(run.last)[10:, :15] == 0).all()
    assert run.shares(run.last)[0] == pytest.approx(0.25)


def test_oklab_runs_report_their_error_in_srgb():
    run = replayed(Image(np.random.default_rng(3).integers(0, 256, (20, 30, 3), dtype=np.uint8)), space="oklab")
    difference = run.picture(run.last).astype(int) - run.image.pixels
    assert run.rmse(run.last) == pytest.approx((difference * difference).sum(axis=2).mean() ** 0.5)


# Parts.


def test_sampling_invents_no_color_and_averages_are_exact():
    pixels = np.random.default_rng(0).integers(0, 256, (30, 50, 3), dtype=np.uint8)
    colors = {tuple(color) for color in pixels.reshape(-1, 3)}
    assert {tuple(color) for color in layout.sampled(pixels, 37, 11).reshape(-1, 3)} <= colors
    half = pixels.reshape(15, 2, 25, 2, 3).astype(float).mean(axis=(1, 3))
    assert (layout.scaled(pixels, 25, 15) == np.floor(half + 0.5)).all()
    assert (layout.scaled(pixels, 100, 60) == pixels.repeat(2, axis=0).repeat(2, axis=1)).all()


@pytest.mark.parametrize(("size", "wanted"), [((640, 480), (320, 240)), ((1, 500), (12, 240)), ((10, 10), (240, 240))])
def test_pictures_fit_their_room_and_stay_visible(size, wanted):
    assert layout.fit(*size, (320, 240)) == wanted


def test_alpha_is_shown_over_a_checkerboard():
    clear = replay.shown(np.zeros((16, 16, 4), np.uint8))
    assert clear[0, 0].tolist() == [255, 255, 255]
    assert clear[0, 8].tolist() == [214, 214, 214]


def test_the_worst_served_small_color_is_found_with_its_place():
    pixels = np.full((100, 100, 3), 40, np.uint8)
    pixels[:, 50:] = 60
    pixels[70:76, 20:30] = (250, 40, 40)  # 0.6 % of the pixels, far from both colors of the palette
    image = Image(pixels)
    histogram = pm.count_colors(pixels)
    palette = np.array([[40, 40, 40], [60, 60, 60]], np.uint8)
    labels = np.where(histogram.colors[:, 0] == 60, 1, 0).astype(np.int32)
    target = followed.worst_served(image, histogram, palette, labels)
    assert target.color == (250, 40, 40)
    assert target.name == "red"
    x, y, width, height = target.region
    assert x <= 20 < 30 <= x + width
    assert y <= 70 < 76 <= y + height


def test_colors_have_names():
    names = {(255, 128, 24): "orange", (0, 0, 0): "black", (128, 128, 128): "gray", (40, 80, 220): "blue"}
    assert {color: wording.color_word(color) for color in names} == names


# One run.


@pytest.mark.slow
def test_the_filmstrip_shows_the_start_and_the_end(run):
    words = words_of(figures_run.filmstrip(run))
    for iteration in (0, 1, 2, 5, 10, 30):
        assert f"Iteration {iteration} RMSE {run.rmse(iteration):.1f}" in words
    assert "k = 16, start: random pixels, seed 1" in words


@pytest.mark.slow
def test_frames_of_a_run_have_the_k_colors_and_the_asked_times(sample_reef):
    image = Image(sample_reef.pixels[::8, ::8])
    run = replayed(image, max_iterations=8, seed=1)
    frames = list(figures_run.run(run))
    assert len(frames) == run.last + 1 == 9
    assert [frame.milliseconds for frame in frames] == [1200, 350, 350, 350, 350, 350, 120, 120, 2500]
    x, y, width, height = figures_run.run_panel(run)
    for iteration, frame in enumerate(frames):
        assert frame.pixels.shape == (576, 1040, 3)
        panel = frame.pixels[y : y + height, x : x + width]
        assert set(map(tuple, pm.count_colors(panel).colors)) <= set(map(tuple, run.colors(iteration)))
    # The palette keeps its places: the order of the last iteration's shares.
    view = figures_run.RunView(run)
    shares = run.shares(run.last)[view.order]
    assert (np.diff(shares) <= 0).all()


def test_a_converged_run_says_so():
    run = replayed(Image(np.random.default_rng(2).integers(0, 256, (8, 8, 3), dtype=np.uint8)), k=3)
    assert run.trace.converged
    assert f"converged at iteration {run.last}" in figures_run.run_caption(run)


@pytest.mark.slow
def test_the_error_curve_takes_axes(run):
    fig = style.figure((400, 300), stage=False)
    ax = style.axes(fig, (60, 20, 300, 200))
    assert figures_run.iterations(run, ax) is ax
    assert ax.lines[0].get_ydata()[0] == pytest.approx(run.rmse(0))


@pytest.mark.slow
def test_the_wash_out_has_a_place_for_the_cure(run, sample_reef):
    kept = pm.compress(sample_reef, settings=Settings.article(seed=1, protect="auto"))
    plain, cured = figures_wash_out.wash_out(run, ORANGE), figures_wash_out.wash_out(run, ORANGE, cure=kept)
    assert "With protect auto" in words_of(cured)
    assert "With protect" not in words_of(plain)
    assert f"nearest: {ORANGE.distance(kept.palette.colors).min():.0f} away" in words_of(cured)


# Sizes, loupes and differences.


@pytest.mark.slow
def test_the_deal_is_told_in_honest_sizes(sample_reef, result):
    others = [Other("lossy WebP", 100, 5.0)]
    fig = figures_deal.deal(sample_reef, result, ORANGE, others)
    words = words_of(fig)
    assert "922 kB raw: 24 bits a pixel" in words
    assert f"RMSE {result.mse**0.5:.1f}" in words
    assert "A lossy WebP of the original is smaller than this PNG: 100 bytes, with RMSE 5.0" in words
    assert "No WebP of the original is smaller" in smaller_ways(result, [Other("lossless WebP", 10**9, 0.0)])


def test_the_bits_are_those_of_the_settings(result):
    words = words_of(figures_bits.bits(result))
    for part in ("24 / 4 = 6x smaller", "922 kB", "154 kB", "16 x 3 bytes = 48 bytes", "4 bits, because"):
        assert part in words


@pytest.mark.slow
def test_the_bits_collapse_and_the_bars_find_their_lengths(sample_reef):
    small = pm.compress(np.ascontiguousarray(sample_reef.pixels[::8, ::8]), settings=Settings.article(k=2))
    film = list(figures_bits.bits_frames(small, [Other("a WebP", 90_000, 5.0)]))
    assert [frame.milliseconds for frame in film] == [1200, *[80] * 7, 900, *[80] * 8, 2500]
    still = export.pixels_of(figures_bits.bits(small, [Other("a WebP", 90_000, 5.0)]))
    assert (film[-1].pixels == still).all()
    # Left the pixel changes first, then right the bars do; all but the raw size waits for its turn.
    for number, (before, after) in enumerate(itertools.pairwise(film), 1):
        moved = (before.pixels != after.pixels).any(axis=(0, 2))
        assert moved[:480].any() == (number <= 8)
        assert moved[480:].any() == (number > 8)


@pytest.mark.slow
def test_the_lost_color_has_its_distance_and_its_pixels(sample_reef, result):
    words = words_of(figures_lost.lost(sample_reef, result, ORANGE))
    given, distance = figures_lost._given(result, sample_reef, ORANGE)
    assert f"{distance:.0f} their distance" in words
    assert style.hex_of(given) in words
    assert ("Orange is lost" in words) == (distance > 60)


@pytest.mark.slow
def test_the_ladder_has_the_factors_of_the_article(sample_reef):
    image = Image(sample_reef.pixels[::4, ::4])
    results = [pm.compress(image, settings=Settings.article(k=k)) for k in (16, 32, 64, 128)]
    words = words_of(figures_ladder.ladder(image, results, ORANGE_SMALL))
    for factor in ("= 6x", "= 4.8x", "= 4x", "= 3.43x"):
        assert factor in words
    frames = list(figures_ladder.ladder_frames(image, results))
    assert [frame.milliseconds for frame in frames] == [1200] * 6  # up and down again


ORANGE_SMALL = followed.Target(REEF_ORANGE, (84, 55, 18, 11), "orange", "the fish")


@pytest.mark.slow
def test_flicker_is_once_a_second(sample_reef, result):
    frames = list(figures_difference.flicker(sample_reef, result))
    assert [frame.milliseconds for frame in frames] == [500, 500]


def test_squared_errors_with_alpha_are_those_of_the_metrics():
    pixels = np.random.default_rng(5).integers(0, 256, (16, 16, 4), dtype=np.uint8)
    result = pm.compress(pixels, 9)
    original = PreparedImage(Image(pixels)).image
    error = replay.squared_error(original, result.indexed.to_image())
    assert error.mean() == pytest.approx(result.mse)


# Palettes.


def test_swatches_go_from_light_to_dark_and_by_hue():
    colors = np.array([[0, 0, 0], [255, 255, 255], [250, 250, 60], [20, 20, 90]], np.uint8)
    order = figures_palette.by_lightness(colors, 2)
    assert set(order[:2].tolist()) == {1, 2}
    assert set(order[2:].tolist()) == {0, 3}


@pytest.mark.slow
def test_ringed_swatches_are_counted(run):
    fig = figures_palette.centroids([run, run], ORANGE)
    near = int(ORANGE.members(run.colors(run.last)).sum())
    assert f"{near} within 60 of the orange" in words_of(fig)


def test_borders_and_majorities_by_hand():
    labels = np.zeros((5, 6), np.uint8)
    labels[:, 3:] = 1
    edge = figures_labels.borders(labels)
    assert edge[:, 2].all()
    assert edge.sum() == 5
    labels[2, 1] = 7  # a single pixel has no majority anywhere
    assert set(np.unique(figures_labels.majority(labels, 3))) == {0, 1}


@pytest.mark.slow
def test_the_cloud_shows_both_spaces_from_four_sides(run):
    fig = figures_cloud.color_cloud(run)
    assert len(fig.axes) == 8
    assert f"{len(run.histogram):,} colors and 16 centroids" in words_of(fig)


# Starts.


def test_palettes_are_matched_by_distance():
    one = np.array([[0, 0, 0], [100, 100, 100], [255, 0, 0]], np.uint8)
    other = np.array([[250, 0, 0], [1, 1, 1], [90, 90, 90]], np.uint8)
    assert figures_starts.matched(one, other).tolist() == [1, 2, 0]


def test_runs_that_agree_disagree_nowhere(run):
    same = figures_starts.Starts((run, run))
    assert figures_starts.disagreement(same).max() == pytest.approx(0, abs=1e-3)
    assert same.absolute == 0


def test_disagreement_by_hand():
    image = Image(np.array([[[0, 0, 0], [10, 0, 0], [200, 0, 0], [220, 0, 0]]], np.uint8))
    runs = figures_starts.Starts(tuple(replayed(image, k=2, seed=seed) for seed in (1, 2, 3)))
    colors = np.stack([run.picture(run.last) for run in runs.replays]).astype(float)
    wanted = np.sqrt(((colors - colors.mean(axis=0)) ** 2).sum(axis=3).mean(axis=0))
    assert figures_starts.disagreement(runs) == pytest.approx(wanted)


@pytest.mark.slow
def test_starts_say_how_the_spread_changes_as_it_is(sample_reef):
    image = Image(sample_reef.pixels[::6, ::6])
    few, many = (
        figures_starts.Starts(tuple(replayed(image, k=k, seed=seed, max_iterations=9) for seed in range(1, 6)))
        for k in (4, 32)
    )
    words = figures_starts.starts_caption(few, many)
    assert ("shrinks in absolute error" in words) == (many.absolute < few.absolute)
    assert f"({few.absolute:.2f} to {many.absolute:.2f})" in words
    assert "seeds 1 to 5" in words
    fig = figures_starts.starts(few, many)
    assert f"k = 4: {few.errors.min():.2f} to {few.errors.max():.2f}" in words_of(fig)
    frames = list(figures_starts.errors_in_parallel(few))
    assert len(frames) == max(run.last for run in few.replays) + 1
