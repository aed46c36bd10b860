"""How many people a customer has, at a guess where its order does not say."""

from __future__ import annotations

import pytest

from fairwire.model.customers import Customer
from fairwire.runtime.seats import MOST, seats_of


@pytest.mark.parametrize(
    ("numbers", "people"),
    [
        ((), 1),
        (("+12025550100",), 1),
        (tuple(f"+1202555010{last}" for last in range(7)), 7),
        (("+12025550100-+12025550104", "+442079460100"), 6),
        (("+12025550*",), MOST),
        (("+1202555",), MOST),
        (("+12025550100-+12025550199",), MOST),
    ],
)
def test_numbers_stand_for_people_where_the_order_names_none_and_many_for_no_more_than_ten(
    numbers: tuple[str, ...], people: int
) -> None:
    assert seats_of(Customer(id="acme", numbers=numbers)) == people


@pytest.mark.parametrize(("ordered", "people"), [(0, 1), (1, 1), (40, 40)])
def test_what_the_order_names_comes_before_its_numbers(ordered: int, people: int) -> None:
    assert seats_of(Customer(id="acme", user_limit=ordered, numbers=("+12025550*",))) == people
