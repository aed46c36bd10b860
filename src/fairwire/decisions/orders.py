"""Orders in force, and which of them touch a call."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from fairwire.model.decision import CallFacts
from fairwire.model.instants import parse_us
from fairwire.model.order import STEPS, Order


@lru_cache(maxsize=4096)
def instant(text: str) -> int:
    """Microseconds of an order's time; the same few texts are asked for at every call."""
    return parse_us(text)


def bites(order: Order, now_us: int, *, dry_run: bool) -> bool:
    """Whether it is in force: carried out, begun and not yet over.

    In a dry run an order that needed nobody's approval counts as if it had been carried out.
    """
    if order.state != "in_force" and not (dry_run and order.state == "dry_run" and order.approvals == 0):
        return False
    # What has begun goes on, also where a clock was moved back since.
    begun = order.began is not None or instant(order.created) <= now_us
    return begun and (order.expires is None or now_us < instant(order.expires))


def matching(orders: Iterable[Order], call: CallFacts, now_us: int, *, over_limit: bool, dry_run: bool) -> list[Order]:
    """The orders that touch this call, severest first."""
    found = [order for order in orders if bites(order, now_us, dry_run=dry_run) and touches(order, call, over_limit=over_limit)]
    found.sort(key=lambda order: (-STEPS.index(order.step), order.created, order.order_id))
    return found


def touches(order: Order, call: CallFacts, *, over_limit: bool) -> bool:
    """Whether step and target mean this call. What is not known of a call never makes an order mean it."""
    if order.customer != call.customer:
        return False
    if order.step in ("suspend", "terminate"):
        return _target(order, call, over_limit=over_limit)
    if order.step not in ("step_up", "throttle", "block", "suspend_outbound"):
        return False
    return call.direction == "outbound" and _target(order, call, over_limit=over_limit)


def _target(order: Order, call: CallFacts, *, over_limit: bool) -> bool:
    match order.target:
        case "customer":
            return True
        case "user":
            return call.user is not None and call.user == (order.value or order.user)
        case "line":
            return call.line is not None and call.line == (order.value or order.line)
        case "credential":
            return call.credential is not None and call.credential == order.value
        case "address":
            return call.address is not None and call.address == order.value
        case "device" | "plan" | "messages" | "mail" | "content" | "traffic" | "requests" | "charges":
            return False
    if order.line is not None and order.line != call.line:
        return False
    if order.user is not None and order.user != call.user:
        return False
    match order.target:
        case "callee":
            return order.value == call.callee
        case "new_callees":
            return call.callee_new is True
        case "destination_class":
            return order.value is not None and in_class(order.value, call)
        case "forwarding":
            return call.forwarded
        case "new_calls":
            return over_limit


def in_class(name: str, call: CallFacts) -> bool:
    """Whether the number called is of a destination class.

    A class is a kind (`premium`), `high_risk`, `international`, `costly` (any of these that is charged by the other side:
    high risk, premium, satellite or abroad), a country (`CU`), or a prefix (`+1900`).
    """
    if name == "costly":
        return call.high_risk or call.international is True or call.destination_kind in ("premium", "satellite")
    if name == "high_risk":
        return call.high_risk
    if name == "international":
        return call.international is True
    if name.startswith("+"):
        return call.callee.startswith(name)
    if len(name) == 2 and name.isupper():
        return call.destination_country == name
    return call.destination_kind == name
