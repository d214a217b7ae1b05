"""Lossy indices in the flow: when they are used, and what they never do. The maths is tested in test_rate.py."""

import functools
import io

import numpy as np
import PIL.Image
import pytest
from helpers import sample

import pixmeans as pm
from pixmeans import metrics
from pixmeans.__main__ import main
from pixmeans.flow import attempt, judge
from pixmeans.flow.attempt import Attempt
from pixmeans.quantize.prepared import PreparedImage


@pytest.fixture(scope="module")
def reef():
    return sample("reef").pixels[120:280, 150:350]


@pytest.fixture(scope="module")
def whole_reef(sample_reef):
    return sample_reef.pixels


@pytest.fixture(scope="module")
def made(reef):
    """A function for files of the reef, each made once: what it is compressed with, and the file."""

    @functools.cache
    def compressed(k, **knobs):
        return pm.compress(reef, k, **knobs)

    return compressed


def decoded(result):
    with PIL.Image.open(io.BytesIO(result.data)) as picture:
        return np.asarray(picture.convert("RGBA" if picture.has_transparency_data else "RGB"))


def lost(picture, plain, runs):
    """Points of SSIMULACRA2."""
    before, after = (metrics.ssimulacra2(pm.Image(picture), one.indexed.to_image()) for one in (plain, runs))
    return before - after


@pytest.mark.slow
def test_by_default_files_are_smaller_for_less_than_a_point(whole_reef):
    plain, runs = pm.compress(whole_reef, lossy="off"), pm.compress(whole_reef)
    assert len(runs.data) < 0.95 * len(plain.data)
    assert lost(whole_reef, plain, runs) <= 1
    assert len(runs.palette) <= 256
    assert np.array_equal(decoded(runs), runs.image)
    assert runs.mse == pytest.approx(metrics.mse_between(pm.Image(whole_reef), pm.Image(runs.image)))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("format", "k", "names"),
    [
        ("png", 256, ("reef", "part", "photo", "flat")),
        ("webp", 64, ("reef", "part", "photo", "flat")),
        ("png", 16, ("reef", "part")),
        ("auto", 5, ("photo", "flat")),
        ("gif", 64, ("reef", "part", "photo", "flat")),
    ],
)
def test_no_picture_loses_more_than_a_point(reef, made, photo, format, k, names):
    flat = np.repeat(np.repeat(photo[:9, :13], 5, axis=0), 3, axis=1)
    pictures = {"reef": reef, "part": reef[:91, :67], "photo": photo, "flat": flat}
    for picture in map(pictures.get, names):
        make = made if picture is reef else functools.partial(pm.compress, picture)
        plain, runs = (make(k, lossy=way, format=format) for way in ("off", "auto"))
        assert lost(picture, plain, runs) <= 1
        assert runs.data == plain.data or len(runs.data) <= 0.99 * len(plain.data)


@pytest.mark.slow
def test_indices_stay_plain_where_nothing_tells_what_they_ruin(reef, made):
    plain, usual = (made(4, lossy=way, format="png") for way in ("off", "auto"))
    assert metrics.ssimulacra2(pm.Image(reef), plain.indexed.to_image()) < 30
    assert usual.data == plain.data


@pytest.mark.slow
def test_given_colors_are_used_where_they_belong(reef, tmp_path):
    path = tmp_path / "given.hex"
    path.write_text("\n".join(pm.palette(reef, 16).hex))
    plain, usual = (pm.compress(reef, palette=str(path), lossy=way) for way in ("off", "auto"))
    assert usual.data == plain.data
    assert len(usual.palette) == 16


@pytest.mark.slow
@pytest.mark.parametrize("k", [16, 64])
def test_errors_of_color_in_small_areas_stay_bounded(reef, made, k):
    plain, lossy = (made(k, lossy=way, format="png") for way in ("off", "auto"))
    original = metrics.ColorErrors(pm.Image(reef))
    before, after = (np.percentile(original.distances(one.indexed.to_image(), 1), [95, 99]) for one in (plain, lossy))
    assert (after <= (1.2 * before[0] + 0.003, 1.15 * before[1] + 0.004)).all()


@pytest.mark.slow
def test_what_masking_and_alpha_change_is_measured_too(whole_reef):
    part = whole_reef[100:360, 200:500]
    alpha = np.full((*part.shape[:2], 1), 255, np.uint8)
    alpha[40:90, 60:120] = 0
    alpha[90:100, 60:120] = 130
    for picture, masking in ((np.concatenate([part, alpha], axis=2), "auto"), (part, "off")):
        plain, runs = (pm.compress(picture, 64, lossy=way, masking=masking) for way in ("off", "auto"))
        assert len(runs.data) < len(plain.data)
        assert lost(picture, plain, runs) <= 1


