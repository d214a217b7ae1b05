"""What all colors of a picture have in common its palette has too, whatever is done to them."""

import io

import numpy as np
import PIL.Image
import pytest
from helpers import examples
from hypothesis import given, settings
from hypothesis import strategies as st

import pixmeans as pm
from pixmeans.choices import DITHERS, STARTS
from pixmeans.color.histogram import count_colors
from pixmeans.color.relations import Relations
from pixmeans.color.spaces import SPACES
from pixmeans.pipeline import quantize
from pixmeans.quantize import rounding
from pixmeans.quantize.dither import variance_matched

KINDS = {
    "gray": lambda c: (c[:, 0] == c[:, 1]) & (c[:, 1] == c[:, 2]),
    "red is green": lambda c: c[:, 0] == c[:, 1],
    "green is blue": lambda c: c[:, 1] == c[:, 2],
    "red is blue": lambda c: c[:, 0] == c[:, 2],
    "no blue": lambda c: c[:, 2] == 0,
    "all green": lambda c: c[:, 1] == 255,
    "red 77": lambda c: c[:, 0] == 77,
    "red 200, green is blue": lambda c: (c[:, 0] == 200) & (c[:, 1] == c[:, 2]),
    "one hue of blue": lambda c: (c[:, 0] == c[:, 1]) & (c[:, 2] == 180),
}


def smooth(seed, height, width):
    """(h, w, 3) float, 0 to 255: ramps, blobs and noise."""
    random = np.random.default_rng(seed)
    y, x = np.mgrid[:height, :width]
    waves = [
        np.sin(x * random.uniform(0.02, 0.3) + random.uniform(0, 6)) * np.cos(y * random.uniform(0.02, 0.3))
        for _ in range(3)
    ]
    planes = np.stack(waves, axis=2) * random.uniform(20, 127) + random.uniform(90, 160)
    return np.clip(planes + random.normal(0, random.choice([0, 3, 20]), planes.shape), 0, 255)


def picture(kind, seed, height=24, width=40, alpha=False):
    """(h, w, 3 or 4) uint8 whose visible colors are of one kind."""
    pixels = smooth(seed, height, width).astype(np.uint8)
    red, green, blue = np.moveaxis(pixels, 2, 0)
    if kind in ("gray", "red is green", "one hue of blue"):
        green[:] = red
    if kind in ("gray", "green is blue", "red 200, green is blue"):
        blue[:] = green
    if kind == "red is blue":
        blue[:] = red
    for name, channel, value in (
        ("no", 2, 0),
        ("all", 1, 255),
        ("red 77", 0, 77),
        ("red 200", 0, 200),
        ("one", 2, 180),
    ):
        if kind.startswith(name):
            pixels[..., channel] = value
    if not alpha:
        return pixels
    cover = smooth(seed + 1, height, width)[..., 0] * 2 - 100
    return np.dstack([pixels, np.clip(cover, 0, 255).astype(np.uint8)])


def visible(colors):
    return colors if colors.shape[1] == 3 else colors[colors[:, 3] > 0]


@pytest.mark.slow
@settings(max_examples=examples(60), deadline=None)
@given(
    kind=st.sampled_from(list(KINDS)),
    seed=st.integers(0, 10_000),
    k=st.sampled_from([1, 2, 5, 16, 40, 100, 256]),
    alpha=st.booleans(),
    space=st.sampled_from(list(SPACES)),
    dither=st.sampled_from(list(DITHERS)),
    format=st.sampled_from(["png", "webp", "gif"]),
    lossy=st.sampled_from(["auto", "off", 1e-5, 3e-4]),
    optimize=st.sampled_from([0, 2]),
    masking=st.sampled_from(["auto", "on", "off"]),
    protect=st.sampled_from(["auto", "strong", "off"]),
    init=st.sampled_from(list(STARTS)),
    effort=st.sampled_from(["fast", "normal"]),
    empty=st.sampled_from(["refill", "keep"]),
)
def test_the_palette_keeps_what_all_colors_have_in_common(kind, seed, k, alpha, **knobs):
    pixels = picture(kind, seed, alpha=alpha)
    if alpha:
        k = max(k, 2)
    result = pm.compress(pixels, k, seed=seed, **knobs)
    colors = visible(result.palette.colors)
    assert KINDS[kind](colors).all(), colors[~KINDS[kind](colors)]
    decoded = np.asarray(PIL.Image.open(io.BytesIO(result.data)).convert("RGBA")).reshape(-1, 4)
    assert KINDS[kind](decoded[decoded[:, 3] > 0]).all()


