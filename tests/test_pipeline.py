import io

import numpy as np
import PIL.Image
import pytest
from helpers import blobs, examples
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import pixmeans as pm
from pixmeans.metrics import mse_between
from pixmeans.settings import DITHERS


def decoded(result):
    with PIL.Image.open(io.BytesIO(result.data)) as picture:
        return picture.mode, np.asarray(picture.convert("RGBA"))


@pytest.mark.slow
@pytest.mark.parametrize("space", ["rgb", "oklab"])
@pytest.mark.parametrize("effort", ["fast", "normal", "best"])
def test_what_was_written_decodes_to_what_was_meant(photo, space, effort):
    result = pm.compress(photo, 16, space=space, effort=effort)
    mode, pixels = decoded(result)
    assert mode == "P"
    assert np.array_equal(pixels[..., :3], result.image)
    assert np.array_equal(result.palette.colors[result.indices], result.image)
    assert len(np.unique(result.image.reshape(-1, 3), axis=0)) == 16
    difference = photo.astype(float) - result.image
    assert result.mse == pytest.approx((difference**2).sum(axis=2).mean())


@pytest.mark.slow
@settings(max_examples=examples(40), deadline=None)
@given(
    hnp.arrays(np.uint8, st.tuples(st.integers(1, 9), st.integers(1, 9), st.sampled_from([3, 4]))),
    st.integers(2, 20),
    st.sampled_from(["rgb", "oklab"]),
    st.sampled_from(["png", "gif", "webp"]),
)
def test_any_small_picture_comes_back_with_at_most_k_colors(pixels, k, space, format):
    result = pm.compress(pixels, k, space=space, format=format)
    visible = pixels.copy()
    if visible.shape[2] == 4:
        if format == "gif":
            visible[..., 3] = np.where(visible[..., 3] < 128, 0, 255)
        visible[visible[..., 3] == 0] = 0
    distinct = len(np.unique(visible.reshape(-1, visible.shape[2]), axis=0))
    assert len(result.palette) == min(k, distinct)
    _, back = decoded(result)
    assert back.shape[:2] == pixels.shape[:2]
    assert len(np.unique(back.reshape(-1, 4), axis=0)) <= k
    if distinct <= k:
        cut = format == "gif" and pixels.shape[2] == 4 and bool(((pixels[..., 3] > 0) & (pixels[..., 3] < 255)).any())
        assert result.lossless == (not cut)
        assert np.array_equal(back[..., : pixels.shape[2]], visible)


def test_the_transparent_stays_transparent_and_counts_in_k(photo_with_alpha):
    clear = photo_with_alpha[..., 3] == 0
    result = pm.compress(photo_with_alpha, 8)
    _, back = decoded(result)
    assert np.array_equal(back[..., 3] == 0, clear)
    assert (back[clear] == 0).all()
    assert len(result.palette) == 8
    opaque = photo_with_alpha[..., 3] == 255
    assert (back[opaque, 3] == 255).all()


def test_one_color_cannot_be_both_transparent_and_visible(photo_with_alpha):
    with pytest.raises(pm.SettingsError, match="k must be at least 2"):
        pm.compress(photo_with_alpha, 1)
    assert pm.compress(np.zeros((3, 3, 4), np.uint8), 1).lossless


@pytest.mark.slow
def test_an_opaque_picture_with_alpha_gives_the_file_of_its_twin_without(photo):
    opaque = np.concatenate([photo, np.full((*photo.shape[:2], 1), 255, np.uint8)], axis=2)
    assert pm.compress(opaque, 16).data == pm.compress(photo, 16).data


@pytest.mark.slow
def test_bleeding_colors_what_nobody_sees(photo_with_alpha):
    clear = photo_with_alpha[..., 3] == 0
    plain, bled = pm.compress(photo_with_alpha, 8), pm.compress(photo_with_alpha, 8, bleed=True)
    _, back = decoded(bled)
    assert np.array_equal(back[~clear], plain.image[~clear])
    assert (back[clear, 3] == 0).all()
    assert len(np.unique(back[clear], axis=0)) == 1
    assert bled.mse == plain.mse
    disc = np.zeros((9, 9, 4), np.uint8)
    disc[3:6, 3:6] = (10, 200, 30, 255)
    disc[4, 4] = (90, 90, 90, 255)  # not at the edge
    assert pm.compress(disc, bleed=True).image[0, 0].tolist() == [10, 200, 30, 0]
    assert pm.compress(disc).image[0, 0].tolist() == [0, 0, 0, 0]


