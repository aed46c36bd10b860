"""The live service on a data folder: what it takes in, and what it is after it was opened again."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from fairwire.model.customers import Customer
from fairwire.model.instants import DAY_US, format_us, parse_us
from fairwire.model.order import Order
from fairwire.ports.control import ControlStore, StoreError
from fairwire.runtime.data import open_control
from fairwire.runtime.journal import Keeping
from fairwire.runtime.live import Live
from fairwire.runtime.registers import ORDERS
from fairwire.stores.log import open_log
from traces import real_plan, table_for

NOW_US = parse_us("2026-03-04T12:00:00Z")
CUSTOMER = Customer(id="hobnail-freight", policy="clearspan", country="US", numbers=("+12025550117",))
ATTEMPT = {"call_id": "c-1", "customer": "hobnail-freight", "direction": "outbound", "from": "+12025550117", "to": "+12025550118"}


class Clock:
    """A clock that the test sets."""

    now_us = NOW_US

    def __call__(self) -> int:
        return self.now_us


@pytest.fixture
def clock() -> Clock:
    return Clock()


Open = Callable[..., Live]


@pytest.fixture
def open_live(tmp_path: Path, clock: Clock) -> Iterator[Open]:
    """Opens the service of the test; the one before must be closed or killed."""
    store = open_control(tmp_path)
    opened: list[Live] = []

    def begin(**keeping: Any) -> Live:
        plan = real_plan()
        opened.append(Live(tmp_path, plan, table_for(plan, [CUSTOMER]), store, clock, None, Keeping(**keeping)))
        return opened[-1]

    yield begin
    for live in opened:
        live.close()
    store.close()


def event(number: int, time: str = "2026-03-04T10:00:00Z", **more: Any) -> bytes:
    """One call attempt."""
    named = {"specversion": "1.0", "id": f"e-{number}", "source": "test", "type": "call.attempt", "time": time}
    return json.dumps({**named, "data": ATTEMPT | {"call_id": f"c-{number}"}, **more}).encode()


def accept(live: Live, lines: list[bytes]) -> tuple[int, int, int]:
    """Take lines in and wait until they are on disk; (accepted, duplicates, rejected)."""
    took = live.accept(lines)
    asyncio.run(live.durable())
    return took.accepted, took.duplicates, len(took.rejected)


def kill(live: Live) -> None:
    """End it as a killed process ends: the log has what was synced, and nothing is tidied up."""
    live._journal._log.close()
    live._journal._closed = True


def test_a_start_goes_on_from_the_snapshot_of_the_shutdown(open_live: Open, tmp_path: Path) -> None:
    first = open_live()
    accept(first, [event(number) for number in range(30)])
    refused = ATTEMPT | {"call_id": "asked", "to": "+19005550100"}
    asked = first.decide(json.dumps(refused).encode())
    first.close()
    assert [path.suffix for path in (tmp_path / "snapshots").iterdir()] == [".snapshot"]
    second = open_live()
    stats = second.stats()
    assert stats["recovered_records"] == 0
    assert (stats["events"], stats["decisions"]) == (30, 1)
    assert stats["snapshot_age_seconds"] == 0
    again = second.decide(json.dumps(refused).encode())
    assert msgspec.structs.replace(again, elapsed_us=0) == msgspec.structs.replace(asked, elapsed_us=0)
    assert accept(second, [event(number) for number in range(30)]) == (0, 30, 0)


def test_without_a_shutdown_the_log_says_all(open_live: Open) -> None:
    first = open_live()
    accept(first, [event(number) for number in range(30)])
    question = json.dumps(ATTEMPT | {"call_id": "asked", "to": "+19005550100"}).encode()
    asked = first.decide(question)
    first.flush()
    counted = first.stats()
    kill(first)
    second = open_live()
    stats = second.stats()
    assert stats["recovered_records"] == 3
    assert msgspec.structs.replace(second.decide(question), elapsed_us=0) == msgspec.structs.replace(asked, elapsed_us=0)
    assert second._journal._log.last_seq == 3, "asking again is no new event"
    for name in ("events", "decisions", "findings", "late"):
        assert stats[name] == counted[name], name


def test_events_that_no_detector_reads_count_once_too(open_live: Open) -> None:
    live = open_live()
    added = event(1, type="user.added", data={"customer": "hobnail-freight", "user": "ann"})
    other = event(1, type="user.added", data={"customer": "hobnail-freight", "user": "ben"})
    assert accept(live, [added, event(2), added]) == (2, 1, 0)
    took = live.accept([added, other])
    assert (took.accepted, took.duplicates) == (0, 1)
    (rejected,) = took.rejected
    assert rejected.line == 2
    assert rejected.reason == "event `e-1` contradicts an earlier one of the same id; the first was kept"
    live.flush()
    kill(live)
    again = open_live()
    assert again.stats()["events"] == 2
    assert accept(again, [added, event(2)]) == (0, 2, 0)


def test_events_of_an_earlier_version_are_taken_over_once(open_live: Open, tmp_path: Path) -> None:
    old = [event(number) for number in range(20)]
    (tmp_path / "events.jsonl").write_bytes(b"\n".join(old) + b'\n{"specversion": "1.0", "id": "cut o')
    first = open_live()
    assert accept(first, [event(number) for number in range(21)]) == (1, 20, 0)
    assert not (tmp_path / "events.jsonl").exists()
    assert (tmp_path / "events.jsonl.taken-over").exists()
    kill(first)
    assert open_live().stats()["events"] == 21


def test_events_of_1970_and_2100_and_a_clock_that_jumps_do_not_stop_the_service(open_live: Open, clock: Clock) -> None:
    live = open_live()
    assert accept(live, [event(1, "1970-01-01T00:00:00Z")]) == (1, 0, 0)
    assert accept(live, [event(2)]) == (1, 0, 0)
    assert accept(live, [event(3, "2100-01-01T00:00:00Z")]) == (0, 0, 1), "a clock that is ahead is the sender's mistake"
    assert accept(live, [event(4, "1971-06-01T00:00:00Z")]) == (1, 0, 0)
    clock.now_us = parse_us("2100-01-01T00:00:00Z")  # our own clock is wrong for a while
    assert accept(live, [event(5, "2099-12-31T23:59:59Z")]) == (1, 0, 0)
    clock.now_us = NOW_US - 400 * DAY_US
    assert accept(live, [event(6, format_us(clock.now_us))]) == (1, 0, 0)
    kill(live)
    clock.now_us = NOW_US
    again = open_live()
    assert again.stats()["events"] == 5, "what was accepted then is kept, whatever the clock says now"
    assert accept(again, [event(5, "2099-12-31T23:59:59Z"), event(7)])[0] == 1


def test_a_huge_batch_is_one_acknowledgement_and_is_there_after_a_kill(open_live: Open) -> None:
    live = open_live()
    batch = [event(number) for number in range(20_000)]
    assert accept(live, batch) == (20_000, 0, 0)
    kill(live)
    again = open_live()
    assert again.stats()["events"] == 20_000
    assert accept(again, batch[-500:]) == (0, 500, 0)


def test_a_snapshot_is_kept_every_so_many_events_while_the_service_goes_on(open_live: Open, tmp_path: Path) -> None:
    live = open_live(snapshot_every=10)
    for number in range(100):
        accept(live, [event(number)])
    live._journal._developing.join()  # type: ignore[union-attr]
    stats = live.stats()
    assert stats["snapshots"] >= 1
    assert stats["snapshot_failures"] == 0
    assert 1 <= len(list((tmp_path / "snapshots").iterdir())) <= 2
    kill(live)
    again = open_live()
    assert again.stats()["recovered_records"] < 100
    assert accept(again, [event(number) for number in range(100)]) == (0, 100, 0)


def test_calls_do_not_wait_for_the_memory_of_a_snapshot(open_live: Open) -> None:
    live = open_live(snapshot_every=10, at_least_s=1e-6)
    accept(live, [event(number) for number in range(10)])
    assert live._journal._room is not None, "the memory comes first"
    for thread in threading.enumerate():
        if thread.name == "fairwire-room":
            thread.join()
    accept(live, [event(10)])
    live._journal._developing.join()  # type: ignore[union-attr]
    assert live.stats()["snapshots"] == 1
    accept(live, [event(number) for number in range(11, 25)])
    kill(live)
    again = open_live()
    assert again.stats()["events"] == 25
    assert 0 < again.stats()["recovered_records"] < 25
    assert accept(again, [event(number) for number in range(25)]) == (0, 25, 0)


def test_a_snapshot_that_cannot_be_written_is_counted_and_loses_nothing(open_live: Open, tmp_path: Path) -> None:
    (tmp_path / "snapshots").write_text("a file where the folder should be")
    first = open_live()
    accept(first, [event(number) for number in range(10)])
    first.close()
    assert first.stats()["snapshot_failures"] == 1
    assert open_live().stats()["events"] == 10


class FullStore:
    """A control store whose disk is full for a while."""

    def __init__(self, store: ControlStore) -> None:
        self._store = store
        self.full = True

    def save_run(self, *given: Any) -> None:
        if self.full:
            raise StoreError("the disk of the store is full or failing")
        self._store.save_run(*given)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)


def test_a_call_is_answered_though_its_finding_cannot_be_saved_and_the_finding_is_saved_later(
    tmp_path: Path, clock: Clock
) -> None:
    store = open_control(tmp_path)
    full = FullStore(store)
    plan = real_plan()
    live = Live(tmp_path, plan, table_for(plan, [CUSTOMER]), full, clock, None, Keeping())
    for number in range(400):
        at = format_us(NOW_US - 10**6 * (400 - number))
        data = ATTEMPT | {"call_id": f"step-{number}", "to": f"+1312555{1000 + number}"}
        live._series_at = 0.0  # as if the last save were more than a second ago, however quick the calls are
        live.decide(event(number, at, id=f"step-{number}", data=data))
    assert live.stats()["findings"] > 0
    assert live.stats()["store_failures"] >= 1
    assert store.findings() == []
    full.full = False
    live.flush()
    assert len(store.findings()) == live.stats()["findings"]
    live.close()
    store.close()


def test_the_lock_of_the_log_is_let_go_when_a_start_fails(open_live: Open, tmp_path: Path) -> None:
    first = open_live()
    accept(first, [event(1)])
    first.close()
    for path in (tmp_path / "events").glob("*.fwlog"):
        path.unlink()
    with pytest.raises(Exception, match="the latest snapshot goes up to record 1"):
        open_live()
    open_log(tmp_path).close()


def test_what_decisions_find_is_written_right_behind_them_and_together(open_live: Open, tmp_path: Path) -> None:
    """A caller waits for the answer, not for the store; a moment later the console has the finding."""
    live = open_live()

    async def storm() -> tuple[int, int]:
        for number in range(120):
            data = {**ATTEMPT, "call_id": f"s-{number}", "to": f"+1202555{1000 + number}"}
            live.decide(msgspec.json.encode(data))
        at_once = len(live._store.findings())
        end = asyncio.get_running_loop().time() + 20
        while not live._store.findings() and asyncio.get_running_loop().time() < end:
            await asyncio.sleep(0)
        return at_once, len(live._store.findings())

    at_once, soon = asyncio.run(storm())
    assert at_once == 0
    assert soon == live.stats()["findings"] > 0


def test_calls_are_answered_while_the_store_takes_its_time(open_live: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    live = open_live()
    begun, goes_on = threading.Event(), threading.Event()
    save = live._store.save_run

    def slowly(*given: Any) -> None:
        begun.set()
        assert goes_on.wait(20)
        save(*given)

    monkeypatch.setattr(live._store, "save_run", slowly)

    async def storm() -> int:
        number = 0
        end = asyncio.get_running_loop().time() + 20
        while not begun.is_set() and asyncio.get_running_loop().time() < end:
            data = {**ATTEMPT, "call_id": f"s-{number}", "to": f"+1202555{1000 + number % 9000}"}
            live.decide(msgspec.json.encode(data))
            number += 1
            await asyncio.sleep(0)
        for more in range(20):  # nothing has been saved, and these are answered
            live.decide(msgspec.json.encode({**ATTEMPT, "call_id": f"t-{more}", "to": f"+1202556{1000 + more}"}))
        assert live._being_saved
        assert not live._store.findings()
        goes_on.set()
        while live._being_saved and asyncio.get_running_loop().time() < end:
            await asyncio.sleep(0)
        return len(live._store.findings())

    assert asyncio.run(storm()) > 0


CALL = {"call_id": "c-1", "customer": "hobnail-freight", "direction": "outbound", "from_": "+12025550117", "to": "+12025550118"}
PREPAID = msgspec.structs.replace(CUSTOMER, monthly_charge_limit="10.00", on_limit="refuse")


def told(live: Live, kind: str, call_id: str, at_us: int, **more: Any) -> None:
    """One event of a call, by another way."""
    named = {"specversion": "1.0", "id": f"{kind}-{call_id}", "source": "proxy", "type": kind, "time": format_us(at_us)}
    data = {"call_id": call_id, "customer": "hobnail-freight", **more}
    assert accept(live, [json.dumps({**named, "data": data}).encode()])[0] == 1


@pytest.mark.parametrize("restarted", [False, True])
def test_calls_in_progress_are_charged_while_they_run_and_after_a_restart(tmp_path: Path, clock: Clock, restarted: bool) -> None:
    plan, store = real_plan(), open_control(tmp_path)
    live = Live(tmp_path, plan, table_for(plan, [PREPAID]), store, clock, None, Keeping())
    dear = CALL | {"rate_per_min": "3.00"}
    assert live.decide_call(dear, source="sip", event_id="1").decision == "allow"
    told(live, "call.answered", "c-1", NOW_US)
    clock.now_us += 60_000_000
    if restarted:
        live.close()
        live = Live(tmp_path, plan, table_for(plan, [PREPAID]), store, clock, None, Keeping())
    # 3 are run up; a minute more of both would be 9.
    assert live.decide_call(dear | {"call_id": "c-2"}, source="sip", event_id="2").decision == "allow"
    clock.now_us += 30_000_000
    # 4.50 are run up, and a minute more of three calls would be 13.50.
    refused = live.decide_call(dear | {"call_id": "c-3"}, source="sip", event_id="3")
    assert (refused.decision, refused.sip.code) == ("limit", 480)
    assert "60 seconds of this call and those in progress would take this month's charges of 4.50" in refused.reasons[0].text
    assert live.decide_call(dear | {"call_id": "c-4", "to": "911"}, source="sip", event_id="4").decision == "allow"
    told(live, "call.ended", "c-2", clock.now_us, **{"from": "+12025550117", "to": "+12025550118", "direction": "outbound",
         "start": format_us(NOW_US), "end": format_us(clock.now_us), "duration_s": 0, "disposition": "no_answer"})  # fmt: skip
    assert live.decide_call(dear | {"call_id": "c-5", "rate_per_min": "2.00"}, source="sip", event_id="5").decision == "allow"
    live.close()
    store.close()


def test_a_call_to_somebody_else_under_a_call_id_that_was_used_is_another_call(open_live: Open) -> None:
    live = open_live()
    first = live.decide_call(CALL, source="sip", event_id="1")
    assert first.decision == "allow"
    assert live.decide_call(CALL, source="sip", event_id="1").event == first.event
    assert live.stats()["events"] == 0
    before = live._stream.next_row
    refused = live.decide_call(CALL | {"from_": "+12125550199"}, source="sip", event_id="2")
    assert refused.sip.code == 403, "the number shown is not its own, whatever was answered under this call id"
    assert live._stream.next_row == before + 2, "it is counted, and over at once"
    for _ in range(2):
        assert live.decide_call(CALL | {"to": "+12025550119"}, source="sip", event_id="3").decision == "allow"
    assert live._stream.next_row == before + 3, "asked twice, counted once"
    kill(live)
    again = open_live()
    assert again.decide_call(CALL | {"to": "+12025550119"}, source="sip", event_id="3").decision == "allow"
    assert again._stream.next_row == before + 3


def an_order(**changed: Any) -> Order:
    given = {
        "order_id": "o-1",
        "key": "k-1",
        "finding_id": "f-1",
        "customer": "hobnail-freight",
        "policy": "clearspan@1",
        "clauses": ("C03",),
        "detector": "fraud.toll_spend",
        "step": "block",
        "target": "callee",
        "value": "+12025550118",
        "reason": "Costly calls to one number",
        "author": "person:ann",
        "created": format_us(NOW_US - 1),
        "expires": format_us(NOW_US + 3_600_000_000),
        "owner": None,
        "approvals": 0,
        "state": "in_force",
        "undo": "calls to the number connect again",
    }
    return Order(**{**given, **changed})


def save(store: ControlStore, order: Order) -> None:
    kept = ORDERS.get(store.records, order.order_id)
    store.records.write([ORDERS.change(kept, order, at_us=NOW_US, by="person:ann", action="order")])


def test_an_order_in_force_refuses_what_it_names_before_and_after_a_restart(
    tmp_path: Path, clock: Clock, open_live: Open
) -> None:
    live = open_live()
    store = live._store
    assert live.decide_call(CALL, source="sip", event_id="1").decision == "allow"
    save(store, an_order())
    live._in_force.read()
    for at in (live, None):
        if at is None:
            kill(live)
            live = open_live()
        refused = live.decide_call(CALL | {"call_id": f"c-2{at is None}"}, source="sip", event_id=f"2{at is None}")
        assert (refused.decision, refused.reasons[0].clause) == ("deny", "C03")
        assert "Costly calls to one number" in refused.reasons[0].text
        other = CALL | {"call_id": f"c-3{at is None}", "to": "+12025550119"}
        assert live.decide_call(other, source="sip", event_id=f"3{at is None}").decision == "allow"
    save(store, an_order(state="lifted"))
    live._in_force.read()
    assert live.decide_call(CALL | {"call_id": "c-9"}, source="sip", event_id="9").decision == "allow"


def test_a_throttle_lets_ten_calls_a_minute_through(clock: Clock, open_live: Open) -> None:
    live = open_live()
    save(live._store, an_order(step="throttle", target="customer", value=None))
    live._in_force.read()
    given = [live.decide_call(CALL | {"call_id": f"t-{n}"}, source="sip", event_id=f"t-{n}").decision for n in range(12)]
    assert given == ["allow"] * 10 + ["limit"] * 2
    clock.now_us += 61_000_000
    assert live.decide_call(CALL | {"call_id": "t-99"}, source="sip", event_id="t-99").decision == "allow"
