"""Pictures that are read window by window: the same pixels as a whole reading gives."""

from __future__ import annotations

import contextlib
import io
from pathlib import Path

import numpy as np
import PIL.Image
import pytest
import tifffile
import zarr
from helpers import blobs
from hypothesis import given
from hypothesis import strategies as st

import pixmeans as pm
from pixmeans.codecs.png_filters import filtered
from pixmeans.distribute.tiled import open_tiled
from pixmeans.distribute.windows import ALIGNED, About, Window
from pixmeans.kernels.unfilter import unfilter

HEIGHT, WIDTH = 150, 170


def picture(channels: int = 3, dtype: type = np.uint8) -> np.ndarray:
    pixels = blobs(channels, HEIGHT * WIDTH, max(channels, 3), spread=30).reshape(HEIGHT, WIDTH, -1)[..., :channels]
    return pixels.astype(dtype) * (257 if dtype is np.uint16 else 1)


def whole(path: Path) -> np.ndarray:
    """All windows, put together."""
    with contextlib.closing(open_tiled(path)) as tiled:
        about = tiled.about
        found = np.zeros((about.height, about.width, 4 if about.has_alpha else 3), np.uint8)
        for window in about.windows(16, 3000):
            found[window.top : window.bottom, window.left : window.right] = tiled.read(window)
    return found


@given(
    st.integers(1, 3000),
    st.integers(1, 3000),
    st.tuples(st.integers(1, 700), st.integers(1, 700)),
    st.booleans(),
    st.sampled_from([1, 16, 512]),
    st.integers(1, 1 << 20),
)
def test_windows_cover_every_pixel_once_and_meet_at_the_grid(height, width, unit, in_order, output, pixels):
    about = About("x", height, width, unit=(1, width) if in_order else unit, in_order=in_order)
    windows = list(about.windows(output, pixels))
    assert sum(window.pixels for window in windows) == height * width
    assert len({(window.top, window.left) for window in windows}) == len(windows)
    for window in windows:
        assert window.top % ALIGNED == window.left % ALIGNED == 0
        assert window.top % output == window.left % output == 0
        assert 0 <= window.top < window.bottom <= height
        assert 0 <= window.left < window.right <= width
    assert windows == sorted(windows, key=lambda window: (window.top, window.left))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("compression", "predictor"),
    [
        (None, False),
        ("packbits", False),
        *((name, both) for name in ("deflate", "lzw", "zstd") for both in (False, True)),
    ],
)
@pytest.mark.parametrize("layout", [{"tile": (64, 48)}, {"rowsperstrip": 7}, {"rowsperstrip": HEIGHT}])
def test_tiff_layouts_give_the_same_pixels(tmp_path, compression, layout, predictor):
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, picture(), photometric="rgb", compression=compression, predictor=predictor, **layout)
    assert np.array_equal(whole(path), picture())


@pytest.mark.parametrize("bigtiff", [False, True])
@pytest.mark.parametrize("byteorder", ["<", ">"])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_byte_orders_and_16_bits(tmp_path, bigtiff, byteorder, dtype):
    path = tmp_path / "a.tif"
    tifffile.imwrite(
        path,
        picture(3, dtype),
        photometric="rgb",
        bigtiff=bigtiff,
        byteorder=byteorder,
        tile=(32, 32),
        compression="zlib",
    )
    assert np.array_equal(whole(path), picture())


def test_planes_gray_inverted_gray_and_palettes(tmp_path):
    path, gray = tmp_path / "a.tif", picture(1)[..., 0]
    three = np.repeat(gray[..., None], 3, axis=2)
    tifffile.imwrite(path, np.moveaxis(picture(), 2, 0), photometric="rgb", planarconfig="separate", tile=(48, 64))
    assert np.array_equal(whole(path), picture())
    tifffile.imwrite(path, gray, photometric="minisblack", tile=(48, 64))
    assert np.array_equal(whole(path), three)
    tifffile.imwrite(path, 255 - gray, photometric="miniswhite", rowsperstrip=5)
    assert np.array_equal(whole(path), three)
    colors = np.random.default_rng(0).integers(0, 256, (3, 256)).astype(np.uint16) * 257
    tifffile.imwrite(path, gray, photometric="palette", colormap=colors, tile=(32, 32))
    assert np.array_equal(whole(path), (colors.T >> 8).astype(np.uint8)[gray])


