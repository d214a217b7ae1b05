"""Every written file, decoded by a foreign decoder, is what we meant."""

import io
import struct
import zlib

import numpy as np
import PIL.Image
import pytest
from helpers import examples
from hypothesis import given, settings
from hypothesis import strategies as st

from pixmeans.codecs import encode, png_writer
from pixmeans.codecs.png_filters import filtered
from pixmeans.codecs.png_order import by_neighbors, ordered_for_png
from pixmeans.errors import OutputError
from pixmeans.image import IndexedImage, Palette
from pixmeans.records import replace

SIZES = [(1, 1), (1, 7), (9, 1), (3, 8), (5, 13), (16, 17), (2, 300)]
COUNTS = [1, 2, 3, 4, 5, 16, 17, 255, 256]


def picture(size=(5, 13), colors=5, alphas=(255,), seed=0, smooth=False, **more):
    """Random distinct colors with alphas drawn from `alphas`, random or smooth indices."""
    random = np.random.default_rng(seed)
    rgba = random.integers(0, 256, (4 * colors + 8, 4), dtype=np.uint8)
    rgba[:, 3] = random.choice(np.array(alphas, np.uint8), len(rgba))
    rgba[rgba[:, 3] == 0] = 0
    _, first = np.unique(rgba, axis=0, return_index=True)
    rgba = rgba[np.sort(first)][:colors]
    if smooth:
        y, x = np.mgrid[: size[0], : size[1]]
        indices = (x + y) // 3 % len(rgba)
    else:
        indices = random.integers(0, len(rgba), size)
    return IndexedImage(Palette(rgba), indices.astype(np.uint8), **more)


def meant(indexed):
    return indexed.palette.rgba[indexed.indices]


def decoded(data):
    with PIL.Image.open(io.BytesIO(data)) as file:
        return np.asarray(file.convert("RGBA"))


def chunks(data):
    """Kind and body of each chunk of a PNG, checksums checked."""
    at = 8
    while at < len(data):
        length, kind = struct.unpack_from(">I4s", data, at)
        body = data[at + 8 : at + 8 + length]
        assert zlib.crc32(kind + body) == struct.unpack_from(">I", data, at + 8 + length)[0]
        yield kind, body
        at += 12 + length


pictures = st.builds(
    picture,
    size=st.sampled_from(SIZES) | st.tuples(st.integers(1, 20), st.integers(1, 20)),
    colors=st.sampled_from(COUNTS) | st.integers(1, 256),
    alphas=st.sampled_from([(255,), (0, 255), (0, 1, 127, 128, 254, 255), (77,)]),
    seed=st.integers(0, 99),
    smooth=st.booleans(),
)


@given(pictures, st.integers(0, 4))
def test_every_written_png_decodes_to_what_we_meant(indexed, optimize):
    data = encode(indexed, "png", optimize=optimize, png_type="indexed")
    assert (decoded(data) == meant(indexed)).all()
    found = dict(chunks(data))
    assert found[b"IHDR"][8:10] == bytes([indexed.bits, 3])
    assert len(found[b"PLTE"]) == 3 * len(indexed.palette)
    translucent = int((indexed.palette.rgba[:, 3] < 255).sum())
    assert len(found.get(b"tRNS", b"")) in (translucent, translucent + 1)  # see below


@pytest.mark.parametrize("alpha", [9, 10, 13, 254])
@pytest.mark.parametrize("kind", ["auto", "indexed"])
@pytest.mark.parametrize("k", [2, 3])
def test_pillow_sees_every_alpha(alpha, kind, k):
    colors = np.array([[0, 0, 0, 0], [0, 0, 0, alpha], [234, 234, 234, 255]], np.uint8)[:k]
    indexed = IndexedImage(Palette(colors), np.array([[0, 1, k - 1, 1]], np.uint8))
    assert (decoded(encode(indexed, "png", png_type=kind)) == meant(indexed)).all()


@pytest.mark.parametrize("levels", [(0, 255), (0, 85, 255), (17, 34, 51, 68)])
def test_foreign_readers_see_which_gray_is_transparent(levels):
    colors = np.array([[level, level, level, 255] for level in levels], np.uint8)
    colors[0, 3] = 0
    indexed = IndexedImage(Palette(colors), np.arange(64, dtype=np.uint8).reshape(8, 8) % len(levels))
    for kind in ("auto", "gray"):
        data = encode(indexed, "png", png_type=kind)
        assert (decoded(data) == meant(indexed)).all()
        assert data[25] != 0 or data[24] == 8


