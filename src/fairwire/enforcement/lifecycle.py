"""The life of an order: planned, agreed to, in force, over. Each step takes an order and gives the order that follows.

An order never goes back to an earlier state, so a clock that is moved back opens nothing again. Its time runs from the moment it
takes effect, not from the finding: an order for a day that waits an hour for approval still lasts a day.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import msgspec

from fairwire.enforcement.targets import undo
from fairwire.model.errors import BadUse
from fairwire.model.instants import format_us, parse_us
from fairwire.model.order import OPEN, STEPS, Order, Step, Target, Word

ONCE: tuple[Step, ...] = ("log", "notify", "invoice")
"""Steps that happen, and hold nothing."""
PEOPLE: dict[Step, int] = {"suspend": 1, "remove_content": 1, "change_plan": 1, "terminate": 2}
"""How many people a step takes, the one who gives the order among them."""
LONGEST_US = 366 * 86_400_000_000
OPERATOR = "person:operator"


class NotPossible(BadUse):
    """The order is not in a state in which that can be done to it, or this person may not do it."""

    code = "FW-ENF-002"


class UnsoundOrder(BadUse):
    """An order without a clause, a reason, evidence or an end, or with a target that its step cannot have."""

    code = "FW-ENF-003"


def start(order: Order, at_us: int, *, delay_us: int = 0) -> Order:
    """A planned order becomes one that is carried out: when people have agreed, where it needs them, and after the delay.

    Parameters
    ----------
    delay_us
        How long after it is decided it takes effect, so that nobody can find a threshold by trying.

    Raises
    ------
    NotPossible
        It is not in dry run.
    """
    _must_be(order, ("dry_run",), "started")
    begins = None if delay_us <= 0 or order.step in ONCE else format_us(at_us + delay_us)
    order = msgspec.structs.replace(order, begins=begins)
    if order.approvals > len(agreed(order)):
        return msgspec.structs.replace(order, state="waiting")
    return msgspec.structs.replace(order, state="due") if begins else begin(msgspec.structs.replace(order, state="due"), at_us)


def agree(order: Order, by: str, at_us: int, why: str = "") -> Order:
    """One person's word for an order that waits. With the last one that it needs, it takes effect.

    Raises
    ------
    NotPossible
        It does not wait, the person gave the order, or has spoken already.
    """
    spoken = _spoken(order, by, at_us, why, agrees=True)
    if spoken.approvals > len(agreed(spoken)):
        return spoken
    due = msgspec.structs.replace(spoken, state="due")
    return due if due.begins is not None and parse_us(due.begins) > at_us else begin(due, at_us)


def refuse(order: Order, by: str, at_us: int, why: str) -> Order:
    """One person's word against an order that waits: it is over before it began, and what it came from stays on record."""
    spoken = _spoken(order, by, at_us, _reason(why, "refused"), agrees=False)
    return _over(spoken, "refused", by, at_us, why)


def begin(order: Order, at_us: int) -> Order:
    """A due order takes effect. One that lasts has its end counted from here."""
    _must_be(order, ("due",), "begun")
    expires = order.expires
    if expires is not None and order.created:
        expires = format_us(at_us + max(1, parse_us(expires) - parse_us(order.created)))
    state = "done" if order.step in ONCE else "in_force"
    return msgspec.structs.replace(order, state=state, began=format_us(at_us), expires=expires)


def lift(order: Order, by: str, at_us: int, why: str) -> Order:
    """End an order before its time. It stays in the memory of its ladder: it was right, and is no longer needed."""
    _must_be(order, OPEN, "lifted")
    return _over(order, "lifted", by, at_us, _reason(why, "lifted"))


def overturn(order: Order, by: str, at_us: int, why: str) -> Order:
    """Undo an order that should never have been. What it took is given back, and its ladder forgets it."""
    _must_be(order, ("dry_run", *OPEN, "done", "lifted", "expired"), "overturned")
    return _over(order, "overturned", by, at_us, _reason(why, "overturned"))


def expire(order: Order, at_us: int) -> Order:
    """End an order whose time is up; the same order while it is not."""
    if order.state != "in_force" or order.expires is None or at_us < parse_us(order.expires):
        return order
    return _over(order, "expired", "fairwire", at_us, "")


def extend(order: Order, by: str, at_us: int, until_us: int, why: str) -> Order:
    """Let an order in force end later, or earlier, or at all."""
    _must_be(order, ("in_force",), "given another end")
    if until_us <= at_us:
        raise NotPossible("the new end lies in the past", help_="lift the order to end it now")
    if until_us - at_us > LONGEST_US:
        raise NotPossible("an order lasts a year at most", help_="give it an earlier end, and look at it again then")
    ends = format_us(until_us)
    said = f"{order.reason.rstrip('.')}. Until {ends}, by {by.partition(':')[2] or by}: {_reason(why, 'extended')}"
    return msgspec.structs.replace(order, expires=ends, owner=None, reason=said)


