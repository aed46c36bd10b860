"""Whose number and whose address: the narrower range has it, and what two claim alike belongs to nobody."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from fairwire.model.customers import Customer
from fairwire.runtime.owners import Owners

RESELLER = Customer(id="reseller", numbers=("+1212555*",), addresses=("192.0.2.0/24",))
CHILD = Customer(id="child", parent="reseller", numbers=("+12125550100-+12125550149", "+12125550199"), addresses=("192.0.2.7",))
OTHER = Customer(id="other", numbers=("+442079460*", "+12125550149"), addresses=("2001:db8::/48", "not an address"))


def test_the_narrower_range_has_a_number() -> None:
    owners = Owners([RESELLER, CHILD, OTHER])
    told = {
        "+12125550100": "child",
        "+12125550148": "child",
        "+12125550149": "other",
        "+12125550150": "reseller",
        "+12125550199": "child",
        "+12125559999": "reseller",
        "+442079460000": "other",
        "+442079470000": None,
        "12125550100": None,
        "+": None,
        "anonymous": None,
        "+1212555010000000000000": None,
    }
    assert {number: owners.of_number(number) for number in told} == told


def test_a_number_that_two_claim_alike_belongs_to_the_one_below_its_reseller_and_else_to_nobody() -> None:
    one, two = Customer(id="one", numbers=("+12125550100",)), Customer(id="two", numbers=("+12125550100",))
    assert Owners([one, two]).of_number("+12125550100") is None
    below = Customer(id="two", parent="one", numbers=("+12125550100",))
    assert Owners([one, below]).of_number("+12125550100") == Owners([below, one]).of_number("+12125550100") == "two"


def test_the_narrower_network_has_an_address() -> None:
    owners = Owners([RESELLER, CHILD, OTHER])
    told = {
        "192.0.2.7": "child",
        "192.0.2.8": "reseller",
        "::ffff:192.0.2.7": "child",
        "2001:db8::1": "other",
        "198.51.100.1": None,
        "example.net": None,
        "": None,
    }
    assert {address: owners.of_address(address) for address in told} == told


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60), st.sampled_from("abc")), max_size=8), st.integers(0, 60))
def test_a_number_is_found_wherever_it_lies_in_ranges_over_ranges(spans: list[tuple[int, int, str]], asked: int) -> None:
    ranges = [(min(a, b), max(a, b), owner) for a, b, owner in spans if a != b]
    customers = [
        Customer(id=name, numbers=tuple(f"+1212555{low:04d}-+1212555{high:04d}" for low, high, owner in ranges if owner == name))
        for name in "abc"
    ]
    over = sorted((high - low, owner) for low, high, owner in ranges if low <= asked <= high)
    owners = {owner for width, owner in over if width == over[0][0]}
    expected = owners.pop() if len(owners) == 1 else None
    assert Owners(customers).of_number(f"+1212555{asked:04d}") == expected
