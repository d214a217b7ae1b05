"""What each method writes is read back, and what no method wrote is refused in one line."""

import time
import tracemalloc

import numpy as np
import PIL.Image
import pytest
from helpers import examples
from hypothesis import given, settings
from hypothesis import strategies as st

import pixmeans as pm
from pixmeans import choices
from pixmeans.alternatives import METHODS, container
from pixmeans.alternatives.color import from_planes, to_planes
from pixmeans.parallel import use_threads


def picture(height, width, kind, seed=0):
    """(height, width, 3): colors that change slowly and an edge, grays, flat areas, or noise."""
    random = np.random.default_rng(seed)
    y, x = np.mgrid[:height, :width]
    if kind == "noise":
        return random.integers(0, 256, (height, width, 3), dtype=np.uint8)
    if kind == "flat":
        return random.integers(0, 256, (4, 3), dtype=np.uint8)[(x // 9 + y // 7) % 4]
    waves = [128 + 90 * np.sin((x * (c + 1) + y * (3 - c)) / 23 + seed + c) for c in range(3)]
    pixels = np.stack(waves, axis=2) + random.normal(0, 4, (height, width, 3)) + 30 * (x > y)[..., None]
    pixels = pixels.clip(0, 255).astype(np.uint8)
    return pixels[..., :1].repeat(3, axis=2) if kind == "gray" else pixels


def mse(a, b):
    return float(((a.astype(np.float64) - b) ** 2).mean())


def test_names_and_methods_are_the_same():
    assert list(METHODS) == list(choices.ALTERNATIVES)
    assert sorted(row.number for row in METHODS.values()) == list(range(1, len(METHODS) + 1))


@pytest.mark.slow
@pytest.mark.parametrize("method", METHODS)
@settings(deadline=None, max_examples=examples(25))
@given(
    height=st.integers(1, 70),
    width=st.integers(1, 70),
    kind=st.sampled_from(["color", "gray", "flat", "noise"]),
    block=st.sampled_from([2, 4]),
    words=st.sampled_from([1, 2, 37, 4096]),
    lambda_=st.sampled_from([0, 10.0, 1e6]),
    seed=st.integers(0, 9),
)
def test_any_picture_comes_back_in_its_size(method, height, width, kind, block, words, lambda_, seed):
    pixels = picture(height, width, kind, seed)
    given_ = {"block": block, "words": words, "lambda_": lambda_}
    knobs = {name: given_[name] for name in METHODS[method].knobs}
    data = pm.alternatives.encode(pixels, method, **knobs)
    back = pm.alternatives.decode(data)
    assert back.shape == pixels.shape
    assert back.dtype == np.uint8
    if kind == "gray":
        assert (back == back[..., :1]).all()
    if method != "fractal" and words == 4096 and lambda_ == 0:
        assert mse(back, from_planes(to_planes(pixels))) <= 1  # every block has a word of its own
    assert data == pm.alternatives.encode(pixels, method, **knobs)


@pytest.mark.slow
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("kind", ["color", "gray"])
def test_pictures_come_back_like_themselves(method, kind):
    pixels = picture(192, 260, kind)
    data = pm.alternatives.encode(pixels, method)
    assert len(data) < pixels.size / 6
    assert mse(pm.alternatives.decode(data), pixels) < 60


@pytest.mark.slow
@pytest.mark.parametrize("method", METHODS)
def test_threads_change_no_byte(method):
    pixels = picture(150, 171, "color")
    found = []
    for threads in (1, 2, 5):
        with use_threads(threads):
            data = pm.alternatives.encode(pixels, method)
            found.append((data, pm.alternatives.decode(data).tobytes()))
    assert found[0] == found[1] == found[2]


@pytest.mark.slow
@pytest.mark.parametrize("method", METHODS)
def test_the_kinds_of_pictures_are_the_same_picture(method):
    pixels = picture(20, 31, "color")
    opaque = np.dstack([pixels, np.full(pixels.shape[:2], 255, np.uint8)])
    gray = pixels[..., 0]
    data = pm.alternatives.encode(pixels, method)
    for same in (pm.Image(pixels), PIL.Image.fromarray(pixels), opaque, pixels[:, ::-1][:, ::-1]):
        assert pm.alternatives.encode(same, method) == data
    assert pm.alternatives.encode(gray, method) == pm.alternatives.encode(np.dstack([gray] * 3), method)


def test_transparent_pixels_are_refused():
    pixels = np.full((3, 4, 4), 255, np.uint8)
    pixels[1, 1, 3] = 254
    with pytest.raises(pm.OutputError, match=r"transparent pixels, which a \.pxm cannot hold"):
        pm.alternatives.encode(pixels)


@pytest.mark.parametrize(
    ("picture_", "options", "message"),
    [
        ("photo.png", {}, "a picture must be a uint8 array .* got str"),
        (np.zeros((3, 4, 2), np.uint8), {}, r"got uint8 of shape \(3, 4, 2\)"),
        (np.zeros((3, 4)), {}, r"got float64 of shape \(3, 4, 1\)"),
        (np.zeros((0, 4), np.uint8), {}, r"got uint8 of shape \(0, 4, 1\)"),
        (None, {"method": "jpeg"}, "method must be one of vq, ecvq, fractal, got 'jpeg'"),
        (None, {"block": 3}, "block must be 2 or 4, got 3"),
        (None, {"words": 0}, "words must be 1 to 4096, got 0"),
        (None, {"words": 4097}, "words must be 1 to 4096, got 4097"),
        (None, {"method": "ecvq", "lambda_": -1}, "lambda must be 0 to 1000000, got -1"),
        (None, {"method": "ecvq", "lambda_": float("nan")}, "lambda must be 0 to 1000000, got nan"),
        (None, {"lambda_": 3}, "lambda is no knob of vq; vq has block and words"),
        (None, {"method": "fractal", "words": 3}, "words is no knob of fractal; fractal has lambda"),
    ],
)
def test_arguments_that_make_no_sense_are_refused(picture_, options, message):
    with pytest.raises(pm.SettingsError, match=message):
        pm.alternatives.encode(np.zeros((3, 4), np.uint8) if picture_ is None else picture_, **options)


def test_pictures_that_are_too_large_are_refused_before_any_work():
    huge = np.broadcast_to(np.uint8(0), (container.MOST_PIXELS // 1000 + 1, 1000, 3))
    with pytest.raises(pm.OutputError, match=r"at most 33,554,432 pixels, this has 1000 x 33555"):
        pm.alternatives.encode(huge)


FILES = {method: pm.alternatives.encode(picture(50, 61, "color"), method) for method in METHODS}


def sealed(data):
    """The same bytes with a checksum that is right: what an attacker would send."""
    head = data[:14]
    return head + container._CHECKSUM.pack(container._crc(head, data[18:])) + data[18:]


def survives(data):
    """Decode, within a second and 100 MB; InputError in one line is all that may come out."""
    start = time.perf_counter()
    message = ""
    tracemalloc.start()
    try:
        pixels = pm.alternatives.decode(data)
    except pm.InputError as error:
        message = str(error)
    finally:
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert message.startswith("the .pxm cannot be decoded: ") if message else pixels.dtype == np.uint8
    assert "\n" not in message
    assert most < 100e6
    assert time.perf_counter() - start < 5


@pytest.mark.parametrize("method", METHODS)
@settings(deadline=None, max_examples=examples(80))
@given(cut=st.integers(0, 2000), at=st.integers(0, 2000), value=st.integers(1, 255))
def test_a_damaged_file_is_refused_whatever_byte_it_is(method, cut, at, value):
    data = FILES[method]
    with pytest.raises(pm.InputError, match="cannot be decoded"):
        pm.alternatives.decode(data[: cut % len(data)])
    changed = bytearray(data)
    changed[at % len(data)] ^= value
    with pytest.raises(pm.InputError, match="cannot be decoded"):
        pm.alternatives.decode(bytes(changed))


@pytest.mark.slow
@pytest.mark.parametrize("method", METHODS)
@settings(deadline=None, max_examples=examples(80))
@given(
    keep=st.integers(18, 3000),
    # the head of the file but its size, and that of the body: where counts are
    changes=st.lists(
        st.tuples(st.sampled_from([5, *range(18, 60)]) | st.integers(18, 3000), st.integers(0, 255)), max_size=6
    ),
    tail=st.binary(max_size=30),
)
def test_a_forged_file_takes_neither_long_nor_much_memory(method, keep, changes, tail):
    data = bytearray(FILES[method][:keep])
    for at, value in changes:
        if at < len(data):
            data[at] = value
    survives(sealed(bytes(data) + tail))


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("size", [(0, 5), (5, 0), (2**32 - 1, 2**32 - 1), (2**16, 2**16), (5000, 6000)])
def test_a_size_that_the_bytes_cannot_hold_is_refused(method, size):
    data = bytearray(FILES[method])
    data[6:14] = size[0].to_bytes(4, "big") + size[1].to_bytes(4, "big")
    survives(sealed(bytes(data)))


@settings(deadline=None, max_examples=examples(60))
@given(method=st.integers(0, 255), version=st.integers(0, 3), body=st.binary(max_size=100))
def test_any_bytes_behind_a_head_are_refused_or_decoded(method, version, body):
    head = container.MAGIC + bytes([version, method]) + (9).to_bytes(4, "big") + (7).to_bytes(4, "big")
    survives(sealed(head + bytes(4) + body))
    survives(body)
