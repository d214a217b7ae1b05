"""16-bit sources: what they have beyond 8 bits decides, not what is left after rounding."""

import io

import numpy as np
import PIL.Image
import pytest

import pixmeans as pm
from pixmeans.codecs import decode
from pixmeans.color.spaces import SPACES
from pixmeans.image import Image
from pixmeans.quantize.prepared import PreparedImage


def ramp(low=30_000, high=34_000):
    """(48, 64, 3) uint16: a slow ramp, 16 steps of 8 bits wide."""
    values = np.linspace(low, high, 48 * 64).astype(np.uint16).reshape(48, 64)
    return np.stack([values, values + np.uint16(50), values[::-1]], axis=2)


def png_of(samples):
    """A 16-bit gray PNG, which Pillow can write."""
    file = io.BytesIO()
    PIL.Image.fromarray(samples).save(file, "PNG")
    return file.getvalue()


def test_samples_come_back_from_pixels_and_rest():
    samples = np.arange(65536, dtype=np.uint16)[: 65535 // 3 * 3].reshape(-1, 1, 3)
    image = Image.of_16_bits(samples)
    back = 257 * image.pixels.astype(int) + image.rest
    assert np.array_equal(back, samples)
    assert np.array_equal(image.pixels, np.floor(samples / 257 + 0.5))


def test_a_rest_of_another_shape_is_refused():
    with pytest.raises(ValueError, match="rest must be int16"):
        Image(np.zeros((2, 2, 3), np.uint8), rest=np.zeros((2, 2), np.int16))


def test_files_keep_their_16_bits():
    gray = ramp()[..., 0]
    image = decode(png_of(gray), name="gray.png").image
    back = 257 * image.pixels.astype(int) + image.rest
    assert np.array_equal(back, np.repeat(gray[..., None], 3, axis=2))


@pytest.mark.parametrize("name", ["rgb", "oklab"])
def test_finer_steps_are_steps_where_nothing_is_finer(name):
    space = SPACES[name]
    colors = np.random.default_rng(0).integers(0, 256, (500, 4), np.uint8)
    for some in (colors, np.ascontiguousarray(colors[:, :3])):
        assert np.array_equal(space.to_finer_grid(some, np.zeros((500, 3))), space.to_grid(some))
        up = some.copy()
        up[:, :3] = np.minimum(some[:, :3], 254) + 1
        above = (up[:, :3].astype(float) - some[:, :3]) * 1.0
        assert np.abs(space.to_finer_grid(some, above).astype(int) - space.to_grid(up)).max() <= 1
        half = space.to_finer_grid(some, above / 2)[:, :3]
        between = np.sort(np.stack([space.to_grid(some), space.to_grid(up)])[..., :3], axis=0)
        assert (half >= between[0] - 1).mean() > 0.9  # L, a and b go from one color to the next, nearly evenly


def test_points_are_means_of_all_that_share_a_color():
    samples = ramp()
    counted = PreparedImage(Image.of_16_bits(samples))
    steps = counted.grid("rgb") / 64
    color = counted.histogram.colors[7]
    same = (counted.image.pixels == color).all(axis=2)
    assert steps[7] == pytest.approx(samples[same].mean(axis=0) / 257, abs=1 / 64)


@pytest.mark.slow
def test_the_error_of_16_bits_is_less_than_of_8():
    samples = ramp()
    deep = pm.compress(samples, 5, space="rgb", dither="none")
    assert (
        deep.clustering.inertia
        != pm.compress(Image.of_16_bits(samples).pixels, 5, space="rgb", dither="none").clustering.inertia
    )
    errors = (deep.image.astype(float) - samples / 257) ** 2
    rounded = pm.compress(Image.of_16_bits(samples).pixels, 5, space="rgb", dither="none")
    assert errors.sum() <= ((rounded.image.astype(float) - samples / 257) ** 2).sum() * 1.0001


@pytest.mark.slow
def test_arrays_of_16_bits_are_taken(photo):
    wide = photo.astype(np.uint16) * 257
    assert np.array_equal(pm.compress(wide, 8).image, pm.compress(photo, 8).image)
    with pytest.raises(pm.SettingsError, match="wanted uint8"):
        pm.compress(photo.astype(np.int32))


@pytest.mark.slow
def test_alpha_has_room_beside_16_bits():
    samples = np.concatenate([ramp(), np.full((48, 64, 1), 40_000, np.uint16)], axis=2)
    samples[:5, :, 3] = 0
    result = pm.compress(samples, 8)
    assert (result.image[:5, :, 3] == 0).all()
    assert (result.image[5:, :, 3] == 156).all()