@pytest.mark.slow
@pytest.mark.parametrize("format", ["png", "gif", "webp"])
@pytest.mark.parametrize("space", ["rgb", "oklab"])
def test_compressing_again_changes_no_pixel(photo, photo_with_alpha, format, space):
    for picture in (photo, photo_with_alpha):
        once = pm.compress(picture, 16, format=format, space=space)
        again = pm.compress(once.data, 16, format=format, space=space)
        assert again.lossless
        assert np.array_equal(decoded(once)[1], decoded(again)[1])


def test_a_gray_picture_is_lossless_at_256():
    gray = np.random.default_rng(1).integers(0, 256, (40, 40)).astype(np.uint8)
    result = pm.compress(gray)
    assert result.lossless
    assert result.psnr is None
    assert np.array_equal(result.image[..., 0], gray)


@pytest.mark.slow
@pytest.mark.parametrize("knobs", [{}, {"init": "random-pixels"}, {"init": "k-means++"}, {"init": "random-colors"}])
def test_same_settings_same_bytes_at_any_number_of_threads(photo, knobs, monkeypatch):
    monkeypatch.setattr("pixmeans.clustering.points.THREAD_SHARE", 500)
    files = {pm.compress(photo, 16, threads=threads, seed=4, **knobs).data for threads in (1, 2, 3, 8)}
    assert len(files) == 1


def test_seeds_differ(photo):
    one, two = (pm.compress(photo, 8, settings=pm.Settings.article(seed=seed)) for seed in (1, 2))
    assert one.data != two.data


@pytest.mark.slow
def test_the_article_preset_is_plain_lloyd(photo):
    """Checked against the article's loop, spelled out, from the same start."""
    first, *_ = steps = list(pm.steps(photo, 16, seed=3))
    colors = first.centroids.copy()
    pixels = photo.reshape(-1, 3).astype(float)
    for _ in range(30):
        labels = ((pixels[:, None] - colors) ** 2).sum(axis=2).argmin(axis=1)
        moved = np.array([pixels[labels == j].mean(axis=0) if (labels == j).any() else colors[j] for j in range(16)])
        if np.array_equal(moved, colors):
            break
        colors = moved
    assert np.abs(steps[-1].centroids - colors).max() < 0.3  # centroids on a grid of 1/64
    result = pm.compress(photo, settings=pm.Settings.article(seed=3))
    assert result.iterations <= 30
    assert np.abs(np.sort(result.palette.colors, axis=0) - np.sort(colors, axis=0)).max() < 1


def test_more_starts_are_never_worse(photo):
    one = pm.compress(photo, 8, settings=pm.Settings.article(seed=1))
    many = pm.compress(photo, 8, settings=pm.Settings.article(seed=1, n_init=8))
    assert many.clustering.inertia <= one.clustering.inertia


@pytest.mark.slow
def test_more_effort_is_not_worse():
    pixels = blobs(5, 40_000).reshape(200, 200, 3)
    fast, normal, best = (
        pm.compress(pixels, 32, space="rgb", dither="none", effort=effort).mse for effort in ("fast", "normal", "best")
    )
    assert normal < fast
    assert best < normal * 1.002


@pytest.mark.slow
def test_sizes_are_the_articles_arithmetic(photo):
    expected = {16: 6, 32: 4.8, 64: 4, 128: 24 / 7, 256: 3}
    for k, factor in expected.items():
        sizes = pm.compress(photo, k, effort="fast").sizes
        assert sizes.factor == pytest.approx(factor)
        bits = round(24 / factor)
        assert sizes.raw == 60 * 80 * 3
        assert sizes.arithmetic == 60 * 80 * bits // 8
        assert sizes.with_palette == sizes.arithmetic + 3 * k
        assert sizes.original is None


