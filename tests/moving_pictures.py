"""Animations for tests: of few colors, of noise, and a square that moves; and what Pillow shows of a file."""

import io
from pathlib import Path

import av
import numpy as np
import PIL.Image
from hypothesis import strategies as st

import pixmeans as pm


def animation(frames, times=None, plays=0):
    times = [40 + 10 * number for number in range(len(frames))] if times is None else times
    return pm.Animation(tuple(pm.Image(frame) for frame in frames), tuple(times), plays)


def rgba(pixels):
    if pixels.shape[2] == 3:
        pixels = np.dstack([pixels, np.full(pixels.shape[:2], 255, np.uint8)])
    return np.where(pixels[..., 3:] > 0, pixels, 0)


def by_pillow(data):
    """Frames (h, w, 4), times and how often they are repeated as the format says it."""
    shown, times = [], []
    with PIL.Image.open(io.BytesIO(data)) as picture:
        for number in range(getattr(picture, "n_frames", 1)):
            picture.seek(number)
            shown.append(rgba(np.asarray(picture.convert("RGBA"))))
            times.append(picture.info.get("duration", 0))
        loop = picture.info.get("loop")
    return shown, times, loop


def at_times(shown, times, moments):
    ends = np.cumsum(times)
    return [shown[min(int(np.searchsorted(ends, moment, side="right")), len(shown) - 1)] for moment in moments]


def starts_of(frames):
    """When frames begin that stay as long as `animation` says."""
    return np.cumsum([0, *(40 + 10 * number for number in range(len(frames) - 1))])


@st.composite
def few_colors(draw, alphas):
    """Frames of a few colors, of which parts change, stay, appear and vanish."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    height, width = draw(st.integers(1, 14)), draw(st.integers(1, 14))
    colors = rng.integers(0, 256, (draw(st.integers(1, 12)), 4), np.uint8)
    colors[:, 3] = rng.choice(alphas, len(colors))
    colors[colors[:, 3] == 0] = 0
    frames = [colors[rng.integers(0, len(colors), (height, width))]]
    for _ in range(draw(st.integers(0, 5))):
        frame = frames[-1].copy()
        if draw(st.booleans()):
            top, left = draw(st.integers(0, height - 1)), draw(st.integers(0, width - 1))
            part = frame[top : top + draw(st.integers(1, 14)), left : left + draw(st.integers(1, 14))]
            part[...] = colors[rng.integers(0, len(colors), part.shape[:2])]
        frames.append(frame)
    return frames


def moving(count=6, height=40, width=56, seed=0):
    """A noisy square that moves over a still gradient, and (h, w) whether a pixel stays from frame to frame."""
    rng = np.random.default_rng(seed)
    rows, columns = np.mgrid[0:height, 0:width]
    still = np.stack([columns * 4, rows * 5, 120 + (rows + columns) // 2], axis=2).astype(np.uint8)
    frames = []
    for number in range(count):
        frame = still.copy()
        left = 3 + 7 * number
        frame[10:26, left : left + 14] = rng.integers(60, 200, frame[10:26, left : left + 14].shape, np.uint8)
        frames.append(frame)
    return frames


@st.composite
def noise(draw, kinds):
    """Frames of noise with alpha of one of the kinds, of which rectangles change, fade by a level, or stay."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    alphas = draw(st.sampled_from(kinds))
    shape = draw(st.integers(1, 30)), draw(st.integers(1, 30))

    def some(height, width):
        pixels = rng.integers(0, 256, (height, width, 4), np.uint8)
        pixels[..., 3] = rng.choice(alphas, (height, width))
        return pixels

    frames = [some(*shape)]
    for _ in range(draw(st.integers(0, 4))):
        frame = frames[-1].copy()
        top, left = draw(st.integers(0, shape[0] - 1)), draw(st.integers(0, shape[1] - 1))
        part = frame[top : top + draw(st.integers(1, 30)), left : left + draw(st.integers(1, 30))]
        if draw(st.booleans()):
            part[...] = some(*part.shape[:2])
        else:
            part[..., :3] = np.minimum(part[..., :3], 254) + 1
        frames.append(frame)
    return frames


def begun_apart(frames, apart):
    """An APNG that begins with a picture that is no frame."""
    pictures = [PIL.Image.fromarray(one) for one in (apart, *frames)]
    file = io.BytesIO()
    pictures[0].save(file, "PNG", save_all=True, default_image=True, append_images=pictures[1:], duration=50, blend=0)
    return file.getvalue()


def by_ffmpeg(path: Path) -> list[np.ndarray]:
    """The frames (h, w, 3) of a file as FFmpeg's decoders show them, a second opinion on Pillow's."""
    with av.open(str(path)) as file:
        return [frame.to_ndarray(format="rgb24") for frame in file.decode(video=0)]
