"""F16, F18 and F19: what `compress` makes of pictures, with its own settings."""

import functools
from itertools import combinations, pairwise

import numpy as np
import pytest
from helpers import sample
from hypothesis import given
from hypothesis import strategies as st

import pixmeans as pm
from pixmeans.explain import followed, gallery, layout, style, wording
from pixmeans.explain import runs as runs_module
from pixmeans.explain.figures import dithering as figures_dithering
from pixmeans.explain.figures import error_size as figures_error_size
from pixmeans.explain.figures import find
from pixmeans.explain.figures import suitability as figures_suitability
from pixmeans.explain.figures.ladder import rungs
from pixmeans.explain.runs import Runs
from pixmeans.explain.samples import SAMPLES
from pixmeans.explain.wording import Other
from pixmeans.image import Image
from pixmeans.metrics import ssimulacra2
from pixmeans.quantize.dither import bayer
from pixmeans.settings import DITHERS, Settings


@pytest.fixture(scope="module")
def small(sample_reef):
    """The sample reef at a quarter of its width."""
    return np.ascontiguousarray(sample_reef.pixels[::4, ::4])


@pytest.fixture(scope="module")
def runs(small):
    return Runs(small)


@pytest.fixture(scope="module")
def files(small):
    """A function for files of the small reef, each made once."""

    @functools.cache
    def compressed(k, dither):
        return pm.compress(small, k, dither=dither, lossy="off")

    return compressed


def drawn(runs, name):
    return find(name).planned(runs)


def words_of(fig):
    return [text.get_text() for text in fig.findobj(lambda artist: hasattr(artist, "get_text"))]


# What the runs have in common.


def test_the_settings_are_those_of_compress_and_keep_what_was_asked(small):
    assert Runs(small).usual() == Settings(k=256)
    assert Runs(small, Settings.article(seed=7, k=5)).usual() == Settings()
    assert Runs(small, Settings.article(seed=7, k=5), asked=["seed", "k"]).usual() == Settings(seed=7, k=5)
    settings = Settings(k=9, space="rgb", init="wu", dither="bayer", effort="fast")
    everything = set(settings.to_dict()) - {"effort"}
    assert Runs(small, settings, asked=everything).usual(k=8) == settings.but(k=8, effort="normal")


@pytest.mark.slow
def test_what_fits_one_picture_only_is_left_out(small, tmp_path, monkeypatch):
    monkeypatch.setattr(figures_error_size, "COUNTS", (2, 4, 16, 64, 256))
    for name in ("sky", "screenshot"):  # which F16 shows, too
        part = Image(sample(name).pixels[::4, ::4])
        monkeypatch.setitem(SAMPLES, name, lambda part=part: part)
    palette = tmp_path / "two.hex"
    palette.write_text("000000\nffffff\n")
    asked = Settings(init="wu", palette=str(palette), importance=str(tmp_path / "none.png"))
    for name in ("F16", "F18", "F19", "F22"):
        assert "start: wu" in drawn(Runs(small[::2, ::2], asked, asked=("init", "palette", "importance")), name).caption


# F18.


def test_counts_are_powers_of_two_and_between_up_to_the_colors():
    assert figures_error_size.counts_for(10**5) == [2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256]
    assert figures_error_size.counts_for(20) == [2, 3, 4, 6, 8, 12, 16, 20]
    assert figures_error_size.counts_for(1) == [1]
    assert figures_error_size.counts_for(256)[-2:] == [192, 256]


@pytest.mark.slow
def test_the_marks_are_what_compress_chooses(small, runs):
    plan = drawn(runs, "F18")
    words = words_of(plan.still())
    wanted = pm.compress(small, dither="none", quality="80")
    assert f"k = {len(wanted.palette)}" in words
    score = ssimulacra2(Image(small), wanted.indexed.to_image())
    told = f"k = {len(wanted.palette)}: {wording.size(len(wanted.data))}, RMSE {wanted.mse**0.5:.1f}"
    assert f"{told}, SSIMULACRA2 {score:.1f}" in words
    (limit,) = [word for word in words if word.startswith("At most")]
    most = int(limit.split()[2]) * 1000
    fitting = pm.compress(small, dither="none", max_bytes=most)
    assert len(fitting.data) <= most
    assert f"{limit[0].lower()}{limit[1:]}: k = {len(fitting.palette)}" in plan.caption
    tried = ", ".join(str(one.settings.k) for one in wanted.search.attempts[:7])
    assert any(word.startswith(f"tried (rings): k = {tried}") for word in words)


