"""Pictures that are larger than memory: the palette of all pixels, whatever the windows; and runs that are killed."""

from __future__ import annotations

import functools
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import PIL.Image
import pytest
import tifffile
import zarr
from helpers import blobs

import pixmeans as pm
from pixmeans.__main__ import main
from pixmeans.color.spaces import SPACES
from pixmeans.distribute import compress_tiled, gigapixel, windows
from pixmeans.distribute.gigapixel import Estimate
from pixmeans.distribute.passes import ColorCount, at_once, count, local
from pixmeans.image import Image
from pixmeans.quantize.dither import dither
from pixmeans.quantize.palette_design import design_palette
from pixmeans.quantize.prepared import PreparedImage

HEIGHT, WIDTH = 540, 600  # more than a block of 512 x 512


@functools.cache
def _pixels() -> np.ndarray:
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    noise = np.random.default_rng(0).integers(0, 9, (HEIGHT, WIDTH, 3))
    base = np.stack([60 + 120 * y // HEIGHT, 90 + 90 * x // WIDTH, 200 - 150 * y // HEIGHT], axis=2)
    return (base + noise).astype(np.uint8)


def pixels_of() -> np.ndarray:
    """A sky over a meadow, of some thousand colors."""
    return _pixels().copy()


@pytest.fixture
def slide(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(tmp_path)
    tifffile.imwrite("slide.tif", pixels_of(), photometric="rgb", tile=(128, 128), compression="deflate")
    return "slide.tif"


@pytest.fixture(autouse=True)
def _small_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that some lie beside each other."""
    monkeypatch.setattr(gigapixel, "_window_pixels", lambda memory: 512 * 512)


def read(path: str) -> tuple[np.ndarray, np.ndarray]:
    """Indices (h, w) and colors (256, 3)."""
    if path.endswith(".zarr"):
        array = zarr.open_array(path, mode="r")
        return array[:], np.array(array.attrs["palette"], np.uint8)[:, :3]
    with tifffile.TiffFile(path) as file:
        page = file.pages[0]
        assert page.is_tiled
        return page.asarray(), (page.colormap.T >> 8).astype(np.uint8)


@pytest.mark.slow
@pytest.mark.parametrize("output", ["out.tif", "out.zarr"])
@pytest.mark.parametrize("kind", ["tif", "png", "zarr"])
def test_the_palette_is_that_of_all_pixels_and_each_has_its_nearest_entry(slide, output, kind):
    if kind == "png":
        PIL.Image.fromarray(pixels_of()).save("slide.png")
    if kind == "zarr":
        zarr.create_array("slide.zarr", shape=(HEIGHT, WIDTH, 3), chunks=(200, 300, 3), dtype="uint8")[:] = pixels_of()
    found = compress_tiled(f"slide.{kind}", output, 24)
    alone = pm.palette(pm.count_colors(pixels_of()), 24, space="oklab")
    assert found.palette.hex == alone.hex
    indices, colors = read(output)
    histogram = pm.count_colors(pixels_of())
    difference = colors[indices].astype(int) - pixels_of()
    assert found.mse == pytest.approx((difference**2).sum(axis=2).mean())
    nearest = dither(pixels_of(), found.palette.colors, SPACES["oklab"], "none", histogram=histogram)
    grid = SPACES["oklab"].to_grid(found.palette.colors).astype(int)
    own = SPACES["oklab"].to_grid(histogram.colors).astype(int)
    assert len(own) > 1000
    assert (indices == nearest).mean() > 0.999  # of two that are equally near any may serve
    assert len(grid) == 24
    assert not os.path.exists(output + ".part")
    assert (found.pixels, found.resumed) == (HEIGHT * WIDTH, 0)


@pytest.mark.slow
@pytest.mark.parametrize("method", ["bayer", "blue-noise"])
def test_masks_meet_at_the_edges_of_windows(slide, method):
    found = compress_tiled(slide, "out.tif", 8, dither=method)
    whole = dither(pixels_of(), found.palette.colors, SPACES["oklab"], method)
    assert np.array_equal(read("out.tif")[0], whole)


@pytest.mark.slow
def test_transparent_pixels_have_an_entry_and_places_on_earth_are_kept(slide):
    pixels = pixels_of()
    pixels[100:300, 200:500] = 0
    geo = [(33550, 12, 3, (0.5, 0.5, 0.0), True), (34735, 3, 4, (1, 1, 0, 0), True), (42113, 2, 2, "0\0", True)]
    tifffile.imwrite("map.tif", pixels, photometric="rgb", tile=(128, 128), extratags=geo)
    found = compress_tiled("map.tif", "out.tif", 12)
    assert len(found.palette) == 12
    assert (found.palette.rgba[0] == 0).all()
    indices, _ = read("out.tif")
    assert np.array_equal(indices == 0, (pixels == 0).all(axis=2))
    with tifffile.TiffFile("out.tif") as file:
        tags = file.pages[0].tags
        assert tags[33550].value == (0.5, 0.5, 0.0)
        assert tags[34735].value == (1, 1, 0, 0)
        assert str(tags[42113].value) == "0"
    compress_tiled("map.tif", "out.zarr", 12)
    array = zarr.open_array("out.zarr", mode="r")
    assert array.attrs["nodata"] == 0
    assert np.array_equal(array[:], indices)


class KilledError(Exception):
    """In place of kill -9."""


@pytest.mark.slow
@pytest.mark.parametrize("output", ["out.tif", "out.zarr"])
@pytest.mark.parametrize("kind", ["tif", "png"])
@pytest.mark.parametrize(("stage", "after"), [("colors", 1), ("colors", 2), ("pixels", 1), ("pixels", 2)])
def test_a_run_that_was_killed_goes_on_and_ends_with_the_same(slide, monkeypatch, output, kind, stage, after):
    if kind == "png":
        PIL.Image.fromarray(pixels_of()).save("slide.png")
    monkeypatch.setattr(gigapixel, "_NOTED_EVERY", 0.0)
    compress_tiled(f"slide.{kind}", "whole" + output, 24)
    left = after

    def kill(now: str, done: int, whole: int) -> None:
        nonlocal left
        left -= now == stage
        if left == 0:
            raise KilledError

    with pytest.raises(KilledError):
        compress_tiled(f"slide.{kind}", output, 24, progress=kill)
    assert not os.path.exists(output)
    assert os.path.isdir(output + ".part")
    found = compress_tiled(f"slide.{kind}", output, 24)
    assert found.resumed > 0 or after == 1
    indices, colors = read(output)
    expected, its_colors = read("whole" + output)
    assert np.array_equal(colors, its_colors)
    assert np.array_equal(indices, expected)


@pytest.mark.slow
def test_blocks_that_were_half_written_are_written_again(slide):
    compress_tiled(slide, "whole.tif", 24)
    tells = []

    def kill(now: str, done: int, whole: int) -> None:
        tells.append(now)
        if tells.count("pixels") == 2:
            raise KilledError

    with pytest.raises(KilledError):
        compress_tiled(slide, "out.tif", 24, progress=kill)
    blocks = Path("out.tif.part/blocks")
    blocks.write_bytes(blocks.read_bytes()[:-10])
    index = Path("out.tif.part/blocks.index")
    index.write_bytes(index.read_bytes() + b"half")
    compress_tiled(slide, "out.tif", 24)
    assert np.array_equal(read("out.tif")[0], read("whole.tif")[0])


@pytest.mark.slow
def test_what_is_there_stays_and_other_settings_do_not_go_on(slide):
    Path("out.tif").write_bytes(b"mine")
    with pytest.raises(pm.OutputExistsError, match="exists"):
        compress_tiled(slide, "out.tif", 8)
    assert Path("out.tif").read_bytes() == b"mine"
    compress_tiled(slide, "out.tif", 8, overwrite=True)

    def kill(now: str, done: int, whole: int) -> None:
        raise KilledError

    with pytest.raises(KilledError):
        compress_tiled(slide, "other.tif", 8, progress=kill)
    with pytest.raises(pm.PixmeansError, match="other settings"):
        compress_tiled(slide, "other.tif", 9)
    compress_tiled(slide, "other.tif", 9, overwrite=True)
    assert len(np.unique(read("other.tif")[0])) == 9


@pytest.mark.slow
@pytest.mark.parametrize(
    ("knobs", "word"),
    [
        ({"dither": "floyd-steinberg"}, "dither"),
        ({"quality": "80"}, "quality"),
        ({"max_bytes": 1000}, "max_bytes"),
        ({"palette": "x.gpl"}, "palette"),
        ({"protect": "strong"}, "protect"),
        ({"lossy": "on"}, "lossy"),
        ({"k": 257}, "k must"),
    ],
)
def test_what_needs_the_whole_picture_is_refused(slide, knobs, word):
    with pytest.raises(pm.SettingsError, match=word):
        compress_tiled(slide, "out.tif", **knobs)
    assert os.listdir() == ["slide.tif"]


@pytest.mark.slow
def test_a_picture_of_nothing_is_refused(slide):
    pixels = np.zeros((64, 64, 4), np.uint8)
    tifffile.imwrite("empty.tif", pixels, photometric="rgb", extrasamples=["unassalpha"], tile=(32, 32))
    with pytest.raises(pm.InputError, match="no pixel is visible"):
        compress_tiled("empty.tif", "out.tif", 8)


@pytest.mark.slow
def test_the_command_tells_what_it_will_take_and_what_came_of_it(slide, capsys):
    assert main(["tiled", slide, "-o", "out.tif", "-k", "16", "--memory", "400MB"]) == 0
    first, second = capsys.readouterr().err.splitlines()
    assert first.startswith("slide.tif: about ")
    assert "MB of memory" in first
    assert second.startswith("slide.tif -> out.tif  0.3 megapixels, ")
    assert "16 colors, PSNR" in second
    assert main(["tiled", slide, "-o", "out.zarr", "-k", "16", "--json", "-q"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["pixels"], len(told["colors"]), told["resumed_pixels"]) == (HEIGHT * WIDTH, 16, 0)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["slide.tif", "-o", "out.png"], 2, ".tif, .tiff, .zarr"),
        (["slide.tif", "-o", "out.tif", "--memory", "1MB"], 2, "at least 300MB"),
        (["slide.tif"], 2, "-o"),
        (["none.tif", "-o", "out.tif"], 3, "none.tif"),
        (["slide.tif", "-o", "none/out.tif"], 4, "none/out.tif"),
        (["slide.tif", "-o", "out.tif", "--dither", "riemersma"], 2, "dither"),
    ],
)
def test_mistakes_are_one_line(slide, capsys, words, code, said):
    assert main(["tiled", *words]) == code
    err = capsys.readouterr().err
    assert said in err
    assert len(err.splitlines()) == 1


@pytest.mark.slow
def test_an_estimate_comes_first(slide):
    heard = []
    compress_tiled(slide, "out.tif", 8, on_estimate=heard.append, progress=lambda *told: heard.append(told[0]))
    assert isinstance(heard[0], Estimate)
    assert heard[0].seconds > 0
    assert heard[1] == "colors"
    assert set(heard[1:]) == {"colors", "pixels"}


def with_holes(pixels: np.ndarray) -> np.ndarray:
    """With alpha: a transparent disc."""
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    seen = np.hypot(y - 170, x - 300) > 60
    return np.dstack([pixels * seen[..., None], 255 * seen]).astype(np.uint8)


def masked_alone(pixels: np.ndarray, k: int) -> pm.Palette:
    """The palette with masking of a picture in one place."""
    prepared = PreparedImage(Image(pixels), alpha_threshold=128 if pixels.shape[2] == 4 else None)
    return design_palette(prepared, local(pm.Settings(k=k, masking="on"))).palette


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["tif", "png", "zarr"])
@pytest.mark.parametrize("holes", [False, True])
def test_masking_is_that_of_the_whole_picture(slide, kind, holes, monkeypatch):
    pixels = with_holes(pixels_of()) if holes else pixels_of()
    if kind == "tif":
        photometric = {"photometric": "rgb", "extrasamples": ["unassalpha"]} if holes else {"photometric": "rgb"}
        tifffile.imwrite("slide.tif", pixels, tile=(128, 128), compression="deflate", **photometric)
    elif kind == "png":
        PIL.Image.fromarray(pixels).save("slide.png")
    else:
        array = zarr.create_array("slide.zarr", shape=pixels.shape, chunks=(200, 300, pixels.shape[2]), dtype="uint8")
        array[:] = pixels
    alone = masked_alone(pixels, 24)
    assert alone.hex != pm.palette(pm.count_colors(pixels), 24, space="oklab").hex
    found = compress_tiled(f"slide.{kind}", "out.tif", 24, masking="on")
    assert found.palette.hex == alone.hex
    monkeypatch.setattr(gigapixel, "_window_pixels", lambda memory: 256 * 1024)
    assert compress_tiled(f"slide.{kind}", "out.tif", 24, masking="on", overwrite=True).palette.hex == alone.hex


@pytest.mark.slow
@pytest.mark.parametrize("stage", ["colors", "weights", "pixels"])
def test_with_masking_a_run_that_stopped_goes_on(slide, stage, monkeypatch):
    monkeypatch.setattr(gigapixel, "_NOTED_EVERY", 0.0)
    tells = []

    def stop(what: str, done: int, whole: int) -> None:
        tells.append(what)
        if tells.count(stage) == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        compress_tiled("slide.tif", "out.tif", 16, masking="on", progress=stop)
    heard = []
    found = compress_tiled("slide.tif", "out.tif", 16, masking="on", progress=lambda what, *_: heard.append(what))
    assert "colors" not in heard or stage == "colors"
    assert ("weights" in heard) == (stage != "pixels")
    whole = compress_tiled("slide.tif", "whole.tif", 16, masking="on")
    assert found.palette.hex == whole.palette.hex
    assert Path("out.tif").read_bytes() == Path("whole.tif").read_bytes()


def test_counts_of_windows_are_those_of_the_whole():
    pixels = blobs(4, 400, 4, spread=30).reshape(20, 20, 4)
    pixels[..., 3] = np.where(pixels[..., 3] < 120, 0, 255)
    pixels[pixels[..., 3] == 0] = 0
    whole = pm.count_colors(pixels)
    parts = ColorCount()
    for top in range(0, 20, 3):
        parts.add(count(pixels[top : top + 3]))
    found = ColorCount.added([parts]).total()
    assert np.array_equal(found.colors, whole.colors)
    assert np.array_equal(found.weights, whole.weights)
    assert parts.pixels == 400


def test_memory_decides_how_many_windows_are_held():
    assert at_once(1 << 20, 10) == 1
    assert at_once(1 << 20, 1 << 40) >= 2
    assert local(pm.Settings()).dither == "none"
    assert windows.ALIGNED == 64


@pytest.mark.slow
def test_kill_9_at_any_moment_loses_nothing(slide):
    compress_tiled(slide, "whole.tif", 24)
    words = [sys.executable, "-m", "pixmeans", "tiled", slide, "-o", "out.tif", "-k", "24", "-q"]
    for delay in (0.5, 0.9, 1.3):
        process = subprocess.Popen(words)
        time.sleep(delay)
        process.send_signal(signal.SIGKILL)
        process.wait()
    if not os.path.exists("out.tif"):
        subprocess.run(words, check=True)
    indices, colors = read("out.tif")
    assert np.array_equal(indices, read("whole.tif")[0])
    assert np.array_equal(colors, read("whole.tif")[1])
    assert sorted(os.listdir()) == ["out.tif", "slide.tif", "whole.tif"]
