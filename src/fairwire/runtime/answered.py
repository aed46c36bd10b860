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

Part = dict[str, Decision]


class Answered:
    """Decisions by what was asked (`answer_key`), and the first question about each call (`call_key`). Used from one thread."""

    def __init__(self) -> None:
        self._answers: list[Part] = [{} for _ in range(_PARTS)]
        self._first: list[dict[str, str]] = [{} for _ in range(_PARTS)]
        self._shown: set[int] = set()
        """Parts that a snapshot has: they are not written to."""

    def __len__(self) -> int:
        return sum(map(len, self._answers))

    def __iter__(self) -> Iterator[tuple[str, Decision]]:
        for part in self._answers:
            yield from part.items()

    def get(self, key: str) -> Decision | None:
        """The decision about a question."""
        return self._answers[hash(key) % _PARTS].get(key)

    def knows(self, call: str, key: str) -> bool:
        """Whether a call was asked about, or its question."""
        return call in self._first[hash(call) % _PARTS] or key in self._answers[hash(key) % _PARTS]

    def first(self, call: str, key: str) -> str:
        """The question that was the first about a call; it is this one if there was none."""
        return self._first[hash(call) % _PARTS].setdefault(call, key)

    def keep(self, call: str, key: str, decision: Decision) -> None:
        """Remember a decision, and forget the oldest of its part, some at once, if there are too many."""
        place = hash(key) % _PARTS
        part = self._answers[place]
        if place in self._shown:
            self._shown.discard(place)
            part = self._answers[place] = part.copy()
        part[key] = decision
        self._first[hash(call) % _PARTS].setdefault(call, key)
        if len(part) > _MOST:
            self._forget(part)

    def _forget(self, part: Part) -> None:
        # To find the first entry of a dictionary takes as long as many were taken out before it.
        for oldest in list(islice(part, _AT_ONCE)):
            del part[oldest]
            named = call_key(oldest)
            first = self._first[hash(named) % _PARTS]
            if first.get(named) == oldest:
                del first[named]

    def show(self) -> Sequence[Part]:
        """All decisions of this moment, in parts that stay as they are. Read them; another thread may."""
        self._shown = set(range(_PARTS))
        return tuple(self._answers)


def by_age(parts: Sequence[Part]) -> Iterator[tuple[str, Decision]]:
    """The last decisions of parts, `ANSWERS` at the most, the older ones first: as nearly as their places in the parts tell."""
    entries = [list(part.items()) for part in parts]
    longest = max(map(len, entries), default=0)
    in_turn = (each[-back] for back in range(longest, 0, -1) for each in entries if len(each) >= back)
    yield from islice(in_turn, max(0, sum(map(len, entries)) - ANSWERS), None)
