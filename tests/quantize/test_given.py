"""Palettes that somebody gives: entry i of the file is index i, and alpha is what they can show."""

from __future__ import annotations

import io

import numpy as np
import PIL.Image
import pytest
from codec_files import oriented, swapped_profile
from helpers import blobs, examples
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import pixmeans as pm
from pixmeans.codecs import decode
from pixmeans.pipeline import prepare
from pixmeans.quantize.given import in_given_order

SIDES = st.tuples(st.integers(1, 9), st.integers(1, 9))
PICTURES = SIDES.flatmap(lambda sides: arrays(np.uint8, (*sides, 4)))
TABLES = st.integers(1, 40).flatmap(lambda count: arrays(np.uint8, (count, 3), elements=st.sampled_from([0, 90, 255])))
DITHERS = st.sampled_from(["none", "auto", "bayer", "riemersma"])


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("palettes")


def written(folder, table, name="given.hex"):
    path = folder / name
    path.write_text("\n".join(bytes(color).hex() for color in table))
    return str(path)


def file_table(data):
    """(m, 3 or 4) uint8 and (h, w) uint8: the palette in a file and its indices, as Pillow reads them."""
    with PIL.Image.open(io.BytesIO(data)) as file:
        assert file.mode == "P"
        table = np.array(file.getpalette("RGB"), np.uint8).reshape(-1, 3)
        return table, np.asarray(file)


def is_nearest(pixels, table, indices):
    """Whether each pixel has one of the entries that are nearest in sRGB."""
    squares = ((pixels[..., None, :3].astype(int) - table[:, :3].astype(int)) ** 2).sum(axis=-1)
    return np.take_along_axis(squares, indices[..., None].astype(int), axis=-1)[..., 0] == squares.min(axis=-1)


@pytest.mark.slow
@settings(max_examples=examples(40), deadline=None)
@given(PICTURES, TABLES, st.integers(1, 255), DITHERS, st.sampled_from(["png", "gif"]), st.integers(0, 6))
def test_entry_i_is_index_i_and_alpha_is_all_or_nothing(folder, pixels, table, threshold, dither, format, optimize):
    result = pm.compress(
        pixels,
        palette=written(folder, table),
        alpha_threshold=threshold,
        dither=dither,
        space="rgb",
        format=format,
        optimize=optimize,
    )
    transparent = pixels[..., 3] < threshold
    added = int(transparent.any())
    assert len(result.palette) == len(table) + added
    assert np.array_equal(result.palette.rgba[: len(table), :3], table)
    in_file, indices = file_table(result.data)
    assert np.array_equal(in_file[: len(table)], table)
    assert np.array_equal(indices, result.indices)
    assert np.array_equal(result.image.shape[2] == 4 and result.image[..., 3] == 0, transparent if added else False)
    assert bool((indices[transparent] == len(table)).all())
    if dither == "none":
        assert is_nearest(pixels, table, np.where(transparent, 0, indices))[~transparent].all()


@pytest.mark.slow
@settings(max_examples=examples(40), deadline=None)
@given(PICTURES, TABLES)
def test_half_of_alpha_is_the_usual_threshold(folder, pixels, table):
    path = written(folder, table)
    usual = pm.compress(pixels, palette=path)
    assert usual.data == pm.compress(pixels, palette=path, alpha_threshold=128).data


@pytest.mark.slow
@settings(max_examples=examples(40), deadline=None)
@given(PICTURES, TABLES, st.tuples(*3 * [st.integers(0, 255)]), st.sampled_from(["png", "gif", "webp"]))
def test_a_matte_is_the_picture_laid_upon_it(folder, pixels, table, color, format):
    alpha = pixels[..., 3:] / 255
    # In floats this is a whole number and a half only where alpha is 0 or 1; elsewhere rounding has no ties to break.
    mixed = np.floor(alpha * pixels[..., :3] + (1 - alpha) * np.array(color) + 0.5).astype(np.uint8)
    path = written(folder, table)
    result = pm.compress(pixels, palette=path, matte="#" + bytes(color).hex(), format=format)
    near = prepare(pm_source(pixels), pm.Settings(matte="#" + bytes(color).hex())).image.pixels
    assert not result.palette.has_alpha
    assert np.abs(near.astype(int) - mixed.astype(int)).max() <= 1
    assert result.data == pm.compress(near, palette=path, format=format).data


def pm_source(pixels):
    from pixmeans.flow.source import open_source

    return open_source(pixels, pm.Settings())


