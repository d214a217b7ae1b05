"""Lossy indices for GIF: the search that knows the dictionary of LZW."""

import numpy as np
import pytest
from definitions import lzw as definition
from helpers import decoded, own_colors, packed, slopes, unpacked, weighted_loss
from hypothesis import given, settings
from hypothesis import strategies as st

from pixmeans.codecs import encode
from pixmeans.color.masking import masking, to_visual_grid
from pixmeans.color.spaces import SPACES
from pixmeans.image import IndexedImage, Palette
from pixmeans.kernels import rate_gif as kernel
from pixmeans.parallel import use_threads
from pixmeans.rate.lzw import EFFORTS, EYE, PATIENCE, code_bits, rate_aware_gif


def gif_of(made):
    return encode(IndexedImage(Palette(made.colors), made.indices), "gif")


def noise(height, width, k, seed, alike=1, forced=0.0):
    """What the kernel takes: pixels whose colors are within 1 / alike of the range, and k of these as entries."""
    random = np.random.default_rng(seed)
    points = random.integers((0, -8192, -8192), 16384, (height * width, 3)) // alike
    palette = np.full((256, 4), 100, np.float32)
    palette[:k, :3] = points[random.integers(0, len(points), k)] / 16384
    palette[:, 3] = palette[:, 0]
    stays = (random.random((height, width)) < forced).astype(np.uint8)
    return (
        points.astype(np.int16),
        random.integers(1, 1024, (height, width), np.uint16),
        random.integers(0, 256, (height, width), np.uint8),
        stays if forced else stays[:0],
        random.integers(0, k, (height, width), np.uint8),
        palette,
        k,
    )


def assert_the_kernel_does_what_is_defined(arguments, bits, patience, lam, effort, strength=0.75):
    arguments = (*arguments, bits, patience, lam, np.array(effort, np.int32), np.array((strength, *EYE), np.float32))
    indices, cost = definition.choose(*arguments)
    assert kernel.search(*arguments) == cost
    assert np.array_equal(arguments[4], indices)


@settings(deadline=None, max_examples=60)
@given(
    size=st.sampled_from([(1, 1), (1, 40), (40, 1), (2, 2), (3, 17), (17, 3), (8, 13)]),
    k=st.sampled_from([1, 2, 9, 33, 256]),
    seed=st.integers(0, 99),
    alike=st.sampled_from([1, 8, 64]),
    forced=st.sampled_from([0.0, 0.2, 0.9]),
    patience=st.sampled_from([-1, 0, 224]),
    lam=st.sampled_from([0.0, 1e-6, 1e-5, 1e-4, 1e-2]),
    effort=st.tuples(st.integers(1, 12), st.integers(1, 4), st.sampled_from([1, 2, 7, 64]), st.integers(1, 3)),
    strength=st.sampled_from([0.0, 0.75, 1.0]),
)
def test_the_search_is_what_its_definition_says(size, k, seed, alike, forced, patience, lam, effort, strength):
    arguments = noise(*size, k, seed, alike, forced)
    assert_the_kernel_does_what_is_defined(arguments, code_bits(k), patience, lam, effort, strength)


@pytest.mark.parametrize("patience", [-1, 256])
def test_the_search_is_what_its_definition_says_when_the_dictionary_is_full(patience):
    # most pixels must stay, whatever the codes they take
    arguments = noise(60, 121, 200, 5, forced=0.9)
    assert_the_kernel_does_what_is_defined(arguments, 8, patience, 1e-5, (2, 1, 8, 1))
    found = definition.codes(arguments[4].ravel(), 8, patience)
    assert sum(code == 256 for code, _ in found) > 1  # it has been cleared


def test_entries_that_may_not_be_used_are_not():
    arguments = noise(7, 9, 12, 1, 8)
    arguments[5][[0, 5]] = 100
    arguments[4][:] = 3
    assert_the_kernel_does_what_is_defined(arguments, 4, 224, 1e-5, (8, 2, 64, 1))
    assert not np.isin(arguments[4], (0, 5)).any()


