"""Who uses the service of each customer that has a user limit: the people that the limit counts, and since when.

Kept from events: somebody is set up, is removed, or uses the service. Only the first use of a calendar month is written, and
nothing about customers whose order names no number of users. Whoever was set up counts until removed; whoever was only seen
counts in the months in which the service was used. Two names of one individual count once, where events say who is behind them.
"""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Callable, Sequence
from typing import Literal, NamedTuple

import msgspec

from fairwire.enforcement.excess import Individual
from fairwire.model.customers import Customer
from fairwire.model.errors import FairwireError
from fairwire.model.instants import DAY_US, day_of, format_us, parse_us
from fairwire.model.people import Person, Transfer
from fairwire.model.records import RecordChange
from fairwire.ports.records import RecordStore
from fairwire.runtime.calendar import today
from fairwire.runtime.clock_registers import ORDER_CHANGES, PEOPLE, TRANSFERS
from fairwire.runtime.ordered import Ordered, order_change
from fairwire.runtime.register import Kept

_WHAT: dict[str, Literal["added", "removed", "used", "ordered"]] = {
    "user.added": "added",
    "user.removed": "removed",
    "order.changed": "ordered",
    "call.attempt": "used",
    "call.ended": "used",
    "auth.login": "used",
}
"""What an event says of its user: the same as `identity.user_limit` counts."""
BY_TRANSFER = "named as a leaver"
"""Why somebody left whom only a request for a transfer said to leave."""
_BATCH = 500
_KNOWN = 1_000_000
"""Pairs of customer and user that are remembered, so that nobody is looked up twice in a month."""


class _Told(NamedTuple):
    """What one event says of one person."""

    customer: str
    user: str
    at_us: int
    what: Literal["added", "removed", "used"]
    individual: str = ""
    replaces: str = ""


class _Data(msgspec.Struct):
    customer: str
    user: str | None = None
    person: str | None = None
    replaces: str | None = None
    direction: str | None = None
    ok: bool | None = None


class _Event(msgspec.Struct):
    id: str
    source: str
    type: str
    time: str
    data: _Data


_EVENT = msgspec.json.Decoder(_Event)


def person_id(customer: str, user: str) -> str:
    """The id of a person's record."""
    return "p-" + hashlib.sha256(f"{customer}\n{user}".encode()).hexdigest()[:16]


def month_there(customer: Customer, at_us: int) -> str:
    """The calendar month of an instant in the customer's zone, `2026-03`."""
    return day_of(today(customer.timezone, at_us).day * DAY_US)[:7]


def present(records: RecordStore, customer: Customer, at_us: int, since_us: int | None = None) -> list[Individual]:
    """The individuals that the user limit counts at an instant, the oldest first.

    Parameters
    ----------
    since_us
        When the customer was told of them: whoever was counted then counts until removed, also when the month is over.
    """
    month = month_there(customer, at_us if since_us is None else since_us)
    found: dict[str, list[Person]] = {}
    for kept in PEOPLE.find(records, customer=customer.id, states=["there"]):
        person = kept.noun
        if person.added or person.seen_month >= month:
            found.setdefault(person.individual or person.user, []).append(person)
    people = [
        Individual(name, min(each.since_us for each in same), tuple(sorted(each.user for each in same)))
        for name, same in found.items()
    ]
    return sorted(people, key=lambda each: (each.since_us, each.name))


