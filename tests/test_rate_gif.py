"""Lossy runs for GIF: the LZW that writes them, and the search that knows its dictionary."""

import io

import numpy as np
import PIL.Image
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_rate import loss, picture, plain

from pixmeans.codecs import encode
from pixmeans.color import SPACES
from pixmeans.image import IndexedImage, Palette
from pixmeans.kernels import rate_gif as kernel
from pixmeans.kernels.threads import use_threads
from pixmeans.masking import masking, seen_steps
from pixmeans.rate_gif import EFFORTS, EYE, PATIENCE, code_bits, rate_aware_gif


def packed(indices, bits=8, patience=-1):
    room = np.empty(2 * indices.size + 16, np.uint8)
    return room[: kernel.pack(indices.ravel(), bits, patience, room)].tobytes()


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


def gif_of(made):
    return encode(IndexedImage(Palette(made.colors), made.indices), "gif")


def decoded(data):
    with PIL.Image.open(io.BytesIO(data)) as file:
        return np.asarray(file.convert("RGBA" if file.has_transparency_data else "RGB"))


def test_lzw_by_hand():
    # the specification's first steps: clear, 1, 1 1 is new, then 6 = (1, 1), 7 = (1, 1, 1), end
    data = packed(np.ones(6, np.uint8), 2)
    assert unpacked(data, 2)[1] == [(4, 3), (1, 3), (6, 3), (7, 3), (5, 4)]


@settings(deadline=None, max_examples=30)
@given(
    bits=st.integers(2, 8),
    n=st.sampled_from([1, 2, 3, 7, 258, 4000, 30_000]),
    spread=st.floats(0.3, 60),
    patience=st.sampled_from([-1, 0, 208, 256]),
    seed=st.integers(0, 99),
)
def test_what_is_packed_unpacks(bits, n, spread, patience, seed):
    random = np.random.default_rng(seed)
    indices = np.clip(np.abs(random.normal(0, spread, n)), 0, (1 << bits) - 1).astype(np.uint8)
    assert np.array_equal(unpacked(packed(indices, bits, patience), bits)[0], indices)


@pytest.mark.parametrize("k", [2, 5, 16, 200])
def test_gifs_of_many_codes_are_no_larger_than_pillows(k):
    # with hardly any structure, so that the dictionary fills up often
    random = np.random.default_rng(k)
    indices = np.abs(random.normal(0, k / 6, (200, 301))).clip(0, k - 1).astype(np.uint8)
    colors = np.unique(random.integers(0, 256, (2 * k + 9, 3), dtype=np.uint8), axis=0)[:k]
    data = encode(IndexedImage(Palette(colors), indices), "gif")
    assert np.array_equal(decoded(data), colors[indices])
    bits = code_bits(k)
    rival = PIL.Image.frombytes("P", (301, 200), indices.tobytes()).tobytes("gif", "P", bits, 0)
    assert len(data) <= len(rival) + 13 + 3 * max(2, 1 << (k - 1).bit_length()) + 10 + 1 + 2


@pytest.mark.parametrize("k", [2, 3, 17, 64, 256])
@pytest.mark.parametrize("effort", [0, 2, 4])
def test_the_search_knows_what_lzw_will_write(k, effort):
    pixels = picture(150, 211)
    colors, indices = plain(pixels, k)
    for lam in (0.0, 3e-6, 1e-4):
        made = rate_aware_gif(pixels, colors, indices, lam, effort=effort)
        mine = made.places.astype(np.uint8)[made.indices]  # numbered as they were
        assert made.bytes == len(packed(mine, code_bits(k), PATIENCE))


@pytest.mark.parametrize("effort", range(len(EFFORTS)))
def test_without_a_price_or_diffusion_indices_are_plain(effort):
    pixels = picture(40, 63)
    colors, _ = plain(pixels)
    points = seen_steps(pixels.reshape(-1, 3))
    entries = np.full((256, 4), 100.0, np.float32)
    entries[: len(colors), :3] = seen_steps(colors) / np.float32(1 << 14)
    entries[:, 3] = entries[:, 0]
    masks, found = masking(pixels), np.zeros((40, 63), np.uint8)
    no_streaks = np.array((0.0, *EYE[:5], 0.0, *EYE[6:]), np.float32)
    kernel.search(
        *(points, masks.weights, masks.flatness, np.zeros((0, 0), np.uint8), found, entries, len(colors)),
        *(6, PATIENCE, 0.0, np.array(EFFORTS[effort], np.int32), no_streaks),
    )
    apart = ((points[:, None].astype(int) - seen_steps(colors)[None]) ** 2).sum(axis=2)
    mine, best = apart[np.arange(len(points)), found.ravel()], apart.min(axis=1)
    assert (mine <= best + 64).all()  # sums along paths are rounded


@pytest.mark.parametrize("seed", range(3))
def test_a_higher_price_never_makes_the_file_larger(seed):
    pixels = picture(120, 180, seed)
    colors, indices = plain(pixels, 128)
    made = [rate_aware_gif(pixels, colors, indices, lam) for lam in (0.0, 1e-5, 3e-5, 1e-4, 1e-3)]
    sizes = [len(gif_of(one)) for one in made]
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[-1] < 0.6 * sizes[0]
    assert [loss(pixels, one) for one in made] == sorted(loss(pixels, one) for one in made)


def test_looking_a_code_ahead_finds_less_error_and_bits():
    pixels = picture(150, 211)
    colors, indices = plain(pixels, 256)
    quick, thorough = (rate_aware_gif(pixels, colors, indices, 1e-5, effort=effort) for effort in (0, 3))

    def total(made):
        return loss(pixels, made) + 1e-5 * 8 * made.bytes / indices.size

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
    pixels = picture(height, width, channels=channels)
    colors, indices = plain(pixels, k)
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
    pixels = picture(60, 90, channels=4)
    colors, indices = plain(pixels, 64)
    pixels[..., 3] = np.where(pixels[..., 3] == 255, 254, pixels[..., 3])
    made = rate_aware_gif(pixels, colors, indices, 1e-2)
    assert np.array_equal(made.colors[made.indices], colors[indices])


def test_protected_pixels_keep_their_weight():
    pixels = picture(80, 97)
    colors, indices = plain(pixels)
    weights = masking(pixels).weights
    protected = np.zeros((80, 97), np.bool_)
    protected[weights < 64] = True

    def error(**more):
        made = rate_aware_gif(pixels, colors, indices, 3e-4, diffusion=0.0, **more)
        before = SPACES["oklab"].steps(pixels.reshape(-1, 3)).astype(int)
        after = SPACES["oklab"].steps(made.colors[made.indices].reshape(-1, 3)).astype(int)
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
    pixels = picture(90, 131)
    colors, indices = plain(pixels)
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
    pixels = picture(9, 9)
    with pytest.raises(ValueError, match=message):
        rate_aware_gif(pixels, *plain(pixels, 8), **{"lam": 1e-5, **knobs})
