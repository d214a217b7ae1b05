"""Rate-aware k-means: indices that deflate well, at an error that is worth it."""

import zlib
from dataclasses import replace

import numpy as np
import pytest
from definitions import lz77 as definition
from helpers import examples, own_colors, rate_aware, slopes, weighted_loss
from hypothesis import given, settings
from hypothesis import strategies as st

from pixmeans.color.masking import masking, to_visual_grid
from pixmeans.kernels import rate as kernel
from pixmeans.parallel import use_threads
from pixmeans.rate import rows, translucent
from pixmeans.rate.coders import Rates
from pixmeans.rate.lz77 import CODERS, EFFORTS, VISUAL_MODEL, Lz77Scene, diffusion_strength
from pixmeans.rate.lzw import LzwScene
from pixmeans.rate.scene import entries_of, smoothed

COUNTS = "literal_counts", "length_counts", "match_counts"


def size(indices):
    """Bytes in a PNG without filters."""
    rows = np.zeros((indices.shape[0], indices.shape[1] + 1), np.uint8)
    rows[:, 1:] = indices
    return len(zlib.compress(rows.tobytes(), 9))


@pytest.mark.slow
@pytest.mark.parametrize("effort", range(len(EFFORTS)))
def test_files_become_smaller_with_lambda_and_errors_larger(effort):
    pixels = slopes()
    colors, indices = own_colors(pixels)
    made = [rate_aware(pixels, colors, indices, lambda_, effort=effort) for lambda_ in (1e-5, 5e-5, 2e-4, 1e-3)]
    sizes, losses = [size(one.indices) for one in made], [weighted_loss(pixels, one) for one in made]
    assert sizes == sorted(sizes, reverse=True)
    assert losses[0] < losses[-1]
    assert sizes[-1] < 0.5 * size(indices)


@pytest.mark.slow
def test_the_estimate_is_near_the_file():
    pixels = slopes(160, 200)
    colors, indices = own_colors(pixels)
    made = rate_aware(pixels, colors, indices, 5e-5)
    assert abs(made.bytes / size(made.indices) - 1) < 0.1


@pytest.mark.slow
@settings(max_examples=examples(25), deadline=None)
@given(
    st.integers(1, 70), st.integers(1, 40), st.sampled_from([3, 4]), st.integers(0, 6), st.sampled_from([0, 1e-5, 1e-2])
)
def test_any_size_gives_a_palette_that_is_used(height, width, channels, effort, lambda_):
    pixels = slopes(height, width, seed=height * width, channels=channels)
    colors, indices = own_colors(pixels, 20)
    made = rate_aware(pixels, colors, indices, lambda_, effort=effort)
    assert made.indices.shape == (height, width)
    assert sorted(set(made.indices.ravel().tolist())) == list(range(len(made.colors)))
    assert len(np.unique(made.colors, axis=0)) == len(made.colors) == len(made.places)


@pytest.mark.slow
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


@pytest.mark.parametrize("soft", [False, True])
def test_pixels_that_are_not_opaque_stay_or_are_chosen_for_and_opaque_ones_remain_opaque(soft):
    pixels = slopes(channels=4)
    colors, indices = own_colors(pixels, 60)
    colors = np.concatenate([np.zeros((1, 4), np.uint8), colors])
    indices += 1
    indices[pixels[..., 3] == 0] = 0
    made = rate_aware(pixels, colors, indices, 1e-3, soft=soft)
    after = made.colors[made.indices]
    veiled = pixels[..., 3] < 255
    assert np.array_equal(after[veiled], colors[indices][veiled]) == (not soft)
    np.testing.assert_array_equal(after[pixels[..., 3] == 0], 0)
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
    with pytest.raises(ValueError, match=r"diffusion must be 0 to 1, got 1\.5"):
        rate_aware(pixels, colors, indices, 1e-4, diffusion=1.5)
    with pytest.raises(ValueError, match="lambda_ must be 0 or more"):
        rate_aware(pixels, colors, indices, float("nan"))


