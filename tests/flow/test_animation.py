"""Animations: what was written is what was meant, still areas stay still, and memory does not grow."""

import io
import tracemalloc
from itertools import pairwise

import numpy as np
import PIL.Image
import pytest
from helpers import examples
from hypothesis import given, settings
from hypothesis import strategies as st
from moving_pictures import (
    animation,
    at_times,
    begun_apart,
    by_ffmpeg,
    by_pillow,
    few_colors,
    moving,
    noise,
    rgba,
    starts_of,
)

import pixmeans as pm
from pixmeans.codecs import open_frames
from pixmeans.codecs.frames import FULL_FRAMES
from pixmeans.codecs.png_chunks import chunk
from pixmeans.errors import InputError, SettingsError
from pixmeans.flow.rectangles import SHORTEST, Times
from pixmeans.metrics import mse_between
from pixmeans.pipeline import ONLY_STILLS

FORMATS = ("gif", "png", "webp")
DITHERS = ("none", "floyd-steinberg", "blue-noise", "riemersma", "bayer")  # lossy indices only where they are asked for
ALPHAS = ([255], [0, 255], [0, 90, 255], [0], [200])


@pytest.mark.slow
@pytest.mark.parametrize("format", FORMATS)
@given(data=st.data())
@settings(max_examples=examples(40), deadline=None)
def test_what_fits_the_palette_comes_back_exactly(format, data):
    alphas = data.draw(st.sampled_from(([255], [0, 255]) + (() if format == "gif" else ([0, 90, 255],))))
    frames = data.draw(few_colors(alphas))
    plays = data.draw(st.integers(0, 4))
    times = [10 * data.draw(st.integers(2, 40)) for _ in frames]
    result = pm.compress_animation(animation(frames, times, plays), 64, format=format)
    shown, found, loop = by_pillow(result.data)
    assert result.lossless
    assert (result.frames, len(result.milliseconds)) == (len(frames), len(shown))
    starts = np.cumsum([0, *times[:-1]])
    for one, wanted in zip(at_times(shown, found, starts), frames, strict=True):
        assert np.array_equal(one, wanted)
    if len(shown) > 1:
        assert [round(one) for one in found] == list(result.milliseconds)
        assert sum(found) == sum(times)
        assert loop == {"gif": {0: 0, 1: None}.get(plays, plays - 1)}.get(format, plays)
    decoded = result.decoded()
    assert all(np.array_equal(rgba(one.pixels), wanted) for one, wanted in zip(decoded.frames, shown, strict=True))
    neighbors = sum(not np.array_equal(a, b) for a, b in pairwise(frames))
    assert len(shown) == 1 + neighbors


@pytest.mark.slow
@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize(
    ("dither", "lossy"),
    [
        *(("auto", lossy) for lossy in ("auto", "off", 1e-4)),
        *((dither, lossy) for dither in DITHERS for lossy in ("off", "on")),
    ],
)
def test_still_areas_stay_still_and_the_error_is_that_of_the_file(format, lossy, dither):
    frames = moving()
    result = pm.compress_animation(animation(frames), 12, format=format, lossy=lossy, dither=dither)
    shown = by_pillow(result.data)[0]
    assert len(shown) == len(frames)
    for number in range(1, len(frames)):
        stays = (frames[number] == frames[number - 1]).all(axis=2)
        assert stays.any()
        assert not stays.all()
        assert np.array_equal(shown[number][stays], shown[number - 1][stays])
    colors = {bytes(color) for color in result.palette.rgba}
    assert {bytes(color) for frame in shown for color in frame.reshape(-1, 4)} <= colors
    errors = [mse_between(pm.Image(a), pm.Image(b)) for a, b in zip(frames, shown, strict=True)]
    assert result.mse == pytest.approx(np.mean(errors))


@pytest.mark.slow
@pytest.mark.parametrize("format", FORMATS)
def test_a_still_background_takes_next_to_nothing(format):
    frames = moving(count=20, height=90, width=150)
    one = pm.compress_animation(animation(frames[:1]), 32, format=format)
    all_ = pm.compress_animation(animation(frames), 32, format=format)
    assert len(all_.data) < 0.4 * len(frames) * len(one.data)


