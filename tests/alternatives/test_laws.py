"""What the methods promise: more words are nearer, larger lambdas are smaller, maps converge from any start."""

from itertools import pairwise

import numpy as np
import pytest
from alternatives.test_round_trips import mse, picture
from helpers import examples
from hypothesis import given, settings
from hypothesis import strategies as st

import pixmeans as pm
from pixmeans.alternatives import METHODS, fractal, fractal_decoder
from pixmeans.alternatives.ecvq import bits_of, constrained
from pixmeans.alternatives.fractal_stream import digits, read_maps, undigits, write_maps
from pixmeans.alternatives.planes import DamagedError
from pixmeans.alternatives.vector_quantization import as_points, design, ordered, pack_words, unpack_words

PICTURE = picture(128, 160, "color", 3)


def quiet(words):
    """Nobody is told."""


@pytest.mark.slow
@pytest.mark.parametrize("block", [2, 4])
def test_more_words_are_nearer(block):
    errors, sizes = [], []
    for words in (1, 4, 16, 64, 256):
        data = pm.alternatives.encode(PICTURE, "vq", block=block, words=words)
        errors.append(mse(pm.alternatives.decode(data), PICTURE))
        sizes.append(len(data))
    assert errors == sorted(errors, reverse=True)
    assert sizes == sorted(sizes)


@pytest.mark.slow
@pytest.mark.parametrize(("method", "lambdas"), [("ecvq", (10, 40, 160, 640)), ("fractal", (2, 10, 40, 160, 640))])
def test_a_larger_lambda_is_a_smaller_and_worse_file(method, lambdas):
    errors, sizes = [], []
    for lambda_ in lambdas:
        data = pm.alternatives.encode(PICTURE, method, lambda_=lambda_)
        errors.append(mse(pm.alternatives.decode(data), PICTURE))
        sizes.append(len(data))
    assert sizes == sorted(sizes, reverse=True)
    # k-means ends in local minima, and a little more of it may outweigh a small lambda
    assert all(later >= 0.98 * earlier for earlier, later in pairwise(errors))
    assert errors[-1] > 2 * errors[0]


@pytest.mark.slow
def test_lambda_decides_how_many_words_remain():
    _, points, _ = as_points(PICTURE, 2)
    words = design(points, 256, quiet)
    left = [len(constrained(points, words, lambda_, quiet)[0]) for lambda_ in (0, 30, 300, 3000, 1e6)]
    assert left == sorted(left, reverse=True)
    assert left[0] == len(words)
    assert left[-1] <= 2


@settings(deadline=None, max_examples=examples(100))
@given(st.lists(st.integers(1, 10**6), min_size=1, max_size=50))
def test_bits_are_logarithms(weights):
    shares = np.array(weights) / sum(weights)
    assert np.allclose(bits_of(np.array(weights)) / 65536, -np.log2(shares), atol=4e-5)


@settings(deadline=None, max_examples=examples(40))
@given(k=st.integers(1, 60), d=st.sampled_from([4, 12, 16, 48]), seed=st.integers(0, 99))
def test_words_are_packed_and_ordered_without_loss(k, d, seed):
    random = np.random.default_rng(seed)
    words = random.integers(0, 256, (k, d), dtype=np.uint8)
    block = 2 if d in (4, 12) else 4
    assert np.array_equal(unpack_words(pack_words(words, block), k, d, block), words)
    assert sorted(ordered(words.astype(np.float64), random.random(k))) == list(range(k))


# Fractal.


def test_composed_isometries_turn_a_domain_as_its_range():
    for side in (2, 4, 8):
        table = fractal_decoder.isometries(side)
        block = np.random.default_rng(side).permutation(side * side)
        for first in range(8):
            for second in range(8):
                # a range turned by `second` looks as the domain turned by `first`
                turned = block[table[fractal._COMPOSED[first, second]]]
                assert np.array_equal(turned[table[second]], block[table[first]])


