"""What is one call: joining in bounded memory."""

from __future__ import annotations

from typing import Any

from fairwire.formats import MAX_LEGS, Joiner, Leg
from fairwire.model.instants import SECOND_US
from fairwire.ports.events import Rejected, Skipped


def leg(number: int, *, join: str = "", start_s: int = 1000, talk_s: int | None = None, **changes: Any) -> Leg:
    end_us = (start_s + (talk_s or 0) + 5) * SECOND_US
    fields: dict[str, Any] = {
        "file": "day.rec",
        "line": number,
        "record": f"record {number}".encode(),
        "join": join,
        "customer": "willow-dental",
        "call_id": join or f"c-{number}",
        "start_us": start_s * SECOND_US,
        "answer_us": None if talk_s is None else (start_s + 5) * SECOND_US,
        "end_us": end_us,
        "talk_s": talk_s or 0,
        "disposition": "no_answer" if talk_s is None else "answered",
        "data": {"direction": "outbound", "from": "+12025550117", "to": f"+120255501{number:02d}"},
        **changes,
    }
    return Leg(**fields)


def joined(*legs: Leg, horizon: int = 100) -> list[dict[str, Any] | Rejected | Skipped]:
    joiner = Joiner("cdr/test", "", horizon=horizon)
    return [found for one in legs for found in joiner.add(one)] + list(joiner.finish())


def events(found: list[dict[str, Any] | Rejected | Skipped]) -> list[dict[str, Any]]:
    return [entry for entry in found if isinstance(entry, dict)]


def test_the_order_of_the_records_does_not_change_the_event() -> None:
    def three() -> list[Leg]:
        return [leg(1, join="a"), leg(2, join="a", start_s=1010, talk_s=30), leg(3, join="a", start_s=1050, talk_s=7)]

    (forwards,), (backwards,) = events(joined(*three())), events(joined(*reversed(three())))
    assert forwards == backwards
    assert forwards["data"]["to"] == "+12025550102"
    assert forwards["data"]["duration_s"] == 37


def test_talk_that_overlaps_counts_once() -> None:
    (event,) = events(joined(leg(1, join="a", talk_s=60), leg(2, join="a", start_s=1030, talk_s=60), leg(3, join="a", talk_s=10)))
    assert event["data"]["duration_s"] == 90


def test_a_call_is_told_when_no_record_of_it_came_for_the_horizon() -> None:
    joiner = Joiner("cdr/test", "", horizon=3)
    seen = [len(events(list(joiner.add(leg(number, join="a" if number == 1 else ""))))) for number in range(1, 7)]
    assert seen == [0, 0, 0, 1, 1, 1]
    assert len(events(list(joiner.finish()))) == 3


def test_records_without_a_customer_belong_to_the_one_the_call_has() -> None:
    found = joined(leg(1, join="a", customer="", talk_s=10), leg(2, join="a"))
    assert [event["data"]["customer"] for event in events(found)] == ["willow-dental"]
    refused = joined(leg(3, join="b", customer=""))
    assert [entry.reason for entry in refused if isinstance(entry, Rejected)] == ["the record names no customer"]


def test_a_call_of_two_customers_is_a_call_of_each_with_an_id_of_its_own() -> None:
    found = events(joined(leg(1, join="a"), leg(2, join="a", customer="alder-cafe")))
    assert [(event["data"]["customer"], event["data"]["call_id"]) for event in found] == [
        ("willow-dental", "a"),
        ("alder-cafe", "a/alder-cafe"),
    ]
    assert len({event["id"] for event in found}) == 2


def test_a_key_that_every_record_bears_does_not_fill_the_memory() -> None:
    found = joined(*(leg(number % 100, join="same", record=str(number).encode()) for number in range(2 * MAX_LEGS + 1)))
    assert [len(event["data"].get("legs", [1])) for event in events(found)] == [MAX_LEGS, MAX_LEGS, 1]
