"""Pillow's `save` and `quantize`, with k-means behind them."""

import io

import numpy as np
import PIL.ExifTags
import PIL.Image
import PIL.ImageCms
import pytest
from helpers import blobs

import pixmeans as pm

PICTURE = PIL.Image.fromarray(blobs(3, 20 * 24).reshape(20, 24, 3))


@pytest.fixture
def registered():
    pm.pillow.register()
    yield
    pm.pillow.unregister()


def saved(im, format, **options):
    stream = io.BytesIO()
    im.save(stream, format, **options)
    return stream.getvalue()


@pytest.mark.slow
@pytest.mark.usefixtures("registered")
@pytest.mark.parametrize("format", ["png", "gif", "webp"])
@pytest.mark.parametrize(
    ("wanted", "knobs"),
    [
        ({"k": 7, "dither": "none"}, {"k": 7, "dither": "none"}),
        (9, {"k": 9}),
        (True, {}),
        (pm.Settings(k=5, optimize=0), {"k": 5, "optimize": 0}),
    ],
    ids=["knobs", "number", "true", "settings"],
)
def test_the_option_writes_what_compress_gives(format, wanted, knobs, tmp_path):
    im = PICTURE.crop((0, 0, 12, 9))
    expected = pm.compress(im, format=format, **knobs).data
    assert saved(im, format, pixmeans=wanted) == expected
    im.save(tmp_path / f"x.{format}", pixmeans=wanted)
    assert (tmp_path / f"x.{format}").read_bytes() == expected


def test_without_the_option_and_after_it_nothing_changes():
    options = {"PNG": {"optimize": True}, "GIF": {}, "WEBP": {"quality": 40}, "JPEG": {"quality": 40}}
    before = {name: saved(PICTURE, name, **asked) for name, asked in options.items()}
    frames = {"save_all": True, "append_images": [PICTURE.rotate(90)], "duration": 50}
    moving = saved(PICTURE, "GIF", **frames)
    tables = dict(PIL.Image.SAVE), dict(PIL.Image.SAVE_ALL)
    pm.pillow.register()
    pm.pillow.register()
    try:
        assert {name: saved(PICTURE, name, **asked) for name, asked in options.items()} == before
        assert saved(PICTURE, "GIF", **frames) == moving
    finally:
        pm.pillow.unregister()
    assert tables == (PIL.Image.SAVE, PIL.Image.SAVE_ALL)


@pytest.mark.usefixtures("registered")
@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"pixmeans": {"k": 0}}, "k must be 1 to 65536, got 0"),
        ({"pixmeans": {"colors": 3}}, "colors"),
        ({"pixmeans": {"format": "gif"}}, "format gif contradicts the file, which is png"),
        ({"pixmeans": "few"}, "must be a dictionary, a number of colors, Settings or True, got 'few'"),
        ({"pixmeans": False}, "got False"),
        ({"pixmeans": 16, "optimize": True, "dpi": (72, 72)}, "leave out dpi, optimize"),
        ({"pixmeans": 16, "save_all": True, "append_images": [PICTURE]}, "compress_animation"),
    ],
)
def test_what_cannot_be_done_is_named_and_leaves_no_file(options, message, tmp_path):
    with pytest.raises(pm.SettingsError, match=message):
        PICTURE.save(tmp_path / "x.png", **options)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "LA", "P", "1", "CMYK"])
@pytest.mark.parametrize("colors", [1, 16, 256])
def test_quantize_gives_a_palette_picture_of_at_most_so_many_colors(mode, colors):
    im = PICTURE.convert(mode)
    if mode == "RGBA":
        im.putalpha(PICTURE.convert("L"))
    found = pm.pillow.quantize(im, colors)
    assert (found.mode, found.size) == ("P", im.size)
    assert len(found.getcolors()) <= colors
    assert len(found.getpalette(found.palette.mode)) // len(found.palette.mode) <= colors
    error = np.asarray(found.convert("RGBA")).astype(float) - np.asarray(im.convert("RGBA"))
    theirs = im.convert("RGBA" if "A" in mode else "RGB").quantize(colors)
    their_error = np.asarray(theirs.convert("RGBA")).astype(float) - np.asarray(im.convert("RGBA"))
    if mode != "CMYK":  # Pillow and we convert it differently
        assert (error**2).sum() <= 1.1 * (their_error**2).sum() + len(error)


@pytest.mark.slow
@pytest.mark.parametrize("method", [None, *PIL.Image.Quantize])
def test_what_pillow_asks_its_algorithms_for_is_k_means_here(method):
    plain = pm.pillow.quantize(PICTURE, 8)
    assert all(pm.pillow.quantize(PICTURE, 8, method=method, kmeans=kmeans) == plain for kmeans in (0, 9))