@pytest.mark.slow
@settings(max_examples=examples(30), deadline=None)
@given(
    kind=st.sampled_from(list(KINDS)),
    seed=st.integers(0, 10_000),
    k=st.sampled_from([2, 3, 16, 100, 256]),
    alpha=st.booleans(),
    space=st.sampled_from(list(SPACES)),
    dither=st.sampled_from(["none", "auto"]),
)
def test_there_are_still_as_many_different_colors_as_asked_for(kind, seed, k, alpha, space, dither):
    pixels = picture(kind, seed, alpha=alpha)
    if alpha:
        pixels[pixels[..., 3] == 0] = 0
    made = quantize(pixels, pm.Settings(k=k, space=space, dither=dither))
    distinct = len(np.unique(pixels.reshape(-1, pixels.shape[2]), axis=0))
    assert len(made.palette) == min(k, distinct) == len(np.unique(made.palette.colors, axis=0))


@pytest.mark.parametrize("space", SPACES)
@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(1, 6))])
def test_grays_of_16_bits_stay_gray(space, seed):
    gray = (smooth(seed, 40, 40)[..., 0] * 257 + np.arange(40) * 3).clip(0, 65535).astype(np.uint16)
    for k in (3, 16, 64):
        assert KINDS["gray"](pm.compress(gray, k, space=space).palette.colors).all()
        assert KINDS["gray"](pm.compress(np.dstack([gray] * 3), k, space=space, lossy="off").palette.colors).all()


@pytest.mark.slow
@settings(max_examples=examples(20), deadline=None)
@given(seed=st.integers(0, 10_000), k=st.sampled_from([8, 16, 64]), lossy=st.sampled_from(["auto", "off"]))
def test_gray_areas_of_a_color_picture_stay_gray(seed, k, lossy):
    # Light grays over dark reds, far from each other: no entry serves both.
    grays, reds = 128 + picture("gray", seed) // 2, picture("red 200, green is blue", seed)
    reds[..., 1:] //= 8
    pixels = np.concatenate([grays, reds])
    result = pm.compress(pixels, k, lossy=lossy, dither="auto")
    seen = result.palette.colors[np.unique(result.indices[:24])]
    assert KINDS["gray"](seen[seen[:, 1] > 60]).all()


@pytest.mark.slow
@pytest.mark.parametrize("k", [4, 16])
@pytest.mark.parametrize("knobs", [{}, {"lossy": "off"}, {"masking": "off", "protect": "off"}, {"dither": "none"}])
def test_a_flat_gray_with_a_few_tinted_pixels_is_gray(k, knobs):
    pixels = picture("red 200, green is blue", 3, 48, 64)
    pixels[8:40, 8:56] = 198
    pixels[8, 8:56] = (197, 198, 204)
    result = pm.compress(pixels, k, **knobs)
    flat = result.palette.colors[np.unique(result.indices[12:36, 12:52])]
    assert KINDS["gray"](flat).all()


def test_each_cluster_keeps_what_its_own_colors_have_in_common():
    colors = np.array([[5, 5, 9], [70, 70, 9], [3, 40, 40], [3, 60, 60], [1, 2, 3], [200, 100, 50]], np.uint8)
    found = Relations.of(colors, None, np.array([0, 0, 1, 1, 2, 3]), 5)
    entries = np.array([[9, 9, 9], [3, 50, 50], [1, 2, 3], [200, 100, 51], [7, 8, 9]], np.uint8)
    assert found.broken_by(entries).tolist() == [False, False, False, True, False]
    entries = np.array([[9, 8, 9], [3, 50, 51], [1, 2, 3], [200, 100, 50], [7, 8, 9]], np.uint8)
    assert found.broken_by(entries).tolist() == [True, True, False, False, False]


