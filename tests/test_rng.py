import pytest

from pixmeans.rng import SplitMix64, run_seed, start_seed


def test_the_published_first_numbers_of_seed_1234567():
    # From the reference implementation's own output (Vigna, splitmix64.c).
    random = SplitMix64(1234567)
    assert [random.next() for _ in range(5)] == [
        6457827717110365317,
        3203168211198807973,
        9817491932198370423,
        4593380528125082431,
        16408922859458223821,
    ]


@pytest.mark.parametrize("bound", [1, 2, 3, 255, 2**33 + 1, 2**64])
def test_numbers_stay_below_the_bound(bound):
    random = SplitMix64(5)
    assert all(0 <= random.below(bound) < bound for _ in range(200))


def test_all_numbers_are_equally_likely():
    random = SplitMix64(7)
    counts = [0] * 6
    for _ in range(60_000):
        counts[random.below(6)] += 1
    assert all(abs(count - 10_000) < 400 for count in counts)


def test_uniform_lies_in_the_unit_interval():
    random = SplitMix64(9)
    values = [random.uniform() for _ in range(10_000)]
    assert min(values) >= 0
    assert max(values) < 1
    assert abs(sum(values) / len(values) - 0.5) < 0.01


def test_run_seeds_are_the_numbers_of_the_seed():
    random = SplitMix64(9)
    assert [run_seed(9, run) for run in range(4)] == [9, random.next(), random.next(), random.next()]


def test_no_two_seeds_share_a_run_or_a_start():
    seeds = [*range(100), 2**63, 2**64 - 1]
    runs = {run_seed(seed, run) for seed in seeds for run in range(50)}
    assert len(runs) == 50 * len(seeds)
    starts = {start_seed(seed, start) for seed in seeds for start in range(12)}
    assert len(starts) == 12 * len(seeds)
    assert [start_seed(0, start) for start in range(12)] == list(range(12))
