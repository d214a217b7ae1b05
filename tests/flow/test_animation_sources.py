"""What is handed in as an animation, and what a person gives with it."""

import io

import numpy as np
import PIL.Image
import pytest
from moving_pictures import animation, begun_apart, by_pillow, moving

import pixmeans as pm
from pixmeans.errors import SettingsError
from pixmeans.metrics import mse_between

FORMATS = {"gif": "GIF", "png": "PNG", "webp": "WEBP"}


def pictures(frames):
    return [PIL.Image.fromarray(frame) for frame in frames]


@pytest.mark.slow
@pytest.mark.parametrize("times", [None, 70, (10, 20, 30)])
def test_pictures_in_any_container_are_one_animation(times):
    frames = [frame // 64 * 64 for frame in moving(3, 27, 40)]
    stay = [100] * 3 if times is None else [70] * 3 if times == 70 else list(times)
    wanted = pm.compress_animation(animation(frames, stay), 64, format="gif").data
    opaque = [np.dstack([frame, np.full(frame.shape[:2], 255, np.uint8)]) for frame in frames]
    ways = (frames, np.stack(frames), np.stack(opaque), pictures(frames), iter(frames), map(pm.Image, frames))
    for source in ways:
        assert pm.compress_animation(source, 64, format="gif", milliseconds=times).data == wanted


@pytest.mark.slow
@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("is_open", [True, False])
def test_a_pillow_picture_has_all_frames_and_stays_where_it_is(format, is_open, tmp_path):
    path = tmp_path / f"x.{format}"
    first, *others = pictures([frame // 64 * 64 for frame in moving(4, 20, 40)])
    first.save(path, FORMATS[format], save_all=True, append_images=others, duration=50, loop=3, lossless=True)
    data = path.read_bytes()
    with PIL.Image.open(path if is_open else io.BytesIO(data)) as picture:
        picture.seek(2)
        picture.load()
        if not is_open and format == "gif":
            picture.fp = None
        result = pm.compress_animation(picture, 64, format="png")
        assert picture.tell() == 2
    wanted = pm.compress_animation(data, 64, format="png")
    assert (result.data, result.plays) == (wanted.data, wanted.plays)
    assert result.plays == 3 + (format == "gif")


@pytest.mark.parametrize(
    ("source", "times", "said"),
    [
        (np.zeros((3, 3, 3), np.uint8), None, r"\(n, h, w, c\); the array has shape \(3, 3, 3\)"),
        ([], None, "the list is empty"),
        ([7], None, "a picture must be"),
        (np.zeros((2, 3, 3, 3), np.uint8), (1, 2, 3), "one for each of 2 pictures, got 3"),
        (np.zeros((2, 3, 3, 3), np.uint8), -1, "milliseconds must be 0 or more"),
        (np.zeros((2, 3, 3, 3), np.uint8), "soon", "milliseconds must be a number"),
        (animation(moving(2)), 40, "this source has its own"),
    ],
)
def test_what_cannot_be_meant_is_refused_in_one_line(source, times, said):
    with pytest.raises(SettingsError, match=rf"\A[^\n]*{said}[^\n]*\Z"):
        pm.compress_animation(source, 4, milliseconds=times)


def sides(frames, shown):
    """The error of the left and of the right half."""
    half = frames[0].shape[1] // 2
    return [
        sum(
            mse_between(pm.Image(a[:, part].copy()), pm.Image(b[:, part].copy()))
            for a, b in zip(frames, shown, strict=True)
        )
        for part in (slice(0, half), slice(half, None))
    ]


@pytest.mark.slow
@pytest.mark.parametrize("masking", ["on", "off"])
@pytest.mark.parametrize("per", ["animation", "frame"])
def test_importance_moves_error_to_where_it_counts_less(masking, per, tmp_path):
    rng = np.random.default_rng(5)
    frames = [rng.integers(0, 256, (24, 32, 3), np.uint8) for _ in range(3)]
    for frame in frames:
        frame[:, :16] //= 2  # colors of their own
    knobs = {
        "format": "gif",
        "palette_per": per,
        "masking": masking,
        "space": "oklab",
        "dither": "none",
        "lossy": "off",
    }
    weights = np.ones((24, 32))
    same = pm.compress_animation(frames, 12, **knobs)
    assert pm.compress_animation(frames, 12, importance=weights, **knobs).data == same.data
    weights[:, :16] = 12
    path = tmp_path / "map.png"
    PIL.Image.fromarray((weights * 20).astype(np.uint8)).save(path)
    left = pm.compress_animation(frames, 12, importance=weights, **knobs)
    assert pm.compress_animation(frames, 12, importance=str(path), **knobs).palette.hex == left.palette.hex
    before, after = (sides(frames, [one[..., :3] for one in by_pillow(one.data)[0]]) for one in (same, left))
    assert after[0] < before[0]
    assert after[1] > before[1]
    with pytest.raises(SettingsError, match="importance"):
        pm.compress_animation(frames, 12, importance=weights[1:], **knobs)


@pytest.mark.slow
@pytest.mark.parametrize("depth", [1, 2, 4, 8])
@pytest.mark.parametrize("lossy", ["on", "off"])
def test_a_png_has_the_depth_that_was_asked_for_in_all_frames(depth, lossy):
    frames = moving(4)
    result = pm.compress_animation(frames, 1 << depth, bit_depth=depth, png_type="indexed", lossy=lossy)
    assert result.data[24:26] == bytes([depth, 3])
    shown = by_pillow(result.data)[0]
    assert len(shown) == 4
    errors = [mse_between(pm.Image(a), pm.Image(b)) for a, b in zip(frames, shown, strict=True)]
    assert result.mse == pytest.approx(np.mean(errors))


@pytest.mark.slow
@pytest.mark.parametrize("depth", [1, 2, 4, 8])
@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize("lossy", ["on", "off"])
def test_a_picture_beside_the_frames_has_their_depth_and_colors(depth, count, lossy):
    apart, *frames = moving(count + 1)
    data = begun_apart(frames, apart)
    result = pm.compress_animation(data, 1 << depth, bit_depth=depth, png_type="indexed", lossy=lossy)
    assert result.data[24:26] == bytes([depth, 3])
    assert result.frames == count
    shown = by_pillow(result.data)[0]
    assert len(shown) == 1 + count
    errors = [mse_between(pm.Image(a), pm.Image(b)) for a, b in zip([apart, *frames], shown, strict=True)]
    assert result.mse == pytest.approx(np.mean(errors))


@pytest.mark.slow
@pytest.mark.parametrize("format", ["gif", "webp"])
def test_a_palette_a_frame_is_not_for_the_picture_beside_them(format):
    apart, *frames = moving(3)
    knobs = {"k": 24, "format": format, "palette_per": "frame"}
    result = pm.compress_animation(begun_apart(frames, np.zeros_like(apart)), **knobs)
    assert [loss for loss in result.losses if "without animations" in loss]
    alone = pm.compress_animation(animation(frames, [50, 50], plays=0), **knobs)
    assert np.array_equal(by_pillow(result.data)[0], by_pillow(alone.data)[0])


def test_gray_samples_and_a_single_frame_are_refused():
    with pytest.raises(SettingsError, match="png_type gray is for stills"):
        pm.compress_animation(moving(2), 4, png_type="gray")
    with pytest.raises(SettingsError, match="frame takes one frame"):
        pm.compress_animation(moving(2), 4, frame=1)


@pytest.mark.slow
@pytest.mark.parametrize("weigh", ["pixels", "pictures"])
def test_a_palette_counts_all_frames_or_the_one_that_is_chosen(weigh, tmp_path):
    frames = [frame // 8 * 8 for frame in moving(3)]
    path = tmp_path / "x.png"
    first, *others = pictures(frames)
    first.save(path, "PNG", save_all=True, append_images=others, duration=50)
    long = np.concatenate(frames)
    wanted = pm.palette([long], 7, weigh=weigh).hex
    ways = (path, str(path), path.read_bytes(), io.BytesIO(path.read_bytes()), animation(frames))
    for source in ways:
        assert pm.palette(source, 7, weigh=weigh).hex == wanted
    other = 255 - frames[0][:9]
    assert pm.palette([path, other], 7, weigh=weigh).hex == pm.palette([other, long], 7, weigh=weigh).hex
    assert pm.palette(path, 7, frame=2).hex == pm.palette(frames[1], 7).hex
