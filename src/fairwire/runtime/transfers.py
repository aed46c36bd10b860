"""A licence moves to another person: only where its holder leaves, and not round and round.

The holder is a leaver when an event said that the user was removed, or when the request itself says that the holder leaves for
good. The request is on record either way. One who was only said to leave and uses the service again makes the transfer doubtful,
and counts again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import msgspec

from fairwire.model.customers import Customer
from fairwire.model.errors import BadUse
from fairwire.model.instants import DAY_US, format_us, parse_us
from fairwire.model.people import Person, Transfer
from fairwire.model.policy import Pack
from fairwire.model.records import RecordChange
from fairwire.ports.records import RecordStore
from fairwire.runtime.clock_registers import PEOPLE, TRANSFERS
from fairwire.runtime.people import BY_TRANSFER, person_id

RETURNS_US = 28 * DAY_US
"""Who has left within so long and would get a licence again has not left: the span of `identity.licence_rotation`."""


class BadTransfer(BadUse):
    """What is asked for is no transfer of a licence: nobody is named, or there are no licences."""

    code = "FW-ORD-002"


def transfer(
    store: RecordStore,
    customer: Customer,
    *,
    leaver: str,
    newcomer: str,
    leaves: bool,
    by: str,
    at_us: int,
    pack: Pack | None = None,
) -> Transfer:
    """Put a request on record, and move the licence where it is accepted.

    Parameters
    ----------
    leaves
        The request says that the holder leaves for good.
    pack
        The policy of the customer, for the clause.

    Raises
    ------
    BadTransfer
        The names are wrong, or the order of the customer names no number of users.
    """
    if customer.user_limit is None:
        raise BadTransfer(f"the order of `{customer.id}` names no number of users", help_="there are no licences to move")
    if not leaver.strip() or not newcomer.strip() or leaver == newcomer:
        raise BadTransfer("a licence moves from one user to another", help_="name both, and not the same twice")
    made: list[Transfer] = []

    def decide(inside: RecordStore) -> Sequence[RecordChange]:
        holder = PEOPLE.get(inside, person_id(customer.id, leaver))
        there = PEOPLE.get(inside, person_id(customer.id, newcomer))
        earlier = [kept.noun for kept in TRANSFERS.find(inside, customer=customer.id)]
        refused = _against(
            None if holder is None else holder.noun,
            None if there is None else there.noun,
            earlier,
            leaver,
            newcomer,
            leaves,
            at_us,
        )
        named = hashlib.sha256(f"{customer.id}\n{leaver}\n{newcomer}\n{leaves}\n{at_us}".encode()).hexdigest()
        moved = Transfer(
            transfer_id=f"t-{named[:16]}",
            customer=customer.id,
            leaver=leaver,
            newcomer=newcomer,
            state="refused" if refused else "accepted",
            by=by,
            at=format_us(at_us),
            leaves=leaves,
            reason=refused or _reason(None if holder is None else holder.noun, leaver),
            clauses=pack.clauses_of("licence_transfer") if pack else (),
        )
        made.clear()
        made.append(moved)
        why = moved.reason
        changes = [TRANSFERS.change(None, moved, at_us=at_us, by=by, action="transfer", why=why)]
        if refused or holder is None:
            return changes
        if holder.noun.left_us is None:
            left = msgspec.structs.replace(holder.noun, left_us=at_us, left_why=f"{BY_TRANSFER}: {moved.transfer_id}")
            changes.append(PEOPLE.change(holder, left, at_us=at_us, by=by, action="leave", why=why))
        person = Person(
            person_id=person_id(customer.id, newcomer),
            customer=customer.id,
            user=newcomer,
            individual=there.noun.individual if there is not None else "",
            since_us=holder.noun.since_us,
            added=True,
            replaces=leaver,
        )
        changes.append(PEOPLE.change(there, person, at_us=at_us, by=by, action="replace", why=why))
        return changes

    store.act(decide)
    return made[0]


def _against(
    holder: Person | None,
    there: Person | None,
    earlier: Sequence[Transfer],
    leaver: str,
    newcomer: str,
    leaves: bool,
    at_us: int,
) -> str:
    """Why a transfer is refused, as half a sentence; empty where it is not."""
    if holder is None:
        return f"nobody called {leaver} holds a licence"
    if holder.left_us is None and not leaves:
        return f"{leaver} has not left; a licence moves only to replace one who will no longer use the service"
    if holder.left_us is not None and _last_moved(earlier, leaver) >= holder.left_us:
        return f"the licence of {leaver} has moved already"
    if there is not None and there.left_us is None:
        return f"{newcomer} holds a licence already"
    if there is not None and there.left_us is not None and at_us - there.left_us < RETURNS_US:
        return f"{newcomer} gave a licence up on {format_us(there.left_us)[:10]}; licences do not go round"
    return ""


def _last_moved(earlier: Sequence[Transfer], leaver: str) -> int:
    """When a licence of somebody last moved; 0 when none ever did."""
    return max((parse_us(each.at) for each in earlier if each.leaver == leaver and each.state == "accepted"), default=0)


def _reason(holder: Person | None, leaver: str) -> str:
    removed = holder is not None and holder.left_us is not None
    when = f" on {format_us(holder.left_us)[:10]}" if holder is not None and holder.left_us is not None else ""
    return f"{leaver} was removed{when}" if removed else f"{leaver} leaves for good, by the request itself"
