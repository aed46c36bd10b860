"""Names of items: the same for the same thing, different for different things, and plain in every protocol."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_bench import order
from fairwire.enforcers.keys import escaped, is_about_calls, key_of, rank_of, subject_of
from fairwire.model.order import STEPS
from fairwire.ports.enforcers import Item, standing


def never(_number: str) -> bool:
    return False


@pytest.mark.parametrize(
    ("wanted", "key"),
    [
        (order("suspend"), "cust:acme"),
        (order("terminate"), "cust:acme"),
        (order("suspend", "user", None, user="alice"), "user:acme:alice"),
        (order("suspend", "user", "bob", user="alice"), "user:acme:bob"),
        (order("suspend_outbound", "line", None, line="+12025550100"), "line:acme:+12025550100"),
        (order("block", "credential", "alice-phone"), "cred:acme:alice-phone"),
        (order("block", "address", "192.0.2.7"), "addr:acme:192.0.2.7"),
        (order("block", "address", "2001:DB8:0:0::7"), "addr:acme:2001:db8::7"),
        (order("block", "device", "00-00-5E-00-53-01"), "device:acme:00-00-5E-00-53-01"),
        (order("block", "callee", "+88213000111"), "callee:acme:+88213000111"),
        (order("block", "callee", "+88213000111", line="+12025550100"), "callee:acme:+88213000111:line:+12025550100"),
        (order("block", "new_callees", line="101", user="alice"), "new_callees:acme:line:101:user:alice"),
        (order("block", "destination_class", "premium"), "class:acme:premium"),
        (order("throttle", "traffic", line="+12025550100"), "traffic:acme"),
        (order("change_plan", "plan"), "plan:acme"),
        (order("remove_content", "content", "sha256:00ff"), "content:acme:sha256%3A00ff"),
        (order("suspend", customer="o'neill & sons; \n"), "cust:o%27neill%20%26%20sons%3B%20%0A"),
    ],
)
def test_an_order_is_named_by_what_it_is_about(wanted, key: str) -> None:  # type: ignore[no-untyped-def]
    assert key_of(wanted, never) == key


@pytest.mark.parametrize(
    "nothing",
    [
        order("log"),
        order("notify"),
        order("invoice", "charges", "12.00 USD"),
        order("block", "callee", None),
        order("suspend", "user", None),
        order("block", "address", ""),
    ],
)
def test_an_order_that_nobody_outside_can_carry_out_is_named_nothing(nothing) -> None:  # type: ignore[no-untyped-def]
    assert key_of(nothing, never) is None


names = st.text(max_size=30).filter(bool)


@given(customer=names, name=names, line=st.none() | names, user=st.none() | names)
def test_what_a_name_says_can_be_read_out_of_it_again(customer: str, name: str, line: str | None, user: str | None) -> None:
    key = key_of(order("block", "callee", name, customer=customer, line=line, user=user), never)
    assert key is not None
    assert re.fullmatch(r"[A-Za-z0-9+*#@=._:%-]+", key)
    subject = subject_of(key)
    assert (subject.kind, subject.customer, subject.name) == ("callee", customer, name)
    assert (subject.line, subject.user) == (line or "", user or "")
    assert is_about_calls(key)


@given(one=names, other=names)
def test_two_names_are_one_only_where_they_are_the_same(one: str, other: str) -> None:
    assert (escaped(one) == escaped(other)) == (one == other)


def test_the_severer_step_ranks_higher() -> None:
    assert [rank_of(step) for step in STEPS] == sorted(rank_of(step) for step in STEPS)


@given(st.permutations([("a", 1), ("b", 2), ("c", 2), ("d", 0)]))
def test_which_of_several_stands_there_does_not_depend_on_their_order(items: list[tuple[str, int]]) -> None:
    wanted = standing(Item(key="cust:acme", value={"order": name}, rank=rank) for name, rank in items)
    assert wanted == {"cust:acme": Item(key="cust:acme", value={"order": "c"}, rank=2)}
