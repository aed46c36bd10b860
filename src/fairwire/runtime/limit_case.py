"""One customer above its user limit, as it is at an instant."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from fairwire.enforcement.excess import Individual
from fairwire.model.customers import Customer
from fairwire.model.deadlines import Deadline
from fairwire.model.order import Order
from fairwire.model.policy import Pack
from fairwire.policy import NoticeFacts
from fairwire.runtime.calendar import today
from fairwire.runtime.deadlines import named
from fairwire.runtime.letters import Occasion
from fairwire.runtime.register import Kept


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitCase:
    """A deadline with what is known of its customer."""

    deadline: Deadline
    customer: Customer
    """With what it has ordered since."""
    pack: Pack | None
    over: Sequence[Individual]
    """Those above the limit, the newest first."""
    orders: Sequence[Kept[Order]]
    """What was ordered for this deadline, the oldest first."""
    at_us: int

    @property
    def users(self) -> list[str]:
        """The users above the limit, the newest first."""
        return [user for each in self.over for user in each.users]

    def day(self, at_us: int) -> int:
        """The day of an instant, where the customer is."""
        return today(self.customer.timezone, at_us).day

    def occasion(self, which: str, kind: str, *, step: str = "", covers: Sequence[str] = (), **facts: Any) -> Occasion:
        """A letter about it, with some facts that differ from the notice's. `which`: one of several of its kind."""
        given = NoticeFacts(**self.deadline.facts)  # type: ignore[arg-type]
        return Occasion(
            fact=f"{named(self.deadline)}{':' if which else ''}{which}",
            kinds=(kind,),
            customer=self.deadline.customer,
            policy=self.deadline.policy,
            clauses=self.deadline.clauses,
            step=step,
            facts=dataclasses.replace(given, **facts),
            covers=tuple(covers),
        )
