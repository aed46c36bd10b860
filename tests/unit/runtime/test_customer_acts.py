"""Instructions, ends of service, and what a customer sees and does itself. Clauses C05, V13, N02 and J04."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from desk_at_work import CUSTOMER, Desk
from fairwire.enforcement.lifecycle import NotPossible, from_person
from fairwire.enforcement.takedowns import NOTICE
from fairwire.model.customers import Customer
from fairwire.model.instants import DAY_US, format_us
from fairwire.model.order import Order
from fairwire.runtime import case_acts, customer_acts, disclosures, holds, order_acts, review_acts, takedown_acts
from fairwire.runtime.case_access import Viewer, find_case
from fairwire.runtime.case_registers import CASES
from fairwire.runtime.customer_view import customer_view
from fairwire.runtime.data import open_control
from fairwire.runtime.due import due
from fairwire.runtime.live import Live
from fairwire.runtime.lookup import NotThere
from fairwire.runtime.packs import read_pack
from fairwire.runtime.report_desk import ReportDesk
from fairwire.runtime.report_shapes import Form, read_form
from traces import real_plan, table_for

DANA, ELI = Viewer(by="person:dana"), Viewer(by="person:eli")
NAMED = Viewer(by="person:vera", severe=True)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    store = open_control(tmp_path / "data")
    yield Desk(store=store, data=tmp_path / "data", pack=read_pack("clearspan"))
    store.close()


# -- instructions


def test_C05_an_instruction_is_tracked_and_its_breach_is_a_finding_and_a_case(desk: Desk) -> None:
    records = desk.store.records
    told = customer_acts.instruct(
        records,
        DANA,
        desk.now_us,
        customer=CUSTOMER,
        pack=desk.pack,
        text="Do not call this number again",
        due_us=desk.now_us + DAY_US,
    )
    assert (told.clauses, told.state) == (("C05",), "issued"), "it rests on the clause that speaks of instructions"
    assert [each.id for each in due(records, desk.now_us, DANA)] == [told.instruction_id]
    assert customer_acts.acknowledge(records, told.instruction_id, f"customer:{CUSTOMER}", desk.now_us).state == "acknowledged"
    with pytest.raises(NotThere):
        customer_acts.acknowledge(records, told.instruction_id, "customer:larkspur-clinic", desk.now_us)
    done = customer_acts.breach(
        desk.store, told.instruction_id, ELI, desk.now_us, desk.pack, "They called it twice", events=["e-7"]
    )
    finding = desk.store.finding(done.finding_id)
    assert finding is not None
    assert (finding.clauses, finding.detector, finding.events) == (("C05",), "person.general_conduct", ("e-7",))
    assert "Do not call this number again" in finding.reason
    (case,) = [kept.noun for kept in CASES.find(records, customer=CUSTOMER)]
    assert (case.findings, case.clauses) == ((finding.finding_id,), ("C05",))
    with pytest.raises(NotPossible, match="is breached since"):
        customer_acts.end_instruction(records, told.instruction_id, "kept", DANA, desk.now_us, "they stopped")
    assert len(CASES.find(records)) == 1
    with pytest.raises(NotPossible, match="is breached since"):
        customer_acts.breach(desk.store, told.instruction_id, ELI, desk.now_us, desk.pack, "again")
    assert len(CASES.find(records)) == 1, "and one breach is one case"


def test_an_instruction_says_something_under_a_clause_before_it_is_due(desk: Desk) -> None:
    for wrong, says in (({"text": " "}, "what to do"), ({"due_us": 1}, "due before"), ({"clauses": ["J99"]}, "no clause `J99`")):
        given = {"customer": CUSTOMER, "pack": desk.pack, "text": "Stop"} | wrong
        with pytest.raises(NotPossible, match=says):
            customer_acts.instruct(desk.store.records, DANA, desk.now_us, **given)  # type: ignore[arg-type]


# -- the end of a service


def terminated(desk: Desk) -> Order:
    order = from_person(
        by="person:dana", at_us=desk.now_us, customer=CUSTOMER, policy="caup@1", clauses=["V13"], step="terminate",
        reason="Spam again, after two warnings", evidence=["k-1"],
    )  # fmt: skip
    put = order_acts.put_on_record(desk.store.records, order, desk.now_us)
    return order_acts.agree(desk.store.records, put.order_id, "person:eli", desk.now_us)


def test_V13_an_end_of_service_has_reasons_a_notice_a_time_for_data_and_a_final_statement(desk: Desk) -> None:
    desk.pack = read_pack("caup")
    records, order = desk.store.records, terminated(desk)
    made = customer_acts.begin_termination(records, order.order_id, DANA, desk.now_us, ends_us=desk.now_us + 14 * DAY_US)
    assert made.reasons == "Spam again, after two warnings"
    assert made.export_until == format_us(desk.now_us + 44 * DAY_US)
    assert [item.id for item in made.items] == ["notice", "end", "statement", "export", "deletion"]
    assert customer_acts.begin_termination(records, order.order_id, ELI, desk.now_us).opened_by == "person:dana", "drawn up once"

    def tick(item: str, at_us: int, note: str = "") -> str:
        return customer_acts.tick(records, order.order_id, item, DANA, at_us, note).state

    with pytest.raises(NotPossible, match="was not told yet"):
        tick("end", desk.now_us)
    assert tick("notice", desk.now_us, "letter 7") == "open"
    with pytest.raises(NotPossible, match="was done on"):
        tick("notice", desk.now_us)
    with pytest.raises(NotPossible, match="can take its data away until"):
        tick("deletion", desk.now_us + DAY_US)
    listed = [(each.what.partition(":")[0], each.overdue) for each in due(records, desk.now_us + 30 * DAY_US, DANA)]
    assert listed[:3] == [("end", True), ("statement", True), ("export", False)]
    later = desk.now_us + 60 * DAY_US
    for item in ("end", "statement", "export"):
        tick(item, later)
    assert tick("deletion", later) == "finished"
    said = [what for _, what in desk.actions("termination", order.order_id)]
    assert said == ["begin", "done: notice", "done: end", "done: statement", "done: export", "done: deletion"]


def test_V13_J04_a_hold_forbids_the_deletion_that_ends_it(desk: Desk) -> None:
    records, order = desk.store.records, terminated(desk)
    customer_acts.begin_termination(records, order.order_id, DANA, desk.now_us, export_days=0)
    customer_acts.tick(records, order.order_id, "notice", DANA, desk.now_us, "")
    hold = holds.place(records, DANA, desk.now_us, "order 7", customer=CUSTOMER)
    with pytest.raises(NotPossible, match="a hold keeps"):
        customer_acts.tick(records, order.order_id, "deletion", DANA, desk.now_us, "")
    holds.release(records, hold.hold_id, DANA, desk.now_us, "closed")
    assert customer_acts.tick(records, order.order_id, "deletion", DANA, desk.now_us, "").items[-1].done


def test_an_end_of_service_that_was_undone_goes_no_further(desk: Desk) -> None:
    records, order = desk.store.records, terminated(desk)
    customer_acts.begin_termination(records, order.order_id, DANA, desk.now_us)
    review_acts.override(
        desk.store, order.order_id, "overturned", by="person:finn", at_us=desk.now_us, why="it was another customer"
    )
    with pytest.raises(NotPossible, match="the order was overturned"):
        customer_acts.tick(records, order.order_id, "notice", DANA, desk.now_us, "")
    assert customer_acts.withdraw_termination(records, order.order_id, DANA, desk.now_us, "undone").state == "withdrawn"
    desk.ordered(desk.found(), "o-00000009")
    with pytest.raises(NotPossible, match="ends no service"):
        customer_acts.begin_termination(records, "o-00000009", DANA, desk.now_us)


# -- what a customer sees and does


def test_N02_a_customers_administrator_sees_its_users_findings_and_stops_one_of_them(desk: Desk) -> None:
    desk.pack = read_pack("natterbox")
    finding = desk.found(clauses=("N08",), user="ann", line="+12025550117")
    desk.found("f-shadow-1", mode="shadow", user="ben")
    seen = customer_view(desk.store, CUSTOMER)
    assert [(row.user, row.findings) for row in seen.users] == [("ann", 1)], "nobody is told of what runs in shadow"
    plan = real_plan()
    live = Live(
        desk.data, plan, table_for(plan, [Customer(id=CUSTOMER, policy="clearspan", country="US", numbers=("+12025550117",))]),
        desk.store, lambda: desk.now_us,
    )  # fmt: skip
    call = {"customer": CUSTOMER, "direction": "outbound", "from": "+12025550117", "to": "+12025550118"}
    try:
        order = customer_acts.stop_user(
            desk.store.records, CUSTOMER, desk.pack, desk.now_us, "she has left", user="ann", evidence=[finding.finding_id]
        )
        assert (order.state, order.author, order.target, order.clauses) == ("in_force", f"customer:{CUSTOMER}", "user", ("N02",))
        live._in_force.read()
        told = {
            user: live.decide(json.dumps(call | {"call_id": f"c-{user}", "user": user}).encode()).decision
            for user in ("ann", "ben")
        }
        assert told == {"ann": "deny", "ben": "allow"}
        help_ = live.decide(json.dumps(call | {"call_id": "c-911", "user": "ann", "to": "911"}).encode())
        assert help_.decision == "allow", "calls for help connect"
    finally:
        live.close()
    with pytest.raises(NotThere):
        customer_acts.let_user(desk.store.records, "larkspur-clinic", order.order_id, desk.now_us, "let her")
    assert customer_acts.let_user(desk.store.records, CUSTOMER, order.order_id, desk.now_us, "she is back").state == "lifted"
    suspended = desk.ordered(finding, "o-00000009")
    with pytest.raises(NotThere, match="of your own"):
        customer_acts.let_user(desk.store.records, CUSTOMER, suspended.order_id, desk.now_us, "let us")
    with pytest.raises(NotPossible, match="one user or one line"):
        customer_acts.stop_user(desk.store.records, CUSTOMER, desk.pack, desk.now_us, "x")


def test_J04_C16_a_customer_sees_no_reporter_no_disclosure_no_hold_and_nothing_that_is_restricted(desk: Desk) -> None:
    records, now = desk.store.records, desk.now_us
    intake = ReportDesk(records, policy_of=lambda _: desk.pack, clock=lambda: desk.now_us)

    def reported(category: str) -> str:
        form = Form(category=category, text="What I saw", customer=CUSTOMER, name="A. Neighbour", email="a@neighbour.example")
        return intake.receive(read_form(form), "key:hotline")[1].case_id

    open_case, secret = reported("harmful_content"), reported("minors")
    case_acts.note(records, open_case, DANA, now, "I do not trust them")
    holds.place(records, DANA, now, "order 7 of the court", case_id=open_case)
    asked = disclosures.ask(records, open_case, DANA, now, to="The prosecutor", basis="order 7")
    disclosures.export(desk.store, desk.data, asked.disclosure_id, DANA, now, desk.data / "case.zip")
    (suspension,) = find_case(records, secret).noun.orders
    order_acts.agree(records, suspension, "person:vera", now)
    desk.found("f-secret-01", clauses=("C16",))
    case_acts.link(desk.store, secret, NAMED, now, findings=["f-secret-01"])
    finding = desk.found(clauses=("C07",))
    desk.ordered(finding)
    review_acts.file_review(
        desk.store, finding.finding_id, asked_by="caller", filed_by="key:portal", text="let me", at_us=now, contact="x@y.example"
    )
    takedown_acts.receive(
        records, {"work": "A song", "contact": "holder@rights.example"}, DANA, now, customer=CUSTOMER, pack=desk.pack
    )
    whole = takedown_acts.receive(
        records, {element.id: f"said {element.id}" for element in NOTICE}, DANA, now + 1, customer=CUSTOMER, pack=desk.pack
    )
    takedown_acts.remove(records, whole.takedown_id, DANA, now + 1, desk.pack)
    case_acts.decide(desk.store, open_case, ELI, now, "warning", "Threats are forbidden", pack=desk.pack)
    shown = msgspec.json.encode(customer_view(desk.store, CUSTOMER)).decode()
    for hidden in (
        "eighbour", "prosecutor", "order 7", "trust them", "said contact", "holder@rights", "x@y.example", "person:dana", secret,
        suspension, "f-secret-01", "C16",
    ):  # fmt: skip
        assert hidden not in shown, hidden
    seen = customer_view(desk.store, CUSTOMER)
    assert [(case.case_id, case.outcome, case.why) for case in seen.cases] == [(open_case, "warning", "Threats are forbidden")]
    assert "o-00000001" in {order.order_id for order in seen.orders}
    assert [(taken.takedown_id, taken.content) for taken in seen.takedowns] == [(whole.takedown_id, "said material")]
    assert customer_view(desk.store, "larkspur-clinic").orders == ()
