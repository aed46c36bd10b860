"""Consents and entitlements with a beginning and an end: gateways at named sites, plans, numbers that were verified."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fairwire.enforcement.grant_kinds import KINDS, LOAD_WORD
from fairwire.enforcement.lifecycle import from_person
from fairwire.model.finding import Finding
from fairwire.model.instants import HOUR_US, MINUTE_US, SECOND_US, format_us, parse_us
from fairwire.runtime import order_acts
from fairwire.runtime.bookings import book, bookings_of, cancel_booking
from fairwire.runtime.detectors import load_detectors
from fairwire.runtime.enforcing import Enforcing
from fairwire.runtime.packs import read_pack
from granted import CLINIC, COURIER, STUDIO, House, Opened

SITE, OFFICE = "+442079460110", "+442079460150"
"""A line of the gateway that was agreed to, and one of the office."""


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Opened]:
    houses: list[House] = []

    def begin(at: str = "2026-03-02T09:00:00Z") -> House:
        houses.append(House.opened(tmp_path, at))
        return houses[-1]

    yield begin
    for house in houses:
        house.close()


def calls(house: House, at: str, line: str, *, count: int = 30, every_s: int = 60, agent: str = "GoIP-8") -> list[bytes]:
    """Calls of a line, all to different mobiles."""
    first = parse_us(at)
    told = []
    for i in range(count):
        start_us = first + i * every_s * SECOND_US
        data = {
            "call_id": f"{line}-{at}-{i}", "customer": COURIER.id, "direction": "outbound", "line": line, "from": line,
            "to": f"+4474009{i:05d}", "user_agent": agent, "start": format_us(start_us),
            "answer": format_us(start_us + 5 * SECOND_US), "end": format_us(start_us + 45 * SECOND_US), "duration_s": 40,
            "disposition": "answered",
        }  # fmt: skip
        told.append(house.event("call.ended", start_us + 45 * SECOND_US, data))
    return told


def gateways(house: House) -> list[Finding]:
    """What was found of gateways."""
    return [each for each in house.store.findings() if each.detector == "fraud.sim_box"]


CONSENT: dict[str, Any] = {"sites": ["Depot Harwich"], "numbers": ["+442079460110-+442079460119"], "papers": True}


def test_N10_a_gateway_with_written_consent_is_left_alone_until_the_consent_ends_and_then_found(opened: Opened) -> None:
    house = opened()
    held = house.granted(COURIER, "gsm_gateway", "2026-03-03", "2026-03-05", **CONSENT)
    house.take(calls(house, "2026-03-03T10:00:00Z", SITE))
    assert house.found() == []
    (line,) = house.covered(held)
    assert line.finding.detector == "fraud.sim_box"
    house.take(calls(house, "2026-03-04T23:30:00Z", SITE, count=31))
    assert house.found() == [("fraud.sim_box", "2026-03-05T00:00:45Z")], "the first call that ends after the consent"


def test_N10_the_office_may_telephone_beside_the_gateway_and_another_gateway_is_found(opened: Opened) -> None:
    house = opened()
    house.granted(COURIER, "gsm_gateway", "2026-03-03", "2026-06-01", **CONSENT)
    mixed = calls(house, "2026-03-03T10:00:00Z", SITE) + calls(house, "2026-03-03T10:00:20Z", OFFICE, agent="deskphone", count=15)
    house.take(sorted(mixed, key=lambda line: json.loads(line)["time"]))
    assert gateways(house) == [], "calls of the office show no gateway by themselves"
    house.take(calls(house, "2026-03-03T11:00:00Z", OFFICE, count=40))
    (finding,) = gateways(house)
    assert finding.features["gateway"].value == 20, "counted without the thirty calls that were agreed to"


def test_N10_a_consent_without_its_document_is_not_granted(opened: Opened) -> None:
    house = opened()
    asked = house.ask(COURIER, "gsm_gateway", "2026-03-03", "2026-06-01", sites=["Depot Harwich"], numbers=[SITE])
    with pytest.raises(Exception, match="is granted in writing"):
        house.live.grants.grant(asked.grant_id, "person:dana", house.clock(), "Agreed")


def test_N10_charges_and_penalties_of_a_gateway_are_booked_to_the_customer_once(opened: Opened) -> None:
    house = opened()
    house.take(calls(house, "2026-03-03T10:00:00Z", SITE))
    (finding,) = house.store.findings()
    natterbox = read_pack("natterbox")
    told: dict[str, Any] = {
        "by": "person:dana", "at_us": house.clock(), "customer": COURIER.id, "pack": natterbox, "clause": "N10",
        "amount": "1250.00", "currency": "GBP", "what": "penalty", "of": "Coastline Mobile, invoice 4711",
        "evidence": [finding.finding_id], "why": "Its gateway without consent terminated their calls",
    }  # fmt: skip
    booked = book(house.store.records, **told)
    assert book(house.store.records, **told) == booked
    assert [(each.amount, each.currency, each.clause, each.what) for each in bookings_of(house.store.records, COURIER.id)] == [
        ("1250.00", "GBP", "N10", "penalty")
    ]
    wrongs: list[dict[str, Any]] = [{"amount": "-1"}, {"currency": "pounds"}, {"clause": "N99"}, {"evidence": []}, {"why": " "}]
    for wrong in wrongs:
        with pytest.raises(Exception, match="a booking cannot have"):
            book(house.store.records, **(told | wrong))
    cancel_booking(house.store.records, booked.booking_id, "person:dana", house.clock(), "Coastline took it back")
    assert bookings_of(house.store.records)[0].state == "cancelled"
    actions = [entry.action for entry in house.store.records.trail(kind="booking")]
    assert actions == ["book", "cancel"]


def samples(house: House, at: str, count: int, rate: int = 40_000_000) -> list[bytes]:
    """Traffic at one level, a sample every half hour."""
    first = parse_us(at)
    plain = {"customer": STUDIO.id, "interval_s": 1800.0, "throughput_bps": rate}
    return [house.event("usage.sample", first + i * 30 * MINUTE_US, plain) for i in range(count)]


def test_J17_a_guaranteed_circuit_silences_constant_throughput_from_its_first_day_to_its_last(opened: Opened) -> None:
    house = opened()
    house.granted(STUDIO, "guaranteed_bandwidth", "2026-03-03T00:00:00Z", "2026-03-05T00:00:00Z")
    house.take(samples(house, "2026-03-03T01:00:00Z", 94))
    assert house.found() == []
    house.take(samples(house, "2026-03-05T00:00:00Z", 1))
    assert house.found() == [("resources.constant_throughput", "2026-03-05T00:00:00Z")]


def test_J17_without_it_the_port_is_slowed_down_for_a_time_and_freed_again(opened: Opened) -> None:
    house = opened()
    house.take(samples(house, "2026-03-03T01:00:00Z", 20))
    (finding,) = house.store.findings()
    order = from_person(
        by="person:dana", at_us=house.clock(), customer=STUDIO.id, policy=f"{finding.policy.id}@{finding.policy.version}",
        clauses=["J17"], step="throttle", target="traffic", reason="The line is held at one level", lasts_us=6 * HOUR_US,
        finding_id=finding.finding_id,
    )  # fmt: skip
    records = house.store.records
    order_acts.put_on_record(records, order, house.clock())
    enforcing = Enforcing(house.store, clock=house.clock, acts=True)
    held = order_acts.find_order(records, order.order_id).noun
    assert (held.state, held.expires) == ("in_force", "2026-03-03T16:30:00Z")
    order_acts.lift(records, order.order_id, "person:dana", house.clock(), "They have ordered a guaranteed circuit")
    again = order_acts.put_on_record(
        records, from_person(**(ORDER | {"at_us": house.clock() + 1, "finding_id": finding.finding_id})), house.clock()
    )
    house.clock.now_us += 6 * HOUR_US
    enforcing.step()
    assert order_acts.find_order(records, order.order_id).noun.state == "lifted"
    assert order_acts.find_order(records, again.order_id).noun.state == "expired", "it ends by itself"


ORDER: dict[str, Any] = {
    "by": "person:dana", "customer": STUDIO.id, "policy": "jns@1", "clauses": ["J17"], "step": "throttle", "target": "traffic",
    "reason": "The line is held at one level", "lasts_us": 6 * HOUR_US,
}  # fmt: skip


def asked(house: House, call: str, shown: str) -> tuple[str, list[str]]:
    """What a call is answered, and by which clauses."""
    data = {"call_id": call, "customer": CLINIC.id, "direction": "outbound", "from": shown, "to": "+13125550142"}
    decision = house.live.decide(json.dumps(data).encode())
    return decision.decision, [reason.clause for reason in decision.reasons]


def test_C08_N04_a_number_that_was_verified_for_a_customer_is_its_own_until_it_is_not(opened: Opened) -> None:
    house = opened()
    assert asked(house, "c-1", "+13125550188") == ("deny", ["C08"])
    held = house.granted(CLINIC, "verified_number", "2026-03-02T09:00:00Z", "2026-04-01", numbers=["+13125550188"])
    assert asked(house, "c-2", "+13125550188")[0] == "allow"
    assert asked(house, "c-3", "+13125550187") == ("deny", ["C08"]), "no other number"
    house.go("2026-03-20T09:00:00Z")
    house.revoke(held)
    assert asked(house, "c-4", "+13125550188") == ("deny", ["C08"])


def test_C08_calls_with_a_verified_number_are_no_finding_while_it_is_verified(opened: Opened) -> None:
    house = opened()
    house.granted(CLINIC, "verified_number", "2026-03-03T00:00:00Z", "2026-03-04T00:00:00Z", numbers=["+13125550188"])

    def shown(at: str) -> list[bytes]:
        plain = {"customer": CLINIC.id, "direction": "outbound", "from": "+13125550188"}
        first = parse_us(at)
        return [
            house.event("call.attempt", first + i * MINUTE_US, plain | {"call_id": f"{at}-{i}", "to": f"+131255501{40 + i}"})
            for i in range(4)
        ]

    house.take(shown("2026-03-03T10:00:00Z"))
    assert house.found() == []
    house.take(shown("2026-03-04T10:00:00Z"))
    assert house.found() == [("caller_id.not_own", "2026-03-04T10:02:00Z")]


def test_a_registered_dialler_is_left_alone_on_the_lines_that_were_registered(opened: Opened) -> None:
    house = opened()
    house.granted(CLINIC, "registered_dialler", "2026-03-03T00:00:00Z", numbers=["+12025550100-+12025550109"])

    def dialled(at: str, line: str) -> list[bytes]:
        told = []
        for i in range(150):
            start_us = parse_us(at) + i * 12 * SECOND_US
            answered = i % 4 == 2
            data = {
                "call_id": f"{line}-{i}", "customer": CLINIC.id, "direction": "outbound", "line": line, "from": line,
                "to": f"+1202556{i * 37 % 10_000:04}", "start": format_us(start_us), "end": format_us(start_us + 15 * SECOND_US),
                "duration_s": 5 if answered else 0, "disposition": "answered" if answered else "no_answer",
                **({"answer": format_us(start_us + 10 * SECOND_US)} if answered else {}),
            }  # fmt: skip
            told.append(house.event("call.ended", start_us + 15 * SECOND_US, data))
        return told

    house.take(dialled("2026-03-03T14:00:00Z", "+12025550105"))
    assert house.found() == []
    house.take(dialled("2026-03-03T16:00:00Z", "+12025550120"))
    assert [name for name, _ in house.found()] == ["voice.auto_dialling"]


def test_no_grant_has_a_word_for_fraud_for_harm_or_for_calls_for_help() -> None:
    words = {LOAD_WORD, *(word for facts in KINDS.values() for word in facts.words)}
    detectors, _ = load_detectors()
    silenced = {name for name, each in detectors.items() if words & {one.name for one in each.spec.entitlements}}
    assert {name for name in silenced if name.startswith(("fraud.", "emergency."))} == {"fraud.sim_box"}
    harm = {name for name in silenced if name.startswith("harm.")}
    assert all(LOAD_WORD in {one.name for one in detectors[name].spec.entitlements} for name in harm)
    assert words <= {one.name for each in detectors.values() for one in each.spec.entitlements}, "every word silences something"


def test_a_call_for_help_connects_whatever_was_granted_or_not(opened: Opened) -> None:
    house = opened()
    house.granted(CLINIC, "registered_dialler", "2026-03-02T09:00:00Z", numbers=["+12025550100"])
    data = {"call_id": "h-1", "customer": CLINIC.id, "direction": "outbound", "from": "+13125550199", "to": "911"}
    assert house.live.decide(json.dumps(data).encode()).decision == "allow"