@pytest.mark.slow
@settings(max_examples=examples(40), deadline=None)
@given(PICTURES, st.integers(1, 12).flatmap(lambda count: arrays(np.uint8, (count, 4))), DITHERS)
def test_a_palette_with_translucent_colors_keeps_its_order_too(folder, pixels, table, dither):
    table[0, 3] = 255
    if not ((table[:, 3] > 0) & (table[:, 3] < 255)).any():
        table = np.concatenate([table, np.array([[1, 2, 3, 100]], np.uint8)])
    result = pm.compress(pixels, palette=written(folder, table), dither=dither)
    assert np.array_equal(result.palette.rgba[: len(table)], table)
    hidden = pixels[..., 3] == 0
    assert np.array_equal(result.palette.rgba[result.indices][..., 3] == 0, hidden)


@pytest.mark.slow
@settings(max_examples=examples(40), deadline=None)
@given(PICTURES, TABLES, st.integers(0, 5), st.lists(st.sampled_from(["#010203", "#ffffff", "#5a5a5a"]), max_size=2))
def test_found_and_kept_colors_stand_behind_the_given_ones(folder, pixels, table, free, keep):
    result = pm.compress(pixels, palette=written(folder, table), free_colors=free, keep=keep)
    assert np.array_equal(result.palette.rgba[: len(table), :3], table)
    if bool((pixels[..., 3] >= 128).any()):
        assert set(keep) <= set(result.palette.hex)
    assert set(np.unique(result.palette.rgba[:, 3])) <= {0, 255}


