"""Why customers are written to about orders: what an order did, that it is lifted, and what it asks for."""

from __future__ import annotations

from collections.abc import Callable

from fairwire.enforcement.lifecycle import ONCE
from fairwire.enforcement.telling import about, done
from fairwire.model.declared import Workflow, WorkflowClock
from fairwire.model.finding import Finding
from fairwire.model.instants import parse_us
from fairwire.model.notices import Opening
from fairwire.model.order import Order
from fairwire.model.policy import Pack
from fairwire.policy import NoticeFacts, kinds_for
from fairwire.runtime.letters import Letters, Occasion
from fairwire.runtime.versions import local_instant

TOLD = ("in_force", "done", "expired")
"""States of an order that did something."""
TAKEN_BACK = ("lifted", "overturned")


def fact_of(order: Order) -> str:
    """How notices and lines name an order."""
    return f"order:{order.order_id}"


def facts_about(
    order: Order,
    letters: Letters,
    finding_of: Callable[[str], Finding | None],
    *,
    clauses: tuple[str, ...] = (),
) -> NoticeFacts:
    """What a letter about an order may say.

    Parameters
    ----------
    clauses
        Of which the first is the rule that the letter names; the order's own where none is given.
    """
    pack, customer = letters.pack(order.policy), letters.customer(order.customer)
    found = finding_of(order.finding_id) if order.finding_id else None
    lead = (clauses or order.clauses)[0]
    clause = None if pack is None else pack.clauses.get(lead)
    zone = customer.timezone if customer else "UTC"
    return NoticeFacts(
        customer=(customer.name if customer else "") or order.customer,
        subject=about(order),
        reason=(found.reason if found else order.reason).rstrip(". "),
        clause=lead,
        clause_gist=clause.gist if clause else lead,
        clause_place=clause.place if clause else lead,
        document=pack.document if pack else order.policy,
        action="our notice about it" if order.step == "notify" and order.state in TAKEN_BACK else done(order),
        until="" if order.expires is None else local_instant(parse_us(order.expires), zone),
        reference=order.order_id,
        contact=pack.contact if pack else "",
        review_url=pack.review_url if pack else "",
        outcome=order.ended_why if order.state in TAKEN_BACK else "",
        amount=f"{order.amount} {order.currency or ''}".strip() if order.amount else "",
        lines=(f"charges of {order.period} above the limit of the order: {order.value}",) if order.amount else (),
    )


def of_order(order: Order, letters: Letters, finding_of: Callable[[str], Finding | None]) -> Occasion | None:
    """The letter that an order leads to where it is now; None where it leads to none."""
    if order.state in TOLD:
        kinds = kinds_for(order.step)
    elif order.state == "overturned" or (order.state == "lifted" and order.step not in ONCE):
        kinds = () if order.step == "log" else ("lifted",)
    else:
        kinds = ()
    if not kinds:
        return None
    return Occasion(
        fact=fact_of(order),
        kinds=kinds,
        customer=order.customer,
        policy=order.policy,
        clauses=order.clauses,
        step=order.step,
        facts=facts_about(order, letters, finding_of),
        quiet=order.quiet,
    )


def workflow_of(order: Order, pack: Pack | None) -> Workflow | None:
    """The workflow with a deadline that an order begins, which serves a clause of it; of a user limit, only what counts users."""
    if pack is None or order.quiet or order.step not in ("notify", "log"):
        return None
    topics = {topic for clause in order.clauses if clause in pack.clauses for topic in pack.clauses[clause].topics}
    counting = {limit.counted_by for limit in pack.limits.values() if limit.topic == "user_limit"}
    for workflow in pack.workflows.values():
        bound = not topics.isdisjoint(workflow.topics) or not set(order.clauses).isdisjoint(workflow.clauses)
        if workflow.deadline and bound and (workflow.kind != "user_limit_cure" or order.detector in counting):
            return workflow
    return None


def opening_of(workflow: Workflow, pack: Pack, order: Order) -> Opening:
    """The clock that a workflow's notice begins."""
    clock = workflow.clock or WorkflowClock()
    return Opening(
        workflow=workflow.id,
        kind=workflow.kind,
        period=workflow.deadline,
        cut_off_min=clock.cut_off_min,
        reminders=clock.reminders,
        pack_country=pack.country,
        detector=order.detector,
        finding_id=order.finding_id,
        found_us=parse_us(order.created),
    )


def leading(workflow: Workflow, order: Order) -> tuple[str, ...]:
    """The clauses of a letter that a workflow sends: its own first."""
    return tuple(dict.fromkeys((*workflow.clauses, *order.clauses)))
