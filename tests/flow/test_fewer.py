"""Fewer colors give no file that is larger and worse, where less dithering does not ruin the picture."""

from math import log2

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import pixmeans as pm
from pixmeans.flow import fewer
from pixmeans.flow.attempt import Attempt
from pixmeans.flow.designs import _file_of_its_own, best_file
from pixmeans.flow.judge import LEAST_SCORE, Judge
from pixmeans.image import Image
from pixmeans.quantize.prepared import PreparedImage

COUNTS = (4, 8, 16, 32, 64, 128, 256)


def chart(bars=14, seed=3):
    """Flat bars on a dark ground, with lines."""
    random = np.random.default_rng(seed)
    pixels = np.full((150, 240, 3), 24, np.uint8)
    pixels[::30] = 60
    for bar in range(bars):
        top, left = random.integers(10, 120), 8 + bar * 16
        pixels[top:140, left : left + 12] = random.integers(40, 250, 3)
    return pixels


def ball(side=110, turn=0.0):
    """A shaded ball with a soft edge, of two hues."""
    y, x = np.mgrid[:side, :side] / side - 0.5
    far = np.hypot(x, y)
    alpha = np.clip((0.42 - far) * 14, 0, 1)
    light = np.clip(1.1 - 2 * np.hypot(x + 0.12, y + 0.14), 0, 1)
    mix = 0.5 + 0.5 * np.sin(6 * np.arctan2(y, x) + turn)
    color = np.stack([255 * light, 220 * light * mix, 60 + 160 * light * (1 - mix)], axis=2)
    return np.dstack([color, 255 * alpha]).round().astype(np.uint8)


def ramp(height=90, width=120):
    """A slow turn through many hues."""
    y, x = np.mgrid[:height, :width]
    return np.stack([x * 255 / width, y * 255 / height, 255 - (x + y) * 255 / (height + width)], axis=2).astype(
        np.uint8
    )


def files_of(pixels):
    """(bytes, quality) of the files of all numbers of colors."""
    found = []
    for k in COUNTS:
        result = pm.compress(pixels, k)
        found.append((len(result.data), Judge(result.original).quality(result.indexed)))
    return found


def broken(found):
    """Where fewer colors gave a larger and worse file than twice as many."""
    pairs = zip(COUNTS, found, found[1:], strict=False)
    return [k for k, (size, quality), (more, better) in pairs if size > more and quality < better]


@pytest.mark.slow
@pytest.mark.parametrize("pixels", [chart(), ball(), ramp(60, 80)], ids=["chart", "ball", "ramp"])
def test_fewer_colors_are_never_larger_and_worse(pixels):
    assert broken(files_of(pixels)) == []


@pytest.mark.slow
@settings(max_examples=4)
@given(st.integers(0, 2**32 - 1), st.floats(0, 6), st.sampled_from([4, 8, 16]))
def test_no_picture_is_ruined_for_its_size(seed, turn, k):
    """A file is what it would be of itself, or smaller, and then it loses no more than its size is worth."""
    for pixels in (chart(9, seed), ball(64 + seed % 60, turn)):
        usual = Attempt(PreparedImage(Image(pixels)), pm.Settings(k=k))
        own, held = _file_of_its_own(usual), best_file(usual)
        if held.data == own.data:
            continue
        before, after = (usual.judge.verdict(one.result.indexed).quality for one in (own, held))
        assert len(held.data) < len(own.data)
        lost = max(LEAST_SCORE, before) - max(LEAST_SCORE, after)
        assert lost <= max(fewer.MAY_LOSE, fewer.POINTS_A_HALVING * log2(len(own.data) / len(held.data)))


def test_it_is_not_so_of_itself(monkeypatch):
    pixels, k = ball(), 8
    held = pm.compress(pixels, k)
    more = pm.compress(pixels, 2 * k)
    monkeypatch.setattr(fewer, "held_to_more_colors", lambda usual, file, best: file)
    free = pm.compress(pixels, k)
    assert len(held.data) < len(more.data) < len(free.data)


@pytest.mark.parametrize(
    "knobs", [{"dither": "none"}, {"dither_strength": 1.0}, {"palette": "three.hex"}, {"lossy": 1e-4}]
)
def test_what_is_asked_for_is_not_touched(monkeypatch, tmp_path, knobs):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "three.hex").write_text("000000\nffffff\nff8000\n")

    def complain(*given):
        raise AssertionError(given)

    monkeypatch.setattr(fewer, "_best_below", complain)
    monkeypatch.setattr(fewer, "_guesses", complain)
    pm.compress(ball(48), 8 if "palette" not in knobs else None, **knobs)


def test_a_bit_depth_leaves_no_room_for_more_colors():
    result = pm.compress(chart(), 16, bit_depth=4)
    assert len(result.palette) == 16