class Watch:
    """Takes what events say of people and orders, and puts it on record some at a time. `take` may be called from any thread,
    everything else from one.

    Parameters
    ----------
    customer_of
        The record as the customers file has it.
    """

    def __init__(self, records: RecordStore, customer_of: Callable[[str], Customer | None]) -> None:
        self._records = records
        self._customer_of = customer_of
        self.ordered = Ordered(records, lambda customer: self._customer_of(customer))
        self._seen: dict[tuple[str, str], int] = {}
        """Pair -> until when nothing new can be said of its use."""
        self._people: list[_Told] = []
        self._orders: list[tuple[Customer, dict[str, object], str, int]] = []
        self._lines: deque[Sequence[bytes]] = deque()
        self.refused: list[str] = []
        """Sentences about events that could not be taken, for whoever looks; the last hundred."""

    def know(self, customer_of: Callable[[str], Customer | None]) -> None:
        """From now on, ask this for customers."""
        self._customer_of = customer_of

    def counts(self, customer: str) -> bool:
        """Whether anybody counts the users of a customer."""
        record = self.ordered.customer(customer)
        return record is not None and record.user_limit is not None

    def use(self, customer: str, user: str, at_us: int) -> None:
        """Somebody uses the service. Costs one look-up after the first time in a month."""
        if self._seen.get((customer, user), 0) > at_us:
            return
        record = self.ordered.customer(customer)
        if record is None or record.user_limit is None:
            return
        if len(self._seen) >= _KNOWN:
            self._seen.clear()
        self._seen[customer, user] = today(record.timezone, at_us).month_ends_us
        self._people.append(_Told(customer, user, at_us, "used"))

    def take(self, lines: Sequence[bytes]) -> None:
        """Events that were taken in. They are looked at when the next `flush` is due: nobody waits for it."""
        self._lines.append(lines)

    def _see(self, line: bytes) -> None:
        """One event; those that say nothing of people or orders are left alone."""
        try:
            event = _EVENT.decode(line)
            told = _WHAT.get(event.type)
            if told is None or (data := event.data).direction in ("inbound", "internal") or data.ok is False:
                return
            if told == "used" and not data.user:  # nearly all are so, and calls wait for the interpreter meanwhile
                return
            at_us = parse_us(event.time)
        except (msgspec.MsgspecError, ValueError):
            return  # whoever took it in has told of it
        if told == "ordered":
            record = self._customer_of(data.customer)
            if record is not None:
                fields = msgspec.json.decode(line)["data"]
                del fields["customer"]
                self._orders.append((record, fields, f"event {event.source} {event.id}", at_us))
        elif told == "used" and data.user:
            self.use(data.customer, data.user, at_us)
        elif data.user:
            self._people.append(_Told(data.customer, data.user, at_us, told, data.person or "", data.replaces or ""))

    def flush(self) -> int:
        """Put what was told on record; how many changes that were. What cannot be written is kept, and comes with the next."""
        while self._lines:
            for line in self._lines.popleft():
                self._see(line)
        written = 0
        while self._orders:
            written += self._order(*self._orders[0])
            del self._orders[0]
        while self._people:
            part = self._people[:_BATCH]
            written += len(self._records.act(lambda inside, part=part: self._changes(inside, part)))  # type: ignore[misc]
            del self._people[: len(part)]
        return written

    def _order(self, record: Customer, fields: dict[str, object], evidence: str, at_us: int) -> int:
        now = self.ordered.customer(record.id) or record
        try:
            change, made = order_change(now, fields, by=f"customer:{record.id}", evidence=evidence, at_us=at_us)
        except FairwireError as error:
            self.refused = [*self.refused[-99:], f"{evidence}: {error.sentence()}"]
            return 0
        if ORDER_CHANGES.get(self._records, made.change_id) is not None:
            return 0
        self._records.write([change])
        return 1

    def _changes(self, inside: RecordStore, told: Sequence[_Told]) -> list[RecordChange]:
        before: dict[str, Kept[Person] | None] = {}
        after: dict[str, tuple[Person, _Told]] = {}
        changes: list[RecordChange] = []
        for one in told:
            record = self.ordered.customer(one.customer)
            if record is None or record.user_limit is None:
                continue
            key = person_id(one.customer, one.user)
            if key not in before:
                before[key] = PEOPLE.get(inside, key)
            held = before[key]
            there = after[key][0] if key in after else None if held is None else held.noun
            made = self._moved(inside, record, there, one, after)
            if made is not None and made != there:
                after[key] = (made, one)
                if there is not None and made.left_us is None and there.left_why.startswith(BY_TRANSFER) and one.what == "used":
                    changes.extend(_doubt(inside, one))
        changes.extend(
            PEOPLE.change(before[key], made, at_us=one.at_us, by=f"customer:{one.customer}", action=one.what)
            for key, (made, one) in after.items()
        )
        return changes

    def _moved(
        self, inside: RecordStore, record: Customer, there: Person | None, one: _Told, after: dict[str, tuple[Person, _Told]]
    ) -> Person | None:
        """A person after one event; None where nothing is to be written."""
        if one.what == "removed":
            if there is None or there.left_us is not None:
                return None
            return msgspec.structs.replace(there, left_us=one.at_us, left_why="removed")
        month = month_there(record, one.at_us) if one.what == "used" else ""
        if there is not None and one.what == "used":
            if there.left_us is not None:
                # Who was removed is found by a rule of its own; who was only said to leave has not left.
                back = there.left_why.startswith(BY_TRANSFER) and one.at_us > there.left_us
                return msgspec.structs.replace(there, left_us=None, left_why="", since_us=one.at_us) if back else None
            return None if there.added or there.seen_month >= month else msgspec.structs.replace(there, seen_month=month)
        since = one.at_us
        if one.replaces:
            key = person_id(one.customer, one.replaces)
            held = after[key][0] if key in after else (kept.noun if (kept := PEOPLE.get(inside, key)) else None)
            if held is not None and held.left_us is not None:
                since = min(since, held.since_us)
        if there is not None and there.left_us is None:
            return msgspec.structs.replace(there, added=True, individual=one.individual or there.individual)
        return Person(
            person_id=person_id(one.customer, one.user),
            customer=one.customer,
            user=one.user,
            individual=one.individual or (there.individual if there else ""),
            since_us=since,
            added=one.what == "added",
            seen_month=month,
            replaces=one.replaces,
        )


def _doubt(inside: RecordStore, one: _Told) -> list[RecordChange]:
    """Accepted transfers of whoever had left and is back."""
    why = f"{one.user} uses the service again since {format_us(one.at_us)}"
    return [
        TRANSFERS.change(
            kept,
            _doubted(kept.noun, why),
            at_us=one.at_us,
            by="fairwire",
            action="doubt",
            why=why,
        )
        for kept in TRANSFERS.find(inside, customer=one.customer, subject=one.user, states=["accepted"])
    ]


def _doubted(transfer: Transfer, why: str) -> Transfer:
    return msgspec.structs.replace(transfer, state="doubted", reason=f"{transfer.reason}; {why}")
