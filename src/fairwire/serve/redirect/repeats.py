"""What was answered lately, so that a question that comes again gets the very same bytes (RFC 3261 17.2.1).

Kept in many small tables that are emptied at different times: a large one that grows, or is thrown away, holds up all calls for
tens of milliseconds.
"""

from __future__ import annotations

from collections.abc import Callable

REPEATED_S = 32.0
"""64 x T1: so long a question may come again (RFC 3261 17.2.1)."""
MOST_ANSWERS = 200_000
"""Answers kept of one such time; what is beyond is forgotten earlier, and decided again to the same end."""
_PARTS = 256


class Repeats:
    """Answers by question. Used from one thread.

    `seconds`: a clock that only goes forward.
    """

    def __init__(self, seconds: Callable[[], float]) -> None:
        self._seconds = seconds
        self._now: list[dict[bytes, bytes]] = [{} for _ in range(_PARTS)]
        self._former: list[dict[bytes, bytes]] = [{} for _ in range(_PARTS)]
        began = seconds()
        self._turned = [began - REPEATED_S * part / _PARTS for part in range(_PARTS)]

    def get(self, key: bytes) -> bytes | None:
        """What was answered to a question in the last `REPEATED_S`, or up to twice as long ago."""
        part, now = hash(key) % _PARTS, self._seconds()
        if now - self._turned[part] >= REPEATED_S:
            self._turn(part, now)
        return self._now[part].get(key) or self._former[part].get(key)

    def keep(self, key: bytes, answer: bytes) -> None:
        """Remember an answer to a question that `get` was asked about just now."""
        mine = self._now[hash(key) % _PARTS]
        if len(mine) < MOST_ANSWERS // _PARTS:
            mine[key] = answer

    def _turn(self, part: int, now: float) -> None:
        """Forget what can not come again."""
        self._former[part] = self._now[part] if now - self._turned[part] < 2 * REPEATED_S else {}
        self._now[part] = {}
        self._turned[part] = now
