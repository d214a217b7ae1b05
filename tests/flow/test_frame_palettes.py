"""A palette a frame: what is drawn has its frame's colors, still areas stay still, and cuts lose less."""

import numpy as np
import pytest
from helpers import examples
from hypothesis import given, settings
from hypothesis import strategies as st
from moving_pictures import animation, at_times, by_ffmpeg, by_pillow, few_colors, moving, noise, starts_of

import pixmeans as pm
from pixmeans.errors import SettingsError
from pixmeans.metrics import mse_between

FORMATS = ("gif", "webp")


def keys(palette):
    return {bytes(color) if color[3] else bytes(4) for color in palette.rgba}


def colors_in(pixels):
    return {bytes(color) for color in pixels.reshape(-1, 4)}


@pytest.mark.slow
@given(
    frames=noise(([255], [200], [255, 90])),
    format=st.sampled_from((*FORMATS, "auto")),
    k=st.sampled_from((2, 7, 16, 17, 64, 255, 256)),
    lossy=st.sampled_from(("auto", "on", "off")),
    dither=st.sampled_from(("auto", "none", "bayer")),
    space=st.sampled_from(("auto", "rgb")),
    color_bits=st.sampled_from((None, "rgb565")),
)
@settings(max_examples=examples(15), deadline=None)
def test_frames_draw_with_their_palettes_and_what_stays_stays(frames, format, k, **knobs):
    result = pm.compress_animation(animation(frames), k, format=format, palette_per="frame", **knobs)
    shown, times, _ = by_pillow(result.data)
    assert len(shown) == len(result.palettes) == len(result.milliseconds)
    assert max(map(len, result.palettes)) <= k
    before = None
    for one, palette in zip(shown, result.palettes, strict=True):
        drawn = one if before is None else one[(one != before).any(axis=2)]
        assert colors_in(drawn) <= keys(palette)
        before = one
    found = at_times(shown, times, starts_of(frames))
    errors = [mse_between(pm.Image(a), pm.Image(b)) for a, b in zip(frames, found, strict=True)]
    assert result.mse == pytest.approx(np.mean(errors))
    for number in range(1, len(frames)):
        stays = (frames[number] == frames[number - 1]).all(axis=2)
        assert np.array_equal(found[number][stays], found[number - 1][stays])


@pytest.mark.slow
@given(
    frames=noise(([0, 255], [0], [0, 90, 255])),
    format=st.sampled_from(FORMATS),
    k=st.sampled_from((3, 16, 64, 256)),
    lossy=st.sampled_from(("on", "off")),
)
@settings(max_examples=examples(10), deadline=None)
def test_pixels_may_vanish_and_come_back(frames, format, k, lossy):
    result = pm.compress_animation(animation(frames), k, format=format, palette_per="frame", lossy=lossy)
    shown, times, _ = by_pillow(result.data)
    found = at_times(shown, times, starts_of(frames))
    errors = [mse_between(pm.Image(a), pm.Image(b)) for a, b in zip(frames, found, strict=True)]
    assert result.mse == pytest.approx(np.mean(errors))
    for wanted, one in zip(frames, found, strict=True):
        assert np.array_equal(one[..., 3] == 0, wanted[..., 3] < (128 if format == "gif" else 1))


@pytest.mark.slow
@pytest.mark.parametrize("format", FORMATS)
@given(data=st.data())
@settings(max_examples=examples(10), deadline=None)
def test_colors_that_all_frames_share_are_written_as_if_nobody_had_asked(format, data):
    frames = data.draw(few_colors([0, 255]))
    asked, usual = (pm.compress_animation(animation(frames), 64, format=format, palette_per=per).data for per in PER)
    assert asked == usual


PER = ("frame", "animation")


def cut(count=3, k=40, seed=1):
    """Scenes without a color in common, each of k colors, with two frames each."""
    rng = np.random.default_rng(seed)
    frames = []
    for scene in range(count):
        colors = rng.integers(0, 256, (k, 3), np.uint8)
        colors[:, 0] = colors[:, 0] // count + 255 * scene // count
        frames.append(colors[rng.integers(0, k, (24, 30))])
        still = frames[-1].copy()
        still[4:9, 5:20] = colors[rng.integers(0, k, (5, 15))]
        frames.append(still)
    return frames


@pytest.mark.slow
@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("count", [2, 4])
def test_scenes_that_fit_their_palettes_are_exact_where_all_together_do_not_fit(format, count):
    frames = cut(count)
    own, shared = (pm.compress_animation(animation(frames), 41, format=format, palette_per=per) for per in PER)
    assert own.lossless
    assert not shared.lossless
    assert own.own_palettes >= count - 1
    assert shared.own_palettes == 0
    assert all(np.array_equal(a[..., :3], b) for a, b in zip(by_pillow(own.data)[0], frames, strict=True))


@pytest.mark.slow
def test_ffmpeg_shows_frames_with_their_own_tables_as_pillow_does(tmp_path):
    frames = cut()
    path = tmp_path / "x.gif"
    pm.compress_animation(animation(frames), 20, format="gif", palette_per="frame").save(path)
    found = by_ffmpeg(path)
    assert all(np.array_equal(a[..., :3], b) for a, b in zip(by_pillow(path.read_bytes())[0], found, strict=True))


@pytest.mark.parametrize(
    ("knobs", "said"),
    [
        ({"format": "png"}, "gif or webp"),
        ({}, "gif or webp"),
        ({"format": "gif", "palette": "x.hex"}, "palette gives them"),
        ({"palette_per": "scene"}, "palette_per must be one of animation, frame"),
    ],
)
def test_what_cannot_be_is_refused_with_a_way_out(knobs, said):
    with pytest.raises(SettingsError, match=said):
        pm.compress_animation(animation(moving(2)), 16, **{"palette_per": "frame", **knobs})


@pytest.mark.slow
def test_threads_do_not_change_the_bytes():
    frames = cut()
    files = {
        pm.compress_animation(animation(frames), 17, format="gif", palette_per="frame", threads=n).data for n in (1, 3)
    }
    assert len(files) == 1
