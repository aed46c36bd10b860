"""Requests of people at the desk, one for each answer that the description of the API promises; and what they are about."""

from __future__ import annotations

import json
from typing import Any

from fairwire.enforcement import traces
from fairwire.enforcement.lifecycle import from_person
from fairwire.enforcement.takedowns import COUNTER as COUNTER_ELEMENTS
from fairwire.enforcement.takedowns import NOTICE as NOTICE_ELEMENTS
from fairwire.model.policy import Pack
from fairwire.ports.control import ControlStore
from fairwire.runtime import customer_acts, disclosures, holds, order_acts, redress, review_acts, takedown_acts, trace_acts
from fairwire.runtime.case_access import Viewer
from fairwire.runtime.case_registers import REVIEWS
from fairwire.runtime.raised_findings import made_finding, raise_finding
from fairwire.runtime.replay import now_us
from fairwire.runtime.report_desk import ReportDesk
from fairwire.runtime.report_mail import read_mail

JSON = "application/json"
CUSTOMER = "early"

Asked = tuple[str, str, str, str | None, str, int]
"""Method, path, query or value of its parameter, content type, body, status. `$name` stands for an id of `put_matters`."""


def asked(method: str, path: str, last: str, body: dict[str, Any] | list[Any] | None, status: int) -> Asked:
    return method, path, last, None if body is None else JSON, "" if body is None else json.dumps(body), status


FINDING = {"customer": CUSTOMER, "clauses": ["N05"], "reason": "A caller was threatened", "evidence": ["report-7"]}
DECISION = {"outcome": "upheld", "why": "it is as the rule says"}

REVIEWS_ASKED: list[Asked] = [
    asked("get", "/v1/reviews", "", None, 200),
    asked("get", "/v1/reviews", "?state=lost", None, 400),
    asked("post", "/v1/reviews", "", {"subject": "$finding", "text": "this was our own test"}, 201),
    asked("post", "/v1/reviews", "", {"subject": "f-none", "text": "x"}, 404),
    asked("post", "/v1/reviews", "", {"subject": "$finding", "text": ""}, 409),
    asked("post", "/v1/reviews", "", [], 400),
    asked("get", "/v1/reviews/{review_id}", "$review", None, 200),
    asked("get", "/v1/reviews/{review_id}", "rv-none", None, 404),
    asked("post", "/v1/reviews/{review_id}/decide", "$review", DECISION, 200),
    asked("post", "/v1/reviews/{review_id}/decide", "$review", DECISION, 409),
    asked("post", "/v1/reviews/{review_id}/decide", "rv-none", DECISION, 404),
    asked("post", "/v1/reviews/{review_id}/decide", "$review", [], 400),
    asked("post", "/v1/reviews/{review_id}/withdraw", "$other_review", {"why": "settled"}, 200),
    asked("post", "/v1/reviews/{review_id}/withdraw", "$other_review", {"why": "settled"}, 409),
    asked("post", "/v1/reviews/{review_id}/withdraw", "rv-none", {"why": "settled"}, 404),
    asked("post", "/v1/reviews/{review_id}/withdraw", "$review", [], 400),
    asked("post", "/v1/overrides", "", {"subject": "$finding", **DECISION}, 201),
    asked("post", "/v1/overrides", "", {"subject": "$finding", "outcome": "upheld", "why": ""}, 409),
    asked("post", "/v1/overrides", "", {"subject": "f-none", **DECISION}, 404),
    asked("post", "/v1/overrides", "", [], 400),
    asked("post", "/v1/findings", "", FINDING, 201),
    asked("post", "/v1/findings", "", FINDING | {"clauses": ["N99"]}, 409),
    asked("post", "/v1/findings", "", FINDING | {"customer": "nobody"}, 404),
    asked("post", "/v1/findings", "", [], 400),
    asked("post", "/v1/findings/{finding_id}/judgement", "$finding", {"verdict": "confirmed", "why": "seen"}, 200),
    asked("post", "/v1/findings/{finding_id}/judgement", "$finding", {"verdict": "confirmed", "why": ""}, 409),
    asked("post", "/v1/findings/{finding_id}/judgement", "f-none", {"verdict": "confirmed", "why": "seen"}, 404),
    asked("post", "/v1/findings/{finding_id}/judgement", "$finding", [], 400),
    asked("post", "/v1/findings/{finding_id}/act", "$finding", {"step": "notify", "why": "it goes on"}, 201),
    asked("post", "/v1/findings/{finding_id}/act", "$finding", {"step": "notify", "why": ""}, 400),
    asked("post", "/v1/findings/{finding_id}/act", "f-none", {"step": "notify", "why": "it goes on"}, 404),
    asked("post", "/v1/findings/{finding_id}/act", "$dismissed", {"step": "notify", "why": "it goes on"}, 409),
    asked("get", "/v1/ledger", "", None, 200),
    asked("get", "/v1/ledger", "?since=yesterday", None, 400),
]  # fmt: skip

