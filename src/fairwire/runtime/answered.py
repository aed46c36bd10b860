"""What was decided about calls, so that a question that comes again gets the same answer and counts once.

Kept in many small tables. A large one holds calls up for tens of milliseconds when it grows, forgets and grows again, or is
copied for a snapshot; of these, each does so at another time, and is copied when it is next written to. Which one a question
stands in follows from a keyed hash (Python's own), so that nobody who calls can fill one.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

import msgspec

from fairwire.kernel.arena import mix
from fairwire.kernel.hashing import key_of
from fairwire.model.decision import Decision
from fairwire.runtime.attempts import call_key

ANSWERS = 100_000
"""Decisions that are remembered, about: the oldest of a part is forgotten when the part has too many."""
_PARTS = 256
_AT_ONCE = 40
_MOST = ANSWERS // _PARTS + _AT_ONCE + 120
"""Decisions of a part. Of the last 100,000 questions 390 fall into one, give or take 20: six times that is left as room."""

Entry = tuple[str, Decision | None]
"""A question, and what was decided; None while it is being decided, or where that failed."""
Part = dict[str, Entry]
Written = dict[int, bytes]
"""Decisions as the log has them, by the kernel's key of the call."""
_WRITTEN = 2_048
"""Decisions of such a part."""
_read = msgspec.json.Decoder(tuple[str, Decision]).decode


class Answered:
    """Decisions by what was asked (`answer_key`), and the first question about each call (`call_key`). Used from one thread.

    Nearly every call is asked about with one question: that is known by the call, and only what is asked of it later by itself.
    Most decisions are never asked for again: those of usual calls are kept as the log has them, and read by whoever asks.
    """

    def __init__(self) -> None:
        self._written: deque[Written] = deque([{}])
        """The oldest first; only the last of them is written to."""
        self._count_written = 0
        self._looked_for: tuple[str, Entry | None] = ("", None)
        """The call that was last looked for among these, and what was found."""
        self._first: list[Part] = [{} for _ in range(_PARTS)]
        """By call."""
        self._later: list[Part] = [{} for _ in range(_PARTS)]
        """By question."""
        self._count_later = 0
        self._shown: set[int] = set()
        """Parts that a snapshot has: they are not written to. By place; those of `_later` behind those of `_first`."""

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __iter__(self) -> Iterator[tuple[str, Decision]]:
        for part in (*self._first, *self._later):
            for key, decision in part.values():
                if decision is not None:
                    yield key, decision
        for written in self._written:
            yield from map(_read, written.values())

    def get(self, key: str) -> Decision | None:
        """The decision about a question."""
        call = call_key(key)
        entry = self._asked_first(call)
        if entry is None or entry[0] != key:
            entry = self._later[hash(key) % _PARTS].get(key)
        return None if entry is None else entry[1]

    def knows(self, call: str, key: str) -> bool:
        """Whether a call was asked about, or its question."""
        if self._asked_first(call) is not None:
            return True
        return self._count_later > 0 and key in self._later[hash(key) % _PARTS]

    def _asked_first(self, call: str) -> Entry | None:
        """The first question about a call."""
        return self._first[hash(call) % _PARTS].get(call) or self._among_written(call)

    def _among_written(self, call: str) -> Entry | None:
        if not self._written[0]:
            return None
        looked_for, entry = self._looked_for
        if looked_for != call:
            customer, _, call_id = call.partition("\0")
            number, entry = mix(key_of(customer), key_of(call_id)), None
            for part in reversed(self._written):
                written = part.get(number)
                if written is not None:
                    found: Entry = _read(written)
                    entry = found if call_key(found[0]) == call else None  # else its key is the same by chance
                    break
            self._looked_for = call, entry
        return entry

    def first(self, call: str, key: str) -> str:
        """The question that was the first about a call; it is this one if there was none."""
        entry = self._asked_first(call)
        if entry is None:
            self._put(self._first, hash(call) % _PARTS, 0, call, (key, None))
            return key
        return entry[0]

    def keep(self, call: str, key: str, decision: Decision) -> None:
        """Remember a decision, and forget the oldest of its part, some at once, if there are too many."""
        place = hash(call) % _PARTS
        entry = self._first[place].get(call)
        written = self._among_written(call) if entry is None else None
        if written is not None and written[0] == key:
            return
        if written is None and (entry is None or entry[0] == key):
            self._put(self._first, place, 0, call, (key, decision))
        else:
            self._put(self._later, hash(key) % _PARTS, _PARTS, key, (key, decision))
            self._count_later += 1

    def keep_written(self, calls: Iterable[int], written: Iterable[bytes]) -> None:
        """Remember decisions about calls that nobody asked about before, as the log has them.

        `calls`: the kernel's key of each (`I_CALL`).
        """
        parts = self._written
        newest = parts[-1]
        before = len(newest)
        newest.update(zip(calls, written, strict=True))
        self._count_written += len(newest) - before
        self._looked_for = "", None
        if len(newest) >= _WRITTEN:
            parts.append({})
            while self._count_written - len(parts[0]) >= ANSWERS:
                self._count_written -= len(parts.popleft())

    def _put(self, parts: list[Part], place: int, base: int, name: str, entry: Entry) -> None:
        part = parts[place]
        if self._shown and base + place in self._shown:
            self._shown.discard(base + place)
            part = parts[place] = part.copy()
        part[name] = entry
        if len(part) > _MOST:
            # To find the first entry of a dictionary takes as long as many were taken out before it.
            for oldest in list(islice(part, _AT_ONCE)):
                del part[oldest]

    def show(self) -> Sequence[Part | Written]:
        """All decisions of this moment, in parts that stay as they are. Read them; another thread may."""
        self._shown = set(range(2 * _PARTS))
        written = tuple(self._written)
        if written[-1]:
            self._written.append({})
        return (*self._first, *self._later, *written)


def by_age(parts: Sequence[Part | Written]) -> Iterator[tuple[str, Decision]]:
    """The last decisions of parts, `ANSWERS` at the most, the older ones first: as nearly as their places in the parts tell."""
    entries: list[list[tuple[str, Decision]]] = []
    written: list[bytes] = []
    for part in parts:
        asked: list[tuple[str, Decision]] = []
        for each in part.values():
            if isinstance(each, bytes):
                written.append(each)
            elif each[1] is not None:
                asked.append((each[0], each[1]))
        entries.append(asked)
    # Those stand in the order in which they came: cut across, so that the end of each part is as old as that of any other.
    entries += [[_read(each) for each in written[first::_PARTS]] for first in range(min(_PARTS, len(written)))]
    longest = max(map(len, entries), default=0)
    in_turn = (each[-back] for back in range(longest, 0, -1) for each in entries if len(each) >= back)
    yield from islice(in_turn, max(0, sum(map(len, entries)) - ANSWERS), None)
