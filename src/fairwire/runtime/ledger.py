"""The ledger: every finding and order of which nothing came, however long ago, and acting on one now.

It is worked out from findings, orders and judgements, none of which is ever deleted; so nothing has to be written for an entry to
stay, and no entry can run out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from fairwire.enforcement import lifecycle
from fairwire.enforcement.lifecycle import NotPossible
from fairwire.model.finding import Finding
from fairwire.model.instants import DAY_US, parse_us
from fairwire.model.ledger import UNACTED, LedgerLine, Unacted
from fairwire.model.order import STEPS, Order, Step, Target
from fairwire.model.policy import Pack
from fairwire.model.reviews import DISMISSED, Judgement
from fairwire.ports.control import ControlStore
from fairwire.ports.records import RecordStore
from fairwire.runtime.case_registers import JUDGEMENTS
from fairwire.runtime.order_acts import put_on_record
from fairwire.runtime.raised_findings import find_finding
from fairwire.runtime.registers import ORDERS

PAGE = 1000
LATE_US = 7 * DAY_US
"""An order that waits for people for longer is late."""
_SAYS: dict[Unacted, str] = {
    "shadow": "the rule runs in shadow: it watches, and nobody is told",
    "dry_run": "written down and not carried out",
    "told": "told or noted, and nothing more",
    "none": "no order was written",
}


def ledger(
    store: ControlStore,
    now_us: int,
    *,
    customer: str | None = None,
    clause: str | None = None,
    since_us: int | None = None,
    until_us: int | None = None,
    unacted: Sequence[Unacted] = (),
    late_us: int = LATE_US,
) -> Iterator[LedgerLine]:
    """What was seen and not acted on, the worst first and then the newest.

    Parameters
    ----------
    since_us, until_us
        Only what became true from the one on, and before the other.
    unacted
        Only what was let pass so; empty: all but what was overturned, which was decided and not let pass.
    """
    wanted = frozenset(unacted) or frozenset(UNACTED) - {"overturned"}
    orders = _orders_by_finding(store.records, customer)
    judged = {kept.noun.finding_id: kept.noun for kept in JUDGEMENTS.find(store.records, customer=customer)}

    def within(text: str) -> bool:
        at_us = parse_us(text)
        return (since_us is None or at_us >= since_us) and (until_us is None or at_us < until_us)

    for order in orders.get("", ()):
        if order.began is None and within(order.created) and clause in (None, *order.clauses):
            line = _of_order(order, now_us, late_us)
            if line.unacted in wanted:
                yield line
    for finding in all_findings(store, customer=customer, clause=clause):
        if within(finding.time):
            found = _line(finding, orders.get(finding.finding_id, ()), judged.get(finding.finding_id), now_us, late_us)
            if found is not None and found.unacted in wanted:
                yield found


def act_on(
    store: ControlStore,
    finding_id: str,
    *,
    pack: Pack,
    by: str,
    at_us: int,
    why: str,
    step: Step,
    target: Target = "customer",
    value: str | None = None,
    lasts_us: int | None = None,
    evidence: Sequence[str] = (),
) -> Order:
    """Act now on a finding that was let pass, however old. The order names it, and every order that was not carried out then.

    Parameters
    ----------
    pack
        The policy that binds the customer; the order names it, and the clauses of the finding as it has them.

    Raises
    ------
    NotThere
        There is no such finding.
    NotPossible
        A person judged that nothing of the kind happened, or that the customer was allowed to.
    UnsoundOrder
        As `from_person`.
    """
    finding = find_finding(store, finding_id)
    kept = JUDGEMENTS.get(store.records, finding.finding_id)
    judged = None if kept is None else kept.noun
    if judged is not None and judged.verdict in ("false_positive", "authorised"):
        raise NotPossible(
            f"{judged.by.removeprefix('person:')} judged this finding on {judged.at[:10]}: {judged.why}",
            help_="judge it anew first, with a reason: `fairwire case judge FINDING --as confirmed`",
        )
    earlier = [kept.noun for kept in ORDERS.find(store.records, subject=finding.finding_id) if kept.noun.began is None]
    clauses = [clause for clause in finding.clauses if clause in pack.clauses]
    if not clauses:
        raise NotPossible(
            f"policy `{pack.id}` has none of the clauses {', '.join(finding.clauses)}",
            help_="give an order with `fairwire order make`, under a clause that binds the customer now",
        )
    order = lifecycle.from_person(
        by=by,
        at_us=at_us,
        customer=finding.customer,
        policy=f"{pack.id}@{pack.version}",
        clauses=clauses,
        step=step,
        target=target,
        value=value,
        user=finding.user if target == "user" else None,
        line=finding.line if target == "line" else None,
        reason=f"{why.strip().rstrip('.')}. Found on {finding.time[:10]}: {finding.reason}" if why.strip() else "",
        lasts_us=lasts_us,
        finding_id=finding.finding_id,
        evidence=(finding.finding_id, *(each.order_id for each in earlier), *evidence),
    )
    return put_on_record(store.records, order, at_us)


def all_findings(store: ControlStore, *, customer: str | None = None, clause: str | None = None) -> Iterator[Finding]:
    """Findings of all runs and of people, the worst first, some at a time."""
    given = {"customer": customer, "clause": clause}
    filters = {name: value for name, value in given.items() if value is not None}
    place = 0
    while page := store.findings(limit=PAGE, offset=place, filters=filters):
        yield from page
        place += len(page)
        if len(page) < PAGE:
            return


def _orders_by_finding(records: RecordStore, customer: str | None) -> dict[str, list[Order]]:
    found: dict[str, list[Order]] = {}
    for kept in ORDERS.find(records, customer=customer):
        found.setdefault(kept.noun.finding_id, []).append(kept.noun)
    return found


def _unacted(order: Order, now_us: int, late_us: int) -> tuple[Unacted, str, str, bool]:
    """Why nothing came of an order that never took effect: the word for it, a sentence, since when, and whether it is late."""
    if order.state in ("waiting", "due"):
        left = max(0, order.approvals - sum(word.agrees for word in order.words))
        says = f"waits for {left} more to agree" if left else f"takes effect at {order.begins}"
        return "waiting", says, order.created, now_us - parse_us(order.created) > late_us
    if order.state == "refused":
        word = order.words[-1]
        return "refused", f"refused by {word.by.removeprefix('person:')}: {word.why}", word.at, False
    if order.held == "snoozed":
        return "snoozed", order.reason, order.created, False
    if order.state == "dry_run":
        return "dry_run", _SAYS["dry_run"], order.created, False
    ended_by = (order.ended_by or "").removeprefix("person:")
    said = f"{order.state} by {ended_by}: {order.ended_why}"
    return "overturned" if order.state == "overturned" else "refused", said, order.ended or order.created, False


def _of_order(order: Order, now_us: int, late_us: int) -> LedgerLine:
    """The line of an order that rests on no finding."""
    unacted, says, since, late = _unacted(order, now_us, late_us)
    return LedgerLine(
        finding_id="",
        order_ids=(order.order_id,),
        time=order.created,
        customer=order.customer,
        user=order.user,
        line=order.line,
        policy=order.policy,
        clauses=order.clauses,
        detector=order.detector,
        mode="enforce",
        reason=order.reason,
        unacted=unacted,
        says=says,
        since=since,
        late=late,
    )


_BEFORE: tuple[Unacted, ...] = ("waiting", "refused", "overturned", "snoozed", "dry_run")
"""Of several orders for one finding, the first of these says why nothing was done."""


def _line(finding: Finding, orders: Sequence[Order], judged: Judgement | None, now_us: int, late_us: int) -> LedgerLine | None:
    """The line of one finding; None where something was done about it and stands."""
    stands = [order for order in orders if order.began is not None and order.state != "overturned"]
    if any(STEPS.index(order.step) > STEPS.index("notify") for order in stands):
        return None
    never = [order for order in orders if order not in stands]
    why = sorted((_unacted(order, now_us, late_us) for order in never), key=lambda each: _BEFORE.index(each[0]))
    late = False
    if judged is not None and judged.verdict in DISMISSED:
        unacted: Unacted = "overturned" if any(each[0] == "overturned" for each in why) else "dismissed"
        says, since = f"{judged.verdict.replace('_', ' ')}, by {judged.by.removeprefix('person:')}: {judged.why}", judged.at
    elif why:
        unacted, says, since, late = why[0]
    elif stands:
        unacted, says, since = "told", _SAYS["told"], stands[-1].began or stands[-1].created
    else:
        unacted = "shadow" if finding.mode == "shadow" else "none"
        says, since = _SAYS[unacted], finding.time
    return LedgerLine(
        finding_id=finding.finding_id,
        order_ids=tuple(order.order_id for order in orders),
        time=finding.time,
        customer=finding.customer,
        user=finding.user,
        line=finding.line,
        policy=f"{finding.policy.id}@{finding.policy.version}",
        clauses=finding.clauses,
        detector=finding.detector,
        mode=finding.mode,
        severity=finding.severity,
        reason=finding.reason,
        unacted=unacted,
        says=says,
        since=since,
        late=late,
    )
