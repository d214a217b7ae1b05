"""Real services on this machine: a Dask scheduler with two workers, and an S3 server."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import fsspec
import numpy as np
import PIL.Image
import pytest
import tifffile
from helpers import blobs

import pixmeans as pm
from pixmeans.__main__ import main
from pixmeans.batch.jobs import Placement
from pixmeans.distribute import batches, compress_tiled, palette

FAST = {"effort": "fast", "dither": "none", "lossy": "off", "protect": "off", "space": "rgb"}
WORDS = [word for name, value in FAST.items() for word in (f"--{name}", value)]

pytestmark = pytest.mark.slow


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    monkeypatch.chdir(tmp_path)
    os.mkdir("in")
    for number in range(12):
        PIL.Image.fromarray(blobs(number, 30 * 40, spread=30).reshape(30, 40, 3)).save(f"in/{number}.png")
    return [f"in/{number}.png" for number in range(12)]


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


@contextlib.contextmanager
def running(*words: str) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen([sys.executable, "-m", *words], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(20)


def test_a_scheduler_with_two_workers_writes_the_same_files(folder):
    port = free_port()
    address = f"tcp://127.0.0.1:{port}"
    here = ("--host", "127.0.0.1", "--no-dashboard")
    worker = ("distributed.cli.dask_worker", address, *here, "--nthreads", "1", "--local-directory", "scratch")
    with running("distributed.cli.dask_scheduler", *here, "--port", str(port)), running(*worker), running(*worker):
        words = [*folder, "-k", "6", "--keep-larger", "-q", *WORDS]
        deadline = time.time() + 60
        while main([*words, "-d", "there", "--cluster", address, "-f"]) == 2:  # until the scheduler answers
            assert time.time() < deadline
            time.sleep(0.5)
    assert main([*words, "-d", "here"]) == 0
    found = {path.name: path.read_bytes() for path in Path("there").iterdir()}
    assert len(found) == 12
    assert found == {path.name: path.read_bytes() for path in Path("here").iterdir()}


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Any]]:
    """The options of an S3 server with a bucket `pictures`."""
    from moto.server import ThreadedMotoServer

    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    running = ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
    running.start()
    host, port = running.get_host_and_port()
    options = {"key": "dummy", "secret": "dummy", "client_kwargs": {"endpoint_url": f"http://{host}:{port}"}}
    fsspec.filesystem("s3", **options).mkdir("pictures")
    yield options
    running.stop()


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # sockets of boto at its end
def test_pictures_in_s3_are_read_and_written_there(folder, s3):
    files = fsspec.filesystem("s3", **s3)
    for path in folder:
        files.put_file(path, f"pictures/{path}")
    urls = [f"s3://pictures/{path}" for path in folder]
    assert palette(urls, 7, storage_options=s3).hex == palette(folder, 7).hex
    placement = Placement(directory="s3://pictures/out", keep_larger=True)
    work = batches.Work(pm.Settings(k=6, **FAST), placement, repeats=True).to_dict()
    jobs = [(0, {"source": urls[0], "output": "s3://pictures/out/0-k6.png", "format": "png"})]
    for status in ("written", "unchanged"):
        (told,) = batches.do(jobs, work=work, storage_options=s3)
        assert told["status"] == status, told
    assert main([folder[0], "-o", "here.png", "-k", "6", "-q", *WORDS]) == 0
    assert files.cat_file("pictures/out/0-k6.png") == Path("here.png").read_bytes()
    tifffile.imwrite("slide.tif", blobs(1, 200 * 300, spread=30).reshape(200, 300, 3), tile=(64, 64), photometric="rgb")
    files.put_file("slide.tif", "pictures/slide.tif")
    there = compress_tiled("s3://pictures/slide.tif", "there.tif", 8, storage_options=s3)
    assert there.palette.hex == compress_tiled("slide.tif", "here.tif", 8).palette.hex
    with tifffile.TiffFile("there.tif") as one, tifffile.TiffFile("here.tif") as other:
        assert np.array_equal(one.asarray(), other.asarray())