REPORT = {"category": "other", "text": "They call at night", "number": "+12025550117", "name": "A. Neighbour"}
MAIL = "message/rfc822"
OPENED = {"title": "Complaints by telephone", "customer": CUSTOMER}
ACTS = "/v1/cases/{case_id}/acts"
REPORTS_ASKED: list[Asked] = [
    asked("post", "/v1/reports", "", REPORT, 201),
    asked("post", "/v1/reports", "", REPORT | {"category": "lost"}, 400),
    ("post", "/v1/reports", "", MAIL, "From: a@example.org\nSubject: calls\n\nThey call at night", 201),
    ("post", "/v1/reports", "", "text/csv", "a,b", 415),
    ("post", "/v1/reports", "", JSON, "x" * (5 * 1024 * 1024 + 1), 413),
    asked("get", "/v1/reports", "", None, 200),
    asked("get", "/v1/reports", "?x=1", None, 400),
    asked("get", "/v1/reports/{report_id}", "$report", None, 200),
    asked("get", "/v1/reports/{report_id}", "rp-none", None, 404),
    asked("post", "/v1/reports/{report_id}/reporter", "$report", {"why": "to answer them"}, 200),
    asked("post", "/v1/reports/{report_id}/reporter", "$report", [], 400),
    asked("post", "/v1/reports/{report_id}/reporter", "rp-none", {"why": "to answer them"}, 404),
    asked("get", "/v1/reports/{report_id}/exhibits/{sha256}", "/v1/reports/$report/exhibits/$exhibit", None, 200),
    asked("get", "/v1/reports/{report_id}/exhibits/{sha256}", "/v1/reports/$report/exhibits/0000000", None, 404),
]  # fmt: skip
CASES_ASKED: list[Asked] = [
    asked("get", "/v1/cases", "", None, 200),
    asked("get", "/v1/cases", "?state=lost", None, 400),
    asked("post", "/v1/cases", "", OPENED, 201),
    asked("post", "/v1/cases", "", OPENED | {"category": "lost"}, 409),
    asked("post", "/v1/cases", "", OPENED | {"customer": "nobody"}, 404),
    asked("post", "/v1/cases", "", [], 400),
    asked("get", "/v1/cases/{case_id}", "$case", None, 200),
    asked("get", "/v1/cases/{case_id}", "k-none", None, 404),
    asked("post", ACTS, "$case", {"act": "note", "text": "called them back"}, 200),
    asked("post", ACTS, "$case", {"act": "assign"}, 200),
    asked("post", ACTS, "$case", {"act": "wait", "for_whom": "the caller", "until": "UNTIL"}, 200),
    asked("post", ACTS, "$case", {"act": "resume"}, 200),
    asked("post", ACTS, "$case", {"act": "link", "findings": ["$finding"]}, 200),
    asked("post", ACTS, "$case", {"act": "attribute", "customer": CUSTOMER, "why": "their number"}, 200),
    asked("post", ACTS, "$case", {"act": "categorise", "category": "nuisance", "why": "they ring at night"}, 200),
    asked("post", ACTS, "$case", {"act": "refer", "to": "A regulator"}, 200),
    asked("post", ACTS, "$case", {"act": "decide", "outcome": "warning", "why": "the first time"}, 200),
    asked("post", ACTS, "$case", {"act": "close"}, 200),
    asked("post", ACTS, "$case", {"act": "close"}, 409),
    asked("post", ACTS, "$case", {"act": "reopen", "why": "again"}, 200),
    asked("post", ACTS, "k-none", {"act": "close"}, 404),
    asked("post", ACTS, "$case", {"act": "burn"}, 400),
]  # fmt: skip
DISCLOSED = {"case": "$case", "to": "A court", "basis": "order 7"}
HOLDS_ASKED: list[Asked] = [
    asked("get", "/v1/holds", "", None, 200),
    asked("get", "/v1/holds", "?x=1", None, 400),
    asked("post", "/v1/holds", "", {"why": "a request", "customer": CUSTOMER}, 201),
    asked("post", "/v1/holds", "", {"why": "a request"}, 409),
    asked("post", "/v1/holds", "", {"why": "a request", "case": "k-none"}, 404),
    asked("post", "/v1/holds", "", {"why": "a request", "since": "soon", "customer": CUSTOMER}, 400),
    asked("post", "/v1/holds/{hold_id}/release", "$hold", {"why": "withdrawn"}, 200),
    asked("post", "/v1/holds/{hold_id}/release", "$hold", {"why": "withdrawn"}, 409),
    asked("post", "/v1/holds/{hold_id}/release", "h-none", {"why": "withdrawn"}, 404),
    asked("post", "/v1/holds/{hold_id}/release", "$hold", [], 400),
    asked("get", "/v1/disclosures", "", None, 200),
    asked("get", "/v1/disclosures", "?x=1", None, 400),
    asked("post", "/v1/disclosures", "", DISCLOSED, 201),
    asked("post", "/v1/disclosures", "", DISCLOSED | {"basis": ""}, 409),
    asked("post", "/v1/disclosures", "", DISCLOSED | {"case": "k-none"}, 404),
    asked("post", "/v1/disclosures", "", [], 400),
    *(
        asked("post", f"/v1/disclosures/{{disclosure_id}}/{word}", which, body, status)
        for word in ("agree", "refuse")
        for which, body, status in (
            (f"$for_{word}", {"why": "seen"}, 200),
            (f"$for_{word}", {"why": "seen"}, 409),
            ("d-none", {"why": "seen"}, 404),
            (f"$for_{word}", [], 400),
        )
    ),
]  # fmt: skip
NOTICE = {element.id: "as the law asks" for element in NOTICE_ELEMENTS}
ANSWER = {element.id: "as the law asks" for element in COUNTER_ELEMENTS}
DONE = "/v1/takedowns/{takedown_id}/acts"
TAKEDOWNS_ASKED: list[Asked] = [
    asked("get", "/v1/takedowns", "", None, 200),
    asked("get", "/v1/takedowns", "?state=lost", None, 400),
    asked("post", "/v1/takedowns", "", {"elements": {"work": "A song"}, "customer": CUSTOMER}, 201),
    asked("post", "/v1/takedowns", "", {"elements": {"colour": "red"}}, 409),
    asked("post", "/v1/takedowns", "", {"elements": NOTICE, "customer": "nobody"}, 404),
    asked("post", "/v1/takedowns", "", [], 400),
    asked("get", "/v1/takedowns/{takedown_id}", "$takedown", None, 200),
    asked("get", "/v1/takedowns/{takedown_id}", "td-none", None, 404),
    asked("post", DONE, "$takedown", {"act": "remove"}, 409),
    asked("post", DONE, "$takedown", {"act": "complete", "elements": NOTICE}, 200),
    asked("post", DONE, "$takedown", {"act": "remove"}, 200),
    asked("post", DONE, "$takedown", {"act": "tell"}, 200),
    asked("post", DONE, "$takedown", {"act": "counter", "elements": ANSWER}, 200),
    asked("post", DONE, "$takedown", {"act": "restore"}, 409),
    asked("post", DONE, "$takedown", {"act": "suit", "court": "A court, 7/26"}, 200),
    asked("post", DONE, "$takedown", {"act": "withdraw", "why": "settled"}, 200),
    asked("post", DONE, "$takedown", {"act": "reject", "why": "too late"}, 409),
    asked("post", DONE, "td-none", {"act": "tell"}, 404),
    asked("post", DONE, "$takedown", {"act": "burn"}, 400),
]  # fmt: skip
TRACE = {
    "asked_by": "A consortium",
    "contact": "trace@consortium.example",
    "at": "2026-03-01T10:00:00Z",
    "called": "+442079460018",
}
ANSWERED = {"role": "none", "text": "We never saw this call"}
TRACES_ASKED: list[Asked] = [
    asked("get", "/v1/tracebacks", "", None, 200),
    asked("get", "/v1/tracebacks", "?state=lost", None, 400),
    asked("post", "/v1/tracebacks", "", TRACE, 201),
    asked("post", "/v1/tracebacks", "", TRACE | {"called": ""}, 409),
    asked("post", "/v1/tracebacks", "", TRACE | {"at": "noon"}, 400),
    asked("get", "/v1/tracebacks/{trace_id}", "$trace", None, 200),
    asked("get", "/v1/tracebacks/{trace_id}", "tr-none", None, 404),
    asked("post", "/v1/tracebacks/{trace_id}/answer", "$trace", ANSWERED, 200),
    asked("post", "/v1/tracebacks/{trace_id}/answer", "$trace", ANSWERED, 409),
    asked("post", "/v1/tracebacks/{trace_id}/answer", "tr-none", ANSWERED, 404),
    asked("post", "/v1/tracebacks/{trace_id}/answer", "$trace", [], 400),
    asked("post", "/v1/redress", "", {"id": "$other", "text": "I am no robot"}, 201),
    asked("post", "/v1/redress", "", {"id": "f-none", "text": "I am no robot"}, 404),
    asked("post", "/v1/redress", "", {"id": "$other", "text": ""}, 409),
    asked("post", "/v1/redress", "", {"id": "no id", "text": "x"}, 400),
    asked("get", "/v1/redress/{request_id}", "/v1/redress/$redress?id=$finding", None, 200),
    asked("get", "/v1/redress/{request_id}", "/v1/redress/$redress?id=another", None, 404),
    asked("get", "/v1/redress/{request_id}", "/v1/redress/$redress", None, 400),
    asked("get", "/v1/due", "", None, 200),
]  # fmt: skip
TOLD = {"customer": CUSTOMER, "text": "Stop calling at night"}
SAID = "/v1/instructions/{instruction_id}/acts"
STATEMENT = "/v1/customers/{customer}/statement"
CUSTOMERS_ASKED: list[Asked] = [
    asked("get", STATEMENT, f"/v1/customers/{CUSTOMER}/statement?month=2026-03", None, 200),
    asked("get", STATEMENT, f"/v1/customers/{CUSTOMER}/statement", None, 400),
    asked("get", STATEMENT, f"/v1/customers/{CUSTOMER}/statement?month=march", None, 409),
    asked("get", STATEMENT, "/v1/customers/nobody/statement?month=2026-03", None, 404),
    asked("get", "/v1/customers/{customer}/view", CUSTOMER, None, 200),
    asked("get", "/v1/customers/{customer}/view", "nobody", None, 404),
    asked("get", "/v1/instructions", "", None, 200),
    asked("get", "/v1/instructions", "?state=lost", None, 400),
    asked("post", "/v1/instructions", "", TOLD, 201),
    asked("post", "/v1/instructions", "", TOLD | {"text": ""}, 409),
    asked("post", "/v1/instructions", "", TOLD | {"customer": "nobody"}, 404),
    asked("post", "/v1/instructions", "", [], 400),
    asked("post", SAID, "$instruction", {"act": "acknowledge"}, 200),
    asked("post", SAID, "$instruction", {"act": "breach", "why": "they called at three"}, 200),
    asked("post", SAID, "$instruction", {"act": "kept", "why": "they stopped"}, 409),
    asked("post", SAID, "in-none", {"act": "withdraw", "why": "over"}, 404),
    asked("post", SAID, "$instruction", {"act": "burn"}, 400),
    asked("get", "/v1/terminations", "", None, 200),
    asked("get", "/v1/terminations", "?x=1", None, 400),
    asked("post", "/v1/terminations", "", {"order": "$ends"}, 201),
    asked("post", "/v1/terminations", "", {"order": "o-planned-1"}, 409),
    asked("post", "/v1/terminations", "", {"order": "o-none"}, 404),
    asked("post", "/v1/terminations", "", [], 400),
    asked("post", "/v1/terminations/{order_id}/done", "$ends", {"item": "notice", "note": "letter 7"}, 200),
    asked("post", "/v1/terminations/{order_id}/done", "$ends", {"item": "notice"}, 409),
    asked("post", "/v1/terminations/{order_id}/done", "o-none", {"item": "notice"}, 404),
    asked("post", "/v1/terminations/{order_id}/done", "$ends", [], 400),
    asked("post", "/v1/terminations/{order_id}/withdraw", "$ends", {"why": "they paid"}, 200),
    asked("post", "/v1/terminations/{order_id}/withdraw", "$ends", {"why": "they paid"}, 409),
    asked("post", "/v1/terminations/{order_id}/withdraw", "o-none", {"why": "they paid"}, 404),
    asked("post", "/v1/terminations/{order_id}/withdraw", "$ends", [], 400),
]  # fmt: skip
ASKED: list[Asked] = [
    *CUSTOMERS_ASKED,
    *TRACES_ASKED,
    *REVIEWS_ASKED,
    *REPORTS_ASKED,
    *HOLDS_ASKED,
    *TAKEDOWNS_ASKED,
    *CASES_ASKED,
]


