"""Animations: read back by Pillow, frame by frame."""

import sys

import numpy as np
import PIL.Image
import pytest

from pixmeans.codecs.animated import Part, gif, gif_part
from pixmeans.color.histogram import count_colors
from pixmeans.errors import OutputError, SettingsError
from pixmeans.explain import animation
from pixmeans.explain.animation import Frame, save_animation
from pixmeans.flow.frame_deltas import parts, reduced

RNG = np.random.default_rng(4)
TIMES = [1200, 350, 120, 80, 2500]


def film(k=16, size=(60, 90), noise=True):
    """Five frames of k colors that shift, in a frame with many other colors."""
    height, width = size
    indices = RNG.integers(0, k, (height - 20, width - 30))
    colors = RNG.permutation(4096)[:k]
    colors = np.stack([colors // 256 * 16, colors // 16 % 16 * 16, colors % 16 * 16], axis=1)
    around = RNG.integers(0, 256, (height, width, 3)) if noise else np.full((height, width, 3), 20)
    frames = []
    for step, stay in enumerate(TIMES):
        pixels = around.astype(np.uint8)
        pixels[:5, :5] = step * 9
        pixels[10 : height - 10, 10 : width - 20] = (colors + step).astype(np.uint8)[indices]
        frames.append(Frame(pixels, stay))
    return frames, (10, 10, width - 30, height - 20)


def save(frames, path, **options):
    return save_animation(
        frames, path, title="A run", caption="k = 16, seed 1.", meta={"k": 16, "init": "wu", "seed": 1}, **options
    )


def read(path):
    with PIL.Image.open(path) as picture:
        frames, times = [], []
        for number in range(picture.n_frames):
            picture.seek(number)
            frames.append(np.asarray(picture.convert("RGB")))
            times.append(round(picture.info["duration"]))
        return frames, times, dict(picture.info)


@pytest.mark.parametrize("suffix", ["gif", "webp", "png"])
def test_every_frame_stays_as_long_as_asked(tmp_path, suffix):
    frames, region = film()
    result = save(frames, tmp_path / f"a.{suffix}", keep_region=region)
    shown, times, info = read(tmp_path / f"a.{suffix}")
    assert result.frames == len(shown) == 5
    assert result.size_bytes == (tmp_path / f"a.{suffix}").stat().st_size
    assert times == TIMES
    assert info["loop"] == 0


@pytest.mark.parametrize("k", [2, 16, 200])
def test_the_picture_panel_of_a_gif_ends_exact(tmp_path, k):
    frames, region = film(k)
    save(frames, tmp_path / "a.gif", keep_region=region)
    x, y, width, height = region
    last = read(tmp_path / "a.gif")[0][-1]
    assert (last[y : y + height, x : x + width] == frames[-1].pixels[y : y + height, x : x + width]).all()


def test_frames_between_differ_by_no_more_than_the_tolerance(tmp_path):
    frames, region = film(noise=False)
    save(frames, tmp_path / "a.gif", keep_region=region)
    for shown, frame in zip(read(tmp_path / "a.gif")[0], frames, strict=True):
        assert np.abs(shown.astype(int) - frame.pixels).max() <= animation.TOLERANCE


def test_exact_colors_are_exact_anywhere(tmp_path):
    frames, _ = film()
    frames[-1].pixels[0, -3:] = [[1, 2, 3], [250, 3, 99], [77, 78, 79]]
    save(frames, tmp_path / "a.gif", palette=frames[-1].pixels[0, -3:].copy())
    assert (read(tmp_path / "a.gif")[0][-1][0, -3:] == frames[-1].pixels[0, -3:]).all()


@pytest.mark.parametrize("suffix", ["webp", "png"])
def test_frames_of_few_colors_are_exact_in_other_formats(tmp_path, suffix):
    frames, _ = film(noise=False)
    save(frames, tmp_path / f"a.{suffix}")
    if suffix == "png":
        shown, _, _ = read(tmp_path / "a.png")
        assert all((one == other.pixels).all() for one, other in zip(shown, frames, strict=True))


def test_equal_neighbors_become_one_frame(tmp_path):
    frames, _ = film()
    result = save([frames[0], frames[0], frames[1]], tmp_path / "a.gif")
    assert result.frames == 2
    assert read(tmp_path / "a.gif")[1] == [2400, 350]


def test_one_frame_of_one_pixel_is_an_animation(tmp_path):
    for suffix in ("gif", "webp", "png"):
        save([Frame(np.zeros((1, 1, 3), np.uint8), 100)], tmp_path / f"a.{suffix}")
        with PIL.Image.open(tmp_path / f"a.{suffix}") as picture:
            assert picture.size == (1, 1)


@pytest.mark.parametrize(("suffix", "where"), [("gif", "comment"), ("png", "Comment"), ("webp", "xmp")])
def test_files_say_k_start_and_seed(tmp_path, suffix, where):
    save(film()[0], tmp_path / f"a.{suffix}")
    words = read(tmp_path / f"a.{suffix}")[2][where]
    words = words.decode() if isinstance(words, bytes) else words
    assert "k=16, init=wu, seed=1" in words
    assert (tmp_path / f"a.{suffix}.txt").read_text() == "A run. k = 16, seed 1.\n"


@pytest.mark.slow
def test_a_limit_is_kept_and_what_was_given_up_is_said(tmp_path):
    frames, region = film(size=(160, 200))
    whole = save(frames, tmp_path / "a.gif", keep_region=region)
    assert whole.notes == ()
    fewer = save(frames, tmp_path / "b.gif", keep_region=region, limit_bytes=whole.size_bytes * 3 // 4)
    assert fewer.size_bytes <= whole.size_bytes * 3 // 4
    assert fewer.notes[0] == "every second frame left out"
    assert sum(read(tmp_path / "b.gif")[1]) == sum(TIMES)
    small = save(frames, tmp_path / "c.gif", keep_region=region, limit_bytes=1)
    assert small.notes[-1] == "half as wide and high"
    assert read(tmp_path / "c.gif")[0][0].shape == (80, 100, 3)


def test_half_size_keeps_the_colors_of_the_picture_panel():
    frames, region = film(k=3)
    (small, *_), (x, y, width, height) = animation.halved(frames, region)
    colors = {bytes(color) for color in frames[0].pixels[10:50, 10:70].reshape(-1, 3)}
    assert {bytes(color) for color in small.pixels[y : y + height, x : x + width].reshape(-1, 3)} <= colors


def test_the_same_frames_are_the_same_bytes(tmp_path):
    frames, region = film()
    for suffix in ("gif", "webp", "png"):
        save(frames, tmp_path / f"a.{suffix}", keep_region=region)
        save(frames, tmp_path / f"b.{suffix}", keep_region=region)
        assert (tmp_path / f"a.{suffix}").read_bytes() == (tmp_path / f"b.{suffix}").read_bytes()


def test_an_unknown_suffix_is_named(tmp_path):
    with pytest.raises(SettingsError, match=r"\.gif, \.webp.*got 'a\.bmp'"):
        save(film()[0], tmp_path / "a.bmp")


def test_a_film_without_pyav_is_one_clear_line(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "av", None)
    with pytest.raises(OutputError, match=r"pip install 'pixmeans\[video\]'"):
        save(film()[0], tmp_path / "a.mp4")
    assert not list(tmp_path.iterdir())


def test_colors_that_are_kept_stay():
    histogram = count_colors(RNG.integers(0, 256, (1, 900, 3)).astype(np.uint8))
    kept = np.zeros(len(histogram), bool)
    kept[::5] = True
    colors, labels = reduced(histogram, kept, 255)
    assert len(colors) <= 255
    assert (colors[labels[kept]] == histogram.colors[kept]).all()


def test_times_are_the_ones_of_the_specification():
    assert [animation.stay(i, 30) for i in (0, 1, 5, 6, 29, 30)] == [1200, 350, 350, 120, 120, 2500]
    times = animation.tween_times()
    assert len(times) == 6
    assert times == sorted(times)
    assert times[-1] == 1


@pytest.mark.parametrize("k", [1, 2, 5, 255, 256])
def test_pillow_shows_every_part_of_a_gif_as_it_was_meant(tmp_path, k):
    # the first one has enough codes to fill the dictionary; each brings its own colors
    drawings, meant, shown = [], [], np.zeros((120, 151, 3), np.uint8)
    for x, y, width, height in (0, 0, 151, 120), (0, 0, 1, 1), (150, 0, 1, 120), (3, 5, 77, 31):
        colors = RNG.integers(0, 256, (k, 3), np.uint8)
        transparent = k if drawings and k < 256 else None
        indices = RNG.integers(0, k if transparent is None else k + 1, (height, width)).astype(np.uint8)
        drawings.append(gif_part(Part(x, y, indices, colors, transparent, 50)))
        drawn = indices < k
        shown[y : y + height, x : x + width][drawn] = colors[indices[drawn]]
        meant.append(shown.copy())
    (tmp_path / "a.gif").write_bytes(gif(151, 120, drawings, {"Title": "parts"}))
    assert np.array_equal(read(tmp_path / "a.gif")[0], meant)


def test_frames_take_fewer_bytes_than_with_pillows_lzw():
    frames, region = film(16, (160, 200))
    pixels, times = [frame.pixels for frame in frames], [frame.milliseconds for frame in frames]
    ours = theirs = 0
    for part in parts(pixels, times, exact=None, region=region, tolerance=animation.TOLERANCE):
        height, width = part.indices.shape
        bits = max((len(part.colors) - 1).bit_length(), (part.transparent or 0).bit_length(), 2)
        pillows = PIL.Image.frombytes("P", (width, height), part.indices.tobytes()).tobytes("gif", "P", bits, 0)
        ours += len(gif_part(part))
        theirs += 8 + 10 + (3 << bits) + 1 + len(pillows) + 1
    assert ours < theirs
