"""Laws for graphics: icons, sprites, text, charts, gradients, glows. They are drawn from a number, see graphics.py."""

import functools
import io

import numpy as np
import PIL.Image
import pytest
from graphics import KINDS, graphic
from helpers import examples, sample
from hypothesis import given, settings
from hypothesis import strategies as st

import pixmeans as pm
from pixmeans.color.masking import masking
from pixmeans.flow import judge
from pixmeans.flow.attempt import Attempt
from pixmeans.image import Image
from pixmeans.metrics import ColorErrors
from pixmeans.quantize.prepared import PreparedImage

SLOW = pytest.mark.slow
GRAPHIC_SAMPLES = ("sprite", "icon", "ghost", "screenshot", "interface")

# Small strips and icons: what sizes of neighborhoods and scores must bear.
SMALL = [(8, 8), (16, 16), (8, 256), (1, 200), (300, 1)]


def decoded(data):
    with PIL.Image.open(io.BytesIO(data)) as picture:
        return np.asarray(picture.convert("RGBA" if picture.has_transparency_data else "RGB"))


def part(name):
    """A corner of a sample, a quarter of its pixels: laws hold for any picture, and that is quicker. Or a small one."""
    pixels = sample(name).pixels
    height, width = (max(size // 2, min(size, 160)) for size in pixels.shape[:2])
    return np.ascontiguousarray(pixels[:height, :width])


@functools.cache
def compressed(name, k, lossy):
    """The same with few colors, made once for all laws that look at it."""
    return pm.compress(part(name), k, lossy=lossy)


def distinct(pixels):
    return len(np.unique(pixels.reshape(-1, pixels.shape[-1]), axis=0))


def some_slow(values, quick):
    """Values of a parameter, of which only the first `quick` run in a quick check."""
    sets = [value if isinstance(value, tuple) else (value,) for value in values]
    return [pytest.param(*one, marks=SLOW if number >= quick else ()) for number, one in enumerate(sets)]


# Numbers of colors.


@pytest.mark.slow
@settings(max_examples=examples(15), deadline=None)
@given(
    kind=st.sampled_from(list(KINDS)),
    seed=st.integers(0, 10_000),
    k=st.sampled_from([2, 3, 7, 16, 50, 200, 256]),
    space=st.sampled_from(["auto", "oklab", "rgb"]),
    format=st.sampled_from(["png", "gif", "webp"]),
)
def test_palettes_have_as_many_colors_as_asked_for_or_as_there_are(kind, seed, k, space, format):
    pixels = graphic(kind, seed, 20, 28)
    if format == "gif":  # has no translucent colors
        pixels = pixels[..., :3]
    plain, lossy = (pm.compress(pixels, k, lossy=way, space=space, format=format) for way in ("off", "auto"))
    assert len(plain.palette) == min(k, distinct(pixels)) == distinct(plain.palette.colors)
    assert len(lossy.palette) <= min(k, distinct(pixels))
    assert np.array_equal(decoded(plain.data), plain.image)


@SLOW
@pytest.mark.parametrize("name", GRAPHIC_SAMPLES)
@pytest.mark.parametrize("k", [2, 16, 64])
def test_samples_have_as_many_colors_as_asked_for_or_as_there_are(name, k):
    pixels = part(name)
    plain, lossy = (compressed(name, k, way) for way in ("off", "auto"))
    assert len(plain.palette) == min(k, distinct(pixels)) == distinct(plain.palette.colors)
    assert len(lossy.palette) <= min(k, distinct(pixels))


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("seed", "ks"), [(0, (2, 8)), (1, (4,))])
def test_of_few_colors_lossy_indices_leave_none_out(kind, seed, ks):
    pixels = graphic(kind, seed, 72, 90)
    for k in ks:
        plain, lossy = (pm.compress(pixels, k, lossy=way) for way in ("off", "auto"))
        used = np.bincount(plain.indices.ravel())
        assert len(np.unique(lossy.indices)) >= np.count_nonzero(used > 4)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["icon", "text", "heatmap"])
@pytest.mark.parametrize("k", [4, 16])
def test_with_given_colors_indices_are_plain(kind, k, tmp_path):
    pixels = graphic(kind, 3, 80, 80)
    path = tmp_path / "given.hex"
    path.write_text("\n".join(pm.palette(pixels[..., :3], k).hex))
    usual, plain = (pm.compress(pixels, palette=str(path), lossy=way) for way in ("auto", "off"))
    assert usual.lambda_ is None
    assert usual.data == plain.data


# Colors that have something in common.


