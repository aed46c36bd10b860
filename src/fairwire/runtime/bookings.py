"""Charges and penalties that a customer bears, because its policy says so: on record until they are on an invoice."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import msgspec

from fairwire.enforcement.grants import GrantNotPossible
from fairwire.model.errors import BadUse
from fairwire.model.grants import Booking
from fairwire.model.instants import format_us
from fairwire.model.money import format_micros, parse_micros
from fairwire.model.policy import Pack
from fairwire.model.records import RecordChange
from fairwire.ports.records import RecordStore
from fairwire.runtime.registers import BOOKINGS


class NoSuchBooking(BadUse):
    """There is no booking of that id that stands."""

    code = "FW-GRA-007"


def book(
    store: RecordStore,
    *,
    by: str,
    at_us: int,
    customer: str,
    pack: Pack,
    clause: str,
    amount: str,
    currency: str,
    what: str,
    of: str,
    evidence: Sequence[str],
    why: str,
) -> Booking:
    """Book a charge or a penalty to the customer that caused it. The same one twice is one.

    Raises
    ------
    BadUse
        Something is missing or does not fit.
    """
    try:
        micros = parse_micros(amount)
    except ValueError:
        micros = 0
    wrong = ""
    if clause not in pack.clauses:
        wrong = f"no clause `{clause[:40]}` in policy `{pack.id}`"
    elif micros <= 0:
        wrong = f"no amount above nought: `{amount[:40]}`"
    elif len(currency) != 3 or not (currency.isascii() and currency.isalpha() and currency.isupper()):
        wrong = f"no currency: `{currency[:10]}`"
    elif what not in ("charge", "penalty"):
        wrong = f"`{what[:20]}`, which is neither a charge nor a penalty"
    elif not of.strip():
        wrong = "nobody who asks for it"
    elif not any(evidence):
        wrong = "no evidence"
    elif not why.strip():
        wrong = "no reason"
    if wrong:
        raise BadUse(f"a booking cannot have {wrong}", help_="name clause, amount, who asks for it and what shows it")
    named = "\n".join((customer, clause, str(micros), currency, what, of.strip(), *sorted(evidence)))
    made = Booking(
        booking_id=f"b-{hashlib.sha256(named.encode()).hexdigest()[:12]}",
        customer=customer,
        policy=f"{pack.id}@{pack.version}",
        clause=clause,
        amount=format_micros(micros),
        currency=currency,
        what="penalty" if what == "penalty" else "charge",
        of=of.strip(),
        evidence=tuple(filter(None, evidence)),
        why=why.strip(),
        by=by,
        at=format_us(at_us),
    )

    def decide(inside: RecordStore) -> Sequence[RecordChange]:
        if BOOKINGS.get(inside, made.booking_id) is not None:
            return ()
        return [BOOKINGS.change(None, made, at_us=at_us, by=by, action="book", why=why)]

    store.act(decide)
    kept = BOOKINGS.get(store, made.booking_id)
    assert kept is not None
    return kept.noun


def cancel_booking(store: RecordStore, booking_id: str, by: str, at_us: int, why: str) -> Booking:
    """Take a booking back."""
    kept = BOOKINGS.get(store, booking_id)
    if kept is None or kept.noun.state != "booked":
        raise NoSuchBooking(f"there is no booking `{booking_id[:80]}` that stands", help_="look at the list again")
    if not why.strip():
        raise GrantNotPossible("a booking is cancelled for a reason", help_="say why, in a sentence: it is kept")
    ended = msgspec.structs.replace(kept.noun, state="cancelled", ended_by=by, ended_at=format_us(at_us), ended_why=why.strip())
    store.write([BOOKINGS.change(kept, ended, at_us=at_us, by=by, action="cancel", why=why)])
    return ended


def bookings_of(store: RecordStore, customer: str | None = None) -> list[Booking]:
    """What was booked, the oldest first, with what was taken back since."""
    found = [kept.noun for kept in BOOKINGS.find(store, customer=customer)]
    return sorted(found, key=lambda each: (each.at, each.booking_id))
