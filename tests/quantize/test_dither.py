"""Dithering: the promises, and plain Python twins of the kernels."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from helpers import blobs, examples
from hypothesis import given, settings
from hypothesis import strategies as st

from pixmeans.color.histogram import count_colors, rows_of
from pixmeans.color.spaces import SPACES
from pixmeans.kernels import patterns
from pixmeans.quantize import dither as room
from pixmeans.quantize.dither import DITHERS, blue_noise, dither, variance_matched

SIZES = [(1, 1), (1, 9), (7, 1), (2, 3), (13, 17), (32, 33)]
OPAQUE, FIXED = 0, 2


def palette(seed: int, k: int, channels: int = 3) -> np.ndarray:
    return np.unique(np.random.default_rng(seed).integers(0, 256, (3 * k, channels)).astype(np.uint8), axis=0)[:k]


def with_alpha(colors: np.ndarray, alpha: int = 255) -> np.ndarray:
    return np.concatenate([colors, np.full((*colors.shape[:-1], 1), alpha, np.uint8)], axis=-1)


@st.composite
def pictures(draw: st.DrawFn, channels: int) -> np.ndarray:
    """Small pictures of a few colors or of many."""
    height, width = draw(st.integers(1, 9)), draw(st.integers(1, 9))
    few = draw(st.booleans())
    random = np.random.default_rng(draw(st.integers(0, 2**32)))
    pixels = random.integers(0, 256, (height, width, channels)).astype(np.uint8)
    if few:
        pixels = pixels.reshape(-1, channels)[random.integers(0, min(6, height * width), (height, width))]
    if channels == 4:
        kinds = np.array([0, 1, 2, 90, 128, 254, 255, 255], np.uint8)
        pixels[..., 3] = kinds[random.integers(0, len(kinds), (height, width))]
        pixels[pixels[..., 3] == 0] = 0
    return pixels


# What the kernels compute, in plain Python.


def nearest(point: list[int], entries: np.ndarray, allowed: np.ndarray) -> int:
    distances = ((entries.astype(np.int64) - point) ** 2).sum(axis=1)
    distances[allowed == 0] = 2**62
    return int(distances.argmin())


def moved(point: np.ndarray, error: np.ndarray, gain: int, reach: np.ndarray) -> list[int]:
    low, high = np.minimum(reach[0], point), np.maximum(reach[1], point)
    return [int(x) for x in np.clip(point + ((error * gain + 2048) >> 12), low, high)]


def alike(scene: SimpleNamespace, a: int, b: int) -> bool:
    near = abs(int(scene.points[a, 3]) - int(scene.points[b, 3])) <= scene.similar
    return bool(scene.kinds[a] == scene.kinds[b] != FIXED and near)


def diffuse_twin(scene, rows, least, most) -> np.ndarray:
    height, width = rows.shape
    points, entries = scene.points.astype(np.int64), scene.entries.astype(np.int64)
    errors = np.zeros((height, width, 4), np.int64)
    indices = np.zeros((height, width), np.uint8)
    for y in range(height):
        step = -1 if y % 2 else 1
        for x in range(width)[::step]:
            row = rows[y, x]
            label = int(scene.labels[row])
            gain, busy, room_for = most, 0, int(scene.spacing[label])
            if least != most:
                around = [
                    (max(y - 1, 0), x),
                    (min(y + 1, height - 1), x),
                    (y, max(x - 1, 0)),
                    (y, min(x + 1, width - 1)),
                ]
                apart = [int(((points[row] - points[rows[place]]) ** 2).sum()) for place in around]
                busy = sum(apart)
                gain = least + (most - least) * room_for // (room_for + busy)
            target = moved(points[row], errors[y, x], gain, scene.reach)
            error = np.array(target) - points[row]
            small = least != most and 4 * int((error**2).sum()) < room_for
            if least != most and min(apart) == 0:
                small = small or max(apart) == 0 or max(apart) > 4 * room_for
            if scene.exact[row] and (scene.kinds[row] == FIXED or small or not error.any()):
                indices[y, x] = label
                continue
            own, label = label, nearest(target, entries, scene.allowed[min(scene.kinds[row], 1)])
            far, near = (int(((points[row] - entries[one]) ** 2).sum()) for one in (label, own))
            if least != most and far > 4 * (room_for + near):
                label, target = own, points[row]
            indices[y, x] = label
            for dy, dx, share in ((0, step, 7), (1, -step, 3), (1, 0, 5), (1, step, 1)):
                if y + dy < height and 0 <= x + dx < width and alike(scene, row, rows[y + dy, x + dx]):
                    errors[y + dy, x + dx] += share * (np.array(target) - entries[label])
    return indices


def follow_twin(scene, order, rows, gain) -> np.ndarray:
    points, entries = scene.points.astype(np.int64), scene.entries.astype(np.int64)
    flat = rows.ravel()
    indices = np.zeros(len(flat), np.uint8)
    error, last = np.zeros(4, np.int64), None
    for pixel in order:
        row = flat[pixel]
        if last is not None and not alike(scene, last, row):
            error[:] = 0
        last = row
        target = moved(points[row], 16 * error, gain, scene.reach)
        if scene.exact[row] and (scene.kinds[row] == FIXED or (points[row] == target).all()):
            indices[pixel] = scene.labels[row]
            error[:] = 0
            continue
        indices[pixel] = nearest(target, entries, scene.allowed[min(scene.kinds[row], 1)])
        error = np.array(target) - entries[indices[pixel]]
    return indices.reshape(rows.shape)


def expected(pixels, colors, space, method) -> np.ndarray:
    histogram = count_colors(pixels)
    rows = rows_of(pixels, histogram)
    assert np.array_equal(histogram.colors[rows], pixels)
    scene = room._Scene.of(histogram.colors, colors, space)
    least, most = DITHERS[method].keywords.get("shares", (213, 213))
    if method == "riemersma":
        order = np.empty(rows.size, np.int32)
        patterns.hilbert(*rows.shape, order)
        return follow_twin(scene, order, rows, most)
    return diffuse_twin(scene, rows, least, most)


@pytest.mark.slow
@pytest.mark.parametrize("method", ["floyd-steinberg", "auto", "riemersma"])
@pytest.mark.parametrize("space", ["rgb", "oklab"])
@pytest.mark.parametrize("shape", SIZES)
@pytest.mark.parametrize("channels", [3, 4])
def test_kernels_do_what_their_twins_do(method, space, shape, channels):
    for k in (1, 2, 7, 64):
        pixels = blobs(k, shape[0] * shape[1], channels, spread=30).reshape(*shape, channels)
        colors = palette(k, k, channels)
        if channels == 4:
            pixels[..., 3] = np.where(pixels[..., 3] > 120, 255, pixels[..., 3])
            colors[::2, 3] = 255
        found = dither(pixels, colors, SPACES[space], method)
        assert np.array_equal(found, expected(pixels, colors, SPACES[space], method))


@pytest.mark.parametrize("method", DITHERS)
@pytest.mark.parametrize("channels", [3, 4])
@pytest.mark.parametrize("pixels_at_once", [1, 40, 100])
def test_large_pictures_in_bands_get_the_indices_of_the_whole(monkeypatch, method, channels, pixels_at_once):
    pixels = blobs(3, 17 * 20, channels, spread=30).reshape(17, 20, channels)
    if channels == 4:
        pixels[..., 3] = np.where(pixels[..., 3] > 100, 255, pixels[..., 3])
    colors = palette(4, 12, channels)
    whole = dither(pixels, colors, SPACES["oklab"], method)
    monkeypatch.setattr(room, "BAND_PIXELS", pixels_at_once)
    assert np.array_equal(dither(pixels, colors, SPACES["oklab"], method), whole)


@pytest.mark.slow
def test_a_large_grid_of_lists_finds_what_comparing_with_all_finds():
    colors = blobs(5, 20_000, spread=60)
    entries = palette(9, 256)
    for space in SPACES.values():
        scene = room._Scene.of(np.unique(colors, axis=0), entries, space)
        differences = scene.points[:, None].astype(np.int64) - scene.entries[None].astype(np.int64)
        assert np.array_equal(scene.labels, (differences**2).sum(axis=2).argmin(axis=1))


# What dithering promises.


@pytest.mark.slow
@pytest.mark.parametrize("method", DITHERS)
@pytest.mark.parametrize("channels", [3, 4])
@given(data=st.data())
@settings(max_examples=examples(15), deadline=None)
def test_a_picture_whose_colors_are_all_entries_stays_as_it_is(method, channels, data):
    pixels = data.draw(pictures(channels))
    colors = np.unique(pixels.reshape(-1, channels), axis=0)
    for space in SPACES.values():
        assert np.array_equal(colors[dither(pixels, colors, space, method)], pixels)


@pytest.mark.slow
@pytest.mark.parametrize("method", DITHERS)
@given(data=st.data(), strength=st.sampled_from([0.0, 0.3, 1.0]))
@settings(max_examples=examples(15), deadline=None)
def test_alpha_is_respected(method, data, strength):
    pixels = data.draw(pictures(4))
    colors = palette(data.draw(st.integers(0, 99)), data.draw(st.integers(1, 12)), 4)
    colors = np.unique(np.concatenate([colors, [[0, 0, 0, 0], [9, 8, 7, 255], [200, 100, 50, 100]]]), axis=0)
    colors[colors[:, 3] == 0] = 0
    colors = np.unique(colors.astype(np.uint8), axis=0)
    indices = dither(pixels, colors, SPACES["oklab"], method, strength)
    assert indices.shape == pixels.shape[:2]
    alpha = colors[indices][..., 3]
    assert (alpha[pixels[..., 3] == 0] == 0).all()
    assert (alpha[pixels[..., 3] > 0] > 0).all()
    assert (alpha[pixels[..., 3] == 255] >= 223).all()  # opaque, or nearly so where no opaque entry serves


@pytest.mark.slow
@pytest.mark.parametrize("method", DITHERS)
@given(pixels=pictures(3), k=st.integers(1, 20), seed=st.integers(0, 99))
@settings(max_examples=examples(15), deadline=None)
def test_an_opaque_picture_with_alpha_is_its_twin_without(method, pixels, k, seed):
    colors = palette(seed, k)
    indices = dither(pixels, colors, SPACES["oklab"], method)
    assert int(indices.max()) < len(colors)
    for twin in (with_alpha(colors), np.concatenate([with_alpha(colors), [[0, 0, 0, 0]]]).astype(np.uint8)):
        assert np.array_equal(dither(with_alpha(pixels), twin, SPACES["oklab"], method), indices)
        assert np.array_equal(dither(pixels, twin, SPACES["oklab"], method), indices)


@pytest.mark.parametrize("method", DITHERS)
def test_what_is_transparent_neither_takes_nor_gives_errors(method):
    pixels = with_alpha(blobs(4, 20 * 31, spread=20).reshape(20, 31, 3))
    colors = with_alpha(palette(2, 6))
    colors = np.concatenate([np.zeros((1, 4), np.uint8), colors])
    half = pixels.copy()
    half[:, 15] = 0
    for side in (slice(0, 15), slice(16, 31)):
        other = half.copy()
        other[:, side] = 0
        here = dither(half, colors, SPACES["rgb"], method)
        if method == "riemersma":  # its curve crosses: errors end there
            assert (here[:, 15] == 0).all()
            continue
        there = dither(other, colors, SPACES["rgb"], method)
        kept = slice(16, 31) if side.start == 0 else slice(0, 15)
        assert np.array_equal(here[:, kept], there[:, kept])


@pytest.mark.parametrize("space", ["rgb", "oklab"])
@pytest.mark.parametrize("method", ["none", "auto"])
def test_none_and_no_strength_give_the_nearest_entry(space, method):
    pixels, colors = blobs(3, 900).reshape(30, 30, 3), palette(3, 40)
    steps = SPACES[space].to_grid
    differences = steps(pixels.reshape(-1, 3))[:, None].astype(np.int64) - steps(colors)[None].astype(np.int64)
    found = dither(pixels, colors, SPACES[space], method, 0.0 if method == "auto" else 1.0)
    assert np.array_equal(found.ravel(), (differences**2).sum(axis=2).argmin(axis=1))


@pytest.mark.parametrize("method", list(DITHERS)[1:])
def test_areas_keep_their_mean_color(method):
    ramp = np.linspace(60, 190, 96).astype(np.uint8)
    pixels = np.repeat(np.tile(ramp, (64, 1))[..., None], 3, axis=2)
    colors = np.repeat(np.array([[20], [100], [150], [240]], np.uint8), 3, axis=1)
    shown = colors[dither(pixels, colors, SPACES["rgb"], method)].astype(float)
    plain = colors[dither(pixels, colors, SPACES["rgb"], "none")].astype(float)

    def blocks(picture):
        return picture.reshape(8, 8, 12, 8, 3).mean(axis=(1, 3))

    def off(picture):
        return np.abs(blocks(picture) - blocks(pixels.astype(float))).mean()

    assert off(shown) < off(plain) / 3


def test_auto_leaves_an_exact_background_alone():
    pixels = np.full((40, 60, 3), 250, np.uint8)
    pixels[10:20, 10:40] = blobs(8, 300).reshape(10, 30, 3)
    colors = np.array([[250, 250, 250], [10, 10, 10], [200, 60, 60], [90, 120, 200]], np.uint8)
    indices = dither(pixels, colors, SPACES["oklab"], "auto")
    background = np.ones((40, 60), bool)
    background[9:21, 9:41] = False
    assert (indices[background] == 0).all()


@pytest.mark.parametrize("shape", [(1, 1), (1, 8), (5, 1), (2, 2), (3, 5), (16, 16), (40, 7), (33, 64)])
def test_the_curve_visits_every_pixel_once_and_goes_to_neighbors(shape):
    order = np.empty(shape[0] * shape[1], np.int32)
    patterns.hilbert(*shape, order)
    assert sorted(order.tolist()) == list(range(len(order)))
    steps = np.abs(np.diff(np.stack(np.divmod(order, shape[1])), axis=1))
    assert steps.size == 0 or steps.max() == 1


def void_and_cluster_twin(start: np.ndarray, weights: np.ndarray) -> np.ndarray:
    def crowding(ones):
        places = np.argwhere(ones)
        return sum(
            (np.roll(weights.astype(np.int64), tuple(at), (0, 1)) for at in places), np.zeros_like(weights, np.int64)
        )

    def tightest(ones):
        return np.unravel_index(np.where(ones, crowding(ones), -1).argmax(), ones.shape)

    def emptiest(ones):
        return np.unravel_index(np.where(ones, 2**62, crowding(ones)).argmin(), ones.shape)

    ones = start.astype(bool)
    while True:
        tight = tightest(ones)
        ones[tight] = False
        empty = emptiest(ones)
        ones[empty] = True
        if tight == empty:
            break
    ranks = np.zeros(ones.shape, int)
    more, fewer = ones.copy(), ones.copy()
    for rank in range(int(ones.sum()), ones.size):
        ranks[emptiest(more)] = rank
        more[emptiest(more)] = True
    for rank in range(int(ones.sum()))[::-1]:
        ranks[tightest(fewer)] = rank
        fewer[tightest(fewer)] = False
    return ranks


@pytest.mark.slow
def test_void_and_cluster_does_what_its_twin_does():
    side = 8
    away = np.minimum(np.arange(side), side - np.arange(side))
    weights = (1000 / (1 + away[:, None] ** 2 + away[None] ** 2)).astype(np.int32)
    start = np.zeros((side, side), np.uint8)
    start[[0, 2, 3, 3, 5, 7], [1, 1, 2, 7, 5, 0]] = 1
    ranks = np.empty((side, side), np.uint16)
    patterns.void_and_cluster(start, weights, ranks)
    assert np.array_equal(ranks, void_and_cluster_twin(start, weights))


def test_the_mask_holds_each_threshold_once_and_is_blue():
    mask = blue_noise()
    assert sorted(mask.ravel().tolist()) == list(range(4096))
    frequency = np.hypot(*np.meshgrid(np.fft.fftfreq(64), np.fft.fftfreq(64)))
    for level in (400, 1024, 2048, 3600):
        power = np.abs(np.fft.fft2((mask < level) - level / 4096)) ** 2
        low, high = power[(frequency > 0) & (frequency < 0.1)].mean(), power[frequency > 0.3].mean()
        assert low < high / 20


def test_bayer_is_bayer():
    assert sorted((room.bayer() // 64).ravel().tolist()) == list(range(64))
    assert (room.bayer()[:2, :2] // 64 // 16).tolist() == [[0, 2], [3, 1]]


@pytest.mark.parametrize("space", ["rgb", "oklab"])
def test_widening_stretches_by_the_variance_that_was_lost(space):
    pixels = (80 + blobs(6, 4000) // 4).reshape(40, 100, 3)
    histogram, colors = count_colors(pixels), np.unique(pixels[::13, ::9].reshape(-1, 3), axis=0)[::8]
    labels = room._Scene.of(histogram.colors, colors, SPACES[space]).labels.astype(np.int32)

    def moments(palette):
        steps = SPACES[space].to_grid(palette).astype(float)[labels]
        mean = np.average(steps, 0, histogram.weights)
        return mean, np.average(((steps - mean) ** 2).sum(axis=1), weights=histogram.weights)

    wide = variance_matched(colors, histogram, labels, SPACES[space])
    whole = SPACES[space].to_grid(histogram.colors).astype(float)
    total = np.average(((whole - np.average(whole, 0, histogram.weights)) ** 2).sum(1), weights=histogram.weights)
    assert wide.shape == colors.shape
    assert len(np.unique(wide, axis=0)) == len(wide)
    ratio = min(total / moments(colors)[1], room.MOST_STRETCH)
    assert ratio > 1
    assert moments(wide)[1] / moments(colors)[1] == pytest.approx(ratio**2, rel=0.03)


def test_widening_leaves_exact_and_translucent_palettes_alone():
    pixels = blobs(6, 40, 4).reshape(4, 10, 4)
    pixels[:2, :, 3] = 255
    pixels[2:, :, 3] //= 2
    histogram = count_colors(pixels)
    labels = np.arange(len(histogram), dtype=np.int32)
    assert np.array_equal(variance_matched(histogram.colors, histogram, labels, SPACES["oklab"]), histogram.colors)
    few = histogram.colors[::4]
    wide = variance_matched(few, histogram, labels // 4 % len(few), SPACES["oklab"])
    assert np.array_equal(wide[few[:, 3] < 255], few[few[:, 3] < 255])
    assert (wide[:, 3] == few[:, 3]).all()


def test_a_histogram_of_another_picture_is_refused():
    pixels = blobs(1, 20, 4).reshape(4, 5, 4)
    with pytest.raises(ValueError, match="a color is missing"):
        dither(pixels, palette(1, 4), SPACES["rgb"], histogram=count_colors(pixels[:2]))


def test_arguments_are_checked():
    pixels = np.zeros((1, 1, 3), np.uint8)
    with pytest.raises(ValueError, match="method must be one of none"):
        dither(pixels, pixels[0], SPACES["rgb"], "ordered")
    with pytest.raises(ValueError, match="strength must be 0 to 1, got 2"):
        dither(pixels, pixels[0], SPACES["rgb"], "auto", 2)


@given(pictures(3), st.integers(1, 20), st.sampled_from(sorted(SPACES)))
@settings(max_examples=examples(40), deadline=None)
def test_auto_gives_no_color_an_entry_that_is_far_where_one_is_near(pixels, k, name):
    colors, space = palette(k, k), SPACES[name]
    points, entries = (space.palette_points(one) for one in (pixels.reshape(-1, 3), colors))
    found = dither(pixels, colors, space, "auto").ravel()
    distances = ((points[:, None] - entries[None]) ** 2).sum(axis=2)
    spacing = ((entries[:, None] - entries[None]) ** 2).sum(axis=2) + np.diag(np.full(len(entries), 2.0**40))
    nearest = distances.argmin(axis=1)
    most = 4 * (spacing.min(axis=1)[nearest] + distances.min(axis=1))
    assert (distances[np.arange(len(found)), found] <= most * (1 + 1e-9)).all()


def test_a_blue_ring_beside_a_shadow_has_no_black_specks():
    """Nearly the blue of an entry, and a little darker: the next entry on that side is nearly black."""
    pixels = np.full((24, 24, 3), (36, 72, 190), np.uint8)
    pixels[::3] = 34, 70, 188
    colors = np.array([[36, 72, 201], [10, 16, 32], [61, 93, 215]], np.uint8)
    for space in SPACES.values():
        assert not (dither(pixels, colors, space, "auto") == 1).any()
