"""With Dask: the same palettes and the same files as on one machine."""

from __future__ import annotations

import os
import signal
import threading
import time
from pathlib import Path

import dask.array as da
import dask.bag as db
import distributed
import fsspec
import numpy as np
import PIL.Image
import pytest
import tifffile
import xarray as xr
from helpers import blobs

import pixmeans as pm
from pixmeans.__main__ import main
from pixmeans.batch.inputs import find
from pixmeans.batch.jobs import Placement, plan
from pixmeans.color.spaces import SPACES
from pixmeans.distribute import apply_palette, batches, compress_tiled, gigapixel, palette
from pixmeans.distribute.passes import local
from pixmeans.image import Image
from pixmeans.quantize.dither import dither
from pixmeans.quantize.palette_design import design_palette
from pixmeans.quantize.prepared import PreparedImage

FAST = ["-k", "6", "--effort", "fast", "--dither", "none", "--lossy", "off", "--protect", "off", "--space", "rgb"]


def picture(channels: int = 3) -> np.ndarray:
    return blobs(channels, 150 * 170, max(3, channels), spread=30).reshape(150, 170, -1)[..., :channels]


@pytest.mark.slow
@pytest.mark.parametrize("chunks", [(150, 170, 3), (64, 64, 3), (40, 170, 1), (7, 13, 3)])
def test_the_palette_of_an_array_does_not_depend_on_its_chunks(chunks):
    found = palette(da.from_array(picture(), chunks=chunks), 12)
    assert found.hex == pm.palette(pm.count_colors(picture()), 12, space="oklab").hex


@pytest.mark.slow
@pytest.mark.parametrize("chunks", [(64, 64, 3), (40, 170, 1), (50, 29, 3)])
@pytest.mark.parametrize("channels", [3, 4])
def test_masking_does_not_depend_on_the_chunks_of_an_array(chunks, channels):
    pixels = picture(channels)
    if channels == 4:
        pixels[..., 3] = np.where(pixels[..., 3] < 100, 0, 255)
    settings = local(pm.Settings(k=12, masking="on"))
    prepared = PreparedImage(Image(pixels), alpha_threshold=128)
    alone = design_palette(prepared, settings).palette
    assert palette(da.from_array(pixels, chunks=chunks), 12, masking="on").hex == alone.hex
    assert alone.hex != palette(da.from_array(pixels, chunks=chunks), 12).hex


def test_chunks_that_are_smaller_than_the_margin_of_masking_are_refused():
    with pytest.raises(pm.SettingsError, match="rechunk the array, or leave it out"):
        palette(da.from_array(picture(), chunks=(7, 13, 3)), 12, masking="on")


@pytest.mark.slow
@pytest.mark.parametrize("method", ["none", "bayer", "blue-noise"])
def test_arrays_get_their_entries_lazily_and_keep_their_chunks(method):
    array = da.from_array(picture(), chunks=(64, 128, 3))
    colors = palette(array, 9)
    indices = apply_palette(array, colors, dither=method)
    assert (indices.dtype, indices.shape, indices.chunks) == (np.uint8, (150, 170), array.chunks[:2])
    assert isinstance(indices._meta, np.ndarray)
    assert np.array_equal(indices.compute(), dither(picture(), colors.colors, SPACES["oklab"], method))


@pytest.mark.slow
def test_gray_sixteen_bits_alpha_and_nodata():
    gray = da.from_array(picture(1)[..., 0], chunks=50)
    assert palette(gray, 5).hex == palette(da.from_array(picture(1)[..., 0].astype(np.uint16) * 257, chunks=50), 5).hex
    pixels = picture()
    pixels[20:60, 10:90] = 3
    array = da.from_array(pixels, chunks=(50, 60, 3))
    colors = palette(array, 6, nodata=3)
    assert (colors.rgba[0] == 0).all()
    indices = apply_palette(array, colors, nodata=3).compute()
    assert np.array_equal(indices == 0, (pixels == 3).all(axis=2))


@pytest.mark.slow
def test_xarray_keeps_its_coordinates():
    array = xr.DataArray(
        da.from_array(np.moveaxis(picture(), 2, 0), chunks=(1, 64, 64)),
        dims=("band", "y", "x"),
        coords={"y": np.arange(150) * 10.0, "band": [1, 2, 3]},
        attrs={"crs": "EPSG:4326"},
    )
    colors = palette(array, 8)
    assert colors.hex == palette(da.from_array(picture(), chunks=64), 8).hex
    found = apply_palette(array, colors)
    assert found.dims == ("y", "x")
    assert found.attrs["crs"] == "EPSG:4326"
    assert found.attrs["palette"] == colors.rgba.tolist()
    assert np.array_equal(found.y, array.y)
    assert found.chunks is not None
    plain = xr.DataArray(picture(), dims=("y", "x", "c"))
    assert palette(plain, 8).hex == colors.hex


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    monkeypatch.chdir(tmp_path)
    os.mkdir("in")
    for number in range(10):
        PIL.Image.fromarray(blobs(number, 30 * 40, spread=30).reshape(30, 40, 3)).save(f"in/{number}.png")
    return [f"in/{number}.png" for number in range(10)]


