"""A decoder in a process of its own gives what the one in this process gives, and outlives whatever a file does."""

import io
import os
import signal
import sys
import threading
import time

import numpy as np
import PIL.Image
import pytest
from PIL import ImageCms

from pixmeans.codecs import decode, isolated
from pixmeans.codecs.isolated import Decoder
from pixmeans.errors import InputError

POSIX = pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")


def saved(pixels, format, **options):
    file = io.BytesIO()
    picture = pixels if isinstance(pixels, PIL.Image.Image) else PIL.Image.fromarray(pixels)
    picture.save(file, format, **options)
    return file.getvalue()


def slope(channels):
    y, x = np.mgrid[:21, :34]
    return np.stack([x * 7, y * 12, (x + y) * 4 % 256, 255 - x * 3][:channels], axis=2).astype(np.uint8)


def sideways():
    exif = PIL.Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "maker"
    return exif


DEEP = PIL.Image.frombytes("I;16", (34, 21), np.linspace(0, 65535, 714).astype("<u2").tobytes())
PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
FRAMES = [PIL.Image.new("RGB", (9, 9), color) for color in ("red", "green")]
PICTURES = {
    "png": saved(slope(3), "PNG", dpi=(300, 100)),
    "alpha": saved(slope(4), "PNG"),
    "16 bits": saved(DEEP, "PNG"),
    "profile": saved(slope(3), "PNG", icc_profile=PROFILE),
    "turned": saved(slope(3), "JPEG", exif=sideways(), dpi=(72, 96)),
    "webp": saved(slope(4), "WEBP", lossless=True),
    "gif": saved(FRAMES[0], "GIF", save_all=True, append_images=FRAMES[1:]),
    "avif": saved(slope(3), "AVIF"),
    "tiff": saved(slope(3), "TIFF", compression="tiff_lzw"),
    "bmp": saved(slope(3), "BMP"),
    "jpeg 2000": saved(slope(3), "JPEG2000"),
    "cmyk": saved(PIL.Image.fromarray(slope(3)).convert("CMYK"), "JPEG"),
    "pixel": saved(slope(3)[:1, :1], "QOI"),
}
BROKEN = {
    "": b"",
    "text": b"hello, world",
    "cut.png": PICTURES["png"][:90],
    "cut.jpg": PICTURES["turned"][:400],
    "cut.tif": PICTURES["tiff"][:99],
    "a\nb.pdf": b"%PDF-1.7\n",
    "\udce9.gif": PICTURES["gif"][:20],
}

# What the process runs in tests of bad days: the name of a picture says what happens.
_BAD_DAYS = """
import json, os, signal, sys, time
sys.path[:] = json.loads(sys.argv[1])
from pixmeans.codecs import decode_worker

def decode(data, name, **options):
    if name == "hang":
        time.sleep(600)
    if name == "eat":
        hoard = [bytearray(1 << 26) for _ in range(1000)]
    if name == "crash":
        os.kill(os.getpid(), signal.SIGSEGV)
    if name == "killed":
        os.kill(os.getpid(), signal.SIGKILL)
    if name == "end":
        os._exit(0)
    if name == "babble":
        os.write(1, b"not heard"), os.write(2, b"not heard either")
    if name == "lie":
        decode_worker.send(answers, {"width": 1 << 20, "height": 1 << 20, "channels": 3})
    if name == "nonsense":
        answers.write(b"\\xff" * 99), answers.flush()
    return original(data, name=name, **options)

def taken(descriptor, flags, mode):
    stream = original_taken(descriptor, flags, mode)
    if descriptor == 1:
        globals()["answers"] = stream
    return stream

original, decode_worker.decode = decode_worker.decode, decode
original_taken, decode_worker.taken = decode_worker.taken, taken
decode_worker.serve(int(sys.argv[2]))
"""


@pytest.fixture(scope="module")
def decoder():
    with Decoder() as one:
        yield one


