"""Holds: what they keep of the event log, and whether somebody may delete something else."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from fairwire.enforcement import cases
from fairwire.enforcement import holds as life
from fairwire.model.holds import Hold
from fairwire.model.instants import parse_us
from fairwire.model.records import RecordChange
from fairwire.ports.log import Held
from fairwire.ports.records import RecordStore
from fairwire.runtime.case_access import Viewer, admit, find_case
from fairwire.runtime.case_registers import CASES, HOLDS
from fairwire.runtime.lookup import look_up


class _Event(msgspec.Struct):
    time: str = ""
    data: dict[str, object] = {}


_EVENT = msgspec.json.Decoder(_Event)


class Keeper:
    """What some holds keep, asked of events as they stand in the log."""

    def __init__(self, holds: Sequence[Hold]) -> None:
        self._holds = tuple(hold for hold in holds if hold.state == "holds")
        named = {name for hold in self._holds for name in (hold.customer, *hold.numbers, *hold.addresses) if name}
        self._needles = tuple(name.encode() for name in named) if all(name.isascii() for name in named) else None

    def __bool__(self) -> bool:
        return bool(self._holds)

    def keeps(self, lines: Iterable[bytes]) -> bool:
        """Whether one of the events is meant. What cannot be read is kept: nobody can say that it is not."""
        return any(self.means(line) for line in lines)

    def means(self, line: bytes) -> bool:
        """Whether an event is meant."""
        if not self._holds:
            return False
        if self._needles is not None and b"\\u" not in line and not any(needle in line for needle in self._needles):
            return False
        try:
            event = _EVENT.decode(line)
            at_us = parse_us(event.time)
        except (msgspec.DecodeError, ValueError):
            return True
        return any(hold.in_time(at_us) and _names(hold, event.data) for hold in self._holds)


def _names(hold: Hold, data: dict[str, object]) -> bool:
    if hold.customer and data.get("customer") == hold.customer:
        return True
    wanted = {*hold.numbers, *hold.addresses}
    if not wanted:
        return False
    return any(
        value in wanted if isinstance(value, str) else isinstance(value, list) and not wanted.isdisjoint(filter(_is_text, value))
        for value in data.values()
    )


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def active(records: RecordStore) -> list[Hold]:
    """Holds that hold."""
    return [kept.noun for kept in HOLDS.find(records, states=["holds"])]


def held_by(records: RecordStore) -> Held | None:
    """What the holds of a store keep of the log; None: nothing.

    Raises
    ------
    StoreError
        Nobody can say.
    """
    keeper = Keeper(active(records))
    return keeper.keeps if keeper else None


def is_held(records: RecordStore, customer: str, at_us: int) -> bool:
    """Whether a hold keeps what is on record about a customer at an instant. Whoever deletes asks this first."""
    return any(hold.in_time(at_us) for hold in active(records) if hold.customer == customer)


def place(
    records: RecordStore,
    viewer: Viewer,
    at_us: int,
    why: str,
    *,
    customer: str = "",
    numbers: Sequence[str] = (),
    addresses: Sequence[str] = (),
    case_id: str = "",
    reference: str = "",
    since_us: int | None = None,
    until_us: int | None = None,
) -> Hold:
    """Keep what any retention would delete; with a case, what the case is about.

    Raises
    ------
    NotPossible, NotThere, Restricted
        It says not why, or names nobody; there is no such case, or it is not for this person.
    """
    made: list[Hold] = []

    def decide(inside: RecordStore) -> Sequence[RecordChange]:
        changes: list[RecordChange] = []
        names = (customer, tuple(numbers), tuple(addresses))
        if case_id:
            kept = find_case(inside, case_id)
            admit(kept.noun, viewer)
            case = kept.noun
            own = ((case.number,) if case.number else (), (case.address,) if case.address else ())
            names = (customer or case.customer, names[1] or own[0], names[2] or own[1])
        hold = life.place(
            why=why,
            by=viewer.by,
            at_us=at_us,
            customer=names[0],
            numbers=names[1],
            addresses=names[2],
            case_id=case.case_id if case_id else "",
            reference=reference,
            since_us=since_us,
            until_us=until_us,
        )
        made.append(hold)
        if case_id:
            linked = cases.link(case, viewer.by, at_us, related=[hold.hold_id])
            changes.append(CASES.change(kept, linked, at_us=at_us, by=viewer.by, action="hold", why=why))
        return [HOLDS.change(None, hold, at_us=at_us, by=viewer.by, action="hold", why=why), *changes]

    records.act(decide)
    return made[0]


def release(records: RecordStore, given: str, viewer: Viewer, at_us: int, why: str) -> Hold:
    """From now on retention may delete what it kept."""
    done: list[Hold] = []

    def decide(inside: RecordStore) -> Sequence[RecordChange]:
        kept = look_up(HOLDS, inside, given, prefix="h-", what="hold", list_with="fairwire hold list")
        if kept.noun.case_id:
            admit(find_case(inside, kept.noun.case_id).noun, viewer)
        done.append(life.release(kept.noun, viewer.by, at_us, why))
        return [HOLDS.change(kept, done[0], at_us=at_us, by=viewer.by, action="release", why=why)]

    records.act(decide)
    return done[0]


def list_holds(records: RecordStore, viewer: Viewer, *, customer: str | None = None, everything: bool = False) -> list[Hold]:
    """Holds, the oldest first; those of restricted cases for named people only. `everything`: released ones as well."""
    found = [kept.noun for kept in HOLDS.find(records, customer=customer, states=None if everything else ["holds"])]
    if not viewer.severe:
        found = [hold for hold in found if not hold.case_id or not find_case(records, hold.case_id).noun.restricted]
    return sorted(found, key=lambda hold: (hold.at, hold.hold_id))