@pytest.mark.slow
def test_of_large_pictures_bands_of_rows_are_measured(whole_reef, monkeypatch):
    monkeypatch.setattr(judge, "SAMPLE_PIXELS", 1)
    sample = judge.Judge(pm.Image(whole_reef)).sample
    assert not sample.is_all
    assert sample.rows[::64].tolist() == [0, 128, 256, 320, 448]  # five bands of 64, the last one of 32
    assert len(sample.rows) == 4 * 64 + 32
    plain, one, two = (
        pm.compress(whole_reef, lossy=way, threads=threads) for way, threads in (("off", 1), ("auto", 1), ("auto", 2))
    )
    assert one.data == two.data
    assert len(one.data) < 0.9 * len(plain.data)
    rows = sample.rows
    before, after = (
        metrics.ssimulacra2(pm.Image(whole_reef[rows]), pm.Image(np.ascontiguousarray(each.image[rows])))
        for each in (plain, one)
    )
    assert before - after <= 1.05  # as it was tried on the sample alone, but for what rates a whole picture starts with


def flat_picture(grain):
    """Ten bands of flat fields with edges, and a strip of grain in each."""
    y, x = np.mgrid[:640, :400]
    pixels = np.stack([x // 40 * 13 % 256, y // 32 * 23 % 256, (x // 40 + y // 32) * 7 % 256], axis=2)
    pixels[y % 64 < 12] += np.random.default_rng(1).integers(-grain, grain + 1, (y % 64 < 12).sum())[:, None]
    return np.clip(pixels, 0, 255).astype(np.uint8)


@pytest.mark.slow
@pytest.mark.parametrize("grain", [0, 6, 60])
def test_of_large_flat_pictures_bands_tell_whether_dithering_pays(monkeypatch, grain):
    """The file is one of those that all of the picture would have been compared by, and only it is written."""
    monkeypatch.setattr(judge, "SAMPLE_PIXELS", 1)
    settings = pm.Settings(k=24, lossy="off")
    prepared = PreparedImage(pm.Image(flat_picture(grain)))
    usual = Attempt(prepared, settings)
    assert usual.is_flat
    assert not usual.judge.sample.is_all
    files = []
    monkeypatch.setattr(
        attempt.codecs, "encode", lambda image, *_, **__: files.append(image.indices.shape) or b"." * len(files)
    )
    assert usual.file.data
    assert files.count((640, 400)) == 1
    monkeypatch.undo()
    monkeypatch.setattr(judge, "SAMPLE_PIXELS", 1)
    found = Attempt(prepared, settings)
    plain, bare = found.plain_file, found.but(settings.bare).plain_file
    assert found.file.data in (plain.data, bare.data)
    if found.file.data == bare.data:
        assert found._loss(bare.result) <= attempt.UNSEEN_LOSS
        assert len(bare.data) <= len(plain.data)


@pytest.mark.slow
def test_gifs_have_runs_of_their_own(whole_reef):
    plain, runs = (pm.compress(whole_reef, lossy=way, format="gif") for way in ("off", "auto"))
    assert len(runs.data) < 0.8 * len(plain.data)
    assert 0 < lost(whole_reef, plain, runs) <= 1
    assert np.array_equal(decoded(runs), runs.image)


@pytest.mark.slow
@pytest.mark.parametrize("k", [4, 16])
def test_gifs_lose_no_more_than_a_point_or_stay_plain(reef, made, k):
    plain, usual = (made(k, lossy=way, format="gif") for way in ("off", "auto"))
    assert usual.data == plain.data or len(usual.data) < len(plain.data)
    assert lost(reef, plain, usual) <= 1


@pytest.mark.slow
def test_a_higher_lambda_makes_smaller_and_worse_files(reef):
    made = [pm.compress(reef, lossy=lambda_) for lambda_ in (1e-6, 1e-5, 1e-4, 1e-3)]
    sizes, scores = (
        [len(one.data) for one in made],
        [metrics.ssimulacra2(pm.Image(reef), one.indexed.to_image()) for one in made],
    )
    assert sizes == sorted(sizes, reverse=True)
    assert scores == sorted(scores, reverse=True)


@pytest.mark.slow
def test_a_file_is_never_larger_than_the_plain_one(reef, made, photo):
    for picture, k in ((reef, 16), (reef, 64), (photo, 256), (np.repeat(photo[:4, :4], 3, axis=0), 8)):
        make = made if picture is reef else functools.partial(pm.compress, picture)
        for format in ("png", "webp", "gif"):
            plain, runs = (make(k, lossy=way, format=format) for way in ("off", "auto"))
            assert len(runs.data) <= len(plain.data)


@pytest.mark.slow
@pytest.mark.parametrize("knobs", [{"space": "rgb"}, {"dither": "none"}, {"dither": "bayer"}])
def test_other_ways_keep_plain_indices(reef, knobs):
    assert pm.compress(reef, 32, **knobs).data == pm.compress(reef, 32, lossy="off", **knobs).data


def test_the_article_and_few_colors_know_no_runs():
    assert not pm.Settings.article().allows_lossy
    assert pm.Settings().allows_lossy
    sprite = sample("sprite").pixels
    assert pm.compress(sprite).lossless


@pytest.mark.slow
def test_the_same_bytes_at_any_number_of_threads(reef):
    one, three = (pm.compress(reef, threads=threads).data for threads in (1, 3))
    assert one == three


@pytest.mark.slow
def test_transparent_pixels_stay_and_opaque_ones_stay_opaque(reef):
    alpha = np.full((*reef.shape[:2], 1), 255, np.uint8)
    alpha[40:90, 60:120] = 0
    alpha[90:100, 60:120] = 130
    result = pm.compress(np.concatenate([reef, alpha], axis=2), 64, lossy=1e-4)
    assert (result.image[..., 3][alpha[..., 0] == 0] == 0).all()
    assert (result.image[..., 3][alpha[..., 0] == 255] == 255).all()
    assert (result.image[..., 3][alpha[..., 0] == 130] > 0).all()


@pytest.mark.slow
def test_a_target_searches_lambdas(reef):
    result = pm.compress(reef, quality=60)
    assert result.reached
    assert 60 <= result.quality <= 61
    assert isinstance(result.search.best.settings.lossy, float)
    assert len(result.data) < len(pm.compress(reef, quality=60, lossy="off").data)
    limit = len(result.data) * 3 // 4
    small = pm.compress(reef, max_bytes=limit)
    assert 0.95 * limit <= len(small.data) <= limit


@pytest.mark.slow
def test_where_little_is_left_fewer_colors_are_better(reef):
    made = pm.compress(reef, max_bytes=1500)
    assert made.search.best.settings.k < 256
    assert isinstance(made.search.best.settings.lossy, float)
    assert pm.compress(reef, max_bytes=20_000).search.best.settings.k == 256
    few = pm.compress(reef, 100, max_bytes=1500)
    assert all(one.settings.k <= 100 for one in few.search.attempts)
    assert all(one.settings.k == 256 for one in tried_lambdas(pm.compress(reef, quality="psnr:20")))


def tried_lambdas(result):
    return [one for one in result.search.attempts if isinstance(one.settings.lossy, float)]


@pytest.mark.slow
def test_fewer_colors_leave_room_for_those_to_keep(reef):
    wanted = [f"#{value:02x}{value:02x}10" for value in range(120)]
    made = pm.compress(reef, max_bytes=1000, keep=wanted)
    assert min(one.settings.k for one in tried_lambdas(made)) >= 120


@pytest.mark.slow
def test_all_effort_finds_a_smaller_file_of_a_quality(reef):
    part = reef[:100, :120]
    quick, thorough = pm.compress(part, quality=70), pm.compress(part, quality=70, optimize=5)
    assert thorough.quality >= 70
    assert len(thorough.data) < len(quick.data)


@pytest.mark.slow
def test_the_smaller_of_png_and_webp_names_its_file(reef, made, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    PIL.Image.fromarray(reef).save("reef.png")
    files = {kind: made(64, lossy="auto", format=kind) for kind in ("png", "webp", "auto")}
    assert files["auto"].data == min(files["png"].data, files["webp"].data, key=len)
    assert main(["reef.png", "-k", "64", "--format", "auto"]) == 0
    assert (tmp_path / f"reef-k64.{files['auto'].format}").read_bytes() == files["auto"].data
    assert main(["reef.png", "-k", "64", "--format", "auto", "-o", "small"]) == 0
    assert (tmp_path / "small").read_bytes() == files["auto"].data
    assert main(["reef.png", "--format", "auto", "-o", "small.png"]) == 2


@pytest.mark.parametrize("lambda_", ["no", -1, 2, True, float("nan")])
def test_what_is_no_lambda_is_refused(lambda_):
    with pytest.raises(pm.SettingsError, match="lossy must be"):
        pm.Settings(lossy=lambda_)
