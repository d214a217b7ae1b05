"""A wanted quality or size of an animation is reached, is measured on the file, and costs no more than it must."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from moving_pictures import animation, begun_apart, by_pillow, moving

import pixmeans as pm
from pixmeans.__main__ import main
from pixmeans.flow.judge import Judge
from pixmeans.flow.moving_target import MEASURED_FRAMES, measured_frames

FAST = {"effort": "fast", "optimize": 1, "space": "oklab", "masking": "off"}


def film(count=3):
    """A soft picture that drifts."""
    rows, columns = np.mgrid[0:40, 0:48]
    frames = []
    for t in range(count):
        waves = [np.sin((columns + 3 * t) / (7 + part) + part) * np.cos(rows / (9 - part)) for part in range(3)]
        frames.append((128 + 110 * np.stack(waves, axis=2)).astype(np.uint8))
    return frames


def qualities(frames, data):
    shown = by_pillow(data)[0]
    assert len(shown) == len(frames)
    images = [pm.Image(np.ascontiguousarray(one[..., :3])) for one in shown]
    return [Judge(pm.Image(frame)).quality(image) for frame, image in zip(frames, images, strict=True)]


@pytest.mark.slow
@pytest.mark.parametrize(("format", "per"), [("gif", "frame"), ("png", "animation")])
def test_the_mean_over_frames_reaches_what_was_wanted_with_fewer_bytes(format, per):
    frames, aim = film(), 60
    result = pm.compress_animation(frames, quality=aim, format=format, palette_per=per, **FAST)
    assert result.reached
    assert result.quality == pytest.approx(np.mean(qualities(frames, result.data)))
    assert result.quality >= aim
    every = pm.compress_animation(frames, format=format, palette_per=per, **FAST)
    assert len(result.data) < len(every.data)
    told = json.loads(json.dumps(result.to_dict()))
    assert min(one["bytes"] for one in told["search"] if one["quality"] >= aim) == len(result.data)


@pytest.mark.slow
@pytest.mark.parametrize("count", [1, 3])
def test_a_picture_beside_the_frames_counts_as_a_frame(count):
    apart, *frames = film(count + 1)
    apart = apart[::-1].copy()
    result = pm.compress_animation(begun_apart(frames, apart), quality=60, format="png", **FAST)
    assert result.reached
    assert result.quality == pytest.approx(np.mean(qualities([apart, *frames], result.data)))


@pytest.mark.slow
def test_a_size_is_kept_and_used():
    frames = film()
    most = len(pm.compress_animation(frames, format="gif", **FAST).data) // 2
    result = pm.compress_animation(frames, max_bytes=most, format="gif", **FAST)
    assert result.reached
    assert 0.8 * most < len(result.data) <= most
    better = [one for one in result.search.attempts if one.size <= most]
    assert result.quality == max(one.quality for one in better)


@pytest.mark.slow
def test_decibels_are_those_of_all_frames():
    result = pm.compress_animation(film(), quality="psnr:30", format="webp", **FAST)
    assert result.psnr == result.quality
    assert 30 <= result.psnr < 31


@pytest.mark.slow
def test_what_cannot_be_reached_is_told_and_strict_writes_nothing(tmp_path, capsys):
    path = tmp_path / "in.gif"
    pm.compress_animation(animation(moving(3)), 64, format="gif").save(path)
    words = [str(path), "-k", "3", "--quality", "99", "--effort", "fast", "-o", str(tmp_path / "out.gif")]
    assert main([*words, "--strict"]) == 99
    assert "quality 99 not reached" in capsys.readouterr().err
    assert not (tmp_path / "out.gif").exists()
    assert main([*words, "-v", "--keep-larger"]) == 0
    assert "<- chosen" in capsys.readouterr().err
    assert (tmp_path / "out.gif").exists()


@given(st.integers(1, 3000))
def test_measured_frames_are_spread_evenly(count):
    found = sorted(measured_frames(count))
    assert len(found) == min(count, MEASURED_FRAMES)
    assert found[0] >= 0
    assert found[-1] < count
    gaps = np.diff(found)
    assert len(gaps) == 0 or gaps.max() - gaps.min() <= 1