@pytest.mark.slow
@settings(max_examples=examples(20), deadline=None)
@given(
    kind=st.sampled_from(list(KINDS)),
    seed=st.integers(0, 10_000),
    depth=st.sampled_from(["8 bits", "16 bits", "alpha", "8 bits as RGB"]),
    knobs=st.sampled_from([{"k": k} for k in (2, 3, 8, 16, 64, 256)] + [{"quality": q} for q in (50, 80, 90)]),
    format=st.sampled_from(["png", "gif", "webp", "auto"]),
)
def test_gray_graphics_stay_gray(kind, seed, depth, knobs, format):
    pixels = graphic(kind, seed, 24, 40)
    gray = pixels[..., :3].astype(float) @ [0.25, 0.5, 0.25]
    made = {
        "8 bits": gray.astype(np.uint8),
        "16 bits": (gray * 257).astype(np.uint16),
        "alpha": np.dstack([gray, gray, gray, pixels[..., -1]]).astype(np.uint8),
        "8 bits as RGB": np.dstack([gray, gray, gray]).astype(np.uint8),
    }[depth]
    file = decoded(pm.compress(made, format=format, **knobs).data)
    seen = file[file[..., 3] > 0] if file.shape[2] == 4 else file.reshape(-1, 3)
    assert (seen[:, :1] == seen[:, 1:3]).all()


def on_a_line(seed, height=48, width=64):
    """A graphic whose colors lie between two colors in RGB; and how far a color is from that line."""
    first, last = np.random.default_rng(seed).integers(0, 256, (2, 3)).astype(float)
    kind = ("heatmap", "ramp", "text", "chart")[seed % 4]
    place = graphic(kind, seed, height, width).mean(axis=2) / 255
    direction = (last - first) / np.linalg.norm(last - first)

    def off(colors):
        arm = colors - first
        return np.linalg.norm(arm - (arm @ direction)[:, None] * direction, axis=1)

    return np.round(first + (last - first) * place[..., None]).astype(np.uint8), off


@pytest.mark.slow
@pytest.mark.parametrize("seed", some_slow(range(8), 3))
@pytest.mark.parametrize(("space", "ks", "most"), [("rgb", (2, 4, 16, 64), 1.75), ("auto", (16, 64), 2.5)])
def test_colors_on_a_line_stay_on_it(seed, space, ks, most):
    # Each color is rounded once in the picture and once in the palette: up to 2 x 0.87 off the line. A line in RGB is
    # a curve in OKLab, whose chords are off it where clusters are long.
    pixels, off = on_a_line(seed)
    for k in ks:
        for lossy in ("auto", "off"):
            colors = pm.compress(pixels, k, space=space, lossy=lossy).palette.colors
            assert off(colors.astype(float)).max() <= most


# Qualities.


def quality_is_reached(pixels, wanted):
    """Whether a quality is reached. What is said of it holds for the decoded file."""
    result = pm.compress(pixels, quality=wanted)
    file = Image(decoded(result.data))
    original = judge.Judge(Image(pixels))
    assert (original.quality(file) >= wanted) == result.reached
    assert original.colors.clearly_wrong(file) <= 0.01 or not result.reached
    return result.reached


@pytest.mark.slow
@pytest.mark.parametrize(("seed", "wanted"), [(0, 80), (1, 90)])
@pytest.mark.parametrize("shape", SMALL, ids=str)
@pytest.mark.parametrize("kind", some_slow(["icon", "text", "ramp", "glow", "sprite", "heatmap"], 2))
def test_a_quality_of_tiny_graphics_is_true(kind, shape, seed, wanted):
    assert quality_is_reached(graphic(kind, seed, *shape), wanted)


@pytest.mark.slow
@pytest.mark.parametrize("wanted", [80, pytest.param(90, marks=SLOW)])
@pytest.mark.parametrize("kind", some_slow(KINDS, 3))
def test_a_quality_of_graphics_is_true(kind, wanted):
    assert quality_is_reached(graphic(kind, 5), wanted)


@SLOW
@pytest.mark.parametrize("wanted", [80, 90])
@pytest.mark.parametrize("name", GRAPHIC_SAMPLES)
def test_a_quality_of_samples_is_true(name, wanted):
    reached = quality_is_reached(sample(name).pixels, wanted)
    assert reached == ((name, wanted) != ("ghost", 90))  # a smooth glow with alpha needs more than 256 colors


# Flat areas, gradients, edges.


def inside(same):
    """Which pixels of an area have no neighbor of another one, of eight. Edges of the picture go on."""
    wide = np.pad(same, 1, mode="edge")
    height, width = same.shape
    return np.all([wide[y : y + height, x : x + width] for y in range(3) for x in range(3)], axis=0)


def flat_areas(pixels, share):
    """Masks (h, w) of all pixels of each color that covers more than a share of a picture."""
    colors, counts = np.unique(pixels.reshape(-1, pixels.shape[2]), axis=0, return_counts=True)
    return [(pixels == color).all(axis=2) for color in colors[counts > share * counts.sum()]]


# From there on two colors beside each other can be told apart.
SEEN = 0.02