def test_alpha_becomes_all_or_nothing_and_nodata_nothing(tmp_path):
    path, pixels = tmp_path / "a.tif", picture(4)
    tifffile.imwrite(path, pixels, photometric="rgb", extrasamples=["unassalpha"], tile=(32, 32))
    found, seen = whole(path), pixels[..., 3] >= 128
    assert np.array_equal(found[..., 3] == 255, seen)
    assert np.array_equal(found[seen][:, :3], pixels[seen][:, :3])
    assert (found[~seen] == 0).all()
    pixels = picture(3)
    pixels[20:60, 30:90] = 7
    tifffile.imwrite(path, pixels, photometric="rgb", tile=(32, 32), extratags=[(42113, 2, 2, "7\0", True)])
    found = whole(path)
    assert (found[20:60, 30:90] == 0).all()
    assert np.array_equal(found[:20, :, :3], pixels[:20])
    assert (found[:20, :, 3] == 255).all()


def test_the_first_of_the_levels_of_a_pyramid_is_read(tmp_path):
    path = tmp_path / "a.ome.tif"
    with tifffile.TiffWriter(path, ome=True) as file:
        file.write(picture(), photometric="rgb", tile=(32, 32), subifds=1, metadata={"axes": "YXS"})
        file.write(picture()[::2, ::2], photometric="rgb", tile=(32, 32), subfiletype=1)
    assert np.array_equal(whole(path), picture())


@pytest.mark.slow
@pytest.mark.parametrize("channels", [0, 1, 3, 4])
def test_zarr_arrays_and_groups(tmp_path, channels):
    pixels = picture(max(channels, 1)) if channels else picture(1)[..., 0]
    array = zarr.create_array(tmp_path / "a.zarr", shape=pixels.shape, chunks=(50, 40, 9)[: pixels.ndim], dtype="uint8")
    array[:] = pixels
    found = whole(tmp_path / "a.zarr")
    opaque = found[..., 3] == 255 if channels == 4 else np.ones(found.shape[:2], bool)
    colors = pixels[..., :3] if channels >= 3 else np.repeat(pixels.reshape(HEIGHT, WIDTH, 1), 3, axis=2)
    assert np.array_equal(found[opaque][:, :3], colors[opaque])
    group = zarr.open_group(tmp_path / "g.zarr", mode="w")
    for name, step in (("1", 2), ("0", 1)):
        part = pixels[::step, ::step]
        group.create_array(name, shape=part.shape, chunks=part.shape, dtype="uint8")[:] = part
    assert np.array_equal(whole(tmp_path / "g.zarr"), found)


MODES = ["L", "LA", "P", "RGB", "RGBA", "I;16"]


