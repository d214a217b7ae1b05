"""What people want beside the least error: kept colors, given palettes, importance, a cap, small colors saved."""

import json

import numpy as np
import PIL.Image
import pytest
from helpers import sample

import pixmeans as pm
from pixmeans.__main__ import main


@pytest.fixture(scope="module")
def reef():
    return sample("reef").pixels[::2, ::2]


def nearest(pixels, colors):
    return colors[((pixels[..., None, :].astype(int) - colors) ** 2).sum(axis=-1).argmin(axis=-1)]


@pytest.mark.slow
@pytest.mark.parametrize("space", ["rgb", "oklab"])
@pytest.mark.parametrize("dither", ["none", "auto", "bayer"])
@pytest.mark.parametrize("lossy", ["off", 1e-4])
def test_kept_colors_are_in_the_palette_exactly_and_once(reef, space, dither, lossy):
    wanted = ["#ff7f00", "#123456", "f0f"]
    result = pm.compress(reef, 16, keep=wanted, space=space, dither=dither, lossy=lossy)
    for color in ("#ff7f00", "#123456", "#ff00ff"):
        assert result.palette.hex.count(color) == 1
    assert len(result.palette) <= 16
    if lossy == "off":
        assert len(result.palette) == 16


@pytest.mark.slow
@pytest.mark.parametrize("dither", ["none", "auto"])
def test_pixels_of_a_kept_color_keep_it(photo, dither):
    logo = photo.copy()
    logo[10:14, 20:30] = 255, 127, 0
    result = pm.compress(logo, 8, keep="#ff7f00", dither=dither)
    assert (result.image[11:13, 21:29] == [255, 127, 0]).all()


def test_a_picture_of_few_colors_stays_exact_beside_what_is_kept():
    sprite = sample("sprite").pixels
    result = pm.compress(sprite, keep=["#010203"])
    assert result.lossless
    assert "#010203" in result.palette.hex


def test_more_kept_colors_than_k_are_refused(photo):
    with pytest.raises(pm.SettingsError, match="keep has 3 colors, but k is only 2"):
        pm.compress(photo, 2, keep=["#111111", "#222222", "#333333"])
    with pytest.raises(pm.SettingsError, match="keep must be colors like #ff7f00, got 'orange'"):
        pm.compress(photo, keep="orange")


def test_transparent_pictures_keep_colors_too(photo_with_alpha):
    result = pm.compress(photo_with_alpha, 8, keep=["#ff7f00", "#00000000", "#0000ff80"], lossy="off")
    assert {"#ff7f00", "#0000ff80", "#00000000"} <= set(result.palette.hex)
    assert len(result.palette) == 8
    assert np.array_equal(result.image[..., 3] == 0, photo_with_alpha[..., 3] == 0)


@pytest.mark.slow
@pytest.mark.parametrize("lossy", ["off", "auto", 1e-4])
def test_a_given_palette_is_used_as_it_is(reef, tmp_path, lossy):
    path = tmp_path / "mine.hex"
    path.write_text("#102030\n#ffffff\n#e07020\n#3090b0\n")
    colors = np.array([[16, 32, 48], [255, 255, 255], [224, 112, 32], [48, 144, 176]], np.uint8)
    result = pm.compress(reef, palette=str(path), lossy=lossy)
    assert {tuple(color) for color in result.palette.colors.tolist()} == {tuple(color) for color in colors.tolist()}
    plain = pm.compress(reef, palette=str(path), dither="none", space="rgb")
    assert (
        np.array_equal(plain.image, nearest(reef, colors))
        or (plain.image != nearest(reef, colors)).any(axis=2).mean() < 1e-3
    )


@pytest.mark.slow
def test_free_colors_stand_beside_a_given_palette(reef, tmp_path):
    path = tmp_path / "mine.gpl"
    path.write_bytes(pm.Palette(np.array([[255, 0, 0], [0, 255, 0]], np.uint8)).to_gpl().encode())
    fixed = pm.compress(reef, palette=str(path), dither="none")
    free = pm.compress(reef, palette=str(path), free_colors=6, dither="none")
    assert (len(fixed.palette), len(free.palette)) == (2, 8)
    assert {"#ff0000", "#00ff00"} <= set(free.palette.hex)
    assert free.mse < fixed.mse / 5
    with pytest.raises(pm.SettingsError, match="free_colors belongs to palette"):
        pm.compress(reef, free_colors=3)


