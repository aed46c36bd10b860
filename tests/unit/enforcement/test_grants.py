"""The life of a grant and what it is for: pure, without a store or a clock."""

from __future__ import annotations

import ipaddress
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairwire.enforcement import grants
from fairwire.enforcement.grant_cover import Cover, Seen
from fairwire.enforcement.grant_scope import checked, meet, parted
from fairwire.enforcement.grants import GrantNotPossible
from fairwire.model.grants import Grant, Paper, Scope
from fairwire.model.instants import DAY_US, HOUR_US, format_us, parse_us

NOW_US = parse_us("2026-03-02T15:00:00Z")
START_US, END_US = parse_us("2026-03-16T14:00:00Z"), parse_us("2026-03-16T16:00:00Z")
SCAN = Scope(addresses=("192.0.2.64/28",), types=("network_scan",))


def asked(**changed: Any) -> Grant:
    plain: dict[str, Any] = {
        "by": "customer:ines", "at_us": NOW_US, "kind": "penetration_test", "customer": "bramble-clinic", "policy": "clearspan@1",
        "clauses": ["C15"], "scope": SCAN, "start_us": START_US, "end_us": END_US, "why": "The yearly test",
    }  # fmt: skip
    return grants.request(**(plain | changed))


def held(scope: Scope = SCAN, **changed: Any) -> Grant:
    wanted = asked(scope=scope, **changed)
    if wanted.kind == "gsm_gateway":
        wanted = grants.attach(wanted, Paper(name="x", sha256="1" * 64, bytes=1, use="consent", by="person:dana", at="now"))
    return grants.grant(wanted, "person:dana", NOW_US, "Looked at", allowed=scope)


def test_a_request_in_time_waits_and_one_that_comes_late_is_refused_with_the_last_moment_named() -> None:
    latest = parse_us("2026-03-09T04:00:00Z") - 1
    assert asked(latest_us=latest).state == "requested"
    late = asked(at_us=latest + 1, latest_us=latest, notice="5 working days' notice")
    assert (late.state, late.short_notice, late.decided_by) == ("refused", True, "fairwire")
    assert late.decided_why == (
        "It was asked for too late: 5 working days' notice was needed, so 2026-03-09T03:59:59.999999Z was the last moment."
    )


def test_a_person_grants_what_came_late_where_the_policy_lets_one_and_not_what_a_person_has_refused() -> None:
    late = asked(at_us=START_US - HOUR_US, latest_us=NOW_US, late_by_person=True)
    granted = grants.grant(late, "person:dana", START_US - HOUR_US, "The network team agrees", allowed=SCAN)
    assert granted.state == "granted"
    refused = grants.refuse(asked(late_by_person=True), "person:dana", NOW_US, "Not during the sale")
    with pytest.raises(GrantNotPossible, match="is refused since"):
        grants.grant(refused, "person:eli", NOW_US, "Why not", allowed=SCAN)


def test_a_test_holds_from_the_decision_on_and_a_consent_from_the_day_that_its_paper_says() -> None:
    late = grants.grant(asked(), "person:dana", START_US + HOUR_US, "Agreed", allowed=SCAN)
    assert grants.window_us(late) == (START_US + HOUR_US, END_US)
    consent = held(
        Scope(numbers=("+442079460110",)), kind="gsm_gateway", start_us=NOW_US - 30 * DAY_US, end_us=NOW_US + 30 * DAY_US
    )
    assert grants.window_us(consent) == (NOW_US - 30 * DAY_US, NOW_US + 30 * DAY_US)


def test_what_was_revoked_or_withdrawn_covers_nothing_from_that_instant_on() -> None:
    for end in (grants.revoke, grants.withdraw):
        over = end(held(), "person:dana", START_US + HOUR_US, "Enough")
        assert grants.window_us(over) == (START_US, START_US + HOUR_US)
        assert grants.over(over)
    before = grants.revoke(held(), "person:dana", START_US - HOUR_US, "Cancelled")
    assert grants.window_us(before) is None


def test_what_nobody_decided_in_time_is_refused_and_what_was_granted_expires() -> None:
    assert grants.expire(asked(), END_US - 1).state == "requested"
    assert grants.expire(asked(), END_US).state == "refused"
    assert grants.expire(held(), END_US).state == "expired"
    assert grants.window_us(grants.expire(held(), END_US)) == (START_US, END_US), "late events are judged by their own time"


def test_the_same_request_twice_is_one() -> None:
    assert asked().grant_id == asked(by="person:dana", at_us=NOW_US + 1).grant_id
    assert asked().grant_id != asked(why="Another test").grant_id
    assert asked(others=[asked()]).grant_id == asked().grant_id


def test_requests_that_have_nothing_in_common_stand_beside_each_other() -> None:
    other = held(Scope(addresses=("192.0.2.128/28",), types=("network_scan",)))
    assert asked(others=[other]).state == "requested"
    later = held(start_us=END_US, end_us=END_US + HOUR_US)
    assert asked(others=[later]).state == "requested"


def test_scopes_meet_where_every_field_that_both_name_does() -> None:
    narrow = Scope(addresses=("192.0.2.70",), types=("network_scan", "api"), ports=("5060-5061",))
    assert meet(SCAN, narrow)
    assert not meet(narrow, msgspec.structs.replace(narrow, ports=("5062",)))
    assert not meet(narrow, msgspec.structs.replace(narrow, types=("interception",)))
    assert not meet(SCAN, Scope(systems=("api",), types=("network_scan",))), "of two tests one is of addresses, one of a system"
    assert meet(Scope(numbers=("+12025550*",)), Scope(numbers=("+12025550117",)))
    assert not meet(Scope(numbers=("+12025550100-+12025550109",)), Scope(numbers=("+12025550117",)))


