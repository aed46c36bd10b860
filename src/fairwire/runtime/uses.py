"""Acceptance by use: the first call or message of a customer after a version begins for it, where its terms take that for a yes.

Two ways lead here: events that are read again, and a running service that watches whom it is still waiting for.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import msgspec

from fairwire.model.customers import Customer
from fairwire.model.errors import BadInput
from fairwire.model.instants import parse_us
from fairwire.model.versions import CustomerAcceptance, Dossier, HistoryEntry, PolicyVersion
from fairwire.policy import adoption
from fairwire.ports.policies import PolicyStore
from fairwire.runtime.replay import now_us

USES = ("call.attempt", "call.answered", "call.ended", "message.sent")
"""Events by which a customer uses the service."""
Awaited = dict[str, list[tuple[int, int, PolicyVersion]]]
"""Customer -> (from this instant, until that one, version) of all whose agreement by use is still open."""
_FOR_EVER = 2**62


class Derived(NamedTuple):
    """What files of events said."""

    new: int
    """Acceptances that were not on record."""
    unusable: int
    """Records that are no events."""


class _Used(msgspec.Struct):
    """What of an event matters here."""

    customer: str = ""
    user: str | None = None
    direction: str | None = None


class _Event(msgspec.Struct):
    id: str
    source: str
    type: str
    time: str
    data: _Used


_EVENT = msgspec.json.Decoder(_Event)


def awaited(
    store: PolicyStore, file: Dossier, customers: Sequence[Customer], *, everyone: str | None = None, from_us: int = 0
) -> Awaited:
    """Whose agreement to which version would follow from use, and is not on record.

    Parameters
    ----------
    everyone
        Pack that binds all customers; None: each is bound by that of its record.
    from_us
        Versions that were over by then are left out.
    """
    there = {(each.customer, each.version) for each in store.acceptances(file.pack)}
    waiting: Awaited = {}
    for version in file.published():
        if version.terms.acceptance != "use":
            continue
        until = version.superseded_us if version.superseded_us is not None else _FOR_EVER
        if until <= from_us:
            continue
        for customer in customers:
            begins = adoption.begins_for(file, version, customer.id)
            if (everyone or customer.policy) == file.pack and begins is not None and (customer.id, version.version) not in there:
                waiting.setdefault(customer.id, []).append((begins, until, version))
    return waiting


def use_of(line: bytes) -> tuple[str, str, int, str] | None:
    """Customer, user, instant and name (`source id`) of an event by which a customer uses the service; None for others."""
    try:
        event = _EVENT.decode(line)
        at_us = parse_us(event.time)
    except (msgspec.MsgspecError, ValueError):
        return None
    if event.type not in USES or event.data.direction == "inbound" or not event.data.customer:
        return None
    return event.data.customer, event.data.user or "", at_us, f"{event.source} {event.id}"


class UseWatch:
    """What a running service watches: the first use by each customer whose agreement is still open. Used from one thread."""

    def __init__(self, store: PolicyStore, customers: Sequence[Customer], *, everyone: str | None, now_us: int) -> None:
        self.waiting: Awaited = {}
        """Empty when nobody is waited for; look here before anything is made of an event."""
        for pack in store.packs():
            found = awaited(store, store.file(pack), customers, everyone=everyone, from_us=now_us)
            for customer, open_ in found.items():
                self.waiting.setdefault(customer, []).extend(open_)
        self.seen: list[tuple[CustomerAcceptance, HistoryEntry]] = []
        """Found, and not on record yet."""

    def see(self, line: bytes, now_us: int) -> None:
        """Look at one event."""
        used = use_of(line)
        if used is None or used[0] not in self.waiting:
            return
        customer, user, at_us, event = used
        left = []
        for begins, until, version in self.waiting[customer]:
            if begins <= at_us < until:
                self.seen.append(adoption.accept_by_use(version, customer, user=user, event=event, at_us=at_us, now_us=now_us))
            elif at_us < until:
                left.append((begins, until, version))
        if left:
            self.waiting[customer] = left
        else:
            del self.waiting[customer]


def derive_acceptances(
    store: PolicyStore,
    pack: str,
    customers: Sequence[Customer],
    files: Sequence[str],
    *,
    clock: Callable[[], int] = now_us,
) -> Derived:
    """Find the first use of each version by each customer in event files, and put it on record.

    Raises
    ------
    BadInput
        Nothing in the files is an event.
    """
    import pyarrow.compute as pc

    from fairwire.runtime.intake import read_events

    file = store.file(pack)
    waiting = awaited(store, file, customers)
    first: dict[tuple[str, str], tuple[int, str, str, PolicyVersion]] = {}
    used, unusable, why = 0, 0, ""
    for chunk in read_events(files, now_us=clock()):
        calls = chunk.calls
        used += calls.num_rows + sum(chunk.other.values())
        unusable += len(chunk.rejected)
        why = why or next((each.reason for each in chunk.rejected), "")
        if not calls.num_rows or not waiting:
            continue
        names = calls["customer"]
        mine = calls.filter(pc.is_in(names, value_set=_array(sorted(waiting))))
        for row in mine.select(["customer", "user", "direction", "time_us", "source", "id"]).to_pylist():
            if row["direction"] == "inbound":
                continue
            for begins, until, version in waiting.get(row["customer"], ()):
                key = (row["customer"], version.version)
                if begins <= row["time_us"] < until and (key not in first or row["time_us"] < first[key][0]):
                    first[key] = (row["time_us"], row["user"] or "", f"{row['source']} {row['id']}", version)
    if unusable and not used:
        raise BadInput(f"no event is in it: {why}", at=", ".join(files[:3]), help_="name files of events, such as calls.jsonl")
    records: list[tuple[CustomerAcceptance, HistoryEntry]] = []
    for (customer, _), (at_us, user, event, version) in sorted(first.items(), key=lambda item: (item[1][0], item[0])):
        records.append(adoption.accept_by_use(version, customer, user=user, event=event, at_us=at_us, now_us=clock()))
    return Derived(new=store.accept(records), unusable=unusable)


def _array(names: Sequence[str]) -> object:
    import pyarrow as pa

    return pa.array(names, pa.string())