@pytest.mark.slow
@settings(max_examples=examples(20), deadline=None)
@given(pictures, st.integers(5, 6))
def test_oxipng_changes_neither_pixels_nor_palette_nor_depth(indexed, optimize):
    data = encode(indexed, "png", optimize=optimize, png_type="indexed")
    assert (decoded(data) == meant(indexed)).all()
    found = dict(chunks(data))
    assert found[b"IHDR"][8:] == bytes([indexed.bits, 3, 0, 0, 0])
    entries = np.frombuffer(found[b"PLTE"], np.uint8).reshape(-1, 3)
    assert sorted(map(bytes, entries)) == sorted(map(bytes, indexed.palette.rgba[:, :3]))


@pytest.mark.slow
def test_a_byte_an_index_is_written_where_that_is_smaller():
    rng = np.random.default_rng(1)
    gray = np.repeat(np.arange(16, dtype=np.uint8)[:, None] * 17, 3, axis=1)
    row = rng.integers(0, 16, 161).astype(np.uint8)
    moving = np.stack([np.roll(row, y) for y in range(120)])  # every other row begins in the middle of a byte
    flat = np.repeat(np.sort(moving, axis=1)[:, ::2], 2, axis=1)
    moving, flat = (IndexedImage(Palette(gray), indices) for indices in (moving, flat))
    depths = []
    for indexed in (moving, flat):
        data = encode(indexed, "png", optimize=6, png_type="indexed")
        assert (decoded(data) == meant(indexed)).all()
        depths.append(dict(chunks(data))[b"IHDR"][8])
        less, least = (len(encode(indexed, "png", optimize=optimize, png_type="indexed")) for optimize in (2, 0))
        assert len(data) <= less <= least
    assert depths == [8, 4]


@pytest.mark.slow
@settings(max_examples=examples(25), deadline=None)
@given(pictures)
def test_more_effort_never_makes_a_png_larger(indexed):
    sizes = [len(encode(indexed, "png", optimize=level)) for level in range(7)]
    assert sizes == sorted(sizes, reverse=True)


@pytest.mark.slow
@settings(deadline=None)
@given(pictures, st.sampled_from([0, 2, 6]))
def test_every_written_webp_decodes_to_what_we_meant(indexed, optimize):
    assert (decoded(encode(indexed, "webp", optimize=optimize)) == meant(indexed)).all()


@given(pictures)
def test_every_written_gif_decodes_to_what_we_meant_with_alpha_cut_at_128(indexed):
    data = encode(indexed, "gif")
    assert data.startswith(b"GIF89a")
    wanted = meant(indexed)
    result = decoded(data)
    clear = wanted[..., 3] < 128
    assert (result[..., 3] == np.where(clear, 0, 255)).all()
    assert (result[..., :3] == wanted[..., :3])[~clear].all()


@pytest.mark.parametrize("colors", [2, 3, 16, 256])
def test_a_large_gif_survives_full_code_tables(colors):
    indexed = picture((300, 211), colors)
    assert (decoded(encode(indexed, "gif")) == meant(indexed)).all()


@pytest.mark.parametrize("format", ["png", "webp", "gif"])
def test_the_same_picture_gives_the_same_bytes(format):
    indexed = picture((40, 50), 200, (0, 100, 255))
    assert encode(indexed, format, optimize=5) == encode(indexed, format, optimize=5)


def test_transparent_entries_come_first_and_the_rest_by_lightness():
    palette = Palette(np.array([[255, 255, 255, 255], [9, 9, 9, 255], [5, 5, 5, 128], [0, 0, 0, 0]], np.uint8))
    ordered = ordered_for_png(IndexedImage(palette, np.array([[0, 1, 2, 3]], np.uint8)))
    assert ordered.palette.rgba.tolist() == [
        [0, 0, 0, 0],
        [5, 5, 5, 128],
        [9, 9, 9, 255],
        [255, 255, 255, 255],
    ]
    assert ordered.indices.tolist() == [[3, 2, 1, 0]]


def test_weights_move_with_their_entries():
    palette = Palette(np.array([[200, 200, 200], [1, 1, 1]], np.uint8), np.array([7, 2]))
    ordered = ordered_for_png(IndexedImage(palette, np.zeros((1, 1), np.uint8)))
    assert ordered.palette.weights is not None
    assert ordered.palette.weights.tolist() == [2, 7]


def test_neighbors_in_the_picture_become_neighbors_in_the_palette():
    colors = np.array([[i, i, i] for i in range(6)], np.uint8)
    path = np.array([[3, 0, 5, 1, 4, 2] * 4], np.uint8)[:, :6]
    indices = np.repeat(np.repeat(path, 3, axis=1), 2, axis=0)
    result = by_neighbors(IndexedImage(Palette(colors), indices))
    steps = np.abs(np.diff(result.indices.astype(int), axis=1))
    assert steps.max() == 1
    assert (result.to_image().pixels == colors[indices]).all()