@pytest.mark.slow
def test_the_curves_are_those_of_the_files(small, runs):
    fig = drawn(runs, "F18").still()
    error, quality, size = fig.axes[:3]
    for k, found in zip(*size.lines[0].get_data(), strict=True):
        result = pm.compress(small, int(k), dither="none")
        assert found == len(result.data)
        place = list(error.lines[0].get_xdata()).index(k)
        assert error.lines[0].get_ydata()[place] == pytest.approx(result.mse**0.5)
        assert quality.lines[0].get_ydata()[place] == ssimulacra2(Image(small), result.indexed.to_image())
    assert (error.get_xscale(), error.get_yscale(), size.get_yscale()) == ("log", "log", "log")
    assert quality.get_yscale() == "linear"
    words = words_of(fig)
    for bits in ("1 bit", "2 bits", "4 bits an index", "8 bits an index"):
        assert bits in words


@pytest.mark.slow
def test_a_quality_out_of_reach_is_said():
    runs = Runs(
        np.random.default_rng(4).integers(0, 256, (48, 48, 3), np.uint8), Settings(quality="99"), asked=["quality"]
    )
    plan = drawn(runs, "F18")
    assert "Quality 99: not reached" in words_of(plan.still())
    assert "quality 99 (not reached): k = 256" in plan.caption


@pytest.mark.slow
def test_a_picture_of_few_colors_ends_without_error():
    pixels = np.repeat(np.arange(0, 250, 50, dtype=np.uint8), 40).reshape(10, 20, 1).repeat(3, axis=2)
    plan = drawn(Runs(pixels), "F18")
    assert "With 5 colors nothing is lost." in plan.caption
    assert "k = 2 to 5" in plan.caption or "k = 1 to 5" in plan.caption
    assert 5 not in plan.still().axes[0].lines[0].get_xdata()  # a logarithm of no error


def test_what_doubling_k_does_by_hand():
    class Trial:
        def __init__(self, k, mse, file):
            self.palette, self.mse = range(k), mse
            self.sizes = type("Sizes", (), {"file": file})

    made = [Trial(4, 999, 1), Trial(16, 64, 1000), Trial(64, 16, 9000)]
    first, last, *factors = figures_error_size.per_doubling(made)
    assert (first, last) == (made[1], made[2])
    assert factors == pytest.approx([0.5**0.5, 3.0])
    first, last, *factors = figures_error_size.per_doubling(made[:2])  # none from 16 on: from the fewest
    assert (first, last) == (made[0], made[1])
    assert factors == pytest.approx([(64 / 999) ** 0.25, 1000**0.5])
    assert figures_error_size.per_doubling(made[:1]) is None


# F19.


@pytest.mark.slow
def test_every_way_of_dithering_has_its_bytes_and_quality(small, runs, files):
    words = words_of(drawn(runs, "F19").still())
    for k in (8, 16):
        assert f"k = {k}" in words
        for method in DITHERS:
            assert words.count(method) == 2
            result = files(k, method)
            assert any(word.startswith(wording.size(len(result.data))) for word in words)
            assert f"SSIMULACRA2 {ssimulacra2(Image(small), result.indexed.to_image()):.1f}" in words
            assert f"PSNR {result.psnr:.1f} dB" in words


@pytest.mark.slow
def test_the_crops_are_pixels_of_the_results(small, runs, files):
    fig = drawn(runs, "F19").still()
    region = followed.most_wrong(Image(small), pm.compress(small, 16, dither="none").indexed.to_image(), 53, 64)
    shown = [image.get_array() for image in fig.images]
    for k in (8, 16):
        for method in DITHERS:
            crop = layout.cut(files(k, method).indexed.to_image().pixels, region)
            wide, high = layout.loupe_size(region, (figures_dithering.WIDTH, figures_dithering.HEIGHT))
            wanted = layout.sampled(crop, wide, high)
            assert any(one.shape == wanted.shape and bool((one == wanted).all()) for one in shown)


