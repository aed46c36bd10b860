"""What a customer may see of what is on record about it: its users' findings, its orders, reviews, instructions and takedowns.

Never: who reported, what was disclosed, what is held, restricted cases, orders of which the customer is told nothing, notes.
"""

from __future__ import annotations

import msgspec

from fairwire.model.finding import Finding
from fairwire.model.instructions import Instruction
from fairwire.model.order import Order
from fairwire.model.reviews import Review
from fairwire.model.statements import UserFindings
from fairwire.model.terminations import Termination
from fairwire.ports.control import ControlStore
from fairwire.runtime.case_registers import CASES, INSTRUCTIONS, REVIEWS, TAKEDOWNS, TERMINATIONS
from fairwire.runtime.ledger import all_findings
from fairwire.runtime.registers import ORDERS
from fairwire.runtime.statement import roll_up


class OwnTakedown(msgspec.Struct, frozen=True, kw_only=True):
    """A takedown as its customer sees it: what was removed, and how and when it comes back. Not where the holder lives."""

    takedown_id: str
    work: str
    content: str
    state: str
    removed: str | None
    restore_from: str | None
    restore_by: str | None


class OwnCase(msgspec.Struct, frozen=True, kw_only=True):
    """A case as its customer sees it: that there is one, under which clauses, and what came of it."""

    case_id: str
    clauses: tuple[str, ...]
    state: str
    outcome: str | None
    why: str


class CustomerView(msgspec.Struct, frozen=True, kw_only=True):
    """All of it."""

    customer: str
    users: tuple[UserFindings, ...]
    findings: tuple[Finding, ...]
    orders: tuple[Order, ...]
    reviews: tuple[Review, ...]
    instructions: tuple[Instruction, ...]
    takedowns: tuple[OwnTakedown, ...]
    cases: tuple[OwnCase, ...]
    terminations: tuple[Termination, ...]


def customer_view(store: ControlStore, customer: str) -> CustomerView:
    """What a customer's administrator sees. Findings in shadow are not among them: nobody is told of those."""
    records = store.records
    cases = [kept.noun for kept in CASES.find(records, customer=customer)]
    hidden = {name for case in cases if case.restricted for name in (*case.findings, *case.orders)}
    orders = [kept.noun for kept in ORDERS.find(records, customer=customer)]
    quiet = hidden | {order.order_id for order in orders if order.quiet}
    quiet |= {order.finding_id for order in orders if order.quiet and order.finding_id}
    findings = [each for each in all_findings(store, customer=customer) if each.mode != "shadow" and each.finding_id not in quiet]
    shown = [order for order in orders if order.order_id not in quiet and order.step != "log" and order.state != "dry_run"]
    reviews = [kept.noun for kept in REVIEWS.find(records, customer=customer) if kept.noun.about_id not in quiet]
    own = [_own(review) for review in reviews if review.asked_by in (f"customer:{customer}", "") or review.state == "decided"]
    return CustomerView(
        customer=customer,
        users=tuple(roll_up(findings)),
        findings=tuple(findings),
        orders=tuple(sorted((_without_sources(order) for order in shown), key=lambda each: (each.created, each.order_id))),
        reviews=tuple(sorted(own, key=lambda each: (each.filed, each.review_id))),
        instructions=tuple(kept.noun for kept in INSTRUCTIONS.find(records, customer=customer)),
        takedowns=tuple(
            OwnTakedown(
                takedown_id=each.takedown_id,
                work=each.elements.get("work", ""),
                content=each.content,
                state=each.state,
                removed=each.removed,
                restore_from=each.restore_from,
                restore_by=each.restore_by,
            )
            for each in (kept.noun for kept in TAKEDOWNS.find(records, customer=customer))
            if each.state not in ("incomplete", "complete", "rejected")
        ),
        cases=tuple(
            OwnCase(case_id=case.case_id, clauses=case.clauses, state=case.state, outcome=case.outcome, why=case.why)
            for case in cases
            if not case.restricted and case.outcome is not None
        ),
        terminations=tuple(kept.noun for kept in TERMINATIONS.find(records, customer=customer)),
    )


def _own(review: Review) -> Review:
    """Without who else asked, and where they can be written to."""
    asked = review.asked_by if review.asked_by.startswith("customer:") else ""
    text = review.text if asked else ""
    return msgspec.structs.replace(review, asked_by=asked, filed_by="", contact="", redress_id="", text=text, decided_by=None)


def _without_sources(order: Order) -> Order:
    """Without the names of people at the desk, and without reports and cases among what shows it."""
    evidence = tuple(each for each in order.evidence if each.startswith(("f-", "td-", "in-")))
    author = order.author if order.author.startswith(("rule:", "customer:")) else "person"
    return msgspec.structs.replace(order, evidence=evidence, words=(), author=author, owner=None, ended_by=None)
