"""Lossy runs in the flow: when they are used, and what they never do. The maths is tested in test_rate.py."""

import io

import numpy as np
import PIL.Image
import pytest

import pixmeans as pm
from pixmeans import metrics
from pixmeans.__main__ import main
from pixmeans.explain.samples import SAMPLES


@pytest.fixture(scope="module")
def reef():
    return SAMPLES["reef"]().pixels[120:280, 150:350]


def decoded(result):
    with PIL.Image.open(io.BytesIO(result.data)) as picture:
        return np.asarray(picture.convert("RGBA" if picture.has_transparency_data else "RGB"))


def test_by_default_files_are_smaller_for_about_a_point(reef):
    plain, runs = pm.compress(reef, lossy_runs="off"), pm.compress(reef)
    assert len(runs.data) < 0.9 * len(plain.data)
    before, after = (metrics.ssimulacra2(pm.Image(reef), one.indexed.to_image()) for one in (plain, runs))
    assert after > before - 1.5
    assert len(runs.palette) <= 256
    assert np.array_equal(decoded(runs), runs.image)
    assert runs.mse == pytest.approx(metrics.mse_between(pm.Image(reef), pm.Image(runs.image)))


def test_gifs_have_runs_of_their_own(reef):
    plain, runs = (pm.compress(reef, lossy_runs=way, format="gif") for way in ("off", "auto"))
    assert len(runs.data) < 0.95 * len(plain.data)
    before, after = (metrics.ssimulacra2(pm.Image(reef), one.indexed.to_image()) for one in (plain, runs))
    assert after > before - 2
    assert np.array_equal(decoded(runs), runs.image)


def test_a_higher_price_makes_smaller_and_worse_files(reef):
    made = [pm.compress(reef, lossy_runs=price) for price in (1e-6, 1e-5, 1e-4, 1e-3)]
    sizes, scores = (
        [len(one.data) for one in made],
        [metrics.ssimulacra2(pm.Image(reef), one.indexed.to_image()) for one in made],
    )
    assert sizes == sorted(sizes, reverse=True)
    assert scores == sorted(scores, reverse=True)


def test_a_file_is_never_larger_than_the_plain_one(reef, photo):
    for picture, k in ((reef, 16), (reef, 64), (photo, 256), (np.repeat(photo[:4, :4], 3, axis=0), 8)):
        for format in ("png", "webp", "gif"):
            plain = pm.compress(picture, k, lossy_runs="off", format=format)
            assert len(pm.compress(picture, k, format=format).data) <= len(plain.data)


@pytest.mark.parametrize("knobs", [{"space": "rgb"}, {"dither": "none"}, {"dither": "bayer"}])
def test_other_ways_keep_plain_indices(reef, knobs):
    assert pm.compress(reef, 32, **knobs).data == pm.compress(reef, 32, lossy_runs="off", **knobs).data


def test_the_article_and_few_colors_know_no_runs():
    assert not pm.Settings.article().has_lossy_runs
    assert pm.Settings().has_lossy_runs
    sprite = SAMPLES["sprite"]().pixels
    assert pm.compress(sprite).lossless


def test_the_same_bytes_at_any_number_of_threads(reef):
    one, three = (pm.compress(reef, threads=threads).data for threads in (1, 3))
    assert one == three


def test_transparent_pixels_stay_and_opaque_ones_stay_opaque(reef):
    alpha = np.full((*reef.shape[:2], 1), 255, np.uint8)
    alpha[40:90, 60:120] = 0
    alpha[90:100, 60:120] = 130
    result = pm.compress(np.concatenate([reef, alpha], axis=2), 64, lossy_runs=1e-4)
    assert (result.image[..., 3][alpha[..., 0] == 0] == 0).all()
    assert (result.image[..., 3][alpha[..., 0] == 255] == 255).all()
    assert (result.image[..., 3][alpha[..., 0] == 130] > 0).all()


def test_a_target_searches_prices(reef):
    result = pm.compress(reef, quality=60)
    assert result.reached
    assert 60 <= result.quality <= 61
    assert isinstance(result.search.best.settings.lossy_runs, float)
    assert len(result.data) < len(pm.compress(reef, quality=60, lossy_runs="off").data)
    limit = len(result.data) * 3 // 4
    small = pm.compress(reef, max_bytes=limit)
    assert 0.95 * limit <= len(small.data) <= limit


def test_all_effort_finds_a_smaller_file_of_a_quality(reef):
    quick, thorough = pm.compress(reef, quality=70), pm.compress(reef, quality=70, optimize=6)
    assert thorough.quality >= 70
    assert len(thorough.data) < len(quick.data)


def test_the_smaller_of_png_and_webp_names_its_file(reef, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    PIL.Image.fromarray(reef).save("reef.png")
    files = {kind: pm.compress(reef, 64, format=kind) for kind in ("png", "webp", "auto")}
    assert files["auto"].data == min(files["png"].data, files["webp"].data, key=len)
    assert main(["reef.png", "-k", "64", "--format", "auto"]) == 0
    assert (tmp_path / f"reef-k64.{files['auto'].format}").read_bytes() == files["auto"].data
    assert main(["reef.png", "-k", "64", "--format", "auto", "-o", "small"]) == 0
    assert (tmp_path / "small").read_bytes() == files["auto"].data
    assert main(["reef.png", "--format", "auto", "-o", "small.png"]) == 2


@pytest.mark.parametrize("price", ["no", -1, 2, True, float("nan")])
def test_what_is_no_price_is_refused(price):
    with pytest.raises(pm.SettingsError, match="lossy_runs must be"):
        pm.Settings(lossy_runs=price)
