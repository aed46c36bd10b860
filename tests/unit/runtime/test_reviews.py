"""Reviews: whoever is found may ask, somebody else decides, and what was wrong is undone and learnt from."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from typer.testing import CliRunner

from desk_at_work import CUSTOMER, Desk
from fairwire.cli.main import build
from fairwire.enforcement.lifecycle import NotPossible, from_person
from fairwire.model.customers import Customer
from fairwire.model.instants import DAY_US, HOUR_US, format_us
from fairwire.model.reviews import Outcome, Review
from fairwire.runtime import order_acts, review_acts
from fairwire.runtime.case_registers import JUDGEMENTS, RAISED
from fairwire.runtime.live import Live
from fairwire.runtime.lookup import NotThere
from fairwire.runtime.raised_findings import find_finding, made_finding, raise_finding, raised_change, show_raised
from fairwire.runtime.review_acts import Change
from fairwire.stores.sqlite import open_store
from fairwire.testkit.judged_labels import labels_of
from fairwire.testkit.labels import read_labels
from traces import real_plan, table_for

DANA, ELI, FINN = "person:dana", "person:eli", "person:finn"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    store = open_store(tmp_path)
    yield Desk(store=store, data=tmp_path)
    store.close()


def ask(desk: Desk, subject: str, customer: str = CUSTOMER) -> Review:
    return review_acts.file_review(
        desk.store,
        subject,
        asked_by=f"customer:{customer}",
        filed_by=f"customer:{customer}",
        text="our own test",
        at_us=desk.now_us,
    )


def decide(desk: Desk, review: Review, outcome: Outcome, by: str = ELI, change: Change | None = None) -> Review:
    return review_acts.decide(
        desk.store, review.review_id, outcome, by=by, at_us=desk.now_us, why="they showed us the plan", change=change
    )


def test_J00_a_person_overrides_a_rule_with_a_reason_and_the_next_call_connects(desk: Desk, tmp_path: Path) -> None:
    finding = desk.found()
    desk.ordered(finding)
    plan = real_plan()
    customer = Customer(id=CUSTOMER, policy="clearspan", country="US", numbers=("+12025550117",))
    live = Live(tmp_path, plan, table_for(plan, [customer]), desk.store, lambda: desk.now_us)
    call = {"call_id": "c-1", "customer": CUSTOMER, "direction": "outbound", "from": "+12025550117", "to": "+12025550118"}
    try:
        assert live.decide(json.dumps(call).encode()).decision == "deny"
        done = review_acts.override(
            desk.store, finding.finding_id, "overturned", by=ELI, at_us=desk.now_us, why="a fire drill, announced by letter"
        )
        live._in_force.read()
        assert live.decide(json.dumps(call | {"call_id": "c-2"}).encode()).decision == "allow"
    finally:
        live.close()
    assert (done.outcome, done.decided_by, done.asked_by) == ("overturned", ELI, "")
    undone = desk.order()
    assert (undone.state, undone.ended_by) == ("overturned", ELI)
    assert undone.ended_why == f"review {done.review_id}: a fire drill, announced by letter"
    assert desk.actions("review", done.review_id) == [(ELI, "decide: overturned")], "the override is in the audit trail"
    assert desk.actions("order", "o-00000001")[-1] == (ELI, "overturn")
    judged = review_acts.judgement_of(desk.store.records, finding.finding_id)
    assert judged is not None
    assert (judged.verdict, judged.review) == ("false_positive", done.review_id), "and it is fed back as a label"


def test_a_customer_appeals_and_somebody_else_decides(desk: Desk) -> None:
    desk.ordered(desk.found())
    asked = ask(desk, "o-00000001")
    assert ask(desk, "o-00000001") == asked, "asking twice is asking once"
    done = decide(desk, asked, "upheld")
    assert (done.outcome, done.why, desk.order().state) == ("upheld", "they showed us the plan", "in_force")
    with pytest.raises(NotPossible, match="is decided since"):
        decide(desk, asked, "overturned", FINN)
    assert desk.order().state == "in_force"
    desk.now_us += HOUR_US
    assert ask(desk, "o-00000001").review_id != asked.review_id, "with something new, it can be asked again"


def test_an_appeal_is_not_decided_by_the_author_nor_by_whoever_wrote_it_down(desk: Desk) -> None:
    given = order_acts.put_on_record(
        desk.store.records,
        from_person(
            by=DANA, at_us=desk.now_us, customer=CUSTOMER, policy="jns@1", clauses=["J01"], step="suspend",
            reason="Threats in forty calls", evidence=["k-1"],
        ),
        desk.now_us,
    )  # fmt: skip
    asked = review_acts.file_review(
        desk.store, given.order_id, asked_by=f"customer:{CUSTOMER}", filed_by=FINN, text="by telephone", at_us=desk.now_us
    )
    with pytest.raises(NotPossible, match="an order or a finding of their own"):
        decide(desk, asked, "upheld", DANA)
    with pytest.raises(NotPossible, match="who asks for a review does not decide it"):
        decide(desk, asked, "upheld", FINN)
    with pytest.raises(NotPossible, match="an order or a finding of their own"):
        review_acts.override(desk.store, given.order_id, "overturned", by=DANA, at_us=desk.now_us, why="mine")
    assert decide(desk, asked, "overturned", ELI).orders == (given.order_id,)
    assert desk.order(given.order_id).state == "overturned"


def test_what_belongs_to_another_customer_is_not_there(desk: Desk) -> None:
    desk.ordered(desk.found())
    for subject in ("o-00000001", "f-00000001"):
        with pytest.raises(NotThere, match="there is no finding"):
            ask(desk, subject, "quillfeather-sales")
    asked = ask(desk, "o-00000001")
    with pytest.raises(NotThere):
        review_acts.withdraw(desk.store.records, asked.review_id, "customer:quillfeather-sales", desk.now_us, "")
    assert review_acts.withdraw(desk.store.records, asked.review_id, f"customer:{CUSTOMER}", desk.now_us, "").state == "withdrawn"


def test_a_modified_order_ends_earlier_or_becomes_a_milder_step(desk: Desk) -> None:
    desk.ordered(desk.found())
    asked = ask(desk, "o-00000001")
    with pytest.raises(NotPossible, match="another end or another step"):
        decide(desk, asked, "modified")
    done = decide(desk, asked, "modified", change=Change(until_us=desk.now_us + HOUR_US))
    assert (done.orders, desk.order().expires) == (("o-00000001",), format_us(desk.now_us + HOUR_US))
    desk.now_us += 1_000_000
    milder = Change(step="throttle", target="new_callees", lasts_us=DAY_US)
    other = decide(desk, ask(desk, "o-00000001"), "modified", FINN, milder)
    old, new = (desk.order(name) for name in other.orders)
    assert (old.state, old.ended_by) == ("lifted", FINN)
    assert (new.state, new.step, new.target, new.finding_id) == ("in_force", "throttle", "new_callees", "f-00000001")
    assert set(new.evidence) == {"o-00000001", other.review_id}


def test_of_two_who_decide_at_once_one_has_decided(desk: Desk) -> None:
    desk.ordered(desk.found())
    asked = ask(desk, "f-00000001")
    told: list[str] = []
    both = threading.Barrier(2)

    def work(by: str, outcome: Outcome) -> None:
        both.wait()
        try:
            told.append(decide(desk, asked, outcome, by).outcome or "")
        except NotPossible as error:
            told.append(error.message)

    threads = [threading.Thread(target=work, args=each) for each in ((ELI, "upheld"), (FINN, "overturned"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (won,) = [each for each in told if each in ("upheld", "overturned")]
    assert any("is decided since" in each for each in told)
    assert desk.order().state == ("in_force" if won == "upheld" else "overturned")
    decisions = [what for _, what in desk.actions("review", asked.review_id) if what.startswith("decide")]
    assert decisions == [f"decide: {won}"]


def test_a_finding_is_not_dismissed_while_an_order_rests_on_it_and_stays_on_record_after(desk: Desk) -> None:
    finding = desk.found()
    desk.ordered(finding)

    def dismiss(why: str = "their own test", by: str = ELI) -> str:
        done = review_acts.judge(desk.store, finding.finding_id, "authorised", by=by, at_us=desk.now_us, why=why)
        return done.verdict

    with pytest.raises(NotPossible, match="the order `o-00000001` rests on this finding and is in force"):
        dismiss()
    order_acts.lift(desk.store.records, "o-00000001", DANA, desk.now_us, "no longer needed")
    with pytest.raises(NotPossible, match="judged with a reason"):
        dismiss(" ")
    assert dismiss() == "authorised"
    assert desk.store.finding(finding.finding_id) == finding, "the finding is as it was"
    again = review_acts.judge(desk.store, finding.finding_id, "confirmed", by=FINN, at_us=desk.now_us, why="it was no test")
    assert [(said.verdict, said.by) for said in again.before] == [("authorised", ELI)]


def test_W00_a_person_raises_a_finding_where_no_rule_exists_and_it_is_among_the_others(desk: Desk) -> None:
    desk.found()
    raised = made_finding(
        pack=desk.pack, customer=CUSTOMER, clauses=["J04"], severity="high", reason="They posed as the tax office",
        by=DANA, at_us=desk.now_us, evidence=["rep-1"],
    )  # fmt: skip
    finding = raise_finding(desk.store, raised, desk.now_us)
    assert raise_finding(desk.store, raised, desk.now_us) == finding, "raised twice, it is one"
    assert [each.finding_id for each in desk.store.findings(run_id="live", filters={"clause": "J04"})] == [finding.finding_id]
    assert (finding.detector, finding.mode) == ("person.general_conduct", "enforce")
    assert desk.actions("raised", finding.finding_id) == [(DANA, "raise")]
    with pytest.raises(NotPossible, match="of their own"):
        review_acts.judge(desk.store, finding.finding_id, "false_positive", by=DANA, at_us=desk.now_us, why="oh no")
    for wrong, says in (
        ({"clauses": ["J99"]}, "no clause `J99`"),
        ({"reason": ""}, "has a reason"),
        ({"evidence": []}, "rests on"),
    ):
        plain = {
            "pack": desk.pack,
            "customer": CUSTOMER,
            "clauses": ["J04"],
            "severity": "high",
            "reason": "x",
            "evidence": ["k"],
        }
        with pytest.raises(NotPossible, match=says):
            made_finding(**(plain | wrong), by=DANA, at_us=desk.now_us)  # type: ignore[arg-type]


def test_a_finding_whose_raising_was_cut_short_is_found_and_shown_later(desk: Desk) -> None:
    raised = made_finding(
        pack=desk.pack,
        customer=CUSTOMER,
        clauses=["J04"],
        severity="high",
        reason="x",
        by=DANA,
        at_us=desk.now_us,
        evidence=["k"],
    )
    desk.store.records.write([raised_change(raised, desk.now_us)])  # and the process ends here
    assert find_finding(desk.store, raised.finding.finding_id) == raised.finding
    assert desk.store.finding(raised.finding.finding_id) is None
    show_raised(desk.store)
    assert desk.store.finding(raised.finding.finding_id) == raised.finding
    assert len(RAISED.find(desk.store.records)) == 1


# -- what was decided is a label


def test_decisions_become_labels_that_evaluate_and_calibrate_read(desk: Desk, tmp_path: Path) -> None:
    desk.found("f-00000001")
    desk.found("f-00000002", customer="larkspur-clinic", detector="voice.auto_dialling")
    desk.found("f-00000003", customer="tinplate-callcentre")
    for name, verdict in (("f-00000001", "confirmed"), ("f-00000002", "false_positive"), ("f-00000003", "accepted")):
        review_acts.judge(desk.store, name, verdict, by=ELI, at_us=desk.now_us, why="looked at")  # type: ignore[arg-type]
    labels, findings = tmp_path / "labels.jsonl", tmp_path / "findings.jsonl"
    run = CliRunner()
    words = ["case", "labels", "-o", str(labels), "--data", str(tmp_path), "--since", "2026-03-01", "--until", "2026-03-31"]
    assert run.invoke(build(), words).exit_code == 0
    told = {label.customer: (label.abuse, label.clauses) for label in read_labels(labels)}
    assert told == {CUSTOMER: ("robocall", ("J22",)), "larkspur-clinic": ("none", ())}, "what was accepted says nothing"
    findings.write_text("".join(msgspec.json.encode(each).decode() + "\n" for each in desk.store.findings()), encoding="utf-8")
    shown = run.invoke(build(), ["evaluate", str(findings), str(labels), "--json"])
    assert shown.exit_code == 0, shown.output
    result = json.loads(shown.stdout)
    assert (result["matching"], result["false"], result["unlabelled"]) == (1, 1, 1)


def test_a_customer_who_abused_the_service_is_never_labelled_innocent(desk: Desk) -> None:
    for name, verdict in (("f-00000001", "confirmed"), ("f-00000002", "false_positive")):
        desk.found(name)
        review_acts.judge(desk.store, name, verdict, by=ELI, at_us=desk.now_us, why="x")  # type: ignore[arg-type]
    assert [label.abuse for label in labels_of(kept.noun for kept in JUDGEMENTS.find(desk.store.records))] == ["robocall"]