@pytest.mark.parametrize("dither", [None, *[PIL.Image.Dither.NONE, PIL.Image.Dither.FLOYDSTEINBERG], "bayer"])
def test_a_given_palette_keeps_its_order(dither):
    given = PICTURE.quantize(12)
    found = pm.pillow.quantize(PICTURE, palette=given, dither=dither)
    assert found.getpalette()[: 3 * 12] == given.getpalette()[: 3 * 12]
    if dither == PIL.Image.Dither.NONE:
        colors = np.asarray(given.convert("RGB")).reshape(-1, 3)
        entries = np.array(given.getpalette()).reshape(-1, 3)
        pixels = np.asarray(PICTURE).reshape(-1, 1, 3).astype(int)
        assert len(colors) == len(pixels)
        nearest = ((pixels - entries[None]) ** 2).sum(axis=2).min(axis=1)
        ours = ((pixels[:, 0] - np.asarray(found.convert("RGB")).reshape(-1, 3)) ** 2).sum(axis=1)
        assert ours.mean() <= 1.2 * nearest.mean()  # nearest as the eye sees it


def test_without_a_palette_nothing_is_dithered_unless_it_is_asked_for():
    plain = pm.pillow.quantize(PICTURE, 4)
    assert pm.pillow.quantize(PICTURE, 4, dither=PIL.Image.Dither.NONE) == plain
    assert pm.pillow.quantize(PICTURE, 4, dither=PIL.Image.Dither.FLOYDSTEINBERG) != plain


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"colors": 257}, "colors must be 1 to 256, got 257"),
        ({"colors": 0}, "colors must be 1 to 256, got 0"),
        ({"method": 9}, "method must be one of Image.Quantize"),
        ({"kmeans": -1}, "kmeans must not be negative, got -1"),
        ({"dither": 1}, "dither must be NONE or FLOYDSTEINBERG"),
        ({"dither": "much"}, "dither must be one of"),
        ({"palette": PICTURE}, "palette must be a picture of mode P, got mode RGB"),
    ],
)
def test_wrong_arguments_are_named(options, message):
    with pytest.raises(pm.SettingsError, match=message):
        pm.pillow.quantize(PICTURE, **options)


def test_transparency_gets_an_entry_beside_a_palette_that_has_none():
    im = PICTURE.convert("RGBA")
    im.putpixel((0, 0), (0, 0, 0, 0))
    found = pm.pillow.quantize(im, palette=PICTURE.quantize(12))
    assert found.convert("RGBA").getpixel((0, 0))[3] == 0
    assert found.convert("RGBA").getpixel((9, 9))[3] == 255
    assert pm.pillow.quantize(im, 4).convert("RGBA").getpixel((0, 0))[3] == 0


def test_what_stands_beside_the_pixels_stays():
    im = PICTURE.copy()
    im.info["dpi"] = (300, 300)
    assert pm.pillow.quantize(im, 4).info == {"dpi": (300, 300)}


@pytest.mark.parametrize("orientation", [1, 3, 6])
def test_a_turned_picture_stands_as_it_did_and_is_turned_once(orientation):
    stream = io.BytesIO()
    exif = PIL.Image.Exif()
    exif[PIL.ExifTags.Base.Orientation] = orientation
    PICTURE.save(stream, "PNG", exif=exif)
    with PIL.Image.open(stream) as im:
        usual, found = im.quantize(64), pm.pillow.quantize(im, 64)
        given = pm.pillow.quantize(im, palette=usual)
        assert im.getexif()[PIL.ExifTags.Base.Orientation] == orientation
        for one in (found, given):
            assert one.size == usual.size == im.size
            assert one.getexif()[PIL.ExifTags.Base.Orientation] == orientation
            far = np.asarray(one.convert("RGB"), float) - np.asarray(im.convert("RGB"), float)
            assert (far**2).sum(axis=2).mean() < 3000  # of a turned one it is more than 10,000


def test_a_result_in_pillow_has_the_profile_that_its_values_are_in():
    profile = PIL.ImageCms.ImageCmsProfile(PIL.ImageCms.createProfile("sRGB")).tobytes()
    im = PICTURE.copy()
    im.info |= {"icc_profile": profile, "dpi": (72, 72)}
    kept = pm.compress(im, 8, icc="keep")
    assert kept.image.info == {"icc_profile": profile, "dpi": (72, 72)}
    assert kept.image.convert("RGB").tobytes() == PIL.Image.open(io.BytesIO(kept.data)).convert("RGB").tobytes()