def test_sums_are_those_of_the_free_pixels():
    random = np.random.default_rng(5)
    points = random.integers(-9000, 9000, (500, 3)).astype(np.int16)
    weights = random.integers(1, 5000, 500).astype(np.uint16)
    locked = random.integers(0, 2, 500).astype(np.uint8)
    indices = random.integers(0, 256, 500).astype(np.uint8)
    sums = np.ones((256, 4), np.int64)
    kernel.add_sums(points, weights, locked, indices, sums)
    expected = np.ones((256, 4), np.int64)
    for point, weight, skip, index in zip(points, weights, locked, indices, strict=True):
        if not skip:
            expected[index] += int(weight) * np.array([1, *point], np.int64)
    np.testing.assert_array_equal(sums, expected)


def test_smoothing_mixes_each_weight_with_its_neighbors():
    weights = np.random.default_rng(6).integers(1, 65536, (5, 4)).astype(np.uint16)
    weights[0] = 65535
    smoothed = np.empty_like(weights)
    kernel.smooth(weights, smoothed)
    wide = np.pad(weights.astype(int), 1, mode="edge")
    around = np.lib.stride_tricks.sliding_window_view(wide, (3, 3))
    expected = ((around * np.outer([1, 2, 1], [1, 2, 1])).sum(axis=(2, 3)) + 8) // 16
    np.testing.assert_array_equal(smoothed, expected)


@pytest.mark.slow
@pytest.mark.parametrize("format", ["png", "webp"])
@pytest.mark.parametrize("effort", [(4, 2, 1), (8, 3, 2), (16, 40, 2)])
@pytest.mark.parametrize(("height", "width", "locked"), [(1, 30, False), (5, 8, False), (7, 23, True), (6, 33, False)])
def test_the_kernel_does_what_the_definition_says(height, width, locked, effort, format):
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
    stays = (random.integers(0, 4, (height, width)) == 0).astype(np.uint8) if locked else np.zeros((0, 0), np.uint8)
    coder = CODERS[format]
    line = width + coder.lead
    rates = Rates.before(coder, np.bincount(indices.ravel(), minlength=256), line)
    distances = coder.distances(width, *effort)
    lengths = rates.lengths if format == "png" else rates.lengths[:41]  # or no match would be as long as one can be
    arguments = {
        "points": points,
        "weights": weights,
        "flatness": flatness,
        "locked": stays,
        "indices": indices,
        "palette": palette,
        "k": len(colors),
        "lambda_": 3e-5,
        "stream": {"lead": coder.lead, "shortest": coder.shortest, "nearby": effort[0]},
        "literal_bits": rates.literals,
        "length_bits": lengths,
        "distances": distances,
        "distance_bits": rates.distances[coder.distance_codes(distances, line)],
        "visual_model": replace(VISUAL_MODEL, strength=diffusion_strength(3e-5, 200)).by_name(),
    }
    expected, counts = definition.choose(**arguments)
    found = [np.zeros(n, np.int64) for n in (256, len(lengths), len(distances))]
    kernel.trellis(**arguments, **dict(zip(COUNTS, found, strict=True)))
    np.testing.assert_array_equal(indices, expected)
    assert found[0].sum() > 0
    assert found[1].sum() == found[2].sum() > 0
    for one, other in zip(found, counts, strict=True):
        np.testing.assert_array_equal(one, other)


def band(**changes):
    """What the kernel takes for two rows of gray pixels."""
    arguments = {
        "points": np.zeros((20, 3), np.int16),
        "weights": np.full((2, 10), 256, np.uint16),
        "flatness": np.zeros((2, 10), np.uint8),
        "locked": np.zeros((0, 0), np.uint8),
        "indices": np.zeros((2, 10), np.uint8),
        "palette": np.zeros((256, 4), np.float32),
        "k": 1,
        "lambda_": 1e-5,
        "stream": {"lead": 1, "shortest": 3, "nearby": 4},
        "literal_bits": np.ones(256, np.float32),
        "length_bits": np.ones(259, np.float32),
        "distances": np.array([1, 2, 3, 4, 10, 11, 12], np.int32),
        "distance_bits": np.ones(7, np.float32),
        "visual_model": VISUAL_MODEL.by_name(),
        "literal_counts": np.zeros(256, np.int64),
        "length_counts": np.zeros(259, np.int64),
        "match_counts": np.zeros(7, np.int64),
    }
    return arguments | changes


