"""Values of lambda, and the search for the largest one that loses at most a point."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pixmeans.rate.multiplier import (
    LOSS_AIM,
    LOSS_ENOUGH,
    LOSS_MOST,
    MOST_TRIES,
    STEPS_PER_OCTAVE,
    expected_lambda,
    largest_lambda,
    log2_lambda,
    power_of_two,
)


@given(st.integers(-60 * STEPS_PER_OCTAVE, 60 * STEPS_PER_OCTAVE))
def test_steps_are_parts_of_powers_of_two(steps):
    lambda_ = power_of_two(steps)
    assert lambda_ == pytest.approx(2.0 ** (steps / STEPS_PER_OCTAVE), rel=1e-15)
    assert log2_lambda(lambda_) == steps
    assert power_of_two(steps + STEPS_PER_OCTAVE) == 2 * lambda_
    assert power_of_two(steps + 1) > lambda_


@given(st.floats(1e-12, 1e12))
def test_a_lambda_lies_between_two_steps(lambda_):
    steps = log2_lambda(lambda_)
    assert power_of_two(steps - 1) < lambda_ <= power_of_two(steps)


@given(st.floats(1e-9, 1e-1), st.integers(1, 256))
def test_the_expected_lambda_grows_less_than_the_error(share, k):
    here, there = expected_lambda(share, k), expected_lambda(4 * share, k)
    assert here < there < 4 * here
    assert expected_lambda(share, max(1, k // 2)) >= here


def test_without_an_error_no_lambda_is_expected():
    assert expected_lambda(0.0, 16) == 0.0


def counting(loss_at):
    def asked(lambda_):
        asked.lambdas.append(lambda_)
        return loss_at(lambda_)

    asked.lambdas = []
    return asked


def test_what_is_near_enough_is_taken_at_once():
    for loss in (LOSS_ENOUGH, LOSS_AIM, LOSS_MOST):
        loss_at = counting(lambda lambda_, loss=loss: loss)
        assert largest_lambda(loss_at, 0.125) == 0.125
        assert loss_at.lambdas == [0.125]


@given(
    st.floats(-2, 0.5),
    st.floats(0.2, 3),
    st.floats(1.0, 2.0),
    st.floats(1e-7, 1e-3),
)
def test_the_lambda_that_loses_nearly_a_point_is_found(constant, growing, power, first):
    loss_at = counting(lambda lambda_: constant + growing * (lambda_ / first) ** power)
    found = largest_lambda(loss_at, first)
    tried = list(loss_at.lambdas)
    assert len(tried) <= MOST_TRIES
    assert found == max((lambda_ for lambda_ in tried if loss_at(lambda_) <= LOSS_MOST), default=None)


@given(st.floats(0.3, 1.2), st.floats(-0.3, 0.3), st.floats(1.35, 1.65))
def test_two_or_three_tries_come_near_on_what_photos_do(growing, constant, power):
    found = largest_lambda(lambda lambda_: constant + growing * lambda_**power, 1.0)
    assert 0.4 <= constant + growing * found**power <= LOSS_MOST


@given(st.floats(LOSS_MOST, 5, exclude_min=True), st.floats(0, 3))
def test_there_is_no_lambda_where_every_one_loses_more(constant, growing):
    loss_at = counting(lambda lambda_: constant + growing * lambda_)
    assert largest_lambda(loss_at, 1e-5) is None
    assert len(loss_at.lambdas) <= MOST_TRIES


def test_a_lambda_that_failed_bounds_the_next_ones():
    losses = iter([3.0, 0.1, 0.9])
    loss_at = counting(lambda lambda_: next(losses))
    found = largest_lambda(loss_at, 1.0)
    first, second, third = loss_at.lambdas
    assert second < third < first
    assert found == third


@pytest.mark.parametrize("loss", [0.0, -3.0, 9.0, math.inf, -math.inf])
def test_lambdas_stay_numbers_whatever_is_measured(loss):
    loss_at = counting(lambda lambda_: loss)
    found = largest_lambda(loss_at, 1e-5)
    assert all(0 < lambda_ < 1e5 for lambda_ in loss_at.lambdas)
    assert (found is None) == (loss > LOSS_MOST)
