"""Lossy indices for GIF: the search that knows the dictionary of LZW."""

from dataclasses import replace

import numpy as np
import pytest
from definitions import lzw as definition
from helpers import decoded, examples, own_colors, packed, rate_aware_gif, slopes, unpacked, weighted_loss
from hypothesis import given, settings
from hypothesis import strategies as st

from pixmeans.codecs import encode
from pixmeans.color.masking import masking, to_visual_grid
from pixmeans.color.spaces import SPACES
from pixmeans.image import IndexedImage, Palette
from pixmeans.kernels import rate_gif as kernel
from pixmeans.parallel import use_threads
from pixmeans.rate.lzw import EFFORTS, PATIENCE, VISUAL_MODEL, BeamSearch, LzwScene, code_bits


def gif_of(made):
    return encode(IndexedImage(Palette(made.colors), made.indices), "gif")


def noise(height, width, k, seed, alike=1, locked=0.0):
    """What the kernel takes: pixels whose colors are within 1 / alike of the range, and k of these as entries."""
    random = np.random.default_rng(seed)
    points = random.integers((0, -8192, -8192), 16384, (height * width, 3)) // alike
    palette = np.full((256, 4), 100, np.float32)
    palette[:k, :3] = points[random.integers(0, len(points), k)] / 16384
    palette[:, 3] = palette[:, 0]
    stays = (random.random((height, width)) < locked).astype(np.uint8)
    return {
        "points": points.astype(np.int16),
        "weights": random.integers(1, 1024, (height, width), np.uint16),
        "flatness": random.integers(0, 256, (height, width), np.uint8),
        "locked": stays if locked else stays[:0],
        "indices": random.integers(0, k, (height, width), np.uint8),
        "palette": palette,
        "k": k,
    }


def assert_the_kernel_does_what_is_defined(arguments, bits, patience, lambda_, effort, strength=0.75):
    model = replace(VISUAL_MODEL, strength=strength)
    arguments |= {"code_bits": bits, "patience": patience, "lambda_": lambda_}
    arguments |= {"beam_search": BeamSearch(*effort).by_name(), "visual_model": model.by_name()}
    indices, cost = definition.choose(**arguments)
    assert kernel.search(**arguments) == cost
    assert np.array_equal(arguments["indices"], indices)


@pytest.mark.slow
@settings(deadline=None, max_examples=examples(60))
@given(
    size=st.sampled_from([(1, 1), (1, 40), (40, 1), (2, 2), (3, 17), (17, 3), (8, 13)]),
    k=st.sampled_from([1, 2, 9, 33, 256]),
    seed=st.integers(0, 99),
    alike=st.sampled_from([1, 8, 64]),
    locked=st.sampled_from([0.0, 0.2, 0.9]),
    patience=st.sampled_from([-1, 0, 224]),
    lambda_=st.sampled_from([0.0, 1e-6, 1e-5, 1e-4, 1e-2]),
    effort=st.tuples(st.integers(1, 12), st.integers(1, 4), st.sampled_from([1, 2, 7, 64]), st.integers(1, 3)),
    strength=st.sampled_from([0.0, 0.75, 1.0]),
)
def test_the_search_is_what_its_definition_says(size, k, seed, alike, locked, patience, lambda_, effort, strength):
    arguments = noise(*size, k, seed, alike, locked)
    assert_the_kernel_does_what_is_defined(arguments, code_bits(k), patience, lambda_, effort, strength)


@pytest.mark.slow
@pytest.mark.parametrize("patience", [-1, 256])
def test_the_search_is_what_its_definition_says_when_the_dictionary_is_full(patience):
    # most pixels must stay, whatever the codes they take
    arguments = noise(50, 97, 200, 5, locked=0.9)
    assert_the_kernel_does_what_is_defined(arguments, 8, patience, 1e-5, (2, 1, 8, 1))
    found = definition.codes(arguments["indices"].ravel(), 8, patience)
    assert sum(code == 256 for code, _ in found) > 1  # it has been cleared


def test_entries_that_may_not_be_used_are_not():
    arguments = noise(7, 9, 12, 1, 8)
    arguments["palette"][[0, 5]] = 100
    arguments["indices"][:] = 3
    assert_the_kernel_does_what_is_defined(arguments, 4, 224, 1e-5, (8, 2, 64, 1))
    assert not np.isin(arguments["indices"], (0, 5)).any()