def agreed(order: Order) -> Sequence[str]:
    """Who has agreed."""
    return tuple(dict.fromkeys(word.by for word in order.words if word.agrees))


def clock_us(order: Order) -> int | None:
    """When the clock must look at an order again; None when only people move it."""
    if order.state == "due":
        return 0 if order.begins is None else parse_us(order.begins)
    if order.state == "in_force" and order.expires is not None:
        return parse_us(order.expires)
    return None


def from_person(
    *,
    by: str,
    at_us: int,
    customer: str,
    policy: str,
    clauses: Sequence[str],
    step: Step,
    target: Target = "customer",
    value: str | None = None,
    user: str | None = None,
    line: str | None = None,
    reason: str,
    lasts_us: int | None = None,
    finding_id: str = "",
    evidence: Sequence[str] = (),
    quiet: bool = False,
    escalates: str | None = None,
) -> Order:
    """An order that a person gives, with or without a rule. In dry run: `start` it.

    A suspension is the word of the one person it needs; an end of the service takes one more. The key is made of everything that
    decides: the same order given twice at once is one.

    Raises
    ------
    UnsoundOrder
        It has no clause, no reason, no evidence, or no end where it must have one; or the target does not fit the step.
    """
    wrong = ""
    if not customer.strip():
        wrong = "no customer"
    elif not clauses:
        wrong = "no clause"
    elif not reason.strip():
        wrong = "no reason"
    elif not finding_id and not evidence:
        wrong = "no evidence"
    elif step not in STEPS or step == "invoice":
        wrong = f"the step `{step}`, which people do not take"
    elif target in ("callee", "destination_class", "credential", "address", "device") and not value:
        wrong = f"the target `{target}` without saying which"
    elif lasts_us is not None and not 0 < lasts_us <= LONGEST_US:
        wrong = "an end that is not within a year"
    if wrong:
        raise UnsoundOrder(f"an order cannot have {wrong}", help_="name clause, reason and what shows it, each by its id")
    named = "\n".join(
        (
            by,
            format_us(at_us),
            customer,
            policy,
            *clauses,
            step,
            target,
            value or "",
            user or "",
            line or "",
            finding_id,
            *evidence,
        )
    )
    key = hashlib.sha256(named.encode()).hexdigest()
    return Order(
        order_id=f"o-{key[:16]}",
        key=key,
        finding_id=finding_id,
        customer=customer,
        user=user,
        line=line,
        policy=policy,
        clauses=tuple(clauses),
        detector="person",
        step=step,
        target=target,
        value=value,
        reason=reason.strip(),
        author=by,
        created=format_us(at_us),
        expires=None if lasts_us is None else format_us(at_us + lasts_us),
        owner=by if lasts_us is None else None,
        approvals=max(0, PEOPLE.get(step, 0) - 1),
        state="dry_run",
        undo=undo(step, target, value),
        evidence=tuple(evidence),
        quiet=quiet,
        escalates=escalates,
    )


def _spoken(order: Order, by: str, at_us: int, why: str, *, agrees: bool) -> Order:
    _must_be(order, ("waiting",), "agreed to" if agrees else "refused")
    if by == order.author:
        raise NotPossible("who gives an order cannot approve it", help_="another person must agree")
    if any(word.by == by for word in order.words):
        raise NotPossible(f"{by.partition(':')[2] or by} has spoken on this order already", help_="another person must agree")
    word = Word(by=by, at=format_us(at_us), agrees=agrees, why=why.strip())
    return msgspec.structs.replace(order, words=(*order.words, word))


def _over(order: Order, state: str, by: str, at_us: int, why: str) -> Order:
    return msgspec.structs.replace(
        order,
        state=state,
        ended=format_us(at_us),
        ended_by=by,
        ended_why=why.strip(),
    )


def _reason(why: str, what: str) -> str:
    if not why.strip():
        raise NotPossible(f"an order cannot be {what} without a reason", help_="say why, in a sentence: it is kept")
    return why.strip()


def _must_be(order: Order, states: Sequence[str], what: str) -> None:
    if order.state not in states:
        now = order.state.replace("_", " ")
        since = f" since {order.ended}" if order.ended else ""
        raise NotPossible(f"the order `{order.order_id}` is {now}{since} and cannot be {what}", help_="look at it again")