def test_a_cluster_without_members_has_the_relations_of_all():
    grays = np.repeat(np.arange(0, 250, 25, dtype=np.uint8)[:, None], 3, axis=1)
    found = Relations.of(grays, None, np.zeros(len(grays), np.int32), 2)
    assert found.leaders.tolist() == [[0, 0, 0], [0, 0, 0]]
    assert not found.fixed.any()


def test_nearly_all_pixels_must_be_gray_and_of_a_strict_entry_all():
    colors = np.array([[90, 90, 90], [90, 95, 99]], np.uint8)
    labels = np.zeros(2, np.int32)
    tinted = np.array([[90, 91, 92]], np.uint8)
    for grays, strict, broken in ((7, False, True), (6, False, False), (7, True, False)):
        found = Relations.of(colors[:, :3], np.array([grays, 1]), labels, 1, strict=np.array([strict]))
        assert found.broken_by(tinted).tolist() == [broken]


@settings(max_examples=examples(30), deadline=None)
@given(
    kind=st.sampled_from(list(KINDS)),
    seed=st.integers(0, 1000),
    name=st.sampled_from(list(SPACES)),
    alpha=st.booleans(),
)
def test_of_the_colors_that_keep_the_relations_it_is_the_nearest(kind, seed, name, alpha):
    space, random = SPACES[name], np.random.default_rng(seed)
    members = picture(kind, seed, 12, 12, alpha).reshape(-1, 3 + alpha)
    members = members[:40]
    if alpha:
        members[:, 3] = 200
    target = space.palette_points(members).mean(axis=0, keepdims=True)
    target = target + random.normal(0, 2, target.shape) / space.scale
    found = Relations.of(members, None, np.zeros(len(members), np.int32), 1)
    entry = found.nearest(space.colors(target), target, space)
    assert not found.broken_by(entry).any()
    # All of the subspace around the entry.
    offsets = np.stack(np.meshgrid(*[np.arange(-4, 5)] * 3, indexing="ij"), axis=-1).reshape(-1, 3)
    tried = np.repeat(entry, len(offsets), axis=0)
    tried[:, :3] = np.clip(entry[:, :3].astype(int) + offsets, 0, 255)
    tried = tried[
        ~Relations.of(members, None, np.zeros(len(members), np.int32), 1)
        .at(np.zeros(len(tried), np.int64))
        .broken_by(tried)
    ]
    distances = ((space.palette_points(tried) - target) ** 2).sum(axis=1)
    own = ((space.palette_points(entry) - target) ** 2).sum()
    assert own <= distances.min() * (1 + 1e-12)


def test_pinned_entries_stay_as_they_are():
    grays = np.repeat(np.arange(256, dtype=np.uint8), 3).reshape(-1, 3)
    histogram = count_colors(grays)
    space = SPACES["oklab"]
    points = space.points(histogram)
    kept = np.array([[100, 101, 99]], np.uint8)
    centroids = np.concatenate([space.palette_points(kept), points.values[::64]])
    frozen = np.arange(len(centroids)) < 1
    colors, _, _ = rounding.finish(
        histogram, points, space, centroids, len(centroids), polish=False, frozen=frozen, pinned=1
    )
    assert colors[0].tolist() == [100, 101, 99]
    assert KINDS["gray"](colors[1:]).all()
    result = pm.compress(grays[None], 16, keep=("#ff7f00",))
    others = result.palette.colors[(result.palette.colors != (255, 127, 0)).any(axis=1)]
    assert len(others) < len(result.palette)
    assert KINDS["gray"](others).all()


def test_entries_that_move_for_mixing_stay_gray():
    pixels = picture("gray", 8, 64, 64)
    made = quantize(pixels, pm.Settings(k=16, dither="none"))
    histogram = count_colors(pixels)
    labels = rounding.nearest(histogram, SPACES["oklab"].points(histogram), SPACES["oklab"], made.palette.colors)[0]
    assert KINDS["gray"](variance_matched(made.palette.colors, histogram, labels, SPACES["oklab"])).all()


def test_the_article_with_random_colors_makes_no_color_of_grays():
    pixels = picture("gray", 4)
    made = quantize(pixels, pm.Settings.article(k=32, init="random-colors", seed=3))
    assert KINDS["gray"](made.palette.colors).all()
