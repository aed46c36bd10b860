"""What was decided about calls, so that a question that comes again gets the same answer and counts once.

Kept in many small tables. A large one holds calls up for tens of milliseconds when it grows, forgets and grows again, or is
copied for a snapshot; of these, each does so at another time, and is copied when it is next written to. Which one a question
stands in follows from a keyed hash (Python's own), so that nobody who calls can fill one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

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


class Answered:
    """Decisions by what was asked (`answer_key`), and the first question about each call (`call_key`). Used from one thread.

    Nearly every call is asked about with one question: that is known by the call, and only what is asked of it later by itself.
    """

    def __init__(self) -> None:
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

    def get(self, key: str) -> Decision | None:
        """The decision about a question."""
        call = call_key(key)
        entry = self._first[hash(call) % _PARTS].get(call)
        if entry is None or entry[0] != key:
            entry = self._later[hash(key) % _PARTS].get(key)
        return None if entry is None else entry[1]

    def knows(self, call: str, key: str) -> bool:
        """Whether a call was asked about, or its question."""
        if call in self._first[hash(call) % _PARTS]:
            return True
        return self._count_later > 0 and key in self._later[hash(key) % _PARTS]

    def first(self, call: str, key: str) -> str:
        """The question that was the first about a call; it is this one if there was none."""
        place = hash(call) % _PARTS
        entry = self._first[place].get(call)
        if entry is None:
            self._put(self._first, place, 0, call, (key, None))
            return key
        return entry[0]

    def keep(self, call: str, key: str, decision: Decision) -> None:
        """Remember a decision, and forget the oldest of its part, some at once, if there are too many."""
        place = hash(call) % _PARTS
        entry = self._first[place].get(call)
        if entry is None or entry[0] == key:
            self._put(self._first, place, 0, call, (key, decision))
        else:
            self._put(self._later, hash(key) % _PARTS, _PARTS, key, (key, decision))
            self._count_later += 1

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

    def show(self) -> Sequence[Part]:
        """All decisions of this moment, in parts that stay as they are. Read them; another thread may."""
        self._shown = set(range(2 * _PARTS))
        return (*self._first, *self._later)


def by_age(parts: Sequence[Part]) -> Iterator[tuple[str, Decision]]:
    """The last decisions of parts, `ANSWERS` at the most, the older ones first: as nearly as their places in the parts tell."""
    entries = [[(key, decision) for key, decision in part.values() if decision is not None] for part in parts]
    longest = max(map(len, entries), default=0)
    in_turn = (each[-back] for back in range(longest, 0, -1) for each in entries if len(each) >= back)
    yield from islice(in_turn, max(0, sum(map(len, entries)) - ANSWERS), None)
