"""Rate-aware k-means: indices that deflate well, at an error that is worth it."""

import zlib

import numpy as np
import pytest
from definitions import lz77 as definition
from helpers import own_colors, slopes, weighted_loss
from hypothesis import given, settings
from hypothesis import strategies as st

from pixmeans.color.masking import masking, to_visual_grid
from pixmeans.kernels import rate as kernel
from pixmeans.parallel import use_threads
from pixmeans.rate.coders import Rates
from pixmeans.rate.lz77 import CODERS, EFFORTS, _eye, rate_aware


def size(indices):
    """Bytes in a PNG without filters."""
    rows = np.zeros((indices.shape[0], indices.shape[1] + 1), np.uint8)
    rows[:, 1:] = indices
    return len(zlib.compress(rows.tobytes(), 9))


@pytest.mark.parametrize("effort", range(len(EFFORTS)))
def test_files_become_smaller_with_lambda_and_errors_larger(effort):
    pixels = slopes()
    colors, indices = own_colors(pixels)
    made = [rate_aware(pixels, colors, indices, lam, effort=effort) for lam in (1e-5, 5e-5, 2e-4, 1e-3)]
    sizes, losses = [size(one.indices) for one in made], [weighted_loss(pixels, one) for one in made]
    assert sizes == sorted(sizes, reverse=True)
    assert losses[0] < losses[-1]
    assert sizes[-1] < 0.5 * size(indices)


def test_the_estimate_is_near_the_file():
    pixels = slopes(160, 200)
    colors, indices = own_colors(pixels)
    made = rate_aware(pixels, colors, indices, 5e-5)
    assert abs(made.bytes / size(made.indices) - 1) < 0.1


@settings(max_examples=25, deadline=None)
@given(
    st.integers(1, 70), st.integers(1, 40), st.sampled_from([3, 4]), st.integers(0, 6), st.sampled_from([0, 1e-5, 1e-2])
)
def test_any_size_gives_a_palette_that_is_used(height, width, channels, effort, lam):
    pixels = slopes(height, width, seed=height * width, channels=channels)
    colors, indices = own_colors(pixels, 20)
    made = rate_aware(pixels, colors, indices, lam, effort=effort)
    assert made.indices.shape == (height, width)
    assert sorted(set(made.indices.ravel().tolist())) == list(range(len(made.colors)))
    assert len(np.unique(made.colors, axis=0)) == len(made.colors) == len(made.places)


def test_the_same_at_any_number_of_threads():
    pixels = slopes(3 * EFFORTS[2][-1] + 5)
    colors, indices = own_colors(pixels)
    made = []
    for threads in (1, 4):
        with use_threads(threads):
            made.append(rate_aware(pixels, colors, indices, 1e-4))
    for name in ("colors", "indices", "bytes"):
        np.testing.assert_array_equal(getattr(made[0], name), getattr(made[1], name))


def test_frozen_entries_keep_their_color_and_others_move():
    pixels = slopes()
    colors, indices = own_colors(pixels)
    frozen = np.zeros(len(colors), bool)
    frozen[::2] = True
    made = rate_aware(pixels, colors, indices, 3e-5, frozen=frozen, passes=2)
    still = frozen[made.places]
    assert still.any()
    np.testing.assert_array_equal(made.colors[still], colors[made.places[still]])
    assert (made.colors[~still] != colors[made.places[~still]]).any()


def test_more_passes_lower_what_is_minimised():
    pixels = slopes()
    colors, indices = own_colors(pixels)
    costs = []
    for passes in (1, 3):
        made = rate_aware(pixels, colors, indices, 5e-5, passes=passes)
        costs.append(weighted_loss(pixels, made) + 5e-5 * 8 * size(made.indices) / indices.size)
    assert costs[1] < costs[0]


def test_protected_pixels_are_served_better():
    pixels = slopes()
    colors, indices = own_colors(pixels)
    protected = np.zeros(pixels.shape[:2], bool)
    protected[20:60, 40:60] = True
    masks = masking(pixels)
    faint = type(masks)(np.full_like(masks.weights, 10), masks.flatness)

    def error(made):
        difference = made.colors[made.indices].astype(int) - pixels
        return (difference[protected] ** 2).sum()

    without = error(rate_aware(pixels, colors, indices, 2e-5, masks=faint))
    assert error(rate_aware(pixels, colors, indices, 2e-5, masks=faint, protected=protected)) < 0.9 * without


def test_pixels_that_are_not_opaque_stay_and_opaque_ones_remain_opaque():
    pixels = slopes(channels=4)
    colors, indices = own_colors(pixels, 60)
    colors = np.concatenate([np.zeros((1, 4), np.uint8), colors])
    indices += 1
    indices[pixels[..., 3] == 0] = 0
    made = rate_aware(pixels, colors, indices, 1e-3)
    after = made.colors[made.indices]
    veiled = pixels[..., 3] < 255
    np.testing.assert_array_equal(after[veiled], colors[indices][veiled])
    assert (after[~veiled][:, 3] == 255).all()
    assert (made.indices[~veiled] != indices[~veiled]).any()


