"""SSIM, MS-SSIM and SSIMULACRA 2 against their definitions in NumPy, and against other people's programs."""

from __future__ import annotations

import io
import math

import numpy as np
import PIL.Image
import pytest
import ssimulacra2 as oracle
from helpers import blobs, sample

import pixmeans as pm
from pixmeans import metrics
from pixmeans.color.spaces import linear_light, linear_table
from pixmeans.image import Image, IndexedImage, Palette
from pixmeans.kernels import ssim as kernel
from pixmeans.metrics import ColorErrors, Reference, artifacts, pairs, structure
from pixmeans.metrics.powers import power

SHAPES = [(7, 9), (1, 1), (100, 1), (2, 30), (8, 8), (11, 64), (33, 65), (64, 128), (65, 129)]


# The definitions, in double precision: to be read, not to be fast.

TAPS = np.exp(-0.5 * (np.arange(-5, 6) / 1.5) ** 2)
TAPS /= TAPS.sum()


def blurred(plane: np.ndarray) -> np.ndarray:
    """(h, w) under the window of 11 x 11: mirrored above and below, 0 beside."""
    h, w = plane.shape
    rows = np.pad(plane, [(5, 5), (0, 0)], mode="symmetric")
    rows = sum(tap * rows[i : i + h] for i, tap in enumerate(TAPS))
    columns = np.pad(rows, [(0, 0), (5, 5)])
    return sum(tap * columns[:, i : i + w] for i, tap in enumerate(TAPS))


def moments(a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, ...]:
    """Means, variances and covariance under the window."""
    m1, m2 = blurred(a), blurred(b)
    return m1, m2, blurred(a * a) - m1 * m1, blurred(b * b) - m2 * m2, blurred(a * b) - m1 * m2


def structure_by_definition(a: np.ndarray, b: np.ndarray) -> tuple[float, float]:
    """Wang et al. 2004, equations 12 and 13, over the places where the window is inside."""
    c1, c2 = 2.55**2, 7.65**2
    m1, m2, v1, v2, covariance = moments(a, b)
    contrast = (2 * covariance + c2) / (v1 + v2 + c2)
    whole = (2 * m1 * m2 + c1) / (m1 * m1 + m2 * m2 + c1) * contrast
    return whole[5:-5, 5:-5].mean(), contrast[5:-5, 5:-5].mean()


def artifacts_by_definition(a: np.ndarray, b: np.ndarray) -> list[float]:
    """The six sums of one plane of SSIMULACRA 2.1."""
    m1, m2, v1, v2, covariance = moments(a, b)
    errors = np.maximum(1 - (1 - (m1 - m2) ** 2) * (2 * covariance + 0.0009) / (v1 + v2 + 0.0009), 0)
    edges = (1 + abs(b - m2)) / (1 + abs(a - m1)) - 1
    maps = (errors, np.maximum(edges, 0), np.maximum(-edges, 0))
    return [float((values**p).sum()) for values in maps for p in (1, 4)]


def xyb_by_definition(linear: np.ndarray) -> np.ndarray:
    """(3, n) linear light -> X, Y and B - Y in about 0..1."""
    bias = 0.0037930732552754493
    r, g, b = linear.astype(np.float64)
    cones = [
        np.cbrt(0.30 * r + 0.622 * g + 0.078 * b + bias),
        np.cbrt(0.23 * r + 0.692 * g + 0.078 * b + bias),
        np.cbrt(0.24342268924547819 * r + 0.20476744424496821 * g + 0.55180986650955360 * b + bias),
    ]
    long, medium, short = (cone - np.cbrt(bias) for cone in cones)
    x, y = (long - medium) / 2, (long + medium) / 2
    return np.stack([14 * x + 0.42, y + 0.01, short - y + 0.55])


