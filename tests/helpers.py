"""What several test files share: pictures made by code, and readers that owe nothing to the project."""

from __future__ import annotations

import functools
import io

import numpy as np
import PIL.Image
from hypothesis import settings

from pixmeans.color.masking import masking, to_visual_grid
from pixmeans.color.spaces import SPACES
from pixmeans.explain.samples import SAMPLES
from pixmeans.image import Image
from pixmeans.kernels.lzw import pack
from pixmeans.rate.lz77 import Lz77Scene
from pixmeans.rate.lzw import LzwScene

# Examples of hypothesis unless something else is said; a profile with fewer is for those in a hurry.
USUAL = 100


def examples(count: int) -> int:
    """So many examples of hypothesis for one test, or as few as its profile (see conftest.py) allows."""
    most = settings().max_examples
    return count if most >= USUAL else min(count, most)


@functools.cache
def sample(name: str) -> Image:
    """A sample picture, painted once for all tests. It may not be written to."""
    image = SAMPLES[name]()
    image.pixels.setflags(write=False)
    return image


def blobs(seed: int, n: int, channels: int = 3, spread: int = 40) -> np.ndarray:
    """(n, channels) uint8: colors around a handful of centers, as a photo's are."""
    rng = np.random.default_rng(seed)
    centers = rng.integers(0, 256, (6, channels))
    noise = rng.normal(0, spread, (n, channels))
    return np.clip(centers[rng.integers(0, 6, n)] + noise, 0, 255).astype(np.uint8)


def meadow(height: int = 60, width: int = 90) -> np.ndarray:
    """(h, w, 3) uint8: grays and greens."""
    rng = np.random.default_rng(7)
    pixels = np.zeros((height, width, 3))
    pixels[: height // 2] = [90, 100, 95]
    pixels[height // 2 :] = [60, 110, 50]
    return np.clip(pixels + rng.normal(0, 6, pixels.shape), 0, 255).astype(np.uint8)


def with_poppy(pixels: np.ndarray, size: int = 5) -> np.ndarray:
    pixels = pixels.copy()
    pixels[20 : 20 + size, 30 : 30 + size] = [230, 40, 30]
    return pixels


def slopes(height=80, width=97, seed=0, channels=3):
    """Slopes with noise on them, so that there is something to copy and something to spare."""
    random = np.random.default_rng(seed)
    y, x = np.mgrid[:height, :width]
    plane = np.stack([2 * x + y, x // 8 * 16, 200 - y], axis=2) % 256
    pixels = np.clip(plane + random.normal(0, 6, plane.shape), 0, 255).astype(np.uint8)
    if channels == 4:
        alpha = np.full((height, width, 1), 255, np.uint8)
        alpha[: height // 4] = 0
        alpha[height // 4 : height // 3] = 128
        pixels = np.concatenate([pixels, alpha], axis=2)
        pixels[alpha[..., 0] == 0] = 0
    return pixels


def own_colors(pixels, k=64, seed=0):
    """A palette of k of the picture's own colors, and the nearest entry of each pixel."""
    flat = pixels.reshape(-1, pixels.shape[2])
    colors = np.unique(flat, axis=0)
    colors = colors[np.random.default_rng(seed).permutation(len(colors))[:k]]
    # Products of whole numbers below 2**53 are exact. What is left out is the same for all entries of a pixel.
    steps, entries = SPACES["oklab"].to_grid(flat).astype(float), SPACES["oklab"].to_grid(colors).astype(float)
    if flat.shape[1] == 4:
        entries[:, 3] += np.where(colors[:, 3] == 255, 0, -1)
    nearest = (entries**2).sum(axis=1) - 2 * (steps @ entries.T)
    if flat.shape[1] == 4:
        nearest[(flat[:, None, 3] == 255) != (colors[None, :, 3] == 255)] += 1 << 40
    return colors, nearest.argmin(axis=1).astype(np.uint8).reshape(pixels.shape[:2])


def weighted_loss(pixels, made):
    """Weighted squared OKLab distance, a mean over pixels."""
    weights = masking(pixels).weights / 256
    before = to_visual_grid(pixels.reshape(-1, pixels.shape[2])) / 2**14
    after = to_visual_grid(made.colors[made.indices].reshape(-1, made.colors.shape[1])) / 2**14
    return float((weights.ravel() * ((before - after) ** 2).sum(axis=1)).mean())


def packed(indices, bits=8, patience=-1):
    room = np.empty(2 * indices.size + 16, np.uint8)
    return room[: pack(indices.ravel(), bits, patience, room)].tobytes()


def unpacked(data, bits):
    """LZW as GIF89a describes it, from the decoder's side; also the codes and how wide each was."""
    clear, at, width, table, before, out, codes = 1 << bits, 0, bits + 1, [], None, [], []
    number = int.from_bytes(data, "little")
    while True:
        code = number >> at & (1 << width) - 1
        codes.append((code, width))
        at += width
        if code == clear:
            table = [(i,) for i in range(clear)] + [(), ()]
            width, before = bits + 1, None
            continue
        if code == clear + 1:
            assert -(-at // 8) == len(data)
            return np.array(out, np.uint8), codes
        if before is not None and len(table) < 4096:
            table.append((*before, (table[code] if code < len(table) else before)[0]))
        out.extend(table[code])
        before = table[code]
        if len(table) == 1 << width and width < 12:
            width += 1


def decoded(data):
    with PIL.Image.open(io.BytesIO(data)) as file:
        return np.asarray(file.convert("RGBA" if file.has_transparency_data else "RGB"))


def rate_aware(pixels, colors, indices, lambda_, *, masks=None, protected=None, **options):
    """Lossy indices for PNG or WebP of a picture that is asked for once."""
    return Lz77Scene(pixels, masks=masks, protected=protected).indices(colors, indices, lambda_, **options)


def rate_aware_gif(pixels, colors, indices, lambda_, *, masks=None, protected=None, **options):
    """Lossy indices for GIF of a picture that is asked for once."""
    return LzwScene(pixels, masks=masks, protected=protected).indices(colors, indices, lambda_, **options)
