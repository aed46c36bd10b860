"""What has grown is saved some at a time, in turn, and none is left out."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from fairwire.model.customers import Customer
from fairwire.model.finding import Finding
from fairwire.model.instants import parse_us
from fairwire.ports.control import StoreError
from fairwire.runtime import saving
from fairwire.runtime.data import open_control
from fairwire.runtime.journal import Keeping
from fairwire.runtime.live import Live
from traces import real_plan, table_for

NOW_US = parse_us("2026-03-04T12:00:00Z")
HOUSE = [Customer(id=f"c-{n}", policy="clearspan", country="US", numbers=(f"+120255{n:02d}*",)) for n in range(10, 22)]


@pytest.fixture
def live(tmp_path: Path) -> Iterator[Live]:
    plan, store = real_plan(), open_control(tmp_path)
    made = Live(tmp_path, plan, table_for(plan, HOUSE), store, lambda: NOW_US, None, Keeping())
    yield made
    made.close()
    store.close()


def call(live: Live, customer: Customer, number: int) -> None:
    caller, to = f"{customer.numbers[0][:-1]}{1:03d}"[:12], f"+1212555{1000 + number}"
    data = {"call_id": f"{customer.id}-{number}", "customer": customer.id, "direction": "outbound", "from": caller, "to": to}
    live.decide(msgspec.json.encode(data))


async def until_saved(live: Live) -> None:
    end = asyncio.get_running_loop().time() + 120  # long enough for a busy machine
    while (live._tally.unsaved or live._being_saved) and asyncio.get_running_loop().time() < end:
        await asyncio.sleep(0)


def stored(live: Live) -> dict[str, Finding]:
    return {each.finding_id: each for each in live._store.findings()}


def known(live: Live) -> dict[str, Finding]:
    return {each.finding.finding_id: each.finding for each in live._stream.known.values()}


def test_findings_that_have_grown_are_saved_some_at_a_time_and_each_gets_its_turn(
    live: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(saving, "MOST_GROWN", 4)
    monkeypatch.setattr(saving, "GROWN_S", 0.0)
    saves: list[tuple[set[str], set[str]]] = []
    save, before = live._store.save_run, set[str]()

    def watched(run: Any, findings: Iterable[Finding], *others: Any) -> None:
        given = list(findings)
        names = {each.finding_id for each in given}
        saves.append((names - before, names & before))
        before.update(names)
        save(run, given, *others)

    monkeypatch.setattr(live._store, "save_run", watched)

    async def storm() -> None:
        for number in range(130):
            for customer in HOUSE:
                call(live, customer, number)
            await asyncio.sleep(0)
        await until_saved(live)

    asyncio.run(storm())
    assert len(known(live)) >= len(HOUSE)
    assert stored(live) == known(live), "each got its turn, however far it had grown"
    assert 0 < max(len(old) for _, old in saves) <= 4, "no save holds the interpreter for long"


def test_a_new_finding_does_not_wait_for_those_that_have_grown(live: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(saving, "MOST_GROWN", 2)
    monkeypatch.setattr(saving, "GROWN_S", 3600.0)

    async def storm() -> set[str]:
        for customer in HOUSE[:-1]:
            for number in range(130):
                call(live, customer, number)
            await asyncio.sleep(0)
        for number in range(130):
            call(live, HOUSE[-1], number)
            for customer in HOUSE[:-1]:
                call(live, customer, 200 + number)
            await asyncio.sleep(0)
        end = asyncio.get_running_loop().time() + 120  # long enough for a busy machine
        while not stored(live).keys() >= known(live).keys() and asyncio.get_running_loop().time() < end:
            await asyncio.sleep(0)
        return {each.customer for each in stored(live).values()}

    saves: list[int] = []
    save = live._store.save_run

    def watched(run: Any, findings: Iterable[Finding], *others: Any) -> None:
        given = list(findings)
        saves.append(len(given))
        save(run, given, *others)

    monkeypatch.setattr(live._store, "save_run", watched)
    monkeypatch.setattr(live, "_save_series", lambda **_: None)
    assert {customer.id for customer in HOUSE} <= asyncio.run(storm())
    assert 0 not in saves, "nothing to save is not saved"
    live.flush()
    assert stored(live) == known(live), "at the end all is saved"


def test_what_could_not_be_saved_is_saved_when_the_store_can_though_no_call_comes(
    live: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(saving, "MOST_GROWN", 2)
    monkeypatch.setattr(saving, "SERIES_S", 0.05)
    monkeypatch.setattr(saving, "GROWN_S", 0.01)
    save, failures = live._store.save_run, iter(range(3))

    def fails_at_first(*given: Any) -> None:
        if next(failures, None) is not None:
            raise StoreError("the disk is full", help_="free space")
        save(*given)

    monkeypatch.setattr(live._store, "save_run", fails_at_first)

    async def storm() -> None:
        for customer in HOUSE:
            for number in range(130):
                call(live, customer, number)
        await until_saved(live)

    asyncio.run(storm())
    assert live.stats()["store_failures"] == 3
    assert stored(live) == known(live)
    assert len(known(live)) >= len(HOUSE)
