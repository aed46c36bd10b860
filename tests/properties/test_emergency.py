"""A call for help connects: whatever else is true of the caller, the customer, the policy or the orders in force."""

from __future__ import annotations

import string
from collections.abc import Iterator, Sequence
from typing import Any, get_args

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fairwire.decisions import PackDecision, decide
from fairwire.decisions.packs import STANDARD_ANSWERS
from fairwire.model.decision import CallFacts, Hit
from fairwire.model.order import STEPS, Order, Target
from fairwire.numbers.destinations import Destinations

DESTINATIONS = Destinations()
TARGETS = get_args(Target)
HELP = ("911", "112", "999", "933", "988", "000", "111", "711", "9911", "0112", "+911", "+1911", "urn:service:sos", "*67911")
COUNTRIES = ("US", "GB", "DE", "FR", "AU", "", "ZZ")

junk = st.text(max_size=30)
maybe_junk = st.none() | junk
amounts = st.none() | st.integers(-(2**62), 2**62)


def packs() -> st.SearchStrategy[PackDecision]:
    return st.builds(
        PackDecision,
        policy=junk,
        clauses=st.dictionaries(junk, st.lists(junk, min_size=1, max_size=3).map(tuple), max_size=3),
        general=st.text(min_size=1, max_size=5),
        contact_email=st.just("review@provider.example"),
        country=junk,
        answers=st.just({}) | st.just(STANDARD_ANSWERS),
        modes=st.dictionaries(
            junk | st.just("inline.emergency_calls"), st.sampled_from(["shadow", "alert", "enforce"]), max_size=3
        ),
    )


def facts(callee: st.SearchStrategy[str]) -> st.SearchStrategy[CallFacts]:
    return st.builds(
        CallFacts,
        emergency=st.just(True),
        callee=callee,
        event=maybe_junk,
        direction=st.sampled_from(["outbound", "inbound", "internal"]),
        customer=junk,
        customer_known=st.booleans(),
        user_known=st.none() | st.booleans(),
        state=st.sampled_from(["active", "limited", "suspended", "terminated"]),
        user=maybe_junk,
        line=maybe_junk,
        credential=maybe_junk,
        home_country=junk,
        caller=junk,
        caller_owned=st.none() | st.booleans(),
        forwarded=st.booleans(),
        diverting_owned=st.none() | st.booleans(),
        callee_new=st.none() | st.booleans(),
        destination_country=junk,
        destination_kind=junk,
        destination_valid=st.none() | st.booleans(),
        international=st.none() | st.booleans(),
        high_risk=st.booleans(),
        allows_international=st.none() | st.booleans(),
        allowed_countries=st.none() | st.lists(junk, max_size=3).map(tuple),
        on_limit=st.sampled_from(["bill", "refuse"]),
        charge_limit_micros=amounts,
        month_charge_micros=amounts,
        month_ends_us=amounts,
        rate_micros=amounts,
        recent_calls=st.dictionaries(st.sampled_from(TARGETS), st.integers(0, 10**6), max_size=3),
    )


def orders() -> st.SearchStrategy[Order]:
    return st.builds(
        Order,
        order_id=junk,
        key=junk,
        finding_id=junk,
        customer=junk,
        user=maybe_junk,
        line=maybe_junk,
        policy=junk,
        clauses=st.lists(junk, max_size=2).map(tuple),
        detector=junk,
        step=st.sampled_from(STEPS),
        target=st.sampled_from(TARGETS),
        value=maybe_junk,
        reason=junk,
        author=junk,
        created=junk,
        expires=maybe_junk,
        owner=maybe_junk,
        approvals=st.integers(0, 5),
        state=st.sampled_from(["dry_run", "waiting", "in_force", "lifted", "expired"]),
        undo=junk,
    )


