"""The questions asked of a call attempt, in their order.

    help at the other end? -> known? -> state -> own switch -> caller number -> destination -> limits
    -> findings in force, rules -> connect

The first question that refuses ends it; what earlier ones noticed is shown with the answer. What is not known refuses
nothing. The order is that of what is owed: an emergency call is owed to everybody, and everything else only to those who
are known, may call, and call as themselves.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from fairwire.decisions.answers import connect, refuse, stir_reason
from fairwire.decisions.orders import in_class, instant, matching
from fairwire.decisions.packs import PackDecision
from fairwire.decisions.spending import spent
from fairwire.model.decision import BlockClass, CallFacts, Decision, Hit, Reason, SipAnswer
from fairwire.model.finding import Mode
from fairwire.model.instants import SECOND_US
from fairwire.model.order import Order

_MINUTE_S = 60


def decide(
    call: CallFacts,
    *,
    orders: Sequence[Order],
    hits: Sequence[Hit],
    pack: PackDecision,
    now_us: int,
    dry_run: bool = False,
) -> Decision:
    """Answer one call attempt.

    Parameters
    ----------
    call
        What is known of it.
    orders
        Orders about this customer; those that are not in force are passed over.
    hits
        Inline rules that are true for this call.
    pack
        The customer's policy.
    now_us
        The instant of the attempt: event time in a replay.
    dry_run
        Orders that were only written count as carried out: what *would* have been decided.

    Returns
    -------
    The decision, with `elapsed_us` 0: only the caller has a clock.
    """
    if call.emergency:
        return _help(call, pack)
    question = _Questions(call, pack, now_us)
    return (
        question.who()
        or question.state()
        or question.switch()
        or question.identity()
        or question.caller()
        or question.destination()
        or question.limits(hits)
        or question.findings(orders, dry_run=dry_run)
        or question.rules(hits)
        or connect(call, pack.policy, question.noticed)
    )


def _help(call: CallFacts, pack: PackDecision) -> Decision:
    """An emergency or lifeline call. Nothing has been looked at before, and nothing is looked at after."""
    clause = pack.clauses.get("emergency_calls", ("",))[0]
    reason = Reason(clause=clause, text="Emergency and lifeline calls are always connected", detector="inline.emergency_calls")
    return connect(call, pack.policy, (reason,))


class _Questions:
    """Each method answers None to go on. `noticed` gathers what does not refuse."""

    def __init__(self, call: CallFacts, pack: PackDecision, now_us: int) -> None:
        self.call = call
        self.pack = pack
        self.now_us = now_us
        self.noticed: list[Reason] = []
        self.over_limit = False

    def _refuse(
        self,
        check: str,
        mode: Mode,
        block: BlockClass,
        clauses: Sequence[str],
        text: str,
        *,
        limit: str | None = None,
        finding_ids: Sequence[str] = (),
        ttl_s: int | None = None,
    ) -> Decision | None:
        """Refuse, or in mode `alert` only take note; in mode `shadow` nothing is shown to anyone here."""
        reasons = [Reason(clause=clause, text=text, detector=check, limit=limit) for clause in clauses]
        if mode != "enforce":
            if mode == "alert":
                self.noticed.extend(reasons)
            return None
        return refuse(
            self.call,
            self.pack,
            block,
            reasons,
            noticed=self.noticed,
            finding_ids=finding_ids,
            ttl_s=ttl_s,
            now_us=self.now_us,
        )

    def _check(
        self,
        check: str,
        block: BlockClass,
        topics: Sequence[str],
        text: str,
        *,
        limit: str | None = None,
        ttl_s: int | None = None,
    ) -> Decision | None:
        mode, clauses = self.pack.mode(check), self.pack.cited(*topics)
        return self._refuse(check, mode, block, clauses, text, limit=limit, ttl_s=ttl_s)

    def who(self) -> Decision | None:
        """Only customers and the users they were given may call."""
        check, topics = "inline.known_customer", ("unprovisioned_use", "authentication", "customer_responsibility")
        if not self.call.customer_known:
            text = f"The call comes from no known customer{_named(self.call.customer)}"
            return self._check(check, "deterministic", topics, text)
        if self.call.user_known is False:
            text = f"{self.call.user or self.call.credential or 'The caller'} is no user that was set up for {self.call.customer}"
            return self._check(check, "deterministic", topics, text)
        return None

    def state(self) -> Decision | None:
        """A suspended customer reaches the abuse desk, and nobody else."""
        call = self.call
        if call.state not in ("suspended", "terminated"):
            return None
        if call.state == "suspended" and self.pack.contact_tel and call.callee == self.pack.contact_tel:
            clauses = self.pack.cited("account_state")
            text = "The service is suspended; calls to the abuse desk are connected"
            reasons = [Reason(clause=clause, text=text, detector="inline.account_state") for clause in clauses]
            return connect(call, self.pack.policy, (*reasons, *self.noticed))
        topics = ("account_state", "termination") if call.state == "terminated" else ("account_state",)
        return self._check("inline.account_state", "deterministic", topics, f"The service of {call.customer} is {call.state}")

    def switch(self) -> Decision | None:
        """The customer's own switch: while it is off, nobody of it calls out. Calls that come in, and calls inside, go on."""
        if self.call.direction != "outbound" or self.call.allows_outbound is not False:
            return None
        text = f"{self.call.customer} has switched all calls to the outside off; its record switches them on again"
        return self._check("inline.kill_switch", "deterministic", ("kill_switch", "destination_permissions"), text)

    def identity(self) -> Decision | None:
        """Whoever signs a call for a number must be entitled to it. A failed signature has response codes of its own."""
        found = self.call.identity
        if found is None or found.outcome != "failed" or found.code is None:
            return None
        text = f"The caller number {_said(self.call.caller)} is not vouched for: {found.text}"
        refused = self._check("inline.identity", "deterministic", ("caller_id", "impersonation"), text)
        if refused is None:
            return None
        reason = stir_reason(found.code, refused.reasons[0].clause, found.text)
        return msgspec.structs.replace(refused, sip=SipAnswer(code=found.code, phrase=found.phrase, reason=reason))

    def caller(self) -> Decision | None:
        """The number shown must be the customer's own, or that of somebody whose call the customer forwards."""
        call = self.call
        if call.direction != "outbound" or call.caller_owned is not False:
            return None
        if call.forwarded and call.diverting_owned is not False:
            return None
        shown = f"The caller number {_said(call.caller)} is not one of the numbers assigned to {call.customer}"
        text = f"{shown}, and neither is the one that forwarded the call" if call.forwarded else shown
        return self._check("inline.caller_id", "deterministic", ("caller_id", "impersonation"), text)

    def destination(self) -> Decision | None:
        """What the customer has barred for itself; then numbers that nobody has."""
        call = self.call
        if call.direction != "outbound":
            return None
        check, topics = "inline.destination_permissions", ("destination_permissions", "kill_switch")
        if call.international is True and call.allows_international is False:
            text = f"Calls to other countries are switched off for {call.customer}, and {_said(call.callee)} is in {_place(call)}"
            refused = self._check(check, "deterministic", topics, text)
            if refused:
                return refused
        allowed = call.allowed_countries
        if call.international is True and allowed is not None and call.destination_country not in (*allowed, call.home_country):
            text = f"{_said(call.callee)} is in {_place(call)}, which is not among the destinations open to {call.customer}"
            refused = self._check(check, "deterministic", topics, text)
            if refused:
                return refused
        refused = self._barred()
        if refused:
            return refused
        if call.destination_valid is False:
            text = f"The number {_said(call.callee)} is not in use"
            return self._check("inline.number_in_use", "unallocated", (), text)
        return None

    def _barred(self) -> Decision | None:
        """What the customer has barred by name. The destination that is not known is none of those."""
        call = self.call
        if call.destination_country and call.destination_country in call.barred_countries:
            what = f"is in {call.destination_country}"
        else:
            named = next((name for name in call.barred_destinations if in_class(name, call)), None)
            if named is None:
                return None
            what = f"begins with {named}" if named.startswith("+") else f"is of the class `{named}`"
        text = f"{_said(call.callee)} {what}, which {call.customer} has barred for itself"
        topics = ("destination_permissions", "kill_switch")
        return self._check("inline.barred_destinations", "deterministic", topics, text)

    def limits(self, hits: Sequence[Hit]) -> Decision | None:
        """The customer's own limits. The order says whether going over is billed or refused."""
        for hit in hits:
            if hit.block_class == "own_limit" and hit.mode != "shadow":
                self.over_limit = True
                mode: Mode = hit.mode if hit.hard else "alert"
                ids, wait_s = _ids(hit), hit.retry_after_s
                refused = self._over(hit.detector, mode, self._clauses(hit), hit.text, hit.detector, ids, wait_s)
                if refused:
                    return refused
        return self._spending() if self.call.direction == "outbound" else None

    def _over(
        self,
        check: str,
        mode: Mode,
        clauses: Sequence[str],
        text: str,
        limit: str,
        finding_ids: Sequence[str] = (),
        ttl_s: int | None = None,
    ) -> Decision | None:
        if self.call.on_limit == "bill" and mode != "shadow":
            told = f"{text}; the call is connected, and what is over the limit becomes payable at once"
            self.noticed.extend(Reason(clause=clause, text=told, detector=check, limit=limit) for clause in clauses)
            return None
        return self._refuse(check, mode, "own_limit", clauses, text, limit=limit, finding_ids=finding_ids, ttl_s=ttl_s)

    def _spending(self) -> Decision | None:
        for each in spent(self.call, self.pack, self.now_us):
            self.over_limit = True
            mode, clauses = self.pack.mode(each.check), self.pack.cited(*each.topics)
            if each.billable:
                refused = self._over(each.check, mode, clauses, each.text, each.limit, (), each.ttl_s)
            else:
                refused = self._refuse(each.check, mode, "own_limit", clauses, each.text, limit=each.limit, ttl_s=each.ttl_s)
            if refused:
                return refused
        return None

    def findings(self, orders: Sequence[Order], *, dry_run: bool) -> Decision | None:
        """Orders in force, severest first. Suspensions leave the way to the abuse desk open."""
        call = self.call
        if self.pack.contact_tel and call.callee == self.pack.contact_tel:
            return None
        found = matching(orders, call, self.now_us, over_limit=self.over_limit, dry_run=dry_run)
        ids = tuple(dict.fromkeys(order.finding_id for order in found))
        for order in found:
            refused = self._order(order, ids)
            if refused:
                return refused
        return None

    def _order(self, order: Order, ids: Sequence[str]) -> Decision | None:
        left_s = max(1, (instant(order.expires) - self.now_us) // SECOND_US) if order.expires else None
        clauses = tuple(clause for clause in order.clauses if clause.strip()) or (self.pack.general,)
        why = order.reason if order.reason.strip() else f"An order of {order.created} is in force"
        if order.step == "step_up":
            text = f"{why}; the customer was asked to confirm with a second factor"
            self.noticed.extend(Reason(clause=clause, text=text, detector=order.detector) for clause in clauses)
            return None
        if order.step == "throttle":
            return self._throttle(order, why, clauses, ids, left_s)
        block: BlockClass = "deterministic"
        if order.step == "block" and order.author.startswith("rule:"):
            block = "own_limit" if order.target == "new_calls" else self.pack.block_classes.get(order.detector, "analytic")
        ttl_s = left_s if block == "own_limit" else None
        return self._refuse(order.detector, "enforce", block, clauses, why, finding_ids=ids, ttl_s=ttl_s)

    def _throttle(
        self, order: Order, why: str, clauses: Sequence[str], ids: Sequence[str], left_s: int | None
    ) -> Decision | None:
        """Some calls a minute go on; how many of the target's there were is for the caller to count."""
        pace = self.pack.parameter("inline.throttle", "calls_per_min")
        recent = self.call.recent_calls.get(order.target)
        if recent is not None and recent < pace:
            text = f"{why}; limited to {pace:g} calls a minute, this is number {recent + 1}"
            self.noticed.extend(Reason(clause=clause, text=text, detector=order.detector, limit="throttle") for clause in clauses)
            return None
        wait_s = left_s if recent is None else min(_MINUTE_S, left_s or _MINUTE_S)
        text = why if recent is None else f"{why}; limited to {pace:g} calls a minute"
        return self._refuse(
            order.detector, "enforce", "own_limit", clauses, text, limit="throttle", finding_ids=ids, ttl_s=wait_s
        )

    def rules(self, hits: Sequence[Hit]) -> Decision | None:
        """Hard rules in mode `enforce` refuse; every other hit outside shadow is noticed."""
        for hit in hits:
            if hit.block_class == "own_limit" or hit.mode == "shadow":
                continue
            mode: Mode = hit.mode if hit.hard else "alert"
            refused = self._refuse(hit.detector, mode, hit.block_class, self._clauses(hit), hit.text, finding_ids=_ids(hit))
            if refused:
                return refused
        return None

    def _clauses(self, hit: Hit) -> Sequence[str]:
        return hit.clauses or self.pack.cited(*hit.topics)


def _ids(hit: Hit) -> tuple[str, ...]:
    return (hit.finding_id,) if hit.finding_id else ()


def _named(name: str) -> str:
    return f": `{name[:60]}`" if name else ""


def _said(number: str) -> str:
    return number[:40] or "(none)"


def _place(call: CallFacts) -> str:
    return call.destination_country or "a network without a country"
