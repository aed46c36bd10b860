"""What a record says of a customer's own numbers."""

from __future__ import annotations

import pytest

from fairwire.model.customers import Customer
from fairwire.model.errors import InvalidRecord
from fairwire.numbers.owned import OwnedNumbers
from fairwire.runtime.owners import Owners


@pytest.mark.parametrize(
    ("entry", "own", "foreign"),
    [
        ("+12025550100", "12025550100", "12025550101"),
        ("+1202555", "12025550100", "12125550100"),
        ("+1 202 555 01", "12025550142", "12025550200"),
        ("+4420794", "442079460000", "442080460000"),
        ("+49301234", "49301234", "493012345"),  # numbers of this country may be as short
        ("54321", "54321", "543210"),  # a short code
        ("+12025550*", "12025550100", "12025551100"),
    ],
)
def test_a_number_that_is_too_short_for_its_country_is_a_prefix(entry: str, own: str, foreign: str) -> None:
    numbers = OwnedNumbers([entry])
    assert own in numbers
    assert foreign not in numbers
    assert Owners([Customer(id="acme", numbers=(entry,))]).of_number(f"+{own}") == "acme"


def test_what_is_no_number_is_named() -> None:
    with pytest.raises(InvalidRecord, match="`reception` is no number of a customer"):
        OwnedNumbers(["reception"])