@pytest.mark.slow
@pytest.mark.parametrize("format", FORMATS)
def test_threads_and_the_way_in_do_not_change_the_bytes(format, tmp_path):
    frames = moving()
    files = [
        pm.compress_animation(animation(frames, [50] * 6), 20, format=format, threads=threads, seed=3).data
        for threads in (1, 3)
    ]
    path = tmp_path / "in.png"
    first, *others = (PIL.Image.fromarray(frame) for frame in frames)
    first.save(path, save_all=True, append_images=others, duration=50, loop=0)
    for source in (path, path.read_bytes(), io.BytesIO(path.read_bytes())):
        files.append(pm.compress_animation(source, 20, format=format, seed=3).data)
    assert len(set(files)) == 1


@pytest.mark.slow
@pytest.mark.parametrize("k", [4, 12, 256])
@pytest.mark.parametrize("format", ["png", "gif"])
def test_ffmpeg_shows_the_same_frames_as_pillow(format, k, tmp_path):
    frames = moving()
    path = tmp_path / f"x.{format}"
    pm.compress_animation(animation(frames, [50] * len(frames)), k, format=format).save(path)
    found = by_ffmpeg(path)
    shown = by_pillow(path.read_bytes())[0]
    assert len(found) == len(shown)
    assert all(np.array_equal(a, b[..., :3]) for a, b in zip(found, shown, strict=True))


@pytest.mark.slow
@pytest.mark.parametrize("format", FORMATS)
def test_one_frame_is_a_still_file(format):
    result = pm.compress_animation(animation(moving(1)), 16, format=format)
    shown, _, _ = by_pillow(result.data)
    assert len(shown) == 1
    assert b"acTL" not in result.data
    assert {bytes(color) for color in shown[0].reshape(-1, 4)} <= {bytes(color) for color in result.palette.rgba}


def long_file(count, side=96):
    """An APNG whose frames show noise that shifts."""
    rng = np.random.default_rng(2)
    noise = rng.integers(0, 24, (side, side, 3), np.uint8) * 10
    frames = [PIL.Image.fromarray(np.roll(noise, number % 7, axis=1)) for number in range(count)]
    file = io.BytesIO()
    frames[0].save(file, "PNG", save_all=True, append_images=frames[1:], duration=40)
    return file.getvalue()


def peak(data):
    tracemalloc.start()
    try:
        size = len(pm.compress_animation(data, 8, format="gif", lossy="off", dither="none", threads=1).data)
        return tracemalloc.get_traced_memory()[1] - size
    finally:
        tracemalloc.stop()


@pytest.mark.slow
def test_memory_does_not_grow_with_the_frames():
    few, many = long_file(8), long_file(64)
    peak(few)  # tables that stay
    a_frame = 96 * 96 * 3
    assert peak(many) - peak(few) < 12 * a_frame


@given(st.lists(st.floats(0, 500), min_size=1, max_size=60), st.sampled_from((1, 10)))
def test_times_are_kept_to_a_unit(wanted, unit):
    times = Times(unit)
    found = [times.rounded(one) for one in wanted]
    for one, asked in zip(found, wanted, strict=True):
        assert one % unit == 0
        assert abs(one - asked) <= unit
        assert (one == 0) <= (asked < unit)
        if unit == 10 and asked >= 15:
            assert one >= SHORTEST
    long = [one for one in wanted if one >= 30]
    times = Times(unit)
    assert abs(sum(times.rounded(one) for one in long) - sum(long)) <= unit


@pytest.mark.slow
@pytest.mark.parametrize("format", FORMATS)
def test_a_frame_longer_than_the_format_can_say_is_written_in_pieces(format):
    frames = moving(2)
    result = pm.compress_animation(animation(frames, [700_000, 50]), 256, format=format)
    shown, times, _ = by_pillow(result.data)
    assert sum(times) == 700_050
    assert np.array_equal(shown[0], shown[-2])


