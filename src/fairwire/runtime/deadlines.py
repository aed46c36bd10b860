"""Deadlines: they begin when a notice has gone out, remind, are met or missed, and can be given more time or taken back.

The instant of each is worked out once, by the calendar of the customer, and kept with the calendar's name and the version of its
data. With other data it is worked out anew, and only ever to a later instant: nobody loses time that was promised in writing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence

import msgspec

from fairwire.enforcement.lifecycle import lift
from fairwire.model.customers import Customer
from fairwire.model.deadlines import RUNNING, Deadline, Extension, Reminding
from fairwire.model.errors import BadUse
from fairwire.model.instants import format_us
from fairwire.model.notices import Notice, Opening
from fairwire.model.order import OPEN, Order
from fairwire.model.records import RecordChange
from fairwire.ports.records import RecordStore
from fairwire.runtime.business_days import BusinessCalendar, calendar_of, read_period, reminder_at, within
from fairwire.runtime.clock_registers import DEADLINES, LINES
from fairwire.runtime.register import Kept
from fairwire.runtime.registers import ORDERS

SELF = "fairwire"
LONGEST_US = 366 * 86_400_000_000


class NoSuchDeadline(BadUse):
    """There is no deadline of that id, or it is not one that can be changed any more."""

    code = "FW-DLN-001"


def deadline_id(fact: str) -> str:
    """The id of the deadline that follows from a fact: there is one, however many were told."""
    return "d-" + hashlib.sha256(fact.encode()).hexdigest()[:16]


def opened(store: RecordStore, notice: Notice, customer: Customer | None, at_us: int) -> list[RecordChange]:
    """The clock that begins with a notice that has been sent; nothing where it has none, or the clock runs already."""
    opening, made_id = notice.opens, deadline_id(notice.fact)
    if opening is None or notice.attempted_us is None or DEADLINES.get(store, made_id) is not None:
        return []
    calendar = calendar_of(customer, opening.pack_country)
    due_us, reminders = _clock(opening, notice.attempted_us, calendar)
    made = Deadline(
        deadline_id=made_id,
        fact=notice.fact,
        notice_id=notice.notice_id,
        customer=notice.customer,
        policy=notice.policy,
        clauses=notice.clauses,
        workflow=opening.workflow,
        kind=opening.kind,
        opens=opening,
        from_us=notice.attempted_us,
        due_us=due_us,
        calendar=calendar.name,
        library=calendar.version,
        zone=calendar.zone,
        reminders=reminders,
        asks=str(notice.facts.get("asks", "")),
        facts=notice.facts,
    )
    why = f"{opening.period} from the notice {notice.notice_id}, by the calendar {calendar.name}: {format_us(due_us)}"
    return [DEADLINES.change(None, made, at_us=at_us, by=SELF, action="open", why=why)]


def _clock(opening: Opening, from_us: int, calendar: BusinessCalendar) -> tuple[int, tuple[Reminding, ...]]:
    period = read_period(opening.period)
    due_us = within(from_us, period, calendar, opening.cut_off_min)
    found = {reminder_at(when, from_us, due_us, period, calendar): when for when in opening.reminders}
    return due_us, tuple(Reminding(when=when, at_us=at) for at, when in sorted((a, w) for a, w in found.items() if a is not None))


def recomputed(deadline: Deadline, customer: Customer | None, at_us: int) -> Deadline:
    """A deadline by today's data of its calendar: never earlier than it was. The same where nothing has changed."""
    calendar = calendar_of(customer, deadline.opens.pack_country)
    if deadline.state not in RUNNING or not calendar.version or calendar.version == deadline.library:
        return deadline
    due_us, _ = _clock(deadline.opens, deadline.from_us, calendar)
    if due_us <= deadline.due_us:
        return msgspec.structs.replace(deadline, library=calendar.version)
    moved = Extension(
        by=SELF,
        at=format_us(at_us),
        from_us=deadline.due_us,
        to_us=due_us,
        why=f"the calendar {calendar.name} has changed: {deadline.library or 'none'} -> {calendar.version}",
    )
    return msgspec.structs.replace(
        deadline, due_us=due_us, library=calendar.version, calendar=calendar.name, extensions=(*deadline.extensions, moved)
    )


def met(deadline: Deadline, outcome: str, at_us: int, by: str = SELF, *, late: bool = False) -> Deadline:
    """The customer did what was asked."""
    return msgspec.structs.replace(deadline, state="met", ended=format_us(at_us), ended_by=by, outcome=outcome, late=late)


def missed(deadline: Deadline, at_us: int) -> Deadline:
    """The time is up. That stays so."""
    return msgspec.structs.replace(deadline, state="missed", ended=format_us(at_us), ended_by=SELF)


def settled(deadline: Deadline, outcome: str, at_us: int) -> Deadline:
    """A missed deadline of which nothing is left to do."""
    return msgspec.structs.replace(deadline, settled=format_us(at_us), outcome=outcome)


