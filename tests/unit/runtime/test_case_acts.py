"""Cases: opened by anybody who noticed, looked into, decided with reasons, and what they decide is done."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from desk_at_work import CUSTOMER, Desk
from fairwire.enforcement.lifecycle import NotPossible
from fairwire.model.cases import Case, CaseOutcome
from fairwire.model.instants import DAY_US, format_us
from fairwire.model.order import State
from fairwire.runtime import case_acts, order_acts, review_acts
from fairwire.runtime.case_access import Restricted, Viewer, find_case, list_cases, see_case
from fairwire.runtime.case_registers import HOLDS, JUDGEMENTS
from fairwire.runtime.packs import read_pack
from fairwire.runtime.report_desk import ReportDesk
from fairwire.runtime.report_files import list_reports, see_report
from fairwire.runtime.report_shapes import Form, read_form
from fairwire.stores.sqlite import open_store

DANA, ELI = Viewer(by="person:dana"), Viewer(by="person:eli")
NAMED = Viewer(by="person:vera", severe=True)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    store = open_store(tmp_path)
    yield Desk(store=store, data=tmp_path, pack=read_pack("clearspan"))
    store.close()


def opened(desk: Desk, viewer: Viewer = DANA, **changed: Any) -> Case:
    plain: dict[str, Any] = {"title": "Complaints by telephone", "customer": CUSTOMER, "pack": desk.pack}
    return case_acts.open_case(desk.store, viewer=viewer, at_us=desk.now_us, **(plain | changed))


def reported(desk: Desk, **changed: str) -> Case:
    plain = {"category": "child_safety", "text": "Something terrible", "customer": CUSTOMER} | changed
    form = msgspec.convert(plain, Form)
    intake = ReportDesk(desk.store.records, policy_of=lambda _: desk.pack, packs=lambda: [desk.pack], clock=lambda: desk.now_us)
    return intake.receive(read_form(form), "key:hotline")[1]


def test_N05_W00_a_person_opens_a_case_with_no_rule_and_decides_it_with_reasons(desk: Desk) -> None:
    case = opened(desk, clauses=["C05"])
    records, now = desk.store.records, desk.now_us
    case_acts.assign(records, case.case_id, DANA, now, "person:dana")
    case_acts.note(records, case.case_id, DANA, now, "listened to two recordings")
    case_acts.wait(records, case.case_id, DANA, now, "the customer's answer", now + DAY_US)
    assert [found.noun.case_id for found in desk_due(desk, now + DAY_US)] == [case.case_id]
    case_acts.resume(records, case.case_id, DANA, now)
    with pytest.raises(NotPossible, match="decided with a reason"):
        case_acts.decide(desk.store, case.case_id, ELI, now, "no_breach", " ")
    done = case_acts.decide(desk.store, case.case_id, ELI, now, "no_breach", "it was a joke among friends")
    assert (done.state, done.outcome, done.decided_by, done.why) == (
        "decided",
        "no_breach",
        "person:eli",
        "it was a joke among friends",
    )
    with pytest.raises(NotPossible, match="cannot be decided"):
        case_acts.decide(desk.store, case.case_id, DANA, now, "other", "second thoughts")
    assert case_acts.close(records, case.case_id, DANA, now).state == "closed"
    again = case_acts.reopen(records, case.case_id, DANA, now, "they did it again")
    assert (again.state, again.outcome, again.owner) == ("reopened", None, "")
    assert [entry.what for entry in again.entries] == ["assign", "note", "wait", "resume", "decide", "close", "reopen"]
    assert [what for _, what in desk.actions("case", case.case_id)] == [
        "open", "assign", "note", "wait", "resume", "decide: no_breach", "close", "reopen",
    ]  # fmt: skip


def desk_due(desk: Desk, at_us: int) -> Any:
    from fairwire.runtime.case_registers import CASES

    return CASES.find(desk.store.records, due_us=at_us)


@pytest.mark.parametrize(
    ("outcome", "step", "state"),
    [
        ("warning", "notify", "done"),
        ("content_removal", "remove_content", "in_force"),
        ("account_termination", "terminate", "waiting"),
    ],
)
def test_C19_each_of_the_three_outcomes_is_an_order_that_waits_for_whoever_must_agree(
    desk: Desk, outcome: CaseOutcome, step: str, state: State
) -> None:
    finding = desk.found(clauses=("C10",))
    case = opened(desk, findings=[finding.finding_id])
    done = case_acts.decide(
        desk.store, case.case_id, ELI, desk.now_us, outcome, "it is as reported", pack=desk.pack, findings_are="confirmed"
    )
    (order,) = [desk.order(name) for name in done.orders]
    assert (order.step, order.state, order.author, order.clauses) == (step, state, "person:eli", ("C10",))
    assert (order.finding_id, order.evidence[0]) == (finding.finding_id, case.case_id)
    if state == "waiting":
        assert order_acts.agree(desk.store.records, order.order_id, "person:dana", desk.now_us).state == "in_force"
    judged = JUDGEMENTS.get(desk.store.records, finding.finding_id)
    assert judged is not None
    assert (judged.noun.verdict, judged.noun.review) == ("confirmed", case.case_id)


def test_W04_W08_a_person_confirms_what_texts_are_classified_as_and_the_case_is_about_the_agent(desk: Desk) -> None:
    desk.pack = read_pack("upstream_works")
    finding = desk.found(clauses=("W04",), detector="content.violence", severity="critical", user="agent-7")
    case = opened(desk, NAMED, category="violence", title="Threats by an agent", findings=[finding.finding_id])
    assert (case.user, case.restricted, case.severity) == ("agent-7", True, "critical")
    done = case_acts.decide(desk.store, case.case_id, NAMED, desk.now_us, "other", "read it: it is one", findings_are="confirmed")
    judged = review_acts.judgement_of(desk.store.records, finding.finding_id)
    assert judged is not None
    assert (judged.verdict, judged.by, done.state) == ("confirmed", "person:vera", "decided")
    agent = opened(desk, category="misrepresentation", title="Claims to be from the bank", user="agent-9")
    assert (agent.user, agent.clauses) == ("agent-9", ("W08",))


def test_a_case_about_nobody_known_is_not_decided_against_anybody(desk: Desk) -> None:
    case = opened(desk, customer="", pack=None, number="+442079460018")
    with pytest.raises(NotPossible, match="nobody is known"):
        case_acts.decide(desk.store, case.case_id, ELI, desk.now_us, "warning", "x", pack=desk.pack)
    whose = case_acts.attribute(
        desk.store.records, case.case_id, DANA, desk.now_us, CUSTOMER, desk.pack, "a new number of theirs"
    )
    assert (whose.customer, whose.policy) == (CUSTOMER, f"clearspan@{desk.pack.version}")
    assert case_acts.decide(desk.store, case.case_id, ELI, desk.now_us, "warning", "x", pack=desk.pack).orders


def test_findings_of_another_customer_are_no_part_of_a_case(desk: Desk) -> None:
    desk.found("f-00000001", clauses=("C02",))
    desk.found("f-00000002", customer="larkspur-clinic", clauses=("C02",))
    with pytest.raises(NotPossible, match="several customers"):
        opened(desk, customer="", findings=["f-00000001", "f-00000002"])
    case = opened(desk, findings=["f-00000001"])
    with pytest.raises(NotPossible, match="is about `larkspur-clinic`"):
        case_acts.link(desk.store, case.case_id, DANA, desk.now_us, findings=["f-00000002"])


def test_findings_are_not_dismissed_by_a_case_while_an_order_rests_on_them(desk: Desk) -> None:
    finding = desk.found(clauses=("C02",))
    desk.ordered(finding)
    case = opened(desk, findings=[finding.finding_id])
    with pytest.raises(NotPossible, match="rests on this finding"):
        case_acts.decide(desk.store, case.case_id, ELI, desk.now_us, "no_breach", "a drill", findings_are="false_positive")
    assert find_case(desk.store.records, case.case_id).noun.state == "open", "nothing of it was done"
    review_acts.override(desk.store, finding.finding_id, "overturned", by="person:eli", at_us=desk.now_us, why="a drill")
    assert case_acts.decide(
        desk.store, case.case_id, ELI, desk.now_us, "no_breach", "a drill", findings_are="false_positive"
    ).outcome


def test_of_two_operators_at_once_none_loses_what_the_other_wrote(desk: Desk) -> None:
    case = opened(desk)
    both = threading.Barrier(4)

    def work(name: str) -> None:
        both.wait()
        for number in range(5):
            case_acts.note(desk.store.records, case.case_id, Viewer(by=f"person:{name}"), desk.now_us, f"{name} {number}")

    threads = [threading.Thread(target=work, args=(name,)) for name in ("dana", "eli", "finn", "gus")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(find_case(desk.store.records, case.case_id).noun.entries) == 20


# -- severe harm


def test_C16_a_report_of_harm_to_minors_keeps_the_evidence_and_stops_the_service_once_one_person_agrees(desk: Desk) -> None:
    case = reported(desk)
    assert (case.category, case.severity, case.restricted, case.clauses) == ("child_safety", "critical", True, ("C16",))
    (hold,) = [kept.noun for kept in HOLDS.find(desk.store.records, customer=CUSTOMER, states=["holds"])]
    assert (hold.case_id, hold.since, hold.until) == (case.case_id, None, None)
    (order,) = [desk.order(name) for name in case.orders]
    assert (order.step, order.state, order.approvals, order.clauses) == ("suspend", "waiting", 1, ("C16",))
    assert order.quiet, "the customer is told nothing: evidence would be destroyed"
    assert order.expires is None
    agreed = order_acts.agree(desk.store.records, order.order_id, "person:vera", desk.now_us)
    assert agreed.state == "in_force"
    assert set(case.related) == {hold.hold_id}


def test_C16_only_named_people_see_it_and_every_reading_is_on_record(desk: Desk) -> None:
    case = reported(desk)
    records, now = desk.store.records, desk.now_us
    for attempt in (
        lambda: see_case(records, case.case_id, DANA, now),
        lambda: see_report(records, case.reports[0], DANA, now),
        lambda: case_acts.note(records, case.case_id, DANA, now, "let me see"),
        lambda: case_acts.decide(desk.store, case.case_id, DANA, now, "no_breach", "nothing in it"),
    ):
        with pytest.raises(Restricted, match="restricted to people who are named"):
            attempt()
    (shown,) = list_cases(records, DANA)
    assert (shown.case_id, shown.title, shown.customer, shown.reports) == (case.case_id, "restricted", "", ())
    assert list_cases(records, DANA, customer=CUSTOMER) == [], "nor is it told whom it is about"
    assert list_reports(records, DANA) == []
    assert not list(records.trail(kind="reading"))
    assert see_case(records, case.case_id, NAMED, now).customer == CUSTOMER
    assert see_report(records, case.reports[0], NAMED, now).text == "Something terrible"
    readings = [(entry.by, entry.why) for entry in records.trail(kind="reading")]
    assert readings == [("person:vera", "case"), ("person:vera", f"report {case.reports[0]}")]


def test_C16_an_authority_is_told_and_its_reference_is_on_record(desk: Desk) -> None:
    case = reported(desk)
    records = desk.store.records
    case_acts.refer(records, case.case_id, NAMED, desk.now_us, "National hotline", what="the report and two files")
    told = case_acts.refer(records, case.case_id, NAMED, desk.now_us + DAY_US, "National hotline", "NH-2026-118")
    (referral,) = told.referrals
    assert (referral.body, referral.reference, referral.by) == ("National hotline", "NH-2026-118", "person:vera")
    assert [what for _, what in desk.actions("case", case.case_id)].count("refer") == 2


def test_C16_a_person_suspends_at_once_and_opens_the_case_with_the_same_word(desk: Desk) -> None:
    case = opened(desk, NAMED, category="child_safety", title="Seen by a moderator", suspend=True)
    (order,) = [desk.order(name) for name in case.orders]
    assert (order.state, order.author, order.quiet, order.began) == ("in_force", "person:vera", True, format_us(desk.now_us))
    with pytest.raises(Restricted):
        opened(desk, DANA, category="child_safety", title="Seen by a moderator")


def test_C16_once_it_is_known_whom_it_is_about_the_same_is_done(desk: Desk) -> None:
    case = reported(desk, customer="", number="+442079460018")
    assert (case.customer, case.orders) == ("", ())
    (hold,) = [kept.noun for kept in HOLDS.find(desk.store.records)]
    assert hold.numbers == ("+442079460018",), "what is known is kept meanwhile"
    desk.now_us += 1_000_000
    whose = case_acts.attribute(
        desk.store.records, case.case_id, NAMED, desk.now_us, CUSTOMER, desk.pack, "their number since May"
    )
    assert desk.order(whose.orders[0]).state == "waiting"
    assert {kept.noun.customer for kept in HOLDS.find(desk.store.records)} == {"", CUSTOMER}


def test_C16_a_mail_that_turns_out_to_be_about_minors_is_treated_as_one(desk: Desk) -> None:
    case = opened(desk)
    told = case_acts.categorise(desk.store.records, case.case_id, DANA, desk.now_us, "minors", desk.pack, "read it")
    assert (told.category, told.restricted) == ("child_safety", True)
    assert desk.order(told.orders[0]).state == "waiting"
    with pytest.raises(Restricted):
        see_case(desk.store.records, case.case_id, DANA, desk.now_us)
    back = case_acts.categorise(desk.store.records, case.case_id, NAMED, desk.now_us, "other", desk.pack, "a misunderstanding")
    assert back.restricted, "what was restricted stays so"


def test_what_is_restricted_and_not_of_severe_harm_suspends_nobody(desk: Desk) -> None:
    case = reported(desk, category="confidential")
    assert (case.restricted, case.orders, case.related) == (True, (), ())
