"""Colors of fully transparent pixels: kept with the flag, in every way to indices; else dropped, and said."""

import io

import numpy as np
import PIL.Image
import pytest
from helpers import examples
from hypothesis import given, settings
from hypothesis import strategies as st

import pixmeans as pm
from pixmeans.choices import COLOR_BITS
from pixmeans.quantize.color_bits import shown_colors


def picture(visible, hidden, seed, height=24, width=30):
    """(h, w, 4): the left half opaque, the right half transparent, each of so many colors."""
    rng = np.random.default_rng(seed)
    pixels = np.zeros((height, width, 4), np.uint8)
    for part, count, alpha in ((slice(0, width // 2), visible, 255), (slice(width // 2, width), hidden, 0)):
        colors = rng.permutation(np.unique(rng.integers(0, 256**3, 4 * count + 8)))[:count]
        rows = rng.integers(0, count, (height, width // 2))
        rows.flat[:count] = np.arange(count)
        chosen = colors[rows]
        pixels[:, part, :3] = np.stack([chosen >> 16, chosen >> 8 & 255, chosen & 255], axis=2)
        pixels[:, part, 3] = alpha
    return pixels


def shown(result):
    with PIL.Image.open(io.BytesIO(result.data)) as file:
        return np.asarray(file.convert("RGBA"))


@pytest.mark.slow
@given(
    st.integers(1, 60), st.integers(1, 60), st.integers(0, 99), st.sampled_from(["png", "webp"]), st.integers(2, 256)
)
@settings(max_examples=examples(40), deadline=None)
def test_hidden_colors_count_and_are_kept(visible, hidden, seed, format, k):
    pixels = picture(visible, hidden, seed)
    result = pm.compress(pixels, k, format=format, keep_hidden_colors=True)
    found = shown(result)
    assert np.array_equal(found[..., 3], pixels[..., 3])
    assert len(np.unique(found.reshape(-1, 4), axis=0)) <= len(result.palette) <= k
    under = found[pixels[..., 3] == 0]
    if visible + hidden <= k:
        assert np.array_equal(found, pixels)
        assert result.lossless
    else:
        left = len(np.unique(under, axis=0))
        assert 1 <= left <= max(1, k // 2, k - visible)
        assert not result.lossless
        assert (f"{hidden} colors of transparent pixels became {left}" in result.losses) == (left < hidden)
        # Nearest entries: no worse than one color for all.
        wanted = pixels[pixels[..., 3] == 0][:, :3].astype(float)
        error = ((under[:, :3] - wanted) ** 2).sum(axis=1).mean()
        assert error <= ((wanted - wanted.mean(axis=0)) ** 2).sum(axis=1).mean() * 1.2 + 3


@pytest.mark.slow
@pytest.mark.parametrize(
    "knobs",
    [
        {"k": 20},
        {"k": 20, "dither": "floyd-steinberg"},
        {"k": 20, "lossy": 1e-4},
        {"quality": "psnr:30"},
        {"max_bytes": 3000},
        {"k": 20, "keep": "#123456"},
        {"k": 20, "space": "rgb", "dither": "none"},
        {"k": 20, "format": "auto"},
    ],
)
def test_every_way_to_indices_keeps_them(knobs, photo_with_alpha):
    pixels = photo_with_alpha.copy()
    clear = pixels[..., 3] == 0
    assert clear.any()
    pixels[clear, :3] = np.where(np.arange(int(clear.sum()))[:, None] % 2, [200, 10, 60], [1, 2, 3])
    result = pm.compress(pixels, keep_hidden_colors=True, **knobs)
    found = shown(result)
    assert np.array_equal(found[clear], pixels[clear])
    assert (found[~clear, 3] > 0).all()
    assert len(result.palette) <= knobs.get("k", 256)
    plain = pm.compress(pixels, **knobs)
    assert (shown(plain)[clear] == 0).all()
    assert any("colors of fully transparent pixels" in detail for detail in plain.details)


def test_given_palettes_get_entries_for_them(photo_with_alpha, tmp_path):
    (tmp_path / "p.hex").write_text("#000000 #ffffff #808080")
    pixels = photo_with_alpha.copy()
    clear = pixels[..., 3] == 0
    pixels[clear, :3] = [7, 8, 9]
    found = shown(pm.compress(pixels, palette=tmp_path / "p.hex", keep_hidden_colors=True))
    assert np.array_equal(found[clear], pixels[clear])
    (tmp_path / "full.hex").write_text(" ".join(f"#{i:02x}{i:02x}00" for i in range(256)))
    with pytest.raises(pm.SettingsError, match="transparent pixels need one of the 256"):
        pm.compress(pixels, palette=tmp_path / "full.hex", keep_hidden_colors=True)


def test_gif_has_no_place_for_them_and_says_so():
    result = pm.compress(picture(5, 5, 1), format="gif", keep_hidden_colors=True)
    assert "GIF cannot hold colors of transparent pixels: dropped" in result.notes
    assert len(result.palette) == 6


@pytest.mark.slow
def test_opaque_pictures_do_not_change(photo):
    assert pm.compress(photo, 8, keep_hidden_colors=True).data == pm.compress(photo, 8).data


@pytest.mark.slow
@given(st.integers(1, 20), st.integers(1, 40), st.integers(0, 99), st.sampled_from(list(COLOR_BITS)))
@settings(max_examples=examples(25), deadline=None)
def test_hidden_colors_are_those_a_display_shows_and_changes_are_told(visible, hidden, seed, color_bits):
    pixels = picture(visible, hidden, seed)
    result = pm.compress(pixels, 256, keep_hidden_colors=True, color_bits=color_bits)
    where = pixels[..., 3] == 0
    found = shown(result)[where]
    assert np.array_equal(shown_colors(found[:, :3], color_bits), found[:, :3])
    told = [one for one in result.losses if "colors of transparent pixels became" in one or one.startswith("1 color")]
    assert bool(told) is not np.array_equal(found, pixels[where])
    if told:
        there, left = (len(np.unique(one, axis=0)) for one in (pixels[where], found))
        assert told[0].startswith(f"{there} color")
        assert f"became {left}" in told[0]


@pytest.mark.slow
@given(st.integers(2, 40), st.integers(0, 99))
@settings(max_examples=examples(15), deadline=None)
def test_hidden_colors_are_counted_where_they_are(hidden, seed):
    pixels = picture(4, hidden, seed)
    pixels[::2, :6, 3] = 100  # below the threshold: transparent in the result, and not in the picture
    result = pm.compress(pixels, 8, keep_hidden_colors=True, alpha_threshold=128)
    where = pixels[..., 3] == 0
    found = shown(result)[where]
    there, left = (len(np.unique(one, axis=0)) for one in (pixels[where], found))
    told = [one for one in result.losses if "of transparent pixels" in one]
    if np.array_equal(found, pixels[where]):
        assert told == []
    else:
        others = " others" * (there == left)
        assert told == [f"{there} colors of transparent pixels became {left}{others}"]


def indexed_file(pixels):
    """A PNG of indices, an entry for each color of (h, w, 4), transparent ones included."""
    colors, indices = np.unique(pixels.reshape(-1, 4), axis=0, return_inverse=True)
    picture = PIL.Image.fromarray(indices.reshape(pixels.shape[:2]).astype(np.uint8))
    picture.putpalette(np.ascontiguousarray(colors[:, :3]).tobytes())
    stream = io.BytesIO()
    picture.save(stream, "PNG", transparency=bytes(colors[:, 3].tolist()))
    return stream.getvalue(), colors, indices.reshape(pixels.shape[:2])


@pytest.mark.parametrize(("visible", "hidden"), [(10, 1), (5, 11), (200, 56)])
def test_hidden_colors_that_a_palette_has_keep_its_entries(visible, hidden):
    pixels = picture(visible, hidden, 4)
    data, colors, indices = indexed_file(pixels)
    result = pm.compress(data, palette="input", keep_hidden_colors=True)
    assert np.array_equal(result.palette.rgba, colors)
    assert np.array_equal(result.indices, indices)
    assert np.array_equal(shown(result), pixels)
    with PIL.Image.open(io.BytesIO(result.data)) as file:
        assert np.array_equal(np.asarray(file), indices)


def test_hidden_colors_that_a_given_palette_lacks_stand_behind_it(tmp_path):
    pixels = picture(4, 3, 7)
    under = np.unique(pixels[pixels[..., 3] == 0], axis=0)
    seen = np.unique(pixels[pixels[..., 3] > 0], axis=0)
    path = tmp_path / "given.hex"
    path.write_text("".join(f"#{bytes(color).hex()}\n" for color in [*seen, under[1]]))
    result = pm.compress(pixels, palette=str(path), keep_hidden_colors=True)
    assert np.array_equal(result.palette.rgba[:5], [*seen, under[1]])
    assert sorted(map(tuple, result.palette.rgba[5:].tolist())) == sorted(map(tuple, under[[0, 2]].tolist()))
    assert np.array_equal(shown(result), pixels)