def test_a_transparent_entry_is_added_to_a_given_palette(photo_with_alpha, tmp_path):
    path = tmp_path / "two.hex"
    path.write_text("#000 #fff")
    result = pm.compress(photo_with_alpha, palette=str(path))
    assert result.palette.hex == ["#000000", "#ffffff", "#00000000"]
    assert np.array_equal(result.image[..., 3] == 0, photo_with_alpha[..., 3] < 128)


@pytest.mark.slow
def test_a_target_with_a_given_palette_changes_only_what_it_may(reef, tmp_path):
    path = tmp_path / "mine.hex"
    path.write_text("#102030 #ffffff #e07020 #3090b0")
    result = pm.compress(reef, palette=str(path), max_bytes=6000)
    assert set(result.palette.hex) <= {"#102030", "#ffffff", "#e07020", "#3090b0"}
    assert result.reached == (len(result.data) <= 6000)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["array", "file"])
def test_what_is_important_gets_more_colors(reef, tmp_path, kind):
    mask = np.ones(reef.shape[:2])
    box = np.s_[20:60, 30:80]
    mask[box] = 40
    importance = mask
    if kind == "file":
        importance = str(tmp_path / "mask.png")
        PIL.Image.fromarray((mask * 6).astype(np.uint8)).save(importance)
    plain, better = (pm.compress(reef, 16, dither="none", importance=one) for one in (None, importance))
    before, after = (((one.image[box].astype(float) - reef[box]) ** 2).sum() for one in (plain, better))
    assert after < 0.8 * before
    assert better.mse > plain.mse


def test_an_importance_map_of_another_size_is_one_line(photo, tmp_path):
    with pytest.raises(pm.SettingsError, match=r"importance: .*shape \(60, 80\), got \(3, 3\)"):
        pm.compress(photo, importance=np.ones((3, 3)))
    path = str(tmp_path / "mask.png")
    PIL.Image.fromarray(np.ones((3, 3), np.uint8)).save(path)
    with pytest.raises(pm.SettingsError, match=r"mask.png: .*got \(3, 3\)"):
        pm.compress(photo, importance=path)
    with pytest.raises(pm.InputError, match=r"gone.png: no such file"):
        pm.compress(photo, importance=str(tmp_path / "gone.png"))


@pytest.mark.slow
def test_a_cap_leaves_colors_to_what_stands_on_a_flat_ground(photo):
    page = np.full((300, 300, 3), 250, np.uint8)
    page[100:160, 100:180] = photo
    page[::7, ::5] = 249  # nearly the ground
    figure = np.s_[100:160, 100:180]
    plain, capped = (pm.compress(page, 12, dither="none", space="rgb", cap=cap) for cap in (None, 0.01))
    before, after = (((one.image[figure].astype(float) - photo) ** 2).sum() for one in (plain, capped))
    assert after < before
    with pytest.raises(pm.SettingsError, match="cap must be above 0"):
        pm.compress(page, cap=0)


def fish(size=200):
    """A noisy blue ground with an orange disc of 0.13 %."""
    rng = np.random.default_rng(4)
    y, x = np.mgrid[:size, :size] / size
    ground = np.stack([30 + 40 * x, 90 + 60 * y, 140 + 60 * x * y], axis=2) + rng.normal(0, 30, (size, size, 3))
    disc = (x - 0.7) ** 2 + (y - 0.3) ** 2 < 0.02**2
    ground[disc] = np.array([235, 120, 20]) + rng.normal(0, 8, (int(disc.sum()), 3))
    return np.clip(ground, 0, 255).astype(np.uint8), disc


@pytest.mark.slow
def test_a_small_vivid_color_is_saved_and_reported():
    pixels, disc = fish()
    plain, saved = (pm.compress(pixels, 8, protect=mode, space="rgb", dither="none") for mode in ("off", "auto"))
    before, after = (
        np.sqrt(((one.image[disc].astype(float) - pixels[disc]) ** 2).sum(axis=1).mean()) for one in (plain, saved)
    )
    assert before > 3 * after
    assert saved.protected
    assert saved.protection_cost <= 0.06
    assert saved.protected[0].before > saved.protected[0].after
    description = json.loads(json.dumps(saved.to_dict()))
    assert description["protected"][0]["hex"] == saved.protected[0].hex
    assert not plain.protected