def hits() -> st.SearchStrategy[Hit]:
    return st.builds(
        Hit,
        detector=junk,
        topics=st.lists(junk, max_size=2).map(tuple),
        block_class=st.sampled_from(["analytic", "deterministic", "unallocated", "own_limit"]),
        hard=st.booleans(),
        mode=st.sampled_from(["shadow", "alert", "enforce"]),
        text=junk.map("why {}".format),
        finding_id=maybe_junk,
        retry_after_s=amounts,
    )


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_a_call_for_help_connects_whatever_else_is_true(data: st.DataObject) -> None:
    call = data.draw(facts(st.sampled_from(HELP) | junk))
    decision = decide(
        call,
        orders=data.draw(st.lists(orders(), max_size=4)),
        hits=data.draw(st.lists(hits(), max_size=4)),
        pack=data.draw(packs()),
        now_us=data.draw(st.integers(-(2**62), 2**62)),
        dry_run=data.draw(st.booleans()),
    )
    assert decision.decision == "allow"
    assert (decision.sip.code, decision.sip.reason, decision.finding_ids) == (302, "", ())
    assert [reason.detector for reason in decision.reasons] == ["inline.emergency_calls"], "it is recorded"


class Untouchable(Sequence[Any]):
    """Fails whoever looks at it."""

    def __getitem__(self, _: object) -> Any:
        raise AssertionError("looked at before the question of help was answered")

    def __len__(self) -> int:
        raise AssertionError("looked at before the question of help was answered")

    def __iter__(self) -> Iterator[Any]:
        raise AssertionError("looked at before the question of help was answered")


@pytest.mark.parametrize("callee", HELP)
def test_nothing_is_looked_at_before_a_call_for_help_is_let_through(callee: str) -> None:
    pack = PackDecision(policy="p@1", clauses={}, general="X", contact_email="review@provider.example")
    decision = decide(
        CallFacts(emergency=True, callee=callee), orders=Untouchable(), hits=Untouchable(), pack=pack, now_us=0, dry_run=True
    )
    assert decision.decision == "allow"


def test_the_same_call_is_refused_when_it_is_not_for_help() -> None:
    """The property above would hold of a decision that allows everything."""
    pack = PackDecision(policy="p@1", clauses={}, general="X", contact_email="review@provider.example")
    suspended = CallFacts(emergency=False, callee="+12025550123", customer="c", customer_known=True, state="suspended")
    assert decide(suspended, orders=(), hits=(), pack=pack, now_us=0).decision == "deny"
    helped = msgspec.structs.replace(suspended, emergency=True)
    assert decide(helped, orders=(), hits=(), pack=pack, now_us=0).decision == "allow"


dressings = st.sampled_from(
    [
        "{}",
        "tel:{}",
        "TEL:{}",
        "sip:{}@198.51.100.7",
        "sips:{}@example.net;user=phone",
        "<sip:{}@example.net>;tag=7",
        '"A" <tel:{}>',
    ]
)
separators = st.sampled_from(["", "-", " ", ".", "\u00a0"])


@settings(max_examples=300, deadline=None)
@given(
    number=st.sampled_from(["911", "112", "999", "000", "111", "933", "988", "711"]),
    prefix=st.sampled_from(["", "9", "0", "8", "*67", "*82", "#31#", "+"]),
    separator=separators,
    dressing=dressings,
    country=st.sampled_from(COUNTRIES),
)
def test_a_number_for_help_is_known_in_any_dress(number: str, prefix: str, separator: str, dressing: str, country: str) -> None:
    assert DESTINATIONS.is_emergency(dressing.format(prefix + separator.join(number)), country)


@settings(max_examples=500, deadline=None)
@given(st.text(max_size=60) | st.text(alphabet=string.digits + "+*#;:@%<>. ", max_size=40), st.text(max_size=3))
def test_no_text_makes_the_question_of_help_fail(number: str, country: str) -> None:
    assert DESTINATIONS.is_emergency(number, country) in (True, False)
    found = DESTINATIONS.classify(number, country)
    assert (found.kind == "emergency") == DESTINATIONS.is_emergency(number, country)
    assert DESTINATIONS.classify_many([number], country).block == [found.block]


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(["+1202555", "+44207946", "+91202555", "911", "112", "0112", "999"]),
    st.text(string.digits, min_size=4, max_size=7),
)
def test_a_longer_number_that_begins_like_one_for_help_is_none(start: str, rest: str) -> None:
    number = start + rest
    if len(number.lstrip("+")) > 9:
        assert not DESTINATIONS.is_emergency(number, "US")