def halved_by_definition(plane: np.ndarray) -> np.ndarray:
    h, w = plane.shape
    even = np.pad(plane, [(0, h % 2), (0, w % 2)], mode="edge")
    return even.reshape((h + 1) // 2, 2, (w + 1) // 2, 2).mean(axis=(1, 3))


def score_by_definition(light_a: np.ndarray, light_b: np.ndarray) -> float:
    """SSIMULACRA 2.1 of linear light (3, h, w), sides of 8 and more."""
    found = []
    for _ in range(6):
        if min(light_a.shape[1:]) < 8:
            break
        n = light_a[0].size
        shape = light_a.shape
        a, b = (xyb_by_definition(light.reshape(3, -1)).reshape(shape) for light in (light_a, light_b))
        sums = [artifacts_by_definition(a[c], b[c]) for c in range(3)]
        found.append([[value / n for value in s[::2]] + [(value / n) ** 0.25 for value in s[1::2]] for s in sums])
        light_a, light_b = (np.stack([halved_by_definition(plane) for plane in x]) for x in (light_a, light_b))
    norms = [value for channel in range(3) for size in found for value in size[channel]]
    x = 0.9562382616834844 * sum(w * norm for w, norm in zip(artifacts.WEIGHTS, norms, strict=False))
    x = 2.326765642916932 * x - 0.020884521182843837 * x**2 + 6.248496625763138e-05 * x**3
    return 100 - 10 * x**0.6276336467831387 if x > 0 else 100


# Pictures.


def drawn(seed: int, h: int, w: int) -> np.ndarray:
    """(h, w, 3) slopes and grain."""
    y, x = np.mgrid[:h, :w]
    slopes = np.stack([x * 255 // max(1, w - 1), y * 255 // max(1, h - 1), (x * 7 + y * 13) % 256], axis=2)
    return np.clip(slopes + np.random.default_rng(seed).integers(-20, 21, (h, w, 3)), 0, 255).astype(np.uint8)


def score_of_the_oracle(a: np.ndarray, b: np.ndarray) -> float:
    files = []
    missing = [max(0, 256 - side) for side in a.shape[:2]]  # pictures are continued by their mirror images
    for pixels in (a, b):
        pixels = np.pad(pixels, ((0, missing[0]), (0, missing[1]), (0, 0)), mode="symmetric")
        files.append(io.BytesIO())
        PIL.Image.fromarray(pixels).save(files[-1], "png", compress_level=1)
    return float(oracle.compute_ssimulacra2(*files))


# The kernels are their definitions.


def test_the_window_is_a_gaussian():
    spike = np.zeros((11, 11), np.float32)
    spike[5, 5] = 1
    sums = np.empty(2)
    # One place: SSIM of the spike and black is decided by the middle of the window alone.
    kernel.structure_sums(spike, np.zeros_like(spike), 1.0, 1.0, sums)
    mean = TAPS[5] ** 2
    assert sums[1] == pytest.approx(1 / (mean - mean**2 + 1), rel=1e-6)
    assert sums[0] == pytest.approx(1 / (mean**2 + 1) / (mean - mean**2 + 1), rel=1e-6)


@pytest.mark.parametrize("shape", [(5, 1), *(shape for shape in SHAPES if shape[0] >= 5)])
def test_artifact_sums_are_their_definition(shape):
    rng = np.random.default_rng(5)
    a, b = rng.random((2, *shape)).astype(np.float32)
    for other in (b, np.float32(0.97) * a + np.float32(0.03) * b, a[::-1].copy()):
        sums = np.empty(6)
        kernel.artifact_sums(a, other, sums)
        assert sums == pytest.approx(artifacts_by_definition(a.astype(float), other.astype(float)), rel=2e-4, abs=1e-6)
    kernel.artifact_sums(a, a, sums)
    assert sums.tolist() == [0] * 6


@pytest.mark.parametrize("shape", [(11, 11), (12, 75), (33, 65), (100, 11), (64, 74)])
def test_structure_sums_are_their_definition(shape):
    a, b = (255 * np.random.default_rng(6).random((2, *shape))).astype(np.float32)
    for other in (b, np.float32(0.97) * a + np.float32(0.03) * b, 255 - a):
        expected = structure_by_definition(a.astype(float), other.astype(float))
        assert structure.similarity(a, other) == pytest.approx(expected, abs=1e-5)
    assert structure.similarity(a, a) == (1, 1)


@pytest.mark.slow
@pytest.mark.parametrize("shape", SHAPES)
def test_halves_are_means(shape):
    planes = np.random.default_rng(7).random((2, *shape)).astype(np.float32)
    half = np.empty((2, (shape[0] + 1) // 2, (shape[1] + 1) // 2), np.float32)
    kernel.halved(planes, half)
    for found, plane in zip(half, planes, strict=True):
        assert found == pytest.approx(halved_by_definition(plane.astype(float)), rel=1e-6)


def test_xyb_is_its_definition_from_black_to_white():
    steps = np.linspace(0, 1, 50_001, dtype=np.float32)
    random = np.random.default_rng(8).random((3, 50_001), dtype=np.float32)
    for linear in (np.stack([steps] * 3), random, random * random * random):
        found = np.empty_like(linear)
        kernel.positive_xyb(np.ascontiguousarray(linear), found)
        assert abs(found - xyb_by_definition(linear)).max() < 2e-6  # X is stretched 14 times


def test_light_over_a_background_is_that_of_the_mixed_color():
    assert (pairs.light_over(None)[255] == linear_table().astype(np.float32)).all()
    for background in (25.5, *pairs.BLACK_AND_WHITE):
        table = pairs.light_over(background)
        for alpha, value in ((255, 0), (255, 77), (255, 255), (0, 9), (128, 200), (1, 255), (254, 3)):
            mixed = alpha / 255 * value / 255 + (1 - alpha / 255) * background / 255
            assert table[alpha, value] == pytest.approx(linear_light(mixed), rel=1e-6)


def test_powers():
    for base, exponent in ((2.0, 0.5), (1e-9, 0.6276), (0.3, 0.0448), (123.4, 3.0)):
        assert power(base, exponent) == pytest.approx(math.pow(base, exponent), rel=1e-15)
    assert (power(0.0, 0.5), power(1.0, 0.3)) == (0, 1)


# Whole scores.


@pytest.mark.slow
@pytest.mark.parametrize("shape", SHAPES)
def test_equal_pictures_score_best(shape):
    picture = Image(drawn(3, *shape))
    assert metrics.ssimulacra2(picture, picture) == 100
    assert (metrics.ssim(picture, picture), metrics.ms_ssim(picture, picture)) == (1, 1)


@pytest.mark.parametrize("shape", SHAPES)
def test_different_pictures_of_any_size_score_less(shape):
    a, b = Image(drawn(3, *shape)), Image(255 - drawn(3, *shape))
    assert metrics.ssimulacra2(a, b) < 90
    assert metrics.ssim(a, b) < 0.8
    assert metrics.ms_ssim(a, b) < 0.8


# structural_similarity of scikit-image 0.26.0 on 0.299 R + 0.587 G + 0.114 B, with gaussian_weights=True,
# use_sample_covariance=False, data_range=255.
@pytest.mark.parametrize(
    ("shape", "change", "expected"),
    [
        ((33, 65), lambda a: drawn(2, *a.shape[:2]), 0.6553478445817373),
        ((33, 65), lambda a: a // 48 * 48, 0.773889430999563),
        ((64, 48), lambda a: np.roll(a, 1, 1), 0.500261106886518),
        ((11, 11), lambda a: a // 48 * 48, 0.9489471584152098),
        ((120, 97), lambda a: 255 - a, -0.4141063207688738),
    ],
)
def test_ssim_is_that_of_scikit_image(shape, change, expected):
    a = drawn(1, *shape)
    assert metrics.ssim(Image(a), Image(change(a))) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize(("shape", "scales"), [((161, 200), 5), ((160, 200), 4), ((40, 90), 2), ((9, 90), 1)])
def test_ms_ssim_is_its_definition(shape, scales):
    a = drawn(1, *shape)
    b = a // 40 * 40
    planes = [pixels.astype(float) @ (0.299, 0.587, 0.114) for pixels in (a, b)]
    margins = [(5, 5) if side < 11 else (0, 0) for side in shape]
    planes = [np.pad(plane, margins, mode="symmetric") for plane in planes]
    weights = np.array([0.0448, 0.2856, 0.3001, 0.2363, 0.1333][:scales])
    expected = 1.0
    for scale, weight in enumerate(weights / weights.sum()):
        whole, contrast = structure_by_definition(*planes)
        expected *= (whole if scale == scales - 1 else contrast) ** weight
        planes = [halved_by_definition(plane) for plane in planes]
    assert metrics.ms_ssim(Image(a), Image(b)) == pytest.approx(expected, abs=1e-5)


def quantized(name: str, k: int, space: str) -> tuple[np.ndarray, np.ndarray]:
    pixels = sample(name).pixels[100:292, 150:406, :3]
    return pixels, pm.compress(pixels, k, space=space, effort="fast").indexed.to_image().pixels


def changed(shape: tuple[int, int], change: str) -> tuple[np.ndarray, np.ndarray]:
    a = drawn(4, *shape)
    rng = np.random.default_rng(9)
    if change == "noise":
        return a, np.clip(a + rng.normal(0, 8, a.shape), 0, 255).astype(np.uint8)
    if change == "faint":
        return a, a ^ rng.integers(0, 2, a.shape).astype(np.uint8)
    if change == "pixel":
        b = a.copy()
        b[3, 4] ^= 1
        return a, b
    if change == "blur":
        near = sum(np.roll(a.astype(int), (y, x), (0, 1)) for y in (-1, 0, 1) for x in (-1, 0, 1))
        return a, (near // 9).astype(np.uint8)
    return a, np.roll(a, 1, 1)


PAIRS = [("reef", k, space) for k in (4, 16, 64, 256) for space in ("rgb", "oklab")]
PAIRS += [("sky", 16, "oklab"), ("screenshot", 8, "rgb"), ("noise", 32, "oklab")]
CHANGES = [((8, 8), "noise"), ((8, 8), "shift"), ((100, 8), "blur"), ((9, 40), "shift"), ((33, 65), "blur")]
CHANGES += [((33, 65), "faint"), ((61, 131), "noise"), ((64, 64), "pixel"), ((128, 100), "blur"), ((255, 257), "shift")]


@pytest.mark.slow
@pytest.mark.parametrize(("name", "k", "space"), PAIRS)
def test_ssimulacra2_of_quantized_pictures_is_that_of_the_package(name, k, space):
    a, b = quantized(name, k, space)
    assert metrics.ssimulacra2(Image(a), Image(b)) == pytest.approx(score_of_the_oracle(a, b), abs=0.01)


@pytest.mark.slow
@pytest.mark.parametrize(("shape", "change"), CHANGES)
def test_ssimulacra2_of_any_size_and_change_is_that_of_the_package(shape, change):
    a, b = changed(shape, change)
    assert metrics.ssimulacra2(Image(a), Image(b)) == pytest.approx(score_of_the_oracle(a, b), abs=0.01)


INDEXED = [("reef", 16, 3), ("reef", 200, 4), ("photo", 40, 3), ("photo", 7, 4), ("line", 9, 3)]


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "k", "channels"), INDEXED)
def test_an_indexed_picture_scores_as_its_pixels_do(kind, k, channels, sample_reef):
    pixels = sample_reef.pixels[100:400, 50:450] if kind == "reef" else blobs(k, 60 * 80).reshape(60, 80, 3)
    pixels = pixels[:, :5] if kind == "line" else pixels
    random = np.random.default_rng(k)
    colors = random.integers(0, 256, (k, channels)).astype(np.uint8)
    other = IndexedImage(Palette(colors), random.integers(0, k, pixels.shape[:2]).astype(np.uint8))
    reference, colors_of = Reference(Image(pixels)), ColorErrors(Image(pixels))
    exact = reference.ssimulacra2(other.to_image())
    assert reference.ssimulacra2(other) == exact
    rough = reference.ssimulacra2(other, roughly=True)
    assert rough == pytest.approx(exact, abs=0.01 if min(pixels.shape[:2]) >= 256 else 0.02 * (100 - exact))
    for radius in (0, 2):
        assert np.array_equal(colors_of.distances(other, radius), colors_of.distances(other.to_image(), radius))


@pytest.mark.parametrize("shape", [(64, 64), (16, 16), (24, 300), (300, 24), (96, 40), (100, 8), (10, 10), (252, 252)])
@pytest.mark.parametrize("channels", [3, 4])
def test_a_rough_look_at_an_icon_sees_what_a_whole_one_does(shape, channels):
    pixels = np.concatenate([drawn(1, *shape), drawn(2, *shape)[..., :1]], axis=2)[..., :channels]
    reference, last = Reference(Image(np.ascontiguousarray(pixels))), 100.0
    for step in (2, 8, 32):
        other = Image(np.ascontiguousarray(pixels // step * step))
        rough, whole = reference.ssimulacra2(other, roughly=True), reference.ssimulacra2(other)
        assert rough == pytest.approx(whole, abs=0.3 + 0.03 * (100 - whole))
        assert rough < last
        last = rough


def test_alpha_that_no_pixel_has_says_nothing(photo):
    reference = Reference(Image(photo))
    indices = (photo[..., 0] // 64).astype(np.uint8)
    grays = np.array([[32, 32, 32, 255], [96, 96, 96, 255], [160, 160, 160, 255], [224, 224, 224, 255], [9, 9, 9, 0]])
    other = IndexedImage(Palette(grays.astype(np.uint8)), indices)
    opaque = IndexedImage(Palette(grays[:4, :3].astype(np.uint8)), indices)
    assert not other.without_opaque_alpha().has_alpha
    assert reference.ssimulacra2(other) == reference.ssimulacra2(opaque)


@pytest.mark.slow
def test_ssimulacra2_with_alpha_is_the_worse_over_black_and_white(photo_with_alpha):
    other = photo_with_alpha.copy()
    other[..., :3] //= 32
    other[..., :3] *= 32
    other[..., 3] = np.minimum(255, other[..., 3] // 64 * 85)
    scores = []
    for gray in (0.0, 1.0):
        light = []
        for pixels in (photo_with_alpha, other):
            alpha = pixels[..., 3:] / 255
            mixed = (alpha * (pixels[..., :3] / 255) + (1 - alpha) * gray).transpose(2, 0, 1)
            mixed = np.pad(mixed, ((0, 0), *((0, max(0, 256 - side)) for side in mixed.shape[1:])), mode="symmetric")
            light.append(np.where(mixed <= 0.04045, mixed / 12.92, ((mixed + 0.055) / 1.055) ** 2.4))
        scores.append(score_by_definition(*light))
    assert abs(scores[0] - scores[1]) > 0.1
    found = metrics.ssimulacra2(Image(photo_with_alpha), Image(other))
    assert found == pytest.approx(min(scores), abs=0.01)


def test_small_pictures_are_continued_by_their_mirror_image():
    a, b = drawn(1, 3, 20), drawn(2, 3, 20)
    tall = [np.pad(x, ((0, 253), (0, 236), (0, 0)), mode="symmetric") for x in (a, b)]
    assert metrics.ssimulacra2(Image(a), Image(b)) == metrics.ssimulacra2(*map(Image, tall))


def test_an_icon_that_became_one_color_is_no_good_icon():
    icon = np.zeros((8, 8, 3), np.uint8)
    icon[:, 4:] = (230, 60, 20)
    icon[2:4] = (250, 250, 250)
    flat = np.broadcast_to(icon.reshape(-1, 3).mean(axis=0).astype(np.uint8), icon.shape)
    assert metrics.ssimulacra2(Image(icon), Image(np.ascontiguousarray(flat))) < 30


def test_of_very_long_pictures_no_more_is_looked_at_than_is_there(monkeypatch):
    monkeypatch.setattr(artifacts, "MOST_MIRRORED", 1 << 17)
    a, b = drawn(1, 1, 2000), drawn(2, 1, 2000)
    assert (1 << 16) < next(artifacts.sizes(Image(a), 0.0))[0].size <= 1 << 17
    assert metrics.ssimulacra2(Image(a), Image(b)) < metrics.ssimulacra2(Image(a), Image(a)) == 100