@pytest.mark.slow
def test_the_palette_of_files_is_that_of_one_machine(folder):
    alone = pm.palette(folder, 7, space="oklab").hex
    assert palette(folder, 7).hex == alone
    assert palette(db.from_sequence(folder, npartitions=3), 7).hex == alone
    by_pictures = palette(folder, 7, weigh="pictures").hex
    assert by_pictures == pm.palette(folder, 7, space="oklab", weigh="pictures").hex


@pytest.mark.slow
def test_workers_read_urls_themselves(folder):
    memory = fsspec.filesystem("memory")
    for path in folder:
        with memory.open(f"/bucket/{path}", "wb") as file:
            file.write(Path(path).read_bytes())
    urls = [f"memory://bucket/{path}" for path in folder]
    assert palette(urls, 7).hex == palette(folder, 7).hex
    with pytest.raises(pm.InputError, match=r"memory://bucket/none\.png"):
        palette([*urls, "memory://bucket/none.png"], 7)


@pytest.mark.parametrize(
    ("source", "knobs", "word"),
    [
        ([], {}, "at least one picture"),
        (da.zeros((9, 9), dtype=np.float32), {}, "uint8 or uint16"),
        (da.zeros((9, 9, 5), dtype=np.uint8), {}, "uint8 or uint16"),
        (da.zeros((9, 9, 3), dtype=np.uint8), {"quality": "80"}, "quality"),
        (da.zeros((9, 9, 3), dtype=np.uint8), {"dither": "riemersma"}, "dither"),
    ],
)
def test_what_cannot_be_is_refused(source, knobs, word):
    with pytest.raises(pm.SettingsError, match=word):
        palette(source, 4, **knobs)


def test_arrays_that_cannot_be_mixed_in_chunks_are_refused():
    colors = palette(da.from_array(picture(), chunks=64), 4)
    with pytest.raises(pm.SettingsError, match="multiples of 64"):
        apply_palette(da.from_array(picture(), chunks=(50, 50, 3)), colors, dither="bayer")
    with pytest.raises(pm.SettingsError, match="dither"):
        apply_palette(da.from_array(picture(), chunks=64), colors, dither="auto")
    with pytest.raises(pm.SettingsError, match="dask array"):
        apply_palette(picture(), colors)


def files(name: str) -> dict[str, bytes]:
    return {str(path.relative_to(name)): path.read_bytes() for path in Path(name).rglob("*") if path.is_file()}


