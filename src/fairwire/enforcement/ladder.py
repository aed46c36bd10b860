"""Ladders: the step a finding takes, and the order that carries it out.

A first finding enters the ladder of its clause at the rung of its severity. A repeat of the same clause within the
ladder's memory climbs one rung, and nothing ever steps down within it. A finding that overlaps an order already written
is the same episode seen by another rule, or at another line: it takes the same rung and does not climb. Nor does anything
climb over a step that still waits for people, nor what is low within a day of the last step: who is told of fourteen weak
passwords in one morning has not been told fourteen times.

Guards, in this order: what cannot be named narrowly needs a person; a number that may reach help is never a target; soft
rules stop at the ladder's limit without a person; rules alone suspend so many customers an hour and no more. Before all of
these, a rule about an address goes no further than a block of that address: whoever attacks from it is not the customer.

An invoice is no rung. Where the ladder says so, a finding in mode `enforce` about charges above the order is invoiced, and takes
no step beside it; nothing climbs for it.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from fairwire.enforcement.invoices import Account, invoice
from fairwire.enforcement.targets import Aim, aim, may_reach_help, names_help, undo
from fairwire.model.errors import BadInput
from fairwire.model.finding import Finding
from fairwire.model.instants import DAY_US, HOUR_US, SECOND_US, format_us, parse_us
from fairwire.model.order import STEPS, Held, Order, Step
from fairwire.model.policy import Ladder, Pack, RuleInfo, Rung

OWNER = "abuse-desk"
"""Who ends what does not end by itself."""

_SUSPENSIONS: tuple[Step, ...] = ("suspend_outbound", "suspend")
_LEAST_SUSPENSIONS_AN_HOUR = 5
_CUSTOMERS_PER_SUSPENSION = 1000
_PEOPLE_ONLY: dict[Step, int] = {"change_plan": 1, "terminate": 2}
_TOUCHES_CALLS: tuple[Step, ...] = ("throttle", "block", "suspend_outbound", "suspend", "terminate")
_NOTICE = Rung(step="notify")


class Unplannable(BadInput):
    """A finding names a policy, clause, ladder or detector that was not handed in with it."""

    code = "FW-ENF-001"


@dataclass(frozen=True, slots=True)
class _Taken:
    """An order of this customer under one clause, as the ladder remembers it."""

    rung: int
    at_us: int
    finding_id: str
    detector: str
    subject: tuple[str | None, ...]
    settled: bool
    """It needed nobody, or people have agreed to it."""
    lifted: str = ""
    """When a person ended it before its time; empty when nobody did."""


@dataclass(slots=True)
class _Memory:
    """Orders by customer, policy and leading clause; and who was suspended by rules alone, when."""

    taken: dict[tuple[str, str, str], list[_Taken]] = field(default_factory=dict)
    suspended: list[tuple[int, str]] = field(default_factory=list)
    planned: set[str] = field(default_factory=set)
    invoiced: set[str] = field(default_factory=set)
    """Keys of invoices: a customer has one a month."""


def _no_account(finding: Finding) -> Account | None:
    return None


def order_id_of(key: str) -> str:
    """An order's id from its idempotency key."""
    return f"o-{key[:16]}"


def shadowed(findings: Iterable[Finding]) -> dict[str, int]:
    """Detector -> findings that were left alone because it runs in shadow."""
    return dict(sorted(Counter(finding.detector for finding in findings if finding.mode == "shadow").items()))