def put_matters(store: ControlStore, pack: Pack) -> dict[str, str]:
    """Findings of people, and reviews of them; name -> id."""
    now = now_us()
    ids: dict[str, str] = {}
    for name in ("finding", "other", "dismissed"):
        raised = made_finding(
            pack=pack, customer=CUSTOMER, clauses=["N05"], severity="medium", reason=f"seen: {name}", by="person:dana",
            at_us=now, evidence=["report-1"],
        )  # fmt: skip
        ids[name] = raise_finding(store, raised, now).finding_id
    review_acts.judge(store, ids["dismissed"], "authorised", by="person:eli", at_us=now, why="we allowed it")
    for name, subject in (("review", "other"), ("other_review", "dismissed")):
        made = review_acts.file_review(
            store, ids[subject], asked_by=f"customer:{CUSTOMER}", filed_by="person:finn", text="look again", at_us=now
        )
        ids[name] = made.review_id
    assert len(REVIEWS.find(store.records)) == 2
    desk = ReportDesk(store.records, policy_of=lambda _: pack)
    report, case = desk.receive(read_mail(b"From: b@example.org\nSubject: calls\n\nAll night"), "person:dana")
    ids |= {"report": report.report_id, "exhibit": report.exhibits[0].sha256, "case": case.case_id}
    viewer = Viewer(by="person:dana")
    ids["hold"] = holds.place(store.records, viewer, now, "a request", customer=CUSTOMER).hold_id
    for word in ("agree", "refuse"):
        asked_for = disclosures.ask(
            store.records, case.case_id, viewer, now, to=f"To {word}", basis="order 7", level="content"
        )  # fmt: skip
        ids[f"for_{word}"] = asked_for.disclosure_id
    taken = takedown_acts.receive(store.records, {"work": "A song"}, viewer, now, customer=CUSTOMER, pack=pack)
    ids["takedown"] = taken.takedown_id
    trace = traces.ask(
        asked_by="A consortium", contact="x", calling="", called="+442079460018", call_at_us=now, by="person:dana", at_us=now
    )  # fmt: skip
    ids["trace"] = trace_acts.receive(store.records, None, trace, now).trace_id
    told = redress.ask(store, None, ids["finding"], text="let me through", contact="x", filed_by="person:dana", at_us=now)
    ids["redress"] = told.request
    told_ = customer_acts.instruct(store.records, viewer, now, customer=CUSTOMER, pack=pack, text="Register your callers")
    ids["instruction"] = told_.instruction_id
    over = from_person(
        by="person:dana", at_us=now, customer=CUSTOMER, policy="natterbox@1", clauses=["N05"], step="terminate", reason="Enough",
        evidence=["k-1"],
    )  # fmt: skip
    ids["ends"] = order_acts.put_on_record(store.records, over, now).order_id
    return ids


def filled(text: str, ids: dict[str, str]) -> str:
    """A text with ids in the place of names; longer names first, as one may begin with another."""
    for name in sorted(ids, key=len, reverse=True):
        text = text.replace(f"${name}", ids[name])
    return text