@pytest.mark.slow
@pytest.mark.parametrize("k", [16, pytest.param(32, marks=SLOW), pytest.param(64, marks=SLOW)])
@pytest.mark.parametrize("name", ["interface", pytest.param("screenshot", marks=SLOW)])
def test_flat_areas_have_no_specks(name, k):
    pixels = part(name)
    areas = flat_areas(pixels, 1 / k)
    assert len(areas) >= 3
    for lossy in ("off", "auto"):
        made = compressed(name, k, lossy)
        far = ColorErrors(Image(pixels)).distances(Image(made.image))
        for area in areas:
            # Dithering of letters ends beside them, if indices are plain.
            assert lossy == "auto" or len(np.unique(made.indices[inside(area)])) == 1
            assert far[inside(area)].max() < 0.05
            assert np.count_nonzero(far[inside(area)] > SEEN) <= 0.0005 * np.count_nonzero(area)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["text", "chart", "sprite", "icon"])
@pytest.mark.parametrize(("seed", "k"), some_slow([(0, 16), (1, 8), (2, 16), (3, 8)], 1))
def test_flat_areas_of_graphics_have_no_specks(kind, seed, k):
    pixels = graphic(kind, seed, 96, 120)
    made = pm.compress(pixels, k, lossy="off")
    for area in flat_areas(pixels, 1 / k):
        assert len(np.unique(made.indices[inside(area)])) <= 1


@pytest.mark.slow
@pytest.mark.parametrize("k", [16, 64])
@pytest.mark.parametrize(("kind", "seed"), [(kind, seed) for kind in ("ramp", "glow", "heatmap") for seed in (0, 2, 4)])
def test_lossy_indices_leave_smooth_gradients_smooth_and_without_streaks(kind, seed, k):
    pixels = graphic(kind, seed, 96, 128)
    attempt = Attempt(PreparedImage(Image(pixels)), pm.Settings(k=k))
    flat = masking(pixels).flatness >= 128
    original = ColorErrors(Image(pixels))
    plain, file = attempt.plain.indexed.to_image(), attempt.file.result.indexed.to_image()
    flat &= original.distances(plain, 4) > judge.NOT_EXACT
    assert flat.mean() > judge.LEAST_FLAT
    for radius, rows, share, more in judge.SMOOTH:
        before, after = (float(np.median(original.distances(one, radius, rows)[flat])) for one in (plain, file))
        assert after <= (1 + share) * before + more


def edge_error(pixels, made):
    """The mean squared error over black and over white where alpha changes by more than 24 from pixel to pixel."""
    alpha = pixels[..., 3].astype(int)
    steps = np.zeros(alpha.shape, bool)
    for axis in (0, 1):
        found = np.moveaxis(np.abs(np.diff(alpha, axis=axis)) > 24, axis, 0)
        view = np.moveaxis(steps, axis, 0)
        view[1:] |= found
        view[:-1] |= found
    before, after = (
        [one[..., :3] * cover + ground * (1 - cover) for ground in (0, 255)]
        for one, cover in ((pixels, pixels[..., 3:] / 255), (made, made[..., 3:] / 255))
    )
    return np.mean([((a - b)[steps] ** 2).sum(axis=1).mean() for a, b in zip(before, after, strict=True)])


@pytest.mark.slow
@pytest.mark.parametrize("k", [16, 64, pytest.param(256, marks=SLOW)])
@pytest.mark.parametrize("name", ["icon", "ghost"])
def test_translucent_edges_are_better_than_those_of_an_octree(name, k):
    pixels = part(name)
    octree = PIL.Image.fromarray(pixels).quantize(k, method=PIL.Image.Quantize.FASTOCTREE).convert("RGBA")
    assert edge_error(pixels, compressed(name, k, "auto").image) < edge_error(pixels, np.asarray(octree))


# More and fewer colors.


@SLOW
@pytest.mark.parametrize("name", ["reef", "sky", *GRAPHIC_SAMPLES])
def test_fewer_colors_are_never_both_larger_and_worse_without_dithering(name):
    pixels = part(name)
    original = judge.Judge(Image(pixels))
    found = []
    for k in (4, 8, 16, 32, 64):
        made = pm.compress(pixels, k, dither="none")
        quality = 100.0 if made.lossless else original.quality(Image(made.image))
        found.append((len(made.data), quality))
    for index, (size, quality) in enumerate(found):
        assert all(size <= 1.02 * more or quality >= better - 0.5 for more, better in found[index + 1 :])


# Not `ghost`: its translucent pixels fill four dimensions, so lossy indices that lose little are a matter of luck.
@SLOW
@pytest.mark.parametrize("name", ["reef", *(name for name in GRAPHIC_SAMPLES if name != "ghost")])
def test_fewer_colors_from_sixteen_up_are_never_both_larger_and_worse(name):
    pixels = part(name)
    original = judge.Judge(Image(pixels))
    found = []
    for k in (16, 32, 64):
        made = compressed(name, k, "auto")
        quality = 100.0 if made.lossless else original.quality(Image(made.image))
        found.append((len(made.data), quality))
    for index, (size, quality) in enumerate(found):
        assert all(size <= 1.02 * more or quality >= better - 0.5 for more, better in found[index + 1 :])