@pytest.mark.parametrize(("lambda_", "last"), [(0.0, 1), (0.05, 1), (0.1, 0), (1.0, 0)])
def test_an_error_is_made_where_a_code_costs_more(lambda_, last):
    # Black, black, gray: the first two take a code each, and the dictionary learns black, black. So another black is
    # free but for an error of 0.5 squared, and gray is a third code of 3 bits.
    points = np.array([[0, 0, 0], [0, 0, 0], [8192, 0, 0]], np.int16)
    palette = np.full((256, 4), 100, np.float32)
    palette[:2] = [[0, 0, 0, 0], [0.5, 0, 0, 0.5]]
    indices = np.zeros((1, 3), np.uint8)
    bits = kernel.search(
        points=points,
        weights=np.full((1, 3), 256, np.uint16),
        flatness=np.zeros((1, 3), np.uint8),
        locked=np.zeros((0, 0), np.uint8),
        indices=indices,
        palette=palette,
        k=2,
        code_bits=2,
        patience=224,
        lambda_=lambda_,
        beam_search=BeamSearch(8, 1, 256, 1).by_name(),
        visual_model=replace(VISUAL_MODEL, strength=0.0).by_name(),
    )
    assert indices.tolist() == [[0, 0, last]]
    assert bits == (3 + 3 + 3 + 3 + 4 if last else 3 + 3 + 3 + 3)  # to clear, the pixels, the end


@pytest.mark.slow
@pytest.mark.parametrize(("k", "effort"), [(2, 0), (3, 2), (17, 4), (64, 2), (256, 0), (256, 4)])
def test_the_search_knows_what_lzw_will_write(k, effort):
    pixels = slopes(150, 211)
    colors, indices = own_colors(pixels, k)
    for lambda_ in (0.0, 3e-6, 1e-4):
        made = rate_aware_gif(pixels, colors, indices, lambda_, effort=effort)
        mine = made.places.astype(np.uint8)[made.indices]  # numbered as they were
        assert made.bytes == len(packed(mine, code_bits(k), PATIENCE))


@pytest.mark.slow
@pytest.mark.parametrize("effort", range(len(EFFORTS)))
def test_without_lambda_or_diffusion_indices_are_plain(effort):
    pixels = slopes(40, 63)
    colors, _ = own_colors(pixels)
    points = to_visual_grid(pixels.reshape(-1, 3))
    entries = np.full((256, 4), 100.0, np.float32)
    entries[: len(colors), :3] = to_visual_grid(colors) / np.float32(1 << 14)
    entries[:, 3] = entries[:, 0]
    masks, found = masking(pixels), np.zeros((40, 63), np.uint8)
    kernel.search(
        points=points,
        weights=masks.weights,
        flatness=masks.flatness,
        locked=np.zeros((0, 0), np.uint8),
        indices=found,
        palette=entries,
        k=len(colors),
        code_bits=6,
        patience=PATIENCE,
        lambda_=0.0,
        beam_search=EFFORTS[effort].by_name(),
        visual_model=replace(VISUAL_MODEL, strength=0.0, streak_cost=0.0).by_name(),
    )
    apart = ((points[:, None].astype(int) - to_visual_grid(colors)[None]) ** 2).sum(axis=2)
    mine, best = apart[np.arange(len(points)), found.ravel()], apart.min(axis=1)
    assert (mine <= best + 64).all()  # sums along paths are rounded


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_a_larger_lambda_never_makes_the_file_larger(seed):
    pixels = slopes(120, 180, seed)
    colors, indices = own_colors(pixels, 128)
    made = [rate_aware_gif(pixels, colors, indices, lambda_) for lambda_ in (0.0, 1e-5, 3e-5, 1e-4, 1e-3)]
    sizes = [len(gif_of(one)) for one in made]
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[-1] < 0.6 * sizes[0]
    assert [weighted_loss(pixels, one) for one in made] == sorted(weighted_loss(pixels, one) for one in made)


@pytest.mark.slow
def test_looking_a_code_ahead_finds_less_error_and_bits():
    pixels = slopes(150, 211)
    colors, indices = own_colors(pixels, 256)
    quick, thorough = (rate_aware_gif(pixels, colors, indices, 1e-5, effort=effort) for effort in (0, 3))

    def total(made):
        return weighted_loss(pixels, made) + 1e-5 * 8 * made.bytes / indices.size

    assert total(thorough) < total(quick)


@settings(deadline=None, max_examples=examples(40))
@given(
    height=st.integers(1, 20),
    width=st.integers(1, 20),
    k=st.sampled_from([1, 2, 3, 9, 60]),
    lambda_=st.sampled_from([0.0, 1e-5, 1e-3, 1.0]),
    channels=st.sampled_from([3, 4]),
    effort=st.integers(0, 6),
)
def test_any_size_is_written_and_read_back(height, width, k, lambda_, channels, effort):
    pixels = slopes(height, width, channels=channels)
    colors, indices = own_colors(pixels, k)
    made = rate_aware_gif(pixels, colors, indices, lambda_, effort=effort)
    assert made.indices.shape == (height, width)
    assert np.array_equal(np.unique(made.indices), np.arange(len(made.colors)))
    assert np.array_equal(made.colors, colors[made.places])
    shown = made.colors[made.indices]
    if channels == 3:
        assert np.array_equal(decoded(gif_of(made)), shown)
        return
    opaque = pixels[..., 3] == 255
    assert np.array_equal(shown[~opaque], colors[indices][~opaque])
    if (colors[:, 3] == 255).any():
        assert (shown[opaque][:, 3] == 255).all()