@given(st.lists(st.integers(0, 63), min_size=1, max_size=12, unique=True))
def test_every_address_of_a_request_is_allowed_or_not_and_never_both(denied: list[int]) -> None:
    whole = Scope(addresses=("198.51.100.0/26",), types=("network_scan",))
    if len(denied) == 64:
        return
    allowed, rest = parted(whole, deny=[f"198.51.100.{each}" for each in denied])
    assert rest is not None
    yes = {each for text in allowed.addresses for each in ipaddress.ip_network(text)}
    no = {each for text in rest.addresses for each in ipaddress.ip_network(text)}
    assert yes.isdisjoint(no)
    assert yes | no == set(ipaddress.ip_network("198.51.100.0/26"))
    assert no == {ipaddress.ip_address(f"198.51.100.{each}") for each in denied}


def test_a_part_may_be_named_by_what_is_allowed_as_well() -> None:
    wanted = Scope(addresses=("192.0.2.64/28", "2001:db8::/64"), types=("network_scan", "exploitation"))
    allowed, rest = parted(wanted, allow=["192.0.2.64/29", "network_scan"])
    assert (allowed.addresses, allowed.types) == (("192.0.2.64/29",), ("network_scan",))
    assert rest is not None
    assert (rest.addresses, rest.types) == (("192.0.2.72/29", "2001:db8::/64"), ("exploitation",))
    assert parted(wanted) == (wanted, None)


def test_entries_are_written_one_way_and_once() -> None:
    written = Scope(addresses=(" 192.0.2.7/32", "192.0.2.7", "2001:DB8::1"), types=("api", "api"))
    assert checked("penetration_test", written, lambda *_: "") == Scope(addresses=("192.0.2.7", "2001:db8::1"), types=("api",))


def seen(**changed: Any) -> Seen:
    plain: dict[str, Any] = {
        "kind": "net.alert", "at_us": START_US, "source": "192.0.2.10", "target": "192.0.2.70", "port": 443, "category": "scan",
    }  # fmt: skip
    return Seen(**(plain | changed))


@pytest.mark.parametrize(
    ("changed", "verdict"),
    [
        ({}, "inside"),
        ({"at_us": START_US - 1}, "outside"),
        ({"at_us": END_US - 1}, "inside"),
        ({"at_us": END_US}, "outside"),
        ({"target": "192.0.2.80"}, "outside"),
        ({"target": None}, "outside"),
        ({"target": "printer.example"}, "outside"),
        ({"category": "intrusion"}, "outside"),
        ({"category": "malware"}, "outside"),
        ({"kind": "net.flow", "category": None}, "inside"),
        ({"kind": "net.flow", "target": "198.51.100.1"}, "outside"),
        ({"kind": "net.flow", "target": "198.51.100.1", "answered": True}, "beside"),
        ({"kind": "api.request", "target": None}, "outside"),
        ({"target": "::ffff:192.0.2.70"}, "inside"),
    ],
)
def test_an_event_is_inside_only_where_all_of_it_is(changed: dict[str, Any], verdict: str) -> None:
    assert Cover(held()).verdict(seen(**changed), word="security_test") == verdict


def test_ports_and_sources_that_are_named_must_be_those() -> None:
    cover = Cover(held(msgspec.structs.replace(SCAN, ports=("440-450",), sources=("192.0.2.8/29",))))
    assert cover.verdict(seen()) == "inside"
    assert cover.verdict(seen(port=451)) == "outside"
    assert cover.verdict(seen(port=None)) == "outside", "what is not known is not covered"
    assert cover.verdict(seen(source="192.0.2.16")) == "outside"


def test_a_flood_beside_the_agreed_address_is_outside_even_where_it_is_answered() -> None:
    cover = Cover(held(Scope(addresses=("192.0.2.64",), types=("denial_of_service",))))
    flood = seen(kind="net.flow", target="198.51.100.1", answered=True)
    assert cover.verdict(flood, word="authorised_load_test") == "outside"
    assert cover.words == {"security_test", "authorised_load_test"}


def test_calls_are_vouched_for_by_number_address_or_campaign() -> None:
    scope = Scope(numbers=("+442079460110-+442079460119",), addresses=("203.0.113.0/28",), campaigns=("spring",))
    cover = Cover(held(scope, kind="registered_dialler"))
    call = Seen("call.attempt", START_US, own=("442079460150",))
    assert cover.verdict(call) == "outside"
    assert cover.verdict(call._replace(own=("442079460150", "442079460111"))) == "inside"
    assert cover.verdict(call._replace(source="203.0.113.9")) == "inside"
    assert cover.verdict(call._replace(campaign="spring")) == "inside"
    assert cover.verdict(call._replace(called=("442079460111",))) == "outside"


def test_a_proof_of_opt_in_is_of_the_numbers_that_are_called() -> None:
    wanted = asked(kind="opt_in_proof", scope=Scope(numbers=("+12025550117",)), clauses=["C10"])
    wanted = grants.attach(
        wanted, Paper(name="x", sha256="1" * 64, bytes=1, use="consent", by="person:dana", at=format_us(NOW_US))
    )
    cover = Cover(grants.grant(wanted, "person:dana", NOW_US, "Seen", allowed=wanted.scope))
    assert cover.verdict(Seen("call.attempt", START_US, own=("12025550100",), called=("12025550117",))) == "inside"
    assert cover.verdict(Seen("call.attempt", START_US, own=("12025550117",), called=("12025550100",))) == "outside"
