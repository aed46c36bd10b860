"""Verifying the audit trail: every entry by its hash and the one before, every record by the last entry for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from fairwire.model.records import NO_HASH, POLICY_ACT, Audited, Record, policy_act, policy_act_id
from fairwire.ports.control import ControlStore
from fairwire.runtime.anchor import Anchor, UnusableAnchor, named, read_anchor, told, write_anchor, wrong_with

SHOWN = 10
"""Sentences that are kept; what else is wrong is counted."""
_EVERY = 1000
_FIELDS = ("customer", "subject", "state", "due_us", "version")

Report = Callable[[str, int, int], None]
"""(what is going on, how much is done, of how much): called now and then."""


@dataclass(slots=True, kw_only=True)
class Verified:
    """What came of it."""

    entries: int = 0
    records: int = 0
    head: Anchor = field(default_factory=lambda: Anchor(seq=0, hash=NO_HASH))
    """The last entry that is there."""
    anchor: Anchor | None = None
    """What the data folder noted before."""
    problems: list[str] = field(default_factory=list)
    """The first of them, a sentence each."""
    more: int = 0
    """How many else there are."""
    notes: list[str] = field(default_factory=list)

    @property
    def sound(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problems

    def add(self, sentence: str) -> None:
        """One more that is wrong."""
        if len(self.problems) < SHOWN:
            self.problems.append(sentence)
        else:
            self.more += 1


def verify(store: ControlStore, folder: Path, key: bytes, report: Report = lambda *_: None) -> Verified:
    """Walk the trail and then the records, each some at a time, and move the data folder's mark on when all is well.

    The service may run meanwhile. What it writes in the meantime is verified or not, and never called wrong.
    """
    found = Verified()
    damaged = False
    try:
        found.anchor = read_anchor(folder, key)
    except UnusableAnchor as error:
        damaged = True
        found.add(error.sentence())
    _walk(store, found, report)
    _compare(store, found, report)
    if not found.sound or damaged:
        return found
    if found.anchor is None:
        found.notes.append("there was no mark of how far the trail had come: that nothing is missing at its end cannot be told")
    if found.anchor is None or found.head.seq > found.anchor.seq:
        try:
            write_anchor(folder, key, found.head)
        except OSError as error:
            why = (error.strerror or "unknown reason").lower()
            found.notes.append(f"the mark in {folder} could not be moved on: {why}")
    return found


def _walk(store: ControlStore, found: Verified, report: Report) -> None:
    total = store.records.mark()
    before = found.head
    for entry in store.records.trail():
        wrong = wrong_with(entry, before)
        if wrong is not None:
            found.add(wrong)
        if entry.seq != before.seq + 1:
            # What stands behind a gap is held against its own hash at least.
            wrong = wrong_with(entry, Anchor(seq=entry.seq - 1, hash=entry.prev))
            if wrong is not None:
                found.add(wrong)
        before = Anchor(seq=entry.seq, hash=entry.hash)
        anchor = found.anchor
        if anchor is not None and entry.seq == anchor.seq and entry.hash != anchor.hash:
            found.add(f"{told(entry)} is another than the one that `audit.head` has noted: the trail was written anew")
        found.entries += 1
        if found.entries % _EVERY == 0:
            report("reading the trail", found.entries, max(total, found.entries))
    found.head = before
    if found.anchor is not None and before.seq < found.anchor.seq:
        found.add(f"the trail ends at entry {before.seq}, and it had come to entry {found.anchor.seq}: its end was cut off")


def _compare(store: ControlStore, found: Verified, report: Report) -> None:
    acts = _Acts(store)
    for each in store.records.audited():
        wrong = _wrong_with(each)
        if wrong is not None:
            found.add(wrong)
        elif each.kind == POLICY_ACT and each.record is not None:
            for sentence in acts.beside(each.record):
                found.add(sentence)
        found.records += each.record is not None
        if found.records % _EVERY == 0:
            report("comparing records", found.records, 0)
    for sentence in acts.rest():
        found.add(sentence)


def _wrong_with(each: Audited) -> str | None:
    record, last = each.record, each.last
    if last is None:
        return f"the {_name(each)} has no entry in the trail: it was written behind its back"
    if record is None:
        return f"the {_name(each)} is gone, and the last entry for it, {last.seq}, does not say so"
    # An entry from before entries had all of a record says only whose it is and what it became.
    fields = _FIELDS if last.version else _FIELDS[:1]
    differ = [name for name in fields if getattr(record, name) != getattr(last, name)]
    if record.body != last.after:
        differ.append("body")
    if differ:
        return f"the {_name(each)} is not what the last entry for it, {last.seq}, says: it differs in {', '.join(differ)}"
    if record.version != each.entries:
        return f"the {_name(each)} has version {record.version}, and the trail has {each.entries} entries for it"
    return None


def _name(each: Audited) -> str:
    return named(each.kind, each.id)


class _Acts:
    """The history of policies beside the records of its acts, both in order, as far as both went when this began."""

    def __init__(self, store: ControlStore) -> None:
        # An act and its record are one transaction: what the history has now, the trail has a moment later.
        self._last_act = max((act.seq for act in store.policies.history(limit=1)), default=0)
        self._last_id = max((entry.id for entry in store.records.trail(kind=POLICY_ACT, limit=1, newest=True)), default="")
        self._acts = store.policies.acts()
        self._next = next(self._acts, None)
        self._begun = False

    def beside(self, record: Record) -> Iterator[str]:
        """What is wrong with the acts up to the one of this record."""
        if record.id > self._last_id:
            return
        yield from self._before(record.id)
        self._begun = True
        act = self._next
        if act is None or policy_act_id(act) != record.id:
            yield f"act {record.id.lstrip('0')} on a policy is gone from the history, and the trail has it"
            return
        if policy_act(act).record.body != record.body:
            yield f"act {act.seq} on a policy is not what the trail says of it"
        self._next = next(self._acts, None)

    def rest(self) -> Iterator[str]:
        """Acts behind the last one that the trail has."""
        return self._before(None) if self._begun else iter(())

    def _before(self, id_: str | None) -> Iterator[str]:
        while self._next is not None and (id_ is None or policy_act_id(self._next) < id_):
            # Acts before the first that the trail has are older than the trail.
            if self._begun and self._next.seq <= self._last_act:
                yield f"act {self._next.seq} on a policy is in the history, and not in the trail: it was written behind its back"
            self._next = next(self._acts, None)