@pytest.mark.slow
def test_sources_of_every_kind_give_the_same(photo, tmp_path):
    picture = PIL.Image.fromarray(photo)
    path = tmp_path / "photo.png"
    picture.save(path)
    with open(path, "rb") as file:
        results = [
            pm.compress(source, 16)
            for source in (
                photo,
                photo / 255.0,
                picture,
                path,
                str(path),
                path.read_bytes(),
                file,
                pm.Image(photo),
            )
        ]
    assert len({result.data for result in results}) == 1
    assert isinstance(results[0].image, np.ndarray)
    assert isinstance(results[2].image, PIL.Image.Image)
    assert results[3].sizes.original == path.stat().st_size
    assert results[3].sizes.original_format == "PNG"


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (np.zeros((3, 3, 2), np.uint8), r"shape \(3, 3, 2\), wanted \(h, w\)"),
        (np.zeros((0, 3), np.uint8), r"shape \(0, 3, 1\)"),
        (np.zeros((3, 3), np.int32), "dtype int32, wanted uint8"),
        (np.full((3, 3), 2.0), "floats must lie in 0..1"),
        (17, "a picture must be a path"),
    ],
)
def test_wrong_sources_are_described(source, message):
    with pytest.raises(pm.SettingsError, match=message):
        pm.compress(source)


def test_steps_of_a_picture(photo):
    heard = []
    steps = list(pm.steps(photo, 8, seed=1))
    pm.compress(photo, settings=pm.Settings.article(k=8, seed=1), on_step=heard.append)
    assert [step.phase for step in steps] == [step.phase for step in heard]
    assert np.array_equal(steps[-1].centroids, heard[-1].centroids)
    assert steps[0].centroids.shape == (8, 3)
    pixels = {tuple(color) for color in photo.reshape(-1, 3).astype(float)}
    assert all(tuple(color) in pixels for color in steps[0].centroids)


def test_steps_obey_importance_keep_and_threads(photo, tmp_path):
    heard = []
    settings = pm.Settings.article(k=5, seed=2, keep=("#ff7f00",))
    result = pm.compress(photo, settings=settings, on_step=heard.append)
    steps = list(pm.steps(photo, settings=settings.but(threads=1)))
    assert [step.phase for step in steps] == [step.phase for step in heard]
    assert all(np.array_equal(one.centroids, other.centroids) for one, other in zip(steps, heard, strict=True))
    assert steps[-1].centroids[0].tolist() == [255, 127, 0]
    assert "#ff7f00" in result.palette.hex
    mask = np.zeros(photo.shape[:2], np.uint8)
    mask[:10] = 255
    PIL.Image.fromarray(mask).save(tmp_path / "mask.png")
    weighing = settings.but(importance=str(tmp_path / "mask.png"), keep=())
    *_, last = pm.steps(photo, settings=weighing)
    assert last.inertia == pm.compress(photo, settings=weighing).clustering.inertia


@pytest.mark.parametrize(
    "knobs", [{"quality": "80"}, {"max_bytes": 1000}, {"palette": "there-is-none.gpl"}, {"n_init": 2}]
)
def test_steps_refuse_what_one_run_cannot_do(photo, knobs):
    with pytest.raises(pm.SettingsError, match=f"{next(iter(knobs))} does not apply"):
        pm.steps(photo, **knobs)


@pytest.mark.parametrize("knobs", [{"quality": "80"}, {"max_bytes": 1000}])
def test_a_listener_is_refused_where_settings_are_searched_for(photo, knobs):
    with pytest.raises(pm.SettingsError, match="on_step hears one run"):
        pm.compress(photo, on_step=print, **knobs)


def test_palette_is_ordered_by_use(photo):
    palette = pm.palette(photo, 5)
    assert len(palette) == 5
    assert list(palette.shares) == sorted(palette.shares, reverse=True)
    assert palette.shares.sum() == pytest.approx(1)


@pytest.mark.parametrize("knobs", [{"k": "auto"}, {"quality": "80"}, {"max_bytes": 9000}])
def test_a_palette_takes_no_quality_and_no_size(photo, knobs):
    with pytest.raises(pm.SettingsError, match="leave it out"):
        pm.palette(photo, **knobs)
    with pytest.raises(pm.SettingsError, match="leave it out"):
        pm.palette(photo, settings=pm.Settings().but(**knobs))


