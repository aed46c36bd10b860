"""What was seen and not acted on stays, whatever becomes of the traffic, and is acted on later: clause C18."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from typer.testing import CliRunner

from desk_at_work import CUSTOMER, Desk
from fairwire.cli.main import build
from fairwire.enforcement.lifecycle import NotPossible, UnsoundOrder
from fairwire.model.customers import Customer
from fairwire.model.guards import Snooze
from fairwire.model.instants import DAY_US, HOUR_US, format_us
from fairwire.model.ledger import LedgerLine, Unacted
from fairwire.runtime import order_acts, review_acts
from fairwire.runtime.enforcing import Enforcing
from fairwire.runtime.journal import Keeping
from fairwire.runtime.ledger import act_on, ledger
from fairwire.runtime.live import Live
from fairwire.runtime.packs import read_pack
from fairwire.runtime.registers import SNOOZES
from fairwire.stores.log.segments import segments_of
from fairwire.stores.sqlite import open_store
from traces import real_plan, table_for

DANA, ELI = "person:dana", "person:eli"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    store = open_store(tmp_path)
    yield Desk(store=store, data=tmp_path, pack=read_pack("clearspan"))
    store.close()


def let_pass(desk: Desk, *unacted: Unacted, **asked: object) -> dict[str, LedgerLine]:
    lines = ledger(desk.store, desk.now_us, unacted=unacted, **asked)  # type: ignore[arg-type]
    return {line.finding_id or line.order_ids[0]: line for line in lines}


def test_C18_a_shadow_finding_is_acted_on_months_later_when_its_traffic_is_gone(desk: Desk, tmp_path: Path) -> None:
    finding = desk.found(mode="shadow", clauses=("C02",), events=("e-1", "e-2"))
    plan = real_plan()
    customer = Customer(id=CUSTOMER, policy="clearspan", country="US", numbers=("+12025550117",))
    keeping = Keeping(snapshot_every=1, keep_log=False)
    live = Live(tmp_path, plan, table_for(plan, [customer]), desk.store, lambda: desk.now_us, None, keeping)
    live._journal._log._segment_bytes = 2_000  # type: ignore[attr-defined]
    try:
        for number in range(40):
            asyncio.run(_accept(live, number, desk.now_us))
            if live._journal._developing is not None:
                live._journal._developing.join()
        assert live._journal._log.forgotten > 2, "the events that the finding rests on are gone"
    finally:
        live.close()
    assert segments_of(tmp_path / "events")[0].first_seq > 2
    desk.now_us += 120 * DAY_US
    assert let_pass(desk)[finding.finding_id].unacted == "shadow", "nothing expires it"
    words = ["case", "act", finding.finding_id, "--step", "suspend", "--policy", "clearspan", "--by", "dana", "--json"]
    done = CliRunner().invoke(build(), [*words, "--why", "it went on for months", "--data", str(tmp_path)])
    assert done.exit_code == 0, done.output
    order = json.loads(done.stdout)
    assert (order["state"], order["finding_id"], order["clauses"]) == ("in_force", finding.finding_id, ["C02"])
    assert finding.finding_id in order["evidence"]
    assert finding.reason in order["reason"]
    assert finding.finding_id not in let_pass(desk), "it was acted on"


async def _accept(live: Live, number: int, at_us: int) -> None:
    data = {"call_id": f"c-{number}", "customer": CUSTOMER, "direction": "outbound", "from": "+12025550117", "to": "+12025550118"}
    named = {"specversion": "1.0", "id": f"e-{number}", "source": "test", "type": "call.attempt", "time": format_us(at_us)}
    live.accept([json.dumps(named | {"data": data}).encode()])
    await live.durable()


def test_C18_every_way_to_let_a_breach_pass_is_in_the_ledger_and_says_who_did(desk: Desk) -> None:
    found = {name: desk.found(f"f-0000000{place}") for place, name in enumerate(("dry", "rests", "waits", "no", "gone", "fine"))}
    bare = desk.found("f-shadow-1", mode="shadow")
    told = desk.found("f-told-001")
    acted = desk.found("f-acted-01")
    rests = Snooze(
        snooze_id="s-1", until=format_us(desk.now_us + DAY_US), by=DANA, why="they move house", detector="voice.robocall"
    )
    desk.store.records.write([SNOOZES.change(None, rests, at_us=desk.now_us, by=DANA, action="snooze")])
    planned = desk.ordered(found["rests"], "o-planned-1", begun=False)
    Enforcing(desk.store, clock=lambda: desk.now_us, acts=True).take([msgspec.structs.replace(planned, order_id="o-rests-01")])
    desk.ordered(found["dry"], "o-dry-0001", begun=False)
    desk.ordered(found["waits"], "o-waits-01", step="suspend", approvals=1)
    desk.ordered(found["no"], "o-no-00001", step="suspend", approvals=1)
    order_acts.refuse(desk.store.records, "o-no-00001", ELI, desk.now_us, "not enough")
    review_acts.judge(desk.store, found["gone"].finding_id, "accepted", by=ELI, at_us=desk.now_us, why="a small customer")
    desk.ordered(found["fine"], "o-fine-001")
    review_acts.override(desk.store, "o-fine-001", "overturned", by=ELI, at_us=desk.now_us, why="a drill")
    desk.ordered(told, "o-told-001", step="notify", expires=None)
    desk.ordered(acted, "o-acted-01")
    desk.now_us += 30 * DAY_US
    lines = let_pass(desk)
    assert {name: line.unacted for name, line in lines.items()} == {
        found["dry"].finding_id: "dry_run",
        found["rests"].finding_id: "snoozed",
        found["waits"].finding_id: "waiting",
        found["no"].finding_id: "refused",
        found["gone"].finding_id: "dismissed",
        bare.finding_id: "shadow",
        told.finding_id: "told",
    }
    assert lines[found["waits"].finding_id].late
    assert "they move house" in lines[found["rests"].finding_id].says
    assert lines[found["no"].finding_id].says == "refused by eli: not enough"
    assert lines[found["gone"].finding_id].says == "accepted, by eli: a small customer"
    assert set(let_pass(desk, "overturned")) == {found["fine"].finding_id}, "decided, and not let pass"


def test_the_ledger_is_asked_by_customer_clause_and_time(desk: Desk) -> None:
    desk.found("f-00000001", mode="shadow", clauses=("C02",))
    desk.found(
        "f-00000002", mode="shadow", clauses=("C10",), customer="larkspur-clinic", time=format_us(desk.now_us - 9 * DAY_US)
    )
    assert set(let_pass(desk, customer="larkspur-clinic")) == {"f-00000002"}
    assert set(let_pass(desk, clause="C02")) == {"f-00000001"}
    assert set(let_pass(desk, since_us=desk.now_us - DAY_US)) == {"f-00000001"}
    assert set(let_pass(desk, until_us=desk.now_us - DAY_US)) == {"f-00000002"}


def test_what_a_person_judged_to_be_nothing_is_not_acted_on_without_judging_it_anew(desk: Desk) -> None:
    finding = desk.found(clauses=("C02",))
    review_acts.judge(desk.store, finding.finding_id, "authorised", by=ELI, at_us=desk.now_us, why="we allowed it")

    def act(why: str = "it goes on") -> str:
        return act_on(
            desk.store, finding.finding_id, pack=desk.pack, by=DANA, at_us=desk.now_us, why=why, step="throttle", lasts_us=HOUR_US
        ).state

    with pytest.raises(NotPossible, match="eli judged this finding on 2026-03-04: we allowed it"):
        act()
    review_acts.judge(desk.store, finding.finding_id, "accepted", by=DANA, at_us=desk.now_us, why="it is what it is")
    with pytest.raises(UnsoundOrder, match="no reason"):
        act(" ")
    assert act() == "in_force"


def test_the_command_shows_the_ledger_and_what_to_type_next(desk: Desk, tmp_path: Path) -> None:
    desk.found(mode="shadow")
    run = CliRunner()
    shown = run.invoke(build(), ["case", "ledger", "--data", str(tmp_path)])
    assert "f-00000001  2026-03-04  shadow" in shown.stdout
    assert "fairwire case act f-00000001" in shown.stderr
    wrong = run.invoke(build(), ["case", "ledger", "--unacted", "lost", "--data", str(tmp_path)])
    assert "`lost` is no way to let a breach pass" in str(wrong.exception)