@pytest.mark.slow
@pytest.mark.parametrize("ways", [2, 6, 7, 12, 13])
def test_any_number_of_dithers_fits_the_frame(runs, ways):
    judged = runs.judged(runs.bare().but(k=4, dither="bayer"))
    masks = {f"mask {number}": bayer() for number in range(ways // 2)}
    fig = figures_dithering.dithering(runs.image, [[judged] * ways] * 2, (10, 20, 53, 64), masks)
    wide, high = style.size_of(fig)
    boxes = [(one.ox, one.oy, one.ox + one.get_size()[1], one.oy + one.get_size()[0]) for one in fig.images]
    assert len(boxes) == 2 + 2 * ways + ways // 2
    words = [text.get_window_extent(fig.canvas.get_renderer()).extents for text in fig.texts]
    for x0, y0, x1, y1 in (*boxes, *words):
        assert x0 >= 0
        assert y0 >= 0
        assert x1 <= wide
        assert y1 <= high
    for one, other in combinations(boxes, 2):
        assert one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1]


@pytest.mark.slow
def test_pictures_with_nothing_to_dither_say_so():
    plan = drawn(Runs(np.full((9, 9, 3), 7, np.uint8)), "F19")
    assert "nothing to dither" in plan.caption
    assert "no error" in words_of(plan.still())


def test_bands_are_where_areas_change_their_error():
    ramp = np.zeros((80, 200, 3), np.uint8)
    ramp[..., 1] = 100
    stepped = ramp.copy()
    stepped[20:60, 100:140, 1] = 140  # a patch that is not there in the original
    x, y, width, height = followed.most_wrong(Image(ramp), Image(stepped), 30, 20)
    assert (width, height) == (30, 20)
    assert 70 < x < 140
    assert 0 < y < 60
    inside = x >= 100 and x + width <= 140 and y >= 20 and y + height <= 60
    assert not inside  # an edge of it is shown
    assert followed.most_wrong(Image(ramp[:3, :2]), Image(stepped[:3, :2]), 30, 20) == (0, 0, 2, 3)


# F16.


@pytest.mark.slow
def test_gradients_band_and_flat_art_shines(runs):
    plan = drawn(runs, "F16")
    words = words_of(plan.still())
    sky, art = runs.sample("sky"), runs.sample("screenshot")
    told = {}
    for name, these in (("sky", sky), ("art", art)):
        for method in ("none", "floyd-steinberg"):
            result = pm.compress(these.image, 16, dither=method)
            told[name, method] = ssimulacra2(these.image, result.indexed.to_image())
            assert f"SSIMULACRA2 {told[name, method]:.1f}, PSNR {result.psnr:.1f} dB" in words
            assert any(word.endswith(f": PNG {wording.size(len(result.data))}") for word in words)
    assert told["sky", "none"] < 0 < 50 < told["sky", "floyd-steinberg"]
    assert told["art", "none"] > 90
    assert any(word.startswith("bands and patches; dithering hides them") for word in words)
    assert any(word.startswith("48 colors become 16: hardly to be told apart") for word in words)


@pytest.mark.slow
def test_another_codec_that_is_smaller_and_better_is_named(runs, small):
    plain, dithered = (runs.judged(runs.usual(k=16, dither=method)) for method in ("none", "floyd-steinberg"))

    def verdict(*others):
        return figures_suitability.Case("x", Image(small), plain, dithered, others, (0, 0, 9, 9)).verdict

    file = plain.result.sizes.file
    smaller = Other("lossy WebP (quality 80)", file - 1, 5.0, 99.0)
    assert verdict(smaller).endswith("; a lossy WebP is smaller and better")
    assert "WebP" not in verdict(Other("lossy WebP", file - 1, 5.0, -99.0), Other("lossless WebP", file + 1, 0.0))


# What is asked for.


def test_what_is_asked_counts_even_if_the_article_does_the_same(small):
    settings = Settings.article()
    assert Runs(small, settings, asked=["k"]).usual() == Settings(k=16)
    assert Runs(small, settings, asked=["space", "dither"]).usual() == Settings(space="rgb", dither="none")
    assert Runs(small, Settings.article(init="wu"), asked=["init"]).usual() == Settings(init="wu")
    assert Runs(small, settings, asked=[]).usual(k=8) == Settings(k=8)
    assert Runs(small, settings, asked=["k"]).k_or(256) == 16
    assert Runs(small, settings).k_or(256) == 256
    assert Runs(small, settings, asked=["k"]).sample("sprite").k_or(256) == 16


@given(st.integers(1, 256))
def test_rungs_are_four_counts_around_k(k):
    counts = rungs(k)
    assert k in counts
    assert 1 <= counts[0] < counts[1] < counts[2] < counts[3] <= 256
    assert all(more in (2 * fewer, 2 * fewer + 1) for fewer, more in pairwise(counts))


def counts_in(plan):
    """The numbers of colors that a figure's file tells."""
    return [int(k) for k in str(plan.meta["k"]).split()]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("figure", "usual", "with_9", "with_256"),
    [
        ("F11", [16, 32, 64, 128], [9, 18, 36, 72], [32, 64, 128, 256]),
        ("F12", [64, 256], [9, 256], [64, 256]),
        ("F13", [256], [9], [256]),
        ("F14", [16], [9], [256]),
        ("F15", [256], [256], [256]),
        ("F19", [8, 16], [4, 9], [128, 256]),
        ("F22", [256], [9], [256]),
    ],
)
def test_figures_with_counts_of_their_own_do_what_is_asked(small, monkeypatch, figure, usual, with_9, with_256):
    monkeypatch.setattr(runs_module, "SEEDS", 2)
    tiny = np.ascontiguousarray(small[::3, ::3])
    quick = {"effort": "fast", "optimize": 1, "masking": "off"}
    for k, asked, expected in ((16, [], usual), (9, ["k"], with_9), (256, ["k"], with_256)):
        plan = drawn(Runs(tiny, Settings.article(k=k, max_iterations=2, **quick), asked=[*asked, *quick]), figure)
        assert counts_in(plan) == expected
    assert all(str(k) in plan.title or figure in ("F19", "F22") for k in with_256)