@pytest.fixture
def bad_days(monkeypatch):
    monkeypatch.setattr(isolated, "_PROGRAM", _BAD_DAYS)


def same(one, other):
    assert one.image.pixels.dtype == other.image.pixels.dtype
    assert np.array_equal(one.image.pixels, other.image.pixels)
    assert (one.image.rest is None) == (other.image.rest is None)
    if one.image.rest is not None:
        assert np.array_equal(one.image.rest, other.image.rest)
    assert (one.image.icc, one.image.dpi) == (other.image.icc, other.image.dpi)
    assert one.image.tags == other.image.tags
    for name in ("format", "lossless", "frames", "notes", "details", "losses", "converted", "metadata"):
        assert getattr(one, name) == getattr(other, name)


@pytest.mark.slow
@pytest.mark.parametrize("icc", ["srgb", "keep"])
@pytest.mark.parametrize("kind", PICTURES)
def test_pictures_of_every_kind_are_the_same_as_in_process(decoder, kind, icc):
    same(decoder.decode(PICTURES[kind], name=kind, icc=icc), decode(PICTURES[kind], name=kind, icc=icc))


@pytest.mark.slow
@pytest.mark.parametrize("name", BROKEN)
def test_broken_files_are_refused_in_the_same_words(decoder, name):
    with pytest.raises(InputError) as here:
        decode(BROKEN[name], name=name)
    with pytest.raises(InputError) as there:
        decoder.decode(BROKEN[name], name=name)
    assert str(there.value) == str(here.value)
    assert there.type is InputError


def test_the_limit_of_pixels_holds_there_too(decoder):
    with pytest.raises(InputError, match=r"^x: 34 x 21 pixels are more than the limit of 713"):
        decoder.decode(PICTURES["png"], name="x", max_pixels=713)
    assert decoder.decode(PICTURES["png"], name="x", max_pixels=714).image.width == 34


def test_a_path_is_read_and_names_the_picture(decoder, tmp_path):
    path = tmp_path / "photo.png"
    path.write_bytes(PICTURES["png"])
    same(decoder.decode(path), decode(PICTURES["png"], name="x"))
    path.write_bytes(b"text")
    with pytest.raises(InputError, match=r"photo\.png: this is not a picture"):
        decoder.decode(path)
    with pytest.raises(InputError, match=r"missing\.png: no such file"):
        decoder.decode(str(tmp_path / "missing.png"))


@pytest.mark.slow
def test_the_process_stays_warm_and_ends_with_the_block():
    with Decoder() as decoder:
        decoder.decode(PICTURES["png"])
        process = decoder._process
        decoder.decode(PICTURES["gif"])
        with pytest.raises(InputError):
            decoder.decode(b"text")
        assert decoder._process is process
        assert process.poll() is None
    assert process.returncode is not None  # waited for: no zombie
    assert process.stdin.closed
    assert process.stdout.closed


@pytest.mark.slow
def test_a_picture_alone_leaves_nothing_behind(monkeypatch):
    started = []
    original = isolated.subprocess.Popen

    def noted(*words, **options):
        started.append(original(*words, **options))
        return started[-1]

    monkeypatch.setattr(isolated.subprocess, "Popen", noted)
    threads = threading.active_count()
    with Decoder() as decoder:
        same(decoder.decode(PICTURES["alpha"], name="x"), decode(PICTURES["alpha"], name="x"))
    assert [process.returncode is not None for process in started] == [True]
    assert threading.active_count() == threads