# -- what people do


def find_deadline(store: RecordStore, given: str) -> Kept[Deadline]:
    """A deadline by its id, or an unambiguous beginning of at least six characters behind `d-`.

    Raises
    ------
    NoSuchDeadline
        There is none, or several begin so.
    """
    kept = DEADLINES.get(store, given)
    if kept is not None:
        return kept
    if len(given) >= 8:
        alike = [each for each in DEADLINES.find(store, after=given, limit=2) if each.noun.deadline_id.startswith(given)]
        if len(alike) == 1:
            return alike[0]
        if alike:
            raise NoSuchDeadline(f"several deadlines begin with `{given[:80]}`", help_="give more of the id")
    raise NoSuchDeadline(f"there is no deadline `{given[:80]}`", help_="`fairwire deadline list` shows those there are")


def extend(store: RecordStore, given: str, *, by: str, to_us: int, why: str, at_us: int) -> Deadline:
    """Give a customer more time. Only while the time is not up, and never less time."""

    def change(deadline: Deadline) -> Deadline:
        if to_us <= deadline.due_us:
            raise NoSuchDeadline(
                f"it is due at {format_us(deadline.due_us)}, and a deadline is never made earlier", help_="give a later instant"
            )
        if to_us - at_us > LONGEST_US:
            raise NoSuchDeadline("a deadline is extended by a year at most", help_="give an earlier instant, and look again then")
        given_more = Extension(by=by, at=format_us(at_us), from_us=deadline.due_us, to_us=to_us, why=why.strip())
        again = Reminding(when="extended", at_us=max(at_us, to_us - 86_400_000_000))
        return msgspec.structs.replace(
            deadline,
            state="extended",
            told=False,
            due_us=to_us,
            extensions=(*deadline.extensions, given_more),
            reminders=(*(each for each in deadline.reminders if each.done), *((again,) if at_us < again.at_us < to_us else ())),
        )

    return _move(store, given, by, at_us, "extend", why, change)


def withdraw(store: RecordStore, given: str, *, by: str, why: str, at_us: int) -> Deadline:
    """Take a deadline back, also one that was missed: what followed from it is lifted, and what was charged is credited."""

    def change(deadline: Deadline) -> Deadline:
        return msgspec.structs.replace(
            deadline, state="withdrawn", told=False, ended=format_us(at_us), ended_by=by, outcome=why.strip()
        )

    return _move(store, given, by, at_us, "withdraw", why, change)


def _move(
    store: RecordStore, given: str, by: str, at_us: int, action: str, why: str, change: Callable[[Deadline], Deadline]
) -> Deadline:
    if not why.strip():
        raise NoSuchDeadline(f"nobody can {action} a deadline without a reason", help_="say why, in a sentence: it is kept")
    done: list[Deadline] = []

    def decide(inside: RecordStore) -> Sequence[RecordChange]:
        kept = find_deadline(inside, given)
        deadline = kept.noun
        if not deadline.is_live or (action == "extend" and deadline.state not in RUNNING):
            raise NoSuchDeadline(
                f"the deadline `{deadline.deadline_id}` is {deadline.state} since {deadline.settled or deadline.ended}",
                help_="what followed from it are orders; see `fairwire order list`",
            )
        if action == "extend" and at_us >= deadline.due_us:
            raise NoSuchDeadline(
                f"the time of `{deadline.deadline_id}` was up at {format_us(deadline.due_us)}", help_="withdraw it instead"
            )
        done.append(change(deadline))
        follows = undone(inside, deadline, by=by, why=why, at_us=at_us) if action == "withdraw" else []
        return [DEADLINES.change(kept, done[-1], at_us=at_us, by=by, action=action, why=why), *follows]

    store.act(decide)
    return done[-1]


def orders_of(store: RecordStore, deadline: Deadline) -> list[Kept[Order]]:
    """The orders that followed from a missed deadline, the oldest first."""
    found = [kept for kept in ORDERS.find(store, customer=deadline.customer) if kept.noun.escalates == named(deadline)]
    return sorted(found, key=lambda kept: (kept.noun.created, kept.noun.order_id))


def named(deadline: Deadline) -> str:
    """How orders, lines and notices name a deadline."""
    return f"deadline:{deadline.deadline_id}"


def undone(store: RecordStore, deadline: Deadline, *, by: str, why: str, at_us: int) -> list[RecordChange]:
    """What followed from a deadline, taken back."""
    changes = [
        ORDERS.change(kept, lift(kept.noun, by, at_us, why), at_us=at_us, by=by, action="lift", why=why)
        for kept in orders_of(store, deadline)
        if kept.noun.state in OPEN
    ]
    changes += [
        LINES.change(kept, msgspec.structs.replace(kept.noun, state="credited"), at_us=at_us, by=by, action="credit", why=why)
        for kept in LINES.find(store, customer=deadline.customer, subject=named(deadline), states=["open"])
    ]
    return changes