def plan_orders(
    findings: Sequence[Finding],
    rules: Mapping[str, RuleInfo],
    packs: Mapping[str, Pack],
    history: Sequence[Order] = (),
    id_of: Callable[[str], str] = order_id_of,
    *,
    customers: int = 0,
    is_emergency: Callable[[str], bool] = may_reach_help,
    account_of: Callable[[Finding], Account | None] = _no_account,
) -> list[Order]:
    """The orders that findings lead to, in the order of time. All are in dry run.

    Parameters
    ----------
    findings
        In any order. Those in shadow lead to nothing (`shadowed` counts them); in alert to a notice at most.
    rules, packs
        Detector -> what the ladder needs to know of it; policy id, or `id@version` where there are several -> pack.
    history
        Orders written before. A finding that has one already gets no other.
    id_of
        Makes the order's id from its key.
    customers
        How many the provider has: rules alone suspend at most 5 of them an hour, or one in a thousand if that is more.
    is_emergency
        Whether a number may reach help, as dialled by anyone. The default goes by its form and is wary.
    account_of
        The limit of charges of a finding's customer; None where its order has none, or does not let more be billed. The default
        knows nobody's, and nothing is invoiced.

    Raises
    ------
    Unplannable
        A finding names a policy, clause or detector that is not in `packs` or `rules`.
    """
    memory = _remember(history, packs)
    cap = max(_LEAST_SUSPENSIONS_AN_HOUR, customers // _CUSTOMERS_PER_SUSPENSION)
    orders = []
    for finding in sorted(findings, key=lambda each: (parse_us(each.time), each.finding_id)):
        if finding.mode == "shadow" or finding.finding_id in memory.planned:
            continue
        pack, rule, lead = _bound(finding, rules, packs)
        memory.planned.add(finding.finding_id)
        billed = _invoiced(finding, pack, rule, lead, account_of, id_of)
        if billed is not None:
            if billed.key not in memory.invoiced:
                memory.invoiced.add(billed.key)
                orders.append(billed)
            continue
        orders.append(_order(finding, pack, rule, lead, memory, cap, id_of, is_emergency))
    return orders


def _invoiced(
    finding: Finding,
    pack: Pack,
    rule: RuleInfo,
    lead: str,
    account_of: Callable[[Finding], Account | None],
    id_of: Callable[[str], str],
) -> Order | None:
    """The invoice that a finding leads to in place of a step."""
    if rule.narrowest != "charges" or finding.mode != "enforce" or not pack.ladders[pack.clauses[lead].ladder].invoice:
        return None
    account = account_of(finding)
    if account is None:
        return None
    clauses = (lead, *(clause for clause in finding.clauses if clause != lead))
    return invoice(finding, clauses, f"{finding.policy.id}@{finding.policy.version}", account, id_of)


def _bound(finding: Finding, rules: Mapping[str, RuleInfo], packs: Mapping[str, Pack]) -> tuple[Pack, RuleInfo, str]:
    """The pack, the rule and the leading clause.

    Of a finding's clauses the one leads whose ladder goes furthest without asking anyone: a clause that is only worth a
    letter must not hold back one that stops the harm. Among equals, the first as the document has them.
    """
    at = f"finding {finding.finding_id}"
    exact = packs.get(f"{finding.policy.id}@{finding.policy.version}")
    pack, rule = exact or packs.get(finding.policy.id), rules.get(finding.detector)
    if pack is None:
        raise Unplannable(f"no policy `{finding.policy.id}` was handed in", at=at)
    if rule is None:
        raise Unplannable(f"no detector `{finding.detector}` was handed in", at=at)
    own = [clause for clause in pack.clauses if clause in finding.clauses]
    if not own:
        named = ", ".join(f"`{clause}`" for clause in finding.clauses) or "none"
        raise Unplannable(f"policy `{pack.id}` has none of the finding's clauses ({named})", at=at)
    for clause in own:
        ladder = pack.clauses[clause].ladder
        if ladder not in pack.ladders:
            raise Unplannable(f"clause `{clause}` of `{pack.id}` climbs the ladder `{ladder}`, which is not there", at=at)
    lead = max(own, key=lambda clause: _reach(pack.ladders[pack.clauses[clause].ladder], finding, rule))
    return pack, rule, lead


def _reach(ladder: Ladder, finding: Finding, rule: RuleInfo) -> int:
    """Where the step at which a finding enters stands among all steps; -1 when people must agree to it."""
    rung = ladder.rungs[_held(ladder.entry[finding.severity], ladder, rule)]
    return -1 if max(rung.approvals, _PEOPLE_ONLY.get(rung.step, 0)) else STEPS.index(rung.step)


def _remember(history: Sequence[Order], packs: Mapping[str, Pack]) -> _Memory:
    memory = _Memory()
    for order in sorted(history, key=lambda each: (parse_us(each.created), each.order_id)):
        memory.planned.add(order.finding_id)
        if order.step == "invoice":
            memory.invoiced.add(order.key)
            continue
        if order.state == "overturned":
            continue  # it should never have been: nothing follows from it
        at_us = parse_us(order.created)
        if order.step in _SUSPENSIONS and order.approvals == 0:
            memory.suspended.append((at_us, order.customer))
        pack = packs.get(order.policy.partition("@")[0])
        if pack is None:
            continue
        for clause in order.clauses:
            found = pack.clauses.get(clause)
            if found is None or found.ladder not in pack.ladders:
                continue
            taken = _Taken(
                rung=_rung_of(order, pack.ladders[found.ladder]),
                at_us=at_us,
                finding_id=order.finding_id,
                detector=order.detector,
                subject=(order.user, order.line, order.value if order.target == "callee" else None),
                settled=order.approvals == 0 or order.state in ("in_force", "done", "lifted", "expired"),
                lifted=_lifted(order),
            )
            memory.taken.setdefault((order.customer, pack.id, clause), []).append(taken)
    return memory


def _rung_of(order: Order, ladder: Ladder) -> int:
    """Which rung an order was. Two rungs of one step differ in how long they last."""
    lasted_s = None if order.expires is None else (parse_us(order.expires) - parse_us(order.created)) // SECOND_US
    same = [index for index, rung in enumerate(ladder.rungs) if rung.step == order.step]
    exact = [index for index in same if ladder.rungs[index].ttl_s == lasted_s]
    if exact or same:
        return (exact or same)[0]
    # The ladder has changed since: the highest rung that is not severer.
    milder = [index for index, rung in enumerate(ladder.rungs) if STEPS.index(rung.step) <= STEPS.index(order.step)]
    return milder[-1] if milder else 0


def _order(
    finding: Finding,
    pack: Pack,
    rule: RuleInfo,
    lead: str,
    memory: _Memory,
    cap: int,
    id_of: Callable[[str], str],
    is_emergency: Callable[[str], bool],
) -> Order:
    ladder = pack.ladders[pack.clauses[lead].ladder]
    at_us = parse_us(finding.time)
    climbed, repeats = _climb(finding, ladder, memory.taken.get((finding.customer, pack.id, lead), []), at_us)
    index = _held(climbed, ladder, rule)
    rung, capped = ladder.rungs[index], index != climbed
    if finding.mode == "alert" and STEPS.index(rung.step) > STEPS.index("notify"):
        index, rung = _notice(ladder)
    notes = []
    calm = _cooling(finding, ladder, memory.taken.get((finding.customer, pack.id, lead), []), at_us)
    if calm and STEPS.index(rung.step) > STEPS.index("notify"):
        index, rung = _notice(ladder)
        notes.append(
            f"a person lifted the last step at {calm}, so what follows within {ladder.cooling_off_s // 60} minutes is told"
        )
    aimed = aim(rung, rule, finding)
    if rule.narrowest == "address" and aimed.widened and rung.step in _TOUCHES_CALLS:
        index, rung = _notice(ladder)
        aimed = Aim("customer", None, False)
        notes.append("the finding names no address, and the customer is not blocked for what is done to it")
    elif capped and not calm:
        notes.append("an attack from an address is held against that address alone, so nothing goes further")
    if names_help(aimed, is_emergency):
        if STEPS.index(rung.step) > STEPS.index("notify"):
            index, rung = _notice(ladder)
        aimed = Aim("customer", None, False)
        notes.append("no step is ever taken against calls for help, so people look at it")
    approvals = max(rung.approvals, _PEOPLE_ONLY.get(rung.step, 0))
    held: Held = ""
    if aimed.widened and rung.step in _TOUCHES_CALLS:
        approvals, held = max(approvals, 1), "wide"
        notes.append("the finding does not name a narrower target, so a person must agree")
    if rule.certainty == "soft" and STEPS.index(rung.step) > STEPS.index(ladder.soft_limit):
        approvals, held = max(approvals, 1), "soft"
        notes.append("statistics alone do not go that far, so a person must agree")
    if rung.step in _SUSPENSIONS and approvals == 0 and not _admit(memory, finding.customer, at_us, cap):
        approvals, held = 1, "cap"
        notes.append(f"rules have suspended {cap} customers within the hour, so a person must agree")
    notes.insert(0, _taken_in_words(ladder, index, lead, repeats))
    key = hashlib.sha256(f"{finding.finding_id}\n{pack.id}\n{index}".encode()).hexdigest()
    order = Order(
        order_id=id_of(key),
        key=key,
        finding_id=finding.finding_id,
        customer=finding.customer,
        user=finding.user,
        line=finding.line,
        policy=f"{finding.policy.id}@{finding.policy.version}",
        clauses=(lead, *(clause for clause in finding.clauses if clause != lead)),
        detector=finding.detector,
        step=rung.step,
        target=aimed.target,
        value=aimed.value,
        reason=f"{finding.reason.rstrip('. ')}. {'; '.join(notes)}.",
        author=f"rule:{finding.detector}",
        created=format_us(at_us),
        expires=None if rung.ttl_s is None else format_us(at_us + rung.ttl_s * SECOND_US),
        owner=OWNER if rung.ttl_s is None else None,
        approvals=approvals,
        state="dry_run",
        undo=undo(rung.step, aimed.target, aimed.value),
        held=held,
    )
    taken = _Taken(index, at_us, finding.finding_id, finding.detector, _subject(finding), approvals == 0)
    for clause in order.clauses:
        memory.taken.setdefault((finding.customer, pack.id, clause), []).append(taken)
    return order


def _climb(finding: Finding, ladder: Ladder, taken: Sequence[_Taken], at_us: int) -> tuple[int, int]:
    """The rung, and how many orders of the clause the ladder remembers."""
    entry = ladder.entry[finding.severity]
    kept = [each for each in taken if at_us - ladder.memory_s * SECOND_US <= each.at_us <= at_us]
    if not kept:
        return entry, 0
    top = max(kept, key=lambda each: (each.rung, each.at_us, each.finding_id))
    same_subject = top.detector == finding.detector and top.subject == _subject(finding)
    again = same_subject or parse_us(finding.first_seen) > top.at_us
    if finding.severity in ("info", "low"):
        again = again and at_us >= max(each.at_us for each in kept) + DAY_US
    reached = top.rung + 1 if again and top.settled else top.rung
    return min(max(entry, reached), len(ladder.rungs) - 1), len(kept)


def _cooling(finding: Finding, ladder: Ladder, taken: Sequence[_Taken], at_us: int) -> str:
    """When a person last ended a step about the same; empty when that is long ago, or what is found now is critical."""
    if finding.severity == "critical":
        return ""
    same = [each.lifted for each in taken if each.lifted and each.detector == finding.detector]
    recent = [lifted for lifted in same if 0 <= at_us - parse_us(lifted) < ladder.cooling_off_s * SECOND_US]
    return max(recent, default="")


def _lifted(order: Order) -> str:
    by_person = order.state == "lifted" and order.ended is not None and (order.ended_by or "").startswith("person:")
    return order.ended or "" if by_person else ""


def _held(index: int, ladder: Ladder, rule: RuleInfo) -> int:
    """The rung, or for a rule about an address the highest below it that does no more than block; the first is the mildest."""
    if rule.narrowest != "address":
        return index
    mild = [each for each in range(index + 1) if STEPS.index(ladder.rungs[each].step) <= STEPS.index("block")]
    return mild[-1] if mild else index


def _subject(finding: Finding) -> tuple[str | None, ...]:
    return finding.user, finding.line, finding.callee


def _notice(ladder: Ladder) -> tuple[int, Rung]:
    """The ladder's own notice, or one made up for a ladder that begins higher. -1 stands below the first rung."""
    for index, rung in enumerate(ladder.rungs):
        if rung.step == "notify":
            return index, rung
    return -1, _NOTICE


def _admit(memory: _Memory, customer: str, at_us: int, cap: int) -> bool:
    """Take a place under the cap. One customer takes one place in an hour, however often rules suspend it."""
    recent = {name for taken_us, name in memory.suspended if at_us - HOUR_US < taken_us <= at_us}
    if customer not in recent and len(recent) >= cap:
        return False
    memory.suspended.append((at_us, customer))
    return True


def _taken_in_words(ladder: Ladder, index: int, lead: str, repeats: int) -> str:
    if index < 0:
        return f"A notice under clause {lead}, below the first step of the ladder `{ladder.name}`"
    rung = ladder.rungs[index]
    days = ladder.memory_s // 86400
    times = "first order" if not repeats else f"order {repeats + 1} in {days} days"
    return f"Step {index + 1} of {len(ladder.rungs)} of the ladder `{ladder.name}` ({rung.step}), {times} under clause {lead}"