@pytest.mark.slow
def test_error_and_size_are_drawn_up_to_the_k_that_is_asked(small):
    runs = Runs(np.ascontiguousarray(small[::2, ::2]), Settings.article(k=10), asked=["k"])
    plan = drawn(runs, "F18")
    assert counts_in(plan)[-1] == 10
    assert counts_in(plan)[:3] == [2, 3, 4]
    assert plan.still() is not None


@pytest.mark.slow
def test_the_command_asks_for_what_its_words_say(small, tmp_path, monkeypatch):
    import PIL.Image

    from pixmeans.__main__ import main

    monkeypatch.chdir(tmp_path)
    PIL.Image.fromarray(np.ascontiguousarray(small[::2, ::2])).save("small.png")
    assert main(["explain", "small.png", "--figure", "F22", "-k", "16", "-o", "a.png", "-q"]) == 0
    assert main(["explain", "small.png", "--figure", "F22", "-o", "b.png", "-q"]) == 0
    with PIL.Image.open("a.png") as asked, PIL.Image.open("b.png") as usual:
        assert "k=16" in asked.info["Comment"]
        assert "k=256" in usual.info["Comment"]


@pytest.mark.parametrize("name", ["F3", "F6", "F25"])
def test_points_of_their_own_cannot_be_asked_for_other_counts(name, tmp_path):
    with pytest.raises(pm.SettingsError, match=f"{name} shows points of its own; k and seed do not apply"):
        gallery.make(name, None, tmp_path / "a.png", settings=Settings.article(k=3), asked=["seed", "k", "threads"])
    assert not (tmp_path / "a.png").exists()
