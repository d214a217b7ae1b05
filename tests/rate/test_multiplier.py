"""Prices of bits, and the search for the dearest ones that lose at most a point."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pixmeans.rate.multiplier import AIM, ENOUGH, MOST, PARTS, TRIES, largest_lambda, log2_lambda, power_of_two


@given(st.integers(-60 * PARTS, 60 * PARTS))
def test_places_are_parts_of_powers_of_two(place):
    price = power_of_two(place)
    assert price == pytest.approx(2.0 ** (place / PARTS), rel=1e-15)
    assert log2_lambda(price) == place
    assert power_of_two(place + PARTS) == 2 * price
    assert power_of_two(place + 1) > price


@given(st.floats(1e-12, 1e12))
def test_a_price_lies_between_two_places(price):
    place = log2_lambda(price)
    assert power_of_two(place - 1) < price <= power_of_two(place)


def counting(loss_at):
    def asked(price):
        asked.prices.append(price)
        return loss_at(price)

    asked.prices = []
    return asked


def test_what_is_near_enough_is_taken_at_once():
    for loss in (ENOUGH, AIM, MOST):
        loss_at = counting(lambda price, loss=loss: loss)
        assert largest_lambda(loss_at, 0.125) == 0.125
        assert loss_at.prices == [0.125]


@given(
    st.floats(-2, 0.5),
    st.floats(0.2, 3),
    st.floats(1.0, 2.0),
    st.floats(1e-7, 1e-3),
)
def test_the_price_of_nearly_a_point_is_found(constant, growing, power, first):
    loss_at = counting(lambda price: constant + growing * (price / first) ** power)
    found = largest_lambda(loss_at, first)
    tried = list(loss_at.prices)
    assert len(tried) <= TRIES
    assert found == max((price for price in tried if loss_at(price) <= MOST), default=None)


@given(st.floats(0.3, 1.2), st.floats(-0.3, 0.3), st.floats(1.35, 1.65))
def test_two_or_three_tries_come_near_on_what_photos_do(growing, constant, power):
    found = largest_lambda(lambda price: constant + growing * price**power, 1.0)
    assert 0.4 <= constant + growing * found**power <= MOST


@given(st.floats(MOST, 5, exclude_min=True), st.floats(0, 3))
def test_there_is_no_price_where_every_one_loses_more(constant, growing):
    loss_at = counting(lambda price: constant + growing * price)
    assert largest_lambda(loss_at, 1e-5) is None
    assert len(loss_at.prices) <= TRIES


def test_a_price_that_failed_bounds_the_next_ones():
    losses = iter([3.0, 0.1, 0.9])
    loss_at = counting(lambda price: next(losses))
    found = largest_lambda(loss_at, 1.0)
    first, second, third = loss_at.prices
    assert second < third < first
    assert found == third


@pytest.mark.parametrize("loss", [0.0, -3.0, 9.0, math.inf, -math.inf])
def test_prices_stay_numbers_whatever_is_measured(loss):
    loss_at = counting(lambda price: loss)
    found = largest_lambda(loss_at, 1e-5)
    assert all(0 < price < 1e5 for price in loss_at.prices)
    assert (found is None) == (loss > MOST)
