"""What holds automatic action back: a stop for everything, services that only people touch, rules that rest for a while."""

from __future__ import annotations

import msgspec


class Guard(msgspec.Struct, frozen=True, kw_only=True):
    """The site's own. One record, `site`."""

    automatic: bool = True
    """False: no order takes effect without a person."""
    suspensions: bool = True
    """False: so many customers were suspended within an hour that people must look before there are more."""
    by: str = ""
    at: str = ""
    why: str = ""


class Snooze(msgspec.Struct, frozen=True, kw_only=True):
    """A rule, a clause or a customer, or any two of them together, that leads to no action for a time. What is found stays on
    record."""

    snooze_id: str
    until: str
    by: str
    why: str
    customer: str = ""
    detector: str = ""
    clause: str = ""
    ended: str = ""

    def holds(self, customer: str, detector: str, clauses: tuple[str, ...]) -> bool:
        """Whether it means an order, its end left aside."""
        return (
            self.customer in ("", customer)
            and self.detector in ("", detector)
            and (not self.clause or self.clause in clauses)
            and not self.ended
        )


class Critical(msgspec.Struct, frozen=True, kw_only=True):
    """A customer whose calls no rule touches by itself: a hospital, an alarm centre."""

    customer: str
    why: str
    by: str
    state: str = "critical"
    """`critical`, or `ordinary` again."""