@pytest.mark.slow
@pytest.mark.parametrize("format", FORMATS)
@given(data=st.data())
@settings(max_examples=examples(20), deadline=None)
def test_a_picture_beside_the_frames_stays_beside_them_or_is_told(format, data):
    frames = data.draw(few_colors([255]))
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32)))
    apart = rng.integers(0, 4, frames[0].shape, np.uint8) * 85
    apart[..., 3] = rng.choice([0, 255], apart.shape[:2])
    result = pm.compress_animation(begun_apart(frames, apart), 200, format=format)
    shown, times, _ = by_pillow(result.data)
    if format == "png":
        assert result.lossless
        assert np.array_equal(shown.pop(0), rgba(apart))
        times.pop(0)
    else:
        assert result.psnr is None
        assert not result.lossless
        assert [loss for loss in result.losses if "without animations" in loss]
    moments = [50 * number for number in range(len(frames))]
    for one, wanted in zip(at_times(shown, times, moments), frames, strict=True):
        assert np.array_equal(one, rgba(wanted))
    assert sum(times) == 50 * len(frames)


@pytest.mark.slow
@pytest.mark.parametrize("k", [4, 16])
def test_a_picture_beside_the_frames_has_its_colors_in_the_palette(k):
    frames = moving(3)
    red = np.zeros_like(frames[0])
    red[..., 0] = 250
    data = begun_apart(frames, red)
    result = pm.compress_animation(data, k, format="png")
    shown, _, _ = by_pillow(result.data)
    assert np.abs(shown[0][..., :3].astype(int) - red).mean() < 8
    errors = [mse_between(pm.Image(a), pm.Image(b[..., :3].copy())) for a, b in zip([red, *frames], shown, strict=True)]
    assert np.isclose(result.mse, np.mean(errors))


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("side", [1, 3, 8])
def test_frames_that_take_hours_are_refused_by_their_number(format, side):
    frames = [np.full((side, side, 3), gray, np.uint8) for gray in range(FULL_FRAMES + 1)]
    data = pm.compress_animation(animation(frames), format=format).data
    assert len(list(open_frames(data, name="x", max_pixels=side * side + side))) == FULL_FRAMES + 1
    with pytest.raises(InputError, match=rf"^x: {FULL_FRAMES + 1} frames of .* --max-pixels.* --frame$"):
        open_frames(data, name="x", max_pixels=side * side)


@pytest.mark.parametrize("name", ONLY_STILLS)
def test_what_only_stills_have_is_refused(name):
    values = {"quality": "80", "max_bytes": 9000, "importance": "x.png"}
    value = values.get(name, "auto" if name == "levels" else True)
    with pytest.raises(SettingsError, match=name):
        pm.compress_animation(animation(moving(2)), 16, **{name: value})


@pytest.mark.parametrize("source", [7, None, np.zeros((3, 3, 3), np.uint8)])
def test_what_is_no_animation_is_refused(source):
    with pytest.raises(SettingsError, match="an animation must be"):
        pm.compress_animation(source, 4)


def test_bad_files_and_too_many_colors_are_refused_in_one_line(tmp_path):
    path = tmp_path / "bad.gif"
    path.write_bytes(b"GIF89a nothing")
    for call in (pm.compress_animation, pm.read_animation):
        with pytest.raises(InputError, match=r"\A.*bad\.gif: .*\Z"):
            call(path)
    with pytest.raises(SettingsError, match="256"):
        pm.compress_animation(animation(moving(2)), 300)
    with pytest.raises(InputError, match="together"):
        pm.read_animation(long_file(4, 20), max_pixels=1599)
    assert len(pm.read_animation(long_file(4, 20), max_pixels=1600)) == 4


@pytest.mark.slow
@pytest.mark.parametrize("count", [1, 6])
@pytest.mark.parametrize("alpha", [False, True])
def test_entries_of_a_given_palette_keep_their_places(tmp_path, count, alpha):
    path = tmp_path / "colors.hex"
    wanted = ["#000000", "#ff0000", "#00ff00", "#12ff34", "#0000ff", "#ffffff"]
    path.write_text("\n".join(one[1:] for one in wanted))
    frames = moving(count)
    if alpha:
        frames = [np.dstack([frame, np.full(frame.shape[:2], 255, np.uint8)]) for frame in frames]
        frames[-1][:9, :9] = 0
    for format in ("gif", "png"):
        result = pm.compress_animation(animation(frames), palette=str(path), format=format)
        assert result.palette.hex[:6] == wanted
        assert len(result.palette) == 6 + alpha
        with PIL.Image.open(io.BytesIO(result.data)) as picture:
            table = np.array(picture.getpalette()[:18], np.uint8).reshape(6, 3)
        assert ["#" + bytes(color).hex() for color in table] == wanted