@pytest.mark.parametrize("side", [4, 8, 16])
def test_a_block_and_its_turned_twins_have_one_orientation_and_class(side):
    random = np.random.default_rng(side)
    block = random.integers(-900, 900, side * side).astype(np.int16)
    twins = np.stack([block[turned] for turned in fractal_decoder.isometries(side)])
    shaped, _, kinds = fractal.canonical(twins, side)
    assert (shaped == shaped[0]).all()
    assert len(set(kinds.tolist())) == 1


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["color", "noise", "flat"])
@settings(deadline=None, max_examples=examples(12))
@given(
    height=st.integers(1, 120),
    width=st.integers(1, 120),
    lambda_=st.sampled_from([0, 10, 200]),
    seed=st.integers(0, 99),
)
def test_decoding_converges_from_any_start(kind, height, width, lambda_, seed):
    data = pm.alternatives.encode(picture(height, width, kind, seed), "fractal", lambda_=lambda_)
    random = np.random.default_rng(seed)
    for maps in pm.alternatives.read(data).content:
        ends = []
        for start in (np.zeros(maps.shape), np.full(maps.shape, 255), random.integers(0, 256, maps.shape)):
            states = list(fractal_decoder.iterations(maps, 10, (start * fractal_decoder.ONE).astype(np.int32)))
            # five iterations would do, but for what is rounded away in each
            assert np.abs(states[-1] - states[-2]).max() <= fractal_decoder.ONE // 8
            assert np.abs(states[5] - states[-1]).max() <= fractal_decoder.ONE // 8
            ends.append(states[-1])
        assert np.abs(ends[0] - ends[1]).max() <= fractal_decoder.ONE // 8
        assert np.abs(ends[0] - ends[2]).max() <= fractal_decoder.ONE // 8


def test_a_decoded_picture_is_as_far_as_the_collage_said():
    """The error of the fixed point is that which the search measured, but for what the maps' own errors add."""
    luma = fractal.planes_of(PICTURE)[0]
    maps = fractal.search(luma, 10.0, 1)
    state = (fractal_decoder.iterated(maps, 10) + 32) // 64
    fits = {side: fractal.fit(luma, side, 10.0, 1) for side in fractal_decoder.SIDES}
    assert mse(state, luma) < 2 * min(fit.cost.sum() for fit in fits.values()) / luma.size


@pytest.mark.slow
@settings(deadline=None, max_examples=examples(30))
@given(
    height=st.integers(1, 90), width=st.integers(1, 90), lambda_=st.sampled_from([0, 15, 300]), seed=st.integers(0, 99)
)
def test_maps_are_read_as_they_were_written(height, width, lambda_, seed):
    luma = fractal.planes_of(picture(height, width, "color", seed))[0]
    maps = fractal.search(luma, lambda_, 1)
    places = fractal_decoder.domain_places
    back = read_maps(write_maps(maps, places), maps.shape, 1, places, fractal_decoder.MOST_CONTRAST)
    assert np.array_equal(back.parted16, maps.parted16)
    assert np.array_equal(back.parted8, maps.parted8)
    assert np.array_equal(fractal_decoder.iterated(back, 3), fractal_decoder.iterated(maps, 3))


@settings(deadline=None, max_examples=examples(60))
@given(base=st.integers(1, 10**5), count=st.integers(0, 100), seed=st.integers(0, 99))
def test_digits_take_hardly_more_than_their_bits(base, count, seed):
    numbers = np.random.default_rng(seed).integers(0, base, count)
    data = digits(numbers, base)
    back, rest = undigits(data + b"behind", count, base)
    assert np.array_equal(back, numbers)
    assert rest == b"behind"
    assert 8 * len(data) <= count * np.log2(base) + 8 * (count / 32 + 1) + 1
    if data:
        with pytest.raises(DamagedError):
            undigits(data[:-1], count, base)


def test_domains_stay_few_in_large_pictures():
    for shape in ((32, 32), (512, 768), (5792, 5792)):
        for side in fractal_decoder.SIDES:
            rows, columns = fractal_decoder.domain_places(shape, side)
            assert 1 <= rows * columns <= fractal_decoder.MOST_DOMAINS
            assert fractal_decoder.domain_step(shape, side) % side == 0


@pytest.mark.slow
def test_progress_is_told():
    for method in METHODS:
        told = []
        pm.alternatives.encode(PICTURE, method, progress=told.append)
        assert len(told) > 1