def test_the_kernel_takes_what_is_within_its_limits():
    kernel.trellis(**band())
    most = np.concatenate([np.arange(1, 17), np.arange(17, kernel.MOST_DISTANCES + 1)]).astype(np.int32)
    kernel.trellis(
        **band(
            stream={"lead": 1, "shortest": 3, "nearby": kernel.MOST_NEARBY},
            distances=most,
            distance_bits=np.ones(len(most), np.float32),
            match_counts=np.zeros(len(most), np.int64),
        )
    )


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"k": 0}, "k must be 1 to 256, got 0"),
        ({"k": 257}, "k must be 1 to 256, got 257"),
        ({"stream": {"lead": 2, "shortest": 3, "nearby": 4}}, "lead must be 0 to 1, got 2"),
        ({"stream": {"lead": 1, "shortest": 0, "nearby": 4}}, "shortest must be 1 to 258, got 0"),
        ({"stream": {"lead": 1, "shortest": 259, "nearby": 4}}, "shortest must be 1 to 258, got 259"),
        ({"stream": {"lead": 1, "shortest": 3, "nearby": 20}}, "nearby must be a multiple of 4 from 0 to 16, got 20"),
        ({"stream": {"lead": 1, "shortest": 3, "nearby": 6}}, "nearby must be a multiple of 4 from 0 to 16, got 6"),
        ({"stream": {"lead": 1, "shortest": 3}}, "nearby"),
        ({"distances": np.arange(1, 2050, dtype=np.int32)}, "the number of distances must be 4 to 2048, got 2049"),
        ({"distances": np.array([1, 2], np.int32)}, "the number of distances must be 4 to 2048, got 2"),
        ({"distances": np.array([1, 2, 4, 5], np.int32)}, "distances must begin with 1 to 4, got 4 at 2"),
        ({"distances": np.array([1, 2, 3, 4, 11, 11], np.int32)}, "must be ascending from 1, got 11 at 5"),
        ({"distances": np.array([1, 2, 3, 4, 11, 10], np.int32)}, "must be ascending from 1, got 10 at 5"),
        ({"distances": np.array([1, 2, 3, 4, 0], np.int32)}, "must be ascending from 1, got 0 at 4"),
        ({"distance_bits": np.ones(8, np.float32)}, "distance_bits must have length 7, got 8"),
        ({"literal_bits": np.ones(255, np.float32)}, "literal_bits must have length 256, got 255"),
        ({"literal_counts": np.zeros(9, np.int64)}, "literal_counts must have length 256, got 9"),
        ({"length_counts": np.zeros(9, np.int64)}, "length_counts must have length 259, got 9"),
        ({"match_counts": np.zeros(9, np.int64)}, "match_counts must have length 7, got 9"),
        ({"points": np.zeros((19, 3), np.int16)}, r"points must have shape \(20, 3\), got \(19, 3\)"),
        ({"weights": np.ones((2, 9), np.uint16)}, r"weights must have shape \(2, 10\), got \(2, 9\)"),
        ({"flatness": np.ones((3, 10), np.uint8)}, r"flatness must have shape \(2, 10\), got \(3, 10\)"),
        ({"locked": np.ones((1, 10), np.uint8)}, r"locked must have shape \(2, 10\), got \(1, 10\)"),
        ({"palette": np.zeros((1, 4), np.float32)}, r"palette must have shape \(256, 4\), got \(1, 4\)"),
        ({"indices": np.zeros((0, 10), np.uint8)}, "indices must have 1 row and 1 column or more"),
        ({"visual_model": {"strength": 1.0}}, "share_right"),
    ],
)
def test_what_the_kernel_has_no_room_for_is_refused(changes, message):
    with pytest.raises((ValueError, KeyError), match=message):
        kernel.trellis(**band(**changes))


