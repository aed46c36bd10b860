"""Guards: what becomes of an order that a rule wrote, before anything is done.

In this order: whether somebody has put the rule, the clause or the customer to rest, whether the site acts at all, whether
automatic action is stopped, whether the customer is one that only people touch, whether too many were suspended. None of them
loses an order: it is held in dry run, or waits for a person, and says why.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import msgspec

from fairwire.enforcement.lifecycle import start
from fairwire.model.guards import Guard, Snooze
from fairwire.model.instants import parse_us
from fairwire.model.order import Held, Order, Step

TOUCHES: tuple[Step, ...] = (
    "step_up",
    "throttle",
    "block",
    "suspend_outbound",
    "suspend",
    "change_plan",
    "remove_content",
    "terminate",
)
"""Steps after which a customer can do less than before."""
SUSPENSIONS: tuple[Step, ...] = ("suspend_outbound", "suspend")


def admit(
    order: Order,
    at_us: int,
    *,
    acts: bool,
    guard: Guard,
    snoozes: Sequence[Snooze] = (),
    critical: Collection[str] = (),
    delay_us: int = 0,
) -> Order:
    """Start an order that a rule wrote, or hold it back.

    Parameters
    ----------
    acts
        Whether this site carries orders out; else all stay in dry run.
    snoozes
        Those that have not ended by `at_us` are looked at.
    critical
        Customers whose calls no rule touches by itself.
    delay_us
        As in `start`.
    """
    if order.state != "dry_run":
        return order
    resting = next((each for each in snoozes if each.holds(order.customer, order.detector, order.clauses)), None)
    if resting is not None and at_us < parse_us(resting.until):
        return _noted(order, "snoozed", f"Nothing is done until {resting.until}, by {_name(resting.by)}: {resting.why}")
    if not acts:
        return order
    if order.step == "log":
        return start(order, at_us)
    if not guard.automatic:
        return start(_asks(order, "stopped", f"automatic action is stopped by {_name(guard.by)}, so a person must agree"), at_us)
    if order.customer in critical and order.step in TOUCHES and order.target != "address":
        return start(_asks(order, "critical", "this customer's service is critical, so a person must agree"), at_us)
    if not guard.suspensions and order.step in SUSPENSIONS:
        return start(_asks(order, "cap", "automatic suspensions are paused, so a person must agree"), at_us)
    return start(order, at_us, delay_us=delay_us)


def _asks(order: Order, held: Held, why: str) -> Order:
    return _noted(msgspec.structs.replace(order, approvals=max(1, order.approvals)), held, f"{why[:1].upper()}{why[1:]}")


def _noted(order: Order, held: Held, why: str) -> Order:
    return msgspec.structs.replace(order, held=held, reason=f"{order.reason.rstrip('. ')}. {why.rstrip('. ')}.")


def _name(by: str) -> str:
    return by.partition(":")[2] or by or "somebody"