def test_a_palette_is_applied_to_another_picture(photo, photo_with_alpha):
    palette = pm.palette(photo, 6)
    other = np.roll(photo, 7, axis=1)[:30]
    applied = pm.apply_palette(other, palette)
    distances = ((other[..., None, :].astype(int) - palette.colors[:, :3]) ** 2).sum(axis=-1)
    assert np.array_equal(applied, palette.colors[distances.argmin(axis=-1), :3])
    assert isinstance(pm.apply_palette(PIL.Image.fromarray(other), palette, dither="auto"), PIL.Image.Image)
    with_alpha = pm.palette(photo_with_alpha, 6)
    back = pm.apply_palette(photo_with_alpha, with_alpha)
    assert np.array_equal(back[..., 3] == 0, photo_with_alpha[..., 3] == 0)
    assert (pm.apply_palette(photo, with_alpha)[..., 3] == 255).all()


def test_palettes_for_other_programs(photo):
    palette = pm.palette(photo, 3)
    assert palette.to_css().count(palette.hex[0]) == 1
    assert palette.to_gpl().startswith("GIMP Palette")
    assert palette.as_cmap().N == 3
    assert palette.as_cmap()(0)[:3] == pytest.approx(palette.colors[0, :3] / 255)


@pytest.mark.slow
def test_dithering_of_no_strength_is_none(photo):
    plain = pm.compress(photo, 8, dither="none")
    for dither in ("auto", "floyd-steinberg", "bayer"):
        gone = pm.compress(photo, 8, dither=dither, dither_strength=0, lossy="off")
        assert gone.mse == pytest.approx(plain.mse, rel=0.3)  # the palette is variance-matched for mixing
        assert len(gone.data) <= 1.01 * len(pm.compress(photo, 8, dither=dither, lossy="off").data)
    with pytest.raises(pm.SettingsError, match="dither_strength must be 0 to 1"):
        pm.compress(photo, dither_strength=2)


def test_progress_hears_the_stages(photo):
    heard = []
    pm.compress(photo, 4, lossy="off", dither="none", space="oklab", masking="on", progress=heard.append)
    assert heard == ["read", "histogram", "k-means", "remap", "encode"]


def test_save(photo, tmp_path):
    result = pm.compress(photo, 4)
    path = tmp_path / "small.png"
    result.save(path)
    assert path.read_bytes() == result.data
    with pytest.raises(pm.OutputExistsError):
        result.save(path)
    result.save(path, overwrite=True)


def test_results_describe_themselves(photo):
    result = pm.compress(photo, 4, lossy="off")
    assert "80x60, 4 colors" in repr(result)
    description = result.to_dict()
    assert description["k"] == 4
    assert description["history"][-1] <= description["history"][0]
    assert set(description["seconds"]) >= {"read", "histogram", "k-means", "remap", "encode"}


@pytest.mark.slow
@pytest.mark.parametrize("method", DITHERS)
@pytest.mark.parametrize("space", ["rgb", "oklab"])
def test_dithering_keeps_k_colors_and_tells_the_error_it_makes(photo, photo_with_alpha, method, space):
    for picture in (photo, photo_with_alpha):
        result = pm.compress(picture, 8, space=space, dither=method)
        assert len(result.palette) == 8
        assert result.palette.weights.tolist() == np.bincount(result.indices.ravel(), minlength=8).tolist()
        assert result.mse == pytest.approx(mse_between(pm.Image(picture), result.indexed.to_image()), rel=1e-9)
        if picture.shape[2] == 4:
            assert np.array_equal(decoded(result)[1][..., 3] == 0, picture[..., 3] == 0)


@pytest.mark.parametrize("method", DITHERS)
def test_dithering_leaves_a_picture_of_few_colors_alone(method):
    pixels = np.random.default_rng(1).integers(0, 2, (20, 20, 3)).astype(np.uint8) * np.uint8(200)
    assert pm.compress(pixels, 8, dither=method).lossless
