"""Each event under the version of its time: live, after a crash, in a replay held or passed through, by one worker or two."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from fairwire.model.errors import FairwireError
from fairwire.model.instants import format_us, parse_us
from fairwire.runtime.customers import CustomerTable, load_customers
from fairwire.runtime.data import open_control
from fairwire.runtime.live import Live, open_live
from fairwire.runtime.plans import Plan, load_plan
from policy_office import Office, customer, edit, stopped_clock

TURN = "2026-03-04T12:00:00Z"
OWN = "2026-03-05T00:00:00Z"


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Office:
    """A pack with two versions: the second watches for short walks through blocks of numbers, from `TURN` on."""
    made = Office(folder=tmp_path, clock=stopped_clock(monkeypatch, "2026-03-02T09:00:00Z"))
    made.customers(customer("early", "natterbox"), customer("late", "natterbox"), customer("other", "caup"))
    pack = made.pack("natterbox")
    made.in_force(pack, "natterbox")
    edit(pack / "pack.yaml", ("version: 1.0.0", "version: 1.1.0"), ("    mode: alert", "    mode: shadow"))
    made.in_force(pack, "natterbox", "--at", TURN)
    made.run("policy", "schedule", "late", "natterbox", "--on", "2026-03-05", "--by", "Lee")
    return made


def walk(who: str, at: str, first: int) -> list[dict[str, Any]]:
    """A dialler that steps through a block: one attempt each four seconds, short calls."""
    events = []
    for step in range(120):
        begin = parse_us(at) + step * 4_000_000
        start, end = format_us(begin), format_us(begin + 3_000_000)
        data = {"call_id": f"{who}-{first + step}", "customer": who, "direction": "outbound", "from": "+442079460018"}
        data |= {"to": f"+4420794{first + step:05d}", "user": "u1"}
        event = {"specversion": "1.0", "id": f"{who}-{first + step}", "source": "t", "type": "call.ended", "time": end}
        ended = {"start": start, "end": end, "duration_s": 0, "disposition": "no_answer"}
        events.append(event | {"data": data | ended})
    return events


def history() -> list[dict[str, Any]]:
    """Three walks of each of two customers: before the turn, between it and the day of the one who chose, and after."""
    days = ("2026-03-03T10:00:00Z", "2026-03-04T14:00:00Z", "2026-03-08T10:00:00Z")
    events = [event for n, day in enumerate(days) for who in ("early", "late") for event in walk(who, day, 60_000 + 500 * n)]
    return sorted(events, key=lambda event: str(event["time"]))


def modes(findings: list[dict[str, Any]]) -> dict[str, list[str]]:
    """Customer -> mode of the auto-dialling findings, in order."""
    told: dict[str, list[str]] = {"early": [], "late": []}
    for finding in sorted(findings, key=lambda each: str(each["time"])):
        if finding["detector"] == "voice.auto_dialling":
            told[finding["customer"]].append(finding["mode"])
    return told


EXPECTED = {"early": ["alert", "shadow", "shadow"], "late": ["alert", "alert", "shadow"]}


def replayed(office: Office, *more: str) -> list[dict[str, Any]]:
    file, out = office.folder / "calls.jsonl", office.folder / "findings.jsonl"
    file.write_text("".join(json.dumps(event) + "\n" for event in history()), encoding="utf-8")
    office.clock.set("2026-03-09T00:00:00Z")
    words = ("--customers", str(office.customers_file), "--findings", str(out), *more)
    office.run("replay", str(file), *words)
    return [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]


def test_a_replay_judges_each_call_by_the_version_of_its_time_and_customer(office: Office) -> None:
    found = replayed(office)
    assert modes(found) == EXPECTED
    plan = plan_of(office)
    versions = {each["policy"]["version"] for each in found}
    assert {each["policy"]["id"] for each in found} == {"natterbox"}
    assert versions == {plan.versions["natterbox@1.0.0"], plan.versions["natterbox@1.1.0"]}


@pytest.mark.parametrize("how", [("--workers", "2"), ("--checkpoint", "here")])
def test_held_or_passed_through_by_one_or_two_the_findings_are_the_same(office: Office, how: tuple[str, str]) -> None:
    plain = replayed(office)
    option = (how[0], str(office.folder / how[1])) if how[1] == "here" else how
    assert replayed(office, *option) == plain


def plan_of(office: Office) -> Plan:
    with closing(open_control(office.data)) as store:
        return load_plan((), store=store.policies)


def taken_in(live: Live, events: list[dict[str, Any]], office: Office) -> None:
    for at in range(0, len(events), 50):
        office.clock.set(str(events[min(at + 49, len(events) - 1)]["time"]))
        live.accept([json.dumps(event).encode() for event in events[at : at + 50]])
    live.flush()


def found_live(office: Office, live: Live) -> list[dict[str, Any]]:
    with closing(open_control(office.data)) as store:
        return [msgspec.to_builtins(each) for each in store.findings(run_id="live")]


def test_a_service_that_is_killed_comes_back_with_what_the_versions_of_the_time_found(office: Office) -> None:
    events = history()
    store = open_control(office.data)
    live = open_live(office.data, office.customers_file, [], store)
    taken_in(live, events[:400], office)
    live._closing.set()  # the process ends: no snapshot, nothing is closed in order
    live._journal._log.close()
    again = open_live(office.data, office.customers_file, [], store)
    taken_in(again, events[400:], office)
    assert modes(found_live(office, again)) == EXPECTED
    again.close()
    last = open_live(office.data, office.customers_file, [], store)
    assert last.stats()["recovered_records"] == 0, "the snapshot is good, whichever versions there are"
    last.close()
    store.close()


def test_a_snapshot_stays_good_when_a_version_is_published_behind_it(office: Office) -> None:
    store = open_control(office.data)
    live = open_live(office.data, office.customers_file, [], store)
    taken_in(live, history()[:200], office)
    live.close()
    office.clock.set("2026-03-04T13:00:00Z")
    edit(office.folder / "natterbox" / "pack.yaml", ("version: 1.1.0", "version: 1.2.0"), ("    mode: shadow", "    mode: alert"))
    office.in_force(office.folder / "natterbox", "natterbox", "--at", "2026-03-20")
    again = open_live(office.data, office.customers_file, [], store)
    assert again.stats()["recovered_records"] == 0
    assert again.stats()["events"] == 200
    again.close()
    store.close()


def test_the_files_of_a_pack_judge_until_its_first_version_begins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    office = Office(folder=tmp_path, clock=stopped_clock(monkeypatch, "2026-03-02T09:00:00Z"))
    office.customers(customer("hobnail", "caup"))
    pack = office.pack("caup")
    edit(pack / "clauses.yaml", ("customers keep themselves informed", "customers look here"))
    office.in_force(pack, "caup", "--at", "2026-03-09T00:00:00Z")
    plan = plan_of(office)
    timeline = plan.timelines["caup"]
    assert timeline.key("hobnail", parse_us("2026-03-08T23:59:59Z")) == "caup@files"
    assert timeline.key("hobnail", parse_us("2026-03-09T00:00:00Z")) == "caup@1.0.0"
    assert plan.packs["caup@files"].version != plan.packs["caup@1.0.0"].version
    assert plan.packs["caup"] == plan.packs["caup@files"], "what the id alone means, for now"


@pytest.fixture
def table(office: Office) -> CustomerTable:
    plan = plan_of(office)
    made = CustomerTable.of(plan.program, plan.everyone, plan.timelines)
    made.extend(load_customers(office.customers_file))
    return made


def test_the_table_turns_back_for_an_event_that_comes_late(office: Office, table: CustomerTable) -> None:
    before, after = parse_us(TURN) - 1, parse_us(OWN)
    first = table.values[:, 0].copy()
    table.turn(after)
    assert [table.pack_of(row, after) for row in range(3)] == ["natterbox@1.1.0", "natterbox@1.1.0", "caup"]
    assert not np.array_equal(table.values[:, 0], first)
    table.turn(before)
    assert np.array_equal(table.values[:, 0], first)
    table.turn(parse_us(TURN))
    assert [table.pack_of(row, parse_us(TURN)) for row in range(2)] == ["natterbox@1.1.0", "natterbox@1.0.0"]


def test_what_is_named_decides_which_version_is_loaded(office: Office) -> None:
    with closing(open_control(office.data)) as store:
        everything = load_plan((), store=store.policies)
        assert set(everything.timelines) == {"natterbox"}
        one = load_plan(("natterbox@1.0.0",), store=store.policies)
        assert (one.everyone, dict(one.timelines)) == ("natterbox", {})
        assert one.packs["natterbox"].modes["voice.auto_dialling"] == "alert"
        folder = load_plan((str(office.folder / "natterbox"),), store=store.policies)
        assert dict(folder.timelines) == {}, "a folder is its files, whatever is published"
        with pytest.raises(FairwireError) as caught:
            load_plan(("natterbox", str(office.folder / "natterbox")), store=store.policies)
        assert caught.value.sentence() == (
            "`natterbox` and another policy that is named are both the pack `natterbox`; name one of them"
        )
        with pytest.raises(FairwireError, match=r"there is no version `natterbox@7\.0\.0` on record"):
            load_plan(("natterbox@7.0.0",), store=store.policies)
