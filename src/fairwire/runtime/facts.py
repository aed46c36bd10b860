"""What is known of one call attempt, in the words that a decision asks for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import msgspec

from fairwire.decisions.orders import in_class
from fairwire.decisions.packs import PackDecision, pack_decision
from fairwire.model.customers import Customer
from fairwire.model.decision import BlockClass, CallFacts, Hit, IdentityFacts
from fairwire.model.instants import SECOND_US
from fairwire.model.money import parse_micros
from fairwire.numbers.destinations import Destinations
from fairwire.runtime.amounts import own_rate
from fairwire.runtime.calendar import day_number, today
from fairwire.runtime.called_lines import line_of_call
from fairwire.runtime.customers import CustomerTable
from fairwire.runtime.encode_values import bare
from fairwire.runtime.number_side import MOST
from fairwire.runtime.plans import Plan

micros_of = lru_cache(maxsize=4096)(parse_micros)
"""Micro-units of an amount of a customer's record."""
opened_day = lru_cache(maxsize=4096)(day_number)
"""Day on which an account was opened, counted from 1970-01-01, by its record."""
BLOCK_CLASSES: dict[str, BlockClass] = {
    "limits.calls_per_day": "own_limit",
    "limits.calls_per_second": "own_limit",
    "limits.concurrent_calls": "own_limit",
    "limits.daily_charges": "own_limit",
    "limits.monthly_charges": "own_limit",
    "routing.forwarding_loop": "deterministic",
}
"""Detectors whose blocks are not analytics: what they refuse is a stated limit or a stated fact."""
COSTLY = "costly"
_SOME_CALLS = ("new_callees", "destination_class", "forwarding")
"""Targets that not every call is one of."""


