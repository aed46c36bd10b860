"""What was decided about calls, so that a question that comes again gets the same answer and counts once.

Kept in many small tables. A large one holds calls up for tens of milliseconds when it grows, forgets and grows again, or is
copied for a snapshot; of these, each does so at another time, and is copied when it is next written to.
"""

from __future__ import annotations

from collections.abc import Iterator

from fairwire.model.decision import Decision
from fairwire.runtime.attempts import call_key

ANSWERS = 100_000
"""Decisions that are remembered at the least."""
_PARTS = 256
_MOST = ANSWERS // _PARTS + 120
"""Decisions of a part. Of the last 100,000 one part has 390, give or take 20: six times that is not seen to be exceeded."""

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

    def get(self, call: str, key: str) -> Decision | None:
        """The decision about a question."""
        return self._answers[hash(call) % _PARTS].get(key)

    def knows(self, call: str, key: str) -> bool:
        """Whether a call was asked about, or its question."""
        part = hash(call) % _PARTS
        return call in self._first[part] or key in self._answers[part]

    def first(self, call: str, key: str) -> str:
        """The question that was the first about a call; it is this one if there was none."""
        return self._first[hash(call) % _PARTS].setdefault(call, key)

    def keep(self, call: str, key: str, decision: Decision) -> None:
        """Remember a decision, and forget the oldest of its part if there are too many."""
        place = hash(call) % _PARTS
        part, first = self._answers[place], self._first[place]
        if place in self._shown:
            self._shown.discard(place)
            part = self._answers[place] = part.copy()
        part[key] = decision
        first.setdefault(call, key)
        if len(part) > _MOST:
            oldest = next(iter(part))
            del part[oldest]
            named = call_key(oldest)
            if first.get(named) == oldest:
                del first[named]

    def show(self) -> list[Part]:
        """All decisions of this moment, in parts that stay as they are. Read them; another thread may."""
        self._shown = set(range(_PARTS))
        return list(self._answers)