def test_what_is_flat_stays_exact():
    pixels = np.zeros((40, 60, 3), np.uint8)
    pixels[:, 30:] = [200, 30, 30]
    pixels[5:20, 5:20] = [0, 90, 200]
    colors, indices = own_colors(pixels)
    made = rate_aware(pixels, colors, indices, 1e-4)
    np.testing.assert_array_equal(made.colors[made.indices], pixels)


def test_narrow_pictures_come_back_as_they_are():
    pixels = slopes(30, 7)
    colors, indices = own_colors(pixels)
    made = rate_aware(pixels, colors, indices, 1e-3)
    np.testing.assert_array_equal(made.colors[made.indices], colors[indices])
    assert made.bytes == indices.size


def test_arguments_are_checked():
    pixels = slopes(10, 10)
    colors, indices = own_colors(pixels)
    with pytest.raises(ValueError, match="effort must be 0 to 6, got 7"):
        rate_aware(pixels, colors, indices, 1e-4, effort=7)
    with pytest.raises(ValueError, match="passes must be 1 or more, got 0"):
        rate_aware(pixels, colors, indices, 1e-4, passes=0)
    with pytest.raises(ValueError, match="format must be 'png' or 'webp', got 'gif'"):
        rate_aware(pixels, colors, indices, 1e-4, format="gif")
    with pytest.raises(ValueError, match="lam must be 0 or more"):
        rate_aware(pixels, colors, indices, float("nan"))


def test_sums_are_those_of_the_free_pixels():
    random = np.random.default_rng(5)
    points = random.integers(-9000, 9000, (500, 3)).astype(np.int16)
    weights = random.integers(1, 5000, 500).astype(np.uint16)
    forced = random.integers(0, 2, 500).astype(np.uint8)
    indices = random.integers(0, 256, 500).astype(np.uint8)
    sums = np.ones((256, 4), np.int64)
    kernel.add_sums(points, weights, forced, indices, sums)
    expected = np.ones((256, 4), np.int64)
    for point, weight, skip, index in zip(points, weights, forced, indices, strict=True):
        if not skip:
            expected[index] += int(weight) * np.array([1, *point], np.int64)
    np.testing.assert_array_equal(sums, expected)


def test_smoothing_mixes_each_weight_with_its_neighbours():
    weights = np.random.default_rng(6).integers(1, 65536, (5, 4)).astype(np.uint16)
    weights[0] = 65535
    smoothed = np.empty_like(weights)
    kernel.smooth(weights, smoothed)
    wide = np.pad(weights.astype(int), 1, mode="edge")
    around = np.lib.stride_tricks.sliding_window_view(wide, (3, 3))
    expected = ((around * np.outer([1, 2, 1], [1, 2, 1])).sum(axis=(2, 3)) + 8) // 16
    np.testing.assert_array_equal(smoothed, expected)


@pytest.mark.parametrize("format", ["png", "webp"])
@pytest.mark.parametrize("effort", [(4, 2, 1), (8, 3, 2), (16, 40, 2)])
@pytest.mark.parametrize(("height", "width", "forced"), [(1, 30, False), (5, 8, False), (7, 23, True), (6, 33, False)])
def test_the_kernel_does_what_the_definition_says(height, width, forced, effort, format):
    random = np.random.default_rng(height * width)
    pixels = slopes(height, width, seed=width)
    pixels[:, width // 2 :] = pixels[:, width // 2 : width // 2 + 1] // 2  # runs, and colors near zero
    if height == 6:
        pixels[:] = [40, 90, 30]  # one match through many rows, and longer than deflate's can be
    colors, indices = own_colors(pixels, 24, seed=1)
    points = to_visual_grid(pixels.reshape(-1, 3))
    palette = np.full((256, 4), 100, np.float32)
    palette[: len(colors), :3] = to_visual_grid(colors) / np.float32(1 << 14)
    palette[:, 3] = palette[:, 0]
    weights = random.integers(1, 600, (height, width)).astype(np.uint16)
    flatness = random.integers(0, 256, (height, width)).astype(np.uint8)
    stays = (random.integers(0, 4, (height, width)) == 0).astype(np.uint8) if forced else np.zeros((0, 0), np.uint8)
    coder = CODERS[format]
    line = width + coder.lead
    rates = Rates.before(coder, np.bincount(indices.ravel(), minlength=256), line)
    distances = coder.distances(width, *effort)
    lengths = rates.lengths if format == "png" else rates.lengths[:41]  # or no match would be as long as one can be
    tables = rates.literals, lengths, rates.distances[coder.distance_codes(distances, line)]
    stream = np.array([coder.lead, coder.shortest, effort[0]], np.int32)
    eye = _eye(3e-5, 200, 1.0)
    picked = points, weights, flatness, stays, indices, palette, len(colors), 3e-5, stream
    expected, counts = definition.choose(*picked, tables, distances, eye)
    found = [np.zeros(n, np.int64) for n in (256, len(lengths), len(distances))]
    kernel.trellis(*picked, *tables, distances, eye, *found)
    np.testing.assert_array_equal(indices, expected)
    assert found[0].sum() > 0
    assert found[1].sum() == found[2].sum() > 0
    for one, other in zip(found, counts, strict=True):
        np.testing.assert_array_equal(one, other)
