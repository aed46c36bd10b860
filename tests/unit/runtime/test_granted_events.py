"""What a grant covers is silenced as events come, and written down; everything else is found as ever."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from fairwire.model.instants import parse_us
from fairwire.runtime.registers import COVERED, GRANTS
from granted import CLINIC, FARM, House, Opened

START, END = "2026-03-16T14:00:00Z", "2026-03-16T16:00:00Z"
"""Of the test: ten days of work after it was asked for."""
INSIDE = [f"192.0.2.{64 + i}" for i in range(8)]
BESIDE = [f"192.0.2.{72 + i}" for i in range(8)]


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Opened]:
    houses: list[House] = []

    def begin(at: str = "2026-03-02T15:00:00Z") -> House:
        houses.append(House.opened(tmp_path, at))
        return houses[-1]

    yield begin
    for house in houses:
        house.close()


def test_C15_a_scan_inside_scope_and_window_is_no_finding_and_one_line_of_the_ledger(opened: Opened) -> None:
    house = opened()
    held = house.granted(CLINIC, "penetration_test", START, END, addresses=["192.0.2.64/29"], types=["network_scan"])
    house.take(house.alerts(CLINIC, "2026-03-16T14:05:00Z", INSIDE))
    assert house.found() == []
    (line,) = house.covered(held)
    assert (line.finding.detector, line.grants) == ("network.scan_alerts", (held.grant_id,))
    assert line.finding.time == "2026-03-16T14:08:00Z", "the tenth alert, as it would have been found"
    assert line.hits == 31
    assert line.last_seen == "2026-03-16T14:18:00Z"


def test_C15_the_same_scan_a_minute_after_the_window_is_found_at_its_tenth_alert(opened: Opened) -> None:
    house = opened()
    held = house.granted(CLINIC, "penetration_test", START, END, addresses=["192.0.2.64/29"], types=["network_scan"])
    house.take(house.alerts(CLINIC, "2026-03-16T16:01:00Z", INSIDE))
    assert house.found() == [("network.scan_alerts", "2026-03-16T16:04:00Z")]
    assert house.covered(held) == []


def test_C15_a_scan_that_goes_on_beyond_the_window_is_found_with_the_first_event_outside(opened: Opened) -> None:
    house = opened()
    held = house.granted(CLINIC, "penetration_test", START, END, addresses=["192.0.2.64/29"], types=["network_scan"])
    house.take(house.alerts(CLINIC, "2026-03-16T15:50:10Z", INSIDE, count=40))
    assert house.found() == [("network.scan_alerts", "2026-03-16T16:00:10Z")]
    (line,) = house.covered(held)
    assert line.last_seen == "2026-03-16T15:59:50Z"


def test_C15_one_address_outside_the_scope_is_found(opened: Opened) -> None:
    house = opened()
    held = house.granted(CLINIC, "penetration_test", START, END, addresses=["192.0.2.64/29"], types=["network_scan"])
    house.take(house.alerts(CLINIC, "2026-03-16T14:05:00Z", INSIDE))
    house.take(house.alerts(CLINIC, "2026-03-16T14:30:00Z", [*INSIDE, "192.0.2.200"], count=9))
    assert house.found() == [("network.scan_alerts", "2026-03-16T14:32:40Z")], "the one that strays"
    (line,) = house.covered(held)
    assert line.hits == 31


def test_C15_what_was_not_allowed_of_a_request_is_found_and_what_was_is_not(opened: Opened) -> None:
    house = opened()
    held = house.granted(
        CLINIC, "penetration_test", START, END, addresses=["192.0.2.64/28"], types=["network_scan"], deny=["192.0.2.72/29"]
    )
    assert held.state == "granted_in_part"
    house.take(house.alerts(CLINIC, "2026-03-16T14:05:00Z", INSIDE))
    assert house.found() == []
    house.take(house.alerts(CLINIC, "2026-03-16T15:20:00Z", BESIDE))
    assert house.found() == [("network.scan_alerts", "2026-03-16T15:23:00Z")]


def test_C15_another_type_of_test_than_was_allowed_is_found(opened: Opened) -> None:
    house = opened()
    house.granted(CLINIC, "penetration_test", START, END, addresses=["192.0.2.64/29"], types=["network_scan"])
    house.take(house.alerts(CLINIC, "2026-03-16T14:05:00Z", INSIDE, category="intrusion", severity=1))
    assert [name for name, _ in house.found()] == ["network.intrusion_alerts"]


def test_C15_W06_connections_port_after_port_are_covered_by_their_address_and_port(opened: Opened) -> None:
    house = opened()
    held = house.granted(
        CLINIC, "penetration_test", START, END, addresses=["192.0.2.64"], types=["network_scan"], ports=["1000-2100"]
    )
    house.take(house.flows(CLINIC, "2026-03-16T14:05:00Z", "192.0.2.64"))
    assert house.found() == []
    assert [line.finding.detector for line in house.covered(held)] == ["network.port_scan"]
    house.take(house.flows(CLINIC, "2026-03-16T14:07:31Z", "192.0.2.64", count=1, dst_port=9000))
    assert [name for name, _ in house.found()] == ["network.port_scan"], "a port that nobody allowed"


def test_W06_colleagues_whose_connections_are_answered_do_not_turn_a_test_into_a_finding(opened: Opened) -> None:
    house = opened()
    house.granted(CLINIC, "penetration_test", START, END, addresses=["192.0.2.64"], types=["network_scan"])
    scan = house.flows(CLINIC, "2026-03-16T14:05:00Z", "192.0.2.64", every_s=2)
    work = house.flows(CLINIC, "2026-03-16T14:05:01Z", "198.51.100.200", every_s=2, dst_port=443, bytes_in=9000)
    house.take([line for pair in zip(scan, work, strict=True) for line in pair])
    assert house.found() == []


def test_W06_a_test_of_the_interface_for_programs_is_covered_from_the_agreed_source_alone(opened: Opened) -> None:
    house = opened()
    held = house.granted(
        FARM, "penetration_test", START, END, systems=["api"], sources=["203.0.113.10"], types=["vulnerability_scan"]
    )

    def requests(at: str, source: str) -> list[bytes]:
        plain = {"customer": FARM.id, "credential": "key-1", "method": "GET", "status": 404, "src_ip": source}
        return [
            house.event("api.request", parse_us(at) + i * 500_000, plain | {"path": f"/v1/users/{1000 + i}"}) for i in range(400)
        ]

    house.take(requests("2026-03-16T14:05:00Z", "203.0.113.10"))
    assert house.found() == []
    assert {line.finding.detector for line in house.covered(held)} == {"requests.enumeration"}
    house.take(requests("2026-03-16T14:40:00Z", "203.0.113.11"))
    assert {name for name, _ in house.found()} == {"requests.enumeration"}


def test_C15_revoked_in_the_middle_the_next_event_is_found(opened: Opened) -> None:
    house = opened()
    held = house.granted(CLINIC, "penetration_test", START, END, addresses=["192.0.2.64/29"], types=["network_scan"])
    house.take(house.alerts(CLINIC, "2026-03-16T14:05:00Z", INSIDE))
    house.go("2026-03-16T14:20:00Z")
    house.revoke(held)
    house.take(house.alerts(CLINIC, "2026-03-16T14:20:10Z", INSIDE, count=1))
    assert house.found() == [("network.scan_alerts", "2026-03-16T14:20:10Z")]


def test_C15_an_event_that_comes_late_is_judged_by_its_own_time(opened: Opened) -> None:
    house = opened()
    house.granted(CLINIC, "penetration_test", START, END, addresses=["192.0.2.64/29"], types=["network_scan"])
    house.go("2026-03-16T16:30:00Z")
    house.take(house.alerts(CLINIC, "2026-03-16T15:40:00Z", INSIDE))
    assert house.found() == []


def test_C15_permission_that_comes_after_the_beginning_covers_nothing_before_it(opened: Opened) -> None:
    house = opened()
    asked = house.ask(CLINIC, "penetration_test", START, END, addresses=["192.0.2.64/29"], types=["network_scan"])
    house.take(house.alerts(CLINIC, "2026-03-16T14:05:00Z", INSIDE, count=5))
    held = house.live.grants.grant(asked.grant_id, "person:dana", parse_us("2026-03-16T14:30:00Z"), "Late, and agreed")
    house.live.look_at_grants()
    assert held.begins == "2026-03-16T14:30:00Z"
    house.take(house.alerts(CLINIC, "2026-03-16T14:31:00Z", INSIDE, count=5))
    assert [name for name, _ in house.found()] == ["network.scan_alerts"], "five of the ten were before anybody said yes"


def test_C15_a_test_goes_on_over_a_restart(opened: Opened) -> None:
    house = opened()
    held = house.granted(CLINIC, "penetration_test", START, END, addresses=["192.0.2.64/29"], types=["network_scan"])
    house.take(house.alerts(CLINIC, "2026-03-16T14:05:00Z", INSIDE, count=20))
    house.again()
    house.take(house.alerts(CLINIC, "2026-03-16T14:11:40Z", INSIDE, count=20))
    assert house.found() == []
    house.take(house.alerts(CLINIC, "2026-03-16T16:30:00Z", INSIDE, count=1))
    assert [line.hits for line in house.covered(held)] == [31], "counted once, whatever was run again"


def test_C15_a_snapshot_that_was_made_in_the_middle_of_a_test_hides_nothing_afterwards(opened: Opened) -> None:
    house = opened()
    house.granted(CLINIC, "penetration_test", START, END, addresses=["192.0.2.64/29"], types=["network_scan"])
    house.take(house.alerts(CLINIC, "2026-03-16T15:50:00Z", INSIDE, count=20))
    house.live.close()
    reopened = House.opened(house.folder, "2026-03-16T16:05:00Z")
    reopened.numbers = house.numbers
    reopened.take(reopened.alerts(CLINIC, "2026-03-16T16:05:00Z", INSIDE, count=1))
    assert reopened.found() == [("network.scan_alerts", "2026-03-16T16:05:00Z")]
    reopened.close()


def test_a_grant_is_over_at_its_end_and_the_record_says_so(opened: Opened) -> None:
    house = opened()
    held = house.granted(CLINIC, "penetration_test", START, END, addresses=["192.0.2.64/29"], types=["network_scan"])
    house.go("2026-03-16T16:00:00Z")
    house.live.look_at_grants()
    kept = GRANTS.get(house.store.records, held.grant_id)
    assert kept is not None
    assert kept.noun.state == "expired"


def test_another_customer_is_not_covered_by_it(opened: Opened) -> None:
    house = opened()
    house.granted(CLINIC, "penetration_test", START, END, addresses=["192.0.2.64/29"], types=["network_scan"])
    house.take(house.alerts(FARM, "2026-03-16T14:05:00Z", INSIDE))
    assert [name for name, _ in house.found(FARM)] == ["network.scan_alerts"]
    assert COVERED.find(house.store.records) == []