@POSIX
@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("hang", "hang: decoding takes more than 0.4 s and was stopped; make the picture smaller"),
        ("crash", "crash: the decoder crashed (SIGSEGV); the file is damaged, get it again"),
        ("killed", "killed: the decoder was killed, perhaps for lack of memory; "),
        ("end", "end: the decoder ended without an answer; the file is damaged, get it again"),
        ("lie", "lie: the decoder "),
        ("nonsense", "nonsense: the decoder "),
    ],
)
def test_a_bad_day_is_one_line_and_the_next_picture_is_decoded(bad_days, name, told):
    with Decoder(seconds=0.4) as decoder:
        good = decoder.decode(PICTURES["png"], name="good")
        first = decoder._process
        start = time.perf_counter()
        with pytest.raises(InputError) as caught:
            decoder.decode(PICTURES["png"], name=name)
        assert time.perf_counter() - start < 5
        assert str(caught.value).startswith(told)
        assert "\n" not in str(caught.value)
        assert first.returncode is not None
        same(decoder.decode(PICTURES["png"], name="good"), good)
        assert decoder._process is not first


@pytest.mark.slow
def test_what_libraries_print_does_not_matter(bad_days, capfd):
    with Decoder() as decoder:
        same(decoder.decode(PICTURES["png"], name="babble"), decode(PICTURES["png"], name="x"))
    assert capfd.readouterr() == ("", "")


@pytest.mark.slow
@pytest.mark.skipif(not os.path.exists("/proc/self/statm"), reason="no limit of memory here")
def test_memory_has_a_limit(bad_days):
    large = saved(PIL.Image.new("L", (6000, 6000)), "PNG")
    with Decoder(memory_bytes=64 << 20) as decoder:
        for name, data in (("eat", PICTURES["png"]), ("large", large)):
            with pytest.raises(InputError, match=rf"^{name}: decoding takes more than 0\.0671 GB of memory; "):
                decoder.decode(data, name=name)
            assert decoder.decode(PICTURES["png"], name="good").image.width == 34


@POSIX
@pytest.mark.slow
def test_a_process_that_dies_between_two_pictures_is_replaced():
    with Decoder() as decoder:
        decoder.decode(PICTURES["png"])
        os.kill(decoder._process.pid, signal.SIGKILL)
        os.waitid(os.P_PID, decoder._process.pid, os.WEXITED | os.WNOWAIT)
        assert decoder.decode(PICTURES["png"]).image.width == 34


@pytest.mark.slow
def test_an_interrupt_leaves_a_usable_decoder(monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    with Decoder() as decoder:
        decoder.decode(PICTURES["png"])
        with monkeypatch.context() as patch:
            patch.setattr(isolated, "_decoded", interrupted)
            with pytest.raises(KeyboardInterrupt):
                decoder.decode(PICTURES["png"])
        same(decoder.decode(PICTURES["gif"], name="x"), decode(PICTURES["gif"], name="x"))


@pytest.mark.slow
def test_threads_share_a_decoder(decoder):
    wrong = []

    def work(kind):
        wanted = decode(PICTURES[kind], name=kind)
        for _ in range(20):
            got = decoder.decode(PICTURES[kind], name=kind)
            if got.format != wanted.format or not np.array_equal(got.image.pixels, wanted.image.pixels):
                wrong.append(kind)

    threads = [threading.Thread(target=work, args=(kind,)) for kind in ("png", "turned", "gif")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_a_decoder_that_cannot_be_started_is_told(monkeypatch):
    monkeypatch.setattr(isolated.sys, "executable", "/nowhere/python")
    with Decoder() as decoder, pytest.raises(InputError, match=r"^x: no process to decode it in can be started"):
        decoder.decode(PICTURES["png"], name="x")
    monkeypatch.undo()
    monkeypatch.setattr(isolated, "_PROGRAM", "raise SystemExit(1)")
    with Decoder() as decoder, pytest.raises(InputError, match=r"^x: the process to decode it in does not start"):
        decoder.decode(PICTURES["png"], name="x")


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_forked_child_starts_its_own(decoder):
    decoder.decode(PICTURES["png"])
    child = os.fork()
    if child == 0:
        ours = decoder._process
        width = decoder.decode(PICTURES["png"]).image.width
        other = decoder._process is not ours
        decoder.close()
        os._exit(0 if width == 34 and other else 1)
    assert os.waitpid(child, 0)[1] == 0
    assert decoder.decode(PICTURES["png"]).image.width == 34