@pytest.mark.parametrize(("lam", "last"), [(0.0, 1), (0.05, 1), (0.1, 0), (1.0, 0)])
def test_an_error_is_made_where_a_code_costs_more(lam, last):
    # Black, black, gray: the first two take a code each, and the dictionary learns black, black. So another black is
    # free but for an error of 0.5 squared, and gray is a third code of 3 bits.
    points = np.array([[0, 0, 0], [0, 0, 0], [8192, 0, 0]], np.int16)
    palette = np.full((256, 4), 100, np.float32)
    palette[:2] = [[0, 0, 0, 0], [0.5, 0, 0, 0.5]]
    indices = np.zeros((1, 3), np.uint8)
    bits = kernel.search(
        *(points, np.full((1, 3), 256, np.uint16), np.zeros((1, 3), np.uint8), np.zeros((0, 0), np.uint8)),
        *(indices, palette, 2, 2, 224, lam, np.array((8, 1, 256, 1), np.int32), np.array((0.0, *EYE), np.float32)),
    )
    assert indices.tolist() == [[0, 0, last]]
    assert bits == (3 + 3 + 3 + 3 + 4 if last else 3 + 3 + 3 + 3)  # to clear, the pixels, the end


@pytest.mark.parametrize("k", [2, 3, 17, 64, 256])
@pytest.mark.parametrize("effort", [0, 2, 4])
def test_the_search_knows_what_lzw_will_write(k, effort):
    pixels = slopes(150, 211)
    colors, indices = own_colors(pixels, k)
    for lam in (0.0, 3e-6, 1e-4):
        made = rate_aware_gif(pixels, colors, indices, lam, effort=effort)
        mine = made.places.astype(np.uint8)[made.indices]  # numbered as they were
        assert made.bytes == len(packed(mine, code_bits(k), PATIENCE))


@pytest.mark.parametrize("effort", range(len(EFFORTS)))
def test_without_a_price_or_diffusion_indices_are_plain(effort):
    pixels = slopes(40, 63)
    colors, _ = own_colors(pixels)
    points = to_visual_grid(pixels.reshape(-1, 3))
    entries = np.full((256, 4), 100.0, np.float32)
    entries[: len(colors), :3] = to_visual_grid(colors) / np.float32(1 << 14)
    entries[:, 3] = entries[:, 0]
    masks, found = masking(pixels), np.zeros((40, 63), np.uint8)
    no_streaks = np.array((0.0, *EYE[:5], 0.0, *EYE[6:]), np.float32)
    kernel.search(
        *(points, masks.weights, masks.flatness, np.zeros((0, 0), np.uint8), found, entries, len(colors)),
        *(6, PATIENCE, 0.0, np.array(EFFORTS[effort], np.int32), no_streaks),
    )
    apart = ((points[:, None].astype(int) - to_visual_grid(colors)[None]) ** 2).sum(axis=2)
    mine, best = apart[np.arange(len(points)), found.ravel()], apart.min(axis=1)
    assert (mine <= best + 64).all()  # sums along paths are rounded


@pytest.mark.parametrize("seed", range(3))
def test_a_higher_price_never_makes_the_file_larger(seed):
    pixels = slopes(120, 180, seed)
    colors, indices = own_colors(pixels, 128)
    made = [rate_aware_gif(pixels, colors, indices, lam) for lam in (0.0, 1e-5, 3e-5, 1e-4, 1e-3)]
    sizes = [len(gif_of(one)) for one in made]
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[-1] < 0.6 * sizes[0]
    assert [weighted_loss(pixels, one) for one in made] == sorted(weighted_loss(pixels, one) for one in made)


def test_looking_a_code_ahead_finds_less_error_and_bits():
    pixels = slopes(150, 211)
    colors, indices = own_colors(pixels, 256)
    quick, thorough = (rate_aware_gif(pixels, colors, indices, 1e-5, effort=effort) for effort in (0, 3))

    def total(made):
        return weighted_loss(pixels, made) + 1e-5 * 8 * made.bytes / indices.size

    assert total(thorough) < total(quick)


@settings(deadline=None, max_examples=40)
@given(
    height=st.integers(1, 20),
    width=st.integers(1, 20),
    k=st.sampled_from([1, 2, 3, 9, 60]),
    lam=st.sampled_from([0.0, 1e-5, 1e-3, 1.0]),
    channels=st.sampled_from([3, 4]),
    effort=st.integers(0, 6),
)
def test_any_size_is_written_and_read_back(height, width, k, lam, channels, effort):
    pixels = slopes(height, width, channels=channels)
    colors, indices = own_colors(pixels, k)
    made = rate_aware_gif(pixels, colors, indices, lam, effort=effort)
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


def test_only_what_is_kept_makes_a_wall_of_the_forced():
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
        ({"lam": -1.0}, "lam must be 0 or more"),
        ({"diffusion": 2.0}, "diffusion must be 0 to 1"),
    ],
)
def test_what_is_out_of_range_is_refused(knobs, message):
    pixels = slopes(9, 9)
    with pytest.raises(ValueError, match=message):
        rate_aware_gif(pixels, *own_colors(pixels, 8), **{"lam": 1e-5, **knobs})