@pytest.mark.slow
def test_info_and_reports_name_what_is_lost_and_saved(tmp_path, monkeypatch, capsys):
    pixels, _ = fish()
    monkeypatch.chdir(tmp_path)
    PIL.Image.fromarray(pixels).save("fish.png")
    assert main(["fish.png", "-k", "8", "--space", "rgb", "--protect", "off", "-o", "lost.png", "-v"]) == 0
    assert "  lost #e" in capsys.readouterr().err
    assert main(["fish.png", "-k", "8", "--space", "rgb", "-o", "saved.png", "-v"]) == 0
    told = capsys.readouterr().err
    assert "protected 1 small color" in told
    assert "  protected #e" in told
    assert main(["info", "lost.png", "--against", "fish.png"]) == 0
    assert "small vivid colors that are gone:" in capsys.readouterr().out
    assert main(["info", "saved.png", "--against", "fish.png", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["against"]["lost_colors"] == []


@pytest.mark.slow
def test_what_is_saved_survives_lossy():
    pixels, disc = fish()
    runs = pm.compress(pixels, 8, space="rgb", lossy=3e-4)
    assert np.sqrt(((runs.image[disc].astype(float) - pixels[disc]) ** 2).sum(axis=1).mean()) < 40


@pytest.mark.slow
def test_a_picture_without_small_colors_is_the_same_to_the_byte(photo):
    assert pm.compress(photo, 16).data == pm.compress(photo, 16, protect="off").data


@pytest.mark.slow
def test_the_command_takes_all_wishes(reef, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    PIL.Image.fromarray(reef).save("reef.png")
    (tmp_path / "mine.hex").write_text("#102030 #ffffff")
    assert main(["reef.png", "--palette", "mine.hex", "--free-colors", "4", "--keep", "#ff7f00"]) == 0
    with PIL.Image.open("reef-mine.png") as picture:
        colors = np.array(picture.getpalette()).reshape(-1, 3).tolist()
    assert {(16, 32, 48), (255, 255, 255), (255, 127, 0)} <= set(map(tuple, colors))
    assert main(["reef.png", "--palette", "gone.hex"]) == 3
    assert capsys.readouterr().err.splitlines()[-1].startswith("pixmeans: gone.hex: no such file")
    assert main(["reef.png", "--importance", "mine.hex", "-f"]) == 3
    assert main(["reef.png", "--keep", "orange"]) == 2


@pytest.mark.parametrize("format", ["png", "webp", "gif"])
def test_a_picture_that_is_all_transparent_needs_no_palette(tmp_path, format):
    given = tmp_path / "colors.hex"
    given.write_text("#ff0000\n#00ff00\n")
    picture = np.zeros((5, 6, 4), np.uint8)
    result = pm.compress(picture, palette=str(given), free_colors=2, format=format)
    np.testing.assert_array_equal(result.image, picture)


def test_how_many_colors_are_needed_is_said():
    picture = np.full((3, 4, 4), 255, np.uint8)
    picture[0] = 0
    picture[1, 1] = [1, 2, 3, 255]
    with pytest.raises(pm.SettingsError, match=r"k must be at least 3 for a picture with transparent .* got 2"):
        pm.compress(picture, 2, keep=("#ff0000", "#0000ff"))


def test_a_palette_without_a_color_that_serves_is_refused(tmp_path):
    given = tmp_path / "clear.png"
    PIL.Image.new("RGBA", (2, 2)).save(given)
    with pytest.raises(pm.SettingsError, match="the palette has no color for this picture"):
        pm.compress(np.zeros((3, 3, 3), np.uint8), palette=str(given))


@pytest.mark.slow
def test_more_effort_fills_a_size_too_and_looks_better(reef):
    quick, thorough = (pm.compress(reef, max_bytes=14_000, optimize=effort) for effort in (2, 4))
    scores = [pm.metrics.ssimulacra2(pm.Image(reef), one.indexed.to_image()) for one in (quick, thorough)]
    assert 0.95 * 14_000 < len(thorough.data) <= 14_000
    assert len(quick.data) <= 14_000
    assert scores[1] > scores[0]