@pytest.mark.slow
def test_results_are_saved_and_shown(tmp_path):
    result = pm.compress_animation(animation(moving()), 8, format="gif")
    result.save(tmp_path / "x.gif")
    assert (tmp_path / "x.gif").read_bytes() == result.data
    file = io.BytesIO()
    result.save(file)
    assert file.getvalue() == result.data
    with pytest.raises(SettingsError, match="contradict"):
        result.save(tmp_path / "x.png")
    with pytest.raises(pm.OutputExistsError):
        result.save(tmp_path / "x.gif")
    assert "data:image/gif;base64," in result._repr_html_()
    told = result.to_dict()
    assert (told["frames"], told["k"]) == (6, len(result.palette))
    frames = list(open_frames(result.data, name="x"))
    assert len(frames) == len(told["milliseconds"])


def test_hdr_frames_are_refused_or_kept_in_a_png_alone():
    data = long_file(3, 16)
    at = 33  # behind IHDR
    hdr = data[:at] + chunk(b"cICP", bytes([9, 16, 0, 1])) + data[at:]
    with pytest.raises(InputError, match="HDR"):
        pm.compress_animation(hdr, 8, format="png")
    with pytest.raises(InputError, match="HDR"):
        pm.compress_animation(hdr, 8, format="gif", icc="keep")
    kept = pm.compress_animation(hdr, 8, format="png", icc="keep")
    assert b"cICP" in kept.data
    assert len(list(open_frames(kept.data, name="x", icc="keep"))) == 3


@pytest.mark.slow
@pytest.mark.parametrize("format", FORMATS)
def test_alpha_that_a_format_cannot_hold_is_told_whichever_frame_has_it(format):
    opaque = np.dstack([moving(1)[0], np.full((40, 56), 255, np.uint8)])
    soft = opaque.copy()
    soft[5:20, 5:30, 3] = 100 + np.arange(25)
    for frames in ([opaque, soft], [soft, opaque]):
        result = pm.compress_animation(animation(frames), 64, format=format)
        assert any("levels of alpha" in loss for loss in result.losses) == (format == "gif")
        shown = by_pillow(result.data)[0]
        wanted = {0, 255} if format == "gif" else {int(one) for one in result.palette.rgba[:, 3]}
        assert {int(one) for frame in shown for one in np.unique(frame[..., 3])} <= wanted


@pytest.mark.slow
@given(
    frames=noise(ALPHAS),
    format=st.sampled_from((*FORMATS, "auto")),
    k=st.sampled_from((2, 3, 7, 16, 17, 64, 255, 256)),
    lossy=st.sampled_from(("auto", "on", "off")),
    dither=st.sampled_from(("auto", "none", "bayer")),
    space=st.sampled_from(("auto", "rgb")),
    color_bits=st.sampled_from((None, "rgb565", "rgba4444")),
)
@settings(max_examples=examples(60), deadline=None)
def test_files_hold_the_colors_of_the_palette_and_the_error_that_is_told(frames, format, k, **knobs):
    result = pm.compress_animation(animation(frames), k, format=format, **knobs)
    assert len(result.palette) <= k
    shown, times, _ = by_pillow(result.data)
    found = at_times(shown, times, starts_of(frames))
    colors = {bytes(color) if color[3] else bytes(4) for color in result.palette.rgba}
    assert {bytes(color) for frame in shown for color in frame.reshape(-1, 4)} <= colors
    errors = [mse_between(pm.Image(a), pm.Image(b)) for a, b in zip(frames, found, strict=True)]
    assert result.mse == pytest.approx(np.mean(errors))
    for number in range(1, len(frames)):
        stays = (frames[number] == frames[number - 1]).all(axis=2)
        assert np.array_equal(found[number][stays], found[number - 1][stays])