@pytest.mark.parametrize("repeats", [0, 1, 5])
def test_a_full_palette_gives_the_place_of_a_repeated_entry_and_else_says_so(folder, repeats):
    table = np.stack([np.arange(256), np.arange(256) // 2, np.zeros(256)], axis=1).astype(np.uint8)
    table[256 - repeats :] = table[0]
    pixels = np.concatenate([table, np.full((256, 1), 255, np.uint8)], axis=1)[None].repeat(2, axis=0)
    pixels[1, :, 3] = 0
    path = written(folder, table)
    if not repeats:
        with pytest.raises(pm.SettingsError, match="remove a color, or use matte"):
            pm.compress(pixels, palette=path)
        return
    result = pm.compress(pixels, palette=path)
    assert len(result.palette) == 256
    assert np.array_equal(result.palette.rgba[:255, :3], table[:255])
    assert result.lossless


@settings(max_examples=examples(40), deadline=None)
@given(TABLES, st.data())
def test_an_index_of_the_file_stays_where_two_entries_have_one_color(table, data):
    indices = data.draw(arrays(np.uint8, (3, 4), elements=st.integers(0, len(table) - 1)))
    colors, places = np.unique(table, axis=0, return_inverse=True)
    shuffled = pm.Palette(colors[::-1])
    now = (len(colors) - 1 - places.ravel()[indices]).astype(np.uint8)
    palette, moved = in_given_order(shuffled, now, pm.Palette(table), indices)
    assert np.array_equal(palette.colors, table)
    assert np.array_equal(moved, indices)
    assert palette.weights.tolist() == np.bincount(indices.ravel(), minlength=len(table)).tolist()


@pytest.mark.slow
@settings(max_examples=examples(40), deadline=None)
@given(PICTURES, TABLES, DITHERS)
def test_applying_a_palette_keeps_transparency(pixels, table, dither):
    palette = pm.Palette(np.unique(table, axis=0))
    applied = pm.apply_palette(pixels, palette, dither=dither)
    shown = applied if applied.shape[2] == 4 else np.dstack([applied, np.full(applied.shape[:2], 255, np.uint8)])
    assert np.array_equal(shown[..., 3], np.where(pixels[..., 3] < 128, 0, 255))
    assert set(map(bytes, shown[shown[..., 3] > 0][:, :3])) <= set(map(bytes, palette.colors))
    if dither == "none":
        seen = shown[..., 3] > 0
        entries = {bytes(color): place for place, color in enumerate(palette.colors)}
        indices = np.array([[entries.get(bytes(color[:3]), 0) for color in row] for row in shown])
        assert is_nearest(pixels, palette.colors, indices)[seen].all()


# The picture's own palette.


def indexed_file(table, indices, format, clear=None, bits=8):
    picture = PIL.Image.fromarray(indices).convert("L")
    picture.putpalette(np.ascontiguousarray(table).tobytes())
    file = io.BytesIO()
    options = {} if clear is None else {"transparency": clear}
    if format == "PNG":
        options["bits"] = bits
    else:
        options["optimize"] = False
    picture.save(file, format, **options)
    return file.getvalue()


@pytest.mark.slow
@settings(max_examples=examples(60), deadline=None)
@given(TABLES, st.sampled_from(["PNG", "GIF", "BMP", "TIFF"]), st.booleans(), st.booleans(), st.data())
def test_an_indexed_picture_keeps_its_own_palette_and_indices(table, format, clear, as_pil, data):
    if format in ("BMP", "TIFF"):  # of which Pillow takes a table of grays for a picture without one
        table = np.concatenate([np.array([[255, 90, 0]], np.uint8), table])
    indices = data.draw(arrays(np.uint8, (5, 7), elements=st.integers(0, len(table) - 1)))
    transparent = data.draw(st.integers(0, len(table) - 1)) if clear and format in ("PNG", "GIF") else None
    file = indexed_file(table, indices, format, transparent)
    source = PIL.Image.open(io.BytesIO(file)) if as_pil else file
    output = "gif" if format == "GIF" else "png"
    result = pm.compress(source, palette="input", format=output)
    assert result.lossless
    now, again = file_table(result.data)
    assert np.array_equal(now[: len(table)], table)
    assert np.array_equal(again, indices)
    with PIL.Image.open(io.BytesIO(file)) as before, PIL.Image.open(io.BytesIO(result.data)) as after:
        assert np.array_equal(np.asarray(before.convert("RGBA"))[..., 3], np.asarray(after.convert("RGBA"))[..., 3])


@pytest.mark.slow
@settings(max_examples=examples(40), deadline=None)
@given(TABLES, st.sampled_from(["PNG", "GIF"]), st.data())
def test_an_indexed_picture_as_palette_gives_its_table(folder, table, format, data):
    indices = data.draw(arrays(np.uint8, (2, 3), elements=st.integers(0, len(table) - 1)))
    path = folder / "table"
    path.write_bytes(indexed_file(table, indices, format))
    found, _ = file_table(path.read_bytes())  # GIF pads its table
    photo = blobs(1, 48).reshape(6, 8, 3)
    result = pm.compress(photo, palette=str(path), dither="none")
    assert np.array_equal(result.palette.colors, found)


@pytest.mark.slow
@pytest.mark.parametrize("bits", [1, 2, 4, 8])
def test_own_palettes_of_every_depth(bits):
    table = np.arange(3 << bits, dtype=np.uint8).reshape(-1, 3)
    indices = (np.arange(35) % (1 << bits) // 2).astype(np.uint8).reshape(5, 7)
    result = pm.compress(indexed_file(table, indices, "PNG", bits=bits), palette="input", optimize=6)
    now, again = file_table(result.data)
    assert np.array_equal(now, table)
    assert np.array_equal(again, indices)


def test_the_word_is_the_picture_and_a_path_is_a_file(folder, photo, monkeypatch):
    monkeypatch.chdir(folder)
    written(folder, np.array([[1, 2, 3], [200, 100, 0]], np.uint8), "input")
    assert pm.compress(photo, palette="./input").palette.hex == ["#010203", "#c86400"]
    with pytest.raises(pm.SettingsError, match="an array has no palette"):
        pm.compress(photo, palette="input")
    file = io.BytesIO()
    PIL.Image.fromarray(photo).save(file, "PNG")
    with pytest.raises(pm.InputError, match=r"shot\.png: this picture has no palette of its own"):
        pm.compress(file.getvalue(), palette="input", name="shot.png")


def test_bleed_leaves_a_transparent_entry_that_was_given_as_it_is(folder):
    pixels = np.full((2, 2, 4), 255, np.uint8)
    pixels[0, 0] = 0
    path = written(folder, np.array([[9, 9, 9, 0], [255, 255, 255, 255]], np.uint8))
    assert pm.compress(pixels, palette=path).palette.hex == ["#09090900", "#ffffff"]
    with pytest.raises(pm.SettingsError, match="a transparent entry of its own"):
        pm.compress(pixels, palette=path, bleed=True)


@pytest.mark.slow
@pytest.mark.parametrize("format", ["PNG", "TIFF"])
@pytest.mark.parametrize("as_pil", [False, True])
@pytest.mark.parametrize("icc", ["srgb", "keep"])
def test_a_profile_changes_the_own_palette_as_it_changes_pixels(format, as_pil, icc):
    table = np.array([[250, 10, 90], [30, 200, 60], [30, 200, 60], [1, 2, 3], [90, 40, 200]], np.uint8)
    indices = np.array([[0, 2, 1], [3, 0, 2]], np.uint8)
    picture = PIL.Image.fromarray(indices).convert("L")
    picture.putpalette(table.tobytes())
    file = io.BytesIO()
    picture.save(file, format, icc_profile=swapped_profile())
    source = PIL.Image.open(io.BytesIO(file.getvalue())) if as_pil else file.getvalue()
    result = pm.compress(source, palette="input", icc=icc)
    assert result.mse == 0
    assert np.array_equal(result.indices, indices)
    assert np.array_equal(result.palette.colors[indices], decode(file.getvalue(), name="x", icc=icc).image.pixels)
    if icc == "keep":
        assert np.array_equal(result.palette.colors[:5], table)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_an_own_palette_goes_with_a_turned_picture(orientation):
    table = np.random.default_rng(1).integers(0, 256, (16, 3)).astype(np.uint8)
    picture = PIL.Image.fromarray((np.arange(12, dtype=np.uint8)).reshape(3, 4)).convert("L")
    picture.putpalette(table.tobytes())
    data = oriented(picture, orientation, "PNG")
    result = pm.compress(data, palette="input")
    assert np.array_equal(result.palette.colors, table)
    assert np.array_equal(table[result.indices], decode(data, name="x").image.pixels)


@pytest.mark.slow
@pytest.mark.parametrize(
    "knobs",
    [
        {"lossy": 1e-4},
        {"quality": "psnr:20"},
        {"max_bytes": 3000},
        {"optimize": 5},
        {"png_type": "auto"},
        {"space": "rgb"},
        {"masking": "off"},
        {"effort": "best"},
        {"bleed": True},
        {"format": "gif", "lossy": 1e-4},
    ],
)
def test_no_other_setting_changes_the_order(folder, knobs):
    grays = np.array([[200, 200, 200], [0, 0, 0], [90, 90, 90], [200, 200, 200], [255, 255, 255]], np.uint8)
    pixels = blobs(5, 40 * 50, spread=20).reshape(40, 50, 3).mean(axis=2, keepdims=True).astype(np.uint8)
    pixels = np.dstack([pixels, pixels, pixels, np.full(pixels.shape[:2], 255, np.uint8)])
    pixels[:10, :, 3] = 0
    result = pm.compress(pixels, palette=written(folder, grays), **knobs)
    table, indices = file_table(result.data)
    assert np.array_equal(table[:5], grays)
    assert bool((indices[:10] == 5).all())
    assert bool((indices[10:] < 5).all())


@pytest.mark.slow
@settings(max_examples=examples(40), deadline=None)
@given(PICTURES, st.integers(0, 2), DITHERS)
def test_kept_colors_that_fill_the_palette_serve_as_one(pixels, more, dither):
    keep = ["#000000", "#ff8800", "#ffffff"]
    pixels[0, 0, 3], pixels[-1, -1, 3] = 0, 255
    result = pm.compress(pixels, 4 + more, keep=keep, dither=dither, lossy="off")
    if more == 0:
        expected = np.where(pixels[..., 3] < 128, 0, 255) if pixels.shape[:2] != (1, 1) else pixels[..., 3]
        shown = result.palette.rgba[result.indices]
        assert np.array_equal(shown[..., 3], expected)
    assert set(keep) <= set(result.palette.hex)


@pytest.mark.parametrize("free", [1, 2, 9])
def test_free_colors_end_where_the_picture_has_no_more(free):
    table = np.array([[10, 10, 10], [10, 10, 10], [200, 30, 40], [200, 30, 40], [3, 200, 9]], np.uint8)
    picture = PIL.Image.fromarray(np.random.default_rng(0).integers(0, 5, (20, 20), dtype=np.uint8)).convert("L")
    picture.putpalette(table.tobytes())
    result = pm.compress(picture, palette="input", free_colors=free)
    assert result.mse == 0
    assert len(result.palette) >= 5


@pytest.mark.slow
@given(st.integers(1, 12), st.integers(0, 8), st.integers(0, 5), st.booleans(), st.integers(0, 99))
@settings(max_examples=examples(30), deadline=None)
def test_free_colors_are_no_more_than_the_picture_needs(tmp_path_factory, own, missing, free, clear, seed):
    rng = np.random.default_rng(seed)
    colors = np.unique(rng.integers(0, 256, (own + missing, 3), np.uint8), axis=0)
    path = tmp_path_factory.mktemp("given") / "given.hex"
    listed = colors[missing:] if len(colors) > missing else colors
    path.write_text("\n".join(bytes(color).hex() for color in listed))
    pixels = colors[np.arange(64).reshape(8, 8) % len(colors)]
    if clear:
        pixels = np.dstack([pixels, np.full((8, 8), 255, np.uint8)])
        pixels[0, :, 3] = 0
    result = pm.compress(pixels, palette=str(path), free_colors=free)
    others = len(
        set(map(bytes, pixels[pixels[..., -1] > 0][:, :3] if clear else pixels.reshape(-1, 3)))
        - set(map(bytes, listed))
    )
    assert len(result.palette) == len(listed) + clear + min(free, others)
    assert result.lossless or free < others