@pytest.mark.slow
def test_a_cluster_writes_the_same_files(folder, capsys):
    Path("in/broken.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    assert main(["-r", "in", "-d", "here", "--keep-larger", *FAST]) == 1
    assert main(["-r", "in", "-d", "there", "--keep-larger", *FAST, "--cluster", "local:2"]) == 1
    err = capsys.readouterr().err
    assert "in/broken.png" in err
    assert "11 pictures, 10 done, 1 failed" in err
    assert files("there") == files("here")
    assert len(files("here")) == 10
    assert main(["-r", "in", "-d", "there", "--keep-larger", *FAST, "--cluster", "local:2", "-q"]) == 1
    assert files("there") == files("here")


@pytest.mark.slow
def test_a_shared_palette_is_found_by_the_cluster_which_tells_how_far_it_is(folder, capsys):
    first, *others = (PIL.Image.open(path) for path in folder[:3])
    first.save("film.gif", save_all=True, append_images=others)
    words = ["--shared-palette", "-k", "9", "--effort", "fast", "-v", "--format", "gif", *folder, "film.gif"]
    assert main([*words, "-d", "here"]) == 0
    assert "counting colors: 0 of 11 pictures" in capsys.readouterr().err
    assert main([*words, "-d", "there", "--cluster", "local:2"]) == 0
    assert "counting colors: 11 of 11 pictures" in capsys.readouterr().err
    assert files("there") == files("here")
    assert pm.read_animation("there/film-palette-k9.gif").frames[2].pixels.shape == (30, 40, 3)


@pytest.mark.slow
def test_a_lost_worker_costs_nothing(folder):
    settings = pm.Settings(k=6, effort="fast", dither="none", lossy="off", protect="off", space="rgb")
    planned = plan(find(folder, recursive=False), settings, Placement(directory="out", keep_larger=True)).jobs * 1
    with batches.client_of("local:2") as client:
        pids = list(client.run(os.getpid).values())

        def kill() -> None:
            time.sleep(0.3)
            os.kill(pids[0], signal.SIGKILL)

        killer = threading.Thread(target=kill)
        killer.start()
        placement = Placement(directory="out", keep_larger=True)
        outcomes = list(batches.run(planned, settings, placement, client=client))
        killer.join()
    assert sorted(outcome.place for outcome in outcomes) == list(range(10))
    assert all(not outcome.failed for outcome in outcomes), [outcome.message for outcome in outcomes]
    assert main([*folder, "-d", "here", "--keep-larger", *FAST, "-q"]) == 0
    assert files("out") == files("here")


@pytest.mark.slow
def test_jobs_of_urls_are_done_where_they_are(folder):
    memory = fsspec.filesystem("memory")
    with memory.open("/pictures/a.png", "wb") as file:
        file.write(Path(folder[0]).read_bytes())
    settings = pm.Settings(k=6, effort="fast", dither="none", lossy="off", protect="off", space="rgb")
    placement = Placement(directory="memory://results", keep_larger=True)
    planned = plan(find(["memory://pictures/a.png"], recursive=False), settings, placement).jobs
    assert planned[0].output == "memory://results/a-k6.png"
    work = batches.Work(settings, placement, repeats=True).to_dict()
    numbered = [(0, {"source": planned[0].source, "output": planned[0].output, "format": "png"})]
    for status in ("written", "unchanged"):
        (told,) = batches.do(numbered, work=work, storage_options={})
        assert told["status"] == status, told
        assert told["message"].startswith("memory://pictures/a.png -> memory://results/a-k6.png")
    assert main([folder[0], "-o", "here.png", *FAST, "-q"]) == 0
    assert memory.cat("/results/a-k6.png") == Path("here.png").read_bytes()
    memory.pipe("/results/a-k6.png", b"mine")
    (told,) = batches.do(numbered, work=work, storage_options={})
    assert told["status"] == "exists"
    assert memory.cat("/results/a-k6.png") == b"mine"
    (told,) = batches.do([(0, {**numbered[0][1], "source": "memory://none.png"})], work=work, storage_options={})
    assert (told["status"], told["code"]) == ("failed", 3)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--cluster", "local:x"], "local:N"),
        (["--cluster", "tcp://127.0.0.1:1"], "no scheduler answers"),
        (["--cluster", "local", "-j", "2"], "--jobs"),
        (["--cluster", "local", "--resume", "s"], "--resume"),
        (["--cluster", "local", "--timeout", "5"], "--timeout"),
    ],
)
@pytest.mark.slow
def test_mistakes_are_one_line(folder, capsys, monkeypatch, words, said):
    client = distributed.Client
    monkeypatch.setattr(distributed, "Client", lambda address, timeout: client(address, timeout="1s"))
    assert main([folder[0], "-d", "out", *words]) == 2
    err = capsys.readouterr().err
    assert said in err
    assert len(err.splitlines()) == 1


@pytest.mark.slow
@pytest.mark.parametrize("output", ["out.tif", "out.zarr"])
def test_workers_share_one_large_picture(folder, monkeypatch, output):
    monkeypatch.setattr(gigapixel, "_window_pixels", lambda memory: 512 * 512)
    y, x = np.mgrid[0:560, 0:650]
    noise = np.random.default_rng(1).integers(0, 9, (560, 650, 3))
    pixels = (np.stack([y // 3, x // 3, 200 - y // 4], axis=2) + noise).astype(np.uint8)
    tifffile.imwrite("slide.tif", pixels, photometric="rgb", tile=(128, 128))
    PIL.Image.fromarray(pixels[:20]).save("slide.png")
    alone = compress_tiled("slide.tif", f"here-{output}", 24, dither="bayer")
    with batches.client_of("local:2") as client:
        found = compress_tiled("slide.tif", output, 24, dither="bayer", client=client)
        with pytest.raises(pm.PixmeansError, match="PNG"):
            compress_tiled("slide.png", "png.tif", 24, client=client)
    assert found.palette.hex == alone.palette.hex
    assert (
        files(".")[output] == files(".")[f"here-{output}"]
        if output == "out.tif"
        else files(output) == files(f"here-{output}")
    )


@pytest.mark.slow
def test_the_command_has_a_large_picture_shared(folder, monkeypatch):
    monkeypatch.setattr(gigapixel, "_window_pixels", lambda memory: 512 * 512)
    tifffile.imwrite("slide.tif", np.tile(picture(), (4, 1, 1)), photometric="rgb", tile=(64, 64))
    assert main(["tiled", "slide.tif", "-o", "shared.tif", "-k", "9", "-q", "--cluster", "local:1"]) == 0
    assert main(["tiled", "slide.tif", "-o", "alone.tif", "-k", "9", "-q"]) == 0
    assert Path("shared.tif").read_bytes() == Path("alone.tif").read_bytes()