@pytest.mark.parametrize("mode", MODES)
def test_png_strips_are_what_pillow_reads(tmp_path, mode):
    path = tmp_path / "a.png"
    if mode == "I;16":
        gray = picture(1)[..., 0].astype(np.uint16) * 257
        PIL.Image.fromarray(gray).save(path)
        expected = np.repeat((gray // 257).astype(np.uint8)[..., None], 3, axis=2)
    else:
        image = PIL.Image.fromarray(picture(4), "RGBA") if "A" in mode else PIL.Image.fromarray(picture())
        image = image.convert(mode)
        image.save(path)
        expected = np.asarray(image.convert("RGBA" if "A" in mode else "RGB"))
    found = whole(path)
    seen = expected[..., 3] >= 128 if expected.shape[2] == 4 else np.ones(expected.shape[:2], bool)
    assert np.array_equal(found[seen][:, :3], expected[seen][:, :3])
    if expected.shape[2] == 4:
        assert (found[~seen] == 0).all()


def test_a_second_pass_begins_anew_and_rows_come_in_order(tmp_path):
    path = tmp_path / "a.png"
    PIL.Image.fromarray(picture()).save(path)
    with contextlib.closing(open_tiled(path)) as tiled:
        first = tiled.read(Window(0, 64, 0, WIDTH))
        with pytest.raises(ValueError, match="from the top down"):
            tiled.read(Window(128, HEIGHT, 0, WIDTH))
        assert np.array_equal(tiled.read(Window(0, 64, 0, WIDTH)), first)
        assert np.array_equal(tiled.read(Window(64, HEIGHT, 0, WIDTH)), picture()[64:])


def test_windows_of_a_png_may_begin_a_little_above_the_end_of_the_last(tmp_path):
    path = tmp_path / "a.png"
    PIL.Image.fromarray(picture()).save(path)
    with contextlib.closing(open_tiled(path)) as tiled:
        for top in range(0, HEIGHT, 40):
            around = Window(top, min(top + 40, HEIGHT), 0, WIDTH).around(3, tiled.about)
            assert np.array_equal(tiled.read(around), picture()[around.top : around.bottom])
        tiled.read(Window(0, 64, 0, WIDTH))
        with pytest.raises(ValueError, match="from the top down"):
            tiled.read(Window(57, 80, 0, WIDTH))


@given(st.integers(1, 6), st.integers(1, 40), st.sampled_from([1, 2, 3, 4, 6, 8]), st.integers(0, 2**32))
def test_unfilter_takes_away_what_filters_did(height, columns, pixel_bytes, seed):
    random = np.random.default_rng(seed)
    rows = np.zeros((height, 1 + columns * pixel_bytes), np.uint8)
    rows[:, 1:] = random.integers(0, 256, (height, columns * pixel_bytes))
    packed = np.concatenate(
        [
            filtered(rows, kind, pixel_bytes)[number : number + 1]
            for number, kind in enumerate(random.integers(0, 5, height))
        ]
    )
    for cut in range(height + 1):  # in one part or in two
        mine, above = packed.copy(), np.zeros(columns * pixel_bytes, np.uint8)
        assert unfilter(mine[:cut], above, pixel_bytes) == unfilter(mine[cut:], above, pixel_bytes) == -1
        assert np.array_equal(mine[:, 1:], rows[:, 1:])


def test_unfilter_names_the_row_of_a_filter_that_does_not_exist():
    rows = np.zeros((4, 7), np.uint8)
    rows[2, 0] = 5
    assert unfilter(rows, np.zeros(6, np.uint8), 3) == 2
    for above, pixel_bytes in ((np.zeros(5, np.uint8), 3), (np.zeros(6, np.uint8), 0), (np.zeros(6, np.uint8), 9)):
        with pytest.raises(ValueError, match="above"):
            unfilter(rows, above, pixel_bytes)


def test_damaged_files_are_one_line_that_names_them(tmp_path):
    path = tmp_path / "a.png"
    PIL.Image.fromarray(picture()).save(path)
    data = path.read_bytes()
    for broken in (data[:20], data[:40], data[: len(data) // 2], data.replace(b"IDAT", b"IDOT", 1)):
        path.write_bytes(broken)
        with pytest.raises(pm.InputError, match=str(path)):
            whole(path)
    file = io.BytesIO()
    PIL.Image.fromarray(picture()).save(file, "PNG", interlace=1)
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, picture(), photometric="rgb", compression="deflate", tile=(64, 64))
    data = bytearray(path.read_bytes())
    with tifffile.TiffFile(path) as tiff:
        offset = tiff.pages[0].dataoffsets[2]
    data[offset : offset + 40] = bytes(40)
    path.write_bytes(data)
    with pytest.raises(pm.InputError, match="block 2 is damaged"):
        whole(path)
    path.write_bytes(data[:100])
    with pytest.raises(pm.InputError, match=str(path)):
        whole(path)


@pytest.mark.parametrize(
    ("name", "data", "word"),
    [
        ("a.jpg", b"\xff\xd8\xff\xe0" + bytes(50), "only TIFF, PNG and Zarr"),
        ("a.bin", b"", "only TIFF, PNG and Zarr"),
        ("none.tif", None, "cannot be opened"),
        ("none.zarr", None, "cannot be read"),
    ],
)
def test_other_files_are_refused(tmp_path, name, data, word):
    if data is not None:
        (tmp_path / name).write_bytes(data)
    with pytest.raises(pm.InputError, match=word):
        open_tiled(tmp_path / name)


def test_what_has_other_samples_is_refused(tmp_path):
    path = tmp_path / "a.tif"
    for samples in (picture(1)[..., 0].astype(np.float32), picture(1)[..., 0].astype(np.int16)):
        tifffile.imwrite(path, samples, photometric="minisblack")
        with pytest.raises(pm.InputError, match="8 or 16 bits"):
            open_tiled(path)
    tifffile.imwrite(path, picture(4), photometric="separated")
    with pytest.raises(pm.InputError, match="SEPARATED"):
        open_tiled(path)
