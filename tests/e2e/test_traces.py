"""Tracebacks and redress, each within a day: from the call as it was taken in to the answer. Clauses J04 and J00."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from typer.testing import CliRunner

from desk_at_work import CUSTOMER, Desk
from fairwire.cli.main import build
from fairwire.enforcement import traces
from fairwire.enforcement.lifecycle import NotPossible
from fairwire.enforcement.takedowns import COUNTER, NOTICE
from fairwire.enforcement.traces import same_number
from fairwire.model.customers import Customer
from fairwire.model.decision import Decision, SipAnswer
from fairwire.model.instants import DAY_US, HOUR_US, MINUTE_US, format_us, parse_us
from fairwire.model.traces import Trace
from fairwire.runtime import case_acts, redress, review_acts, takedown_acts, trace_acts
from fairwire.runtime.case_access import Viewer
from fairwire.runtime.case_registers import REVIEWS
from fairwire.runtime.data import open_control
from fairwire.runtime.due import due
from fairwire.runtime.live import Live
from fairwire.runtime.lookup import NotThere
from fairwire.runtime.packs import read_pack
from fairwire.stores.log import open_log
from traces import real_plan, table_for

CALLER, CALLEE = "+12025550117", "+442079460018"
DANA = Viewer(by="person:dana")
BLOCKED = SipAnswer(code=603, phrase="Network Blocked")
REFUSED = Decision(
    decision="deny",
    reasons=(),
    sip=BLOCKED,
    finding_ids=("f-00000001",),
    policy="clearspan@1",
    elapsed_us=1,
    event="e-7",
)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    store = open_control(tmp_path / "data")
    yield Desk(store=store, data=tmp_path / "data", pack=read_pack("clearspan"))
    store.close()


def call(number: int, at_us: int, **more: Any) -> bytes:
    data = {
        "call_id": f"c-{number}",
        "customer": CUSTOMER,
        "direction": "outbound",
        "from": CALLER,
        "to": CALLEE,
        "attestation": "A",
    }
    named = {"specversion": "1.0", "id": f"e-{number}", "source": "test", "type": "call.attempt", "time": format_us(at_us)}
    return json.dumps(named | {"data": data | more}).encode()


def logged(desk: Desk, *lines: bytes) -> None:
    """Put events into the log, as the service does."""
    log = open_log(desk.data)
    log.append(1, lines)
    log.synced().result(30)
    log.close()


def asked(desk: Desk, **changed: Any) -> Trace:
    plain: dict[str, Any] = {
        "asked_by": "The consortium", "contact": "trace@consortium.example", "calling": "12025550117", "called": "442079460018",
        "call_at_us": desk.now_us - HOUR_US, "by": "person:dana", "at_us": desk.now_us, "reference": "T-118",
    }  # fmt: skip
    return trace_acts.receive(desk.store.records, desk.data, traces.ask(**(plain | changed)), desk.now_us)


def test_J04_a_traceback_is_answered_from_the_log_within_a_day(desk: Desk) -> None:
    when = desk.now_us - HOUR_US
    plan = real_plan()
    customer = Customer(id=CUSTOMER, policy="clearspan", country="US", numbers=(CALLER,))
    live = Live(desk.data, plan, table_for(plan, [customer]), desk.store, lambda: desk.now_us)
    try:
        live.accept([call(1, when + 40_000_000), call(2, when, to="+442079460733"), call(3, when - HOUR_US)])
        asyncio.run(live.durable())
        live.decide(call(4, when - 20_000_000))
        live.flush()
        trace = asked(desk)
    finally:
        live.close()
    assert [(each.event_id, each.off_s, each.attestation, each.decision) for each in trace.candidates] == [
        ("e-4", -20.0, "A", "allow"), ("e-1", 40.0, "A", ""),
    ]  # fmt: skip
    assert parse_us(trace.due) == desk.now_us + DAY_US, "on weekends and holidays too"
    with pytest.raises(NotPossible, match="none of the calls"):
        trace_acts.answer(desk.store.records, trace.trace_id, DANA, desk.now_us, role="originating", text="ours", call="e-3")
    done = trace_acts.answer(
        desk.store.records, trace.trace_id, DANA, desk.now_us + HOUR_US, role="originating", text="Ours: we have warned them",
        call="e-1", action="warned",
    )  # fmt: skip
    assert (done.customer, done.attestation, done.late, done.answered_by) == (CUSTOMER, "A", False, "person:dana")
    with pytest.raises(NotPossible, match="was answered on"):
        trace_acts.answer(desk.store.records, trace.trace_id, DANA, desk.now_us, role="none", text="never seen")


def test_a_call_is_found_by_its_own_id_and_a_call_of_nobody_here_is_answered_too(desk: Desk) -> None:
    logged(desk, call(1, desk.now_us - 5 * DAY_US), call(2, desk.now_us - HOUR_US))
    trace = asked(desk, called="", calling="", call_id="c-1")
    assert [each.event_id for each in trace.candidates] == ["e-1"]
    none = asked(desk, called="+442079460999", reference="T-119")
    assert none.candidates == ()
    done = trace_acts.answer(desk.store.records, none.trace_id, DANA, desk.now_us, role="none", text="We never saw this call")
    assert (done.customer, done.role) == ("", "none")


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"asked_by": " "}, "who asks"),
        ({"called": "", "call_id": ""}, "called number or the call's own id"),
        ({"within_s": 0}, "within a day"),
        ({"call_at_us": parse_us("2030-01-01T00:00:00Z")}, "in the future"),
    ],
)
def test_a_request_that_no_call_is_found_by_is_refused_in_a_sentence(desk: Desk, changed: dict[str, Any], says: str) -> None:
    with pytest.raises(NotPossible, match=says):
        asked(desk, **changed)


def test_whoever_carried_a_call_names_who_handed_it_over(desk: Desk) -> None:
    trace = asked(desk)
    for role in ("intermediate", "gateway"):
        with pytest.raises(NotPossible, match="names who handed it over"):
            trace_acts.answer(desk.store.records, trace.trace_id, DANA, desk.now_us, role=role, text="not ours")
    with pytest.raises(NotPossible, match="names the customer"):
        trace_acts.answer(desk.store.records, trace.trace_id, DANA, desk.now_us, role="originating", text="ours")


def test_numbers_are_the_same_with_and_without_their_country() -> None:
    assert same_number("+1 (202) 555-0117", "2025550117")
    assert same_number("12025550117", "+12025550117")
    assert not same_number("+12025550117", "+12025550118")
    assert not same_number("911", "+12025550911")
    assert not same_number("", "+12025550117")


# -- redress


def refused_call(desk: Desk) -> None:
    """A call that was refused by analytics, as it stands in the log."""
    log = open_log(desk.data)
    log.append(2, [call(7, desk.now_us - MINUTE_US)])
    log.append(3, [msgspec.json.encode(("key", REFUSED))])
    log.append(2, [call(8, desk.now_us - MINUTE_US)])
    log.append(3, [msgspec.json.encode(("key", msgspec.structs.replace(REFUSED, finding_ids=(), event="e-8")))])
    log.synced().result(30)
    log.close()


def told(desk: Desk, redress_id: str, text: str = "I am a doctor") -> redress.RedressStatus:
    return redress.ask(
        desk.store, desk.data, redress_id, text=text, contact="dr@clinic.example", filed_by="key:portal", at_us=desk.now_us
    )


def test_J00_a_refused_caller_quotes_the_id_of_the_603_and_is_answered_within_a_day(desk: Desk) -> None:
    finding = desk.found(clauses=("C02",))
    desk.ordered(finding)
    refused_call(desk)
    one, other = told(desk, finding.finding_id), told(desk, "e-7")
    assert one.request == other.request, "the id of the finding and that of the call mean the same"
    assert (one.status, parse_us(one.due)) == ("pending", desk.now_us + DAY_US)
    review = REVIEWS.get(desk.store.records, one.request)
    assert review is not None
    assert (review.noun.about, review.noun.customer, review.noun.asked_by) == ("finding", CUSTOMER, "caller")
    review_acts.decide(
        desk.store, one.request, "overturned", by="person:eli", at_us=desk.now_us, why="A clinic calls its patients"
    )
    assert desk.order().state == "overturned"
    done = redress.look(desk.store, one.request, finding.finding_id)
    assert (done.status, done.answer) == ("redressed", "A clinic calls its patients")
    assert CUSTOMER not in str(done), "and learns nothing of whose call it was"
    with pytest.raises(NotThere):
        redress.look(desk.store, one.request, "another-id")


def test_a_refused_call_that_no_finding_stands_behind_is_looked_at_too(desk: Desk) -> None:
    refused_call(desk)
    asked_for = told(desk, "e-8")
    done = review_acts.decide(
        desk.store, asked_for.request, "upheld", by="person:eli", at_us=desk.now_us, why="The number does not exist"
    )
    assert (done.about, done.customer) == ("call", CUSTOMER)
    assert redress.look(desk.store, asked_for.request, "e-8").status == "rejected"


@pytest.mark.parametrize("wrong", ["e-1", "f-0000", "", "x" * 65, "a b", "e-7\n"])
def test_an_id_that_no_call_was_refused_with_is_told_so(desk: Desk, wrong: str) -> None:
    desk.found()
    logged(desk, call(1, desk.now_us))
    with pytest.raises(NotThere, match="no call was refused here"):
        told(desk, wrong)


# -- what is due


def test_what_is_overdue_is_shown_first_and_the_command_says_so(desk: Desk) -> None:
    desk.found(clauses=("C02",))
    trace, request = asked(desk), told(desk, "f-00000001")
    case = case_acts.open_case(desk.store, viewer=DANA, at_us=desk.now_us, title="x", customer=CUSTOMER, pack=desk.pack)
    case_acts.wait(desk.store.records, case.case_id, DANA, desk.now_us, "the customer", desk.now_us + 3 * DAY_US)
    notice = {element.id: "said" for element in NOTICE}
    taken = takedown_acts.receive(desk.store.records, notice, DANA, desk.now_us, customer=CUSTOMER, pack=desk.pack)
    takedown_acts.remove(desk.store.records, taken.takedown_id, DANA, desk.now_us, desk.pack)
    answer = {element.id: "said" for element in COUNTER}
    takedown_acts.counter(desk.store.records, taken.takedown_id, answer, DANA, desk.now_us, lambda at, days: at + days * DAY_US)
    listed = due(desk.store.records, desk.now_us + 2 * DAY_US, DANA)
    assert [(each.kind, each.overdue) for each in listed if each.kind != "order"] == [
        ("review", True), ("traceback", True), ("case", False), ("takedown", False),
    ]  # fmt: skip
    assert {trace.trace_id, request.request, case.case_id, taken.takedown_id} <= {each.id for each in listed}
    shown = CliRunner().invoke(build(), ["case", "due", "--data", str(desk.data)])
    assert shown.exit_code == 1
    assert shown.stdout.startswith("OVERDUE")
    done = CliRunner().invoke(build(), ["traceback", "list", "--data", str(desk.data)])
    assert "OVERDUE" in done.stdout