@pytest.mark.parametrize("kind", range(5))
@pytest.mark.parametrize("height", [1, 2, 255, 256, 257, 513])
def test_filters_are_those_of_the_standard(kind, height):
    rows = np.random.default_rng(kind).integers(0, 256, (height, 8), dtype=np.uint8)
    rows[:, 0] = 0
    body = zlib.compress(filtered(rows, kind).tobytes())
    header = struct.pack(">IIBBBBB", 7, height, 8, 0, 0, 0, 0)
    file = b"\x89PNG\r\n\x1a\n"
    for name, data in ((b"IHDR", header), (b"IDAT", body), (b"IEND", b"")):
        file += struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
    with PIL.Image.open(io.BytesIO(file)) as picture_:
        assert (np.asarray(picture_) == rows[:, 1:]).all()


@pytest.mark.slow
def test_a_smooth_picture_gains_from_filters():
    y, x = np.mgrid[:200, :256]
    ramp = Palette(np.repeat(np.arange(256, dtype=np.uint8)[:, None], 3, axis=1))
    indexed = IndexedImage(ramp, ((x * 3 + y * 5) % 256).astype(np.uint8))
    less, more = (len(encode(indexed, "png", optimize=optimize, png_type="indexed")) for optimize in (2, 1))
    assert less < 0.9 * more


def heatmap(width, height):
    """A smooth field, in colors whose order by lightness is another one than theirs."""
    y, x = np.mgrid[:height, :width]
    field = 127.5 + 60 * np.sin(x / 37 + y / 90) + 60 * np.cos(y / 29)
    turn = np.arange(256) / 256 * 2 * np.pi
    colors = 128 + 100 * np.sin(turn[:, None] + [0, 2.1, 4.2])
    return IndexedImage(Palette(colors.astype(np.uint8)), field.astype(np.uint8))


def test_neighboring_colors_stand_side_by_side_where_filters_gain_from_it(monkeypatch):
    picture = heatmap(400, 300)
    data = encode(picture, "png", optimize=2)
    assert (decoded(data) == meant(picture)).all()
    kept = encode(replace(picture, in_order=True), "png", optimize=2)
    assert kept[kept.index(b"PLTE") + 4 :].startswith(picture.palette.colors.tobytes())
    monkeypatch.setattr(png_writer, "by_neighbors", lambda image: image)
    assert len(data) < 0.8 * len(encode(picture, "png", optimize=2))


@pytest.mark.parametrize("optimize", [2, 3])
def test_flat_pictures_are_packed_as_well_as_can_be(optimize):
    y, x = np.mgrid[:400, :600]
    indices = (x // 13 * 7 + y // 9 * 5 + (x * y // 40) % 7 // 6).astype(np.uint8) % 50
    picture = IndexedImage(Palette(heatmap(2, 2).palette.colors[::5][:50]), indices)
    data = encode(picture, "png", optimize=optimize)
    assert (decoded(data) == meant(picture)).all()
    assert len(data) <= len(encode(picture, "png", optimize=4))


def test_resolution_and_profile_are_written():
    from PIL import ImageCms

    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    data = encode(picture(icc=profile, dpi=(300.0, 150.0)), "png")
    assert b"sRGB" not in dict(chunks(data))
    with PIL.Image.open(io.BytesIO(data)) as file:
        assert file.info["icc_profile"] == profile
        assert file.info["dpi"] == pytest.approx((300, 150), abs=0.02)
    with PIL.Image.open(io.BytesIO(encode(picture(icc=profile), "webp"))) as file:
        assert file.info["icc_profile"] == profile
    assert dict(chunks(encode(picture(), "png")))[b"sRGB"] == b"\0"


@pytest.mark.parametrize(("format", "side"), [("webp", 16384), ("gif", 65536)])
def test_a_format_that_is_too_small_is_refused_with_the_way_out(format, side):
    indexed = IndexedImage(Palette(np.zeros((1, 3), np.uint8)), np.zeros((1, side), np.uint8))
    with pytest.raises(OutputError, match=r"PNG \(--format png\)"):
        encode(indexed, format)


def test_of_many_bytes_the_middle_rows_tell_the_level(monkeypatch):
    y, x = np.mgrid[:160, :200]
    flat = ((x // 40 + y // 50) % 7).astype(np.uint8)
    noisy = np.random.default_rng(3).integers(0, 200, (160, 200), np.uint8)
    colors = np.repeat(np.arange(200, dtype=np.uint8)[:, None], 3, axis=1)
    for indices in (flat, noisy):
        image = IndexedImage(Palette(colors), indices)
        small = encode(image, "png", optimize=2)
        monkeypatch.setattr(png_writer, "_LARGE", 1 << 10)
        large = encode(image, "png", optimize=2)
        monkeypatch.undo()
        assert np.array_equal(np.asarray(PIL.Image.open(io.BytesIO(large)).convert("RGB")), colors[indices])
        assert len(large) <= 1.05 * len(small)