def test_a_wall_of_locked_pixels_is_passed():
    # every pixel but a few must stay: the search goes through them, whatever they cost
    pixels = slopes(60, 90, channels=4)
    colors, indices = own_colors(pixels, 64)
    pixels[..., 3] = np.where(pixels[..., 3] == 255, 254, pixels[..., 3])
    made = rate_aware_gif(pixels, colors, indices, 1e-2)
    assert np.array_equal(made.colors[made.indices], colors[indices])


def test_protected_pixels_keep_their_weight():
    pixels = slopes(80, 97)
    colors, indices = own_colors(pixels)
    weights = masking(pixels).weights
    protected = np.zeros((80, 97), np.bool_)
    protected[weights < 64] = True

    def error(**more):
        made = rate_aware_gif(pixels, colors, indices, 3e-4, diffusion=0.0, **more)
        before = SPACES["oklab"].to_grid(pixels.reshape(-1, 3)).astype(int)
        after = SPACES["oklab"].to_grid(made.colors[made.indices].reshape(-1, 3)).astype(int)
        return ((before - after) ** 2).sum(axis=1)[protected.ravel()].mean()

    assert protected.any()
    assert error(protected=protected) < error()


def test_a_flat_picture_is_one_run():
    pixels = np.full((50, 50, 3), 77, np.uint8)
    made = rate_aware_gif(pixels, pixels[0, :1], np.zeros((50, 50), np.uint8), 1e-5)
    # codes of 1, 2, 3 ... pixels; 70 of them are 2485
    codes = unpacked(packed(made.indices, 2, PATIENCE), 2)[1]
    assert len(codes) == 2 + 71
    assert made.bytes == -(-sum(width for _, width in codes) // 8)


def test_the_same_at_any_number_of_threads():
    pixels = slopes(90, 131)
    colors, indices = own_colors(pixels)
    found = []
    for threads in (1, 3):
        with use_threads(threads):
            found.append(rate_aware_gif(pixels, colors, indices, 2e-5).indices)
    assert np.array_equal(*found)


@pytest.mark.parametrize(
    ("knobs", "message"),
    [
        ({"effort": 7}, "effort must be 0 to 6, got 7"),
        ({"lambda_": -1.0}, "lambda_ must be 0 or more"),
        ({"diffusion": 2.0}, "diffusion must be 0 to 1"),
    ],
)
def test_what_is_out_of_range_is_refused(knobs, message):
    pixels = slopes(9, 9)
    with pytest.raises(ValueError, match=message):
        rate_aware_gif(pixels, *own_colors(pixels, 8), **{"lambda_": 1e-5, **knobs})


@pytest.mark.slow
def test_a_scene_serves_many_lambdas_and_palettes():
    pixels = slopes(channels=4)
    scene = LzwScene(pixels)
    for k, lambda_ in ((64, 1e-5), (20, 1e-4), (64, 1e-5)):
        colors, indices = own_colors(pixels, k)
        found = scene.indices(colors, indices, lambda_)
        alone = rate_aware_gif(pixels, colors, indices, lambda_)
        assert np.array_equal(found.indices, alone.indices)
        assert found.bytes == alone.bytes


@pytest.mark.parametrize("effort", EFFORTS)
def test_every_effort_is_within_the_kernel_s_limits(effort):
    arguments = noise(3, 5, 4, 0) | {"code_bits": 2, "patience": 224, "lambda_": 1e-5}
    kernel.search(**arguments, beam_search=effort.by_name(), visual_model=VISUAL_MODEL.by_name())


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"paths": 0}, "paths must be 1 to 1024, got 0"),
        ({"paths": 1025}, "paths must be 1 to 1024, got 1025"),
        ({"codes": 0}, "codes must be 1 to 32767, got 0"),
        ({"pixels": 32768}, "pixels must be 1 to 32767, got 32768"),
        ({"written": 0}, "written must be 1 to 32767, got 0"),
        ({"k": 5}, "k must be 1 to 4, got 5"),
        ({"code_bits": 9}, "code_bits must be 2 to 8, got 9"),
        ({"patience": 257}, "patience must be -1 to 256, got 257"),
        ({"points": np.zeros((4, 3), np.int16)}, r"points must have shape \(15, 3\), got \(4, 3\)"),
        ({"indices": np.zeros((5, 3), np.uint8)}, r"weights must have shape \(5, 3\), got \(3, 5\)"),
        ({"palette": np.zeros((4, 4), np.float32)}, r"palette must have shape \(256, 4\), got \(4, 4\)"),
        ({"visual_model": {"strength": 1.0}}, "share_right"),
    ],
)
def test_what_the_kernel_has_no_room_for_is_refused(changes, message):
    beam = {name: value for name, value in changes.items() if name in ("paths", "codes", "pixels", "written")}
    arguments = noise(3, 5, 4, 0) | {"code_bits": 2, "patience": 224, "lambda_": 1e-5}
    arguments |= {"beam_search": EFFORTS[2].by_name() | beam, "visual_model": VISUAL_MODEL.by_name()}
    arguments |= {name: value for name, value in changes.items() if name not in beam}
    with pytest.raises((ValueError, KeyError), match=message):
        kernel.search(**arguments)