@pytest.mark.parametrize("effort", EFFORTS)
@pytest.mark.parametrize("format", CODERS)
def test_every_effort_is_within_the_kernel_s_limits(effort, format):
    assert effort.nearby <= kernel.MOST_NEARBY
    assert effort.nearby % 4 == 0
    for width in (8, 9, 16, 17, 100, 250, 251, 400, 501, 502, 1000, 30_000):
        distances = CODERS[format].distances(width, effort.nearby, effort.reach, effort.rows_up)
        assert len(distances) <= kernel.MOST_DISTANCES
        assert (np.diff(distances[effort.nearby :]) > 0).all()


def test_palettes_need_not_be_aligned():
    room = np.zeros(256 * 16 + 4, np.uint8)
    palette = room[4:].view(np.float32).reshape(256, 4)
    colors, indices = own_colors(slopes(10, 12), 8)
    palette[:] = entries_of(colors)
    found = []
    for entries in (palette, entries_of(colors)):
        mine = indices.copy()
        points = to_visual_grid(slopes(10, 12).reshape(-1, 3))
        flat = {"weights": np.full((10, 12), 256, np.uint16), "flatness": np.zeros((10, 12), np.uint8)}
        kernel.trellis(**band(points=points, **flat, indices=mine, palette=entries, k=8))
        found.append(mine)
    np.testing.assert_array_equal(*found)


@pytest.mark.slow
def test_a_scene_serves_many_lambdas_palettes_and_formats():
    pixels = slopes(channels=4)
    scene = Lz77Scene(pixels)
    for k, lambda_, format in ((64, 1e-5, "png"), (20, 1e-4, "webp"), (64, 1e-5, "png")):
        colors, indices = own_colors(pixels, k)
        before = indices.copy()
        found = scene.indices(colors, indices, lambda_, format=format)
        alone = rate_aware(pixels, colors, indices, lambda_, format=format)
        np.testing.assert_array_equal(indices, before)
        np.testing.assert_array_equal(found.indices, alone.indices)
        np.testing.assert_array_equal(found.colors, alone.colors)
        assert found.bytes == alone.bytes


@pytest.mark.parametrize("height", [1, 3, 63, 64, 65, 130])
@pytest.mark.parametrize("times", [0, 1, 4])
def test_smoothing_of_some_rows_is_that_of_the_whole(height, times):
    weights = np.random.default_rng(height).integers(1, 65536, (height, 7)).astype(np.uint16)
    whole = weights
    for _ in range(times):
        mixed = np.empty_like(whole)
        kernel.smooth(whole, mixed)
        whole = mixed
    for part in (slice(0, height), slice(0, 1), slice(height // 2, height), slice(height // 3, height + 9)):
        np.testing.assert_array_equal(smoothed(weights, times, part), whole[part])


@pytest.mark.slow
@pytest.mark.parametrize(("scene", "channels"), [(Lz77Scene, 3), (Lz77Scene, 4), (LzwScene, 3), (LzwScene, 4)])
@pytest.mark.parametrize("width", [9, 40])
def test_large_pictures_whose_rows_are_made_when_asked_for_get_the_same_indices(monkeypatch, scene, channels, width):
    pixels = slopes(150, width, channels=channels)
    if channels == 4:
        pixels[::3, :, 3] = 100  # a layer of one translucency has three coordinates
        assert Lz77Scene(pixels).soft is not None
    protected = np.zeros(pixels.shape[:2], bool)
    protected[40:90, 3:7] = True
    colors, indices = own_colors(pixels, 32)
    kept = scene(pixels, protected=protected).indices(colors, indices, 1e-4)
    monkeypatch.setattr(rows, "KEPT_PIXELS", 0)
    monkeypatch.setattr(translucent, "BAND_PIXELS", 500)
    made = scene(pixels, protected=protected).indices(colors, indices, 1e-4)
    np.testing.assert_array_equal(made.indices, kept.indices)
    np.testing.assert_array_equal(made.colors, kept.colors)