class Facts:
    """Makes `CallFacts` and `Hit` for calls of known customers."""

    def __init__(self, plan: Plan, destinations: Destinations) -> None:
        self._plan = plan
        self.destinations = destinations
        self._packs: dict[str, PackDecision] = {}
        self._of_nobody = ""
        self._noticed: dict[tuple[str, int], tuple[str, ...] | None] = {}
        self._owned: dict[tuple[str, str], tuple[tuple[str, ...], bool | None]] = {}

    def pack(self, pack: str) -> PackDecision:
        """A pack as decisions need it, by its key in the plan."""
        if pack not in self._packs:
            made = pack_decision(self._plan.packs[pack], block_classes=BLOCK_CLASSES)
            # A finding and a decision of the same policy name the same version.
            self._packs[pack] = msgspec.structs.replace(made, policy=self._plan.ref(pack))
        return self._packs[pack]

    def pack_of(self, customers: CustomerTable, row: int | None, at_us: int) -> PackDecision:
        """The policy of a customer; for a caller that nobody knows, the one that names such use if there is one."""
        if row is not None:
            return self.pack(customers.pack_of(row, at_us))
        chosen = self._of_nobody = self._of_nobody or self._choose()
        timeline = self._plan.timelines.get(chosen)
        return self.pack(chosen if timeline is None else timeline.key("", at_us))

    def _choose(self) -> str:
        """The pack that judges callers whom nobody knows."""
        packs = sorted(name for name in self._plan.packs if "@" not in name)
        named = [
            pack.id
            for pack in (self._plan.packs[name] for name in packs)
            if any("inline" in pack.clauses[clause].controls for clause in pack.clauses_of("unprovisioned_use"))
        ]
        return self._plan.everyone or (named or packs)[0]

    def call(
        self,
        record: Mapping[str, Any],
        customer: Customer | None,
        *,
        callee_new: bool | None,
        month_charge_micros: int | None,
        running_rate_micros: int = 0,
        day_charge_micros: int | None = None,
        event: str | None = None,
        recent_calls: dict[str, int] | None = None,
        identity: IdentityFacts | None = None,
    ) -> CallFacts:
        """Facts of an attempt.

        Parameters
        ----------
        record
            `call.attempt` data by contract name, or a row of `CALL_SCHEMA`.
        customer
            None when nobody knows it.
        month_charge_micros, day_charge_micros
            Charged since the start of the customer's month and day; None when that is not known.
        """
        country = customer.country if customer else ""
        dialled = str(record.get("to") or "")
        if self.destinations.is_emergency(dialled, country):
            return CallFacts(emergency=True, callee=dialled, event=event, customer=str(record.get("customer") or ""))
        there = self.destinations.classify(dialled, country)
        shown = str(record.get("from") or "")
        chain = [bare(number) for number in record.get("diversion") or () if number]
        owned = self._owns(customer, shown) if customer and shown else None
        diverting = self._owns(customer, chain[0]) if customer and chain else None
        limit = customer.monthly_charge_limit if customer else None
        day_limit = customer.daily_charge_limit if customer else None
        at_us = record.get("time_us")
        now = today(customer.timezone, int(at_us)) if customer and at_us is not None else None
        return CallFacts(
            emergency=False,
            callee=there.e164 or bare(dialled),
            event=event,
            direction=record.get("direction") or "outbound",
            customer=str(record.get("customer") or ""),
            customer_known=customer is not None,
            state=customer.state if customer else "active",
            user=record.get("user"),
            line=self.line(record, customer),
            credential=record.get("credential"),
            address=record.get("src_ip"),
            home_country=country,
            caller=shown,
            caller_owned=owned,
            forwarded=bool(chain) or bool(record.get("forwarded")),
            diverting_owned=diverting,
            callee_new=callee_new,
            destination_country=there.country,
            destination_kind=there.kind,
            destination_valid=there.valid,
            international=there.international,
            high_risk=there.high_risk,
            allows_outbound=customer.outbound if customer else None,
            allows_international=customer.international if customer else None,
            allowed_countries=customer.allowed_countries if customer else None,
            barred_countries=customer.barred_countries if customer else (),
            barred_destinations=customer.barred_destinations if customer else (),
            on_limit=customer.on_limit if customer else "bill",
            charge_limit_micros=micros_of(limit) if limit is not None else None,
            month_charge_micros=month_charge_micros,
            running_rate_micros=running_rate_micros,
            month_ends_us=now.month_ends_us if now else None,
            day_charge_limit_micros=micros_of(day_limit) if day_limit is not None else None,
            day_charge_micros=day_charge_micros,
            day_ends_us=now.ends_us if now else None,
            local_day=now.day if now else None,
            asked_us=int(at_us) if at_us is not None else None,
            opened_day=opened_day(customer.opened) if customer else None,
            rate_micros=own_rate(record, customer) if customer else record.get("rate_micros"),
            recent_calls=recent_calls or {},
            identity=identity,
        )

    def line(self, record: Mapping[str, Any], customer: Customer | None) -> str | None:
        """The line of an attempt: what it says, or what its row has in place of it."""
        said: str | None = record.get("line")
        if said or customer is None:
            return said
        direction, shown = record.get("direction"), str(record.get("from") or "")
        found = line_of_call(direction, shown, record.get("to"), record.get("diversion"), forwarded=bool(record.get("forwarded")))
        if found is None or found != shown or direction != "outbound":
            return found
        owned = self._owns(customer, shown)
        if owned is None and any(map(str.isdigit, shown)):
            owned = self.destinations.classify(shown, customer.country).valid is not False
        return found if owned else None

    def _owns(self, customer: Customer, number: str) -> bool | None:
        """`Destinations.owns_number` of a number as it came, remembered for the record that it was answered by."""
        known = self._owned.get((number, customer.id))
        if known is None or known[0] is not customer.numbers:
            if len(self._owned) >= MOST:
                self._owned.clear()
            known = self._owned[number, customer.id] = customer.numbers, self.destinations.owns_number(customer, bare(number))
        return known[1]

    def hit(self, pack: str, rule_index: int, text: str, finding_id: str | None, call: CallFacts | None = None) -> Hit:
        """A rule that held on this attempt; of which call, so that it can be said when it is worth trying again."""
        rule = self._plan.program.rules[rule_index]
        return Hit(
            detector=rule.detector,
            topics=rule.topics,
            block_class=BLOCK_CLASSES.get(rule.detector, "analytic"),
            hard=rule.hard,
            mode=self._plan.mode(pack, rule.detector),
            text=text,
            clauses=self._plan.clauses(pack, rule.detector),
            finding_id=finding_id,
            retry_after_s=_retry_s(rule.detector, call) if call is not None else None,
        )

    def detector(self, rule_index: int) -> str:
        """The detector of a rule."""
        return self._plan.program.rules[rule_index].detector

    def noticed(self, name: str, pack: PackDecision, rule_index: int) -> tuple[str, ...] | None:
        """The clauses that a call is told of that a rule holds on and that connects for all that, whatever else is known of it;
        None where the rule may refuse one, or means some calls only.

        Parameters
        ----------
        name, pack
            The policy, by the name of its version and as decisions have it.
        """
        key = name, rule_index
        if key not in self._noticed:
            rule = self._plan.program.rules[rule_index]
            hit = self.hit(name, rule_index, rule.detector, None)
            may_refuse = hit.block_class == "own_limit" or (hit.hard and hit.mode == "enforce")
            if hit.mode == "shadow":
                self._noticed[key] = ()
            elif may_refuse or rule.narrowest in _SOME_CALLS:
                self._noticed[key] = None
            else:
                self._noticed[key] = tuple(hit.clauses or pack.cited(*rule.topics))
        return self._noticed[key]

    def never_refuse(self) -> list[int]:
        """The rules that refuse no call under any policy that has them."""
        program = self._plan.program
        return [
            rule
            for rule in range(len(program.rules))
            if all(
                self.noticed(name, self.pack(name), rule) is not None
                for name, enabled in zip(program.packs, program.enabled, strict=True)
                if enabled[rule]
            )
        ]

    def meant(self, rule_index: int, call: CallFacts) -> bool:
        """Whether a rule that holds for the customer means this very call: it refuses no more than its narrowest target."""
        target = self._plan.program.rules[rule_index].narrowest
        if target == "new_callees":
            return call.callee_new is True
        if target == "destination_class":
            return in_class(COSTLY, call)
        if target == "forwarding":
            return call.forwarded
        return True


def _retry_s(detector: str, call: CallFacts) -> int | None:
    """When a limit of the order has room again, where that can be told: a second later, or on the next day."""
    if detector == "limits.calls_per_second":
        return 1
    if detector == "limits.calls_per_day" and call.day_ends_us is not None and call.asked_us is not None:
        return max(1, (call.day_ends_us - call.asked_us) // SECOND_US)
    return None


def orders_by_customer(orders: Sequence[Any]) -> dict[str, list[Any]]:
    """Orders of each customer, in the order given."""
    found: dict[str, list[Any]] = {}
    for order in orders:
        found.setdefault(order.customer, []).append(order)
    return found
