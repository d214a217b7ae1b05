"""Targets: the smallest file of a quality, the best one of a size."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import pixmeans as pm
from pixmeans import metrics
from pixmeans.__main__ import main
from pixmeans.flow import target
from pixmeans.flow.judge import Judge
from pixmeans.flow.ladder import CLOSE, CLOSE_SIZE, FewerColors, Ladder, Rungs, Trial, choose
from pixmeans.rate.multiplier import power_of_two
from pixmeans.settings import Quality, Settings

COLORS = Ladder.of_colors(Settings(k=256))


def made_by(sizes, qualities):
    """An `attempt` that looks up what rung k gives; it counts how often it was asked."""

    def attempt(settings):
        attempt.asked += 1
        return Trial(settings, sizes[settings.k - 1], qualities[settings.k - 1], settings.k)

    attempt.asked = 0
    return attempt


steps = st.lists(st.integers(1, 1000), min_size=256, max_size=256)


@pytest.mark.slow
@given(steps, steps, st.integers(0, 200_000))
def test_the_least_rung_that_reaches_a_quality_is_found(sizes, gains, aim):
    sizes, qualities = np.cumsum(sizes).tolist(), np.cumsum(gains).astype(float).tolist()
    choice = choose(made_by(sizes, qualities), [COLORS], quality=Quality("psnr", aim, aim))
    k = choice.best.outcome
    if qualities[-1] < aim:
        assert not choice.reached
        assert k == 256
    else:
        assert choice.reached
        smallest = sizes[next(rung for rung in range(256) if qualities[rung] >= aim)]
        assert qualities[k - 1] - aim <= CLOSE or sizes[k - 1] - smallest <= CLOSE_SIZE * sizes[k - 1]


@pytest.mark.slow
@given(steps, steps, st.integers(1, 200_000))
def test_the_largest_rung_that_fits_is_found(sizes, gains, limit):
    sizes, qualities = np.cumsum(sizes).tolist(), np.cumsum(gains).astype(float).tolist()
    choice = choose(made_by(sizes, qualities), [COLORS], max_bytes=limit)
    k = choice.best.outcome
    if sizes[0] > limit:
        assert not choice.reached
        assert k == 1
    else:
        assert choice.reached
        assert sizes[k - 1] <= limit
        assert k == 256 or sizes[k] > limit or sizes[k - 1] >= 0.98 * limit


def test_few_attempts_are_enough():
    places = np.log2(np.arange(1, 257))
    attempt = made_by((1000 * (1 + places)).astype(int).tolist(), (10 * places).tolist())
    choose(attempt, [COLORS], quality=Quality("psnr", 60, 60))
    assert attempt.asked <= 6


@pytest.mark.parametrize("steeper", [0.6, 1.0, 1.5])
@pytest.mark.parametrize("gain", [0.3, 2.0])
def test_what_is_expected_of_photos_makes_few_attempts_enough(steeper, gain):
    """Photos lose half to one and a half times of what is expected; each attempt makes a file."""
    error, plain = 2.0**-13, Settings(k=256, lossy="off")
    ladder = Ladder.of_lambdas(Settings(k=256), error, near=plain)

    def attempt(settings):
        if settings is plain:
            return Trial(plain, 200_000, 83.0)
        relative = settings.lossy / error
        return Trial(settings, round(200_000 / (1 + relative**0.7)), 83.0 + gain - 15 * steeper * relative**1.2)

    for aim in (82, 80, 70):
        choice = choose(attempt, [ladder], quality=Quality("ssimulacra2", aim, aim))
        assert choice.reached
        assert choice.best.quality - aim <= 2 * CLOSE
        assert len(choice.attempts) <= 6
    choice = choose(attempt, [ladder], max_bytes=100_000)
    assert 99_000 <= choice.best.size <= 100_000
    assert len(choice.attempts) <= 6


def test_only_rungs_that_are_tried_are_made():
    made = []
    rungs = Rungs([lambda k=k: made.append(k) or Settings(k=k) for k in range(1, 257)])
    assert len(rungs) == 256
    assert (rungs[3], rungs[3], rungs[-1]) == (Settings(k=4), Settings(k=4), Settings(k=256))
    assert list(rungs[1:3]) == [Settings(k=2), Settings(k=3)]
    assert sorted(set(made)) == [2, 3, 4, 256]


def test_a_lossless_top_of_a_ladder_does_not_hide_what_lies_below():
    qualities = [float(k) for k in range(1, 256)] + [math.inf]
    choice = choose(made_by([100 * k for k in range(1, 257)], qualities), [COLORS], quality=Quality("psnr", 120, 120))
    assert choice.best.outcome == 120


def test_where_a_quality_is_not_reached_the_smallest_of_those_that_are_nearly_the_best_is_kept():
    trials = {"auto": (1000, 52.2), "bayer": (900, 52.1), "none": (500, 51.9)}

    def attempt(settings):
        return Trial(settings, *trials[settings.dither])

    ladders = [Ladder.of_one(Settings(k=16, dither=dither)) for dither in trials]
    choice = choose(attempt, ladders, quality=Quality("ssimulacra2", 80, 80))
    assert not choice.reached
    assert choice.best.settings.dither == "bayer"


def test_the_smaller_of_two_ladders_wins_and_losers_are_let_go():
    plain, dithered = Settings(k=64, dither="none"), Settings(k=64, dither="auto")

    def attempt(settings):
        k = settings.k
        return Trial(
            settings,
            k * (100 if settings.dither == "none" else 150),
            k * (1.0 if settings.dither == "none" else 2.0),
            k,
        )

    ladders = [Ladder.of_colors(plain), Ladder.of_colors(dithered)]
    choice = choose(attempt, ladders, quality=Quality("psnr", 40, 40))
    assert (choice.best.settings.dither, choice.best.outcome) == ("auto", 20)  # 3000 bytes; 4000 undithered
    assert all(one.outcome is None for one in choice.attempts)


def test_a_ladder_that_lies_far_above_is_soon_left():
    """From 16 to 256 rungs what is missing in the middle cannot be half of the bytes."""
    small, large = Settings(k=256, dither="none"), Settings(k=256, dither="auto")

    def attempt(settings):
        share = 1 if settings.dither == "none" else 3
        return Trial(settings, share * 100 * settings.k, float(settings.k), settings.k)

    choice = choose(attempt, [Ladder.of_colors(small), Ladder.of_colors(large)], quality=Quality("psnr", 100, 100))
    assert choice.best.outcome == 100
    assert len([one for one in choice.attempts if one.settings.dither == "auto"]) <= 3


def test_lambdas_fall_from_rung_to_rung_and_fewer_colors_go_with_high_ones():
    fewer = [FewerColors(-640, 192, 2), FewerColors(-600, 128, 7), FewerColors(-512, 64, 12)]
    ladder = Ladder.of_lambdas(Settings(k=200), fewer=fewer)
    lambdas = [one.lossy for one in ladder.rungs]
    counts = [one.k for one in ladder.rungs]
    assert counts == sorted(counts)
    assert set(counts) == {64, 128, 192, 200}
    assert list(ladder.points) == sorted(ladder.points)
    assert list(ladder.shares) == sorted(ladder.shares)
    assert (lambdas[0], lambdas[-1]) == (power_of_two(12 - 7 * 64), 2.0**-20)
    for before, after, k, more in zip(lambdas, lambdas[1:], counts, counts[1:], strict=False):
        if k == more:
            assert before == pytest.approx(after * 2 ** (1 / 64))
    assert counts[lambdas.index(power_of_two(7 - 600))] == 128
    assert {one.k for one in Ladder.of_lambdas(Settings(k=50), fewer=fewer).rungs} == {50}


def test_lambdas_around_one_are_within_a_factor_of_the_root_of_2():
    lambdas = [one.lossy for one in Ladder.of_lambdas(Settings(), around=2.0**-12).rungs]
    assert lambdas == [power_of_two(-12 * 64 + step) for step in range(32, -33, -1)]


def test_a_quality_that_is_too_large_gives_way_to_the_size():
    attempt = made_by([100 * k for k in range(1, 257)], [float(k) for k in range(1, 257)])
    choice = choose(attempt, [COLORS], quality=Quality("psnr", 50, 90), max_bytes=6000)
    assert (choice.best.outcome, choice.reached) == (60, True)  # 60 is within 50 to 90
    choice = choose(attempt, [COLORS], quality=Quality("psnr", 80, 90), max_bytes=6000)
    assert (choice.best.outcome, choice.reached) == (60, False)
    choice = choose(attempt, [COLORS], quality=Quality("psnr", 50, 90), max_bytes=20_000)
    assert (choice.best.outcome, choice.reached) == (90, True)


@pytest.mark.parametrize("text", ["", "good", "90-80", "ssim:3", "101", "psnr", "80-", "1e2"])
def test_what_is_no_quality_is_refused(text):
    with pytest.raises(pm.SettingsError, match="quality must be"):
        Settings(quality=text)


@pytest.mark.slow
def test_a_wanted_quality_is_reached_from_above(photo):
    original = pm.Image(photo)
    result = pm.compress(photo, quality=60)
    assert result.reached
    assert result.quality == Judge(original).quality(result.indexed.to_image())
    assert result.quality <= metrics.ssimulacra2(original, result.indexed.to_image())
    assert 60 <= result.quality <= 61.5
    less = pm.compress(photo, quality="psnr:24")
    assert 24 <= less.psnr == less.quality
    assert len(less.data) < len(pm.compress(photo).data)


@pytest.mark.slow
def test_a_wanted_size_is_kept(photo):
    full = len(pm.compress(photo).data)
    for share in (0.3, 0.6, 0.9):
        result = pm.compress(photo, max_bytes=int(share * full))
        assert result.reached
        assert 0.9 * share * full <= len(result.data) <= int(share * full)


@pytest.mark.slow
def test_no_file_that_seems_to_fit_turns_out_larger(monkeypatch, sample_reef):
    """Of pictures that are not small, files are first written quickly, and what more effort leaves is guessed."""
    trials = []

    def spy(trial, ladders, **wanted):
        trials.append(trial)
        return choose(trial, ladders, **wanted)

    monkeypatch.setattr(target, "choose", spy)
    result = pm.compress(sample_reef.pixels, max_bytes=30_000)
    trial = trials[0]
    sizes = []
    for one in result.search.attempts:
        trial.__self__.share = 0.4  # a guess that is far too low
        again = trial(one.settings)
        sizes.append(again.size)
        assert again.size > 30_000 or len(trial.__self__.written_well(again.outcome).data) <= again.size
    assert min(sizes) <= 30_000 < max(sizes)


@pytest.mark.slow
def test_what_cannot_be_reached_is_said(photo):
    result = pm.compress(photo, 4, quality=95)
    assert not result.reached
    assert len(result.palette) == 4
    assert result.to_dict()["reached"] is False
    tiny = pm.compress(photo, max_bytes=10)
    assert not tiny.reached
    assert len(tiny.palette) == 1


@pytest.mark.slow
def test_transparent_pixels_keep_their_entry_under_a_target(photo_with_alpha):
    result = pm.compress(photo_with_alpha, max_bytes=1)
    clear = photo_with_alpha[..., 3] == 0
    assert clear.any()
    assert (result.image[..., 3][clear] == 0).all()
    assert (result.image[..., 3][~clear] > 0).all()


def test_a_lossless_result_reaches_every_quality(tmp_path):
    flags = np.zeros((12, 12, 3), np.uint8)
    flags[:, 6:] = 200
    result = pm.compress(flags, quality=100)
    assert result.reached
    assert result.lossless
    assert result.quality is None


@pytest.mark.slow
def test_more_effort_of_the_writer_never_breaks_the_size(photo):
    limit = len(pm.compress(photo, optimize=2).data) // 2
    assert len(pm.compress(photo, max_bytes=limit, optimize=5).data) <= limit


@pytest.mark.slow
def test_the_command_names_files_after_targets_and_says_what_came_of_them(photo, tmp_path, monkeypatch, capsys):
    import PIL.Image

    monkeypatch.chdir(tmp_path)
    PIL.Image.fromarray(photo).save("photo.png")
    assert main(["photo.png", "--quality", "50", "-v"]) == 0
    text = capsys.readouterr().err
    assert "photo-q50.png" in text
    assert "quality 5" in text
    assert "<- chosen" in text
    assert main(["photo.png", "--max-bytes", "3kB"]) == 0
    assert (tmp_path / "photo-3kB.png").stat().st_size <= 3000
    assert main(["photo.png", "--quality", "psnr:20-25", "-q"]) == 0
    assert (tmp_path / "photo-psnr20-25.png").exists()


@pytest.mark.slow
def test_strict_writes_nothing_that_misses_its_target(photo, tmp_path, monkeypatch, capsys):
    import PIL.Image

    monkeypatch.chdir(tmp_path)
    PIL.Image.fromarray(photo).save("photo.png")
    assert main(["photo.png", "-k", "2", "--quality", "95", "--strict"]) == 99
    assert "quality 95 not reached" in capsys.readouterr().err
    assert not (tmp_path / "photo-q95.png").exists()
    assert main(["photo.png", "-k", "2", "--quality", "95"]) == 0
    assert (tmp_path / "photo-q95.png").exists()


@pytest.mark.slow
@pytest.mark.parametrize("target", [{"quality": "80"}, {"max_bytes": 90}, {}])
@pytest.mark.parametrize("colors", [1, 2, 30])
@pytest.mark.parametrize("k", [1, 2, 3, 8])
def test_colors_to_keep_never_make_more_than_k(target, colors, k):
    pixels = np.random.default_rng(colors).integers(0, 256, (colors, 3), np.uint8)[
        np.arange(144).reshape(12, 12) % colors
    ]
    keep = ("#010203", "#fdfeff")
    if k < len(keep):
        with pytest.raises(pm.SettingsError, match="keep has 2 colors"):
            pm.compress(pixels, k, keep=keep, **target)
    else:
        result = pm.compress(pixels, k, keep=keep, **target)
        assert set(keep) <= set(result.palette.hex)
        assert len(result.palette) <= k
